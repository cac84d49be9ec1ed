import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { GovError, reason } from '../domain/errors.ts';
import { unpackPackages } from './debian.ts';
import { cacheRoot } from './localcity/go.ts';

/** Prometheus's own programs, as absolute paths. */
export interface PrometheusBinaries {
  readonly prometheus: string;
  readonly promtool: string;
}

/** What Debian 12 has; rules and their tests are written for it. */
const OLDEST = [2, 42] as const;

/**
 * Finds Prometheus: on the path, else in the user's cache, else in Debian's package `prometheus`, which is fetched and
 * unpacked there once, without being installed and without being root. Nothing is fetched before somebody asks.
 * @throws GovError E_PROMETHEUS_MISSING
 */
export function prometheusBinaries(env: NodeJS.ProcessEnv = process.env): PrometheusBinaries {
  for (const dir of (env['PATH'] ?? '').split(delimiter)) {
    const found = dir === '' ? undefined : usable(dir);
    if (found) return found;
  }
  const root = cacheRoot(env);
  const cache = join(root, `prometheus-${OLDEST.join('.')}-${process.platform}-${process.arch}`);
  const bin = join(cache, 'usr/bin');
  const cached = usable(bin);
  if (cached) return cached;
  mkdirSync(root, { recursive: true });
  const temporary = mkdtempSync(`${cache}-`);
  try {
    const fault = unpackPackages(['prometheus'], temporary, env);
    if (fault !== undefined) throw missing(fault);
    // Whoever else fetched it meanwhile has the same.
    if (!usable(bin)) {
      rmSync(cache, { recursive: true, force: true });
      renameSync(join(temporary, 'root'), cache);
    }
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  const fetched = usable(bin);
  if (!fetched) throw missing(`${bin}: older than ${OLDEST.join('.')}`);
  return fetched;
}

/** The programs of a folder, if it has both and they are new enough. */
function usable(dir: string): PrometheusBinaries | undefined {
  const [prometheus, promtool] = [join(dir, 'prometheus'), join(dir, 'promtool')];
  if (!existsSync(prometheus) || !existsSync(promtool)) return undefined;
  const { stdout } = spawnSync(promtool, ['--version'], { encoding: 'utf8' });
  const [, major, minor] = /version (\d+)\.(\d+)/.exec(stdout) ?? [];
  const isNew = Number(major) > OLDEST[0] || (Number(major) === OLDEST[0] && Number(minor) >= OLDEST[1]);
  return isNew ? { prometheus, promtool } : undefined;
}

function missing(detail: string): GovError {
  return new GovError(reason('E_PROMETHEUS_MISSING', { oldest: OLDEST.join('.'), detail }));
}
