import { describe, expect, test } from 'vitest';
import { facts, pick } from '../testing/capacity-facts.ts';
import type { CapacityFacts } from './capacity-facts.ts';
import { forecastSection } from './pool-days.ts';

describe('when a pool runs full', () => {
  const row = (changed: Partial<CapacityFacts>) =>
    forecastSection({ ...facts, ...changed }).rows.find(
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
