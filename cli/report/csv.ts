import type { ReportBody, ReportColumn, ReportRow, ReportSection } from '../../api/reports/report.ts';
import type { Reader } from '../output/reader.ts';
import { oneLine } from '../output/table.ts';
import { remarksOf, subtitleOf } from './table.ts';
import { headOf, shownNumber, shownText } from './values.ts';

/** What a spreadsheet would take as a formula, or as the start of one after an import. */
const FORMULA = /^\s*[=+\-@\t\r]/;

/**
 * A report as CSV (RFC 4180): of one section the bare table, else every section under its title. Numbers are plain, so
 * that every reader takes them; a text that a spreadsheet would compute is led by an apostrophe.
 */
export function reportCsv(report: ReportBody, reader: Reader): string {
  const [only] = report.sections;
  const lines =
    report.sections.length === 1 && only
      ? sectionLines(only, reader)
      : [
          [textCell(reader.text(report.title))],
          [textCell(subtitleOf(report, reader))],
          ...report.sections.flatMap((section) => [
            [],
            [textCell(reader.text(section.title))],
            ...sectionLines(section, reader),
          ]),
          [],
          ...remarksOf(report, reader).map((remark) => [textCell(remark)]),
        ];
  return lines.map((cells) => `${cells.join(',')}\r\n`).join('');
}

function sectionLines(section: ReportSection, reader: Reader): readonly (readonly string[])[] {
  const rows = section.totals ? [...section.rows, section.totals] : section.rows;
  return [
    section.columns.map((column) => textCell(headOf(column, reader))),
    ...rows.map((row) => section.columns.map((column) => csvCell(column, row, reader))),
  ];
}

function csvCell(column: ReportColumn, row: ReportRow, reader: Reader): string {
  const number = shownNumber(column, row[column.key]);
  return number === undefined ? textCell(shownText(row[column.key], reader)) : String(number);
}

/** A text that no spreadsheet computes. Numbers with a sign, and telephone numbers, stay as they are. */
export function inertText(raw: string): string {
  return FORMULA.test(raw) && !/^[+-]?[\d\s.,()-]+$/.test(raw) ? `'${raw}` : raw;
}

function textCell(raw: string): string {
  const text = oneLine(raw);
  const inert = FORMULA.test(raw) ? `'${text}` : text;
  return /[",]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}
