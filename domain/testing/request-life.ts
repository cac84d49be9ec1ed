import type {
  Allocation,
  CatalogItem,
  Decision,
  Delegation,
  ResourceRequest,
  StepName,
} from '../../api/v1alpha1/index.ts';
import { changed, provisioned } from '../allocation/grant.ts';
import type { DecisionCopy } from '../approval/fold.ts';
import { itemVersion } from '../catalogue/item.ts';
import { Amount, unitOf } from '../quantity.ts';
import { accountPath, type Balance, type Demand, fit } from '../quota/fit.ts';
import { decideRequest, type HoldView, type RequestAction, type RequestPicture } from '../request/decide.ts';
import type { QuotePicture } from '../request/quote.ts';
import { grantOf } from '../request/raise.ts';
import { frozen } from './city.ts';
import { CALENDAR, NOW, quotePicture } from './requests.ts';

/** Longest way from one wait to the next. */
const MAX_STEPS = 30;
const HOLD_HOURS = 72;
const HOUR = 3_600_000;
const CLOSED_DAYS = 90;

type Hold = Omit<HoldView, 'state'> & { state: HoldView['state']; readonly demands: readonly Demand[] };
type Doing = Exclude<RequestAction, { do: 'wait' }>;

/**
 * A request, its object and its books in memory, with the operator's part played by `decideRequest`: for tests.
 * Books and object keep the promises that the real ones keep: steps of the ledger happen at most once under their
 * key, and a status is written only over the version that was decided on.
 */
export class RequestLife {
  readonly object: ResourceRequest;
  readonly holds: Hold[] = [];
  readonly decisions: DecisionCopy[] = [];
  readonly allocations: Allocation[] = [];
  /** What was added to a quota on it. */
  readonly grants: ReturnType<typeof grantOf>[] = [];
  readonly accounts: Map<string, Balance>;
  /** The holds under which each ticket was shown to reviewers. */
  readonly ticketsShown = new Map<string, Set<string>>();
  /** What the city looks like beside this request; tests change it. */
  city: Partial<QuotePicture>;
  delegations: readonly Delegation[] = [];
  serial: string | undefined;
  archived: ResourceRequest | undefined;
  private closedAt: string | undefined;
  deleted = false;
  now = Date.parse(NOW);
  /** Every version of an item that was ever in the catalogue. */
  private readonly itemVersions = new Map<string, CatalogItem['spec']>();

  constructor(object: ResourceRequest, city: Partial<QuotePicture> = {}) {
    this.object = structuredClone(object);
    this.city = city;
    if (city.target) this.allocations.push(structuredClone(city.target));
    this.accounts = new Map(quotePicture(city).balances.map((it) => [accountPath(it.account), it]));
  }

  get status(): NonNullable<ResourceRequest['status']> {
    return this.object.status ?? {};
  }

  picture(): RequestPicture {
    const { today: _today, released: _released, ...city } = quotePicture(this.city);
    for (const { spec } of city.items.values()) this.itemVersions.set(itemVersion(spec), spec);
    return frozen({
      ...city,
      target: structuredClone(this.target),
      request: structuredClone(this.object),
      balances: [...this.accounts.values()],
      now: new Date(this.now).toISOString(),
      calendar: CALENDAR,
      serial: this.serial,
      holds: structuredClone(this.holdsThatMatter.map(({ demands: _demands, ...hold }) => hold)),
      holdsTaken: this.holds.length,
      pendingDemands: this.holds.find(({ state }) => state === 'pending')?.demands ?? [],
      decisions: structuredClone(this.decisions),
      delegations: structuredClone(this.delegations),
      isRaised: this.grants.length > 0,
      allocations: structuredClone(this.allocations),
      closedAt: this.closedAt,
      closedSeconds: CLOSED_DAYS * 86_400,
    });
  }

  private get holdsThatMatter(): readonly Hold[] {
    const { generation } = this.object.metadata;
    const newest = [this.holds.at(-1), this.holds.filter((it) => it.generation === generation).at(-1)];
    return this.holds.filter(
      (it) => ['pending', 'posted', 'credited'].includes(it.state) || newest.includes(it),
    );
  }

  /** The allocation that the request names, as it now is. */
  get target(): Allocation | undefined {
    const { target } = this.object.spec;
    return target && this.allocations.find(({ metadata }) => metadata.name === target.allocation);
  }

  next(): RequestAction {
    return decideRequest(this.picture());
  }

  /** Acts until there is nothing to do; what was done, a word each. @throws Error when it does not come to rest */
  run(around: (action: Doing) => void = (action) => this.apply(action)): string[] {
    const done: string[] = [];
    for (let step = 0; step < MAX_STEPS; step++) {
      const action = this.deleted ? ({ do: 'wait' } as const) : this.next();
      if (action.do === 'wait') return done;
      done.push(wordOf(action));
      around(action);
    }
    throw new Error(`no rest after ${MAX_STEPS} steps: ${done.join(', ')}`);
  }

  /** Carries an action out. Doing it twice is the same as once. */
  apply(action: Doing): void {
    switch (action.do) {
      case 'addFinalizer':
        this.object.metadata.finalizers = ['govcloud.dev/books'];
        return;
      case 'removeFinalizer':
        this.deleted = true;
        return;
      case 'assignSerial':
        this.serial ??= `ZY-${action.year}-000001`;
        return;
      case 'recordDecisions':
        for (const { position, decision, mandate } of action.decisions)
          this.record({ ...decision, position, decidedAt: this.instant(), ...(mandate ? { mandate } : {}) });
        return;
      case 'carryDecisions':
        for (const it of action.decisions)
          this.record({ ...it, ticket: action.ticket, carriedFrom: String(it.position) });
        return;
      case 'takeHold':
        return this.takeHold(action);
      case 'expireHold':
        return this.expire();
      case 'voidHold': {
        const hold = this.holdOf(action.hold);
        if (hold.state === 'void') return;
        if (hold.state !== 'pending') throw new Error(`void of a hold that is ${hold.state}`);
        return this.giveBack(hold, 'void');
      }
      case 'post': {
        const hold = this.holdOf(action.hold);
        this.expire();
        if (hold.state === 'posted' || hold.state === 'expired') return;
        if (hold.state !== 'pending') throw new Error(`post of a hold that is ${hold.state}`);
        this.move(hold.demands, -1n, 1n);
        hold.state = 'posted';
        return;
      }
      case 'grant':
        return this.grant(action);
      case 'project': {
        const { decisions } = this.status;
        const { review, hold } = action.status;
        if (review && hold) {
          this.ticketsShown.set(
            review.ticket,
            (this.ticketsShown.get(review.ticket) ?? new Set()).add(hold.id),
          );
        }
        this.object.status = {
          ...structuredClone(action.status),
          ...(decisions === undefined ? {} : { decisions }),
        };
        return;
      }
      case 'archive':
        this.archived ??= structuredClone(this.object);
        this.closedAt ??= this.instant();
        return;
      case 'delete':
        this.object.metadata.deletionTimestamp ??= this.instant();
    }
  }

  /** Expires what is due, as the books do it at their own time. */
  expire(): void {
    for (const hold of this.holds) {
      if (hold.state === 'pending' && Date.parse(hold.expiresAt) <= this.now) this.giveBack(hold, 'expired');
    }
  }

  // What people do. Each gives whether admission lets it through.

  edit(change: Partial<ResourceRequest['spec']>): boolean {
    if (this.deleted || this.status.phase === 'Granting' || this.status.phase === 'Granted') return false;
    Object.assign(this.object.spec, structuredClone(change));
    this.object.metadata.generation = (this.object.metadata.generation ?? 0) + 1;
    return true;
  }

  remove(): boolean {
    if (!this.edit({})) return false;
    this.object.metadata.deletionTimestamp ??= this.instant();
    if (!this.object.metadata.finalizers?.length) this.deleted = true;
    return true;
  }

  decide(
    reviewer: string,
    verdict: Decision['verdict'],
    returnTo?: Exclude<StepName, 'approval'>,
    onBehalfOf?: string,
  ): boolean {
    const { review, decisions = [] } = this.status;
    if (this.deleted || !review || review.openStep === '' || reviewer === this.object.spec.requester)
      return false;
    const parts = [reviewer, onBehalfOf];
    const isTaken = decisions.some(
      (it, place) =>
        it.ticket === review.ticket &&
        !review.uncounted?.includes(place) &&
        [it.reviewer, it.onBehalfOf].some((part) => part !== undefined && parts.includes(part)),
    );
    if (isTaken) return false;
    if (review.generation !== this.object.metadata.generation) return false;
    const { ticket, generation, openStep } = review;
    const decision: Decision = { step: openStep as StepName, ticket, generation, reviewer, verdict };
    if (returnTo !== undefined && verdict === 'return') decision.returnTo = returnTo;
    if (onBehalfOf !== undefined) decision.onBehalfOf = onBehalfOf;
    this.object.status = { ...this.status, decisions: [...decisions, decision] };
    return true;
  }

  pass(hours: number): void {
    this.now += hours * HOUR;
  }

  private instant(): string {
    return new Date(this.now).toISOString();
  }

  private record(copy: DecisionCopy): void {
    const known = this.decisions.some((it) => it.position === copy.position && it.ticket === copy.ticket);
    if (!known) this.decisions.push(structuredClone(copy));
  }

  private holdOf({ generation, attempt }: Pick<HoldView, 'generation' | 'attempt'>): Hold {
    const hold = this.holds.find((it) => it.generation === generation && it.attempt === attempt);
    if (!hold) throw new Error(`the books know no hold ${generation}/${attempt}`);
    return hold;
  }

  private takeHold({
    generation,
    attempt,
    document,
    demands,
    replaces,
  }: Extract<Doing, { do: 'takeHold' }>): void {
    if (this.holds.some((it) => it.generation === generation && it.attempt === attempt)) return;
    if (this.holds.some((it) => it.generation > generation))
      throw new Error('a hold for what is edited already');
    const old = replaces && this.holdOf(replaces);
    if (old && old.state !== 'pending') throw new Error(`replaces a hold that is ${old.state}`);
    if (this.holds.some((it) => it.state === 'pending' && it !== old)) throw new Error('two pending holds');
    if (!fit(demands, this.accounts, old?.demands ?? []).ok) return;
    if (old) this.giveBack(old, 'replaced');
    this.move(demands, 1n, 0n);
    const expiresAt = new Date(this.now + HOLD_HOURS * HOUR).toISOString();
    const createdAt = this.instant();
    const id = String(this.holds.length + 1);
    const stored = JSON.parse(JSON.stringify(document)) as HoldView['document'];
    this.holds.push({
      id,
      generation,
      attempt,
      state: 'pending',
      document: stored,
      createdAt,
      expiresAt,
      demands,
    });
  }

  private giveBack(hold: Hold, state: 'void' | 'expired' | 'replaced'): void {
    this.move(hold.demands, -1n, 0n);
    hold.state = state;
  }

  private move(demands: readonly Demand[], pending: bigint, posted: bigint): void {
    for (const { account, amount } of demands) {
      const path = accountPath(account);
      const zero = Amount.of(unitOf(account.resource), 0);
      const balance = this.accounts.get(path) ?? { account, hard: zero, pending: zero, posted: zero };
      this.accounts.set(path, {
        ...balance,
        pending: balance.pending.plus(amount.times(pending)),
        posted: balance.posted.plus(amount.times(posted)),
      });
    }
  }

  private grant({ hold: { document }, from }: Extract<Doing, { do: 'grant' }>): void {
    const { target, quota } = document.spec;
    if (quota) {
      if (this.grants.length === 0) this.grants.push(grantOf(document, from));
      return;
    }
    if (target) {
      const current = this.target;
      if (current?.spec.changes.some((change) => change.request === document.request.uid)) return;
      if (!current || current.spec.revision !== target.revision)
        throw new Error('posted for what has changed since');
      current.spec = changed(current.spec, document, from);
      return;
    }
    for (const { name, spec } of provisioned(document, this.itemVersions, from)) {
      if (this.allocations.some(({ metadata }) => metadata.name === name)) continue;
      const metadata = { name, namespace: document.request.namespace, uid: `uid-${name}`, generation: 1 };
      this.allocations.push({
        apiVersion: this.object.apiVersion,
        kind: 'Allocation',
        metadata,
        spec: structuredClone(spec),
      });
    }
  }
}

function wordOf(action: Doing): string {
  return action.do === 'project' ? `project ${action.status.phase}/${action.status.state}` : action.do;
}
