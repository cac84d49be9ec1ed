import type { CatalogItem, Handover } from '../../api/v1alpha1/index.ts';
import type { Json } from '../catalogue/expressions.ts';
import { cityDay, dayAfter, startOfDay } from '../calendar.ts';
import type { RenderedObject } from '../catalogue/render.ts';
import { sameJson } from '../same.ts';
import { condition } from './conditions.ts';
import { deliveryOf, follow, lastSeen, project } from './follow.ts';
import { leave } from './leave.ts';
import {
  appliedDigest,
  desiredObjects,
  type Identity,
  identityKey,
  identityOf,
  isAnothers,
  isStock,
  isTerminating,
  labelOf,
  memberNamespaceOf,
  objectDigest,
  owned,
  uidOf,
} from './objects.ts';
import type { AllocationAction, AllocationPicture, HandoverCopy, MemberPicture } from './picture.ts';
import { reclaim, settled } from './reclaim.ts';
import { lastingConditions, legalHoldOf, suspensionOf } from './term.ts';

export const ALLOCATION_FINALIZER = 'govcloud.dev/member';

/** What to do next with an allocation. Pure; see `decideRequest`. */
export function decideAllocation(picture: AllocationPicture): AllocationAction {
  return Object.freeze(next(picture));
}

/**
 * How long what waits has to wait, in ms: until the city's next day if there is something to do then, or else as long as is
 * asked for, when it is looked at anyway.
 */
export function waitOf(picture: AllocationPicture, longestMs: number): number {
  const tomorrow = startOfDay(dayAfter(cityDay(picture.now), 1));
  const untilThen = tomorrow.getTime() - Date.parse(picture.now);
  if (untilThen >= longestMs) return longestMs;
  return next({ ...picture, now: tomorrow.toISOString() }).do === 'wait' ? longestMs : untilThen;
}

function next(picture: AllocationPicture): AllocationAction {
  const { allocation, item, member } = picture;
  const { metadata, spec, status } = allocation;
  const unrecorded = unrecordedOf(status?.handovers ?? [], picture.handovers);
  if (unrecorded.length > 0) return { do: 'recordHandovers', handovers: unrecorded };
  if (!metadata.finalizers?.includes(ALLOCATION_FINALIZER)) {
    return metadata.deletionTimestamp === undefined ? { do: 'addFinalizer' } : { do: 'wait' };
  }
  if (spec.transferred) return leave(picture, spec.transferred);
  if (item === undefined) {
    const params = { item: spec.item, version: spec.itemVersion };
    const missing = condition('Ready', 'False', 'ItemVersionMissing', 'itemMissing', params);
    return project(
      picture,
      status?.state ?? 'PendingProvisioning',
      [missing, ...lastingConditions(picture)],
      {},
      lastSeen(status),
    );
  }
  if (spec.released) return reclaim(picture, item);
  if (spec.fulfilment === 'manual') {
    const done = deliveryOf(picture) !== undefined;
    return (done ? settled(allocation) : undefined) ?? follow(picture, item, [], new Map(), []);
  }
  if ('problem' in member) {
    const params = { cluster: spec.cluster, problem: member.problem };
    const unreachable = condition('MemberReachable', 'False', 'Unreachable', 'memberUnreachable', params);
    return project(
      picture,
      status?.state ?? 'PendingProvisioning',
      [unreachable, ...lastingConditions(picture)],
      {},
      lastSeen(status),
    );
  }
  return give(picture, item, member);
}

/**
 * The handovers that have no copy yet, each at the place that its copy gets. Usually that is its own place in the list; in a hub
 * that was set back the list has lost some that are copied, and what people add since comes after all of those.
 */
function unrecordedOf(listed: readonly Handover[], copies: readonly HandoverCopy[]) {
  const inOrder = copies.toSorted((a, b) => a.position - b.position);
  let place = (inOrder.at(-1)?.position ?? -1) + 1;
  let seen = 0;
  return listed.flatMap((handover) => {
    const found = inOrder.findIndex((copy, index) => index >= seen && isCopyOf(copy, handover));
    if (found < 0) return [{ position: place++, handover }];
    seen = found + 1;
    return [];
  });
}

function isCopyOf(copy: HandoverCopy, { action, revision, by, organization, ...said }: Handover): boolean {
  const words = (it: Pick<Handover, 'comment' | 'evidence'>) =>
    (action === 'deliver' ? it.evidence : it.comment) ?? '';
  return (
    copy.action === action &&
    copy.revision === revision &&
    copy.by === by &&
    copy.organization === organization &&
    words(copy) === words(said)
  );
}

/** Makes the objects of an auto item exist in the member, then follows them. */
function give(
  picture: AllocationPicture,
  item: CatalogItem['spec'],
  member: MemberPicture,
): AllocationAction {
  const { allocation } = picture;
  const namespace = memberNamespaceOf(allocation, item);
  const suspended = suspensionOf(picture, item) !== undefined;
  const desired = desiredObjects(allocation, item, picture.secretOf, suspended);
  const isThere = (it: RenderedObject) => member.live.has(identityKey(identityOf(it)));
  const stock = isStock(allocation);
  // Opening stock that is not there is posted and shown, never created; the part that is there is adopted.
  const standing = stock ? desired.filter(isThere) : desired;
  const notFound = stock ? desired.filter((it) => !isThere(it)).map(identityOf) : [];
  const wanted = standing.map(identityOf);
  if (stock && wanted.length === 0 && !member.anchor) {
    return follow(picture, item, desired, member.live, notFound);
  }

  if (member.namespaceUid === undefined) return { do: 'ensureNamespace', namespace };
  const wantedKeys = new Set(wanted.map(identityKey));
  const leaving = (member.anchor?.inventory ?? []).filter(
    (identity) => !wantedKeys.has(identityKey(identity)),
  );
  const gone = leaving.filter((identity) => {
    const live = member.live.get(identityKey(identity));
    return live === undefined || isAnothers(live, allocation, member.anchor?.uid);
  });
  // The inventory names an object before it is made and until it is seen gone.
  const inventory = [...wanted, ...leaving.filter((identity) => !gone.includes(identity))];
  // One that was another allocation's is this one's from now on, before its objects are.
  const isOurs = member.anchor?.allocation === allocation.metadata.uid;
  if (!member.anchor || !isOurs || !sameJson(member.anchor.inventory, inventory)) {
    return { do: 'writeAnchor', namespace, inventory };
  }
  const stale = standing.filter((it) => {
    const live = member.live.get(identityKey(identityOf(it)));
    if (live === undefined) return true;
    // The passwords of what ran before it was adopted are its users' own; only its owner is written on it.
    const keeps =
      allocation.spec.adopted === true && it.object.kind === 'Secret' && appliedDigest(live) !== undefined;
    const ours = labelOf(live) === allocation.metadata.uid;
    return (appliedDigest(live) !== objectDigest(it.object) || !ours) && !keeps;
  });
  const { anchor } = member;
  if (stale.length > 0) {
    return {
      do: 'apply',
      anchor: anchor.uid,
      objects: stale.map((it) => {
        // Opening stock is never made: named by its uid, an object that has vanished meanwhile is not applied.
        const uid = stock ? uidOf(member.live.get(identityKey(identityOf(it)))) : undefined;
        return owned(it.object, allocation, anchor.uid, namespace, uid);
      }),
    };
  }
  const surplus = leaving
    .map((identity) => ({ identity, live: member.live.get(identityKey(identity)) }))
    .filter(
      (it): it is { identity: Identity; live: Json } => it.live !== undefined && !isTerminating(it.live),
    );
  const { changes, contentRevision } = allocation.spec;
  const { serial = '' } = changes.find(({ revision }) => revision === contentRevision) ?? {};
  if (surplus.length > 0 && !legalHoldOf(picture))
    return { do: 'delete', objects: surplus, basis: { serial } };
  if (leaving.length > 0) return follow(picture, item, desired, member.live, notFound);
  return settled(allocation) ?? follow(picture, item, desired, member.live, notFound);
}
