import type { Allocation, CatalogItem, Condition, Handover, State } from '../../api/v1alpha1/index.ts';
import { allocationConditions } from '../../messages/allocations.ts';
import { cityDay } from '../calendar.ts';
import { digestOf, type Canonical } from '../canonical.ts';
import type { AllocationFacts, Json } from '../catalogue/expressions.ts';
import {
  isReady,
  type MemberObject,
  outputsOf,
  type RenderedObject,
  renderObjects,
} from '../catalogue/render.ts';
import { settleConditions, type WantedCondition } from '../conditions.ts';
import { ResourceVector } from '../quantity.ts';
import { stateText } from '../request/state.ts';
import { sameJson } from '../same.ts';
import { type Difference, differences, differenceText } from './drift.ts';

export const ALLOCATION_FINALIZER = 'govcloud.dev/member';
/** Label of every object in a member: the uid of its allocation. */
export const ALLOCATION_LABEL = 'govcloud.dev/allocation';
/** Digest of what was applied, so that an unchanged object is not applied again. */
const APPLIED_ANNOTATION = 'govcloud.dev/applied';

/** An object in a member by what identifies it. */
export interface Identity {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly template: string;
}

/** A copy of a delivery, acceptance or refusal, as the books have it. */
export interface HandoverCopy extends Handover {
  readonly position: number;
  readonly decidedAt: string;
}

/** What was seen in the member. `undefined` where it did not answer. */
export interface MemberPicture {
  readonly namespaceExists: boolean;
  /** The anchor and the inventory that it records. */
  readonly anchor: { readonly uid: string; readonly inventory: readonly Identity[] } | undefined;
  /** Live objects of the inventory and of what is desired, by `identityKey`. */
  readonly live: ReadonlyMap<string, Json>;
}

export interface AllocationPicture {
  readonly allocation: Allocation;
  readonly now: string;
  /** The item's spec at the version that was granted. */
  readonly item: CatalogItem['spec'] | undefined;
  readonly member: MemberPicture | { readonly problem: string };
  readonly handovers: readonly HandoverCopy[];
  readonly secretOf: (label: string) => string;
}

/** The operator's part of the status: all but the handovers, which are people's. */
type Projection = Omit<NonNullable<Allocation['status']>, 'handovers'>;

export type AllocationAction =
  | { readonly do: 'addFinalizer' }
  | {
      readonly do: 'recordHandovers';
      readonly handovers: readonly { position: number; handover: Handover }[];
    }
  | { readonly do: 'ensureNamespace'; readonly namespace: string }
  | { readonly do: 'writeAnchor'; readonly namespace: string; readonly inventory: readonly Identity[] }
  | { readonly do: 'apply'; readonly anchor: string; readonly objects: readonly MemberObject[] }
  | {
      readonly do: 'delete';
      readonly objects: readonly { readonly identity: Identity; readonly live: Json }[];
    }
  | { readonly do: 'deleteAnchor'; readonly namespace: string; readonly uid: string }
  | { readonly do: 'deleteNamespace'; readonly namespace: string }
  | {
      readonly do: 'credit';
      readonly request: string;
      readonly generation: number;
      readonly amounts: ResourceVector;
      /** What is written once the books have it: the status of what is reclaimed, or the end of a pending credit. */
      readonly and: { readonly status: Projection } | 'settle';
    }
  | { readonly do: 'copySecret'; readonly name: string; readonly data: Json }
  | { readonly do: 'withdrawSecret'; readonly name: string; readonly status: Projection }
  | { readonly do: 'project'; readonly status: Projection }
  | { readonly do: 'removeFinalizer' }
  | { readonly do: 'wait' };

export function identityKey({ apiVersion, kind, name }: Omit<Identity, 'template'>): string {
  return `${apiVersion}/${kind}/${name}`;
}

export function identityOf({ template, object }: RenderedObject): Identity {
  return { apiVersion: object.apiVersion, kind: object.kind, name: object.metadata.name, template };
}

/** The namespace in the member: the system's, or the allocation's own where the item asks for it. */
export function memberNamespaceOf(allocation: Allocation, item: CatalogItem['spec']): string {
  const { organization, system } = allocation.spec;
  const name = item.namespace === 'system' ? system : allocation.metadata.name;
  // Codes and names may both hold hyphens: the digest tells a-b/c from a/b-c, and a system from an allocation.
  const digest = digestOf([item.namespace, organization, name]).slice(0, 8);
  return `${`${organization}-${name}`.slice(0, 54).replace(/-+$/, '')}-${digest}`;
}

function factsOf(allocation: Allocation, memberNamespace: string): AllocationFacts {
  const { organization, system, item, quantity, revision, zone, arch, pool } = allocation.spec;
  return {
    name: allocation.metadata.name,
    namespace: allocation.metadata.namespace ?? '',
    memberNamespace,
    organization,
    system,
    item,
    quantity,
    revision,
    zone,
    arch,
    pool,
  };
}

/**
 * What stands for an allocation in its member, without owner and labels; for a released one, what may still stand.
 * Empty for manual items.
 */
export function desiredObjects(
  allocation: Allocation,
  item: CatalogItem['spec'],
  secretOf: (label: string) => string,
): readonly RenderedObject[] {
  if (item.fulfilment === 'manual') return [];
  const facts = factsOf(allocation, memberNamespaceOf(allocation, item));
  return renderObjects(item, facts, allocation.spec.parameters, secretOf);
}

/** What to do next with an allocation. Pure; see `decideRequest`. */
export function decideAllocation(picture: AllocationPicture): AllocationAction {
  return Object.freeze(next(picture));
}

function next(picture: AllocationPicture): AllocationAction {
  const { allocation, item, member } = picture;
  const { metadata, spec, status } = allocation;
  const recorded = new Set(picture.handovers.map(({ position }) => position));
  const unrecorded = (status?.handovers ?? [])
    .map((handover, position) => ({ position, handover }))
    .filter(({ position }) => !recorded.has(position));
  if (unrecorded.length > 0) return { do: 'recordHandovers', handovers: unrecorded };
  if (!metadata.finalizers?.includes(ALLOCATION_FINALIZER)) {
    return metadata.deletionTimestamp === undefined ? { do: 'addFinalizer' } : { do: 'wait' };
  }
  if (item === undefined) {
    const params = { item: spec.item, version: spec.itemVersion };
    const missing = condition('Ready', 'False', 'ItemVersionMissing', 'itemMissing', params);
    return project(picture, status?.state ?? 'PendingProvisioning', [missing], {});
  }
  if (spec.released) return reclaim(picture, item);
  if (spec.fulfilment === 'manual') {
    const done = deliveryOf(picture) !== undefined;
    return (done ? settled(allocation) : undefined) ?? follow(picture, item, [], new Map(), []);
  }
  if ('problem' in member) {
    const params = { cluster: spec.cluster, problem: member.problem };
    const unreachable = condition('MemberReachable', 'False', 'Unreachable', 'memberUnreachable', params);
    // What is not known anew stays as it was last seen, with its times.
    const kept = (status?.conditions ?? []).filter(({ type }) => type === 'Delivered' || type === 'Accepted');
    return project(
      picture,
      status?.state ?? 'PendingProvisioning',
      [unreachable, ...termConditions(picture)],
      {},
      kept,
    );
  }
  return give(picture, item, member);
}

/** Makes the objects of an auto item exist in the member, then follows them. */
function give(
  picture: AllocationPicture,
  item: CatalogItem['spec'],
  member: MemberPicture,
): AllocationAction {
  const { allocation } = picture;
  const namespace = memberNamespaceOf(allocation, item);
  const desired = desiredObjects(allocation, item, picture.secretOf);
  const isThere = (it: RenderedObject) => member.live.has(identityKey(identityOf(it)));
  const stock = isStock(allocation);
  // Opening stock that is not there is posted and shown, never created; the part that is there is adopted.
  const standing = stock ? desired.filter(isThere) : desired;
  const notFound = stock ? desired.filter((it) => !isThere(it)).map(identityOf) : [];
  const wanted = standing.map(identityOf);
  if (stock && wanted.length === 0 && !member.anchor) {
    return follow(picture, item, desired, member.live, notFound);
  }

  if (!member.namespaceExists) return { do: 'ensureNamespace', namespace };
  const wantedKeys = new Set(wanted.map(identityKey));
  const leaving = (member.anchor?.inventory ?? []).filter(
    (identity) => !wantedKeys.has(identityKey(identity)),
  );
  const gone = leaving.filter((identity) => !member.live.has(identityKey(identity)));
  // The inventory names an object before it is made and until it is seen gone.
  const inventory = [...wanted, ...leaving.filter((identity) => !gone.includes(identity))];
  if (!member.anchor || !sameJson(member.anchor.inventory, inventory)) {
    return { do: 'writeAnchor', namespace, inventory };
  }
  const stale = standing.filter((it) => {
    const live = member.live.get(identityKey(identityOf(it)));
    if (live === undefined) return true;
    // The passwords of what ran before it was adopted are its users' own; only its owner is written on it.
    const keeps =
      allocation.spec.adopted === true && it.object.kind === 'Secret' && appliedDigest(live) !== undefined;
    return appliedDigest(live) !== objectDigest(it.object) && !keeps;
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
  if (surplus.length > 0) return { do: 'delete', objects: surplus };
  if (leaving.length > 0) return follow(picture, item, desired, member.live, notFound);
  return settled(allocation) ?? follow(picture, item, desired, member.live, notFound);
}

/** The credit of what a shrink freed, once it is seen gone. */
function settled({ spec: { pendingCredit } }: Allocation): AllocationAction | undefined {
  if (!pendingCredit) return undefined;
  const { request, generation, amounts } = pendingCredit;
  return { do: 'credit', request, generation, amounts: ResourceVector.parse(amounts), and: 'settle' };
}

/** Takes everything out of the member, sees it gone, and only then credits the books. */
function reclaim(picture: AllocationPicture, item: CatalogItem['spec']): AllocationAction {
  const { allocation, member } = picture;
  const { metadata, spec, status } = allocation;
  if (status?.credentialsSecret !== undefined) {
    const { credentialsSecret: name, credentialsDigest: _digest, handovers: _people, ...rest } = status;
    return { do: 'withdrawSecret', name, status: rest };
  }
  const release = spec.changes.find(
    ({ action, revision }) => action === 'Release' && revision === spec.revision,
  );
  if (spec.fulfilment === 'manual') {
    const done = picture.handovers.some(
      ({ action, revision }) => action === 'deliver' && revision === spec.revision,
    );
    if (!done)
      return project(
        picture,
        status?.state ?? 'InUse',
        [condition('Ready', 'False', 'WorkOrderOpen', 'manualOpen')],
        {},
      );
  } else {
    if ('problem' in member) {
      const params = { cluster: spec.cluster, problem: member.problem };
      const unreachable = condition('MemberReachable', 'False', 'Unreachable', 'memberUnreachable', params);
      return project(picture, status?.state ?? 'InUse', [unreachable], {});
    }
    const namespace = memberNamespaceOf(allocation, item);
    // The anchor lists what was made; opening stock of which a part is missing never got one.
    const standingIdentities = [
      ...(member.anchor?.inventory ?? []),
      ...desiredObjects(allocation, item, picture.secretOf).map(identityOf),
    ];
    const left = [...new Map(standingIdentities.map((it) => [identityKey(it), it])).values()]
      .map((identity) => ({ identity, live: member.live.get(identityKey(identity)) }))
      .filter((it): it is { identity: Identity; live: Json } => it.live !== undefined);
    const standing = left.filter(({ live }) => !isTerminating(live));
    if (standing.length > 0) return { do: 'delete', objects: standing };
    if (left.length > 0) {
      const releasing = condition('Ready', 'False', 'Releasing', 'releasing', { count: left.length });
      return project(picture, status?.state ?? 'InUse', [releasing], {});
    }
    if (member.anchor) return { do: 'deleteAnchor', namespace, uid: member.anchor.uid };
    if (item.namespace === 'allocation' && member.namespaceExists)
      return { do: 'deleteNamespace', namespace };
  }
  const owed = settled(allocation);
  if (owed) return owed;
  const action = project(picture, 'Reclaimed', [condition('Ready', 'False', 'Reclaimed', 'reclaimed')], {
    objects: [],
    outputs: [],
    observedRevision: spec.revision,
  });
  if (action.do === 'project' && status?.state !== 'Reclaimed' && release) {
    const { request, generation } = release;
    const amounts = ResourceVector.parse(spec.consumes);
    return { do: 'credit', request, generation, amounts, and: { status: action.status } };
  }
  return action.do === 'wait' && metadata.deletionTimestamp !== undefined
    ? { do: 'removeFinalizer' }
    : action;
}

/** Everything stands: readiness, delivery, acceptance, drift and term, as conditions and one state. */
function follow(
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
  const facts = factsOf(allocation, namespace);
  const seen = desired.map((it) => ({ ...it, live: live.get(identityKey(identityOf(it))) }));
  const objects = Object.fromEntries(
    item.templates.map(({ name }) => [
      name,
      seen.filter((it) => it.template === name && it.live !== undefined).map((it) => it.live as Json),
    ]),
  );
  const ready = !manual && notFound.length === 0 && isReady(item, facts, spec.parameters, objects);

  const delivery = deliveryOf(picture);
  const stock = isStock(allocation);
  const delivered = manual
    ? stock || delivery !== undefined
    : stock || ready || delivery !== undefined || (status?.deliveredRevision ?? 0) >= spec.contentRevision;
  const last = delivered ? verdictOf(picture) : undefined;
  const accepted = stock || last?.action === 'accept';
  const refused = last?.action === 'refuse';
  const today = cityDay(picture.now);
  const ended = spec.until !== undefined && spec.until < today;

  const state: State = accepted
    ? ended
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
  // The operator may write Secrets in the hub but not read them: what was copied is known by its digest.
  const digest = data === undefined ? undefined : digestOf(data as Canonical).slice(0, 32);
  if (delivered && data !== undefined && status?.credentialsDigest !== digest) {
    return { do: 'copySecret', name: secretName, data };
  }
  const revision = spec.contentRevision;
  const conditions: WantedCondition[] = [
    ...(manual
      ? [
          delivery
            ? condition('Ready', 'True', 'WorkOrderDone', 'manualDone', { evidence: delivery.evidence ?? '' })
            : stock
              ? condition('Ready', 'True', 'OpeningStock', 'adopted')
              : condition('Ready', 'False', 'WorkOrderOpen', 'manualOpen'),
        ]
      : [
          condition('MemberReachable', 'True', 'Answers', 'memberReachable', { cluster: spec.cluster }),
          notFound.length > 0
            ? condition('Ready', 'Unknown', 'NotFound', 'notFound', { count: notFound.length })
            : ready
              ? condition('Ready', 'True', 'ObjectsReady', 'ready', { count: seen.length })
              : condition('Ready', 'False', 'ObjectsNotReady', 'notReady', { count: seen.length }),
          drift.length > 0
            ? condition('InSync', 'False', 'Drifted', 'drifted', { diff: drift.slice(0, 20).join('; ') })
            : condition('InSync', 'True', 'AsApproved', 'inSync'),
        ]),
    delivered
      ? condition('Delivered', 'True', 'Delivered', 'delivered', { revision })
      : condition('Delivered', 'False', 'NotDelivered', 'notDelivered', { revision }),
    stock
      ? condition('Accepted', 'True', 'OpeningStock', 'adopted')
      : accepted
        ? condition('Accepted', 'True', 'Accepted', 'accepted', { by: last?.by ?? '' })
        : refused
          ? condition('Accepted', 'False', 'Refused', 'refused', {
              by: last?.by ?? '',
              comment: last?.comment ?? '',
            })
          : condition('Accepted', 'False', 'Waiting', 'notAccepted'),
    ...termConditions(picture),
  ];
  return project(picture, state, conditions, {
    ...(manual ? {} : { namespace }),
    observedRevision: spec.revision,
    ...(delivered ? { deliveredRevision: spec.contentRevision } : {}),
    objects: seen.map(identityOf),
    // Objects that are not ready may not have what an output tells: it stays as it was delivered.
    ...(ready || manual ? { outputs: [...outputsOf(item, facts, spec.parameters, objects)] } : {}),
    ...(accepted && last ? { acceptedAt: last.decidedAt } : {}),
  });
}

/** Copies of what was handed over of the present content, in order. */
function handoversOf({ allocation: { spec }, handovers }: AllocationPicture): readonly HandoverCopy[] {
  return handovers
    .filter(({ revision }) => revision >= spec.contentRevision && revision <= spec.revision)
    .sort((a, b) => a.position - b.position);
}

function deliveryOf(picture: AllocationPicture): HandoverCopy | undefined {
  return handoversOf(picture).findLast(({ action }) => action === 'deliver');
}

/** What the requester says of it at last; a delivery after a refusal asks them again, one after acceptance does not. */
function verdictOf(picture: AllocationPicture): HandoverCopy | undefined {
  const all = handoversOf(picture);
  const verdict = all.findLast(({ action }) => action !== 'deliver');
  const anew = all.some((it) => it.action === 'deliver' && verdict && it.position > verdict.position);
  return verdict?.action === 'refuse' && anew ? undefined : verdict;
}

function termConditions({ allocation: { spec }, now }: AllocationPicture): WantedCondition[] {
  if (spec.until === undefined) return [condition('WithinTerm', 'True', 'NoTerm', 'openTerm')];
  return [
    spec.until < cityDay(now)
      ? condition('WithinTerm', 'False', 'TermEnded', 'termEnded', { until: spec.until })
      : condition('WithinTerm', 'True', 'WithinTerm', 'withinTerm', { until: spec.until }),
  ];
}

function condition(
  type: string,
  status: WantedCondition['status'],
  reason: string,
  message: keyof typeof allocationConditions,
  params: WantedCondition['params'] = {},
): WantedCondition {
  return { type, status, reason, message: allocationConditions[message], params };
}

function project(
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

/** Whether it is opening stock that nobody has changed since: adopted as it is, never made or made anew. */
function isStock({ spec }: Allocation): boolean {
  return spec.adopted === true && spec.contentRevision === 1;
}

/**
 * An object as it is applied: with its owner, label and digest. Of opening stock these are all that is written, the
 * rest of the object stays as it runs.
 */
function owned(
  object: MemberObject,
  allocation: Allocation,
  anchorUid: string,
  namespace: string,
  stockUid: string | undefined,
): MemberObject {
  const { labels, annotations } = object.metadata as {
    labels?: Record<string, Json>;
    annotations?: Record<string, Json>;
  };
  const { apiVersion, kind } = object;
  return {
    ...(stockUid ? { apiVersion, kind } : object),
    metadata: {
      ...(stockUid ? { name: object.metadata.name, uid: stockUid } : object.metadata),
      namespace,
      labels: {
        ...labels,
        [ALLOCATION_LABEL]: allocation.metadata.uid ?? '',
        'app.kubernetes.io/managed-by': 'govcloud',
      },
      annotations: { ...annotations, [APPLIED_ANNOTATION]: objectDigest(object) },
      ownerReferences: [
        {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          name: anchorName(allocation),
          uid: anchorUid,
          blockOwnerDeletion: true,
        },
      ],
    },
  };
}

/** The name of the anchor ConfigMap that owns an allocation's objects. */
export function anchorName(allocation: Allocation): string {
  return `${allocation.metadata.name}-anchor`.slice(-63).replace(/^-+/, '');
}

function objectDigest(object: MemberObject): string {
  return digestOf(object as unknown as Canonical).slice(0, 32);
}

function appliedDigest(live: Json): string | undefined {
  const { metadata } = live as { metadata?: { annotations?: Record<string, string> } };
  return metadata?.annotations?.[APPLIED_ANNOTATION];
}

function uidOf(live: Json | undefined): string | undefined {
  return (live as { metadata?: { uid?: string } } | undefined)?.metadata?.uid;
}

function isTerminating(live: Json): boolean {
  return (live as { metadata?: { deletionTimestamp?: string } }).metadata?.deletionTimestamp !== undefined;
}
