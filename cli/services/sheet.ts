import { CliError } from '../errors.ts';

/** The rows of a spreadsheet's first sheet or of a CSV file, each cell as text. */
export type Sheet = readonly (readonly string[])[];

const MOST_ROWS = 5000;
const MOST_COLUMNS = 100;
/** A few kilobytes of a workbook can unpack to gigabytes. */
const MOST_UNPACKED = 4 * 2 ** 20;

/**
 * Reads a .xlsx file or a CSV file in UTF-8 or GB 18030, as spreadsheet programs here write it.
 * @throws CliError E_IMPORT_FORM, E_IMPORT_SIZE
 */
export async function readSheet(file: string, content: Buffer): Promise<Sheet> {
  const params = { file, rows: MOST_ROWS, columns: MOST_COLUMNS, most: MOST_UNPACKED / 2 ** 20 };
  const tooLarge = new CliError('E_IMPORT_SIZE', params);
  // A workbook is a zip archive, whatever its file is called.
  if (content.subarray(0, 4).equals(Buffer.from('PK\u0003\u0004'))) {
    if (unpackedSize(content) > MOST_UNPACKED) throw tooLarge;
    const { readXlsx, streamXlsxRows } = await import('hucre/xlsx');
    try {
      // A sheet is read as the whole rectangle around its cells, of which two can span billions.
      const beyond = { range: `A${MOST_ROWS + 1}:XFD1048576`, maxRows: 1 };
      for await (const _row of streamXlsxRows(content, beyond)) throw tooLarge;
      const range = `A1:${columnLetters(MOST_COLUMNS - 1)}${MOST_ROWS}`;
      const rows = (await readXlsx(content, { sheets: [0], range })).sheets[0]?.rows ?? [];
      return rows.map((row) => row.map(cellText));
    } catch (error) {
      if (error === tooLarge) throw error;
      throw new CliError('E_IMPORT_FORM', { file });
    }
  }
  if (content.includes(0)) throw new CliError('E_IMPORT_FORM', { file });
  const { streamCsvRows } = await import('hucre/csv');
  const rows: string[][] = [];
  for (const row of streamCsvRows(decode(content))) {
    if (rows.length === MOST_ROWS || row.length > MOST_COLUMNS) throw tooLarge;
    rows.push(row.map(cellText));
  }
  return rows;
}

/**
 * What the entries of a zip archive say that they unpack to, in bytes; the reader holds each to its word. Without
 * end if one leaves it open, or if the archive is of the kind for more than 4 GiB.
 */
function unpackedSize(zip: Buffer): number {
  const end = zip.lastIndexOf(Buffer.from('PK\u0005\u0006'), zip.length - 22);
  if (end < 0) return 0;
  const entries = zip.readUInt16LE(end + 10);
  let at = zip.readUInt32LE(end + 16);
  if (entries === 0xffff || zip.readUInt32LE(end + 12) === 0xffffffff || at === 0xffffffff)
    return Number.POSITIVE_INFINITY;
  let size = 0;
  for (let left = entries; left > 0 && at + 46 <= zip.length; left--) {
    const packed = zip.readUInt32LE(at + 20);
    const unpacked = zip.readUInt32LE(at + 24);
    const open = unpacked === 0 && (packed > 2 || (zip.readUInt16LE(at + 8) & 8) !== 0);
    size += open ? Number.POSITIVE_INFINITY : unpacked;
    at += 46 + zip.readUInt16LE(at + 28) + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return size;
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
