import type {
  CatalogItem,
  InformationSystem,
  MemberCluster,
  Organization,
  Project,
} from '../../api/v1alpha1/index.ts';
import { resourceNames } from '../../messages/books.ts';
import {
  columns,
  dataClasses,
  fulfilments,
  fundings,
  hostings,
  labels,
  organizationTypes,
  systemLevels,
  texts,
} from '../../messages/cli-views.ts';
import { age, cityTime, yuan } from '../output/format.ts';
import type { Reader } from '../output/reader.ts';
import { type Column, fields, table } from '../output/table.ts';
import { ageColumn, amounts, assumptionField, nameColumn, namespaceColumn, section } from './common.ts';

export const itemColumns: readonly Column<CatalogItem>[] = [
  nameColumn(),
  { header: columns.title, value: ({ spec }, reader) => reader.title(spec.title) },
  { header: columns.classCode, value: ({ spec }) => spec.classCode },
  { header: columns.fulfilment, value: ({ spec }, reader) => reader.text(fulfilments[spec.fulfilment]) },
  { header: columns.zones, value: ({ spec }) => spec.zones.join(',') },
  { header: columns.archs, value: ({ spec }) => spec.archs.join(',') },
  { header: columns.maxMlps, value: ({ spec }) => String(spec.maxMlps), align: 'right' },
  { header: columns.valid, value: (it, reader) => validOf(it, reader) },
  { header: columns.unitName, value: ({ spec }, reader) => reader.title(spec.unit), wide: true },
  {
    header: columns.parameters,
    value: ({ spec }) => spec.parameters.map(({ name }) => name).join(','),
    wide: true,
  },
];

function validOf({ status }: CatalogItem, reader: Reader): string {
  const valid = status?.conditions?.find(({ type }) => type === 'Valid')?.status;
  return valid === undefined ? '-' : reader.text(valid === 'True' ? texts.yes : texts.no);
}

type Parameter = CatalogItem['spec']['parameters'][number];

const parameterColumns: readonly Column<Parameter>[] = [
  { header: columns.parameter, value: ({ name }) => name },
  { header: columns.title, value: ({ title }, reader) => reader.title(title) },
  { header: columns.required, value: ({ required }, reader) => reader.text(required ? texts.yes : texts.no) },
  {
    header: columns.allowed,
    value: ({ values, minimum, maximum, multipleOf, unit }) =>
      values?.join(' | ') ??
      `${minimum ?? 0}…${maximum ?? ''}${multipleOf === undefined ? '' : ` ×${multipleOf}`}${unit ? ` ${unit}` : ''}`,
  },
];

export function itemPage(item: CatalogItem, reader: Reader): readonly string[] {
  const { metadata, spec, status } = item;
  const label = (key: keyof typeof labels) => reader.text(labels[key]);
  const valid = status?.conditions?.find(({ type }) => type === 'Valid');
  const example = spec.parameters
    .filter(({ required }) => required)
    .map(({ name, minimum, values }) => `${name}=${values?.[0] ?? minimum ?? 1}`);
  return [
    ...fields([
      [label('name'), metadata.name],
      [label('title'), reader.title(spec.title)],
      [label('description'), spec.description && reader.title(spec.description)],
      [label('classCode'), spec.classCode],
      [label('fulfilment'), reader.text(fulfilments[spec.fulfilment])],
      [label('unitName'), `${reader.title(spec.unit)} (≤ ${spec.maxQuantity})`],
      [label('place'), `${spec.zones.join(', ')} / ${spec.archs.join(', ')}`],
      [label('maxMlps'), String(spec.maxMlps)],
      [label('trialDays'), String(spec.trialDays)],
      [label('retainDays'), String(spec.retainDays)],
      [label('version'), status?.version],
      [
        label('valid'),
        valid &&
          `${valid.status === 'True' ? reader.text(texts.yes) : reader.text(texts.no)}${valid.status === 'True' ? '' : `: ${reader.pick(valid.message)}`}`,
      ],
      assumptionField(item, reader),
    ]),
    ...section(label('parameters'), table(parameterColumns, spec.parameters, reader).lines),
    ...section(
      label('consumes'),
      fields(
        (['vcpu', 'memory', 'ssd', 'hdd'] as const).map(
          (resource) => [reader.text(resourceNames[resource]), spec.consumes[resource]] as const,
        ),
      ),
    ),
    ...section(
      label('prices'),
      spec.prices.map(({ from, monthlyFen, armFactorBasisPoints }) =>
        reader.text(texts.price, { from, monthlyFen, arm: `${armFactorBasisPoints / 100}%` }),
      ),
    ),
    ...section(
      label('templates'),
      spec.templates.map(({ name, each }) => `${name} (${each})`),
    ),
    ...section(
      label('outputs'),
      spec.outputs.map(({ name, title }) => `${name}  ${reader.title(title)}`),
    ),
    ...section(label('example'), [
      `--item ${metadata.name}=1${example.length > 0 ? `:${example.join(',')}` : ''}`,
    ]),
  ];
}

export const projectColumns: readonly Column<Project>[] = [
  nameColumn(),
  { header: columns.title, value: ({ spec }, reader) => reader.title(spec.title) },
  { header: columns.approvalNumber, value: ({ spec }) => spec.approvalNumber },
  {
    header: columns.budget,
    value: ({ spec }, { language }) => yuan(spec.budgetFen, language),
    align: 'right',
  },
  { header: columns.from, value: ({ spec }) => spec.from },
  { header: columns.until, value: ({ spec }, reader) => spec.until ?? reader.text(texts.noTerm) },
  { header: columns.systems, value: ({ spec }) => spec.systems.join(',') },
  { header: columns.funding, value: ({ spec }, reader) => reader.text(fundings[spec.funding]), wide: true },
  { ...ageColumn<Project>(), wide: true },
];
export const projectColumnsEverywhere: readonly Column<Project>[] = [namespaceColumn(), ...projectColumns];

export function projectPage(project: Project, reader: Reader): readonly string[] {
  const { metadata, spec } = project;
  const label = (key: keyof typeof labels) => reader.text(labels[key]);
  return fields([
    [label('name'), metadata.name],
    [label('namespace'), metadata.namespace],
    [label('title'), reader.title(spec.title)],
    [label('approvalNumber'), spec.approvalNumber],
    [label('funding'), reader.text(fundings[spec.funding])],
    [label('budget'), yuan(spec.budgetFen, reader.language)],
    [label('term'), `${spec.from} → ${spec.until ?? reader.text(texts.noTerm)}`],
    [label('systems'), spec.systems.join('\n')],
    [label('created'), cityTime(metadata.creationTimestamp)],
    assumptionField(project, reader),
  ]);
}

export const systemColumns: readonly Column<InformationSystem>[] = [
  nameColumn(),
  { header: columns.title, value: ({ spec }, reader) => reader.title(spec.name) },
  { header: columns.level, value: ({ spec }, reader) => reader.text(systemLevels[spec.level]) },
  { header: columns.mlps, value: ({ spec }) => String(spec.mlps.level), align: 'right' },
  { header: columns.hosting, value: ({ spec }, reader) => reader.text(hostings[spec.hosting]) },
  { header: columns.contact, value: ({ spec }) => spec.contact.person },
  {
    header: columns.dataClass,
    value: ({ spec }, reader) => reader.text(dataClasses[spec.dataClass]),
    wide: true,
  },
  { header: columns.due, value: ({ spec }) => spec.due ?? '-', wide: true },
  { ...ageColumn<InformationSystem>(), wide: true },
];
export const systemColumnsEverywhere: readonly Column<InformationSystem>[] = [
  namespaceColumn(),
  ...systemColumns,
];

export function systemPage(system: InformationSystem, reader: Reader): readonly string[] {
  const { metadata, spec } = system;
  const label = (key: keyof typeof labels) => reader.text(labels[key]);
  const { chip, os, database } = spec.platform;
  return fields([
    [label('name'), metadata.name],
    [label('namespace'), metadata.namespace],
    [label('title'), reader.title(spec.name)],
    [label('level'), reader.text(systemLevels[spec.level])],
    [label('mlps'), [String(spec.mlps.level), spec.mlps.filing].filter((it) => it !== undefined).join('  ')],
    [label('dataClass'), reader.text(dataClasses[spec.dataClass])],
    [label('xinchuang'), spec.xinchuang ? reader.text(texts.required) : undefined],
    [label('targetUsers'), String(spec.targetUsers)],
    [label('platform'), [chip, os, database].filter((it) => it !== undefined).join(' / ')],
    [label('disasterRecovery'), String(spec.disasterRecoveryGrade)],
    [label('hosting'), reader.text(hostings[spec.hosting])],
    [label('contact'), `${spec.contact.person} ${spec.contact.phone}`],
    [label('planRow'), spec.planRow],
    [label('due'), spec.due],
    assumptionField(system, reader),
  ]);
}

export const clusterColumns: readonly Column<MemberCluster>[] = [
  nameColumn(),
  { header: columns.title, value: ({ spec }, reader) => reader.title(spec.title) },
  { header: columns.zone, value: ({ spec }, reader) => `${spec.zone} ${reader.title(spec.zoneTitle)}` },
  { header: columns.maxMlps, value: ({ spec }) => String(spec.maxMlps), align: 'right' },
  {
    header: columns.ready,
    value: ({ status }, reader) => {
      const ready = status?.conditions?.find(({ type }) => type === 'Ready');
      return ready === undefined ? '-' : reader.text(ready.status === 'True' ? texts.yes : texts.no);
    },
  },
  { header: columns.version, value: ({ status }) => status?.kubernetesVersion ?? '-' },
  { header: columns.lastSeen, value: ({ status }, { now }) => age(status?.lastSeen, now) },
  {
    header: columns.reason,
    value: ({ status }, reader) => {
      const ready = status?.conditions?.find(({ type }) => type === 'Ready');
      return ready?.status === 'False' ? reader.pick(ready.message) : '-';
    },
    wide: true,
  },
  {
    header: columns.dataClass,
    value: ({ spec }, reader) =>
      reader.text(spec.maxDataClass ? dataClasses[spec.maxDataClass] : texts.everywhere),
    wide: true,
  },
  {
    header: columns.nodes,
    value: ({ status }, reader) => nodesText(status?.nodes ?? [], reader),
    wide: true,
  },
  { ...ageColumn<MemberCluster>(), wide: true },
];

/** How many nodes, and the largest of each pool or architecture. */
function nodesText(
  groups: NonNullable<NonNullable<MemberCluster['status']>['nodes']>,
  reader: Reader,
): string {
  return groups
    .map(({ pool, arch, count, largest }) => {
      const sizes = largest.map((it) => amounts(it, reader)).join(' | ');
      return `${pool ?? arch} ×${count} (≤ ${sizes})`;
    })
    .join('; ');
}

export interface TreeRow {
  readonly organization: Organization;
  readonly depth: number;
}

/** A row's place in the tree, by its indent. */
export function treeLabel({ organization, depth }: TreeRow, reader: Reader): string {
  return `${'  '.repeat(depth)}${reader.title(organization.spec.name)}`;
}

export const organizationColumns: readonly Column<TreeRow>[] = [
  { header: columns.organization, value: treeLabel },
  { header: columns.code, value: ({ organization }) => organization.metadata.name },
  {
    header: columns.type,
    value: ({ organization }, reader) => reader.text(organizationTypes[organization.spec.type]),
  },
  {
    header: columns.budgetUnit,
    value: ({ organization }, reader) => reader.text(organization.spec.budgetUnit ? texts.yes : texts.no),
  },
  { header: columns.namespace, value: ({ organization }) => organization.status?.namespace ?? '-' },
];
