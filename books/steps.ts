import { type Canonical, digestOf } from '../domain/canonical.ts';
import { GovError, type Reason, reason } from '../domain/errors.ts';
import { formatQuantity } from '../domain/quantity.ts';
import { type AccountKey, accountPath, type Demand, fit, sumByAccount } from '../domain/quota/fit.ts';
import { holdActions, holdStates, resourceNames } from '../messages/books.ts';
import type { Step } from './database.ts';
import { type HoldRef, keyPath, type Move, type Origin, type Picture, type PicturedHold } from './picture.ts';

/** A step of the ledger: what must be locked and read for it, and what it then does. */
export interface LedgerStep<T> {
  readonly ref: HoldRef;
  readonly step: Step;
  /** Keys that no other step may work on at the same time. */
  readonly locks: readonly string[];
  readonly reads: {
    /** This hold alone. */
    readonly hold?: HoldRef;
    /**
     * Of this request every hold that may stand in the way of taking this one: it itself, the one that it replaces, those
     * of later generations, what is pending and what its generation has posted.
     */
    readonly taking?: { readonly hold: HoldRef; readonly replaces: HoldRef | undefined };
    /** All posted holds of this origin. */
    readonly origin?: Origin;
    readonly accounts: readonly AccountKey[];
    /** Accounts that come into being with their first limit or their opening stock. */
    readonly opens?: boolean;
  };
  /**
   * Decides on what was read, and writes into the picture. Throws GovError when the step cannot be taken; what
   * it wrote before that is kept.
   */
  decide(picture: Picture): T;
}

export interface HoldInput extends HoldRef {
  readonly ticket: string;
  /** What was quoted and is reviewed; the grant is made from it and never from the live object. */
  readonly document: Canonical;
  /** What is asked of each account; none for a request that needs no more than it has. */
  readonly legs: readonly Demand[];
  /** Seconds of database time until it expires. */
  readonly ttlSeconds: number;
  /** The request whose grant it adds to; itself when absent. */
  readonly origin?: Origin;
}

export type HoldOutcome<H> =
  | { readonly ok: true; readonly hold: H }
  | { readonly ok: false; readonly reasons: readonly Reason[] };

/** Takes a hold; with `replaces`, voids that hold of the same request in the same transaction. */
export function takeHold(input: HoldInput, replaces?: HoldRef): LedgerStep<HoldOutcome<PicturedHold>> {
  const ref = refOf(input);
  const step = replaces ? 'replace' : 'hold';
  const origin = input.origin ?? { requestUid: ref.requestUid, generation: ref.generation };
  const legs = sumByAccount(input.legs);
  const digest = digestOf({
    step,
    ticket: input.ticket,
    document: input.document,
    legs: legsText(legs),
    origin: `${origin.requestUid}/${origin.generation}`,
    replaces: replaces && keyPath(replaces),
  });
  if (!Number.isSafeInteger(input.ttlSeconds) || input.ttlSeconds < 1) {
    throw new RangeError(`not a whole number of seconds: ${input.ttlSeconds}`);
  }
  return {
    ref,
    step,
    locks: [ref.requestUid],
    reads: { taking: { hold: ref, replaces }, accounts: [...legs.values()].map((leg) => leg.account) },
    decide(picture) {
      const done = doneBefore(picture, ref, step, digest);
      if (done) return { ok: true, hold: holdOfEarlier(picture, done.holdId) };
      const known = picture.holdsOf(ref.requestUid);
      // The books know a later generation, or this very attempt by another step: etcd went back in time.
      if (known.some((hold) => hold.generation > ref.generation) || picture.holdOf(ref)) throw ahead(ref);
      const old = replaces && demandHold(picture, replaces);
      if (old && old.state !== 'pending') throw wrongState(old, 'replace');
      const obstacle = known.find(
        (hold) =>
          (hold.state === 'pending' && hold !== old) ||
          (hold.generation === ref.generation && (hold.state === 'posted' || hold.state === 'credited')),
      );
      if (obstacle) throw wrongState(obstacle, 'take');
      const released = old
        ? [...old.lines.values()].map(({ account, pending }) => ({ account, amount: pending }))
        : [];
      const verdict = fit(input.legs, picture.balances, released);
      if (!verdict.ok) return verdict;
      const moves: Move[] = [];
      if (old) {
        moves.push(...movesOf(old, 'pending', 'free'));
        old.state = 'replaced';
      }
      const hold = picture.addHold({
        ...ref,
        origin,
        ticket: input.ticket,
        document: input.document,
        expiresAt: new Date(picture.now.getTime() + input.ttlSeconds * 1000),
        state: 'pending',
      });
      for (const { account, amount } of legs.values()) {
        moves.push({ account, from: 'free', to: 'pending', amount, hold });
      }
      picture.transact({
        step,
        ref,
        digest,
        hold,
        moves,
        says: { ...termsOf(hold), replaces: old && String(old.id) },
      });
      return { ok: true, hold };
    },
  };
}

/** Turns a pending hold into posted use, if it has not expired by database time. */
export function postHold(target: HoldRef, ticket: string): LedgerStep<PicturedHold> {
  const ref = refOf(target);
  const digest = digestOf({ step: 'post', ticket });
  return onHold(ref, 'post', (picture, hold) => {
    if (doneBefore(picture, ref, 'post', digest)) return hold;
    demandPostable(picture, hold, ticket);
    const moves = movesOf(hold, 'pending', 'posted');
    hold.state = 'posted';
    picture.transact({ step: 'post', ref, digest, hold, moves, says: { ticket } });
    return hold;
  });
}

/** @throws GovError E_BOOKS_AHEAD, E_HOLD_EXPIRED and it is then expired, E_HOLD_STATE */
function demandPostable(picture: Picture, hold: PicturedHold, ticket: string): void {
  if (hold.ticket !== ticket) throw ahead(hold);
  if (hold.state === 'pending' && isDue(hold, picture.now)) writeExpiry(picture, hold);
  if (hold.state === 'expired') throw new GovError(reason('E_HOLD_EXPIRED', { request: hold.requestUid }));
  if (hold.state !== 'pending') throw wrongState(hold, 'post');
}

/** Gives a pending hold back: withdrawn, returned or rejected. */
export function voidHold(target: HoldRef): LedgerStep<PicturedHold> {
  const ref = refOf(target);
  const digest = digestOf({ step: 'void' });
  return onHold(ref, 'void', (picture, hold) => {
    if (doneBefore(picture, ref, 'void', digest)) return hold;
    if (hold.state !== 'pending') throw wrongState(hold, 'void');
    const moves = movesOf(hold, 'pending', 'free');
    hold.state = 'void';
    picture.transact({ step: 'void', ref, digest, hold, moves });
    return hold;
  });
}

/** Expires a hold that is pending and due; undefined when somebody else was faster or it is not due. */
export function expireHold(target: HoldRef): LedgerStep<PicturedHold | undefined> {
  return onHold(refOf(target), 'expire', (picture, hold) => {
    if (hold.state !== 'pending' || !isDue(hold, picture.now)) return undefined;
    writeExpiry(picture, hold);
    return hold;
  });
}

export interface CreditInput extends HoldRef {
  /** Whose posted use is given back: the request that was granted, or the row of opening stock. */
  readonly origin: Origin;
  readonly legs: readonly Demand[];
}

/**
 * Gives posted use back, newest hold of the origin first; a hold with nothing left becomes credited. All or
 * nothing: refused with a reason for every account on which the origin has less posted.
 */
export function creditOrigin(input: CreditInput): LedgerStep<void> {
  const ref = refOf(input);
  const { origin } = input;
  const legs = sumByAccount(input.legs);
  const originKey = `${origin.requestUid}/${origin.generation}`;
  const digest = digestOf({ step: 'credit', origin: originKey, legs: legsText(legs) });
  return {
    ref,
    step: 'credit',
    locks: [ref.requestUid, originKey],
    reads: { origin, accounts: accountsOf(legs) },
    decide(picture) {
      if (doneBefore(picture, ref, 'credit', digest)) return;
      const moves = creditsOf(picture, origin, legs);
      picture.transact({ step: 'credit', ref, digest, moves, says: { origin: originKey } });
      markCredited(moves);
    },
  };
}

/** Takes legs back from what an origin has posted. @throws GovError E_CREDIT_EXCEEDED for every account that has less */
function creditsOf(picture: Picture, origin: Origin, legs: ReadonlyMap<string, Demand>): Move[] {
  const holds = picture.postedOf(origin);
  const reasons: Reason[] = [];
  const moves: Move[] = [];
  for (const [path, { account, amount }] of legs) {
    let left = amount;
    for (const hold of holds) {
      const posted = hold.lines.get(path)?.posted;
      if (!posted || posted.isZero() || left.isZero()) continue;
      const part = posted.compare(left) < 0 ? posted : left;
      moves.push({ account, from: 'posted', to: 'free', amount: part, hold });
      left = left.minus(part);
    }
    if (!left.isZero()) {
      const params = {
        holder: account.holder,
        resource: resourceNames[account.resource],
        asked: formatQuantity(account.resource, amount),
        posted: formatQuantity(account.resource, amount.minus(left)),
        request: `${origin.requestUid}/${origin.generation}`,
      };
      reasons.push(reason('E_CREDIT_EXCEEDED', params, path));
    }
  }
  const [first, ...more] = reasons;
  if (first) throw new GovError(first, ...more);
  return moves;
}

/** Holds from which moves have taken the last become credited. */
function markCredited(moves: readonly Move[]): void {
  for (const { from, hold } of moves)
    if (from === 'posted' && hold && [...hold.lines.values()].every((line) => line.posted.isZero()))
      hold.state = 'credited';
}

export interface TransferInput extends HoldRef {
  /** What was approved. */
  readonly ticket: string;
  /** Whose posted use goes over: that of the request that was granted, or the row of opening stock. */
  readonly origin: Origin;
  /** What is given back of it. */
  readonly credits: readonly Demand[];
  /** What of that stays posted, under the hold: on accounts that giver and receiver both count on. No more than is given back. */
  readonly carried: readonly Demand[];
}

/**
 * Turns a pending hold into posted use and gives back what it takes over, in one transaction: at no time is it posted twice or
 * not at all, and on accounts that both count on nothing rises.
 */
export function transferHold(input: TransferInput): LedgerStep<PicturedHold> {
  const ref = refOf(input);
  const { ticket, origin } = input;
  const credits = sumByAccount(input.credits);
  const carried = sumByAccount(input.carried);
  for (const [path, { amount }] of carried) {
    const credited = credits.get(path)?.amount;
    if (!credited || amount.compare(credited) > 0)
      throw new RangeError(`more is carried than credited on ${path}: ${amount.value}`);
  }
  const originKey = `${origin.requestUid}/${origin.generation}`;
  const digest = digestOf({
    step: 'transfer',
    ticket,
    origin: originKey,
    credits: legsText(credits),
    carried: legsText(carried),
  });
  return {
    ref,
    step: 'transfer',
    locks: [ref.requestUid, originKey],
    reads: { hold: ref, origin, accounts: accountsOf(credits) },
    decide(picture) {
      const hold = demandHold(picture, ref);
      if (doneBefore(picture, ref, 'transfer', digest)) return hold;
      demandPostable(picture, hold, ticket);
      const moves = [
        ...creditsOf(picture, origin, credits),
        ...movesOf(hold, 'pending', 'posted'),
        ...[...carried.values()].map(
          ({ account, amount }): Move => ({ account, from: 'free', to: 'posted', amount, hold }),
        ),
      ];
      hold.state = 'posted';
      picture.transact({ step: 'transfer', ref, digest, hold, moves, says: { ticket, from: originKey } });
      markCredited(moves);
      return hold;
    },
  };
}

export interface LimitInput extends HoldRef {
  /** Absolute limits, zero or more. */
  readonly limits: readonly { readonly account: AccountKey; readonly hard: Demand['amount'] }[];
  /** From when it counts; the database's time when absent. */
  readonly effectiveAt?: Date;
}

/** Sets limits to absolute values, by entries of the difference. A limit below what is used is legal. */
export function setLimits(input: LimitInput): LedgerStep<void> {
  const ref = refOf(input);
  const limits = new Map(input.limits.map(({ account, hard }) => [accountPath(account), { account, hard }]));
  if (limits.size !== input.limits.length) throw new RangeError('two limits for one account');
  for (const [path, { hard }] of limits) {
    if (hard.isNegative()) throw new RangeError(`negative limit for ${path}: ${hard.value}`);
  }
  const digest = digestOf({
    step: 'limit',
    limits: [...limits].map(([path, { hard }]) => `${path} ${hard.value}`).sort(),
    effectiveAt: input.effectiveAt?.toISOString(),
  });
  return {
    ref,
    step: 'limit',
    locks: [ref.requestUid],
    reads: { accounts: accountsOf(limits), opens: true },
    decide(picture) {
      if (doneBefore(picture, ref, 'limit', digest)) return;
      const effectiveAt = notLater(input.effectiveAt, picture.now);
      const moves = [...limits].flatMap(([path, limit]): Move[] => {
        const balance = picture.balances.get(path);
        const change = balance && limit.hard.minus(balance.hard);
        if (!change || change.isZero()) return [];
        return change.isNegative()
          ? [{ account: balance.account, from: 'free', to: 'limit', amount: change.negated() }]
          : [{ account: balance.account, from: 'limit', to: 'free', amount: change }];
      });
      picture.transact({ step: 'limit', ref, digest, moves, effectiveAt });
    },
  };
}

export interface OpenInput {
  /**
   * What is entered: a row of an imported file, by the file's SM3 and the row's number; or what stands in the hub for
   * a request that the books have lost, under the request's own key.
   */
  readonly key: HoldRef;
  /** Whose use it adds to; its own when absent. */
  readonly origin?: Origin;
  /** Digest of what was approved: the batch, or the plan of repair. */
  readonly ticket: string;
  /** What the row says, or what was granted. */
  readonly document: Canonical;
  readonly legs: readonly Demand[];
  /** When it was opened; not later than the database's time. */
  readonly effectiveAt: Date;
}

/**
 * Enters what runs already as posted use. It is not held against limits: it exists, so the books must be
 * able to say so, and an account that it overdraws grants nothing more.
 */
export function openStock(input: OpenInput): LedgerStep<PicturedHold> {
  const ref = refOf(input.key);
  const { origin = { requestUid: ref.requestUid, generation: ref.generation } } = input;
  const legs = sumByAccount(input.legs);
  const digest = digestOf({
    step: 'open',
    document: input.document,
    legs: legsText(legs),
    effectiveAt: input.effectiveAt.toISOString(),
  });
  return {
    ref,
    step: 'open',
    // Rows of one file do not touch each other's holds, so they may share a batch.
    locks: [`${ref.requestUid}/${ref.generation}`, `${origin.requestUid}/${origin.generation}`],
    reads: { origin, accounts: accountsOf(legs), opens: true },
    decide(picture) {
      const done = doneBefore(picture, ref, 'open', digest);
      if (done) return holdOfEarlier(picture, done.holdId);
      const effectiveAt = notLater(input.effectiveAt, picture.now);
      const { ticket, document } = input;
      const hold = picture.addHold({ ...ref, origin, ticket, document, expiresAt: null, state: 'posted' });
      const moves = [...legs.values()].map(
        ({ account, amount }): Move => ({ account, from: 'free', to: 'posted', amount, hold }),
      );
      picture.transact({
        step: 'open',
        ref,
        digest,
        hold,
        effectiveAt,
        moves,
        says: termsOf(hold),
      });
      return hold;
    },
  };
}

/** What the audit chain says of a hold that is taken, beside its transaction; `books verify` compares the row. */
function termsOf(hold: Pick<PicturedHold, 'origin' | 'ticket' | 'document' | 'expiresAt'>) {
  return {
    origin: `${hold.origin.requestUid}/${hold.origin.generation}`,
    ticket: hold.ticket,
    document: digestOf(hold.document),
    expiresAt: hold.expiresAt?.toISOString() ?? null,
  };
}

function onHold<T>(
  ref: HoldRef,
  step: Step,
  decide: (picture: Picture, hold: PicturedHold) => T,
): LedgerStep<T> {
  return {
    ref,
    step,
    locks: [ref.requestUid],
    reads: { hold: ref, accounts: [] },
    decide: (picture) => decide(picture, demandHold(picture, ref)),
  };
}

function demandHold(picture: Picture, ref: HoldRef): PicturedHold {
  const hold = picture.holdOf(ref);
  if (!hold) throw new GovError(reason('E_BOOKS_BEHIND', { key: keyPath(ref) }, keyPath(ref)));
  return hold;
}

/** What happened under this key before. @throws GovError E_BOOKS_AHEAD when that had other content */
function doneBefore(picture: Picture, ref: HoldRef, step: Step, digest: string) {
  const earlier = picture.earlierOf(ref, step);
  if (earlier && earlier.digest !== digest) throw ahead(ref);
  return earlier;
}

function holdOfEarlier(picture: Picture, id: bigint | undefined): PicturedHold {
  const hold = id === undefined ? undefined : picture.holdById(id);
  if (!hold) throw new Error(`hold ${id} of an earlier transaction was not read`);
  return hold;
}

function writeExpiry(picture: Picture, hold: PicturedHold): void {
  const moves = movesOf(hold, 'pending', 'free');
  hold.state = 'expired';
  picture.transact({ step: 'expire', ref: hold, digest: digestOf({ step: 'expire' }), hold, moves });
}

function isDue(hold: PicturedHold, now: Date): boolean {
  return hold.expiresAt !== null && hold.expiresAt <= now;
}

function movesOf(hold: PicturedHold, from: 'pending', to: 'free' | 'posted'): Move[] {
  return [...hold.lines.values()]
    .filter((line) => !line[from].isZero())
    .map((line) => ({ account: line.account, from, to, amount: line[from], hold }));
}

function notLater(effectiveAt: Date | undefined, now: Date): Date {
  if (!effectiveAt || effectiveAt <= now) return effectiveAt ?? now;
  throw new GovError(
    reason('E_EFFECTIVE_LATER', { effective: effectiveAt.toISOString(), now: now.toISOString() }),
  );
}

function ahead(ref: HoldRef): GovError {
  return new GovError(reason('E_BOOKS_AHEAD', { key: keyPath(ref) }, keyPath(ref)));
}

function wrongState(hold: PicturedHold, action: keyof typeof holdActions): GovError {
  return new GovError(
    reason(
      'E_HOLD_STATE',
      { hold: String(hold.id), state: holdStates[hold.state], action: holdActions[action] },
      keyPath(hold),
    ),
  );
}

function accountsOf(legs: ReadonlyMap<string, { readonly account: AccountKey }>): AccountKey[] {
  return [...legs.values()].map((leg) => leg.account);
}

function legsText(legs: ReadonlyMap<string, Demand>): string[] {
  return [...legs].map(([path, { amount }]) => `${path} ${amount.value}`).sort();
}

function refOf({ requestUid, generation, attempt }: HoldRef): HoldRef {
  for (const value of [generation, attempt]) {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`not a count: ${value}`);
  }
  return { requestUid, generation, attempt };
}
