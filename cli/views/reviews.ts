import type { Repair, ResourceRequest, StockImport } from '../../api/v1alpha1/index.ts';
import { cliTexts } from '../../messages/cli.ts';
import {
  actions,
  columns,
  importStates,
  labels,
  doubtfulParts,
  texts,
  verdicts,
} from '../../messages/cli-views.ts';
import { repairActions, repairStates } from '../../messages/repair.ts';
import { stepMessages } from '../../messages/states.ts';
import { findingSteps } from '../../messages/usage.ts';
import type { Stored } from '../../kube/types.ts';
import { age, cityTime, yuan } from '../output/format.ts';
import type { Reader } from '../output/reader.ts';
import { type Column, fields, table } from '../output/table.ts';
import type { DoubtfulDecision } from '../services/reviewers.ts';
import { amounts, conditionSection, dueText, parameters, person, section } from './common.ts';

/** What stands in a reviewer's work list. */
export type WorkRow = Stored<ResourceRequest> | Stored<StockImport> | Stored<Repair>;

function isRequest(row: WorkRow): row is Stored<ResourceRequest> {
  return row.kind === 'ResourceRequest';
}

function isRepair(row: WorkRow): row is Stored<Repair> {
  return row.kind === 'Repair';
}

export const workColumns: readonly Column<WorkRow>[] = [
  { header: columns.serial, value: (it) => (isRequest(it) ? (it.status?.serial ?? '-') : '-') },
  { header: columns.name, value: ({ metadata }) => metadata.name },
  {
    header: columns.unit,
    value: (it) =>
      isRequest(it) ? it.spec.applicant.unit : isRepair(it) ? person(it.spec.requester) : it.spec.file.name,
  },
  { header: columns.system, value: (it) => (isRequest(it) ? it.spec.system : '-') },
  {
    header: columns.action,
    value: (it, reader) =>
      reader.text(isRequest(it) ? actions[it.spec.action] : isRepair(it) ? texts.repair : texts.openingStock),
  },
  { header: columns.step, value: (it, reader) => stepOf(it, reader) },
  {
    header: columns.amounts,
    value: (it, reader) =>
      isRequest(it)
        ? amounts(it.status?.quote?.change, reader)
        : isRepair(it)
          ? reader.text(texts.differences, { count: it.status?.total ?? 0 })
          : reader.text(texts.rows, { count: it.spec.rows.length }),
  },
  {
    header: columns.monthly,
    value: (it, { language }) =>
      isRequest(it) && it.status?.quote ? yuan(it.status.quote.monthlyFen, language) : '-',
    align: 'right',
  },
  {
    header: columns.due,
    value: (it, reader) =>
      isRequest(it) ? (dueText(it.status?.due, reader, it.status?.conditions) ?? '-') : '-',
  },
  { header: columns.age, value: ({ metadata }, { now }) => age(metadata.creationTimestamp, now) },
  { header: columns.namespace, value: ({ metadata }) => metadata.namespace ?? '-', wide: true },
  { header: columns.requester, value: ({ spec }) => person(spec.requester), wide: true },
];

function stepOf(row: WorkRow, reader: Reader): string {
  if (!isRequest(row)) return reader.text(stepMessages.approval);
  const step = row.status?.review?.openStep as keyof typeof stepMessages | undefined;
  return step ? reader.text(stepMessages[step]) : '-';
}

type Row = StockImport['spec']['rows'][number];

const rowColumns: readonly Column<Row>[] = [
  { header: columns.row, value: ({ row }) => String(row), align: 'right' },
  { header: columns.organization, value: ({ organization }) => organization },
  { header: columns.system, value: ({ system }) => system },
  { header: columns.item, value: ({ item }) => item },
  { header: columns.quantity, value: ({ quantity }) => String(quantity), align: 'right' },
  { header: columns.parameters, value: (it) => parameters(it.parameters) },
  { header: columns.place, value: ({ zone, arch }) => `${zone}/${arch}` },
  { header: columns.openedOn, value: ({ openedOn }) => openedOn },
  { header: columns.basis, value: ({ basis }) => basis },
];

/** A batch of opening stock. */
export function importPage(stock: StockImport, reader: Reader): readonly string[] {
  const { metadata, spec, status } = stock;
  const label = (key: keyof typeof labels) => reader.text(labels[key]);
  const results = new Map((status?.rows ?? []).map((it) => [it.row, it]));
  return [
    ...fields([
      [label('name'), metadata.name],
      [label('file'), `${spec.file.name}  sm3:${spec.file.sm3}`],
      [label('rows'), `${spec.rows.length} / ${spec.file.rows}`],
      [label('state'), status?.state === undefined ? '-' : reader.text(importStates[status.state])],
      [label('requester'), person(spec.requester)],
      [label('created'), cityTime(metadata.creationTimestamp)],
      [label('opened'), status?.opened === undefined ? undefined : String(status.opened)],
      [label('refused'), status?.refused === undefined ? undefined : String(status.refused)],
      [label('digest'), status?.digest],
    ]),
    ...section(label('lines'), table(rowColumns, spec.rows, reader).lines),
    ...section(label('decisions'), decided(status?.decisions, reader)),
    ...section(
      label('reasons'),
      [...results.values()].flatMap(({ row, reasons = [] }) =>
        reasons.map(
          ({ code, message }) => `${reader.text(texts.row, { row })}: ${code} ${reader.pick(message)}`,
        ),
      ),
    ),
    ...conditionSection(status?.conditions, reader),
  ];
}

type RepairItem = NonNullable<NonNullable<Repair['status']>['items']>[number];

const repairColumns: readonly Column<RepairItem>[] = [
  { header: columns.object, value: ({ object }) => object },
  { header: columns.difference, value: ({ difference }, reader) => reader.pick(difference.message) },
  { header: columns.repair, value: ({ action }, reader) => reader.text(repairActions[action]) },
];

/** A repair and its plan: what differs, and what mends it. */
export function repairPage({ metadata, spec, status }: Repair, reader: Reader): readonly string[] {
  const label = (key: keyof typeof labels) => reader.text(labels[key]);
  const { state, digest, total = 0, items = [], repaired = 0, decisions } = status ?? {};
  const rest = total - items.length;
  return [
    ...fields([
      [label('name'), metadata.name],
      [label('state'), state === undefined ? '-' : reader.text(repairStates[state])],
      [label('reason'), spec.reason],
      [label('requester'), person(spec.requester)],
      [label('created'), cityTime(metadata.creationTimestamp)],
      [label('repaired'), repaired === 0 ? undefined : String(repaired)],
      [label('digest'), state === 'Done' ? undefined : digest],
    ]),
    ...section(label('plan'), items.length === 0 ? [] : table(repairColumns, items, reader).lines),
    ...(total === 0 && state === 'PendingApproval' ? [reader.text(texts.nothingDiffers)] : []),
    ...(rest > 0 ? [reader.text(texts.moreDifferences, { count: rest })] : []),
    ...section(label('decisions'), decided(decisions, reader)),
    ...conditionSection(status?.conditions, reader),
  ];
}

function decided(
  decisions: NonNullable<StockImport['status']>['decisions'],
  reader: Reader,
): readonly string[] {
  return (decisions ?? []).map(
    ({ reviewer, verdict, comment }) =>
      `${person(reviewer)}  ${reader.text(verdicts[verdict])}${comment ? `: ${comment}` : ''}`,
  );
}

/** What a decision just made was, in one line. */
export function decidedText(
  verdict: keyof typeof verdicts,
  dryRun: boolean,
): (decided: WorkRow, reader: Reader) => readonly string[] {
  return (decided, reader) => {
    if (dryRun) return [reader.text(cliTexts.dryRunDone)];
    if (!isRequest(decided)) {
      return [
        reader.text(cliTexts.batchDecided, { name: decided.metadata.name, verdict: verdicts[verdict] }),
      ];
    }
    const { status, metadata } = decided;
    const step = status?.decisions?.at(-1)?.step ?? 'approval';
    return [
      reader.text(cliTexts.decided, {
        name: status?.serial ?? metadata.name,
        step: stepMessages[step],
        verdict: verdicts[verdict],
      }),
    ];
  };
}

/** A decision by somebody who may be one who may not decide. */
export const doubtfulColumns: readonly Column<DoubtfulDecision>[] = [
  { header: columns.subject, value: ({ subject }) => subject },
  {
    header: columns.step,
    value: ({ step }, reader) => {
      const message = Object.entries({ ...stepMessages, ...findingSteps }).find(
        ([name]) => name === step,
      )?.[1];
      return message ? reader.text(message) : '-';
    },
  },
  { header: columns.reviewer, value: ({ reviewer }) => person(reviewer) },
  { header: columns.person, value: ({ name }) => name },
  {
    header: columns.mayBe,
    value: ({ part, other }, reader) => `${reader.text(doubtfulParts[part])} ${person(other)}`.trimEnd(),
  },
];
