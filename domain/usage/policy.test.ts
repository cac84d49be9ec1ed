import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CatalogItem } from '../../api/v1alpha1/index.ts';
import { policyOn } from '../calendar.ts';
import { Amount } from '../quantity.ts';
import { SEEDED } from '../testing/seed.ts';
import { DAY_STEPS } from './day.ts';
import { type Granted, judgeUse, parseUsagePolicies, type UsagePolicy, type UseSeen } from './policy.ts';

const policy = (more: Partial<UsagePolicy> = {}): UsagePolicy => ({
  from: '2020-01-01',
  days: 30,
  coveragePercent: 90,
  idle: { cpuP95Percent: 10, memoryMaxPercent: 30 },
  oversized: { cpuP95Percent: 40, memoryMaxPercent: 60, headroomPercent: 50 },
  undersized: { cpuP95Percent: 85, memoryMaxPercent: 95, storageMaxPercent: 90 },
  exempt: [],
  ...more,
});

const ITEM = {
  maxQuantity: 100,
  parameters: [
    { name: 'vcpu', minimum: 1, maximum: 128 },
    { name: 'memoryGiB', minimum: 1, maximum: 384 },
  ],
  prices: [
    {
      from: '2018-01-01',
      monthlyFen: 'params.vcpu * 4000 + params.memoryGiB * 2000',
      armFactorBasisPoints: 9000,
    },
  ],
} as unknown as CatalogItem['spec'];

const GRANTED: Granted = {
  organization: 'health',
  system: 'portal',
  item: 'vm',
  arch: 'amd64',
  quantity: 2,
  parameters: { vcpu: 8, memoryGiB: 16 },
};

const WHOLE = 30 * DAY_STEPS;

/** Shares of what was granted, in percent. */
function seen(cpu: number, memory: number, samples = WHOLE, storage = 50): UseSeen[] {
  const use = (resource: 'cpu' | 'memory' | 'storage', granted: bigint, share: number): UseSeen => {
    const unit = resource === 'cpu' ? 'millicores' : 'bytes';
    const figure = Amount.of(unit, (granted * BigInt(Math.round(share * 100)) + 9_999n) / 10_000n);
    return {
      resource,
      granted: Amount.of(unit, granted),
      samples,
      figures: { p95: figure, p99: figure, max: figure },
    };
  };
  return [use('cpu', 16_000n, cpu), use('memory', 32n << 30n, memory), use('storage', 100n << 30n, storage)];
}

const judge = (use: UseSeen[], by = policy()) => judgeUse(use, GRANTED, by, '2026-03-01', ITEM);

describe('what use says of a grant', () => {
  it.each([
    ['idle', 9.9, 29.9, 'Idle'],
    ['not idle at the bound of CPU', 10, 29.9, 'Oversized'],
    ['not idle at the bound of memory', 9.9, 30, 'Oversized'],
    ['too large', 39.9, 59.9, 'Oversized'],
    ['as it should be', 40, 60, undefined],
    ['as it should be, if its memory is used', 5, 70, undefined],
    ['too small by CPU', 85, 20, 'Undersized'],
    ['too small by memory', 5, 95, 'Undersized'],
  ])('is %s', (_, cpu, memory, finding) => {
    expect(judge(seen(cpu, memory))?.finding).toBe(finding);
  });

  it('is too small when a disk is full, however idle it is', () => {
    expect(judge(seen(1, 1, WHOLE, 90))?.finding).toBe('Undersized');
  });

  it('is nothing when too little was seen, and what was seen of one resource does not stand for another', () => {
    expect(judge(seen(1, 1, (WHOLE * 9) / 10))?.finding).toBe('Idle');
    expect(judge(seen(1, 1, (WHOLE * 9) / 10 - 1))).toBeUndefined();
    const [cpu, memory] = seen(1, 1) as [UseSeen, UseSeen];
    expect(judge([cpu, { ...memory, samples: 0 }])).toBeUndefined();
    expect(judge([cpu])).toBeUndefined();
    expect(judge([])).toBeUndefined();
  });

  it('is nothing of a system that is exempt, unless it is too small', () => {
    const exempt = policy({ exempt: [{ reason: 'crypto', organization: 'health', system: 'portal' }] });
    expect(judge(seen(1, 1), exempt)).toBeUndefined();
    expect(judge(seen(30, 30), exempt)).toBeUndefined();
    expect(judge(seen(90, 30), exempt)?.finding).toBe('Undersized');
  });

  it('recommends a size with room above what was used, and what that saves', () => {
    // 3,200 millicores and 16 GiB over two units: 1,600 and 8, and half as much again.
    expect(judge(seen(20, 50))).toEqual({
      finding: 'Oversized',
      recommendation: { vcpu: 3, memoryGiB: 12 },
      saving: {
        millicores: Amount.of('millicores', 10_000),
        memory: Amount.of('bytes', 8n << 30n),
        monthly: Amount.of('fen', 2 * (5 * 4000 + 4 * 2000)),
      },
    });
    expect(judge(seen(5, 10))?.saving?.monthly.value).toBe(2n * (8n * 4000n + 16n * 2000n));
    expect(judge(seen(90, 50))).toEqual({
      finding: 'Undersized',
      recommendation: { vcpu: 11, memoryGiB: 16 },
    });
  });

  it('never recommends less than was used, nor more than there is of what is too large', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3999 }), fc.integer({ min: 0, max: 5999 }), (cpu, memory) => {
        const use = seen(cpu / 100, memory / 100);
        const size = judge(use)?.recommendation;
        if (!size) return;
        expect(BigInt(size.vcpu * 2000)).toBeGreaterThanOrEqual(use[0]?.figures?.p99.value ?? 0n);
        expect(BigInt(size.memoryGiB * 2) << 30n).toBeGreaterThanOrEqual(use[1]?.figures?.max.value ?? 0n);
        expect([size.vcpu <= 8, size.memoryGiB <= 16]).toEqual([true, true]);
      }),
      SEEDED,
    );
  });

  it('goes by the policy in force on the day', () => {
    const [old, young] = [policy(), policy({ from: '2026-02-01' })];
    expect(policyOn([young, old], '2026-01-31')).toBe(old);
    expect(policyOn([young, old], '2026-02-01')).toBe(young);
    expect(policyOn([young, old], '2019-12-31')).toBeUndefined();
    expect(() => parseUsagePolicies({ policies: [{ ...old, idle: {} }] })).toThrow(/cpuP95Percent/);
  });
});
