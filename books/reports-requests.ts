import { sql } from 'kysely';
import type { HeldDecision } from '../api/reports/index.ts';
import { Amount, unitOf } from '../domain/quantity.ts';
import type { AccountKey } from '../domain/quota/fit.ts';
import { type Books, databaseTime, type HoldStateName } from './database.ts';
import type { HoldLine } from './picture.ts';
import { type Hold, holdOf, type HoldRow, type Page } from './reports.ts';
import type { ClosedRequest } from './requests.ts';

const PAGE = 500;

/** The database's time, for reports that say when they were made. */
export async function readTime(books: Books): Promise<Date> {
  const { rows } = await sql<{ now: Date }>`SELECT ${databaseTime} AS now`.execute(books);
  const [row] = rows;
  if (!row) throw new Error('the database gave no time');
  return row.now;
}

/**
 * What keeps reports from being read: the database's own error when it cannot be reached, or that the role may
 * write. Undefined when all is well.
 */
export async function readOnlyFault(books: Books): Promise<string | undefined> {
  const { rows } = await sql<{ role: string; writable: string | null }>`
    SELECT current_user AS role, string_agg(relname, ', ' ORDER BY relname) AS writable
    FROM pg_class WHERE relnamespace = 'books'::regnamespace AND relkind = 'r'
      AND has_table_privilege(oid, 'INSERT, UPDATE, DELETE, TRUNCATE')`.execute(books);
  const [row] = rows;
  return row?.writable ? `role ${row.role} may write ${row.writable}` : undefined;
}

interface RequestHoldFilter {
  /** Only holds of requests in this namespace. */
  readonly namespace?: string;
  readonly id?: string;
  readonly requestUid?: string;
  readonly states?: readonly HoldStateName[];
  /** `next` of the page before. */
  readonly after?: string;
  readonly limit?: number;
}

/** A hold, and the copies of what was decided on its generation of the request. */
export interface RequestHold extends Hold {
  readonly decisions: readonly HeldDecision[];
}

type LineRow = AccountKey & { pending: string; posted: string };

/**
 * Holds by the namespace of their request, with what they still have on each account and the decisions, oldest first. Opening
 * stock has no request, hence no namespace: only without `namespace` is it among them.
 */
export async function readRequestHolds(
  books: Books,
  filter: RequestHoldFilter = {},
): Promise<Page<RequestHold>> {
  const limit = filter.limit ?? PAGE;
  const conditions = [
    ...(filter.namespace === undefined
      ? []
      : [sql<boolean>`document #>> '{request,namespace}' = ${filter.namespace}`]),
    ...(filter.id === undefined ? [] : [sql<boolean>`holds.id = ${filter.id}::bigint`]),
    ...(filter.requestUid === undefined ? [] : [sql<boolean>`request_uid = ${filter.requestUid}`]),
    ...(filter.states === undefined ? [] : [sql<boolean>`state = ANY (${[...filter.states]}::text[])`]),
    ...(filter.after === undefined ? [] : [sql<boolean>`holds.id > ${filter.after}::bigint`]),
  ];
  const where = conditions.length === 0 ? sql`true` : sql.join(conditions, sql` AND `);
  const { rows } = await sql<
    HoldRow & { readonly lines: LineRow[] | null; readonly decisions: DecisionRow[] | null }
  >`
    SELECT holds.id::text, request_uid, generation::text, attempt, state, origin_uid, origin_generation::text,
      ticket, document, expires_at, recorded_at,
      (SELECT json_agg(line ORDER BY line."accountId") FROM (
        SELECT accounts.id AS "accountId", holder_kind AS "holderKind", holder, zone, arch, resource,
          coalesce(sum(amount) FILTER (WHERE leg = 'pending'), 0)::text AS pending,
          coalesce(sum(amount) FILTER (WHERE leg = 'posted'), 0)::text AS posted
        FROM books.entries JOIN books.accounts ON accounts.id = account_id
        WHERE hold_id = holds.id AND leg IN ('pending', 'posted')
        GROUP BY accounts.id
      ) AS line) AS lines,
      (SELECT json_agg(copy ORDER BY copy.position, copy.id) FROM (
        SELECT id, position, ticket, step, reviewer, on_behalf_of AS "onBehalfOf", verdict, return_to AS "returnTo", comment,
          decided_at AS "decidedAt", carried_from IS NOT NULL AS carried
        FROM books.decisions WHERE subject_uid = request_uid AND decisions.generation = holds.generation
      ) AS copy) AS decisions
    FROM books.holds WHERE ${where} ORDER BY holds.id LIMIT ${limit + 1}`.execute(books);
  const items = rows.slice(0, limit).map(({ lines, decisions, ...row }) => ({
    ...holdOf(
      row,
      (lines ?? []).map(lineOf).filter((line) => !line.pending.isZero() || !line.posted.isZero()),
    ),
    decisions: (decisions ?? []).map(heldDecisionOf),
  }));
  const last = items.at(-1);
  return rows.length > limit && last ? { items, next: last.id } : { items };
}

/** A row of decisions as JSON gives it. */
type DecisionRow = Omit<HeldDecision, 'returnTo' | 'onBehalfOf'> & {
  readonly id: number;
  readonly returnTo: string | null;
  readonly onBehalfOf: string | null;
};

function heldDecisionOf({ id: _id, returnTo, onBehalfOf, decidedAt, ...rest }: DecisionRow): HeldDecision {
  return {
    ...rest,
    ...(onBehalfOf === null ? {} : { onBehalfOf }),
    ...(returnTo === null ? {} : { returnTo }),
    decidedAt: new Date(decidedAt).toISOString(),
  };
}

function lineOf({ pending, posted, holderKind, holder, zone, arch, resource }: LineRow): HoldLine {
  const unit = unitOf(resource);
  return {
    account: { holderKind, holder, zone, arch, resource },
    pending: Amount.of(unit, BigInt(pending)),
    posted: Amount.of(unit, BigInt(posted)),
  };
}

interface ClosedRequestFilter {
  readonly namespace?: string;
  readonly name?: string;
  readonly serial?: string;
  /** `next` of the page before. */
  readonly after?: ClosedRequestPlace;
  readonly limit?: number;
}

/** Where a page of closed requests ended. */
interface ClosedRequestPlace {
  readonly closedAt: Date;
  readonly uid: string;
}

/** A page of closed requests ends with the document that brings it over so many bytes of JSON. */
const PAGE_BYTES = 4 * 1024 * 1024;

/** Closed requests in the order of their closing; a page has `limit` of them, or fewer when they are large. */
export async function readClosedRequests(
  books: Books,
  filter: ClosedRequestFilter = {},
): Promise<{
  readonly items: readonly (ClosedRequest & { readonly closedAt: Date })[];
  readonly next?: ClosedRequestPlace;
}> {
  const limit = filter.limit ?? PAGE;
  const { namespace, name, serial, after } = filter;
  const conditions = [
    ...(namespace === undefined ? [] : [sql<boolean>`namespace = ${namespace}`]),
    ...(name === undefined ? [] : [sql<boolean>`name = ${name}`]),
    ...(serial === undefined ? [] : [sql<boolean>`serial = ${serial}`]),
    ...(after ? [sql<boolean>`(closed_at, uid) > (${after.closedAt}, ${after.uid})`] : []),
  ];
  const where = conditions.length === 0 ? sql`true` : sql.join(conditions, sql` AND `);
  const { rows } = await sql<ClosedRequest & { closedAt: Date; isLast: boolean }>`
    SELECT uid, serial, namespace, name, document, "closedAt", number = total AS "isLast" FROM (
      SELECT *, row_number() OVER page AS number, count(*) OVER () AS total,
        sum(octet_length(document::text)) OVER page - octet_length(document::text) AS before
      FROM (
        SELECT uid, serial, namespace, name, document, closed_at AS "closedAt" FROM books.closed_requests
        WHERE ${where} ORDER BY closed_at, uid LIMIT ${limit + 1}
      ) AS closed
      WINDOW page AS (ORDER BY "closedAt", uid)
    ) AS paged
    WHERE number <= ${limit} AND before < ${PAGE_BYTES} ORDER BY number`.execute(books);
  const items = rows.map(({ isLast: _, ...row }) => row);
  const last = rows.at(-1);
  return last && !last.isLast ? { items, next: { closedAt: last.closedAt, uid: last.uid } } : { items };
}

/** SQLSTATE classes and codes of a server that cannot serve now: connection, shutdown or start, too many clients. */
const UNAVAILABLE_STATE = /^(08...|57P0[123]|53300)$/;
const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'EPIPE',
  'ETIMEDOUT',
]);

const NO_CONNECTION = /^(Connection terminated|timeout exceeded when trying to connect|timeout expired)/;

/** Whether a query failed because the database could not be reached, so that it may succeed later. */
export function isUnreachable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code = '' } = error as NodeJS.ErrnoException;
  // pg gives no code when the server hangs up in the middle of a query, nor when no connection could be had in time.
  return UNAVAILABLE_STATE.test(code) || UNREACHABLE.has(code) || NO_CONNECTION.test(error.message);
}

/** Whether the server had no room on its disk: the transaction has left nothing. */
export function isFull(error: unknown): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === '53100';
}

/** Whether the server ended a statement because it took too long. */
export function isTooSlow(error: unknown): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === '57014';
}
