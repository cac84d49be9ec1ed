import { sql } from 'kysely';
import type { Canonical } from '../domain/canonical.ts';
import { Amount } from '../domain/quantity.ts';
import {
  type DailyUse,
  DAY_STEPS,
  type UsedResource,
  type UseFault,
  type UseFigures,
  type UseUnit,
  useUnitOf,
} from '../domain/usage/day.ts';
import type { grantedOf, Identity } from '../domain/usage/subject.ts';
import type { Books } from './database.ts';
import { type Session, write } from './session.ts';

/** An allocation that is measured, as it is called now. */
export interface Metered extends Identity {
  /** What Prometheus can be asked for, by resource. */
  readonly series: Readonly<Partial<Record<UsedResource, readonly string[]>>>;
}

/** What an allocation used on a day. */
export interface UseOfDay {
  readonly metered: Metered;
  readonly granted: ReturnType<typeof grantedOf>;
  readonly used: readonly DailyUse[];
}

/** The days of each allocation, by its uid, that have rows since a day. */
export async function daysWithUse(books: Books, from: string): Promise<Map<string, Set<string>>> {
  const { rows } = await sql<{ uid: string; days: string[] }>`
    SELECT allocation_uid AS uid, array_agg(DISTINCT day::text) AS days FROM books.daily_use
    WHERE day >= ${from}::date GROUP BY allocation_uid`.execute(books);
  return new Map(rows.map(({ uid, days }) => [uid, new Set(days)]));
}

/**
 * Writes what allocations used on a day, all of it or nothing. Written again, it replaces what was there.
 * @throws GovError E_FENCED
 */
export async function recordUse(session: Session, day: string, all: readonly UseOfDay[]): Promise<void> {
  const metered = all.map((it) => it.metered);
  const rows = all.flatMap(({ metered: { uid }, granted, used }) =>
    used.map((use) => ({ uid, granted: granted[use.resource], ...use })),
  );
  if (rows.length === 0) return;
  const text = (column: (it: Metered) => string) => sql`${metered.map(column)}::text[]`;
  const figure = (name: keyof NonNullable<DailyUse['figures']>) =>
    sql`${rows.map(({ figures }) => figures?.[name].value ?? null)}::bigint[]`;
  await write(session, async ({ trx }) => {
    // Sorted, so that two who write the same do not wait for each other in a circle.
    await sql`
      INSERT INTO books.metered AS known (allocation_uid, namespace, name, organization, system, item, pool, zone, arch,
        series)
      SELECT * FROM unnest(${text((it) => it.uid)}, ${text((it) => it.namespace)}, ${text((it) => it.name)},
        ${text((it) => it.organization)}, ${text((it) => it.system)}, ${text((it) => it.item)},
        ${text((it) => it.pool)}, ${text((it) => it.zone)}, ${text((it) => it.arch)},
        ${metered.map(({ series }) => JSON.stringify(series))}::jsonb[]) ORDER BY 1
      ON CONFLICT (allocation_uid) DO UPDATE SET namespace = excluded.namespace, name = excluded.name,
        organization = excluded.organization, system = excluded.system, item = excluded.item, pool = excluded.pool,
        zone = excluded.zone, arch = excluded.arch, series = excluded.series
      WHERE known IS DISTINCT FROM excluded`.execute(trx);
    await sql`
      INSERT INTO books.daily_use AS known (allocation_uid, day, resource, granted, expected, samples, mean, p50, p95,
        p99, max, faults)
      SELECT uid, ${day}::date, resource, granted, ${DAY_STEPS}::integer, samples, mean, p50, p95, p99, max, faults
      FROM unnest(${rows.map(({ uid }) => uid)}::text[], ${rows.map(({ resource }) => resource)}::text[],
        ${rows.map(({ granted }) => granted)}::bigint[], ${rows.map(({ samples }) => samples)}::integer[],
        ${figure('mean')}, ${figure('p50')}, ${figure('p95')}, ${figure('p99')}, ${figure('max')},
        ${rows.map(({ faults }) => JSON.stringify(faults))}::jsonb[])
        AS given (uid, resource, granted, samples, mean, p50, p95, p99, max, faults)
      ORDER BY uid, resource
      ON CONFLICT (allocation_uid, day, resource) DO UPDATE SET granted = excluded.granted,
        expected = excluded.expected, samples = excluded.samples, mean = excluded.mean, p50 = excluded.p50,
        p95 = excluded.p95, p99 = excluded.p99, max = excluded.max, faults = excluded.faults
      WHERE known IS DISTINCT FROM excluded`.execute(trx);
  });
}

/** The days of a period that have any row, in order. */
export async function daysRolledUp(books: Books, { from, until }: Period): Promise<readonly string[]> {
  const { rows } = await sql<{ day: string }>`
    SELECT every.day::date::text AS day
    FROM generate_series(greatest(${from}::date, (SELECT min(day) FROM books.daily_use)), ${until}::date, '1 day') AS every (day)
    WHERE EXISTS (SELECT FROM books.daily_use WHERE daily_use.day = every.day::date) ORDER BY 1`.execute(
    books,
  );
  return rows.map(({ day }) => day);
}

/** A period of days, both counted, as YYYY-MM-DD. */
export interface Period {
  readonly from: string;
  readonly until: string;
}

export interface UseFilter extends Period {
  readonly namespace?: string;
  readonly allocation?: string;
  readonly system?: string;
  /** Only of the allocation of this uid. */
  readonly uid?: string;
  /** `next` of the page before. */
  readonly after?: string;
  readonly limit?: number;
}

/** One resource of an allocation in a period. */
export interface PeriodUse {
  readonly metered: Metered;
  readonly resource: UsedResource;
  /** On the last day that has rows. */
  readonly granted: Amount<UseUnit>;
  /** The days of the period that have rows, and the first and last of them. */
  readonly days: number;
  readonly first: string;
  readonly last: string;
  readonly samples: number;
  /**
   * Of these days; absent when nothing was seen on any. Percentiles are the highest of the days': the period's own are
   * never above them.
   */
  readonly figures?: UseFigures;
  readonly faults: readonly UseFault[];
}

const PAGE = 500;

/** Use in a period by allocation and resource, a page of allocations at a time. */
export async function readUse(
  books: Books,
  { from, until, namespace, allocation, system, uid, after, limit = PAGE }: UseFilter,
): Promise<{ items: PeriodUse[]; next?: string }> {
  const given = (column: string, value: string | undefined) =>
    value === undefined ? sql`` : sql`AND ${sql.ref(column)} = ${value}`;
  const { rows } = await sql<UseRow>`
    SELECT metered.*, used.* FROM (
      SELECT * FROM books.metered WHERE allocation_uid > ${after ?? ''} ${given('namespace', namespace)}
        ${given('name', allocation)} ${given('system', system)} ${given('allocation_uid', uid)}
        AND EXISTS (SELECT FROM books.daily_use AS any_use WHERE any_use.allocation_uid = metered.allocation_uid
          AND day BETWEEN ${from}::date AND ${until}::date)
      ORDER BY allocation_uid LIMIT ${limit + 1}
    ) AS metered JOIN LATERAL (
      SELECT resource, (array_agg(granted ORDER BY day DESC))[1] AS granted, count(*)::integer AS days,
        min(day)::text AS first, max(day)::text AS last, sum(samples)::integer AS samples,
        round(sum(mean::numeric * samples) / nullif(sum(samples), 0))::bigint AS mean,
        max(p50) AS p50, max(p95) AS p95, max(p99) AS p99, max(max) AS max,
        coalesce(jsonb_agg(faults ORDER BY day) FILTER (WHERE faults <> '[]'), '[]') AS faults
      FROM books.daily_use WHERE daily_use.allocation_uid = metered.allocation_uid
        AND day BETWEEN ${from}::date AND ${until}::date
      GROUP BY resource
    ) AS used ON true
    ORDER BY metered.allocation_uid, array_position(ARRAY['cpu', 'memory', 'storage', 'network'], resource)`.execute(
    books,
  );
  const uids = [...new Set(rows.map((row) => row.allocation_uid))];
  const isMore = uids.length > limit;
  const last = uids[limit - 1] as string;
  return {
    items: rows.filter((row) => !isMore || row.allocation_uid <= last).map(useOf),
    ...(isMore ? { next: last } : {}),
  };
}

interface UseRow extends Omit<Identity, 'uid'> {
  readonly allocation_uid: string;
  readonly series: Canonical;
  readonly resource: UsedResource;
  readonly granted: bigint;
  readonly days: number;
  readonly first: string;
  readonly last: string;
  readonly samples: number;
  readonly mean: bigint | null;
  readonly p50: bigint | null;
  readonly p95: bigint | null;
  readonly p99: bigint | null;
  readonly max: bigint | null;
  readonly faults: readonly (readonly UseFault[])[];
}

function useOf(row: UseRow): PeriodUse {
  const { allocation_uid: uid, namespace, name, organization, system, item, pool, zone, arch } = row;
  const { resource, days, first, last, samples, mean, p50, p95, p99, max } = row;
  const series = row.series as Metered['series'];
  const amount = (value: bigint) => Amount.of(useUnitOf(resource), value);
  return {
    metered: { uid, namespace, name, organization, system, item, pool, zone, arch, series },
    resource,
    granted: amount(row.granted),
    days,
    first,
    last,
    samples,
    ...(mean === null || p50 === null || p95 === null || p99 === null || max === null
      ? {}
      : {
          figures: {
            mean: amount(mean),
            p50: amount(p50),
            p95: amount(p95),
            p99: amount(p99),
            max: amount(max),
          },
        }),
    faults: together(row.faults.flat()),
  };
}

/** A series' faults of several days as one. */
function together(faults: readonly UseFault[]): UseFault[] {
  const all = new Map<string, UseFault>();
  for (const { code, series, steps } of faults) {
    const key = `${code} ${series}`;
    all.set(key, { code, series, steps: steps + (all.get(key)?.steps ?? 0) });
  }
  return [...all.values()];
}
