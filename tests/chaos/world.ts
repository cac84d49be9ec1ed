import { resourceOf } from '../../api/kind.ts';
import { Allocation, Delegation, ResourceRequest } from '../../api/v1alpha1/index.ts';
import { isAcceptedBefore } from '../../domain/allocation/transfer.ts';
import { stateOfGranted } from '../../domain/request/state.ts';
import type { KubeObject, Stored } from '../../kube/types.ts';
import type { SmallCity } from '../support/city.ts';
import type { StoredAllocation, StoredRequest } from '../support/people.ts';

/** What people see of the city when they choose what to do next. */
export interface World {
  /** By namespace and name, as allocations are, so that the same seed finds them in the same order. */
  readonly requests: readonly StoredRequest[];
  readonly allocations: readonly StoredAllocation[];
  readonly delegations: readonly StoredDelegation[];
}

export type StoredDelegation = Stored<Delegation & KubeObject>;

export async function look(city: SmallCity): Promise<World> {
  const { client } = city.hub;
  const [requests, allocations, delegations] = await Promise.all([
    client.list<StoredRequest>(resourceOf(ResourceRequest)),
    client.list<StoredAllocation>(resourceOf(Allocation)),
    client.list<StoredDelegation>(resourceOf(Delegation)),
  ]);
  return {
    requests: requests.items.sort(byName),
    allocations: allocations.items.sort(byName),
    delegations: delegations.items.sort(byName),
  };
}

type Named = { readonly metadata: { readonly namespace?: string; readonly name: string } };

function byName(a: Named, b: Named): number {
  return pathOf(a) < pathOf(b) ? -1 : 1;
}

export function pathOf({ metadata: { namespace, name } }: Named): string {
  return `${namespace}/${name}`;
}

/**
 * What the operator has yet to do: a line for every object that is not as it stays until somebody acts.
 * @param isMemberUp what stands in a member that is down is as it stays
 */
export function unrest({ requests, allocations }: World, isMemberUp: boolean): readonly string[] {
  return [
    ...requests.filter((it) => !isAtRest(it, allocations)).map((it) => `request ${pathOf(it)}: ${shown(it)}`),
    ...allocations
      .filter((it) => !isDone(it, isMemberUp))
      .map((it) => `allocation ${pathOf(it)}: ${shown(it)}`),
  ];
}

function isAtRest(request: StoredRequest, allocations: readonly StoredAllocation[]): boolean {
  const { metadata, spec, status } = request;
  if (
    !status ||
    status.observedGeneration !== metadata.generation ||
    metadata.deletionTimestamp !== undefined
  )
    return false;
  switch (status.phase) {
    case 'Draft':
      return spec.submission === 0;
    case 'InReview': {
      const { review, decisions = [] } = status;
      return !decisions.some((it) => it.ticket === review?.ticket && it.step === review.openStep);
    }
    case 'Granted': {
      const own = allocations.filter(
        (it) =>
          it.metadata.namespace === metadata.namespace &&
          it.spec.changes.some((change) => change.request === metadata.uid),
      );
      // A request that is over keeps the state that it ended with.
      const { state } = stateOfGranted(spec.action, own);
      return (
        status.state === state ||
        ['InUse', 'Suspended', 'Reclaimed', 'Transferred'].includes(status.state ?? '') ||
        spec.action === 'Renew'
      );
    }
    default:
      return status.phase === 'Returned' || status.phase === 'Rejected' || status.phase === 'Withdrawn';
  }
}

function isDone({ spec, status }: StoredAllocation, isMemberUp: boolean): boolean {
  if (!status) return false;
  // Nothing of it is in the member any more, so one that is down hinders nothing.
  if (spec.transferred) return status.state === 'Transferred';
  if (!isMemberUp && spec.fulfilment === 'auto') return true;
  const isHeld = status.handovers?.findLast(({ action }) => action.endsWith('hold'))?.action === 'hold';
  if (isHeld !== (status.conditions?.some(({ type }) => type === 'LegalHold') === true)) return false;
  const isOrdered = status.conditions?.some(({ reason }) => reason === 'WorkOrderOpen') === true;
  // What is given back by hand waits for an engineer, what is retained for its time, what is held for the end of that.
  if (spec.released)
    return (
      status.state === 'Reclaimed' ||
      isOrdered ||
      status.conditions?.some(({ reason }) => reason === 'Retained' || reason === 'HeldBack') === true
    );
  if (spec.pendingCredit || status.observedRevision !== spec.revision) return false;
  const said = (status.handovers ?? []).filter(
    ({ action, revision }) =>
      ['deliver', 'accept', 'refuse'].includes(action) &&
      revision >= spec.contentRevision &&
      revision <= spec.revision,
  );
  const verdict = said.findLast(({ action }) => action === 'accept' || action === 'refuse');
  // What came from another organisation was accepted there.
  if (verdict?.action === 'accept' || isAcceptedBefore(spec)) {
    const { revision: ordered } =
      spec.changes.findLast(({ action }) => action === 'Suspend' || action === 'Resume') ?? {};
    const isOpen =
      ordered !== undefined &&
      spec.fulfilment === 'manual' &&
      !said.some(({ action, revision }) => action === 'deliver' && revision >= ordered);
    const isStill = (spec.suspended === true) !== isOpen;
    return status.state === (isStill ? 'Suspended' : 'InUse');
  }
  // Machines are made ready by themselves, people's work and what was refused wait for an engineer.
  const isDelivered = verdict
    ? said.at(-1)?.action === 'deliver'
    : spec.fulfilment === 'auto' || said.length > 0;
  return status.state === (isDelivered ? 'PendingAcceptance' : 'PendingProvisioning');
}

function shown({ spec, status }: StoredRequest | StoredAllocation): string {
  return JSON.stringify({ spec, status });
}
