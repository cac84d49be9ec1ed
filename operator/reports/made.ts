import type { Transaction } from 'kysely';
import type { ReportItem } from '../../api/reports/index.ts';
import { REPORT_KINDS, type ReportBody, type ReportKind } from '../../api/reports/report.ts';
import { codeOf } from '../../api/v1alpha1/index.ts';
import { type BooksTables, onSnapshot } from '../../books/database.ts';
import {
  readAcceptances,
  readDailyPosted,
  readFirstEntry,
  readHoldings,
  readLimitDates,
} from '../../books/reports-dated.ts';
import { readBalances } from '../../books/reports.ts';
import { readTime } from '../../books/reports-requests.ts';
import { cityDay } from '../../domain/calendar.ts';
import { capacityReport } from '../../domain/report/capacity.ts';
import { monthBefore } from '../../domain/report/dates.ts';
import type { Parameters } from './parameters.ts';
import { Refusal } from './refusal.ts';
import { type Column, column, defineReport, nameColumn, type Query, type Report } from './resource.ts';
import type { Registry } from './registry.ts';

/** What a report is made for, and from. */
interface Making {
  readonly snapshot: Transaction<BooksTables>;
  readonly registry: Registry;
  readonly now: Date;
  readonly asOf: Date;
  /** When the books begin. */
  readonly first: Date;
  readonly zone: string | undefined;
  /** Undefined: the whole city. */
  readonly organization: string | undefined;
}

type MadeReport = ReportItem & ReportBody;

/** How each report is made, and the parameters that say something to it. */
const makers: Readonly<
  Record<
    ReportKind,
    { readonly takes: readonly string[]; readonly make: (it: Making) => Promise<ReportBody> }
  >
> = {
  capacity: { takes: ['asOf', 'zone'], make: makeCapacity },
};

const columns: readonly Column<MadeReport>[] = [
  nameColumn,
  column('Title', '标题 / title', ({ title }) => title.zh),
  column('As-Of', '截至 / as of', ({ asOf }) => asOf, { type: 'date' }),
  column('Missing', '未给出的数字 / figures not given', ({ missing }) => missing.length, { type: 'integer' }),
];

/** Reports of the whole city. */
export const cityreports = defineReport('cityreports', {
  singular: 'cityreport',
  kind: 'CityReport',
  namespaced: false,
  columns,
  read: ({ books, registry }, query) =>
    onSnapshot(books, (snapshot) => makeReports(snapshot, registry, query, undefined)),
});

/** Reports of one organisation and its systems, so that RBAC says who sees which. */
export const organizationreports = defineReport('organizationreports', {
  singular: 'organizationreport',
  kind: 'OrganizationReport',
  namespaced: true,
  columns,
  read: async ({ books, registry }, query) => {
    if (query.namespace === undefined) throw new Refusal('E_REPORT_NAMESPACE');
    const code = codeOf(query.namespace);
    if (code === undefined || !registry.organizations().has(code)) return { items: [] };
    return onSnapshot(books, (snapshot) => makeReports(snapshot, registry, query, code));
  },
});

async function makeReports(
  snapshot: Transaction<BooksTables>,
  registry: Registry,
  query: Query,
  organization: string | undefined,
): Promise<Report<MadeReport>> {
  const { parameters, namespace } = query;
  const kinds = REPORT_KINDS.filter((kind) => query.name === undefined || query.name === kind);
  const [now, first] = [await readTime(snapshot), await readFirstEntry(snapshot)];
  const asOf = parameters.pastMoment('asOf', now) ?? now;
  if (!first) throw new Refusal('E_REPORT_EMPTY');
  if (asOf < first) {
    const value = parameters.text('asOf') ?? asOf.toISOString();
    throw new Refusal('E_REPORT_BEFORE', { value, first: cityDay(first.toISOString()) });
  }
  const zone = zoneOf(parameters, registry);
  const items: MadeReport[] = [];
  for (const kind of kinds) {
    const { takes, make } = makers[kind];
    if (query.name !== undefined) parameters.only(kind, takes);
    const body = await make({ snapshot, registry, now, asOf, first, zone, organization });
    items.push({ metadata: { name: kind, ...(namespace === undefined ? {} : { namespace }) }, ...body });
  }
  return { items, asOf: asOf.toISOString() };
}

/** @throws Refusal E_REPORT_ZONE: a misspelt zone would else be an empty one */
function zoneOf(parameters: Parameters, registry: Registry): string | undefined {
  const zone = parameters.text('zone');
  if (zone === undefined) return undefined;
  const known = new Set([...registry.pools().values()].map(({ spec }) => spec.zone));
  if (!known.has(zone))
    throw new Refusal('E_REPORT_ZONE', { zone, known: [...known].sort().join(', ') || '-' });
  return zone;
}

async function makeCapacity(it: Making): Promise<ReportBody> {
  const { snapshot, registry, asOf, zone, organization } = it;
  const before = monthBefore(asOf.toISOString());
  const holders = organization === undefined ? {} : { holders: [organization] };
  const kinds = { holderKinds: ['pool', 'organisation'] as const, ...holders };
  return capacityReport({
    asOf: asOf.toISOString(),
    madeAt: it.now.toISOString(),
    before: before.toISOString(),
    first: it.first.toISOString(),
    zone,
    organization,
    balances: await readBalances(snapshot, { ...kinds, asOf }),
    balancesBefore: await readBalances(snapshot, { ...kinds, asOf: before }),
    limits: await readLimitDates(snapshot),
    holdings: await readHoldings(snapshot, { asOf, before, organization }),
    accepted: await readAcceptances(snapshot, asOf),
    daily: organization === undefined ? await readDailyPosted(snapshot, asOf) : [],
    organizations: registry.organizations(),
    pools: registry.pools(),
    clusters: registry.clusters(),
    systems: registry.systems(),
  });
}
