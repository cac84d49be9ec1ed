import { type RawBuilder, sql, type Transaction } from 'kysely';
import type { AuditRecord } from '../domain/audit/chain.ts';
import { appendAudit } from './audit.ts';
import { type Books, type BooksTables, databaseTime } from './database.ts';
import { demandEpoch } from './fence.ts';

/** Who writes: the operator's name and the epoch that it took when it became the leader. */
export interface Session {
  readonly books: Books;
  readonly epoch: bigint;
  readonly actor: string;
}

/** A write in progress. */
export interface Write {
  readonly trx: Transaction<BooksTables>;
  /** Puts a record into the audit chain when the write commits. */
  record(record: AuditRecord): void;
}

/**
 * The fence as an advisory lock: shared by writes, whole for whoever takes an epoch. Unlike the lock of a row it is
 * given in the order in which it was asked for, so writes that follow one another do not keep a successor out.
 */
const FENCE = sql`1, 1`;

/**
 * Takes the next epoch for a new leader. It waits for writes under way, and those that come later wait for it; every
 * write with an older epoch then changes nothing and fails with E_FENCED.
 */
export async function takeEpoch(books: Books, holder: string): Promise<bigint> {
  return books
    .transaction()
    .setIsolationLevel('read committed')
    .execute(async (trx) => {
      await sql`SELECT pg_advisory_xact_lock(${FENCE})`.execute(trx);
      return moveFence(trx, holder, sql`epoch + 1`);
    });
}

/**
 * Gives the fence to a holder, and says so in the audit chain after `before`; the transaction's last act.
 * @param next the new epoch, from the old one
 */
export async function moveFence(
  trx: Transaction<BooksTables>,
  holder: string,
  next: RawBuilder<bigint>,
  before: readonly AuditRecord[] = [],
): Promise<bigint> {
  const { epoch, taken_at } = await trx
    .updateTable('fence')
    .set({ epoch: next, holder, taken_at: databaseTime })
    .returning(['epoch', 'taken_at'])
    .executeTakeFirstOrThrow();
  const body = { epoch: String(epoch), takenAt: taken_at.toISOString() };
  await appendAudit(trx, [...before, { actor: holder, action: 'epoch.take', subject: holder, body }]);
  return epoch;
}

/**
 * Runs a write in one transaction: checks the epoch first, appends the audit records last. Locks are always
 * taken in this order, so that no two writes deadlock: fence (shared), keys (sorted), accounts (by id),
 * counters, head of the audit chain.
 * @throws GovError E_FENCED when another leader has taken over; nothing is then written
 */
export async function write<T>(session: Session, work: (write: Write) => Promise<T>): Promise<T> {
  return session.books
    .transaction()
    .setIsolationLevel('read committed')
    .execute(async (trx) => {
      // A statement of its own: what is read after it is as whoever held the fence left it.
      await sql`SELECT pg_advisory_xact_lock_shared(${FENCE})`.execute(trx);
      const fence = await trx.selectFrom('fence').select('epoch').executeTakeFirstOrThrow();
      demandEpoch(session.epoch, fence.epoch);
      const records: AuditRecord[] = [];
      const result = await work({ trx, record: (record) => void records.push(record) });
      if (records.length > 0) await appendAudit(trx, records);
      return result;
    });
}

/**
 * Locks keys until the transaction ends, sorted, so that all writes about one object follow each other even
 * before it has any row. Two keys may share a lock: that only makes them wait for each other.
 */
export async function lockKeys(trx: Transaction<BooksTables>, keys: readonly string[]): Promise<void> {
  await sql`
    SELECT pg_advisory_xact_lock(lock) FROM (
      SELECT DISTINCT hashtextextended(key, 0) AS lock FROM unnest(${[...keys]}::text[]) AS keys (key) ORDER BY 1
    ) AS sorted`.execute(trx);
}
