import { readXlsx } from 'hucre/xlsx';
import { describe, expect, test } from 'vitest';
import type { Usage } from '../../api/reports/index.ts';
import type { Allocation, InformationSystem, ResourceRequest } from '../../api/v1alpha1/index.ts';
import { organization, project, system } from '../../domain/testing/city.ts';
import { HOSTILE } from '../../domain/testing/hostile.ts';
import { allocation, request } from '../../domain/testing/requests.ts';
import { UNSEEN } from '../../domain/unseen.ts';
import type { Stored } from '../../kube/types.ts';
import { Reader } from '../output/reader.ts';
import { oneLine } from '../output/table.ts';
import type { MadeReport } from '../services/made-reports.ts';
import type { Acceptance } from '../services/acceptance.ts';
import type { Approval } from '../services/requests/approval.ts';
import { acceptancePage } from './acceptance.ts';
import { approvalPage } from './approval.ts';
import { reportCsv } from './csv.ts';
import { reportHtml } from './html.ts';
import {
  exported,
  framed,
  messagePage,
  organizationsPage,
  reportPage,
  systemPage,
  todoPage,
} from './pages.ts';
import { reportXlsx } from './xlsx.ts';

/**
 * Whatever somebody wrote, in the forms that are handed on: a workbook, a page, a PDF, which is that page printed, and the
 * dashboard, whose every page is made of the same.
 */

const reader = new Reader('zh', '2026-06-30T00:00:00Z');
const HARMLESS = '甲';

/** A report that has the text wherever a report has one. */
function reportOf(text: string): MadeReport {
  const both = { zh: text, en: text };
  return {
    metadata: { name: 'capacity' },
    title: both,
    asOf: '2026-06-30T15:59:59.999Z',
    madeAt: '2026-07-01T00:00:00.000Z',
    organization: { code: 'luhe', name: both },
    zone: text,
    sections: [
      {
        key: 'one',
        title: both,
        columns: [
          { key: 'name', title: both, type: 'text' },
          { key: 'system', title: both, type: 'text' },
          { key: 'organization', title: both, type: 'text' },
          { key: 'vcpu', title: both, type: 'integer', unit: 'millicores' },
        ],
        rows: [
          { name: text, system: `luhe/${text}`, organization: both, code: text, vcpu: 1000 },
          { name: both, system: null, organization: both, code: 'luhe', vcpu: -1000 },
        ],
        totals: { name: text, vcpu: 0 },
        notes: [both],
        chart: { shape: 'bars', labels: ['name'], series: ['vcpu'] },
      },
    ],
    notes: [both],
    missing: [{ what: both, why: both }],
  };
}

const requestOf = (text: string) =>
  ({
    ...request({
      system: text,
      applicant: { unit: text, person: text, phone: text, reviewer: text },
    }),
    status: { serial: text, waitsFor: text, due: text, state: 'Submitted' },
  }) as Stored<ResourceRequest>;
const allocationOf = (text: string) =>
  allocation(
    { item: text, system: text, basis: text, parameters: { note: text } },
    { state: 'InUse' },
  ) as Stored<Allocation>;
const systemOf = (text: string) => {
  const it = system();
  return { ...it, spec: { ...it.spec, name: { zh: text } } } as Stored<InformationSystem>;
};
const usageOf = (text: string): Usage => ({
  metadata: { name: text },
  allocation: text,
  allocationUid: 'a',
  organization: 'luhe',
  system: text,
  item: text,
  pool: text,
  zone: text,
  arch: 'amd64',
  resource: 'cpu',
  unit: 'millicores',
  from: '2026-06-01',
  until: '2026-06-30',
  days: 30,
  missingDays: 0,
  coverageBasisPoints: 10_000,
  faults: [{ code: 'invalid', series: text, steps: 1, message: text }],
  series: [text],
});

const todoOf = (text: string) => ({
  reviews: [requestOf(text)],
  requests: [requestOf(text)],
  allocations: [allocationOf(text)],
  findings: [],
});
const organizationOf = (text: string) => {
  const it = organization('luhe', 'county');
  return {
    organization: { ...it, metadata: { name: text }, spec: { ...it.spec, name: { zh: text } } },
    depth: 1,
  };
};
const factsOf = (text: string) => ({
  system: systemOf(text),
  about: [text],
  allocations: [allocationOf(text)],
  requests: [requestOf(text)],
  usage: [usageOf(text)],
});

const approvalFormOf = (text: string): Approval => {
  const it = requestOf(text);
  const amounts = { vcpu: '1', memory: '0', ssd: '0', hdd: '0' };
  const decision = { position: 0, ticket: text, step: text, reviewer: text, verdict: 'return' };
  return {
    request: {
      ...it,
      spec: { ...it.spec, attachment: { name: text, sm3: text, bytes: 1 } },
      status: { ...it.status, serial: text },
    },
    system: { ...system(), spec: { ...system().spec, name: { zh: text } } },
    project: { ...project(), spec: { ...project().spec, title: { zh: text }, approvalNumber: text } },
    items: [],
    money: undefined,
    effects: [],
    held: [
      { holderKind: 'organisation', holder: text, zone: text, arch: text, pending: amounts, posted: amounts },
    ],
    decisions: [
      { ...decision, returnTo: text, comment: text, decidedAt: '2026-06-30T00:00:00Z', carried: false },
    ],
  };
};

const acceptanceFormOf = (text: string): Acceptance => {
  const { spec } = allocationOf(text);
  const at = '2026-06-30T00:00:00Z';
  const condition = (type: string, reason: string) => ({
    type,
    status: 'True' as const,
    reason,
    message: text,
    lastTransitionTime: at,
  });
  const parameters = { [text]: text };
  return {
    allocation: {
      metadata: { name: text },
      spec: {
        ...spec,
        organization: text,
        itemVersion: text,
        pool: text,
        cluster: text,
        zone: text,
        parameters,
      },
      status: {
        state: 'InUse',
        namespace: text,
        deliveredRevision: 1,
        trialUntil: text,
        credentialsSecret: text,
        acceptedAt: at,
        outputs: [{ name: text, title: text, value: text }],
        handovers: [
          { action: 'deliver', revision: 1, by: text, evidence: text, comment: text },
          { action: 'accept', revision: 1, by: text, comment: text },
        ],
        conditions: [
          condition('Ready', text),
          condition('Delivered', text),
          condition('Accepted', 'Accepted'),
        ],
      },
    } as unknown as Acceptance['allocation'],
    organization: {
      ...organization('luhe', 'county'),
      spec: { ...organization('luhe', 'county').spec, name: { zh: text } },
    },
    system: { ...system(), spec: { ...system().spec, name: { zh: text } } },
    project: { ...project(), spec: { ...project().spec, title: { zh: text }, approvalNumber: text } },
    item: undefined,
    request: requestOf(text),
    line: { name: 'web', item: text, quantity: 1, parameters },
  };
};

/** Every page that there is, of the text. */
const PAGES: Readonly<Record<string, (text: string) => string>> = {
  'a report': (text) => reportHtml(reportOf(text), reader),
  'one file of everything': (text) =>
    exported(reader, [reportOf(text)], todoOf(text), [organizationOf(text)], [factsOf(text)]),
  'a report that asks': (text) =>
    reportPage(reader, reportOf(text), {
      page: 'capacity',
      asOf: text,
      zone: text,
      zones: [{ zone: text, title: text }],
      period: { from: text, to: text },
    }).text,
  'a frame': (text) =>
    framed(
      { reader, user: text, pages: ['capacity'], page: 'capacity', otherLanguage: `capacity?x=${text}` },
      messagePage(text, [text]),
    ),
  'what is to be done': (text) => todoPage(reader, todoOf(text)).text,
  organizations: (text) => organizationsPage(reader, [organizationOf(text)]).text,
  'a system': (text) => systemPage(reader, factsOf(text)).text,
  'an approval form': (text) => approvalPage(approvalFormOf(text), reader),
  'an acceptance form': (text) => acceptancePage(acceptanceFormOf(text), reader),
};

const unseen = (text: string) => (text.match(UNSEEN) ?? []).filter((it) => it !== '\n' && it !== '\r');
/** The tags of a page with their attributes' names: all that a browser does anything by. */
const tagsOf = (page: string) =>
  (page.match(/<[^>]*>/g) ?? []).map((tag) => tag.replaceAll(/"[^"]*"/g, '""'));
/** A page's text as people read it. */
const readable = (page: string) =>
  page
    .replaceAll(/<[^>]*>/g, '\n')
    .replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));

describe.each(HOSTILE.map((text) => [JSON.stringify(text), text]))('%s', (_, text) => {
  test.each(Object.keys(PAGES))('is text and nothing else on %s', (name) => {
    const page = PAGES[name]?.(text) ?? '';
    expect(tagsOf(page)).toEqual(tagsOf(PAGES[name]?.(HARMLESS) ?? ''));
    expect(unseen(page)).toEqual([]);
    expect(readable(page)).toContain(oneLine(text).trim());
    // What leads somewhere leads to a page of ours.
    for (const [, href] of page.matchAll(/href="([^"]*)"/g)) expect(href).toMatch(/^(#|[a-z]+\?|data:,)/);
  });

  test('is the text of a cell of a workbook, one line of it, and no formula', async () => {
    const book = await readXlsx(await reportXlsx(reportOf(text), reader));
    const harmless = await readXlsx(await reportXlsx(reportOf(HARMLESS), reader));
    const shape = ({ sheets }: typeof book) =>
      sheets.map(({ rows }) => rows.map((row) => row.map((it) => typeof it)));
    expect(shape(book)).toEqual(shape(harmless));
    const texts = book.sheets
      .flatMap(({ name, rows }) => [name, ...rows.flat()])
      .filter((it) => typeof it === 'string');
    expect(texts.flatMap(unseen)).toEqual([]);
    expect(texts.filter((it) => /[\r\n]/.test(it))).toEqual([]);
    expect(texts).toContain(oneLine(text));
    for (const { cells } of book.sheets) {
      for (const cell of cells?.values() ?? []) expect(cell.formula).toBeUndefined();
    }
  });

  test('is a cell of a CSV, one line of it, and no formula', () => {
    const lines = reportCsv(reportOf(text), reader).split('\r\n');
    expect(lines).toHaveLength(reportCsv(reportOf(HARMLESS), reader).split('\r\n').length);
    expect(unseen(lines.join(''))).toEqual([]);
    for (const line of lines.slice(0, 2)) expect(line).not.toMatch(/^"?\s*[=+\-@\t]/);
  });
});
