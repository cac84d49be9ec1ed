import { describe, expect, test } from 'vitest';
import { balance, facts, pick, poolAccount, section } from '../testing/capacity-facts.ts';
import { DAY_STEPS } from '../usage/day.ts';
import { capacityReport } from './capacity.ts';
import type { CapacityFacts } from './capacity-facts.ts';
import type { PoolUse } from './pool-use.ts';

const MONTH = 30n * BigInt(DAY_STEPS);
const use = (pools: readonly PoolUse[]): Partial<CapacityFacts> => ({ use: { ...facts.use, pools } });
/** Pool `a` has 10 cores granted, pool `b` 5. */
const granted: Partial<CapacityFacts> = {
  balances: [
    balance(poolAccount('a', 'amd64', 'vcpu'), 90_000n, 10_000n),
    balance(poolAccount('b', 'arm64', 'vcpu'), 20_000n, 5000n),
  ],
};
const told = (...changed: Partial<CapacityFacts>[]) => {
  const report = capacityReport(Object.assign({}, facts, ...changed) as CapacityFacts);
  const { rows, totals } = section(report, 'vcpu');
  return {
    cells: [...rows, totals].flatMap((row) => pick(row, 'usedP95', 'coverage')),
    missing: report.missing.map(({ what, why }) => `${what.en}: ${why.en}`),
  };
};

describe('what is in use of pools', () => {
  const a = { pool: 'a', resource: 'cpu', p95: 3000n, seen: 10_000n * MONTH } as const;
  const b = { pool: 'b', resource: 'cpu', p95: 1000n, seen: 5000n * MONTH } as const;

  test('is the sum of what was seen, with coverage', () => {
    expect(told(granted, use([a, b]))).toEqual({
      cells: [3000, 10_000, 1000, 10_000, 4000, 10_000],
      missing: [],
    });
  });

  test('is no figure where too little of what is granted was seen, and says so', () => {
    const part = { ...b, seen: (5000n * MONTH * 8999n) / 10_000n };
    expect(told(granted, use([a, part]))).toEqual({
      cells: [3000, 10_000, null, 8999, 4000, 9666],
      missing: [
        'vCPU in use in Extranet, arm64: it is incomplete: of 2026-06-01 to 2026-06-30 only 89.99 % of what is granted was seen, less than 90 %',
      ],
    });
    // Of what is granted by work orders there are no rows at all.
    expect(told(granted, use([a])).cells).toEqual([3000, 10_000, null, 0, null, 6666]);
  });

  test('of memory is of memory; of what nobody was granted there is none', () => {
    expect(told({}, use([{ ...a, resource: 'memory' }])).cells).toEqual([null, 0, null, null, null, 0]);
    expect(told({ balances: [] }, use([]))).toEqual({ cells: [null, null], missing: [] });
  });

  test('is covered once, though more was seen of what was made smaller since', () => {
    expect(told({}, use([{ ...a, seen: 20_000n * MONTH }])).cells).toEqual([
      3000,
      10_000,
      null,
      null,
      3000,
      10_000,
    ]);
  });

  test('is missing as a whole when the books have none', () => {
    expect(told(granted, use([])).missing).toEqual(['what is in use: the books have none within the period']);
  });

  test('is not told of disks, whose kind is not measured', () => {
    const ssd = section(capacityReport(facts), 'ssd');
    expect(ssd.columns.map(({ key }) => key)).not.toContain('usedP95');
    expect(ssd.notes.map(({ zh }) => zh)).toContainEqual(expect.stringContaining('不分 SSD 与 HDD'));
  });
});
