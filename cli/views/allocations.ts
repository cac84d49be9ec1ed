import type { Allocation } from '../../api/v1alpha1/index.ts';
import { actions, columns, handovers, labels, texts } from '../../messages/cli-views.ts';
import { cityTime, yuan } from '../output/format.ts';
import type { Reader } from '../output/reader.ts';
import { type Column, fields } from '../output/table.ts';
import type { Secret } from '../services/allocations.ts';
import {
  ageColumn,
  amounts,
  conditionSection,
  assumptionField,
  nameColumn,
  namespaceColumn,
  parameters,
  person,
  section,
} from './common.ts';

/** What do we have, until when, by which approval, at what price. */
export const allocationColumns: readonly Column<Allocation>[] = [
  nameColumn(),
  { header: columns.system, value: ({ spec }) => spec.system },
  { header: columns.item, value: ({ spec }) => spec.item },
  { header: columns.quantity, value: ({ spec }) => String(spec.quantity), align: 'right' },
  { header: columns.parameters, value: ({ spec }) => parameters(spec.parameters) },
  { header: columns.until, value: ({ spec }, reader) => spec.until ?? reader.text(texts.noTerm) },
  { header: columns.approval, value: ({ spec }) => spec.basis ?? spec.request.serial },
  {
    header: columns.monthly,
    value: ({ spec }, { language }) => yuan(spec.monthlyFen, language),
    align: 'right',
  },
  { header: columns.state, value: (it, reader) => allocationState(it, reader) },
  { header: columns.place, value: ({ spec }) => `${spec.zone}/${spec.arch}`, wide: true },
  { header: columns.pool, value: ({ spec }) => spec.pool, wide: true },
  { header: columns.organization, value: ({ spec }) => spec.organization, wide: true },
  { header: columns.project, value: ({ spec }) => spec.project ?? '-', wide: true },
  { header: columns.from, value: ({ spec }) => spec.from, wide: true },
  { header: columns.revision, value: ({ spec }) => String(spec.revision), wide: true, align: 'right' },
  { ...ageColumn<Allocation>(), wide: true },
];

export const allocationColumnsEverywhere: readonly Column<Allocation>[] = [
  namespaceColumn(),
  ...allocationColumns,
];

/** The state, and beside it what somebody must know: not found, drifted, member away, released. */
function allocationState({ spec, status }: Allocation, reader: Reader): string {
  const conditions = status?.conditions ?? [];
  const has = (type: string, reason: string) =>
    conditions.some((it) => it.type === type && it.reason === reason);
  const isRetained = has('Ready', 'Retained') || has('Ready', 'ErasureDue');
  const marks = [
    has('Ready', 'NotFound') ? reader.text(texts.notFound) : '',
    has('InSync', 'Drifted') ? reader.text(texts.drifted) : '',
    has('MemberReachable', 'Unreachable') ? reader.text(texts.memberAway) : '',
    conditions.some(({ type, status: is }) => type === 'Expiring' && is === 'True')
      ? reader.text(texts.endsSoon)
      : '',
    has('LegalHold', 'OnHold') ? reader.text(texts.onLegalHold) : '',
    isRetained
      ? reader.text(texts.retained, { until: status?.retainedUntil ?? '' })
      : spec.released && status?.state !== 'Reclaimed'
        ? reader.text(texts.releasing)
        : '',
  ].filter((mark) => mark !== '');
  const state = reader.state(status?.state ?? 'PendingProvisioning');
  return marks.length === 0 ? state : `${state} [${marks.join(', ')}]`;
}

export function allocationPage(allocation: Allocation, reader: Reader): readonly string[] {
  const { metadata, spec, status } = allocation;
  const label = (key: keyof typeof labels) => reader.text(labels[key]);
  return [
    ...fields([
      [label('name'), metadata.name],
      [label('namespace'), metadata.namespace],
      [label('state'), allocationState(allocation, reader)],
      [label('system'), spec.system],
      [label('project'), spec.project],
      [label('item'), `${spec.item} ×${spec.quantity}  ${parameters(spec.parameters)}`],
      [label('total'), amounts(spec.consumes, reader)],
      [label('monthly'), yuan(spec.monthlyFen, reader.language)],
      [label('term'), `${spec.from} → ${spec.until ?? reader.text(texts.noTerm)}`],
      [label('approval'), spec.basis ?? spec.request.serial],
      [label('request'), spec.request.name],
      [label('pool'), `${spec.pool} (${spec.zone} / ${spec.arch})`],
      [label('cluster'), [spec.cluster, status?.namespace].filter((it) => it !== undefined).join(' / ')],
      [
        label('formerHolders'),
        spec.formerHolders?.map(({ organization, until }) => `${organization} (→ ${until})`).join(', '),
      ],
      [label('requester'), person(spec.requester)],
      [label('revision'), revisions(allocation, reader)],
      [label('accepted'), status?.acceptedAt && cityTime(status.acceptedAt)],
      [label('credentials'), status?.credentialsSecret && `govcloud allocation credentials ${metadata.name}`],
      assumptionField(allocation, reader),
    ]),
    ...section(
      label('outputs'),
      fields((status?.outputs ?? []).map(({ title, value }) => [reader.pick(title), value] as const)),
    ),
    ...section(
      label('objects'),
      (status?.objects ?? []).map(({ apiVersion, kind, name }) => `${apiVersion} ${kind} ${name}`),
    ),
    ...section(
      label('changes'),
      spec.changes.map(
        ({ revision, action, serial }) => `${revision}  ${reader.text(actions[action])}  ${serial}`,
      ),
    ),
    ...section(
      label('handovers'),
      (status?.handovers ?? []).map((it) => {
        const said = it.evidence ?? it.comment;
        return `${reader.text(handovers[it.action])}  ${person(it.by)}  @${it.revision}${said ? `: ${said.split('\n')[0]}` : ''}`;
      }),
    ),
    ...conditionSection(status?.conditions, reader),
  ];
}

function revisions({ spec, status }: Allocation, reader: Reader): string {
  const seen = status?.observedRevision;
  return seen === undefined || seen === spec.revision
    ? String(spec.revision)
    : `${spec.revision} (${reader.text(texts.observedRevision, { revision: seen })})`;
}

/** What a Secret holds, decoded. Only whoever may read it gets here. */
export function credentialsPage(secret: Secret, _reader: Reader): readonly string[] {
  return fields(
    Object.entries(secret.data ?? {}).map(
      ([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')] as const,
    ),
  );
}
