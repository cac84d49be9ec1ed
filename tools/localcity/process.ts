import { type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { closeSync, fstatSync, openSync, readdirSync, readFileSync, readSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { constants } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { GovError, reason } from '../../domain/errors.ts';
import { localcityProgress } from '../../messages/localcity.ts';
import { readIfThere, readJson, writeWhole } from './files.ts';
import type { Home } from './home.ts';
import { type Progress, silent } from './progress.ts';
import { waitUntil } from './wait.ts';

/** A process of the local city that outlives the command that starts it. */
export interface ProcessSpec {
  /** Unique in the city; names its record and its log. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Instead of this process's own environment. */
  readonly env?: NodeJS.ProcessEnv;
  /** Whom it runs as. */
  readonly user?: { readonly uid: number; readonly gid: number };
  /** What asks it to stop; SIGTERM if not given. */
  readonly stopSignal?: NodeJS.Signals;
  /** How long it may take to stop before it is killed. */
  readonly stopLimitMs?: number;
  /**
   * Asks whether it does its work. False or a rejection means not yet.
   */
  readonly ready: (signal: AbortSignal) => Promise<boolean>;
}

/** What is known of a started process, kept as `run/NAME.json`. */
const runRecord = z.readonly(
  z.object({
    name: z.string().min(1),
    /** Whatever else a damaged file says: 0, 1 and less would be everybody. */
    pid: z.int().min(2),
    /** Tells this process from a later one with the same pid. */
    started: z.string().min(1),
    /** Grows with every start: stopping goes the other way. */
    sequence: z.int(),
    stopSignal: z.custom<NodeJS.Signals>((it) => Object.hasOwn(constants.signals, String(it))),
    stopLimitMs: z.number(),
    log: z.string().min(1),
    command: z.readonly(z.array(z.string())),
  }),
);
type RunRecord = z.infer<typeof runRecord>;

export interface StartOptions {
  readonly progress?: Progress | undefined;
  readonly signal?: AbortSignal | undefined;
  /** How long it may take to be ready. */
  readonly readyLimitMs?: number;
}

const READY_LIMIT_MS = 90_000;
const PROBE_LIMIT_MS = 5_000;
const STOP_LIMIT_MS = 30_000;
const KILL_LIMIT_MS = 5_000;
const PROGRESS_EVERY_MS = 5_000;
const TAIL_LINES = 12;
const TAIL_BYTES = 8_192;

/**
 * Starts a process in a session of its own, its output appended to `logs/NAME.log`, and waits until it is ready. One
 * that runs already is left as it is. If this throws, the process may be running: `stopAll` ends it.
 * @throws GovError E_PROCESS_START, E_PROCESS_EXITED, E_PROCESS_NOT_READY, E_PROCESS_RECORD; the signal's reason when it
 *   aborts.
 */
export async function startProcess(
  home: Home,
  spec: ProcessSpec,
  options: StartOptions = {},
): Promise<RunRecord> {
  const { progress = silent, signal, readyLimitMs = READY_LIMIT_MS } = options;
  signal?.throwIfAborted();
  const running = readRecord(home.dir, spec.name);
  let launched: Launched | undefined;
  if (running === undefined || !isAlive(running)) {
    progress(localcityProgress.starting, { name: spec.name });
    launched = await launch(home, spec);
  }
  const record = launched?.record ?? (running as RunRecord);
  const { log } = record;
  const since = performance.now();
  let told = since;
  let detail = '';
  const ready = await waitUntil(
    async () => {
      if (!isAlive(record)) {
        forget(home.dir, spec.name);
        const exit = launched ? await launched.exit : '?';
        const params = { name: spec.name, exit, log, tail: tailOf(log) };
        throw new GovError(reason('E_PROCESS_EXITED', params));
      }
      if (performance.now() - told >= PROGRESS_EVERY_MS) {
        told = performance.now();
        const seconds = Math.round((told - since) / 1000);
        progress(localcityProgress.waitingFor, { name: spec.name, seconds });
      }
      try {
        const limits = [AbortSignal.timeout(PROBE_LIMIT_MS), ...(signal ? [signal] : [])];
        return await spec.ready(AbortSignal.any(limits));
      } catch (error) {
        // Until the limit a probe may fail in any way; the last way is told.
        detail = (error as Error).message;
        return false;
      }
    },
    { limitMs: readyLimitMs, signal },
  );
  if (!ready) {
    await stopProcess(home, record);
    const seconds = Math.round(readyLimitMs / 1000);
    throw new GovError(
      reason('E_PROCESS_NOT_READY', { name: spec.name, seconds, detail, log, tail: tailOf(log) }),
    );
  }
  return record;
}

interface Launched {
  readonly record: RunRecord;
  /** How it ends, such as `exit 1` or `SIGKILL`. */
  readonly exit: Promise<string>;
}

async function launch(home: Home, spec: ProcessSpec): Promise<Launched> {
  const { name, command, args, stopSignal = 'SIGTERM', stopLimitMs = STOP_LIMIT_MS } = spec;
  const log = join(home.dir, 'logs', `${name}.log`);
  const output = openSync(log, 'a', 0o600);
  const options: SpawnOptions = { detached: true, stdio: ['ignore', output, output], cwd: '/', ...spec.user };
  if (spec.env) options.env = spec.env;
  const child = spawn(command, args, options);
  closeSync(output);
  const { pid } = child;
  if (pid === undefined) {
    const [error] = (await once(child, 'error')) as [Error];
    throw new GovError(reason('E_PROCESS_START', { name, detail: error.message }));
  }
  // Before anything else, so that no process is left without a record if we die.
  const sequence = 1 + Math.max(0, ...listRecords(home.dir).map((record) => record.sequence));
  // Ended already: any text will do, as no living process will match it.
  const started = startOf(pid) ?? 'ended';
  const limits = { stopSignal, stopLimitMs };
  const record = { name, pid, started, sequence, ...limits, log, command: [command, ...args] };
  writeWhole(recordFile(home.dir, name), `${JSON.stringify(record, null, 2)}\n`, 0o600);
  const exit = new Promise<string>((done) => {
    child.once('exit', (code, killedBy) => done(killedBy ?? `exit ${code}`));
  });
  child.unref();
  return { record, exit };
}

/**
 * The processes that were started in a city's folder and not stopped, in the order of their start.
 * @throws GovError E_PROCESS_RECORD when it cannot be read which process one is
 */
export function listProcesses(dir: string): readonly (RunRecord & { readonly alive: boolean })[] {
  return listRecords(dir)
    .sort((a, b) => a.sequence - b.sequence)
    .map((record) => ({ ...record, alive: isAlive(record) }));
}

/** Whether the process of that name was started and lives. */
export function isRunning(dir: string, name: string): boolean {
  const record = readRecord(dir, name);
  return record !== undefined && isAlive(record);
}

/**
 * Asks a process to stop, kills it if it does not, and forgets it.
 * @throws GovError E_PROCESS_SURVIVED when it is there even after SIGKILL; it stays recorded.
 */
async function stopProcess(home: Home, record: RunRecord): Promise<void> {
  const gone = () => !isAlive(record);
  if (!gone()) {
    send(record.pid, record.stopSignal);
    if (!(await waitUntil(gone, { limitMs: record.stopLimitMs }))) {
      // It leads a group of its own, so this reaches its children too.
      send(-record.pid, 'SIGKILL');
      if (!(await waitUntil(gone, { limitMs: KILL_LIMIT_MS }))) {
        throw new GovError(reason('E_PROCESS_SURVIVED', { name: record.name, pid: record.pid }));
      }
    }
  }
  forget(home.dir, record.name);
}

/**
 * Stops the city's processes, last started first; with a filter only those that it picks.
 * @throws GovError E_PROCESS_SURVIVED, after the others were stopped; E_PROCESS_RECORD, before any is.
 */
export async function stopAll(
  home: Home,
  options: { readonly progress?: Progress | undefined; readonly only?: (name: string) => boolean } = {},
): Promise<void> {
  const survivors: unknown[] = [];
  for (const record of listProcesses(home.dir).toReversed()) {
    if (options.only && !options.only(record.name)) continue;
    options.progress?.(localcityProgress.stopping, { name: record.name });
    try {
      await stopProcess(home, record);
    } catch (error) {
      survivors.push(error);
    }
  }
  if (survivors.length > 0) throw survivors[0];
}

/** Kills every process of a city at once, without waiting: for the last moment of a process that must end now. */
export function killAll(dir: string): void {
  for (const record of listRecords(dir)) {
    if (isAlive(record)) send(-record.pid, 'SIGKILL');
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function isAlive(record: RunRecord): boolean {
  return startOf(record.pid) === record.started;
}

/**
 * When a process started, as text that no other process with the same pid has; undefined if there is none. Linux
 * counts from its boot, so the boot is part of the text. A zombie has ended.
 */
function startOf(pid: number): string | undefined {
  if (process.platform !== 'linux') {
    const started = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim();
    return started === '' ? undefined : started;
  }
  const stat = linuxStat(pid);
  if (stat === undefined || hasEnded(stat)) return undefined;
  return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}:${stat[19]}`;
}

/**
 * Whether a process has ended but its parent has not taken note of it, so that its pid still exists. An orphan's
 * parent is the first process of its machine or container, and some of those are slow.
 */
export function isZombie(pid: number): boolean {
  const stat = process.platform === 'linux' ? linuxStat(pid) : undefined;
  return stat !== undefined && hasEnded(stat);
}

/** A killed process's first thread may be dead while others still hold its ports. */
function hasEnded(stat: readonly string[]): boolean {
  const [state, threads] = [stat[0], Number(stat[17])];
  return (state === 'Z' || state === 'X') && threads <= 1;
}

/** The fields of `/proc/PID/stat` from the third on, the state. The second is the program's name in brackets. */
function linuxStat(pid: number): readonly string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // A name may hold anything, brackets too.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

function recordFile(dir: string, name: string): string {
  return join(dir, 'run', `${name}.json`);
}

function readRecord(dir: string, name: string): RunRecord | undefined {
  const file = recordFile(dir, name);
  const text = readIfThere(file);
  if (text === undefined) return undefined;
  const record = readJson(text, runRecord);
  // Nobody is ended on a guess.
  if (typeof record === 'string')
    throw new GovError(reason('E_PROCESS_RECORD', { file, name, detail: record }));
  return record;
}

function listRecords(dir: string): RunRecord[] {
  let names: string[];
  try {
    names = readdirSync(join(dir, 'run'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return names
    .filter((file) => file.endsWith('.json'))
    .map((file) => readRecord(dir, file.slice(0, -'.json'.length)))
    .filter((record) => record !== undefined);
}

function forget(dir: string, name: string): void {
  rmSync(recordFile(dir, name), { force: true });
}

/** The last lines of a log. */
function tailOf(log: string): string {
  const file = openSync(log, 'r');
  try {
    const { size } = fstatSync(file);
    const buffer = Buffer.alloc(Math.min(size, TAIL_BYTES));
    readSync(file, buffer, 0, buffer.length, size - buffer.length);
    return buffer.toString('utf8').trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
  } finally {
    closeSync(file);
  }
}
