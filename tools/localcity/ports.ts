import { createServer, type Server } from 'node:net';
import { sm3 } from '../../domain/canonical.ts';
import { GovError, reason } from '../../domain/errors.ts';
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
  for (const name of fresh) {
    const port = await chooseFree(home);
    home.update({ ports: { ...home.state.ports, [name]: port } });
  }
  return Object.fromEntries(names.map((name) => [name, home.state.ports[name]])) as Record<Name, number>;
}

/** Starts at a place that depends on the folder, so that two cities on one machine seldom meet. */
async function chooseFree(home: Home): Promise<number> {
  const span = LAST - FIRST + 1;
  const offset = Number.parseInt(sm3(home.dir).slice(0, 8), 16) % span;
  for (let step = 0; step < span; step += 1) {
    const port = FIRST + ((offset + step) % span);
    const known = () => Object.values(home.state.ports).includes(port);
    // Asked again after the wait: another start in this process may have taken it meanwhile.
    if (!known() && (await isFree(port)) && !known()) return port;
  }
  throw new GovError(reason('E_PORTS_EXHAUSTED', { first: FIRST, last: LAST }));
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
