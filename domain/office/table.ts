import type { ErrorCode } from '../../messages/errors.ts';
import type { MessageParams } from '../../messages/index.ts';
import type { skipReasons } from '../../messages/office.ts';
import { sameJson } from '../same.ts';
import { bare, Grid } from './grid.ts';
import { HEADER_WITHIN, type Header, headerOf, LEAST_COLUMNS } from './header.ts';
import { type Problem, TableRow } from './row.ts';
import { normal, type Sheet, tidy } from './sheet.ts';
import {
  type Column,
  EXAMPLE_ROW,
  NOTE_ROW,
  PAPER_MARKING,
  ROW_MARKING,
  SECTION_ROW,
  TOTAL_ROW,
  UNCLASSIFIED_WORDS,
} from './vocabulary.ts';

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
  const has = (key: C) => header.at.has(key) || header.twice.has(key);
  const faults = [
    ...required
      .filter((key) => ![key, ...(kind.columns[key].unless ?? [])].some((it) => has(it as C)))
      .map((key) => {
        const params = { row: header.first + 1, column: titles([key]), columns: titles(required) };
        return tableProblem('E_TABLE_COLUMN', params, header.first);
      }),
    ...[...header.twice].map(([key, cells]) =>
      tableProblem('E_TABLE_COLUMN_TWICE', { column: titles([key]), cells: cells.join(', ') }, header.first),
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
    // Forms are printed with their rows numbered already.
    const isNumber = (text: string, column: number) => header.plain.has(column) && /^\d+$/.test(text);
    if (filled.length === 0 || own.every((text, column) => text === '' || isNumber(text, column))) {
      blank.push(row + 1);
      continue;
    }
    // Blank rows within the table are listed; those behind its last row are not.
    skipped.push(...blank.map((it) => ({ row: it, why: 'blank' as const })));
    blank = [];
    const why = skipOf(grid, header, row, own, filled);
    // No other character has 密 for its plain form, and most cells have none.
    const marked = grid
      .shown(row, own)
      .some(
        (text, column) => column !== header.result && text.includes('密') && ROW_MARKING.test(bare(text)),
      );
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

/** Whether the column that asks for it marks the row. */
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
