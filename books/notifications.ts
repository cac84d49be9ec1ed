import { sql } from 'kysely';
import type { Notice } from '../domain/notification/notices.ts';
import { type Books, databaseTime } from './database.ts';
import { type Session, write } from './session.ts';

/** A notice that waits for its delivery. */
export interface WaitingNotice {
  readonly id: string;
  /** When the books had it first, RFC 3339. */
  readonly at: string;
  readonly attempts: number;
  readonly notice: Notice;
}

/** What a receiver has not had yet. */
export interface Backlog {
  readonly waiting: number;
  /** How long the oldest of them has waited, in seconds of database time; 0 without any. */
  readonly oldestSeconds: number;
}

const MOST_PROBLEM = 500;

/**
 * Puts notices into the outbox of every receiver. One that is there already, by its key, is left as it is.
 * @throws GovError E_FENCED
 */
export async function recordNotices(
  session: Session,
  receivers: readonly string[],
  notices: readonly Notice[],
): Promise<void> {
  const rows = receivers.flatMap((receiver) => notices.map((notice) => ({ receiver, notice })));
  if (rows.length === 0) return;
  await write(session, async ({ trx }) => {
    await sql`
      INSERT INTO books.notifications (receiver, key, body, recorded_at, attempts, next_at)
      SELECT receiver, key, body, ${databaseTime}, 0, ${databaseTime}
      FROM unnest(${rows.map(({ receiver }) => receiver)}::text[], ${rows.map(({ notice }) => notice.key)}::text[],
        ${rows.map(({ notice }) => JSON.stringify(notice))}::jsonb[]) AS row (receiver, key, body)
      ON CONFLICT (receiver, key) DO NOTHING`.execute(trx);
  });
}

/** Notices of a receiver whose time has come, the longest due first: those that fail again and again keep none waiting. */
export async function noticesToDeliver(
  books: Books,
  receiver: string,
  limit: number,
): Promise<readonly WaitingNotice[]> {
  const { rows } = await sql<{ id: string; at: Date; attempts: number; body: Notice }>`
    SELECT id::text, recorded_at AS at, attempts, body FROM books.notifications
    WHERE receiver = ${receiver} AND delivered_at IS NULL AND next_at <= ${databaseTime}
    ORDER BY next_at, notifications.id LIMIT ${limit}`.execute(books);
  return rows.map(({ id, at, attempts, body }) => ({ id, at: at.toISOString(), attempts, notice: body }));
}

/** Notes that a receiver has had a notice. @throws GovError E_FENCED */
export async function noticeDelivered(session: Session, id: string): Promise<void> {
  await write(session, async ({ trx }) => {
    await sql`
      UPDATE books.notifications SET attempts = attempts + 1, delivered_at = ${databaseTime}, problem = NULL
      WHERE id = ${id}::bigint AND delivered_at IS NULL`.execute(trx);
  });
}

/** Notes that a receiver did not take a notice, and after how long it is tried again. @throws GovError E_FENCED */
export async function noticeFailed(
  session: Session,
  id: string,
  problem: string,
  againInMs: number,
): Promise<void> {
  await write(session, async ({ trx }) => {
    await sql`
      UPDATE books.notifications SET attempts = attempts + 1, problem = ${problem.slice(0, MOST_PROBLEM)},
        next_at = ${databaseTime} + make_interval(secs => ${againInMs / 1000})
      WHERE id = ${id}::bigint AND delivered_at IS NULL`.execute(trx);
  });
}

/** What waits for a receiver. */
export async function backlogOf(books: Books, receiver: string): Promise<Backlog> {
  const { rows } = await sql<Backlog>`
    SELECT count(*)::integer AS waiting,
      coalesce(extract(epoch FROM ${databaseTime} - min(recorded_at)), 0)::float AS "oldestSeconds"
    FROM books.notifications WHERE receiver = ${receiver} AND delivered_at IS NULL`.execute(books);
  return rows[0] ?? { waiting: 0, oldestSeconds: 0 };
}
