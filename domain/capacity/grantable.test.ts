import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CapacityPool } from '../../api/v1alpha1/index.ts';
import { RESOURCES } from '../quantity.ts';
import { pool } from '../testing/city.ts';
import { SEEDED } from '../testing/seed.ts';
import { capacityOn, grantableOn, nodeShortfall, policyDays, policyOn } from './grantable.ts';

const { spec } = pool('p', {
  total: { vcpu: '100', memory: '400Gi', ssd: '10Ti' },
  reserve: { vcpu: '10', memory: '40Gi' },
  policies: [
    { from: '2026-07-01', growthPercent: 20, basis: '第二号文' },
    { from: '2026-01-01', overcommitPercent: { vcpu: 150 }, growthPercent: 10, basis: '第一号文' },
  ],
});

describe('a pool’s capacity', () => {
  it.each<[string, string, object, object]>([
    ['before every policy is as declared', '2025-12-31', { vcpu: '100' }, { vcpu: '10', memory: '40Gi' }],
    [
      'is overcommitted from the day that says so, and a part of that is kept for growth',
      '2026-01-01',
      { vcpu: '150', memory: '400Gi' },
      { vcpu: '25', memory: '80Gi', ssd: '1Ti' },
    ],
    ['is so to the last day', '2026-06-30', { vcpu: '150' }, { vcpu: '25' }],
    [
      'is no longer so when another policy begins, which says nothing of it',
      '2026-07-01',
      { vcpu: '100' },
      { vcpu: '30', memory: '120Gi', ssd: '2Ti' },
    ],
  ])('%s', (_, day, total, reserve) => {
    const capacity = capacityOn(spec, day);
    expect(capacity.total.toQuantities()).toMatchObject(total);
    expect(capacity.reserve.toQuantities()).toMatchObject(reserve);
    expect(grantableOn(spec, day)).toEqual(capacity.total.minus(capacity.reserve));
  });

  it('is nothing where more is kept back than there is', () => {
    const kept = { ...spec, total: { vcpu: '8', memory: '4Gi' }, reserve: { vcpu: '10' } };
    expect(grantableOn(kept, '2025-12-31').toQuantities()).toEqual({ memory: '4Gi' });
  });

  it('changes on the days on which a policy begins', () => {
    expect(policyDays(spec)).toEqual(['2026-01-01', '2026-07-01']);
    expect(policyDays(pool('q').spec)).toEqual([]);
    expect(policyOn(spec, '2026-03-01')?.basis).toBe('第一号文');
    expect(policyOn(spec, '2025-03-01')).toBeUndefined();
  });

  it('is whole millicores and bytes, never more than its percentage', () => {
    const percent = fc.integer({ min: 100, max: 1000 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 99_999 }),
        percent,
        fc.integer({ min: 0, max: 90 }),
        (vcpu, over, growth) => {
          const of: CapacityPool['spec'] = {
            ...spec,
            total: { vcpu: `${vcpu}m` },
            reserve: {},
            policies: [
              { from: '2026-01-01', overcommitPercent: { vcpu: over }, growthPercent: growth, basis: 'x' },
            ],
          };
          const { total, reserve } = capacityOn(of, '2026-01-01');
          const value = total.get('vcpu').value;
          expect(value * 100n <= BigInt(vcpu * over)).toBe(true);
          expect((value + 1n) * 100n > BigInt(vcpu * over)).toBe(true);
          expect(reserve.get('vcpu').value * 100n <= value * BigInt(growth)).toBe(true);
          expect(grantableOn(of, '2026-01-01').get('vcpu').isNegative()).toBe(false);
          expect(RESOURCES.slice(1).every((it) => total.get(it).isZero())).toBe(true);
        },
      ),
      SEEDED,
    );
  });
});

describe('the reserve against the loss of a node', () => {
  const nodes = [
    { vcpu: '8', memory: '64Gi' },
    { vcpu: '16', memory: '32Gi' },
  ];
  it.each<[string, string, object, object]>([
    ['suffices', '2025-01-01', { vcpu: '16', memory: '64Gi' }, {}],
    [
      'is short of the largest of each resource',
      '2025-01-01',
      { vcpu: '10', memory: '40Gi' },
      { vcpu: '6', memory: '24Gi' },
    ],
    [
      'is short of what the node gives with overcommit',
      '2026-01-01',
      { vcpu: '16', memory: '64Gi' },
      { vcpu: '8' },
    ],
    ['that is none is short of all', '2025-01-01', {}, { vcpu: '16', memory: '64Gi' }],
  ])('%s', (_, day, reserve, short) => {
    expect(nodeShortfall({ ...spec, reserve }, nodes, day).toQuantities()).toEqual(short);
  });

  it('is judged by no node that was not seen', () => {
    expect(nodeShortfall(spec, [], '2025-01-01').isZero()).toBe(true);
  });
});
