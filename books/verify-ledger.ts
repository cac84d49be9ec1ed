import { sql, type Transaction } from 'kysely';
import type { Canonical } from '../domain/canonical.ts';
import { type BooksTables, exactTime, type Leg } from './database.ts';
import { entryText } from './picture.ts';
import {
  accountPathSql,
  type Body,
  differences,
  digestOrNone,
  type Finding,
  type Findings,
  MAX_FINDINGS,
  VERIFY_PAGE,
} from './finding.ts';

type Trx = Transaction<BooksTables>;

/**
 * Holds against their entries (only a pending hold has pending amounts, only a posted one posted amounts), and the
 * state of each against the transactions that made it so.
 */
export async function* checkHolds(trx: Trx): Findings {
  const { rows: left } = await sql<{ id: string; state: string; what: string; found: string }>`
    SELECT DISTINCT holds.id::text, state, leg AS what, sum(amount)::text AS found
    FROM books.holds JOIN books.entries ON hold_id = holds.id AND leg IN ('pending', 'posted')
    GROUP BY holds.id, leg, account_id
    HAVING sum(amount) < 0 OR (sum(amount) > 0 AND leg <> state) ORDER BY 1 LIMIT ${MAX_FINDINGS}`.execute(
    trx,
  );
  for (const { id, ...params } of left) yield { code: 'HOLD', where: id, params };
  const { rows: states } = await sql<{ id: string; state: string; expected: string | null }>`
    WITH taken AS (
      SELECT hold_id, bool_or(step = 'void') AS void, bool_or(step = 'expire') AS expired,
        bool_or(step IN ('post', 'transfer', 'open')) AS posted
      FROM books.transactions WHERE hold_id IS NOT NULL
      GROUP BY hold_id HAVING bool_or(step IN ('hold', 'replace', 'open'))
    ), line AS (
      SELECT entries.hold_id, bool_or(step IN ('credit', 'transfer')) AS credited,
        coalesce(sum(amount) FILTER (WHERE leg = 'posted'), 0) AS posted
      FROM books.entries JOIN books.transactions ON transactions.id = transaction_id
      WHERE entries.hold_id IS NOT NULL GROUP BY entries.hold_id, account_id
    ), used AS (
      SELECT hold_id, bool_or(credited) AND bool_and(posted = 0) AS up FROM line GROUP BY hold_id
    )
    SELECT id::text, state, expected FROM (
      SELECT holds.id, state, CASE
        WHEN taken.hold_id IS NULL THEN NULL
        WHEN holds.id::text IN (SELECT body->>'replaces' FROM books.audit WHERE action = 'ledger.replace')
          THEN 'replaced'
        WHEN void THEN 'void'
        WHEN expired THEN 'expired'
        WHEN posted AND used.up THEN 'credited'
        WHEN posted THEN 'posted'
        ELSE 'pending' END AS expected
      FROM books.holds LEFT JOIN taken ON taken.hold_id = holds.id LEFT JOIN used ON used.hold_id = holds.id
    ) AS hold WHERE state IS DISTINCT FROM expected ORDER BY hold.id LIMIT ${MAX_FINDINGS}`.execute(trx);
  for (const { id, state, expected } of states) {
    yield expected === null
      ? { code: 'UNTAKEN', where: id, params: { state } }
      : { code: 'HOLD_STATE', where: id, params: { state, expected } };
  }
}

interface TransactionRow {
  id: string;
  step: string;
  request_uid: string;
  generation: string;
  attempt: number;
  digest: string;
  hold_id: string | null;
  epoch: string;
  effective_at: string;
  recorded_at: string;
  entries: { account: string; leg: Leg; amount: string; hold: string | null }[];
  hold: HoldRow | null;
  body: Body | null;
}

/** The hold that a transaction took. */
interface HoldRow {
  key: string;
  origin: string;
  ticket: string;
  document: Canonical;
  expiresAt: string | null;
  recordedAt: string;
}

/** Every transaction, its entries and the hold that it took against its audit record, and none missing. */
export async function* checkTransactions(trx: Trx): Findings {
  let after = '0';
  for (;;) {
    const { rows } = await sql<TransactionRow>`
      SELECT t.id::text, t.step, t.request_uid, t.generation::text, t.attempt, t.digest, t.hold_id::text,
        t.epoch::text, ${exactTime('t.effective_at')} AS effective_at, ${exactTime('t.recorded_at')} AS recorded_at,
        (SELECT coalesce(json_agg(json_build_object('account', ${accountPathSql}, 'leg', leg,
            'amount', amount::text, 'hold', e.hold_id::text) ORDER BY line), '[]')
          FROM books.entries e JOIN books.accounts ON accounts.id = e.account_id
          WHERE e.transaction_id = t.id) AS entries,
        (SELECT json_build_object('key', concat_ws('/', request_uid, generation, attempt),
            'origin', concat_ws('/', origin_uid, origin_generation), 'ticket', ticket, 'document', document,
            'expiresAt', ${exactTime('holds.expires_at')}, 'recordedAt', ${exactTime('holds.recorded_at')})
          FROM books.holds WHERE t.step IN ('open', 'hold', 'replace') AND holds.id = t.hold_id) AS hold,
        (SELECT body FROM books.audit
          WHERE subject = t.request_uid AND action = 'ledger.' || t.step AND body->>'transaction' = t.id::text
          ORDER BY seq LIMIT 1) AS body
      FROM books.transactions t WHERE t.id > ${after}::bigint ORDER BY t.id LIMIT ${VERIFY_PAGE}`.execute(
      trx,
    );
    for (const row of rows) yield* checkTransaction(row);
    const last = rows.at(-1);
    if (!last || rows.length < VERIFY_PAGE) break;
    after = last.id;
  }
  const { rows: vanished } = await sql<{ id: string }>`
    SELECT coalesce(body->>'transaction', seq::text) AS id FROM books.audit
    WHERE starts_with(action, 'ledger.') AND NOT EXISTS (
      SELECT FROM books.transactions WHERE transactions.id::text = body->>'transaction')
    ORDER BY seq LIMIT ${MAX_FINDINGS}`.execute(trx);
  for (const { id } of vanished) yield { code: 'VANISHED', where: id, params: {} };
  const { rows: orphans } = await sql<{ id: string }>`
    SELECT DISTINCT transaction_id::text AS id FROM books.entries
    WHERE NOT EXISTS (SELECT FROM books.transactions WHERE id = transaction_id)
    ORDER BY 1 LIMIT ${MAX_FINDINGS}`.execute(trx);
  for (const { id } of orphans) yield { code: 'ORPHAN', where: id, params: {} };
}

function* checkTransaction({ body, ...row }: TransactionRow): Generator<Finding> {
  if (!body) {
    yield { code: 'UNAUDITED', where: row.id, params: {} };
    return;
  }
  const found = {
    generation: Number(row.generation),
    attempt: row.attempt,
    digest: row.digest,
    hold: row.hold_id,
    epoch: row.epoch,
    effectiveAt: row.effective_at,
    recordedAt: row.recorded_at,
    entries: row.entries.map((entry) =>
      entryText({
        account: entry.account,
        holdId: entry.hold === null ? null : BigInt(entry.hold),
        leg: entry.leg,
        amount: BigInt(entry.amount),
      }),
    ),
  };
  const differs = differences(body, found);
  if (differs) yield { code: 'TRANSACTION', where: row.id, params: differs };
  if (['open', 'hold', 'replace'].includes(row.step)) yield* checkTaken(row, body);
}

/** The hold that a transaction took, against what the transaction's audit record says of it. */
function* checkTaken(row: Omit<TransactionRow, 'body'>, body: Body): Generator<Finding> {
  const { hold, hold_id: where = '-' } = row;
  const key = `${row.request_uid}/${row.generation}/${row.attempt}`;
  if (!hold || where === null) {
    yield { code: 'HOLD_TERMS', where: where ?? '-', params: { expected: key, found: '-' } };
    return;
  }
  const { document, ...terms } = hold;
  if (digestOrNone(document) !== body['document']) yield { code: 'DOCUMENT', where, params: {} };
  const differs = differences({ ...body, key }, terms);
  if (differs) yield { code: 'HOLD_TERMS', where, params: differs };
}
