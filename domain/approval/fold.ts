import type { Decision, StepName } from '../../api/v1alpha1/index.ts';
import type { Mandate } from './delegation.ts';

/**
 * A decision as the books hold it. Only copies count: what stands in an object's status and was not copied, or
 * names another ticket, decides nothing.
 */
export interface DecisionCopy extends Decision {
  /** Place in the request's list of decisions; carried copies keep that of the original. */
  readonly position: number;
  /** Database time of the copy, ISO 8601. */
  readonly decidedAt: string;
  /** Set when the decision was made on an earlier ticket and carried to this one. */
  readonly carriedFrom?: string;
  /** By which delegation it was made for somebody else; undefined where there was none when it was copied. */
  readonly mandate?: Mandate;
}

/** Whose part a decision takes: its author's, and that of whom they stand in for. */
export function partsOf({
  reviewer,
  onBehalfOf,
}: Pick<Decision, 'reviewer' | 'onBehalfOf'>): readonly string[] {
  return onBehalfOf === undefined ? [reviewer] : [reviewer, onBehalfOf];
}

export interface FlowStep {
  readonly name: StepName;
  /** How many different people must approve. */
  readonly approvals: number;
  readonly dueWorkingDays: number;
  /** Working days after that until a late step is told further up; undefined: never. */
  readonly escalateWorkingDays?: number | undefined;
}

/** What the decisions on one ticket amount to. */
export type ReviewOutcome =
  | {
      readonly outcome: 'open';
      readonly step: FlowStep;
      readonly approvals: number;
      readonly openedAt: string;
    }
  | { readonly outcome: 'approved' }
  | { readonly outcome: 'returned'; readonly to: StepName | 'requester'; readonly by: DecisionCopy }
  | { readonly outcome: 'rejected'; readonly by: DecisionCopy };

export interface Review {
  readonly result: ReviewOutcome;
  /** The decisions that counted, in order. Others (out of turn, a second one by the same person) did not. */
  readonly counted: readonly DecisionCopy[];
}

/**
 * What decisions mean: steps in order, each by as many different people as its flow asks for; nobody on two
 * steps, neither by themselves nor through who stands in for them; within a step one rejection outweighs any approval, and a return outweighs approvals. A decision on a
 * step that was not open when it was made decides nothing.
 *
 * @param decisions all copies on one ticket
 * @param openedAt when the ticket was opened, ISO 8601
 */
export function foldDecisions(
  steps: readonly FlowStep[],
  decisions: readonly DecisionCopy[],
  openedAt: string,
): Review {
  const counted: DecisionCopy[] = [];
  const ordered = [...decisions].sort((a, b) => a.position - b.position);
  /** The first decision of each person on a step after a place in the list, without those who decided before. */
  const inTurn = (step: FlowStep, after: number): readonly DecisionCopy[] => {
    const seen = new Set(counted.flatMap(partsOf));
    return ordered.filter((it) => {
      const parts = partsOf(it);
      if (it.step !== step.name || it.position <= after || parts.some((part) => seen.has(part))) return false;
      for (const part of parts) seen.add(part);
      return true;
    });
  };
  let openSince = openedAt;
  let closedAt = -1;
  for (const [index, step] of steps.entries()) {
    const here = inTurn(step, closedAt);
    const before = counted.length;
    const approvals = here.filter((it) => it.verdict === 'approve').slice(0, step.approvals);
    counted.push(...approvals);
    const last = approvals.at(-1);
    const next = steps[index + 1];
    const closed = last !== undefined && approvals.length === step.approvals;
    // A step is left behind when the next one is decided on: until then its other reviewers may still see it open.
    const left = closed && next ? (inTurn(next, last.position)[0]?.position ?? Infinity) : Infinity;
    const against = here.filter((it) => it.verdict !== 'approve' && it.position < left);
    const objection = against.find((it) => it.verdict === 'reject') ?? against[0];
    if (objection) {
      counted.splice(before, Infinity, objection);
      if (objection.verdict === 'reject') return { result: { outcome: 'rejected', by: objection }, counted };
      const to = isEarlier(steps, objection.returnTo, step.name)
        ? (objection.returnTo as StepName)
        : 'requester';
      return { result: { outcome: 'returned', to, by: objection }, counted };
    }
    if (!closed) {
      return { result: { outcome: 'open', step, approvals: approvals.length, openedAt: openSince }, counted };
    }
    closedAt = last.position;
    // What was carried to a ticket was decided before the ticket was opened.
    if (last.decidedAt > openedAt) openSince = last.decidedAt;
  }
  return { result: { outcome: 'approved' }, counted };
}

function isEarlier(steps: readonly FlowStep[], to: StepName | undefined, than: StepName): boolean {
  const index = steps.findIndex((step) => step.name === to);
  return index >= 0 && index < steps.findIndex((step) => step.name === than);
}
