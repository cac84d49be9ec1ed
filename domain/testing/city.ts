import type {
  ApprovalFlow,
  CapacityPool,
  CatalogItem,
  InformationSystem,
  MemberCluster,
  Organization,
  Project,
  Quota,
} from '../../api/v1alpha1/index.ts';
import { itemVersion } from '../catalogue/item.ts';
import { Amount, RESOURCES, type Resource, ResourceVector, unitOf } from '../quantity.ts';
import type { AccountKey, Balance } from '../quota/fit.ts';

/** A small city for tests: one county with a town, two zones, pools by architecture, one item of machines. */

const API_VERSION = 'govcloud.dev/v1alpha1';
const LONG_AGO = '2026-01-01T00:00:00Z';
const title = (zh: string) => ({ zh });

export function organization(
  code: string,
  type: Organization['spec']['type'],
  parents: Organization['spec']['parents'] = [],
): Organization {
  return {
    apiVersion: API_VERSION,
    kind: 'Organization',
    metadata: { name: code },
    spec: { name: title(code), type, parents, budgetUnit: true },
  };
}

export function byName<T extends { metadata: { name: string } }>(
  objects: readonly T[],
): ReadonlyMap<string, T> {
  return new Map(objects.map((it) => [it.metadata.name, it]));
}

export const ORGANIZATIONS = byName([
  organization('shanwei', 'city'),
  organization('luhe', 'county', [{ code: 'shanwei', from: '2000-01-01' }]),
  organization('hetian', 'town', [{ code: 'luhe', from: '2000-01-01' }]),
]);

export function pool(name: string, spec: Partial<CapacityPool['spec']> = {}): CapacityPool {
  return {
    apiVersion: API_VERSION,
    kind: 'CapacityPool',
    metadata: { name },
    spec: {
      title: title(name),
      zone: 'extranet',
      arch: 'amd64',
      cpuSeries: 'series',
      xinchuang: false,
      cluster: 'member-extranet',
      total: {},
      reserve: {},
      ...spec,
    },
  };
}

export function cluster(
  name: string,
  zone: string,
  options: { maxMlps?: number; ready?: 'True' | 'False' | 'Unknown' } = {},
): MemberCluster {
  const { maxMlps = 3, ready = 'True' } = options;
  return {
    apiVersion: API_VERSION,
    kind: 'MemberCluster',
    metadata: { name },
    spec: { title: title(name), zone, zoneTitle: title(zone), maxMlps, credentialsSecret: name },
    status: {
      conditions: [
        { type: 'Ready', status: ready, reason: 'Probe', message: '', lastTransitionTime: LONG_AGO },
      ],
    },
  };
}

export function flow(
  name: string,
  order: number,
  steps: readonly [name: 'initial' | 'technical' | 'approval', approvals: number][],
  upTo?: ApprovalFlow['spec']['upTo'],
): ApprovalFlow {
  return {
    apiVersion: API_VERSION,
    kind: 'ApprovalFlow',
    metadata: { name },
    spec: {
      title: title(name),
      order,
      ...(upTo === undefined ? {} : { upTo }),
      steps: steps.map(([step, approvals]) => ({ name: step, approvals, dueWorkingDays: 3 })),
    },
  };
}

export const SMALL_FLOW = flow(
  'small',
  10,
  [
    ['initial', 1],
    ['approval', 1],
  ],
  { vcpu: '32', memory: '128Gi', storage: '2Ti', mlps: 2 },
);
export const LARGE_FLOW = flow('large', 20, [
  ['initial', 1],
  ['technical', 1],
  ['approval', 1],
]);

/** Machines with a disk each, checked and found good. */
export function machineItem(more: Partial<CatalogItem['spec']> = {}): CatalogItem {
  const item = uncheckedItem(more);
  const valid = {
    type: 'Valid',
    status: 'True' as const,
    reason: 'Checked',
    message: '',
    lastTransitionTime: LONG_AGO,
  };
  return { ...item, status: { version: itemVersion(item.spec), conditions: [valid] } };
}

function uncheckedItem(spec: Partial<CatalogItem['spec']>): CatalogItem {
  return {
    apiVersion: API_VERSION,
    kind: 'CatalogItem',
    metadata: { name: 'vm' },
    spec: {
      classCode: 'IAAS-01',
      title: title('云主机'),
      unit: title('台'),
      maxQuantity: 100,
      parameters: [
        { name: 'vcpu', title: title('处理器'), type: 'integer', required: true, minimum: 1, maximum: 64 },
        {
          name: 'memoryGiB',
          title: title('内存'),
          type: 'integer',
          required: true,
          minimum: 1,
          maximum: 256,
        },
        {
          name: 'diskGiB',
          title: title('磁盘'),
          type: 'integer',
          required: true,
          minimum: 20,
          multipleOf: 10,
        },
      ],
      consumes: { vcpu: 'params.vcpu * 1000', memory: 'params.memoryGiB * GiB', ssd: 'params.diskGiB * GiB' },
      prices: [
        { from: '2018-01-01', monthlyFen: 'params.vcpu * 4000', armFactorBasisPoints: 9000 },
        { from: '2021-01-01', monthlyFen: 'params.vcpu * 3600', armFactorBasisPoints: 8500 },
      ],
      zones: ['extranet', 'internet'],
      archs: ['amd64', 'arm64'],
      maxMlps: 3,
      fulfilment: 'auto',
      namespace: 'system',
      templates: [
        {
          name: 'disk',
          each: 'unit',
          object: `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: "\${allocation.name}-\${index}-data" }
spec:
  accessModes: [ReadWriteOnce]
  resources: { requests: { storage: "\${params.diskGiB}Gi" } }
`,
        },
        {
          name: 'machine',
          each: 'unit',
          object: `
apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata: { name: "\${allocation.name}-\${index}" }
spec: { runStrategy: "\${allocation.suspended ? 'Halted' : 'Always'}", cores: "\${params.vcpu}" }
`,
        },
      ],
      readyWhen:
        'size(objects.machine) == allocation.quantity && objects.machine.all(m, m.?status.?ready.orValue(false))',
      ...(spec.templates
        ? {}
        : { suspendedWhen: 'objects.machine.all(m, m.?status.?stopped.orValue(false))' }),
      outputs: [{ name: 'host', title: title('主机'), value: "allocation.name + '.svc'" }],
      trialDays: 0,
      retainDays: 0,
      ...spec,
    },
  };
}

export function system(mlps = 2, name = 'portal'): InformationSystem {
  return {
    apiVersion: API_VERSION,
    kind: 'InformationSystem',
    metadata: { name, namespace: 'gov-luhe' },
    spec: {
      name: title('门户'),
      classified: false,
      level: 'county',
      mlps: { level: mlps },
      dataClass: 'internal',
      targetUsers: 100,
      platform: {},
      disasterRecoveryGrade: 0,
      hosting: 'city-cloud',
      contact: { person: '张三', phone: '1' },
    },
  };
}

export function project(spec: Partial<Project['spec']> = {}): Project {
  return {
    apiVersion: API_VERSION,
    kind: 'Project',
    metadata: { name: 'digital', namespace: 'gov-luhe' },
    spec: {
      title: title('数字陆河'),
      approvalNumber: '陆发改〔2026〕1号',
      funding: 'county-finance',
      budgetFen: 1,
      from: '2026-01-01',
      until: '2027-12-31',
      systems: ['portal'],
      ...spec,
    },
  };
}

export function quota(
  givingOrganization: string,
  spec: Partial<Quota['spec']> & Pick<Quota['spec'], 'child'>,
): { readonly spec: Quota['spec']; readonly givingOrganization: string } {
  return { givingOrganization, spec: { limits: {}, basis: '文号', ...spec } };
}

/** Balances of one holder, an account per resource, from quantities as objects write them. */
export function balances(
  scope: Omit<AccountKey, 'resource'>,
  hard: Partial<Record<Resource, string>>,
  used: { pending?: Partial<Record<Resource, string>>; posted?: Partial<Record<Resource, string>> } = {},
): readonly Balance[] {
  const [limits, pending, posted] = [hard, used.pending ?? {}, used.posted ?? {}].map((it) =>
    ResourceVector.parse(it),
  );
  const amount = (vector: ResourceVector | undefined, resource: Resource) =>
    vector?.get(resource) ?? Amount.of(unitOf(resource), 0);
  return RESOURCES.map((resource) => ({
    account: { ...scope, resource },
    hard: amount(limits, resource),
    pending: amount(pending, resource),
    posted: amount(posted, resource),
  }));
}

export function organizationScope(holder: string, zone = '*', arch = '*'): Omit<AccountKey, 'resource'> {
  return { holderKind: 'organisation', holder, zone, arch };
}

export function poolScope({ metadata, spec }: CapacityPool): Omit<AccountKey, 'resource'> {
  return { holderKind: 'pool', holder: metadata.name, zone: spec.zone, arch: spec.arch };
}

/** Freezes deeply, so that a function that changes what it was given throws. */
export function frozen<T>(value: T): T {
  if (value !== null && typeof value === 'object' && !Object.isFrozen(value)) {
    if (!(value instanceof Map) && !(value instanceof Set)) Object.freeze(value);
    for (const member of value instanceof Map ? value.values() : Object.values(value)) frozen(member);
  }
  return value;
}
