import type { Handover } from '../../api/v1alpha1/index.ts';
import type { Carrying, DecisionCopy as StoredDecision, DecisionInput } from '../../books/copies.ts';
import { uncarried, uncopied } from '../../books/copies.ts';
import type { Step } from '../../books/database.ts';
import { demandEpoch } from '../../books/fence.ts';
import {
  addToLine,
  type Earlier,
  type HoldLine,
  type HoldRef,
  keyPath,
  type NewEntry,
  type NewTransaction,
  type Origin,
  Picture,
  type PicturedAccount,
  type PicturedHold,
} from '../../books/picture.ts';
import {
  creditOrigin,
  expireHold,
  type HoldInput,
  type HoldOutcome,
  type LedgerStep,
  type LimitInput,
  postHold,
  setLimits,
  takeHold,
  transferHold,
  type TransferInput,
  voidHold,
} from '../../books/steps.ts';
import type { ErasedDisk } from '../../books/erasures.ts';
import type { ErasureBasis, HandoverCopy } from '../../domain/allocation/picture.ts';
import type { DecisionCopy } from '../../domain/approval/fold.ts';
import type { HeldDocument } from '../../domain/approval/ticket.ts';
import type { Canonical } from '../../domain/canonical.ts';
import { GovError, reason } from '../../domain/errors.ts';
import { Amount, type ResourceVector, unitOf } from '../../domain/quantity.ts';
import {
  type AccountKey,
  accountPath,
  type Balance,
  creditableOf,
  type Demand,
} from '../../domain/quota/fit.ts';
import type { PlacedDecision } from '../../domain/request/decide.ts';
import { frozen } from '../../domain/testing/city.ts';
import {
  type BooksOfTerm,
  decisionOf,
  decisionOfHandover,
  inputOf,
  handoverOf,
  type RequestRecord,
  type Subject,
} from '../../operator/adapters/books.ts';

export type Hold = Omit<PicturedHold, 'storedState'>;

/** A transaction with what it moved, as a watcher sees it before it counts. */
export interface Committed extends NewTransaction {
  readonly epoch: bigint;
  readonly entries: readonly (Omit<NewEntry, 'accountId'> & { readonly account: AccountKey })[];
}

/**
 * The books in memory: tables and locks are left out, the rules are the ledger's own steps. One step at a time is a
 * transaction, which is what the locks of the real ones come to.
 */
export class Books {
  readonly holds = new Map<bigint, Hold>();
  readonly accounts = new Map<string, PicturedAccount>();
  readonly transactions: Committed[] = [];
  readonly decisions: (StoredDecision & { readonly subject: string })[] = [];
  readonly serials = new Map<string, string>();
  readonly closed = new Map<string, { readonly document: Canonical; readonly at: string }>();
  epoch = 0n;
  /** Told of each transaction before it counts; what it throws is a rule that does not hold. */
  watcher: (transaction: Committed) => void = () => undefined;
  /** Told of each disk that is said to be erased, before that counts. */
  onErased: (subject: string, disk: ErasedDisk) => void = () => undefined;
  /** Told of each decision that is carried, with the ticket that it comes from. */
  onCarried: (subject: string, from: string, copy: StoredDecision) => void = () => undefined;
  private readonly earlier = new Map<string, Earlier>();
  readonly now: () => number;
  private ids = 0n;

  constructor(now: () => number) {
    this.now = now;
  }

  /** Has what other books have, which hold nothing yet but limits. */
  copy(other: Books): void {
    for (const [path, account] of other.accounts) this.accounts.set(path, account);
    for (const [key, earlier] of other.earlier) this.earlier.set(key, earlier);
    this.transactions.push(...other.transactions);
    this.epoch = other.epoch;
    this.ids = other.ids;
  }

  takeEpoch(): bigint {
    this.epoch += 1n;
    return this.epoch;
  }

  holdsOf(requestUid: string): readonly Hold[] {
    return [...this.holds.values()].filter((hold) => hold.requestUid === requestUid);
  }

  copiesOf(subject: string): readonly StoredDecision[] {
    return this.decisions
      .filter((it) => it.subject === subject)
      .sort((a, b) => a.position - b.position || Number(a.id) - Number(b.id));
  }

  balances(holders?: readonly string[]): Balance[] {
    return [...this.accounts.values()].filter(({ account }) => holders?.includes(account.holder) ?? true);
  }

  postedOf(origin: Origin): readonly Demand[] {
    const sums = new Map<string, { account: AccountKey; amount: Demand['amount'] }>();
    for (const hold of this.holds.values()) {
      if (hold.origin.requestUid !== origin.requestUid || hold.origin.generation !== origin.generation)
        continue;
      for (const [path, { account, posted }] of hold.lines) {
        const sum = sums.get(path)?.amount ?? Amount.of(unitOf(account.resource), 0n);
        sums.set(path, { account, amount: sum.plus(posted) });
      }
    }
    return [...sums.values()].filter(({ amount }) => !amount.isZero());
  }

  isDone(key: Origin & { readonly attempt: number }, step: Step): boolean {
    return this.transactions.some(
      (it) =>
        it.step === step &&
        it.requestUid === key.requestUid &&
        it.generation === key.generation &&
        it.attempt === key.attempt,
    );
  }

  /** Takes a step as `commitSteps` does: sees what it asks for, decides, writes once. */
  commit<T>(epoch: bigint, step: LedgerStep<T>): T {
    demandEpoch(epoch, this.epoch);
    if (step.reads.opens)
      for (const account of step.reads.accounts)
        if (!this.accounts.has(accountPath(account))) this.open(account);
    const { hold: ofHold, taking, origin } = step.reads;
    const requestUid = (ofHold ?? taking?.hold)?.requestUid;
    const holds = [...this.holds.values()]
      .filter(
        (hold) =>
          hold.requestUid === requestUid ||
          (origin &&
            hold.origin.requestUid === origin.requestUid &&
            hold.origin.generation === origin.generation),
      )
      .map((hold) => ({ ...hold, storedState: hold.state, lines: new Map(hold.lines) }));
    const paths = new Set([
      ...step.reads.accounts.map(accountPath),
      ...holds.flatMap(({ lines }) => [...lines.keys()]),
    ]);
    const key = `${keyPath(step.ref)}/${step.step}`;
    const known = this.earlier.get(key);
    const picture = new Picture({
      now: new Date(this.now()),
      actor: 'operator',
      epoch,
      accounts: [...paths].flatMap((path) => this.accounts.get(path) ?? []),
      holds,
      earlier: new Map(known ? [[key, known]] : []),
      ids: [{ transaction: this.next(), hold: this.next() }],
    });
    try {
      return step.decide(picture);
    } finally {
      this.write(epoch, picture);
    }
  }

  record(epoch: bigint, subject: string, decisions: readonly DecisionInput[]): void {
    demandEpoch(epoch, this.epoch);
    const decidedAt = new Date(this.now());
    for (const it of uncopied(subject, this.copiesOf(subject), decisions))
      this.decisions.push(
        frozen({ ...it, comment: it.comment ?? '', subject, id: String(this.next()), decidedAt }),
      );
  }

  carry(epoch: bigint, subject: string, carrying: Carrying): void {
    demandEpoch(epoch, this.epoch);
    for (const copy of uncarried(this.copiesOf(subject), carrying)) {
      const carried = { ...copy, ticket: carrying.toTicket, id: String(this.next()), carriedFrom: copy.id };
      this.onCarried(subject, carrying.fromTicket, carried);
      this.decisions.push({ ...carried, subject });
    }
  }

  private write(epoch: bigint, picture: Picture): void {
    const byId = new Map([...this.accounts.values()].map((it) => [it.id, it.account]));
    for (const transaction of picture.transactions) {
      const entries = picture.entries.map(({ accountId, ...entry }) => {
        const account = byId.get(accountId);
        if (!account) throw new Error(`no account ${accountId}`);
        return { ...entry, account };
      });
      const committed = { ...transaction, epoch, entries };
      this.watcher(committed);
      this.transactions.push(committed);
      this.earlier.set(`${keyPath(transaction)}/${transaction.step}`, {
        digest: transaction.digest,
        holdId: transaction.holdId ?? undefined,
      });
    }
    for (const { storedState: _stored, ...hold } of [...picture.changedHolds(), ...picture.newHolds]) {
      const lines = this.holds.get(hold.id)?.lines ?? new Map<string, HoldLine>();
      this.holds.set(hold.id, { ...hold, document: frozen(structuredClone(hold.document)), lines });
    }
    for (const { accountId, holdId, leg, amount } of picture.entries) {
      const account = byId.get(accountId) as AccountKey;
      const lines = holdId === null ? undefined : this.holds.get(holdId)?.lines;
      if (lines) addToLine(lines, account, [{ leg, amount: Amount.of(unitOf(account.resource), amount) }]);
    }
    for (const { stored: _stored, ...account } of picture.changedAccounts()) {
      const balance = {
        account: account.account,
        hard: account.hard,
        pending: account.pending,
        posted: account.posted,
      };
      this.accounts.set(accountPath(account.account), { ...account, stored: balance });
    }
  }

  private open(account: AccountKey): void {
    const zero = Amount.of(unitOf(account.resource), 0n);
    const balance = { account, hard: zero, pending: zero, posted: zero };
    this.accounts.set(accountPath(account), { ...balance, id: this.next(), stored: balance });
  }

  private next(): bigint {
    this.ids += 1n;
    return this.ids;
  }
}

/** The books as the controllers of one term use them: `BooksOfTerm` over those in memory. */
export class MemoryBooksOfTerm {
  readonly ledger: {
    hold(input: HoldInput): Promise<HoldOutcome<Hold>>;
    replace(old: HoldRef, input: HoldInput): Promise<HoldOutcome<Hold>>;
    post(hold: HoldRef, ticket: string): Promise<Hold>;
    transfer(input: TransferInput): Promise<Hold>;
    void(hold: HoldRef): Promise<Hold>;
    expire(): Promise<void>;
    limit(input: LimitInput): Promise<void>;
  };
  private readonly books: Books;
  private readonly epoch: bigint;
  private readonly turn: (call: string) => Promise<void>;

  constructor(books: Books, epoch: bigint, turn: (call: string) => Promise<void>) {
    this.books = books;
    this.epoch = epoch;
    this.turn = turn;
    const take = <T>(step: LedgerStep<T>) => this.write(step.step, () => books.commit(epoch, step));
    this.ledger = {
      hold: (input) => take(takeHold(input)),
      replace: (old, input) => take(takeHold(input, old)),
      post: (hold, ticket) => take(postHold(hold, ticket)),
      transfer: (input) => take(transferHold(input)),
      void: (hold) => take(voidHold(hold)),
      expire: async () => {
        for (const hold of books.holds.values()) if (hold.state === 'pending') await take(expireHold(hold));
      },
      limit: (input) => take(setLimits(input)),
    };
  }

  async time(): Promise<string> {
    return new Date(this.books.now()).toISOString();
  }

  async requestRecord(uid: string, generation: number): Promise<RequestRecord> {
    await this.turn('read the books');
    const all = this.books.holdsOf(uid);
    const newest = [all.at(-1), all.filter((it) => it.generation === generation).at(-1)];
    const holds = all.filter(
      (it) => ['pending', 'posted', 'credited'].includes(it.state) || newest.includes(it),
    );
    const pending = holds.find(({ state }) => state === 'pending');
    return {
      now: await this.time(),
      serial: this.books.serials.get(uid),
      holds: holds.map(({ id, generation, attempt, state, document, recordedAt, expiresAt }) => ({
        id: String(id),
        generation,
        attempt,
        state,
        document: document as unknown as HeldDocument,
        createdAt: recordedAt.toISOString(),
        expiresAt: expiresAt?.toISOString() ?? '',
      })),
      holdsTaken: all.length,
      pendingDemands: pending
        ? [...pending.lines.values()].map(({ account, pending: amount }) => ({ account, amount }))
        : [],
      decisions: this.books.copiesOf(uid).map(decisionOf),
      closedAt: this.books.closed.get(uid)?.at,
    };
  }

  async balances(holders?: readonly string[]): Promise<Balance[]> {
    return this.books.balances(holders);
  }

  async rivalOf(requestUid: string, targetUid: string): Promise<string | undefined> {
    for (const { state, requestUid: other, document } of this.books.holds.values()) {
      const { request, spec } = document as unknown as HeldDocument;
      if (state === 'pending' && other !== requestUid && spec.target?.uid === targetUid) return request.name;
    }
    return undefined;
  }

  async postedOf(origin: Origin): Promise<readonly Demand[]> {
    return this.books.postedOf(origin);
  }

  async lastLimit(uid: string, generation: number): ReturnType<BooksOfTerm['lastLimit']> {
    const limits = this.books.transactions.filter(
      ({ step, requestUid }) => step === 'limit' && requestUid === uid,
    );
    const last = limits.at(-1);
    const here = limits.filter((it) => it.generation === generation);
    const [since] = here.map((it) => it.effectiveAt).sort((a, b) => a.getTime() - b.getTime());
    return (
      last && {
        generation: last.generation,
        effectiveAt: last.effectiveAt,
        attempts: Math.max(0, ...here.map(({ attempt }) => attempt)),
        since,
      }
    );
  }

  recordDecisions({ uid }: Subject, decisions: readonly PlacedDecision[]): Promise<void> {
    return this.write('record', () => this.books.record(this.epoch, uid, decisions.map(inputOf)));
  }

  async carryDecisions(
    { uid }: Subject,
    toTicket: string,
    decisions: readonly DecisionCopy[],
  ): Promise<void> {
    for (const fromTicket of new Set(decisions.map(({ ticket }) => ticket))) {
      const steps = [...new Set(decisions.filter((it) => it.ticket === fromTicket).map(({ step }) => step))];
      await this.write('carry', () => this.books.carry(this.epoch, uid, { fromTicket, toTicket, steps }));
    }
  }

  assignSerial(requestUid: string, year: number): Promise<string> {
    return this.write('serial', () => {
      demandEpoch(this.epoch, this.books.epoch);
      const { serials } = this.books;
      const serial = serials.get(requestUid) ?? `ZY-${year}-${String(serials.size + 1).padStart(6, '0')}`;
      serials.set(requestUid, serial);
      return serial;
    });
  }

  closeRequest({ uid, document }: Subject & { document: Canonical }): Promise<void> {
    return this.write('close', () => {
      demandEpoch(this.epoch, this.books.epoch);
      const known = this.books.closed.get(uid)?.document;
      if (known !== undefined && JSON.stringify(known) !== JSON.stringify(document))
        throw new GovError(reason('E_BOOKS_AHEAD', { key: uid }, uid));
      if (known === undefined)
        this.books.closed.set(uid, { document, at: new Date(this.books.now()).toISOString() });
    });
  }

  async handovers({ uid }: Omit<Subject, 'kind'>): Promise<readonly HandoverCopy[]> {
    return this.books.copiesOf(uid).map(handoverOf);
  }

  recordHandovers(
    { uid }: Subject,
    handovers: readonly { position: number; handover: Handover }[],
  ): Promise<void> {
    return this.write('record', () => this.books.record(this.epoch, uid, handovers.map(decisionOfHandover)));
  }

  async credit(
    key: { readonly request: string; readonly generation: number; readonly attempt: number },
    origin: Origin,
    amounts: ResourceVector,
  ): Promise<void> {
    const { request: requestUid, generation, attempt } = key;
    const credit = { requestUid, generation, attempt };
    if (this.books.isDone(credit, 'credit')) return;
    const legs = creditableOf(this.books.postedOf(origin), amounts);
    await this.write('credit', () =>
      this.books.commit(this.epoch, creditOrigin({ ...credit, origin, legs })),
    );
  }

  recordErasures(
    { uid }: Omit<Subject, 'kind'>,
    _basis: ErasureBasis,
    disks: readonly ErasedDisk[],
  ): Promise<void> {
    return this.write('erase', () => {
      demandEpoch(this.epoch, this.books.epoch);
      for (const disk of disks) this.books.onErased(uid, disk);
    });
  }

  private async write<T>(name: string, act: () => T): Promise<T> {
    await this.turn(`before ${name}`);
    const result = act();
    await this.turn(`after ${name}`);
    return result;
  }
}
