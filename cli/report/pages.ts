import {
  type Allocation,
  codeOf,
  type InformationSystem,
  type ResourceRequest,
} from '../../api/v1alpha1/index.ts';
import { dashboardPages, dashboardTexts } from '../../messages/dashboard.ts';
import type { Stored } from '../../kube/types.ts';
import type { Reader } from '../output/reader.ts';
import type { Column } from '../output/table.ts';
import type { MadeReport } from '../services/made-reports.ts';
import type { Todo } from '../services/todo.ts';
import type { Usage } from '../../api/reports/index.ts';
import { allocationColumns } from '../views/allocations.ts';
import { organizationColumns, systemColumns, type TreeRow } from '../views/catalogue.ts';
import { namespaceColumn, person } from '../views/common.ts';
import { findingColumns } from '../views/findings.ts';
import { requestColumns } from '../views/requests.ts';
import { workColumns } from '../views/reviews.ts';
import { usageColumns } from '../views/usage.ts';
import { type LinkOf, pageOf, reportMarkup } from './html.ts';
import { html, Markup } from './markup.ts';

export type PageName = keyof typeof dashboardPages;
export const PAGES = Object.keys(dashboardPages) as readonly PageName[];

/** What every page of the dashboard shows around its content. */
export interface Frame {
  readonly reader: Reader;
  readonly user: string;
  /** Those that have something for them. */
  readonly pages: readonly PageName[];
  /** The page that is shown; undefined: one that the navigation does not have. */
  readonly page: PageName | undefined;
  /** The same page in the other language. */
  readonly otherLanguage: string;
}

/** A page of the dashboard. It runs no script: links and forms are all that it needs. */
export function framed({ reader, user, pages, page, otherLanguage }: Frame, content: Markup): string {
  const links = pages.map((name) => {
    const current = name === page ? new Markup(' aria-current="page"') : '';
    return html`<li><a href="${name}?lang=${reader.language}"${current}>${reader.text(dashboardPages[name])}</a></li>`;
  });
  const body = html`<a class="skip" href="#content">${reader.text(dashboardTexts.skip)}</a>
<nav><ul>${links}<li class="end">${reader.text(dashboardTexts.asUser, { user: person(user) })}</li><li><a href="${otherLanguage}">${reader.text(dashboardTexts.other)}</a></li></ul></nav>
<main id="content">${content}</main>`;
  const title = page === undefined ? dashboardTexts.title : dashboardPages[page];
  return pageOf(reader, `${reader.text(title)} · ${reader.text(dashboardTexts.title)}`, body);
}

/** One file of everything, for whoever may not reach the hub: its links lead to places within it. */
export function exported(
  reader: Reader,
  reports: readonly MadeReport[],
  todo: Todo,
  organizations: readonly TreeRow[],
  systems: readonly SystemFacts[],
): string {
  const places = new Map(systems.map(({ system }) => [systemPath(system), systemPlace(system)]));
  const linkOf: LinkOf = (_, { key }, { system }) => {
    const place = key === 'system' && typeof system === 'string' ? places.get(system) : undefined;
    return place === undefined ? undefined : `#${place}`;
  };
  const links = reports.map(
    (it) => html`<li><a href="#${it.metadata.name}">${reader.text(it.title)}</a></li>`,
  );
  const parts = reports.map(
    (it) =>
      html`<article id="${it.metadata.name}">${reportMarkup(it, reader, { linkOf, prefix: `${it.metadata.name}-` })}</article>`,
  );
  const list = html`<article id="systems"><h1>${reader.text(dashboardTexts.systems)}</h1>${listMarkup(systemLinkColumns, systems, reader, ({ system }) => `#${systemPlace(system)}`)}</article>`;
  const pages = systems.map(
    (it) => html`<article id="${systemPlace(it.system)}">${systemPage(reader, it)}</article>`,
  );
  const body = html`<nav><ul>${links}<li><a href="#todo">${reader.text(dashboardPages.todo)}</a></li>
<li><a href="#organizations">${reader.text(dashboardPages.organizations)}</a></li><li><a href="#systems">${reader.text(dashboardTexts.systems)}</a></li></ul></nav>
<main>${parts}<article id="todo">${todoPage(reader, todo)}</article>
<article id="organizations">${organizationsPage(reader, organizations, () => undefined)}</article>${list}${pages}</main>`;
  return pageOf(reader, reader.text(dashboardTexts.title), body);
}

interface ReportForm {
  readonly page: PageName;
  readonly asOf: string;
  /** Undefined: the report is not of a zone. */
  readonly zone: string | undefined;
  readonly zones: readonly { readonly zone: string; readonly title: string }[];
  /** Undefined: the report is not of a period. */
  readonly period: { readonly from: string; readonly to: string } | undefined;
}

/** A report with what can be asked of it. */
export function reportPage(reader: Reader, report: MadeReport, form: ReportForm): Markup {
  const code = report.organization?.code;
  const linked = reportMarkup(report, reader, {
    linkOf: (_, column, row) => {
      const system = row['system'];
      const organization = row['code'];
      if (column.key === 'system' && typeof system === 'string' && system.includes('/'))
        return `system?id=${encodeURIComponent(system)}&lang=${reader.language}`;
      if (column.key === 'organization' && typeof organization === 'string' && organization !== '')
        return organizationLink(organization, reader);
      return undefined;
    },
  });
  const { period } = form;
  const zones = [{ zone: '', title: reader.text(dashboardTexts.allZones) }, ...form.zones].map(
    ({ zone, title }) =>
      html`<option value="${zone}"${zone === (form.zone ?? '') ? new Markup(' selected') : ''}>${title}</option>`,
  );
  return html`<form method="get">
<input type="hidden" name="lang" value="${reader.language}">${code === undefined ? '' : html`<input type="hidden" name="org" value="${code}">`}
${form.page === 'use' ? '' : dateField('asOf', dashboardTexts.asOf, form.asOf, reader)}
${form.page === 'indicators' ? '' : html`<label>${reader.text(dashboardTexts.zone)}<select name="zone">${zones}</select></label>`}
${period ? html`${dateField('from', dashboardTexts.from, period.from, reader)}${dateField('to', dashboardTexts.to, period.to, reader)}` : ''}
<button>${reader.text(dashboardTexts.show)}</button></form>${linked}`;
}

function dateField(
  name: string,
  label: (typeof dashboardTexts)[keyof typeof dashboardTexts],
  value: string,
  reader: Reader,
): Markup {
  return html`<label>${reader.text(label)}<input type="date" name="${name}" value="${value}"></label>`;
}

function organizationLink(code: string, reader: Reader): string {
  return `capacity?org=${encodeURIComponent(code)}&lang=${reader.language}`;
}

/** What waits for whoever looks: a table for each sort of work that there is. */
export function todoPage(reader: Reader, { reviews, requests, allocations, findings }: Todo): Markup {
  const part = <T>(
    title: (typeof dashboardTexts)[keyof typeof dashboardTexts],
    columns: readonly Column<T>[],
    rows: readonly T[],
  ) =>
    rows.length === 0
      ? []
      : [html`<section><h2>${reader.text(title)}</h2>${listMarkup(columns, rows, reader)}</section>`];
  const parts = [
    ...part(dashboardTexts.toDecide, workColumns, reviews),
    ...part(dashboardTexts.toSubmit, requestColumns, requests),
    ...part(dashboardTexts.toHandOver, allocationColumns, allocations),
    ...part(dashboardTexts.toAnswer, findingColumns, findings),
  ];
  return html`<h1>${reader.text(dashboardTexts.todo)}</h1>${
    parts.length === 0 ? html`<p class="none">${reader.text(dashboardTexts.nothingToDo)}</p>` : parts
  }`;
}

/** @param linkOf where an organisation leads: to its report, unless there is none */
export function organizationsPage(
  reader: Reader,
  nodes: readonly TreeRow[],
  linkOf: (node: TreeRow) => string | undefined = ({ organization }) =>
    organizationLink(organization.metadata.name, reader),
): Markup {
  return html`<h1>${reader.text(dashboardTexts.organizations)}</h1>${listMarkup(organizationColumns, nodes, reader, linkOf)}`;
}

/** All that is told of a system. */
export interface SystemFacts {
  readonly system: Stored<InformationSystem>;
  /** What is registered of it, line by line. */
  readonly about: readonly string[];
  readonly allocations: readonly Stored<Allocation>[];
  readonly requests: readonly Stored<ResourceRequest>[];
  readonly usage: readonly Usage[];
}

/** As reports name it. */
function systemPath({ metadata: { namespace = '', name } }: Stored<InformationSystem>): string {
  return `${codeOf(namespace) ?? ''}/${name}`;
}

/** Where it stands in an exported file. */
function systemPlace(system: Stored<InformationSystem>): string {
  return `system-${systemPath(system).replace('/', '.')}`;
}

const systemLinkColumns: readonly Column<SystemFacts>[] = [
  ...systemColumns,
  namespaceColumn<InformationSystem>(),
].map((column) => ({ ...column, value: ({ system }, reader) => column.value(system, reader) }));

/** A system: what is registered of it, what it was granted, asked for and uses. */
export function systemPage(reader: Reader, it: SystemFacts): Markup {
  const part = (title: (typeof dashboardTexts)[keyof typeof dashboardTexts], content: Markup) =>
    html`<section><h2>${reader.text(title)}</h2>${content}</section>`;
  const about = it.about.map((line) => html`<li>${line}</li>`);
  return html`<h1>${reader.text(dashboardTexts.system, { name: reader.title(it.system.spec.name) })}</h1>
${part(dashboardTexts.about, html`<ul>${about}</ul>`)}
${part(dashboardTexts.allocations, listMarkup(allocationColumns, it.allocations, reader))}
${part(dashboardTexts.evidence, listMarkup(usageColumns, it.usage, reader))}
${part(dashboardTexts.systemRequests, listMarkup(requestColumns, it.requests, reader))}`;
}

export function messagePage(title: string, lines: readonly string[]): Markup {
  return html`<h1>${title}</h1>${lines.map((line) => html`<p>${line}</p>`)}`;
}

/** A list as the terminal shows it too. */
function listMarkup<T>(
  columns: readonly Column<T>[],
  rows: readonly T[],
  reader: Reader,
  linkOf?: (row: T) => string | undefined,
): Markup {
  if (rows.length === 0) return html`<p class="none">${reader.text(dashboardTexts.nothing)}</p>`;
  const kind = ({ align }: Column<T>) => new Markup(` class="${align === 'right' ? 'n' : 't'}"`);
  const heads = columns.map(
    (column) => html`<th scope="col"${kind(column)}>${reader.text(column.header)}</th>`,
  );
  const lines = rows.map((row) => {
    const cells = columns.map((column, index) => {
      const raw = column.value(row, reader);
      // How deep a row stands in a tree is told by blanks, which HTML would drop.
      const text = raw.replace(/^ +/, (blanks) => '\u00A0'.repeat(blanks.length)) || '–';
      const href = index === 0 ? linkOf?.(row) : undefined;
      return html`<td${kind(column)}>${href === undefined ? text : html`<a href="${href}">${text}</a>`}</td>`;
    });
    return html`<tr>${cells}</tr>`;
  });
  return html`<div class="wide" tabindex="0" role="region"><table><thead><tr>${heads}</tr></thead><tbody>${lines}</tbody></table></div>`;
}
