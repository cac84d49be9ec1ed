import type { UsageFinding } from '../../api/v1alpha1/index.ts';
import { cliTexts } from '../../messages/cli.ts';
import { columns, labels, texts } from '../../messages/cli-views.ts';
import {
  findingEndings,
  findingStates,
  findingVerdicts,
  usageFindings,
  usedResources,
} from '../../messages/usage.ts';
import { usedAmount, yuan } from '../output/format.ts';
import type { Reader } from '../output/reader.ts';
import { type Column, fields, table } from '../output/table.ts';
import { findingState } from '../services/findings.ts';
import { dueText, nameColumn, namespaceColumn, person, section } from './common.ts';
import { sizeText } from './usage.ts';

/** What was found of whom, where it stands, whom it waits for and until when. */
export const findingColumns: readonly Column<UsageFinding>[] = [
  nameColumn(),
  { header: columns.system, value: ({ spec }) => spec.owner.system },
  { header: columns.finding, value: ({ spec }, reader) => reader.text(usageFindings[spec.finding]) },
  {
    header: columns.savedMoney,
    value: ({ spec }, { language }) => (spec.saving ? yuan(spec.saving.monthlyFen, language) : '-'),
    align: 'right',
  },
  { header: columns.state, value: (it, reader) => reader.text(findingStates[findingState(it)]) },
  { header: columns.waitsFor, value: ({ status }, reader) => reader.pick(status?.waitsFor ?? '-') },
  {
    header: columns.due,
    value: ({ status }, reader) => dueText(status?.due, reader, status?.conditions) ?? '-',
  },
  { header: columns.allocation, value: ({ spec }) => spec.allocation.name, wide: true },
  { header: columns.sizeNow, value: ({ spec }) => sizeText(spec.now), wide: true },
  { header: columns.sizeRecommended, value: ({ spec }) => sizeText(spec.recommended), wide: true },
  { header: columns.contact, value: ({ spec }) => contactText(spec) ?? '-', wide: true },
  { header: columns.raised, value: ({ spec }) => spec.raised, wide: true },
];

export const findingColumnsEverywhere: readonly Column<UsageFinding>[] = [
  namespaceColumn(),
  ...findingColumns,
];

function contactText({ owner }: UsageFinding['spec']): string | undefined {
  const parts = [owner.person, owner.phone].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join(' ');
}

type Evidence = UsageFinding['spec']['evidence'][number];

const figure = (name: 'granted' | 'p95' | 'p99' | 'max'): Column<Evidence> => ({
  header: columns[name],
  value: ({ resource, [name]: value }) => usedAmount(resource === 'cpu' ? 'millicores' : 'bytes', value),
  align: 'right',
});

const evidenceColumns: readonly Column<Evidence>[] = [
  { header: columns.resource, value: ({ resource }, reader) => reader.text(usedResources[resource]) },
  figure('granted'),
  figure('p95'),
  figure('p99'),
  figure('max'),
  {
    header: columns.coverage,
    value: ({ coverageBasisPoints }) => `${Math.floor(coverageBasisPoints / 100)}%`,
    align: 'right',
  },
];

/** One finding: on what evidence, whom it waits for, and what was said of it. */
export function findingPage(finding: UsageFinding, reader: Reader): readonly string[] {
  const { metadata, spec, status } = finding;
  const label = (key: keyof typeof labels) => reader.text(labels[key]);
  const { saving, ended } = spec;
  return [
    ...fields([
      [label('name'), metadata.name],
      [label('finding'), reader.text(usageFindings[spec.finding])],
      [label('allocation'), `${metadata.namespace}/${spec.allocation.name}`],
      [label('system'), `${spec.owner.organization}/${spec.owner.system}`],
      [label('contact'), contactText(spec)],
      [label('item'), spec.item],
      [label('sizeNow'), spec.now && sizeText(spec.now)],
      [label('sizeRecommended'), spec.recommended && sizeText(spec.recommended)],
      [
        label('saves'),
        saving &&
          reader.text(texts.savesMonthly, {
            vcpu: usedAmount('millicores', saving.millicores),
            memory: usedAmount('bytes', saving.memoryBytes),
            money: yuan(saving.monthlyFen, reader.language),
          }),
      ],
      [label('raised'), spec.raised],
      [label('state'), reader.text(findingStates[findingState(finding)])],
      [label('since'), status?.since],
      [label('waitsFor'), status?.waitsFor && reader.pick(status.waitsFor)],
      [label('due'), dueText(status?.due, reader, status?.conditions)],
      [
        label('ended'),
        ended && reader.text(texts.endedOn, { on: ended.on, why: findingEndings[ended.because] }),
      ],
      [label('period'), reader.text(texts.fromTo, { from: spec.from, to: spec.until })],
      [label('policyFrom'), spec.policyFrom],
    ]),
    '',
    ...table(evidenceColumns, spec.evidence, reader).lines,
    ...section(
      label('said'),
      (status?.decisions ?? []).map(
        ({ raised, by, verdict, comment }) =>
          `${raised}  ${person(by)}  ${reader.text(findingVerdicts[verdict])}${comment ? `: ${comment}` : ''}`,
      ),
    ),
  ];
}

/** What was just said of a finding, in one line. */
export function saidText(
  verdict: keyof typeof findingVerdicts,
  dryRun: boolean,
): (finding: UsageFinding, reader: Reader) => readonly string[] {
  return ({ metadata: { name } }, reader) => [
    dryRun
      ? reader.text(cliTexts.dryRunDone)
      : reader.text(cliTexts.batchDecided, { name, verdict: findingVerdicts[verdict] }),
  ];
}
