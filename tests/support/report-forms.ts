import { parseCsv } from 'hucre/csv';
import { readXlsx } from 'hucre/xlsx';
import type {
  ReportBody,
  ReportCell,
  ReportColumn,
  ReportRow,
  ReportSection,
  ReportUnit,
} from '../../api/reports/report.ts';
import type { PdfPage } from './pdf.ts';

/** A section's rows, totals last, each a list of cells as a form has them. */
export type Table = readonly (readonly unknown[])[];
/** A report's sections as a form has them, by key; undefined: the form does not show it. */
export type Tables = ReadonlyMap<string, Table | undefined>;

/** What a reader of a form knows, not what the program does: how many of a unit make one of what is shown. */
const SHOWN_AS: Readonly<Record<ReportUnit, number>> = {
  millicores: 1000,
  bytes: 1024 ** 3,
  count: 1,
  fen: 100,
  days: 1,
  basisPoints: 100,
};

/** Every figure of a report as it is shown, null where there is none: by section, row and column. */
export function shownFigures({
  sections,
}: ReportBody): readonly (readonly [place: string, figure: number | null])[] {
  return sections.flatMap((section) =>
    rowsOf(section).flatMap((row, at) =>
      section.columns.flatMap((column) => {
        const cell = row[column.key];
        return isFigure(column, cell)
          ? [[`${section.key}[${at}].${column.key}`, shownAs(column, cell)] as const]
          : [];
      }),
    ),
  );
}

/** The same figures, read from the tables of a form. @throws Error when a table has not the report's shape */
export function figuresIn({ sections }: ReportBody, tables: Tables): ReturnType<typeof shownFigures> {
  return sections.flatMap((section) => {
    const table = tables.get(section.key);
    const rows = rowsOf(section);
    if (table?.length !== rows.length)
      throw new Error(`${section.key}: ${table?.length ?? 'no'} rows instead of ${rows.length}`);
    return table.flatMap((cells, at) => {
      if (cells.length !== section.columns.length)
        throw new Error(
          `${section.key}[${at}]: ${JSON.stringify(cells)} are not ${section.columns.length} cells`,
        );
      return section.columns.flatMap((column, index) =>
        isFigure(column, rows[at]?.[column.key])
          ? [[`${section.key}[${at}].${column.key}`, numberIn(cells[index])] as const]
          : [],
      );
    });
  });
}

/** A cell's number; null where a form shows that there is none. */
function numberIn(cell: unknown): number | null {
  if (cell === null || cell === undefined || cell === '' || cell === '-' || cell === '–') return null;
  return Number(String(cell).replaceAll(',', ''));
}

/** Of a section without rows some forms show no totals either. */
function rowsOf({ rows, totals }: ReportSection): readonly ReportRow[] {
  return totals && rows.length > 0 ? [...rows, totals] : rows;
}

/** Whether a cell is a figure, or where one would be: the word "total" may stand in a column of numbers. */
function isFigure({ type }: ReportColumn, cell: ReportCell | undefined): cell is number | null | undefined {
  return type === 'integer' && (typeof cell === 'number' || cell === null || cell === undefined);
}

function shownAs(column: ReportColumn, cell: number | null | undefined): number | null {
  return column.type === 'integer' && typeof cell === 'number' ? cell / SHOWN_AS[column.unit] : null;
}

type TextOf = (text: ReportSection['title']) => string;

/** @param text what `report -o csv` wrote of every section */
export function csvTables(report: ReportBody, text: string, textOf: TextOf): Tables {
  const all = parseCsv(text);
  let at = 0;
  return new Map(
    report.sections.map((section) => {
      const title = textOf(section.title);
      at = all.findIndex(([first], index) => index >= at && first === title);
      const from = at + 2;
      at = from + rowsOf(section).length;
      return [section.key, all.slice(from, at)];
    }),
  );
}

/** @param text what `report -o wide` wrote */
export function terminalTables(report: ReportBody, text: string, textOf: TextOf): Tables {
  const lines = text.split('\n');
  let at = 0;
  return new Map(
    report.sections.map((section) => {
      const title = textOf(section.title);
      at = lines.findIndex((line, index) => index >= at && line === title && lines[index - 1] === '');
      const end = lines.indexOf('', at);
      // Below the head; a section without rows has a word instead.
      const rows = lines.slice(at + 2, end);
      at = end;
      return [section.key, rows.map((line) => line.trim().split(/ {3,}/))];
    }),
  );
}

/** @param file what `report -o xlsx` wrote */
export async function workbookTables(report: ReportBody, file: Uint8Array): Promise<Tables> {
  const { sheets } = await readXlsx(file);
  return new Map(
    report.sections.map((section, index) => {
      const rows = sheets[index + 1]?.rows.slice(4, 4 + rowsOf(section).length) ?? [];
      return [section.key, rows.map((row) => section.columns.map((_, column) => row[column] ?? null))];
    }),
  );
}

/** @param page what `report -o html` wrote */
export function pageTables(report: ReportBody, page: string): Tables {
  return new Map(
    report.sections.map(({ key }) => {
      const [, section = ''] = new RegExp(`<section id="${key}">([\\s\\S]*?)</section>`).exec(page) ?? [];
      const rows = [...section.matchAll(/<tr>((?:<td[\s\S]*?<\/td>)+)<\/tr>/g)];
      const cells = (row: string) =>
        [...row.matchAll(/<td[^>]*>([\s\S]*?)<\/td>/g)].map(([, cell = '']) =>
          cell.replaceAll(/<[^>]*>/g, ''),
        );
      return [key, rows.map(([, row = '']) => cells(row))];
    }),
  );
}

/**
 * The rows whose figures no line of a printed report has: of each row, the numbers that stand side by side. What is only
 * to be looked up is not printed.
 */
export function notPrinted(report: ReportBody, pages: readonly PdfPage[]): readonly string[] {
  const lines = pages.flatMap((page) => page.lines);
  const shown = (figure: number | null) =>
    figure?.toLocaleString('en-US', { maximumFractionDigits: 2 }) ?? '–';
  return report.sections
    .filter(({ evidence }) => !evidence)
    .flatMap((section) =>
      rowsOf(section).flatMap((row, at) => {
        const runs: string[] = [''];
        for (const column of section.columns) {
          const cell = row[column.key];
          if (isFigure(column, cell)) runs.push(`${runs.pop()}${shown(shownAs(column, cell))}`);
          else runs.push('');
        }
        const isThere = lines.some((line) => runs.every((run) => line.includes(run)));
        return isThere ? [] : [`${section.key}[${at}]: ${runs.filter((run) => run !== '').join(' … ')}`];
      }),
    );
}
