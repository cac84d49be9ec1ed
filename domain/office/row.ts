import type { ErrorCode } from '../../messages/errors.ts';
import type { MessageParams } from '../../messages/index.ts';
import { UNSEEN } from '../unseen.ts';
import type { Grid } from './grid.ts';
import type { Header } from './header.ts';
import { cellAddress, type Sheet, tidy } from './sheet.ts';
import { type Read, wrong } from './values.ts';
import type { Column } from './vocabulary.ts';

/** What is wrong with a cell or a row; `where` is the cell as a spreadsheet names it, or the row’s number. */
export interface Problem {
  readonly code: ErrorCode;
  readonly params: MessageParams;
  readonly where: string;
  /** Row in the file, from 1. */
  readonly row: number;
}

/** Of what somebody wrote, so much is repeated. */
const SHOWN = 60;

/** A cell’s text as `reader` understands it, or what is wrong with it, whatever it should say. */
export function readText<T>(
  text: string,
  { title }: Pick<Column, 'title'>,
  reader: (text: string) => Read<T>,
): Read<T> {
  const unseen = text.match(UNSEEN)?.[0];
  if (unseen !== undefined) {
    const code = (unseen.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    return wrong('E_CELL_UNSEEN', { code: `U+${code}` });
  }
  if (/^#(?:N\/A|REF!|VALUE!|DIV\/0!|NAME\?|NUM!|NULL!)$/.test(text))
    return wrong('E_CELL_ERROR', { value: text });
  const result = reader(text);
  return result.ok || title ? result : wrong(result.code, { value: text.slice(0, SHOWN), ...result.params });
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
    const result = readText(text, this.columns[column], reader);
    return result.ok ? result.value : this.fault(column, result.code, result.params);
  }

  /** Tells what is wrong with a cell. */
  fault(column: C, code: ErrorCode, params: MessageParams = {}): undefined {
    const at = this.header.at.get(column) ?? 0;
    const cell = cellAddress(...this.grid.anchor(this.number - 1, at));
    const title = this.columns[column].names[0];
    this.problems.push({ code, params: { cell, column: title, ...params }, where: cell, row: this.number });
  }
}
