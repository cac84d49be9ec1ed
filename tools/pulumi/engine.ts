import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  buildInto,
  type EnsureOptions,
  keyedCache,
  lockForBuilding,
  requiredVersion,
} from '../localcity/go.ts';
import { silent } from '../localcity/progress.ts';

/** Pulumi's engine: `root` is the folder that holds `bin/pulumi`. */
export interface Engine {
  readonly root: string;
  /** Such as `v3.259.0`. */
  readonly version: string;
}

const MODULE_DIR = import.meta.dirname;
const PACKAGE = 'github.com/pulumi/pulumi/pkg/v3';

/**
 * Finds Pulumi's engine in the user's cache, or builds it from its Go module, once per user and version. Any number of
 * processes may call this at once: one builds, the others wait.
 * @throws GovError E_GO_MISSING, E_GO_FAILED
 */
export async function ensureEngine(options: EnsureOptions = {}): Promise<Engine> {
  const { progress = silent, signal, env = process.env } = options;
  const version = requiredVersion(MODULE_DIR, PACKAGE);
  const root = keyedCache(env, `pulumi-${version}`, MODULE_DIR, ['go.mod', 'go.sum']);
  const program = join(root, 'bin/pulumi');
  if (existsSync(program)) return { root, version };
  mkdirSync(dirname(program), { recursive: true });
  const lock = await lockForBuilding(join(root, 'lock'), progress, signal);
  try {
    if (!existsSync(program)) {
      const source = { file: 'pulumi', package: `${PACKAGE}/cmd/pulumi` };
      const flags = `-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${version}`;
      await buildInto(root, [source], flags, { module: MODULE_DIR, progress, signal, env });
    }
  } finally {
    lock.release();
  }
  return { root, version };
}
