import { describe, expect, test } from 'vitest';
import { facts, holding, pick } from '../testing/capacity-facts.ts';
import { type UnbuiltFacts, unbuiltSection } from './unbuilt.ts';

describe('approved but not built', () => {
  const unbuilt = (changed: Partial<UnbuiltFacts>) => unbuiltSection({ ...facts, ...changed });
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
