import { sql } from 'kysely';
import { commitSteps, type Outcome } from './commit.ts';
import type { HoldRef, PicturedHold } from './picture.ts';
import { type Hold, holdsOfRequest } from './reports.ts';
import type { Session } from './session.ts';
import {
  type CreditInput,
  creditOrigin,
  expireHold,
  type HoldInput,
  type HoldOutcome,
  type LedgerStep,
  type LimitInput,
  type OpenInput,
  openStock,
  postHold,
  setLimits,
  takeHold,
  transferHold,
  type TransferInput,
  voidHold,
} from './steps.ts';

export type { CreditInput, Hold, HoldInput, HoldOutcome, HoldRef, LimitInput, OpenInput, TransferInput };

interface Waiting {
  readonly step: LedgerStep<unknown>;
  readonly settle: (outcome: Outcome) => void;
  readonly fail: (error: unknown) => void;
}

/** Most steps in one transaction: enough to share a commit, few enough to keep locks short. */
const MAX_BATCH = 128;

/** How many due holds are looked for at a time. */
const EXPIRE_PAGE = 200;

/**
 * The one writer of accounts. Every step happens at most once under its key: repeated with the same content it
 * returns the earlier result, with other content it throws GovError E_BOOKS_AHEAD. Steps asked for while
 * another commit is under way share the next transaction; each is decided and answered by itself.
 *
 * Every method throws GovError E_FENCED when another leader has taken over, and the database's own error when
 * the outcome is unknown: the caller asks again with the same key.
 */
export class Ledger {
  private readonly session: Session;
  private waiting: Waiting[] = [];
  private working = false;

  constructor(session: Session) {
    this.session = session;
  }

  /**
   * Takes a hold on every account that the legs name, all or nothing; else every account that refuses, with
   * its reason (E_QUOTA_EXCEEDED, E_QUOTA_MISSING). The key counts what was quoted: ask `holdsOf` before
   * quoting a generation again.
   * @throws GovError E_BOOKS_AHEAD also when the books know a later generation of the request; E_HOLD_STATE
   *   when the request has another pending hold or this generation is posted
   */
  async hold(input: HoldInput): Promise<HoldOutcome<Hold>> {
    return outcomeOf(await this.submit(takeHold(input)));
  }

  /**
   * Voids a pending hold of the request and takes a new one in one transaction. When the new one does not fit
   * nothing changes; what fits within the old one always fits.
   * @throws GovError as `hold`; E_HOLD_STATE when the old hold is no longer pending; E_BOOKS_BEHIND when the
   *   books do not know it
   */
  async replace(old: HoldRef, input: HoldInput): Promise<HoldOutcome<Hold>> {
    return outcomeOf(await this.submit(takeHold(input, old)));
  }

  /**
   * Turns a pending hold into posted use.
   * @param ticket what was approved; another than the hold's throws GovError E_BOOKS_AHEAD
   * @throws GovError E_HOLD_EXPIRED when it is due by database time, and it is then expired; E_HOLD_STATE;
   *   E_BOOKS_BEHIND
   */
  async post(hold: HoldRef, ticket: string): Promise<Hold> {
    return holdOf(await this.submit(postHold(hold, ticket)));
  }

  /**
   * Turns a pending hold into posted use and gives back what it takes over of another origin, in one transaction.
   * @throws GovError as `post`; E_CREDIT_EXCEEDED for every account on which the origin has less posted
   */
  async transfer(input: TransferInput): Promise<Hold> {
    return holdOf(await this.submit(transferHold(input)));
  }

  /** Gives a pending hold back. @throws GovError E_HOLD_STATE when it is not pending; E_BOOKS_BEHIND */
  async void(hold: HoldRef): Promise<Hold> {
    return holdOf(await this.submit(voidHold(hold)));
  }

  /** Expires every pending hold that is due by database time, and returns them. */
  async expire(): Promise<readonly Hold[]> {
    const expired: Hold[] = [];
    for (;;) {
      const due = await this.session.books
        .selectFrom('holds')
        .select(['request_uid', 'generation', 'attempt'])
        .where('state', '=', 'pending')
        .where('expires_at', '<=', sql<Date>`now()`)
        .orderBy('expires_at')
        .limit(EXPIRE_PAGE)
        .execute();
      const done = await Promise.all(
        due.map((row) =>
          this.submit(
            expireHold({
              requestUid: row.request_uid,
              generation: Number(row.generation),
              attempt: row.attempt,
            }),
          ),
        ),
      );
      expired.push(...done.flatMap((hold) => (hold ? [holdOf(hold)] : [])));
      if (due.length < EXPIRE_PAGE) return expired;
    }
  }

  /**
   * Gives posted use back, after it is gone from the member. All or nothing.
   * @throws GovError E_CREDIT_EXCEEDED for every account on which the origin has less posted
   */
  async credit(input: CreditInput): Promise<void> {
    await this.submit(creditOrigin(input));
  }

  /**
   * Sets limits to absolute values. Lowering one below what is used is legal; the account then grants nothing.
   * @throws GovError E_EFFECTIVE_LATER when the effective time is after the database's
   */
  async limit(input: LimitInput): Promise<void> {
    await this.submit(setLimits(input));
  }

  /**
   * Enters what runs already, such as a row of opening stock, as posted use, dated when it came into being.
   * @throws GovError E_EFFECTIVE_LATER
   */
  async open(input: OpenInput): Promise<Hold> {
    return holdOf(await this.submit(openStock(input)));
  }

  /** All holds of a request, oldest first. */
  async holdsOf(requestUid: string): Promise<readonly Hold[]> {
    return holdsOfRequest(this.session.books, requestUid);
  }

  private submit<T>(step: LedgerStep<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.waiting.push({
        step,
        settle: (outcome) => (outcome.ok ? resolve(outcome.value as T) : reject(outcome.error)),
        fail: reject,
      });
      if (this.working) return;
      this.working = true;
      // Let every caller of this turn of the event loop join the first batch.
      setImmediate(() => void this.work());
    });
  }

  private async work(): Promise<void> {
    while (this.waiting.length > 0) await this.commit(this.takeBatch());
    this.working = false;
  }

  /** Steps on the same key stay in their order, and never share a batch. */
  private takeBatch(): Waiting[] {
    const batch: Waiting[] = [];
    const rest: Waiting[] = [];
    const taken = new Set<string>();
    for (const waiting of this.waiting) {
      const { locks } = waiting.step;
      const fits = batch.length < MAX_BATCH && locks.every((key) => !taken.has(key));
      (fits ? batch : rest).push(waiting);
      for (const key of locks) taken.add(key);
    }
    this.waiting = rest;
    return batch;
  }

  private async commit(batch: readonly Waiting[]): Promise<void> {
    try {
      const outcomes = await commitSteps(
        this.session,
        batch.map((waiting) => waiting.step),
      );
      for (const [index, waiting] of batch.entries()) waiting.settle(outcomes[index] as Outcome);
    } catch (error) {
      if (batch.length > 1 && isRefusedData(error)) {
        // One of them carries what the database cannot store; it must not take the others with it.
        for (const waiting of batch) await this.commit([waiting]);
      } else {
        for (const waiting of batch) waiting.fail(error);
      }
    }
  }
}

/** PostgreSQL's classes 22 (data exception) and 23 (integrity constraint violation). */
function isRefusedData(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^2[23]/.test(String(error.code));
}

function outcomeOf(outcome: HoldOutcome<PicturedHold>): HoldOutcome<Hold> {
  return outcome.ok ? { ok: true, hold: holdOf(outcome.hold) } : outcome;
}

function holdOf(hold: PicturedHold): Hold {
  const {
    id,
    requestUid,
    generation,
    attempt,
    state,
    origin,
    ticket,
    document,
    expiresAt,
    recordedAt,
    lines,
  } = hold;
  return {
    id: String(id),
    requestUid,
    generation,
    attempt,
    state,
    origin,
    ticket,
    document,
    expiresAt,
    recordedAt,
    lines: [...lines.values()].filter((line) => !line.pending.isZero() || !line.posted.isZero()),
  };
}
