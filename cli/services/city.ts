import { existsSync, readFileSync, watch } from 'node:fs';
import { join, resolve } from 'node:path';
import { openHome } from '../../tools/localcity/home.ts';
import { listProcesses, stopAll } from '../../tools/localcity/process.ts';
import type { Progress } from '../../tools/localcity/progress.ts';
import type { RunningCity } from '../../tools/city/up.ts';
import { GovError, reason } from '../../domain/errors.ts';

/** The local city of a folder: `govcloud up`, `down`, `status` and `logs`. */

export interface CityProcess {
  readonly name: string;
  readonly pid: number;
  readonly alive: boolean;
  readonly log: string;
}

/**
 * Starts or resumes the local city. When the signal aborts, what this call started is stopped again before the
 * signal's reason is thrown.
 */
export async function up(
  dir: string,
  hubKubeconfig: string | undefined,
  progress: Progress,
  signal: AbortSignal,
): Promise<RunningCity> {
  const before = new Set(
    processes(dir)
      .filter(({ alive }) => alive)
      .map(({ name }) => name),
  );
  const { upCity } = await import('../../tools/city/up.ts');
  try {
    return await upCity({ dir, hubKubeconfig, metered: true, progress, signal });
  } catch (error) {
    if (signal.aborted) {
      const home = openHome(dir);
      try {
        await stopAll(home, { progress, only: (name) => !before.has(name) });
      } finally {
        home.close();
      }
    }
    throw error;
  }
}

/**
 * Stops every process of the city; its data stays.
 * @throws GovError E_CITY_NONE when no city was ever in the folder, and as `openHome`
 */
export async function down(dir: string, progress: Progress): Promise<void> {
  if (!existsSync(resolve(dir, 'state.json')) && !existsSync(resolve(dir, 'clusters')))
    throw new GovError(reason('E_CITY_NONE', { dir: resolve(dir) }));
  const home = openHome(dir);
  try {
    await stopAll(home, { progress });
  } finally {
    home.close();
  }
}

/** The city's processes, in the order of their start. */
export function processes(dir: string): readonly CityProcess[] {
  return listProcesses(resolve(dir)).map(({ name, pid, alive, log }) => ({ name, pid, alive, log }));
}

/** @throws GovError E_CITY_LOG when there is no such log, E_CITY_NONE when there is no city */
export function logFile(dir: string, name: string): string {
  const file = join(resolve(dir), 'logs', `${name}.log`);
  if (existsSync(file)) return file;
  const known = processes(dir).map((it) => it.name);
  if (known.length === 0) throw new GovError(reason('E_CITY_NONE', { dir: resolve(dir) }));
  throw new GovError(reason('E_CITY_LOG', { name, known: known.join(', ') }));
}

/** The last lines of a log. */
export function tail(file: string, lines: number): string {
  return readFileSync(file, 'utf8')
    .split('\n')
    .slice(-lines - 1)
    .join('\n');
}

/** What is appended to a log from now on, until the signal aborts. */
export async function* follow(file: string, signal: AbortSignal): AsyncGenerator<string, void, void> {
  let seen = readFileSync(file).length;
  let wake = () => {};
  const watcher = watch(file, () => wake());
  signal.addEventListener('abort', () => wake(), { once: true });
  try {
    while (!signal.aborted) {
      const content = readFileSync(file);
      if (content.length > seen) yield content.subarray(seen).toString('utf8');
      // A log that became shorter was begun anew.
      seen = content.length;
      await new Promise<void>((done) => {
        wake = done;
        if (signal.aborted) done();
      });
    }
  } finally {
    watcher.close();
  }
}
