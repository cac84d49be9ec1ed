import { sql, type Transaction } from 'kysely';
import { type Canonical, canonicalJson, sm3 } from '../domain/canonical.ts';
import { type Books, type BooksTables, databaseTime, exactTime } from './database.ts';

/** What an audit record says, before it has its place in the chain. */
export interface AuditRecord {
  /** Who did it: the account of the person or of the operator. */
  readonly actor: string;
  /** `ledger.<step>`, `decision.record`, `decision.carry`, `serial.assign`, `request.close`, `epoch.take`. */
  readonly action: string;
  /** The uid of the object, or the account, that it is about. */
  readonly subject: string;
  readonly body: Canonical;
}

/** A place in the chain, to be kept outside the database: what it covers cannot be rewritten unseen. */
export interface Checkpoint {
  readonly seq: bigint;
  readonly hash: string;
}

/** The first row that does not hold, and why. With `gap` that row is missing. */
interface AuditFault {
  readonly seq: bigint;
  readonly fault: 'hash' | 'previous' | 'gap' | 'head' | 'checkpoint';
}

export type AuditVerdict =
  | { readonly ok: true; readonly rows: bigint; readonly head: Checkpoint }
  | ({ readonly ok: false } & AuditFault);

const genesis: Checkpoint = { seq: 0n, hash: '0'.repeat(64) };

/** The link of a row: SM3 over canonical JSON of all that the row says and of the link before it. */
function link(row: { seq: string; at: string; previous: string } & AuditRecord): string {
  const { seq, at, actor, action, subject, body, previous } = row;
  return sm3(canonicalJson({ seq, at, actor, action, subject, body, previous }));
}

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
  let { seq, hash } = head;
  const rows = records.map((record) => {
    seq += 1n;
    const previous = hash;
    hash = link({ ...record, seq: String(seq), at, previous });
    return { ...record, seq, previous, hash };
  });
  const column = <K extends keyof (typeof rows)[number]>(name: K) => rows.map((row) => row[name]);
  await sql`
    INSERT INTO books.audit (seq, at, actor, action, subject, body, previous, hash)
    SELECT seq, ${at}::timestamptz, actor, action, subject, body, previous, hash
    FROM unnest(${column('seq')}::bigint[], ${column('actor')}::text[], ${column('action')}::text[],
      ${column('subject')}::text[], ${rows.map((row) => canonicalJson(row.body))}::jsonb[],
      ${column('previous')}::text[], ${column('hash')}::text[])
      AS row (seq, actor, action, subject, body, previous, hash)`.execute(trx);
  await trx.updateTable('audit_head').set({ seq, hash }).execute();
}

/** The chain's newest link, for a checkpoint kept outside the database. */
export async function auditHead(books: Books): Promise<Checkpoint> {
  return books.selectFrom('audit_head').select(['seq', 'hash']).executeTakeFirstOrThrow();
}

interface RawRow {
  seq: string;
  at: string;
  actor: string;
  action: string;
  subject: string;
  body: string;
  previous: string;
  hash: string;
}

const PAGE = 1000;

/**
 * Walks the whole chain on the rows as they are stored and names the first that does not hold: a changed row
 * (`hash`), a re-ordered one (`previous`), one that is missing, at the end too when the head or a checkpoint kept
 * outside knows of it (`gap`), one that the head does not know (`head`), or that is not what a checkpoint says
 * (`checkpoint`).
 */
export async function verifyAudit(
  books: Books,
  checkpoints: readonly Checkpoint[] = [],
): Promise<AuditVerdict> {
  return books
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (trx) => {
      const expected = Map.groupBy(checkpoints, ({ seq }) => seq);
      const misses = ({ seq, hash }: Checkpoint) => expected.get(seq)?.some((it) => it.hash !== hash);
      let last = genesis;
      if (misses(last)) return { ok: false, seq: last.seq, fault: 'checkpoint' };
      for (;;) {
        const { rows } = await sql<RawRow>`
          SELECT seq::text, ${exactTime('audit.at')} AS at, actor, action, subject, body::text, previous, hash
          FROM books.audit WHERE seq > ${last.seq} ORDER BY audit.seq LIMIT ${PAGE}`.execute(trx);
        for (const row of rows) {
          const fault = faultOf(row, last);
          const seq = last.seq + 1n;
          if (fault) return { ok: false, seq, fault };
          last = { seq, hash: row.hash };
          if (misses(last)) return { ok: false, seq, fault: 'checkpoint' };
        }
        if (rows.length < PAGE) break;
      }
      const head = await trx.selectFrom('audit_head').select(['seq', 'hash']).executeTakeFirst();
      const { seq } = last;
      // The head or a checkpoint knows of rows after the last: the first of them is missing.
      if ([...(head ? [head] : []), ...checkpoints].some((known) => known.seq > seq)) {
        return { ok: false, seq: seq + 1n, fault: 'gap' };
      }
      if (!head || head.seq < seq) return { ok: false, seq: (head?.seq ?? 0n) + 1n, fault: 'head' };
      if (head.hash !== last.hash) return { ok: false, seq, fault: 'head' };
      return { ok: true, rows: last.seq, head: last };
    });
}

function faultOf(row: RawRow, last: Checkpoint): AuditFault['fault'] | undefined {
  if (BigInt(row.seq) !== last.seq + 1n) return 'gap';
  if (row.previous !== last.hash) return 'previous';
  return row.hash === linkOfRaw(row) ? undefined : 'hash';
}

/** The link that a stored row should have; undefined when its body is nothing that was ever hashed. */
function linkOfRaw(row: RawRow): string | undefined {
  try {
    return link({ ...row, body: JSON.parse(row.body) as Canonical });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
