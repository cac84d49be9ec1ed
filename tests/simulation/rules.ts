import {
  type Allocation,
  codeOf,
  type Delegation,
  Quota,
  type ResourceRequest,
} from '../../api/v1alpha1/index.ts';
import { isOver } from '../../domain/allocation/over.ts';
import {
  ALLOCATION_LABEL,
  desiredObjects,
  identityKey,
  identityOf,
} from '../../domain/allocation/objects.ts';
import { type HeldDocument, ticketOf } from '../../domain/approval/ticket.ts';
import { cityDay, dayAfter } from '../../domain/calendar.ts';
import { ResourceVector } from '../../domain/quantity.ts';
import { scopeOf, scopePath } from '../../domain/quota/accounts.ts';
import { accountPath } from '../../domain/quota/fit.ts';
import { limitOn } from '../../domain/quota/limit.ts';
import { settingQuotas } from '../../domain/quota/parts.ts';
import { sameJson } from '../../domain/same.ts';
import { stateMessages } from '../../messages/states.ts';
import { renderBoth } from '../../messages/index.ts';
import type { DecisionCopy } from '../../books/copies.ts';
import type { ErasedDisk } from '../../books/erasures.ts';
import type { Kept } from './api.ts';
import type { Committed, Hold } from './books.ts';
import { GRACE_DAYS } from './city.ts';
import type { StoredAllocation, StoredRequest, World } from './world.ts';

/** What keeps data in the simulation's items. */
const DISK = 'PersistentVolumeClaim';

/** The comment of decisions that were written past admission. */
export const FORGED = 'forged';

/** Most rounds that a hold's tickets are looked for in. */
const MAX_ROUNDS = 20;

type Phase = NonNullable<NonNullable<ResourceRequest['status']>['phase']>;

/** Where a request's phase may go from each; staying is always allowed. */
const PHASES: Readonly<Record<Phase | 'none', readonly Phase[]>> = {
  none: ['Draft', 'Submitted', 'InReview', 'Returned', 'Withdrawn'],
  Draft: ['Submitted', 'InReview', 'Returned', 'Withdrawn'],
  Submitted: ['InReview', 'Returned', 'Withdrawn'],
  InReview: ['Submitted', 'Returned', 'Granting', 'Rejected', 'Withdrawn'],
  Returned: ['Submitted', 'InReview', 'Rejected', 'Withdrawn'],
  Granting: ['Granted', 'Submitted', 'InReview', 'Returned', 'Rejected'],
  Granted: [],
  Rejected: [],
  Withdrawn: [],
};

const STEPS_OF_PHASE: Readonly<Record<Phase, readonly string[]>> = {
  Draft: ['Draft'],
  Submitted: ['Submitted'],
  InReview: ['PendingInitialReview', 'PendingTechnicalReview', 'PendingApproval'],
  Returned: ['Returned'],
  Granting: ['Approved'],
  Granted: [
    'Approved',
    'PendingProvisioning',
    'PendingAcceptance',
    'InUse',
    'Suspended',
    'Expired',
    'Reclaimed',
    'Transferred',
  ],
  Rejected: ['Rejected'],
  Withdrawn: ['Withdrawn'],
};

/** Where the state of an allocation may go from each. A change of its content has it provisioned and accepted anew. */
const STATES: Readonly<Record<string, readonly string[]>> = {
  none: [
    'PendingProvisioning',
    'PendingAcceptance',
    'InUse',
    'Suspended',
    'Expired',
    'Reclaimed',
    'Transferred',
  ],
  PendingProvisioning: ['PendingAcceptance', 'InUse', 'Suspended', 'Expired', 'Reclaimed'],
  PendingAcceptance: ['PendingProvisioning', 'InUse', 'Suspended', 'Expired', 'Reclaimed'],
  InUse: ['PendingProvisioning', 'PendingAcceptance', 'Suspended', 'Expired', 'Reclaimed', 'Transferred'],
  Suspended: ['PendingProvisioning', 'PendingAcceptance', 'InUse', 'Expired', 'Reclaimed', 'Transferred'],
  Expired: ['PendingProvisioning', 'PendingAcceptance', 'InUse', 'Suspended', 'Reclaimed', 'Transferred'],
  Reclaimed: [],
  Transferred: ['InUse', 'Suspended', 'Expired', 'Reclaimed'],
};

/** A rule that does not hold. */
export class Broken extends Error {}

/**
 * What must hold at every write, whatever was done: written anew from what is promised, in few words, and none of it
 * asks the code that is tried.
 */
export class Rules {
  private readonly world: World;
  /** Legs as the entries say: hard, pending and posted of each account. */
  private readonly legs = new Map<string, { hard: bigint; pending: bigint; posted: bigint }>();
  /** Every delegation that there ever was. */
  private readonly delegations: (Delegation & Kept)[] = [];
  /** Uids of disks that were said to be erased. */
  private readonly erased = new Set<string>();
  /** Disks that ever stood, by the allocation's uid and their identity. */
  private readonly disks = new Set<string>();
  /** Every breach; the first one is the story. */
  readonly broken: string[] = [];

  constructor(world: World) {
    this.world = world;
  }

  copy(other: Rules): void {
    for (const [path, legs] of other.legs) this.legs.set(path, legs);
  }

  demand(holds: boolean, what: string): void {
    if (holds) return;
    this.broken.push(what);
    throw new Broken(what);
  }

  onBooks(transaction: Committed): void {
    const { step, entries, epoch, requestUid } = transaction;
    const { books, now } = this.world;
    const name = `${step} of ${requestUid}/${transaction.generation}/${transaction.attempt}`;
    this.demand(epoch === books.epoch, `${name} was written in epoch ${epoch} of ${books.epoch}`);
    this.demand(
      !books.transactions.some(
        (it) =>
          it.step === step &&
          it.requestUid === requestUid &&
          it.generation === transaction.generation &&
          it.attempt === transaction.attempt,
      ),
      `${name} happened twice`,
    );
    const sums = new Map<string, bigint>();
    for (const { account, leg, amount } of entries) {
      const path = accountPath(account);
      sums.set(path, (sums.get(path) ?? 0n) + amount);
      const legs = this.legs.get(path) ?? { hard: 0n, pending: 0n, posted: 0n };
      this.legs.set(path, {
        hard: legs.hard - (leg === 'limit' ? amount : 0n),
        pending: legs.pending + (leg === 'pending' ? amount : 0n),
        posted: legs.posted + (leg === 'posted' ? amount : 0n),
      });
    }
    for (const [path, sum] of sums) {
      this.demand(sum === 0n, `${name}: the legs of ${path} sum to ${sum}`);
      const used = { before: 0n, after: 0n };
      for (const { account, leg, amount } of entries)
        if (accountPath(account) === path && (leg === 'pending' || leg === 'posted')) used.after += amount;
      const { hard, pending, posted } = this.legs.get(path) ?? { hard: 0n, pending: 0n, posted: 0n };
      this.demand(pending >= 0n && posted >= 0n && hard >= 0n, `${name}: ${path} is below nothing`);
      this.demand(
        used.after <= 0n || pending + posted <= hard,
        `${name} raised ${path} to ${pending + posted} of ${hard}`,
      );
    }
    if (step === 'post' || step === 'transfer') this.onPost(transaction, now);
    if (step === 'transfer') this.onTransfer(transaction);
    if (step === 'credit') this.onCredit(transaction);
  }

  /** Every posting has enough different people's approvals, and is of what people see that they approved. */
  private onPost({ holdId, requestUid }: Committed, now: number): void {
    const { books } = this.world;
    const hold = books.holds.get(holdId ?? 0n) as Hold;
    const { document } = held(hold);
    const name = `request ${document.request.name}`;
    this.demand((hold.expiresAt?.getTime() ?? 0) > now, `${name} was posted on a hold that had expired`);
    this.demand(
      books
        .holdsOf(requestUid)
        .every((it) => it === hold || (it.state !== 'posted' && it.state !== 'credited')),
      `${name} was posted twice`,
    );
    const request = this.world.requests().find(({ metadata }) => metadata.uid === requestUid);
    this.demand(
      request?.status?.phase === 'Granting' && sameJson(request.spec, document.spec),
      `${name} was posted while people could still change it`,
    );
    const copies = books.copiesOf(requestUid);
    const isApproved = ticketsOf(document).some((ticket) => {
      const said = copies.filter((it) => it.ticket === ticket);
      const own = new Set([document.spec.requester, document.spec.applicant.account]);
      const approved = (step: string) =>
        said
          .filter((it) => it.step === step && it.verdict === 'approve')
          .filter((it) => this.mayStandIn(it, document.request.namespace))
          .map(({ reviewer, onBehalfOf }) => (onBehalfOf === undefined ? [reviewer] : [reviewer, onBehalfOf]))
          .filter((parts) => !parts.some((part) => own.has(part)));
      // What was written past admission may have been out of turn, and then counts for nothing.
      return (
        said.every(({ verdict, comment }) => verdict === 'approve' || comment === FORGED) &&
        isManned(
          document.quote.steps.flatMap(({ name, approvals }) =>
            Array.from({ length: approvals }, () => approved(name)),
          ),
        )
      );
    });
    this.demand(isApproved, `${name} was posted without its approvals`);
  }

  /** Who decides for another has a delegation for that step and day. */
  private mayStandIn({ step, reviewer, onBehalfOf, decidedAt }: DecisionCopy, namespace: string): boolean {
    const day = cityDay(decidedAt.toISOString());
    return (
      onBehalfOf === undefined ||
      this.delegations.some(
        ({ metadata, spec }) =>
          [namespace, 'govcloud-system'].includes(metadata.namespace ?? '') &&
          spec.step === step &&
          spec.reviewer === onBehalfOf &&
          spec.standin === reviewer &&
          spec.from <= day &&
          day <= spec.until,
      )
    );
  }

  /** Carried is what was decided on the same hold, before the step that it was returned to. */
  onCarried(requestUid: string, from: string, { ticket, step }: DecisionCopy): void {
    const { books } = this.world;
    const documents = books.holdsOf(requestUid).map((it) => held(it).document);
    const document = documents.find((it) => ticketsOf(it).includes(ticket));
    const name = `request ${document?.request.name}`;
    if (!document || !ticketsOf(document).includes(from))
      return this.demand(false, `${name}: a decision was carried from another hold`);
    const order = document.quote.steps.map((it) => it.name as string);
    const returns = books.copiesOf(requestUid).filter((it) => it.ticket === from);
    this.demand(
      returns.some(({ returnTo = '' }) => order.indexOf(step) < order.indexOf(returnTo)),
      `${name}: ${step} was carried past what it was returned to`,
    );
  }

  /** What one gives back another has: the pool has as much posted as before, and all of it was agreed to. */
  private onTransfer({ holdId, requestUid, entries }: Committed): void {
    const { document } = held(this.world.books.holds.get(holdId ?? 0n) as Hold);
    const { target, requester } = document.spec;
    const name = `transfer ${document.request.name}`;
    const ofPools = entries.filter(({ account, leg }) => account.holderKind === 'pool' && leg === 'posted');
    for (const { account } of ofPools) {
      const moved = ofPools.filter((it) => accountPath(it.account) === accountPath(account));
      this.demand(
        moved.reduce((sum, { amount }) => sum + amount, 0n) === 0n,
        `${name} has another amount posted on ${accountPath(account)} than before`,
      );
    }
    const said = this.world.books
      .copiesOf(target?.uid ?? '')
      .filter(({ verdict }) => verdict === 'transfer' || verdict === 'keep')
      .at(-1);
    this.demand(
      said?.verdict === 'transfer' && said.generation === target?.revision && said.reviewer !== requester,
      `${name} of ${requestUid} was posted and its giver has not agreed`,
    );
  }

  /** Nothing is given back before it is seen gone; the disks of what keeps them come second. */
  private onCredit({ requestUid, attempt, entries }: Committed): void {
    for (const allocation of this.world.allocations()) {
      const { spec, metadata } = allocation;
      if (!spec.changes.some(({ request }) => request === requestUid) || spec.fulfilment === 'manual')
        continue;
      const isRelease = spec.released === true && spec.changes.at(-1)?.request === requestUid;
      const isOfDisks = isRelease && attempt === 2;
      const stands = !spec.released || (spec.retainDays > 0 && !isOfDisks);
      const kept = new Set(stands ? this.expectedOf(allocation, spec.released === true) : []);
      if (isRelease && spec.retainDays > 0)
        this.demand(
          entries.every(({ account, amount }) => amount === 0n || (account.resource === 'ssd') === isOfDisks),
          `${metadata.name}: its disks and all else of it are credited together`,
        );
      const left = this.objectsOf(metadata.uid).filter((it) => !kept.has(keyOfKept(it)));
      this.demand(left.length === 0, `${metadata.name}: ${left.length} objects stand of what was credited`);
    }
  }

  /** What stands for it: all, or its disks alone. */
  private expectedOf(allocation: Allocation, disksAlone = false): readonly string[] {
    return desiredObjects(allocation, this.itemOf(allocation.spec.itemVersion), () => 'unread')
      .filter(({ object }) => !disksAlone || object.kind === DISK)
      .map((it) => identityKey(identityOf(it)));
  }

  /** A disk is erased on a decision alone, once its retention is over, and never while it is held. */
  onErased(uid: string, disk: ErasedDisk): void {
    const allocation = this.world.allocations().find(({ metadata }) => metadata.uid === uid);
    if (!allocation) return this.demand(false, `disk ${disk.name} of nobody is erased`);
    const { spec } = allocation;
    const copies = this.world.books.copiesOf(uid);
    const lastHold = copies.findLast(({ verdict }) => verdict === 'hold' || verdict === 'unhold');
    this.demand(lastHold?.verdict !== 'hold', `disk ${disk.name} is erased while it is held`);
    const until = dayAfter(spec.releasedOn ?? '2000-01-01', spec.retainDays);
    const isDecided = copies.some(
      ({ verdict, decidedAt }) => verdict === 'erase' && cityDay(decidedAt.toISOString()) > until,
    );
    this.demand(
      spec.released === true
        ? spec.retainDays === 0 || isDecided
        : !this.expectedOf(allocation).some((it) => it.endsWith(`/${DISK}/${disk.name}`)),
      `disk ${disk.name} is erased and nobody decided so`,
    );
    this.erased.add(disk.uid);
  }

  /** What is erased is said before. */
  onMember(_plural: string, before: Kept | undefined, after: Kept | undefined): void {
    if (after?.kind === DISK)
      this.disks.add(`${after.metadata.labels?.[ALLOCATION_LABEL]} ${keyOfKept(after)}`);
    const isTaken = after?.metadata.deletionTimestamp !== undefined;
    if (after?.kind !== DISK || !isTaken || before?.metadata.deletionTimestamp !== undefined) return;
    this.demand(this.erased.has(after.metadata.uid), `disk ${after.metadata.name} goes and nobody said so`);
  }

  objectsOf(allocation: string): readonly Kept[] {
    return [...this.world.members.values()].flatMap(({ api }) =>
      api
        .all()
        .map(({ object }) => object)
        .filter(
          ({ kind, metadata }) => kind !== 'ConfigMap' && metadata.labels?.[ALLOCATION_LABEL] === allocation,
        ),
    );
  }

  itemOf(version: string) {
    const snapshot = this.world.hub
      .list<{ metadata: { name: string }; data: Parameters<typeof desiredObjects>[1] }>('controllerrevisions')
      .find(({ metadata }) => metadata.name.endsWith(version));
    if (!snapshot) throw new Broken(`no snapshot of ${version}`);
    return snapshot.data;
  }

  onHub(plural: string, before: Kept | undefined, after: Kept | undefined): void {
    if (plural === 'delegations' && after) this.delegations.push(after as Delegation & Kept);
    if (plural === 'resourcerequests') this.onRequest(before as StoredRequest, after as StoredRequest);
    if (plural === 'allocations') this.onAllocation(before as StoredAllocation, after as StoredAllocation);
  }

  private onRequest(before: StoredRequest | undefined, after: StoredRequest | undefined): void {
    const request = after ?? before;
    if (!request) return;
    const { name, uid } = request.metadata;
    const { books } = this.world;
    if (!after) {
      const open = books.holdsOf(uid).some(({ state }) => state === 'pending' || state === 'posted');
      this.demand(!open, `request ${name} is gone while the books count it`);
      return;
    }
    const { status } = after;
    if (!status?.phase || sameJson(status, before?.status)) return;
    const from = before?.status?.phase ?? 'none';
    this.demand(
      from === status.phase || PHASES[from].includes(status.phase),
      `request ${name} went from ${from} to ${status.phase}`,
    );
    this.demand(
      STEPS_OF_PHASE[status.phase].includes(status.state ?? '') &&
        status.stateText === renderBoth(stateMessages[status.state ?? 'Draft']),
      `request ${name} is ${status.phase} and says ${status.state} “${status.stateText}”`,
    );
    const was = before?.status?.decisions ?? [];
    this.demand(
      was.every((it, index) => sameJson(it, status.decisions?.[index])),
      `request ${name} lost a decision`,
    );
    const holds = books.holdsOf(uid);
    this.demand(
      status.phase !== 'Granted' || holds.some(({ state }) => state === 'posted' || state === 'credited'),
      `request ${name} is granted and nothing is posted`,
    );
    this.demand(
      !['Rejected', 'Withdrawn'].includes(status.phase) || !holds.some(({ state }) => state === 'pending'),
      `request ${name} is ${status.phase} and holds something`,
    );
  }

  /** An allocation says what was posted, in the words of the hold, and nothing else. */
  private onAllocation(before: StoredAllocation | undefined, after: StoredAllocation | undefined): void {
    if (!after) return;
    const { spec, status, metadata } = after;
    if (!sameJson(spec, before?.spec)) this.onGrant(before, after);
    if (!status?.state || sameJson(status, before?.status)) return;
    const from = before?.status?.state ?? 'none';
    this.demand(
      from === status.state || (STATES[from] ?? []).includes(status.state),
      `allocation ${metadata.name} went from ${from} to ${status.state}`,
    );
    this.demand(
      status.stateText === renderBoth(stateMessages[status.state]),
      `allocation ${metadata.name} says ${status.stateText}`,
    );
    const uids = [metadata.uid, ...(spec.formerHolders ?? []).map(({ uid }) => uid)];
    const accepted = uids
      .flatMap((uid) => this.world.books.copiesOf(uid))
      .filter(
        ({ verdict, reviewer }) =>
          verdict === 'accept' && (spec.formerHolders !== undefined || reviewer === spec.requester),
      );
    if (status.state === 'Suspended')
      this.demand(
        spec.suspended === true ||
          spec.fulfilment === 'manual' ||
          spec.released === true ||
          (spec.until !== undefined && dayAfter(spec.until, GRACE_DAYS) < this.today),
        `allocation ${metadata.name} stands still and nobody decided so`,
      );
    if (status.state === 'InUse' && from !== 'InUse')
      this.demand(
        accepted.some(({ generation }) => generation >= spec.contentRevision) || spec.released === true,
        `allocation ${metadata.name} is in use and was not accepted`,
      );
    // The price runs from its acceptance.
    if (status.acceptedAt !== undefined)
      this.demand(
        accepted.some(({ decidedAt }) => decidedAt.toISOString() === status.acceptedAt),
        `allocation ${metadata.name} is priced from ${status.acceptedAt}`,
      );
    this.demand(
      (status.state === 'Transferred') === (spec.transferred !== undefined),
      `allocation ${metadata.name} is ${status.state}, transferred to ${spec.transferred?.organization}`,
    );
    this.demand(
      status.state !== 'Transferred' || status.credentialsSecret === undefined,
      `allocation ${metadata.name} is transferred and shows its credentials`,
    );
    if (status.state === 'Reclaimed') {
      const origin = { requestUid: spec.request.uid, generation: spec.request.generation };
      const lines = held(this.postedHold(spec.request.uid)).document.spec.lines.length;
      // An operator that was cut off may make again what was reclaimed: it goes again, and meanwhile that is told.
      const isGoingAgain =
        from === 'Reclaimed' && status.conditions?.some(({ reason }) => reason === 'Releasing') === true;
      this.demand(
        spec.released === true &&
          (isGoingAgain || this.objectsOf(metadata.uid).length === 0) &&
          (lines > 1 || this.world.books.postedOf(origin).length === 0),
        `allocation ${metadata.name} is reclaimed and something of it stands`,
      );
    }
  }

  private onGrant(before: StoredAllocation | undefined, after: StoredAllocation): void {
    const { spec, metadata } = after;
    const revisions = spec.changes.map(({ revision }) => revision);
    const isWhole = spec.formerHolders
      ? revisions.every((it, index) => it > (revisions[index - 1] ?? 1))
      : revisions.every((it, index) => it === index + 1);
    this.demand(
      isWhole && revisions.at(-1) === spec.revision,
      `allocation ${metadata.name} is at revision ${spec.revision} after ${revisions.join(', ')}`,
    );
    this.demand(
      (before?.spec.changes ?? []).every((it, index) => sameJson(it, spec.changes[index])),
      `allocation ${metadata.name} forgot a change`,
    );
    for (const { request } of spec.changes) this.postedHold(request);
    if (spec.transferred) return this.onHandedOver(before, after);
    const arrived =
      spec.formerHolders && spec.changes.findLastIndex(({ request }) => request === spec.request.uid);
    if (arrived !== undefined) return this.onArrived(after, spec.changes.slice(arrived + 1));
    const last = spec.changes.findLast(({ action }) => action === 'Provision' || action === 'Resize');
    const content = held(this.postedHold(last?.request ?? ''));
    const line = content.document.spec.lines.find(
      ({ name }) => last?.action === 'Resize' || metadata.name.endsWith(`-${name}`),
    );
    const quoted = content.document.quote.lines.find(({ name }) => name === line?.name);
    const term = spec.changes.findLast(({ action }) => action === 'Provision' || action === 'Renew');
    const until = held(this.postedHold(term?.request ?? '')).document.spec.until;
    // Database time says what day it is; the operator's clock may be off.
    const first = cityDay(this.postedHold(spec.changes[0]?.request ?? '').recordedAt.toISOString());
    const { today } = this;
    this.demand(
      first <= spec.from && spec.from <= today,
      `allocation ${metadata.name} runs from ${spec.from}, today is ${today}`,
    );
    const { itemVersion, monthlyFen, consumes, quantity, parameters } = spec;
    this.demand(
      sameJson(
        { itemVersion, monthlyFen, consumes, quantity, parameters, until: spec.until },
        {
          itemVersion: quoted?.itemVersion,
          monthlyFen: quoted?.monthlyFen,
          consumes: quoted?.consumes,
          quantity: line?.quantity,
          parameters: line?.parameters,
          until,
        },
      ),
      `allocation ${metadata.name} is not what was approved: ${JSON.stringify({ spec, quoted, until })}`,
    );
  }

  private get today(): string {
    return cityDay(new Date(this.world.now).toISOString());
  }

  /** What is left is as it was, but for whose it is now. */
  private onHandedOver(before: StoredAllocation | undefined, { spec, metadata }: StoredAllocation): void {
    const { transferred: _to, revision: _at, changes: _by, ...left } = spec;
    const { transferred: _none, revision: _before, changes: _than, ...was } = before?.spec ?? spec;
    this.demand(sameJson(left, was), `allocation ${metadata.name} was changed as it was handed over`);
  }

  /** What has come is what its giver had, as long as nobody has changed it since. */
  private onArrived({ spec, metadata }: StoredAllocation, since: Allocation['spec']['changes']): void {
    const { organization, uid } = spec.formerHolders?.at(-1) ?? {};
    const giver = this.world.allocations().find((it) => it.metadata.uid === uid);
    this.demand(
      giver !== undefined && (giver.spec.transferred !== undefined || since.length > 0),
      `allocation ${metadata.name} has two owners: ${organization} and ${spec.organization}`,
    );
    if (since.length > 0 || !giver) return;
    const { itemVersion, monthlyFen, consumes, quantity, parameters, until } = giver.spec;
    const had = { itemVersion, monthlyFen, consumes, quantity, parameters, until };
    this.demand(
      sameJson(had, {
        itemVersion: spec.itemVersion,
        monthlyFen: spec.monthlyFen,
        consumes: spec.consumes,
        quantity: spec.quantity,
        parameters: spec.parameters,
        until: spec.until,
      }),
      `allocation ${metadata.name} is not what was handed over`,
    );
  }

  private postedHold(request: string): Hold {
    const hold = this.world.books
      .holdsOf(request)
      .find(({ state }) => state === 'posted' || state === 'credited');
    this.demand(hold !== undefined, `an allocation stands for ${request}, for which nothing is posted`);
    return hold as Hold;
  }

  /** What must hold between two writes: of the books as a whole. */
  check(): void {
    const { books } = this.world;
    for (const [path, { hard, pending, posted }] of books.accounts) {
      const legs = this.legs.get(path) ?? { hard: 0n, pending: 0n, posted: 0n };
      this.demand(
        hard.value === legs.hard && pending.value === legs.pending && posted.value === legs.posted,
        `the balance of ${path} is ${hard.value}/${pending.value}/${posted.value}, its entries say ${legs.hard}/${legs.pending}/${legs.posted}`,
      );
    }
    const pending = new Set<string>();
    for (const hold of books.holds.values()) {
      const { state, requestUid, lines } = hold;
      if (state === 'pending') {
        this.demand(!pending.has(requestUid), `${requestUid} has two pending holds`);
        pending.add(requestUid);
      }
      for (const line of lines.values())
        this.demand(
          (state === 'pending' || line.pending.isZero()) && (state === 'posted' || line.posted.isZero()),
          `a hold of ${requestUid} is ${state} and still counts`,
        );
    }
  }

  /** What must hold at rest: pools, quotas and members have what is granted, and nothing else. */
  checkRest(): void {
    this.check();
    const { books, hub } = this.world;
    const granted = new Map<string, ResourceVector>();
    for (const it of this.world.allocations()) {
      if (isOver(it)) continue;
      const { spec, status } = it;
      const sum = granted.get(spec.pool) ?? ResourceVector.zero;
      const shrinking = ResourceVector.parse(spec.pendingCredit?.amounts ?? {});
      // Of what is released and retained the disks alone count.
      const { ssd = '0' } = spec.consumes;
      const amounts = status?.retainedUntil === undefined ? spec.consumes : { ssd };
      granted.set(spec.pool, sum.plus(ResourceVector.parse(amounts)).plus(shrinking));
    }
    for (const { account, posted } of books.balances())
      if (account.holderKind === 'pool')
        this.demand(
          posted.value === (granted.get(account.holder) ?? ResourceVector.zero).get(account.resource).value,
          `pool ${account.holder} has ${posted.value} ${account.resource} posted, granted is something else`,
        );
    this.checkLimits();
    const uids = new Set(hub.list<Kept>('allocations').map(({ metadata }) => metadata.uid));
    for (const { api } of this.world.members.values())
      for (const { object } of api.all()) {
        const uid = object.metadata.labels?.[ALLOCATION_LABEL];
        this.demand(uid === undefined || uids.has(uid), `${object.metadata.name} stands for nobody`);
      }
    for (const allocation of this.world.allocations()) this.checkObjects(allocation);
  }

  /** Each quota that sets a limit has it in the books, with what is granted for today. */
  private checkLimits(): void {
    const { books, hub, now } = this.world;
    const day = cityDay(new Date(now).toISOString());
    const quotas = hub.list<Quota & Kept>(Quota.plural);
    const setting = settingQuotas(quotas);
    for (const quota of quotas) {
      const { metadata, spec, status } = quota;
      if (status?.conditions?.find(({ type }) => type === 'Posted')?.status !== 'True') continue;
      const scope = scopePath(scopeOf(spec, codeOf(metadata.namespace ?? '') ?? ''));
      const beside = setting.get(scope)?.beside ?? [];
      const hard = limitOn(quota, day, beside);
      for (const balance of books.balances())
        if (scopePath(balance.account) === scope)
          this.demand(
            balance.hard.compare(hard.get(balance.account.resource)) === 0,
            `quota ${metadata.name} gives ${hard.get(balance.account.resource).value} on ${day}, the books say ${balance.hard.value} of ${accountPath(balance.account)}`,
          );
    }
  }

  private checkObjects(allocation: Allocation & Kept): void {
    const { spec, status, metadata } = allocation;
    // What is held stays as it was, however much of it was gone by then.
    if (status?.conditions?.some(({ type }) => type === 'LegalHold')) return;
    const isGone =
      spec.transferred || status?.state === 'Reclaimed' || (spec.released && spec.retainDays === 0);
    const all = isGone ? [] : [...this.expectedOf(allocation, spec.released === true)];
    // Of what was released while its member was away, nothing may ever have stood.
    const expected = spec.released ? all.filter((key) => this.disks.has(`${metadata.uid} ${key}`)) : all;
    const seen = this.objectsOf(metadata.uid).map(keyOfKept);
    this.demand(
      sameJson(expected.sort(), seen.sort()),
      `allocation ${metadata.name} should have ${expected.join(', ')}; there are ${seen.join(', ')}`,
    );
  }
}

function held({ document }: Pick<Hold, 'document'>): { document: HeldDocument } {
  return { document: document as unknown as HeldDocument };
}

function ticketsOf(document: HeldDocument): readonly string[] {
  return Array.from({ length: MAX_ROUNDS }, (_, more) => ticketOf(document, document.round + more));
}

/** Whether each place can be taken by one of its people, with whom they stand in for, nobody on two. */
function isManned(
  [place, ...rest]: readonly (readonly (readonly string[])[])[],
  taken: readonly string[] = [],
): boolean {
  if (!place) return true;
  return place.some((who) => !who.some((part) => taken.includes(part)) && isManned(rest, [...taken, ...who]));
}

function keyOfKept(it: Kept): string {
  return identityKey({ ...it, name: it.metadata.name });
}
