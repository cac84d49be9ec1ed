import { sql, type Transaction } from 'kysely';
import { type Books, type BooksTables, onSnapshot } from './database.ts';
import { accountPathSql, type Finding, type Findings, MAX_FINDINGS } from './finding.ts';
import { checkHolds, checkTransactions } from './verify-ledger.ts';
import { checkClosedRequests, checkDecisions, checkFence, checkSerials } from './verify-records.ts';

type Trx = Transaction<BooksTables>;

/**
 * Recomputes what the books say of themselves, on one snapshot: balances from entries, legs that sum to zero,
 * holds from their transactions, and every row that is kept against its audit record, both ways. Whether the audit
 * records themselves are whole is `verifyAudit`'s question.
 * @returns what does not agree, at most MAX_FINDINGS of it; empty when all does
 */
export function verifyBooks(books: Books): Promise<readonly Finding[]> {
  return onSnapshot(books, findingsIn);
}

/** As `verifyBooks`, in a transaction that is open already. */
export async function findingsIn(trx: Trx): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const checks = [
    checkBalances,
    checkLegs,
    checkHolds,
    checkTransactions,
    checkDecisions,
    checkSerials,
    checkClosedRequests,
    checkFence,
  ];
  for (const check of checks) {
    for await (const finding of check(trx)) {
      findings.push(finding);
      if (findings.length === MAX_FINDINGS) return findings;
    }
  }
  return findings;
}

async function* checkBalances(trx: Trx): Findings {
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
    WHERE found <> expected ORDER BY path, what LIMIT ${MAX_FINDINGS}`.execute(trx);
  for (const { path, ...params } of rows) yield { code: 'BALANCE', where: path, params };
}

async function* checkLegs(trx: Trx): Findings {
  const { rows } = await sql<{ id: string; account: string; found: string }>`
    SELECT transaction_id::text AS id, ${accountPathSql} AS account, sum(amount)::text AS found
    FROM books.entries JOIN books.accounts ON accounts.id = account_id
    GROUP BY transaction_id, accounts.id HAVING sum(amount) <> 0 ORDER BY transaction_id, account
    LIMIT ${MAX_FINDINGS}`.execute(trx);
  for (const { id, ...params } of rows) yield { code: 'LEGS', where: id, params };
}
