import type {
  ReportBody,
  ReportColumn,
  ReportMissing,
  ReportRow,
  ReportSection,
} from '../../api/reports/report.ts';
import type { Organization } from '../../api/v1alpha1/index.ts';
import {
  missingFigures,
  missingWhy,
  reportNotes,
  reportTitles,
  reportWords,
  sectionTitles,
} from '../../messages/report-texts.ts';
import type { Message } from '../../messages/index.ts';
import { cityDay, dayAfter } from '../calendar.ts';
import { DAY_STEPS, daysIn } from '../usage/day.ts';
import { movesOf } from './moves.ts';
import { both, exact, integer, missing, nameIn, shareOf, text } from './table.ts';

/** What an allocation used of a resource within the period; amounts in millicores or bytes. */
export interface UsedAmount {
  readonly organization: string;
  readonly system: string;
  readonly allocation: string;
  readonly zone: string;
  readonly resource: 'cpu' | 'memory' | 'storage';
  /** On the last day that is in the books. */
  readonly granted: bigint;
  readonly days: number;
  readonly samples: number;
  /** Undefined: nothing was seen. */
  readonly figures:
    | { readonly mean: bigint; readonly p50: bigint; readonly p95: bigint; readonly max: bigint }
    | undefined;
}

/** Everything that a report of use is made from. */
export interface UseFacts {
  /** RFC 3339 */
  readonly asOf: string;
  readonly madeAt: string;
  /** First and last day, YYYY-MM-DD. */
  readonly period: { readonly from: string; readonly to: string };
  readonly organization?: string | undefined;
  readonly zone?: string | undefined;
  /** The days of the period of which the books have any use, in order. */
  readonly days: readonly string[];
  readonly used: readonly UsedAmount[];
  readonly organizations: ReadonlyMap<string, Organization>;
}

/** Below this share of the samples a figure is told as incomplete, in hundredths of a percent. */
export const WHOLE_COVERAGE = 9000;

/** What is used of what was granted. A gap is never idle: what was not seen is told, and counts for nothing. */
export function useReport(facts: UseFacts): ReportBody {
  const { asOf, madeAt, period, organization, zone, organizations } = facts;
  const used = facts.used.filter((it) => zone === undefined || it.zone === zone);
  const unseen = used.filter(({ samples }) => coverageOf(samples, period) < WHOLE_COVERAGE);
  return {
    title: reportTitles.use,
    asOf,
    madeAt,
    period,
    ...(zone === undefined ? {} : { zone }),
    ...(organization === undefined
      ? {}
      : { organization: { code: organization, name: nameIn(organizations, organization) } }),
    sections: (['cpu', 'memory', 'storage'] as const).map((resource) => sectionOf(facts, used, resource)),
    notes: [
      reportNotes.use,
      ...(cityDay(asOf) === cityDay(madeAt) ? [] : [reportNotes.usePast]),
      reportNotes.names,
      ...movesOf(
        organizations,
        { after: dayAfter(period.from, -1), by: period.to },
        reportNotes.movedOwn,
        organization,
      ),
    ],
    missing:
      used.length === 0
        ? [missing(missingFigures.use, missingWhy.noUse)]
        : [
            ...unreadDays(facts),
            ...(unseen.length > 0
              ? [missing(missingFigures.wholeUse, missingWhy.gaps, { count: unseen.length, of: used.length })]
              : []),
          ],
  };
}

function sectionOf(
  { period, organizations }: UseFacts,
  all: readonly UsedAmount[],
  resource: UsedAmount['resource'],
): ReportSection {
  const unit = resource === 'cpu' ? 'millicores' : 'bytes';
  const columns: ReportColumn[] = [
    text('organization'),
    text('system'),
    text('allocation'),
    integer('grantedAmount', unit),
    integer('mean', unit),
    integer('p50', unit),
    integer('p95', unit),
    integer('max', unit),
    integer('p95Share', 'basisPoints'),
    integer('coverage', 'basisPoints'),
    integer('missingDays', 'days'),
  ];
  const rows = all
    .filter((it) => it.resource === resource)
    .sort((a, b) => (pathOf(a) < pathOf(b) ? -1 : 1))
    .map(
      ({ organization, system, allocation, granted, figures, samples, days }): ReportRow => ({
        organization: nameIn(organizations, organization),
        system: `${organization}/${system}`,
        allocation,
        grantedAmount: exact(granted),
        mean: figures ? exact(figures.mean) : null,
        p50: figures ? exact(figures.p50) : null,
        p95: figures ? exact(figures.p95) : null,
        max: figures ? exact(figures.max) : null,
        p95Share: figures ? shareOf(figures.p95, granted) : null,
        coverage: coverageOf(samples, period),
        missingDays: daysIn({ from: period.from, until: period.to }) - days,
      }),
    );
  return {
    key: resource,
    title: sectionTitles[resource === 'memory' ? 'memoryUse' : resource],
    columns,
    rows,
    notes: [],
  };
}

/** Stretches of days without use that are named; what is beyond them is one more. */
const MOST_STRETCHES = 5;

/** The days of which the books have nothing at all. */
function unreadDays({ period, days }: UseFacts): ReportMissing[] {
  const ends = [dayAfter(period.from, -1), ...days, dayAfter(period.to, 1)];
  const stretches = ends.slice(1).flatMap((next, index): Message[] => {
    const [from, to] = [dayAfter(ends[index] as string, 1), dayAfter(next, -1)];
    if (from > to) return [];
    return [from === to ? { zh: from, en: from } : both(reportWords.fromTo, { from, to })];
  });
  if (stretches.length === 0) return [];
  const shown = stretches.slice(0, MOST_STRETCHES);
  const list = [...shown, ...(stretches.length > MOST_STRETCHES ? [reportWords.andMore] : [])].reduce(
    (all, next) => both(reportWords.andNext, { all, next }),
  );
  return [missing(missingFigures.useOf, missingWhy.daysUnread, { days: list })];
}

function coverageOf(samples: number, { from, to }: UseFacts['period']): number {
  return Math.floor((samples * 10_000) / (daysIn({ from, until: to }) * DAY_STEPS));
}

function pathOf({ organization, system, allocation }: UsedAmount): string {
  return `${organization}/${system}/${allocation}`;
}
