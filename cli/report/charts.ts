import type { ReportRow, ReportSection } from '../../api/reports/report.ts';
import type { Reader } from '../output/reader.ts';
import { textWidth } from '../output/width.ts';
import { html, type Markup } from './markup.ts';
import { headOf, shownCell, shownNumber, shownText } from './values.ts';

const WIDTH = 760;
/** What a column of text takes at the chart's size, in the widest of the fonts that are named. */
const COLUMN = 7.4;
const MOST_LABEL = 320;
const BAR = 22;
const GAP = 10;
const VALUE = 150;

/** The chart of a section as SVG of its own: it needs no script, and follows the page's colours. */
export function chartOf(section: ReportSection, reader: Reader): Markup {
  const { chart, rows } = section;
  if (!chart || rows.length === 0) return html``;
  return chart.shape === 'bars' ? bars(section, reader) : lines(section, reader);
}

function seriesOf({ chart, columns }: ReportSection) {
  return (chart?.series ?? []).flatMap((key) => columns.find((column) => column.key === key) ?? []);
}

function legend(section: ReportSection, reader: Reader): Markup {
  const items = seriesOf(section).map(
    (column, index) => html`<li><span class="k${index % 6}"></span>${headOf(column, reader)}</li>`,
  );
  return html`<ul class="legend">${items}</ul>`;
}

function labelOf(section: ReportSection, row: ReportRow, reader: Reader): string {
  return (section.chart?.labels ?? []).map((key) => shownText(row[key], reader)).join(' ');
}

/** One bar a row, its series end to end; what is negative or unknown has no length. */
function bars(section: ReportSection, reader: Reader): Markup {
  const series = seriesOf(section);
  const values = section.rows.map((row) =>
    series.map((column) => Math.max(0, shownNumber(column, row[column.key]) ?? 0)),
  );
  const sums = values.map((row) => row.reduce((sum, value) => sum + value, 0));
  const labels = section.rows.map((row) => labelOf(section, row, reader));
  const left = Math.min(MOST_LABEL, round(Math.max(...labels.map(textWidth)) * COLUMN) + 20);
  const scale = (WIDTH - left - VALUE) / Math.max(1, ...sums);
  const height = section.rows.length * (BAR + GAP);
  const drawn = section.rows.map((row, at) => {
    const y = at * (BAR + GAP);
    let x = left;
    const parts = series.map((column, index) => {
      const width = (values[at]?.[index] ?? 0) * scale;
      const part = html`<rect class="k${index % 6}" x="${round(x)}" y="${y}" width="${round(width)}" height="${BAR}"><title>${headOf(column, reader)} ${shownCell(column, row[column.key], reader)}</title></rect>`;
      x += width;
      return part;
    });
    const [first] = series;
    const part = first ? shownCell(first, row[first.key], reader) : '';
    const whole =
      series.length > 1
        ? `${part} / ${(sums[at] ?? 0).toLocaleString('en-US', { maximumFractionDigits: 2 })}`
        : part;
    return html`<text class="label" x="${left - 10}" y="${y + BAR / 2}">${labels[at] ?? ''}</text>${parts}<text x="${round(x + 8)}" y="${y + BAR / 2}">${whole}</text>`;
  });
  return figure(section, height, drawn, reader);
}

const PLOT = 220;
const AXIS = 70;

/** One line for each series over the rows; a gap stays one. */
function lines(section: ReportSection, reader: Reader): Markup {
  const series = seriesOf(section);
  const all = section.rows.flatMap((row) =>
    series.flatMap((column) => shownNumber(column, row[column.key]) ?? []),
  );
  const most = Math.max(1, ...all);
  const step = (WIDTH - AXIS - 20) / Math.max(1, section.rows.length - 1);
  const place = (value: number) => PLOT - (value / most) * (PLOT - 20);
  const drawn = series.map((column, index) => {
    let pen = 'M';
    const path = section.rows.flatMap((row, at) => {
      const value = shownNumber(column, row[column.key]);
      if (value === undefined) {
        pen = 'M';
        return [];
      }
      const point = `${pen}${round(AXIS + at * step)} ${round(place(value))}`;
      pen = 'L';
      return [point];
    });
    return html`<path class="line k${index % 6}" d="${path.join('')}"><title>${headOf(column, reader)}</title></path>`;
  });
  const grid = [0, most / 2, most].map(
    (value) =>
      html`<path class="grid" d="M${AXIS} ${round(place(value))}H${WIDTH - 20}"/><text class="label" x="${AXIS - 8}" y="${round(place(value))}">${value.toLocaleString('en-US', { maximumFractionDigits: most < 10 ? 2 : 0 })}</text>`,
  );
  const ends = [section.rows[0], section.rows.at(-1)].map(
    (row, index) =>
      html`<text class="${index === 0 ? 'start' : 'label'}" x="${index === 0 ? AXIS : WIDTH - 20}" y="${PLOT + 16}">${row ? labelOf(section, row, reader) : ''}</text>`,
  );
  return figure(section, PLOT + 26, [...grid, ...drawn, ...ends], reader);
}

function figure(section: ReportSection, height: number, drawn: readonly Markup[], reader: Reader): Markup {
  return html`<figure><svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${reader.text(section.title)}">${drawn}</svg>${legend(section, reader)}</figure>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
