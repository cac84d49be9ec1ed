import { expect, test } from 'vitest';
import { organization } from '../testing/city.ts';
import { DAY_STEPS } from '../usage/day.ts';
import { type UsedAmount, type UseFacts, useReport } from './use.ts';

const whole = 10 * DAY_STEPS;
const used = (more: Partial<UsedAmount>): UsedAmount => ({
  organization: 'health',
  system: 'portal',
  allocation: 'zy-1-web',
  zone: 'extranet',
  resource: 'cpu',
  granted: 8000n,
  days: 10,
  samples: whole,
  figures: { mean: 500n, p95: 800n, max: 1600n },
  ...more,
});
const facts: UseFacts = {
  asOf: '2026-06-12T05:00:00.000Z',
  madeAt: '2026-06-12T05:00:00.000Z',
  period: { from: '2026-06-02', to: '2026-06-11' },
  used: [used({})],
  organizations: new Map([
    ['health', organization('health', 'department', [{ code: 'city', from: '2020-01-01' }])],
  ]),
};
const rows = (changed: Partial<UseFacts>) =>
  useReport({ ...facts, ...changed }).sections.map((section) => section.rows);
const missing = (changed: Partial<UseFacts>) =>
  useReport({ ...facts, ...changed }).missing.map(({ what, why }) => `${what.en}: ${why.en}`);

test('what is used of what is granted, by resource, with its coverage', () => {
  expect(rows({})).toEqual([
    [
      {
        organization: { zh: 'health', en: 'health' },
        system: 'health/portal',
        allocation: 'zy-1-web',
        grantedAmount: 8000,
        mean: 500,
        p95: 800,
        max: 1600,
        p95Share: 1000,
        coverage: 10_000,
        missingDays: 0,
      },
    ],
    [],
    [],
  ]);
  expect(missing({})).toEqual([]);
});

test('what was not seen is no figure, and is told', () => {
  const gap = used({ figures: undefined, samples: 0, days: 0 });
  expect(rows({ used: [gap] })[0]).toMatchObject([
    { mean: null, p95: null, p95Share: null, coverage: 0, missingDays: 10 },
  ]);
  expect(missing({ used: [gap, used({})] })).toEqual([
    'whole figures of 1 of 2: less than 90 % of their samples were seen: a gap is not idle',
  ]);
  expect(missing({ used: [] })).toEqual(['use: the books have none within the period']);
  expect(missing({ used: [used({ samples: 0.9 * whole })] })).toEqual([]);
});

test('of one zone only its allocations', () => {
  expect(rows({ zone: 'internet' }).flat()).toEqual([]);
});
