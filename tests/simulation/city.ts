import type { Kind } from '../../api/kind.ts';
import {
  ApprovalFlow,
  CapacityPool,
  CatalogItem,
  InformationSystem,
  MemberCluster,
  Organization,
  Project,
  Quota,
} from '../../api/v1alpha1/index.ts';
import { TERM_POLICY } from '../../domain/allocation/term.ts';
import { itemVersion } from '../../domain/catalogue/item.ts';
import {
  cluster,
  flow,
  frozen,
  machineItem,
  organization,
  pool,
  project,
  quota,
  SMALL_FLOW,
  system,
} from '../../domain/testing/city.ts';
import type { KubeObject } from '../../kube/types.ts';
import { loadPolicy, REVIEW_RULES, servedSpec } from '../../policies/admission.ts';
import { CONTROLLER_REVISIONS, itemRevisionName, SYSTEM_NAMESPACE } from '../../operator/adapters/hub.ts';
import type { Api, Kept } from './api.ts';

/** Who asks, for which organisation. */
export const REQUESTERS: Readonly<Record<string, string>> = {
  'luhe-ops': 'luhe',
  'hetian-ops': 'hetian',
  'haifeng-ops': 'haifeng',
};
/** Who may decide: some of those who ask, too. */
export const REVIEWERS = ['ann', 'bob', 'cat', 'dan', 'eve', 'luhe-ops', 'haifeng-ops'];
export const CLUSTERS = ['member-extranet', 'member-internet'];
const SINCE = '2000-01-01';

const CHECKED = machineItem();
const items = new Map<string, CatalogItem>();

/** Days that the disks of what is `kept` are retained after its release. */
const RETAIN_DAYS = 3;
/** Days that something runs on after its term. */
export const GRACE_DAYS = 20;

export type ItemName = 'vm' | 'kept' | 'physical';

/**
 * One object a unit, and a disk that cannot shrink, which is an object of its own when `kept`; made by hand when `physical`.
 * Each is built once.
 */
export function item(name: ItemName, fenPerCore: number): CatalogItem {
  const key = `${name} ${fenPerCore}`;
  const known = items.get(key);
  if (known) return known;
  const { readyWhen = '', ...rest } = CHECKED.spec;
  const spec: CatalogItem['spec'] = {
    ...rest,
    parameters: rest.parameters.map((it) => (it.name === 'diskGiB' ? { ...it, shrinkable: false } : it)),
    prices: [{ from: '2018-01-01', monthlyFen: `params.vcpu * ${fenPerCore}`, armFactorBasisPoints: 8000 }],
    outputs: [],
    maxQuantity: 9,
    ...(name === 'physical'
      ? { fulfilment: 'manual', templates: [] }
      : { readyWhen, templates: rest.templates.filter((it) => name === 'kept' || it.name === 'machine') }),
    ...(name === 'kept' ? { retainDays: RETAIN_DAYS } : {}),
  };
  const status = { ...CHECKED.status, version: itemVersion(spec) };
  const made = frozen({ ...CHECKED, metadata: { name }, spec, status });
  items.set(key, made);
  return made;
}

export const LARGE: ApprovalFlow = flow('large', 20, [
  ['initial', 1],
  ['technical', 2],
  ['approval', 1],
]);

/** What a limit may be set to: nothing, little, and more than anybody asks for. */
export const LIMITS = [0, 6, 12, 24, 400];

export function limits(cores: number): { vcpu: string; memory: string; ssd: string } {
  return { vcpu: String(cores), memory: `${cores * 2}Gi`, ssd: `${cores * 25}Gi` };
}

/** Writes the whole small city: a tree of three levels, two zones, three pools, an item by hand and one made. */
export function found(hub: Api): void {
  const write = (kind: Kind, object: KubeObject, namespace?: string) => {
    const { status, ...rest } = object;
    const metadata = { ...object.metadata, ...(namespace === undefined ? {} : { namespace }) };
    const made = hub.create(kind.plural, { ...rest, metadata });
    if (status !== undefined) hub.replaceStatus(kind.plural, { ...made, status });
  };
  for (const it of [
    organization('shanwei', 'city'),
    organization('luhe', 'county', [{ code: 'shanwei', from: SINCE }]),
    organization('hetian', 'town', [{ code: 'luhe', from: SINCE }]),
    organization('haifeng', 'county', [{ code: 'shanwei', from: SINCE }]),
  ])
    write(Organization, it);
  for (const it of [
    pool('extranet-amd64', { total: limits(40) }),
    pool('extranet-arm64', { total: limits(20), arch: 'arm64' }),
    pool('internet-amd64', {
      total: limits(40),
      reserve: limits(10),
      zone: 'internet',
      cluster: 'member-internet',
    }),
  ])
    write(CapacityPool, it);
  write(MemberCluster, cluster('member-extranet', 'extranet'));
  write(MemberCluster, cluster('member-internet', 'internet'));
  for (const [giving, spec, name] of [
    ['shanwei', { child: { organization: 'shanwei' }, limits: limits(60) }, 'city'],
    ['shanwei', { child: { organization: 'luhe' }, limits: limits(40) }, 'luhe'],
    ['shanwei', { child: { organization: 'luhe' }, limits: limits(12), arch: 'arm64' }, 'luhe-arm'],
    ['shanwei', { child: { organization: 'haifeng' }, limits: limits(30) }, 'haifeng'],
    ['luhe', { child: { organization: 'hetian' }, limits: limits(16) }, 'hetian'],
    ['luhe', { child: { system: 'portal' }, limits: limits(24), zone: 'extranet' }, 'portal'],
  ] as const)
    write(
      Quota,
      {
        apiVersion: 'govcloud.dev/v1alpha1',
        kind: 'Quota',
        metadata: { name },
        spec: quota(giving, spec).spec,
      },
      `gov-${giving}`,
    );
  for (const it of [SMALL_FLOW, LARGE]) write(ApprovalFlow, it);
  for (const code of Object.values(REQUESTERS)) {
    write(InformationSystem, system(), `gov-${code}`);
    write(Project, project(), `gov-${code}`);
  }
  for (const it of [item('vm', 3600), item('kept', 3900), item('physical', 9000)]) setItem(hub, it);
  publishTerms(hub, TERMS);
  // What is proved before each grant; `Client.jsonPatch` refuses the forgery as the rule does.
  for (const { policy, binding } of REVIEW_RULES.ResourceRequest.map(loadPolicy)) {
    hub.create('validatingadmissionpolicies', { ...policy, spec: servedSpec(policy) });
    hub.create('validatingadmissionpolicybindings', { ...binding, spec: servedSpec(binding) });
  }
}

const TERMS = `policies: [{ from: '2020-01-01', noticeDays: [30, 7], graceDays: ${GRACE_DAYS} }]`;
/** What the city may have published of terms: its policy, one that cannot be read, and none. */
export const TERM_TEXTS = [TERMS, TERMS, 'policies: soon', undefined];

export function publishTerms(hub: Api, text: string | undefined): void {
  const { namespace, name, key } = TERM_POLICY;
  const object: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name } };
  const old = hub.get<Kept>('configmaps', `${namespace}/${name}`);
  const data = { data: text === undefined ? {} : { [key]: text } };
  if (old) hub.update('configmaps', { ...old, ...data });
  else hub.create('configmaps', { ...object, ...data });
}

/** Puts an item into the catalogue as one that passed its checks, with the snapshot that is kept of each version. */
export function setItem(hub: Api, { status, ...it }: CatalogItem): void {
  const old = hub.get<KubeObject>(CatalogItem.plural, it.metadata.name);
  const made = old
    ? hub.update(CatalogItem.plural, { ...old, spec: it.spec })
    : hub.create(CatalogItem.plural, it);
  hub.replaceStatus(CatalogItem.plural, { ...made, status });
  const name = itemRevisionName(itemVersion(it.spec));
  const { plural } = CONTROLLER_REVISIONS;
  if (hub.get(plural, `${SYSTEM_NAMESPACE}/${name}`)) return;
  hub.create(plural, {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: { name, namespace: SYSTEM_NAMESPACE },
    data: it.spec,
  } as KubeObject);
}
