import { sql, type Transaction } from 'kysely';
import {
  type AuditRecord,
  type AuditVerdict,
  chained,
  ChainWalk,
  type Checkpoint,
  type StoredRecord,
} from '../domain/audit/chain.ts';
import { type Books, type BooksTables, databaseTime, exactTime, onSnapshot } from './database.ts';

/**
 * Appends records to the chain, in the transaction that did what they say. It locks the chain's head until
 * that transaction ends, so it must be the transaction's last act: everything else is locked before.
 */
export async function appendAudit(
  trx: Transaction<BooksTables>,
  records: readonly AuditRecord[],
): Promise<void> {
  const head = await trx
    .selectFrom('audit_head')
    .select(['seq', 'hash', databaseTime.as('now')])
    .forNoKeyUpdate()
    .executeTakeFirstOrThrow();
  const at = head.now.toISOString();
  const rows = chained(head, at, records);
  const column = <K extends keyof (typeof rows)[number]>(name: K) => rows.map((row) => row[name]);
  const { seq, hash } = rows.at(-1) ?? head;
  await sql`
    WITH appended AS (
      INSERT INTO books.audit (seq, at, actor, action, subject, body, previous, hash)
      SELECT seq, ${at}::timestamptz, actor, action, subject, body, previous, hash
      FROM unnest(${column('seq')}::bigint[], ${column('actor')}::text[], ${column('action')}::text[],
        ${column('subject')}::text[], ${rows.map((row) => JSON.stringify(row.body))}::jsonb[],
        ${column('previous')}::text[], ${column('hash')}::text[])
        AS row (seq, actor, action, subject, body, previous, hash)
    )
    UPDATE books.audit_head SET seq = ${seq}, hash = ${hash}`.execute(trx);
}

/** The chain's newest link, for a checkpoint kept outside the database. */
export async function auditHead(books: Books): Promise<Checkpoint> {
  return books.selectFrom('audit_head').select(['seq', 'hash']).executeTakeFirstOrThrow();
}

const PAGE = 1000;

/** Walks the whole chain on the rows as they are stored, on one snapshot, and names the first that does not hold. */
export function verifyAudit(books: Books, checkpoints: readonly Checkpoint[] = []): Promise<AuditVerdict> {
  return onSnapshot(books, (snapshot) => auditVerdictIn(snapshot, checkpoints));
}

/** As `verifyAudit`, in a transaction that is open already. */
export async function auditVerdictIn(trx: Books, checkpoints: readonly Checkpoint[]): Promise<AuditVerdict> {
  const walk = new ChainWalk(checkpoints);
  let reading = pageAfter(trx, '0');
  for (;;) {
    const rows = await reading;
    const last = rows.at(-1);
    // The database reads the next page while this one is walked.
    if (last && rows.length === PAGE) reading = pageAfter(trx, last.seq);
    for (const row of rows) {
      const fault = walk.next(row);
      if (!fault) continue;
      await reading;
      return { ok: false, ...fault };
    }
    if (rows.length < PAGE) break;
  }
  return walk.end(await trx.selectFrom('audit_head').select(['seq', 'hash']).executeTakeFirst());
}

/** A page as one value: row by row, the way here would cost as much as the hashing. */
async function pageAfter(trx: Books, seq: string): Promise<readonly StoredRecord[]> {
  const { rows } = await sql<{ page: string }>`
    SELECT coalesce(json_agg(record), '[]')::text AS page FROM (
      SELECT seq::text, ${exactTime('audit.at')} AS at, actor, action, subject, body::text, previous, hash
      FROM books.audit WHERE seq > ${seq} ORDER BY audit.seq LIMIT ${PAGE}
    ) AS record`.execute(trx);
  return JSON.parse(rows[0]?.page ?? '[]') as readonly StoredRecord[];
}
