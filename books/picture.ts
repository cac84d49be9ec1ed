import type { Canonical } from '../domain/canonical.ts';
import { Amount, unitOf } from '../domain/quantity.ts';
import { type AccountKey, accountPath, type Balance, type Balances } from '../domain/quota/fit.ts';
import type { AuditRecord } from '../domain/audit/chain.ts';
import type { HoldStateName, Leg, Step } from './database.ts';

type Quantity = Amount<'millicores' | 'bytes'>;

/**
 * Names a hold: the object that it is for, that object's generation, and which attempt at quoting that
 * generation it is, from 1. With the step it is the key by which a transaction happens at most once.
 */
export interface HoldRef {
  readonly requestUid: string;
  readonly generation: number;
  readonly attempt: number;
}

/** The request whose grant amounts belong to: a resize adds to the origin of what it resizes. */
export interface Origin {
  readonly requestUid: string;
  readonly generation: number;
}

/** What a hold, or the posted row that it became, has on one account. */
export interface HoldLine {
  readonly account: AccountKey;
  readonly pending: Quantity;
  readonly posted: Quantity;
}

/** A hold with its lines, while a batch is decided. */
export interface PicturedHold extends HoldRef {
  readonly id: bigint;
  readonly origin: Origin;
  readonly ticket: string;
  readonly document: Canonical;
  readonly expiresAt: Date | null;
  readonly recordedAt: Date;
  /** The state in the database, to be compared when it is set; undefined for a hold that the batch takes. */
  readonly storedState: HoldStateName | undefined;
  state: HoldStateName;
  readonly lines: Map<string, HoldLine>;
}

export interface PicturedAccount extends Balance {
  readonly id: bigint;
  /** The balance in the database, to be compared when it is set. */
  readonly stored: Balance;
}

/** An amount that goes from one leg of an account to another; it becomes two entries that sum to zero. */
export interface Move {
  readonly account: AccountKey;
  readonly from: Leg;
  readonly to: Leg;
  /** Above zero. */
  readonly amount: Quantity;
  readonly hold?: PicturedHold;
}

export interface Earlier {
  readonly digest: string;
  readonly holdId: bigint | undefined;
}

export interface NewEntry {
  readonly transactionId: bigint;
  readonly line: number;
  readonly accountId: bigint;
  readonly holdId: bigint | null;
  readonly leg: Leg;
  readonly amount: bigint;
}

export interface NewTransaction extends HoldRef {
  readonly id: bigint;
  readonly step: Step;
  readonly digest: string;
  readonly holdId: bigint | null;
  readonly effectiveAt: Date;
}

export function keyPath(ref: HoldRef): string {
  return `${ref.requestUid}/${ref.generation}/${ref.attempt}`;
}

/**
 * All that a batch of steps needs to know, read under locks, and what deciding them has changed so far. Steps
 * are decided on it one after another, so each sees what those before it in the batch did.
 */
export class Picture {
  readonly now: Date;
  readonly transactions: NewTransaction[] = [];
  readonly entries: NewEntry[] = [];
  readonly newHolds: PicturedHold[] = [];
  readonly records: AuditRecord[] = [];
  private readonly actor: string;
  private readonly epoch: bigint;
  private readonly byPath: Map<string, PicturedAccount>;
  private readonly holds: Map<bigint, PicturedHold>;
  private readonly holdsByRequest: Map<string, PicturedHold[]>;
  private readonly earlier: Map<string, Earlier>;
  private readonly ids: { readonly transaction: bigint; readonly hold: bigint }[];

  constructor(seen: {
    now: Date;
    actor: string;
    epoch: bigint;
    accounts: readonly PicturedAccount[];
    holds: readonly PicturedHold[];
    earlier: ReadonlyMap<string, Earlier>;
    /** Unused ids, one pair for each step. */
    ids: readonly { readonly transaction: bigint; readonly hold: bigint }[];
  }) {
    this.now = seen.now;
    this.actor = seen.actor;
    this.epoch = seen.epoch;
    this.byPath = new Map(seen.accounts.map((account) => [accountPath(account.account), account]));
    this.holds = new Map(seen.holds.map((hold) => [hold.id, hold]));
    this.holdsByRequest = Map.groupBy(seen.holds, (hold) => hold.requestUid);
    this.earlier = new Map(seen.earlier);
    this.ids = [...seen.ids];
  }

  /** The transaction that already happened under this key and step. */
  earlierOf(ref: HoldRef, step: Step): Earlier | undefined {
    return this.earlier.get(`${keyPath(ref)}/${step}`);
  }

  balance(account: AccountKey): PicturedAccount | undefined {
    return this.byPath.get(accountPath(account));
  }

  /** The balances of the accounts that exist, by path. */
  get balances(): Balances {
    return this.byPath;
  }

  holdById(id: bigint): PicturedHold | undefined {
    return this.holds.get(id);
  }

  holdOf(ref: HoldRef): PicturedHold | undefined {
    return this.holdsOf(ref.requestUid).find(
      (hold) => hold.generation === ref.generation && hold.attempt === ref.attempt,
    );
  }

  holdsOf(requestUid: string): readonly PicturedHold[] {
    return this.holdsByRequest.get(requestUid) ?? [];
  }

  /** The posted holds of an origin, newest first. */
  postedOf(origin: Origin): PicturedHold[] {
    return this.allHolds()
      .filter(
        (hold) =>
          hold.state === 'posted' &&
          hold.origin.requestUid === origin.requestUid &&
          hold.origin.generation === origin.generation,
      )
      .sort((a, b) => (a.id < b.id ? 1 : -1));
  }

  addHold(hold: Omit<PicturedHold, 'id' | 'recordedAt' | 'storedState' | 'lines'>): PicturedHold {
    const id = this.ids[0]?.hold;
    if (id === undefined) throw new Error('a step took more than one hold');
    const added = { ...hold, id, recordedAt: this.now, storedState: undefined, lines: new Map() };
    this.holds.set(id, added);
    this.holdsByRequest.set(hold.requestUid, [...this.holdsOf(hold.requestUid), added]);
    this.newHolds.push(added);
    return added;
  }

  /** Holds whose state differs from the database's. */
  changedHolds(): PicturedHold[] {
    return this.allHolds().filter(
      (hold) => hold.storedState !== undefined && hold.storedState !== hold.state,
    );
  }

  /** Accounts whose balance differs from the database's. */
  changedAccounts(): PicturedAccount[] {
    return [...this.byPath.values()].filter((account) =>
      (['hard', 'pending', 'posted'] as const).some(
        (leg) => !account[leg].minus(account.stored[leg]).isZero(),
      ),
    );
  }

  /** Writes one transaction: its moves change balances and holds, its record goes into the audit chain. */
  transact(it: {
    step: Step;
    ref: HoldRef;
    digest: string;
    hold?: PicturedHold;
    effectiveAt?: Date;
    moves: readonly Move[];
    /** What the audit record says beside the transaction itself. */
    says?: { readonly [key: string]: Canonical | undefined };
  }): void {
    const id = this.ids.shift()?.transaction;
    if (id === undefined) throw new Error('a step wrote more than one transaction');
    const effectiveAt = it.effectiveAt ?? this.now;
    const holdId = it.hold?.id ?? null;
    const { requestUid, generation, attempt } = it.ref;
    this.transactions.push({
      id,
      step: it.step,
      requestUid,
      generation,
      attempt,
      digest: it.digest,
      holdId,
      effectiveAt,
    });
    this.earlier.set(`${keyPath(it.ref)}/${it.step}`, { digest: it.digest, holdId: it.hold?.id });
    const entries = it.moves.flatMap((move) => this.move(move));
    entries.forEach(({ account, ...entry }, line) =>
      this.entries.push({ transactionId: id, line, ...entry }),
    );
    this.records.push({
      actor: this.actor,
      action: `ledger.${it.step}`,
      subject: requestUid,
      body: {
        transaction: String(id),
        generation,
        attempt,
        digest: it.digest,
        hold: holdId === null ? null : String(holdId),
        epoch: String(this.epoch),
        effectiveAt: effectiveAt.toISOString(),
        recordedAt: this.now.toISOString(),
        entries: entries.map(({ account, holdId, leg, amount }) =>
          entryText({ account: accountPath(account), holdId, leg, amount }),
        ),
        ...it.says,
      },
    });
  }

  private allHolds(): PicturedHold[] {
    return [...this.holds.values()];
  }

  private move(move: Move): (Omit<NewEntry, 'transactionId' | 'line'> & { account: AccountKey })[] {
    const account = this.balance(move.account);
    if (!account) throw new Error(`no account ${accountPath(move.account)}`);
    const changes = [
      { leg: move.from, amount: move.amount.negated() },
      { leg: move.to, amount: move.amount },
    ];
    let { hard, pending, posted } = account;
    for (const { leg, amount } of changes) {
      // The limit leg is where limits come from: what leaves it is what the account may have.
      if (leg === 'limit') hard = hard.minus(amount);
      if (leg === 'pending') pending = pending.plus(amount);
      if (leg === 'posted') posted = posted.plus(amount);
    }
    this.byPath.set(accountPath(move.account), { ...account, hard, pending, posted });
    if (move.hold) addToLine(move.hold.lines, move.account, changes);
    return changes.map(({ leg, amount }) => ({
      account: move.account,
      accountId: account.id,
      holdId: move.hold?.id ?? null,
      leg,
      amount: amount.value,
    }));
  }
}

/** Adds what entries say of a hold to its line on an account. */
export function addToLine(
  lines: Map<string, HoldLine>,
  account: AccountKey,
  changes: readonly { readonly leg: Leg; readonly amount: Quantity }[],
): void {
  const zero = amountOf(account, 0n);
  let { pending, posted } = lines.get(accountPath(account)) ?? { pending: zero, posted: zero };
  for (const { leg, amount } of changes) {
    if (leg === 'pending') pending = pending.plus(amount);
    if (leg === 'posted') posted = posted.plus(amount);
  }
  lines.set(accountPath(account), { account, pending, posted });
}

/** An entry as the audit chain records it. */
export function entryText(entry: {
  account: string;
  holdId: bigint | null;
  leg: Leg;
  amount: bigint;
}): string {
  return `${entry.account} ${entry.leg} ${entry.amount} ${entry.holdId ?? '-'}`;
}

/** A stored amount in the unit of its account's resource. */
export function amountOf(account: AccountKey, value: bigint): Quantity {
  return Amount.of(unitOf(account.resource), value);
}
