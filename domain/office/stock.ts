import { isIP } from 'node:net';
import {
  type CatalogItem,
  codeOf,
  type InformationSystem,
  type MemberCluster,
  type Organization,
  type ParameterValues,
  type StockImport,
} from '../../api/v1alpha1/index.ts';
import { archs } from '../../messages/cli-views.ts';
import { type Canonical, canonicalJson } from '../canonical.ts';
import { checkParameters } from '../catalogue/item.ts';
import { namedOf, type OrganizationNames, organizationNames } from './names.ts';
import { normal, type Sheet } from './sheet.ts';
import type { TableRow } from './row.ts';
import { readTable, type TableReading } from './table.ts';
import { choiceOf, type Part, type Read, read, readCount, readDate, readPart, wrong } from './values.ts';
import { ARCH_WORDS, CORE_UNITS, PART_WORDS, SIZE_UNITS, STOCK_COLUMNS } from './vocabulary.ts';

export type StockRow = StockImport['spec']['rows'][number];
/** What a row says, wherever in a file it stands. */
export type Stock = Omit<StockRow, 'row'>;

interface SystemReference {
  readonly organization: string;
  readonly system: string;
}

/** Systems by their id and by their title; of different organisations several may share one. */
export type SystemNames = ReadonlyMap<string, readonly SystemReference[]>;

/** What the cells of a file may name, by every spelling that is understood. */
export interface StockLookup {
  readonly systems: SystemNames;
  readonly organizations: OrganizationNames;
  readonly items: ReadonlyMap<string, CatalogItem>;
  readonly zones: ReadonlyMap<string, string>;
}

export function systemNames(systems: readonly InformationSystem[]): SystemNames {
  const bySpelling = new Map<string, SystemReference[]>();
  for (const { metadata, spec } of systems) {
    const organization = codeOf(metadata.namespace ?? '');
    if (organization === undefined) continue;
    for (const spelling of new Set([metadata.name, normal(spec.name.zh), normal(spec.name.en ?? '')])) {
      if (spelling === '') continue;
      const reference = { organization, system: metadata.name };
      bySpelling.set(spelling, [...(bySpelling.get(spelling) ?? []), reference]);
    }
  }
  return bySpelling;
}

/** Systems, items and zones by id and by title in either language. */
export function stockLookup(
  systems: readonly InformationSystem[],
  items: readonly CatalogItem[],
  clusters: readonly MemberCluster[],
  organizations: readonly Organization[],
): StockLookup {
  const spellings = (id: string, { zh, en }: { readonly zh: string; readonly en?: string | undefined }) =>
    [id, zh, en ?? id].map(normal);
  return {
    systems: systemNames(systems),
    organizations: organizationNames(organizations.map(namedOf)),
    items: new Map(items.flatMap((it) => spellings(it.metadata.name, it.spec.title).map((key) => [key, it]))),
    zones: new Map(
      clusters.flatMap(({ spec }) => spellings(spec.zone, spec.zoneTitle).map((key) => [key, spec.zone])),
    ),
  };
}

/** A system by its id or title; of those that share it, the one of `organization`. Nothing of the text is repeated. */
export function readSystem(
  text: string,
  systems: SystemNames,
  organization: string | undefined,
): Read<SystemReference> {
  const named = systems.get(text) ?? systems.get(normal(text)) ?? [];
  const fitting = organization === undefined ? named : named.filter((it) => it.organization === organization);
  const [only] = fitting;
  if (only === undefined) return wrong('E_CELL_SYSTEM');
  return fitting.length > 1 ? wrong('E_CELL_SYSTEM_AMBIGUOUS') : read(only);
}

const MOST_ADDRESSES = 2000;
const MOST_BASIS = 200;

/**
 * Reads a file of opening stock.
 *
 * - 系统, 服务, 区域: the id or the title; quotes, blanks and full-width forms do not matter. 所属单位, if there is such a
 *   column, says whose system is meant.
 * - 规格: parts as people write them, `8核16G`, `8核/32GB/1TB/16`, `CPU 8核，内存16G`, `10TB/每日`. Cores and sizes are the
 *   item’s integer parameters, in the order of the catalogue or as a part calls itself; any other part is the text parameter
 *   that allows it. Or columns of their own for CPU, 内存, 存储, of which a bare number needs a unit in the column’s name.
 * - IP: addresses, or ranges `first-last`, separated by commas, semicolons or blanks; may be empty.
 *
 * @param today YYYY-MM-DD; no stock was opened after it
 */
export function readStock(sheet: Sheet, lookup: StockLookup, today: string): TableReading<Stock> {
  return readTable(sheet, {
    columns: STOCK_COLUMNS,
    read: (row) => stockOf(row, lookup, today),
    key: (stock) => canonicalJson(stock as unknown as Canonical),
  });
}

type Row = TableRow<keyof typeof STOCK_COLUMNS>;

function stockOf(row: Row, lookup: StockLookup, today: string): Stock | undefined {
  const holder = row.optional('organization', lookup.organizations.find, null);
  const system =
    holder === undefined
      ? undefined
      : row.cell('system', (text) => readSystem(text, lookup.systems, holder ?? undefined));
  const item = row.cell('item', (text) => {
    const known = [...new Set(lookup.items.values())].map(({ spec }) => spec.title.zh).join('、');
    const found = lookup.items.get(normal(text));
    return found ? read(found) : wrong('E_STOCK_ITEM', { known });
  });
  const parameters = item && parametersOf(row, item);
  const quantity = row.cell('quantity', (text) => {
    const highest = item?.spec.maxQuantity ?? 1000;
    const count = readCount(text, row.unit('quantity'), highest);
    return count.ok && count.value >= 1 ? count : wrong('E_STOCK_QUANTITY', { highest });
  });
  const zone = row.cell('zone', (text) => {
    const known = [...new Set(lookup.zones.keys())].join('、');
    const found = lookup.zones.get(normal(text));
    return found === undefined ? wrong('E_CELL_CHOICE', { known }) : read(found);
  });
  const arch = row.cell('arch', readArch);
  const addresses = row.optional('addresses', readAddresses, '');
  const openedOn = row.cell('openedOn', (text) => {
    const date = readDate(text, row.dateSystem, 'day');
    return date.ok && date.value > today ? wrong('E_CELL_DATE_FUTURE') : date;
  });
  const basis = row.cell('basis', (text) =>
    text.length <= MOST_BASIS ? read(text) : wrong('E_CELL_LENGTH', { highest: MOST_BASIS }),
  );
  if (!system || !item || !parameters || !quantity || !zone || !arch || addresses === undefined)
    return undefined;
  if (!openedOn || !basis) return undefined;
  return {
    ...system,
    item: item.metadata.name,
    parameters,
    quantity,
    zone,
    arch,
    ...(addresses === '' ? {} : { addresses }),
    openedOn,
    basis,
  };
}

const readArch = choiceOf(archs, ARCH_WORDS);

function readAddresses(text: string): Read<string> {
  const parts = text
    .normalize('NFKC')
    .split(/[\s,、;]+/)
    .filter((part) => part !== '');
  const bad = parts.find((part) => !isAddresses(part));
  if (bad !== undefined) return wrong('E_STOCK_ADDRESS', { part: bad.slice(0, MOST_PART) });
  const joined = parts.join(', ');
  return joined.length <= MOST_ADDRESSES ? read(joined) : wrong('E_CELL_LENGTH', { highest: MOST_ADDRESSES });
}

function isAddresses(text: string): boolean {
  if (isIP(text) !== 0) return true;
  const [first, last, ...more] = text.split(/[-~]/);
  return more.length === 0 && isIP(first ?? '') !== 0 && isIP(first ?? '') === isIP(last ?? '');
}

const MOST_PART = 60;
type Family = keyof typeof PART_WORDS;

/** A piece of a specification: an amount, and which one if it says so; or a text. */
type Piece = { readonly text: string } & Partial<Part> & { readonly family?: Family };

/** The item’s parameters, from one column or from those for CPU, memory and disk. */
function parametersOf(row: Row, item: CatalogItem): ParameterValues | undefined {
  const place = (['specification', 'cpu', 'memory', 'disk'] as const).find(
    (column) => row.text(column) !== '',
  );
  const at = place ?? 'specification';
  const { spec } = item;
  const said = { item: spec.title.zh, example: exampleOf(spec) };
  const values: ParameterValues = {};
  const fits = (text: string, pieces: readonly Piece[]): Read<null> => {
    const bad = pieces.find((piece) => !take(spec, values, piece));
    return pieces.length > 0 && bad === undefined
      ? read(null)
      : wrong('E_STOCK_SPECIFICATION', { part: (bad?.text ?? text).slice(0, MOST_PART), ...said });
  };
  const before = row.problems.length;
  if (!place) return row.fault(at, 'E_CELL_EMPTY');
  row.optional('specification', (text) => fits(text, piecesOf(text)), null);
  for (const family of ['cpu', 'memory', 'disk'] as const) {
    row.optional(
      family,
      (text) => {
        const part = readPart(text, row.unit(family) || (family === 'cpu' ? '核' : ''));
        return fits(text, part ? [{ text, family, ...part }] : []);
      },
      null,
    );
  }
  if (row.problems.length > before) return undefined;
  const faults = checkParameters(spec, values, '');
  for (const { code, params } of faults) row.fault(at, code, params);
  if (faults.length > 0) return undefined;
  return Object.fromEntries(
    spec.parameters.flatMap(({ name }) => (values[name] === undefined ? [] : [[name, values[name]]])),
  );
}

/** Gives a piece to the parameter that it fits: the one that it names, else the next of its unit, else one of its text. */
function take(spec: CatalogItem['spec'], values: ParameterValues, piece: Piece): boolean {
  const { value, unit, family } = piece;
  const open = spec.parameters.filter(({ name }) => values[name] === undefined);
  if (value === undefined) {
    const found = open.find((it) => it.type === 'string' && it.values?.includes(piece.text));
    if (found) values[found.name] = piece.text;
    return found !== undefined;
  }
  const integers = open.filter(({ type }) => type === 'integer');
  const found = family === undefined ? integers[0] : integers.find((it) => familyOf(it) === family);
  if (found?.unit !== unit || found === undefined) return false;
  values[found.name] = value;
  return true;
}

function familyOf({ unit, title }: CatalogItem['spec']['parameters'][number]): Family {
  if (unit === '核') return 'cpu';
  return PART_WORDS.memory.some((word) => title.zh.includes(word)) ? 'memory' : 'disk';
}

const LABEL = Object.values(PART_WORDS).flat().toSorted(longestFirst).join('|');
const UNIT = [...CORE_UNITS, ...Object.keys(SIZE_UNITS)].toSorted(longestFirst).join('|');
const AMOUNT = `\\d+(?:,\\d{3})*(?:\\.\\d+)?(?:${UNIT})`;
/** `内存16G`, `16G内存`: a part that begins with what it calls itself does so throughout. */
const NAMED_BEFORE = new RegExp(`(?:(${LABEL}):?)?(${AMOUNT})`, 'giy');
const NAMED_BEHIND = new RegExp(`()(${AMOUNT})(${LABEL})?`, 'giy');

function longestFirst(a: string, b: string): number {
  return b.length - a.length;
}

/** `8核16G`, `CPU: 8核，内存 16G`, `16核/64GB/1TB/16` in pieces. */
function piecesOf(text: string): readonly Piece[] {
  return text
    .normalize('NFKC')
    .replaceAll(new RegExp(`(\\d)\\s+(?=(?:${UNIT})(?![a-z]))`, 'gi'), '$1')
    .replaceAll(new RegExp(`(?<![^/;、+|,\\s])(${LABEL})\\s*:?\\s*(?=\\d)`, 'gi'), '$1:')
    .split(/[/;、+|\s]+|(?<!\d),|,(?!\d{3}(?:\D|$))/)
    .filter((part) => part !== '')
    .flatMap((part) => amountsOf(part) ?? [{ text: part }]);
}

/** The amounts that a part consists of; undefined if it holds anything else. */
function amountsOf(part: string): readonly Piece[] | undefined {
  const pieces: Piece[] = [];
  const form = /^\d/.test(part) ? NAMED_BEHIND : NAMED_BEFORE;
  form.lastIndex = 0;
  while (form.lastIndex < part.length) {
    const match = form.exec(part);
    const amount = match?.[2] === undefined ? undefined : readPart(match[2], '');
    if (!match || !amount) return undefined;
    const label = (match[1] || match[3])?.toLowerCase();
    const family = (Object.keys(PART_WORDS) as Family[]).find((it) =>
      (PART_WORDS[it] as readonly string[]).includes(label ?? ''),
    );
    pieces.push({ text: match[0], ...amount, ...(family === undefined ? {} : { family }) });
  }
  return pieces;
}

/** A specification of the item’s smallest unit, to show the form. */
function exampleOf(spec: CatalogItem['spec']): string {
  return spec.parameters
    .filter(({ type, required }) => type === 'integer' || required)
    .map((it) => (it.type === 'integer' ? `${it.minimum ?? 1}${it.unit ?? ''}` : (it.values?.[0] ?? '')))
    .join('/');
}
