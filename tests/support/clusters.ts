import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Binaries, ensureBinaries } from '../../tools/localcity/binaries.ts';
import { type Cluster, type ClusterSpec, startCluster } from '../../tools/localcity/cluster.ts';
import { type Home, openHome } from '../../tools/localcity/home.ts';
import { type Postgres, postgresFoldersOutside, startPostgres } from '../../tools/localcity/postgres.ts';
import { killAll, stopAll } from '../../tools/localcity/process.ts';

/** A local city's folder that lasts as long as a test. */
export interface TestCity {
  readonly home: Home;
  /** One API server with its etcd, and what the specification adds. */
  startCluster(spec: Omit<ClusterSpec, 'unsafeNoFsync'>): Promise<Cluster>;
  startPostgres(): Promise<Postgres>;
  /** Ends every process and deletes every file. */
  stop(): Promise<void>;
}

/**
 * Opens a city in a temporary folder, for one test file or, in a `globalSetup`, for all of them:
 *
 *     const city = openTestCity();
 *     const [hub, postgres] = await Promise.all([
 *       city.startCluster({ name: 'hub', controllerManager: true }),
 *       city.startPostgres(),
 *     ]);
 *     ...
 *     await city.stop();
 *
 * Nothing here waits for a disk (no fsync). What still runs when this process exits is killed.
 */
export function openTestCity(): TestCity {
  const dir = mkdtempSync(join(tmpdir(), 'govcloud-test-'));
  // The database's user passes through when we are root.
  chmodSync(dir, 0o711);
  const home = openHome(dir);
  const lastMoment = () => killAll(dir);
  process.once('exit', lastMoment);
  let binaries: Promise<Binaries> | undefined;
  return {
    home,
    startCluster: async (spec) => {
      binaries ??= ensureBinaries();
      return startCluster(home, await binaries, { ...spec, unsafeNoFsync: true });
    },
    startPostgres: () => startPostgres(home, { unsafeNoFsync: true }),
    stop: async () => {
      await stopAll(home);
      process.off('exit', lastMoment);
      home.close();
      for (const folder of [...postgresFoldersOutside(home), dir])
        rmSync(folder, { recursive: true, force: true });
    },
  };
}
