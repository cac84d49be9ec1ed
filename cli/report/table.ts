import type { ReportBody, ReportRow, ReportSection } from '../../api/reports/report.ts';
import { reportValues } from '../../messages/report-views.ts';
import { cityTime } from '../output/format.ts';
import type { Reader } from '../output/reader.ts';
import { type Column, table } from '../output/table.ts';
import { headOf, shownCell } from './values.ts';

/** Whom a report is about, of when it is, and when it was made. */
export function subtitleOf(report: ReportBody, reader: Reader): string {
  const { organization, zone, asOf, madeAt, period } = report;
  return [
    organization
      ? `${reader.text(organization.name)} ${organization.code}`
      : reader.text(reportValues.ofCity),
    ...(zone === undefined ? [] : [reader.text(reportValues.ofZone, { zone })]),
    ...(period ? [reader.text(reportValues.period, period)] : []),
    reader.text(reportValues.asOf, { time: cityTime(asOf) }),
    reader.text(reportValues.madeAt, { time: cityTime(madeAt) }),
  ].join(' · ');
}

/** What a reader must know beside the figures: each note once, then what is missing. */
export function remarksOf(report: ReportBody, reader: Reader): string[] {
  const notes = [...report.notes, ...report.sections.flatMap((section) => section.notes)];
  return [
    ...new Set(notes.map((note) => reader.text(reportValues.note, { note }))),
    ...report.missing.map((it) => reader.text(reportValues.missing, { what: it.what, why: it.why })),
  ];
}

/** A report for a terminal; the series behind it only when it is wide. */
export function reportLines(
  report: ReportBody,
  reader: Reader,
  options: { readonly wide: boolean },
): string[] {
  return [
    reader.text(report.title),
    subtitleOf(report, reader),
    ...report.sections
      .filter(({ evidence }) => options.wide || !evidence)
      .flatMap((section) => ['', reader.text(section.title), ...sectionLines(section, reader)]),
    '',
    ...remarksOf(report, reader),
  ];
}

function sectionLines(section: ReportSection, reader: Reader): readonly string[] {
  if (section.rows.length === 0) return [reader.text(reportValues.noRows)];
  const columns = section.columns.map((column): Column<ReportRow> => {
    const head = headOf(column, reader);
    return {
      header: { zh: head, en: head },
      value: (row) => shownCell(column, row[column.key], reader),
      ...(column.type === 'integer' ? { align: 'right' as const } : {}),
    };
  });
  const rows = section.totals ? [...section.rows, section.totals] : section.rows;
  return table(columns, rows, reader).lines;
}
