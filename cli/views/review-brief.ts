import type { Allocation, ResourceRequest } from '../../api/v1alpha1/index.ts';
import { actions, columns, fundings, labels, requestFields, texts } from '../../messages/cli-views.ts';
import { cityTime, yuan } from '../output/format.ts';
import type { Reader } from '../output/reader.ts';
import { type Column, fields, table } from '../output/table.ts';
import type { ReviewBrief } from '../services/review-brief.ts';
import { allocationColumns } from './allocations.ts';
import { section } from './common.ts';
import { effectColumns, reasonLines, requestPage } from './requests.ts';
import { rightsizeColumns } from './usage.ts';

const otherColumns: readonly Column<ResourceRequest>[] = [
  { header: columns.serial, value: ({ status }) => status?.serial ?? '-' },
  { header: columns.name, value: ({ metadata }) => metadata.name },
  { header: columns.action, value: ({ spec }, reader) => reader.text(actions[spec.action]) },
  { header: columns.state, value: ({ status }, reader) => reader.state(status?.state) },
  { header: columns.at, value: ({ metadata }) => cityTime(metadata.creationTimestamp) },
];

/** Everything that a decision on a request needs, on one screen. */
export function reviewPage(brief: ReviewBrief, reader: Reader): readonly string[] {
  const { request, quote, holdings, advice, others } = brief;
  const rows = <T>(of: readonly Column<T>[], list: readonly T[]) =>
    list.length === 0 ? [] : table(of, list, reader).lines;
  return [
    ...requestPage(request, reader),
    ...changedSection(brief, reader),
    ...section(reader.text(labels.money), moneyLines(brief, reader)),
    ...section(reader.text(labels.effects), rows(effectColumns, quote?.effects ?? [])),
    ...section(reader.text(labels.wouldRefuse), reasonLines(quote?.reasons ?? [], reader)),
    ...section(reader.text(labels.systemHas), rows<Allocation>(allocationColumns, holdings)),
    ...section(reader.text(labels.systemUses), rows(rightsizeColumns, advice)),
    ...section(reader.text(labels.otherRequests), rows(otherColumns, others)),
  ];
}

interface ChangeRow {
  readonly field: string;
  readonly before: string;
  readonly after: string;
}

const changeColumns: readonly Column<ChangeRow>[] = [
  { header: columns.field, value: ({ field }) => field },
  { header: columns.before, value: ({ before }) => before },
  { header: columns.after, value: ({ after }) => after },
];

/** What is otherwise than in the version that was quoted before, its price too. */
function changedSection({ request, previous }: ReviewBrief, reader: Reader): readonly string[] {
  if (!previous) return [];
  const rows: ChangeRow[] = previous.changes.map(({ field, before, after }) => ({
    field: fieldText(field, reader),
    before: String(before ?? '-'),
    after: String(after ?? '-'),
  }));
  const price = request.status?.quote?.monthlyFen;
  if (price !== undefined && price !== previous.monthlyFen) {
    const [before, after] = [previous.monthlyFen, price].map((fen) => yuan(fen, reader.language));
    rows.push({ field: reader.text(labels.monthly), before: before ?? '', after: after ?? '' });
  }
  return section(
    reader.text(labels.changedSince, { generation: previous.generation }),
    rows.length === 0 ? [reader.text(texts.asBefore)] : table(changeColumns, rows, reader).lines,
  );
}

/** `lines.vm.vcpu` is a line’s and its parameter; what has no word of its own stays as it is spelt. */
function fieldText(field: string, reader: Reader): string {
  const [, line, part] = /^lines\.([^.]+)\.(.+)$/.exec(field) ?? [];
  const name = part ?? field;
  const word = Object.entries(requestFields).find(([key]) => key === name)?.[1];
  const text = word ? reader.text(word) : name;
  return line === undefined ? text : `${line} ${text}`;
}

function moneyLines({ project, money }: ReviewBrief, reader: Reader): readonly string[] {
  if (!project || !money) return [];
  const { budget, committed, pending, asked, endless } = money;
  const { language } = reader;
  const left = budget.minus(committed).minus(pending).minus(asked);
  return [
    ...fields([
      [reader.text(labels.project), `${reader.title(project.spec.title)}  ${project.spec.approvalNumber}`],
      [reader.text(labels.funding), reader.text(fundings[project.spec.funding])],
      [reader.text(labels.budget), yuan(budget.value, language)],
      [reader.text(labels.committed), yuan(committed.value, language)],
      [reader.text(labels.underWay), yuan(pending.value, language)],
      [reader.text(labels.thisRequest), yuan(asked.value, language)],
      [
        reader.text(labels.leftOfBudget),
        left.isNegative()
          ? `${yuan(left.value, language)}  ${reader.text(texts.overBudget)}`
          : yuan(left.value, language),
      ],
    ]),
    ...(endless === 0 ? [] : [reader.text(texts.endlessGrants, { count: endless })]),
  ];
}
