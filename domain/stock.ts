import { isIP } from 'node:net';
import {
  type CatalogItem,
  codeOf,
  type InformationSystem,
  type MemberCluster,
  type ParameterValues,
  type StockImport,
} from '../api/v1alpha1/index.ts';
import type { MessageParams } from '../messages/index.ts';
import type { StockErrorCode } from '../messages/stock.ts';
import { checkParameters } from './catalogue/item.ts';
import type { Reason } from './errors.ts';

/** The columns of an opening-stock file, as its header names them, in any order. */
export const STOCK_COLUMNS = [
  '系统',
  '服务',
  '规格',
  '数量',
  '区域',
  '架构',
  'IP',
  '开通日期',
  '依据文号',
] as const;
type StockColumn = (typeof STOCK_COLUMNS)[number];

/** A file may also have this column; 是 (or a level such as 秘密) marks the row as classified. */
const CLASSIFIED_COLUMN = '涉密';

export type StockRow = StockImport['spec']['rows'][number];

/** What is wrong with a cell or a row; `where` is the cell as a spreadsheet names it, or the row's number. */
export interface StockProblem {
  readonly code: StockErrorCode | Reason['code'];
  readonly params: MessageParams;
  readonly where: string;
  /** Row in the file; the header is row 1. */
  readonly row: number;
}

interface SystemReference {
  readonly organization: string;
  readonly system: string;
}

/** What the cells of a file may name, by every spelling that is understood. */
export interface StockLookup {
  readonly systems: ReadonlyMap<string, SystemReference | 'ambiguous'>;
  readonly items: ReadonlyMap<string, CatalogItem>;
  readonly zones: ReadonlyMap<string, string>;
}

/** Systems, items and zones by id and by Chinese title. A title that two systems share fits neither. */
export function stockLookup(
  systems: readonly InformationSystem[],
  items: readonly CatalogItem[],
  clusters: readonly MemberCluster[],
): StockLookup {
  const bySpelling = new Map<string, SystemReference | 'ambiguous'>();
  for (const { metadata, spec } of systems) {
    const organization = codeOf(metadata.namespace ?? '');
    if (organization === undefined) continue;
    for (const spelling of new Set([metadata.name, normal(spec.name.zh)])) {
      bySpelling.set(
        spelling,
        bySpelling.has(spelling) ? 'ambiguous' : { organization, system: metadata.name },
      );
    }
  }
  return {
    systems: bySpelling,
    items: new Map(
      items.flatMap((it) => [it.metadata.name, normal(it.spec.title.zh)].map((key) => [key, it])),
    ),
    zones: new Map(
      clusters.flatMap(({ spec }) => [spec.zone, normal(spec.zoneTitle.zh)].map((key) => [key, spec.zone])),
    ),
  };
}

/**
 * Reads the table of an opening-stock file: its header and its rows, each a list of cell texts. Rows without any
 * text are passed over. Good rows are given although others are bad.
 *
 * - 系统, 服务, 区域: the id or the Chinese title; quotes, spaces and full-width forms do not matter.
 * - 规格: parts joined by `/`. A whole number with its unit (核; GB; TB = 1,024 GB) is the next integer parameter
 *   of the item, in the order of the catalogue; any other part is the text parameter that allows it. So a machine is
 *   `8核/32GB/200GB`, a database `16核/64GB/1TB/16`, a backup job `10TB/每日`.
 * - IP: addresses, or ranges `first-last`, separated by commas, semicolons or spaces; may be empty.
 * - 开通日期: `2020-06-30`, `2020/6/30` or `2020年6月30日`.
 * - A row is classified, and refused by its number alone, if its column 涉密 says so or any cell carries a marking.
 *
 * @param today YYYY-MM-DD; no stock was opened after it
 */
export function parseStockTable(
  table: readonly (readonly string[])[],
  lookup: StockLookup,
  today: string,
): { readonly rows: readonly StockRow[]; readonly problems: readonly StockProblem[] } {
  const header = (table[0] ?? []).map((text) => text.trim());
  const columns = STOCK_COLUMNS.join('、');
  const missing = STOCK_COLUMNS.filter((column) => header.filter((text) => text === column).length !== 1);
  if (missing.length > 0) {
    return {
      rows: [],
      problems: missing.map((column) => ({
        code: 'E_STOCK_COLUMN',
        params: { column, columns },
        where: '1',
        row: 1,
      })),
    };
  }
  const rows: StockRow[] = [];
  const problems: StockProblem[] = [];
  table.slice(1).forEach((cells, index) => {
    if (cells.every((text) => text.trim() === '')) return;
    const result = parseRow(index + 2, header, cells, lookup, today);
    if (result.row) rows.push(result.row);
    problems.push(...result.problems);
  });
  return { rows, problems };
}

function parseRow(
  row: number,
  header: readonly string[],
  cells: readonly string[],
  lookup: StockLookup,
  today: string,
): { readonly row?: StockRow; readonly problems: readonly StockProblem[] } {
  if (isClassified(header, cells)) {
    return { problems: [{ code: 'E_STOCK_CLASSIFIED', params: { row }, where: String(row), row }] };
  }
  const problems: StockProblem[] = [];
  const cellOf = (column: StockColumn) => `${columnLetters(header.indexOf(column))}${row}`;
  const problem = (column: StockColumn, code: StockErrorCode, params: MessageParams = {}): undefined => {
    problems.push({ code, params: { cell: cellOf(column), ...params }, where: cellOf(column), row });
  };
  const text = (column: StockColumn) => (cells[header.indexOf(column)] ?? '').trim();
  /** The cell as `read` understands it; `read` reports what it does not. */
  const cell = <T>(column: StockColumn, read: (value: string) => T | undefined): T | undefined => {
    const value = text(column);
    return value === '' ? problem(column, 'E_STOCK_EMPTY', { column }) : read(value);
  };

  const system = cell('系统', (value) => {
    const found = lookup.systems.get(value) ?? lookup.systems.get(normal(value));
    if (found === undefined) return problem('系统', 'E_STOCK_SYSTEM');
    if (found === 'ambiguous') return problem('系统', 'E_STOCK_SYSTEM_AMBIGUOUS');
    return found;
  });
  const item = cell('服务', (value) => {
    const known = [...new Set(lookup.items.values())].map(({ spec }) => spec.title.zh).join('、');
    return (
      lookup.items.get(value) ??
      lookup.items.get(normal(value)) ??
      problem('服务', 'E_STOCK_ITEM', { value, known })
    );
  });
  const parameters = cell('规格', (value) => {
    if (!item) return undefined;
    const values = parseSpecification(item.spec, value, (part) =>
      problem('规格', 'E_STOCK_SPECIFICATION', {
        value: part,
        item: item.spec.title.zh,
        example: specificationExample(item.spec),
      }),
    );
    if (!values) return undefined;
    const wrong = checkParameters(item.spec, values, cellOf('规格'));
    problems.push(
      ...wrong.map(({ code, params, where }) => ({ code, params, where: where ?? cellOf('规格'), row })),
    );
    return wrong.length === 0 ? values : undefined;
  });
  const quantity = cell('数量', (value) => {
    const highest = item?.spec.maxQuantity ?? 1000;
    const number = /^\d{1,4}$/.test(value) ? Number(value) : 0;
    return number >= 1 && number <= highest
      ? number
      : problem('数量', 'E_STOCK_QUANTITY', { value, highest });
  });
  const zone = cell('区域', (value) => {
    const known = [...new Set(lookup.zones.keys())].join('、');
    return (
      lookup.zones.get(value) ??
      lookup.zones.get(normal(value)) ??
      problem('区域', 'E_STOCK_ZONE', { value, known })
    );
  });
  const arch = cell(
    '架构',
    (value) => ARCHS.get(value.toLowerCase()) ?? problem('架构', 'E_STOCK_ARCH', { value }),
  );
  const addresses = text('IP')
    .split(/[\s,，、;；]+/)
    .filter((value) => value !== '');
  const noAddress = addresses.find((value) => !isAddresses(value));
  if (noAddress !== undefined) problem('IP', 'E_STOCK_ADDRESS', { value: noAddress });
  const joined = addresses.join(', ');
  if (joined.length > 2000) problem('IP', 'E_STOCK_LENGTH', { column: 'IP', highest: 2000 });
  const openedOn = cell('开通日期', (value) => {
    const date = parseDate(value);
    return date !== undefined && date <= today ? date : problem('开通日期', 'E_STOCK_DATE', { value });
  });
  const basis = cell('依据文号', (value) =>
    value.length <= 200 ? value : problem('依据文号', 'E_STOCK_LENGTH', { column: '依据文号', highest: 200 }),
  );

  if (
    problems.length > 0 ||
    !system ||
    !item ||
    !parameters ||
    !quantity ||
    !zone ||
    !arch ||
    !openedOn ||
    !basis
  ) {
    return { problems };
  }
  return {
    row: {
      row,
      ...system,
      item: item.metadata.name,
      parameters,
      quantity,
      zone,
      arch,
      ...(joined === '' ? {} : { addresses: joined }),
      openedOn,
      basis,
    },
    problems,
  };
}

const ARCHS: ReadonlyMap<string, StockRow['arch']> = new Map([
  ['amd64', 'amd64'],
  ['x86', 'amd64'],
  ['x86_64', 'amd64'],
  ['arm64', 'arm64'],
  ['arm', 'arm64'],
  ['aarch64', 'arm64'],
]);

/** Units as people write them: the catalogue's unit, and how many of it one is. */
const UNITS: ReadonlyMap<string, { readonly unit: string; readonly factor: number }> = new Map([
  ['核', { unit: '核', factor: 1 }],
  ['c', { unit: '核', factor: 1 }],
  ['vcpu', { unit: '核', factor: 1 }],
  ['g', { unit: 'GB', factor: 1 }],
  ['gb', { unit: 'GB', factor: 1 }],
  ['gib', { unit: 'GB', factor: 1 }],
  ['t', { unit: 'GB', factor: 1024 }],
  ['tb', { unit: 'GB', factor: 1024 }],
  ['tib', { unit: 'GB', factor: 1024 }],
]);

/** Parameter values of a specification, or undefined after `bad` was told the part that fits no parameter. */
function parseSpecification(
  spec: CatalogItem['spec'],
  text: string,
  bad: (part: string) => undefined,
): ParameterValues | undefined {
  const values: ParameterValues = {};
  const integers = spec.parameters.filter(({ type }) => type === 'integer');
  const strings = spec.parameters.filter(({ type }) => type === 'string');
  for (const part of text
    .normalize('NFKC')
    .split('/')
    .map((it) => it.trim())) {
    const number = /^(\d{1,9})\s*([^\d\s]+)$/.exec(part);
    const unit = UNITS.get((number?.[2] ?? '').toLowerCase());
    if (unit) {
      const parameter = integers.shift();
      if (parameter?.unit !== unit.unit) return bad(part);
      values[parameter.name] = Number(number?.[1]) * unit.factor;
    } else {
      const parameter = strings.find((it) => values[it.name] === undefined && it.values?.includes(part));
      if (!parameter) return bad(part);
      values[parameter.name] = part;
    }
  }
  return values;
}

/** A specification of the item's smallest unit, to show the form. */
function specificationExample(spec: CatalogItem['spec']): string {
  return spec.parameters
    .filter(({ type, required }) => type === 'integer' || required)
    .map((it) => (it.type === 'integer' ? `${it.minimum ?? 1}${it.unit ?? ''}` : (it.values?.[0] ?? '')))
    .join('/');
}

function isClassified(header: readonly string[], cells: readonly string[]): boolean {
  const mark = (cells[header.indexOf(CLASSIFIED_COLUMN)] ?? '').trim();
  if (header.includes(CLASSIFIED_COLUMN) && !['', '否', '非密', '非涉密', '不涉密'].includes(mark))
    return true;
  // A marking anywhere: rather refuse a row too many, by its number, than keep a classified title.
  return cells.some((text) =>
    /(?<![非不])涉密|绝密|机密|秘密/.test(text.normalize('NFKC').replaceAll(/\s/g, '')),
  );
}

function isAddresses(text: string): boolean {
  if (isIP(text) !== 0) return true;
  const [first, last, ...more] = text.split('-');
  return more.length === 0 && isIP(first ?? '') !== 0 && isIP(first ?? '') === isIP(last ?? '');
}

/** YYYY-MM-DD, or undefined when the text is no day of the calendar. */
function parseDate(text: string): string | undefined {
  const match = /^(\d{4})(?:-|\/|年)(\d{1,2})(?:-|\/|月)(\d{1,2})日?$/.exec(text);
  if (!match) return undefined;
  const date = `${match[1]}-${match[2]?.padStart(2, '0')}-${match[3]?.padStart(2, '0')}`;
  const time = Date.parse(`${date}T00:00:00Z`);
  return Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== date ? undefined : date;
}

/** A title without what writers vary: full-width forms, spaces, quotation marks, case. */
function normal(text: string): string {
  return text
    .normalize('NFKC')
    .replaceAll(/[\s“”‘’"'「」]/g, '')
    .toLowerCase();
}

/** The letters of a spreadsheet's column, counted from 0. */
function columnLetters(index: number): string {
  return index < 26
    ? String.fromCharCode(65 + index)
    : columnLetters(Math.floor(index / 26) - 1) + columnLetters(index % 26);
}
