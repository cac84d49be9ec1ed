import type { Delegation, StepName } from '../../api/v1alpha1/index.ts';
import { cityDay } from '../calendar.ts';

/** The namespace in which a delegation stands for all organisations. */
export const DELEGATED_EVERYWHERE = 'govcloud-system';

/** The delegation on which a decision was made for somebody else, as it stood when the books copied the decision. */
export interface Mandate {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** Days of the city, both counted; YYYY-MM-DD. */
  readonly from: string;
  readonly until: string;
  /** Who made it, and why: of a step that was taken over the security administrator. */
  readonly madeBy: string;
  readonly reason: string;
}

/** Who decides for whom, on what. */
export interface StandingIn {
  readonly namespace: string;
  readonly step: StepName;
  readonly reviewer: string;
  readonly standin: string;
}

/**
 * The delegation by which somebody stands in for a reviewer on a day; of several the one that lasts longest. None where
 * the reviewer in turn stands in, by whatever way, for who would stand in: of a circle nobody is away.
 * @param day YYYY-MM-DD
 */
export function mandateOf(
  delegations: readonly Delegation[],
  { namespace, step, reviewer, standin }: StandingIn,
  day: string,
): Mandate | undefined {
  const inForce = delegations.filter(
    ({ metadata, spec }) =>
      [namespace, DELEGATED_EVERYWHERE].includes(metadata.namespace ?? '') &&
      spec.step === step &&
      spec.from <= day &&
      day <= spec.until,
  );
  const [longest] = inForce
    .filter(({ spec }) => spec.reviewer === reviewer && spec.standin === standin)
    .toSorted((a, b) => compare(b.spec.until, a.spec.until) || compare(a.metadata.name, b.metadata.name));
  if (!longest || leadsTo(inForce, standin, reviewer)) return undefined;
  const { metadata, spec } = longest;
  return {
    uid: metadata.uid ?? '',
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    from: spec.from,
    until: spec.until,
    madeBy: spec.madeBy,
    reason: spec.reason,
  };
}

/** Whether somebody is stood in for by another, or by who stands in for who stands in. */
function leadsTo(delegations: readonly Delegation[], from: string, to: string): boolean {
  const reached = new Set([from]);
  // A set that is iterated meets what is added meanwhile, and what is circular only once.
  for (const person of reached) {
    for (const { spec } of delegations) if (spec.reviewer === person) reached.add(spec.standin);
  }
  return reached.has(to);
}

/** Whether a mandate holds at an instant, by the city's days. @param at ISO 8601 */
export function isInForce({ from, until }: Pick<Mandate, 'from' | 'until'>, at: string): boolean {
  const day = cityDay(at);
  return from <= day && day <= until;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
