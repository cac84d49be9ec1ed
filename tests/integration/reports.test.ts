import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { TLSSocket } from 'node:tls';
import { connect as tlsConnect } from 'node:tls';
import { promisify } from 'node:util';
import { dump } from 'js-yaml';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Ledger } from '../../books/ledger.ts';
import { closeRequest } from '../../books/requests.ts';
import { takeEpoch } from '../../books/session.ts';
import type { HeldDocument } from '../../domain/approval/ticket.ts';
import type { Canonical } from '../../domain/canonical.ts';
import { Amount, parseQuantity, RESOURCES, type Resource } from '../../domain/quantity.ts';
import type { AccountKey, Demand } from '../../domain/quota/fit.ts';
import { KubeClient } from '../../kube/client.ts';
import { loadAccess } from '../../kube/config.ts';
import { KubeError } from '../../kube/errors.ts';
import { applyManifests, parseManifests } from '../../kube/manifests.ts';
import type { KubeObject } from '../../kube/types.ts';
import { waitFor } from '../../kube/wait.ts';
import { apiServiceManifests, reportsServerName } from '../../operator/reports/apiservice.ts';
import type {
  AuditRecord,
  Capacity,
  ClosedRequest,
  Hold,
  QuotaBalance,
  Verification,
} from '../../operator/reports/kinds.ts';
import { ensureBinaries } from '../../tools/localcity/binaries.ts';
import type { Cluster } from '../../tools/localcity/cluster.ts';
import { issueCertificates } from '../../tools/localcity/pki.ts';
import { reservePorts } from '../../tools/localcity/ports.ts';
import type { Postgres } from '../../tools/localcity/postgres.ts';
import { answersOk } from '../../tools/localcity/probe.ts';
import {
  type ProcessSpec,
  type RunRecord,
  startProcess,
  stopProcess,
} from '../../tools/localcity/process.ts';
import { createBooks, prepareBooks, type TestBooks } from '../support/books.ts';
import { openTestCity, type TestCity } from '../support/clusters.ts';

const START_MS = 180_000;
const API = '/apis/reports.govcloud.dev/v1alpha1';
const SYSTEM = 'govcloud-system';
const MAIN = join(import.meta.dirname, '../../operator/reports/main.ts');

const organization = (name: string, type: string, parents: object[]) => ({
  apiVersion: 'govcloud.dev/v1alpha1',
  kind: 'Organization',
  metadata: { name },
  spec: { name: { zh: name }, type, parents, budgetUnit: true },
});
const organizations = [
  organization('city', 'city', []),
  organization('county', 'county', [{ code: 'city', from: '2020-01-01' }]),
  organization('health', 'department', [{ code: 'city', from: '2020-01-01' }]),
  // Under the city first, under the county since 1 June.
  organization('moved', 'department', [
    { code: 'city', from: '2020-01-01' },
    { code: 'county', from: '2026-06-01' },
  ]),
];

const rbac = `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: everything }
rules:
  - { apiGroups: [reports.govcloud.dev], resources: [capacity, quotas, holds, auditrecords, closedrequests, verifications], verbs: [get, list] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: everything }
subjects: [{ kind: User, name: manager, apiGroup: rbac.authorization.k8s.io }]
roleRef: { kind: ClusterRole, name: everything, apiGroup: rbac.authorization.k8s.io }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: everything, namespace: gov-health }
subjects: [{ kind: User, name: ops, apiGroup: rbac.authorization.k8s.io }]
roleRef: { kind: ClusterRole, name: everything, apiGroup: rbac.authorization.k8s.io }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: one-check }
rules:
  - { apiGroups: [reports.govcloud.dev], resources: [verifications], resourceNames: [audit], verbs: [get, list] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: one-check }
subjects: [{ kind: User, name: checker, apiGroup: rbac.authorization.k8s.io }]
roleRef: { kind: ClusterRole, name: one-check, apiGroup: rbac.authorization.k8s.io }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: reports-server }
rules: [{ apiGroups: [govcloud.dev], resources: [organizations], verbs: [get, list, watch] }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: reports-server }
subjects: [{ kind: ServiceAccount, name: govcloud-reports, namespace: ${SYSTEM} }]
roleRef: { kind: ClusterRole, name: reports-server, apiGroup: rbac.authorization.k8s.io }
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: govcloud-reports, namespace: ${SYSTEM} }
`;

const pool = { holderKind: 'pool', holder: 'pool-a', zone: 'extranet', arch: 'amd64' } as const;
const of = (holder: string) => ({ holderKind: 'organisation', holder, zone: '*', arch: '*' }) as const;
const portal = { holderKind: 'system', holder: 'health/portal', zone: 'extranet', arch: '*' } as const;

function demands(
  account: Omit<AccountKey, 'resource'>,
  amounts: Partial<Record<Resource, string>>,
): Demand[] {
  return RESOURCES.filter((resource) => amounts[resource] !== undefined).map((resource) => ({
    account: { ...account, resource },
    amount: parseQuantity(resource, amounts[resource] ?? '0'),
  }));
}

function documentOf(namespace: string, name: string, serial: string): Canonical {
  const request = { uid: `uid-${name}`, namespace, name, serial };
  const document: Pick<HeldDocument, 'request'> & { quote: { monthlyFen: number } } = {
    request,
    quote: { monthlyFen: 123_400 },
  };
  return document as unknown as Canonical;
}

let city: TestCity;
let hub: Cluster;
let postgres: Postgres;
let books: TestBooks;
let reports: RunRecord;
let reportsSpec: ProcessSpec;
let port: number;

interface List<Item> {
  readonly kind: string;
  readonly metadata: { readonly continue?: string };
  readonly asOf?: string;
  readonly items: readonly Item[];
}

async function as(user: string): Promise<KubeClient> {
  return new KubeClient(await loadAccess({ kubeconfig: hub.kubeconfigPath, as: { user } }));
}

async function read<T>(user: string, path: string): Promise<T> {
  const client = await as(user);
  try {
    return await client.raw<T>(`${API}/${path}`);
  } finally {
    client.close();
  }
}

async function refusal(user: string, path: string): Promise<{ status: number; message: string }> {
  const failure = await read(user, path).catch((error: unknown) => error);
  if (!(failure instanceof KubeError)) throw new Error(`not refused: ${JSON.stringify(failure)}`);
  return { status: failure.status, message: failure.message };
}

const run = promisify(execFile);
async function kubectl(user: string, ...args: string[]): Promise<string> {
  const { stdout } = await run('kubectl', ['--kubeconfig', hub.kubeconfigPath, '--as', user, ...args]);
  return stdout;
}

const logLines = (): { msg: string; user?: string; path?: string }[] =>
  readFileSync(reports.log, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

/** A request that does not come through the API server. */
async function direct(
  path: string,
  options: { certificate?: string; headers?: Record<string, string | string[]>; method?: string } = {},
): Promise<{ status: number | undefined; body: string }> {
  const { certificate, headers = {}, method = 'GET' } = options;
  const pem = (name: string) => readFileSync(join(hub.pkiDir, name));
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port,
        path,
        method,
        headers,
        agent: false,
        ca: pem('ca.crt'),
        servername: reportsServerName(SYSTEM),
        ...(certificate ? { cert: pem(`${certificate}.crt`), key: pem(`${certificate}.key`) } : {}),
      },
      (response) =>
        void text(response).then((body) => resolve({ status: response.statusCode, body }), reject),
    );
    sent.once('error', reject);
    sent.end();
  });
}

const proxy = { certificate: 'front-proxy-client', headers: { 'X-Remote-User': 'anyone' } };

beforeAll(async () => {
  city = openTestCity();
  [hub, postgres] = await Promise.all([city.startCluster({ name: 'hub' }), city.startPostgres()]);
  await prepareBooks(postgres);
  books = await createBooks(postgres);
  const fieldManager = 'test';
  const crd = readFileSync(join(import.meta.dirname, '../../api/generated/crds/organizations.yaml'), 'utf8');
  const namespaces = [SYSTEM, 'gov-health', 'gov-moved'].map(
    (name): KubeObject => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }),
  );
  await applyManifests(
    hub.client,
    [...parseManifests(crd), ...namespaces, ...organizations, ...parseManifests(rbac)],
    { fieldManager },
  );
  await fillBooks();
  await startReports();
  const caBundle = readFileSync(join(hub.pkiDir, 'ca.crt'), 'utf8');
  await applyManifests(hub.client, apiServiceManifests({ namespace: SYSTEM, port, caBundle }), {
    fieldManager,
  });
  const apiServices = {
    group: 'apiregistration.k8s.io',
    version: 'v1',
    plural: 'apiservices',
    namespaced: false,
  };
  await waitFor(
    hub.client,
    apiServices,
    { name: 'v1alpha1.reports.govcloud.dev' },
    (it) =>
      (it?.status as { conditions?: { type: string; status: string }[] } | undefined)?.conditions?.some(
        ({ type, status }) => type === 'Available' && status === 'True',
      ) ?? false,
    { timeoutMs: 60_000 },
  );
}, START_MS);
afterAll(async () => {
  await books?.close();
  await city?.stop();
}, START_MS);

async function fillBooks(): Promise<void> {
  const operator = books.as('govcloud_operator');
  const session = { books: operator, epoch: await takeEpoch(operator, 'operator-1'), actor: 'operator' };
  const ledger = new Ledger(session);
  const limit = (requestUid: string, legs: Demand[], day: string) =>
    ledger.limit({
      requestUid,
      generation: 1,
      attempt: 1,
      limits: legs.map(({ account, amount }) => ({ account, hard: amount })),
      effectiveAt: new Date(`${day}T00:00:00+08:00`),
    });
  await limit('pool', demands(pool, { vcpu: '100', memory: '200Gi', ssd: '4Ti' }), '2026-01-10');
  await limit('city', demands(of('city'), { vcpu: '90', memory: '180Gi' }), '2026-01-10');
  await limit('county', demands(of('county'), { vcpu: '20' }), '2026-01-10');
  await limit('health', demands(of('health'), { vcpu: '30', memory: '60Gi' }), '2026-02-10');
  await limit('portal', demands(portal, { vcpu: '16' }), '2026-02-10');
  await limit('moved', demands(of('moved'), { vcpu: '5500m' }), '2026-02-10');
  await limit('shrink', demands(of('moved'), { vcpu: '1' }), '2026-03-10');

  const take = async (
    name: string,
    namespace: string,
    serial: string,
    accounts: (typeof pool | ReturnType<typeof of> | typeof portal)[],
  ) => {
    const outcome = await ledger.hold({
      requestUid: `uid-${name}`,
      generation: 1,
      attempt: 1,
      ticket: `ticket-${name}`,
      document: documentOf(namespace, name, serial),
      legs: accounts.flatMap((account) => demands(account, { vcpu: '500m' })),
      ttlSeconds: 3600,
    });
    if (!outcome.ok) throw new Error(JSON.stringify(outcome.reasons));
    return outcome.hold;
  };
  await take('req-a', 'gov-health', 'ZY-2026-000001', [pool, of('city'), of('health'), portal]);
  const posted = await take('req-b', 'gov-health', 'ZY-2026-000002', [pool, of('city'), of('health')]);
  await ledger.post(posted, 'ticket-req-b');
  await take('req-c', 'gov-moved', 'ZY-2026-000003', [pool, of('city'), of('moved')]);
  await ledger.open({
    fileSm3: 'f'.repeat(64),
    row: 2,
    ticket: 'batch',
    document: { row: 2 },
    legs: [{ account: { ...pool, resource: 'ssd' }, amount: Amount.of('bytes', 1n << 40n) }],
    effectiveAt: new Date('2026-02-20T00:00:00+08:00'),
  });
  for (const [name, namespace] of [
    ['old-1', 'gov-health'],
    ['old-2', 'gov-health'],
    ['old-3', 'gov-moved'],
  ] as const) {
    const document = { metadata: { name }, spec: { reason: '扩容' } };
    await closeRequest(session, { uid: `uid-${name}`, serial: `ZY-2025-${name}`, namespace, name, document });
  }
}

async function startReports(): Promise<void> {
  const { certs } = await ensureBinaries();
  const client = { hours: 24 };
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
        ...client,
      },
      { name: 'stranger', authority: 'ca', commonName: 'front-proxy-client', ...client },
      { name: 'colleague', authority: 'front-proxy-ca', commonName: 'metrics-proxy', ...client },
    ],
  );
  const { status } = await hub.client.create(
    { group: '', version: 'v1', plural: 'serviceaccounts', namespaced: true },
    {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      metadata: { name: 'govcloud-reports', namespace: SYSTEM },
      spec: { expirationSeconds: 3600 },
    } as KubeObject,
    { subresource: 'token' },
  );
  const kubeconfig = join(city.home.dir, 'reports.kubeconfig');
  const cluster = { server: hub.server, 'certificate-authority': join(hub.pkiDir, 'ca.crt') };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'hub', cluster }],
    users: [{ name: 'reports', user: { token: (status as { token: string }).token } }],
    contexts: [{ name: 'hub', context: { cluster: 'hub', user: 'reports' } }],
    'current-context': 'hub',
  };
  writeFileSync(kubeconfig, dump(config), { mode: 0o600 });
  ({ reports: port } = await reservePorts(city.home, ['reports']));
  const pki = (file: string) => join(hub.pkiDir, file);
  const tls = { ca: pki('ca.crt'), cert: pki('admin.crt'), key: pki('admin.key') };
  const database = await books
    .as('govcloud_reports')
    .transaction()
    .execute(async (trx) => {
      const { rows } = await import('kysely').then(({ sql }) =>
        sql<{ name: string }>`SELECT current_database() AS name`.execute(trx),
      );
      return rows[0]?.name ?? '';
    });
  reportsSpec = {
    name: 'reports',
    command: process.execPath,
    args: [
      MAIN,
      `--port=${port}`,
      `--tls-cert=${pki('reports.crt')}`,
      `--tls-key=${pki('reports.key')}`,
      `--client-ca=${pki('front-proxy-ca.crt')}`,
      `--kubeconfig=${kubeconfig}`,
    ],
    env: {
      PATH: process.env['PATH'],
      PGHOST: postgres.host,
      PGPORT: String(postgres.port),
      PGDATABASE: database,
    },
    ready: (signal) => answersOk(`https://localhost:${port}/readyz`, signal, tls),
  };
  reports = await startProcess(city.home, reportsSpec);
}

describe('the reports API behind a real API server', () => {
  test('kubectl get prints a table', async () => {
    expect(await kubectl('manager', 'get', 'capacity')).toBe('');
  });
});
