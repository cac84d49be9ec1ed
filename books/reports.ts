import { type Selectable, sql } from 'kysely';
import type { Canonical } from '../domain/canonical.ts';
import type { AccountKey, Balance, HolderKind } from '../domain/quota/fit.ts';
import type { Books, BooksTables, HoldStateName } from './database.ts';
import { addToLine, amountOf, type HoldLine, type HoldRef, type Origin } from './picture.ts';

/** A hold as the books have it. */
export interface Hold extends HoldRef {
  readonly id: string;
  readonly state: HoldStateName;
  readonly origin: Origin;
  readonly ticket: string;
  readonly document: Canonical;
  /** By database time; null for opening stock, which never was pending. */
  readonly expiresAt: Date | null;
  readonly recordedAt: Date;
  /** What it still has pending or posted on each account. */
  readonly lines: readonly HoldLine[];
}

/** A page of rows; `next` goes into `after` of the next call and is absent on the last page. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string;
}

const PAGE = 500;

export interface BalanceFilter {
  readonly holderKinds?: readonly HolderKind[];
  readonly holders?: readonly string[];
  /** The state of things at this time: entries effective later do not count. */
  readonly asOf?: Date;
  /** As the books knew it at this time: entries recorded later do not count. */
  readonly knownAt?: Date;
}

/**
 * Balances of accounts, sorted by holder, zone, arch and resource: of pools for capacity, of organisations and
 * systems for quotas. Without dates from the cached balances; with a date from the entries, for accounts that
 * had any by then.
 */
export async function readBalances(books: Books, filter: BalanceFilter = {}): Promise<Balance[]> {
  const { holderKinds, holders, asOf, knownAt } = filter;
  let accounts = books
    .selectFrom('accounts')
    .orderBy('holder_kind')
    .orderBy('holder')
    .orderBy('zone')
    .orderBy('arch')
    .orderBy('resource');
  if (holderKinds) accounts = accounts.where('holder_kind', 'in', [...holderKinds]);
  if (holders) accounts = accounts.where('holder', '=', sql<string>`ANY (${[...holders]}::text[])`);
  const key = ['holder_kind', 'holder', 'zone', 'arch', 'resource'] as const;
  if (!asOf && !knownAt) {
    const rows = await accounts.select([...key, 'hard', 'pending', 'posted']).execute();
    return rows.map(balanceOf);
  }
  let dated = accounts
    .innerJoin('entries', 'entries.account_id', 'accounts.id')
    .innerJoin('transactions', 'transactions.id', 'entries.transaction_id')
    .groupBy('accounts.id');
  if (asOf) dated = dated.where('transactions.effective_at', '<=', asOf);
  if (knownAt) dated = dated.where('transactions.recorded_at', '<=', knownAt);
  const sum = (leg: string) => sql<bigint>`coalesce(sum(amount) FILTER (WHERE leg = ${leg}), 0)::bigint`;
  const rows = await dated
    .select([...key])
    .select([
      sql<bigint>`-${sum('limit')}`.as('hard'),
      sum('pending').as('pending'),
      sum('posted').as('posted'),
    ])
    .execute();
  return rows.map(balanceOf);
}

interface BalanceRow extends AccountRow {
  hard: bigint;
  pending: bigint;
  posted: bigint;
}

interface AccountRow {
  holder_kind: HolderKind;
  holder: string;
  zone: string;
  arch: string;
  resource: AccountKey['resource'];
}

function balanceOf(row: BalanceRow): Balance {
  const account = accountOf(row);
  return {
    account,
    hard: amountOf(account, row.hard),
    pending: amountOf(account, row.pending),
    posted: amountOf(account, row.posted),
  };
}

function accountOf({ holder_kind: holderKind, holder, zone, arch, resource }: AccountRow): AccountKey {
  return { holderKind, holder, zone, arch, resource };
}

export interface HoldFilter {
  readonly requestUid?: string;
  readonly states?: readonly HoldStateName[];
  /** Only holds that touch an account of this holder. */
  readonly holder?: { readonly kind: HolderKind; readonly name: string };
  /** `next` of the page before. */
  readonly after?: string;
  readonly limit?: number;
}

/** Holds with what they still have on each account, oldest first. */
export async function readHolds(books: Books, filter: HoldFilter = {}): Promise<Page<Hold>> {
  const limit = filter.limit ?? PAGE;
  let query = books
    .selectFrom('holds')
    .selectAll()
    .orderBy('id')
    .limit(limit + 1);
  if (filter.requestUid !== undefined) query = query.where('request_uid', '=', filter.requestUid);
  if (filter.states) query = query.where('state', 'in', [...filter.states]);
  if (filter.after !== undefined) query = query.where('id', '>', BigInt(filter.after));
  const { holder } = filter;
  if (holder) {
    query = query.where(({ exists, selectFrom }) =>
      exists(
        selectFrom('entries')
          .innerJoin('accounts', 'accounts.id', 'entries.account_id')
          .whereRef('entries.hold_id', '=', 'holds.id')
          .where('accounts.holder_kind', '=', holder.kind)
          .where('accounts.holder', '=', holder.name)
          .select('entries.line'),
      ),
    );
  }
  const rows = await query.execute();
  const items = await holdsOf(books, rows.slice(0, limit));
  const last = items.at(-1);
  return rows.length > limit && last ? { items, next: last.id } : { items };
}

/** All holds of a request, oldest first: the one that is pending is the newest. */
export async function holdsOfRequest(books: Books, requestUid: string): Promise<readonly Hold[]> {
  const holds: Hold[] = [];
  let after: string | undefined;
  do {
    const page = await readHolds(books, { requestUid, ...(after === undefined ? {} : { after }) });
    holds.push(...page.items);
    after = page.next;
  } while (after !== undefined);
  return holds;
}

/**
 * Of the holds of a request those that matter to what is next, oldest first: what is pending, posted or credited, the
 * newest, and the newest of a generation. Beside them how many there ever were.
 */
export async function holdsThatMatter(
  books: Books,
  requestUid: string,
  generation: number,
): Promise<{ readonly holds: readonly Hold[]; readonly taken: number }> {
  const { rows } = await sql<Selectable<BooksTables['holds']> & { taken: bigint }>`
    SELECT * FROM (
      SELECT *, count(*) OVER () AS taken, max(id) OVER () AS newest,
        max(id) FILTER (WHERE generation = ${generation}) OVER () AS newest_of_generation
      FROM books.holds WHERE request_uid = ${requestUid}
    ) AS held
    WHERE state IN ('pending', 'posted', 'credited') OR id IN (newest, newest_of_generation)
    ORDER BY id`.execute(books);
  return { holds: await holdsOf(books, rows), taken: Number(rows[0]?.taken ?? 0) };
}

async function holdsOf(books: Books, rows: readonly Selectable<BooksTables['holds']>[]): Promise<Hold[]> {
  const lines = await linesOf(
    books,
    rows.map((row) => row.id),
  );
  return rows.map((row) => holdOf(row, lines.get(row.id) ?? []));
}

/** A row of holds, its numbers as the driver or as JSON gives them. */
export type HoldRow = Omit<Selectable<BooksTables['holds']>, HoldNumber> &
  Readonly<Record<HoldNumber, bigint | string>>;
type HoldNumber = 'id' | 'generation' | 'origin_generation';

/** @param lines what the hold still has on each account */
export function holdOf(row: HoldRow, lines: readonly HoldLine[]): Hold {
  return {
    id: String(row.id),
    requestUid: row.request_uid,
    generation: Number(row.generation),
    attempt: row.attempt,
    state: row.state,
    origin: { requestUid: row.origin_uid, generation: Number(row.origin_generation) },
    ticket: row.ticket,
    document: row.document,
    expiresAt: row.expires_at,
    recordedAt: row.recorded_at,
    lines,
  };
}

async function linesOf(books: Books, ids: readonly bigint[]): Promise<Map<bigint, HoldLine[]>> {
  const sums = await books
    .selectFrom('entries')
    .innerJoin('accounts', 'accounts.id', 'entries.account_id')
    .where('hold_id', '=', sql<bigint>`ANY (${[...ids]}::bigint[])`)
    .where('leg', 'in', ['pending', 'posted'])
    .groupBy(['hold_id', 'leg', 'accounts.id'])
    .orderBy('accounts.id')
    .select(['hold_id', 'leg', 'holder_kind', 'holder', 'zone', 'arch', 'resource'])
    .select(sql<bigint>`sum(amount)::bigint`.as('amount'))
    .execute();
  const byHold = new Map<bigint, Map<string, HoldLine>>();
  for (const row of sums) {
    if (row.hold_id === null) continue;
    const lines = byHold.get(row.hold_id) ?? new Map<string, HoldLine>();
    byHold.set(row.hold_id, lines);
    const account = accountOf(row);
    addToLine(lines, account, [{ leg: row.leg, amount: amountOf(account, row.amount) }]);
  }
  return new Map(
    [...byHold].map(([id, lines]) => [
      id,
      [...lines.values()].filter((line) => !line.pending.isZero() || !line.posted.isZero()),
    ]),
  );
}

export interface AuditRow {
  readonly seq: string;
  readonly at: Date;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly body: Canonical;
  readonly hash: string;
}

export interface AuditFilter {
  readonly actor?: string;
  readonly action?: string;
  readonly subject?: string;
  readonly from?: Date;
  readonly until?: Date;
  /** The newest first, instead of the oldest. */
  readonly newestFirst?: boolean;
  /** `next` of the page before. */
  readonly after?: string;
  readonly limit?: number;
}

/** Audit records, in the order of the chain or against it. */
export async function readAudit(books: Books, filter: AuditFilter = {}): Promise<Page<AuditRow>> {
  const { limit = PAGE, newestFirst = false } = filter;
  let query = books
    .selectFrom('audit')
    .select(['seq', 'at', 'actor', 'action', 'subject', 'body', 'hash'])
    .orderBy('seq', newestFirst ? 'desc' : 'asc')
    .limit(limit + 1);
  if (filter.actor !== undefined) query = query.where('actor', '=', filter.actor);
  if (filter.action !== undefined) query = query.where('action', '=', filter.action);
  if (filter.subject !== undefined) query = query.where('subject', '=', filter.subject);
  if (filter.from) query = query.where('at', '>=', filter.from);
  if (filter.until) query = query.where('at', '<', filter.until);
  if (filter.after !== undefined) {
    query = query.where('seq', newestFirst ? '<' : '>', BigInt(filter.after));
  }
  const rows = await query.execute();
  const items = rows.slice(0, limit).map((row) => ({ ...row, seq: String(row.seq) }));
  const last = items.at(-1);
  return rows.length > limit && last ? { items, next: last.seq } : { items };
}
