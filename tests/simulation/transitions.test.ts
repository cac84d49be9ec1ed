import { describe, expect, it } from 'vitest';
import type {
  Allocation,
  ApprovalFlow,
  CapacityPool,
  CatalogItem,
  InformationSystem,
  MemberCluster,
  Organization,
  Project,
  Quota,
  ResourceRequest,
  StockImport,
  UsageFinding,
} from '../../api/v1alpha1/index.ts';
import { checkItem, itemVersion } from '../../domain/catalogue/item.ts';
import { ResourceVector } from '../../domain/quantity.ts';
import { accountPath } from '../../domain/quota/fit.ts';
import type { QuotePicture } from '../../domain/request/quote.ts';
import { judgeStockRow } from '../../domain/stock-import.ts';
import { AllocationLife } from '../../domain/testing/allocation-life.ts';
import { balances, byName, organization, organizationScope, poolScope } from '../../domain/testing/city.ts';
import { RequestLife } from '../../domain/testing/request-life.ts';
import { decideFinding } from '../../domain/usage/answers.ts';
import { type Leaf, leaves, otherValue, specsOf, withValue } from '../support/leaves.ts';

/**
 * Every field of every spec changes to another value that its schema allows, most of them references that lead nowhere
 * then and expressions that say nothing: from A to B is as B from the start, from A to B to A as A, and whatever is wrong
 * has a reason. What the API server refuses is in `tests/integration/kinds.test.ts`; what stands in a hub alone (limits,
 * items, members, opening stock, repairs) goes through the same in `tests/integration/operator-city.test.ts`.
 */

const ALL = leaves();
const PLENTY = { vcpu: '1000', memory: '4000Gi', ssd: '100Ti', hdd: '100Ti' };
/** What the API server, or for allocations the operator, never changes. */
const NEVER: ReadonlySet<string> = new Set([
  'ResourceRequest requester',
  'ResourceRequest action',
  'CapacityPool zone',
  'CapacityPool arch',
  'Quota child.organization',
  'Quota zone',
  'Quota arch',
  'Allocation fulfilment',
  'Allocation adopted',
]);
const isFixed = ({ kind, path }: Leaf) => NEVER.has(`${kind} ${path}`);
const NAMES: Readonly<Record<string, string>> = {
  Organization: 'luhe',
  MemberCluster: 'extranet',
  CapacityPool: 'extranet-amd64',
  ApprovalFlow: 'flow',
  InformationSystem: 'portal',
  Project: 'project',
  CatalogItem: 'vm',
  Quota: 'luhe',
};

type Spec = Readonly<Record<string, unknown>>;

function objectOf<T>(kind: string, spec: Spec | undefined, more: object = {}): T {
  const metadata = { name: NAMES[kind] ?? 'object', uid: `uid-${kind}`, generation: 1 };
  return { apiVersion: 'govcloud.dev/v1alpha1', kind, metadata, spec: structuredClone(spec), ...more } as T;
}

/** The city of `specs.yaml`, with one spec in place of the one that it has. */
function cityWith(kind?: string, spec?: Spec): Partial<QuotePicture> {
  const of = (it: string) => (it === kind ? spec : specsOf(it)[0]);
  const item = objectOf<CatalogItem>('CatalogItem', of('CatalogItem'));
  const isValid = checkItem('vm', item.spec).length === 0;
  const valid = { type: 'Valid', status: isValid ? ('True' as const) : ('False' as const) };
  const pool = objectOf<CapacityPool>('CapacityPool', of('CapacityPool'));
  const quota = objectOf<Quota>('Quota', of('Quota'));
  const zone = quota.spec.zone ?? '*';
  const arch = quota.spec.arch ?? '*';
  const neighbour = objectOf<Allocation>('Allocation', {
    ...specsOf('Allocation')[0],
    zone: 'internet',
    pool: 'internet-amd64',
  });
  neighbour.metadata.name = 'standby';
  const ready = { type: 'Ready', status: 'True', reason: 'Answers', message: '', lastTransitionTime: '' };
  return {
    organizations: byName([
      organization('shanwei', 'city'),
      objectOf<Organization>('Organization', of('Organization')),
    ]),
    clusters: byName([
      objectOf<MemberCluster>('MemberCluster', of('MemberCluster'), { status: { conditions: [ready] } }),
    ]),
    pools: [pool],
    flows: [objectOf<ApprovalFlow>('ApprovalFlow', of('ApprovalFlow'))],
    items: byName([
      {
        ...item,
        status: {
          version: itemVersion(item.spec),
          conditions: [{ ...valid, reason: 'Checked', message: '', lastTransitionTime: '' }],
        },
      },
    ]),
    quotas: [{ givingOrganization: 'shanwei', spec: quota.spec }],
    system: objectOf<InformationSystem>('InformationSystem', of('InformationSystem')),
    project: objectOf<Project>('Project', of('Project')),
    neighbours: [neighbour],
    // Whoever has what a transfer names has agreed to it.
    giving: {
      handovers: [{ action: 'transfer', revision: 2, by: 'giver-ops', organization: 'luhe' }],
      posted: [],
    },
    balances: [
      ...balances(organizationScope('luhe'), PLENTY),
      ...balances(
        organizationScope('luhe', zone, arch),
        ResourceVector.parse(quota.spec.limits).toQuantities(),
      ),
      ...balances(organizationScope('shanwei'), PLENTY),
      ...balances(poolScope(pool), ResourceVector.parse(pool.spec.total).toQuantities()),
    ],
  };
}

/** A request in a city; what it names and is not there, is not there. */
function lifeOf(spec: Spec, city: Partial<QuotePicture>): RequestLife {
  const target = objectOf<Allocation>('Allocation', specsOf('Allocation')[0]);
  target.metadata = { name: 'vm', namespace: 'gov-luhe', uid: 'uid-allocation', generation: 1 };
  if (spec['action'] === 'Transfer') {
    // What is handed over is in use, and nothing of it still being done.
    const { pendingCredit: _done, ...standing } = target.spec;
    Object.assign(target, { spec: standing, status: { state: 'InUse' } });
  }
  const request = objectOf<ResourceRequest>('ResourceRequest', spec);
  request.metadata = { ...request.metadata, namespace: 'gov-luhe' };
  const life = new RequestLife(request, { ...city, target });
  settle(life, city);
  return life;
}

function settle(life: RequestLife, { system, project, ...city }: Partial<QuotePicture>): void {
  const named = <T extends { metadata: { name: string } }>(it: T | undefined, name: string) =>
    it?.metadata.name === name ? it : undefined;
  const { spec } = life.object;
  // Their own controllers enter other limits into the books.
  for (const balance of city.balances ?? []) {
    const path = accountPath(balance.account);
    life.accounts.set(path, { ...(life.accounts.get(path) ?? balance), hard: balance.hard });
  }
  life.city = { ...city, system: named(system, spec.system), project: named(project, spec.project) };
  life.run();
}

function editTo(life: RequestLife, spec: Spec, city: Partial<QuotePicture>): void {
  const { submission } = life.object.spec;
  life.object.spec = {} as ResourceRequest['spec'];
  life.edit({ ...(spec as ResourceRequest['spec']), submission: submission + 1 });
  settle(life, city);
}

/** What people see of a request and the books have for it, without what counts versions. */
function projectionOf(life: RequestLife): object {
  const { review, hold, conditions, observedGeneration, ...status } = life.status;
  const { generation: _generation, ticket: _ticket, round: _round, ...open } = review ?? {};
  const held = life.holds.filter(({ state }) => state === 'pending').map(({ demands }) => demands);
  const moved = [...life.accounts.values()].filter(({ pending }) => !pending.isZero());
  const books = moved.map(({ account, pending }) => `${accountPath(account)} ${pending.value}`).sort();
  return {
    ...status,
    review: open,
    isHeld: hold !== undefined,
    held,
    books,
    conditions: conditions?.map(({ type, status, reason, message }) => ({ type, status, reason, message })),
    isObserved: observedGeneration === life.object.metadata.generation,
  };
}

/** Either under review or returned with reasons in both languages. */
function isTold(life: RequestLife): boolean {
  const { phase, reasons = [] } = life.status;
  if (phase === 'Returned')
    return (
      reasons.length > 0 &&
      reasons.every(({ code, message }) => code.startsWith('E_') && message.includes(' / '))
    );
  return ['Draft', 'InReview', 'Withdrawn'].includes(phase ?? '');
}

describe('a request', () => {
  const city = cityWith();
  const own = ALL.filter((leaf) => leaf.kind === 'ResourceRequest' && !isFixed(leaf));

  it('has every field but those that never change', () => {
    expect(own).toHaveLength(34);
    for (const spec of specsOf('ResourceRequest')) expect(lifeOf(spec, city).status.phase).toBe('InReview');
  });

  it.each(own.map((leaf) => [leaf.path, leaf] as const))(
    'whose %s changes is as one made so',
    (path, leaf) => {
      const other = withValue(leaf, otherValue(leaf));
      const [life, before, after] = [leaf.spec, leaf.spec, other].map((spec) => lifeOf(spec, city)) as [
        RequestLife,
        RequestLife,
        RequestLife,
      ];
      expect(isTold(after)).toBe(true);
      editTo(life, other, city);
      expect(projectionOf(life)).toEqual(projectionOf(after));
      // What is withdrawn stays so.
      if (path === 'withdrawn') return;
      editTo(life, leaf.spec, city);
      expect(projectionOf(life)).toEqual(projectionOf(before));
    },
  );
});

describe('what a request is decided on', () => {
  const kinds = Object.keys(NAMES);
  const joined = ALL.filter(({ kind, spec }) => kinds.includes(kind) && spec === specsOf(kind)[0]);
  const [asked = {}] = specsOf('ResourceRequest');

  it('has every field of eight kinds', () => {
    expect(joined).toHaveLength(148);
  });

  it.each(joined.map((leaf) => [leaf.kind, leaf.path, leaf] as const))(
    'whose %s has another %s is told, and forgotten when it is as it was',
    (_kind, _path, leaf) => {
      const [a, b] = [cityWith(), cityWith(leaf.kind, withValue(leaf, otherValue(leaf)))];
      const fresh = lifeOf(asked, b);
      expect(isTold(fresh)).toBe(true);
      if (isFixed(leaf)) return;
      const life = lifeOf(asked, a);
      const before = projectionOf(life);
      expect(life.status.phase).toBe('InReview');
      editTo(life, asked, b);
      expect(projectionOf(life)).toEqual(projectionOf(fresh));
      editTo(life, asked, a);
      expect(projectionOf(life)).toEqual(before);
    },
  );
});

describe('an allocation', () => {
  const own = ALL.filter(({ kind }) => kind === 'Allocation');
  const [item = {}] = specsOf('CatalogItem');
  const settled = (life: AllocationLife) => {
    life.run();
    life.sweep();
    life.makeReady();
    life.run();
  };
  const lifeWith = (spec: Spec) => {
    const life = new AllocationLife(spec as never, item as never);
    settled(life);
    return life;
  };
  /** What stands, is listed and is said, without uids, versions and times. */
  const standing = (life: AllocationLife) => ({
    live: [...life.live.values()].map((it) => ({ ...it, metadata: { name: it.metadata.name } })),
    inventory: life.anchor?.inventory,
    status: {
      ...life.status,
      anchor: undefined,
      credentialsDigest: undefined,
      observedGeneration: undefined,
      conditions: life.status.conditions?.map(({ type, status, reason, message }) => ({
        type,
        status,
        reason,
        message,
      })),
    },
  });

  it('has every field', () => {
    expect(own).toHaveLength(49);
  });

  it.each(own.map((leaf) => [leaf.path, leaf] as const))(
    'whose %s changes stands as one made so',
    (_, leaf) => {
      const other = withValue(leaf, otherValue(leaf));
      const fresh = lifeWith(other);
      if (isFixed(leaf)) return;
      const life = lifeWith(leaf.spec);
      life.change(() => structuredClone(other) as never);
      settled(life);
      const { status, ...member } = standing(life);
      expect(member).toMatchObject({ live: standing(fresh).live, inventory: standing(fresh).inventory });
      // What was released or suspended shows that it was delivered before.
      if (!life.object.spec.released && !life.object.spec.suspended)
        expect(status).toEqual(standing(fresh).status);
      const before = standing(lifeWith(leaf.spec));
      life.change(() => structuredClone(leaf.spec) as never);
      settled(life);
      expect(standing(life)).toEqual(before);
    },
  );
});

describe('a row of opening stock', () => {
  const own = ALL.filter(({ kind }) => kind === 'StockImport');
  const judged = (spec: Spec) => {
    const { file, rows } = spec as StockImport['spec'];
    const { organizations, quotas, items, pools } = cityWith() as QuotePicture;
    const hasSystem = (organization: string, system: string) =>
      organization === 'luhe' && system === 'portal';
    const picture = { file, today: '2026-11-24', organizations, quotas, items, pools, hasSystem };
    return rows.map((row) => judgeStockRow(row, picture));
  };

  it('has every field', () => {
    expect(own).toHaveLength(15);
    for (const spec of specsOf('StockImport')) expect(judged(spec)).toMatchObject([{ ok: true }]);
  });

  it.each(own.map((leaf) => [leaf.path, leaf] as const))(
    'with another %s is entered, or says why not',
    (_, leaf) => {
      for (const verdict of judged(withValue(leaf, otherValue(leaf)))) {
        if (!verdict.ok)
          expect(verdict.reasons.map(({ code }) => code)).toContainEqual(expect.stringMatching(/^E_/));
      }
    },
  );
});

describe('a finding of use', () => {
  const own = ALL.filter(({ kind }) => kind === 'UsageFinding');
  const [sample = {}] = specsOf('UsageFinding');
  const NOW = '2026-02-20T02:00:00Z';
  const [target] = specsOf('Allocation') as unknown as [Allocation['spec']];
  const metadata = { name: 'req-1-vm', namespace: 'gov-luhe', uid: 'uid-allocation', generation: 1 };
  const allocation = objectOf<Allocation>('Allocation', { ...target, released: false, contentRevision: 2 });
  allocation.metadata = metadata;
  const appeal = { step: 'answer', raised: '2026-01-31', by: 'ops', verdict: 'appeal' } as const;
  const calendar = { years: [2026], holidays: new Set<string>(), workdays: new Set<string>() };

  /** Lets the operator go on until nothing is left to do. */
  function settled(finding: UsageFinding): UsageFinding {
    for (let step = 0; step < 10; step += 1) {
      const { spec } = finding;
      const action = decideFinding({
        finding,
        allocation: spec.allocation.name === metadata.name ? allocation : undefined,
        copies: [{ ...appeal, decidedAt: '2026-02-03T02:00:00Z' }],
        calendar,
        now: NOW,
      });
      if (action.do === 'wait') return finding;
      if (action.do === 'project') finding.status = action.status;
      else changed(finding, { ...spec, ended: action.ended });
    }
    throw new Error('the operator does not come to rest');
  }
  function changed(finding: UsageFinding, spec: Spec): void {
    finding.spec = structuredClone(spec) as UsageFinding['spec'];
    finding.metadata.generation = (finding.metadata.generation ?? 0) + 1;
  }
  const made = (spec: Spec) =>
    settled(
      objectOf<UsageFinding>('UsageFinding', spec, {
        status: { decisions: [{ ...appeal, generation: 1, comment: '年度结算用' }] },
      }),
    );
  /** What became of it, without what counts versions. */
  const standing = ({ spec, status }: UsageFinding) => {
    const { observedGeneration: _, conditions = [], ...shown } = status ?? {};
    return { spec, ...shown, conditions: conditions.map(({ observedGeneration: __, ...it }) => it) };
  };

  it('has every field, and is appealed while its evidence stands', () => {
    expect(own).toHaveLength(30);
    const { ended: _, ...open } = sample;
    expect([made(sample).status?.state, made(open).status?.state]).toEqual(['Closed', 'Appealed']);
  });

  it.each(own.map((leaf) => [leaf.path, leaf] as const))(
    'whose %s changes is as one made so',
    (path, leaf) => {
      const other = withValue(leaf, otherValue(leaf));
      const bases: [Spec, Spec][] = [[leaf.spec, other]];
      if (!path.startsWith('ended')) bases.push([without(leaf.spec, 'ended'), without(other, 'ended')]);
      for (const [a, b] of bases) {
        const finding = made(a);
        const before = standing(structuredClone(finding));
        changed(finding, b);
        expect(standing(settled(finding))).toEqual(standing(made(b)));
        changed(finding, a);
        expect(standing(settled(finding))).toEqual(before);
      }
    },
  );
});

function without(spec: Spec, field: string): Spec {
  return Object.fromEntries(Object.entries(spec).filter(([name]) => name !== field));
}
