import { codeOf, type Organization } from '../../api/v1alpha1/index.ts';
import type { ReportBody, ReportColumn, ReportRow, ReportSection } from '../../api/reports/report.ts';
import { actions } from '../../messages/cli-views.ts';
import {
  missingIndicators,
  missingWhy,
  reportNotes,
  reportTitles,
  reportWords,
  sectionTitles,
} from '../../messages/report-texts.ts';
import { stateMessages } from '../../messages/states.ts';
import type { DecisionCopy } from '../approval/fold.ts';
import { type HeldDocument, standingOf } from '../approval/ticket.ts';
import { cityDay, dayAfter, dueDate, type Calendar } from '../calendar.ts';
import { stateOfStep } from '../request/state.ts';
import { movesOf } from './moves.ts';
import { exact, integer, missing, nameIn, text, totalsOf } from './table.ts';

/** A request in review. */
export interface OpenRequest {
  readonly document: HeldDocument;
  /** When its hold was taken, RFC 3339. */
  readonly openedAt: string;
  /** The copies of its decisions that were there. */
  readonly decisions: readonly DecisionCopy[];
}

/** Everything that a report of requests is made from. */
export interface RequestFacts {
  /** RFC 3339 */
  readonly asOf: string;
  readonly madeAt: string;
  /** When the books begin, RFC 3339. */
  readonly first: string;
  /** First and last day, YYYY-MM-DD. */
  readonly period: { readonly from: string; readonly to: string };
  readonly organization?: string | undefined;
  readonly zone?: string | undefined;
  readonly open: readonly OpenRequest[];
  readonly decided: {
    readonly granted: number;
    readonly returned: number;
    readonly rejected: number;
    /** Whole days from receipt to grant, in order. */
    readonly days: readonly number[];
  };
  /** What was granted and is not accepted yet. */
  readonly unbuilt: ReportSection;
  readonly calendar: Calendar;
  readonly organizations: ReadonlyMap<string, Organization>;
}

const DAY_MS = 86_400_000;
const STEPS = ['initial', 'technical', 'approval'] as const;

/** Requests by the step on which they wait and for how long, and what was decided within a period. */
export function requestReport(facts: RequestFacts): ReportBody {
  const { asOf, madeAt, period, organization, zone, first } = facts;
  const open = facts.open
    .filter(({ document }) => zone === undefined || (document.quote.zone ?? document.spec.zone) === zone)
    .flatMap((it) => openRow(facts, it) ?? []);
  return {
    title: reportTitles.requests,
    asOf,
    madeAt,
    period,
    ...(zone === undefined ? {} : { zone }),
    ...(organization === undefined
      ? {}
      : { organization: { code: organization, name: nameIn(facts.organizations, organization) } }),
    sections: [stepsOf(open), listOf(open), facts.unbuilt, ...(zone === undefined ? [decidedOf(facts)] : [])],
    notes: [
      reportNotes.names,
      ...movesOf(
        facts.organizations,
        { after: dayAfter(period.from, -1), by: period.to },
        reportNotes.movedOwn,
        organization,
      ),
    ],
    missing:
      period.from < cityDay(first)
        ? [
            missing(missingIndicators.period, missingWhy.beforeBooks, {
              from: cityDay(first),
              day: period.from,
              first: cityDay(first),
            }),
          ]
        : [],
  };
}

interface Open {
  readonly step: (typeof STEPS)[number];
  readonly row: ReportRow;
}

function openRow(facts: RequestFacts, { document, decisions, openedAt }: OpenRequest): Open | undefined {
  const { result } = standingOf(document, decisions, openedAt).review;
  // Decided, and the operator was about to act on it.
  if (result.outcome !== 'open') return undefined;
  const { step } = result;
  const today = cityDay(facts.asOf);
  const since = cityDay(result.openedAt);
  const due = dueDate(facts.calendar, result.openedAt, step.dueWorkingDays);
  const { request, spec, quote } = document;
  const code = codeOf(request.namespace) ?? '';
  return {
    step: step.name,
    row: {
      organization: nameIn(facts.organizations, code),
      system: `${code}/${spec.system}`,
      serial: request.serial,
      action: actions[spec.action],
      step: stateMessages[stateOfStep(step.name)],
      since,
      age: daysBetween(since, today),
      due: due.date,
      lateDays: today > due.date ? daysBetween(due.date, today) : 0,
      provisional: due.provisional,
      monthly: quote.monthlyFen,
    },
  };
}

function stepsOf(open: readonly Open[]): ReportSection {
  const columns: ReportColumn[] = [
    text('step'),
    integer('count', 'count'),
    integer('overdue', 'count'),
    integer('oldest', 'days'),
  ];
  const rows = STEPS.map((step): ReportRow => {
    const here = open.filter((it) => it.step === step).map(({ row }) => row);
    return {
      step: stateMessages[stateOfStep(step)],
      count: here.length,
      overdue: here.filter((row) => Number(row['lateDays']) > 0).length,
      oldest: here.length === 0 ? null : Math.max(...here.map((row) => Number(row['age']))),
    };
  });
  return {
    key: 'steps',
    title: sectionTitles.steps,
    columns,
    rows,
    totals: totalsOf(columns, rows, reportWords.total),
    notes: [reportNotes.steps, reportNotes.requester],
    chart: { shape: 'bars', labels: ['step'], series: ['count'] },
  };
}

function listOf(open: readonly Open[]): ReportSection {
  const columns: ReportColumn[] = [
    text('organization'),
    text('system'),
    text('serial'),
    text('action'),
    text('step'),
    text('since', 'date'),
    integer('age', 'days'),
    text('due', 'date'),
    integer('lateDays', 'days'),
    text('provisional', 'boolean'),
    integer('monthly', 'fen'),
  ];
  const rows = open
    .map(({ row }) => row)
    .sort(
      (a, b) =>
        (String(a['due']) < String(b['due']) ? -1 : a['due'] === b['due'] ? 0 : 1) ||
        (String(a['serial']) < String(b['serial']) ? -1 : 1),
    );
  return {
    key: 'open',
    title: sectionTitles.open,
    columns,
    rows,
    notes: rows.some((row) => row['provisional'] === true) ? [reportNotes.provisional] : [],
  };
}

function decidedOf({ decided }: RequestFacts): ReportSection {
  const { granted, returned, rejected, days } = decided;
  return {
    key: 'decided',
    title: sectionTitles.decided,
    columns: [
      integer('granted', 'count'),
      integer('returned', 'count'),
      integer('rejected', 'count'),
      integer('medianDays', 'days'),
      integer('mostDays', 'days'),
    ],
    rows: [
      {
        granted: exact(BigInt(granted)),
        returned,
        rejected,
        medianDays: days[Math.floor((days.length - 1) / 2)] ?? null,
        mostDays: days.at(-1) ?? null,
      },
    ],
    notes: [reportNotes.decided],
  };
}

function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS);
}
