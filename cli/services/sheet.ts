import { CliError } from '../errors.ts';

/** The rows of a spreadsheet's first sheet or of a CSV file, each cell as text. */
export type Sheet = readonly (readonly string[])[];

/**
 * Reads a .xlsx file or a CSV file in UTF-8 or GB 18030, as spreadsheet programs here write it.
 * @throws CliError E_IMPORT_FORM
 */
export async function readSheet(file: string, content: Buffer): Promise<Sheet> {
  // A workbook is a zip archive, whatever its file is called.
  if (content.subarray(0, 4).equals(Buffer.from('PK\u0003\u0004'))) {
    const { readXlsx } = await import('hucre/xlsx');
    let rows: readonly (readonly unknown[])[];
    try {
      rows = (await readXlsx(content)).sheets[0]?.rows ?? [];
    } catch {
      throw new CliError('E_IMPORT_FORM', { file });
    }
    return rows.map((row) => row.map(cellText));
  }
  if (content.includes(0)) throw new CliError('E_IMPORT_FORM', { file });
  const { parseCsv } = await import('hucre/csv');
  return parseCsv(decode(content)).map((row) => row.map(cellText));
}

function decode(content: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    return new TextDecoder('gb18030').decode(content);
  }
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return '';
  // A spreadsheet's dates have no zone: hucre gives them as UTC.
  return value instanceof Date ? value.toISOString().slice(0, 10) : String(value);
}

/** The letters of a spreadsheet's column, counted from 0. */
export function columnLetters(index: number): string {
  return index < 26
    ? String.fromCharCode(65 + index)
    : columnLetters(Math.floor(index / 26) - 1) + columnLetters(index % 26);
}
