import type { Indicator } from '../../api/reports/indicators.ts';
import type {
  ReportBody,
  ReportColumn,
  ReportMissing,
  ReportRow,
  ReportSection,
} from '../../api/reports/report.ts';
import { codeOf, type InformationSystem, type Organization } from '../../api/v1alpha1/index.ts';
import {
  missingIndicators,
  missingWhy,
  reportTitles,
  reportWords,
  sectionTitles,
} from '../../messages/report-texts.ts';
import type { Message } from '../../messages/index.ts';
import { cityDay } from '../calendar.ts';
import { integer, missing, shareOf, text } from './table.ts';

/** Everything that the indicators are measured by. */
export interface IndicatorFacts {
  /** RFC 3339 */
  readonly asOf: string;
  readonly madeAt: string;
  /** Undefined: the city has published none. */
  readonly indicators: readonly Indicator[] | undefined;
  /** The sum of the pools' totals, in millicores; null when one of them is not known. */
  readonly vcpuTotal: number | null;
  readonly organizations: readonly Organization[];
  readonly systems: readonly InformationSystem[];
  /** Systems that have something granted, as `<organisation>/<system>`. */
  readonly running: ReadonlySet<string>;
}

/** A rate, or why there is none. What is known of it is told even then. */
interface Rate {
  readonly numerator: number | null;
  readonly denominator: number | null;
  readonly why?: Message;
}

/** The indicators of the plan: their values, how they are worked out, and what cannot be. */
export function indicatorReport(facts: IndicatorFacts): ReportBody {
  const { asOf, madeAt, indicators } = facts;
  const gaps: ReportMissing[] = [];
  if (indicators === undefined) gaps.push(missing(missingIndicators.all, missingWhy.unpublished));
  const gap = ({ number, title }: Indicator, why: Message) =>
    gaps.push(missing(missingIndicators.indicator, why, { number, title, day: cityDay(asOf) }));
  const list = indicators ?? [];
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
        list.filter(({ measure }) => measure !== 'vcpu'),
        gap,
      ),
    ],
    notes: [],
    missing: gaps,
  };
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

function ratesOf(facts: IndicatorFacts, list: readonly Indicator[], gap: Gap): ReportSection {
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
    text('formula'),
    text('source'),
  ];
  const rows = list.map((indicator): ReportRow => {
    const { number, title, baseline, target, source, measure } = indicator;
    const { numerator, denominator, why } = rateOf(facts, measure);
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
      formula: measure === 'vcpu' ? reportWords.pools : reportWords[measure],
      source,
    };
  });
  return { key: 'rates', title: sectionTitles.rates, columns, rows, notes: [] };
}

function rateOf(facts: IndicatorFacts, measure: Indicator['measure']): Rate {
  // Organisations and systems are registered as they are today: what they were is not kept.
  if (cityDay(facts.asOf) !== cityDay(facts.madeAt)) {
    return { numerator: null, denominator: null, why: missingWhy.registryIsToday };
  }
  const registered = facts.systems.filter(({ spec }) => !spec.classified);
  switch (measure) {
    case 'extranetAccess':
      return {
        numerator: null,
        denominator: facts.organizations.filter(({ spec }) => spec.budgetUnit).length,
        why: missingWhy.noExtranetRegister,
      };
    case 'monthlyActive':
      return {
        numerator: null,
        denominator: registered
          .filter((system) => facts.running.has(pathOf(system)))
          .reduce((sum, { spec }) => sum + spec.targetUsers, 0),
        why: missingWhy.noActiveUsers,
      };
    case 'systemsOnCloud': {
      const built = registered.filter(
        (system) => system.spec.hosting !== 'planned' || facts.running.has(pathOf(system)),
      );
      return {
        numerator: built.filter((system) => facts.running.has(pathOf(system))).length,
        denominator: built.length,
      };
    }
    case 'vcpu':
      throw new Error('an amount is no rate');
  }
}

function pathOf({ metadata }: InformationSystem): string {
  return `${codeOf(metadata.namespace ?? '') ?? ''}/${metadata.name}`;
}
