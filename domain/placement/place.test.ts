import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MemberCluster, ParameterValues } from '../../api/v1alpha1/index.ts';
import { reasonText } from '../errors.ts';
import { Amount, ResourceVector } from '../quantity.ts';
import { demandsOn } from '../quota/accounts.ts';
import { type Balance, balancesByPath, type Demand } from '../quota/fit.ts';
import { balances, cluster, frozen, machineItem, pool } from '../testing/city.ts';
import { SEEDED } from '../testing/seed.ts';
import { type Candidate, candidateOf, type Workload, workloadItem } from './filter.ts';
import { FILTERS } from './filters/index.ts';
import { accountOf, placeWorkload } from './place.ts';

/** The item as a line of a request asks for it: units of 8 vCPU and 32 GiB. */
const line = (spec: Parameters<typeof machineItem>[0] = {}, parameters: ParameterValues = {}) =>
  workloadItem(machineItem(spec), parameters, ResourceVector.parse({ vcpu: '8', memory: '32Gi' }));
const workload: Workload = { zone: 'extranet', mlps: 3, items: [line()] };
const amounts = ResourceVector.parse({ vcpu: '8', memory: '16Gi' });
const plenty = { vcpu: '100', memory: '400Gi', ssd: '1Ti', hdd: '1Ti' };

function candidate(
  name: string,
  spec: Parameters<typeof pool>[1] = {},
  at: MemberCluster | undefined = cluster('m', spec.zone ?? 'extranet'),
): Candidate {
  return candidateOf(pool(name, spec), at);
}

function room(
  candidates: readonly Candidate[],
  used: Readonly<Record<string, string>> = {},
): readonly Balance[] {
  return candidates.flatMap((it) => {
    const posted = used[it.pool.name];
    return balances(accountOf(it.pool), plenty, posted === undefined ? {} : { posted: { vcpu: posted } });
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
  return placeWorkload({
    workload: asked,
    candidates,
    amounts: taken,
    balances: balancesByPath(figures),
    quotasAt: () => [],
    released,
  });
}

const WITH_IMAGES = {
  parameters: [
    {
      name: 'os',
      title: { zh: '操作系统' },
      type: 'string' as const,
      required: false,
      values: ['openeuler', 'windows'],
      valueArchs: [{ value: 'windows', archs: ['amd64' as const] }],
    },
  ],
};

type Nodes = NonNullable<NonNullable<MemberCluster['status']>['nodes']>[number];

function node(arch: Nodes['arch'], ...largest: Nodes['largest']): Nodes {
  return { arch, count: largest.length, largest };
}

function memberOf(spec: Partial<MemberCluster['spec']>, nodes?: readonly Nodes[]): MemberCluster {
  const member = cluster('m', 'extranet');
  return {
    ...member,
    spec: { ...member.spec, ...spec },
    status: { ...member.status, ...(nodes ? { nodes: [...nodes] } : {}) },
  };
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
      { ...workload, items: [line({ zones: ['internet'], archs: ['amd64'] })] },
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
    ['a pool without a member', candidateOf(pool('p'), undefined), workload, ['E_POOL_NOT_READY']],
    [
      'an image that the item has on another architecture',
      candidate('p', { arch: 'arm64' }),
      { ...workload, items: [line(WITH_IMAGES, { os: 'windows' })] },
      ['E_POOL_VALUE_ARCH'],
    ],
    ['a system that needs Xinchuang', candidate('p'), { ...workload, xinchuang: true }, ['E_POOL_XINCHUANG']],
    [
      'data above what the zone may hold',
      candidate('p', {}, memberOf({ maxDataClass: 'internal' })),
      { ...workload, dataClass: 'sensitive' },
      ['E_POOL_DATA_CLASS'],
    ],
    [
      'a recovery of what stands in the same zone',
      candidate('p'),
      { ...workload, recoveryOf: [{ allocation: 'db', zone: 'extranet', pool: 'other' }] },
      ['E_POOL_RECOVERY'],
    ],
    [
      'what is to be apart from something in the pool',
      candidate('p'),
      { ...workload, apartFrom: [{ allocation: 'db', zone: 'extranet', pool: 'p' }] },
      ['E_POOL_APART'],
    ],
    [
      'a unit larger than every node, though all of them together would do',
      candidate(
        'p',
        {},
        memberOf({}, [node('amd64', { vcpu: '64', memory: '16Gi' }, { vcpu: '4', memory: '1Ti' })]),
      ),
      { ...workload, items: [line({ onOneNode: true })] },
      ['E_POOL_NODE'],
    ],
    [
      'everything at once',
      candidate(
        'p',
        { zone: 'internet', arch: 'arm64' },
        cluster('m', 'internet', { maxMlps: 2, ready: 'False' }),
      ),
      { ...workload, arch: 'amd64', items: [line({ zones: ['extranet'], archs: ['amd64'] })] },
      [
        'E_POOL_ZONE',
        'E_POOL_ITEM_ZONE',
        'E_POOL_ARCH',
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

  it.each<[string, Candidate, Workload]>([
    [
      'an image that runs on it',
      candidate('p'),
      { ...workload, items: [line(WITH_IMAGES, { os: 'windows' })] },
    ],
    [
      'an image that runs everywhere',
      candidate('p', { arch: 'arm64' }),
      { ...workload, items: [line(WITH_IMAGES, { os: 'openeuler' })] },
    ],
    ['no image at all', candidate('p', { arch: 'arm64' }), { ...workload, items: [line(WITH_IMAGES)] }],
    ['Xinchuang where it is needed', candidate('p', { xinchuang: true }), { ...workload, xinchuang: true }],
    [
      'data of just the highest class',
      candidate('p', {}, memberOf({ maxDataClass: 'internal' })),
      { ...workload, dataClass: 'internal' },
    ],
    ['any data where the zone sets no class', candidate('p'), { ...workload, dataClass: 'sensitive' }],
    [
      'a recovery in another zone',
      candidate('p'),
      { ...workload, recoveryOf: [{ allocation: 'db', zone: 'internet', pool: 'other' }] },
    ],
    [
      'what is apart from something in another pool',
      candidate('p'),
      { ...workload, apartFrom: [{ allocation: 'db', zone: 'extranet', pool: 'other' }] },
    ],
    [
      'a unit just as large as a node',
      candidate('p', {}, memberOf({}, [node('amd64', { vcpu: '8', memory: '32Gi' })])),
      { ...workload, items: [line({ onOneNode: true })] },
    ],
    [
      'a unit that may stand on several nodes',
      candidate('p', {}, memberOf({}, [node('amd64', { vcpu: '1', memory: '1Gi' })])),
      workload,
    ],
    [
      'a unit while no node of the architecture was seen',
      candidate('p', {}, memberOf({}, [node('arm64', { vcpu: '1', memory: '1Gi' })])),
      { ...workload, items: [line({ onOneNode: true })] },
    ],
  ])('takes %s', (_, it, asked) => {
    expect(place(asked, [it], amounts, room([it])).chosen).toBe(it);
  });

  it('looks at the nodes that bear the pool’s name, where there are such', () => {
    const small = { ...node('amd64', { vcpu: '4', memory: '16Gi' }), pool: 'p' };
    const member = memberOf({}, [small, node('amd64', { vcpu: '64', memory: '256Gi' })]);
    const [named, other] = [candidate('p', {}, member), candidate('q', {}, member)];
    const asked = { ...workload, items: [line({ onOneNode: true })] };
    const { verdicts } = place(asked, [named, other], amounts, room([named, other]));
    expect(verdicts.map(({ pool, reasons }) => [pool, reasons.map(({ code }) => code)])).toEqual([
      ['p', ['E_POOL_NODE']],
      ['q', []],
    ]);
  });

  it('names the filter of each reason, and scores only what fits', () => {
    const all = [candidate('a'), candidate('b', { zone: 'internet' }), candidate('c')];
    const { verdicts } = place(workload, all, amounts, room(all, { a: '50', c: '95' }));
    expect(verdicts.map(({ pool, reasons }) => [pool, reasons.map(({ filter }) => filter)])).toEqual([
      ['a', []],
      ['b', ['zone']],
      ['c', ['capacity']],
    ]);
    // Of 100 vCPU 50 are used and 8 asked for: 42 % would be left, and more of everything else.
    expect(verdicts.map(({ score }) => score)).toEqual([
      { basisPoints: 4200, scarcest: 'vcpu' },
      undefined,
      undefined,
    ]);
    expect(Object.keys(FILTERS)).toContain('zone');
  });

  describe('pools that have room together and none alone', () => {
    const [a, b] = [candidate('a'), candidate('b')];
    const asked = ResourceVector.parse({ vcpu: '60', memory: '16Gi' });
    const told = (used: Readonly<Record<string, string>>, workloadOf = workload) =>
      place(workloadOf, [a, b], asked, room([a, b], used)).fragmented;

    it('are told with the one that comes nearest', () => {
      const why = told({ a: '50', b: '60' });
      expect(why).toMatchObject({ code: 'E_POOL_FRAGMENTED', params: { pools: 2, pool: 'a' } });
      expect(why && reasonText(why, 'en')).toContain('90 vCPU, 800Gi memory');
      expect(why && reasonText(why, 'en')).toContain('a comes nearest, with 50 vCPU, 400Gi memory free');
    });

    it.each<[string, Readonly<Record<string, string>>, Workload]>([
      ['one of them has it', { a: '50', b: '30' }, workload],
      ['they do not suffice together', { a: '80', b: '80' }, workload],
      ['one of them is refused for something else', { a: '50', b: '60' }, { ...workload, standsIn: 'a' }],
    ])('are not, where %s', (_, used, of) => {
      expect(told(used, of)).toBeUndefined();
    });
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
    expect(chosen?.pool.name).toBe('b');
  });

  it('takes the pool that keeps the largest free share of its scarcest resource', () => {
    const [a, b, c] = [candidate('a'), candidate('b'), candidate('c')];
    const all = [a, b, c];
    expect(place(workload, all, amounts, room(all, { a: '20', b: '10', c: '30' })).chosen).toBe(b);
    // b has most vCPU left, but its memory is nearly gone.
    const scarce = [
      ...room([a, c], { a: '20', c: '30' }),
      ...balances(accountOf(b.pool), plenty, { posted: { memory: '380Gi' } }),
    ];
    expect(place(workload, all, amounts, scarce).chosen).toBe(a);
  });

  it('compares shares, not amounts', () => {
    const [small, large] = [candidate('small'), candidate('large')];
    const figures = [
      ...balances(accountOf(small.pool), { ...plenty, vcpu: '100' }),
      ...balances(accountOf(large.pool), { ...plenty, vcpu: '1000' }, { posted: { vcpu: '500' } }),
    ];
    expect(place(workload, [small, large], amounts, figures).chosen).toBe(small);
  });

  it('counts what the present hold gives back as free, also when it compares pools', () => {
    const candidates = [candidate('a'), candidate('b')];
    const held = demandsOn(accountOf((candidates[0] as Candidate).pool), amounts);
    const figures = [
      ...balances(accountOf(candidate('a').pool), plenty, { pending: amounts.toQuantities() }),
      ...balances(accountOf(candidate('b').pool), plenty),
    ];
    // Once it is given back both pools are alike, and the first by name is taken: the request stays where it was.
    expect(place(workload, candidates, amounts, figures, held).chosen?.pool.name).toBe('a');
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
        const used = new Map(candidates.map((it) => [it.pool.name, 0n]));
        for (let n = 0; n < times; n++) {
          const figures = candidates.flatMap((it) =>
            balances(accountOf(it.pool), { vcpu: '1000', memory: '1Ti' }).map((balance) =>
              balance.account.resource === 'vcpu'
                ? { ...balance, posted: Amount.of('millicores', used.get(it.pool.name) ?? 0n) }
                : balance,
            ),
          );
          const { chosen } = place(workload, candidates, ResourceVector.of({ vcpu: 8000n }), figures);
          const name = chosen?.pool.name ?? '';
          used.set(name, (used.get(name) ?? 0n) + 8000n);
        }
        const values = [...used.values()].sort((x, y) => Number(x - y));
        expect(Number((values.at(-1) ?? 0n) - (values[0] ?? 0n))).toBeLessThanOrEqual(8000);
      }),
      SEEDED,
    );
  });
});
