import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { resourceOf } from '../../api/kind.ts';
import {
  Allocation,
  CapacityPool,
  Delegation,
  KINDS,
  MemberCluster,
  Project,
  ResourceRequest,
} from '../../api/v1alpha1/index.ts';
import { copiesOf } from '../../books/decisions.ts';
import { closedRequest } from '../../books/requests.ts';
import { readAudit, readBalances } from '../../books/reports.ts';
import { cityDay, dayAfter } from '../../domain/calendar.ts';
import { accountPath } from '../../domain/quota/fit.ts';
import { isKubeError } from '../../kube/errors.ts';
import type { KubeObject, ResourceRef, Stored } from '../../kube/types.ts';
import { startPostgres } from '../../tools/localcity/postgres.ts';
import { listProcesses } from '../../tools/localcity/process.ts';
import { conditionOf, MACHINES, SmallCity } from '../support/city.ts';
import {
  accept,
  approve,
  databases,
  grantedBy,
  inReview,
  machines,
  provide,
  type StoredAllocation,
  type StoredRequest,
} from '../support/people.ts';

/** As kubectl reads them. */
const EVENTS: ResourceRef = { group: '', version: 'v1', plural: 'events', namespaced: true };
const SECRETS: ResourceRef = { group: '', version: 'v1', plural: 'secrets', namespaced: true };
const NAMESPACES: ResourceRef = { group: '', version: 'v1', plural: 'namespaces', namespaced: false };
const ROLE_BINDINGS: ResourceRef = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  plural: 'rolebindings',
  namespaced: true,
};
const CONFIG_MAPS: ResourceRef = { group: '', version: 'v1', plural: 'configmaps', namespaced: true };
const DISKS: ResourceRef = { group: '', version: 'v1', plural: 'persistentvolumeclaims', namespaced: true };
const STATEFUL_SETS: ResourceRef = { group: 'apps', version: 'v1', plural: 'statefulsets', namespaced: true };

const POOL = 'extranet-amd64';
const WJJ = '441500-wjj';
/** Keeps an object of the member from going, as a volume that is still attached does. */
const ATTACHED = 'example.org/attached';

let city: SmallCity;

beforeAll(async () => {
  city = await SmallCity.start();
});

afterAll(() => city?.stop());

// Whatever a scenario does, the books stay whole and agree with the hub.
afterEach(() => city.verifyBooks());

const state = (wanted: string) => (object: { status?: { state?: string } | undefined }) =>
  object.status?.state === wanted;
const request = (of: StoredRequest, wanted: (it: StoredRequest) => boolean) =>
  city.seen(ResourceRequest, of.metadata, wanted);
const allocation = (of: StoredAllocation, wanted: (it: StoredAllocation) => boolean) =>
  city.seen(Allocation, of.metadata, wanted);

/** What stands in the member for an allocation. */
async function inMember(resource: ResourceRef, of: StoredAllocation): Promise<readonly Stored<KubeObject>[]> {
  const labelSelector = `govcloud.dev/allocation=${of.metadata.uid}`;
  return (await city.member.client.list(resource, { labelSelector })).items;
}

/** An object of an allocation in the member, by what follows the allocation's name. */
function named(of: StoredAllocation, suffix: string): { readonly namespace: string; readonly name: string } {
  return { namespace: of.status?.namespace ?? '', name: `${of.metadata.name}${suffix}` };
}

type StoredEvent = KubeObject & {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly eventTime: string;
  readonly series?: { readonly count: number };
};

/** What Events tell somebody of an object, oldest first, once they tell so much. */
async function told(
  of: Stored<KubeObject>,
  person: string,
  isAll: (texts: readonly string[]) => boolean,
): Promise<readonly string[]> {
  const { uid, namespace = 'default' } = of.metadata;
  const { client } = await city.person(person);
  let texts: readonly string[] = [];
  await city.until(`Events tell all of ${of.metadata.name}`, async () => {
    const options = { namespace, fieldSelector: `involvedObject.uid=${uid}` };
    const { items } = await client.list<StoredEvent>(EVENTS, options);
    const at = (it: StoredEvent) => `${it.eventTime} ${it.metadata.name}`;
    texts = [...items]
      .sort((a, b) => (at(a) < at(b) ? -1 : 1))
      .map(({ type, reason, series }) => `${type} ${reason}${series ? ` x${series.count}` : ''}`);
    return isAll(texts);
  });
  return texts;
}

describe('a request', () => {
  it('is reviewed, returned, edited, reviewed anew, granted, delivered and accepted', async () => {
    const ops = await city.person('wjj-ops');
    const before = await city.balance(POOL, 'posted');
    const asked = await ops.submit({ action: 'Provision', arch: 'amd64', lines: [machines(2)] });

    await (await city.person('initial-reviewer')).decide(asked, 'initial');
    await (await city.person('technical-reviewer')).decide(asked, 'technical', 'return');
    const returned = await request(asked, state('Returned'));
    expect(returned.status).toMatchObject({ phase: 'Returned', review: { openStep: '', generation: 1 } });
    expect(returned.status?.serial).toMatch(/^ZY-\d{4}-\d{6}$/);

    const edited = await ops.edit(asked, { lines: [machines(3)] });
    const again = await request(edited, inReview);
    expect(again.status?.review).toMatchObject({ openStep: 'initial', generation: 2 });
    expect(again.status?.review?.ticket).not.toBe(returned.status?.review?.ticket);
    expect(again.status?.serial).toBe(returned.status?.serial);
    expect((await city.holds(asked)).map(({ generation, state }) => [generation, state])).toEqual([
      [1, 'replaced'],
      [2, 'pending'],
    ]);
    // One transaction gave the old hold back and took the new one.
    const { items: audited } = await readAudit(city.books, { subject: asked.metadata.uid });
    const steps = audited.filter(({ action }) => action.startsWith('ledger.'));
    expect(steps.map(({ action }) => action)).toEqual(['ledger.hold', 'ledger.replace']);
    expect(await city.balance(POOL, 'pending')).toEqual({ vcpu: '6', memory: '12Gi', ssd: '60Gi' });

    // The first approval stands in the list and counts no more.
    expect(again.status?.decisions).toHaveLength(2);
    expect((await copiesOf(city.books, asked.metadata.uid)).map(({ ticket }) => ticket)).toEqual([
      returned.status?.review?.ticket,
      returned.status?.review?.ticket,
    ]);
    await approve(city, asked);

    const [given, ...more] = await grantedBy(city, asked);
    if (!given) throw new Error('nothing was granted');
    expect(more).toEqual([]);
    const delivered = await allocation(given, state('PendingAcceptance'));
    expect(delivered.spec).toMatchObject({
      quantity: 3,
      revision: 1,
      pool: POOL,
      request: { uid: asked.metadata.uid },
    });
    const all = await inMember(MACHINES, given);
    expect(all).toHaveLength(3);
    expect(all.every(({ status }) => (status as { ready?: boolean }).ready)).toBe(true);
    expect(await inMember(DISKS, given)).toHaveLength(3);
    for (const type of ['Ready', 'InSync', 'Delivered', 'MemberReachable']) {
      expect(conditionOf(delivered, type), type).toMatchObject({ status: 'True' });
    }
    expect(conditionOf(delivered, 'Accepted')).toMatchObject({ status: 'False' });

    // Credentials are for the organisation's own people.
    const secret = { namespace: asked.metadata.namespace ?? '', name: `${given.metadata.name}-credentials` };
    const { status } = await allocation(given, (it) => it.status?.credentialsSecret !== undefined);
    expect(status?.outputs).toContainEqual(expect.objectContaining({ name: 'user', value: 'ops' }));
    expect(await ops.client.get(SECRETS, secret)).toMatchObject({ data: { username: btoa('ops') } });
    const engineer = await city.person('cloud-engineer');
    await expect(engineer.client.get(SECRETS, secret)).rejects.toMatchObject({ code: 'E_API_FORBIDDEN' });

    await request(asked, state('PendingAcceptance'));
    const taken = await accept(city, given);
    expect(conditionOf(taken, 'Accepted')).toMatchObject({ status: 'True' });
    expect(taken.status?.acceptedAt).toBeDefined();
    await request(asked, state('InUse'));
    await city.until('the closed request is in the books', async () => {
      return (await closedRequest(city.books, { uid: asked.metadata.uid })) !== undefined;
    });
    expect(await city.balance(POOL, 'posted')).toEqual({ ...before, vcpu: '6', memory: '12Gi', ssd: '60Gi' });
    expect(await city.balance(POOL, 'pending')).toEqual({});
    expect(await city.balance('441500', 'posted')).toEqual({ vcpu: '6', memory: '12Gi', ssd: '60Gi' });

    expect(await told(asked, 'wjj-ops', (all) => all.includes('Normal InUse'))).toEqual([
      'Normal Held',
      'Normal PendingInitialReview x2',
      'Normal PendingTechnicalReview x2',
      'Warning Returned',
      'Normal Held',
      'Normal PendingApproval',
      'Normal Approved',
      'Normal PendingProvisioning',
      'Normal PendingAcceptance',
      'Normal InUse',
    ]);
    // Machines that are ready as soon as they are applied are delivered by the first status that is written.
    const ofGrant = await told(given, 'wjj-ops', (all) => all.includes('Normal InUse'));
    const waited = ofGrant[0] === 'Normal PendingProvisioning' ? [ofGrant[0]] : [];
    expect(ofGrant).toEqual([...waited, 'Normal PendingAcceptance', 'Normal InUse']);
    await expect(told(asked, 'xian-ops', () => true)).rejects.toMatchObject({ code: 'E_API_FORBIDDEN' });
    const pool = await city.get(CapacityPool, { name: POOL });
    // Its one node is all that it has, and it keeps less back.
    expect(await told(pool, 'approver', (all) => all.includes('Warning ReserveTooSmall'))).toEqual([
      'Normal Posted',
      'Warning ReserveTooSmall',
    ]);
  });

  it('goes back to an earlier step: what was decided before that step is carried, the rest is void', async () => {
    const ops = await city.person('wjj-ops');
    const asked = await ops.submit({ action: 'Provision', arch: 'amd64', lines: [machines(1)] });
    const [initial, technical, approver] = await Promise.all(
      ['initial-reviewer', 'technical-reviewer', 'approver'].map((id) => city.person(id)),
    );
    const ticketNow = async (round: number) => {
      const seen = await request(asked, ({ status }) => status?.review?.round === round);
      return { ticket: seen.status?.review?.ticket, openStep: seen.status?.review?.openStep };
    };
    await initial?.decide(asked, 'initial');
    await technical?.decide(asked, 'technical');
    await approver?.decide(asked, 'approval', 'return', { returnTo: 'initial' });
    const second = await ticketNow(2);
    expect(second.openStep).toBe('initial');
    const copies = async () => copiesOf(city.books, asked.metadata.uid);
    expect((await copies()).filter(({ ticket }) => ticket === second.ticket)).toEqual([]);

    await initial?.decide(asked, 'initial');
    await technical?.decide(asked, 'technical');
    await approver?.decide(asked, 'approval', 'return', { returnTo: 'technical' });
    const third = await ticketNow(3);
    expect(third.openStep).toBe('technical');
    expect((await copies()).filter(({ ticket }) => ticket === third.ticket)).toMatchObject([
      { step: 'initial', verdict: 'approve', reviewer: initial?.account, carriedFrom: expect.any(String) },
    ]);
    // One hold all the way: neither the request nor its quote has changed.
    expect((await city.holds(asked)).map(({ state }) => state)).toEqual(['pending']);

    await technical?.decide(asked, 'technical');
    await approver?.decide(asked, 'approval');
    const [given] = await grantedBy(city, asked);
    expect(given?.spec.request).toMatchObject({ uid: asked.metadata.uid });
    await release(await accept(city, given as StoredAllocation));
  });

  it('is withdrawn or rejected, and what it held is free again', async () => {
    const ops = await city.person('wjj-ops');
    const before = await city.balance(POOL, 'pending');
    const [withdrawn, rejected] = await Promise.all([
      ops.submit({ action: 'Provision', lines: [machines(1)] }),
      ops.submit({ action: 'Provision', lines: [machines(1)] }),
    ]);
    await request(withdrawn, inReview);
    await ops.withdraw(withdrawn);
    await request(withdrawn, state('Withdrawn'));
    await (await city.person('initial-reviewer')).decide(rejected, 'initial', 'reject');
    await request(rejected, state('Rejected'));
    for (const it of [withdrawn, rejected]) {
      expect((await city.holds(it)).map(({ state }) => state)).toEqual(['void']);
      await city.until(
        'it is archived',
        async () => (await closedRequest(city.books, { uid: it.metadata.uid })) !== undefined,
      );
    }
    expect(await city.balance(POOL, 'pending')).toEqual(before);
    await expect(ops.edit(rejected, { lines: [machines(2)] })).rejects.toThrow('E_REQUEST_CLOSED');
  });

  it('for too much is refused with every reason: of each organisation up the tree and of each pool', async () => {
    const ops = await city.person('xian-ops');
    // One node a pool; that of the Xinchuang pool is smaller than a machine.
    const { status } = await city.seen(
      MemberCluster,
      { name: 'extranet' },
      (it) => it.status?.nodes?.length === 2,
    );
    expect(status?.nodes).toEqual([
      { pool: 'extranet-amd64', arch: 'amd64', count: 1, largest: [{ vcpu: '100', memory: '400Gi' }] },
      { pool: 'extranet-arm64', arch: 'arm64', count: 1, largest: [{ vcpu: '16', memory: '64Gi' }] },
    ]);
    const asked = await ops.submit({
      action: 'Provision',
      lines: [machines(2, { vcpu: 100, memoryGiB: 4 })],
    });
    const refused = await request(asked, state('Returned'));
    const reasons = refused.status?.reasons ?? [];
    expect(reasons.map(({ code, where }) => `${code} ${where}`).sort()).toEqual([
      'E_POOL_NODE pool/extranet-arm64',
      'E_QUOTA_EXCEEDED organisation/441500/*/*/vcpu',
      'E_QUOTA_EXCEEDED organisation/441523/*/*/vcpu',
      'E_QUOTA_EXCEEDED pool/extranet-amd64/extranet/amd64/vcpu',
      'E_QUOTA_EXCEEDED pool/extranet-arm64/extranet/arm64/vcpu',
    ]);
    for (const { code, message } of reasons)
      expect(message).toMatch(code === 'E_POOL_NODE' ? '16 vCPU/64Gi' : /200/);
    expect(await told(asked, 'xian-ops', (all) => all.length > 0)).toEqual(['Warning Returned']);
    expect(await city.holds(asked)).toEqual([]);

    // Asked for less, it goes its way.
    await ops.edit(asked, { lines: [machines(1)] });
    await approve(city, asked);
    const [given] = await grantedBy(city, asked);
    await release(await accept(city, given as StoredAllocation));
  });
});

/** Asks for the release of something in use and has it approved. */
async function askRelease(of: StoredAllocation): Promise<StoredRequest> {
  const ops = await city.person(of.spec.requester.slice(of.spec.requester.lastIndexOf(':') + 1));
  const asked = await ops.submitChange(of, { action: 'Release' });
  await approve(city, asked);
  return asked;
}

async function release(of: StoredAllocation): Promise<void> {
  await askRelease(of);
  await allocation(of, state('Reclaimed'));
}

describe('a review', () => {
  /** The operator has so many of them in its picture: no object shows when it has heard of another one. */
  const heardOf = (plural: string, count: number) =>
    city.until(`the operator has heard of ${count} ${plural}`, async () =>
      new RegExp(`^govcloud_informer_objects\\{[^}]*"${plural}"[^}]*\\} ${count}$`, 'm').test(
        await city.metrics(),
      ),
    );

  it('keeps a unit’s own money within its budget, by what is granted and what others hold', async () => {
    const ops = await city.person('wjj-ops');
    // The money of one machine for one month.
    const priced = await request(await ops.submit({ action: 'Provision', lines: [machines(1)] }), inReview);
    const monthlyFen = priced.status?.quote?.monthlyFen ?? 0;
    await ops.withdraw(priced);
    const { items } = await city.hub.client.list(resourceOf(Project));
    const own = {
      title: { zh: '自筹项目' },
      approvalNumber: '测试6号',
      funding: 'department',
      budgetFen: monthlyFen,
      from: '2021-01-01',
      systems: ['jiankang'],
    };
    const metadata = { name: 'own-money', namespace: `gov-${WJJ}` };
    await city.hub.client.create(resourceOf(Project), {
      apiVersion: 'govcloud.dev/v1alpha1',
      kind: 'Project',
      metadata,
      spec: own,
    } as KubeObject);
    await heardOf('projects', items.length + 1);
    const today = cityDay(new Date().toISOString());
    const wish = { action: 'Provision' as const, project: 'own-money', until: dayAfter(today, 7) };
    const asked = await request(await ops.submit({ ...wish, lines: [machines(1)] }), inReview);
    const other = await request(await ops.submit({ ...wish, lines: [machines(1)] }), state('Returned'));
    expect(other.status?.reasons?.map(({ code }) => code)).toEqual(['E_BUDGET_EXCEEDED']);
    // What it repeats was pointed out, too.
    await ops.withdraw(asked);
    await request(asked, state('Withdrawn'));
    const again = await request(await ops.edit(other, {}), inReview);
    await ops.withdraw(again);
    await request(again, state('Withdrawn'));
  });

  it('is taken over by who stands in, as long as a delegation says so', async () => {
    const standin = await city.person('cloud-engineer');
    const reviewer = await city.person('initial-reviewer');
    const ops = await city.person('wjj-ops');
    const namespace = `gov-${WJJ}`;
    await city.hub.client.create(ROLE_BINDINGS, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'standin', namespace },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'govcloud-standin' },
      subjects: [{ kind: 'ServiceAccount', name: 'cloud-engineer', namespace: 'govcloud-people' }],
    } as KubeObject);
    const standsIn = { onBehalfOf: reviewer.account };
    const first = await request(await ops.submit({ action: 'Provision', lines: [machines(1)] }), inReview);
    // The role alone allows nothing: the decision is copied and counts for nothing.
    await city.until('the role is bound', async () => {
      try {
        await standin.decide(first, 'initial', 'approve', standsIn);
        return true;
      } catch (error) {
        if (isKubeError(error, 'E_API_FORBIDDEN')) return false;
        throw error;
      }
    });
    await city.until(
      'it is copied',
      async () => (await copiesOf(city.books, first.metadata.uid)).length === 1,
    );
    expect((await copiesOf(city.books, first.metadata.uid))[0]).toMatchObject(standsIn);
    expect((await copiesOf(city.books, first.metadata.uid))[0]).not.toHaveProperty('mandate');
    await ops.withdraw(first);
    expect((await request(first, state('Withdrawn'))).status?.decisions).toHaveLength(1);

    const day = cityDay(new Date().toISOString());
    const made = await reviewer.client.create(resourceOf(Delegation), {
      apiVersion: 'govcloud.dev/v1alpha1',
      kind: 'Delegation',
      metadata: { name: 'initial-1', namespace },
      spec: {
        madeBy: reviewer.account,
        reviewer: reviewer.account,
        standin: standin.account,
        step: 'initial',
        // A test may run over midnight.
        from: dayAfter(day, -1),
        until: dayAfter(day, 1),
        reason: '出差',
      },
    } as KubeObject);
    const asked = await ops.submit({ action: 'Provision', lines: [machines(1)] });
    await standin.decide(asked, 'initial', 'approve', standsIn);
    await request(asked, ({ status }) => status?.review?.openStep === 'technical');
    const [copy] = await copiesOf(city.books, asked.metadata.uid);
    expect(copy).toMatchObject({ ...standsIn, mandate: { uid: made.metadata.uid, name: 'initial-1' } });
    // It may be ended: what was decided by it stays.
    await reviewer.client.delete(resourceOf(Delegation), made.metadata);
    await (await city.person('technical-reviewer')).decide(asked, 'technical');
    await request(asked, ({ status }) => status?.review?.openStep === 'approval');
    await ops.withdraw(asked);
    await request(asked, state('Withdrawn'));
  });
});

describe('something in use', () => {
  let inUse: StoredAllocation;

  beforeAll(async () => {
    [inUse] = (await provide(city, 'wjj-ops', [machines(2, { vcpu: 4 })])) as [StoredAllocation];
  });

  const current = () => city.get(Allocation, inUse.metadata);

  it('takes one change at a time, however many are asked for at once', async () => {
    const ops = await city.person('wjj-ops');
    const of = await current();
    const lines = [machines(3, { vcpu: 4 })];
    const asked = await Promise.all(
      Array.from({ length: 6 }, () => ops.submitChange(of, { action: 'Resize', lines })),
    );
    const seen = await Promise.all(
      asked.map((it) => request(it, (now) => inReview(now) || state('Returned')(now))),
    );
    const codes = seen.map(({ status }) => status?.reasons?.map(({ code }) => code).join() ?? '');
    expect(codes.sort()).toEqual(['', ...Array.from({ length: 5 }, () => 'E_TARGET_BUSY')]);
    for (const it of seen) await request(await ops.withdraw(it), state('Withdrawn'));
  });

  it('grows: the books lead, the member follows', async () => {
    const ops = await city.person('wjj-ops');
    const before = Number((await city.balance(WJJ, 'posted'))['vcpu']);
    const asked = await ops.submitChange(await current(), {
      action: 'Resize',
      lines: [machines(3, { vcpu: 4 })],
    });
    await request(asked, inReview);
    // Held is the difference alone.
    expect(await city.balance(WJJ, 'pending')).toEqual({ vcpu: '4', memory: '4Gi', ssd: '20Gi' });
    await expect(
      request(await ops.submitChange(await current(), { action: 'Release' }), state('Returned')),
    ).resolves.toMatchObject({ status: { reasons: [{ code: 'E_TARGET_BUSY' }] } });
    await approve(city, asked);
    const grown = await allocation(inUse, ({ spec }) => spec.quantity === 3);
    expect(grown.spec).toMatchObject({ revision: 2, contentRevision: 2 });
    expect(Number((await city.balance(WJJ, 'posted'))['vcpu'])).toBe(before + 4);
    await accept(city, grown);
    expect(await inMember(MACHINES, inUse)).toHaveLength(3);
    await request(asked, state('InUse'));
  });

  it('shrinks: the credit follows what the member shows', async () => {
    const ops = await city.person('wjj-ops');
    const before = Number((await city.balance(POOL, 'posted'))['vcpu']);
    const disk = named(inUse, '-2-data');
    const patch = { metadata: { finalizers: [ATTACHED, 'kubernetes.io/pvc-protection'] } };
    await city.member.client.mergePatch(DISKS, disk, patch);
    const asked = await ops.submitChange(await current(), {
      action: 'Resize',
      lines: [machines(1, { vcpu: 4 })],
    });
    await approve(city, asked);
    const shrunk = await allocation(inUse, ({ spec }) => spec.quantity === 1);
    expect(shrunk.spec.pendingCredit).toMatchObject({ amounts: { vcpu: '8' } });
    await city.seenInMember(DISKS, disk, (it) => it?.metadata.deletionTimestamp !== undefined);
    await city.seenInMember(MACHINES, named(inUse, '-2'), (it) => it === undefined);
    expect(Number((await city.balance(POOL, 'posted'))['vcpu'])).toBe(before);
    expect((await current()).spec.pendingCredit).toBeDefined();
    await city.member.client.mergePatch(DISKS, disk, { metadata: { finalizers: null } });
    await allocation(inUse, ({ spec }) => spec.pendingCredit === undefined);
    expect(Number((await city.balance(POOL, 'posted'))['vcpu'])).toBe(before - 8);
    await accept(city, await current());
    await request(asked, state('InUse'));
  });

  it('cannot be given smaller disks: they do not shrink, and what they have stays theirs', async () => {
    const ops = await city.person('wjj-ops');
    const [disk] = await inMember(DISKS, inUse);
    expect(disk?.spec).toMatchObject({ resources: { requests: { storage: '20Gi' } } });
    const bigger = await ops.submitChange(await current(), {
      action: 'Resize',
      lines: [machines(1, { vcpu: 4, diskGiB: 40 })],
    });
    await approve(city, bigger);
    await accept(city, await allocation(inUse, ({ spec }) => spec.parameters['diskGiB'] === 40));
    const smaller = await ops.submitChange(await current(), {
      action: 'Resize',
      lines: [machines(1, { vcpu: 4, diskGiB: 20 })],
    });
    try {
      const answered = await request(smaller, (it) => inReview(it) || it.status?.state === 'Returned');
      expect(answered.status).toMatchObject({ state: 'Returned' });
    } finally {
      await ops.withdraw(smaller);
      await request(smaller, state('Withdrawn'));
    }
  });

  it('is renewed without a change to what it has', async () => {
    const ops = await city.person('wjj-ops');
    const before = await city.balance(WJJ, 'posted');
    const old = await current();
    const asked = await ops.submitChange(old, { action: 'Renew', until: '2100-06-30' });
    await approve(city, asked);
    const renewed = await allocation(inUse, ({ spec }) => spec.until === '2100-06-30');
    expect(renewed.spec).toMatchObject({
      revision: old.spec.revision + 1,
      contentRevision: old.spec.contentRevision,
    });
    expect(renewed.status?.state).toBe('InUse');
    expect(await city.balance(WJJ, 'posted')).toEqual(before);
    await request(asked, state('Approved'));
  });

  it('is released: taken out of the member, seen gone, then credited', async () => {
    const before = await city.balance(POOL, 'posted');
    const disk = named(inUse, '-0-data');
    const patch = { metadata: { finalizers: [ATTACHED, 'kubernetes.io/pvc-protection'] } };
    await city.member.client.mergePatch(DISKS, disk, patch);
    const asked = await askRelease(await current());
    await city.seenInMember(MACHINES, named(inUse, '-0'), (it) => it === undefined);
    await city.seenInMember(DISKS, disk, (it) => it?.metadata.deletionTimestamp !== undefined);
    expect(await city.balance(POOL, 'posted')).toEqual(before);
    await city.member.client.mergePatch(DISKS, disk, { metadata: { finalizers: null } });
    const gone = await allocation(inUse, state('Reclaimed'));
    const { vcpu, memory, ssd } = gone.spec.consumes;
    expect([vcpu, memory, ssd]).toEqual(['4', '4Gi', '40Gi']);
    expect(Number((await city.balance(POOL, 'posted'))['vcpu'])).toBe(Number(before['vcpu']) - 4);
    await request(asked, state('Reclaimed'));
    for (const resource of [MACHINES, DISKS, SECRETS, CONFIG_MAPS]) {
      expect((await inMember(resource, inUse)).map(({ metadata }) => metadata.name)).toEqual([]);
    }
    const secret = { namespace: inUse.metadata.namespace ?? '', name: `${inUse.metadata.name}-credentials` };
    await expect(city.hub.client.get(SECRETS, secret)).rejects.toSatisfy((it) =>
      isKubeError(it, 'E_API_NOT_FOUND'),
    );
    await expect(
      request(
        await (await city.person('wjj-ops')).submitChange(gone, { action: 'Release' }),
        state('Returned'),
      ),
    ).resolves.toMatchObject({ status: { reasons: [{ code: 'E_TARGET_RELEASED' }] } });
  });
});

describe('other services', () => {
  it('a work order is delivered with evidence, refused, delivered again, accepted, and given back by another', async () => {
    const [ops, engineer] = await Promise.all([city.person('wjj-ops'), city.person('cloud-engineer')]);
    const before = await city.balance(POOL, 'posted');
    const line = {
      name: 'host',
      item: 'physical-machine',
      quantity: 1,
      parameters: { vcpu: 16, memoryGiB: 64 },
    };
    const asked = await ops.submit({ action: 'Provision', arch: 'amd64', lines: [line] });
    await approve(city, asked);
    const [given] = (await grantedBy(city, asked)) as [StoredAllocation];
    const ordered = await allocation(given, (it) => conditionOf(it, 'Ready') !== undefined);
    expect(conditionOf(ordered, 'Ready')).toMatchObject({ status: 'False', reason: 'WorkOrderOpen' });
    await expect(ops.handOver(given, 'accept')).rejects.toThrow('E_NOT_DELIVERED');

    await engineer.handOver(given, 'deliver', { evidence: '交接单 1' });
    await allocation(given, state('PendingAcceptance'));
    await ops.handOver(given, 'refuse', { comment: '内存不符' });
    const refused = await allocation(given, state('PendingProvisioning'));
    expect(conditionOf(refused, 'Accepted')).toMatchObject({ status: 'False', reason: 'Refused' });
    await told(given, 'cloud-engineer', (all) => all.includes('Warning Refused'));
    await engineer.handOver(given, 'deliver', { evidence: '交接单 2' });
    const taken = await accept(city, given);
    expect(conditionOf(taken, 'Ready')?.message).toContain('交接单 2');

    const back = await askRelease(taken);
    await allocation(given, ({ spec }) => spec.released === true);
    expect(Number((await city.balance(POOL, 'posted'))['vcpu'])).toBe(Number(before['vcpu'] ?? 0) + 16);
    await engineer.handOver(given, 'deliver', { evidence: '拆除单 1' });
    await allocation(given, state('Reclaimed'));
    await request(back, state('Reclaimed'));
    expect(await city.balance(POOL, 'posted')).toEqual(before);
  });

  it('a container namespace goes with what is in it', async () => {
    const line = {
      name: 'ns',
      item: 'container-namespace',
      quantity: 1,
      parameters: { vcpu: 2, memoryGiB: 4, diskGiB: 10 },
    };
    const [given] = (await provide(city, 'xian-ops', [line])) as [StoredAllocation];
    const name = given.status?.namespace ?? '';
    expect(name).toContain(given.metadata.name);
    expect(await city.member.client.get(NAMESPACES, { name })).toMatchObject({
      metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
    });
    await release(given);
    await city.seenInMember(NAMESPACES, { name }, (it) => it === undefined);
  });

  it('a database scaled by hand in the member shows as a difference; what others added stays', async () => {
    const [given] = (await provide(city, 'wjj-ops', [databases(1)])) as [StoredAllocation];
    const server = named(given, '-0');
    const asOther = { fieldManager: 'kubectl' };
    await city.member.client.mergePatch(
      STATEFUL_SETS,
      server,
      { metadata: { labels: { team: 'dba' } } },
      asOther,
    );
    await city.member.client.mergePatch(STATEFUL_SETS, server, { spec: { replicas: 2 } }, asOther);
    const drifted = await allocation(given, (it) => conditionOf(it, 'InSync')?.status === 'False');
    expect(conditionOf(drifted, 'InSync')?.message).toContain(
      `StatefulSet/${given.metadata.name}-0 spec.replicas: 2 (1)`,
    );
    expect(drifted.status?.state).toBe('InUse');
    expect(await city.member.client.get(STATEFUL_SETS, server)).toMatchObject({ spec: { replicas: 2 } });

    await city.member.client.mergePatch(STATEFUL_SETS, server, { spec: { replicas: 1 } }, asOther);
    await allocation(given, (it) => conditionOf(it, 'InSync')?.status === 'True');
    const seen = await told(given, 'wjj-ops', (all) => all.includes('Normal AsApproved'));
    expect(seen.slice(-2)).toEqual(['Warning Drifted', 'Normal AsApproved']);
    expect(await city.member.client.get(STATEFUL_SETS, server)).toMatchObject({
      metadata: { labels: { team: 'dba' } },
    });
    await release(given);
    await city.seenInMember(STATEFUL_SETS, server, (it) => it === undefined);
  });
});

describe('another whole city in another folder', () => {
  it('grants while this one is down, and this one when that one is gone; each has its own', async () => {
    const pidsOf = ({ home }: SmallCity) =>
      listProcesses(home.dir).map(({ name, pid, alive }) => ({ name, pid, alive }));
    /** Everything of ours on a hub, by uid, and all that its books hold posted. */
    const standing = async (of: SmallCity) => {
      const objects: string[] = [];
      for (const kind of KINDS) {
        const { items } = await of.hub.client.list(resourceOf(kind));
        objects.push(...items.map(({ metadata }) => `${kind.kind}/${metadata.uid}`));
      }
      const balances = await readBalances(of.books);
      return {
        objects: objects.sort(),
        posted: balances.map(({ account, posted }) => `${accountPath(account)} ${posted.value}`).sort(),
      };
    };
    const wish = { action: 'Provision' as const, lines: [machines(1)] };
    const asked = await (await city.person('wjj-ops')).submit(wish, 'beside');
    await city.seen(ResourceRequest, asked.metadata, inReview);
    const before = await standing(city);
    const other = await SmallCity.start();
    try {
      const [here, there] = [pidsOf(city), pidsOf(other)];
      expect(there.map(({ name }) => name).sort()).toEqual(here.map(({ name }) => name).sort());
      await city.kill();
      await city.kill('postgres');
      const restartMember = await city.killApiServer(city.member.name);

      // The same people ask for the same under the same name.
      const theirs = await (await other.person('wjj-ops')).submit(wish, 'beside');
      await approve(other, theirs);
      const [granted] = (await grantedBy(other, theirs)) as [StoredAllocation];
      await accept(other, granted);
      expect(await other.machinesOf(granted)).toHaveLength(1);
      await other.verifyBooks();

      await Promise.all([restartMember(), startPostgres(city.home, { unsafeNoFsync: true })]);
      await city.startOperator();
      // Nothing of it has gone to this one, and nothing of this one's end to it.
      expect(await standing(city)).toEqual(before);
      expect(await city.machinesOf(granted)).toEqual([]);
      expect(await city.ledgerOf(theirs)).toEqual([]);
      expect(pidsOf(other)).toEqual(there);
    } finally {
      await other.stop();
    }
    expect(pidsOf(city).every(({ alive }) => alive)).toBe(true);
    await approve(city, asked);
    const [own] = (await grantedBy(city, asked)) as [StoredAllocation];
    await accept(city, own);
    expect(await city.machinesOf(own)).toHaveLength(1);
    await city.verifyBooks();
  });
});

describe('a hold that lapses', () => {
  afterAll(async () => {
    await city.kill();
    await city.startOperator();
  });

  const lasts = async (seconds: number) => {
    await city.kill();
    await city.startOperator('operator', { GOVCLOUD_HOLD_SECONDS: String(seconds) });
  };

  it('under review goes back to quoting: a new hold, a new ticket, the first step', async () => {
    await lasts(3);
    const ops = await city.person('wjj-ops');
    const asked = await ops.submit({ action: 'Provision', lines: [machines(1)] });
    const first = await request(asked, inReview);
    await request(asked, ({ status }) => (status?.hold?.attempt ?? 0) > 1);
    const [lapsed] = await city.holds(asked);
    expect(lapsed).toMatchObject({ attempt: 1, state: 'expired' });
    await lasts(86_400);
    // The attempt under way still lapses; the next one lasts.
    const lasting = await request(
      asked,
      ({ status }) => Date.parse(status?.hold?.expiresAt ?? '') > Date.now() + 3_600_000,
    );
    expect(lasting.status?.review).toMatchObject({ openStep: 'initial', generation: 1 });
    expect(lasting.status?.review?.ticket).not.toBe(first.status?.review?.ticket);
    await approve(city, asked);
    const granted = await grantedBy(city, asked);
    expect(granted).toHaveLength(1);
    const posted = (await city.holds(asked)).filter(({ state }) => state === 'posted');
    expect(posted).toHaveLength(1);
    await release(await accept(city, granted[0] as StoredAllocation));
  });

  it('after the last approval but before it was posted grants nothing; the new hold is reviewed anew', async () => {
    await lasts(8);
    const ops = await city.person('xian-ops');
    const asked = await ops.submit({ action: 'Provision', lines: [machines(1)] });
    await (await city.person('xian-bureau')).decide(asked, 'initial');
    const seen = await request(asked, ({ status }) => status?.review?.openStep === 'approval');
    await city.kill();
    await (await city.person('approver')).decide(asked, 'approval');
    const expiry = Date.parse(seen.status?.hold?.expiresAt ?? '');
    await city.until('the hold is due', () => Date.now() > expiry);
    await city.startOperator('operator', { GOVCLOUD_HOLD_SECONDS: '86400' });
    const again = await request(asked, ({ status }) => (status?.hold?.attempt ?? 0) > 1);
    expect(again.status).toMatchObject({ phase: 'InReview', review: { openStep: 'initial' } });
    expect((await city.holds(asked)).map(({ state }) => state)).toEqual(['expired', 'pending']);
    await ops.withdraw(asked);
    await request(asked, state('Withdrawn'));
  });

  it('of a returned request is given back too', async () => {
    await lasts(5);
    const ops = await city.person('xian-ops');
    const asked = await ops.submit({ action: 'Provision', lines: [machines(1)] });
    await (await city.person('xian-bureau')).decide(asked, 'initial', 'return');
    await request(asked, state('Returned'));
    await city.until('the hold has lapsed', async () =>
      (await city.holds(asked)).every(({ state }) => state === 'expired'),
    );
    expect((await city.get(ResourceRequest, asked.metadata)).status?.state).toBe('Returned');
    await ops.withdraw(asked);
    await request(asked, state('Withdrawn'));
  });
});
