import type { Allocation, CatalogItem, State } from '../../api/v1alpha1/index.ts';
import { cityDay, dayAfter } from '../calendar.ts';
import type { Json } from '../catalogue/expressions.ts';
import { DISK_KINDS } from '../catalogue/render.ts';
import type { WantedCondition } from '../conditions.ts';
import { ResourceVector } from '../quantity.ts';
import { condition } from './conditions.ts';
import { project } from './follow.ts';
import {
  desiredObjects,
  type Identity,
  identityKey,
  identityOf,
  isAnothers,
  isTerminating,
  memberNamespaceOf,
} from './objects.ts';
import type { AllocationAction, AllocationPicture, ErasureBasis } from './picture.ts';
import { holdConditions, legalHoldOf } from './term.ts';

/** The credit of what a shrink freed, once it is seen gone. */
export function settled({ spec: { pendingCredit } }: Allocation): AllocationAction | undefined {
  if (!pendingCredit) return undefined;
  const { request, generation, amounts } = pendingCredit;
  return {
    do: 'credit',
    request,
    generation,
    attempt: 1,
    amounts: ResourceVector.parse(amounts),
    and: 'settle',
  };
}

/**
 * Takes everything out of the member, sees it gone, and only then credits the books. Disks that the item has retained stay,
 * and stay posted, until their erasure is decided.
 */
export function reclaim(picture: AllocationPicture, item: CatalogItem['spec']): AllocationAction {
  const { allocation, member } = picture;
  const { metadata, spec, status } = allocation;
  const told = (state: State, ready: WantedCondition, more: Parameters<typeof project>[3] = {}) =>
    project(picture, state, [ready, ...holdConditions(picture)], more);
  if (status?.state !== 'Reclaimed' && legalHoldOf(picture))
    return told(status?.state ?? 'InUse', condition('Ready', 'False', 'HeldBack', 'heldBack'));
  if (status?.credentialsSecret !== undefined) {
    const { credentialsSecret: name, credentialsDigest: _digest, handovers: _people, ...rest } = status;
    return { do: 'withdrawSecret', name, status: rest };
  }
  const release = spec.changes.find(
    ({ action, revision }) => action === 'Release' && revision === spec.revision,
  );
  const retention = retentionOf(picture, item);
  if (spec.fulfilment === 'manual') {
    const done = picture.handovers.some(
      ({ action, revision }) => action === 'deliver' && revision === spec.revision,
    );
    if (!done)
      return told(status?.state ?? 'InUse', condition('Ready', 'False', 'WorkOrderOpen', 'manualOpen'));
  } else {
    if ('problem' in member) {
      const params = { cluster: spec.cluster, problem: member.problem };
      const unreachable = condition('MemberReachable', 'False', 'Unreachable', 'memberUnreachable', params);
      return told(status?.state ?? 'InUse', unreachable);
    }
    const namespace = memberNamespaceOf(allocation, item);
    const desired = desiredObjects(allocation, item, picture.secretOf).map(identityOf);
    const kept = new Set(retention?.erasure ? [] : (retention?.disks ?? []).map(identityKey));
    // The anchor lists what was made; opening stock of which a part is missing never got one.
    const left = [
      ...new Map(
        [...(member.anchor?.inventory ?? []), ...desired].map((it) => [identityKey(it), it]),
      ).values(),
    ]
      .map((identity) => ({ identity, live: member.live.get(identityKey(identity)) }))
      .filter((it): it is { identity: Identity; live: Json } => it.live !== undefined)
      .filter(({ live }) => !isAnothers(live, allocation, member.anchor?.uid));
    const going = left.filter(({ identity }) => !kept.has(identityKey(identity)));
    const standing = going.filter(({ live }) => !isTerminating(live));
    if (standing.length > 0) {
      const { serial = '' } = release ?? {};
      return { do: 'delete', objects: standing, basis: { serial, ...retention?.erasure } };
    }
    if (going.length > 0) {
      const releasing = condition('Ready', 'False', 'Releasing', 'releasing', { count: going.length });
      return told(status?.state ?? 'InUse', releasing);
    }
    if (retention && !retention.erasure) return settled(allocation) ?? retain(picture, retention, release);
    if (retention && status?.retainedUntil === undefined) return retain(picture, retention, release);
    if (member.anchor) return { do: 'deleteAnchor', namespace, uid: member.anchor.uid };
    const { namespaceUid: uid } = member;
    if (item.namespace === 'allocation' && uid !== undefined)
      return { do: 'deleteNamespace', namespace, uid, basis: { serial: release?.serial ?? '' } };
  }
  const owed = settled(allocation);
  if (owed) return owed;
  const action = told('Reclaimed', condition('Ready', 'False', 'Reclaimed', 'reclaimed'), {
    objects: [],
    outputs: [],
    observedRevision: spec.revision,
  });
  if (action.do === 'project' && status?.state !== 'Reclaimed' && release) {
    const { request, generation } = release;
    const amounts = retention ? retention.ofDisks : ResourceVector.parse(spec.consumes);
    const attempt = retention ? 2 : 1;
    return { do: 'credit', request, generation, attempt, amounts, and: { status: action.status } };
  }
  return action.do === 'wait' && metadata.deletionTimestamp !== undefined
    ? { do: 'removeFinalizer' }
    : action;
}

/** What is kept of something that was released. */
interface Retention {
  /** The last day on which its disks are kept whatever anybody decides, YYYY-MM-DD. */
  readonly until: string;
  readonly disks: readonly Identity[];
  /** What they have posted; the rest is credited before. */
  readonly ofDisks: ResourceVector;
  /** The decision that they are erased; one from before the retention was over does not count. */
  readonly erasure: Pick<ErasureBasis, 'by' | 'comment'> | undefined;
}

/** Undefined for what keeps nothing: without days of retention the release's own approval has its disks erased. */
function retentionOf(
  { allocation, handovers, secretOf }: AllocationPicture,
  item: CatalogItem['spec'],
): Retention | undefined {
  const { retainDays, releasedOn, revision, consumes } = allocation.spec;
  const disks = desiredObjects(allocation, item, secretOf)
    .filter(({ object }) => DISK_KINDS.has(object.kind))
    .map(identityOf);
  if (retainDays === 0 || releasedOn === undefined || disks.length === 0) return undefined;
  const until = dayAfter(releasedOn, retainDays);
  const decision = handovers.find(
    (it) => it.action === 'erase' && it.revision === revision && cityDay(it.decidedAt) > until,
  );
  const { ssd, hdd } = consumes;
  return {
    until,
    disks,
    ofDisks: ResourceVector.parse({ ...(ssd ? { ssd } : {}), ...(hdd ? { hdd } : {}) }),
    erasure: decision && { by: decision.by, ...(decision.comment ? { comment: decision.comment } : {}) },
  };
}

/** All but the disks is seen gone and credited; they wait, first for their time, then for somebody's decision. */
function retain(
  picture: AllocationPicture,
  { until, disks, ofDisks }: Retention,
  release: Allocation['spec']['changes'][number] | undefined,
): AllocationAction {
  const { spec, status } = picture.allocation;
  const waiting =
    cityDay(picture.now) > until
      ? condition('Ready', 'False', 'ErasureDue', 'erasureDue', { until })
      : condition('Ready', 'False', 'Retained', 'retained', { until });
  const action = project(picture, 'Suspended', [waiting, ...holdConditions(picture)], {
    objects: [...disks],
    outputs: [],
    observedRevision: spec.revision,
    retainedUntil: until,
  });
  const amounts = ResourceVector.parse(spec.consumes).minus(ofDisks);
  if (action.do !== 'project' || status?.retainedUntil !== undefined || !release || amounts.isZero())
    return action;
  const { request, generation } = release;
  return { do: 'credit', request, generation, attempt: 1, amounts, and: { status: action.status } };
}
