import { bare, type Grid } from './grid.ts';
import { cellAddress, normal, tidy } from './sheet.ts';
import { isUnit } from './values.ts';
import { type Column, PLAIN_COLUMNS, RESULT_COLUMN } from './vocabulary.ts';

/** How far down a header may stand: titles, the unit, who fills it in. */
export const HEADER_WITHIN = 20;
/** How many names of columns make a header of a row. */
export const LEAST_COLUMNS = 2;
/** Where a table’s columns stand; rows and columns counted from 0. */
export interface Header<C extends string> {
  readonly first: number;
  readonly last: number;
  readonly at: ReadonlyMap<C, number>;
  readonly twice: ReadonlyMap<C, readonly string[]>;
  /** Units in brackets by column; and that of the line above the table. */
  readonly units: ReadonlyMap<number, string>;
  readonly unit: string;
  readonly result?: number;
  /** Columns that say nothing about anything, such as 序号. */
  readonly plain: ReadonlySet<number>;
  readonly unread: readonly string[];
}

/** No column has a longer name: a text of thousands of brackets would be looked through for each. */
const MOST_NAME = 200;

/** The name of a column without marks and brackets, and the unit in these. */
export function columnName(text: string): { readonly name: string; readonly unit: string } {
  let name = normal(text).replaceAll(/[*※:]/g, '');
  let unit = '';
  if (name.length > MOST_NAME) return { name, unit };
  for (;;) {
    const [, before, inside = ''] = /^(.+?)[([【]([^()[\]【】]*)[)\]】]$/.exec(name) ?? [];
    if (before === undefined) return { name, unit };
    name = before;
    const said = inside.replace(/^单位/, '');
    if (isUnit(said)) unit = said;
  }
}

/** The row, or the two rows, among the first that name most columns; undefined if none names two. */
export function headerOf<C extends string>(
  grid: Grid,
  columns: Readonly<Record<C, Column>>,
): Header<C> | undefined {
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
  const plain = new Set<number>();
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
    if (names.some((name) => PLAIN_COLUMNS.has(name))) {
      plain.add(column);
      continue;
    }
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
    plain,
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
