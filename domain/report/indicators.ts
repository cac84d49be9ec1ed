import type { Indicator } from '../../api/reports/indicators.ts';
import type {
  ReportBody,
  ReportColumn,
  ReportMissing,
  ReportRow,
  ReportSection,
} from '../../api/reports/report.ts';
import type { InformationSystem, Organization } from '../../api/v1alpha1/index.ts';
import {
  missingIndicators,
  missingWhy,
  reportNotes,
  reportTitles,
  reportWords,
  sectionTitles,
} from '../../messages/report-texts.ts';
import type { Message } from '../../messages/index.ts';
import { cityDay } from '../calendar.ts';
import {
  activeUserSection,
  countOf,
  type MonthOfUsers,
  monthOfUsers,
  reportingSection,
  type ReportedUsers,
} from './active-users.ts';
import { integer, missing, shareOf, systemPath, text } from './table.ts';

/** Everything that the indicators are measured by. */
export interface IndicatorFacts {
  /** RFC 3339 */
  readonly asOf: string;
  readonly madeAt: string;
  /** Undefined: the city has published none. */
  readonly indicators: readonly Indicator[] | undefined;
  /** The sum of the pools' totals, in millicores; null when one of them is not known. */
  readonly vcpuTotal: number | null;
  /** By code. */
  readonly organizations: ReadonlyMap<string, Organization>;
  readonly systems: readonly InformationSystem[];
  /** Systems that have something granted, as `<organisation>/<system>`. */
  readonly running: ReadonlySet<string>;
  /** The last month that is over, and what systems told of it; of those that stood on any of its days. */
  readonly month: MonthOfUsers['month'];
  readonly reported: readonly ReportedUsers[];
}

/** A rate, or why there is none. What is known of it is told even then. */
interface Rate {
  readonly numerator: number | null;
  readonly denominator: number | null;
  /** How much of what is meant it stands for, in hundredths of a percent. */
  readonly coverage?: number | null;
  readonly why?: Message;
}

/** The indicators of the plan: their values, how they are worked out, and what cannot be. */
export function indicatorReport(facts: IndicatorFacts): ReportBody {
  const { asOf, madeAt, indicators, organizations } = facts;
  const gaps: ReportMissing[] = [];
  if (indicators === undefined) gaps.push(missing(missingIndicators.all, missingWhy.unpublished));
  const gap = ({ number, title }: Indicator, why: Message) =>
    gaps.push(missing(missingIndicators.indicator, why, { number, title, day: cityDay(asOf) }));
  const list = indicators ?? [];
  const users = monthOfUsers(facts.month, facts.reported, facts.systems);
  const active = list.find(({ measure }) => measure === 'monthlyActive');
  if (active) gaps.push(...partOf(users, active));
  return {
    title: reportTitles.indicators,
    asOf,
    madeAt,
    sections: [
      amountsOf(
        facts,
        list.filter(({ measure }) => measure === 'vcpu'),
        gap,
      ),
      ratesOf(
        facts,
        users,
        list.filter(({ measure }) => measure !== 'vcpu'),
        gap,
      ),
      ...(active ? [reportingSection(users), activeUserSection(users, organizations)] : []),
    ],
    notes: active ? [reportNotes.names] : [],
    missing: gaps,
  };
}

/** The systems whose users are not counted. */
function partOf(users: MonthOfUsers, { number, title }: Indicator): ReportMissing[] {
  const of = users.systems.length;
  return (['unreported', 'incomplete'] as const).flatMap((reporting) => {
    const count = countOf(users, reporting);
    const what = reporting === 'unreported' ? missingIndicators.unreported : missingIndicators.incomplete;
    const why = reporting === 'unreported' ? missingWhy.unreported : missingWhy.reportedInPart;
    return count === 0 ? [] : [missing(what, why, { number, title, count, of })];
  });
}

type Gap = (indicator: Indicator, why: Message) => void;

function amountsOf({ vcpuTotal }: IndicatorFacts, list: readonly Indicator[], gap: Gap): ReportSection {
  const columns: ReportColumn[] = [
    text('number'),
    text('indicator'),
    integer('baseline', 'millicores'),
    integer('value', 'millicores'),
    integer('target', 'millicores'),
    text('by', 'date'),
    integer('gap', 'millicores'),
    integer('progress', 'basisPoints'),
    text('formula'),
    text('source'),
  ];
  const rows = list.map((indicator): ReportRow => {
    const { number, title, baseline, target, source } = indicator;
    if (vcpuTotal === null) gap(indicator, missingWhy.poolsUnknown);
    const start = baseline?.value ?? 0;
    return {
      number,
      indicator: title,
      baseline: baseline?.value ?? null,
      value: vcpuTotal,
      target: target.value,
      by: target.by,
      gap: vcpuTotal === null ? null : Math.max(0, target.value - vcpuTotal),
      progress: vcpuTotal === null ? null : shareOf(BigInt(vcpuTotal - start), BigInt(target.value - start)),
      formula: reportWords.pools,
      source,
    };
  });
  return { key: 'amounts', title: sectionTitles.amounts, columns, rows, notes: [] };
}

function ratesOf(
  facts: IndicatorFacts,
  users: MonthOfUsers,
  list: readonly Indicator[],
  gap: Gap,
): ReportSection {
  const columns: ReportColumn[] = [
    text('number'),
    text('indicator'),
    integer('numerator', 'count'),
    integer('denominator', 'count'),
    integer('baseline', 'basisPoints'),
    integer('value', 'basisPoints'),
    integer('target', 'basisPoints'),
    text('by', 'date'),
    integer('gap', 'basisPoints'),
    integer('coverage', 'basisPoints'),
    text('formula'),
    text('source'),
  ];
  const rows = list.map((indicator): ReportRow => {
    const { number, title, baseline, target, source, measure } = indicator;
    const { numerator, denominator, coverage = null, why } = rateOf(facts, users, measure);
    const value =
      numerator === null || denominator === null ? null : shareOf(BigInt(numerator), BigInt(denominator));
    if (value === null) gap(indicator, why ?? missingWhy.noUnits);
    return {
      number,
      indicator: title,
      numerator,
      denominator,
      baseline: baseline?.value ?? null,
      value,
      target: target.value,
      by: target.by,
      gap: value === null ? null : Math.max(0, target.value - value),
      coverage,
      formula: measure === 'vcpu' ? reportWords.pools : reportWords[measure],
      source,
    };
  });
  return { key: 'rates', title: sectionTitles.rates, columns, rows, notes: [] };
}

function rateOf(facts: IndicatorFacts, users: MonthOfUsers, measure: Indicator['measure']): Rate {
  // Of the books, which know any month.
  if (measure === 'monthlyActive') return activeRate(users);
  // Organisations and systems are registered as they are today: what they were is not kept.
  if (cityDay(facts.asOf) !== cityDay(facts.madeAt)) {
    return { numerator: null, denominator: null, why: missingWhy.registryIsToday };
  }
  const registered = facts.systems.filter(({ spec }) => !spec.classified);
  switch (measure) {
    case 'extranetAccess':
      return {
        numerator: null,
        denominator: [...facts.organizations.values()].filter(({ spec }) => spec.budgetUnit).length,
        why: missingWhy.noExtranetRegister,
      };
    case 'systemsOnCloud': {
      const built = registered.filter(
        (system) => system.spec.hosting !== 'planned' || facts.running.has(systemPath(system)),
      );
      return {
        numerator: built.filter((system) => facts.running.has(systemPath(system))).length,
        denominator: built.length,
      };
    }
    case 'vcpu':
      throw new Error('an amount is no rate');
  }
}

/** Of the systems that told enough of the month; without any there is no rate. */
function activeRate(users: MonthOfUsers): Rate {
  const { systems, active, target } = users;
  const counted = countOf(users, 'reported');
  if (counted === 0) {
    const why = systems.length === 0 ? missingWhy.noActivity : missingWhy.noActiveUsers;
    return { numerator: null, denominator: null, coverage: systems.length === 0 ? null : 0, why };
  }
  return {
    numerator: active,
    denominator: target,
    coverage: shareOf(BigInt(counted), BigInt(systems.length)),
    why: missingWhy.noTargetUsers,
  };
}
