import { expect, it } from 'vitest';
import type { Quota } from '../../api/v1alpha1/index.ts';
import { limitOn } from './limit.ts';

const grant = (name: string, vcpu: string, from: string, until?: string) => ({
  name,
  limits: { vcpu },
  from,
  ...(until === undefined ? {} : { until }),
  basis: '文号',
});

const on = (day: string, grants?: Quota['spec']['grants']) => {
  const spec = { child: { organization: 'luhe' }, limits: { vcpu: '10', memory: '1Gi' }, basis: '文号' };
  const { hard, since, next } = limitOn({ ...spec, ...(grants ? { grants } : {}) }, day);
  return [hard.toQuantities(), since, next];
};

it('without grants it is the same for ever', () => {
  expect(on('2026-03-01')).toEqual([{ vcpu: '10', memory: '1Gi' }, undefined, undefined]);
});

it.each([
  ['2026-02-27', '10', undefined, '2026-02-28'],
  ['2026-02-28', '14', '2026-02-28', '2026-03-01'],
  // The last day counts; the day after, across the end of a month, does not.
  ['2026-03-01', '15', '2026-03-01', '2026-03-02'],
  ['2026-03-02', '11', '2026-03-02', undefined],
])('of grants that overlap counts on %s what is in force: %s', (day, vcpu, since, next) => {
  const grants = [grant('a', '4', '2026-02-28', '2026-03-01'), grant('b', '1', '2026-03-01')];
  expect(on(day, grants)).toEqual([{ vcpu, memory: '1Gi' }, since, next]);
});
