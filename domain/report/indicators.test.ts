import { expect, test } from 'vitest';
import type { Indicator } from '../../api/reports/indicators.ts';
import type { ReportBody, ReportRow } from '../../api/reports/report.ts';
import type { InformationSystem } from '../../api/v1alpha1/index.ts';
import { byName, organization } from '../testing/city.ts';
import { DAY_STEPS } from '../usage/day.ts';
import { type IndicatorFacts, indicatorReport } from './indicators.ts';

const text = { zh: '指标', en: 'indicator' };
const of = (measure: Indicator['measure'], value: number): Indicator => ({
  measure,
  number: measure,
  title: text,
  source: text,
  baseline: { value: value / 2, on: '2020-12-31' },
  target: { value, by: '2025-12-31' },
});

const system = (name: string, hosting: string, classified = false) =>
  ({
    metadata: { name, namespace: 'gov-health' },
    spec: { name: { zh: name }, hosting, classified, targetUsers: 100 },
  }) as InformationSystem;

const reportedUsers = (system: string, samples: number, active: bigint | null, target: bigint | null) => ({
  organization: 'health',
  system,
  days: 31,
  samples,
  active,
  target,
});

const facts: IndicatorFacts = {
  asOf: '2026-06-12T05:00:00.000Z',
  madeAt: '2026-06-12T05:00:00.000Z',
  indicators: [
    of('vcpu', 40_000),
    of('extranetAccess', 10_000),
    of('monthlyActive', 5000),
    of('systemsOnCloud', 10_000),
  ],
  vcpuTotal: 25_000,
  organizations: byName([
    organization('city', 'city'),
    organization('health', 'department', [{ code: 'city', from: '2020-01-01' }]),
  ]),
  systems: [
    system('runs', 'city-cloud'),
    system('elsewhere', 'department'),
    system('planned', 'planned'),
    system('secret', 'department', true),
  ],
  running: new Set(['health/runs']),
  month: { from: '2026-05-01', to: '2026-05-31' },
  reported: [reportedUsers('runs', 31 * DAY_STEPS, 30n, 100n)],
};

const rows = (report: ReportBody): Record<string, ReportRow> =>
  Object.fromEntries(
    report.sections.flatMap((section) => section.rows.map((row) => [String(row['number']), row])),
  );
const pick = (row: ReportRow | undefined, ...keys: string[]) => keys.map((key) => row?.[key]);

test('an amount against its baseline and target', () => {
  expect(
    pick(rows(indicatorReport(facts))['vcpu'], 'baseline', 'value', 'target', 'gap', 'progress'),
  ).toEqual([20_000, 25_000, 40_000, 15_000, 2500]);
});

test('systems on the cloud: neither classified nor planned ones count', () => {
  expect(
    pick(rows(indicatorReport(facts))['systemsOnCloud'], 'numerator', 'denominator', 'value', 'gap'),
  ).toEqual([1, 2, 5000, 5000]);
});

test('what nobody has reported is no figure, and is told with the reason', () => {
  const report = indicatorReport(facts);
  expect(pick(rows(report)['extranetAccess'], 'numerator', 'denominator', 'value')).toEqual([null, 2, null]);
  expect(report.missing.map(({ what, why }) => [what.en, why.zh])).toEqual([
    ['indicator extranetAccess, indicator', '尚无各单位接入外网的登记，只有单位总数'],
  ]);
});

test('the register of today says nothing of another day', () => {
  const report = indicatorReport({ ...facts, asOf: '2026-05-31T15:59:59.999Z', vcpuTotal: null });
  expect(rows(report)['systemsOnCloud']).toMatchObject({ numerator: null, denominator: null, value: null });
  expect(rows(report)['vcpu']).toMatchObject({ value: null, gap: null, progress: null });
  expect(report.missing).toHaveLength(3);
});

test('the monthly active rate is of the systems that reported the month whole, others are counted apart', () => {
  const whole = 31 * DAY_STEPS;
  const report = indicatorReport({
    ...facts,
    systems: [...facts.systems, system('shop', 'city-cloud')],
    reported: [
      reportedUsers('runs', whole, 30n, 100n),
      reportedUsers('shop', Math.ceil(whole * 0.9), 90n, 100n),
      reportedUsers('late', Math.ceil(whole * 0.9) - 1, 100n, 100n),
      { ...reportedUsers('silent', 0, null, null), days: 30 },
      reportedUsers('secret', whole, 1n, 1n),
    ],
  });
  expect(
    pick(rows(report)['monthlyActive'], 'numerator', 'denominator', 'value', 'target', 'gap', 'coverage'),
  ).toEqual([120, 200, 6000, 5000, 0, 5000]);
  const section = (key: string) => report.sections.find((it) => it.key === key)?.rows ?? [];
  expect(
    section('reporting').map((row) => [(row['reporting'] as { zh: string }).zh, row['systemCount']]),
  ).toEqual([
    ['已填报', 2],
    ['不完整', 1],
    ['未填报', 1],
  ]);
  expect(
    section('activeUsers').map((row) =>
      pick(row, 'system', 'activeUsers', 'activeRate', 'registeredUsers', 'coverage', 'missingDays'),
    ),
  ).toEqual([
    ['health/runs', 30, 3000, 100, 10_000, 0],
    ['health/shop', 90, 9000, 100, 9000, 0],
    ['health/late', null, null, null, 8999, 0],
    ['health/silent', null, null, null, 0, 1],
  ]);
  expect(report.missing.map(({ what, why }) => [what.zh, why.zh])).toEqual(
    expect.arrayContaining([
      ['指标 monthlyActive 指标：4 个系统中 1 个未填报', expect.stringContaining('不当作零')],
      ['指标 monthlyActive 指标：4 个系统中 1 个不完整', expect.stringContaining('不足 90%')],
    ]),
  );
});

test('without a system that reported whole there is no active rate', () => {
  const rate = (reported: IndicatorFacts['reported']) => {
    const report = indicatorReport({ ...facts, reported });
    const why = report.missing.find(({ what }) => what.en === 'indicator monthlyActive, indicator')?.why.en;
    return [...pick(rows(report)['monthlyActive'], 'numerator', 'denominator', 'value', 'coverage'), why];
  };
  const nobody = 'no system reported its active users of the month whole';
  expect(rate([reportedUsers('runs', 0, null, null)])).toEqual([null, null, null, 0, nobody]);
  expect(rate([reportedUsers('runs', DAY_STEPS, 5n, 10n)])).toEqual([null, null, null, 0, nobody]);
  expect(rate([])).toEqual([null, null, null, null, expect.stringContaining('no Prometheus')]);
  expect(rate([reportedUsers('runs', 31 * DAY_STEPS, 0n, 0n)])).toEqual([
    0,
    0,
    null,
    10_000,
    'the systems that reported have no target users',
  ]);
});

test('a city without indicators says so', () => {
  const report = indicatorReport({ ...facts, indicators: undefined });
  expect(rows(report)).toEqual({});
  expect(report.missing.map(({ what }) => what.en)).toEqual(['all indicators']);
});

test('of nothing there is no share', () => {
  const report = indicatorReport({ ...facts, systems: [] });
  expect(rows(report)['systemsOnCloud']).toMatchObject({ numerator: 0, denominator: 0, value: null });
  expect(report.missing.map(({ why }) => why.en)).toContain('nothing is registered');
});
