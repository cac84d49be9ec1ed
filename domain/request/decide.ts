import type { Allocation, Decision, Delegation, ResourceRequest, State } from '../../api/v1alpha1/index.ts';
import { isOver } from '../allocation/over.ts';
import { type Mandate, mandateOf } from '../approval/delegation.ts';
import type { DecisionCopy } from '../approval/fold.ts';
import { deadlineOf } from '../approval/late.ts';
import { type HeldDocument, type Standing, standingOf } from '../approval/ticket.ts';
import { type Calendar, cityDay } from '../calendar.ts';
import { settleConditions } from '../conditions.ts';
import { GovError, reason } from '../errors.ts';
import type { Demand } from '../quota/fit.ts';
import { sameJson } from '../same.ts';
import { checkBudget } from './money.ts';
import { checkJoined, type QuotePicture, quoteRequest, reasonTexts } from './quote.ts';
import { checkRaise } from './raise.ts';
import { stateOfGranted, stateOfStep, stateText, type WaitsFor, waitsForText } from './state.ts';
import { isStillPosted } from './transfer.ts';

export const REQUEST_FINALIZER = 'govcloud.dev/books';

/** Why no flow is taken: what waits for this looks again when flows change. */
export const FLOW_FAULTS: ReadonlySet<string> = new Set(['E_FLOW_MISSING', 'E_FLOW_INVALID']);

/** A hold as the books have it. */
export interface HoldView {
  readonly id: string;
  readonly generation: number;
  readonly attempt: number;
  readonly state: 'pending' | 'posted' | 'void' | 'expired' | 'replaced' | 'credited';
  readonly document: HeldDocument;
  /** Database times, ISO 8601. */
  readonly createdAt: string;
  readonly expiresAt: string;
}

/** Everything that is known when a request is decided on. `released` is computed here, from the holds. */
export interface RequestPicture extends Omit<QuotePicture, 'today' | 'released'> {
  /** ISO 8601, database time: a clock that is wrong must not expire anything. */
  readonly now: string;
  readonly calendar: Calendar;
  readonly serial: string | undefined;
  /**
   * Of the holds of this request's uid, oldest first, those that matter: what is pending, posted or credited, the newest,
   * and the newest of the present generation.
   */
  readonly holds: readonly HoldView[];
  /** How many holds the request ever had. */
  readonly holdsTaken: number;
  /** The legs of the pending one. */
  readonly pendingDemands: readonly Demand[];
  readonly decisions: readonly DecisionCopy[];
  /** Who stands in for whom; any, also of other namespaces. */
  readonly delegations: readonly Delegation[];
  /** Whether the quota that it asks to be raised has the grant that it was posted for. */
  readonly isRaised: boolean;
  /** For Provision what it created, for changes the target. */
  readonly allocations: readonly Allocation[];
  /** Since when the closed request stands in the books, by database time; undefined while it does not. */
  readonly closedAt: string | undefined;
  /** For how long a closed request stays in the hub after that. */
  readonly closedSeconds: number;
}

type Status = NonNullable<ResourceRequest['status']>;
/** The operator's part of the status: all but the decisions, which are people's. */
export type Projection = Omit<Status, 'decisions'>;

/** One thing to do. After it the request is looked at anew, so a crash between two of them loses nothing. */
export type RequestAction =
  | { readonly do: 'addFinalizer' }
  /** `year`: in which it is received, by the city's calendar. */
  | { readonly do: 'assignSerial'; readonly year: number }
  | {
      readonly do: 'recordDecisions';
      readonly decisions: readonly PlacedDecision[];
    }
  | { readonly do: 'carryDecisions'; readonly ticket: string; readonly decisions: readonly DecisionCopy[] }
  | {
      readonly do: 'takeHold';
      readonly generation: number;
      readonly attempt: number;
      readonly document: HeldDocument;
      readonly demands: readonly Demand[];
      readonly replaces: { readonly generation: number; readonly attempt: number } | undefined;
    }
  | { readonly do: 'expireHold'; readonly hold: HoldView }
  | {
      readonly do: 'voidHold';
      readonly hold: HoldView;
      readonly why: 'withdrawn' | 'rejected' | 'refused' | 'deleted';
    }
  | { readonly do: 'post'; readonly hold: HoldView }
  /** `from`: the day of the grant, YYYY-MM-DD. */
  | { readonly do: 'grant'; readonly hold: HoldView; readonly from: string }
  | { readonly do: 'project'; readonly status: Projection }
  | { readonly do: 'archive' }
  | { readonly do: 'delete' }
  | { readonly do: 'removeFinalizer' }
  /** `forMs`: after so long something falls due. */
  | { readonly do: 'wait'; readonly forMs?: number };

/**
 * What to do next with a request. Pure: the operator applies it, the CLI's dry run and tests read it.
 * The order of the cases is the order of the request's life, from its end backwards: what the books have posted
 * outweighs whatever an object says.
 * @throws GovError E_BOOKS_AHEAD when a hold was taken for this very generation with other content
 */
export function decideRequest(picture: RequestPicture): RequestAction {
  return Object.freeze(next(picture));
}

function next(picture: RequestPicture): RequestAction {
  const { request } = picture;
  const { metadata, spec, status } = request;
  const deleting = metadata.deletionTimestamp !== undefined;
  const bound = metadata.finalizers?.includes(REQUEST_FINALIZER) ?? false;
  if (spec.submission === 0 && picture.holds.length === 0) {
    if (deleting) return bound ? { do: 'removeFinalizer' } : { do: 'wait' };
    return spec.withdrawn
      ? project(picture, 'Withdrawn', 'Withdrawn', 'nobody')
      : project(picture, 'Draft', 'Draft', 'requester');
  }
  if (!bound) return deleting ? { do: 'wait' } : { do: 'addFinalizer' };
  if (picture.serial === undefined)
    return { do: 'assignSerial', year: Number(cityDay(picture.now).slice(0, 4)) };

  // What is over stays as it was copied to the books; what it gave goes on by itself.
  // An object that says it is not over was set back, and goes the way of what the books have posted.
  const over = ['Granted', 'Rejected', 'Withdrawn'].includes(status?.phase ?? '');
  if (picture.closedAt !== undefined && over) return closed(picture, afterwards(picture));

  // What was granted stays granted when it has been given back since.
  const posted = picture.holds.find(({ state }) => state === 'posted' || state === 'credited');

  const unrecorded = (status?.decisions ?? [])
    .map((decision, position) => placed(picture, decision, position))
    .filter((it) => !picture.decisions.some((copy) => isCopy(copy, it)))
    // On what is posted it no longer matters who else would have decided in a place of the list.
    .filter((it) => !posted || !picture.decisions.some((copy) => isInPlaceOf(copy, it)));
  if (unrecorded.length > 0) return { do: 'recordDecisions', decisions: unrecorded };
  if (posted) return afterPost(picture, posted);

  const held = picture.holds.filter(({ generation }) => generation === metadata.generation);
  demandSameSpec(picture.request, held);
  const pending = picture.holds.find(({ state }) => state === 'pending');
  if (spec.withdrawn || deleting) {
    if (pending) return { do: 'voidHold', hold: pending, why: spec.withdrawn ? 'withdrawn' : 'deleted' };
    return closed(picture, project(picture, 'Withdrawn', 'Withdrawn', 'nobody'));
  }
  if (status?.phase === 'Granting') {
    // A hold that lapsed before it was posted goes back to quoting; what was approved was that hold alone.
    if (!pending) return project(picture, 'Submitted', 'Submitted', 'operator');
    if (pending.expiresAt <= picture.now) return { do: 'expireHold', hold: pending };
    const { review } = standingOf(pending.document, picture.decisions, pending.createdAt);
    if (review.result.outcome === 'approved') {
      // What joins objects may have changed since the quote: then it goes back to quoting, which tells why not.
      const today = cityDay(picture.now);
      const { monthlyFen } = pending.document.quote;
      const { transfer } = pending.document;
      return checkJoined({ ...picture, today }).length > 0 ||
        (transfer && !isStillPosted(transfer, picture.giving?.posted ?? [])) ||
        checkBudget({ ...picture, today }, monthlyFen, pending.id).length > 0
        ? { do: 'voidHold', hold: pending, why: 'refused' }
        : { do: 'post', hold: pending };
    }
  }
  const own = held.at(-1) ?? rejectedOf(picture);
  return own ? review(picture, own, pending) : quote(picture, pending, 1);
}

/** A decision at its place in the list, with the delegation by which it stands in for somebody, if there is one. */
export interface PlacedDecision {
  readonly position: number;
  readonly decision: Decision;
  readonly mandate?: Mandate;
}

function placed(
  { request, delegations, now }: RequestPicture,
  decision: Decision,
  position: number,
): PlacedDecision {
  const { step, reviewer: standin, onBehalfOf: reviewer } = decision;
  if (reviewer === undefined) return { position, decision };
  const namespace = request.metadata.namespace ?? '';
  const mandate = mandateOf(delegations, { namespace, step, reviewer, standin }, cityDay(now));
  return { position, decision, ...(mandate ? { mandate } : {}) };
}

function isInPlaceOf(copy: DecisionCopy, { position, decision }: PlacedDecision): boolean {
  return copy.carriedFrom === undefined && copy.position === position && copy.ticket === decision.ticket;
}

/** A copy that says something else is no copy: the books then refuse, for one of the two was set back. */
function isCopy(copy: DecisionCopy, it: PlacedDecision): boolean {
  const { step, reviewer, onBehalfOf, verdict } = it.decision;
  return (
    isInPlaceOf(copy, it) &&
    copy.step === step &&
    copy.reviewer === reviewer &&
    copy.onBehalfOf === onBehalfOf &&
    copy.verdict === verdict
  );
}

/**
 * A generation has one content. If the books held another, the hub was set back and the request then edited up to the
 * same number: what reviewers would decide on is not what the object asks for.
 */
function demandSameSpec({ metadata, spec }: ResourceRequest, held: readonly HoldView[]): void {
  const other = held.find(({ document }) => !sameJson(document.spec, spec));
  if (!other) return;
  const key = `${metadata.uid}/${other.generation}/${other.attempt}`;
  throw new GovError(reason('E_BOOKS_AHEAD', { key }, key));
}

/** The hold on which the request was rejected: no later edit revives it. */
function rejectedOf({ holds, decisions }: RequestPicture): HoldView | undefined {
  const last = holds.at(-1);
  if (!last) return undefined;
  const { review: it } = standingOf(last.document, decisions, last.createdAt);
  return it.result.outcome === 'rejected' ? last : undefined;
}

/** The request's hold for its present generation exists: what do its decisions amount to? */
function review(picture: RequestPicture, own: HoldView, pending: HoldView | undefined): RequestAction {
  const standing = standingOf(own.document, picture.decisions, own.createdAt);
  if (standing.toCarry.length > 0) {
    return { do: 'carryDecisions', ticket: standing.ticket, decisions: standing.toCarry };
  }
  const { result } = standing.review;
  const ticket = ticketText(standing, own);
  const extra = {
    hold: { id: own.id, attempt: own.attempt, expiresAt: own.expiresAt },
    quote: own.document.quote,
  };
  switch (result.outcome) {
    case 'rejected':
      if (pending) return { do: 'voidHold', hold: pending, why: 'rejected' };
      return closed(
        picture,
        project(picture, 'Rejected', 'Rejected', 'nobody', { ...extra, review: { ...ticket, openStep: '' } }),
      );
    case 'returned': {
      if (own.state === 'pending' && own.expiresAt <= picture.now) return { do: 'expireHold', hold: own };
      const review = { ...ticket, openStep: '' };
      const action = project(picture, 'Returned', 'Returned', 'requester', { ...extra, review });
      // Nobody may come back to it: what it holds must not be kept from others for ever.
      return action.do === 'wait' && own.state === 'pending' ? waitFor(picture, own) : action;
    }
    case 'open': {
      if (own.state !== 'pending') return quote(picture, pending, own.attempt + 1);
      if (own.expiresAt <= picture.now) return { do: 'expireHold', hold: own };
      const { step } = result;
      const { now, calendar, request } = picture;
      const { due, late, changesAt } = deadlineOf(calendar, step, result.openedAt, now);
      const { conditions } = request.status ?? {};
      const action = project(picture, 'InReview', stateOfStep(step.name), step.name, {
        ...extra,
        review: { ...ticket, openStep: step.name },
        due: due.date,
        ...(due.provisional ? { dueProvisional: true } : {}),
        ...(late ? { conditions: settleConditions(conditions, [late], now, own.generation) } : {}),
      });
      return action.do === 'wait' ? waitFor(picture, own, changesAt) : action;
    }
    case 'approved':
      if (own.state !== 'pending') return quote(picture, pending, own.attempt + 1);
      return project(picture, 'Granting', 'Approved', 'operator', {
        ...extra,
        review: { ...ticket, openStep: '' },
      });
  }
}

/** What a status says of the ticket that is decided on. */
function ticketText({ round, ticket, uncounted }: Standing, { generation }: HoldView) {
  return { round, ticket, generation, ...(uncounted.length === 0 ? {} : { uncounted: [...uncounted] }) };
}

/** Until its hold lapses or it becomes late, as far away as the database says: the operator's own clock may be off. */
function waitFor({ now }: RequestPicture, { expiresAt }: HoldView, changesAt = expiresAt): RequestAction {
  return { do: 'wait', forMs: Math.min(Date.parse(expiresAt), Date.parse(changesAt)) - Date.parse(now) };
}

/** No hold for this generation, or one that lapsed: price, place and hold, or tell why not. */
function quote(picture: RequestPicture, pending: HoldView | undefined, attempt: number): RequestAction {
  const { request } = picture;
  const generation = request.metadata.generation ?? 0;
  const refusedAlready =
    request.status?.phase === 'Returned' &&
    request.status.observedGeneration === generation &&
    (request.status.reasons?.length ?? 0) > 0;
  if (refusedAlready && !pending) return { do: 'wait' };
  const result = quoteRequest({ ...picture, today: cityDay(picture.now), released: picture.pendingDemands });
  if (!result.ok) {
    if (pending) return { do: 'voidHold', hold: pending, why: 'refused' };
    const reasons = reasonTexts(result.reasons).slice(0, 64);
    // What only the city can mend waits for the city.
    return result.reasons.every(({ code }) => FLOW_FAULTS.has(code))
      ? project(picture, 'Submitted', 'Submitted', 'operator', { reasons })
      : project(picture, 'Returned', 'Returned', 'requester', { reasons });
  }
  const returns = picture.decisions.filter(
    (it) => it.carriedFrom === undefined && it.returnTo !== undefined,
  ).length;
  return {
    do: 'takeHold',
    generation,
    attempt,
    demands: result.demands,
    replaces: pending && { generation: pending.generation, attempt: pending.attempt },
    document: {
      request: {
        uid: request.metadata.uid ?? '',
        namespace: request.metadata.namespace ?? '',
        name: request.metadata.name,
        serial: picture.serial ?? '',
      },
      generation,
      spec: request.spec,
      quote: result.quote,
      ...(result.placement ? { placement: result.placement } : {}),
      ...(result.takeover ? { transfer: result.takeover } : {}),
      round: picture.holdsTaken + returns + 1,
    },
  };
}

/** The books have posted: make what was granted exist, then follow it. */
function afterPost(picture: RequestPicture, posted: HoldView): RequestAction {
  const { spec } = posted.document;
  const uid = picture.request.metadata.uid ?? '';
  const granted = picture.allocations.filter(({ spec: { changes } }) =>
    changes.some(({ request }) => request === uid),
  );
  // A transfer is written on both: on what is left with the giver, and on what the receiver has.
  const expected = spec.action === 'Provision' ? spec.lines.length : spec.action === 'Transfer' ? 2 : 1;
  // An allocation that is missing after the grant was given back since: a grant is made once.
  const once =
    posted.state === 'credited' ||
    (spec.action !== 'Provision' && picture.request.status?.phase === 'Granted');
  const isThere = spec.quota ? picture.isRaised : granted.length >= expected;
  const standing = standingOf(posted.document, picture.decisions, posted.createdAt);
  const decided = {
    quote: posted.document.quote,
    review: { ...ticketText(standing, posted), openStep: '' },
  };
  if (!isThere && !once) {
    // A quota can go or fill up between post and grant. What is posted is not taken back: it waits for who gives.
    const missing = checkRaise({ ...picture, request: { ...picture.request, spec } });
    if (missing.length > 0)
      return project(picture, 'Granting', 'Approved', 'giver', { ...decided, reasons: reasonTexts(missing) });
    return { do: 'grant', hold: posted, from: cityDay(picture.now) };
  }
  const own = granted.filter(({ metadata }) => metadata.namespace === picture.request.metadata.namespace);
  const { state, waits, closed: done } = stateOfGranted(spec.action, own);
  const action = project(picture, 'Granted', state, waits, {
    ...decided,
    allocations: own.map(({ metadata }) => metadata.name).sort(),
  });
  return done ? closed(picture, action) : action;
}

/** Of what is over one thing is still told: that nobody here has in use any more what it once gave. */
function afterwards({ request: { metadata, spec, status }, allocations }: RequestPicture): RequestAction {
  const own = allocations.filter((it) => it.metadata.namespace === metadata.namespace);
  const gone = own.every(isOver) && GIVES.has(spec.action) && own.length > 0;
  if (!gone || status?.phase !== 'Granted' || metadata.deletionTimestamp !== undefined) return { do: 'wait' };
  const state = own.every(({ spec: { transferred } }) => transferred === undefined)
    ? 'Reclaimed'
    : 'Transferred';
  if (status.state === state) return { do: 'wait' };
  const { decisions: _people, ...current } = status;
  return { do: 'project', status: { ...current, state, stateText: stateText(state) } };
}

/** What those who asked for it have, or have otherwise, once it is granted. */
const GIVES: ReadonlySet<ResourceRequest['spec']['action']> = new Set(['Provision', 'Resize', 'Transfer']);

/**
 * A request that is over: its last status, its copy in the books, and only then its deletion, be it asked for or because
 * its time in the hub is up. What it holds is settled first.
 */
function closed(picture: RequestPicture, projection: RequestAction): RequestAction {
  if (projection.do !== 'wait') return projection;
  const { closedAt, closedSeconds, holds, now, request } = picture;
  if (closedAt === undefined) return { do: 'archive' };
  if (request.metadata.deletionTimestamp !== undefined) return { do: 'removeFinalizer' };
  if (holds.some(({ state }) => state === 'pending')) return { do: 'wait' };
  return Date.parse(closedAt) + closedSeconds * 1000 <= Date.parse(now) ? { do: 'delete' } : { do: 'wait' };
}

function project(
  picture: RequestPicture,
  phase: NonNullable<Status['phase']>,
  state: State,
  waits: WaitsFor,
  more: Partial<Projection> = {},
): RequestAction {
  const { metadata, status } = picture.request;
  const projection: Projection = {
    ...(picture.serial === undefined ? {} : { serial: picture.serial }),
    phase,
    state,
    stateText: stateText(state),
    waitsFor: waitsForText(waits),
    observedGeneration: metadata.generation ?? 0,
    ...more,
  };
  const { decisions: _people, ...current } = status ?? {};
  return sameJson(current, projection) ? { do: 'wait' } : { do: 'project', status: projection };
}
