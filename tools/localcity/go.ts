import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { sm3 } from '../../domain/canonical.ts';
import { GovError, reason } from '../../domain/errors.ts';
import { localcityProgress } from '../../messages/localcity.ts';
import { type Lock, tryLock } from './lock.ts';
import type { Progress } from './progress.ts';
import { waitUntil } from './wait.ts';

/** Programs that are built from Go modules, once per user and set of versions. */

export interface EnsureOptions {
  readonly progress?: Progress;
  readonly signal?: AbortSignal | undefined;
  readonly env?: NodeJS.ProcessEnv;
}

/** A program and the package that it is built from. */
export interface Source {
  readonly file: string;
  readonly package: string;
  /** What `go build -o DIR/` calls it, where that is not `file`. */
  readonly builtAs?: string;
}

interface GoOptions extends Required<Pick<EnsureOptions, 'progress' | 'env'>>, Pick<EnsureOptions, 'signal'> {
  /** The folder of the go.mod. */
  readonly module: string;
}

const PROGRESS_EVERY_MS = 5_000;
const TAIL_LINES = 15;

/** Go's compiler spends a third of its time on collecting garbage that a machine has room for. */
const COLLECTOR = { GOGC: '400', GOMEMLIMIT: '1536MiB' };

/** Where programs lie that are fetched or built once per user. */
export function cacheRoot(env: NodeJS.ProcessEnv): string {
  return resolve(
    env['GOVCLOUD_CACHE'] || join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'govcloud'),
  );
}

/**
 * A folder of the cache for what is made from a module.
 * @param files those of the module that decide what comes out
 * @param more what else decides it
 */
export function keyedCache(
  env: NodeJS.ProcessEnv,
  name: string,
  module: string,
  files: readonly string[],
  more: readonly string[] = [],
): string {
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  const inputs = files.map((file) => readFileSync(join(module, file), 'utf8'));
  const key = sm3([...inputs, ...more, process.platform, architecture].join('\0')).slice(0, 12);
  return join(cacheRoot(env), `${name}-${process.platform}-${architecture}-${key}`);
}

/** The version of a module that a go.mod asks for. */
export function requiredVersion(module: string, path: string): string {
  const file = join(module, 'go.mod');
  const version = new RegExp(`^\\s*${path.replaceAll('.', '\\.')} (v\\S+)`, 'm').exec(
    readFileSync(file, 'utf8'),
  )?.[1];
  if (version === undefined) throw new Error(`${file} does not require ${path}`);
  return version;
}

/** A build takes minutes, so a waiter waits as long as somebody builds. */
export async function lockForBuilding(
  file: string,
  progress: Progress,
  signal: AbortSignal | undefined,
): Promise<Lock> {
  const since = performance.now();
  let told = since - PROGRESS_EVERY_MS;
  let lock: Lock | undefined;
  const take = () => {
    const result = tryLock(file);
    if (typeof result !== 'number') {
      lock = result;
      return true;
    }
    if (performance.now() - told >= PROGRESS_EVERY_MS) {
      told = performance.now();
      progress(localcityProgress.waitingForBuilder, { pid: result, seconds: secondsSince(since) });
    }
    return false;
  };
  await waitUntil(take, { limitMs: Number.POSITIVE_INFINITY, pollMs: 250, signal });
  return lock as Lock;
}

/** Builds programs into the folder `bin` of a cache whose lock the caller holds. */
export async function buildInto(
  cache: string,
  sources: readonly Source[],
  ldflags: string,
  options: GoOptions,
): Promise<void> {
  const since = performance.now();
  for (const name of readdirSync(cache)) {
    // Whoever left one of these died: the lock is ours.
    if (name.startsWith('.building')) rmSync(join(cache, name), { recursive: true });
  }
  const temporary = join(cache, '.building');
  mkdirSync(temporary);
  options.progress(localcityProgress.building, { binaries: sources.map((source) => source.file).join(' ') });

  let packages = 0;
  let last = '';
  const timer = setInterval(() => {
    options.progress(localcityProgress.buildingStep, { seconds: secondsSince(since), packages, last });
  }, PROGRESS_EVERY_MS);
  try {
    await go(
      [
        'build',
        '-v',
        '-trimpath',
        '-ldflags',
        `-s -w ${ldflags}`.trim(),
        '-o',
        `${temporary}/`,
        ...sources.map((it) => it.package),
      ],
      options,
      (line) => {
        packages += line.startsWith('go: ') ? 0 : 1;
        last = line;
      },
    );
  } finally {
    clearInterval(timer);
  }
  mkdirSync(join(cache, 'bin'), { recursive: true });
  for (const { file, builtAs = file } of sources)
    renameSync(join(temporary, builtAs), join(cache, 'bin', file));
  rmSync(temporary, { recursive: true });
  options.progress(localcityProgress.built, { seconds: secondsSince(since), dir: cache });
}

export async function downloadModule(
  path: string,
  version: string,
  options: GoOptions,
): Promise<{ dir: string; sum: string }> {
  options.progress(localcityProgress.downloading, { module: `${path} ${version}` });
  const answer = JSON.parse(await go(['mod', 'download', '-json', `${path}@${version}`], options)) as {
    Dir: string;
    Sum: string;
  };
  return { dir: answer.Dir, sum: answer.Sum };
}

/** Runs go in the module. Returns its standard output; takes each line of its standard error. */
async function go(
  args: readonly string[],
  { module, env, signal }: GoOptions,
  onLine?: (line: string) => void,
): Promise<string> {
  const tail: string[] = [];
  let stdout = '';
  let rest = '';
  const child: ChildProcess = spawn('go', args, {
    cwd: module,
    env: { ...COLLECTOR, ...env, CGO_ENABLED: '0', GOWORK: 'off' },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  });
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      tail.push(line);
      if (tail.length > TAIL_LINES) tail.shift();
      onLine?.(line);
    }
  });
  const exit = await new Promise<string>((done, fail) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') fail(new GovError(reason('E_GO_MISSING')));
      else fail(error);
    });
    child.once('close', (code, killedBy) => done(killedBy ?? `exit ${code}`));
  });
  if (exit !== 'exit 0') {
    // `go mod download -json` writes its error to standard output.
    const text = [...tail, rest, stdout.slice(-2000)].filter((line) => line !== '').join('\n');
    throw new GovError(reason('E_GO_FAILED', { args: args.slice(0, 2).join(' '), exit, tail: text }));
  }
  return stdout;
}

function secondsSince(start: number): number {
  return Math.round((performance.now() - start) / 1000);
}
