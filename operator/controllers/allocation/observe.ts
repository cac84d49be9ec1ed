import type { Logger } from 'pino';
import type { Allocation } from '../../../api/v1alpha1/index.ts';
import {
  ALLOCATION_LABEL,
  anchorName,
  desiredObjects,
  firstHolderOf,
  type Identity,
  identityKey,
  identityOf,
  memberNamespaceOf,
} from '../../../domain/allocation/objects.ts';
import type { AllocationPicture, MemberPicture } from '../../../domain/allocation/picture.ts';
import type { Json } from '../../../domain/catalogue/expressions.ts';
import { derivedSecret } from '../../../domain/catalogue/render.ts';
import type { KubeObject } from '../../../kube/types.ts';
import { CONFIG_MAPS, NAMESPACES } from '../../adapters/hub.ts';
import { getIfThere, isOfMember, problemOf } from '../../adapters/members.ts';
import type { Term } from '../../term.ts';
import { TERM_POLICY, termPoliciesOf } from '../../term-policy.ts';

/** A clock that is further off than this ends no term: nobody knows whether it is the database's or ours. */
const MOST_SKEW_MS = 2 * 86_400_000;

type Anchor = KubeObject & { data?: Record<string, string> };

/** Everything that is decided on: the hub's pictures, the books, and the live objects in the member. */
export async function observeAllocation(
  term: Term,
  allocation: Allocation,
  log: Logger,
): Promise<AllocationPicture> {
  const { hub, books } = term;
  const { metadata, spec } = allocation;
  const item = hub.itemAt(spec.itemVersion);
  // By its name, which carries a serial number that the books give once: a hub that was set back makes the
  // allocation again under another uid, and what runs keeps its passwords; so it does when it is handed to others.
  const subject = `${firstHolderOf(allocation).namespace}/${metadata.name}`;
  const secretOf = (label: string) => derivedSecret(term.credentialKey, subject, label);
  const [now, handovers, member] = await Promise.all([
    books.time(),
    books.handovers({ uid: metadata.uid ?? '', namespace: metadata.namespace ?? '', name: metadata.name }),
    item && spec.fulfilment === 'auto' && !spec.transferred
      ? observeMember(term, allocation, item, secretOf)
      : { namespaceUid: undefined, anchor: undefined, live: new Map<string, Json>() },
  ]);
  return {
    allocation,
    now,
    item,
    member,
    handovers,
    termPolicies: isAgreed(now, term, log) ? termPoliciesOf(hub.configuration.get(TERM_POLICY), log) : [],
    secretOf,
  };
}

/** Whether the database's clock and the operator's own say about the same. */
function isAgreed(now: string, { clock }: Term, log: Logger): boolean {
  const skewMs = Date.parse(now) - clock.now();
  if (Math.abs(skewMs) <= MOST_SKEW_MS) return true;
  log.error(
    { skewMs },
    'the clocks of the database and of the operator are days apart: no term ends by them',
  );
  return false;
}

async function observeMember(
  term: Term,
  allocation: Allocation,
  item: NonNullable<AllocationPicture['item']>,
  secretOf: (label: string) => string,
): Promise<MemberPicture | { problem: string }> {
  const namespace = memberNamespaceOf(allocation, item);
  try {
    const client = await term.members.client(allocation.spec.cluster);
    const [space, anchor] = await Promise.all([
      getIfThere(client, NAMESPACES, { name: namespace }),
      getIfThere<Anchor>(client, CONFIG_MAPS, { namespace, name: anchorName(allocation) }),
    ]);
    const inventory = inventoryOf(anchor);
    if (!inventory) return { problem: `ConfigMap ${namespace}/${anchorName(allocation)}: data.inventory` };
    const wanted = desiredObjects(allocation, item, secretOf).map(identityOf);
    const identities = new Map([...inventory, ...wanted].map((it) => [identityKey(it), it]));
    const found = await Promise.all(
      [...identities].map(async ([key, { apiVersion, kind, name }]) => {
        const resource = await client.discover(apiVersion, kind);
        return [key, await getIfThere(client, resource, { namespace, name })] as const;
      }),
    );
    return {
      namespaceUid: space?.metadata.deletionTimestamp === undefined ? space?.metadata.uid : undefined,
      anchor: anchor
        ? {
            uid: anchor.metadata.uid,
            allocation: anchor.metadata.labels?.[ALLOCATION_LABEL],
            inventory,
          }
        : undefined,
      live: new Map(found.flatMap(([key, object]) => (object ? [[key, object as unknown as Json]] : []))),
    };
  } catch (error) {
    // Also a kind that it does not serve, or that it does not let us read: the member's to mend, and told as such.
    if (isOfMember(error)) return { problem: problemOf(error) };
    throw error;
  }
}

/** What an anchor lists; undefined when that cannot be read. */
function inventoryOf(anchor: Anchor | undefined): readonly Identity[] | undefined {
  let listed: unknown;
  try {
    listed = JSON.parse(anchor?.data?.['inventory'] ?? '[]');
  } catch {
    return undefined;
  }
  const isIdentity = (it: Partial<Identity> | null) =>
    [it?.apiVersion, it?.kind, it?.name, it?.template].every((part) => typeof part === 'string');
  return Array.isArray(listed) && listed.every(isIdentity) ? (listed as Identity[]) : undefined;
}
