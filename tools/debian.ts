import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Fetches Debian packages, with what they need and this machine has not, and unpacks them into the folder `root` of a
 * folder: without installing anything and without being root.
 * @returns why not, or undefined when all are there
 */
export function unpackPackages(
  packages: readonly string[],
  dir: string,
  env: NodeJS.ProcessEnv,
): string | undefined {
  const apt = (args: readonly string[]) =>
    spawnSync('apt-get', ['-qq', ...args], { cwd: dir, env, encoding: 'utf8' });
  const fetched = (options: readonly string[]) => {
    // Without a line for what is installed already.
    const planned = apt([...options, 'install', '-s', '--no-install-recommends', ...packages]);
    if (planned.status !== 0) return planned;
    const needed = [...planned.stdout.matchAll(/^Inst (\S+)/gm)].map(([, name]) => name as string);
    return apt([...options, 'download', ...new Set([...packages, ...needed])]);
  };
  let got = fetched([]);
  if (got.status !== 0 && !got.error) {
    // A machine without package lists, or with old ones: lists of its own, which change nothing of the system's.
    const own = ['-o', `Dir::State::lists=${join(dir, 'lists')}`, '-o', `Dir::Cache=${join(dir, 'cache')}`];
    for (const it of ['lists/partial', 'cache/archives/partial'])
      mkdirSync(join(dir, it), { recursive: true });
    got = apt([...own, 'update']);
    if (got.status === 0) got = fetched(own);
  }
  const archives = globSync(join(dir, '*.deb'));
  if (got.error || got.status !== 0 || archives.length === 0) return got.error?.message ?? got.stderr.trim();
  for (const archive of archives) {
    const unpacked = spawnSync('dpkg-deb', ['-x', archive, join(dir, 'root')], { env, encoding: 'utf8' });
    if (unpacked.status !== 0) return unpacked.error?.message ?? unpacked.stderr.trim();
  }
  return undefined;
}
