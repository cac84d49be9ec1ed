import type { ErrorCode } from '../../messages/errors.ts';
import type { MessageParams } from '../../messages/index.ts';
import type { skipReasons } from '../../messages/office.ts';
import { sameJson } from '../same.ts';
import { UNSEEN } from '../unseen.ts';
import { cellAddress, normal, type Sheet, tidy } from './sheet.ts';
import { isUnit, type Read } from './values.ts';
import {
  type Column,
  EXAMPLE_ROW,
  NOTE_ROW,
  PAPER_MARKING,
  PLAIN_COLUMNS,
  RESULT_COLUMN,
  ROW_MARKING,
  SECTION_ROW,
  TOTAL_ROW,
  UNCLASSIFIED_WORDS,
} from './vocabulary.ts';

/** What is wrong with a cell or a row; `where` is the cell as a spreadsheet names it, or the row’s number. */
export interface Problem {
  readonly code: ErrorCode;
  readonly params: MessageParams;
  readonly where: string;
  /** Row in the file, from 1. */
  readonly row: number;
}

/** A row of the file that is none of its table. */
export interface Skipped {
  readonly row: number;
  readonly why: keyof typeof skipReasons;
}

/** Where the table stands in the sheet; rows are the file’s, from 1, columns counted from 0. */
export interface Layout {
  readonly headerRow: number;
  readonly lastHeaderRow: number;
  /** Where the results of an import go: its own column from last time, or behind the last one. */
  readonly resultColumn: number;
}

export interface TableReading<T> {
  /** Undefined when no header was found. */
  readonly layout?: Layout;
  readonly good: readonly { readonly row: number; readonly value: T }[];
  readonly problems: readonly Problem[];
  readonly skipped: readonly Skipped[];
  /** Columns that the header has, by key. */
  readonly columns: ReadonlySet<string>;
  /** Cells of the header whose columns were not read. */
  readonly unread: readonly string[];
  /** Rows of which nothing may be kept, not even in a copy of the file: refused ones, and titles and notes with a marking. */
  readonly classified: readonly number[];
}

/** A kind of table: its columns, what a row of it is, and what of it may stand in a file once. */
export interface TableKind<C extends string, T> {
  readonly columns: Readonly<Record<C, Column>>;
  /** The row’s value; undefined after its problems were told to it. */
  readonly read: (row: TableRow<C>) => T | undefined;
  readonly key: (value: T) => string;
}

/** How far down a header may stand: titles, the unit, who fills it in. */
const HEADER_WITHIN = 20;
/** How many names of columns make a header of a row. */
const LEAST_COLUMNS = 2;
/** Of what somebody wrote, so much is repeated. */
const SHOWN = 60;

/**
 * Reads a table as offices write it. The header is the row, or the two rows, that names most columns; what stands above it is
 * no data. A cell that is merged downwards counts for each of its rows; one merged to the right for its first column.
 * Totals, notes, headings, blank rows and headers that are repeated are skipped and listed. Good rows are given although
 * others are bad. Of a classified row nothing is given but its number; a marking above the header makes the whole table so.
 */
export function readTable<C extends string, T>(sheet: Sheet, kind: TableKind<C, T>): TableReading<T> {
  const grid = new Grid(sheet);
  const nothing = { good: [], skipped: [], columns: new Set<string>(), unread: [], classified: [] };
  const header = headerOf(grid, kind.columns);
  const head = header?.first ?? Math.min(HEADER_WITHIN, sheet.rows.length);
  for (let row = 0; row < head; row++) {
    if (!grid.own(row).some((text) => PAPER_MARKING.test(bare(text)))) continue;
    const problem = tableProblem('E_TABLE_CLASSIFIED', { row: row + 1 }, row);
    return { ...nothing, problems: [problem] };
  }
  const titles = (keys: readonly C[]) => keys.map((key) => kind.columns[key].names[0]).join('、');
  const required = (Object.keys(kind.columns) as C[]).filter((key) => kind.columns[key].required);
  if (!header) {
    const params = { rows: HEADER_WITHIN, columns: titles(required) };
    return { ...nothing, problems: [tableProblem('E_TABLE_HEADER', params, 0)] };
  }
  const faults = [
    ...required
      .filter((key) => !header.at.has(key) && !header.twice.has(key))
      .map((key) => {
        const params = { row: header.first + 1, column: titles([key]), columns: titles(required) };
        return tableProblem('E_TABLE_COLUMN', params, header.first);
      }),
    ...[...header.twice].map(([key, cells]) =>
      tableProblem('E_TABLE_COLUMN_TWICE', { column: titles([key]), cells: cells.join('、') }, header.first),
    ),
  ];
  if (faults.length > 0) return { ...nothing, problems: faults };
  return {
    layout: {
      headerRow: header.first + 1,
      lastHeaderRow: header.last + 1,
      resultColumn: header.result ?? grid.width,
    },
    columns: new Set(header.at.keys()),
    unread: header.unread,
    ...readRows(grid, header, kind),
  };
}

function tableProblem(code: ErrorCode, params: MessageParams, row: number): Problem {
  return { code, params, where: String(row + 1), row: row + 1 };
}

/** More columns than any spreadsheet has. */
const WIDEST = 2 ** 15;

/** The cells of a sheet, and whose text a merged one shows. */
class Grid {
  readonly rows: Sheet['rows'];
  readonly dateSystem: Sheet['dateSystem'];
  readonly width: number;
  private readonly merged = new Map<number, Sheet['merges'][number]>();

  constructor({ rows, merges, dateSystem }: Sheet) {
    this.rows = rows;
    this.dateSystem = dateSystem;
    this.width = rows.reduce((most, row) => Math.max(most, filledWidth(row)), 0);
    for (const merge of merges) {
      const [bottom, right] = [
        Math.min(merge.endRow, rows.length - 1),
        Math.min(merge.endCol, this.width - 1),
      ];
      for (let row = merge.startRow; row <= bottom; row++)
        for (let column = merge.startCol; column <= right; column++)
          this.merged.set(row * WIDEST + column, merge);
    }
  }

  /** The texts that stand in a row’s own cells. */
  own(row: number): readonly string[] {
    return (this.rows[row] ?? []).map(tidy);
  }

  mergeAt(row: number, column: number): Sheet['merges'][number] | undefined {
    return this.merged.size === 0 ? undefined : this.merged.get(row * WIDEST + column);
  }

  /** The cell that holds the text of another one. */
  anchor(row: number, column: number): readonly [number, number] {
    const merge = this.mergeAt(row, column);
    return merge ? [merge.startRow, merge.startCol] : [row, column];
  }

  /** The text that a cell shows, if it stands in `first` or below. */
  within(first: number, row: number, column: number): string {
    const anchor = this.anchor(row, column);
    return anchor[0] < first ? '' : this.raw(anchor);
  }

  raw([row, column]: readonly [number, number]): string {
    return this.rows[row]?.[column] ?? '';
  }
}

function filledWidth(row: readonly string[]): number {
  return row.findLastIndex((text) => text.trim() !== '') + 1;
}

interface Header<C extends string> {
  readonly first: number;
  readonly last: number;
  readonly at: ReadonlyMap<C, number>;
  readonly twice: ReadonlyMap<C, readonly string[]>;
  /** Units in brackets by column; and that of the line above the table. */
  readonly units: ReadonlyMap<number, string>;
  readonly unit: string;
  readonly result?: number;
  readonly unread: readonly string[];
}

/** The name of a column without marks and brackets, and the unit in these. */
function columnName(text: string): { readonly name: string; readonly unit: string } {
  let name = normal(text).replaceAll(/[*※:]/g, '');
  let unit = '';
  for (;;) {
    const [, before, inside = ''] = /^(.+?)[([【]([^()[\]【】]*)[)\]】]$/.exec(name) ?? [];
    if (before === undefined) return { name, unit };
    name = before;
    const said = inside.replace(/^单位/, '');
    if (isUnit(said)) unit = said;
  }
}

function headerOf<C extends string>(grid: Grid, columns: Readonly<Record<C, Column>>): Header<C> | undefined {
  const ranks = new Map<string, { readonly key: C; readonly rank: number }[]>();
  for (const key of Object.keys(columns) as C[]) {
    columns[key].names.forEach((name, rank) => {
      const entry = { key, rank };
      const there = ranks.get(normal(name));
      if (there) there.push(entry);
      else ranks.set(normal(name), [entry]);
    });
  }
  let best: Header<C> | undefined;
  const found = (it: Header<C> | undefined) => (it ? it.at.size + it.twice.size : LEAST_COLUMNS - 1);
  // Of two that name as many columns the one of a single row: the row above it is a title.
  for (const more of [0, 1]) {
    for (let first = 0; first < Math.min(HEADER_WITHIN, grid.rows.length - more); first++) {
      const header = headerAt(grid, ranks, first, first + more);
      if (found(header) > found(best)) best = header;
    }
  }
  return best;
}

function headerAt<C extends string>(
  grid: Grid,
  ranks: ReadonlyMap<string, readonly { readonly key: C; readonly rank: number }[]>,
  first: number,
  last: number,
): Header<C> {
  const claims = new Map<C, { readonly column: number; readonly rank: number }[]>();
  const units = new Map<number, string>();
  const filled: number[] = [];
  let result: number | undefined;
  let group = '';
  for (let column = 0; column < grid.width; column++) {
    const above = tidy(grid.within(first, first, column));
    const below = last === first ? '' : tidy(grid.within(first, last, column));
    // A CSV file has no merged cells: what a heading spans is blank behind it.
    if (above !== '') group = above;
    const top = above === '' && below !== '' ? group : above;
    if (top === '' && below === '') continue;
    const spellings = below === '' || below === top ? [top] : [`${top}${below}`, below];
    const names = spellings.map((it) => columnName(it).name);
    const unit = [below, top].map((it) => columnName(it).unit).find((it) => it !== '');
    if (unit !== undefined) units.set(column, unit);
    if (names.some((name) => RESULT_COLUMN.has(name))) {
      result ??= column;
      continue;
    }
    if (names.some((name) => PLAIN_COLUMNS.has(name))) continue;
    filled.push(column);
    const claim = names.map((name) => ranks.get(name)).find((it) => it !== undefined);
    for (const { key, rank } of claim ?? []) claims.set(key, [...(claims.get(key) ?? []), { column, rank }]);
  }
  const at = new Map<C, number>();
  const twice = new Map<C, readonly string[]>();
  for (const [key, claimed] of claims) {
    const rank = Math.min(...claimed.map((it) => it.rank));
    const [one, ...others] = claimed.filter((it) => it.rank === rank).map(({ column }) => column);
    if (others.length > 0)
      twice.set(
        key,
        [one ?? 0, ...others].map((column) => cellAddress(last, column)),
      );
    else at.set(key, one ?? 0);
  }
  const used = new Set(at.values());
  return {
    first,
    last,
    at,
    twice,
    units,
    unit: unitAbove(grid, first),
    ...(result === undefined ? {} : { result }),
    unread: filled.filter((column) => !used.has(column)).map((column) => cellAddress(last, column)),
  };
}

/** What `单位：万元` above a table says. */
function unitAbove(grid: Grid, first: number): string {
  for (let row = first - 1; row >= 0; row--) {
    for (const text of grid.own(row)) {
      const [, unit] = /(?:金额)?单位[:：]((?:人民币)?[万亿]?元)/.exec(bare(text)) ?? [];
      if (unit !== undefined) return unit;
    }
  }
  return '';
}

/** Marks and markings are looked for in a text without blanks and full-width forms. */
function bare(text: string): string {
  return text.normalize('NFKC').replaceAll(/\s/g, '');
}

/** One row while it is read: its cells by column, and what is wrong with them. */
export class TableRow<C extends string> {
  /** Row in the file, from 1. */
  readonly number: number;
  readonly problems: Problem[] = [];
  private readonly grid: Grid;
  private readonly header: Header<C>;
  private readonly columns: Readonly<Record<C, Column>>;
  private readonly own: readonly string[];

  constructor(
    grid: Grid,
    header: Header<C>,
    columns: Readonly<Record<C, Column>>,
    row: number,
    own: readonly string[],
  ) {
    this.number = row + 1;
    this.own = own;
    this.grid = grid;
    this.header = header;
    this.columns = columns;
  }

  get dateSystem(): Sheet['dateSystem'] {
    return this.grid.dateSystem;
  }

  has(column: C): boolean {
    return this.header.at.has(column);
  }

  /** The unit in the brackets of a column’s name; of money also that of the line above the table. */
  unit(column: C): string {
    return this.header.units.get(this.header.at.get(column) ?? -1) ?? '';
  }

  get unitAbove(): string {
    return this.header.unit;
  }

  /** A cell’s text, empty where there is none. */
  text(column: C): string {
    const at = this.header.at.get(column);
    if (at === undefined) return '';
    const merge = this.grid.mergeAt(this.number - 1, at);
    if (!merge) return this.own[at] ?? '';
    return merge.startCol === at ? tidy(this.grid.raw([merge.startRow, at])) : '';
  }

  /** A cell as `reader` understands it; undefined after the row was told what is wrong. An empty cell is wrong. */
  cell<T>(column: C, reader: (text: string) => Read<T>): T | undefined {
    const text = this.text(column);
    return text === '' ? this.fault(column, 'E_CELL_EMPTY') : this.readCell(column, text, reader);
  }

  /** The same of a cell that may be empty, for which `otherwise` stands. */
  optional<T, D>(column: C, reader: (text: string) => Read<T>, otherwise: D): T | D | undefined {
    const text = this.text(column);
    return text === '' ? otherwise : this.readCell(column, text, reader);
  }

  private readCell<T>(column: C, text: string, reader: (text: string) => Read<T>): T | undefined {
    const at = this.header.at.get(column) ?? 0;
    const merge = this.grid.mergeAt(this.number - 1, at);
    if (merge && merge.endRow > merge.startRow && this.columns[column].amount)
      return this.fault(column, 'E_CELL_MERGED');
    const unseen = text.match(UNSEEN)?.[0];
    if (unseen !== undefined) {
      const code = (unseen.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
      return this.fault(column, 'E_CELL_UNSEEN', { code: `U+${code}` });
    }
    if (/^#(?:N\/A|REF!|VALUE!|DIV\/0!|NAME\?|NUM!|NULL!)$/.test(text))
      return this.fault(column, 'E_CELL_ERROR', { value: text });
    const result = reader(text);
    return result.ok
      ? result.value
      : this.fault(column, result.code, {
          ...(this.columns[column].title ? {} : { value: text.slice(0, SHOWN) }),
          ...result.params,
        });
  }

  /** Tells what is wrong with a cell. */
  fault(column: C, code: ErrorCode, params: MessageParams = {}): undefined {
    const at = this.header.at.get(column) ?? 0;
    const cell = cellAddress(...this.grid.anchor(this.number - 1, at));
    const title = this.columns[column].names[0];
    this.problems.push({ code, params: { cell, column: title, ...params }, where: cell, row: this.number });
  }
}

function readRows<C extends string, T>(
  grid: Grid,
  header: Header<C>,
  kind: TableKind<C, T>,
): Pick<TableReading<T>, 'good' | 'problems' | 'skipped' | 'classified'> {
  const read: { row: number; value: T }[] = [];
  const problems: Problem[] = [];
  const skipped: Skipped[] = [];
  const isMarkedTitle = (row: number) => grid.own(row).some((text) => ROW_MARKING.test(bare(text)));
  const classified = Array.from({ length: header.first }, (_, row) => row)
    .filter(isMarkedTitle)
    .map((row) => row + 1);
  let [blank, below]: [number[], boolean] = [[], false];
  const refuse = (row: number) => {
    classified.push(row + 1);
    problems.push(tableProblem('E_ROW_CLASSIFIED', { row: row + 1 }, row));
  };
  for (let row = header.last + 1; row < grid.rows.length; row++) {
    const own = grid.own(row);
    const filled = own.filter((text, column) => text !== '' && column !== header.result);
    if (filled.length === 0) {
      blank.push(row + 1);
      continue;
    }
    // Blank rows within the table are listed; those behind its last row are not.
    skipped.push(...blank.map((it) => ({ row: it, why: 'blank' as const })));
    blank = [];
    const why = skipOf(grid, header, row, own, filled);
    // No other character has 密 for its plain form, and most cells have none.
    const marked = filled.some((text) => text.includes('密') && ROW_MARKING.test(bare(text)));
    if (why === 'section') below = marked;
    if (why === 'section' ? marked : why === 'note' && filled.some((it) => PAPER_MARKING.test(bare(it)))) {
      refuse(row);
    } else if (why !== undefined) {
      skipped.push({ row: row + 1, why });
      if (marked || below) classified.push(row + 1);
    } else {
      const reader = new TableRow(grid, header, kind.columns, row, own);
      if (marked || below || isMarked(reader)) {
        refuse(row);
        continue;
      }
      const value = kind.read(reader);
      if (value !== undefined && reader.problems.length === 0) read.push({ row: row + 1, value });
      problems.push(...reader.problems);
    }
  }
  const { good, problems: doubled } = onceOnly(read, kind.key);
  return { good, problems: [...problems, ...doubled].toSorted((a, b) => a.row - b.row), skipped, classified };
}

/** Whether the column that asks for it, or a merged cell beside, marks the row. */
function isMarked<C extends string>(row: TableRow<C>): boolean {
  const column = 'classified' as C;
  return row.has(column) && !(UNCLASSIFIED_WORDS as readonly string[]).includes(normal(row.text(column)));
}

function skipOf<C extends string>(
  grid: Grid,
  header: Header<C>,
  row: number,
  own: readonly string[],
  filled: readonly string[],
): Skipped['why'] | undefined {
  const [first = '', second = ''] = filled.map(bare);
  if (TOTAL_ROW.test(first) || (TOTAL_ROW.test(second) && /^\d*$/.test(first))) return 'total';
  if (NOTE_ROW.test(first)) return 'note';
  if (EXAMPLE_ROW.test(first)) return 'example';
  const isNumbering = filled.every((text, index) => bare(text).replaceAll(/[()]/g, '') === String(index + 1));
  if (row === header.last + 1 && filled.length >= 3 && isNumbering) return 'numbering';
  const repeats = (of: number) =>
    filled.length >= LEAST_COLUMNS &&
    own.every((text, column) => text === '' || normal(text) === normal(tidy(grid.raw([of, column]))));
  if (repeats(header.first) || repeats(header.last)) return 'header';
  if (filled.length === 1) {
    const column = own.findIndex((text) => text !== '');
    const merge = grid.mergeAt(row, column);
    if (SECTION_ROW.test(first) || (merge && merge.endCol - merge.startCol >= LEAST_COLUMNS))
      return 'section';
  }
  return undefined;
}

/** Of rows that are about the same, the first is taken if the others agree with it, else none. */
function onceOnly<T>(
  read: readonly { readonly row: number; readonly value: T }[],
  key: (value: T) => string,
): {
  readonly good: readonly { readonly row: number; readonly value: T }[];
  readonly problems: readonly Problem[];
} {
  const groups = new Map<string, { readonly row: number; readonly value: T }[]>();
  for (const it of read) {
    const of = key(it.value);
    const group = groups.get(of);
    if (group) group.push(it);
    else groups.set(of, [it]);
  }
  const problems: Problem[] = [];
  const bad = new Set<number>();
  for (const [first, ...others] of groups.values()) {
    if (!first || others.length === 0) continue;
    const agree = others.every(({ value }) => sameJson(value, first.value));
    const named = agree ? others : [first, ...others];
    for (const { row } of named) {
      bad.add(row);
      const other = row === first.row ? (others[0]?.row ?? row) : first.row;
      problems.push(tableProblem(agree ? 'E_ROW_SAME' : 'E_ROW_CONFLICT', { row, other }, row - 1));
    }
  }
  return { good: read.filter(({ row }) => !bad.has(row)), problems };
}
