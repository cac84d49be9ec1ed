import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reasonText } from '../errors.ts';
import { Amount, ResourceVector } from '../quantity.ts';
import { demandsOn } from '../quota/accounts.ts';
import { type Balance, balancesByPath, type Demand } from '../quota/fit.ts';
import { balances, cluster, frozen, machineItem, pool, poolScope } from '../testing/city.ts';
import { SEEDED } from '../testing/seed.ts';
import type { Candidate, Workload } from './filter.ts';
import { placeWorkload } from './place.ts';

const workload: Workload = { zone: 'extranet', mlps: 3, items: [machineItem()] };
const amounts = ResourceVector.parse({ vcpu: '8', memory: '16Gi' });
const plenty = { vcpu: '100', memory: '400Gi', ssd: '1Ti', hdd: '1Ti' };

function candidate(
  name: string,
  spec: Parameters<typeof pool>[1] = {},
  at: Candidate['cluster'] = cluster('m', spec.zone ?? 'extranet'),
): Candidate {
  return { pool: pool(name, spec), cluster: at };
}

function room(
  candidates: readonly Candidate[],
  used: Readonly<Record<string, string>> = {},
): readonly Balance[] {
  return candidates.flatMap((it) => {
    const posted = used[it.pool.metadata.name];
    return balances(poolScope(it.pool), plenty, posted === undefined ? {} : { posted: { vcpu: posted } });
  });
}

/** Without quotas of an architecture. */
function place(
  asked: Workload,
  candidates: readonly Candidate[],
  taken: ResourceVector,
  figures: readonly Balance[],
  released: readonly Demand[] = [],
) {
  return placeWorkload(asked, candidates, taken, balancesByPath(figures), () => [], released);
}

describe('placeWorkload', () => {
  it.each<[string, Candidate, Workload, string[]]>([
    ['another zone', candidate('p', { zone: 'internet' }), workload, ['E_POOL_ZONE']],
    [
      'another architecture',
      candidate('p', { arch: 'arm64' }),
      { ...workload, arch: 'amd64' },
      ['E_POOL_ARCH'],
    ],
    [
      'an item not offered in the zone or on the architecture',
      candidate('p', { arch: 'arm64' }),
      { ...workload, items: [machineItem({ zones: ['internet'], archs: ['amd64'] })] },
      ['E_POOL_ITEM_ZONE', 'E_POOL_ITEM_ARCH'],
    ],
    [
      'an MLPS level above the zone’s',
      candidate('p', {}, cluster('m', 'extranet', { maxMlps: 2 })),
      workload,
      ['E_POOL_MLPS'],
    ],
    [
      'a change of what stands elsewhere',
      candidate('p'),
      { ...workload, standsIn: 'other' },
      ['E_POOL_TARGET'],
    ],
    [
      'a member that is not ready',
      candidate('p', {}, cluster('m', 'extranet', { ready: 'False' })),
      workload,
      ['E_POOL_NOT_READY'],
    ],
    [
      'a member that is not known yet',
      candidate('p', {}, cluster('m', 'extranet', { ready: 'Unknown' })),
      workload,
      ['E_POOL_NOT_READY'],
    ],
    [
      'a member of another zone than its pool’s',
      candidate('p', {}, cluster('m', 'internet')),
      workload,
      ['E_CLUSTER_ZONE'],
    ],
    ['a pool without a member', { pool: pool('p'), cluster: undefined }, workload, ['E_POOL_NOT_READY']],
    [
      'everything at once',
      candidate(
        'p',
        { zone: 'internet', arch: 'arm64' },
        cluster('m', 'internet', { maxMlps: 2, ready: 'False' }),
      ),
      { ...workload, arch: 'amd64', items: [machineItem({ zones: ['extranet'], archs: ['amd64'] })] },
      [
        'E_POOL_ZONE',
        'E_POOL_ARCH',
        'E_POOL_ITEM_ZONE',
        'E_POOL_ITEM_ARCH',
        'E_POOL_MLPS',
        'E_POOL_NOT_READY',
      ],
    ],
  ])('refuses %s', (_, it, asked, codes) => {
    const { chosen, verdicts } = place(asked, [it], amounts, room([it]));
    expect(chosen).toBeUndefined();
    expect(verdicts).toEqual([{ pool: 'p', chosen: false, reasons: expect.anything() }]);
    expect(verdicts[0]?.reasons.map(({ code }) => code)).toEqual(codes);
    // A hole in a sentence throws.
    for (const why of verdicts[0]?.reasons ?? [])
      expect(reasonText(why, 'zh')).not.toBe(reasonText(why, 'en'));
  });

  it('tells every resource that a pool lacks, beside what its filters say', () => {
    const it = candidate('p', { zone: 'internet' });
    const { verdicts } = place(
      workload,
      [it],
      ResourceVector.parse({ vcpu: '101', memory: '401Gi' }),
      room([it]),
    );
    expect(verdicts[0]?.reasons.map(({ code, where }) => `${code} ${where ?? ''}`)).toEqual([
      'E_POOL_ZONE ',
      'E_QUOTA_EXCEEDED pool/p/internet/amd64/vcpu',
      'E_QUOTA_EXCEEDED pool/p/internet/amd64/memory',
    ]);
  });

  it('keeps a change where it stands, though its member is down and another pool is emptier', () => {
    const down = cluster('member-extranet', 'extranet', { ready: 'False' });
    const candidates = [candidate('a'), candidate('b', {}, down)];
    const { chosen } = place(
      { ...workload, standsIn: 'b' },
      candidates,
      amounts,
      room(candidates, { b: '50' }),
    );
    expect(chosen?.pool.metadata.name).toBe('b');
  });

  it('takes the pool that keeps the largest free share of its scarcest resource', () => {
    const [a, b, c] = [candidate('a'), candidate('b'), candidate('c')];
    const all = [a, b, c];
    expect(place(workload, all, amounts, room(all, { a: '20', b: '10', c: '30' })).chosen).toBe(b);
    // b has most vCPU left, but its memory is nearly gone.
    const scarce = [
      ...room([a, c], { a: '20', c: '30' }),
      ...balances(poolScope(b.pool), plenty, { posted: { memory: '380Gi' } }),
    ];
    expect(place(workload, all, amounts, scarce).chosen).toBe(a);
  });

  it('compares shares, not amounts', () => {
    const [small, large] = [candidate('small'), candidate('large')];
    const figures = [
      ...balances(poolScope(small.pool), { ...plenty, vcpu: '100' }),
      ...balances(poolScope(large.pool), { ...plenty, vcpu: '1000' }, { posted: { vcpu: '500' } }),
    ];
    expect(place(workload, [small, large], amounts, figures).chosen).toBe(small);
  });

  it('counts what the present hold gives back as free, also when it compares pools', () => {
    const candidates = [candidate('a'), candidate('b')];
    const held = demandsOn(poolScope((candidates[0] as Candidate).pool), amounts);
    const figures = [
      ...balances(poolScope(pool('a')), plenty, { pending: amounts.toQuantities() }),
      ...balances(poolScope(pool('b')), plenty),
    ];
    // Once it is given back both pools are alike, and the first by name is taken: the request stays where it was.
    expect(place(workload, candidates, amounts, figures, held).chosen?.pool.metadata.name).toBe('a');
  });

  const pools = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1 });
  const posted = fc.dictionary(
    fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    fc.integer({ min: 0, max: 120 }).map(String),
  );

  it('takes the same pool whatever the order of pools and balances, and only one that fits', () => {
    fc.assert(
      fc.property(
        pools,
        posted,
        fc.integer({ min: 1, max: 100 }),
        fc.func(fc.nat()),
        (names, used, vcpu, order) => {
          const shuffle = <T>(list: readonly T[]) => [...list].sort((x, y) => order(x) - order(y));
          const asked = ResourceVector.parse({ vcpu: String(vcpu) });
          const candidates = names.map((name) => candidate(name));
          const first = place(workload, frozen(candidates), asked, room(candidates, used));
          const second = place(workload, shuffle(candidates), asked, shuffle(room(candidates, used)));
          expect(second.chosen).toBe(first.chosen);
          const free = (name: string) => 100 - Number(used[name] ?? '0');
          const fits = names.filter((name) => free(name) >= vcpu);
          expect(first.chosen === undefined).toBe(fits.length === 0);
          const fitting = first.verdicts.filter(({ reasons }) => reasons.length === 0).map((it) => it.pool);
          expect(fitting.sort()).toEqual(fits.sort());
          expect(first.verdicts.filter((it) => it.chosen)).toHaveLength(fits.length > 0 ? 1 : 0);
        },
      ),
      SEEDED,
    );
  });

  it('fills pools evenly: no two that are alike differ by more than one workload', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 5 }), fc.integer({ min: 1, max: 30 }), (count, times) => {
        const candidates = Array.from({ length: count }, (_, index) => candidate(`p${index}`));
        const used = new Map(candidates.map((it) => [it.pool.metadata.name, 0n]));
        for (let n = 0; n < times; n++) {
          const figures = candidates.flatMap((it) =>
            balances(poolScope(it.pool), { vcpu: '1000', memory: '1Ti' }).map((balance) =>
              balance.account.resource === 'vcpu'
                ? { ...balance, posted: Amount.of('millicores', used.get(it.pool.metadata.name) ?? 0n) }
                : balance,
            ),
          );
          const { chosen } = place(workload, candidates, ResourceVector.of({ vcpu: 8000n }), figures);
          const name = chosen?.pool.metadata.name ?? '';
          used.set(name, (used.get(name) ?? 0n) + 8000n);
        }
        const values = [...used.values()].sort((x, y) => Number(x - y));
        expect(Number((values.at(-1) ?? 0n) - (values[0] ?? 0n))).toBeLessThanOrEqual(8000);
      }),
      SEEDED,
    );
  });
});
