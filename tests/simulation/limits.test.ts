import { beforeEach, expect, it } from 'vitest';
import { Quota } from '../../api/v1alpha1/index.ts';
import { quota } from '../../domain/testing/city.ts';
import type { Kept } from './api.ts';
import { limits } from './city.ts';
import { Operator } from './operator.ts';
import { World } from './world.ts';

type StoredQuota = Quota & Kept;

let world: World;
let operator: Operator;

/** Reconciles what has changed until nothing changes any more, every quota with it. */
async function rest(): Promise<void> {
  for (let before = -1; before !== world.hub.writes; ) {
    before = world.hub.writes;
    for (const key of world.hub.store(Quota.plural).keys()) world.dirty.add(`${Quota.plural} ${key}`);
    for (const task of world.dirty) {
      world.dirty.delete(task);
      operator.sync();
      await operator.reconcile(task);
    }
    world.hub.sweep();
  }
}

/** Gives hetian, which has 16 cores from luhe, so many from another organisation, as no admission hinders here. */
async function give(name: string, cores: number, namespace = 'gov-haifeng'): Promise<void> {
  const { spec } = quota('luhe', { child: { organization: 'hetian' }, limits: limits(cores) });
  world.hub.create(Quota.plural, {
    apiVersion: 'govcloud.dev/v1alpha1',
    kind: 'Quota',
    metadata: { name, namespace },
    spec,
  } as StoredQuota);
  await rest();
}

async function take(name: string, namespace = 'gov-haifeng'): Promise<void> {
  world.hub.delete(Quota.plural, { namespace, name });
  await rest();
}

/** Cores that hetian may have. */
const hard = () =>
  world.books
    .balances(['hetian'])
    .filter(({ account: { zone, resource } }) => zone === '*' && resource === 'vcpu')
    .map((it) => Number(it.hard.value) / 1000);

const posted = (name: string, namespace = 'gov-haifeng') => {
  const { status } = world.hub.get<StoredQuota>(Quota.plural, `${namespace}/${name}`) as StoredQuota;
  const { conditions = [], free } = status ?? {};
  return { conditions: conditions.map((it) => `${it.type} ${it.status} ${it.reason}`), free: free?.vcpu };
};
/** Hetian is not below haifeng, which gives to it. */
const TAKEN = { conditions: ['Posted False AccountTaken', 'ResolvedRefs False NotFound'], free: undefined };
const SETS = { conditions: ['Posted True Posted', 'Overdrawn False Within', 'ResolvedRefs True Resolved'] };
const SETS_OF_ANOTHER = { conditions: [...SETS.conditions.slice(0, 2), 'ResolvedRefs False NotFound'] };

beforeEach(async () => {
  world = new World();
  operator = new Operator(world, async () => undefined, 0);
  await rest();
});

it('a second quota for one account is not posted, is told why, and leaves nothing when it goes', async () => {
  world.pass(1);
  await give('more', 20);
  expect(hard()).toEqual([16]);
  expect(posted('more')).toEqual(TAKEN);
  const { status } = world.hub.get<StoredQuota>(Quota.plural, 'gov-haifeng/more') as StoredQuota;
  expect(status?.conditions?.[0]?.message).toContain('gov-luhe/hetian');
  expect(posted('hetian', 'gov-luhe')).toMatchObject({ ...SETS, free: '16' });
  await take('more');
  expect(hard()).toEqual([16]);
});

it('a second quota takes over from the first one that goes, and the account is never without a limit', async () => {
  world.pass(1);
  await give('more', 20);
  const before = world.books.transactions.length;
  await take('hetian', 'gov-luhe');
  expect(hard()).toEqual([20]);
  expect(posted('more')).toMatchObject({ ...SETS_OF_ANOTHER, free: '20' });
  expect(world.books.transactions.slice(before).map(({ step }) => step)).toEqual(['limit']);
  await take('more');
  expect(hard()).toEqual([0]);
});

it('a quota that another one had ousted is posted again when that one goes', async () => {
  await give('a', 20);
  expect(hard()).toEqual([20]);
  await take('a');
  expect(hard()).toEqual([16]);
  expect(posted('hetian', 'gov-luhe')).toMatchObject({ ...SETS, free: '16' });
});

it('an operator whose picture is older than the books sets no older limit', async () => {
  const key = 'gov-luhe/hetian';
  const quotas = world.hub.store(Quota.plural);
  const old = quotas.get(key) as Kept & StoredQuota;
  world.hub.update(Quota.plural, { ...old, spec: { ...old.spec, limits: limits(30) } });
  await rest();
  const present = quotas.get(key) as Kept;
  quotas.set(key, old);
  const successor = new Operator(world, async () => undefined, 0);
  quotas.set(key, present);
  await expect(successor.reconcile(`${Quota.plural} ${key}`)).rejects.toThrow('E_BOOKS_AHEAD');
  expect(hard()).toEqual([30]);
});

it('a grant begins and lapses by itself, each on its day, though the operator is late', async () => {
  const task = `${Quota.plural} gov-luhe/hetian`;
  const stored = () => world.hub.get<StoredQuota>(Quota.plural, 'gov-luhe/hetian') as StoredQuota;
  const grants = [
    { name: 'flood', limits: limits(8), from: '2026-11-25', until: '2026-11-26', basis: '防汛' },
    { name: 'census', limits: limits(4), from: '2026-11-26', until: '2026-11-26', basis: '普查' },
  ];
  world.hub.update(Quota.plural, { ...stored(), spec: { ...stored().spec, grants } });
  await rest();
  const dated = () => world.books.transactions.at(-1)?.effectiveAt.toISOString();
  const sleep = async (lateMs: number) => {
    world.now += ((await operator.reconcile(task)) ?? Number.NaN) + lateMs;
    await rest();
  };
  expect(hard()).toEqual([16]);
  expect(stored().status?.changesOn).toBe('2026-11-25');
  await sleep(-1);
  expect(hard()).toEqual([16]);
  await sleep(0);
  expect([hard(), dated()]).toEqual([[24], '2026-11-24T16:00:00.000Z']);
  await sleep(5 * 3_600_000);
  expect([hard(), dated()]).toEqual([[28], '2026-11-25T16:00:00.000Z']);
  expect(posted('hetian', 'gov-luhe')).toMatchObject({ ...SETS, free: '28' });
  await sleep(0);
  expect([hard(), dated()]).toEqual([[16], '2026-11-26T16:00:00.000Z']);
  // Both days that a successor finds gone by are in the books, one after the other.
  const { grants: _, ...spec } = stored().spec;
  const later = [
    { name: 'later', limits: limits(2), from: '2026-12-01', until: '2026-12-02', basis: '备用' },
    { name: 'more', limits: limits(3), from: '2026-12-02', until: '2026-12-31', basis: '备用' },
  ];
  world.hub.update(Quota.plural, { ...stored(), spec: { ...spec, grants: later } });
  await rest();
  const before = world.books.transactions.length;
  world.now = Date.parse('2026-12-03T04:00:00Z');
  operator = new Operator(world, async () => undefined, 0);
  await rest();
  const entered = world.books.transactions.slice(before).map(({ effectiveAt }) => effectiveAt.toISOString());
  expect(entered).toEqual([
    '2026-11-30T16:00:00.000Z',
    '2026-12-01T16:00:00.000Z',
    '2026-12-02T16:00:00.000Z',
  ]);
  expect(hard()).toEqual([19]);
  world.now = Date.parse('2027-01-01T04:00:00Z');
  await rest();
  expect(await operator.reconcile(task)).toBeUndefined();
  expect(stored().status).toMatchObject({ hard: { vcpu: '16' } });
});

it('what is changed in the middle of a grant counts from now, and one that ends far off is looked at every day', async () => {
  const stored = () => world.hub.get<StoredQuota>(Quota.plural, 'gov-luhe/hetian') as StoredQuota;
  const give = async (cores: number) => {
    const grants = [
      { name: 'flood', limits: limits(cores), from: '2026-11-01', until: '2099-12-31', basis: '防汛' },
    ];
    world.hub.update(Quota.plural, { ...stored(), spec: { ...stored().spec, grants } });
    await rest();
  };
  await give(8);
  world.now += 3_600_000;
  await give(10);
  expect(hard()).toEqual([26]);
  expect(world.books.transactions.at(-1)?.effectiveAt.getTime()).toBe(world.now);
  expect(await operator.reconcile(`${Quota.plural} gov-luhe/hetian`)).toBe(86_400_000);
});

it('a loan lowers one side and raises the other on its days, though the operator is late, and returns by itself', async () => {
  const stored = (name: string) =>
    world.hub.get<StoredQuota>(Quota.plural, `gov-shanwei/${name}`) as StoredQuota;
  const loan = (more: Partial<NonNullable<Quota['spec']['loans']>[number]> = {}) => ({
    name: 'flood',
    borrower: 'luhe',
    limits: limits(8),
    from: '2026-11-26',
    until: '2026-11-27',
    basis: '防汛',
    ...more,
  });
  const lend = async (...loans: readonly ReturnType<typeof loan>[]) => {
    const it = stored('haifeng');
    world.hub.update(Quota.plural, { ...it, spec: { ...it.spec, loans: [...loans] } });
    await rest();
  };
  const cores = (holder: string) =>
    world.books
      .balances([holder])
      .filter(({ account: { zone, arch, resource } }) => zone === '*' && arch === '*' && resource === 'vcpu')
      .map((it) => Number(it.hard.value) / 1000);
  const both = () => [...cores('haifeng'), ...cores('luhe')];
  const dated = (since: number) =>
    world.books.transactions.slice(since).map(({ effectiveAt }) => effectiveAt.toISOString());
  const passTo = async (time: string) => {
    const before = world.books.transactions.length;
    world.now = Date.parse(time);
    await rest();
    return dated(before).sort();
  };
  await lend(loan());
  expect(both()).toEqual([30, 40]);
  expect(['haifeng', 'luhe'].map((it) => stored(it).status?.changesOn)).toEqual(['2026-11-26', '2026-11-26']);
  // It begins at midnight; nobody looks until five in the morning.
  expect(await passTo('2026-11-25T21:00:00Z')).toEqual([
    '2026-11-25T16:00:00.000Z',
    '2026-11-25T16:00:00.000Z',
  ]);
  expect(both()).toEqual([22, 48]);
  expect(posted('luhe', 'gov-shanwei')).toMatchObject({ ...SETS, free: '48' });
  // Returned before its day: now, on both sides, and the past stays.
  world.now += 3_600_000;
  const now = new Date(world.now).toISOString();
  const before = world.books.transactions.length;
  await lend(loan({ until: '2026-11-25', from: '2026-11-25' }));
  expect(both()).toEqual([30, 40]);
  expect(new Set(dated(before))).toEqual(new Set([now]));
  // One that began before it was written counts from when it was written, on both sides.
  const later = world.books.transactions.length;
  await lend(loan({ from: '2026-11-01' }));
  expect(both()).toEqual([22, 48]);
  expect(new Set(dated(later))).toEqual(new Set([now]));
  // Also where the borrower's limit was last set before it began.
  world.now = Date.parse('2026-11-26T21:00:00Z');
  const late = world.books.transactions.length;
  await lend(loan({ from: '2026-11-26' }), loan({ name: 'more', limits: limits(1), from: '2026-11-27' }));
  expect(both()).toEqual([21, 49]);
  expect(new Set(dated(late))).toEqual(new Set([new Date(world.now).toISOString()]));
  // A successor finds it gone by.
  operator = new Operator(world, async () => undefined, 0);
  expect(await passTo('2026-12-03T04:00:00Z')).toEqual([
    '2026-11-27T16:00:00.000Z',
    '2026-11-27T16:00:00.000Z',
  ]);
  expect(both()).toEqual([30, 40]);
});

it('a loan of more than there is counts on neither side and is told; a borrower that goes gives it back', async () => {
  const stored = (name: string) =>
    world.hub.get<StoredQuota>(Quota.plural, `gov-shanwei/${name}`) as StoredQuota;
  const lend = async (cores: number) => {
    const it = stored('haifeng');
    const loan = {
      name: 'all',
      borrower: 'luhe',
      limits: limits(cores),
      from: '2026-11-01',
      until: '2099-12-31',
      basis: '防汛',
    };
    world.hub.update(Quota.plural, { ...it, spec: { ...it.spec, loans: [loan] } });
    await rest();
  };
  await lend(31);
  expect(posted('haifeng', 'gov-shanwei')).toMatchObject({
    conditions: [...SETS.conditions.slice(0, 2), 'ResolvedRefs False NotFound'],
    free: '30',
  });
  expect(stored('haifeng').status?.conditions?.at(-1)?.message).toContain('E_LOAN_EXCEEDED spec.loans[all]');
  expect(stored('luhe').status?.free?.['vcpu']).toBe('40');
  await lend(30);
  expect([stored('haifeng').status?.free?.['vcpu'], stored('luhe').status?.free?.['vcpu']]).toEqual([
    '0',
    '70',
  ]);
  world.hub.delete(Quota.plural, { namespace: 'gov-shanwei', name: 'luhe' });
  await rest();
  expect(stored('haifeng').status?.free?.['vcpu']).toBe('30');
  expect(stored('haifeng').status?.conditions?.at(-1)?.message).toContain('E_LOAN_BORROWER');
});

it('a soft limit is told once more than it is granted or held, and moves with a grant', async () => {
  const stored = () => world.hub.get<StoredQuota>(Quota.plural, 'gov-luhe/hetian') as StoredQuota;
  const set = async (spec: Partial<Quota['spec']>) => {
    world.hub.update(Quota.plural, { ...stored(), spec: { ...stored().spec, ...spec } });
    await rest();
  };
  await set({ soft: { vcpu: '12' } });
  expect(posted('hetian', 'gov-luhe').conditions).toContain('AboveSoft False WithinSoft');
  const grant = { name: 'more', limits: limits(4), from: '2026-11-01', basis: '防汛' };
  await set({ grants: [grant] });
  expect(stored().status?.soft).toEqual({ vcpu: '16' });
});
