import { dayAfter } from '../calendar.ts';
import type { UsageAdvice } from '../../api/reports/index.ts';
import type { ReportBody, ReportColumn, ReportMissing, ReportRow } from '../../api/reports/report.ts';
import type { Organization } from '../../api/v1alpha1/index.ts';
import {
  missingFigures,
  missingWhy,
  reportNotes,
  reportTitles,
  reportWords,
  sectionTitles,
} from '../../messages/report-texts.ts';
import { movesOf } from './moves.ts';
import { both, integer, missing, nameIn, shareOf, text, totalsOf } from './table.ts';

/** Everything that a report of what was built and is not used is made from. */
export interface IdleFacts {
  /** RFC 3339 */
  readonly asOf: string;
  readonly madeAt: string;
  readonly organization?: string | undefined;
  readonly zone?: string | undefined;
  /** Judged by the policy that is in force; of the zone alone, if one is asked for. */
  readonly advice: readonly UsageAdvice[];
  /** Why nothing could be judged. */
  readonly missing: readonly ReportMissing[];
  readonly organizations: ReadonlyMap<string, Organization>;
}

/** What was built and is not used (建而不用), with the evidence and what giving it back would save. */
export function idleReport(facts: IdleFacts): ReportBody {
  const { asOf, madeAt, organization, zone, organizations } = facts;
  const columns: ReportColumn[] = [
    text('organization'),
    text('system'),
    text('allocation'),
    text('item'),
    integer('cpuP95Share', 'basisPoints'),
    integer('memoryMaxShare', 'basisPoints'),
    integer('coverage', 'basisPoints'),
    integer('vcpu', 'millicores'),
    integer('memory', 'bytes'),
    integer('monthly', 'fen'),
  ];
  const idle = facts.advice.filter(({ finding }) => finding === 'Idle');
  const rows = idle
    .map((it): ReportRow => {
      const share = (resource: 'cpu' | 'memory', figure: 'p95' | 'max') => {
        const seen = it.evidence.find((use) => use.resource === resource);
        const [used, granted] = [seen?.[figure], seen?.granted];
        return used === undefined || granted === undefined ? null : shareOf(BigInt(used), BigInt(granted));
      };
      return {
        organization: nameIn(organizations, it.organization),
        system: `${it.organization}/${it.system}`,
        allocation: it.allocation,
        item: it.item,
        cpuP95Share: share('cpu', 'p95'),
        memoryMaxShare: share('memory', 'max'),
        coverage: Math.min(...it.evidence.map(({ coverageBasisPoints }) => coverageBasisPoints)),
        vcpu: it.saving?.millicores ?? null,
        memory: it.saving?.memoryBytes ?? null,
        monthly: it.saving?.monthlyFen ?? null,
      };
    })
    .sort((a, b) => Number(b['monthly']) - Number(a['monthly']));
  const [first] = facts.advice;
  return {
    title: reportTitles.idle,
    asOf,
    madeAt,
    ...(first ? { period: { from: first.from, to: first.until } } : {}),
    ...(zone === undefined ? {} : { zone }),
    ...(organization === undefined
      ? {}
      : { organization: { code: organization, name: nameIn(organizations, organization) } }),
    sections: [
      {
        key: 'idle',
        title: sectionTitles.idle,
        columns,
        rows,
        totals: totalsOf(columns, rows, reportWords.total),
        notes: [reportNotes.idle, ...(first ? [both(reportNotes.policy, { from: first.policyFrom })] : [])],
      },
    ],
    notes: [
      reportNotes.names,
      ...(first
        ? movesOf(
            organizations,
            { after: dayAfter(first.from, -1), by: first.until },
            reportNotes.movedOwn,
            organization,
          )
        : []),
    ],
    missing: [
      ...facts.missing,
      ...(rows.some(({ monthly }) => monthly === null)
        ? [missing(missingFigures.saving, missingWhy.resizedSince)]
        : []),
    ],
  };
}
