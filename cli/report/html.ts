import type {
  ReportBody,
  ReportCell,
  ReportColumn,
  ReportRow,
  ReportSection,
} from '../../api/reports/report.ts';
import { reportValues } from '../../messages/report-views.ts';
import type { Reader } from '../output/reader.ts';
import { chartOf } from './charts.ts';
import { html, Markup } from './markup.ts';
import { STYLE } from './style.ts';
import { remarksOf, subtitleOf } from './table.ts';
import { headOf, shownCell } from './values.ts';

/** Where a cell of a table leads; undefined: nowhere. */
export type LinkOf = (section: ReportSection, column: ReportColumn, row: ReportRow) => string | undefined;

/** A report as one file that needs nothing else: no script, nothing from outside. */
export function reportHtml(report: ReportBody, reader: Reader): string {
  return pageOf(
    reader,
    reader.text(report.title),
    html`<main>${reportMarkup(report, reader)}${signatures(reader)}</main>`,
  );
}

/** A whole page: its policy lets it load nothing. @param style what it looks otherwise than reports do */
export function pageOf(reader: Reader, title: string, body: Markup, style = ''): string {
  const policy =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; base-uri 'none'";
  const page = html`<!doctype html>
<html lang="${reader.language === 'zh' ? 'zh-CN' : 'en'}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${new Markup(policy)}"><meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,"><title>${title}</title><style>${new Markup(STYLE + style)}</style></head>
<body>${body}</body>
</html>
`;
  return page.text;
}

interface MarkupOptions {
  readonly linkOf?: LinkOf;
  /** Put before the sections' keys in their ids, where several reports stand on one page. */
  readonly prefix?: string;
}

/** The report itself: its sections, then what a reader must know. */
export function reportMarkup(report: ReportBody, reader: Reader, options: MarkupOptions = {}): Markup {
  const remarks = remarksOf({ ...report, missing: [] }, reader).map((it) => html`<li>${it}</li>`);
  const missing = remarksOf({ ...report, notes: [], sections: [] }, reader).map((it) => html`<li>${it}</li>`);
  return html`<h1>${reader.text(report.title)}</h1>
<p class="sub">${subtitleOf(report, reader)}</p>
${missing.length > 0 ? html`<ul class="remarks missing">${missing}</ul>` : ''}
${report.sections.map((section) => sectionMarkup(section, reader, options))}
<ul class="remarks">${remarks}</ul>`;
}

function sectionMarkup(
  section: ReportSection,
  reader: Reader,
  { linkOf, prefix = '' }: MarkupOptions,
): Markup {
  const title = reader.text(section.title);
  const table = html`<div class="wide" tabindex="0" role="region" aria-label="${title}">${tableMarkup(section, reader, linkOf)}</div>`;
  // The series behind a chart are there to be looked up, not to be read.
  const shown = section.evidence
    ? html`<details><summary>${reader.text(reportValues.series)}</summary>${table}</details>`
    : table;
  return html`<section id="${prefix}${section.key}"><h2>${title}</h2>${chartOf(section, reader)}${section.rows.length === 0 ? html`<p class="none">${reader.text(reportValues.noRows)}</p>` : shown}</section>`;
}

function tableMarkup(
  { columns, rows, totals, ...section }: ReportSection,
  reader: Reader,
  linkOf?: LinkOf,
): Markup {
  const kindOf = ({ type }: ReportColumn, cell?: ReportCell): Markup => {
    if (type === 'integer') return new Markup(' class="n"');
    // Codes and dates stay whole; long texts get room.
    if (type === 'date' || (typeof cell === 'string' && !/\s/.test(cell))) return new Markup(' class="d"');
    return new Markup(isLong(cell, reader) ? ' class="w"' : ' class="t"');
  };
  const cells = (row: ReportRow) =>
    columns.map((column) => {
      const href = linkOf?.({ columns, rows, ...section }, column, row);
      const text = cellText(column, row[column.key], reader);
      return html`<td${kindOf(column, row[column.key])}>${href === undefined ? text : html`<a href="${href}">${text}</a>`}</td>`;
    });
  return html`<table><thead><tr>${columns.map((column) => html`<th scope="col"${kindOf(column)}>${headOf(column, reader)}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${cells(row)}</tr>`)}</tbody>${totals ? html`<tfoot><tr>${cells(totals)}</tr></tfoot>` : ''}</table>`;
}

const LONG = 12;

function isLong(cell: ReportCell | undefined, reader: Reader): boolean {
  return typeof cell === 'object' && cell !== null && reader.text(cell).length > LONG;
}

function cellText(column: ReportColumn, cell: ReportCell | undefined, reader: Reader): string {
  return shownCell(column, cell, reader) || '–';
}

/** Who answers for a printed report. */
function signatures(reader: Reader): Markup {
  const places = (['madeBy', 'checkedBy', 'approvedBy', 'signedOn'] as const).map(
    (key) => html`<div>${reader.text(reportValues[key])}</div>`,
  );
  return html`<div class="sign">${places}</div>`;
}
