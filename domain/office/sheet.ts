/** A table as an office sends it: what a CSV file or one sheet of a workbook holds, before anything in it is understood. */
export interface Sheet {
  /** Cells as text, in the order of the file; rows may differ in length. Dates of a workbook are `YYYY-MM-DD`. */
  readonly rows: readonly (readonly string[])[];
  /** Ranges of merged cells, counted from 0, both ends included; a CSV file has none. */
  readonly merges: readonly Merge[];
  /** Which day the file’s serial numbers count from. */
  readonly dateSystem: DateSystem;
}

export interface Merge {
  readonly startRow: number;
  readonly startCol: number;
  readonly endRow: number;
  readonly endCol: number;
}

/** Spreadsheets count days from 1899-12-30, or from 1904-01-01 if an old Mac made the file. */
export type DateSystem = '1900' | '1904';

/** A table of plain texts, as a CSV file is one. */
export function plainSheet(rows: Sheet['rows']): Sheet {
  return { rows, merges: [], dateSystem: '1900' };
}

/** The letters of a spreadsheet’s column, counted from 0. */
function columnLetters(index: number): string {
  return index < 26
    ? String.fromCharCode(65 + index)
    : columnLetters(Math.floor(index / 26) - 1) + columnLetters(index % 26);
}

/** A cell as spreadsheets name it: `B5`. @param row, column counted from 0 */
export function cellAddress(row: number, column: number): string {
  return `${columnLetters(column)}${row + 1}`;
}

/**
 * What a cell says without what only lays it out: ends and runs of blanks, and line breaks, which stand for nothing
 * between Chinese characters and for a blank elsewhere. Full-width forms of a name stay as they were written.
 */
export function tidy(text: string): string {
  if (!/\s/.test(text)) return text;
  return text
    .replaceAll(/(?<=[^\0-\u02ff])[\r\n\t]+(?=[^\0-\u02ff])/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/** A text without what writers vary: full-width forms, blanks, quotation marks, case. For comparing, never for keeping. */
export function normal(text: string): string {
  const plain = text.normalize('NFKC').toLowerCase();
  return VARIED.test(plain) ? plain.replaceAll(EACH_VARIED, '') : plain;
}

const VARIED = /[\s“”‘’"'「」]/;
const EACH_VARIED = new RegExp(VARIED, 'g');
