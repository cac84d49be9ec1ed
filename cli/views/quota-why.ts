import { resourceNames } from '../../messages/books.ts';
import { columns, labels, quotaParts, texts } from '../../messages/cli-views.ts';
import { cityTime, quantity } from '../output/format.ts';
import type { Reader } from '../output/reader.ts';
import { type Column, fields, table } from '../output/table.ts';
import type { AccountWhy } from '../services/quota-why.ts';
import { section, standingText } from './common.ts';

type Part = AccountWhy['parts'][number] & Pick<AccountWhy, 'resource'>;

const partColumns: readonly Column<Part>[] = [
  { header: columns.part, value: ({ kind }, reader) => reader.text(quotaParts[kind]) },
  { header: columns.name, value: ({ name }) => name },
  { header: columns.otherParty, value: ({ other }) => other ?? '-' },
  { header: columns.amount, value: ({ resource, amount }) => quantity(resource, amount), align: 'right' },
  { header: columns.from, value: ({ from }) => from },
  { header: columns.until, value: ({ until }, reader) => until ?? reader.text(texts.noTerm) },
  {
    header: columns.counts,
    value: ({ counts }, reader) => reader.text(counts ? texts.counts : texts.countsNot),
  },
];

type Row = AccountWhy['takers'][number] & Pick<AccountWhy, 'resource'>;

const takerColumns: readonly Column<Row>[] = [
  { header: columns.name, value: ({ name }) => name },
  { header: columns.serial, value: ({ serial }) => serial ?? '-' },
  { header: columns.namespace, value: ({ namespace }) => namespace },
  { header: columns.system, value: ({ system }) => system ?? '-' },
  { header: columns.amount, value: ({ resource, amount }) => quantity(resource, amount), align: 'right' },
  { header: columns.frees, value: freesText },
];

function freesText({ isHeld, lapsesAt, until }: Row, reader: Reader): string {
  if (isHeld) {
    return lapsesAt === undefined
      ? reader.text(texts.heldByRequest)
      : reader.text(texts.heldUntil, { time: cityTime(lapsesAt) });
  }
  return until === undefined ? reader.text(texts.noTerm) : reader.text(texts.termEnds, { day: until });
}

/** The most that one account shows; `-o json` has all. */
const MOST_SHOWN = 15;

export function quotaWhyPage(items: readonly AccountWhy[], reader: Reader): readonly string[] {
  return items.flatMap((it, index) => [...(index === 0 ? [] : ['']), ...accountLines(it, reader)]);
}

/** The commands by which more is asked for, and given: of a pool there are none. */
function nextSteps({ account, holder, zone, arch, resource, giver }: AccountWhy): readonly string[] {
  const [kind] = account.split('/', 1);
  if (kind === 'pool') return [];
  const ofPlace = (command: string, prefix = '') =>
    [
      command,
      ...(zone === '*' ? [] : [`--${prefix}zone ${zone}`]),
      ...(arch === '*' ? [] : [`--${prefix}arch ${arch}`]),
      `--${resource} …`,
    ].join(' ');
  const asks = kind === 'organisation' && giver ? [ofPlace('govcloud request quota', 'quota-')] : [];
  return [...asks, ofPlace(`govcloud quota set ${holder}`)];
}

function accountLines(it: AccountWhy, reader: Reader): readonly string[] {
  const { resource, takers, giver } = it;
  const amount = (text: string) => quantity(resource, text);
  const rows = takers.slice(0, MOST_SHOWN).map((taker) => ({ ...taker, resource }));
  const more = takers.length - rows.length;
  return [
    `${it.account}  ${reader.text(resourceNames[resource])}`,
    ...fields(
      [
        [reader.text(columns.hard), amount(it.hard)],
        [reader.text(columns.soft), it.soft && amount(it.soft)],
        [reader.text(columns.posted), amount(it.posted)],
        [reader.text(columns.pending), amount(it.pending)],
        [reader.text(columns.free), amount(it.free)],
        [reader.text(columns.standing), standingText(resource, it, reader) || undefined],
        [reader.text(labels.canGive), giver && `${reader.title(giver.name)} (${giver.code})`],
        [reader.text(labels.nextStep), nextSteps(it).join('\n') || undefined],
      ],
      '  ',
    ),
    ...section(
      reader.text(labels.parts),
      it.parts.length === 0
        ? []
        : table(
            partColumns,
            it.parts.map((part) => ({ ...part, resource })),
            reader,
          ).lines,
    ).map((line) => (line === '' ? line : `  ${line}`)),
    ...section(reader.text(labels.takers), [
      ...(rows.length === 0 ? [] : table(takerColumns, rows, reader).lines),
      ...(more > 0 ? [reader.text(texts.moreTakers, { count: more })] : []),
      ...(it.unseen === '0' ? [] : [reader.text(texts.unseenTakers, { amount: amount(it.unseen) })]),
    ]).map((line) => (line === '' ? line : `  ${line}`)),
  ];
}
