/**
 * A report: sections of tables whose numbers are integers in a named unit, so that every form in which it is shown
 * (terminal, JSON, CSV, spreadsheet, page) writes the same figures.
 */

/** A text in both languages of the city. */
export interface Localized {
  readonly zh: string;
  readonly en: string;
}

/**
 * What an integer counts. Amounts are millicores and bytes, money is fen, shares are hundredths of a percent.
 */
export type ReportUnit = 'millicores' | 'bytes' | 'count' | 'fen' | 'days' | 'basisPoints';

interface ColumnHead {
  readonly key: string;
  readonly title: Localized;
}

/** Integers stop at 2^53-1; a date is YYYY-MM-DD. */
export type ReportColumn = ColumnHead &
  ({ readonly type: 'text' | 'date' | 'boolean' } | { readonly type: 'integer'; readonly unit: ReportUnit });

/** Null is what is not known, or does not apply; where a figure is missing, `missing` of the report says why. */
export type ReportCell = string | number | boolean | Localized | null;

/** Cells by the keys of the section's columns. */
export type ReportRow = Readonly<Record<string, ReportCell>>;

/** What a chart of a section shows: numbers of one unit for each row. */
export interface ReportChart {
  /** Bars: the `series` stacked, of one row each; lines: one line for each of the `series`, over the rows. */
  readonly shape: 'bars' | 'lines';
  /** Keys of the columns that name a row. */
  readonly labels: readonly string[];
  readonly series: readonly string[];
}

export interface ReportSection {
  readonly key: string;
  readonly title: Localized;
  readonly columns: readonly ReportColumn[];
  readonly rows: readonly ReportRow[];
  /** Sums of the rows, where sums make sense. */
  readonly totals?: ReportRow;
  /** How the figures are made, and what to mind when reading them. */
  readonly notes: readonly Localized[];
  readonly chart?: ReportChart;
  /** The series behind other sections: left out of the short forms. */
  readonly evidence?: true;
}

/** A figure that is not given, and why. */
export interface ReportMissing {
  readonly what: Localized;
  readonly why: Localized;
}

/** Names of the reports that there are. */
export const REPORT_KINDS = ['capacity', 'use', 'idle', 'requests', 'indicators'] as const;
export type ReportKind = (typeof REPORT_KINDS)[number];

export interface ReportBody {
  readonly title: Localized;
  /** The moment whose state is told, RFC 3339. */
  readonly asOf: string;
  /** When it was made, by the books' clock, RFC 3339. */
  readonly madeAt: string;
  /** First and last day of what is counted over time, YYYY-MM-DD. */
  readonly period?: { readonly from: string; readonly to: string };
  /** Only this zone. */
  readonly zone?: string;
  /** Only this organisation: its code and its name. */
  readonly organization?: { readonly code: string; readonly name: Localized };
  readonly sections: readonly ReportSection[];
  readonly notes: readonly Localized[];
  readonly missing: readonly ReportMissing[];
}
