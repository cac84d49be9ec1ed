import { sql } from 'kysely';
import type { Canonical } from '../domain/canonical.ts';
import type { Resource } from '../domain/quantity.ts';
import { scopePath } from '../domain/quota/accounts.ts';
import type { HolderKind } from '../domain/quota/fit.ts';
import type { Holding } from '../domain/report/holdings.ts';
import type { Books } from './database.ts';

/** When the books first and last set a limit on an account scope, by effective time. */
export interface LimitDates {
  readonly first: Date;
  readonly last: Date;
}

/** By `scopePath`; scopes without any limit are not among them. */
export async function readLimitDates(books: Books): Promise<ReadonlyMap<string, LimitDates>> {
  const { rows } = await sql<
    LimitDates & { holderKind: HolderKind; holder: string; zone: string; arch: string }
  >`
    SELECT holder_kind AS "holderKind", holder, zone, arch,
      min(effective_at) AS first, max(effective_at) AS last
    FROM books.entries
      JOIN books.accounts ON accounts.id = account_id
      JOIN books.transactions ON transactions.id = transaction_id
    WHERE leg = 'limit' GROUP BY holder_kind, holder, zone, arch`.execute(books);
  return new Map(rows.map(({ first, last, ...scope }) => [scopePath(scope), { first, last }]));
}

/** When the first entry of all took effect; undefined while there is none. */
export async function readFirstEntry(books: Books): Promise<Date | undefined> {
  const { rows } = await sql<{ first: Date | null }>`
    SELECT min(effective_at) AS first FROM books.transactions`.execute(books);
  return rows[0]?.first ?? undefined;
}

/**
 * What holds have on pools, as of a moment and of an earlier one: the finest that the books know of who has what.
 * @param organization only holds of this organisation
 */
export async function readHoldings(
  books: Books,
  { asOf, before, organization }: { asOf: Date; before: Date; organization?: string | undefined },
): Promise<readonly Holding[]> {
  const owner = sql<string>`coalesce(substring(holds.document #>> '{request,namespace}' FROM '^gov-(.*)$'),
    holds.document ->> 'organization')`;
  const { rows } = await sql<Holding>`
    SELECT holds.id::text AS hold, ${owner} AS organization,
      coalesce(holds.document #>> '{spec,system}', holds.document ->> 'system') AS system,
      holds.document #>> '{request,serial}' AS serial,
      holds.document #>> '{spec,target,allocation}' AS target,
      holds.document #>> '{spec,target,organization}' AS giver,
      holds.document #> '{quote,lines}' AS lines,
      granted.at AS "grantedAt", pool, zone, arch, resource, posted, pending, "postedBefore"
    FROM (
      SELECT entries.hold_id, accounts.holder AS pool, accounts.zone, accounts.arch, accounts.resource,
        coalesce(sum(amount) FILTER (WHERE leg = 'posted' AND effective_at <= ${asOf}), 0)::bigint AS posted,
        coalesce(sum(amount) FILTER (WHERE leg = 'pending' AND effective_at <= ${asOf}), 0)::bigint AS pending,
        coalesce(sum(amount) FILTER (WHERE leg = 'posted' AND effective_at <= ${before}), 0)::bigint
          AS "postedBefore"
      FROM books.entries
        JOIN books.accounts ON accounts.id = account_id
        JOIN books.transactions ON transactions.id = transaction_id
      WHERE leg IN ('pending', 'posted') AND holder_kind = 'pool'
      GROUP BY entries.hold_id, accounts.id
    ) AS held
      JOIN books.holds ON holds.id = held.hold_id
      -- Of all holds at once: of each by itself it would read the transactions as often as there are holds.
      LEFT JOIN (
        SELECT hold_id, min(effective_at) AS at FROM books.transactions
        WHERE step IN ('post', 'transfer') AND effective_at <= ${asOf} GROUP BY hold_id
      ) AS granted ON granted.hold_id = holds.id
    WHERE (posted <> 0 OR pending <> 0 OR "postedBefore" <> 0)
      AND ${organization === undefined ? sql<boolean>`true` : sql<boolean>`${owner} = ${organization}`}
    ORDER BY holds.id, pool, resource`.execute(books);
  return rows;
}

/** When each allocation was last accepted by a moment, by namespace and name: `gov-x/zy-2026-000001-web`. */
export async function readAcceptances(books: Books, asOf: Date): Promise<ReadonlyMap<string, Date>> {
  const { rows } = await sql<{ allocation: string; at: Date }>`
    SELECT subject_namespace || '/' || subject_name AS allocation, max(decided_at) AS at FROM books.decisions
    WHERE subject_kind = 'Allocation' AND verdict = 'accept' AND decided_at <= ${asOf}
    GROUP BY subject_namespace, subject_name`.execute(books);
  return new Map(rows.map(({ allocation, at }) => [allocation, at]));
}

/** By how much what is granted from a pool changed on a day of the city. */
export interface DailyChange {
  readonly pool: string;
  readonly resource: Resource;
  /** YYYY-MM-DD */
  readonly day: string;
  readonly amount: bigint;
}

export async function readDailyPosted(books: Books, asOf: Date): Promise<readonly DailyChange[]> {
  const { rows } = await sql<DailyChange>`
    SELECT holder AS pool, resource,
      to_char((effective_at + interval '8 hours') AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day,
      sum(amount)::bigint AS amount
    FROM books.entries
      JOIN books.accounts ON accounts.id = account_id
      JOIN books.transactions ON transactions.id = transaction_id
    WHERE leg = 'posted' AND holder_kind = 'pool' AND effective_at <= ${asOf}
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`.execute(books);
  return rows;
}

/** A hold that was in review at a moment. */
export interface ReviewRow {
  readonly requestUid: string;
  readonly document: Canonical;
  /** When it was taken. */
  readonly openedAt: Date;
}

const isOfNamespace = (column: string, namespace: string | undefined) =>
  namespace === undefined ? sql<boolean>`true` : sql<boolean>`${sql.raw(column)} = ${namespace}`;

/**
 * The holds that were pending at a moment, of requests: the newest of each request, unless something ended it by then.
 * @param namespace only requests of this namespace
 */
export async function readInReview(
  books: Books,
  { asOf, namespace }: { asOf: Date; namespace?: string | undefined },
): Promise<readonly ReviewRow[]> {
  const { rows } = await sql<ReviewRow>`
    SELECT request_uid AS "requestUid", document, recorded_at AS "openedAt" FROM (
      SELECT DISTINCT ON (request_uid) * FROM books.holds
      WHERE recorded_at <= ${asOf} AND document ? 'request'
      ORDER BY request_uid, id DESC
    ) AS newest
    WHERE NOT EXISTS (
        SELECT FROM books.transactions AS ended
        WHERE ended.request_uid = newest.request_uid AND ended.generation = newest.generation
          AND ended.attempt = newest.attempt AND step IN ('post', 'transfer', 'void', 'expire') AND ended.recorded_at <= ${asOf}
      )
      AND ${isOfNamespace("document #>> '{request,namespace}'", namespace)}
    ORDER BY recorded_at, request_uid`.execute(books);
  return rows;
}

/** What was decided on requests within a period. */
export interface DecidedCounts {
  readonly granted: number;
  readonly returned: number;
  readonly rejected: number;
  /** Whole days from receipt to grant of those granted, in order. */
  readonly days: readonly number[];
}

/** @param until the moment before which it counts */
export async function readDecided(
  books: Books,
  { from, until, namespace }: { from: Date; until: Date; namespace?: string | undefined },
): Promise<DecidedCounts> {
  const granted = await sql<{ days: number | null }>`
    SELECT floor(extract(epoch FROM min(posted.recorded_at) - min(serials.recorded_at)) / 86400)::int AS days
    FROM books.transactions AS posted
      JOIN books.holds ON holds.id = posted.hold_id
      LEFT JOIN books.serials ON serials.request_uid = posted.request_uid
    WHERE posted.step IN ('post', 'transfer') AND posted.recorded_at >= ${from} AND posted.recorded_at < ${until}
      AND ${isOfNamespace("document #>> '{request,namespace}'", namespace)}
    GROUP BY posted.request_uid, posted.generation ORDER BY 1`.execute(books);
  const verdicts = await sql<{ verdict: string; count: number }>`
    SELECT verdict, count(DISTINCT subject_uid)::int AS count FROM books.decisions
    WHERE subject_kind = 'ResourceRequest' AND carried_from IS NULL AND verdict IN ('return', 'reject')
      AND decided_at >= ${from} AND decided_at < ${until} AND ${isOfNamespace('subject_namespace', namespace)}
    GROUP BY verdict`.execute(books);
  const countOf = (verdict: string) => verdicts.rows.find((it) => it.verdict === verdict)?.count ?? 0;
  return {
    granted: granted.rows.length,
    returned: countOf('return'),
    rejected: countOf('reject'),
    days: granted.rows.flatMap(({ days }) => days ?? []),
  };
}
