import type { writeXlsx } from 'hucre/xlsx';
import type {
  Allocation,
  CatalogItem,
  InformationSystem,
  MemberCluster,
  Project,
} from '../../../api/v1alpha1/index.ts';
import { archs } from '../../../messages/cli-views.ts';
import type { Message } from '../../../messages/index.ts';
import { answers, formFields, formHints, formTexts } from '../../../messages/office.ts';
import type { Hub } from '../../hub/hub.ts';
import * as kinds from '../../hub/kinds.ts';
import { oneLine } from '../../output/table.ts';
import { organizationOf } from './draft.ts';

type Sheet = Parameters<typeof writeXlsx>[0]['sheets'][number];
type Style = NonNullable<Parameters<NonNullable<Sheet['cells']>['set']>[1]['style']>;

/** What a form can choose from. */
export interface FormChoices {
  readonly unit: string;
  readonly systems: readonly InformationSystem[];
  readonly projects: readonly Project[];
  readonly items: readonly CatalogItem[];
  readonly clusters: readonly MemberCluster[];
  readonly allocations: readonly Allocation[];
}

/** The application form of the organisation that the command is about, as .xlsx. @throws CliError E_NAMESPACE_NEEDED */
export async function requestTemplate(hub: Hub): Promise<Uint8Array> {
  const namespace = hub.requireNamespace();
  const [organization, systems, projects, items, clusters, allocations] = await Promise.all([
    organizationOf(hub, namespace),
    hub.list<InformationSystem>(kinds.informationSystems),
    hub.list<Project>(kinds.projects),
    hub.list<CatalogItem>(kinds.catalogItems),
    hub.list<MemberCluster>(kinds.memberClusters),
    hub.list<Allocation>(kinds.allocations),
  ]);
  const unit = organization?.spec.name.zh ?? '';
  return formWorkbook({ unit, systems, projects, items, clusters, allocations });
}

type Field = keyof typeof formFields;

/** The head of the form: two fields a row, each behind its name; the last one takes a whole row. */
const HEAD: readonly (readonly [Field, Field?])[] = [
  ['unit', 'system'],
  ['project', 'zone'],
  ['arch', 'until'],
  ['person', 'phone'],
  ['reviewer', 'account'],
  ['classified', 'xinchuang'],
  ['recoveryOf', 'apartFrom'],
  ['reason'],
];
const COLUMNS = ['item', 'specification', 'quantity'] as const;
const OPTIONAL: ReadonlySet<Field> = new Set([
  'arch',
  'account',
  'classified',
  'xinchuang',
  'recoveryOf',
  'apartFrom',
]);
/** Fields that choose from a list of another name. */
const LIST_OF: Readonly<Partial<Record<Field, keyof Lists>>> = {
  recoveryOf: 'allocation',
  apartFrom: 'allocation',
};
/** Rows to be filled in, of the twenty that a request may have. */
const BLANK_LINES = 10;
const WIDTHS = [16, 34, 34, 26];
const WIDEST = 48;

const thin = { style: 'thin' } as const;
const box = { border: { top: thin, bottom: thin, left: thin, right: thin } } as const;
const title: Style = {
  font: { bold: true, size: 18 },
  alignment: { horizontal: 'center', vertical: 'center' },
};
const note: Style = { alignment: { wrapText: true, vertical: 'top' } };
const label: Style = {
  ...box,
  font: { bold: true },
  fill: { type: 'pattern', pattern: 'solid', fgColor: { rgb: 'DCE6F2' } },
  alignment: { wrapText: true, vertical: 'center' },
};
const value: Style = { ...box, alignment: { wrapText: true, vertical: 'center' } };

/** The form on its first sheet, which is the one that is read, and on the second what its lists offer. */
export async function formWorkbook(choices: FormChoices): Promise<Uint8Array> {
  const [{ writeXlsx: write }, { exampleOf }] = await Promise.all([
    import('hucre/xlsx'),
    import('../../../domain/office/specification.ts'),
  ]);
  const lists = listsOf(choices, exampleOf);
  return write({ sheets: [formSheet(choices, lists), listsSheet(lists)] });
}

interface List {
  readonly title: Message;
  readonly values: readonly string[];
}
type Lists = Readonly<
  Record<
    | 'system'
    | 'project'
    | 'zone'
    | 'arch'
    | 'item'
    | 'example'
    | 'unitOfItem'
    | 'options'
    | 'xinchuang'
    | 'allocation'
    | 'allocationOf',
    List
  >
>;

function listsOf(
  { systems, projects, items, clusters, allocations }: FormChoices,
  exampleOf: (spec: CatalogItem['spec']) => string,
): Lists {
  const offered = items.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  const had = allocations
    .filter(({ spec }) => !spec.released)
    .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  const zones = new Map(clusters.map(({ spec }) => [spec.zone, spec.zoneTitle.zh]));
  return {
    system: {
      title: formFields.system,
      values: titlesOf(systems.map(({ metadata, spec }) => [metadata.name, spec.name.zh])),
    },
    project: {
      title: formFields.project,
      values: titlesOf(projects.map(({ metadata, spec }) => [metadata.name, spec.title.zh])),
    },
    zone: { title: formFields.zone, values: titlesOf([...zones]) },
    arch: {
      title: formFields.arch,
      values: [formTexts.anyArch.zh, ...Object.values(archs).map(({ zh }) => zh)],
    },
    item: { title: formFields.item, values: offered.map(({ spec }) => spec.title.zh) },
    example: { title: formTexts.example, values: offered.map(({ spec }) => exampleOf(spec)) },
    unitOfItem: { title: formTexts.unitOfItem, values: offered.map(({ spec }) => spec.unit.zh) },
    options: { title: formTexts.parts, values: offered.map(({ spec }) => partsOf(spec)) },
    xinchuang: { title: formFields.xinchuang, values: [answers.yes.zh, answers.no.zh] },
    allocation: { title: formTexts.allocation, values: had.map(({ metadata }) => metadata.name) },
    allocationOf: {
      title: formTexts.allocationOf,
      values: had.map(({ spec }) => `${spec.system} ${spec.item} ×${spec.quantity} ${spec.zone}`),
    },
  };
}

/** Titles, but ids where several share one. */
function titlesOf(named: readonly (readonly [id: string, title: string])[]): string[] {
  const count = Map.groupBy(named, ([, text]) => text);
  return named.map(([id, text]) => (count.get(text)?.length === 1 ? text : id)).toSorted();
}

/** What the parts of a specification are: `处理器（核）/内存（GB）/操作系统：kylin-v10、uos-20`. */
function partsOf({ parameters }: CatalogItem['spec']): string {
  return parameters
    .map(({ title: { zh }, unit, values }) => {
      if (values) return `${zh}：${values.join('、')}`;
      return unit === undefined ? zh : `${zh}（${unit}）`;
    })
    .join(' / ');
}

function formSheet({ unit }: FormChoices, lists: Lists): Sheet {
  const rows: string[][] = [];
  const cells: NonNullable<Sheet['cells']> = new Map();
  const merges: NonNullable<Sheet['merges']> = [];
  const validations: NonNullable<Sheet['dataValidations']> = [];
  const heights: NonNullable<Sheet['rowDefs']> = new Map();
  const put = (row: number, column: number, raw: string, style: Style) => {
    const text = oneLine(raw);
    (rows[row] ??= ['', '', '', ''])[column] = text;
    cells.set(`${row},${column}`, { value: text, type: text === '' ? 'empty' : 'string', style });
  };
  const wide = (row: number, from: number, text: string, style: Style, height?: number) => {
    for (let column = from; column < WIDTHS.length; column++)
      put(row, column, column === from ? text : '', style);
    merges.push({ startRow: row, startCol: from, endRow: row, endCol: WIDTHS.length - 1 });
    if (height !== undefined) heights.set(row, { height });
  };
  const choose = (field: Field, first: number, last: number, column: number) => {
    const list = LIST_OF[field] ?? (field in lists ? (field as keyof Lists) : undefined);
    const range = `${'ABCD'[column]}${first + 1}:${'ABCD'[column]}${last + 1}`;
    const hint = field in formHints ? formHints[field as keyof typeof formHints] : undefined;
    const inputMessage = hint && both(hint);
    const prompt = inputMessage === undefined ? {} : { showInputMessage: true, inputMessage };
    if (list !== undefined && lists[list].values.length > 0) {
      // Whoever writes a name as it is known to them is read as well: a list helps, it does not bind.
      validations.push({ type: 'list', formula1: placeOf(lists, list), allowBlank: true, range, ...prompt });
    } else if (hint) {
      // A rule that every text meets, for the sake of its prompt.
      validations.push({
        type: 'textLength',
        operator: 'greaterThanOrEqual',
        formula1: '0',
        range,
        ...prompt,
      });
    }
  };
  wide(0, 0, both(formTexts.title), title, 36);
  wide(1, 0, both(formTexts.howTo), note, 48);
  for (const [index, [left, right]] of HEAD.entries()) {
    const row = 2 + index;
    put(row, 0, labelOf(left), label);
    const known = { unit, arch: formTexts.anyArch.zh, classified: formTexts.notClassified.zh };
    const filled = (field: Field) => (field in known ? known[field as keyof typeof known] : '');
    choose(left, row, row, 1);
    if (right === undefined) {
      wide(row, 1, filled(left), value, left === 'reason' ? 72 : 24);
      continue;
    }
    put(row, 1, filled(left), value);
    put(row, 2, labelOf(right), label);
    put(row, 3, filled(right), value);
    choose(right, row, row, 3);
    heights.set(row, { height: 30 });
  }
  const header = 2 + HEAD.length;
  put(header, 0, `${formTexts.number.zh}（${formTexts.number.en}）`, label);
  for (const [index, field] of COLUMNS.entries()) put(header, index + 1, labelOf(field), label);
  const example = [formTexts.exampleRow.zh, lists.item.values[0] ?? '', lists.example.values[0] ?? '', '2'];
  for (const [column, text] of example.entries()) put(header + 1, column, text, value);
  const first = header + 2;
  const last = first + BLANK_LINES - 1;
  for (let row = first; row <= last; row++)
    for (let column = 0; column < WIDTHS.length; column++)
      put(row, column, column === 0 ? String(row - first + 1) : '', value);
  for (const [index, field] of COLUMNS.entries()) choose(field, first, last, index + 1);
  wide(last + 1, 0, both(formTexts.notes), note, 60);
  wide(last + 2, 0, both(formTexts.stamp), note, 60);
  return {
    name: formTexts.sheet.zh,
    rows,
    cells,
    merges,
    dataValidations: validations,
    rowDefs: heights,
    columns: WIDTHS.map((width) => ({ width })),
    pageSetup: {
      paperSize: 'a4',
      orientation: 'portrait',
      fitToPage: true,
      fitToWidth: 1,
      fitToHeight: 0,
    },
  };
}

function both({ zh, en }: Message): string {
  return `${zh} / ${en}`;
}

/** `信息系统*（System）`: what stands in brackets, and the mark, is not part of the name. */
function labelOf(field: Field): string {
  const { zh, en } = formFields[field];
  return `${zh}${OPTIONAL.has(field) ? '' : '*'}（${en}）`;
}

/** Where the second sheet has a list, as a formula names it. */
function placeOf(lists: Lists, list: keyof Lists): string {
  const letter = 'ABCDEFGHIJK'[Object.keys(lists).indexOf(list)];
  return `'${formTexts.lists.zh}'!$${letter}$2:$${letter}$${lists[list].values.length + 1}`;
}

function listsSheet(lists: Lists): Sheet {
  const columns = Object.values(lists);
  const longest = Math.max(...columns.map(({ values }) => values.length));
  const rows = [
    columns.map((it) => both(it.title)),
    ...Array.from({ length: longest }, (_, row) =>
      columns.map(({ values }) => (values[row] === undefined ? null : oneLine(values[row]))),
    ),
  ];
  const cells: NonNullable<Sheet['cells']> = new Map();
  for (const column of columns.keys())
    cells.set(`0,${column}`, { value: rows[0]?.[column] ?? null, type: 'string', style: label });
  return {
    name: formTexts.lists.zh,
    rows,
    cells,
    columns: columns.map(({ title: it, values }) => ({
      width: Math.min(WIDEST, 4 + 2 * Math.max(both(it).length, ...values.map((text) => text.length))),
    })),
    freezePane: { rows: 1 },
  };
}
