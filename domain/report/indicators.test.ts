import { expect, test } from 'vitest';
import type { Indicator } from '../../api/reports/indicators.ts';
import type { ReportBody, ReportRow } from '../../api/reports/report.ts';
import type { InformationSystem } from '../../api/v1alpha1/index.ts';
import { organization } from '../testing/city.ts';
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
    spec: { hosting, classified, targetUsers: 100 },
  }) as InformationSystem;

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
  organizations: [
    organization('city', 'city'),
    organization('health', 'department', [{ code: 'city', from: '2020-01-01' }]),
  ],
  systems: [
    system('runs', 'city-cloud'),
    system('elsewhere', 'department'),
    system('planned', 'planned'),
    system('secret', 'department', true),
  ],
  running: new Set(['health/runs']),
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
  expect(pick(rows(report)['monthlyActive'], 'numerator', 'denominator', 'value')).toEqual([null, 100, null]);
  expect(report.missing.map(({ what, why }) => [what.en, why.zh])).toEqual([
    ['indicator extranetAccess, indicator', '尚无各单位接入外网的登记，只有单位总数'],
    ['indicator monthlyActive, indicator', '未填报：系统尚未报送月活跃用户'],
  ]);
});

test('the register of today says nothing of another day', () => {
  const report = indicatorReport({ ...facts, asOf: '2026-05-31T15:59:59.999Z', vcpuTotal: null });
  expect(rows(report)['systemsOnCloud']).toMatchObject({ numerator: null, denominator: null, value: null });
  expect(rows(report)['vcpu']).toMatchObject({ value: null, gap: null, progress: null });
  expect(report.missing).toHaveLength(4);
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
