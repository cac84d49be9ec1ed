import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { REPORTS_GROUP } from '../../api/reports/index.ts';
import type { ReportKind } from '../../api/reports/report.ts';
import type { MemberCluster } from '../../api/v1alpha1/index.ts';
import { cityDay } from '../../domain/calendar.ts';
import { isKubeError } from '../../kube/errors.ts';
import { dashboardTexts } from '../../messages/dashboard.ts';
import { languageOf } from '../../messages/index.ts';
import { tell } from '../errors.ts';
import type { Hub } from '../hub/hub.ts';
import * as kinds from '../hub/kinds.ts';
import { Reader } from '../output/reader.ts';
import {
  exported,
  framed,
  messagePage,
  organizationsPage,
  type PageName,
  PAGES,
  reportPage,
  systemPage,
  todoPage,
} from '../report/pages.ts';
import { everySystem } from './dashboard-systems.ts';
import { madeReport, type MadeReport } from './made-reports.ts';
import { organizationTree } from './reports.ts';
import { todoOf } from './todo.ts';

const CITY_REPORTS = { group: REPORTS_GROUP, plural: 'cityreports' };

const REPORT_PAGES: Readonly<Partial<Record<PageName, ReportKind>>> = {
  capacity: 'capacity',
  use: 'use',
  requests: 'requests',
  indicators: 'indicators',
};

/** Nobody else may show, read or keep a page; it loads nothing and runs no script. */
const HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cache-Control': 'no-store',
} as const;

interface Answer {
  readonly status: number;
  readonly type: 'text/html' | 'application/json' | 'text/plain';
  readonly body: string;
  readonly location?: string;
}

export interface Dashboard {
  /** With the token that lets its holder in. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves the dashboard on a free port of this machine alone, with what the hub lets its user see. Whoever has not the
 * token of its address gets nothing; nor does a page of another origin, whatever name it gave this machine.
 */
export async function startDashboard(hub: Hub, reader: Reader): Promise<Dashboard> {
  const token = randomBytes(24).toString('base64url');
  const server = createServer((request, response) => {
    answer(request, server, token, hub, reader.language).then(
      ({ status, type, body, location }) => {
        const headers = { ...HEADERS, 'Content-Type': `${type}; charset=utf-8` };
        response.writeHead(status, location === undefined ? headers : { ...headers, Location: location });
        response.end(body);
      },
      (error: unknown) => response.destroy(error as Error),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${portOf(server)}/${token}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Everything that the dashboard has, as one file. */
export async function exportDashboard(hub: Hub, reader: Reader): Promise<string> {
  const reports: MadeReport[] = [];
  for (const page of await pagesOf(hub)) {
    const kind = REPORT_PAGES[page];
    if (kind) reports.push(await madeReport(hub, kind, {}));
  }
  const organizations = await organizationTree(hub, reader.now);
  return exported(
    reader,
    reports,
    await todoOf(hub, reader.now),
    organizations,
    await everySystem(hub, reader),
  );
}

/**
 * The pages that have something for whoever looks. Reports are of the organisation that the command is about, which has no
 * indicators of its own; without one they are the city's, which reviewers do not see.
 */
async function pagesOf(hub: Hub): Promise<readonly PageName[]> {
  if (hub.namespace !== undefined) return PAGES.filter((page) => page !== 'indicators');
  if (await hub.may({ verb: 'get', resource: CITY_REPORTS })) return PAGES;
  return PAGES.filter((page) => REPORT_PAGES[page] === undefined);
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

async function answer(
  request: IncomingMessage,
  server: Server,
  token: string,
  hub: Hub,
  language: Reader['language'],
): Promise<Answer> {
  const plain = (status: number, body: string): Answer => ({ status, type: 'text/plain', body: `${body}\n` });
  const { host } = request.headers;
  // A name that somebody pointed at this machine is not ours.
  if (![`127.0.0.1:${portOf(server)}`, `localhost:${portOf(server)}`].includes(host ?? ''))
    return plain(421, 'misdirected');
  const url = new URL(request.url ?? '/', `http://${host}`);
  const [, given = '', place = '', ...more] = url.pathname.split('/');
  if (!isSame(given, token)) return plain(404, 'not found');
  if (request.method !== 'GET') return plain(405, 'GET only');
  if (place === '')
    return { ...plain(302, ''), location: `/${token}/${(await pagesOf(hub))[0]}${url.search}` };
  const query = (name: string) => url.searchParams.get(name) || undefined;
  const reader = new Reader(languageOf(query('lang') ?? language, {}), new Date().toISOString());
  const name = place.replace(/\.json$/, '');
  const page = more.length === 0 ? PAGES.find((it) => it === name) : undefined;
  const other = new URL(url);
  other.searchParams.set('lang', reader.language === 'zh' ? 'en' : 'zh');
  const show = async (content: Parameters<typeof framed>[1], status = 200): Promise<Answer> => ({
    status,
    type: 'text/html',
    body: framed(
      {
        reader,
        user: await hub.whoAmI(),
        pages: await pagesOf(hub),
        page,
        otherLanguage: `${place}${other.search}`,
      },
      content,
    ),
  });
  try {
    const kind = page && REPORT_PAGES[page];
    if (place.endsWith('.json') && kind) {
      return {
        status: 200,
        type: 'application/json',
        body: JSON.stringify(await reportOf(hub, kind, query)),
      };
    }
    const content =
      page === place || name === 'system' ? await contentOf(hub, reader, name, query) : undefined;
    return content
      ? await show(content)
      : await show(messagePage(reader.text(dashboardTexts.notFound), []), 404);
  } catch (error) {
    const { reasons } = await tell(error, reader.language);
    const lines = reasons.map(({ code, message }) => `${code} ${message}`);
    const status = isKubeError(error, 'E_API_FORBIDDEN') ? 403 : 502;
    if (place.endsWith('.json'))
      return { status, type: 'application/json', body: JSON.stringify({ error: reasons }) };
    return show(messagePage(reader.text(dashboardTexts.refused), lines), status);
  }
}

function isSame(given: string, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}

type Query = (name: string) => string | undefined;

function reportOf(hub: Hub, kind: ReportKind, query: Query): Promise<MadeReport> {
  return madeReport(hub, kind, {
    'as-of': query('asOf'),
    ...(kind === 'indicators' ? {} : { zone: query('zone') }),
    ...(kind === 'requests' || kind === 'use' ? { from: query('from'), to: query('to') } : {}),
    org: query('org'),
  });
}

async function contentOf(hub: Hub, reader: Reader, page: string, query: Query) {
  const kind = REPORT_PAGES[page as PageName];
  if (kind) {
    const [report, clusters] = await Promise.all([
      reportOf(hub, kind, query),
      hub.list<MemberCluster>(kinds.memberClusters),
    ]);
    const zones = new Map(clusters.map(({ spec }) => [spec.zone, reader.title(spec.zoneTitle)]));
    return reportPage(reader, report, {
      page: page as PageName,
      asOf: cityDay(report.asOf),
      zone: report.zone,
      zones: [...zones].map(([zone, title]) => ({ zone, title })),
      period: report.period,
    });
  }
  switch (page) {
    case 'todo':
      return todoPage(reader, await todoOf(hub, reader.now));
    case 'organizations':
      return organizationsPage(reader, await organizationTree(hub, reader.now));
    case 'system':
      return systemOf(hub, reader, query('id') ?? '');
    default:
      return undefined;
  }
}

/** A system and all that is known of it, from its organisation's namespace. */
async function systemOf(hub: Hub, reader: Reader, id: string) {
  const [organization = '', name = ''] = id.split('/');
  const systems = await everySystem(hub.in(`gov-${organization}`), reader);
  const found = systems.find(({ system }) => system.metadata.name === name);
  return found && systemPage(reader, found);
}
