import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { sm3 } from '../../domain/canonical.ts';
import { GovError, reason } from '../../domain/errors.ts';
import { localcityProgress } from '../../messages/localcity.ts';
import { writeWhole } from './files.ts';
import { type Lock, tryLock } from './lock.ts';
import { type Progress, silent } from './progress.ts';
import { copyKwokFiles, KUBEVIRT, type KwokFiles, kwokFiles, virtualMachineCrd } from './upstream.ts';
import { waitUntil } from './wait.ts';

/** The programs and upstream files of a local control plane, as absolute paths. */
export interface Binaries extends Readonly<Record<Program, string>> {
  /** Such as `v1.37.2`. */
  readonly kubernetesVersion: string;
  readonly kwokFiles: KwokFiles;
  /** KubeVirt's CRD of VirtualMachine, YAML. */
  readonly virtualMachineCrd: string;
}

/** `kubectl` is for tests, which try what its users see. */
type Program =
  | 'etcd'
  | 'kubeApiserver'
  | 'kubeControllerManager'
  | 'kubeScheduler'
  | 'kubectl'
  | 'kwok'
  | 'certs';

interface Source {
  readonly file: string;
  readonly package: string;
  /** What `go build -o DIR/` calls it, where that is not `file`. */
  readonly builtAs?: string;
}

const MODULE_DIR = resolve(import.meta.dirname, '../controlplane');

const SOURCES: Readonly<Record<Program, Source>> = {
  etcd: { file: 'etcd', package: 'go.etcd.io/etcd/server/v3', builtAs: 'server' },
  kubeApiserver: { file: 'kube-apiserver', package: 'k8s.io/kubernetes/cmd/kube-apiserver' },
  kubeControllerManager: {
    file: 'kube-controller-manager',
    package: 'k8s.io/kubernetes/cmd/kube-controller-manager',
  },
  kubeScheduler: { file: 'kube-scheduler', package: 'k8s.io/kubernetes/cmd/kube-scheduler' },
  kubectl: { file: 'kubectl', package: 'k8s.io/kubernetes/cmd/kubectl' },
  kwok: { file: 'kwok', package: 'sigs.k8s.io/kwok/cmd/kwok' },
  certs: { file: 'certs', package: './certs' },
};
const PROGRAMS = Object.keys(SOURCES) as Program[];

/** What a folder named by the envtest convention `KUBEBUILDER_ASSETS` must hold. */
const ASSETS: readonly Program[] = ['etcd', 'kubeApiserver'];

const PROGRESS_EVERY_MS = 5_000;
const TAIL_LINES = 15;

interface EnsureOptions {
  readonly progress?: Progress;
  readonly signal?: AbortSignal | undefined;
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Finds the control plane's programs, building from Go modules what is missing, once per user and set of versions.
 *
 * Programs in `KUBEBUILDER_ASSETS` come first; kube-apiserver and etcd must be there if it is set. The rest lies in
 * `$GOVCLOUD_CACHE`, else `$XDG_CACHE_HOME/govcloud`, else `~/.cache/govcloud`, in a folder keyed by what it was
 * built from. Any number of processes may call this at once: one builds, the others wait.
 * @throws GovError E_GO_MISSING, E_GO_FAILED, E_MODULE_CHECKSUM, E_UPSTREAM_LAYOUT, E_ASSETS_INCOMPLETE.
 */
export async function ensureBinaries(options: EnsureOptions = {}): Promise<Binaries> {
  const { progress = silent, signal, env = process.env } = options;
  const kubernetes = requiredVersion('k8s.io/kubernetes');
  const cache = cacheDir(env, kubernetes);
  const assets = assetsIn(env['KUBEBUILDER_ASSETS']);
  const paths = Object.fromEntries(
    PROGRAMS.map((program) => [program, assets.get(program) ?? join(cache, 'bin', SOURCES[program].file)]),
  ) as Record<Program, string>;
  const files = {
    kwokFiles: kwokFiles(join(cache, 'kwok')),
    virtualMachineCrd: join(cache, 'virtualmachine.yaml'),
  };

  const missing = () => ({
    programs: PROGRAMS.filter((program) => !existsSync(paths[program])),
    kwok: Object.values(files.kwokFiles)
      .flat()
      .some((file) => !existsSync(file)),
    crd: !existsSync(files.virtualMachineCrd),
  });
  const complete = () => {
    const { programs, kwok, crd } = missing();
    return programs.length === 0 && !kwok && !crd;
  };

  if (!complete()) {
    mkdirSync(cache, { recursive: true });
    const lock = await lockForBuilding(join(cache, 'lock'), progress, signal);
    try {
      const { programs, kwok, crd } = missing();
      if (programs.length > 0) await build(cache, programs, kubernetes, { progress, signal, env });
      if (kwok) {
        const version = requiredVersion('sigs.k8s.io/kwok');
        copyKwokFiles(
          (await downloadModule('sigs.k8s.io/kwok', version, { progress, signal, env })).dir,
          join(cache, 'kwok'),
        );
      }
      if (crd) {
        const module = await downloadModule(KUBEVIRT.path, KUBEVIRT.version, { progress, signal, env });
        if (module.sum !== KUBEVIRT.sum) {
          const params = { module: KUBEVIRT.path, found: module.sum, expected: KUBEVIRT.sum };
          throw new GovError(reason('E_MODULE_CHECKSUM', params));
        }
        writeWhole(files.virtualMachineCrd, virtualMachineCrd(module.dir));
      }
    } finally {
      lock.release();
    }
  }
  const kubernetesVersion = assets.has('kubeApiserver') ? versionOf(paths.kubeApiserver) : kubernetes;
  return { ...paths, ...files, kubernetesVersion };
}

/** Where programs lie that are fetched or built once per user. */
export function cacheRoot(env: NodeJS.ProcessEnv): string {
  return resolve(
    env['GOVCLOUD_CACHE'] || join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'govcloud'),
  );
}

function cacheDir(env: NodeJS.ProcessEnv, kubernetes: string): string {
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  const inputs = ['go.mod', 'go.sum', 'certs/main.go'].map((file) =>
    readFileSync(join(MODULE_DIR, file), 'utf8'),
  );
  const key = sm3([...inputs, KUBEVIRT.version, process.platform, architecture].join('\0')).slice(0, 12);
  return join(cacheRoot(env), `controlplane-${kubernetes}-${process.platform}-${architecture}-${key}`);
}

/** The version of a module that the control plane's go.mod asks for. */
function requiredVersion(module: string): string {
  const text = readFileSync(join(MODULE_DIR, 'go.mod'), 'utf8');
  const version = new RegExp(`^\\s*${module.replaceAll('.', '\\.')} (v\\S+)`, 'm').exec(text)?.[1];
  if (version === undefined) throw new Error(`go.mod of the control plane does not require ${module}`);
  return version;
}

function assetsIn(dir: string | undefined): ReadonlyMap<Program, string> {
  const found = new Map<Program, string>();
  if (!dir) return found;
  for (const program of PROGRAMS) {
    const file = resolve(dir, SOURCES[program].file);
    if (isExecutable(file)) found.set(program, file);
    else if (ASSETS.includes(program)) {
      throw new GovError(reason('E_ASSETS_INCOMPLETE', { dir, binary: SOURCES[program].file }));
    }
  }
  return found;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function versionOf(kubeApiserver: string): string {
  const { stdout, stderr, status } = spawnSync(kubeApiserver, ['--version'], { encoding: 'utf8' });
  const version = /v\d+\.\d+\.\S+/.exec(stdout ?? '')?.[0];
  if (version === undefined) {
    throw new GovError(
      reason('E_PROCESS_START', { name: kubeApiserver, detail: stderr || `exit ${status}` }),
    );
  }
  return version;
}

/** A build takes minutes, so a waiter waits as long as somebody builds. */
async function lockForBuilding(
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

type GoOptions = Required<Pick<EnsureOptions, 'progress' | 'env'>> & Pick<EnsureOptions, 'signal'>;

async function build(cache: string, programs: readonly Program[], kubernetes: string, options: GoOptions) {
  const since = performance.now();
  for (const name of readdirSync(cache)) {
    // Whoever left one of these died: the lock is ours.
    if (name.startsWith('.building')) rmSync(join(cache, name), { recursive: true });
  }
  const temporary = join(cache, '.building');
  mkdirSync(temporary);
  const sources = programs.map((program) => SOURCES[program]);
  options.progress(localcityProgress.building, { binaries: sources.map((source) => source.file).join(' ') });

  const [, major = '', minor = ''] = /^v(\d+)\.(\d+)\./.exec(kubernetes) ?? [];
  const version = 'k8s.io/component-base/version';
  const ldflags = `-s -w -X ${version}.gitVersion=${kubernetes} -X ${version}.gitMajor=${major} -X ${version}.gitMinor=${minor}`;
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
        ldflags,
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

async function downloadModule(
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

/** Runs go in the control plane's module. Returns its standard output; takes each line of its standard error. */
async function go(
  args: readonly string[],
  { env, signal }: GoOptions,
  onLine?: (line: string) => void,
): Promise<string> {
  const tail: string[] = [];
  let stdout = '';
  let rest = '';
  const child: ChildProcess = spawn('go', args, {
    cwd: MODULE_DIR,
    env: { ...env, CGO_ENABLED: '0', GOWORK: 'off' },
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
