import type { CatalogItem, ParameterValues, Project, ResourceRequest } from '../../api/v1alpha1/index.ts';
import { answers } from '../../messages/office.ts';
import { type Canonical, canonicalJson } from '../canonical.ts';
import { Fields } from './fields.ts';
import { bare, Grid } from './grid.ts';
import { headerOf } from './header.ts';
import type { OrganizationNames } from './names.ts';
import type { Problem, TableRow } from './row.ts';
import { normal, type Sheet } from './sheet.ts';
import { parametersOf, readItem, readQuantity } from './specification.ts';
import { readArch, readSystem, readZone, type StockLookup, type SystemNames } from './stock.ts';
import { readTable, type TableReading } from './table.ts';
import { listOf, type Read, read, readDate, readLine, readXinchuang, wrong } from './values.ts';
import {
  ANY_WORDS,
  NO_WORDS,
  REQUEST_COLUMNS,
  REQUEST_FIELDS,
  ROW_MARKING,
  UNCLASSIFIED_WORDS,
} from './vocabulary.ts';

/** What a line of a form asks for. */
export interface FormLine {
  readonly item: string;
  readonly quantity: number;
  readonly parameters: ParameterValues;
}

/** A form that was read: a request for something new, but for what the hub knows of its system. */
export interface RequestForm {
  /** The organisation’s code; `unit` is what the form calls it. */
  readonly organization: string;
  readonly unit: string;
  readonly system: string;
  readonly project: string;
  readonly zone: string;
  readonly arch: ResourceRequest['spec']['arch'];
  /** Allocations of the system; empty where the form asks for nothing of the kind. */
  readonly recoveryOf: readonly string[];
  readonly apartFrom: readonly string[];
  readonly until: string;
  readonly reason: string;
  readonly person: string;
  readonly phone: string;
  readonly reviewer: string;
  readonly account: string | undefined;
  readonly lines: readonly FormLine[];
}

export interface FormReading extends Pick<TableReading<unknown>, 'skipped' | 'unread'> {
  /** Undefined when anything is wrong with it: half a form is none. */
  readonly form: RequestForm | undefined;
  readonly problems: readonly Problem[];
}

/** What the cells of a form may name; systems and projects of the form’s own organisation will do. */
export interface FormLookup {
  readonly organizations: OrganizationNames;
  readonly systems: SystemNames;
  readonly projects: readonly Project[];
  readonly items: ReadonlyMap<string, CatalogItem>;
  readonly zones: StockLookup['zones'];
  readonly allocations: readonly NamedAllocation[];
  /** Ids of the systems that are registered as such that must have Xinchuang. */
  readonly xinchuang: ReadonlySet<string>;
}

/** What a system has, by the names that people have for it. */
interface NamedAllocation {
  readonly name: string;
  readonly serial: string;
  readonly system: string;
}

const MOST_LINES = 20;
const MOST_NEIGHBOURS = 20;
const MOST_REASON = 2000;
const MOST_LINE = 200;

/** The code of the organisation that a form is of, for whoever looks up what it may name; undefined if it names none. */
export function organizationOfForm(sheet: Sheet, organizations: OrganizationNames): string | undefined {
  const { fields } = partsOf(sheet);
  const found = organizations.find(fields.text('unit'));
  return found.ok ? found.value : undefined;
}

/**
 * Reads an application form (申请表): cells with their names beside them, and below these the table of what is asked for, read as
 * every office’s table is. All that is wrong is told, each cell by its address; of a form with a marking nothing is read.
 */
export function readRequestForm(sheet: Sheet, lookup: FormLookup): FormReading {
  const { fields, head } = partsOf(sheet);
  const table = readTable(sheet, {
    columns: REQUEST_COLUMNS,
    read: (row) => lineOf(row, lookup),
    key: (line) => canonicalJson(line as unknown as Canonical),
  });
  const { skipped, unread } = table;
  const refused = (problems: readonly Problem[]): FormReading => ({
    form: undefined,
    problems,
    skipped,
    unread,
  });
  if (table.problems.some(({ code }) => code === 'E_TABLE_CLASSIFIED')) return refused(table.problems);
  const marked = markedRow(fields);
  if (marked !== undefined) {
    return refused([
      { code: 'E_TABLE_CLASSIFIED', params: { row: marked }, where: String(marked), row: marked },
    ]);
  }
  const said = fieldsOf(fields, lookup);
  const lines = table.good.map(({ value }) => value);
  const problems = [...fields.problems, ...table.problems];
  if (table.layout && table.problems.length === 0 && (lines.length === 0 || lines.length > MOST_LINES)) {
    const params = { row: head, highest: MOST_LINES, count: lines.length };
    problems.push({ code: 'E_FORM_LINES', params, where: String(head), row: head });
  }
  return problems.length > 0 || !said
    ? refused(problems)
    : { form: { ...said, lines }, problems: [], skipped, unread };
}

/** A form’s fields, and in which row, from 1, its table begins: all of it is head if it has none. */
function partsOf(sheet: Sheet): {
  readonly fields: Fields<keyof typeof REQUEST_FIELDS>;
  readonly head: number;
} {
  const grid = new Grid(sheet);
  const first = headerOf(grid, REQUEST_COLUMNS)?.first ?? sheet.rows.length;
  return { fields: new Fields(grid, first, REQUEST_FIELDS), head: first + 1 };
}

/** The row of a field that marks the form as classified, from 1. */
function markedRow(fields: Fields<keyof typeof REQUEST_FIELDS>): number | undefined {
  const said = normal(fields.text('classified'));
  if (!(UNCLASSIFIED_WORDS as readonly string[]).includes(said)) return fields.row('classified');
  const marked = (Object.keys(REQUEST_FIELDS) as (keyof typeof REQUEST_FIELDS)[]).find(
    (field) => field !== 'classified' && ROW_MARKING.test(bare(fields.text(field))),
  );
  return marked && fields.row(marked);
}

function fieldsOf(
  fields: Fields<keyof typeof REQUEST_FIELDS>,
  lookup: FormLookup,
): Omit<RequestForm, 'lines'> | undefined {
  const line = readLine(MOST_LINE);
  const unit = fields.cell('unit', line);
  const organization = unit === undefined ? undefined : fields.cell('unit', lookup.organizations.find);
  const system = fields.cell('system', (text) =>
    // Without its organisation nobody knows whose system is meant; that one is told then.
    organization === undefined ? read(undefined) : readSystem(text, lookup.systems, organization),
  );
  const project = fields.cell('project', (text) =>
    organization === undefined ? read(undefined) : readProject(text, lookup.projects),
  );
  const zone = fields.cell('zone', (text) => readZone(text, lookup.zones));
  const arch = fields.optional('arch', readAnyArch, null);
  // It is a property of the system, which placement goes by: a form that says otherwise is asked about, not followed.
  fields.optional(
    'xinchuang',
    (text) => readRegistered(text, system && lookup.xinchuang.has(system.system)),
    null,
  );
  const neighbours = (field: 'recoveryOf' | 'apartFrom') =>
    fields.optional(
      field,
      (text) => (system === undefined ? read([]) : readNeighbours(text, lookup.allocations, system.system)),
      [],
    );
  const [recoveryOf, apartFrom] = [neighbours('recoveryOf'), neighbours('apartFrom')];
  const until = fields.cell('until', (text) => readDate(text, fields.dateSystem, 'deadline'));
  const reason = fields.cell('reason', readLine(MOST_REASON));
  const person = fields.cell('person', line);
  const phone = fields.cell('phone', readLine(40));
  const reviewer = fields.cell('reviewer', line);
  const account = fields.optional('account', readAccount, null);
  if (fields.problems.length > 0 || !unit || !organization || !system || !project || !zone) return undefined;
  if (!until || !reason || !person || !phone || !reviewer) return undefined;
  return {
    organization,
    unit,
    system: system.system,
    project,
    zone,
    arch: arch ?? undefined,
    recoveryOf: recoveryOf ?? [],
    apartFrom: apartFrom ?? [],
    until,
    reason,
    person,
    phone,
    reviewer,
    account: account ?? undefined,
  };
}

function lineOf(row: TableRow<keyof typeof REQUEST_COLUMNS>, { items }: FormLookup): FormLine | undefined {
  const item = readItem(row, items);
  const parameters = item && parametersOf(row, item);
  const quantity = readQuantity(row, item);
  return item && parameters && quantity ? { item: item.metadata.name, quantity, parameters } : undefined;
}

/** A project by its id, its title or its approval number. Nothing of the text is repeated. */
function readProject(text: string, projects: readonly Project[]): Read<string> {
  const key = normal(text);
  const named = projects.filter(({ metadata, spec }) =>
    [metadata.name, spec.title.zh, spec.title.en ?? '', spec.approvalNumber].some((it) => normal(it) === key),
  );
  const [only] = named;
  if (only === undefined) return wrong('E_CELL_PROJECT');
  return named.length > 1 ? wrong('E_CELL_PROJECT_AMBIGUOUS') : read(only.metadata.name);
}

function readAnyArch(text: string): Read<RequestForm['arch'] | null> {
  return (ANY_WORDS as readonly string[]).includes(normal(text)) ? read(null) : readArch(text);
}

/** Whether Xinchuang is required, as the system’s registration has it. @param registered undefined: the system is not known */
function readRegistered(text: string, registered: boolean | undefined): Read<boolean | null> {
  const said = readXinchuang(text);
  if (!said.ok || said.value === null || registered === undefined || said.value === registered) return said;
  return wrong('E_CELL_XINCHUANG', { registered: answers[registered ? 'yes' : 'no'] });
}

/** Allocations of a system by their names, or all that the request of a serial number gave. Nothing of the text is repeated. */
function readNeighbours(
  text: string,
  allocations: readonly NamedAllocation[],
  system: string,
): Read<readonly string[]> {
  if ([...ANY_WORDS, ...NO_WORDS].some((it) => it === normal(text))) return read([]);
  const named = listOf(text).map((part) =>
    allocations.filter(
      (it) => it.system === system && [it.name, it.serial].some((name) => normal(name) === normal(part)),
    ),
  );
  if (named.some((it) => it.length === 0)) return wrong('E_CELL_ALLOCATION');
  const names = [...new Set(named.flat().map(({ name }) => name))];
  return names.length > MOST_NEIGHBOURS ? wrong('E_CELL_MANY', { highest: MOST_NEIGHBOURS }) : read(names);
}

/** What the hub calls somebody: no blanks, and no letters beyond ASCII. */
function readAccount(text: string): Read<string> {
  return /^[\x21-\x7e]{1,253}$/.test(text) ? read(text) : wrong('E_CELL_ACCOUNT');
}
