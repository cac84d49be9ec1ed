import { z } from 'zod';
import type { Allocation, CatalogItem, Handover } from '../../api/v1alpha1/index.ts';
import { cityDay, dayAfter, policyOn } from '../calendar.ts';
import type { WantedCondition } from '../conditions.ts';
import { condition } from './conditions.ts';
import { isStock } from './objects.ts';
import type { AllocationPicture } from './picture.ts';

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

/** Where the city publishes them: a ConfigMap of the hub, and its key. */
export const TERM_POLICY = { namespace: 'govcloud-system', name: 'term-policy', key: 'policy.yaml' };

/** What stands there. */
export const cityTermPolicies = z.strictObject({ policies: z.array(termPolicy).min(1) });

/** All policies of a city. @throws z.ZodError that names what is wrong */
export function parseTermPolicies(content: unknown): readonly TermPolicy[] {
  return cityTermPolicies.parse(content).policies;
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
  { spec: { until, released, transferred } }: Allocation,
  policies: readonly TermPolicy[],
  today: string,
): TermNotice | undefined {
  if (until === undefined || until < today || released || transferred) return undefined;
  const begun = (policyOn(policies, today)?.noticeDays ?? []).filter(
    (days) => dayAfter(today, days) >= until,
  );
  return begun.length === 0 ? undefined : { until, days: Math.min(...begun) };
}

/** Why a term that is over is no longer within its grace. */
const GRACE_OVER = 'GraceOver';

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

/**
 * Whether its term has it stand still. Without a policy for the end of its term, as when the city's is gone or cannot be read,
 * nothing is stopped by that and nothing started: what stands still goes on to.
 */
function isStoppedByTerm(
  { allocation, now, termPolicies }: AllocationPicture,
  item: CatalogItem['spec'],
): boolean {
  const { until } = allocation.spec;
  const today = cityDay(now);
  if (until === undefined || until >= today) return false;
  const stops = stopsOn(allocation, item, termPolicies);
  if (stops !== undefined) return stops <= today;
  const stood = allocation.status?.conditions?.some(({ reason }) => reason === GRACE_OVER) === true;
  return stood && policyOn(termPolicies, until) === undefined;
}

export function suspensionOf(picture: AllocationPicture, item: CatalogItem['spec']): Suspension | undefined {
  if (picture.allocation.spec.suspended) return 'Requested';
  return isStoppedByTerm(picture, item) ? 'TermEnded' : undefined;
}

/**
 * What puts it under a legal hold, if it is: nothing of it is released or erased until the hold is lifted. In a hub that was
 * set back list and copies may say otherwise: it is held as long as one of them says so.
 */
export function legalHoldOf({
  allocation,
  handovers,
}: Pick<AllocationPicture, 'allocation' | 'handovers'>): Handover | undefined {
  const copies = handovers.toSorted((a, b) => a.position - b.position);
  return [copies, allocation.status?.handovers ?? []]
    .map((list) => list.findLast(({ action }) => action === 'hold' || action === 'unhold'))
    .find((last) => last?.action === 'hold');
}

/** That it is under a legal hold; nothing otherwise. */
export function holdConditions(picture: AllocationPicture): WantedCondition[] {
  const hold = legalHoldOf(picture);
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
  if (item && isStoppedByTerm(picture, item))
    return [condition('WithinTerm', 'False', GRACE_OVER, 'graceOver', { until })];
  const stops = item && stopsOn(allocation, item, termPolicies);
  return [
    stops === undefined
      ? condition('WithinTerm', 'False', 'TermEnded', 'termEnded', { until })
      : condition('WithinTerm', 'False', 'TermEnded', 'termEndedStops', { until, stops }),
  ];
}
