import { expect, test } from 'vitest';
import type { UsageAdvice } from '../../api/reports/index.ts';
import { idleReport } from './idle.ts';

const advice = (finding: UsageAdvice['finding'], monthlyFen: number) =>
  ({
    allocation: `a-${monthlyFen}`,
    organization: 'health',
    system: 'portal',
    item: 'vm',
    zone: 'extranet',
    finding,
    policyFrom: '2026-01-01',
    from: '2026-05-13',
    until: '2026-06-11',
    saving: { millicores: 8000, memoryBytes: 2 ** 30, monthlyFen },
    evidence: [
      { resource: 'cpu', granted: 8000, p95: 400, max: 900, coverageBasisPoints: 9900 },
      { resource: 'memory', granted: 1000, p95: 100, max: 200, coverageBasisPoints: 9500 },
    ],
  }) as unknown as UsageAdvice;
const facts = {
  asOf: '2026-06-12T05:00:00.000Z',
  madeAt: '2026-06-12T05:00:00.000Z',
  advice: [advice('Idle', 100), advice('Oversized', 900), advice('Idle', 300)],
  missing: [],
  organizations: new Map(),
};

test('what is idle alone, the dearest first, with its evidence and what it would save', () => {
  const report = idleReport(facts);
  const [section] = report.sections;
  expect(
    section?.rows.map(({ allocation, cpuP95Share, memoryMaxShare, coverage }) => [
      allocation,
      cpuP95Share,
      memoryMaxShare,
      coverage,
    ]),
  ).toEqual([
    ['a-300', 500, 2000, 9500],
    ['a-100', 500, 2000, 9500],
  ]);
  expect(section?.totals).toMatchObject({ vcpu: 16_000, monthly: 400, coverage: null });
  expect(report.period).toEqual({ from: '2026-05-13', to: '2026-06-11' });
  expect(report.missing).toEqual([]);
  expect(idleReport({ ...facts, zone: 'internet' }).zone).toBe('internet');
});

test('a saving that is not known is no figure, nor is their sum', () => {
  const { saving: _, ...resized } = advice('Idle', 200);
  const report = idleReport({ ...facts, advice: [...facts.advice, resized] });
  expect(report.sections[0]?.rows.map(({ monthly }) => monthly)).toEqual([300, 100, null]);
  expect(report.sections[0]?.totals).toMatchObject({ vcpu: null, monthly: null });
  expect(report.missing.map(({ what }) => what.en)).toEqual(['what some of them would save']);
});
