import { writeXlsx } from 'hucre/xlsx';
import type { ReportBody, ReportCell, ReportColumn, ReportSection } from '../../api/reports/report.ts';
import { reportValues } from '../../messages/report-views.ts';
import type { Reader } from '../output/reader.ts';
import { oneLine } from '../output/table.ts';
import { textWidth } from '../output/width.ts';
import { remarksOf, subtitleOf } from './table.ts';
import { headOf, shownNumber, shownText } from './values.ts';

type Sheet = Parameters<typeof writeXlsx>[0]['sheets'][number];
type Cells = NonNullable<Sheet['cells']>;
type Value = string | number | null;

/** Rows above the table of a sheet: title of the report, of the section, whom and when it is about. */
const HEAD_ROWS = 3;
const A4 = 'a4' as const;
const WIDEST = 40;

const bold = { font: { bold: true } } as const;
const title = { font: { bold: true, size: 16 } } as const;
const head = {
  font: { bold: true },
  fill: { type: 'pattern', pattern: 'solid', fgColor: { rgb: 'DCE6F2' } },
  border: { bottom: { style: 'thin' } },
} as const;
const total = { font: { bold: true }, border: { top: { style: 'thin' } } } as const;

/** A report as a workbook: what it is on the first sheet, then each section with its head frozen and its numbers as numbers. */
export async function reportXlsx(report: ReportBody, reader: Reader): Promise<Uint8Array> {
  const names = sheetNames([
    reader.text(reportValues.about),
    ...report.sections.map((section) => reader.text(section.title)),
  ]);
  const [about = ''] = names;
  return writeXlsx({
    sheets: [
      aboutSheet(about, report, names.slice(1), reader),
      ...report.sections.map((section, index) =>
        sectionSheet(names[index + 1] ?? '', report, section, reader),
      ),
    ],
    properties: { title: oneLine(reader.text(report.title)), created: new Date(report.madeAt) },
  });
}

function aboutSheet(name: string, report: ReportBody, sections: readonly string[], reader: Reader): Sheet {
  const rows = [
    reader.text(report.title),
    subtitleOf(report, reader),
    '',
    ...sections,
    '',
    ...remarksOf(report, reader),
  ].map((line) => [oneLine(line)]);
  return {
    name,
    rows,
    columns: [{ width: 120 }],
    cells: new Map([['0,0', { value: rows[0]?.[0] ?? '', type: 'string', style: title }]]),
    pageSetup: { paperSize: A4, orientation: 'landscape', fitToPage: true, fitToWidth: 1, fitToHeight: 0 },
  };
}

function sectionSheet(name: string, report: ReportBody, section: ReportSection, reader: Reader): Sheet {
  const { columns } = section;
  const value = (column: ReportColumn, cell: ReportCell | undefined): Value =>
    shownNumber(column, cell) ?? (cell === null || cell === undefined ? null : shownText(cell, reader));
  const table = [...section.rows, ...(section.totals ? [section.totals] : [])].map((row) =>
    columns.map((column) => value(column, row[column.key])),
  );
  const heads = columns.map((column) => headOf(column, reader));
  const notes = section.notes.map((note) => [reader.text(reportValues.note, { note })]);
  const rows = [
    [reader.text(report.title)],
    [reader.text(section.title)],
    [subtitleOf(report, reader)],
    heads,
    ...table,
    ...(notes.length > 0 ? [[], ...notes] : []),
  ].map((row: readonly Value[]) => row.map((it) => (typeof it === 'string' ? oneLine(it) : it)));
  const cells: Cells = new Map();
  const style = (row: number, column: number, it: NonNullable<Parameters<Cells['set']>[1]['style']>) => {
    const shown = rows[row]?.[column] ?? null;
    const type = typeof shown === 'number' ? 'number' : shown === null ? 'empty' : 'string';
    cells.set(`${row},${column}`, { value: shown, type, style: it });
  };
  style(0, 0, title);
  style(1, 0, bold);
  for (const column of columns.keys()) {
    style(HEAD_ROWS, column, head);
    const format = formatOf(columns[column]);
    for (const row of table.keys()) {
      const isTotal = section.totals !== undefined && row === table.length - 1;
      if (format || isTotal) {
        style(HEAD_ROWS + 1 + row, column, {
          ...(isTotal ? total : {}),
          ...(format ? { numFmt: format } : {}),
        });
      }
    }
  }
  return {
    name,
    rows,
    cells,
    columns: columns.map((_, column) => ({
      width: Math.min(
        WIDEST,
        2 +
          Math.max(
            textWidth(heads[column] ?? ''),
            ...table.map((row) => textWidth(String(row[column] ?? ''))),
          ),
      ),
    })),
    freezePane: { rows: HEAD_ROWS + 1 },
    pageSetup: {
      paperSize: A4,
      orientation: 'landscape',
      fitToPage: true,
      fitToWidth: 1,
      fitToHeight: 0,
      printTitlesRow: `$${HEAD_ROWS + 1}:$${HEAD_ROWS + 1}`,
    },
  };
}

function formatOf(column: ReportColumn | undefined): string | undefined {
  if (column?.type !== 'integer') return undefined;
  return column.unit === 'count' || column.unit === 'days' ? '#,##0' : '#,##0.##';
}

/** What a sheet may be called: 31 characters, none that references use, each once. */
function sheetNames(titles: readonly string[]): string[] {
  const used = new Set<string>();
  return titles.map((text) => {
    const base = oneLine(text)
      .replaceAll(/[[\]:*?/\\]/g, ' ')
      .replaceAll("'", '’')
      .slice(0, 31);
    let name = base;
    for (let number = 2; used.has(name.toLowerCase()); number += 1) name = `${base.slice(0, 28)} ${number}`;
    used.add(name.toLowerCase());
    return name;
  });
}
