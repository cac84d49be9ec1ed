import { sql, type Transaction } from 'kysely';
import { type Canonical, digestOf } from '../domain/canonical.ts';
import type { booksFindings } from '../messages/books.ts';
import type { Books, BooksTables, Leg } from './database.ts';
import { decisionBody } from './decisions.ts';
import { entryText } from './picture.ts';

/** Something that does not agree. The text of `code` is in messages/books.ts and takes the other members. */
export interface Finding {
  readonly code: keyof typeof booksFindings;
  readonly where: string;
  readonly params: Readonly<Record<string, string>>;
}

type Trx = Transaction<BooksTables>;

/**
 * Recomputes what the books say of themselves, on one snapshot: balances from entries, legs that sum to zero,
 * holds against their entries, and every transaction, hold and decision against its audit record. Whether the
 * audit records themselves are whole is `verifyAudit`'s question.
 * @returns what does not agree; empty when all does
 */
export async function verifyBooks(books: Books): Promise<readonly Finding[]> {
  return books
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (trx) => [
      ...(await checkBalances(trx)),
      ...(await checkLegs(trx)),
      ...(await checkHolds(trx)),
      ...(await checkTransactions(trx)),
      ...(await checkDecisions(trx)),
    ]);
}

const accountPathSql = sql<string>`concat_ws('/', holder_kind, holder, zone, arch, resource)`;

async function checkBalances(trx: Trx): Promise<Finding[]> {
  const { rows } = await sql<{ path: string; what: string; found: string; expected: string }>`
    SELECT path, what, found::text, expected::text FROM (
      SELECT ${accountPathSql} AS path, accounts.*,
        -coalesce(sum(amount) FILTER (WHERE leg = 'limit'), 0) AS entries_hard,
        coalesce(sum(amount) FILTER (WHERE leg = 'pending'), 0) AS entries_pending,
        coalesce(sum(amount) FILTER (WHERE leg = 'posted'), 0) AS entries_posted
      FROM books.accounts LEFT JOIN books.entries ON entries.account_id = accounts.id
      GROUP BY accounts.id
    ) AS account CROSS JOIN LATERAL (VALUES
      ('hard', hard, entries_hard), ('pending', pending, entries_pending), ('posted', posted, entries_posted)
    ) AS balance (what, found, expected)
    WHERE found <> expected ORDER BY path, what`.execute(trx);
  return rows.map(({ path, ...params }) => ({ code: 'BALANCE', where: path, params }));
}

async function checkLegs(trx: Trx): Promise<Finding[]> {
  const { rows } = await sql<{ id: string; account: string; found: string }>`
    SELECT transaction_id::text AS id, ${accountPathSql} AS account, sum(amount)::text AS found
    FROM books.entries JOIN books.accounts ON accounts.id = account_id
    GROUP BY transaction_id, accounts.id HAVING sum(amount) <> 0 ORDER BY transaction_id, account`.execute(
    trx,
  );
  return rows.map(({ id, ...params }) => ({ code: 'LEGS', where: id, params }));
}

/** Only a pending hold has pending amounts, only a posted one posted amounts. */
async function checkHolds(trx: Trx): Promise<Finding[]> {
  const { rows } = await sql<{ id: string; state: string; what: string; found: string }>`
    SELECT DISTINCT holds.id::text, state, leg AS what, sum(amount)::text AS found
    FROM books.holds JOIN books.entries ON hold_id = holds.id AND leg IN ('pending', 'posted')
    GROUP BY holds.id, leg, account_id
    HAVING sum(amount) < 0 OR (sum(amount) > 0 AND leg <> state) ORDER BY 1`.execute(trx);
  return rows.map(({ id, ...params }) => ({ code: 'HOLD', where: id, params }));
}

interface TransactionRow {
  id: string;
  step: string;
  request_uid: string;
  generation: string;
  attempt: number;
  digest: string;
  hold_id: string | null;
  effective_at: Date;
  entries: { account: string; leg: Leg; amount: string; hold: string | null }[];
  document: Canonical | null;
  audited: { action: string; subject: string; body: { [key: string]: Canonical } } | null;
}

const PAGE = 1000;

async function checkTransactions(trx: Trx): Promise<Finding[]> {
  const findings: Finding[] = [];
  let after = '0';
  for (;;) {
    const { rows } = await sql<TransactionRow>`
      SELECT t.id::text, t.step, t.request_uid, t.generation::text, t.attempt, t.digest, t.hold_id::text,
        t.effective_at,
        (SELECT coalesce(json_agg(json_build_object('account', ${accountPathSql}, 'leg', leg,
            'amount', amount::text, 'hold', e.hold_id::text) ORDER BY line), '[]')
          FROM books.entries e JOIN books.accounts ON accounts.id = e.account_id
          WHERE e.transaction_id = t.id) AS entries,
        (SELECT document FROM books.holds WHERE t.step IN ('open', 'hold', 'replace') AND holds.id = t.hold_id)
          AS document,
        (SELECT json_build_object('action', action, 'subject', subject, 'body', body) FROM books.audit
          WHERE subject = t.request_uid AND action = 'ledger.' || t.step AND body->>'transaction' = t.id::text
          ORDER BY seq LIMIT 1) AS audited
      FROM books.transactions t WHERE t.id > ${after}::bigint ORDER BY t.id LIMIT ${PAGE}`.execute(trx);
    for (const row of rows) findings.push(...checkTransaction(row));
    const last = rows.at(-1);
    if (!last || rows.length < PAGE) break;
    after = last.id;
  }
  const { rows: vanished } = await sql<{ id: string }>`
    SELECT body->>'transaction' AS id FROM books.audit
    WHERE starts_with(action, 'ledger.') AND NOT EXISTS (
      SELECT FROM books.transactions WHERE transactions.id = (body->>'transaction')::bigint)
    ORDER BY seq`.execute(trx);
  const { rows: orphans } = await sql<{ id: string }>`
    SELECT DISTINCT transaction_id::text AS id FROM books.entries
    WHERE NOT EXISTS (SELECT FROM books.transactions WHERE id = transaction_id) ORDER BY 1`.execute(trx);
  return [
    ...findings,
    ...vanished.map(({ id }): Finding => ({ code: 'VANISHED', where: id, params: {} })),
    ...orphans.map(({ id }): Finding => ({ code: 'ORPHAN', where: id, params: {} })),
  ];
}

function checkTransaction(row: TransactionRow): Finding[] {
  if (!row.audited) return [{ code: 'UNAUDITED', where: row.id, params: {} }];
  const { body } = row.audited;
  const found = {
    generation: Number(row.generation),
    attempt: row.attempt,
    digest: row.digest,
    hold: row.hold_id,
    effectiveAt: row.effective_at.toISOString(),
    entries: row.entries.map((entry) =>
      entryText({
        account: entry.account,
        holdId: entry.hold === null ? null : BigInt(entry.hold),
        leg: entry.leg,
        amount: BigInt(entry.amount),
      }),
    ),
  };
  const { generation, attempt, digest, hold, effectiveAt, entries } = body;
  const recorded = { generation, attempt, digest, hold, effectiveAt, entries };
  const findings: Finding[] = [];
  if (digestOf(recorded) !== digestOf(found)) {
    const params = { expected: JSON.stringify(recorded), found: JSON.stringify(found) };
    findings.push({ code: 'TRANSACTION', where: row.id, params });
  }
  if (row.document !== null && row.hold_id !== null && digestOf(row.document) !== body['document']) {
    findings.push({ code: 'DOCUMENT', where: row.hold_id, params: {} });
  }
  return findings;
}

async function checkDecisions(trx: Trx): Promise<Finding[]> {
  const rows = await trx.selectFrom('decisions').selectAll().orderBy('id').execute();
  const { rows: audited } = await sql<{ decision: string; body: { [key: string]: Canonical } }>`
    SELECT body->>'decision' AS decision, body FROM books.audit
    WHERE action IN ('decision.record', 'decision.carry') ORDER BY seq`.execute(trx);
  const bodies = new Map(
    audited.map(({ decision, body: { recordedBy, ...body } }) => [decision, digestOf(body)]),
  );
  const findings: Finding[] = [];
  for (const row of rows) {
    const id = String(row.id);
    if (bodies.get(id) !== digestOf(decisionBody(row)))
      findings.push({ code: 'DECISION', where: id, params: {} });
    bodies.delete(id);
  }
  return [
    ...findings,
    ...[...bodies.keys()].map((id): Finding => ({ code: 'DECISION', where: id, params: {} })),
  ];
}
