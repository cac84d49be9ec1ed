import { spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { cacheRoot } from '../../tools/localcity/go.ts';

const MODULE = 'sigs.k8s.io/kueue';
const VERSION = 'v0.17.0';
/** The module's checksum, as in a go.sum. */
const SUM = 'h1:7hzb38M4eKGzYW+CFv2s1L+swzzacUCHOCXxZmAV90I=';
const PACKAGE = 'test/performance/scheduler/minimalkueue';
const CRDS = 'config/components/crd/bases';
/** Its client is held back to 50 requests a second; below zero it is not. */
const LIMIT = ['kubeConfig.QPS = 50', 'kubeConfig.QPS = -1'] as const;

/** kueue's scheduler and core controllers alone, with its client's limit lifted. */
export interface MinimalKueue {
  readonly version: string;
  readonly program: string;
  /** The folder of its CRDs. */
  readonly crds: string;
}

/** Finds it in the user's cache, or builds it from its Go module. @throws Error when that cannot be had or built */
export async function ensureMinimalKueue(say: (line: string) => void): Promise<MinimalKueue> {
  const root = cacheRoot(process.env);
  const cache = join(root, `kueue-${VERSION}-${process.platform}-${process.arch}`);
  const found = { version: VERSION, program: join(cache, 'minimalkueue'), crds: join(cache, 'crds') };
  if (existsSync(found.program)) return found;
  say(`building minimalkueue ${VERSION}, once: some minutes`);
  mkdirSync(root, { recursive: true });
  const building = mkdtempSync(join(root, '.building-kueue-'));
  try {
    const answer = await go(['mod', 'download', '-json', `${MODULE}@${VERSION}`], building);
    const { Dir, Sum } = JSON.parse(answer) as { readonly Dir: string; readonly Sum: string };
    if (Sum !== SUM) throw new Error(`${MODULE} ${VERSION} has the checksum ${Sum}, not ${SUM}`);
    const source = join(building, 'source');
    // What lies in the module cache is read only, files and folders alike.
    cpSync(Dir, source, { recursive: true, mode: 0 });
    await run('chmod', ['-R', 'u+w', source], building);
    const main = join(source, PACKAGE, 'main.go');
    const text = readFileSync(main, 'utf8');
    if (text.split(LIMIT[0]).length !== 2)
      throw new Error(`${MODULE} ${VERSION} limits its client in another way`);
    writeFileSync(main, text.replace(...LIMIT));
    await go(['build', '-trimpath', '-o', join(building, 'minimalkueue'), `./${PACKAGE}`], source);
    mkdirSync(cache, { recursive: true });
    cpSync(join(source, CRDS), found.crds, { recursive: true });
    renameSync(join(building, 'minimalkueue'), found.program);
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
  return found;
}

function go(args: readonly string[], cwd: string): Promise<string> {
  return run('go', args, cwd, { CGO_ENABLED: '0', GOWORK: 'off' });
}

async function run(file: string, args: readonly string[], cwd: string, env = {}): Promise<string> {
  const child = spawn(file, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.once('error', reject);
  child.once('close', resolve);
  if ((await promise) !== 0) throw new Error(`${file} ${args.slice(0, 2).join(' ')}: ${stderr || stdout}`);
  return stdout;
}
