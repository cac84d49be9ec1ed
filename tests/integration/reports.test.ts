import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { request as plainRequest } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';
import { promisify } from 'node:util';
import { dump } from 'js-yaml';
import { sql } from 'kysely';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { resourceOf } from '../../api/kind.ts';
import { Allocation } from '../../api/v1alpha1/index.ts';
import { Ledger } from '../../books/ledger.ts';
import { migrations } from '../../books/migrations/index.ts';
import { closeRequest } from '../../books/requests.ts';
import { takeEpoch } from '../../books/session.ts';
import { recordActiveUsers } from '../../books/active-users.ts';
import { recordUse, type UseOfDay } from '../../books/usage.ts';
import type { Canonical } from '../../domain/canonical.ts';
import { cityDay, dayAfter } from '../../domain/calendar.ts';
import { Amount, parseQuantity, RESOURCES, type Resource } from '../../domain/quantity.ts';
import type { AccountKey, Demand } from '../../domain/quota/fit.ts';
import { DAY_STEPS } from '../../domain/usage/day.ts';
import { KubeClient } from '../../kube/client.ts';
import { loadAccess } from '../../kube/config.ts';
import { KubeError } from '../../kube/errors.ts';
import { applyManifests, parseManifests } from '../../kube/manifests.ts';
import type { KubeObject } from '../../kube/types.ts';
import { waitFor } from '../../kube/wait.ts';
import { apiServiceManifests, reportsServerName } from '../../operator/reports/apiservice.ts';
import type { ReportBody, ReportKind } from '../../api/reports/report.ts';
import type {
  AuditRecord,
  Capacity,
  CityReport,
  ClosedRequest,
  Hold,
  OrganizationReport,
  QuotaBalance,
  Server,
  Usage,
  UsageAdvice,
  Verification,
} from '../../api/reports/index.ts';
import { Reader } from '../../cli/output/reader.ts';
import { reportHtml } from '../../cli/report/html.ts';
import { pdfOf } from '../../cli/report/pdf.ts';
import { HOSTILE } from '../../domain/testing/hostile.ts';
import { chromiumBinary } from '../../tools/chromium.ts';
import { ensureBinaries } from '../../tools/localcity/binaries.ts';
import type { Cluster } from '../../tools/localcity/cluster.ts';
import { issueCertificates } from '../../tools/localcity/pki.ts';
import { reservePorts } from '../../tools/localcity/ports.ts';
import type { Postgres } from '../../tools/localcity/postgres.ts';
import { answersOk } from '../../tools/localcity/probe.ts';
import { isRunning, type ProcessSpec, startProcess, stopAll } from '../../tools/localcity/process.ts';
import { createBooks, prepareBooks, type TestBooks } from '../support/books.ts';
import { govcloud, PLAIN } from '../e2e/cli-run.ts';
import { Browser } from '../support/browser.ts';
import { openTestCity, type TestCity } from '../support/clusters.ts';
import { readPdf } from '../support/pdf.ts';
import {
  csvTables,
  figuresIn,
  notPrinted,
  pageTables,
  shownFigures,
  terminalTables,
  workbookTables,
} from '../support/report-forms.ts';

const START_MS = 180_000;
const API = '/apis/reports.govcloud.dev/v1alpha1';
const SYSTEM = 'govcloud-system';
const MOMENT = '2026-06-30T15:59:59.999Z';
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

const registry = `
apiVersion: govcloud.dev/v1alpha1
kind: MemberCluster
metadata: { name: extranet }
spec:
  title: { zh: 外网区集群 }
  zone: extranet
  zoneTitle: { zh: 政务外网区, en: Extranet }
  maxMlps: 3
  credentialsSecret: member-extranet
---
apiVersion: govcloud.dev/v1alpha1
kind: CapacityPool
metadata: { name: pool-a }
spec:
  title: { zh: x86 资源池 }
  zone: extranet
  arch: amd64
  cpuSeries: Intel Xeon
  xinchuang: false
  cluster: extranet
  total: { vcpu: "110", memory: 200Gi, ssd: 4Ti }
  reserve: { vcpu: "10" }
---
apiVersion: govcloud.dev/v1alpha1
kind: InformationSystem
metadata: { name: portal, namespace: gov-health }
spec:
  name: { zh: 卫健门户, en: Health portal }
  classified: false
  level: department
  mlps: { level: 2 }
  dataClass: internal
  targetUsers: 100
  platform: {}
  disasterRecoveryGrade: 1
  hosting: city-cloud
  contact: { person: 甲, phone: "0660" }
---
apiVersion: govcloud.dev/v1alpha1
kind: ResourceRequest
metadata: { name: more-machines, namespace: gov-health }
spec:
  requester: clerk
  applicant: { unit: 卫健委, person: 甲, phone: 0660-1, reviewer: 乙 }
  action: Provision
  system: portal
  mlps: 2
  project: project
  zone: extranet
  arch: amd64
  lines: [{ name: vm, item: vm, quantity: 2, parameters: { vcpu: 8, memoryGiB: 32, diskGiB: 200 } }]
  until: "2030-01-01"
  reason: 扩容
  submission: 0
  withdrawn: false
`;

const rbac = `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: everything }
rules:
  - { apiGroups: [reports.govcloud.dev], resources: [capacity, cityreports, organizationreports, quotas, holds, auditrecords, closedrequests, usage, usageadvice, servers, verifications], verbs: [get, list] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: looks }
rules:
  - { apiGroups: [govcloud.dev], resources: ['*'], verbs: [get, list] }
  - { apiGroups: [reports.govcloud.dev], resources: [usage], verbs: [get, list] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: looks }
subjects: [{ kind: User, name: manager, apiGroup: rbac.authorization.k8s.io }]
roleRef: { kind: ClusterRole, name: looks, apiGroup: rbac.authorization.k8s.io }
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
rules: [{ apiGroups: [govcloud.dev], resources: [allocations, capacitypools, catalogitems, informationsystems, memberclusters, organizations, quotas], verbs: [get, list, watch] }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: reports-server }
subjects: [{ kind: ServiceAccount, name: govcloud-reports, namespace: ${SYSTEM} }]
roleRef: { kind: ClusterRole, name: reports-server, apiGroup: rbac.authorization.k8s.io }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: reports-server, namespace: ${SYSTEM} }
rules: [{ apiGroups: [''], resources: [configmaps], verbs: [get, list, watch] }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: reports-server, namespace: ${SYSTEM} }
subjects: [{ kind: ServiceAccount, name: govcloud-reports, namespace: ${SYSTEM} }]
roleRef: { kind: Role, name: reports-server, apiGroup: rbac.authorization.k8s.io }
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: govcloud-reports, namespace: ${SYSTEM} }
`;

const INDICATORS = `
- { measure: vcpu, number: "18", title: { zh: 核, en: cores }, target: { value: 220000, by: "2030-12-31" }, source: { zh: 规划, en: plan } }
- { measure: monthlyActive, number: "23", title: { zh: 活跃, en: active }, target: { value: 5000, by: "2030-12-31" }, source: { zh: 规划, en: plan } }
- { measure: systemsOnCloud, number: "-", title: { zh: 上云, en: cloud }, target: { value: 10000, by: "2030-12-31" }, source: { zh: 规划, en: plan } }
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
  const lines = [{ name: 'web', consumes: { vcpu: '500m' } }];
  const steps = [{ name: 'initial', approvals: 1, dueWorkingDays: 2 }];
  const spec = { system: 'portal', action: 'Provision', requester: 'clerk', applicant: {} };
  const document = {
    request,
    round: 1,
    spec,
    quote: { monthlyFen: 123_400, zone: 'extranet', steps, lines },
    placement: { verdicts: [] },
  };
  return document as unknown as Canonical;
}

let city: TestCity;
let hub: Cluster;
let postgres: Postgres;
let books: TestBooks;
let reports: Awaited<ReturnType<typeof startProcess>>;
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
  const cache = join(city.home.dir, 'kubectl-cache');
  const common = ['--kubeconfig', hub.kubeconfigPath, '--cache-dir', cache, '--as', user];
  const { stdout } = await run((await ensureBinaries()).kubectl, [...common, ...args]);
  return stdout;
}

/** What the server has logged so far: a line may come a little after the answer that it is about. */
const logLines = (): { msg: string; user?: string; path?: string }[] =>
  readFileSync(reports.log, 'utf8')
    .split('\n')
    .slice(0, -1)
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
  const folder = join(import.meta.dirname, '../../api/generated/crds');
  const crds = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));
  const namespaces = [SYSTEM, 'gov-health', 'gov-moved'].map(
    (name): KubeObject => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }),
  );
  await applyManifests(
    hub.client,
    [
      ...crds.flatMap(parseManifests),
      ...namespaces,
      ...organizations,
      ...parseManifests(registry),
      ...parseManifests(rbac),
    ],
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
  // The list of all groups, by which kubectl finds a resource, follows a little later.
  const group = ['api-resources', '--api-group=reports.govcloud.dev', '-o', 'name'];
  await vi.waitUntil(
    async () => (await kubectl('manager', ...group)).includes('capacity.reports.govcloud.dev'),
    { timeout: 60_000, interval: 200 },
  );
}, START_MS);
afterAll(async () => {
  await books?.close();
  await city?.stop();
}, START_MS);

const GRANTED = `
apiVersion: govcloud.dev/v1alpha1
kind: Allocation
metadata: { name: zy-vm, namespace: gov-health }
spec:
  request: { name: req, uid: uid-1, serial: ZY-2026-000001, generation: 1 }
  requester: ops-account
  organization: health
  system: portal
  item: vm
  itemVersion: abc
  fulfilment: auto
  quantity: 2
  parameters: { vcpu: 8, memoryGiB: 32, diskGiB: 200 }
  zone: extranet
  arch: amd64
  pool: pool-a
  cluster: extranet
  consumes: { vcpu: "16", memory: 64Gi, ssd: 400Gi }
  monthlyFen: 100
  from: "2024-01-01"
  retainDays: 0
  revision: 1
  changes: [{ revision: 1, action: Provision, request: uid-1, generation: 1, serial: ZY-2026-000001 }]
  contentRevision: 1
`;
const DAY = '2026-03-10';
const use = (allocation: string, namespace: string, millicores: bigint | undefined): UseOfDay => ({
  metered: {
    uid: `uid-${allocation}`,
    namespace,
    name: allocation,
    organization: namespace.slice(4),
    system: 'portal',
    item: 'vm',
    pool: 'pool-a',
    zone: 'extranet',
    arch: 'amd64',
    series: { cpu: ['some_series'] },
  },
  granted: { cpu: 4000n, memory: 0n, storage: 0n, network: 0n },
  used: [
    {
      resource: 'cpu',
      ...(millicores === undefined ? { samples: 0 } : { samples: 144, figures: figuresOf(millicores) }),
      faults: millicores === undefined ? [] : [{ code: 'duplicate', series: 'm{}', steps: 3 }],
    },
  ],
});
const figuresOf = (millicores: bigint) => {
  const amount = Amount.of('millicores', millicores);
  return { mean: amount, p50: amount, p95: amount.plus(amount), p99: amount.times(3), max: amount.times(4) };
};

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
  await limit('shrink', demands(of('moved'), { vcpu: '250m' }), '2026-03-10');
  await ledger.open({
    key: { requestUid: 'f'.repeat(64), generation: 2, attempt: 1 },
    ticket: 'batch',
    document: { row: 2 },
    legs: [{ account: { ...pool, resource: 'ssd' }, amount: Amount.of('bytes', 1n << 40n) }],
    effectiveAt: new Date('2026-02-20T00:00:00+08:00'),
  });
  await recordUse(session, DAY, [use('vm-1', 'gov-health', 100n), use('vm-2', 'gov-moved', undefined)]);
  await recordUse(session, '2026-03-11', [use('vm-1', 'gov-health', 300n)]);
  for (let date = 1; date <= 31; date += 1) {
    const users = { active: date, target: 100 };
    await recordActiveUsers(session, `2026-05-${String(date).padStart(2, '0')}`, [
      { organization: 'health', system: 'portal', told: { samples: DAY_STEPS, users, faults: [] } },
      { organization: 'moved', system: 'portal', told: { samples: 230, users, faults: [] } },
      ...(date === 31
        ? []
        : [{ organization: 'health', system: 'archive', told: { samples: 0, faults: [] } }]),
    ]);
  }
  for (const [name, namespace] of [
    ['old-1', 'gov-health'],
    ['old-2', 'gov-health'],
    ['old-3', 'gov-moved'],
  ] as const) {
    const document = { metadata: { name }, spec: { reason: '扩容' } };
    await closeRequest(session, { uid: `uid-${name}`, serial: `ZY-2025-${name}`, namespace, name, document });
  }
}

const serverCertificate = {
  name: 'reports',
  authority: 'ca',
  commonName: 'reports',
  hosts: ['localhost', reportsServerName(SYSTEM)],
  hours: 24,
};

async function startReports(): Promise<void> {
  const { certs } = await ensureBinaries();
  const client = { hours: 24 };
  await issueCertificates(
    certs,
    hub.pkiDir,
    ['ca', 'front-proxy-ca'],
    [
      serverCertificate,
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
  const { rows } = await sql<{ name: string }>`SELECT current_database() AS name`.execute(
    books.as('govcloud_reports'),
  );
  reportsSpec = {
    name: 'reports',
    command: process.execPath,
    args: [MAIN],
    env: {
      PATH: process.env['PATH'],
      GOVCLOUD_REPORTS_PORT: String(port),
      GOVCLOUD_REPORTS_TLS_CERT: pki('reports.crt'),
      GOVCLOUD_REPORTS_TLS_KEY: pki('reports.key'),
      GOVCLOUD_REPORTS_CLIENT_CA: pki('front-proxy-ca.crt'),
      GOVCLOUD_REPORTS_KUBECONFIG: kubeconfig,
      GOVCLOUD_DATABASE_HOST: postgres.host,
      GOVCLOUD_DATABASE_PORT: String(postgres.port),
      GOVCLOUD_DATABASE_NAME: rows[0]?.name,
      // Nothing of these may have a say.
      PGHOST: 'nowhere.invalid',
      PGUSER: 'govcloud_operator',
      PGSSLMODE: 'verify-full',
    },
    ready: (signal) => answersOk(`https://localhost:${port}/readyz`, signal, tls),
  };
  reports = await startProcess(city.home, reportsSpec);
}

const names = (list: List<{ metadata: { name: string } }>) => list.items.map(({ metadata }) => metadata.name);

describe('through the API server', () => {
  test('kubectl get prints a table, wide and narrow, of all and of one', async () => {
    const lines = (await kubectl('manager', 'get', 'capacity')).trimEnd().split('\n');
    expect(lines.map((line) => line.trim().split(/\s+/).join(' '))).toEqual([
      'NAME ZONE ARCH VCPU-FREE VCPU MEMORY-FREE MEMORY SSD-FREE SSD HDD-FREE HDD',
      'pool-a extranet amd64 98500m 100 200Gi 200Gi 3Ti 4Ti 0 0',
    ]);
    const wide = await kubectl('manager', 'get', 'capacity', 'pool-a', '-o', 'wide', '--no-headers');
    expect(wide.trim().split(/\s+/).join(' ')).toBe(
      'pool-a extranet amd64 98500m 100 500m 1 200Gi 200Gi 0 0 3Ti 4Ti 1Ti 0 0 0 0 0',
    );
    const name = await kubectl('manager', 'get', 'capacity', '-o', 'name');
    expect(name).toBe('capacity.reports.govcloud.dev/pool-a\n');
    const checks = await kubectl('manager', 'get', 'verifications', '--no-headers');
    expect(checks.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^books +true +0 /),
      expect.stringMatching(/^audit +true +\d+ /),
    ]);
    const servers = await kubectl('manager', 'get', 'servers', '--no-headers');
    expect(servers).toMatch(/^reports +\d{4}-\d\d-\d\dT\S+Z +0\n$/);
  });

  test('the server tells what it shows, and what of the books it was not made for', async () => {
    const server = async () => (await read<List<Server>>('manager', 'servers')).items[0];
    const { validFrom, validTo } = new X509Certificate(readFileSync(join(hub.pkiDir, 'reports.crt')));
    const well = await server();
    expect(well?.credentials).toContainEqual({
      opens: 'reports',
      from: new Date(validFrom).toISOString(),
      until: new Date(validTo).toISOString(),
    });
    expect(well?.migrations).toEqual({ pending: [], unknown: [] });
    const last = Object.keys(migrations).sort().at(-1) ?? '';
    const renamed = (from: string, to: string) =>
      books.tamper(`UPDATE books.kysely_migration SET name = '${to}' WHERE name = '${from}'`);
    try {
      await renamed(last, '9999-later');
      expect((await server())?.migrations).toEqual({ pending: [last], unknown: ['9999-later'] });
    } finally {
      await renamed('9999-later', last);
    }
  });

  test('capacity as objects, with what is free', async () => {
    const list = await read<List<Capacity>>('manager', 'capacity');
    expect(list).toMatchObject({ kind: 'CapacityList', apiVersion: 'reports.govcloud.dev/v1alpha1' });
    expect(list.items).toEqual([
      {
        kind: 'Capacity',
        apiVersion: 'reports.govcloud.dev/v1alpha1',
        metadata: { name: 'pool-a' },
        pool: 'pool-a',
        zone: 'extranet',
        arch: 'amd64',
        hard: { vcpu: '100', memory: '200Gi', ssd: '4Ti', hdd: '0' },
        posted: { vcpu: '500m', memory: '0', ssd: '1Ti', hdd: '0' },
        pending: { vcpu: '1', memory: '0', ssd: '0', hdd: '0' },
        free: { vcpu: '98500m', memory: '200Gi', ssd: '3Ti', hdd: '0' },
      },
    ]);
    expect(await read('manager', 'capacity/pool-a')).toEqual(list.items[0]);
    expect(await refusal('manager', 'capacity/pool-b')).toMatchObject({
      status: 404,
      message: expect.stringContaining('E_REPORT_NOT_FOUND'),
    });
  });

  test('asOf gives the past, to the day or to the moment', async () => {
    const hard = async (asOf: string) => {
      const { items, asOf: told } = await read<List<Capacity>>('manager', `capacity?asOf=${asOf}`);
      return [told, items[0]?.hard.vcpu, items[0]?.posted.ssd];
    };
    expect(await hard('2026-01-09')).toEqual(['2026-01-09T15:59:59.999Z', undefined, undefined]);
    expect(await hard('2026-01-10')).toEqual(['2026-01-10T15:59:59.999Z', '100', '0']);
    expect(await hard('2026-02-19T15:59:59Z')).toEqual(['2026-02-19T15:59:59.000Z', '100', '0']);
    expect(await hard('2026-02-20T00:00:00%2B08:00')).toEqual(['2026-02-19T16:00:00.000Z', '100', '1Ti']);
    const moved = async (query: string) => {
      const path = `namespaces/gov-moved/quotas${query}`;
      const { items } = await read<List<QuotaBalance>>('manager', path);
      return items.find(({ holder }) => holder === 'moved')?.hard.vcpu;
    };
    expect(await moved('?asOf=2026-03-09')).toBe('5500m');
    expect(await moved('')).toBe('250m');
  });

  test('a time to come, a misspelt parameter, a watch are refused', async () => {
    for (const [path, message] of [
      ['capacity?asOf=2126-01-01', 'E_REPORT_FUTURE'],
      ['capacity?asOf=2026-02-30', 'E_REPORT_VALUE'],
      ['capacity?asof=2026-01-10', 'E_REPORT_PARAMETER'],
      ['capacity?labelSelector=a%3Db', 'E_REPORT_VALUE'],
      ['capacity?fieldSelector=pool%3Dpool-a', 'E_REPORT_VALUE'],
      ['holds?state=lost', 'E_REPORT_VALUE'],
      ['holds?continue=abc', 'E_REPORT_VALUE'],
      ['closedrequests?continue=abc', 'E_REPORT_VALUE'],
    ] as const) {
      expect([path, await refusal('manager', path)]).toEqual([
        path,
        { status: 400, message: expect.stringContaining(message) },
      ]);
    }
    await expect(kubectl('manager', 'get', 'capacity', '-l', 'a=b')).rejects.toThrow(/E_REPORT_VALUE/);
    expect(await direct(`${API}/capacity?watch=true`, proxy)).toEqual({
      status: 405,
      body: expect.stringContaining('E_REPORT_WATCH'),
    });
  });

  test('quotas of a namespace: its own, its systems’, and those above, by the tree of that day', async () => {
    const quotas = (path: string) => read<List<QuotaBalance>>('manager', path);
    expect(names(await quotas('namespaces/gov-health/quotas'))).toEqual([
      'organisation.city',
      'organisation.health',
      'system.health.portal.zone.extranet',
    ]);
    const moved = (asOf: string) => quotas(`namespaces/gov-moved/quotas?asOf=${asOf}`).then(names);
    const cityAlone = ['organisation.city', 'organisation.moved'];
    const cityAndCounty = ['organisation.city', 'organisation.county', 'organisation.moved'];
    expect(await moved('2026-05-31')).toEqual(cityAlone);
    expect(await moved('2026-06-01')).toEqual(cityAndCounty);
    expect((await quotas('namespaces/default/quotas')).items).toEqual([]);

    const all = await quotas('quotas');
    expect(all.items.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)).toEqual([
      'gov-city/organisation.city',
      'gov-county/organisation.county',
      'gov-health/organisation.health',
      'gov-moved/organisation.moved',
      'gov-health/system.health.portal.zone.extranet',
    ]);
    expect(all.items.at(-1)).toMatchObject({
      holderKind: 'system',
      holder: 'health/portal',
      zone: 'extranet',
      arch: '*',
      hard: { vcpu: '16' },
      pending: { vcpu: '500m' },
      free: { vcpu: '15500m' },
    });
    const overdrawn = all.items.find(({ holder }) => holder === 'moved');
    expect(overdrawn?.free).toEqual({ vcpu: '-250m', memory: '0', ssd: '0', hdd: '0' });
    const name = ['quotas.reports.govcloud.dev', 'organisation.health', '-n', 'gov-health'];
    expect(await kubectl('manager', 'get', ...name, '-o', 'jsonpath={.posted.vcpu}')).toBe('500m');
  });

  test('holds of a namespace, by request and state, page by page', async () => {
    const holds = (path: string) => read<List<Hold>>('manager', path);
    const requests = (list: List<Hold>) => list.items.map(({ requestName }) => requestName);
    const { items } = await holds('namespaces/gov-health/holds');
    expect(items.map(({ requestName, serial, state }) => [requestName, serial, state])).toEqual([
      ['req-a', 'ZY-2026-000001', 'pending'],
      ['req-b', 'ZY-2026-000002', 'posted'],
    ]);
    const zero = { vcpu: '0', memory: '0', ssd: '0', hdd: '0' };
    expect(items[0]).toMatchObject({
      metadata: { namespace: 'gov-health' },
      requestUid: 'uid-req-a',
      generation: 1,
      attempt: 1,
      ticket: 'ticket-req-a',
      document: { quote: { monthlyFen: 123_400 }, spec: { system: 'portal', requester: 'clerk' } },
    });
    const half = { ...zero, vcpu: '500m' };
    expect(items[0]?.accounts).toHaveLength(4);
    expect(items[0]?.accounts).toContainEqual({ ...portal, pending: half, posted: zero });
    expect(items[1]?.accounts).toContainEqual({ ...pool, pending: zero, posted: half });
    const name = items[0]?.metadata.name ?? '';
    // How the pool was chosen is told of one alone: a list of thousands would carry all of it.
    expect(items.map(({ document }) => document.placement)).toEqual([undefined, undefined]);
    expect(await read('manager', `namespaces/gov-health/holds/${name}`)).toEqual({
      ...items[0],
      document: { ...items[0]?.document, placement: { verdicts: [] } },
    });
    expect((await refusal('manager', `namespaces/gov-moved/holds/${name}`)).status).toBe(404);
    expect((await refusal('manager', 'namespaces/gov-health/holds/99999999999999999999')).status).toBe(404);

    expect((await holds('holds?state=posted&requestUid=uid-req-b')).items).toEqual([items[1]]);
    expect(requests(await holds('holds?state=pending'))).toEqual(['req-a', 'req-c']);
    const first = await holds('namespaces/gov-health/holds?limit=1');
    expect(first.items).toEqual([items[0]]);
    const second = await holds(`namespaces/gov-health/holds?limit=1&continue=${first.metadata.continue}`);
    expect(second.items).toEqual([items[1]]);
    expect(second.metadata.continue).toBeUndefined();
    const paged = await kubectl('manager', 'get', 'holds', '-A', '--chunk-size=1', '--no-headers');
    expect(paged.trimEnd().split('\n')).toHaveLength(4);
  });

  test('closed requests of a namespace, by serial number, page by page', async () => {
    const closed = (path: string) => read<List<ClosedRequest>>('manager', path);
    const { items } = await closed('namespaces/gov-health/closedrequests');
    expect(items).toMatchObject([
      {
        kind: 'ClosedRequest',
        metadata: { name: 'old-1', namespace: 'gov-health', uid: 'uid-old-1' },
        serial: 'ZY-2025-old-1',
        uid: 'uid-old-1',
        document: { metadata: { name: 'old-1' }, spec: { reason: '扩容' } },
      },
      { metadata: { name: 'old-2' } },
    ]);
    const first = await closed('closedrequests?limit=2');
    expect(names(first)).toEqual(['old-1', 'old-2']);
    const next = encodeURIComponent(first.metadata.continue ?? '');
    expect(names(await closed(`closedrequests?limit=2&continue=${next}`))).toEqual(['old-3']);
    expect(names(await closed('closedrequests?serial=ZY-2025-old-3'))).toEqual(['old-3']);
    expect(await read('manager', 'namespaces/gov-health/closedrequests/old-2')).toEqual(items[1]);
  });

  test('audit records by actor, action, subject and time', async () => {
    const records = (query: string) => read<List<AuditRecord>>('manager', `auditrecords?${query}`);
    const all = (await records('')).items;
    expect(all[0]).toMatchObject({
      metadata: { name: '1' },
      seq: 1,
      actor: 'operator-1',
      action: 'epoch.take',
    });
    expect(all.map(({ seq }) => seq)).toEqual(all.map((_, index) => index + 1));
    expect((await records('order=newest')).items).toEqual(all.toReversed());
    const newest = await records('order=newest&limit=2');
    expect(newest.items).toEqual(all.toReversed().slice(0, 2));
    const next = await records(`order=newest&limit=2&continue=${newest.metadata.continue}`);
    expect(next.items).toEqual(all.toReversed().slice(2, 4));
    expect((await refusal('manager', 'auditrecords?order=up')).message).toContain('E_REPORT_VALUE');
    expect(await read('manager', 'auditrecords/2')).toEqual(all[1]);
    expect((await refusal('manager', 'auditrecords/100000')).status).toBe(404);
    const where = (key: 'actor' | 'action' | 'subject', value: string) =>
      all.filter((it) => it[key] === value);
    for (const [key, value, count] of [
      ['actor', 'operator-1', 1],
      ['action', 'ledger.hold', 3],
      ['subject', 'uid-req-b', 2],
    ] as const) {
      const found = (await records(`${key}=${value}`)).items;
      expect(found).toEqual(where(key, value));
      expect(found).toHaveLength(count);
    }
    const at = all[3]?.at ?? '';
    expect((await records(`from=${at}`)).items).toEqual(all.filter((it) => it.at >= at));
    expect((await records(`until=${at}`)).items).toEqual(all.filter((it) => it.at < at));
    expect((await records('until=2026-01-01')).items).toEqual([]);
    const page = await records('limit=3&continue=2');
    expect(page.items).toEqual(all.slice(2, 5));
    expect(page.metadata.continue).toBe('5');
  });

  test('use of a period has coverage of all of it, and the series behind it', async () => {
    const use = (path: string) => read<{ items: Usage[] }>('manager', path);
    const { items } = await use('usage?from=2026-03-09&until=2026-03-12');
    expect(items).toMatchObject([
      {
        metadata: { name: 'vm-1.cpu', namespace: 'gov-health' },
        unit: 'millicores',
        granted: 4000,
        mean: 200,
        p50: 300,
        p95: 600,
        p99: 900,
        max: 1200,
        from: '2026-03-09',
        until: '2026-03-12',
        days: 2,
        missingDays: 2,
        // 288 of 4 times 288 samples.
        coverageBasisPoints: 2500,
        faults: [{ code: 'duplicate', series: 'm{}', steps: 6, message: expect.stringContaining(' / ') }],
        series: ['some_series'],
      },
      { metadata: { name: 'vm-2.cpu', namespace: 'gov-moved' }, days: 1, coverageBasisPoints: 0 },
    ]);
    expect(items[1]).not.toHaveProperty('mean');
    expect((await use('namespaces/gov-moved/usage?from=2026-03-09&until=2026-03-12')).items).toEqual([
      items[1],
    ]);
    expect((await use('usage?from=2020-01-01&until=2020-01-31')).items).toEqual([]);
    expect(
      await read('manager', `namespaces/gov-health/usage/vm-1.cpu?from=${DAY}&until=${DAY}`),
    ).toMatchObject({
      mean: 100,
      coverageBasisPoints: 5000,
    });
    // The last day that is over is the last that can be known.
    const [last] = (await use('usage?from=2026-03-10&until=2999-01-01')).items;
    expect(last?.until).toBe(dayAfter(cityDay(new Date().toISOString()), -1));
    expect(await refusal('manager', 'usage?from=2026-03-12&until=2026-03-09')).toMatchObject({
      status: 400,
      message: expect.stringContaining('E_REPORT_PERIOD'),
    });
    expect(await refusal('ops', 'usage')).toMatchObject({ status: 403 });
  });

  test('what was hardly used for thirty days is idle by the policy in force, and told with its evidence', async () => {
    expect(await refusal('manager', 'usageadvice')).toMatchObject({
      status: 500,
      message: expect.stringContaining('E_REPORT_POLICY'),
    });
    const shanwei = (path: string) =>
      parseManifests(readFileSync(join(import.meta.dirname, '../../stacks/shanwei', path), 'utf8'));
    const by = { fieldManager: 'test' };
    await applyManifests(hub.client, [...shanwei('usage-policy.yaml'), ...shanwei('catalogue/vm.yaml')], by);
    await applyManifests(hub.client, parseManifests(GRANTED), by);
    const { metadata } = await hub.client.get(resourceOf(Allocation), {
      namespace: 'gov-health',
      name: 'zy-vm',
    });
    const operator = books.as('govcloud_operator');
    const session = { books: operator, epoch: await takeEpoch(operator, 'operator-2'), actor: 'operator' };
    const yesterday = dayAfter(cityDay(new Date().toISOString()), -1);
    const figures = (unit: 'millicores' | 'bytes', value: bigint) => {
      const it = Amount.of(unit, value);
      return { mean: it, p50: it, p95: it, p99: it, max: it };
    };
    const { metered } = use('zy-vm', 'gov-health', undefined);
    // Yesterday is missing: 29 of 30 days are more than 90 %.
    for (let back = 29; back >= 1; back -= 1) {
      await recordUse(session, dayAfter(yesterday, -back), [
        {
          metered: { ...metered, uid: metadata.uid },
          granted: { cpu: 16_000n, memory: 64n << 30n, storage: 400n << 30n, network: 0n },
          used: [
            { resource: 'cpu', samples: 288, figures: figures('millicores', 1590n), faults: [] },
            { resource: 'memory', samples: 288, figures: figures('bytes', 19n << 30n), faults: [] },
          ],
        },
      ]);
    }
    const advice = () => read<{ items: UsageAdvice[] }>('manager', 'namespaces/gov-health/usageadvice');
    await expect.poll(async () => (await advice()).items.length, { timeout: 30_000 }).toBe(1);
    const [item] = (await advice()).items;
    expect(item).toMatchObject({
      metadata: { name: 'zy-vm', namespace: 'gov-health' },
      finding: 'Idle',
      policyFrom: '2020-01-01',
      until: yesterday,
      now: { vcpu: 8, memoryGiB: 32 },
      // Two machines of 8 vCPU, 32 GB and 200 GB at the prices of 2021.
      saving: {
        millicores: 16_000,
        memoryBytes: 64 * 2 ** 30,
        monthlyFen: 2 * (8 * 3600 + 32 * 1800 + 200 * 50),
      },
      evidence: [
        { resource: 'cpu', p95: 1590, granted: 16_000, coverageBasisPoints: 9666, series: ['some_series'] },
        { resource: 'memory', max: 19 * 2 ** 30 },
      ],
    });
    expect((await read<{ items: unknown[] }>('manager', 'namespaces/gov-moved/usageadvice')).items).toEqual(
      [],
    );
  });

  test('verifications find what a forger changed', async () => {
    const verify = (name: string) => read<Verification>('manager', `verifications/${name}`);
    const clean = await verify('audit');
    expect(clean).toMatchObject({ ok: true, count: clean.head?.seq });
    expect(await verify('books')).toMatchObject({ ok: true, count: 0, findings: [] });
    const { seq, hash = '' } = clean.head ?? {};
    expect((await verify(`audit?checkpoint=${seq}:${hash}`)).ok).toBe(true);
    expect(await verify(`audit?checkpoint=${seq}:${'0'.repeat(64)}`)).toMatchObject({
      ok: false,
      firstBad: { seq, fault: 'checkpoint' },
    });

    await books.tamper(
      "UPDATE books.audit SET actor = 'nobody' WHERE seq = 3",
      "UPDATE books.accounts SET posted = posted + 1 WHERE holder = 'county' AND resource = 'vcpu'",
    );
    try {
      const firstBad = { seq: 3, fault: 'hash' };
      expect(await verify('audit')).toMatchObject({ ok: false, count: 2, firstBad });
      const broken = await verify('books');
      expect(broken).toMatchObject({ ok: false, count: 1 });
      expect(broken.findings).toEqual([
        {
          code: 'BALANCE',
          where: 'organisation/county/*/*/vcpu',
          params: { what: 'posted', found: '1', expected: '0' },
          message: expect.stringMatching(/^账户 .* \/ account organisation\/county/),
        },
      ]);
    } finally {
      await books.tamper(
        "UPDATE books.audit SET actor = 'operator' WHERE seq = 3",
        "UPDATE books.accounts SET posted = posted - 1 WHERE holder = 'county' AND resource = 'vcpu'",
      );
    }
    expect((await verify('audit')).ok).toBe(true);
    expect((await verify('books')).ok).toBe(true);
  });
});

describe('who may read', () => {
  test('RBAC refuses before the request reaches the server', async () => {
    for (const path of [
      'capacity',
      'quotas',
      'namespaces/gov-moved/quotas',
      'auditrecords',
      'verifications/books',
    ]) {
      expect([path, await refusal('ops', path)]).toEqual([
        path,
        { status: 403, message: expect.stringMatching(/User "ops" cannot (get|list) resource/) },
      ]);
    }
    await read('ops', 'namespaces/gov-health/quotas');
    const seen = () =>
      logLines()
        .filter(({ user }) => user === 'ops')
        .map(({ path }) => path);
    // Lines are written in order, so one for a refused path would stand before this one.
    await expect.poll(seen).toEqual([`${API}/namespaces/gov-health/quotas`]);
  });

  test('a right in one namespace reads nothing of another, nor of the whole cluster', async () => {
    const own = await read<List<Hold>>('ops', 'namespaces/gov-health/holds');
    expect(own.items.map(({ requestName }) => requestName)).toEqual(['req-a', 'req-b']);
    // RBAC allows these: the role binding in gov-health covers every resource there.
    for (const resource of ['capacity', 'auditrecords', 'verifications', 'verifications/audit']) {
      expect(await refusal('ops', `namespaces/gov-health/${resource}`)).toEqual({
        status: 404,
        message: expect.stringContaining('E_REPORT_PATH'),
      });
    }
    for (const path of [
      'gov-health/../gov-moved/holds',
      'gov-health/%2e%2e/gov-moved/holds',
      'gov-health/holds/../../gov-moved/holds',
      'gov-health%2F..%2Fgov-moved/holds',
      '/gov-moved/holds',
      'gov-moved/holds/1/status',
      '%zz/holds',
    ]) {
      const { status, body } = await direct(`${API}/namespaces/${path}`, proxy);
      expect([path, status, body]).toEqual([path, 404, expect.stringContaining('E_REPORT_PATH')]);
    }
  });

  test('a right on one name gives that one alone', async () => {
    const list = await read<List<Verification>>(
      'checker',
      'verifications?fieldSelector=metadata.name%3Daudit',
    );
    expect(names(list)).toEqual(['audit']);
    expect((await refusal('checker', 'verifications')).status).toBe(403);
    expect((await refusal('checker', 'verifications/books')).status).toBe(403);
  });

  test('a caller without the front proxy’s certificate is refused, whoever it says it is', async () => {
    const headers = { 'X-Remote-User': 'manager', 'X-Remote-Group': 'system:masters' };
    const refused = async (options: Parameters<typeof direct>[1]) => {
      const { status, body } = await direct(`${API}/capacity`, options);
      return [status, (JSON.parse(body) as { reason: string }).reason];
    };
    expect(await refused({ headers })).toEqual([401, 'Unauthorized']);
    expect(await refused({ headers, certificate: 'stranger' })).toEqual([401, 'Unauthorized']);
    expect(await refused({ headers, certificate: 'colleague' })).toEqual([403, 'Forbidden']);
    expect(await refused({ certificate: 'front-proxy-client' })).toEqual([401, 'Unauthorized']);
    const two = { 'X-Remote-User': ['manager', 'ops'] };
    expect(await refused({ headers: two, certificate: 'front-proxy-client' })).toEqual([401, 'Unauthorized']);
    expect((await direct('/apis')).status).toBe(401);
    expect((await direct(`${API}/capacity`, proxy)).status).toBe(200);
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'HEAD']) {
      const { status } = await direct(`${API}/capacity`, { ...proxy, method });
      expect([method, status]).toEqual([method, 405]);
    }
  });

  test('a TLS session is not resumed without its certificate', async () => {
    const pem = (file: string) => readFileSync(join(hub.pkiDir, file));
    const talk = async (options: object) => {
      let session: Buffer | undefined;
      const socket = connectTls({
        host: '127.0.0.1',
        port,
        servername: 'localhost',
        ca: pem('ca.crt'),
        ...options,
      });
      socket.on('session', (it) => {
        session = it;
      });
      socket.write(
        `GET ${API}/capacity HTTP/1.1\r\nHost: x\r\nX-Remote-User: manager\r\nConnection: close\r\n\r\n`,
      );
      const answer = await text(socket);
      return { session, status: answer.split(' ', 2)[1] };
    };
    const first = await talk({ cert: pem('front-proxy-client.crt'), key: pem('front-proxy-client.key') });
    expect(first.status).toBe('200');
    expect(first.session).toBeDefined();
    expect((await talk({ session: first.session })).status).toBe('401');
  });

  test('headers that a user sends through the API server say nothing', async () => {
    const access = await loadAccess({ kubeconfig: hub.kubeconfigPath, as: { user: 'manager' } });
    const { headers, tls } = await access.credentials();
    const path = `${API}/capacity?asOf=2026-01-11`;
    const forged = { ...headers, 'X-Remote-User': 'root', 'X-Remote-Group': 'system:masters' };
    const status = await new Promise((resolve, reject) => {
      const options = { ...tls, agent: false, headers: forged };
      const sent = request(new URL(`${hub.server}${path}`), options, (response) => {
        response.resume();
        response.once('end', () => resolve(response.statusCode));
      });
      sent.once('error', reject);
      sent.end();
    });
    expect(status).toBe(200);
    const seen = () => logLines().filter((line) => line.path === path);
    await expect.poll(seen).toMatchObject([{ user: 'manager', groups: ['system:authenticated'] }]);
  });

  test('health needs no certificate', async () => {
    expect(await direct('/healthz')).toEqual({ status: 200, body: 'ok\n' });
    expect(await direct('/readyz')).toEqual({
      status: 200,
      body: '[+]books ok\n[+]hub ok\nok\n',
    });
  });
});

describe('made reports', () => {
  type Row = Record<string, unknown>;
  const section = (report: CityReport | OrganizationReport, key: string) =>
    report.sections.find((it) => it.key === key) ?? { rows: [] as Row[], totals: {} as Row };
  const capacityOf = (query = '') => read<CityReport>('manager', `cityreports/capacity${query}`);

  test('capacity of the city, from the books and what the hub says of pools', async () => {
    const report = await capacityOf();
    expect(report).toMatchObject({
      kind: 'CityReport',
      apiVersion: 'reports.govcloud.dev/v1alpha1',
      metadata: { name: 'capacity' },
    });
    expect(section(report, 'vcpu').rows).toEqual([
      {
        zone: 'extranet',
        zoneTitle: { zh: '政务外网区', en: 'Extranet' },
        arch: 'amd64',
        xinchuang: false,
        pools: 'pool-a',
        total: 110_000,
        reserve: 10_000,
        hard: 100_000,
        posted: 500,
        pending: 1000,
        free: 98_500,
        // Of the machine that was hardly used.
        usedP95: 1590,
        coverage: 10_000,
        usedShare: 150,
        change: expect.any(Number),
      },
    ]);
    // The terabyte of stock names no organisation.
    expect(
      section(report, 'systems').rows.map(({ system, vcpuPosted, ssdPosted }) => [
        system,
        vcpuPosted,
        ssdPosted,
      ]),
    ).toEqual([
      [expect.objectContaining({ en: '(the books name no system)' }), 0, 2 ** 40],
      ['health/portal', 500, 0],
      ['moved/portal', 0, 0],
    ]);
    expect(section(report, 'unbuilt').rows).toMatchObject([{ system: 'health/portal', vcpu: 500, age: 0 }]);
    expect(section(report, 'organizations').rows.map(({ code }) => code)).toEqual([
      'city',
      'county',
      'moved',
      'health',
    ]);
    const [row] = (await kubectl('manager', 'get', 'cityreports', '--no-headers')).split('\n');
    expect(row).toMatch(/^capacity +政务云资源容量报表 +/);
  });

  test('as it was on a past day; before the books there is none', async () => {
    const past = await capacityOf('?asOf=2026-02-19');
    expect([past.asOf, section(past, 'vcpu').rows]).toMatchObject([
      '2026-02-19T15:59:59.999Z',
      [{ posted: 0, pending: 0, hard: 100_000 }],
    ]);
    expect(section(past, 'systems').rows).toEqual([]);
    expect(past.missing.map(({ what }) => what.en)).toEqual([]);
    const young = await capacityOf('?asOf=2026-01-11');
    expect(young.missing.map(({ why }) => why.en)).toEqual([
      'the books begin on 2026-01-10, after 2025-12-11',
    ]);
    expect((await refusal('manager', 'cityreports/capacity?asOf=2026-01-09')).message).toMatch(
      /E_REPORT_BEFORE.*2026-01-10/,
    );
    // Of a moment, or of the city as a whole.
    for (const asked of ['capacity?from', 'capacity?to', 'idle?from', 'indicators?from'])
      expect((await refusal('manager', `cityreports/${asked}=2026-01-10`)).message).toContain(
        'E_REPORT_PARAMETER',
      );
    expect((await refusal('manager', 'cityreports/indicators?zone=extranet')).message).toContain(
      'E_REPORT_PARAMETER',
    );
    expect((await refusal('manager', 'cityreports/capacity?zone=intranet')).message).toMatch(
      /E_REPORT_ZONE.*extranet/,
    );
  });

  test('requests by step, of the city and of an organisation', async () => {
    const report = await read<CityReport>('manager', 'cityreports/requests');
    expect(report.period?.to).toBe(cityDay(report.asOf));
    expect(section(report, 'steps').totals).toMatchObject({ count: 2, overdue: 0 });
    expect(section(report, 'open').rows).toMatchObject([
      { serial: 'ZY-2026-000001', system: 'health/portal', age: 0, lateDays: 0, monthly: 123_400 },
      { serial: 'ZY-2026-000003', system: 'moved/portal' },
    ]);
    expect(section(report, 'decided').rows).toMatchObject([{ granted: 1, returned: 0, rejected: 0 }]);
    expect(section(report, 'unbuilt').rows).toHaveLength(1);
    const own = await read<OrganizationReport>('ops', 'namespaces/gov-health/organizationreports/requests');
    expect(section(own, 'open').rows.map(({ serial }) => serial)).toEqual(['ZY-2026-000001']);
    const [today = '', past] = [cityDay(report.asOf), 'asOf=2026-03-01'];
    expect(section(await read<CityReport>('manager', `cityreports/requests?${past}`), 'open').rows).toEqual(
      [],
    );
    for (const query of [
      'from=2026-03-02&to=2026-03-01',
      `${past}&to=2026-03-02`,
      `from=${today}&to=2026-03-01`,
    ]) {
      expect((await refusal('manager', `cityreports/requests?${query}`)).message).toContain(
        'E_REPORT_PERIOD',
      );
    }
  });

  test('indicators, by what the city has published; organisations have none', async () => {
    const configMaps = { group: '', version: 'v1', plural: 'configmaps', namespaced: true };
    const before = await read<CityReport>('manager', 'cityreports/indicators');
    expect(before.missing.map(({ what }) => what.en)).toEqual(['all indicators']);
    await hub.client.create(configMaps, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'indicators', namespace: SYSTEM },
      data: { 'indicators.yaml': INDICATORS },
    } as KubeObject);
    const rows = async (key: string) =>
      section(await read<CityReport>('manager', 'cityreports/indicators'), key).rows;
    await expect
      .poll(() => rows('amounts'))
      .toMatchObject([{ number: '18', value: 110_000, target: 220_000, gap: 110_000 }]);
    expect(await rows('rates')).toMatchObject([
      { number: '23', numerator: null, value: null, coverage: null },
      { number: '-', numerator: 1, denominator: 1, value: 10_000 },
    ]);
    // Of May, as of any day until June is over: the portal reported, another system was silent for a fifth of the month.
    const past = await read<CityReport>('manager', 'cityreports/indicators?asOf=2026-06-29');
    expect(section(past, 'rates').rows[0]).toMatchObject({
      number: '23',
      numerator: 31,
      denominator: 100,
      value: 3100,
      gap: 1900,
      coverage: 3333,
    });
    expect(section(past, 'reporting').rows.map(({ systemCount }) => systemCount)).toEqual([1, 1, 1]);
    expect(
      section(past, 'activeUsers').rows.map(({ system, activeRate, registeredUsers, missingDays }) => [
        system,
        activeRate,
        registeredUsers,
        missingDays,
      ]),
    ).toEqual([
      ['health/archive', null, null, 1],
      ['health/portal', 3100, 100, 0],
      ['moved/portal', null, null, 0],
    ]);
    expect(past.missing.map(({ what }) => what.en)).toEqual([
      'indicator 23, active: 1 of 3 systems have not reported',
      'indicator 23, active: 1 of 3 systems are incomplete',
      'indicator -, cloud',
    ]);
    expect((await refusal('manager', 'namespaces/gov-health/organizationreports/indicators')).status).toBe(
      404,
    );
  });

  const cli = async (lang: 'zh' | 'en', ...args: string[]) => {
    const common = ['--kubeconfig', hub.kubeconfigPath, '--as', 'manager', '--lang', lang];
    const env = { GOVCLOUD_CHROMIUM: chromiumBinary() };
    const { exit, stdout, stderr } = await govcloud(['report', ...args, ...common], { env });
    expect([args, exit, stderr.replace(/^(written to|已写入) .*\n$/, '')]).toEqual([args, 0, '']);
    return stdout;
  };
  /** What is asked of the API, as the CLI's flags. */
  const flagsOf = (asked: Readonly<Record<string, string>>) =>
    Object.entries(asked).flatMap(([name, value]) => [name === 'asOf' ? '--as-of' : `--${name}`, value]);
  const textOf = ({ zh, en = zh }: { zh: string; en?: string }) => en;

  describe.each<[ReportKind, Record<string, string>, number]>([
    ['capacity', {}, 100],
    ['use', { from: '2026-03-09', to: '2026-03-12' }, 8],
    ['idle', {}, 9],
    ['requests', {}, 8],
    ['indicators', { asOf: '2026-06-29' }, 12],
  ])('%s', (kind, given, least) => {
    test(
      'has the same figures in the raw API and in every form',
      async () => {
        const asked = kind === 'use' ? given : { asOf: new Date().toISOString(), ...given };
        const path = `${API}/cityreports/${kind}?${new URLSearchParams(asked).toString()}`;
        const raw = JSON.parse(await kubectl('manager', 'get', '--raw', path)) as CityReport;
        const flags = flagsOf(asked);
        const out = join(city.home.dir, `${kind}.xlsx`);
        const [json, csv, terminal, page] = await Promise.all([
          cli('en', kind, ...flags, '-o', 'json'),
          cli('en', kind, ...flags, '-o', 'csv'),
          cli('en', kind, ...flags, '-o', 'wide'),
          cli('en', kind, ...flags, '-o', 'html'),
          cli('en', kind, ...flags, '-o', 'xlsx', '--out', out),
        ]);
        const figures = shownFigures(raw);
        expect(figures.filter(([, figure]) => figure !== null).length).toBeGreaterThanOrEqual(least);
        expect(shownFigures(JSON.parse(json) as CityReport)).toEqual(figures);
        expect(figuresIn(raw, csvTables(raw, csv, textOf))).toEqual(figures);
        expect(figuresIn(raw, await workbookTables(raw, readFileSync(out)))).toEqual(figures);
        // What is read by people alone has two decimals.
        const rounded = figures.map(([place, figure]) => [place, figure && Number(figure.toFixed(2))]);
        expect(figuresIn(raw, terminalTables(raw, terminal, textOf))).toEqual(rounded);
        expect(figuresIn(raw, pageTables(raw, page))).toEqual(rounded);
      },
      START_MS,
    );
  });

  test('pools have the same figures in the report, among the pools and on /metrics', async () => {
    const report = await capacityOf();
    const keys = ['total', 'reserve', 'hard', 'posted', 'pending', 'free', 'usedP95'];
    const figures = (resource: string) => keys.map((key) => section(report, resource).rows[0]?.[key] ?? null);
    const scrape = async (resource: string) => {
      const { body } = await direct('/metrics');
      const of = `govcloud_pool_amount\\{pool="pool-a",zone="extranet",arch="amd64",resource="${resource}"`;
      return keys.map((state) => {
        const [, amount] = new RegExp(`^${of},state="${state}"\\} (\\d+)$`, 'm').exec(body) ?? [];
        return amount === undefined ? null : Number(amount);
      });
    };
    expect(figures('vcpu')).toEqual([110_000, 10_000, 100_000, 500, 1000, 98_500, 1590]);
    for (const resource of RESOURCES) expect(await scrape(resource)).toEqual(figures(resource));
    const pools = await read<List<Capacity>>('manager', 'capacity');
    expect(pools.items[0]).toMatchObject({
      hard: { vcpu: '100' },
      posted: { vcpu: '500m' },
      free: { vcpu: '98500m' },
    });
  });

  test('a CSV for spreadsheets of Windows begins with their mark', async () => {
    const out = join(city.home.dir, 'capacity.csv');
    await cli('en', 'capacity', '-o', 'csv', '--bom', '--section', 'vcpu', '--out', out);
    expect(readFileSync(out).subarray(0, 7).toString()).toBe('\uFEFFZone');
  });

  test.each([
    [
      'capacity',
      'zh',
      { asOf: '2026-06-30' },
      ['政务云资源容量报表', /^全市 · 截至 2026-06-30 23:59 · 制表 /],
      '制表：审核：批准：日期：',
    ],
    [
      'use',
      'en',
      { from: '2026-03-09', to: '2026-03-12' },
      ['Use of what was granted', /^the whole city · from 2026-03-09 to 2026-03-12 · as of .* · made /],
      'Made by:Checked by:Approved by:Date:',
    ],
  ] as const)(
    'the report of %s printed in %s is A4 landscape, with its figures, page numbers and places to sign',
    async (kind, lang, asked, head, places) => {
      const raw = await read<CityReport>(
        'manager',
        `cityreports/${kind}?${new URLSearchParams(asked).toString()}`,
      );
      const flags = flagsOf(asked);
      const out = join(city.home.dir, `${kind}.pdf`);
      await cli(lang, kind, ...flags, '-o', 'pdf', '--out', out);
      const pages = readPdf(readFileSync(out));
      // In points: 297 by 210 mm.
      expect(new Set(pages.map(({ width, height }) => `${Math.round(width)}x${Math.round(height)}`))).toEqual(
        new Set(['842x595']),
      );
      const [title, about] = head;
      expect(pages[0]?.lines.slice(0, 2)).toEqual([title, expect.stringMatching(about)]);
      expect(pages.map(({ lines }) => lines.at(-1))).toEqual(
        pages.map((_, index) => `${index + 1} / ${pages.length}`),
      );
      expect(pages.at(-1)?.lines.at(-2)).toBe(places);
      expect(shownFigures(raw).filter(([, figure]) => figure !== null).length).toBeGreaterThan(8);
      expect(notPrinted(raw, pages)).toEqual([]);
      const remarks = raw.missing.map(({ what }) =>
        lang === 'zh' ? `未给出：${what.zh}` : `Not given: ${what.en}`,
      );
      const lines = pages.flatMap((page) => page.lines);
      expect(remarks.filter((remark) => !lines.some((line) => line.startsWith(remark)))).toEqual([]);
    },
    START_MS,
  );

  test('whatever somebody wrote is text of a PDF: nothing in it runs, opens or leads out of it', async () => {
    const titles = { title: { zh: '容量', en: 'Capacity' }, notes: [] };
    const hostile: ReportBody = {
      ...titles,
      asOf: MOMENT,
      madeAt: MOMENT,
      missing: [],
      sections: [
        {
          ...titles,
          key: 'one',
          columns: [{ key: 'name', title: { zh: '名称', en: 'Name' }, type: 'text' }],
          rows: HOSTILE.map((name) => ({ name })),
        },
      ],
    };
    const shown = reportHtml(hostile, new Reader('zh', MOMENT));
    const printed = Buffer.from(await pdfOf(shown, { ...PLAIN, GOVCLOUD_CHROMIUM: chromiumBinary() }));
    expect(printed.toString('latin1')).not.toMatch(
      /\/(JavaScript|JS|OpenAction|AA|Launch|SubmitForm|EmbeddedFile|GoToR|URI)\b/,
    );
    expect(JSON.stringify(readPdf(printed))).toContain('onerror=alert(1)');
  });

  test('without a Chromium there is no PDF, and it is said what to do', async () => {
    const none = await govcloud(
      ['report', 'capacity', '-o', 'pdf', '--kubeconfig', hub.kubeconfigPath, '--as', 'manager'],
      { env: { GOVCLOUD_CHROMIUM: '/nowhere/chromium' } },
    );
    expect([none.exit, none.stdout, none.stderr]).toEqual([1, '', expect.stringContaining('E_CHROMIUM')]);
  });

  test('use of a period, the same as the usage that it is made from; gaps are told', async () => {
    const report = await read<CityReport>('manager', 'cityreports/use?from=2026-03-09&to=2026-03-12');
    expect(report.period).toEqual({ from: '2026-03-09', to: '2026-03-12' });
    expect(section(report, 'cpu').rows).toMatchObject([
      {
        system: 'health/portal',
        allocation: 'vm-1',
        grantedAmount: 4000,
        mean: 200,
        p50: 300,
        p95: 600,
        max: 1200,
        coverage: 2500,
      },
      { allocation: 'vm-2', mean: null, p50: null, p95: null, coverage: 0 },
    ]);
    expect(report.missing.map(({ what }) => what.en)).toEqual([
      'use of 2026-03-09, 2026-03-12',
      'whole figures of 2 of 2',
    ]);
    const own = await read<OrganizationReport>(
      'manager',
      'namespaces/gov-health/organizationreports/use?from=2026-03-09&to=2026-03-12',
    );
    expect(section(own, 'cpu').rows.map(({ allocation }) => allocation)).toEqual(['vm-1']);
    const none = await read<CityReport>('manager', 'cityreports/use?from=2026-01-10&to=2026-01-31');
    expect(none.missing.map(({ what }) => what.en)).toEqual(['use']);
    const today = cityDay(report.asOf);
    expect((await refusal('manager', `cityreports/use?to=${today}`)).message).toContain('E_REPORT_PERIOD');
    // As of the end of a day that day is over, and no later one counts.
    const past = await read<CityReport>('manager', 'cityreports/use?asOf=2026-03-10');
    expect(past.period).toEqual({ from: '2026-02-09', to: '2026-03-10' });
    expect(section(past, 'cpu').rows).toMatchObject([
      { allocation: 'vm-1', mean: 100, missingDays: 29 },
      { allocation: 'vm-2', mean: null },
    ]);
    expect(past.notes.map(({ en }) => en)).toContainEqual(expect.stringContaining('at the time shown'));
    expect(report.notes.map(({ en }) => en)).not.toContainEqual(expect.stringContaining('at the time shown'));
    const noon = await read<CityReport>('manager', 'cityreports/use?asOf=2026-03-10T12:00:00%2B08:00');
    expect(noon.period?.to).toBe('2026-03-09');
    expect((await refusal('manager', 'cityreports/use?asOf=2026-03-10&to=2026-03-11')).message).toContain(
      'E_REPORT_PERIOD',
    );
  });

  test('what is idle, by the same judgement as the advice', async () => {
    const report = await read<CityReport>('manager', 'cityreports/idle');
    const { items } = await read<List<UsageAdvice>>('manager', 'usageadvice');
    const idle = items.filter(({ finding }) => finding === 'Idle').map(({ allocation }) => allocation);
    expect(idle).not.toEqual([]);
    expect(section(report, 'idle').rows.map(({ allocation }) => allocation)).toEqual(
      expect.arrayContaining(idle),
    );
    expect(section(report, 'idle').rows).toHaveLength(idle.length);
    expect(report.missing).toEqual([]);
    // A day before, by the days before that; of what is not known any more nothing is said.
    const dayBefore = dayAfter(cityDay(report.asOf), -2);
    const past = await read<CityReport>('manager', `cityreports/idle?asOf=${dayBefore}`);
    expect(past.period).toEqual({ from: dayAfter(dayBefore, -29), to: dayBefore });
    expect(section(past, 'idle').rows).toMatchObject([{ allocation: 'zy-vm', coverage: 9666, vcpu: 16_000 }]);
    const long = await read<CityReport>('manager', 'cityreports/idle?asOf=2026-03-11');
    expect(section(long, 'idle').rows).toEqual([]);
    expect(long.missing.map(({ what }) => what.en)).toEqual(['a judgement of 1 of the allocations']);
    // Three weeks before, only nine of its thirty days are in the books.
    const later = dayAfter(dayBefore, -20);
    const young = await read<CityReport>('manager', `cityreports/idle?asOf=${later}`);
    expect(section(young, 'idle').rows).toEqual([]);
    expect(young.missing.map(({ why }) => why.en)).toEqual([expect.stringContaining('a gap is not idle')]);
  });

  test('a move is told in the month in which it happened', async () => {
    const notes = async (asOf: string) =>
      (await capacityOf(`?asOf=${asOf}`)).notes.map(({ en }) => en).join();
    expect(await notes('2026-06-15')).toContain('moved is below county since 2026-06-01');
    expect(await notes('2026-07-15')).not.toContain('moved is below');
  });

  test('of an organisation, to whoever RBAC lets', async () => {
    const own = await read<OrganizationReport>('ops', 'namespaces/gov-health/organizationreports/capacity');
    expect(own).toMatchObject({
      kind: 'OrganizationReport',
      metadata: { name: 'capacity', namespace: 'gov-health' },
      organization: { code: 'health' },
    });
    expect(section(own, 'organizations').rows.map(({ code, vcpuHard }) => [code, vcpuHard])).toEqual([
      ['health', 30_000],
    ]);
    expect(section(own, 'systems').rows.map(({ system, vcpuPending }) => [system, vcpuPending])).toEqual([
      ['health/portal', 500],
    ]);
    expect((await refusal('ops', 'cityreports/capacity')).status).toBe(403);
    expect((await refusal('ops', 'namespaces/gov-moved/organizationreports/capacity')).status).toBe(403);
    expect((await refusal('manager', 'organizationreports')).message).toContain('E_REPORT_NAMESPACE');
    expect((await refusal('manager', 'namespaces/default/organizationreports/capacity')).status).toBe(404);
  });
});

describe('the dashboard, in a real browser', () => {
  let dashboard: ChildProcess;
  let url: string;
  let browser: Browser;

  beforeAll(async () => {
    const bin = join(import.meta.dirname, '../../bin/govcloud');
    const args = ['dashboard', '--kubeconfig', hub.kubeconfigPath, '--as', 'manager', '--lang', 'zh'];
    dashboard = spawn(bin, args, { env: PLAIN, stdio: ['ignore', 'pipe', 'inherit'] });
    [url, browser] = await Promise.all([
      once(createInterface({ input: dashboard.stdout as Readable }), 'line').then(([line]) => String(line)),
      Browser.start(),
    ]);
  }, START_MS);
  afterAll(async () => {
    await browser?.close();
    const ended = once(dashboard, 'exit');
    dashboard.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  });

  const heading = () => browser.evaluate<string>("document.querySelector('h1').textContent");
  const textOf = (selector: string) =>
    browser.evaluate<string>(`document.querySelector(${JSON.stringify(selector)}).textContent`);
  /** The lists of a system's page, by their headings: the cells of each row. */
  const listsIn = (place: string) =>
    browser.evaluate<Record<string, readonly (readonly string[])[]>>(
      `Object.fromEntries([...document.querySelector(${JSON.stringify(place)}).querySelectorAll('section')].map((it) => [
        it.querySelector('h2').textContent,
        [...it.querySelectorAll('tbody tr')].map((row) => [...row.cells].map(({ textContent }) => textContent)),
      ]))`,
    );
  /** What the system of the fixtures was granted and uses: 29 of thirty days are in the books. */
  const granted = expect.arrayContaining(['zy-vm', 'portal', 'vm', '2', 'ZY-2026-000001', 'extranet/amd64']);
  const usedOf = (resource: string, amount: string, used: string, share: string, series: string) => [
    'health',
    'portal',
    'zy-vm',
    resource,
    amount,
    // All days are alike: mean, median, 95th and 99th percentile, maximum.
    ...Array.from({ length: 5 }, () => used),
    share,
    '96%',
    expect.stringContaining('30'),
    series,
  ];
  const asked = expect.arrayContaining(['more-machines', '卫健委', 'portal']);
  /** For whoever wants to look at them. */
  const keep = async (name: string) => {
    const dir = process.env['GOVCLOUD_SCREENSHOTS'];
    if (dir === undefined) return;
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, `${name}.png`), await browser.screenshot());
  };

  test('leads nowhere by its address, and writes no header of it', async () => {
    const { pathname } = new URL(url);
    const get = (path: string) =>
      new Promise<{ status: number | undefined; headers: string; body: string }>((resolve, reject) => {
        const { hostname, port } = new URL(url);
        const sent = plainRequest({ hostname, port, path, agent: false }, (answer) => {
          const { statusCode: status, rawHeaders } = answer;
          text(answer).then((body) => resolve({ status, headers: rawHeaders.join('\n'), body }), reject);
        });
        sent.once('error', reject);
        sent.end();
      });
    for (const to of ['%0d%0aX-Forged:%201', '%0aX-Forged:%201', '%c4%8d%c4%8aX-Forged:1']) {
      const { status, headers } = await get(`${pathname}?lang=${to}`);
      expect(status).toBe(302);
      expect(headers).not.toMatch(/^X-Forged/im);
    }
    const elsewhere = [
      '../../etc/passwd',
      '..%2f..%2fetc%2fpasswd',
      '%2e%2e/%2e%2e/etc/passwd',
      'capacity/../../x',
    ];
    for (const to of [...elsewhere, 'system/..%2f..%2fapi']) {
      const { status, body } = await get(`${pathname}${to}`);
      expect({ to, status }).toEqual({ to, status: 404 });
      expect(body).not.toContain('root:');
    }
    const ids = [
      "'; DROP TABLE books.holds; --",
      '../../secrets',
      'gov-health/..',
      '"><script>alert(1)</script>',
    ];
    for (const id of ids) {
      const { status, body } = await get(`${pathname}system?id=${encodeURIComponent(id)}`);
      expect({ id, status }).toEqual({ id, status: 404 });
      expect(body).not.toContain('<script>alert');
    }
  });

  test(
    'shows capacity first, goes through all pages and to a system, in both languages',
    async () => {
      expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[\w-]{32}\/$/);
      await browser.open(url);
      expect(await heading()).toBe('政务云资源容量报表');
      expect(await textOf('nav .end')).toBe('身份：manager');
      expect(await textOf('#vcpu tbody td:nth-child(9)')).toBe('0.5');
      await keep('capacity-zh');
      await browser.follow("document.querySelector('#systems a[href*=portal]').click()");
      expect(await heading()).toBe('系统 卫健门户');
      expect(await textOf('main section:first-of-type')).toContain('甲');
      expect(await listsIn('main')).toEqual({
        登记资料: [],
        资源分配: [granted],
        用量证据: [
          usedOf('处理器', '16', '1.59', '9%', 'some_series'),
          usedOf('内存', '64 GB', '19 GB', '29%', '–'),
        ],
        申请: [asked],
      });
      await keep('system-zh');
      const titles = async (lang: string) => {
        const all: string[] = [];
        for (const page of ['use', 'requests', 'todo', 'organizations', 'indicators', 'capacity']) {
          await browser.follow(`document.querySelector('nav a[href^="${page}"]').click()`);
          all.push(await heading());
          expect(await textOf('nav a[aria-current]')).not.toBe('');
          await keep(`${page}-${lang}`);
        }
        return all;
      };
      expect(await titles('zh')).toEqual([
        '资源用量报表',
        '资源申请办理报表',
        '等待您办理',
        '组织',
        '规划指标报表',
        '政务云资源容量报表',
      ]);
      await browser.follow("document.querySelector('nav li:last-child a').click()");
      expect([await heading(), await browser.evaluate('document.documentElement.lang')]).toEqual([
        'Capacity of the government cloud',
        'en',
      ]);
      expect(await titles('en')).toEqual([
        'Use of what was granted',
        'Requests for resources',
        'Waiting for you',
        'Organisations',
        'Indicators of the plan',
        'Capacity of the government cloud',
      ]);
      await browser.follow(`document.querySelector('nav a[href^="organizations"]').click()`);
      expect(
        await browser.evaluate(
          "[...document.querySelectorAll('main tbody tr')].map((it) => it.cells[1].textContent)",
        ),
      ).toEqual(['city', 'county', 'moved', 'health']);
      await browser.follow('document.querySelector(\'a[href*="org=health"]\').click()');
      expect(await textOf('.sub')).toContain('health');
      await browser.follow("document.querySelector('#systems a[href*=portal]').click()");
      expect(await heading()).toBe('System Health portal');
      expect(await listsIn('main')).toEqual({
        'As registered': [],
        'What was granted': [granted],
        'Evidence of use': [
          usedOf('CPU', '16', '1.59', '9%', 'some_series'),
          usedOf('Memory', '64 GB', '19 GB', '29%', '–'),
        ],
        Requests: [asked],
      });
      await keep('system-en');
    },
    START_MS,
  );

  test('a past day, a zone and an organisation can be asked for; what cannot be had is said', async () => {
    await browser.open(`${url}capacity?lang=en&asOf=2026-02-19`);
    expect(await textOf('.sub')).toContain('as of 2026-02-19 23:59');
    expect(await browser.evaluate("document.querySelector('input[name=asOf]').value")).toBe('2026-02-19');
    await browser.open(`${url}capacity?lang=en&org=health`);
    expect(await textOf('.sub')).toContain('health');
    const json = (await (await fetch(`${url}capacity.json?asOf=2026-02-19`)).json()) as CityReport;
    expect(json.asOf).toBe('2026-02-19T15:59:59.999Z');
    for (const [place, status, said] of [
      ['capacity?lang=en&asOf=2025-01-01', 502, 'E_REPORT_BEFORE'],
      ['capacity?lang=en&org=nobody', 502, 'E_NOT_FOUND'],
      ['nothing?lang=en', 404, 'There is no such page'],
      ['system?lang=en&id=health/nothing', 404, 'There is no such page'],
    ] as const) {
      const answer = await fetch(url + place);
      expect([place, answer.status, await answer.text()]).toEqual([
        place,
        status,
        expect.stringContaining(said),
      ]);
    }
  });

  test(
    'works by keyboard, on a phone, in the dark',
    async () => {
      await browser.open(`${url}capacity?lang=zh`);
      await browser.press('Tab', 9);
      expect(await textOf(':focus')).toBe('跳到正文');
      for (let tab = 0; tab < 3; tab += 1) await browser.press('Tab', 9);
      expect(await textOf(':focus')).toBe('申请');
      const loaded = browser.once('Page.loadEventFired');
      await browser.press('Enter', 13);
      await loaded;
      expect(await heading()).toBe('资源申请办理报表');
      await browser.send('Emulation.setDeviceMetricsOverride', {
        width: 375,
        height: 800,
        deviceScaleFactor: 2,
        mobile: true,
      });
      for (const page of [
        'capacity',
        'use',
        'requests',
        'todo',
        'organizations',
        'indicators',
        'system?id=health/portal',
      ]) {
        await browser.open(url + page);
        const width = await browser.evaluate('document.documentElement.scrollWidth');
        expect([page, width]).toEqual([page, 375]);
      }
      await browser.open(`${url}capacity?lang=zh`);
      await keep('phone-zh');
      await browser.send('Emulation.clearDeviceMetricsOverride');
      const paper = () => browser.evaluate<string>('getComputedStyle(document.body).backgroundColor');
      const light = await paper();
      await browser.send('Emulation.setEmulatedMedia', {
        features: [{ name: 'prefers-color-scheme', value: 'dark' }],
      });
      expect(await paper()).not.toBe(light);
      await keep('dark-zh');
      await browser.send('Emulation.setEmulatedMedia', { media: 'print' });
      await keep('print-zh');
      await browser.send('Emulation.setEmulatedMedia', {});
    },
    START_MS,
  );

  test('asked for nothing beyond this machine, and no console complained', () => {
    const beyond = browser.requested.filter(
      (it) => !it.startsWith(url) && !it.startsWith('data:') && it !== 'about:blank',
    );
    expect(beyond).toEqual([]);
    expect(browser.requested.length).toBeGreaterThan(15);
    expect(browser.complaints).toEqual([]);
  });

  test('lets in nobody without its token, and no page that gave this machine another name', async () => {
    const { origin, port: at } = new URL(url);
    expect((await fetch(`${origin}/`)).status).toBe(404);
    expect((await fetch(`${origin}/${'x'.repeat(32)}/capacity`)).status).toBe(404);
    expect((await fetch(`${url}capacity`, { method: 'POST' })).status).toBe(405);
    const status = await new Promise((resolve, reject) => {
      const sent = plainRequest(
        { host: '127.0.0.1', port: at, path: new URL(url).pathname, headers: { Host: `evil.example:${at}` } },
        (it) => {
          it.resume();
          resolve(it.statusCode);
        },
      );
      sent.once('error', reject);
      sent.end();
    });
    expect(status).toBe(421);
    const { headers } = await fetch(`${url}capacity`);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });

  test(
    'exports one file that a browser shows without a network',
    async () => {
      const file = join(city.home.dir, 'dashboard.html');
      const args = [
        'dashboard',
        '--export',
        file,
        '--kubeconfig',
        hub.kubeconfigPath,
        '--as',
        'manager',
        '--lang',
        'en',
      ];
      expect((await govcloud(args)).exit).toBe(0);
      const before = browser.requested.length;
      await browser.open(`file://${file}`);
      expect(
        await browser.evaluate("[...document.querySelectorAll('h1')].map((it) => it.textContent)"),
      ).toEqual([
        'Capacity of the government cloud',
        'Use of what was granted',
        'Requests for resources',
        'Indicators of the plan',
        'Waiting for you',
        'Organisations',
        'Systems',
        'System Health portal',
      ]);
      const links = 'a[href="#system-health.portal"]';
      for (const place of ['capacity', 'use', 'requests', 'systems']) {
        expect([
          place,
          await browser.evaluate(`document.querySelectorAll('#${place} ${links}').length > 0`),
        ]).toEqual([place, true]);
      }
      await browser.evaluate(`document.querySelector('#capacity ${links}').click()`);
      expect(await browser.evaluate("document.querySelector(':target h1').textContent")).toBe(
        'System Health portal',
      );
      expect(await listsIn(':target')).toMatchObject({
        'What was granted': [granted],
        'Evidence of use': [
          usedOf('CPU', '16', '1.59', '9%', 'some_series'),
          usedOf('Memory', '64 GB', '19 GB', '29%', '–'),
        ],
        Requests: [asked],
      });
      const nowhere = `[...document.links].filter((it) => !document.getElementById(it.hash.slice(1))).length`;
      expect(await browser.evaluate(nowhere)).toBe(0);
      expect(browser.requested.slice(before).filter((it) => !it.startsWith('data:'))).toEqual([
        `file://${file}`,
      ]);
      expect(browser.complaints).toEqual([]);
    },
    START_MS,
  );
});

describe('the process', () => {
  test('serves a renewed certificate without a restart', async () => {
    const served = () =>
      new Promise<string>((resolve, reject) => {
        const ca = readFileSync(join(hub.pkiDir, 'ca.crt'));
        const socket = connectTls({ host: '127.0.0.1', port, servername: 'localhost', ca }, () => {
          resolve(socket.getPeerCertificate().fingerprint256);
          socket.destroy();
        });
        socket.once('error', reject);
      });
    const before = await served();
    const { certs } = await ensureBinaries();
    await issueCertificates(certs, hub.pkiDir, ['ca'], [serverCertificate]);
    const renewed = new X509Certificate(readFileSync(join(hub.pkiDir, 'reports.crt'))).fingerprint256;
    expect(renewed).not.toBe(before);
    await expect.poll(served, { timeout: 30_000 }).toBe(renewed);
    expect((await direct(`${API}/capacity`, proxy)).status).toBe(200);
    expect((await direct(`${API}/capacity`, { ...proxy, certificate: 'stranger' })).status).toBe(401);
  });

  test('is not ready with a role that may write', async () => {
    const name = 'reports-writer';
    const ports = await reservePorts(city.home, [name]);
    const own = port;
    port = ports[name];
    const writer = await startProcess(city.home, {
      ...reportsSpec,
      name,
      env: {
        ...reportsSpec.env,
        GOVCLOUD_REPORTS_PORT: String(port),
        GOVCLOUD_DATABASE_USER: 'govcloud_operator',
      },
      ready: async () => true,
    });
    try {
      const readiness = () => direct('/readyz').catch((error: Error) => ({ status: 0, body: error.message }));
      await expect
        .poll(readiness, { timeout: 20_000 })
        .toMatchObject({ status: 503, body: expect.stringContaining('[-]books failed') });
      await expect
        .poll(() => readFileSync(writer.log, 'utf8'))
        .toMatch(/role govcloud_operator may write accounts/);
    } finally {
      port = own;
      await stopAll(city.home, { only: (it) => it === name });
    }
  });

  test(
    'lets an answer under way finish when it is told to stop',
    async () => {
      const { host, port: pgPort, user } = postgres;
      const locker = new Client({
        host,
        port: pgPort,
        user,
        database: reportsSpec.env?.['GOVCLOUD_DATABASE_NAME'],
      });
      await locker.connect();
      try {
        await locker.query('BEGIN; LOCK TABLE books.accounts IN ACCESS EXCLUSIVE MODE');
        const answer = direct(`${API}/capacity`, proxy);
        const waiting = async () => {
          const { rowCount } = await locker.query(
            "SELECT FROM pg_locks WHERE NOT granted AND relation = 'books.accounts'::regclass",
          );
          return rowCount;
        };
        await expect.poll(waiting, { timeout: 20_000 }).toBe(1);
        process.kill(reports.pid, 'SIGTERM');
        const health = () =>
          direct('/healthz').then(
            () => 'answers',
            () => 'gone',
          );
        await expect.poll(health, { timeout: 20_000 }).toBe('gone');
        await locker.query('COMMIT');
        expect((await answer).status).toBe(200);
      } finally {
        await locker.end();
      }
      await expect.poll(() => isRunning(city.home.dir, 'reports'), { timeout: 20_000 }).toBe(false);
      expect(logLines().at(-1)?.msg).toBe('stopped');
      reports = await startProcess(city.home, reportsSpec);
    },
    START_MS,
  );

  test(
    'survives the loss of its database and says so',
    async () => {
      await books.close();
      await postgres.stop();
      const { status, body } = await direct(`${API}/capacity`, proxy);
      expect([status, JSON.parse(body)]).toMatchObject([
        503,
        { kind: 'Status', reason: 'ServiceUnavailable', details: { retryAfterSeconds: 1 } },
      ]);
      expect((await direct('/readyz')).status).toBe(503);
      expect((await direct('/healthz')).status).toBe(200);
      postgres = await city.startPostgres();
      expect((await direct(`${API}/capacity`, proxy)).status).toBe(200);
      expect((await direct('/readyz')).status).toBe(200);
    },
    START_MS,
  );
});
