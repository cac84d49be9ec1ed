import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { resourceOf } from '../../api/kind.ts';
import { CapacityPool, CatalogItem, MemberCluster, Organization, Quota } from '../../api/v1alpha1/index.ts';
import { connect, migrate } from '../../books/database.ts';
import { cityDay } from '../../domain/calendar.ts';
import type { KubeClient } from '../../kube/client.ts';
import { applyManifests } from '../../kube/manifests.ts';
import type { KubeObject, ResourceRef } from '../../kube/types.ts';
import { cityProgress, cityWords } from '../../messages/city.ts';
import type { Message } from '../../messages/index.ts';
import { apiServiceManifests, reportsServerName } from '../../operator/reports/apiservice.ts';
import { type City, loadCity } from '../../stacks/city.ts';
import { type Binaries, ensureBinaries } from '../localcity/binaries.ts';
import { type Cluster, startCluster } from '../localcity/cluster.ts';
import { readIfThere } from '../localcity/files.ts';
import { type Home, openHome } from '../localcity/home.ts';
import { issueCertificates } from '../localcity/pki.ts';
import { reservePorts } from '../localcity/ports.ts';
import { type Postgres, startPostgres } from '../localcity/postgres.ts';
import { answersOk } from '../localcity/probe.ts';
import { listProcesses, startProcess, stopAll } from '../localcity/process.ts';
import { type Progress, silent } from '../localcity/progress.ts';
import { waitUntil } from '../localcity/wait.ts';
import { issueToken, kubeconfigText, writeSecret } from './access.ts';
import { INSTALLER, installHub, writeStaticPolicies } from './hub.ts';
import { createNodes, memberSecret, prepareMember, STORAGE_CLASSES } from './member.ts';
import { admitPeople } from './people.ts';
import { putStock } from './stock.ts';

const ROOT = join(import.meta.dirname, '../..');
const SYSTEM_NAMESPACE = 'govcloud-system';
const OPERATOR_TOKEN_SECONDS = 30 * 86_400;
const SETTLE_LIMIT_MS = 120_000;
const API_SERVICES: ResourceRef = {
  group: 'apiregistration.k8s.io',
  version: 'v1',
  plural: 'apiservices',
  namespaced: false,
};

export interface UpOptions {
  /** The state folder, usually `.govcloud`. */
  readonly dir: string;
  /** The city's folder of YAML. */
  readonly cityDir?: string;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
  /** Added to the operator's environment: lease and probe times in tests. */
  readonly operatorEnv?: Readonly<Record<string, string>>;
}

/** A running local city. */
export interface RunningCity {
  readonly dir: string;
  /** A context for each person. */
  readonly kubeconfig: string;
  readonly hub: Cluster;
  readonly members: readonly Cluster[];
  readonly postgres: Postgres;
  readonly city: City;
  /** Where the operator answers /healthz, /readyz and /metrics. */
  readonly operatorUrl: string;
}

/**
 * Starts the local city, or goes on with the one that is in the folder, and waits until it can be worked with.
 * If this throws, what was started goes on running until `downCity`.
 */
export async function upCity(options: UpOptions): Promise<RunningCity> {
  const { progress = silent, signal = new AbortController().signal } = options;
  const city = loadCity(options.cityDir ?? join(ROOT, 'stacks/shanwei'));
  const home = openHome(options.dir);
  try {
    const binaries = await ensureBinaries({ progress, signal });
    const start = { progress, signal };
    const policies = join(home.dir, 'policies');
    writeStaticPolicies(policies);
    const memberNames = city.manifests
      .filter(({ kind }) => kind === MemberCluster.kind)
      .map(({ metadata }) => metadata.name);
    const [postgres, hub, ...members] = await allStarted([
      startPostgres(home, start),
      startCluster(home, binaries, { name: 'hub', controllerManager: true, staticPolicyDir: policies }, start),
      ...memberNames.map((name) =>
        startCluster(
          home,
          binaries,
          {
            name,
            controllerManager: true,
            scheduler: true,
            kwok: { stages: city.stagePaths, storageClasses: STORAGE_CLASSES },
            prepare: (cluster) => prepareMember(cluster, binaries, city),
          },
          start,
        ),
      ),
    ] as const);
    await Promise.all([
      migrateBooks(postgres as Postgres),
      installHub((hub as Cluster).client, { staticReview: true, progress, signal }),
      ...(members as Cluster[]).map((member) => createNodes(member, city, progress)),
    ]);
    await putStock(members as Cluster[], city, cityDay(new Date().toISOString()), progress);
    const parts = { home, hub: hub as Cluster, members: members as Cluster[], postgres: postgres as Postgres, city };
    await giveMemberCredentials(parts);
    const [operatorUrl] = await allStarted([
      startOperator(parts, options, start),
      startReports(parts, binaries, start),
    ] as const);
    await loadObjects(parts, progress, signal);
    const kubeconfig = await admitPeople(parts.hub, city, home.dir, progress);
    await settle(parts.hub.client, progress, signal);
    const { hub: itsHub, members: itsMembers, postgres: itsPostgres } = parts;
    return { dir: home.dir, kubeconfig, hub: itsHub, members: itsMembers, postgres: itsPostgres, city, operatorUrl };
  } finally {
    home.close();
  }
}

interface Parts {
  readonly home: Home;
  readonly hub: Cluster;
  readonly members: readonly Cluster[];
  readonly postgres: Postgres;
  readonly city: City;
}

/** Waits for all, so that a failure of one leaves nothing half started behind its back. */
async function allStarted<T extends readonly Promise<unknown>[]>(
  promises: T,
): Promise<{ [K in keyof T]: Awaited<T[K]> }> {
  const settled = await Promise.allSettled(promises);
  const failed = settled.find((it) => it.status === 'rejected');
  if (failed) throw failed.reason;
  return settled.map((it) => (it as PromiseFulfilledResult<unknown>).value) as never;
}

async function migrateBooks({ host, port, user, database }: Postgres): Promise<void> {
  const books = connect({ host, port, user, database, maxConnections: 1, onIdleError: () => {} });
  try {
    await migrate(books);
  } finally {
    await books.destroy();
  }
}

async function giveMemberCredentials({ hub, members, city }: Parts): Promise<void> {
  for (const member of members) {
    const declared = city.manifests.find(
      ({ kind, metadata }) => kind === MemberCluster.kind && metadata.name === member.name,
    ) as unknown as MemberCluster;
    const secret = await memberSecret(member, declared.spec.credentialsSecret);
    await applyManifests(hub.client, [secret], { fieldManager: INSTALLER, force: true });
  }
}

async function startOperator(
  { home, hub, postgres }: Parts,
  options: UpOptions,
  start: { readonly progress: Progress; readonly signal: AbortSignal },
): Promise<string> {
  const account = { namespace: 'govcloud-system', name: 'govcloud-operator' };
  const token = await issueToken(hub.client, account, OPERATOR_TOKEN_SECONDS);
  const kubeconfig = join(home.dir, 'operator', 'kubeconfig');
  const server = { name: 'hub', url: hub.server, caPem: hub.caPem };
  writeSecret(kubeconfig, kubeconfigText(server, [{ name: account.name, token }]));
  const keyFile = join(home.dir, 'operator', 'credential.key');
  if (!existsSync(keyFile)) writeSecret(keyFile, randomBytes(32).toString('base64'));
  const ports = await reservePorts(home, ['operator']);
  const url = `http://127.0.0.1:${ports.operator}`;
  await startProcess(
    home,
    {
      name: 'operator',
      command: process.execPath,
      args: [join(ROOT, 'operator/main.ts')],
      env: {
        PATH: process.env['PATH'] ?? '',
        GOVCLOUD_KUBECONFIG: kubeconfig,
        GOVCLOUD_DATABASE_HOST: postgres.host,
        GOVCLOUD_DATABASE_PORT: String(postgres.port),
        GOVCLOUD_DATABASE_NAME: postgres.database,
        GOVCLOUD_CREDENTIAL_KEY_FILE: keyFile,
        GOVCLOUD_HEALTH_PORT: String(ports.operator),
        ...options.operatorEnv,
      },
      ready: (signal) => answersOk(`${url}/readyz`, signal),
    },
    start,
  );
  return url;
}

async function startReports(
  { home, hub, postgres }: Parts,
  binaries: Binaries,
  start: { readonly progress: Progress; readonly signal: AbortSignal },
): Promise<void> {
  const name = 'reports';
  const hosts = [reportsServerName(SYSTEM_NAMESPACE), 'localhost', '127.0.0.1'];
  await issueCertificates(
    binaries.certs,
    hub.pkiDir,
    ['ca'],
    [{ name, authority: 'ca', commonName: name, hours: 365 * 24, hosts }],
  );
  const account = { namespace: SYSTEM_NAMESPACE, name: 'govcloud-reports' };
  const token = await issueToken(hub.client, account, OPERATOR_TOKEN_SECONDS);
  const kubeconfig = join(home.dir, name, 'kubeconfig');
  writeSecret(kubeconfig, kubeconfigText({ name: 'hub', url: hub.server, caPem: hub.caPem }, [{ name, token }]));
  const { reports: port } = await reservePorts(home, [name]);
  const pki = (file: string) => join(hub.pkiDir, file);
  const probe = { ca: pki('ca.crt'), cert: pki('admin.crt'), key: pki('admin.key') };
  await startProcess(
    home,
    {
      name,
      command: process.execPath,
      args: [
        join(ROOT, 'operator/reports/main.ts'),
        `--port=${port}`,
        `--tls-cert=${pki(`${name}.crt`)}`,
        `--tls-key=${pki(`${name}.key`)}`,
        `--client-ca=${pki('front-proxy-ca.crt')}`,
        `--kubeconfig=${kubeconfig}`,
      ],
      env: {
        PATH: process.env['PATH'] ?? '',
        PGHOST: postgres.host,
        PGPORT: String(postgres.port),
        PGDATABASE: postgres.database,
      },
      ready: (signal) => answersOk(`https://127.0.0.1:${port}/readyz`, signal, probe),
    },
    start,
  );
  const registration = apiServiceManifests({ namespace: SYSTEM_NAMESPACE, port, caBundle: hub.caPem });
  await applyManifests(hub.client, registration, { fieldManager: INSTALLER, force: true });
}

/** Cluster-wide objects first; what lies in organisations' namespaces when the operator has made these. */
async function loadObjects({ hub, city }: Parts, progress: Progress, signal: AbortSignal): Promise<void> {
  progress(cityProgress.city, { count: city.manifests.length });
  const apply = (manifests: readonly unknown[]) =>
    applyManifests(hub.client, manifests as KubeObject[], { fieldManager: INSTALLER, force: true, signal });
  await apply(city.manifests.filter(({ metadata }) => metadata.namespace === undefined));
  const named = ({ status }: Organization) => status?.namespace !== undefined;
  await waitFor(hub.client, Organization, cityWords.namespaces, named, { progress, signal });
  await apply(city.manifests.filter(({ metadata }) => metadata.namespace !== undefined));
}

async function settle(client: KubeClient, progress: Progress, signal: AbortSignal): Promise<void> {
  const around = { progress, signal };
  type Conditioned = KubeObject<unknown, { conditions?: { type: string; status: string }[] }>;
  const has =
    (type: string) =>
    ({ status }: Conditioned) =>
      status?.conditions?.some((it) => it.type === type && it.status === 'True') ?? false;
  await waitFor(client, CatalogItem, cityWords.items, has('Valid'), around);
  await waitFor(client, MemberCluster, cityWords.members, has('Ready'), around);
  await waitFor(client, CapacityPool, cityWords.limits, has('Posted'), around);
  await waitFor(client, Quota, cityWords.limits, has('Posted'), around);
  const available = await waitUntil(
    async () => {
      const { status } = await client.get<Conditioned>(API_SERVICES, { name: 'v1alpha1.reports.govcloud.dev' });
      return status?.conditions?.some((it) => it.type === 'Available' && it.status === 'True') ?? false;
    },
    { limitMs: SETTLE_LIMIT_MS, pollMs: 200, signal },
  );
  if (!available) throw new Error(`${cityWords.reports.en}: not within ${SETTLE_LIMIT_MS / 1000} s`);
}

async function waitFor<T extends KubeObject>(
  client: KubeClient,
  kind: Parameters<typeof resourceOf>[0],
  what: Message,
  done: (object: T) => boolean,
  { progress, signal }: { readonly progress: Progress; readonly signal: AbortSignal },
): Promise<void> {
  const resource: ResourceRef = resourceOf(kind);
  const started = performance.now();
  let told = started;
  const settled = await waitUntil(
    async () => {
      const { items } = await client.list<T>(resource, { signal });
      if (items.every(done)) return true;
      if (performance.now() - told > 3000) {
        told = performance.now();
        progress(cityProgress.settling, { what, seconds: Math.round((told - started) / 1000) });
      }
      return false;
    },
    { limitMs: SETTLE_LIMIT_MS, pollMs: 200, signal },
  );
  if (!settled) throw new Error(`${what.en}: not within ${SETTLE_LIMIT_MS / 1000} s`);
}

/** Stops every process of a local city; its data stays. */
export async function downCity(dir: string, progress: Progress = silent): Promise<void> {
  const home = openHome(dir);
  try {
    await stopAll(home, { progress });
  } finally {
    home.close();
  }
}

/** The processes of a local city, and whether they live. */
export function cityProcesses(dir: string): ReturnType<typeof listProcesses> {
  return listProcesses(dir);
}

/** The last lines of a process's log. */
export function logTail(dir: string, name: string, lines: number): string | undefined {
  return readIfThere(join(dir, 'logs', `${name}.log`))?.split('\n').slice(-lines - 1).join('\n');
}
