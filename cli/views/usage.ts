import type { Usage, UsageAdvice } from '../../api/reports/index.ts';
import { columns, labels, texts } from '../../messages/cli-views.ts';
import { usageFindings, usedResources } from '../../messages/usage.ts';
import { usedAmount, yuan } from '../output/format.ts';
import type { Reader } from '../output/reader.ts';
import { type Column, fields, table } from '../output/table.ts';

type Figure = 'granted' | 'mean' | 'p50' | 'p95' | 'p99' | 'max';

const figure = (name: Figure, wide = false): Column<Usage> => ({
  header: columns[name],
  value: ({ unit, [name]: value }) => usedAmount(unit, value),
  align: 'right',
  ...(wide ? { wide } : {}),
});

const figures: readonly Column<Usage>[] = [
  { header: columns.resource, value: ({ resource }, reader) => reader.text(usedResources[resource]) },
  figure('granted'),
  figure('mean'),
  figure('p50', true),
  figure('p95'),
  figure('p99', true),
  figure('max'),
  { header: columns.p95Share, value: ({ granted, p95 }) => percentOf(p95, granted), align: 'right' },
  {
    header: columns.coverage,
    value: ({ coverageBasisPoints }) => `${Math.floor(coverageBasisPoints / 100)}%`,
    align: 'right',
  },
];

export const usageColumns: readonly Column<Usage>[] = [
  { header: columns.organization, value: ({ organization }) => organization },
  { header: columns.system, value: ({ system }) => system },
  { header: columns.allocation, value: ({ allocation }) => allocation },
  ...figures,
  { header: columns.missing, value: missing },
  { header: columns.series, value: ({ series }) => series.join(' + '), wide: true },
];

/** Why the figures do not stand for the whole period. */
function missing({ days, missingDays, coverageBasisPoints, faults, series }: Usage, reader: Reader): string {
  const reasons = [
    series.length === 0 ? reader.text(texts.notMeasured) : '',
    missingDays > 0 ? reader.text(texts.daysMissing, { missing: missingDays, all: days + missingDays }) : '',
    faults.length > 0
      ? reader.text(texts.samplesDropped, { count: faults.reduce((sum, { steps }) => sum + steps, 0) })
      : '',
  ].filter((it) => it !== '');
  // A step at the edge of a day is no gap worth a word.
  if (reasons.length === 0 && coverageBasisPoints < 9_900)
    reasons.push(reader.text(coverageBasisPoints === 0 ? texts.nothingSeen : texts.partlySeen));
  return reasons.join(reader.text(texts.and));
}

/** How much of what was granted, in percent, rounded down. */
function percentOf(value: number | undefined, granted: number | undefined): string {
  return value === undefined || !granted ? '-' : `${Math.floor((value / granted) * 100)}%`;
}

/** One allocation: its figures, and the series behind each. */
export function usagePage(items: readonly Usage[], reader: Reader): readonly string[] {
  const [first] = items;
  if (!first) return [];
  return [
    ...fields([
      [reader.text(labels.allocation), first.allocation],
      [reader.text(labels.system), `${first.organization}/${first.system}`],
      [reader.text(labels.item), first.item],
      [reader.text(labels.period), reader.text(texts.fromTo, { from: first.from, to: first.until })],
    ]),
    '',
    ...table(figures, items, reader, { wide: true }).lines,
    '',
    ...fields(
      items.map((item): [string, string] => [
        reader.text(usedResources[item.resource]),
        [
          missing(item, reader),
          ...item.series,
          ...item.faults.map(({ message, series, steps }) =>
            reader.text(texts.dropped, { why: reader.pick(message), series, count: steps }),
          ),
        ]
          .filter((it) => it !== '')
          .join('\n'),
      ]),
    ),
  ];
}

const adviceColumns: readonly Column<UsageAdvice>[] = [
  { header: columns.organization, value: ({ organization }) => organization },
  { header: columns.system, value: ({ system }) => system },
  { header: columns.allocation, value: ({ allocation }) => allocation },
  { header: columns.item, value: ({ item, quantity }) => `${item} × ${quantity}` },
];

/** What it was judged by: each resource's figure beside what was granted, and how much of the time was seen. */
const evidenceColumn: Column<UsageAdvice> = {
  header: columns.evidence,
  value: ({ evidence }, reader) =>
    evidence
      .filter(({ resource, granted }) => resource !== 'network' && granted)
      .map(({ resource, p95, max, granted, coverageBasisPoints }) =>
        reader.text(texts.usedOfGranted, {
          resource: usedResources[resource],
          p95: percentOf(p95, granted),
          max: percentOf(max, granted),
          coverage: Math.floor(coverageBasisPoints / 100),
        }),
      )
      .join(reader.text(texts.and)),
};

const savingColumns: readonly Column<UsageAdvice>[] = [
  {
    header: columns.savedCores,
    value: ({ saving }) => usedAmount('millicores', saving?.millicores),
    align: 'right',
  },
  {
    header: columns.savedMemory,
    value: ({ saving }) => usedAmount('bytes', saving?.memoryBytes),
    align: 'right',
  },
  {
    header: columns.savedMoney,
    value: ({ saving }, reader) => (saving ? yuan(saving.monthlyFen, reader.language) : '-'),
    align: 'right',
  },
];

const seriesColumn: Column<UsageAdvice> = {
  header: columns.series,
  value: ({ evidence }) => evidence.flatMap(({ series }) => series).join(' + '),
  wide: true,
};

/** Idle grants: what they used, and what giving them back would save. */
export const idleColumns: readonly Column<UsageAdvice>[] = [
  ...adviceColumns,
  ...savingColumns,
  evidenceColumn,
  seriesColumn,
];

/** Grants of another size than their use: the size that is recommended for one unit, and why. */
export const rightsizeColumns: readonly Column<UsageAdvice>[] = [
  ...adviceColumns,
  { header: columns.finding, value: ({ finding }, reader) => reader.text(usageFindings[finding]) },
  { header: columns.sizeNow, value: ({ now }) => sizeText(now) },
  { header: columns.sizeRecommended, value: ({ recommended }) => sizeText(recommended) },
  ...savingColumns,
  evidenceColumn,
  seriesColumn,
];

/** The size of one unit. */
export function sizeText(size: UsageAdvice['now']): string {
  return size === undefined ? '-' : `${size.vcpu} vCPU / ${size.memoryGiB} GB`;
}
