import type { Allocation, ResourceRequest } from '../../api/v1alpha1/index.ts';
import { actions, columns, fundings, labels, texts } from '../../messages/cli-views.ts';
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
    ...section(reader.text(labels.money), moneyLines(brief, reader)),
    ...section(reader.text(labels.effects), rows(effectColumns, quote?.effects ?? [])),
    ...section(reader.text(labels.wouldRefuse), reasonLines(quote?.reasons ?? [], reader)),
    ...section(reader.text(labels.mayRepeat), repeatLines(brief, reader)),
    ...section(reader.text(labels.systemHas), rows<Allocation>(allocationColumns, holdings)),
    ...section(reader.text(labels.systemUses), rows(rightsizeColumns, advice)),
    ...section(reader.text(labels.otherRequests), rows(otherColumns, others)),
  ];
}

function moneyLines({ project, money }: ReviewBrief, reader: Reader): readonly string[] {
  if (!project || !money) return [];
  const { budget, committed, asked, endless } = money;
  const { language } = reader;
  const left = budget.minus(committed).minus(asked);
  return [
    ...fields([
      [reader.text(labels.project), `${reader.title(project.spec.title)}  ${project.spec.approvalNumber}`],
      [reader.text(labels.funding), reader.text(fundings[project.spec.funding])],
      [reader.text(labels.budget), yuan(budget.value, language)],
      [reader.text(labels.committed), yuan(committed.value, language)],
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

function repeatLines({ likenesses }: ReviewBrief, reader: Reader): readonly string[] {
  return likenesses.map(({ kind, item, name, serial }) =>
    reader.text(kind === 'Allocation' ? texts.hasAlready : texts.asksAlready, {
      item,
      name,
      serial: serial ?? '-',
    }),
  );
}
