import type { CatalogItem, ParameterValues } from '../../api/v1alpha1/index.ts';
import { approvalForm } from '../../messages/approval-form.ts';
import type { Message } from '../../messages/index.ts';
import type { Reader } from '../output/reader.ts';
import type { Column } from '../output/table.ts';
import { parameters } from '../views/common.ts';
import { html, type Markup } from './markup.ts';

/** What forms that are stamped and filed are made of. */

/** A form is A4 upright, its cells boxed, its opinion boxes whole. */
export const FORM_STYLE = `
table.form{margin:0 0 10px;table-layout:fixed}table.form th,table.form td{border:1px solid var(--ink);overflow-wrap:anywhere}
table.form th{width:17%}table.form td p{margin:0}table.list{table-layout:auto}table.list th{width:auto}
.opinion{break-inside:avoid;border:1px solid var(--ink);margin:0 0 8px;padding:8px 10px;min-height:92px}
.opinion h3{font-size:1em;margin:0 0 6px}.opinion dl{margin:0 0 6px}.opinion .stamp{min-height:34px}
@media print{@page{size:A4 portrait}h2{break-after:avoid}.opinion{margin-bottom:6pt}}
`;

/** A label of the form, and what stands beside it. */
export type Field = readonly [label: string, value: string | undefined];

/** Two fields a row; one that is long has a row to itself. */
export function fieldTable(fields: readonly Field[], wide: readonly Field[] = []): Markup {
  const given = (list: readonly Field[]) => list.filter(([, value]) => value !== undefined && value !== '');
  const cells = given(fields).map(
    ([label, value]) => html`<th scope="row">${label}</th><td>${value ?? ''}</td>`,
  );
  const rows: Markup[] = [];
  for (let at = 0; at < cells.length; at += 2)
    rows.push(html`<tr>${cells[at] ?? ''}${cells[at + 1] ?? html`<th></th><td></td>`}</tr>`);
  const long = given(wide).map(
    ([label, value]) => html`<tr><th scope="row">${label}</th><td colspan="3">${value ?? ''}</td></tr>`,
  );
  return html`<table class="form"><tbody>${[...rows, ...long]}</tbody></table>`;
}

export function columnsTable<T>(of: readonly Column<T>[], rows: readonly T[], reader: Reader): Markup {
  return listTable(
    of.map(({ header }) => reader.text(header)),
    rows.map((row) => of.map(({ value }) => value(row, reader))),
  );
}

export function listTable(heads: readonly string[], rows: readonly (readonly string[])[]): Markup {
  return html`<table class="form list"><thead><tr>${heads.map((it) => html`<th scope="col">${it}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map((it) => html`<td>${it}</td>`)}</tr>`)}</tbody></table>`;
}

/** Parameters by their titles where the catalogue has them: `处理器 8 核，内存 16 GB`. */
export function specification(
  values: ParameterValues,
  item: CatalogItem | undefined,
  reader: Reader,
): string {
  if (!item) return parameters(values);
  return Object.entries(values)
    .map(([name, value]) => {
      const known = item.spec.parameters.find((it) => it.name === name);
      return known ? `${reader.title(known.title)} ${value} ${known.unit ?? ''}`.trim() : `${name}=${value}`;
    })
    .join(reader.language === 'zh' ? '，' : ', ');
}

/** What somebody said in a box, and who they are: what is empty is filled in by hand. */
export function opinionList(fields: readonly (readonly [Message, string])[], reader: Reader): Markup {
  return html`<dl>${fields.map(([label, value]) => html`<dt>${reader.text(label)}</dt><dd>${value}</dd>`)}</dl>`;
}

/** What is filled in by hand. */
export function stampPlace(reader: Reader, person: Message = approvalForm.reviewer): Markup {
  const places = [approvalForm.unit, person, approvalForm.date].map(
    (it) => html`<dt>${reader.text(it)}</dt><dd></dd>`,
  );
  return html`<dl class="stamp">${places}</dl>`;
}
