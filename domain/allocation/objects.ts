import { type Allocation, type CatalogItem, namespaceOf } from '../../api/v1alpha1/index.ts';
import { digestOf, type Canonical } from '../canonical.ts';
import type { AllocationFacts, Json } from '../catalogue/expressions.ts';
import { type MemberObject, type RenderedObject, renderObjects } from '../catalogue/render.ts';

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

export function identityKey({ apiVersion, kind, name }: Omit<Identity, 'template'>): string {
  return `${apiVersion}/${kind}/${name}`;
}

export function identityOf({ template, object }: RenderedObject): Identity {
  return { apiVersion: object.apiVersion, kind: object.kind, name: object.metadata.name, template };
}

/**
 * For whom it was first made: its names in the member and its passwords are derived from that, and stay when it is handed to
 * others, so that nothing has to be made anew.
 */
export function firstHolderOf({ metadata, spec }: Allocation): {
  readonly namespace: string;
  readonly organization: string;
  readonly system: string;
} {
  const [first] = spec.formerHolders ?? [];
  return first
    ? {
        namespace: namespaceOf(first.organization),
        organization: first.organization,
        system: first.system,
      }
    : { namespace: metadata.namespace ?? '', organization: spec.organization, system: spec.system };
}

/** The namespace in the member: the system's, or the allocation's own where the item asks for it. */
export function memberNamespaceOf(allocation: Allocation, item: CatalogItem['spec']): string {
  const { organization, system } = firstHolderOf(allocation);
  return item.namespace === 'system'
    ? systemNamespaceOf(organization, system)
    : namespaceFor('allocation', organization, allocation.metadata.name);
}

/** The namespace of a system in whichever member something of it stands. */
export function systemNamespaceOf(organization: string, system: string): string {
  return namespaceFor('system', organization, system);
}

function namespaceFor(of: CatalogItem['spec']['namespace'], organization: string, name: string): string {
  // Codes and names may both hold hyphens: the digest tells a-b/c from a/b-c, and a system from an allocation.
  const digest = digestOf([of, organization, name]).slice(0, 8);
  return `${`${organization}-${name}`.slice(0, 54).replace(/-+$/, '')}-${digest}`;
}

export function factsOf(
  allocation: Allocation,
  memberNamespace: string,
  suspended: boolean,
): AllocationFacts {
  const { item, quantity, revision, zone, arch, pool } = allocation.spec;
  return {
    name: allocation.metadata.name,
    ...firstHolderOf(allocation),
    memberNamespace,
    item,
    quantity,
    revision,
    zone,
    arch,
    pool,
    suspended,
  };
}

/**
 * What stands for an allocation in its member, without owner and labels; for a released one, what may still stand.
 * Empty for manual items.
 * @param suspended whether its machines are to stand still; the same objects stand then, otherwise set
 */
export function desiredObjects(
  allocation: Allocation,
  item: CatalogItem['spec'],
  secretOf: (label: string) => string,
  suspended = allocation.spec.suspended === true,
): readonly RenderedObject[] {
  if (item.fulfilment === 'manual') return [];
  const facts = factsOf(allocation, memberNamespaceOf(allocation, item), suspended);
  return renderObjects(item, facts, allocation.spec.parameters, secretOf);
}

/** Whether it is opening stock that nobody has changed since: adopted as it is, never made or made anew. */
export function isStock({ spec }: Allocation): boolean {
  return spec.adopted === true && spec.contentRevision === 1;
}

/**
 * An object as it is applied: with its owner, label and digest. Of opening stock these are all that is written, the
 * rest of the object stays as it runs.
 */
export function owned(
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

export function objectDigest(object: MemberObject): string {
  return digestOf(object as unknown as Canonical).slice(0, 32);
}

export function appliedDigest(live: Json): string | undefined {
  const { metadata } = live as { metadata?: { annotations?: Record<string, string> } };
  return metadata?.annotations?.[APPLIED_ANNOTATION];
}

export function uidOf(live: Json | undefined): string | undefined {
  return (live as { metadata?: { uid?: string } } | undefined)?.metadata?.uid;
}

export function isTerminating(live: Json): boolean {
  return (live as { metadata?: { deletionTimestamp?: string } }).metadata?.deletionTimestamp !== undefined;
}

/**
 * Whether a live object is another allocation's, whatever an inventory lists: it carries its label and its anchor owns
 * it. The label alone is not enough: a hub that was set back makes an allocation again under another uid.
 */
export function isAnothers(live: Json, allocation: Allocation, anchorUid: string | undefined): boolean {
  const { metadata } = live as { metadata?: { ownerReferences?: { kind: string; uid: string }[] } };
  const label = labelOf(live);
  const owner = metadata?.ownerReferences?.find(({ kind }) => kind === 'ConfigMap');
  return (
    label !== undefined && label !== allocation.metadata.uid && owner !== undefined && owner.uid !== anchorUid
  );
}

/** The uid of the allocation that a live object is labelled with. */
export function labelOf(live: Json): string | undefined {
  return (live as { metadata?: { labels?: Record<string, string> } }).metadata?.labels?.[ALLOCATION_LABEL];
}
