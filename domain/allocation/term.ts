import { z } from 'zod';
import type { Allocation, CatalogItem } from '../../api/v1alpha1/index.ts';
import { cityDay, dayAfter, policyOn } from '../calendar.ts';
import type { WantedCondition } from '../conditions.ts';
import { condition } from './conditions.ts';
import { isStock } from './objects.ts';
import type { AllocationPicture, HandoverCopy } from './picture.ts';

/**
 * What becomes of what has a term: notices before its end, then some days of grace in which it runs on, then its machines
 * stop. Nothing is ever given back by itself: that is a release, which somebody asks for and the city decides.
 */
const termPolicy = z.strictObject({
  /** The first day on which it is in force. */
  from: z.iso.date(),
  /** Notice is given when so many days are left. */
  noticeDays: z.array(z.int().min(1).max(365)).min(1).max(8),
  /** So many days after the last day of its term it still runs. */
  graceDays: z.int().min(0).max(365),
});
export type TermPolicy = z.output<typeof termPolicy>;

/** All policies of a city. @throws z.ZodError that names what is wrong */
export function parseTermPolicies(content: unknown): readonly TermPolicy[] {
  return z.strictObject({ policies: z.array(termPolicy).min(1) }).parse(content).policies;
}

export interface TermNotice {
  /** The last day of the term, YYYY-MM-DD. */
  readonly until: string;
  /** The policy's number of days that are left at most: the notice is one and the same until the next is due. */
  readonly days: number;
}

/**
 * The notice that is due for what ends soon: of the policy's notices the last one that has begun. Undefined for what has
 * no term, is past it or is being given back, and in a city without a policy.
 * @param today the day in the city, YYYY-MM-DD
 */
export function noticeDue(
  { spec: { until, released } }: Allocation,
  policies: readonly TermPolicy[],
  today: string,
): TermNotice | undefined {
  if (until === undefined || until < today || released) return undefined;
  const begun = (policyOn(policies, today)?.noticeDays ?? []).filter(
    (days) => dayAfter(today, days) >= until,
  );
  return begun.length === 0 ? undefined : { until, days: Math.min(...begun) };
}

/** Why something is to stand still: a suspension was approved, or its term and the grace after it are over. */
export type Suspension = 'Requested' | 'TermEnded';

/** Whether a suspension stops it, and nothing has to be made for that: stock that nobody has changed is left as it runs. */
export function isSuspendable(allocation: Allocation, item: CatalogItem['spec']): boolean {
  return item.fulfilment === 'manual' || (item.suspendedWhen !== undefined && !isStock(allocation));
}

/**
 * The first day on which it stands still because its term is over, by the policy in force at the end of the term. What no API
 * stops goes on: somebody has to decide on it.
 */
export function stopsOn(
  allocation: Allocation,
  item: CatalogItem['spec'],
  policies: readonly TermPolicy[],
): string | undefined {
  const { until } = allocation.spec;
  if (until === undefined || item.fulfilment === 'manual' || !isSuspendable(allocation, item))
    return undefined;
  const policy = policyOn(policies, until);
  return policy && dayAfter(until, policy.graceDays + 1);
}

export function suspensionOf(
  { allocation, now, termPolicies }: AllocationPicture,
  item: CatalogItem['spec'],
): Suspension | undefined {
  if (allocation.spec.suspended) return 'Requested';
  const stops = stopsOn(allocation, item, termPolicies);
  return stops !== undefined && stops <= cityDay(now) ? 'TermEnded' : undefined;
}

/** What puts it under a legal hold, if it is: nothing of it is released or erased until the hold is lifted. */
export function legalHoldOf(handovers: readonly HandoverCopy[]): HandoverCopy | undefined {
  const last = [...handovers]
    .sort((a, b) => a.position - b.position)
    .findLast(({ action }) => action === 'hold' || action === 'unhold');
  return last?.action === 'hold' ? last : undefined;
}

/** That it is under a legal hold; nothing otherwise. */
export function holdConditions({ handovers }: AllocationPicture): WantedCondition[] {
  const hold = legalHoldOf(handovers);
  return hold
    ? [condition('LegalHold', 'True', 'OnHold', 'legalHold', { by: hold.by, comment: hold.comment ?? '' })]
    : [];
}

/** How its term stands, that its end is near, and what holds it. */
export function lastingConditions(picture: AllocationPicture): WantedCondition[] {
  return [...termConditions(picture), ...holdConditions(picture)];
}

function termConditions(picture: AllocationPicture): WantedCondition[] {
  const { allocation, item, now, termPolicies } = picture;
  const { until } = allocation.spec;
  if (until === undefined) return [condition('WithinTerm', 'True', 'NoTerm', 'openTerm')];
  const today = cityDay(now);
  if (until >= today) {
    const notice = noticeDue(allocation, termPolicies, today);
    return [
      condition('WithinTerm', 'True', 'WithinTerm', 'withinTerm', { until }),
      ...(notice
        ? [condition('Expiring', 'True', `EndsWithin${notice.days}Days`, 'endsSoon', { ...notice })]
        : []),
    ];
  }
  const stops = item && stopsOn(allocation, item, termPolicies);
  return [
    stops === undefined
      ? condition('WithinTerm', 'False', 'TermEnded', 'termEnded', { until })
      : stops > today
        ? condition('WithinTerm', 'False', 'TermEnded', 'termEndedStops', { until, stops })
        : condition('WithinTerm', 'False', 'GraceOver', 'graceOver', { until, stops }),
  ];
}
