import { expect, test } from 'vitest';
import type { ReportRow, ReportSection } from '../../api/reports/report.ts';
import type { DecisionCopy } from '../approval/fold.ts';
import { type HeldDocument, ticketOf } from '../approval/ticket.ts';
import { organization } from '../testing/city.ts';
import { type RequestFacts, requestReport } from './requests.ts';

const STEPS = [
  { name: 'initial', approvals: 1, dueWorkingDays: 2 },
  { name: 'approval', approvals: 1, dueWorkingDays: 3 },
] as const;

function document(name: string, zone = 'extranet'): HeldDocument {
  return {
    request: { uid: name, namespace: 'gov-health', name, serial: `ZY-${name}` },
    generation: 1,
    spec: {
      requester: 'clerk',
      applicant: {},
      system: 'portal',
      action: 'Provision',
    } as HeldDocument['spec'],
    quote: {
      zone,
      pool: 'a',
      flow: 'small',
      monthlyFen: 12_345,
      lines: [],
      steps: [...STEPS],
    } as unknown as HeldDocument['quote'],
    round: 1,
  };
}

const approved = (it: HeldDocument, at: string): DecisionCopy => ({
  step: 'initial',
  ticket: ticketOf(it, 1),
  generation: 1,
  reviewer: 'zhang',
  verdict: 'approve',
  position: 0,
  decidedAt: at,
});

const none: ReportSection = { key: 'unbuilt', title: { zh: '', en: '' }, columns: [], rows: [], notes: [] };
const [old, moved] = [document('1'), document('2')];
const facts: RequestFacts = {
  // A Friday.
  asOf: '2026-06-12T04:00:00.000Z',
  madeAt: '2026-06-12T05:00:00.000Z',
  first: '2026-01-01T00:00:00.000Z',
  period: { from: '2026-06-01', to: '2026-06-12' },
  open: [
    { document: old, openedAt: '2026-06-05T01:00:00.000Z', decisions: [] },
    {
      document: moved,
      openedAt: '2026-06-01T01:00:00.000Z',
      decisions: [approved(moved, '2026-06-11T01:00:00.000Z')],
    },
  ],
  decided: { granted: 3, returned: 1, rejected: 0, days: [1, 4, 9] },
  unbuilt: none,
  calendar: { years: [2026], holidays: new Set(), workdays: new Set() },
  organizations: new Map([
    ['health', organization('health', 'department', [{ code: 'city', from: '2020-01-01' }])],
  ]),
};

const rowsOf = (changed: Partial<RequestFacts>, key: string): readonly ReportRow[] =>
  requestReport({ ...facts, ...changed }).sections.find((it) => it.key === key)?.rows ?? [];
const pick = (row: ReportRow | undefined, ...keys: string[]) => keys.map((key) => row?.[key]);

test('a request is as old as its step, and late once its last working day is over', () => {
  // Taken on Friday the 5th, due in two working days: on Tuesday the 9th, three days ago.
  const rows = rowsOf({}, 'open');
  expect(rows.map((row) => pick(row, 'serial', 'since', 'age', 'due', 'lateDays', 'provisional'))).toEqual([
    ['ZY-1', '2026-06-05', 7, '2026-06-09', 3, false],
    ['ZY-2', '2026-06-11', 1, '2026-06-16', 0, false],
  ]);
  expect(rows[0]).toMatchObject({
    system: 'health/portal',
    monthly: 12_345,
    step: { en: 'Pending initial review' },
  });
  expect(rowsOf({ asOf: '2026-06-09T12:00:00.000Z' }, 'open')[0]?.['lateDays']).toBe(0);
});

test('by step, with what is overdue and the oldest', () => {
  const told = rowsOf({}, 'steps').map((row) => pick(row, 'count', 'overdue', 'oldest'));
  expect(told).toEqual([
    [1, 1, 7],
    [0, 0, null],
    [1, 0, 1],
  ]);
});

test('decided within the period, with the median and the longest', () => {
  expect(rowsOf({}, 'decided')).toEqual([
    { granted: 3, returned: 1, rejected: 0, medianDays: 4, mostDays: 9 },
  ]);
  const nothing = { granted: 0, returned: 0, rejected: 0, days: [] };
  expect(pick(rowsOf({ decided: nothing }, 'decided')[0], 'medianDays', 'mostDays')).toEqual([null, null]);
});

test('a year without published holidays makes dates provisional, and a note says so', () => {
  const report = requestReport({
    ...facts,
    calendar: { years: [], holidays: new Set(), workdays: new Set() },
  });
  const open = report.sections.find(({ key }) => key === 'open');
  expect(open?.rows.map((row) => row['provisional'])).toEqual([true, true]);
  expect(open?.notes[0]?.en).toContain('not published');
});

test('a period that begins before the books is told', () => {
  const report = requestReport({ ...facts, period: { from: '2025-12-01', to: '2026-06-12' } });
  expect(report.missing.map(({ why }) => why.en)).toEqual([
    'the books begin on 2026-01-01, after 2025-12-01',
  ]);
});

test('of one zone only its requests', () => {
  expect(rowsOf({ zone: 'internet' }, 'open')).toEqual([]);
  expect(rowsOf({ zone: 'extranet' }, 'open')).toHaveLength(2);
});
