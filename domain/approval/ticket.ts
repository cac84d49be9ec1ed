import type { Allocation, Quote, ResourceRequest } from '../../api/v1alpha1/index.ts';
import { type Canonical, digestOf } from '../canonical.ts';
import type { PlacementRecord } from '../placement/record.ts';
import type { AccountKey } from '../quota/fit.ts';
import { isInForce } from './delegation.ts';
import { type DecisionCopy, type FlowStep, foldDecisions, partsOf, type Review } from './fold.ts';

/** What a hold was taken for: stored with it in the books, and all that a grant reads. */
export interface HeldDocument {
  readonly request: {
    readonly uid: string;
    readonly namespace: string;
    readonly name: string;
    readonly serial: string;
  };
  readonly generation: number;
  readonly spec: ResourceRequest['spec'];
  readonly quote: Quote;
  /** How its pool was chosen; absent of what was held before this was kept. */
  readonly placement?: PlacementRecord;
  /** Of a transfer alone. */
  readonly transfer?: Takeover;
  /** Round of the first ticket on this hold; a return to an earlier step opens the next one. */
  readonly round: number;
}

/** What a transfer takes over, as it stood when it was quoted. */
export interface Takeover {
  /** Whose posted use it is until then. */
  readonly origin: { readonly requestUid: string; readonly generation: number };
  /** What of it is given back on each account, and how much of that stays posted for who receives it; integers in the account's unit. */
  readonly legs: readonly {
    readonly account: AccountKey;
    readonly credited: string;
    readonly carried: string;
  }[];
  /** The allocation as the giver has it, without its changes. */
  readonly given: Allocation['spec'];
}

/**
 * The ticket that a decision must name: a digest of who asks for what, at what price, from which pool, by which
 * version of each item, through which flow, in which round. Any other quote is another ticket.
 */
export function ticketOf(document: HeldDocument, round: number): string {
  const known = tickets.get(document) ?? new Map<number, string>();
  tickets.set(document, known);
  const ticket = known.get(round) ?? digestTicket(document, round);
  known.set(round, ticket);
  return ticket;
}

/** A document never changes, and every look at it asks for its tickets again. */
const tickets = new WeakMap<HeldDocument, Map<number, string>>();

function digestTicket(document: HeldDocument, round: number): string {
  const { quote } = document;
  return digestOf({
    uid: document.request.uid,
    spec: document.spec as unknown as Canonical,
    pool: quote.pool,
    monthlyFen: quote.monthlyFen,
    items: quote.lines.map(({ name, item, itemVersion, monthlyFen }) => ({
      name,
      item,
      itemVersion,
      monthlyFen,
    })),
    flow: { name: quote.flow, steps: quote.steps },
    round,
  }).slice(0, 32);
}

/**
 * Whether a decision may count at all. Admission refuses those of who asks; should it ever have been missing, they still
 * decide nothing. Whether somebody stands in for another it cannot know: that takes a delegation in force, by database time.
 */
function isAllowed(decision: DecisionCopy, { requester, applicant }: ResourceRequest['spec']): boolean {
  const { onBehalfOf, mandate, decidedAt } = decision;
  if (partsOf(decision).some((part) => part === requester || part === applicant.account)) return false;
  return onBehalfOf === undefined || (mandate !== undefined && isInForce(mandate, decidedAt));
}

/** The review of a hold as it stands now. */
export interface Standing {
  readonly round: number;
  readonly ticket: string;
  readonly review: Review;
  /** Decisions that must be carried from the previous ticket before this one can be judged; usually none. */
  readonly toCarry: readonly DecisionCopy[];
  readonly previousTicket?: string;
  /** Places of the decisions on this ticket that are void, in order: who made them, or for whom, may still decide. */
  readonly uncounted: readonly number[];
}

/**
 * Follows the rounds of a hold: a return to an earlier step opens a new ticket, to which the decisions of the
 * steps before it are carried.
 *
 * @param all every copy of a decision on this request; those that `isAllowed` does not let count are void
 * @param openedAt database time of the hold, ISO 8601
 */
export function standingOf(document: HeldDocument, all: readonly DecisionCopy[], openedAt: string): Standing {
  const decisions = all.filter((it) => isAllowed(it, document.spec));
  const steps = document.quote.steps as readonly FlowStep[];
  let round = document.round;
  let previousTicket: string | undefined;
  let expected: readonly DecisionCopy[] = [];
  let since = openedAt;
  for (;;) {
    const ticket = ticketOf(document, round);
    // Once the next ticket is decided on, this one is history.
    const next = ticketOf(document, round + 1);
    const end = Math.min(
      ...decisions
        .filter((it) => it.ticket === next && it.carriedFrom === undefined)
        .map((it) => it.position),
    );
    const own = decisions.filter((it) => it.ticket === ticket && it.position < end);
    const toCarry = expected.filter((it) => !own.some((copy) => copy.position === it.position));
    const review = foldDecisions(steps, own, since);
    const standing = {
      round,
      ticket,
      review,
      toCarry,
      ...(previousTicket === undefined ? {} : { previousTicket }),
      uncounted: all
        .filter((it) => it.ticket === ticket && !isAllowed(it, document.spec))
        .map(({ position }) => position)
        .sort((a, b) => a - b),
    };
    if (toCarry.length > 0 || review.result.outcome !== 'returned' || review.result.to === 'requester')
      return standing;
    const { to, by } = review.result;
    const kept = new Set(
      steps
        .slice(
          0,
          steps.findIndex((step) => step.name === to),
        )
        .map((step) => step.name),
    );
    expected = review.counted.filter((it) => kept.has(it.step));
    since = by.decidedAt;
    previousTicket = ticket;
    round += 1;
  }
}
