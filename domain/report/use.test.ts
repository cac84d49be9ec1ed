import { dayAfter } from '../calendar.ts';
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
  figures: { mean: 500n, p50: 400n, p95: 800n, max: 1600n },
  ...more,
});
const facts: UseFacts = {
  asOf: '2026-06-12T05:00:00.000Z',
  madeAt: '2026-06-12T05:00:00.000Z',
  period: { from: '2026-06-02', to: '2026-06-11' },
  days: Array.from({ length: 10 }, (_, day) => dayAfter('2026-06-02', day)),
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
        p50: 400,
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
    { mean: null, p50: null, p95: null, p95Share: null, coverage: 0, missingDays: 10 },
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

test('days that the books do not have are named, a few in a row as one', () => {
  const without = (...gone: string[]) => ({ days: facts.days.filter((day) => !gone.includes(day.slice(8))) });
  const why =
    'the books have no rollup of these days (no Prometheus, an outage of it, or nothing stood): they count as not seen, and lower the coverage';
  expect(missing(without('04'))).toEqual([`use of 2026-06-04: ${why}`]);
  expect(missing(without('02', '03', '08', '11'))).toEqual([
    `use of 2026-06-02 to 2026-06-03, 2026-06-08, 2026-06-11: ${why}`,
  ]);
  const [long] = useReport({
    ...facts,
    days: ['2026-06-11'],
    period: { from: '2019-01-01', to: '2026-06-11' },
  }).missing;
  expect(long?.what.zh).toBe('2019-01-01 至 2026-06-10 的用量');
  const every = { ...facts, period: { from: '2026-06-01', to: '2026-06-30' } };
  const other = useReport({
    ...every,
    days: Array.from({ length: 14 }, (_, day) => dayAfter('2026-06-01', 2 * day)),
  });
  expect(other.missing[0]?.what.zh).toBe(
    '2026-06-02、2026-06-04、2026-06-06、2026-06-08、2026-06-10、…… 的用量',
  );
});

test('an organisation that was renamed has its figures under its name of today, and one that moved is told', () => {
  const renamed = organization('health', 'department', [
    { code: 'county', from: '2020-01-01' },
    { code: 'city', from: '2026-06-05' },
  ]);
  const name = { zh: '卫生健康委员会', en: 'Health commission' };
  const organizations = new Map([['health', { ...renamed, spec: { ...renamed.spec, name } }]]);
  const report = useReport({ ...facts, organizations });
  expect(report.sections[0]?.rows).toMatchObject([
    { organization: name, system: 'health/portal', mean: 500 },
  ]);
  expect(report.notes.map(({ en }) => en)).toEqual(
    expect.arrayContaining([
      expect.stringContaining('a renamed organisation keeps its figures'),
      expect.stringContaining('Health commission is below city since 2026-06-05'),
    ]),
  );
  const later = useReport({ ...facts, organizations, period: { from: '2026-06-06', to: '2026-06-11' } });
  expect(later.notes).toHaveLength(report.notes.length - 1);
});
