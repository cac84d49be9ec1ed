import type { TableReading } from '../../domain/office/table.ts';
import { oneLine } from '../output/table.ts';
import { inertText } from '../report/csv.ts';
import type { Csv, OfficeFile } from './sheet.ts';
import { WITHIN } from './sheet.ts';

type Reading = Pick<TableReading<unknown>, 'layout' | 'classified'>;

/**
 * A copy of an office’s file with the results in a column of their own, in the same form. Of a workbook it holds the sheet that
 * was read, with its values, looks and merged cells; no formula, comment, other sheet or property, which might hold what the
 * sheet hides. Of a classified row it holds nothing but the result.
 *
 * @param column the name of the results’ column
 * @param results by row of the file, from 1
 */
export async function copyWithResults(
  content: Buffer,
  { sheet, form }: OfficeFile,
  { layout, classified }: Reading,
  column: string,
  results: ReadonlyMap<number, string>,
): Promise<Uint8Array> {
  if (!layout) throw new RangeError('there is no table to copy');
  const texts = new Map([...results, [layout.headerRow, column] as const]);
  const hidden = new Set(classified);
  if (form.kind === 'xlsx') return copyOfSheet(content, form.index, layout.resultColumn, texts, hidden);
  const rows = sheet.rows.map((cells, index) => {
    const row = hidden.has(index + 1) ? cells.map(() => '') : [...cells];
    const text = texts.get(index + 1);
    if (text === undefined) return row;
    while (row.length <= layout.resultColumn) row.push('');
    return row.with(layout.resultColumn, oneLine(text));
  });
  return encoded(rows, form);
}

async function copyOfSheet(
  content: Buffer,
  index: number,
  resultColumn: number,
  texts: ReadonlyMap<number, string>,
  hidden: ReadonlySet<number>,
): Promise<Uint8Array> {
  const { readXlsx, writeXlsx } = await import('hucre/xlsx');
  const workbook = await readXlsx(content, { sheets: [index], range: WITHIN, readStyles: true });
  const [sheet] = workbook.sheets;
  if (!sheet) throw new RangeError('the sheet is gone');
  const rows = sheet.rows.map((cells, row) => {
    const copy = hidden.has(row + 1) ? cells.map(() => null) : [...cells];
    const text = texts.get(row + 1);
    if (text === undefined) return copy;
    while (copy.length <= resultColumn) copy.push(null);
    return copy.with(resultColumn, oneLine(text));
  });
  type Cells = NonNullable<typeof sheet.cells>;
  const cells = new Map<string, Partial<Cells extends Map<string, infer C> ? C : never>>();
  for (const [key, { style }] of sheet.cells ?? []) {
    const [row = 0, column = 0] = key.split(',').map(Number);
    const value = rows[row]?.[column] ?? null;
    if (style) cells.set(key, { value, style });
  }
  const { merges, columns, rowDefs, freezePane } = sheet;
  return writeXlsx({
    sheets: [
      {
        name: sheet.name,
        rows,
        cells,
        ...(merges ? { merges } : {}),
        ...(columns ? { columns } : {}),
        ...(rowDefs ? { rowDefs } : {}),
        ...(freezePane ? { freezePane } : {}),
      },
    ],
    ...(workbook.dateSystem ? { dateSystem: workbook.dateSystem } : {}),
  });
}

function encoded(
  rows: readonly (readonly string[])[],
  { encoding, bom, delimiter, lineEnd }: Csv,
): Uint8Array {
  const quoted = (raw: string) => {
    const text = inertText(raw);
    return /["\r\n]/.test(text) || text.includes(delimiter) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const lines = rows.map((cells) => `${cells.map(quoted).join(delimiter)}${lineEnd}`);
  const text = `${bom ? '\ufeff' : ''}${lines.join('')}`;
  return encoding === 'utf-8' ? Buffer.from(text) : encodeGb18030(text);
}

/** Four-byte codes of GB 18030 within the basic plane, and where those beyond it begin. */
const FOUR_BYTE_BASIC = 39_420;
const FOUR_BYTE_BEYOND = 189_000;

/**
 * Text in GB 18030, which Node reads and does not write: its reader is asked what each code means. Some private-use characters,
 * whose codes were given to others in 2022, become `?`.
 */
export function encodeGb18030(text: string): Uint8Array {
  const decoder = new TextDecoder('gb18030', { ignoreBOM: true });
  const codes = new Map<string, Buffer>();
  const learn = (code: Buffer) => {
    const char = decoder.decode(code);
    if (char.length === 1 && char !== '\ufffd' && !codes.has(char)) codes.set(char, code);
  };
  for (let lead = 0x81; lead <= 0xfe; lead++)
    for (let trail = 0x40; trail <= 0xfe; trail++) if (trail !== 0x7f) learn(Buffer.from([lead, trail]));
  for (let pointer = 0; pointer < FOUR_BYTE_BASIC; pointer++) learn(fourBytes(pointer));
  // What the decoder says of bad codes is a character too, and has a code of its own.
  codes.set('\ufffd', fourBytes(39_417));
  return Buffer.concat(
    Array.from(text, (char) => {
      const point = char.codePointAt(0) ?? 0;
      if (point < 0x80) return Buffer.from([point]);
      return point > 0xffff
        ? fourBytes(FOUR_BYTE_BEYOND + point - 0x10000)
        : (codes.get(char) ?? Buffer.from('?'));
    }),
  );
}

function fourBytes(pointer: number): Buffer {
  const digit = (size: number, of: number) => Math.floor(pointer / size) % of;
  return Buffer.from([
    0x81 + Math.floor(pointer / 12_600),
    0x30 + digit(1260, 10),
    0x81 + digit(10, 126),
    0x30 + digit(1, 10),
  ]);
}
