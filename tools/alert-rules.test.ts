import { expect, test } from 'vitest';
import { seriesIn } from './alert-rules.ts';

test.each([
  ['sum(rate(a_total{x="b_total"}[5m])) by (name) > 0', ['a_total']],
  ['max by (state) (a:b) unless on (instance, job) c > 1', ['a:b', 'c']],
  ['(time() - last_over_time(a_seconds[7d]) > 129600) or vector(0)', ['a_seconds']],
  ['a{x!~".+/.+"} == 0 and a offset 5m', ['a']],
  ['absent(up)', ['up']],
  ['vector(1)', []],
])('%s asks for %j', (expr, series) => {
  expect(seriesIn(expr)).toEqual(series);
});
