import { reasonText } from '../../domain/errors.ts';
import type { PoolVerdict } from '../../domain/placement/place.ts';
import type { Difference, PlacementRecord } from '../../domain/placement/record.ts';
import { holdStates, resourceNames } from '../../messages/books.ts';
import { columns, labels, placementFilters, texts } from '../../messages/cli-views.ts';
import { cityTime, percent } from '../output/format.ts';
import type { Reader } from '../output/reader.ts';
import { type Column, fields, table } from '../output/table.ts';
import type { PlacementAnswer } from '../services/placement.ts';
import { amounts, section } from './common.ts';

/** How a pool was chosen: what was asked for, every pool with its filters and score, and why those refused were. */
export function placementPage(answer: PlacementAnswer, reader: Reader): readonly string[] {
  const { request, serial, hold, placement, differences } = answer;
  const label = (key: keyof typeof labels) => reader.text(labels[key]);
  const { workload, verdicts } = placement;
  const refused = verdicts.filter(({ reasons }) => reasons.length > 0);
  const state = Object.entries(holdStates).find(([name]) => name === hold.state)?.[1];
  return [
    ...fields([
      [label('request'), [serial, request].filter((it) => it !== undefined).join('  ')],
      [label('hold'), `${hold.id}  ${state ? reader.text(state) : hold.state}`],
      [label('decided'), cityTime(hold.createdAt)],
      [label('place'), `${workload.zone} / ${workload.arch ?? reader.text(texts.anyArch)}`],
      [label('change'), amounts(placement.amounts, reader)],
      [label('pool'), verdicts.find(({ chosen }) => chosen)?.pool],
    ]),
    ...section(label('pools'), table(poolColumns(placement), verdicts, reader).lines),
    ...section(
      label('whyNot'),
      fields(
        refused.map(({ pool, reasons }) => [
          pool,
          reasons
            .map((it) => `${reader.text(placementFilters[it.filter])}: ${reasonText(it, reader.language)}`)
            .join('\n'),
        ]),
      ),
    ),
    ...(differences ? replayLines(differences, reader) : []),
  ];
}

function poolColumns({ candidates }: PlacementRecord): readonly Column<PoolVerdict>[] {
  const places = new Map(candidates.map(({ pool }) => [pool.name, `${pool.zone}/${pool.arch}`]));
  return [
    { header: columns.pool, value: ({ pool }) => pool },
    { header: columns.place, value: ({ pool }) => places.get(pool) ?? '' },
    { header: columns.result, value: verdictText },
    {
      header: columns.score,
      value: ({ score }) => (score ? percent(score.basisPoints) : ''),
      align: 'right',
    },
    {
      header: columns.scarcest,
      value: ({ score }, reader) => (score?.scarcest ? reader.text(resourceNames[score.scarcest]) : ''),
    },
    {
      header: columns.refusedBy,
      value: ({ reasons }, reader) =>
        [...new Set(reasons.map(({ filter }) => filter))]
          .map((it) => reader.text(placementFilters[it]))
          .join(', '),
    },
  ];
}

function verdictText({ chosen, reasons }: PoolVerdict, reader: Reader): string {
  return reader.text(chosen ? texts.poolChosen : reasons.length === 0 ? texts.poolFits : texts.poolRefused);
}

const differenceColumns: readonly Column<Difference>[] = [
  { header: columns.pool, value: ({ pool }) => pool },
  { header: columns.recorded, value: ({ recorded }, reader) => saidText(recorded, reader) },
  { header: columns.replayed, value: ({ replayed }, reader) => saidText(replayed, reader) },
];

function replayLines(differences: readonly Difference[], reader: Reader): readonly string[] {
  if (differences.length === 0) return ['', reader.text(texts.replayedSame)];
  return [
    '',
    reader.text(texts.replayedOther, { count: differences.length }),
    ...section(reader.text(labels.differences), table(differenceColumns, differences, reader).lines),
  ];
}

/** All that was said of a pool in one line. */
function saidText(verdict: PoolVerdict | undefined, reader: Reader): string {
  if (!verdict) return reader.text(texts.poolUnknown);
  const { score, reasons } = verdict;
  return [
    verdictText(verdict, reader),
    ...(score ? [percent(score.basisPoints)] : []),
    ...reasons.map((it) => reasonText(it, reader.language)),
  ].join('; ');
}
