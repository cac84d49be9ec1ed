import type { Transaction } from 'kysely';
import type { ReportItem, UsageAdvice } from '../../api/reports/index.ts';
import {
  REPORT_KINDS,
  type ReportBody,
  type ReportKind,
  type ReportMissing,
} from '../../api/reports/report.ts';
import { codeOf, namespaceOf, type Quota } from '../../api/v1alpha1/index.ts';
import { type BooksTables, onSnapshot } from '../../books/database.ts';
import { copiesBy } from '../../books/decisions.ts';
import {
  readAcceptances,
  readDailyPosted,
  readDecided,
  readFirstEntry,
  readHoldings,
  readInReview,
  readLimitDates,
} from '../../books/reports-dated.ts';
import { readBalances } from '../../books/reports.ts';
import { readTime } from '../../books/reports-requests.ts';
import { readActiveUsers } from '../../books/active-users.ts';
import { readPoolUse } from '../../books/pool-use.ts';
import { daysRolledUp, readUse } from '../../books/usage.ts';
import { cityDay, endOfDay, startOfDay } from '../../domain/calendar.ts';
import type { HeldDocument } from '../../domain/approval/ticket.ts';
import { settingQuotas } from '../../domain/quota/parts.ts';
import { capacityReport } from '../../domain/report/capacity.ts';
import type { CapacityFacts, PoolFacts } from '../../domain/report/capacity-facts.ts';
import { totalOf } from '../../domain/report/pools.ts';
import { idleReport } from '../../domain/report/idle.ts';
import { indicatorReport } from '../../domain/report/indicators.ts';
import { requestReport } from '../../domain/report/requests.ts';
import { missing } from '../../domain/report/table.ts';
import { unbuiltSection } from '../../domain/report/unbuilt.ts';
import { type UsedAmount, useReport } from '../../domain/report/use.ts';
import { lastDayOver, lastMonthOver, monthBefore, useBegin, useDays } from '../../domain/report/dates.ts';
import { missingFigures, missingWhy } from '../../messages/report-texts.ts';
import { decisionOf } from '../adapters/books.ts';
import { readAdvice } from './advice.ts';
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
  readonly parameters: Parameters;
  /** What several reports are made from, read once for all that are asked for. */
  readonly facts: () => Promise<PoolFacts>;
}

type MadeReport = ReportItem & ReportBody;

interface Maker {
  /** The parameters that say something to it. */
  readonly takes: readonly string[];
  /** Organisations have none of their own. */
  readonly ofCityAlone?: true;
  readonly make: (it: Making) => Promise<ReportBody>;
}

/** How each report is made. */
const makers: Readonly<Record<ReportKind, Maker>> = {
  capacity: { takes: ['asOf', 'zone'], make: makeCapacity },
  use: { takes: ['asOf', 'from', 'to', 'zone'], make: makeUse },
  idle: { takes: ['asOf', 'zone'], make: makeIdle },
  requests: { takes: ['asOf', 'from', 'to', 'zone'], make: makeRequests },
  indicators: { takes: ['asOf'], ofCityAlone: true, make: makeIndicators },
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
  const kinds = REPORT_KINDS.filter(
    (kind) =>
      (query.name === undefined || query.name === kind) &&
      (organization === undefined || !makers[kind].ofCityAlone),
  );
  const [now, first] = [await readTime(snapshot), await readFirstEntry(snapshot)];
  const asOf = parameters.pastMoment('asOf', now) ?? now;
  if (!first) throw new Refusal('E_REPORT_EMPTY');
  if (asOf < first) {
    const value = parameters.text('asOf') ?? asOf.toISOString();
    throw new Refusal('E_REPORT_BEFORE', { value, first: cityDay(first.toISOString()) });
  }
  const zone = zoneOf(parameters, registry);
  let read: Promise<PoolFacts> | undefined;
  const making: Making = {
    snapshot,
    registry,
    now,
    asOf,
    first,
    zone,
    organization,
    parameters,
    facts: () => (read ??= readFacts(making)),
  };
  const items: MadeReport[] = [];
  for (const kind of kinds) {
    const { takes, make } = makers[kind];
    if (query.name !== undefined) parameters.only(kind, takes);
    const body = await make(making);
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
  const { from, until } = useDays(it.asOf.toISOString());
  const pools = it.organization === undefined ? await readPoolUse(it.snapshot, { from, until }) : [];
  return capacityReport({ ...(await it.facts()), use: { period: { from, to: until }, pools } });
}

async function readFacts(it: Making): Promise<PoolFacts> {
  const { snapshot, registry, asOf, zone, organization } = it;
  const before = monthBefore(asOf.toISOString());
  const holders = organization === undefined ? {} : { holders: [organization] };
  const kinds = { holderKinds: ['pool', 'organisation'] as const, ...holders };
  return {
    asOf: asOf.toISOString(),
    madeAt: it.now.toISOString(),
    before: before.toISOString(),
    first: it.first.toISOString(),
    zone,
    organization,
    balances: await readBalances(snapshot, { ...kinds, asOf }),
    balancesBefore: await readBalances(snapshot, { ...kinds, asOf: before }),
    limits: await readLimitDates(snapshot),
    soft: it.asOf.getTime() === it.now.getTime() ? softByScope(registry.quotas()) : new Map(),
    holdings: await readHoldings(snapshot, { asOf, before, organization }),
    accepted: await readAcceptances(snapshot, asOf),
    daily: organization === undefined ? await readDailyPosted(snapshot, asOf) : [],
    organizations: registry.organizations(),
    pools: registry.pools(),
    clusters: registry.clusters(),
    systems: registry.systems(),
  };
}

/** Soft limits of today by account scope path. */
function softByScope(quotas: readonly Quota[]): CapacityFacts['soft'] {
  return new Map([...settingQuotas(quotas)].map(([path, { quota }]) => [path, quota.status?.soft ?? {}]));
}

async function makeRequests(it: Making): Promise<ReportBody> {
  const { snapshot, registry, asOf, organization, zone } = it;
  const namespace = organization === undefined ? undefined : namespaceOf(organization);
  const last = cityDay(asOf.toISOString());
  const { from, until: to } = periodWithin(it.parameters, last, (until) => `${until.slice(0, 8)}01`);
  const period = { from, to };
  const open = await readInReview(snapshot, { asOf, namespace });
  const copies = await copiesBy(
    snapshot,
    open.map(({ requestUid }) => requestUid),
    asOf,
  );
  const organizations = registry.organizations();
  const { holdings, accepted } = await it.facts();
  return requestReport({
    asOf: asOf.toISOString(),
    madeAt: it.now.toISOString(),
    first: it.first.toISOString(),
    period,
    organization,
    zone,
    open: open.map(({ requestUid, document, openedAt }) => ({
      document: document as unknown as HeldDocument,
      openedAt: openedAt.toISOString(),
      decisions: (copies.get(requestUid) ?? []).map(decisionOf),
    })),
    decided: await readDecided(snapshot, {
      from: startOfDay(period.from),
      until: new Date(endOfDay(period.to).getTime() + 1),
      namespace,
    }),
    unbuilt: unbuiltSection({ asOf: asOf.toISOString(), zone, holdings, accepted, organizations }),
    calendar: registry.calendar(),
    organizations,
  });
}

/**
 * The days that are asked for, both counted, none after the last one.
 * @param beginOf the first day where only the last is told
 * @throws Refusal E_REPORT_PERIOD
 */
function periodWithin(
  parameters: Parameters,
  last: string,
  beginOf: (until: string) => string,
): { readonly from: string; readonly until: string } {
  const day = (name: string) => {
    const moment = parameters.from(name);
    return moment && cityDay(moment.toISOString());
  };
  const until = day('to') ?? last;
  const from = day('from') ?? beginOf(until);
  if (from > until || until > last) throw new Refusal('E_REPORT_PERIOD', { from, until, last });
  return { from, until };
}

async function makeIndicators(it: Making): Promise<ReportBody> {
  const { registry } = it;
  const capacity = await it.facts();
  const month = lastMonthOver(lastDayOver(it.asOf.toISOString()));
  return indicatorReport({
    asOf: it.asOf.toISOString(),
    madeAt: it.now.toISOString(),
    indicators: registry.indicators(),
    vcpuTotal: totalOf(capacity, 'vcpu'),
    organizations: registry.organizations(),
    systems: registry.systems(),
    month,
    reported: await readActiveUsers(it.snapshot, { from: month.from, until: month.to }),
    running: new Set(
      capacity.holdings
        .filter(({ posted }) => posted > 0n)
        .map(({ organization, system }) => `${organization}/${system}`),
    ),
  });
}

async function makeUse(it: Making): Promise<ReportBody> {
  const { snapshot, registry, asOf, organization, zone, parameters } = it;
  // Of a day that is not over nothing is known yet.
  const last = lastDayOver(asOf.toISOString());
  const { from, until } = periodWithin(parameters, last, useBegin);
  const used: UsedAmount[] = [];
  let after: string | undefined;
  do {
    const page = await readUse(snapshot, {
      from,
      until,
      ...(organization === undefined ? {} : { namespace: namespaceOf(organization) }),
      ...(after === undefined ? {} : { after }),
    });
    for (const { metered, resource, granted, days, samples, figures } of page.items) {
      if (resource === 'network') continue;
      const { organization, system, name: allocation, zone } = metered;
      const seen = figures && {
        mean: figures.mean.value,
        p50: figures.p50.value,
        p95: figures.p95.value,
        max: figures.max.value,
      };
      used.push({
        organization,
        system,
        allocation,
        zone,
        resource,
        granted: granted.value,
        days,
        samples,
        figures: seen,
      });
    }
    after = page.next;
  } while (after !== undefined);
  return useReport({
    asOf: asOf.toISOString(),
    madeAt: it.now.toISOString(),
    period: { from, to: until },
    organization,
    zone,
    days: await daysRolledUp(snapshot, { from, until }),
    used,
    organizations: registry.organizations(),
  });
}

async function makeIdle(it: Making): Promise<ReportBody> {
  const { snapshot, registry, asOf, organization, zone } = it;
  const namespace = organization === undefined ? undefined : namespaceOf(organization);
  const advice: UsageAdvice[] = [];
  const gaps: ReportMissing[] = [];
  try {
    let after: string | undefined;
    let [gone, unseen] = [0, 0];
    do {
      const page = await readAdvice(snapshot, registry, { namespace, zone, after, asOf });
      advice.push(...page.items);
      gone += page.gone;
      unseen += page.unseen;
      after = page.next;
    } while (after !== undefined);
    if (unseen > 0) gaps.push(missing(missingFigures.idleOf, missingWhy.unseen, { count: unseen }));
    if (gone > 0) gaps.push(missing(missingFigures.idleOf, missingWhy.goneSince, { count: gone }));
  } catch (error) {
    if (!(error instanceof Refusal && error.code === 'E_REPORT_POLICY')) throw error;
    gaps.push(missing(missingFigures.idle, missingWhy.noPolicy));
  }
  return idleReport({
    asOf: asOf.toISOString(),
    madeAt: it.now.toISOString(),
    organization,
    zone,
    advice,
    missing: gaps,
    organizations: registry.organizations(),
  });
}
