import type { ReportColumn, ReportRow, ReportSection } from '../../api/reports/report.ts';
import type { InformationSystem, Organization } from '../../api/v1alpha1/index.ts';
import { reportNotes, reportWords, sectionTitles } from '../../messages/report-texts.ts';
import { DAY_STEPS, daysIn } from '../usage/day.ts';
import { both, exact, integer, nameIn, shareOf, systemPath, text, titled, totalsOf } from './table.ts';
import { WHOLE_COVERAGE } from './use.ts';

/** What a system told of its users in a month. */
export interface ReportedUsers {
  readonly organization: string;
  readonly system: string;
  /** The days of the month that are in the books. */
  readonly days: number;
  readonly samples: number;
  /** Null when it told nothing. */
  readonly active: bigint | null;
  readonly target: bigint | null;
}

/** Whether a system told enough of a month to be counted. */
export type Reporting = 'reported' | 'incomplete' | 'unreported';

/** What systems told of a month, as a rate is made of it. */
export interface MonthOfUsers {
  /** First and last day, YYYY-MM-DD. */
  readonly month: { readonly from: string; readonly to: string };
  readonly systems: readonly SystemUsers[];
  /** Sums of those that told enough. */
  readonly active: number;
  readonly target: number;
}

interface SystemUsers extends ReportedUsers {
  readonly path: string;
  readonly reporting: Reporting;
  /** Hundredths of a percent of the month. */
  readonly coverage: number;
  readonly registered: InformationSystem | undefined;
}

/** @param systems those that are registered; classified ones do not count */
export function monthOfUsers(
  month: MonthOfUsers['month'],
  reported: readonly ReportedUsers[],
  systems: readonly InformationSystem[],
): MonthOfUsers {
  const registered = new Map(systems.map((it) => [systemPath(it), it]));
  const all = reported
    .map((it): SystemUsers => {
      const path = `${it.organization}/${it.system}`;
      const steps = daysIn({ from: month.from, until: month.to }) * DAY_STEPS;
      const coverage = Math.floor((it.samples * 10_000) / steps);
      const reporting =
        it.active === null ? 'unreported' : coverage < WHOLE_COVERAGE ? 'incomplete' : 'reported';
      return { ...it, path, coverage, reporting, registered: registered.get(path) };
    })
    .filter((it) => it.registered?.spec.classified !== true);
  const sum = (of: 'active' | 'target') =>
    exact(all.reduce((total, it) => total + (it.reporting === 'reported' ? (it[of] ?? 0n) : 0n), 0n));
  return { month, systems: all, active: sum('active'), target: sum('target') };
}

export function countOf({ systems }: MonthOfUsers, reporting: Reporting): number {
  return systems.filter((it) => it.reporting === reporting).length;
}

/** How many systems told enough, too little and nothing; what told nothing is counted apart. */
export function reportingSection(users: MonthOfUsers): ReportSection {
  const { month, systems } = users;
  const columns: ReportColumn[] = [
    text('reporting'),
    integer('systemCount', 'count'),
    integer('systemShare', 'basisPoints'),
  ];
  const rows = (['reported', 'incomplete', 'unreported'] as const).map((reporting): ReportRow => {
    const count = countOf(users, reporting);
    const systemShare = shareOf(BigInt(count), BigInt(systems.length));
    return { reporting: reportWords[reporting], systemCount: count, systemShare };
  });
  return {
    key: 'reporting',
    title: sectionTitles.reporting,
    columns,
    rows,
    totals: totalsOf(columns, rows, reportWords.total),
    notes: [both(reportNotes.reporting, month)],
  };
}

/** The rate of each system, and why there is none. */
export function activeUserSection(
  { month, systems }: MonthOfUsers,
  organizations: ReadonlyMap<string, Organization>,
): ReportSection {
  const columns: ReportColumn[] = [
    text('organization'),
    text('system'),
    text('systemTitle'),
    text('reporting'),
    integer('activeUsers', 'count'),
    integer('targetUsers', 'count'),
    integer('activeRate', 'basisPoints'),
    integer('registeredUsers', 'count'),
    integer('coverage', 'basisPoints'),
    integer('missingDays', 'days'),
  ];
  const rows = systems.map(
    ({ organization, path, reporting, coverage, days, registered, active, target }): ReportRow => {
      const counts = reporting === 'reported' && active !== null && target !== null;
      return {
        organization: nameIn(organizations, organization),
        system: path,
        systemTitle: registered ? titled(registered.spec.name) : null,
        reporting: reportWords[reporting],
        activeUsers: counts ? exact(active) : null,
        targetUsers: counts ? exact(target) : null,
        activeRate: counts ? shareOf(active, target) : null,
        registeredUsers: registered?.spec.targetUsers ?? null,
        coverage,
        missingDays: daysIn({ from: month.from, until: month.to }) - days,
      };
    },
  );
  return {
    key: 'activeUsers',
    title: sectionTitles.activeUsers,
    columns,
    rows,
    notes: [both(reportNotes.activeUsers, month)],
  };
}
