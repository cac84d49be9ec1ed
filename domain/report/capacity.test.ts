import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Resource, RESOURCES } from '../quantity.ts';
import { balance, facts, holding, limits, pick, poolAccount, section } from '../testing/capacity-facts.ts';
import { SEEDED } from '../testing/seed.ts';
import { capacityReport } from './capacity.ts';
import type { CapacityFacts } from './capacity-facts.ts';
import { endOfDay } from '../calendar.ts';

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
        usedP95: 3000,
        coverage: 10_000,
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

  test('whether a quota is kept to, its soft limit gone beyond, or it itself', () => {
    const standing = (more: Partial<CapacityFacts>) =>
      section(capacityReport({ ...facts, ...more }), 'organizations').rows.map((row) => row['standing']);
    expect(standing({})).toEqual([{ zh: '限额内', en: 'within limits' }, null]);
    const soft = new Map([['organisation/city/*/*', { vcpu: '14' }]]);
    expect(standing({ soft })[0]).toEqual({ zh: '超软限额：vCPU', en: 'above soft limit: vCPU' });
    const balances = facts.balances.map((it) =>
      it.account.holder === 'city' ? balance(it.account, 14_999n, 10_000n, 5000n) : it,
    );
    expect(standing({ soft, balances })[0]).toEqual({ zh: '超额：vCPU', en: 'overdrawn: vCPU' });
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
