import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ReportBody, ReportRow } from '../../api/reports/report.ts';
import type {
  CapacityPool,
  InformationSystem,
  MemberCluster,
  Organization,
} from '../../api/v1alpha1/index.ts';
import { Amount, GIB, type Resource, RESOURCES, unitOf } from '../quantity.ts';
import type { AccountKey, Balance } from '../quota/fit.ts';
import { SEEDED } from '../testing/seed.ts';
import { type CapacityFacts, capacityReport } from './capacity.ts';
import { endOfDay } from './dates.ts';
import type { Holding } from './holdings.ts';

const API = { apiVersion: 'govcloud.dev/v1alpha1' } as const;

function organization(
  name: string,
  type: 'city' | 'department',
  ...parents: [string, string][]
): Organization {
  return {
    ...API,
    kind: 'Organization',
    metadata: { name },
    spec: {
      name: { zh: `${name}局`, en: name },
      type,
      parents: parents.map(([code, from]) => ({ code, from })),
      budgetUnit: true,
    },
  };
}

function pool(name: string, arch: 'amd64' | 'arm64', vcpu: string, reserve = '0'): CapacityPool {
  return {
    ...API,
    kind: 'CapacityPool',
    metadata: { name },
    spec: {
      title: { zh: name },
      zone: 'extranet',
      arch,
      cpuSeries: 'x',
      xinchuang: arch === 'arm64',
      cluster: 'extranet',
      total: { vcpu, memory: '100Gi' },
      reserve: { vcpu: reserve },
    },
  };
}

const amount = (resource: Resource, value: bigint) => Amount.of(unitOf(resource), value);

function balance(account: AccountKey, hard: bigint, posted: bigint, pending = 0n): Balance {
  const { resource } = account;
  return {
    account,
    hard: amount(resource, hard),
    posted: amount(resource, posted),
    pending: amount(resource, pending),
  };
}

const poolAccount = (holder: string, arch: string, resource: Resource): AccountKey => ({
  holderKind: 'pool',
  holder,
  zone: 'extranet',
  arch,
  resource,
});
const cityAccount = (holder: string, resource: Resource): AccountKey => ({
  holderKind: 'organisation',
  holder,
  zone: '*',
  arch: '*',
  resource,
});

function holding(it: Partial<Holding>): Holding {
  return {
    hold: '1',
    organization: 'health',
    system: 'portal',
    serial: 'ZY-2026-000001',
    target: null,
    lines: [{ name: 'web', consumes: { vcpu: '10' } }],
    grantedAt: new Date('2026-06-01T00:00:00Z'),
    pool: 'a',
    zone: 'extranet',
    arch: 'amd64',
    resource: 'vcpu',
    posted: 10_000n,
    pending: 0n,
    postedBefore: 0n,
    ...it,
  };
}

const limits = new Map(
  ['pool/a/extranet/amd64', 'pool/b/extranet/arm64', 'organisation/city/*/*'].map((path) => [
    path,
    { first: new Date('2026-01-01T00:00:00Z'), last: new Date('2026-01-01T00:00:00Z') },
  ]),
);

const facts: CapacityFacts = {
  asOf: endOfDay('2026-06-30').toISOString(),
  madeAt: '2026-07-01T00:00:00.000Z',
  before: endOfDay('2026-05-30').toISOString(),
  first: '2026-01-01T00:00:00.000Z',
  balances: [
    balance(poolAccount('a', 'amd64', 'vcpu'), 90_000n, 10_000n, 5000n),
    balance(poolAccount('a', 'amd64', 'memory'), 100n * GIB, 0n),
    balance(poolAccount('b', 'arm64', 'vcpu'), 20_000n, 0n),
    balance(cityAccount('city', 'vcpu'), 50_000n, 10_000n, 5000n),
    balance(cityAccount('health', 'vcpu'), 0n, 10_000n, 5000n),
  ],
  balancesBefore: [
    balance(poolAccount('a', 'amd64', 'vcpu'), 90_000n, 4000n),
    balance(cityAccount('city', 'vcpu'), 50_000n, 4000n),
  ],
  limits,
  holdings: [
    holding({}),
    holding({
      hold: '2',
      organization: 'tax',
      system: 'filing',
      serial: null,
      lines: null,
      grantedAt: null,
      posted: 30_000n,
      postedBefore: 31_000n,
    }),
    holding({ hold: '3', posted: 0n, pending: 5000n, grantedAt: null, serial: 'ZY-2026-000002' }),
  ],
  accepted: new Map(),
  daily: [{ pool: 'a', resource: 'vcpu', day: '2026-06-01', amount: 10_000n }],
  organizations: new Map(
    [
      organization('city', 'city'),
      organization('health', 'department', ['city', '2020-01-01']),
      organization('tax', 'department', ['county', '2020-01-01'], ['city', '2026-06-10']),
    ].map((it) => [it.metadata.name, it]),
  ),
  pools: new Map(
    [pool('a', 'amd64', '100', '10'), pool('b', 'arm64', '20')].map((it) => [it.metadata.name, it]),
  ),
  clusters: [
    { spec: { zone: 'extranet', zoneTitle: { zh: '政务外网区', en: 'Extranet' } } } as MemberCluster,
  ],
  systems: [
    {
      metadata: { name: 'portal', namespace: 'gov-health' },
      spec: { name: { zh: '门户' } },
    } as InformationSystem,
  ],
};

const section = (report: ReportBody, key: string) => {
  const found = report.sections.find((it) => it.key === key);
  if (!found) throw new Error(`no section ${key}`);
  return found;
};
const pick = (row: ReportRow | undefined, ...keys: string[]) => keys.map((key) => row?.[key]);

describe('of the city', () => {
  const report = capacityReport(facts);

  test('by zone, architecture and Xinchuang, with totals and the change of a month', () => {
    const { rows, totals } = section(report, 'vcpu');
    expect(rows).toEqual([
      {
        zone: 'extranet',
        zoneTitle: { zh: '政务外网区', en: 'Extranet' },
        arch: 'amd64',
        xinchuang: false,
        pools: 'a',
        total: 100_000,
        reserve: 10_000,
        hard: 90_000,
        posted: 10_000,
        pending: 5000,
        free: 75_000,
        usedShare: 1666,
        change: 6000,
      },
      expect.objectContaining({ arch: 'arm64', xinchuang: true, pools: 'b', usedShare: 0 }),
    ]);
    expect(pick(totals, 'total', 'posted', 'free', 'usedShare', 'change')).toEqual([
      120_000, 10_000, 95_000, 1363, 6000,
    ]);
    expect(report.missing).toEqual([]);
  });

  test('departments ranked by their own systems, with their share', () => {
    const { rows } = section(report, 'ranking');
    expect(
      rows.map((row) => pick(row, 'rank', 'code', 'systemCount', 'vcpuPosted', 'share', 'vcpuChange')),
    ).toEqual([
      [1, 'tax', 1, 30_000, 7500, -1000],
      [2, 'health', 1, 10_000, 2500, 10_000],
    ]);
  });

  test('quotas down the tree; where none was given there is no figure for it', () => {
    const { rows } = section(report, 'organizations');
    expect(rows.map((row) => pick(row, 'code', 'vcpuHard', 'vcpuPosted', 'vcpuFree'))).toEqual([
      ['city', 50_000, 10_000, 35_000],
      ['health', null, 10_000, null],
    ]);
  });

  test('systems by title, and their sum', () => {
    const { rows, totals } = section(report, 'systems');
    expect(rows.map((row) => pick(row, 'system', 'systemTitle', 'vcpuPosted', 'vcpuPending'))).toEqual([
      ['health/portal', { zh: '门户', en: '门户' }, 10_000, 5000],
      ['tax/filing', null, 30_000, 0],
    ]);
    expect(pick(totals, 'organization', 'vcpuPosted')).toEqual([{ zh: '合计', en: 'Total' }, 40_000]);
  });

  test('a move within the month is told', () => {
    expect(report.notes.map(({ en }) => en)).toContainEqual(
      expect.stringContaining('tax is below city since 2026-06-10'),
    );
    const later = capacityReport({ ...facts, before: endOfDay('2026-06-10').toISOString() });
    expect(later.notes).toHaveLength(report.notes.length - 1);
  });

  test('a zone leaves the others and the quotas out, and says so', () => {
    const other = capacityReport({ ...facts, zone: 'internet' });
    expect(section(other, 'vcpu').rows).toEqual([]);
    expect(section(other, 'systems').rows).toEqual([]);
    expect(other.sections.map(({ key }) => key)).not.toContain('organizations');
    expect(other.missing.map(({ what }) => what.en)).toEqual(['quotas of organisations']);
  });
});

describe('what cannot be said is left open, with the reason', () => {
  const missingOf = (changed: Partial<CapacityFacts>) => {
    const report = capacityReport({ ...facts, ...changed });
    const row = section(report, 'vcpu').rows[0];
    return [
      ...pick(row, 'total', 'reserve', 'hard', 'xinchuang', 'change'),
      ...report.missing.map(({ why }) => why.en),
    ];
  };
  test('a pool whose capacity was changed since', () => {
    const changed = new Map(limits).set('pool/a/extranet/amd64', {
      first: new Date('2026-01-01T00:00:00Z'),
      last: new Date('2026-07-01T00:00:00Z'),
    });
    const why = 'its capacity was changed since, and the books hold only what can be granted';
    expect(missingOf({ limits: changed })).toEqual([null, null, 90_000, false, 6000, why]);
    expect(section(capacityReport({ ...facts, limits: changed }), 'vcpu').totals?.['total']).toBeNull();
  });
  test('a pool that is gone', () => {
    const gone = new Map([...facts.pools].filter(([name]) => name !== 'a'));
    const why = 'the pool is no longer there, and the books hold only what can be granted';
    expect(missingOf({ pools: gone })).toEqual([null, null, 90_000, null, 6000, why, why]);
  });
  test('a month before the books', () => {
    const first = '2026-06-01T00:00:00.000Z';
    const why = 'the books begin on 2026-06-01, after 2026-05-30';
    expect(missingOf({ first })).toEqual([100_000, 10_000, 90_000, false, null, why]);
  });
});

describe('approved but not built', () => {
  const unbuilt = (changed: Partial<CapacityFacts>) =>
    section(capacityReport({ ...facts, ...changed }), 'unbuilt');
  const two = [
    { name: 'web', consumes: { vcpu: '6' } },
    { name: 'db', consumes: { vcpu: '4' } },
  ];
  const accepted = (...names: string[]) =>
    new Map(names.map((name) => [`gov-health/${name}`, new Date('2026-06-02T00:00:00Z')]));

  test('what nobody accepted, with its age; opening stock and what is held are none', () => {
    const { rows, totals } = unbuilt({});
    expect(rows.map((row) => pick(row, 'system', 'serial', 'grantedOn', 'age', 'vcpu'))).toEqual([
      ['health/portal', 'ZY-2026-000001', '2026-06-01', 29, 10_000],
    ]);
    expect(totals?.['vcpu']).toBe(10_000);
  });
  test('line by line, and never more than is still posted', () => {
    const of = (posted: bigint, ...names: string[]) =>
      unbuilt({ holdings: [holding({ lines: two, posted })], accepted: accepted(...names) }).rows[0]?.[
        'vcpu'
      ];
    expect(of(10_000n)).toBe(10_000);
    expect(of(10_000n, 'zy-2026-000001-web')).toBe(4000);
    expect(of(3000n, 'zy-2026-000001-web')).toBe(3000);
    expect(of(10_000n, 'zy-2026-000001-web', 'zy-2026-000001-db')).toBeUndefined();
  });
  test('a change is built when it is accepted after it was granted', () => {
    const change = { target: 'zy-2025-000009-web', grantedAt: new Date('2026-06-02T00:00:00Z') };
    const of = (at: string) =>
      unbuilt({
        holdings: [holding(change)],
        accepted: new Map([['gov-health/zy-2025-000009-web', new Date(at)]]),
      }).rows.length;
    expect(of('2026-06-01T00:00:00Z')).toBe(1);
    expect(of('2026-06-03T00:00:00Z')).toBe(0);
  });
});

describe('when a pool runs full', () => {
  const row = (changed: Partial<CapacityFacts>) =>
    section(capacityReport({ ...facts, ...changed }), 'forecast').rows.find(
      (it) => it['pool'] === 'a' && (it['resource'] as { en: string }).en === 'vCPU',
    );
  test('by 90 days that end today, whatever came before', () => {
    const growing = Array.from({ length: 60 }, (_, index) => ({
      pool: 'a',
      resource: 'vcpu' as const,
      day: new Date(Date.parse('2026-05-02') + index * 86_400_000).toISOString().slice(0, 10),
      amount: 1000n,
    }));
    const told = row({ daily: growing, limits: new Map() });
    // 60 of 90 on 30 June, one more a day.
    expect(pick(told, 'days', 'growth', 'expected', 'earliest', 'latest', 'withPending', 'remark')).toEqual([
      60,
      3333,
      '2026-07-30',
      '2026-07-30',
      '2026-07-30',
      '2026-07-25',
      null,
    ]);
  });
  test('young books give none, and say so', () => {
    const young = { first: new Date('2026-06-10T00:00:00Z'), last: new Date('2026-06-10T00:00:00Z') };
    const told = row({ limits: new Map([['pool/a/extranet/amd64', young]]), daily: [] });
    expect(pick(told, 'days', 'expected')).toEqual([21, null]);
    expect(told?.['remark']).toMatchObject({ en: 'only 21 days of data, 30 are needed: no forecast' });
  });
});

test('of one organisation only its own', () => {
  const report = capacityReport({
    ...facts,
    organization: 'health',
    holdings: facts.holdings.filter((it) => it.organization === 'health'),
  });
  expect(report.organization).toEqual({ code: 'health', name: { zh: 'health局', en: 'health' } });
  expect(report.sections.map(({ key }) => key)).toEqual(['organizations', 'systems', 'unbuilt']);
  expect(section(report, 'organizations').rows.map(({ code }) => code)).toEqual(['health']);
});

test('an amount that JSON readers do not keep exact is no figure', () => {
  const huge = balance(poolAccount('a', 'amd64', 'memory'), 2n ** 53n, 0n);
  expect(() => capacityReport({ ...facts, balances: [huge] })).toThrow(RangeError);
});

test('systems, departments and pools add up to the same, whatever is held', () => {
  const arbitrary = fc.record({
    organization: fc.constantFrom('health', 'tax', null),
    system: fc.constantFrom('portal', 'filing', null),
    pool: fc.constantFrom('a', 'b'),
    resource: fc.constantFrom(...RESOURCES),
    posted: fc.bigInt({ min: 0n, max: 10n ** 12n }),
    pending: fc.bigInt({ min: 0n, max: 10n ** 12n }),
    postedBefore: fc.bigInt({ min: 0n, max: 10n ** 12n }),
  });
  fc.assert(
    fc.property(fc.array(arbitrary, { maxLength: 30 }), (list) => {
      const holdings = list.map((it, index) =>
        holding({ ...it, hold: String(index), arch: it.pool === 'a' ? 'amd64' : 'arm64' }),
      );
      const sumOf = (key: string, resource: Resource, of: 'posted' | 'pending' | 'postedBefore') =>
        holdings
          .filter((it) => it.pool === key && it.resource === resource)
          .reduce((sum, it) => sum + it[of], 0n);
      const balancesAt = (of: 'posted' | 'postedBefore') =>
        RESOURCES.flatMap((resource) =>
          [
            ['a', 'amd64'],
            ['b', 'arm64'],
          ].map(([name = '', arch = '']) =>
            balance(
              poolAccount(name, arch, resource),
              0n,
              sumOf(name, resource, of),
              sumOf(name, resource, 'pending'),
            ),
          ),
        );
      const report = capacityReport({
        ...facts,
        holdings,
        balances: balancesAt('posted'),
        balancesBefore: balancesAt('postedBefore'),
      });
      const total = (key: string, column: string) => section(report, key).totals?.[column];
      expect(total('systems', 'vcpuPosted')).toBe(total('vcpu', 'posted'));
      expect(total('systems', 'vcpuPending')).toBe(total('vcpu', 'pending'));
      expect(total('ranking', 'vcpuPosted')).toBe(total('vcpu', 'posted'));
      expect(total('ranking', 'vcpuChange')).toBe(total('vcpu', 'change'));
      expect(total('systems', 'memoryPosted')).toBe(total('memory', 'posted'));
      expect(total('ranking', 'hddPosted')).toBe(total('hdd', 'posted'));
    }),
    SEEDED,
  );
});
