import type { Allocation, CatalogItem, Condition, State } from '../../api/v1alpha1/index.ts';
import { cityDay, dayAfter } from '../calendar.ts';
import { digestOf, type Canonical } from '../canonical.ts';
import type { Json } from '../catalogue/expressions.ts';
import { hasStopped, isReady, outputsOf, type RenderedObject } from '../catalogue/render.ts';
import { settleConditions, type WantedCondition } from '../conditions.ts';
import { stateText } from '../request/state.ts';
import { sameJson } from '../same.ts';
import { condition } from './conditions.ts';
import { type Difference, differences, differenceText } from './drift.ts';
import {
  appliedDigest,
  factsOf,
  type Identity,
  identityKey,
  identityOf,
  isStock,
  memberNamespaceOf,
  objectDigest,
} from './objects.ts';
import type { AllocationAction, AllocationPicture, HandoverCopy } from './picture.ts';
import { isSuspendable, type Suspension, suspensionOf, lastingConditions } from './term.ts';
import { isAcceptedBefore } from './transfer.ts';

/** Everything stands: readiness, delivery, acceptance, drift and term, as conditions and one state. */
export function follow(
  picture: AllocationPicture,
  item: CatalogItem['spec'],
  desired: readonly RenderedObject[],
  live: ReadonlyMap<string, Json>,
  notFound: readonly Identity[],
): AllocationAction {
  const { allocation } = picture;
  const { spec, status } = allocation;
  const manual = spec.fulfilment === 'manual';
  const namespace = memberNamespaceOf(allocation, item);
  const suspension = suspensionOf(picture, item);
  const facts = factsOf(allocation, namespace, suspension !== undefined);
  const seen = desired.map((it) => ({ ...it, live: live.get(identityKey(identityOf(it))) }));
  const objects = Object.fromEntries(
    item.templates.map(({ name }) => [
      name,
      seen.filter((it) => it.template === name && it.live !== undefined).map((it) => it.live as Json),
    ]),
  );
  const isFound = !manual && notFound.length === 0;
  const ready = isFound && !suspension && isReady(item, facts, spec.parameters, objects);
  const order = manual ? openSwitch(picture) : undefined;
  // Of what is done by hand it is as it was until the order is done.
  const still = manual
    ? (suspension !== undefined) !== (order !== undefined)
    : isFound && suspension !== undefined && hasStopped(item, facts, spec.parameters, objects);

  const delivery = deliveryOf(picture);
  const stock = isStock(allocation);
  const before = !stock && isAcceptedBefore(spec);
  const delivered = manual
    ? stock || before || delivery !== undefined
    : stock ||
      before ||
      ready ||
      delivery !== undefined ||
      (status?.deliveredRevision ?? 0) >= spec.contentRevision;
  const last = delivered ? verdictOf(picture) : undefined;
  const accepted = stock || before || last?.action === 'accept';
  const refused = last?.action === 'refuse';
  const giver = spec.formerHolders?.at(-1)?.organization ?? '';
  const today = cityDay(picture.now);
  const ended = spec.until !== undefined && spec.until < today;

  const state: State = accepted
    ? still
      ? 'Suspended'
      : ended
        ? 'Expired'
        : 'InUse'
    : delivered && !refused
      ? 'PendingAcceptance'
      : 'PendingProvisioning';

  const drift = seen.flatMap((it) =>
    it.live === undefined ||
    appliedDigest(it.live) !== objectDigest(it.object) ||
    (it.object.kind === 'Secret' && spec.adopted === true)
      ? []
      : differences(it.object as unknown as Json, it.live)
          .filter(({ path }) => !path.startsWith('metadata.'))
          .map((difference: Difference) =>
            differenceText(
              `${it.object.kind}/${it.object.metadata.name}`,
              // A status is read by many: it says that a Secret was changed, never to what.
              it.object.kind === 'Secret' ? { ...difference, approved: '***', live: '***' } : difference,
            ),
          ),
  );
  const secret =
    item.credentials && !manual ? seen.find((it) => it.template === item.credentials?.template) : undefined;
  const data = secret?.live === undefined ? undefined : (secret.live as { data?: Json }).data;
  const secretName = `${allocation.metadata.name}-credentials`;
  // The operator may write Secrets in the hub but not read them: what was copied is known by its digest. Only with a key can
  // it be computed: many read the status, and a password that somebody chose could be guessed by it.
  const digest =
    data === undefined
      ? undefined
      : digestOf([picture.secretOf('credentials-digest'), data as Canonical]).slice(0, 32);
  if (delivered && data !== undefined && digest !== undefined && status?.credentialsDigest !== digest) {
    return { do: 'copySecret', name: secretName, data, digest };
  }
  const revision = spec.contentRevision;
  const trialUntil = delivered && !stock && !before && !refused ? trialEnd(picture, item) : undefined;
  const readiness = (): WantedCondition => {
    const count = seen.length;
    if (order === 'Suspend') return condition('Ready', 'False', 'WorkOrderOpen', 'manualSuspend');
    if (order === 'Resume') return condition('Ready', 'False', 'WorkOrderOpen', 'manualResume');
    if (notFound.length > 0)
      return condition('Ready', 'Unknown', 'NotFound', 'notFound', { count: notFound.length });
    if (suspension) {
      return still
        ? stoppedCondition(allocation, suspension)
        : condition('Ready', 'False', 'Suspending', 'suspending', { count });
    }
    if (!manual) {
      return ready
        ? condition('Ready', 'True', 'ObjectsReady', 'ready', { count })
        : condition('Ready', 'False', 'ObjectsNotReady', 'notReady', { count });
    }
    if (delivery)
      return condition('Ready', 'True', 'WorkOrderDone', 'manualDone', { evidence: delivery.evidence ?? '' });
    return stock
      ? condition('Ready', 'True', 'OpeningStock', 'adopted')
      : before
        ? condition('Ready', 'True', 'Transferred', 'acceptedBefore', { organization: giver })
        : condition('Ready', 'False', 'WorkOrderOpen', 'manualOpen');
  };
  const conditions: WantedCondition[] = [
    ...(manual
      ? [readiness()]
      : [
          condition('MemberReachable', 'True', 'Answers', 'memberReachable', { cluster: spec.cluster }),
          readiness(),
          drift.length > 0
            ? condition('InSync', 'False', 'Drifted', 'drifted', { diff: drift.slice(0, 20).join('; ') })
            : condition('InSync', 'True', 'AsApproved', 'inSync'),
        ]),
    delivered
      ? condition('Delivered', 'True', 'Delivered', 'delivered', { revision })
      : condition('Delivered', 'False', 'NotDelivered', 'notDelivered', { revision }),
    stock
      ? condition('Accepted', 'True', 'OpeningStock', 'adopted')
      : before
        ? condition('Accepted', 'True', 'Transferred', 'acceptedBefore', { organization: giver })
        : accepted
          ? condition('Accepted', 'True', 'Accepted', 'accepted', { by: last?.by ?? '' })
          : refused
            ? condition('Accepted', 'False', 'Refused', 'refused', {
                by: last?.by ?? '',
                comment: last?.comment ?? '',
              })
            : trialUntil === undefined
              ? condition('Accepted', 'False', 'Waiting', 'notAccepted')
              : trialUntil >= today
                ? condition('Accepted', 'False', 'Trial', 'trial', { until: trialUntil })
                : condition('Accepted', 'False', 'TrialOver', 'trialOver', { until: trialUntil }),
    ...lastingConditions(picture),
  ];
  return project(picture, state, conditions, {
    ...(manual ? {} : { namespace }),
    observedRevision: spec.revision,
    ...(delivered ? { deliveredRevision: spec.contentRevision } : {}),
    suspendable: isSuspendable(allocation, item),
    trialUntil,
    objects: seen.map(identityOf),
    // Objects that are not ready may not have what an output tells: it stays as it was delivered.
    ...(ready || manual ? { outputs: [...outputsOf(item, facts, spec.parameters, objects)] } : {}),
    ...(accepted && last ? { acceptedAt: last.decidedAt } : {}),
  });
}

/** The last day of the trial that the item gives of what is new, from its delivery on; nobody accepts by being late. */
function trialEnd({ allocation: { spec, status }, now }: AllocationPicture, item: CatalogItem['spec']) {
  if (item.trialDays === 0 || spec.contentRevision > 1) return undefined;
  const delivered = status?.conditions?.find(({ type, status: is }) => type === 'Delivered' && is === 'True');
  return dayAfter(cityDay(delivered?.lastTransitionTime ?? now), item.trialDays);
}

function stoppedCondition({ spec }: Allocation, suspension: Suspension): WantedCondition {
  if (suspension === 'TermEnded')
    return condition('Ready', 'False', 'Suspended', 'suspendedByTerm', { until: spec.until ?? '' });
  // What came suspended from somebody else is so by the request by which it came.
  const by = spec.changes.findLast(({ action }) => action === 'Suspend' || action === 'Transfer');
  const serial = by?.serial ?? '';
  return condition('Ready', 'False', 'Suspended', 'suspended', { serial });
}

/** The suspension or resumption of what is done by hand that an engineer has yet to tell done. */
function openSwitch({
  allocation: { spec },
  handovers,
}: AllocationPicture): 'Suspend' | 'Resume' | undefined {
  const last = spec.changes.findLast(({ action }) => action === 'Suspend' || action === 'Resume');
  if (!last) return undefined;
  const isDone = handovers.some(
    ({ action, revision }) => action === 'deliver' && revision >= last.revision && revision <= spec.revision,
  );
  return isDone ? undefined : spec.suspended ? 'Suspend' : 'Resume';
}

/** Copies of what was handed over of the present content, in order. */
function handoversOf({ allocation: { spec }, handovers }: AllocationPicture): readonly HandoverCopy[] {
  return handovers
    .filter(({ revision }) => revision >= spec.contentRevision && revision <= spec.revision)
    .sort((a, b) => a.position - b.position);
}

export function deliveryOf(picture: AllocationPicture): HandoverCopy | undefined {
  return handoversOf(picture).findLast(({ action }) => action === 'deliver');
}

/** What the requester says of it at last; a delivery after a refusal asks them again, one after acceptance does not. */
function verdictOf(picture: AllocationPicture): HandoverCopy | undefined {
  const all = handoversOf(picture);
  const verdict = all.findLast(({ action }) => action === 'accept' || action === 'refuse');
  const anew = all.some((it) => it.action === 'deliver' && verdict && it.position > verdict.position);
  return verdict?.action === 'refuse' && anew ? undefined : verdict;
}

export function project(
  picture: AllocationPicture,
  state: State,
  wanted: readonly WantedCondition[],
  more: Omit<NonNullable<Allocation['status']>, 'handovers' | 'conditions' | 'state'>,
  asTheyStand: readonly Condition[] = [],
): AllocationAction {
  const { metadata, status } = picture.allocation;
  const { handovers: _people, ...current } = status ?? {};
  const anchor = 'anchor' in picture.member ? picture.member.anchor?.uid : status?.anchor;
  // What is not known anew (the member did not answer) stays as it was last seen.
  const { conditions: standing, anchor: _anchor, ...kept } = current;
  const projected = {
    ...kept,
    ...more,
    ...(anchor === undefined ? {} : { anchor }),
    state,
    stateText: stateText(state),
    conditions: [
      ...settleConditions(standing, wanted, picture.now, metadata.generation ?? 0),
      ...asTheyStand,
    ],
    observedGeneration: metadata.generation ?? 0,
  };
  return sameJson(current, projected) ? { do: 'wait' } : { do: 'project', status: projected };
}

/** What of a release or a suspension waits for the member, and not for people or its time. */
const UNDER_WAY: ReadonlySet<string> = new Set(['Releasing', 'Suspending']);

/** Whether its member has something of it yet to do, so that it is soon looked at again. */
export function isUnderWay({ spec, status }: Allocation): boolean {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return (
    spec.fulfilment === 'auto' &&
    (status?.state === 'PendingProvisioning' || UNDER_WAY.has(ready?.reason ?? ''))
  );
}

/** What is not known anew stays as it was last seen, with its times. */
export function lastSeen(status: Allocation['status']): readonly Condition[] {
  return (status?.conditions ?? []).filter(({ type }) => type === 'Delivered' || type === 'Accepted');
}

/** What is wrong with a member that answers. */
export type MemberFault =
  /** It takes no write, or not in time. */
  | { readonly fault: 'silent'; readonly problem: string }
  /** It refuses an object: a quota there, a webhook, a field that cannot change. */
  | { readonly fault: 'refused'; readonly problem: string }
  /** It accepts a write and shows afterwards that it does not have it. */
  | { readonly fault: 'notKept'; readonly write: string }
  /** It says of its objects what cannot be. */
  | { readonly fault: 'senseless'; readonly problem: string };

/** What is shown of it: what stood stays, and what the member said stands where people look. */
export function toldOfMember(picture: AllocationPicture, fault: MemberFault): AllocationAction {
  const { spec, status } = picture.allocation;
  const told = memberCondition({ ...fault, cluster: spec.cluster });
  const state = status?.state ?? 'PendingProvisioning';
  return project(picture, state, [told, ...lastingConditions(picture)], {}, lastSeen(status));
}

function memberCondition({ fault, ...params }: MemberFault & { readonly cluster: string }): WantedCondition {
  switch (fault) {
    case 'silent':
      return condition('MemberReachable', 'False', 'Unreachable', 'memberUnreachable', params);
    case 'refused':
      return condition('Ready', 'False', 'MemberRefused', 'memberRefused', params);
    case 'notKept':
      return condition('Ready', 'False', 'MemberInconsistent', 'memberNotKept', params);
    case 'senseless':
      return condition('Ready', 'False', 'MemberInconsistent', 'memberSenseless', params);
  }
}
