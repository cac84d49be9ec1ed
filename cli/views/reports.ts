import type { AuditRecord, Balances, QuotaBalance, Verification } from '../../api/reports/index.ts';
import { HUB_LOG, HUB_WRITE, type HubLogState } from '../../domain/audit/hub-log.ts';
import { type Resource, RESOURCES } from '../../domain/quantity.ts';
import { hubLogStates, hubVerbs } from '../../messages/audit.ts';
import { resourceNames } from '../../messages/books.ts';
import { columns, labels, texts } from '../../messages/cli-views.ts';
import { cityTime, quantity, signedQuantity } from '../output/format.ts';
import type { Reader } from '../output/reader.ts';
import { type Column, fields } from '../output/table.ts';
import type { CheckedAgainst } from '../services/checkpoints.ts';
import type { CapacityReport, OrganizationNode } from '../services/reports.ts';
import { person, standingText } from './common.ts';
import { treeLabel } from './catalogue.ts';

/** One pool's or holder's figures of one resource. */
interface Figure<T> {
  readonly row: T;
  readonly resource: Resource;
}

function figureColumns<T>(get: (row: T) => Balances): readonly Column<Figure<T>>[] {
  const column = (header: keyof typeof columns, part: keyof Balances): Column<Figure<T>> => ({
    header: columns[header] as (typeof columns)['hard'],
    value: ({ row, resource }) => quantity(resource, get(row)[part][resource]),
    align: 'right',
  });
  return [
    { header: columns.resource, value: ({ resource }, reader) => reader.text(columns[resource]) },
    column('hard', 'hard'),
    column('posted', 'posted'),
    column('pending', 'pending'),
    column('free', 'free'),
    { header: columns.usedShare, value: ({ row, resource }) => share(get(row), resource), align: 'right' },
  ];
}

/** How much of the limit is granted or held, in percent, cut off. */
function share({ hard, free }: Balances, resource: Resource): string {
  const limit = signedQuantity(resource, hard[resource]).value;
  if (limit <= 0n) return '-';
  return `${((limit - signedQuantity(resource, free[resource]).value) * 100n) / limit}%`;
}

/** The resources of a balance that are limited or used at all. */
function shown<T extends Balances>(row: T): Figure<T>[] {
  return RESOURCES.filter((resource) =>
    (['hard', 'posted', 'pending'] as const).some((part) => row[part][resource] !== '0'),
  ).map((resource) => ({ row, resource }));
}

type Pool = CapacityReport['pools'][number];

export const capacityColumns: readonly Column<Figure<Pool>>[] = [
  { header: columns.pool, value: ({ row }) => row.pool },
  { header: columns.place, value: ({ row }) => `${row.zone}/${row.arch}` },
  ...figureColumns<Pool>((row) => row),
];

export function capacityRows({ pools }: CapacityReport): Figure<Pool>[] {
  return pools.flatMap(shown);
}

/** What makes of a pool's total what it may grant, and what it does not keep back. */
export function policyLines({ policies, uncovered }: CapacityReport, reader: Reader): readonly string[] {
  const lines = [
    ...policies.map(({ pool, from, basis, overcommitPercent = {}, growthPercent = 0 }) => {
      const parts = [
        ...RESOURCES.flatMap((it) => {
          const percent = it === 'vcpu' || it === 'memory' ? overcommitPercent[it] : undefined;
          return percent === undefined || percent === 100
            ? []
            : [reader.text(texts.overcommit, { resource: resourceNames[it], percent })];
        }),
        ...(growthPercent === 0 ? [] : [reader.text(texts.growth, { percent: growthPercent })]),
      ];
      return reader.text(texts.poolPolicy, {
        pool,
        from,
        parts: parts.join(reader.language === 'zh' ? '，' : ', ') || reader.text(texts.asDeclared),
        basis: reader.pick(basis),
      });
    }),
    ...uncovered.map(({ pool, message }) =>
      reader.text(texts.poolSays, { pool, text: reader.pick(message) }),
    ),
  ];
  return lines.length === 0 ? [] : ['', ...lines];
}

interface QuotaRow extends QuotaBalance {
  readonly node: OrganizationNode;
}

export const quotaColumns: readonly Column<Figure<QuotaRow>>[] = [
  {
    header: columns.organization,
    value: ({ row }, reader) => {
      const label = treeLabel(row.node, reader);
      return row.holderKind === 'system'
        ? `${'  '.repeat(row.node.depth + 1)}${row.holder.split('/')[1]}`
        : label;
    },
  },
  { header: columns.account, value: ({ row }) => row.holder },
  { header: columns.place, value: ({ row }, reader) => scopeText(row, reader) },
  ...figureColumns<QuotaRow>((row) => row).toSpliced(2, 0, {
    header: columns.soft,
    value: ({ row, resource }) => quantity(resource, row.soft?.[resource]),
    align: 'right',
  }),
  {
    header: columns.standing,
    value: ({ row: { hard, free, soft }, resource }, reader) =>
      standingText(resource, { hard: hard[resource], free: free[resource], soft: soft?.[resource] }, reader),
  },
];

function scopeText({ zone, arch }: { zone: string; arch: string }, reader: Reader): string {
  return zone === '*' && arch === '*' ? reader.text(texts.everywhere) : `${zone}/${arch}`;
}

export function quotaRows(nodes: readonly OrganizationNode[]): Figure<QuotaRow>[] {
  return nodes.flatMap((node) => node.balances.flatMap((balance) => shown({ ...balance, node })));
}

export const auditColumns: readonly Column<AuditRecord>[] = [
  { header: columns.seq, value: ({ seq }) => String(seq), align: 'right' },
  { header: columns.at, value: ({ at }) => cityTime(at) },
  { header: columns.actor, value: auditActor },
  { header: columns.auditAction, value: auditAction },
  { header: columns.subject, value: ({ subject }) => subject },
  { header: columns.hash, value: ({ hash }) => hash, wide: true },
];

/** Who did it, and under whose name where that is another's. */
function auditActor({ actor, body }: AuditRecord, reader: Reader): string {
  const { as } = body as { readonly as?: string };
  const who = person(actor);
  return as === undefined ? who : reader.text(texts.actsAs, { who, as: person(as) });
}

/** What was done; of what happened on the hub also in words. */
function auditAction({ action, body }: AuditRecord, reader: Reader): string {
  const { verb, state } = body as { readonly verb?: string; readonly state?: string };
  const words =
    action === HUB_WRITE
      ? hubVerbs[verb as keyof typeof hubVerbs]
      : action === HUB_LOG
        ? hubLogStates[state as HubLogState]
        : undefined;
  return words === undefined ? action : `${action} ${reader.text(words)}`;
}

export function verificationPage(
  what: 'books' | 'audit',
): (result: Verification & Partial<CheckedAgainst>, reader: Reader) => readonly string[] {
  return ({ ok, checkedAt, count, findings = [], firstBad, head, checkpoints }, reader) => [
    reader.text(
      what === 'books' ? (ok ? texts.booksClean : texts.booksBad) : ok ? texts.auditClean : texts.auditBad,
      { count: what === 'audit' && head ? head.seq : count },
    ),
    ...fields([
      [reader.text(labels.checked), cityTime(checkedAt)],
      [reader.text(labels.head), head && `${head.seq}:${head.hash}`],
      [reader.text(labels.firstBad), firstBad && `${firstBad.seq} ${firstBad.fault}`],
      [
        reader.text(labels.checkpoints),
        checkpoints &&
          reader.text(texts.checkpointsSigned, {
            count: checkpoints.count,
            seq: checkpoints.newest.seq,
            at: cityTime(checkpoints.newest.at),
          }),
      ],
      [
        reader.text(labels.lastGood),
        checkpoints?.lastGood && `${checkpoints.lastGood.seq} (${cityTime(checkpoints.lastGood.at)})`,
      ],
    ]),
    ...findings.map(({ code, message }) => `${code} ${reader.pick(message)}`),
  ];
}
