import { join } from 'node:path';
import { MemberCluster } from '../../api/v1alpha1/index.ts';
import { cityDay } from '../../domain/calendar.ts';
import { applyManifests } from '../../kube/manifests.ts';
import { migrateBooks } from '../../operator/books-access.ts';
import { type City, loadCity } from '../../stacks/city.ts';
import { type Binaries, ensureBinaries } from '../localcity/binaries.ts';
import { type Cluster, startCluster } from '../localcity/cluster.ts';
import { type Home, openHome } from '../localcity/home.ts';
import { type Postgres, startPostgres } from '../localcity/postgres.ts';
import type { StartOptions } from '../localcity/process.ts';
import { ensureEngine } from '../pulumi/engine.ts';
import { silent } from '../localcity/progress.ts';
import { INSTALLER, installHub, writeStaticPolicies } from './hub.ts';
import { existingHub, type HubAccess, ownHub } from './hub-access.ts';
import { type Load, loadByEngine } from './load.ts';
import { createNodes, memberSecret, prepareMember, STORAGE_CLASSES } from './member.ts';
import { admitPeople } from './people.ts';
import { isReadOnly, startOperator, startReports } from './services.ts';
import { type Around, settleCity } from './settle.ts';
import { putStock } from './stock.ts';
import { startUsage, usageEnv } from './usage.ts';

const ROOT = join(import.meta.dirname, '../..');

export interface UpOptions {
  /** The state folder, usually `.govcloud`. */
  readonly dir: string;
  /** The city's folder of YAML; Shanwei if left out. */
  readonly cityDir?: string;
  /** A kubeconfig of an existing hub, whose user may install there; else a hub is started. */
  readonly hubKubeconfig?: string | undefined;
  readonly progress?: Around['progress'];
  readonly signal?: AbortSignal;
  /** Added to the operator's environment: lease and probe times in tests. */
  readonly operatorEnv?: Readonly<Record<string, string>>;
  /** Whether use is measured, by a Prometheus with a history of ninety days. */
  readonly metered?: boolean;
  /** For tests that are about something else: how the city's objects get onto the hub. */
  readonly load?: Load;
  /** For tests alone: a crash of the machine may lose what was written. */
  readonly unsafeNoFsync?: boolean;
}

const LOOK_MS = 1_000;

/** A running local city. */
export interface RunningCity {
  readonly dir: string;
  /** A context for each person. */
  readonly kubeconfig: string;
  readonly hub: HubAccess;
  readonly members: readonly Cluster[];
  readonly postgres: Postgres;
  readonly city: City;
  /** Where the operator answers /healthz, /readyz and /metrics. */
  readonly operatorUrl: string;
  /** Whether hub and books are apart, so that the operator writes nothing. */
  readonly readOnly: boolean;
}

/**
 * Starts the local city, or goes on with the one that is in the folder, and waits until it can be worked with.
 * If this throws, what was started goes on running until `stopAll`.
 */
export async function upCity(options: UpOptions): Promise<RunningCity> {
  const around: Around = {
    progress: options.progress ?? silent,
    signal: options.signal ?? new AbortController().signal,
  };
  const city = loadCity(options.cityDir ?? join(ROOT, 'stacks/shanwei'));
  const home = openHome(options.dir);
  try {
    const { load = loadByEngine } = options;
    const binaries = await ensureBinaries(around);
    if (load === loadByEngine) await ensureEngine(around);
    const database = startPostgres(home, { ...around, unsafeNoFsync: options.unsafeNoFsync ?? false });
    // Where there is no room for a database none is sought for a state.
    const ready = database.then(() => load(home.dir, city, around));
    const [parts, loadOnto] = await allDone([
      startClusters(home, binaries, city, { ...options, database }, around),
      ready,
    ] as const);
    const { hub, members, postgres } = parts;
    const [prometheusUrl] = await allDone([
      options.metered ? startUsage(home, members, city, around) : Promise.resolve(undefined),
      migrateBooks(postgres),
      installHub(hub.client, { staticReview: hub.staticReview, ...around }),
      ...members.map((member) => createNodes(member, city, around.progress)),
    ] as const);
    await giveMemberCredentials(parts, city);
    const [operatorUrl] = await allDone([
      startOperator(home, hub, postgres, { ...usageEnv(prometheusUrl), ...options.operatorEnv }, around),
      startReports(home, hub, postgres, binaries.certs, around),
    ] as const);
    const whileItWrites = lookOut(operatorUrl, around.signal);
    await allDone([
      whileItWrites((signal) => loadOnto(hub, { ...around, signal })),
      putStock(members, city, cityDay(new Date().toISOString()), around.progress),
    ] as const);
    const kubeconfig = await admitPeople(hub, city, home.dir, around.progress);
    await whileItWrites((signal) => settleCity(hub.client, { ...around, signal }));
    const readOnly = await isReadOnly(operatorUrl, around.signal);
    return { dir: home.dir, kubeconfig, ...parts, city, operatorUrl, readOnly };
  } finally {
    home.close();
  }
}

/** What waits for an operator is given up when that turns out to write nothing: what is there can still be looked at. */
function lookOut(operatorUrl: string, signal: AbortSignal) {
  return async (work: (signal: AbortSignal) => Promise<void>): Promise<void> => {
    const apart = new AbortController();
    const look = setInterval(() => {
      isReadOnly(operatorUrl, signal).then(
        (is) => is && apart.abort(),
        // Gone or busy: whoever waits for it says so.
        () => undefined,
      );
    }, LOOK_MS);
    try {
      await work(AbortSignal.any([signal, apart.signal]));
    } catch (error) {
      if (!apart.signal.aborted) throw error;
    } finally {
      clearInterval(look);
    }
  };
}

interface Parts {
  readonly hub: HubAccess;
  readonly members: readonly Cluster[];
  readonly postgres: Postgres;
}

async function startClusters(
  home: Home,
  binaries: Binaries,
  city: City,
  { hubKubeconfig, unsafeNoFsync = false, database }: UpOptions & { readonly database: Promise<Postgres> },
  start: StartOptions,
): Promise<Parts> {
  const startHub = async (): Promise<HubAccess> => {
    if (hubKubeconfig !== undefined) return existingHub(hubKubeconfig);
    const staticPolicyDir = join(home.dir, 'policies');
    writeStaticPolicies(staticPolicyDir);
    const auditPolicy = join(ROOT, 'policies/audit.yaml');
    const spec = { name: 'hub', controllerManager: true, staticPolicyDir, auditPolicy, unsafeNoFsync };
    return ownHub(await startCluster(home, binaries, spec, start));
  };
  const startMember = (name: string): Promise<Cluster> =>
    startCluster(
      home,
      binaries,
      {
        name,
        controllerManager: true,
        scheduler: true,
        kwok: { stages: city.stagePaths, storageClasses: STORAGE_CLASSES },
        prepare: (cluster) => prepareMember(cluster, binaries, city),
        unsafeNoFsync,
      },
      start,
    );
  const declared = city.manifests.filter(({ kind }) => kind === MemberCluster.kind);
  const [postgres, hub, members] = await allDone([
    database,
    startHub(),
    allDone(declared.map(({ metadata }) => startMember(metadata.name))),
  ] as const);
  return { postgres, hub, members };
}

/** Waits for all, so that a failure of one leaves nothing half started behind its back. */
async function allDone<T extends readonly Promise<unknown>[]>(
  promises: T,
): Promise<{ [K in keyof T]: Awaited<T[K]> }> {
  const settled = await Promise.allSettled(promises);
  const failed = settled.find((it) => it.status === 'rejected');
  if (failed) throw failed.reason;
  return settled.map((it) => (it as PromiseFulfilledResult<unknown>).value) as never;
}

async function giveMemberCredentials({ hub, members }: Parts, city: City): Promise<void> {
  for (const member of members) {
    const declared = city.manifests.find(
      ({ kind, metadata }) => kind === MemberCluster.kind && metadata.name === member.name,
    ) as unknown as MemberCluster;
    const secret = await memberSecret(member, declared.spec.credentialsSecret);
    await applyManifests(hub.client, [secret], { fieldManager: INSTALLER, force: true });
  }
}
