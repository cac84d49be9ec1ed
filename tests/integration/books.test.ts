import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { verifyAudit } from '../../books/audit.ts';
import { type Books, connect, migrate } from '../../books/database.ts';
import { carryDecisions, copiesOf, handoversOf, recordDecisions } from '../../books/decisions.ts';
import { recordErasures } from '../../books/erasures.ts';
import { type HoldInput, Ledger } from '../../books/ledger.ts';
import {
  backlogOf,
  noticeDelivered,
  noticeFailed,
  noticesToDeliver,
  recordNotices,
} from '../../books/notifications.ts';
import { readAudit, readBalances, readHolds } from '../../books/reports.ts';
import { readRequestHolds } from '../../books/reports-requests.ts';
import { assignSerial, closedRequest, closeRequest } from '../../books/requests.ts';
import { type Session, takeEpoch, write } from '../../books/session.ts';
import { verifyBooks } from '../../books/verify.ts';
import type { GovError } from '../../domain/errors.ts';
import type { Notice } from '../../domain/notification/notices.ts';
import { Amount, type Resource, unitOf } from '../../domain/quantity.ts';
import { type AccountKey, accountPath, type Demand, type HolderKind } from '../../domain/quota/fit.ts';
import { BooksOfTerm } from '../../operator/adapters/books.ts';
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

function account(
  holder: string,
  resource: Resource = 'vcpu',
  holderKind: HolderKind = 'organisation',
): AccountKey {
  const [zone, arch] = holderKind === 'pool' ? ['gov-extranet', 'amd64'] : ['*', '*'];
  return { holderKind, holder, zone, arch, resource };
}

const town = account('hedong');
const county = account('luhe');
const shanwei = account('shanwei');
const pool = account('gov-amd64', 'vcpu', 'pool');
const tree = [town, county, shanwei, pool];

function leg(of: AccountKey, value: number): Demand {
  return { account: of, amount: Amount.of(unitOf(of.resource), value) };
}

function asking(requestUid: string, legs: readonly Demand[], more: Partial<HoldInput> = {}): HoldInput {
  const document = { request: requestUid, lines: [{ item: 'vm', quantity: 1 }] };
  return {
    requestUid,
    generation: 1,
    attempt: 1,
    ticket: 'ticket-1',
    document,
    legs,
    ttlSeconds: 600,
    ...more,
  };
}

let limits = 0;
/** Sets limits, each time under a new key. */
async function limit(values: readonly (readonly [AccountKey, number])[], effectiveAt?: Date): Promise<void> {
  limits += 1;
  await ledger.limit({
    requestUid: `quota-${limits}`,
    generation: 1,
    attempt: 1,
    limits: values.map(([of, value]) => ({ account: of, hard: Amount.of(unitOf(of.resource), value) })),
    ...(effectiveAt ? { effectiveAt } : {}),
  });
}

/** `hard/pending/posted` of an account. */
async function balance(
  of: AccountKey,
  dates: { asOf?: Date; knownAt?: Date } = {},
): Promise<string | undefined> {
  const all = await readBalances(books, { holders: [of.holder], ...dates });
  const found = all.find((it) => accountPath(it.account) === accountPath(of));
  return found && `${found.hard.value}/${found.pending.value}/${found.posted.value}`;
}

async function count(table: 'transactions' | 'entries' | 'holds' | 'audit' | 'decisions'): Promise<number> {
  const { rows } = await sql<{
    count: number;
  }>`SELECT count(*)::integer FROM ${sql.table(`books.${table}`)}`.execute(books);
  return rows[0]?.count ?? -1;
}

async function codesOf(work: Promise<unknown>): Promise<string[]> {
  const error = await work.then(
    () => {
      throw new Error('was not refused');
    },
    (it: GovError) => it,
  );
  if (!error.reasons) throw error;
  return error.reasons.map((it) => it.code);
}

const ref = (requestUid: string, generation = 1, attempt = 1) => ({ requestUid, generation, attempt });

async function expectClean(): Promise<void> {
  expect(await verifyBooks(books)).toEqual([]);
  expect(await verifyAudit(books)).toMatchObject({ ok: true });
}

describe('holds', () => {
  it('gives the last unit to one of a thousand, and the others their reasons', async () => {
    await limit(tree.map((of) => [of, of === shanwei ? 1000 : 1_000_000]));
    const ledgers = [1, 2, 3, 4].map(
      () => new Ledger({ ...session, books: test.as('govcloud_operator', 2) }),
    );
    const outcomes = await Promise.all(
      Array.from({ length: 1000 }, (_, index) =>
        (ledgers[index % ledgers.length] as Ledger).hold(
          asking(
            `request-${index}`,
            tree.map((of) => leg(of, 1000)),
          ),
        ),
      ),
    );
    expect(outcomes.filter((it) => it.ok)).toHaveLength(1);
    const refused = outcomes.filter((it) => !it.ok);
    expect(refused).toHaveLength(999);
    for (const outcome of refused) {
      expect(outcome).toMatchObject({
        reasons: [
          {
            code: 'E_QUOTA_EXCEEDED',
            where: 'organisation/shanwei/*/*/vcpu',
            params: { asked: '1', free: '0', hard: '1', pending: '1', posted: '0' },
          },
        ],
      });
    }
    expect(await balance(shanwei)).toBe('1000/1000/0');
    expect(await balance(town)).toBe('1000000/1000/0');
    await expectClean();
  });

  it('is all or nothing, and a refusal names every account', async () => {
    await limit([
      [county, 10],
      [shanwei, 100],
    ]);
    const outcome = await ledger.hold(asking('r', [leg(county, 5000), leg(shanwei, 5000), leg(pool, 5000)]));
    expect(outcome).toMatchObject({
      ok: false,
      reasons: [
        { code: 'E_QUOTA_EXCEEDED', where: 'organisation/luhe/*/*/vcpu' },
        { code: 'E_QUOTA_EXCEEDED', where: 'organisation/shanwei/*/*/vcpu' },
        { code: 'E_QUOTA_MISSING', where: 'pool/gov-amd64/gov-extranet/amd64/vcpu' },
      ],
    });
    expect(await count('holds')).toBe(0);
    expect(await balance(county)).toBe('10/0/0');
  });

  it('takes accounts in any order from several ledgers without a deadlock', async () => {
    const accounts = Array.from({ length: 12 }, (_, index) => account(`org-${index}`));
    await limit(accounts.map((of) => [of, 1_000_000]));
    const ledgers = [1, 2, 3, 4].map(
      () => new Ledger({ ...session, books: test.as('govcloud_operator', 2) }),
    );
    // A fixed linear congruential sequence picks accounts in an order of its own for each request.
    let state = 20261124;
    const next = (below: number) => {
      state = (state * 1103515245 + 12345) % 2147483648;
      return state % below;
    };
    const work = Array.from({ length: 400 }, async (_, index) => {
      const chosen = [...accounts].sort(() => next(3) - 1).slice(0, 1 + next(6));
      const uid = `request-${index}`;
      const mine = ledgers[index % 4] as Ledger;
      const outcome = await mine.hold(
        asking(
          uid,
          chosen.map((of) => leg(of, 10)),
        ),
      );
      const other = ledgers[(index + 1) % 4] as Ledger;
      if (index % 3 === 0) await other.void(ref(uid));
      if (index % 3 === 1) await other.post(ref(uid), 'ticket-1');
      return outcome.ok;
    });
    expect(new Set(await Promise.all(work))).toEqual(new Set([true]));
    await expectClean();
  });

  it('needs no account for a request that asks for nothing more', async () => {
    expect(await ledger.hold(asking('renewal', []))).toMatchObject({ ok: true, hold: { lines: [] } });
    expect(await ledger.post(ref('renewal'), 'ticket-1')).toMatchObject({ state: 'posted' });
    await expectClean();
  });

  it('keeps its document as it was given', async () => {
    await limit([[county, 10]]);
    const document = {
      名称: '全民健康信息综合管理平台',
      fen: 9_007_199_254_740_991,
      none: null,
      list: [1, 'x', true],
    };
    await ledger.hold(asking('r', [leg(county, 1)], { document }));
    expect((await ledger.holdsOf('r'))[0]?.document).toEqual(document);
    expect(await verifyBooks(books)).toEqual([]);
  });

  it('lets one step that the database cannot store fail alone', async () => {
    await limit([[county, 100]]);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, (_, index) =>
        ledger.hold(asking(`r-${index}`, [leg(county, 1)], index === 4 ? { document: 'nul \u0000' } : {})),
      ),
    );
    expect(outcomes.map((it) => it.status)).toEqual(
      Array.from({ length: 10 }, (_, index) => (index === 4 ? 'rejected' : 'fulfilled')),
    );
    expect(await balance(county)).toBe('100/9/0');
    await expectClean();
  });
});

describe('at most once', () => {
  beforeEach(() => limit(tree.map((of) => [of, 100])));

  it('answers a repeated step with the earlier result and writes nothing', async () => {
    const input = asking(
      'r',
      tree.map((of) => leg(of, 10)),
    );
    const first = await ledger.hold(input);
    const opened = {
      key: { requestUid: 'a'.repeat(64), generation: 7, attempt: 1 },
      ticket: 't',
      document: { row: 7 },
      legs: [leg(county, 3)],
      effectiveAt: new Date('2024-05-01T00:00:00Z'),
    };
    const credit = { ...ref('release'), origin: { requestUid: 'r', generation: 1 }, legs: [leg(county, 4)] };
    const limits = { ...ref('quota'), limits: [{ account: town, hard: Amount.of('millicores', 77) }] };
    const post = await ledger.post(ref('r'), 'ticket-1');
    const open = await ledger.open(opened);
    await ledger.credit(credit);
    await ledger.limit(limits);
    await ledger.hold(asking('w', [leg(town, 1)]));
    await ledger.void(ref('w'));
    const rows = [
      await count('transactions'),
      await count('entries'),
      await count('holds'),
      await count('audit'),
    ];
    const balances = await readBalances(books);

    const again = await ledger.hold(input);
    expect(first).toMatchObject({ ok: true });
    expect(again.ok && first.ok && again.hold.id === first.hold.id).toBe(true);
    expect((await ledger.post(ref('r'), 'ticket-1')).id).toBe(post.id);
    expect((await ledger.open({ ...opened, ticket: 'the same file in another batch' })).id).toBe(open.id);
    await ledger.credit(credit);
    await ledger.limit(limits);
    expect((await ledger.void(ref('w'))).state).toBe('void');
    expect([
      await count('transactions'),
      await count('entries'),
      await count('holds'),
      await count('audit'),
    ]).toEqual(rows);
    expect(await readBalances(books)).toEqual(balances);
  });

  it('holds once when several ledgers ask under one key at the same time', async () => {
    const ledgers = [1, 2, 3, 4].map(
      () => new Ledger({ ...session, books: test.as('govcloud_operator', 2) }),
    );
    const outcomes = await Promise.all(ledgers.map((it) => it.hold(asking('r', [leg(county, 10)]))));
    expect(new Set(outcomes.map((it) => it.ok && it.hold.id)).size).toBe(1);
    expect(await balance(county)).toBe('100/10/0');
  });

  it('refuses the same key with other content', async () => {
    await ledger.hold(asking('r', [leg(county, 10)]));
    expect(await codesOf(ledger.hold(asking('r', [leg(county, 11)])))).toEqual(['E_BOOKS_AHEAD']);
    expect(await codesOf(ledger.hold(asking('r', [leg(county, 10)], { document: {} })))).toEqual([
      'E_BOOKS_AHEAD',
    ]);
    expect(await codesOf(ledger.post(ref('r'), 'another ticket'))).toEqual(['E_BOOKS_AHEAD']);
    expect(await balance(county)).toBe('100/10/0');
  });

  it('refuses a generation older than one that the books know', async () => {
    await ledger.hold(asking('r', [leg(county, 10)], { generation: 3 }));
    await ledger.void(ref('r', 3));
    expect(await codesOf(ledger.hold(asking('r', [leg(county, 10)], { generation: 2 })))).toEqual([
      'E_BOOKS_AHEAD',
    ]);
  });

  it('says so when the books do not know a hold', async () => {
    expect(await codesOf(ledger.post(ref('never'), 'ticket-1'))).toEqual(['E_BOOKS_BEHIND']);
    expect(await codesOf(ledger.void(ref('never')))).toEqual(['E_BOOKS_BEHIND']);
    expect(await codesOf(ledger.replace(ref('never'), asking('never', [], { attempt: 2 })))).toEqual([
      'E_BOOKS_BEHIND',
    ]);
  });

  it('allows one pending hold a request and one posted a generation', async () => {
    await ledger.hold(asking('r', [leg(county, 10)]));
    expect(await codesOf(ledger.hold(asking('r', [leg(county, 10)], { attempt: 2 })))).toEqual([
      'E_HOLD_STATE',
    ]);
    await ledger.post(ref('r'), 'ticket-1');
    expect(await codesOf(ledger.hold(asking('r', [leg(county, 10)], { attempt: 2 })))).toEqual([
      'E_HOLD_STATE',
    ]);
    expect(await codesOf(ledger.void(ref('r')))).toEqual(['E_HOLD_STATE']);
    await ledger.credit({
      ...ref('release'),
      origin: { requestUid: 'r', generation: 1 },
      legs: [leg(county, 10)],
    });
    expect(await codesOf(ledger.hold(asking('r', [leg(county, 10)], { attempt: 2 })))).toEqual([
      'E_HOLD_STATE',
    ]);
    expect(await balance(county)).toBe('100/0/0');
  });
});

it('reads of a request what matters to what is next, however often it was quoted', async () => {
  await limit([[county, 100]]);
  await ledger.hold(asking('r', [leg(county, 1)]));
  for (let attempt = 2; attempt <= 502; attempt += 1) {
    await ledger.replace(ref('r', 1, attempt - 1), asking('r', [leg(county, 1)], { attempt }));
  }
  const read: object[] = [];
  const watched = session.books.withPlugin({
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }) => {
      read.push(...result.rows);
      return result;
    },
  });
  const again = asking('r', [leg(county, 1)], { attempt: 503 });
  await new Ledger({ ...session, books: watched }).replace(ref('r', 1, 502), again);
  expect(read.filter((row) => 'document' in row)).toHaveLength(1);
  expect((await ledger.holdsOf('r')).at(-1)).toMatchObject({ attempt: 503, state: 'pending' });
  const record = await new BooksOfTerm(session).requestRecord('r', 1);
  expect(record.holds.map(({ attempt }) => attempt)).toEqual([503]);
  expect(record.holdsTaken).toBe(503);
  expect(record.pendingDemands).toEqual([leg(county, 1)]);
});

describe('fencing', () => {
  /** How many writes are under way. */
  async function sharing(): Promise<number> {
    const { rows } = await sql<{ count: number }>`
      SELECT count(*)::integer FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
        AND state <> 'idle'`.execute(test.as('owner', 1));
    return rows[0]?.count ?? -1;
  }

  it('writes nothing for an operator whose epoch is over', async () => {
    await limit([[county, 100]]);
    await ledger.hold(asking('r', [leg(county, 10)]));
    const rows = await count('transactions');
    const epoch = await takeEpoch(books, 'operator-b');
    expect(epoch).toBe(session.epoch + 1n);
    const fenced: (() => Promise<unknown>)[] = [
      () => ledger.hold(asking('r2', [leg(county, 10)])),
      () => ledger.post(ref('r'), 'ticket-1'),
      () => ledger.void(ref('r')),
      () => ledger.limit({ ...ref('q'), limits: [{ account: county, hard: Amount.of('millicores', 1) }] }),
      () => assignSerial(session, { requestUid: 'r', prefix: 'ZY', year: 2026 }),
      () => recordDecisions(session, subject, [decision(0, 'initial')]),
      () => carryDecisions(session, subject, { fromTicket: 'a', toTicket: 'b', steps: [] }),
      () => closeRequest(session, { uid: 'r', serial: 's', namespace: 'n', name: 'r', document: {} }),
    ];
    for (const work of fenced) expect(await codesOf(work())).toEqual(['E_FENCED']);
    expect(await count('transactions')).toBe(rows);
    expect(await balance(county)).toBe('100/10/0');
    const next = new Ledger({ books, epoch, actor: 'operator-b' });
    expect((await next.post(ref('r'), 'ticket-1')).state).toBe('posted');
    await expectClean();
  });

  it('lets a successor through a stream of writes that never ends', async () => {
    const crowd = { ...session, books: test.as('govcloud_operator', 3) };
    let taken = false;
    const writers = [1, 2, 3].map(async () => {
      while (!taken) await write(crowd, ({ trx }) => sql`SELECT pg_sleep(0.2)`.execute(trx));
    });
    // They may be refused before whoever takes the epoch hears that it has it.
    const ended = Promise.allSettled(writers);
    // The first of them are under way, so that there is always one that has not ended yet.
    await expect.poll(() => sharing(), { interval: 20 }).toBeGreaterThan(1);
    const epoch = await takeEpoch(books, 'operator-b').finally(() => {
      taken = true;
    });
    expect(epoch).toBe(session.epoch + 1n);
    for (const it of await ended) {
      expect(it).toMatchObject({ status: 'rejected', reason: { code: 'E_FENCED' } });
    }
  });

  it('cuts off a leader that is frozen in the middle of a write, after the time that it was given', async () => {
    const { host, port } = server.postgres;
    const { rows } = await sql<{ name: string }>`SELECT current_database() AS name`.execute(books);
    const [frozen, successor] = [{ idleInTransactionMs: 500 }, { statementTimeoutMs: 20_000 }].map((more) =>
      connect({
        host,
        port,
        user: 'govcloud_operator',
        database: rows[0]?.name ?? '',
        ...more,
        onIdleError: () => undefined,
      }),
    ) as [Books, Books];
    const thaw = new AbortController();
    try {
      const writing = write({ ...session, books: frozen }, async ({ trx }) => {
        await new Promise((resolve) => thaw.signal.addEventListener('abort', resolve, { once: true }));
        await sql`INSERT INTO books.accounts (holder_kind, holder, zone, arch, resource)
          VALUES ('pool', 'late', 'z', 'a', 'vcpu')`.execute(trx);
      }).then(
        () => 'written',
        (error: unknown) => error,
      );
      await expect.poll(() => sharing(), { interval: 20 }).toBe(1);
      expect(await takeEpoch(successor, 'operator-b')).toBe(session.epoch + 1n);
      thaw.abort();
      expect(await writing).toBeInstanceOf(Error);
      expect(await balance(account('late', 'vcpu', 'pool'))).toBeUndefined();
    } finally {
      thaw.abort();
      await Promise.all([frozen.destroy(), successor.destroy()]);
    }
  });

  it('grants once with two operators alive', async () => {
    await limit([[county, 100]]);
    await ledger.hold(asking('r', [leg(county, 10)]));
    const [, epoch] = await Promise.all([
      ledger.post(ref('r'), 'ticket-1').catch(() => 'fenced'),
      takeEpoch(books, 'b'),
    ]);
    const next = new Ledger({ books, epoch, actor: 'b' });
    await next.post(ref('r'), 'ticket-1');
    expect(await balance(county)).toBe('100/0/10');
  });
});

describe('expiry', () => {
  beforeEach(() => limit([[county, 100]]));

  const soon = { ttlSeconds: 1 };
  const untilDue = () =>
    vi.waitFor(
      async () => {
        const { rows } = await sql<{ due: boolean }>`
          SELECT bool_and(expires_at <= now()) AS due FROM books.holds WHERE state = 'pending'`.execute(
          books,
        );
        expect(rows).toEqual([{ due: true }]);
      },
      { timeout: 20_000, interval: 100 },
    );

  it('gives back every hold that is due by database time, and no other', async () => {
    await ledger.hold(asking('short', [leg(county, 10)], { ttlSeconds: 1 }));
    await ledger.hold(asking('long', [leg(county, 20)]));
    const expired = await vi.waitFor(
      async () => {
        const holds = await ledger.expire();
        expect(holds).not.toEqual([]);
        return holds;
      },
      { timeout: 20_000, interval: 100 },
    );
    expect(expired).toMatchObject([{ requestUid: 'short', state: 'expired', lines: [] }]);
    expect(await balance(county)).toBe('100/20/0');
    expect(await ledger.expire()).toEqual([]);
    await expectClean();
  });

  it('expires a due hold at the post, which is refused', async () => {
    await ledger.hold(asking('r', [leg(county, 10)], soon));
    await untilDue();
    expect(await codesOf(ledger.post(ref('r'), 'ticket-1'))).toEqual(['E_HOLD_EXPIRED']);
    expect(await balance(county)).toBe('100/0/0');
    expect(await codesOf(ledger.post(ref('r'), 'ticket-1'))).toEqual(['E_HOLD_EXPIRED']);
    expect(await ledger.hold(asking('r', [leg(county, 10)], { attempt: 2 }))).toMatchObject({ ok: true });
    await expectClean();
  });

  it('expires or posts when both race, never both', async () => {
    const uids = Array.from({ length: 40 }, (_, index) => `r-${index}`);
    await Promise.all(uids.map((uid) => ledger.hold(asking(uid, [leg(county, 1)], soon))));
    await untilDue();
    const other = new Ledger({ ...session, books: test.as('govcloud_operator', 2) });
    const [posts] = await Promise.all([
      Promise.all(uids.map((uid) => codesOf(ledger.post(ref(uid), 'ticket-1')))),
      other.expire(),
    ]);
    expect(posts.flat()).toEqual(uids.map(() => 'E_HOLD_EXPIRED'));
    expect(await balance(county)).toBe('100/0/0');
    await expectClean();
  });

  it('expires more than fit one look', async () => {
    await limit([[county, 1000]]);
    await Promise.all(
      Array.from({ length: 450 }, (_, i) => ledger.hold(asking(`r-${i}`, [leg(county, 1)], soon))),
    );
    await untilDue();
    expect(await ledger.expire()).toHaveLength(450);
    expect(await balance(county)).toBe('1000/0/0');
  });
});

describe('limits', () => {
  it('may be lowered under what is used: that is legal, and grants nothing more', async () => {
    await limit([[county, 100]]);
    await ledger.hold(asking('posted', [leg(county, 50)]));
    await ledger.post(ref('posted'), 'ticket-1');
    await ledger.hold(asking('pending', [leg(county, 30)]));
    await limit([[county, 40]]);
    expect(await balance(county)).toBe('40/30/50');
    expect(await ledger.hold(asking('more', [leg(county, 1)]))).toMatchObject({
      ok: false,
      reasons: [{ params: { free: '-40m', hard: '40m', posted: '50m', pending: '30m' } }],
    });
    expect(
      await ledger.replace(ref('pending'), asking('pending', [leg(county, 31)], { attempt: 2 })),
    ).toMatchObject({
      ok: false,
      reasons: [{ params: { asked: '31m', free: '-10m', pending: '0' } }],
    });
    expect(
      await ledger.replace(ref('pending'), asking('pending', [leg(county, 29)], { attempt: 2 })),
    ).toMatchObject({ ok: true });
    await ledger.post(ref('pending', 1, 2), 'ticket-1');
    expect(await balance(county)).toBe('40/0/79');
    await expectClean();
  });

  it('are set to absolute values, several at once', async () => {
    await limit([
      [county, 100],
      [town, 5],
    ]);
    await limit([
      [county, 60],
      [town, 5],
    ]);
    expect(await balance(county)).toBe('60/0/0');
    expect(await balance(town)).toBe('5/0/0');
    expect(await count('entries')).toBe(6);
  });

  it('do not take effect later than now', async () => {
    expect(await codesOf(limit([[county, 1]], new Date('2999-01-01T00:00:00Z')))).toEqual([
      'E_EFFECTIVE_LATER',
    ]);
  });
});

describe('replace', () => {
  beforeEach(() =>
    limit([
      [county, 100],
      [town, 100],
    ]),
  );

  it('voids the old hold and takes the new one in one transaction', async () => {
    await ledger.hold(asking('r', [leg(county, 90)]));
    const before = await count('transactions');
    const outcome = await ledger.replace(
      ref('r'),
      asking('r', [leg(county, 95), leg(town, 10)], { generation: 2, ticket: 'ticket-2' }),
    );
    expect(outcome).toMatchObject({ ok: true, hold: { state: 'pending', ticket: 'ticket-2' } });
    expect(await count('transactions')).toBe(before + 1);
    expect(await balance(county)).toBe('100/95/0');
    expect(await balance(town)).toBe('100/10/0');
    expect((await ledger.holdsOf('r')).map((hold) => hold.state)).toEqual(['replaced', 'pending']);
    expect(await codesOf(ledger.post(ref('r'), 'ticket-1'))).toEqual(['E_HOLD_STATE']);
    await expectClean();
  });

  it('leaves the old hold when the new one does not fit', async () => {
    await ledger.hold(asking('r', [leg(county, 90)]));
    const outcome = await ledger.replace(ref('r'), asking('r', [leg(county, 101)], { generation: 2 }));
    expect(outcome).toMatchObject({
      ok: false,
      reasons: [{ params: { asked: '101m', free: '100m', pending: '0' } }],
    });
    expect((await ledger.holdsOf('r')).map((hold) => hold.state)).toEqual(['pending']);
    expect(await balance(county)).toBe('100/90/0');
  });

  it('replaces only what is pending', async () => {
    await ledger.hold(asking('r', [leg(county, 10)]));
    await ledger.void(ref('r'));
    expect(await codesOf(ledger.replace(ref('r'), asking('r', [], { attempt: 2 })))).toEqual([
      'E_HOLD_STATE',
    ]);
  });
});

describe('credit', () => {
  beforeEach(async () => {
    await limit([
      [county, 100],
      [town, 100],
    ]);
    await ledger.hold(asking('first', [leg(county, 64), leg(town, 8)]));
    await ledger.post(ref('first'), 'ticket-1');
    const origin = { requestUid: 'first', generation: 1 };
    await ledger.hold(asking('resize', [leg(county, 16)], { origin }));
    await ledger.post(ref('resize'), 'ticket-1');
  });

  it('gives back what a grant and its changes hold, newest first', async () => {
    const origin = { requestUid: 'first', generation: 1 };
    await ledger.credit({ ...ref('shrink'), origin, legs: [leg(county, 20)] });
    expect(await balance(county)).toBe('100/0/60');
    expect(await readHolds(books)).toMatchObject({
      items: [
        { requestUid: 'first', state: 'posted' },
        { requestUid: 'resize', state: 'credited', lines: [] },
      ],
    });
    await ledger.credit({ ...ref('release'), origin, legs: [leg(county, 60), leg(town, 8)] });
    expect(await balance(county)).toBe('100/0/0');
    expect((await ledger.holdsOf('first'))[0]?.state).toBe('credited');
    await expectClean();
  });

  it('never gives back more than is posted for that grant, whatever else the account has', async () => {
    await ledger.hold(asking('other', [leg(county, 20), leg(town, 20)]));
    await ledger.post(ref('other'), 'ticket-1');
    const origin = { requestUid: 'first', generation: 1 };
    const credit = ledger.credit({ ...ref('release'), origin, legs: [leg(county, 81), leg(town, 9)] });
    expect(await codesOf(credit)).toEqual(['E_CREDIT_EXCEEDED', 'E_CREDIT_EXCEEDED']);
    expect(await balance(county)).toBe('100/0/100');
  });

  it('is given once when two releases race', async () => {
    const origin = { requestUid: 'first', generation: 1 };
    const other = new Ledger({ ...session, books: test.as('govcloud_operator', 2) });
    const outcomes = await Promise.allSettled([
      ledger.credit({ ...ref('release-a'), origin, legs: [leg(county, 80)] }),
      other.credit({ ...ref('release-b'), origin, legs: [leg(county, 80)] }),
    ]);
    expect(outcomes.map((it) => it.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await balance(county)).toBe('100/0/0');
  });
});

describe('transfer', () => {
  const origin = { requestUid: 'first', generation: 1 };
  const receiver = account('haifeng');
  /** The town hands over what two grants gave it; city and pool are full, and stay so. */
  const takes = {
    ...ref('moved'),
    ticket: 'ticket-1',
    origin,
    credits: [leg(town, 10), leg(shanwei, 10), leg(pool, 10)],
    carried: [leg(shanwei, 10), leg(pool, 10)],
  };
  const balances = async (dates?: { asOf: Date }) =>
    Promise.all([town, receiver, shanwei, pool].map((it) => balance(it, dates)));

  beforeEach(async () => {
    await limit([
      [town, 20],
      [receiver, 10],
      [shanwei, 12],
      [pool, 12],
    ]);
    await ledger.hold(asking('first', [leg(town, 8), leg(shanwei, 8), leg(pool, 8)]));
    await ledger.post(ref('first'), 'ticket-1');
    await ledger.hold(asking('resize', [leg(town, 4), leg(shanwei, 4), leg(pool, 4)], { origin }));
    await ledger.post(ref('resize'), 'ticket-1');
    await ledger.hold(asking('moved', [leg(receiver, 10)]));
  });

  it('posts with one and credits the other at once, dated: a day before says what it said', async () => {
    const before = new Date();
    expect(await balances()).toEqual(['20/0/12', '10/10/0', '12/0/12', '12/0/12']);
    const transactions = await count('transactions');
    const hold = await ledger.transfer(takes);
    expect(hold.state).toBe('posted');
    expect(await count('transactions')).toBe(transactions + 1);
    expect(await balances()).toEqual(['20/0/2', '10/0/10', '12/0/12', '12/0/12']);
    expect(await balances({ asOf: before })).toEqual(['20/0/12', '10/10/0', '12/0/12', '12/0/12']);
    expect((await ledger.holdsOf('resize'))[0]?.state).toBe('credited');
    expect((await ledger.holdsOf('first'))[0]?.state).toBe('posted');
    await expectClean();
    const of = { requestUid: 'moved', generation: 1 };
    const all = [leg(receiver, 10), leg(shanwei, 10), leg(pool, 10)];
    await ledger.credit({ ...ref('release'), origin: of, legs: all });
    expect(await balances()).toEqual(['20/0/2', '10/0/0', '12/0/2', '12/0/2']);
    await expectClean();
  });

  it('happens once, however often and by however many it is asked for', async () => {
    const other = new Ledger({ ...session, books: test.as('govcloud_operator', 2) });
    await Promise.all([ledger.transfer(takes), other.transfer(takes)]);
    await ledger.transfer(takes);
    expect(await balances()).toEqual(['20/0/2', '10/0/10', '12/0/12', '12/0/12']);
    const less = { ...takes, credits: [leg(town, 9)], carried: [] };
    expect(await codesOf(ledger.transfer(less))).toEqual(['E_BOOKS_AHEAD']);
    expect(await codesOf(ledger.void(ref('moved')))).toEqual(['E_HOLD_STATE']);
  });

  it('changes nothing where the giver has less than that, or the hold is not what was approved', async () => {
    const was = await balances();
    const more = { ...takes, credits: [leg(town, 13), leg(shanwei, 13), leg(pool, 12)], carried: [] };
    expect(await codesOf(ledger.transfer(more))).toEqual(['E_CREDIT_EXCEEDED', 'E_CREDIT_EXCEEDED']);
    expect(await codesOf(ledger.transfer({ ...takes, ticket: 'another' }))).toEqual(['E_BOOKS_AHEAD']);
    expect(await codesOf(ledger.transfer({ ...takes, ...ref('unknown') }))).toEqual(['E_BOOKS_BEHIND']);
    expect(await balances()).toEqual(was);
    expect((await ledger.holdsOf('moved'))[0]?.state).toBe('pending');
    await expectClean();
  });
});

describe('opening stock and past dates', () => {
  const opened = new Date('2024-03-01T00:00:00+08:00');
  const stock = (row: number, value: number) => ({
    key: { requestUid: 'f'.repeat(64), generation: row, attempt: 1 },
    ticket: 'batch',
    document: { row, item: 'vm' },
    legs: [leg(county, value)],
    effectiveAt: opened,
  });

  it('enters what exists, even beyond a limit, and can give it back', async () => {
    await Promise.all(Array.from({ length: 300 }, (_, index) => ledger.open(stock(index + 1, 10))));
    expect(await balance(county)).toBe('0/0/3000');
    expect(await ledger.hold(asking('r', [leg(county, 1)]))).toMatchObject({ ok: false });
    await limit([[county, 5000]]);
    expect(await ledger.hold(asking('r', [leg(county, 2000)]))).toMatchObject({ ok: true });
    await ledger.credit({
      ...ref('release'),
      origin: { requestUid: 'f'.repeat(64), generation: 7 },
      legs: [leg(county, 10)],
    });
    expect(await balance(county)).toBe('5000/2000/2990');
    await expectClean();
  });

  it('refuses the same row of the same file with other content', async () => {
    await ledger.open(stock(1, 10));
    expect(await codesOf(ledger.open(stock(1, 11)))).toEqual(['E_BOOKS_AHEAD']);
  });

  it('answers for any past date, as it was and as it was known', async () => {
    await limit([[county, 100]], new Date('2023-01-01T00:00:00Z'));
    const known = (await ledger.open(stock(1, 10))).recordedAt;
    await ledger.hold(asking('r', [leg(county, 5)]));
    await vi.waitFor(async () =>
      expect((await readAudit(books)).items.at(-1)?.at.getTime()).toBeGreaterThan(known.getTime()),
    );
    const late = { ...stock(2, 7), effectiveAt: new Date('2024-06-01T00:00:00Z') };
    const { recordedAt } = await ledger.open(late);
    expect(await balance(county, { asOf: new Date('2022-12-31T00:00:00Z') })).toBeUndefined();
    expect(await balance(county, { asOf: new Date('2023-06-01T00:00:00Z') })).toBe('100/0/0');
    expect(await balance(county, { asOf: opened })).toBe('100/0/10');
    expect(await balance(county, { asOf: new Date('2025-01-01T00:00:00Z') })).toBe('100/0/17');
    expect(await balance(county, { asOf: new Date('2025-01-01T00:00:00Z'), knownAt: known })).toBe(
      '100/0/10',
    );
    expect(await balance(county, { knownAt: recordedAt })).toBe(await balance(county));
    expect(await balance(county)).toBe('100/5/17');
  });
});

const subject = { kind: 'ResourceRequest', uid: 'uid-1', namespace: 'gov-luhe', name: 'req-1' };
function decision(position: number, step: string, more: object = {}) {
  return {
    position,
    ticket: 'ticket-1',
    generation: 1,
    step,
    reviewer: `person-${position}`,
    verdict: 'approve',
    ...more,
  };
}

describe('decisions', () => {
  it('are copied once, with database time and their own place in the audit chain', async () => {
    const first = await recordDecisions(session, subject, [decision(0, 'initial')]);
    const both = await recordDecisions(session, subject, [
      decision(0, 'initial'),
      decision(1, 'technical', { verdict: 'return', returnTo: 'initial', comment: '容量依据不足' }),
    ]);
    expect(both).toHaveLength(2);
    expect(both[0]).toEqual(first[0]);
    expect(both[1]).toMatchObject({ verdict: 'return', returnTo: 'initial', comment: '容量依据不足' });
    const chain = await readAudit(books, { subject: 'uid-1' });
    expect(chain.items.map((it) => [it.actor, it.action])).toEqual([
      ['person-0', 'decision.record'],
      ['person-1', 'decision.record'],
    ]);
    await expectClean();
  });

  it('are with the hold whose generation they are on, carried ones as that, for whoever prints them', async () => {
    await limit([[county, 100]]);
    await ledger.hold(asking(subject.uid, [leg(county, 10)]));
    await recordDecisions(session, subject, [
      decision(0, 'initial', { ticket: 'ticket-1' }),
      decision(1, 'technical', {
        ticket: 'ticket-1',
        verdict: 'return',
        returnTo: 'initial',
        comment: '重评',
      }),
      decision(2, 'initial', { ticket: 'ticket-1', generation: 2 }),
    ]);
    await carryDecisions(session, subject, {
      fromTicket: 'ticket-1',
      toTicket: 'ticket-2',
      steps: ['technical'],
    });
    const { items } = await readRequestHolds(books, { requestUid: subject.uid });
    const decidedAt = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string;
    const returned = {
      step: 'technical',
      reviewer: 'person-1',
      verdict: 'return',
      returnTo: 'initial',
      comment: '重评',
    };
    expect(items.map(({ decisions }) => decisions)).toEqual([
      [
        {
          position: 0,
          ticket: 'ticket-1',
          step: 'initial',
          reviewer: 'person-0',
          verdict: 'approve',
          comment: '',
          decidedAt,
          carried: false,
        },
        { position: 1, ticket: 'ticket-1', ...returned, decidedAt, carried: false },
        { position: 1, ticket: 'ticket-2', ...returned, decidedAt, carried: true },
      ],
    ]);
  });

  it('on many objects at once follow each other in one chain', async () => {
    const sessions = [1, 2, 3, 4].map(() => ({ ...session, books: test.as('govcloud_operator', 4) }));
    const before = await count('audit');
    await Promise.all(
      Array.from({ length: 80 }, (_, index) =>
        recordDecisions(sessions[index % 4] as Session, { ...subject, uid: `uid-${index}` }, [
          decision(0, 'initial'),
        ]),
      ),
    );
    expect(await verifyAudit(books)).toMatchObject({ ok: true, rows: BigInt(before + 80) });
  });

  it('that were changed after they were copied are found out', async () => {
    await recordDecisions(session, subject, [decision(0, 'initial')]);
    const changed = recordDecisions(session, subject, [
      decision(0, 'initial', { verdict: 'reject', comment: 'x' }),
    ]);
    expect(await codesOf(changed)).toEqual(['E_BOOKS_AHEAD']);
  });

  it('are carried to a new ticket, marked, once, and only those of the steps named', async () => {
    const [initial] = await recordDecisions(session, subject, [
      decision(0, 'initial'),
      decision(1, 'technical'),
    ]);
    const carry = () =>
      carryDecisions(session, subject, { fromTicket: 'ticket-1', toTicket: 'ticket-2', steps: ['initial'] });
    const carried = await carry();
    expect(carried).toMatchObject([
      {
        step: 'initial',
        ticket: 'ticket-2',
        carriedFrom: initial?.id,
        decidedAt: initial?.decidedAt,
        reviewer: 'person-0',
      },
    ]);
    expect(await carry()).toEqual(carried);
    expect(await copiesOf(books, 'uid-1')).toHaveLength(3);
    await expectClean();
  });
});

it('copies of what was handed over are found by the allocation’s name, whatever its uid is by now', async () => {
  const allocation = { kind: 'Allocation', uid: 'uid-before', namespace: 'gov-1', name: 'zy-2026-000001-vm' };
  const again = { ...allocation, uid: 'uid-after' };
  const hold = decision(0, 'handover', { ticket: 'revision-1', verdict: 'hold', comment: '案件' });
  await recordDecisions(session, allocation, [hold]);
  // Another object of that name, and another allocation there, are others.
  await recordDecisions(session, { ...allocation, kind: 'UsageFinding', uid: 'uid-finding' }, [hold]);
  await recordDecisions(session, { ...allocation, name: 'zy-2026-000002-vm', uid: 'uid-other' }, [hold]);
  const lifted = decision(1, 'handover', { ticket: 'revision-1', verdict: 'unhold', comment: '结案' });
  await recordDecisions(session, again, [lifted]);
  const found = await handoversOf(books, again);
  expect(found.map(({ position, verdict }) => [position, verdict])).toEqual([
    [0, 'hold'],
    [1, 'unhold'],
  ]);
  expect(await handoversOf(books, allocation)).toEqual(found);
});

describe('erasures', () => {
  it('are said once of each disk, in the name of whoever decided, else of the operator', async () => {
    const allocation = { uid: 'uid-erased', namespace: 'gov-1', name: 'zy-2026-000001-vm' };
    const disk = (uid: string) => ({
      cluster: 'extranet',
      namespace: 'system-1',
      kind: 'PersistentVolumeClaim',
      name: 'data',
      uid,
    });
    const basis = { serial: 'ZY-2026-000002' };
    await recordErasures(session, allocation, basis, [disk('a')]);
    const decided = { ...basis, by: 'approver', comment: '保留期满' };
    await recordErasures(session, allocation, decided, [disk('a'), disk('b')]);
    await recordErasures(session, allocation, decided, [disk('b')]);
    const { items } = await readAudit(books, { subject: allocation.uid });
    expect(items.map(({ actor, action, body }) => [actor, action, body])).toEqual([
      [
        session.actor,
        'allocation.erase',
        { allocation: 'gov-1/zy-2026-000001-vm', disk: disk('a'), ...basis, erasedBy: session.actor },
      ],
      [
        'approver',
        'allocation.erase',
        {
          allocation: 'gov-1/zy-2026-000001-vm',
          disk: disk('b'),
          ...basis,
          decidedBy: 'approver',
          comment: '保留期满',
          erasedBy: session.actor,
        },
      ],
    ]);
    await expectClean();
  });
});

describe('serial numbers and closed requests', () => {
  it('are counted without gaps, once a request, for each prefix and year', async () => {
    const ledgers = [1, 2, 3].map(() => ({ ...session, books: test.as('govcloud_operator', 4) }));
    const assign = (index: number) =>
      assignSerial(ledgers[index % 3] as Session, {
        requestUid: `r-${index % 30}`,
        prefix: 'ZY',
        year: 2026,
      });
    const serials = await Promise.all(Array.from({ length: 60 }, (_, index) => assign(index)));
    expect([...new Set(serials)].sort()).toEqual(
      Array.from({ length: 30 }, (_, index) => `ZY-2026-${String(index + 1).padStart(6, '0')}`),
    );
    expect(await assign(5)).toBe(serials[5]);
    expect(await assignSerial(session, { requestUid: 'next', prefix: 'ZY', year: 2027 })).toBe(
      'ZY-2027-000001',
    );
    await expectClean();
  });

  it('are kept as they were closed', async () => {
    const request = {
      uid: 'u',
      serial: 'ZY-2026-000001',
      namespace: 'gov-luhe',
      name: 'req',
      document: { spec: { a: 1 } },
    };
    await closeRequest(session, request);
    await closeRequest(session, request);
    expect(await closedRequest(books, { serial: 'ZY-2026-000001' })).toMatchObject(request);
    expect(await closedRequest(books, { uid: 'nobody' })).toBeUndefined();
    expect(await codesOf(closeRequest(session, { ...request, document: {} }))).toEqual(['E_BOOKS_AHEAD']);
  });
});

describe('notices', () => {
  const notice = (key: string) => ({ key, kind: 'Late', text: { zh: '逾期', en: 'late' } }) as Notice;
  const waiting = async (receiver: string) =>
    (await noticesToDeliver(books, receiver, 10)).map((it) => it.notice.key);

  it('are there once for each receiver, in the order in which they came, and each is delivered for itself', async () => {
    await recordNotices(session, ['webhook', 'file'], [notice('a'), notice('b')]);
    await recordNotices(session, ['webhook', 'file'], [notice('c'), notice('a')]);
    expect(await waiting('webhook')).toEqual(['a', 'b', 'c']);
    const [first] = await noticesToDeliver(books, 'webhook', 1);
    expect(first).toMatchObject({ attempts: 0, notice: notice('a') });
    await noticeDelivered(session, first?.id ?? '');
    expect(await waiting('webhook')).toEqual(['b', 'c']);
    expect(await waiting('file')).toEqual(['a', 'b', 'c']);
    // What was delivered is not told again.
    await recordNotices(session, ['webhook'], [notice('a')]);
    expect(await waiting('webhook')).toEqual(['b', 'c']);
  });

  it('that were not taken wait, and count as what waits', async () => {
    await recordNotices(session, ['webhook'], [notice('a'), notice('b')]);
    const [first] = await noticesToDeliver(books, 'webhook', 1);
    await noticeFailed(session, first?.id ?? '', 'x'.repeat(9999), 3_600_000);
    expect(await waiting('webhook')).toEqual(['b']);
    const backlog = await backlogOf(books, 'webhook');
    expect(backlog.waiting).toBe(2);
    expect(backlog.oldestSeconds).toBeGreaterThan(0);
    expect(await backlogOf(books, 'file')).toEqual({ waiting: 0, oldestSeconds: 0 });
    await noticeFailed(session, first?.id ?? '', 'again', 1);
    // What has failed goes behind what has not been tried, however often it falls due again.
    await expect.poll(() => waiting('webhook')).toEqual(['b', 'a']);
    expect(await noticesToDeliver(books, 'webhook', 2)).toMatchObject([{ attempts: 0 }, { attempts: 2 }]);
  });

  it('of a leader that is over are not written, nor what became of them', async () => {
    await recordNotices(session, ['webhook'], [notice('a')]);
    const [first] = await noticesToDeliver(books, 'webhook', 1);
    await takeEpoch(books, 'other');
    for (const late of [
      () => recordNotices(session, ['webhook'], [notice('b')]),
      () => noticeDelivered(session, first?.id ?? ''),
      () => noticeFailed(session, first?.id ?? '', 'no', 1000),
    ])
      await expect(late()).rejects.toThrow(/E_FENCED/);
    expect(await waiting('webhook')).toEqual(['a']);
  });

  it('say for ever what they said', async () => {
    await recordNotices(session, ['webhook'], [notice('a')]);
    for (const column of ['key', 'body', 'receiver', 'recorded_at'])
      await expect(
        sql.raw(`UPDATE books.notifications SET ${column} = ${column}`).execute(books),
      ).rejects.toThrow(/permission denied/);
  });
});

describe('what the database itself refuses', () => {
  beforeEach(async () => {
    await limit([[county, 100]]);
    await ledger.hold(asking('r', [leg(county, 10)]));
    await recordDecisions(session, subject, [decision(0, 'initial')]);
    await assignSerial(session, { requestUid: 'r', prefix: 'ZY', year: 2026 });
    await closeRequest(session, { uid: 'r', serial: 's', namespace: 'n', name: 'r', document: {} });
  });

  const kept = ['transactions', 'entries', 'decisions', 'serials', 'closed_requests', 'audit'];
  const all = [
    ...kept,
    'accounts',
    'holds',
    'metered',
    'daily_use',
    'daily_active_users',
    'notifications',
    'fence',
    'audit_head',
  ];

  it.each(kept)('a change of %s, by its owner too', async (table) => {
    const owner = test.as('owner');
    const column = { transactions: 'epoch', entries: 'amount', serials: 'serial' }[table];
    const set = column ?? { decisions: 'comment', closed_requests: 'name', audit: 'actor' }[table] ?? '';
    for (const as of [owner, books]) {
      await expect(sql.raw(`UPDATE books.${table} SET ${set} = ${set}`).execute(as)).rejects.toThrow(
        /kept for ever|permission denied/,
      );
    }
  });

  it.each(all)('the deletion of rows of %s, by their owner too', async (table) => {
    const owner = test.as('owner');
    for (const as of [owner, books]) {
      for (const it of [`DELETE FROM books.${table}`, `TRUNCATE books.${table} CASCADE`]) {
        await expect(sql.raw(it).execute(as)).rejects.toThrow(/kept for ever|permission denied/);
      }
    }
  });

  const insertEntries = (amounts: string, account = '(SELECT min(id) FROM books.accounts)', hold = 'NULL') =>
    sql
      .raw(
        `INSERT INTO books.entries (transaction_id, line, account_id, hold_id, leg, amount)
         SELECT id, line, ${account}, ${hold}, leg, amount
         FROM (VALUES ${amounts}) AS e (line, leg, amount), (SELECT max(id) AS id FROM books.transactions) AS t`,
      )
      .execute(books);

  it('legs that do not sum to zero', async () => {
    await expect(insertEntries(`(90, 'free', -5), (91, 'pending', 4)`)).rejects.toThrow(/sum to -1/);
    await expect(insertEntries(`(90, 'free', -5)`)).rejects.toThrow(/sum to -5/);
  });

  it('entries that refer to nothing', async () => {
    const balanced = `(90, 'free', -5), (91, 'pending', 5)`;
    await expect(insertEntries(balanced, '99999')).rejects.toThrow(/no account 99999/);
    await expect(insertEntries(balanced, undefined, '99999')).rejects.toThrow(/no hold 99999/);
    await expect(
      sql`INSERT INTO books.entries (transaction_id, line, account_id, leg, amount)
        SELECT 99999, line, id, 'free', amount FROM books.accounts, (VALUES (1, 1), (2, -1)) AS e (line, amount)`.execute(
        books,
      ),
    ).rejects.toThrow(/no transaction 99999/);
  });

  it('what refers to nothing without reading all transactions that there are', async () => {
    // One connection, whose plan is made while the table is small and is kept.
    const one = test.as('govcloud_operator', 1);
    const alone = new Ledger({ ...session, books: one });
    const wholeReads = async () => {
      // The connection tells its counts at once instead of some time later.
      await sql`SELECT pg_stat_force_next_flush()`.execute(one);
      const { rows } = await sql<{ reads: bigint }>`
        SELECT seq_scan AS reads FROM pg_stat_user_tables
        WHERE relname = 'transactions'`.execute(test.as('owner', 1));
      return rows[0]?.reads;
    };
    await alone.hold(asking('req-first', [leg(county, 1)]));
    const before = await wholeReads();
    for (let n = 0; n < 3; n++) await alone.hold(asking(`req-then-${n}`, [leg(county, 1)]));
    expect(await wholeReads()).toBe(before);
  });

  it('negative pending or posted', async () => {
    await expect(sql`UPDATE books.accounts SET pending = -1`.execute(books)).rejects.toThrow(
      /accounts_pending_check/,
    );
    await expect(sql`UPDATE books.accounts SET posted = -1`.execute(books)).rejects.toThrow(
      /accounts_posted_check/,
    );
  });

  it('any write by the reports role, and anything but its own columns to the operator', async () => {
    const reports = test.as('govcloud_reports');
    await expect(sql`UPDATE books.accounts SET hard = 1`.execute(reports)).rejects.toThrow(
      /read-only|permission denied/,
    );
    const writing = reports.transaction().setAccessMode('read write');
    await expect(
      writing.execute((trx) => sql`UPDATE books.accounts SET hard = 1`.execute(trx)),
    ).rejects.toThrow(/permission denied/);
    await expect(sql`UPDATE books.accounts SET holder = 'x'`.execute(books)).rejects.toThrow(
      /permission denied/,
    );
    await expect(sql`UPDATE books.holds SET document = '{}'`.execute(books)).rejects.toThrow(
      /permission denied/,
    );
    await expect(sql`ALTER TABLE books.audit DISABLE TRIGGER ALL`.execute(books)).rejects.toThrow(
      /must be owner/,
    );
    await expect(sql`CREATE TABLE books.mine (a int)`.execute(books)).rejects.toThrow(/permission denied/);
    expect(await verifyBooks(reports)).toEqual([]);
    expect(await verifyAudit(reports)).toMatchObject({ ok: true });
    expect((await readHolds(reports)).items).toHaveLength(1);
  });
});

describe('reports', () => {
  it('pages holds and audit records, and filters them', async () => {
    await limit([
      [county, 100],
      [town, 100],
    ]);
    for (let index = 0; index < 5; index += 1) {
      await ledger.hold(asking(`r-${index}`, [leg(index % 2 === 0 ? county : town, 1)]));
    }
    await ledger.post(ref('r-2'), 'ticket-1');
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page = await readHolds(books, { limit: 2, ...(after === undefined ? {} : { after }) });
      expect(page.items.length).toBeLessThanOrEqual(2);
      seen.push(...page.items.map((hold) => hold.requestUid));
      after = page.next;
    } while (after !== undefined);
    expect(seen).toEqual(['r-0', 'r-1', 'r-2', 'r-3', 'r-4']);
    const ofTown = await readHolds(books, { holder: { kind: 'organisation', name: 'hedong' } });
    expect(ofTown.items.map((hold) => hold.requestUid)).toEqual(['r-1', 'r-3']);
    const posted = await readHolds(books, { states: ['posted'] });
    expect(posted.items).toMatchObject([
      { requestUid: 'r-2', lines: [{ account: county, posted: { value: 1n } }] },
    ]);
    const first = await readAudit(books, { action: 'ledger.hold', limit: 3 });
    const rest = await readAudit(books, { action: 'ledger.hold', limit: 3, after: first.next ?? '' });
    expect([...first.items, ...rest.items].map((it) => it.subject)).toEqual(seen);
    expect(rest.next).toBeUndefined();
  });

  it('gives balances by kind of holder', async () => {
    await limit(tree.map((of) => [of, 10]));
    const pools = await readBalances(books, { holderKinds: ['pool'] });
    expect(pools.map((it) => it.account)).toEqual([pool]);
    expect(await readBalances(books, { holderKinds: ['organisation'] })).toHaveLength(3);
  });
});

it('lets two migrators start at once, as an owner who is no superuser, and a second run change nothing', async () => {
  const { host, port } = server.postgres;
  const owner = test.as('owner');
  await sql`CREATE ROLE books_owner LOGIN`.execute(owner);
  await sql`CREATE DATABASE parallel_migrations OWNER books_owner`.execute(owner);
  const pools = [1, 2].map(() =>
    connect({
      host,
      port,
      user: 'books_owner',
      database: 'parallel_migrations',
      onIdleError: (error) => expect.fail(error.message),
    }),
  );
  try {
    await Promise.all(pools.map((it) => migrate(it)));
    await migrate(pools[0] as Books);
    expect(await takeEpoch(pools[1] as Books, 'first')).toBe(1n);
  } finally {
    await Promise.all(pools.map((it) => it.destroy()));
  }
});

it('takes each step once when connections are cut and every caller asks again', async () => {
  await limit([[county, 1_000_000]]);
  const { host, port } = server.postgres;
  const { rows } = await sql<{ name: string }>`SELECT current_database() AS name`.execute(books);
  const idleErrors: Error[] = [];
  const cut = connect({
    host,
    port,
    user: 'govcloud_operator',
    database: rows[0]?.name ?? '',
    maxConnections: 2,
    onIdleError: (error) => idleErrors.push(error),
  });
  try {
    const fragile = new Ledger({ ...session, books: cut });
    const owner = test.as('owner');
    const seen = { failures: 0, finished: 0 };
    const persist = async <T>(work: () => Promise<T>): Promise<T> => {
      for (;;) {
        try {
          return await work();
        } catch (error) {
          if (error && typeof error === 'object' && 'reasons' in error) throw error;
          seen.failures += 1;
        }
      }
    };
    const callers = Array.from({ length: 300 }, async (_, index) => {
      const uid = `r-${index}`;
      const outcome = await persist(() => fragile.hold(asking(uid, [leg(county, 1)])));
      expect(outcome.ok).toBe(true);
      await persist(() => fragile.post(ref(uid), 'ticket-1'));
      seen.finished += 1;
    });
    const cutting = (async () => {
      while (seen.finished < callers.length && seen.failures < 400) {
        await sql`
          SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE usename = 'govcloud_operator' AND datname = current_database() AND state = 'active'`.execute(
          owner,
        );
      }
    })();
    await Promise.all([...callers, cutting]);
    expect(seen.failures).toBeGreaterThan(0);
    expect(await balance(county)).toBe('1000000/0/300');
    await expectClean();
  } finally {
    await cut.destroy();
  }
});
