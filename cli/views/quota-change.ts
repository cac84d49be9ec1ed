import { columns, texts } from '../../messages/cli-views.ts';
import type { LimitEffect } from '../../domain/quota/change.ts';
import { quantity, signedQuantity } from '../output/format.ts';
import type { Reader } from '../output/reader.ts';
import { type Column, table } from '../output/table.ts';
import type { QuotaChange } from '../services/quota-change.ts';

const effectColumns: readonly Column<LimitEffect>[] = [
  { header: columns.account, value: ({ holder }) => holder },
  { header: columns.place, value: ({ zone, arch }) => `${zone}/${arch}` },
  { header: columns.resource, value: ({ resource }, reader) => reader.text(columns[resource]) },
  {
    header: columns.hard,
    value: ({ resource, hardBefore }) => quantity(resource, hardBefore),
    align: 'right',
  },
  {
    header: columns.after,
    value: ({ resource, hardAfter }) => quantity(resource, hardAfter),
    align: 'right',
  },
  {
    header: columns.soft,
    value: ({ resource, softBefore }) => quantity(resource, softBefore),
    align: 'right',
  },
  {
    header: columns.after,
    value: ({ resource, softAfter }) => quantity(resource, softAfter),
    align: 'right',
  },
  { header: columns.usedNow, value: ({ resource, used }) => quantity(resource, used), align: 'right' },
  {
    header: columns.freeAfter,
    value: ({ resource, freeAfter }) => quantity(resource, freeAfter),
    align: 'right',
  },
  {
    header: columns.standing,
    value: ({ resource, freeAfter }, reader) =>
      signedQuantity(resource, freeAfter).isNegative() ? reader.text(texts.overdrawn) : '',
  },
];

/** What a change of a quota does to every account, and whether it is done. */
export function quotaChangePage(dryRun: boolean): (change: QuotaChange, reader: Reader) => readonly string[] {
  return ({ quota, day, effects }, reader) => {
    const { namespace = '', name } = quota.metadata;
    return [
      reader.text(dryRun ? texts.quotaWouldChange : texts.quotaChanged, {
        quota: `${namespace}/${name}`,
        day,
      }),
      ...(effects.length === 0
        ? [reader.text(texts.quotaSame)]
        : ['', ...table(effectColumns, effects, reader).lines]),
    ];
  };
}
