import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { auditHead, verifyAudit } from '../../books/audit.ts';
import type { Books } from '../../books/database.ts';
import type { Ledger } from '../../books/ledger.ts';
import { overdueHolds } from '../../books/queries.ts';
import { assignSerial } from '../../books/requests.ts';
import type { Session } from '../../books/session.ts';
import { verifyBooks } from '../../books/verify.ts';
import { Random } from '../../domain/testing/random.ts';
import { type Chain, chain, checkpoints, tamperings } from '../../domain/testing/tampering.ts';
import { booksFindings } from '../../messages/books.ts';
import { renderBoth } from '../../messages/index.ts';
import { asking, liveALittle, setLimits } from '../support/books-life.ts';
import { type BooksServer, openBooks, startBooksServer, type TestBooks } from '../support/books.ts';

let server: BooksServer;
let test: TestBooks;
let books: Books;
let session: Session;
let ledger: Ledger;

beforeAll(async () => {
  server = await startBooksServer();
});

afterAll(() => server?.stop());

beforeEach(async () => {
  ({ test, books, session, ledger } = await openBooks(server.postgres));
});

afterEach(async () => {
  await test.close();
});

const limit = (hard: number, generation = 1) => setLimits(ledger, hard, generation);

const HOLD = (uid: string) => `(SELECT min(id) FROM books.holds WHERE request_uid = '${uid}')`;
const COUNTY = `(SELECT id FROM books.accounts WHERE holder = 'luhe')`;
const TOWN = `(SELECT id FROM books.accounts WHERE holder = 'hedong')`;
const STEP = (uid: string, step: string) =>
  `(SELECT id FROM books.transactions WHERE request_uid = '${uid}' AND step = '${step}')`;

interface Forgery {
  readonly name: string;
  readonly sql: string;
  /** The codes that are found, each once, and the row that the first of them names. */
  readonly codes: readonly string[];
  readonly where?: string;
}

const forgeries: readonly Forgery[] = [
  {
    name: 'a balance',
    sql: `UPDATE books.accounts SET hard = 999 WHERE id = ${COUNTY}`,
    codes: ['BALANCE'],
    where: `'organisation/luhe/*/*/vcpu'`,
  },
  {
    name: 'an entry',
    sql: `UPDATE books.entries SET amount = 11 WHERE leg = 'posted' AND transaction_id = ${STEP('posted', 'post')}`,
    codes: ['BALANCE', 'LEGS', 'TRANSACTION'],
  },
  {
    name: 'entries, and the balance with them',
    sql: `UPDATE books.entries SET amount = sign(amount) * 5 WHERE hold_id = ${HOLD('posted')}; UPDATE books.accounts SET posted = 5 WHERE id = ${COUNTY}`,
    codes: ['TRANSACTION'],
    where: STEP('posted', 'hold'),
  },
  {
    name: 'entries added to a transaction, and the balance with them',
    sql: `INSERT INTO books.entries SELECT ${STEP('quota', 'limit')}, line, ${COUNTY}, NULL, leg, amount FROM (VALUES (90, 'limit', -500), (91, 'free', 500)) AS e (line, leg, amount); UPDATE books.accounts SET hard = 1500 WHERE id = ${COUNTY}`,
    codes: ['TRANSACTION'],
    where: STEP('quota', 'limit'),
  },
  {
    name: 'an entry whose account belongs to another holder',
    sql: `UPDATE books.entries SET account_id = ${TOWN} WHERE hold_id = ${HOLD('posted')}; UPDATE books.accounts SET posted = 0 WHERE id = ${COUNTY}; UPDATE books.accounts SET posted = 90 WHERE id = ${TOWN}`,
    codes: ['TRANSACTION'],
    where: STEP('posted', 'hold'),
  },
  {
    name: 'two accounts that change their holders',
    sql: `UPDATE books.accounts SET holder = 'x' WHERE id = ${COUNTY}; UPDATE books.accounts SET holder = 'luhe' WHERE id = ${TOWN}; UPDATE books.accounts SET holder = 'hedong' WHERE holder = 'x'`,
    codes: ['TRANSACTION'],
  },
  {
    name: 'an account that is gone',
    sql: `DELETE FROM books.accounts WHERE holder = 'hedong'`,
    codes: ['TRANSACTION'],
  },
  {
    name: 'entries of another hold',
    sql: `UPDATE books.entries SET hold_id = ${HOLD('nothing')} WHERE hold_id = ${HOLD('posted')}`,
    codes: ['TRANSACTION'],
  },
  {
    name: 'entries whose hold is void',
    sql: `UPDATE books.holds SET state = 'void' WHERE request_uid = 'posted'`,
    codes: ['HOLD', 'HOLD_STATE'],
    where: HOLD('posted'),
  },
  {
    name: 'a void hold that is pending again, without entries',
    sql: `UPDATE books.holds SET state = 'pending' WHERE request_uid = 'void'`,
    codes: ['HOLD_STATE'],
    where: HOLD('void'),
  },
  {
    name: 'a credited hold that is posted again, without entries',
    sql: `UPDATE books.holds SET state = 'posted' WHERE request_uid = 'credited'`,
    codes: ['HOLD_STATE'],
    where: HOLD('credited'),
  },
  {
    name: 'a hold of nothing that was never posted',
    sql: `UPDATE books.holds SET state = 'pending' WHERE request_uid = 'nothing'`,
    codes: ['HOLD_STATE'],
    where: HOLD('nothing'),
  },
  {
    name: 'a replaced hold that is void',
    sql: `UPDATE books.holds SET state = 'void' WHERE id = ${HOLD('replaced')}`,
    codes: ['HOLD_STATE'],
    where: HOLD('replaced'),
  },
  {
    name: 'a posted hold that no transaction took',
    sql: `INSERT INTO books.holds (id, request_uid, generation, attempt, state, origin_uid, origin_generation, ticket, document, recorded_at) VALUES (900, 'forged', 1, 1, 'posted', 'forged', 1, 'ticket', '{}', now())`,
    codes: ['UNTAKEN'],
    where: `'900'`,
  },
  {
    name: 'a posted hold with entries and a transaction, and a balance that agrees',
    sql: `INSERT INTO books.holds (id, request_uid, generation, attempt, state, origin_uid, origin_generation, ticket, document, recorded_at) VALUES (900, 'forged', 1, 1, 'posted', 'forged', 1, 'ticket', '{}', now());
      INSERT INTO books.transactions (id, step, request_uid, generation, attempt, digest, hold_id, epoch, effective_at, recorded_at) VALUES (900, 'open', 'forged', 1, 1, repeat('0', 64), 900, 1, now(), now());
      INSERT INTO books.entries SELECT 900, line, ${COUNTY}, 900, leg, amount FROM (VALUES (0, 'free', -7), (1, 'posted', 7)) AS e (line, leg, amount);
      UPDATE books.accounts SET posted = posted + 7 WHERE id = ${COUNTY}`,
    codes: ['UNAUDITED'],
    where: `'900'`,
  },
  {
    name: 'the document of a hold',
    sql: `UPDATE books.holds SET document = '{"more": 1}' WHERE request_uid = 'posted'`,
    codes: ['DOCUMENT'],
    where: HOLD('posted'),
  },
  {
    name: 'a document that holds what is never written',
    sql: `UPDATE books.holds SET document = '{"more": 0.5}' WHERE request_uid = 'posted'`,
    codes: ['DOCUMENT'],
    where: HOLD('posted'),
  },
  ...[
    ['ticket', `ticket = 'ticket-2'`],
    ['origin', `origin_uid = 'pending'`],
    ['request', `request_uid = 'other'`],
    ['generation', `generation = 7`],
    ['time', `recorded_at = recorded_at + interval '1 microsecond'`],
  ].map(([what, set]) => ({
    name: `the ${what} of a hold`,
    sql: `UPDATE books.holds SET ${set} WHERE request_uid = 'posted'`,
    codes: ['HOLD_TERMS'],
  })),
  {
    name: 'a pending hold that expires later',
    sql: `UPDATE books.holds SET expires_at = expires_at + interval '1 year' WHERE request_uid = 'pending'`,
    codes: ['HOLD_TERMS'],
    where: HOLD('pending'),
  },
  {
    name: 'a hold that is gone',
    sql: `DELETE FROM books.holds WHERE request_uid = 'nothing'`,
    codes: ['HOLD_TERMS'],
    where: `(SELECT hold_id FROM books.transactions WHERE request_uid = 'nothing' AND step = 'hold')`,
  },
  {
    name: 'a deleted transaction',
    sql: `DELETE FROM books.entries WHERE transaction_id = ${STEP('posted', 'post')}; DELETE FROM books.transactions WHERE id = ${STEP('posted', 'post')}; UPDATE books.accounts SET posted = posted - 20, pending = pending + 20 WHERE id = ${COUNTY}; UPDATE books.holds SET state = 'pending' WHERE request_uid = 'posted'`,
    codes: ['VANISHED'],
  },
  ...[
    ['date', `effective_at = '2020-01-01'`],
    ['date, by less than a Date can tell', `effective_at = effective_at - interval '1 microsecond'`],
    [
      'date, before our era',
      `effective_at = (to_char(effective_at, 'YYYY-MM-DD HH24:MI:SS.US') || '+00 BC')::timestamptz`,
    ],
    ['time of recording', `recorded_at = '2999-01-01'`],
    ['epoch', `epoch = 0`],
    ['digest', `digest = repeat('0', 64)`],
    ['hold', `hold_id = ${HOLD('pending')}`],
  ].map(([what, set]) => ({
    name: `the ${what} of a transaction`,
    sql: `UPDATE books.transactions SET ${set} WHERE id = ${STEP('quota', 'limit')}`,
    codes: ['TRANSACTION'],
    where: STEP('quota', 'limit'),
  })),
  {
    name: 'a transaction of its own',
    sql: `INSERT INTO books.transactions (step, request_uid, generation, attempt, digest, epoch, effective_at, recorded_at) VALUES ('limit', 'x', 1, 1, repeat('0', 64), 1, now(), now())`,
    codes: ['UNAUDITED'],
  },
  {
    name: 'entries of no transaction',
    sql: `INSERT INTO books.entries (transaction_id, line, account_id, leg, amount) SELECT 999, line, ${COUNTY}, 'free', amount FROM (VALUES (1, 1), (2, -1)) AS e (line, amount)`,
    codes: ['ORPHAN'],
    where: `'999'`,
  },
  {
    name: 'a decision',
    sql: `UPDATE books.decisions SET verdict = 'reject' WHERE carried_from IS NULL`,
    codes: ['DECISION'],
  },
  {
    name: 'the time at which a decision was recorded',
    sql: `UPDATE books.decisions SET recorded_at = '2020-01-01' WHERE carried_from IS NULL`,
    codes: ['DECISION'],
  },
  {
    name: 'a carried decision that was never given',
    sql: `INSERT INTO books.decisions (subject_kind, subject_uid, subject_namespace, subject_name, position, ticket, generation, step, reviewer, verdict, comment, decided_at, recorded_at, carried_from) SELECT subject_kind, subject_uid, subject_namespace, subject_name, position, 'ticket-2', generation, step, reviewer, verdict, comment, decided_at, recorded_at, id FROM books.decisions WHERE carried_from IS NULL`,
    codes: ['DECISION'],
  },
  {
    name: 'a deleted decision',
    sql: `DELETE FROM books.decisions WHERE carried_from IS NOT NULL`,
    codes: ['DECISION'],
  },
  {
    name: 'a serial number',
    sql: `UPDATE books.serials SET serial = 'ZY-2026-000009'`,
    codes: ['SERIAL', 'COUNTER'],
    where: `'posted'`,
  },
  { name: 'a deleted serial number', sql: `DELETE FROM books.serials`, codes: ['SERIAL', 'COUNTER'] },
  {
    name: 'a serial number of its own',
    sql: `INSERT INTO books.serials VALUES ('forged', 'paper', now())`,
    codes: ['SERIAL'],
    where: `'forged'`,
  },
  {
    name: 'a counter set back, which would give a number twice',
    sql: `UPDATE books.serial_counters SET last = 0`,
    codes: ['COUNTER'],
    where: `'ZY-2026'`,
  },
  ...[
    ['document', `document = '{"spec": {"quantity": 2}}'`],
    ['serial number', `serial = 'ZY-2026-000009'`],
    ['name', `name = 'other'`],
    ['time', `closed_at = closed_at - interval '1 day'`],
  ].map(([what, set]) => ({
    name: `the ${what} of a closed request`,
    sql: `UPDATE books.closed_requests SET ${set}`,
    codes: ['CLOSED'],
    where: `'posted'`,
  })),
  {
    name: 'a deleted closed request',
    sql: `DELETE FROM books.closed_requests`,
    codes: ['CLOSED'],
    where: `'posted'`,
  },
  {
    name: 'a closed request of its own',
    sql: `INSERT INTO books.closed_requests VALUES ('forged', 's', 'n', 'r', '{}', now())`,
    codes: ['CLOSED'],
    where: `'forged'`,
  },
  { name: 'a fence set back', sql: `UPDATE books.fence SET epoch = 0`, codes: ['FENCE'] },
  {
    name: 'a fence of another holder',
    sql: `UPDATE books.fence SET holder = 'me'`,
    codes: ['FENCE'],
    where: `'1'`,
  },
  { name: 'a fence that is gone', sql: `DELETE FROM books.fence`, codes: ['FENCE'] },
];

describe('books verify', () => {
  beforeEach(() => liveALittle(session));

  it('finds nothing in books that nobody touched', async () => {
    expect(await overdueHolds(books)).toBe(0);
    await ledger.hold(asking('due', 5, { ttlSeconds: 1 }));
    await expect.poll(() => overdueHolds(books), { timeout: 20_000 }).toBeGreaterThan(0);
    expect(await ledger.expire()).toHaveLength(1);
    expect(await overdueHolds(books)).toBe(0);
    expect(await verifyBooks(books)).toEqual([]);
    expect(await verifyAudit(books)).toMatchObject({ ok: true });
  });

  it.each(forgeries)('finds $name that was forged', async ({ sql: statement, codes, where }) => {
    const owner = test.as('owner');
    const id = where
      ? (await sql<{ id: string }>`SELECT (${sql.raw(where)})::text AS id`.execute(owner)).rows[0]?.id
      : undefined;
    expect(id).not.toBeNull();
    await test.tamper(statement);
    const findings = await verifyBooks(books);
    expect([...new Set(findings.map((it) => it.code))]).toEqual(codes);
    if (id !== undefined) expect(findings[0]?.where).toBe(id);
    for (const { code, where: place, params } of findings) {
      expect(renderBoth(booksFindings[code], { where: place, ...params })).toContain(place);
    }
    // The chain itself was left alone.
    expect(await verifyAudit(books)).toMatchObject({ ok: true });
  });
});

describe('audit verify', () => {
  beforeEach(async () => {
    await limit(100);
    for (const uid of ['a', 'b', 'c', 'd']) await ledger.hold(asking(uid, 1));
  });

  it.each([
    {
      name: 'a changed body',
      sql: `UPDATE books.audit SET body = jsonb_set(body, '{attempt}', '9') WHERE seq = 4`,
      seq: 4n,
      fault: 'hash',
    },
    {
      name: 'a body that was never hashed',
      sql: `UPDATE books.audit SET body = '{"a":0.5}' WHERE seq = 4`,
      seq: 4n,
      fault: 'hash',
    },
    {
      name: 'a changed actor',
      sql: `UPDATE books.audit SET actor = 'nobody' WHERE seq = 3`,
      seq: 3n,
      fault: 'hash',
    },
    {
      name: 'a time moved by a microsecond',
      sql: `UPDATE books.audit SET at = at + interval '1 microsecond' WHERE seq = 3`,
      seq: 3n,
      fault: 'hash',
    },
    { name: 'a row cut out', sql: `DELETE FROM books.audit WHERE seq = 4`, seq: 4n, fault: 'gap' },
    {
      name: 'two rows changed about',
      sql: `UPDATE books.audit SET seq = CASE seq WHEN 4 THEN 104 ELSE 105 END WHERE seq IN (4, 5); UPDATE books.audit SET seq = CASE seq WHEN 104 THEN 5 ELSE 4 END WHERE seq > 100`,
      seq: 4n,
      fault: 'previous',
    },
    {
      name: 'a time moved before our era',
      sql: `UPDATE books.audit SET at = (to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00 BC')::timestamptz WHERE seq = 3`,
      seq: 3n,
      fault: 'hash',
    },
    {
      name: 'all rows numbered anew',
      sql: `UPDATE books.audit SET seq = seq + 100; UPDATE books.audit SET seq = seq - 99`,
      seq: 1n,
      fault: 'gap',
    },
    { name: 'the last row cut off', sql: `DELETE FROM books.audit WHERE seq = 6`, seq: 6n, fault: 'gap' },
    {
      name: 'the last row numbered anew',
      sql: `UPDATE books.audit SET seq = 7 WHERE seq = 6`,
      seq: 6n,
      fault: 'gap',
    },
    {
      name: 'the head set back',
      sql: `UPDATE books.audit_head SET seq = 4, hash = (SELECT hash FROM books.audit WHERE seq = 4)`,
      seq: 5n,
      fault: 'head',
    },
    {
      name: 'another link as the head',
      sql: `UPDATE books.audit_head SET hash = repeat('0', 64)`,
      seq: 6n,
      fault: 'head',
    },
    { name: 'the head gone', sql: `DELETE FROM books.audit_head`, seq: 1n, fault: 'head' },
    { name: 'every row cut off', sql: `DELETE FROM books.audit`, seq: 1n, fault: 'gap' },
  ])('names the first bad row after $name', async ({ sql: statement, seq, fault }) => {
    expect(await verifyAudit(books)).toMatchObject({ ok: true, rows: 6n });
    await test.tamper(statement);
    expect(await verifyAudit(books)).toEqual({ ok: false, seq, fault });
  });

  it('finds a chain that was rewritten from a row on by a checkpoint kept outside', async () => {
    const checkpoint = await auditHead(books);
    await test.tamper(
      `DELETE FROM books.audit WHERE seq > 4`,
      `UPDATE books.audit_head SET seq = 4, hash = (SELECT hash FROM books.audit WHERE seq = 4)`,
    );
    expect(await verifyAudit(books)).toMatchObject({ ok: true, rows: 4n });
    expect(await verifyAudit(books, [checkpoint])).toEqual({ ok: false, seq: 5n, fault: 'gap' });
    await assignSerial(session, { requestUid: 'x', prefix: 'ZY', year: 2026 });
    await assignSerial(session, { requestUid: 'y', prefix: 'ZY', year: 2026 });
    expect(await verifyAudit(books)).toMatchObject({ ok: true, rows: 6n });
    expect(await verifyAudit(books, [checkpoint])).toEqual({ ok: false, seq: 6n, fault: 'checkpoint' });
  });

  it('passes through every checkpoint, and names the first that it does not pass', async () => {
    const hashes = await books.selectFrom('audit').select(['seq', 'hash']).orderBy('seq').execute();
    const start = { seq: 0n, hash: '0'.repeat(64) };
    expect(await verifyAudit(books, [...hashes, start])).toMatchObject({ ok: true });
    const other = (seq: bigint) => ({ seq, hash: 'f'.repeat(64) });
    for (const seq of [0n, 3n]) {
      const bad = { ok: false, seq, fault: 'checkpoint' };
      expect(await verifyAudit(books, [other(5n), ...hashes, other(seq), ...hashes])).toEqual(bad);
    }
  });

  it('finds a hundred tamperings of a chain of five hundred, each at the first record that it touched', async () => {
    // Who may tamper may drop the keys that keep a number from being there twice.
    await test.tamper(`ALTER TABLE books.audit DROP CONSTRAINT audit_pkey, DROP CONSTRAINT audit_hash_key`);
    const store = ({ rows, head }: Chain) =>
      test.tamper(
        `DELETE FROM books.audit;
         INSERT INTO books.audit (seq, at, actor, action, subject, body, previous, hash)
           SELECT seq, at, actor, action, subject, body::jsonb, previous, hash
           FROM jsonb_to_recordset('${JSON.stringify(rows)}') AS row (seq bigint, at timestamptz, actor text,
             action text, subject text, body text, previous text, hash text);
         UPDATE books.audit_head SET seq = ${head?.seq}, hash = '${head?.hash}'`,
      );
    await store(chain);
    expect(await verifyAudit(books, checkpoints)).toMatchObject({ ok: true, rows: 500n });
    const missed: string[] = [];
    let count = 0;
    for (const { first, ...tampered } of tamperings(new Random(20_261_128))) {
      // Two rows that change places with their numbers are the same chain in a database, which has no other order.
      const bySeq = [...tampered.rows].sort((a, b) => Number(a.seq) - Number(b.seq));
      if (bySeq.length === chain.rows.length && bySeq.every((it, index) => it === chain.rows[index]))
        continue;
      await store(tampered);
      const verdict = await verifyAudit(books, checkpoints);
      if (verdict.ok || verdict.seq !== BigInt(first))
        missed.push(`${count}: ${first}, found ${JSON.stringify(verdict)}`);
      count += 1;
      if (count === 100) break;
    }
    expect(missed).toEqual([]);
  });

  it('walks a chain longer than one page', async () => {
    await limit(10_000, 2);
    await Promise.all(Array.from({ length: 1200 }, (_, index) => ledger.hold(asking(`r-${index}`, 1))));
    expect(await verifyAudit(books)).toMatchObject({ ok: true, rows: 1207n });
    await test.tamper(`UPDATE books.audit SET actor = 'nobody' WHERE seq = 1100`);
    expect(await verifyAudit(books)).toEqual({ ok: false, seq: 1100n, fault: 'hash' });
  });
});
