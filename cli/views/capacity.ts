import type { Amounts } from '../../api/reports/index.ts';
import type { Impact, OrganizationImpact, PlaceImpact, PoolImpact } from '../../domain/capacity/impact.ts';
import type { Change, ChangeAction } from '../../domain/capacity/plan.ts';
import type { UnreachableMember } from '../../domain/capacity/unreachable.ts';
import { type Resource, RESOURCES } from '../../domain/quantity.ts';
import { capacityTexts as texts, capacityWords as words, engineWords } from '../../messages/capacity.ts';
import { columns } from '../../messages/cli-views.ts';
import { cityTime, quantity } from '../output/format.ts';
import type { Reader } from '../output/reader.ts';
import { type Column, table } from '../output/table.ts';
import { person } from './common.ts';
import type { CapacityHistory, CapacityPlan } from '../services/capacity.ts';

/** Objects of a kind that come or go are told up to so many, and the rest counted. */
const MOST_ALIKE = 5;

const SIGNS: Readonly<Record<ChangeAction, string>> = {
  create: '+',
  update: '~',
  replace: '±',
  delete: '-',
  drift: '!',
};

/** A plan, and what it would do to what is in use. */
export function planPage(plan: CapacityPlan, reader: Reader): readonly string[] {
  const { stack, changes, drift, same, done, action } = plan;
  const lines = stack
    ? [reader.text(texts.stack, { name: stack.name, title: reader.title(stack.title) })]
    : [];
  if (drift.length > 0)
    lines.push(reader.text(texts.drift), ...drift.flatMap((it) => changeLines(it, reader)));
  if (action === 'refresh')
    return [...lines, reader.text(drift.length > 0 ? texts.refreshedDrift : texts.refreshed)];
  if (changes.length === 0) lines.push(reader.text(texts.noChanges, { same }));
  else {
    const count = (wanted: ChangeAction) => changes.filter((it) => it.action === wanted).length;
    lines.push(
      reader.text(done ? texts.changed : texts.changes),
      ...changesLines(changes, reader),
      reader.text(texts.counts, {
        create: count('create'),
        update: count('update'),
        replace: count('replace'),
        delete: count('delete'),
        same,
      }),
    );
  }
  lines.push(
    ...plan.refused.map(({ object = '-', message }) => reader.text(texts.tried, { object, message })),
    ...plan.unreachable.map((it) => unreachableLine(it, reader)),
  );
  return done ? lines : [...lines, ...impactLines(plan, reader)];
}

function unreachableLine({ cluster, pools, message }: UnreachableMember, reader: Reader): string {
  const names = pools.join(reader.language === 'zh' ? '、' : ', ');
  const params = { cluster, message: reader.pick(message), pools: names || texts.noPool };
  return reader.text(texts.unreachable, params);
}

function changesLines(changes: readonly Change[], reader: Reader): string[] {
  const seen = new Map<string, number>();
  const lines: string[] = [];
  for (const change of changes) {
    const alike = `${change.action} ${change.kind}`;
    const count = (seen.get(alike) ?? 0) + 1;
    seen.set(alike, count);
    if (change.fields.length > 0 || count <= MOST_ALIKE) lines.push(...changeLines(change, reader));
  }
  for (const [alike, count] of seen) {
    const [action, kind = ''] = alike.split(' ');
    const told = changes.filter((it) => `${it.action} ${it.kind}` === alike && it.fields.length > 0).length;
    const hidden = count - Math.max(told, MOST_ALIKE);
    if (hidden <= 0) continue;
    lines.push(
      `  ${SIGNS[action as ChangeAction]} ${reader.text(texts.moreObjects, { count: hidden, kind })}`,
    );
  }
  return lines;
}

function changeLines({ action, kind, namespace, name, fields }: Change, reader: Reader): string[] {
  const object = [kind, namespace, name].filter((it) => it !== undefined).join('/');
  const gone = action === 'drift' && fields.length === 0 ? ` ${reader.text(texts.driftGone)}` : '';
  return [
    `  ${SIGNS[action]} ${object}${gone}`,
    ...fields.map(
      ({ path, before, after }) => `      ${path}: ${value(before, reader)} → ${value(after, reader)}`,
    ),
  ];
}

function value(it: unknown, reader: Reader): string {
  if (it === undefined) return '-';
  return typeof it === 'string' ? reader.pick(it) : JSON.stringify(it);
}

function impactLines({ impact, incomplete }: CapacityPlan, reader: Reader): string[] {
  const missing = incomplete.map(({ message }) =>
    reader.text(texts.incomplete, { message: reader.pick(message) }),
  );
  if (!impact) return missing;
  const moved = impact.pools.filter(({ change }) => change !== 'kept');
  if (moved.length === 0) return [reader.text(texts.noImpact), ...missing];
  return [
    '',
    reader.text(texts.impact),
    ...table(poolColumns, moved.flatMap(poolRows), reader).lines,
    '',
    reader.text(texts.free),
    ...table(placeColumns, impact.places.flatMap(placeRows), reader).lines,
    ...refusalLines(impact, reader),
    ...impact.organizations.flatMap((it) => organizationLines(it, reader)),
    ...impact.unblocked.map((it) =>
      reader.text(texts.unblocked, {
        namespace: it.namespace,
        request: it.serial ?? it.request,
        pool: it.pool,
      }),
    ),
    ...missing,
  ];
}

function refusalLines({ refusals }: Impact, reader: Reader): string[] {
  return refusals.map(({ code, pool, short }) =>
    reader.text(texts.refused, { code, pool, short: amountsText(short, reader) }),
  );
}

function organizationLines(
  { organization, allocations, holds }: OrganizationImpact,
  reader: Reader,
): string[] {
  return [
    reader.text(texts.hit, { organization, allocations: allocations.length, holds: holds.length }),
    ...allocations.map(({ system, item, name, pool, consumes }) => {
      const amounts = amountsText(consumes, reader);
      return `    ${reader.text(texts.hitAllocation, { system, item, name, pool, amounts })}`;
    }),
    ...holds.map(({ request, serial, pool, pending }) => {
      const amounts = amountsText(pending, reader);
      return `    ${reader.text(texts.hitHold, { request: serial ?? request, pool, amounts })}`;
    }),
  ];
}

function amountsText(amounts: Partial<Amounts>, reader: Reader): string {
  return RESOURCES.filter((it) => amounts[it] !== undefined)
    .map((it) => `${reader.text(columns[it])} ${quantity(it, amounts[it])}`)
    .join(reader.language === 'zh' ? '、' : ', ');
}

interface Row<T> {
  readonly of: T;
  readonly resource: Resource;
}

function poolRows(of: PoolImpact): Row<PoolImpact>[] {
  return RESOURCES.filter((it) => of.hard.before[it] !== of.hard.after[it]).map((resource) => ({
    of,
    resource,
  }));
}

function placeRows(of: PlaceImpact): Row<PlaceImpact>[] {
  return RESOURCES.map((resource) => ({ of, resource }));
}

const right = <T>(header: Column<Row<T>>['header'], amount: (of: T) => Amounts): Column<Row<T>> => ({
  header,
  value: ({ of, resource }) => quantity(resource, amount(of)[resource]),
  align: 'right',
});

const poolColumns: readonly Column<Row<PoolImpact>>[] = [
  { header: columns.pool, value: ({ of }) => of.pool },
  { header: columns.place, value: ({ of }) => `${of.zone}/${of.arch}` },
  { header: words.change, value: ({ of }, reader) => reader.text(words[of.change]) },
  { header: columns.resource, value: ({ resource }, reader) => reader.text(columns[resource]) },
  right(words.limitBefore, (of) => of.hard.before),
  right(words.limitAfter, (of) => of.hard.after),
  right(columns.posted, (of) => of.posted),
  right(columns.pending, (of) => of.pending),
  right(words.freeAfter, (of) => of.free.after),
];

const placeColumns: readonly Column<Row<PlaceImpact>>[] = [
  { header: columns.place, value: ({ of }) => `${of.zone}/${of.arch}` },
  { header: columns.resource, value: ({ resource }, reader) => reader.text(columns[resource]) },
  right(words.freeBefore, (of) => of.before),
  right(words.freeAfter, (of) => of.after),
];

type Run = CapacityHistory['items'][number];

/** A word of the engine's; one that is not known stays as it is. */
function engineWord(word: string, reader: Reader): string {
  return Object.hasOwn(engineWords, word) ? reader.text(engineWords[word as keyof typeof engineWords]) : word;
}

export const historyColumns: readonly Column<Run>[] = [
  { header: words.run, value: ({ kind }, reader) => engineWord(kind, reader) },
  { header: columns.result, value: ({ result }, reader) => engineWord(result, reader) },
  { header: words.started, value: ({ startedAt }) => cityTime(startedAt) },
  {
    header: words.seconds,
    value: ({ startedAt, endedAt }) =>
      String(Math.round((Date.parse(endedAt) - Date.parse(startedAt)) / 1000)),
    align: 'right',
  },
  {
    header: words.steps,
    value: ({ changes }, reader) =>
      Object.entries(changes)
        .map(([what, count]) => `${engineWord(what, reader)} ${count}`)
        .join(reader.language === 'zh' ? '，' : ', '),
  },
  { header: words.note, value: ({ message }) => message.split(' ').map(person).join(' ') },
];
