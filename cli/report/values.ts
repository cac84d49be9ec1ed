import type { ReportCell, ReportColumn, ReportUnit } from '../../api/reports/report.ts';
import { GIB } from '../../domain/quantity.ts';
import { reportUnits, reportValues } from '../../messages/report-views.ts';
import type { Reader } from '../output/reader.ts';

/** How many of what a unit counts make one of what is shown: vCPU, GB, yuan, percent. */
const SCALES: Readonly<Record<ReportUnit, number>> = {
  millicores: 1000,
  bytes: Number(GIB),
  count: 1,
  fen: 100,
  days: 1,
  basisPoints: 100,
};

/**
 * The number that every form shows for a cell: in vCPU, GB (GiB), yuan, percent. A report's integers are at most 2^53-1,
 * and each scale keeps them apart, so that a reader of the form has the same figure.
 */
export function shownNumber(column: ReportColumn, cell: ReportCell | undefined): number | undefined {
  if (column.type !== 'integer' || typeof cell !== 'number') return undefined;
  return cell / SCALES[column.unit];
}

/** A cell that is no number, as text. */
export function shownText(cell: ReportCell | undefined, reader: Reader): string {
  if (cell === null || cell === undefined) return '';
  if (typeof cell === 'boolean') return reader.text(cell ? reportValues.yes : reportValues.no);
  return typeof cell === 'object' ? reader.text(cell) : String(cell);
}

/** A cell as people read it: numbers grouped, with two decimals at most; empty where nothing is known. */
export function shownCell(column: ReportColumn, cell: ReportCell | undefined, reader: Reader): string {
  const number = shownNumber(column, cell);
  if (number === undefined) return shownText(cell, reader);
  return number.toLocaleString('en-US', { maximumFractionDigits: 2 });
}

/** The head of a column, with the unit of its numbers. */
export function headOf(column: ReportColumn, reader: Reader): string {
  const title = reader.text(column.title);
  if (column.type !== 'integer' || column.unit === 'count') return title;
  return reader.text(reportValues.titleWithUnit, { title, unit: reportUnits[column.unit] });
}
