import { cellAddress, type Merge, type Sheet } from '../../domain/office/sheet.ts';
import { CliError } from '../errors.ts';

/** A file of an office: its table as texts, and how the file holds it, for whoever makes a copy. */
export interface OfficeFile {
  readonly sheet: Sheet;
  readonly form: Workbook | Csv;
}

export interface Workbook {
  readonly kind: 'xlsx';
  /** The sheet that was read, counted from 0. */
  readonly index: number;
}

export interface Csv {
  readonly kind: 'csv';
  readonly encoding: 'utf-8' | 'gb18030';
  readonly bom: boolean;
  readonly delimiter: string;
  readonly lineEnd: string;
}

const MOST_ROWS = 20_100;
const MOST_COLUMNS = 100;
/** A few kilobytes of a workbook can unpack to gigabytes. */
const MOST_UNPACKED = 24 * 2 ** 20;
/** As much of a sheet as is read: one column more, to see whether it has more. */
export const WITHIN = `A1:${cellAddress(MOST_ROWS - 1, MOST_COLUMNS)}`;
/** So many characters show what separates the cells of a CSV file. */
const SAMPLE = 2 ** 14;
/** Merged cells count for each that they cover; one range can cover billions. */
const MOST_MERGED = 500_000;

/**
 * Reads a .xlsx file, of whose visible sheets the first one, or a CSV file in UTF-8 or GB 18030, as spreadsheet programs here
 * write them.
 * @throws CliError E_IMPORT_FORM, E_IMPORT_SIZE
 */
export async function readSheet(file: string, content: Buffer): Promise<OfficeFile> {
  const params = { file, rows: MOST_ROWS, columns: MOST_COLUMNS, most: MOST_UNPACKED / 2 ** 20 };
  const tooLarge = new CliError('E_IMPORT_SIZE', params);
  if (isWorkbook(content)) {
    if (unpackedSize(content) > MOST_UNPACKED) throw tooLarge;
    try {
      return await readWorkbook(content, tooLarge);
    } catch (error) {
      if (error === tooLarge) throw error;
      throw new CliError('E_IMPORT_FORM', { file });
    }
  }
  if (content.includes(0)) throw new CliError('E_IMPORT_FORM', { file });
  const { text, encoding } = decode(file, content);
  const { detectDelimiter, parseCsv } = await import('hucre/csv');
  const delimiter = detectDelimiter(text.slice(0, SAMPLE));
  if (!fitsTable(text, delimiter)) throw tooLarge;
  return {
    sheet: {
      rows: parseCsv(text, { delimiter }).map((row) => row.map(cellText)),
      merges: [],
      dateSystem: '1900',
    },
    form: {
      kind: 'csv',
      encoding,
      bom: text.startsWith('\ufeff'),
      delimiter,
      lineEnd: text.includes('\r\n') ? '\r\n' : '\n',
    },
  };
}

/** Whether a text has no more rows and cells than we read, found without making any of them. */
function fitsTable(text: string, delimiter: string): boolean {
  let [rows, cells, quoted, empty] = [0, 1, false, true];
  for (const char of text) {
    if (char === '"' && (quoted || empty)) {
      quoted = !quoted;
      // A quotation mark behind one that closes is a mark in the text.
      empty = !quoted;
    } else if (!quoted) {
      if (char === '\n') [rows, cells] = [rows + 1, 1];
      else if (char === delimiter) cells += 1;
      empty = char === '\n' || char === '\r' || char === delimiter || char === '\ufeff';
    }
    if (cells > MOST_COLUMNS || rows > MOST_ROWS) return false;
  }
  return rows + (text.endsWith('\n') ? 0 : 1) <= MOST_ROWS;
}

/** A workbook is a zip archive, whatever its file is called. */
export function isWorkbook(content: Buffer): boolean {
  return content.subarray(0, 4).equals(Buffer.from('PK\u0003\u0004'));
}

async function readWorkbook(content: Buffer, tooLarge: CliError): Promise<OfficeFile> {
  const { readXlsx, streamXlsxRows } = await import('hucre/xlsx');
  let index: number | undefined;
  const first = (info: { readonly hidden?: boolean; readonly veryHidden?: boolean }, at: number) => {
    if (index !== undefined || info.hidden || info.veryHidden) return false;
    index = at;
    return true;
  };
  // A sheet is read as the whole rectangle around its cells, of which two can span billions.
  const { sheets, dateSystem = '1900' } = await readXlsx(content, { sheets: first, range: WITHIN });
  const [sheet] = sheets;
  const beyond = { sheet: index ?? 0, range: `A${MOST_ROWS + 1}:XFD1048576`, maxRows: 1 };
  for await (const _row of streamXlsxRows(content, beyond)) throw tooLarge;
  const rows = (sheet?.rows ?? []).map((row) => row.map(cellText));
  if (rows.some((row) => (row[MOST_COLUMNS] ?? '') !== '')) throw tooLarge;
  const merges = sheet?.merges ?? [];
  if (merges.reduce((sum, it) => sum + coveredBy(it, rows.length), 0) > MOST_MERGED) throw tooLarge;
  return { sheet: { rows, merges, dateSystem }, form: { kind: 'xlsx', index: index ?? 0 } };
}

function coveredBy({ startRow, startCol, endRow, endCol }: Merge, rows: number): number {
  const down = Math.min(endRow, rows - 1) - startRow + 1;
  const right = Math.min(endCol, MOST_COLUMNS) - startCol + 1;
  return Math.max(0, down) * Math.max(0, right);
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

function decode(file: string, content: Buffer): Pick<Csv, 'encoding'> & { readonly text: string } {
  for (const encoding of ['utf-8', 'gb18030'] as const) {
    try {
      // The mark at the beginning stays: the copy of the file gets it back.
      return { encoding, text: new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(content) };
    } catch {
      // Not this one.
    }
  }
  throw new CliError('E_IMPORT_ENCODING', { file });
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return '';
  // Spreadsheets show fifteen digits; what a sum has behind them nobody meant.
  if (typeof value === 'number') return String(Number(value.toPrecision(15)));
  if (!(value instanceof Date)) return String(value);
  // A spreadsheet's dates have no zone: hucre gives them as UTC.
  return Number.isNaN(value.getTime()) ? String(value) : value.toISOString().slice(0, 10);
}
