import { type Selectable, sql, type Transaction } from 'kysely';
import { GovError } from '../domain/errors.ts';
import { type AccountKey, accountPath } from '../domain/quota/fit.ts';
import { type BooksTables, databaseTime } from './database.ts';
import {
  addToLine,
  amountOf,
  type Earlier,
  type HoldRef,
  keyPath,
  Picture,
  type PicturedAccount,
  type PicturedHold,
} from './picture.ts';
import { lockKeys, type Session, write } from './session.ts';
import type { LedgerStep } from './steps.ts';

type Trx = Transaction<BooksTables>;

export type Outcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: GovError };

/**
 * Takes steps in one transaction: reads what they need under locks, decides them in order in memory, writes
 * once. A step that is refused changes nothing and leaves the others alone. No two steps may share a lock key.
 * @throws GovError E_FENCED; or the database's error, with nothing written
 */
export async function commitSteps(
  session: Session,
  steps: readonly LedgerStep<unknown>[],
): Promise<Outcome[]> {
  return write(session, async ({ trx, record }) => {
    const picture = await observe(trx, session, steps);
    const outcomes = steps.map((step): Outcome => {
      try {
        return { ok: true, value: step.decide(picture) };
      } catch (error) {
        if (error instanceof GovError) return { ok: false, error };
        throw error;
      }
    });
    await apply(trx, session, picture);
    picture.records.forEach(record);
    return outcomes;
  });
}

async function observe(trx: Trx, session: Session, steps: readonly LedgerStep<unknown>[]): Promise<Picture> {
  await lockKeys(
    trx,
    steps.flatMap((step) => step.locks),
  );
  const holdRows = await readHolds(trx, steps);
  const holdIds = holdRows.map((row) => row.id);
  const sums =
    holdIds.length === 0
      ? []
      : await trx
          .selectFrom('entries')
          .select(['hold_id', 'account_id', 'leg', sql<bigint>`sum(amount)::bigint`.as('amount')])
          .where('hold_id', 'in', holdIds)
          .where('leg', 'in', ['pending', 'posted'])
          .groupBy(['hold_id', 'account_id', 'leg'])
          .execute();
  const accounts = await lockAccounts(
    trx,
    steps,
    sums.map((sum) => sum.account_id),
  );
  const { now, ids, earlier } = await readSteps(trx, steps);
  const byId = new Map(accounts.map((account) => [account.id, account]));
  const holds = new Map(holdRows.map((row) => [row.id, picturedHold(row)]));
  for (const { hold_id, account_id, leg, amount } of sums) {
    const account = byId.get(account_id)?.account;
    const hold = hold_id === null ? undefined : holds.get(hold_id);
    if (account && hold) addToLine(hold.lines, account, [{ leg, amount: amountOf(account, amount) }]);
  }
  return new Picture({
    now,
    actor: session.actor,
    epoch: session.epoch,
    accounts,
    holds: [...holds.values()],
    earlier,
    ids,
  });
}

/** The time, an id for what each step may write, and what was written of each before. */
async function readSteps(trx: Trx, steps: readonly LedgerStep<unknown>[]) {
  const { rows } = await sql<{
    readonly transaction: bigint;
    readonly hold: bigint;
    readonly now: Date;
    readonly place: bigint;
    readonly digest: string | null;
    readonly hold_id: bigint | null;
  }>`
    SELECT nextval('books.transactions_id_seq') AS transaction, nextval('books.holds_id_seq') AS hold,
      ${databaseTime} AS now, place, digest, hold_id
    FROM unnest(${steps.map((it) => it.ref.requestUid)}::text[], ${steps.map((it) => it.ref.generation)}::bigint[],
      ${steps.map((it) => it.ref.attempt)}::integer[], ${steps.map((it) => it.step)}::text[])
      WITH ORDINALITY AS asked (request_uid, generation, attempt, step, place)
    LEFT JOIN books.transactions USING (request_uid, generation, attempt, step)`.execute(trx);
  const [first] = rows;
  if (!first) throw new Error('a batch has at least one step');
  const earlier = new Map<string, Earlier>();
  for (const { place, digest, hold_id } of rows) {
    const { ref, step } = steps[Number(place) - 1] as LedgerStep<unknown>;
    if (digest !== null) earlier.set(`${keyPath(ref)}/${step}`, { digest, holdId: hold_id ?? undefined });
  }
  return { now: first.now, ids: rows, earlier };
}

async function readHolds(trx: Trx, steps: readonly LedgerStep<unknown>[]) {
  const taking = steps.flatMap((step) => step.reads.taking?.hold ?? []);
  const named = [
    ...steps.flatMap((it) => [it.reads.hold, it.reads.taking?.replaces].filter(isGiven)),
    ...taking,
  ];
  const origins = steps.flatMap((step) => step.reads.origin ?? []);
  const { rows } = await sql<Selectable<BooksTables['holds']>>`
    SELECT * FROM books.holds WHERE id IN (
      SELECT id FROM books.holds JOIN ${holdsTable(named)} AS named (request_uid, generation, attempt)
        USING (request_uid, generation, attempt)
      UNION
      SELECT id FROM books.holds JOIN ${holdsTable(taking)} AS taken (uid, of, attempt_of) ON request_uid = uid
        AND (state = 'pending' OR generation > of OR generation = of AND state IN ('posted', 'credited'))
      UNION
      SELECT id FROM books.holds WHERE (origin_uid, origin_generation) IN (
        SELECT * FROM unnest(${origins.map((it) => it.requestUid)}::text[],
          ${origins.map((it) => it.generation)}::bigint[]))
    )`.execute(trx);
  return rows;
}

function holdsTable(refs: readonly HoldRef[]) {
  return sql`unnest(${refs.map((it) => it.requestUid)}::text[], ${refs.map((it) => it.generation)}::bigint[],
    ${refs.map((it) => it.attempt)}::integer[])`;
}

function isGiven<T>(it: T | undefined): it is T {
  return it !== undefined;
}

function picturedHold(row: Selectable<BooksTables['holds']>): PicturedHold {
  return {
    id: row.id,
    requestUid: row.request_uid,
    generation: Number(row.generation),
    attempt: row.attempt,
    origin: { requestUid: row.origin_uid, generation: Number(row.origin_generation) },
    ticket: row.ticket,
    document: row.document,
    expiresAt: row.expires_at,
    recordedAt: row.recorded_at,
    storedState: row.state,
    state: row.state,
    lines: new Map(),
  };
}

/** Locks the union of the accounts that steps name or whose ids are given, in the order of their ids. */
async function lockAccounts(
  trx: Trx,
  steps: readonly LedgerStep<unknown>[],
  ids: readonly bigint[],
): Promise<PicturedAccount[]> {
  const opened = distinct(steps.flatMap((step) => (step.reads.opens ? step.reads.accounts : [])));
  if (opened.length > 0) {
    await sql`
      INSERT INTO books.accounts (holder_kind, holder, zone, arch, resource)
      SELECT * FROM ${keysTable(opened)} ORDER BY 1, 2, 3, 4, 5
      ON CONFLICT DO NOTHING`.execute(trx);
  }
  const named = distinct(steps.flatMap((step) => step.reads.accounts));
  if (ids.length + named.length === 0) return [];
  const { rows } = await sql<Selectable<BooksTables['accounts']>>`
    SELECT * FROM books.accounts WHERE id IN (
      SELECT id FROM books.accounts
      JOIN ${keysTable(named)} AS named (holder_kind, holder, zone, arch, resource)
        USING (holder_kind, holder, zone, arch, resource)
      UNION
      SELECT unnest(${[...ids]}::bigint[])
    )
    ORDER BY id FOR NO KEY UPDATE`.execute(trx);
  return rows.map((row) => {
    const { holder, zone, arch, resource } = row;
    const account = { holderKind: row.holder_kind, holder, zone, arch, resource };
    const balance = {
      account,
      hard: amountOf(account, row.hard),
      pending: amountOf(account, row.pending),
      posted: amountOf(account, row.posted),
    };
    return { ...balance, id: row.id, stored: balance };
  });
}

function distinct(accounts: readonly AccountKey[]): AccountKey[] {
  return [...new Map(accounts.map((account) => [accountPath(account), account])).values()];
}

function keysTable(accounts: readonly AccountKey[]) {
  return sql`unnest(${accounts.map((it) => it.holderKind)}::text[], ${accounts.map((it) => it.holder)}::text[],
    ${accounts.map((it) => it.zone)}::text[], ${accounts.map((it) => it.arch)}::text[],
    ${accounts.map((it) => it.resource)}::text[])`;
}

async function apply(trx: Trx, session: Session, picture: Picture): Promise<void> {
  const { newHolds, transactions, entries } = picture;
  // The holds that go come before those that take their place: a request has one pending hold at most.
  const changed = picture.changedHolds();
  if (changed.length > 0) {
    const result = await sql`
      UPDATE books.holds SET state = change.state
      FROM unnest(${changed.map((it) => it.id)}::bigint[], ${changed.map((it) => it.state)}::text[],
        ${changed.map((it) => it.storedState)}::text[]) AS change (id, state, stored)
      WHERE holds.id = change.id AND holds.state = change.stored`.execute(trx);
    demandAll(result.numAffectedRows, changed.length, 'holds');
  }
  const accounts = picture.changedAccounts();
  if (transactions.length + accounts.length === 0) return;
  const column = (of: (it: PicturedAccount) => bigint) => sql`${accounts.map(of)}::bigint[]`;
  // One statement, since each way to the database is time in which the accounts are locked. They are guarded by the balances
  // that the decision was made on: what was refused or let through in memory is true of the row, whatever else has touched it.
  const result = await sql`
    WITH new_holds AS (
      INSERT INTO books.holds (id, request_uid, generation, attempt, state, origin_uid, origin_generation, ticket,
        document, expires_at, recorded_at)
      SELECT *, ${picture.now}::timestamptz FROM unnest(
        ${newHolds.map((it) => it.id)}::bigint[], ${newHolds.map((it) => it.requestUid)}::text[],
        ${newHolds.map((it) => it.generation)}::bigint[], ${newHolds.map((it) => it.attempt)}::integer[],
        ${newHolds.map((it) => it.state)}::text[], ${newHolds.map((it) => it.origin.requestUid)}::text[],
        ${newHolds.map((it) => it.origin.generation)}::bigint[], ${newHolds.map((it) => it.ticket)}::text[],
        ${newHolds.map((it) => JSON.stringify(it.document))}::jsonb[],
        ${newHolds.map((it) => it.expiresAt?.toISOString() ?? null)}::timestamptz[])
    ), new_transactions AS (
      INSERT INTO books.transactions (id, step, request_uid, generation, attempt, digest, hold_id, effective_at,
        recorded_at, epoch)
      SELECT *, ${picture.now}::timestamptz, ${session.epoch}::bigint FROM unnest(
        ${transactions.map((it) => it.id)}::bigint[], ${transactions.map((it) => it.step)}::text[],
        ${transactions.map((it) => it.requestUid)}::text[], ${transactions.map((it) => it.generation)}::bigint[],
        ${transactions.map((it) => it.attempt)}::integer[], ${transactions.map((it) => it.digest)}::text[],
        ${transactions.map((it) => it.holdId)}::bigint[],
        ${transactions.map((it) => it.effectiveAt.toISOString())}::timestamptz[])
    ), new_entries AS (
      INSERT INTO books.entries (transaction_id, line, account_id, hold_id, leg, amount)
      SELECT * FROM unnest(
        ${entries.map((it) => it.transactionId)}::bigint[], ${entries.map((it) => it.line)}::integer[],
        ${entries.map((it) => it.accountId)}::bigint[], ${entries.map((it) => it.holdId)}::bigint[],
        ${entries.map((it) => it.leg)}::text[], ${entries.map((it) => it.amount)}::bigint[])
    )
    UPDATE books.accounts SET hard = change.hard, pending = change.pending, posted = change.posted
    FROM unnest(${column((it) => it.id)},
      ${column((it) => it.hard.value)}, ${column((it) => it.pending.value)}, ${column((it) => it.posted.value)},
      ${column((it) => it.stored.hard.value)}, ${column((it) => it.stored.pending.value)},
      ${column((it) => it.stored.posted.value)})
      AS change (id, hard, pending, posted, stored_hard, stored_pending, stored_posted)
    WHERE accounts.id = change.id AND accounts.hard = change.stored_hard
      AND accounts.pending = change.stored_pending AND accounts.posted = change.stored_posted`.execute(trx);
  demandAll(result.numAffectedRows, accounts.length, 'accounts');
}

function demandAll(affected: bigint | undefined, expected: number, what: string): void {
  if (affected !== BigInt(expected)) {
    throw new Error(
      `${what} changed under their locks: ${affected} of ${expected} were as they had been read`,
    );
  }
}
