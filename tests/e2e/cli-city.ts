import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dump } from 'js-yaml';
import { sql } from 'kysely';
import type { KubeClient } from '../../kube/client.ts';
import { applyManifests, parseManifests } from '../../kube/manifests.ts';
import type { KubeObject, ResourceRef } from '../../kube/types.ts';
import { waitFor } from '../../kube/wait.ts';
import { apiServiceManifests, reportsServerName } from '../../operator/reports/apiservice.ts';
import { loadPolicies, policyObjects } from '../../policies/admission.ts';
import { rbacObjects } from '../../policies/rbac.ts';
import { loadCity, nodeObjects } from '../../stacks/city.ts';
import { ensureBinaries } from '../../tools/localcity/binaries.ts';
import type { Cluster } from '../../tools/localcity/cluster.ts';
import { issueCertificates } from '../../tools/localcity/pki.ts';
import { reservePorts } from '../../tools/localcity/ports.ts';
import { answersOk } from '../../tools/localcity/probe.ts';
import { startProcess } from '../../tools/localcity/process.ts';
import { createBooks, prepareBooks, type TestBooks } from '../support/books.ts';
import { openTestCity, type TestCity } from '../support/clusters.ts';

const ROOT = join(import.meta.dirname, '../..');
const SYSTEM = 'govcloud-system';
const PEOPLE = 'govcloud-people';
const MANAGER = { fieldManager: 'test' };
const READY_MS = 120_000;

export interface CliCity {
  readonly dir: string;
  /** One context a person, by their id; the namespace is their organisation's if they have one alone. */
  readonly kubeconfig: string;
  readonly hub: Cluster;
  readonly member: Cluster;
  stop(): Promise<void>;
}

/** A hub with everything in it, one member, the books, the operator and the reports server: for people's commands. */
export async function startCliCity(): Promise<CliCity> {
  const city = openTestCity();
  const shanwei = loadCity(join(ROOT, 'stacks/shanwei'));
  let books: TestBooks | undefined;
  try {
    const [hub, member, postgres] = await Promise.all([
      city.startCluster({ name: 'hub', controllerManager: true, prepare: ({ client }) => applyCrds(client) }),
      city.startCluster({
        name: 'extranet',
        controllerManager: true,
        scheduler: true,
        kwok: { stages: shanwei.stagePaths, storageClasses: ['ssd', 'hdd'] },
        prepare: async ({ client }) => {
          const { kubevirtCrd } = await upstream();
          await applyManifests(client, [...kubevirtCrd, ...(shanwei.memberManifests as KubeObject[])], {
            ...MANAGER,
            force: true,
          });
          await applyManifests(client, rbacObjects('member') as KubeObject[], { ...MANAGER, force: true });
        },
      }),
      city.startPostgres(),
    ]);
    await prepareBooks(postgres);
    books = await createBooks(postgres);
    const nodes = shanwei.nodeGroups.filter(({ cluster }) => cluster === 'extranet').flatMap(nodeObjects);
    await applyManifests(member.client, nodes as KubeObject[], MANAGER);
    await fillHub(hub, member, shanwei.manifests as unknown as KubeObject[]);
    await startOperator(city, hub, postgres, books);
    await startReports(city, hub, postgres, books);
    await waitForNamespaces(hub.client, shanwei.manifests as unknown as KubeObject[]);
    const kubeconfig = await givePeople(city, hub, shanwei.people);
    const held = books;
    return {
      dir: city.home.dir,
      kubeconfig,
      hub,
      member,
      stop: async () => {
        await held.close();
        await city.stop();
      },
    };
  } catch (error) {
    await books?.close();
    await city.stop();
    throw error;
  }
}

async function upstream(): Promise<{ kubevirtCrd: KubeObject[] }> {
  const { virtualMachineCrd } = await ensureBinaries();
  return { kubevirtCrd: parseManifests(readFileSync(virtualMachineCrd, 'utf8')) };
}

async function applyCrds(client: KubeClient): Promise<void> {
  const dir = join(ROOT, 'api/generated/crds');
  const crds = readdirSync(dir).flatMap((file) => parseManifests(readFileSync(join(dir, file), 'utf8')));
  await applyManifests(client, crds, { ...MANAGER, force: true });
}

async function fillHub(hub: Cluster, member: Cluster, manifests: readonly KubeObject[]): Promise<void> {
  const namespaces = [SYSTEM, PEOPLE].map(
    (name): KubeObject => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }),
  );
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'member-extranet', namespace: SYSTEM },
    stringData: { kubeconfig: member.adminKubeconfig },
  };
  const system = [...namespaces, ...(rbacObjects('hub') as KubeObject[]), secret];
  await applyManifests(hub.client, system, { ...MANAGER, force: true });
  const places = manifests.flatMap(({ metadata }) => metadata.namespace ?? []);
  const organizations = manifests.filter(({ kind }) => kind === 'Organization');
  await applyManifests(hub.client, organizations, MANAGER);
  // The operator owns these namespaces; objects that stand in them come once it has made them.
  const clusterWide = manifests.filter(
    ({ kind, metadata }) => metadata.namespace === undefined && kind !== 'Organization',
  );
  await applyManifests(hub.client, clusterWide, MANAGER);
  await applyManifests(hub.client, policyObjects(loadPolicies()) as unknown as KubeObject[], MANAGER);
  if (places.length === 0) throw new Error('the city has no objects in namespaces');
}

async function waitForNamespaces(client: KubeClient, manifests: readonly KubeObject[]): Promise<void> {
  const organizations: ResourceRef = {
    group: 'govcloud.dev',
    version: 'v1alpha1',
    plural: 'organizations',
    namespaced: false,
  };
  for (const { kind, metadata } of manifests) {
    if (kind !== 'Organization') continue;
    await waitFor(
      client,
      organizations,
      { name: metadata.name },
      (it) => (it?.status as { namespace?: string } | undefined)?.namespace !== undefined,
      { timeoutMs: READY_MS },
    );
  }
  await applyManifests(
    client,
    manifests.filter(({ metadata }) => metadata.namespace !== undefined),
    MANAGER,
  );
}

async function tokenOf(client: KubeClient, namespace: string, name: string): Promise<string> {
  const { status } = await client.create(
    { group: '', version: 'v1', plural: 'serviceaccounts', namespaced: true },
    {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      metadata: { name, namespace },
      spec: { expirationSeconds: 7200 },
    } as KubeObject,
    { subresource: 'token' },
  );
  return (status as { token: string }).token;
}

async function systemKubeconfig(city: TestCity, hub: Cluster, account: string): Promise<string> {
  const file = join(city.home.dir, `${account}.kubeconfig`);
  const token = await tokenOf(hub.client, SYSTEM, account);
  writeFileSync(file, kubeconfigOf(hub, [{ name: account, token, namespace: undefined }]), { mode: 0o600 });
  return file;
}

function kubeconfigOf(
  hub: Cluster,
  users: readonly { name: string; token: string; namespace: string | undefined }[],
): string {
  return dump({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'hub', cluster: { server: hub.server, 'certificate-authority': join(hub.pkiDir, 'ca.crt') } },
    ],
    users: users.map(({ name, token }) => ({ name, user: { token } })),
    contexts: users.map(({ name, namespace }) => ({
      name,
      context: { cluster: 'hub', user: name, ...(namespace ? { namespace } : {}) },
    })),
    'current-context': users[0]?.name,
  });
}

type Server = Awaited<ReturnType<TestCity['startPostgres']>>;

async function databaseName(books: TestBooks): Promise<string> {
  const { rows } = await sql<{ name: string }>`SELECT current_database() AS name`.execute(
    books.as('govcloud_reports'),
  );
  return rows[0]?.name ?? '';
}

async function startOperator(
  city: TestCity,
  hub: Cluster,
  postgres: Server,
  books: TestBooks,
): Promise<void> {
  const keyFile = join(city.home.dir, 'credential.key');
  writeFileSync(keyFile, randomBytes(32), { mode: 0o600 });
  const { health } = await reservePorts(city.home, ['health']);
  await startProcess(city.home, {
    name: 'operator',
    command: process.execPath,
    args: [join(ROOT, 'operator/main.ts')],
    env: {
      PATH: process.env['PATH'],
      GOVCLOUD_KUBECONFIG: await systemKubeconfig(city, hub, 'govcloud-operator'),
      GOVCLOUD_CREDENTIAL_KEY_FILE: keyFile,
      GOVCLOUD_DATABASE_HOST: postgres.host,
      GOVCLOUD_DATABASE_PORT: String(postgres.port),
      GOVCLOUD_DATABASE_NAME: await databaseName(books),
      GOVCLOUD_HEALTH_PORT: String(health),
    },
    ready: (signal) => answersOk(`http://127.0.0.1:${health}/readyz`, signal),
  });
}

async function startReports(city: TestCity, hub: Cluster, postgres: Server, books: TestBooks): Promise<void> {
  const { certs } = await ensureBinaries();
  await issueCertificates(
    certs,
    hub.pkiDir,
    ['ca', 'front-proxy-ca'],
    [
      {
        name: 'reports',
        authority: 'ca',
        commonName: 'reports',
        hosts: ['localhost', reportsServerName(SYSTEM)],
        hours: 24,
      },
    ],
  );
  const { reports: port = 0 } = await reservePorts(city.home, ['reports']);
  const pki = (file: string) => join(hub.pkiDir, file);
  await startProcess(city.home, {
    name: 'reports',
    command: process.execPath,
    args: [
      join(ROOT, 'operator/reports/main.ts'),
      `--port=${port}`,
      `--tls-cert=${pki('reports.crt')}`,
      `--tls-key=${pki('reports.key')}`,
      `--client-ca=${pki('front-proxy-ca.crt')}`,
      `--kubeconfig=${await systemKubeconfig(city, hub, 'govcloud-reports')}`,
    ],
    env: {
      PATH: process.env['PATH'],
      PGHOST: postgres.host,
      PGPORT: String(postgres.port),
      PGDATABASE: await databaseName(books),
    },
    ready: (signal) =>
      answersOk(`https://localhost:${port}/readyz`, signal, {
        ca: pki('ca.crt'),
        cert: pki('admin.crt'),
        key: pki('admin.key'),
      }),
  });
  const caBundle = readFileSync(pki('ca.crt'), 'utf8');
  await applyManifests(hub.client, [...apiServiceManifests({ namespace: SYSTEM, port, caBundle })], MANAGER);
  await waitFor(
    hub.client,
    { group: 'apiregistration.k8s.io', version: 'v1', plural: 'apiservices', namespaced: false },
    { name: 'v1alpha1.reports.govcloud.dev' },
    (it) => {
      const { conditions = [] } = (it?.status ?? {}) as { conditions?: { type: string; status: string }[] };
      return conditions.some(({ type, status }) => type === 'Available' && status === 'True');
    },
    { timeoutMs: READY_MS },
  );
}

type Person = ReturnType<typeof loadCity>['people'][number];

async function givePeople(city: TestCity, hub: Cluster, people: readonly Person[]): Promise<string> {
  const roleRef = (name: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name });
  const objects = people.flatMap(({ id, bindings }): KubeObject[] => [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: id, namespace: PEOPLE } },
    ...bindings.flatMap(({ role, at }) => {
      const common = {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        roleRef: roleRef(role),
        subjects: [{ kind: 'ServiceAccount', name: id, namespace: PEOPLE }],
      };
      const name = `${role}-${id}`;
      if (at === 'everywhere') return [{ ...common, kind: 'ClusterRoleBinding', metadata: { name } }];
      return at.map((code) => ({
        ...common,
        kind: 'RoleBinding',
        metadata: { name, namespace: `gov-${code}` },
      }));
    }),
  ]);
  await applyManifests(hub.client, objects, MANAGER);
  const users = [];
  for (const { id, bindings } of people) {
    const places = [...new Set(bindings.flatMap(({ at }) => (at === 'everywhere' ? [] : at)))];
    const namespace = places.length === 1 ? `gov-${places[0]}` : undefined;
    users.push({ name: id, token: await tokenOf(hub.client, PEOPLE, id), namespace });
  }
  const file = join(city.home.dir, 'people.kubeconfig');
  writeFileSync(file, kubeconfigOf(hub, users), { mode: 0o600 });
  return file;
}
