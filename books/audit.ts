import { sql, type Transaction } from 'kysely';
import { type Canonical, canonicalJson, sm3 } from '../domain/canonical.ts';
import { type Books, type BooksTables, databaseTime } from './database.ts';

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
    .forUpdate()
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
 * (`hash`), a cut or re-ordered one (`previous`, `gap`), a chain that ends elsewhere than its head says
 * (`head`; its seq is the last row's), or that does not pass through a checkpoint kept outside (`checkpoint`).
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
      const expected = new Map(checkpoints.map((checkpoint) => [checkpoint.seq, checkpoint.hash]));
      let last = genesis;
      for (;;) {
        const { rows } = await sql<RawRow>`
          SELECT seq::text, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at,
            actor, action, subject, body::text, previous, hash
          FROM books.audit WHERE seq > ${last.seq} ORDER BY audit.seq LIMIT ${PAGE}`.execute(trx);
        for (const row of rows) {
          const fault = faultOf(row, last, expected);
          const seq = last.seq + 1n;
          if (fault) return { ok: false, seq, fault };
          last = { seq, hash: row.hash };
        }
        if (rows.length < PAGE) break;
      }
      const head = await trx.selectFrom('audit_head').select(['seq', 'hash']).executeTakeFirst();
      if (head?.seq !== last.seq || head.hash !== last.hash)
        return { ok: false, seq: last.seq, fault: 'head' };
      const beyond = checkpoints.find((checkpoint) => checkpoint.seq > last.seq);
      if (beyond) return { ok: false, seq: beyond.seq, fault: 'checkpoint' };
      return { ok: true, rows: last.seq, head: last };
    });
}

function faultOf(
  row: RawRow,
  last: Checkpoint,
  expected: ReadonlyMap<bigint, string>,
): AuditFault['fault'] | undefined {
  const seq = BigInt(row.seq);
  if (seq !== last.seq + 1n) return 'gap';
  if (row.previous !== last.hash) return 'previous';
  if (row.hash !== linkOfRaw(row)) return 'hash';
  const checkpoint = expected.get(seq);
  return checkpoint !== undefined && checkpoint !== row.hash ? 'checkpoint' : undefined;
}

/** The link that a stored row should have; undefined when its body is nothing that was ever hashed. */
function linkOfRaw(row: RawRow): string | undefined {
  try {
    // Rows are written to the millisecond; anything finer is not ours and keeps its digits, so its link differs.
    const at = row.at.replace(/000Z$/, 'Z');
    return link({ ...row, at, body: JSON.parse(row.body) as Canonical });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
