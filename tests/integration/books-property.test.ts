import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { verifyAudit } from '../../books/audit.ts';
import type { Books } from '../../books/database.ts';
import { type HoldInput, Ledger } from '../../books/ledger.ts';
import { readBalances } from '../../books/reports.ts';
import { verifyBooks } from '../../books/verify.ts';
import { GovError } from '../../domain/errors.ts';
import { Amount } from '../../domain/quantity.ts';
import type { AccountKey } from '../../domain/quota/fit.ts';
import { type BooksServer, openBooks, startBooksServer, type TestBooks } from '../support/books.ts';

const SEED = 20261124;
const HOLDERS = ['hedong', 'luhe', 'shanwei'];
const REQUESTS = 6;

let server: BooksServer;

beforeAll(async () => {
  server = await startBooksServer();
});

afterAll(() => server?.stop());

type Values = readonly [number, number, number];
type Command =
  | { do: 'limit'; values: Values }
  | { do: 'open'; values: Values }
  | { do: 'hold' | 'replace' | 'credit'; request: number; values: Values }
  | { do: 'post' | 'void' | 'repeat' | 'expire'; request: number };

const request = fc.integer({ min: 0, max: REQUESTS - 1 });
const upTo = (max: number): fc.Arbitrary<Values> => {
  const value = fc.integer({ min: 0, max });
  return fc.tuple(value, value, value);
};
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constant('limit' as const), values: upTo(60) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('open' as const), values: upTo(10) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('hold' as const), request, values: upTo(20) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('replace' as const), request, values: upTo(25) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('post' as const), request }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('void' as const), request }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('repeat' as const), request }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('expire' as const), request }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('credit' as const), request, values: upTo(10) }) },
);

function account(index: number): AccountKey {
  return { holderKind: 'organisation', holder: HOLDERS[index] ?? '', zone: '*', arch: '*', resource: 'vcpu' };
}

function legs(values: readonly number[]) {
  return values.map((value, index) => ({ account: account(index), amount: Amount.of('millicores', value) }));
}

/** What the rules say, in a few lines of plain numbers that share no code with the ledger. */
class Model {
  readonly hard = [0, 0, 0];
  readonly opened = [0, 0, 0];
  readonly requests = Array.from({ length: REQUESTS }, () => ({
    attempt: 0,
    pending: undefined as number[] | undefined,
    posted: undefined as number[] | undefined,
    voided: false,
    last: undefined as { input: HoldInput; replaced: number | undefined } | undefined,
  }));

  sum(of: 'pending' | 'posted', index: number): number {
    return this.requests.reduce((sum, it) => sum + (it[of]?.[index] ?? 0), 0);
  }

  used(index: number): number {
    return this.sum('pending', index) + this.sum('posted', index) + (this.opened[index] ?? 0);
  }

  /** `hard/pending/posted` of each account. */
  balances(): string[] {
    return HOLDERS.map(
      (_, i) => `${this.hard[i]}/${this.sum('pending', i)}/${this.sum('posted', i) + (this.opened[i] ?? 0)}`,
    );
  }

  fits(values: readonly number[], back: readonly number[]): boolean {
    return values.every((value, i) => {
      const more = value - (back[i] ?? 0);
      return value === 0 || more <= 0 || this.used(i) + more <= (this.hard[i] ?? 0);
    });
  }
}

async function balancesIn(books: Books): Promise<string[]> {
  const rows = await readBalances(books);
  return HOLDERS.map((holder) => {
    const row = rows.find((it) => it.account.holder === holder);
    return row ? `${row.hard.value}/${row.pending.value}/${row.posted.value}` : 'no account';
  });
}

/** True when done, false when refused; anything else that goes wrong is thrown. */
async function done(work: Promise<unknown>): Promise<boolean> {
  try {
    const result = await work;
    return !(typeof result === 'object' && result !== null && 'ok' in result && result.ok === false);
  } catch (error) {
    if (error instanceof GovError && /^E_(HOLD|BOOKS|CREDIT)/.test(error.code)) return false;
    throw error;
  }
}

/** Runs one command on the ledger and on the model, and compares what each says of it. */
async function step(
  test: TestBooks,
  ledger: Ledger,
  model: Model,
  it: Command,
  index: number,
): Promise<void> {
  const key = { requestUid: `step-${index}`, generation: 1, attempt: 1 };
  if (it.do === 'limit') {
    const limits = it.values.map((value, i) => ({
      account: account(i),
      hard: Amount.of('millicores', value),
    }));
    await ledger.limit({ ...key, limits });
    for (const [i, value] of it.values.entries()) model.hard[i] = value;
    return;
  }
  if (it.do === 'open') {
    const effectiveAt = new Date('2024-01-01T00:00:00Z');
    const document = { row: index };
    await ledger.open({
      key: { requestUid: 'a'.repeat(64), generation: index, attempt: 1 },
      ticket: 't',
      document,
      legs: legs(it.values),
      effectiveAt,
    });
    for (const [i, value] of it.values.entries()) model.opened[i] = (model.opened[i] ?? 0) + value;
    return;
  }
  const state = model.requests[it.request];
  if (!state) throw new Error(`no request ${it.request}`);
  const requestUid = `request-${it.request}`;
  const current = { requestUid, generation: 1, attempt: state.attempt };
  const take = (values: readonly number[]): HoldInput => ({
    requestUid,
    generation: 1,
    attempt: state.attempt + 1,
    ticket: 't',
    document: { values },
    legs: legs(values),
    ttlSeconds: 3600,
  });
  switch (it.do) {
    case 'hold': {
      const input = take(it.values);
      const expected = !state.pending && !state.posted && model.fits(it.values, []);
      expect(await done(ledger.hold(input))).toBe(expected);
      if (expected)
        Object.assign(state, { attempt: input.attempt, pending: it.values, voided: false, last: { input } });
      return;
    }
    case 'replace': {
      const input = take(it.values);
      const expected = state.pending !== undefined && model.fits(it.values, state.pending);
      expect(await done(ledger.replace(current, input))).toBe(expected);
      if (expected) {
        Object.assign(state, {
          attempt: input.attempt,
          pending: it.values,
          last: { input, replaced: state.attempt },
        });
      }
      return;
    }
    case 'post': {
      const expected = state.pending !== undefined;
      const again = state.posted !== undefined && state.attempt > 0;
      expect(await done(ledger.post(current, 't'))).toBe(expected || again);
      if (expected) Object.assign(state, { posted: state.pending, pending: undefined });
      return;
    }
    case 'void': {
      const expected = state.pending !== undefined || state.voided;
      expect(await done(ledger.void(current))).toBe(expected);
      if (state.pending) Object.assign(state, { pending: undefined, voided: true });
      return;
    }
    case 'repeat': {
      if (!state.last) return;
      const { input, replaced } = state.last;
      const again =
        replaced === undefined ? ledger.hold(input) : ledger.replace({ ...input, attempt: replaced }, input);
      expect(await done(again)).toBe(true);
      return;
    }
    case 'expire': {
      await test.tamper(
        `UPDATE books.holds SET expires_at = expires_at - interval '1 day'
         WHERE request_uid = '${requestUid}' AND state = 'pending'`,
      );
      expect(await ledger.expire()).toHaveLength(state.pending ? 1 : 0);
      // It was due because a day had passed; the books must not show that it was this test which moved it.
      await test.tamper(
        `UPDATE books.holds SET expires_at = expires_at + interval '1 day' WHERE expires_at < recorded_at`,
      );
      state.pending = undefined;
      return;
    }
    case 'credit': {
      const posted = state.posted;
      const expected = it.values.every((value, i) => value <= (posted?.[i] ?? 0));
      const origin = { requestUid, generation: 1 };
      expect(await done(ledger.credit({ ...key, origin, legs: legs(it.values) }))).toBe(expected);
      if (expected && posted) state.posted = posted.map((value, i) => value - (it.values[i] ?? 0));
      return;
    }
  }
}

it('any history of steps does what the rules say, and its books balance', async () => {
  const property = fc.asyncProperty(
    upTo(60),
    fc.array(command, { minLength: 10, maxLength: 60 }),
    async (first, rest) => {
      const { test, books, ledger } = await openBooks(server.postgres);
      try {
        const model = new Model();
        for (const [index, it] of [{ do: 'limit' as const, values: first }, ...rest].entries()) {
          const before = HOLDERS.map((_, i) => model.used(i));
          await step(test, ledger, model, it, index);
          expect(await balancesIn(books)).toEqual(model.balances());
          if (it.do === 'limit' || it.do === 'open') continue;
          for (const i of HOLDERS.keys()) {
            const used = model.used(i);
            if (used > (before[i] ?? 0)) expect(used).toBeLessThanOrEqual(model.hard[i] ?? 0);
          }
        }
        expect(await verifyBooks(books)).toEqual([]);
        expect(await verifyAudit(books)).toMatchObject({ ok: true });
      } finally {
        await test.close();
      }
    },
  );
  await fc.assert(property, { seed: SEED, numRuns: 25 });
});

it('steps of two ledgers at once never take more than the limits', async () => {
  const commands = fc.array(command, { minLength: 30, maxLength: 80 });
  const property = fc.asyncProperty(upTo(60), commands, async (first, rest) => {
    const { test, session, ledger: one } = await openBooks(server.postgres);
    try {
      const ledgers = [one, new Ledger({ ...session, books: test.as('govcloud_operator', 2) })];
      const limits = first.map((value, i) => ({ account: account(i), hard: Amount.of('millicores', value) }));
      await ledgers[0]?.limit({ requestUid: 'quota', generation: 1, attempt: 1, limits });
      await Promise.all(
        rest.map((it, index) => {
          const ledger = ledgers[index % 2] as Ledger;
          if (it.do === 'limit' || it.do === 'open' || it.do === 'expire') return ledger.expire();
          const key = { requestUid: `request-${it.request}`, generation: 1, attempt: 1 };
          const next = { ...key, ticket: 't', document: {}, ttlSeconds: 3600 };
          const origin = { requestUid: key.requestUid, generation: 1 };
          if (it.do === 'hold') return done(ledger.hold({ ...next, legs: legs(it.values) }));
          if (it.do === 'replace')
            return done(ledger.replace(key, { ...next, attempt: 2, legs: legs(it.values) }));
          if (it.do === 'post') return done(ledger.post({ ...key, attempt: 1 + (index % 2) }, 't'));
          if (it.do === 'void') return done(ledger.void(key));
          if (it.do === 'credit') {
            return done(
              ledger.credit({ ...key, requestUid: `step-${index}`, origin, legs: legs(it.values) }),
            );
          }
          return ledger.holdsOf(key.requestUid);
        }),
      );
      const rows = await readBalances(session.books);
      expect(rows).toHaveLength(HOLDERS.length);
      for (const { hard, pending, posted } of rows)
        expect(pending.plus(posted).compare(hard)).toBeLessThanOrEqual(0);
      expect(await verifyBooks(session.books)).toEqual([]);
      expect(await verifyAudit(session.books)).toMatchObject({ ok: true });
    } finally {
      await test.close();
    }
  });
  await fc.assert(property, { seed: SEED, numRuns: 15 });
});
