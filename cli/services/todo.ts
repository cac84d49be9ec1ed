import type { Allocation, ResourceRequest, UsageFinding } from '../../api/v1alpha1/index.ts';
import { isKubeError } from '../../kube/errors.ts';
import type { Stored } from '../../kube/types.ts';
import type { Hub } from '../hub/hub.ts';
import * as kinds from '../hub/kinds.ts';
import { mapLimited } from '../hub/limited.ts';
import { rightsOf } from '../hub/rights.ts';
import { findingsOfCaller } from './findings.ts';
import { openReviews, type Reviewable } from './reviews.ts';

/** All that waits for whoever looks, be they a reviewer, a requester or an engineer. */
export interface Todo {
  /** For their decision. */
  readonly reviews: readonly Reviewable[];
  /** Theirs to edit and submit: drafts, and what came back to them. */
  readonly requests: readonly Stored<ResourceRequest>[];
  /** Theirs to accept or refuse, to deliver by hand, to renew or release, or to decide on the erasure of. */
  readonly allocations: readonly Stored<Allocation>[];
  /** For their answer, or for their judgement of an appeal. */
  readonly findings: readonly Stored<UsageFinding>[];
}

/** What they may not see does not wait for them. */
export async function todoOf(hub: Hub, now: string): Promise<Todo> {
  const [reviews, requests, allocations, findings] = await Promise.all([
    seen(openReviews(hub, now)),
    seen(requestsOfCaller(hub)),
    seen(allocationsOfCaller(hub)),
    seen(findingsOfCaller(hub)),
  ]);
  return { reviews, requests, allocations, findings };
}

async function seen<T>(list: Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await list;
  } catch (error) {
    if (isKubeError(error, 'E_API_FORBIDDEN')) return [];
    throw error;
  }
}

async function requestsOfCaller(hub: Hub): Promise<Stored<ResourceRequest>[]> {
  const [me, all] = await Promise.all([hub.whoAmI(), hub.list<ResourceRequest>(kinds.resourceRequests)]);
  return all.filter(
    ({ spec, status }) => spec.requester === me && ['Draft', 'Returned'].includes(status?.phase ?? 'Draft'),
  );
}

async function allocationsOfCaller(hub: Hub): Promise<Stored<Allocation>[]> {
  const [me, all] = await Promise.all([hub.whoAmI(), hub.list<Allocation>(kinds.allocations)]);
  const may = rightsOf(hub);
  const waits = await mapLimited(all, async ({ metadata: { namespace }, spec, status }) => {
    const has = (reason: string) => status?.conditions?.some((it) => it.reason === reason) === true;
    const maySay = (verb: string) =>
      may({ verb, resource: kinds.allocations, subresource: 'status', namespace });
    const isOrder = spec.fulfilment === 'manual' && status?.state === 'PendingProvisioning';
    if (isOrder || has('WorkOrderOpen')) return maySay('deliver');
    if (has('ErasureDue')) return maySay('erase');
    const isEnding = status?.conditions?.some(
      ({ type, status: is }) =>
        (type === 'Expiring' && is === 'True') || (type === 'WithinTerm' && is === 'False'),
    );
    return (
      spec.requester === me &&
      (status?.state === 'PendingAcceptance' || (isEnding === true && !spec.released))
    );
  });
  return all.filter((_, index) => waits[index]);
}
