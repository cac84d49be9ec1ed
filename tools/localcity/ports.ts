import { mkdirSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { sm3 } from '../../domain/canonical.ts';
import { GovError, reason } from '../../domain/errors.ts';
import { readIfThere, readJson } from './files.ts';
import { cacheRoot } from './go.ts';
import type { Home } from './home.ts';
import { isRunning } from './process.ts';

// Below 32768, where Linux begins to lend ports to outgoing connections: a port chosen once is then free again later.
const FIRST = 20_000;
const LAST = 32_767;

/**
 * Loopback ports by name, chosen free at first and the same ever after. A name is `PROCESS` or `PROCESS.PURPOSE`,
 * PROCESS being the one that will listen: while it runs, its ports are rightly taken.
 * @throws GovError E_PORT_TAKEN for every remembered port that somebody else listens on; E_PORTS_EXHAUSTED.
 */
export async function reservePorts<Name extends string>(
  home: Home,
  names: readonly Name[],
): Promise<Readonly<Record<Name, number>>> {
  const taken = [];
  const fresh: Name[] = [];
  for (const name of names) {
    const port = home.state.ports[name];
    if (port === undefined) fresh.push(name);
    else if (!isRunning(home.dir, name.split('.', 1)[0] as string) && !(await isFree(port))) {
      taken.push(reason('E_PORT_TAKEN', { name, port, file: home.stateFile }, name));
    }
  }
  const [first, ...more] = taken;
  if (first) throw new GovError(first, ...more);
  for (const name of fresh) await choose(home, name);
  return Object.fromEntries(names.map((name) => [name, home.state.ports[name]])) as Record<Name, number>;
}

/** Starts at a place that depends on the folder, so that two cities on one machine seldom ask for the same port. */
async function choose(home: Home, name: string): Promise<void> {
  const span = LAST - FIRST + 1;
  const offset = Number.parseInt(sm3(home.dir).slice(0, 8), 16) % span;
  for (let step = 0; step < span; step += 1) {
    const port = FIRST + ((offset + step) % span);
    if (!Object.values(home.state.ports).includes(port) && (await isFree(port)) && claim(home, name, port))
      return;
  }
  throw new GovError(reason('E_PORTS_EXHAUSTED', { first: FIRST, last: LAST }));
}

const CLAIM_MS = 10_000;
const portsOf = z.object({ ports: z.record(z.string(), z.int()) });

/**
 * Writes a port into the city's state, unless a city of this user has it in its own: one that is starting has chosen
 * its ports some seconds before it listens on them. A claim lasts as long as the state that has the port.
 */
function claim(home: Home, name: string, port: number): boolean {
  const cache = cacheRoot(process.env);
  mkdirSync(cache, { recursive: true });
  const claims = new DatabaseSync(join(cache, 'ports.sqlite'), { timeout: CLAIM_MS });
  try {
    claims.exec(
      'CREATE TABLE IF NOT EXISTS claims (port INTEGER PRIMARY KEY, state_file TEXT NOT NULL) STRICT',
    );
    claims.exec('BEGIN IMMEDIATE');
    const found = claims.prepare('SELECT state_file FROM claims WHERE port = ?').get(port);
    const state = found && readJson(readIfThere(String(found['state_file'])) ?? '', portsOf);
    if (typeof state === 'object' && Object.values(state.ports).includes(port)) return false;
    claims.prepare('INSERT OR REPLACE INTO claims VALUES (?, ?)').run(port, home.stateFile);
    // Before anybody else may look.
    home.update({ ports: { ...home.state.ports, [name]: port } });
    claims.exec('COMMIT');
    return true;
  } finally {
    claims.close();
  }
}

async function isFree(port: number): Promise<boolean> {
  const server: Server = createServer();
  try {
    await new Promise<void>((done, fail) => {
      server.once('error', fail);
      server.listen({ host: '127.0.0.1', port, exclusive: true }, done);
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
    throw error;
  }
  await new Promise((done) => server.close(done));
  return true;
}
