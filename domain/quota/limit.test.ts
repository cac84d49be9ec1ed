import { expect, it } from 'vitest';
import type { Quota } from '../../api/v1alpha1/index.ts';
import { changeDays, limitOn } from './limit.ts';

const grant = (name: string, vcpu: string, from: string, until?: string) => ({
  name,
  limits: { vcpu },
  from,
  ...(until === undefined ? {} : { until }),
  basis: '文号',
});

function spec(...grants: NonNullable<Quota['spec']['grants']>): Quota['spec'] {
  return { child: { organization: 'luhe' }, limits: { vcpu: '10', memory: '1Gi' }, grants, basis: '文号' };
}

it('without grants it is the same for ever', () => {
  const { grants: _, ...plain } = spec();
  expect(limitOn(plain, '2026-03-01').toQuantities()).toEqual({ vcpu: '10', memory: '1Gi' });
  expect(changeDays(plain)).toEqual([]);
});

// The last day counts; the day after, across the end of a month, does not.
it.each([
  ['2026-02-27', '10'],
  ['2026-02-28', '14'],
  ['2026-03-01', '15'],
  ['2026-03-02', '11'],
])('of grants that overlap counts on %s what is in force: %s', (day, vcpu) => {
  const quota = spec(grant('a', '4', '2026-02-28', '2026-03-01'), grant('b', '1', '2026-03-01'));
  expect(limitOn(quota, day).toQuantities()).toEqual({ vcpu, memory: '1Gi' });
  expect(changeDays(quota)).toEqual(['2026-02-28', '2026-03-01', '2026-03-02']);
});

it('a day on which one ends and another begins is one change', () => {
  const quota = spec(grant('a', '4', '2026-02-01', '2026-02-28'), grant('b', '4', '2026-03-01'));
  expect(changeDays(quota)).toEqual(['2026-02-01', '2026-03-01']);
});
