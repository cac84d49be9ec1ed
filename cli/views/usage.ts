import type { Usage } from '../../api/reports/index.ts';
import { columns, labels, texts } from '../../messages/cli-views.ts';
import { usedResources } from '../../messages/usage.ts';
import { usedAmount } from '../output/format.ts';
import type { Reader } from '../output/reader.ts';
import { type Column, fields, table } from '../output/table.ts';

type Figure = 'granted' | 'mean' | 'p95' | 'p99' | 'max';

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
