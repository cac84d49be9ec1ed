import { sql } from 'kysely';
import type { AccountKey, Demand } from '../domain/quota/fit.ts';
import type { Books } from './database.ts';
import { amountOf, type Origin } from './picture.ts';

/** The serial number of a request, if it has one. */
export async function serialOf(books: Books, requestUid: string): Promise<string | undefined> {
  const row = await books
    .selectFrom('serials')
    .select('serial')
    .where('request_uid', '=', requestUid)
    .executeTakeFirst();
  return row?.serial;
}

/** Another request with a pending hold for a change of the same allocation, by name. */
export async function rivalOf(
  books: Books,
  requestUid: string,
  targetUid: string,
): Promise<string | undefined> {
  const row = await books
    .selectFrom('holds')
    .select(sql<string>`document #>> '{request,name}'`.as('name'))
    .where('state', '=', 'pending')
    .where('request_uid', '<>', requestUid)
    .where(sql<string>`document #>> '{spec,target,uid}'`, '=', targetUid)
    .limit(1)
    .executeTakeFirst();
  return row?.name;
}

/** What an origin still has posted on each account, over all holds that added to it. */
export async function postedOf(books: Books, origin: Origin): Promise<readonly Demand[]> {
  const rows = await books
    .selectFrom('holds')
    .innerJoin('entries', 'entries.hold_id', 'holds.id')
    .innerJoin('accounts', 'accounts.id', 'entries.account_id')
    .where('holds.origin_uid', '=', origin.requestUid)
    .where('holds.origin_generation', '=', BigInt(origin.generation))
    .where('entries.leg', '=', 'posted')
    .groupBy('accounts.id')
    .orderBy('accounts.id')
    .select(['holder_kind', 'holder', 'zone', 'arch', 'resource'])
    .select(sql<bigint>`sum(entries.amount)::bigint`.as('amount'))
    .execute();
  return rows
    .map((row) => {
      const { holder_kind: holderKind, holder, zone, arch, resource } = row;
      const account: AccountKey = { holderKind, holder, zone, arch, resource };
      return { account, amount: amountOf(account, row.amount) };
    })
    .filter(({ amount }) => !amount.isZero());
}

/** Whether a credit was given under this key: it is given once, whatever is left to credit now. */
export async function isCredited(books: Books, key: Origin & { readonly attempt: number }): Promise<boolean> {
  const row = await books
    .selectFrom('transactions')
    .select('id')
    .where('request_uid', '=', key.requestUid)
    .where('generation', '=', BigInt(key.generation))
    .where('attempt', '=', key.attempt)
    .where('step', '=', 'credit')
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * The generation of an object when it last set limits, from when that counts, and how often it did so in another one, and
 * since when. After a repair the last one may be lower than one before.
 */
export async function lastLimitOf(
  books: Books,
  requestUid: string,
  generation: number,
): Promise<
  | {
      readonly generation: number;
      readonly effectiveAt: Date;
      readonly attempts: number;
      /** From when the first of them counts; undefined while there is none. */
      readonly since: Date | undefined;
    }
  | undefined
> {
  const { rows } = await sql<{
    generation: string;
    effective_at: Date;
    attempts: number | null;
    since: Date | null;
  }>`
    SELECT last.generation::text, last.effective_at, here.attempts, here.since
    FROM books.transactions AS last, (
      SELECT max(attempt) AS attempts, min(effective_at) AS since FROM books.transactions
      WHERE request_uid = ${requestUid} AND step = 'limit' AND generation = ${generation}) AS here
    WHERE last.request_uid = ${requestUid} AND last.step = 'limit'
    ORDER BY last.id DESC LIMIT 1`.execute(books);
  const [row] = rows;
  if (!row) return undefined;
  return {
    generation: Number(row.generation),
    effectiveAt: row.effective_at,
    attempts: row.attempts ?? 0,
    since: row.since ?? undefined,
  };
}

/** How a row of opening stock stands: never entered, still posted, or given back since. */
export async function stockStateOf(books: Books, row: Origin): Promise<'absent' | 'posted' | 'credited'> {
  const hold = await books
    .selectFrom('holds')
    .select('state')
    .where('request_uid', '=', row.requestUid)
    .where('generation', '=', BigInt(row.generation))
    .executeTakeFirst();
  return hold === undefined ? 'absent' : hold.state === 'credited' ? 'credited' : 'posted';
}

/** For how many seconds the oldest hold that has expired is still pending, by database time; 0 when there is none. */
export async function overdueHolds(books: Books): Promise<number> {
  const { rows } = await sql<{ seconds: number }>`
    SELECT coalesce(extract(epoch FROM clock_timestamp() - min(expires_at)), 0)::float8 AS seconds
    FROM books.holds WHERE state = 'pending' AND expires_at < clock_timestamp()`.execute(books);
  return rows[0]?.seconds ?? 0;
}
