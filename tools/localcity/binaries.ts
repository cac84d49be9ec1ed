import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { GovError, reason } from '../../domain/errors.ts';
import { writeWhole } from './files.ts';
import {
  buildInto,
  downloadModule,
  type EnsureOptions,
  keyedCache,
  lockForBuilding,
  requiredVersion,
  type Source,
} from './go.ts';
import { silent } from './progress.ts';
import { copyKwokFiles, KUBEVIRT, type KwokFiles, kwokFiles, virtualMachineCrd } from './upstream.ts';

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
  const kubernetes = requiredVersion(MODULE_DIR, 'k8s.io/kubernetes');
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
      const go = { module: MODULE_DIR, progress, signal, env };
      if (programs.length > 0) {
        const sources = programs.map((program) => SOURCES[program]);
        await buildInto(cache, sources, versionFlags(kubernetes), go);
      }
      if (kwok) {
        const version = requiredVersion(MODULE_DIR, 'sigs.k8s.io/kwok');
        copyKwokFiles((await downloadModule('sigs.k8s.io/kwok', version, go)).dir, join(cache, 'kwok'));
      }
      if (crd) {
        const module = await downloadModule(KUBEVIRT.path, KUBEVIRT.version, go);
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

/** What the control plane's programs and files are made from. */
function cacheDir(env: NodeJS.ProcessEnv, kubernetes: string): string {
  const name = `controlplane-${kubernetes}`;
  return keyedCache(env, name, MODULE_DIR, ['go.mod', 'go.sum', 'certs/main.go'], [KUBEVIRT.version]);
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

/** Without these the server calls itself v0.0.0-master. */
function versionFlags(kubernetes: string): string {
  const [, major = '', minor = ''] = /^v(\d+)\.(\d+)\./.exec(kubernetes) ?? [];
  const version = 'k8s.io/component-base/version';
  return `-X ${version}.gitVersion=${kubernetes} -X ${version}.gitMajor=${major} -X ${version}.gitMinor=${minor}`;
}
