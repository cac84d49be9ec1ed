import type { Allocation, ResourceRequest, State, StepName } from '../../api/v1alpha1/index.ts';
import { renderBoth } from '../../messages/index.ts';
import { arrivalOf } from '../allocation/transfer.ts';
import { stateMessages, waitMessages } from '../../messages/states.ts';

const STEP_STATES: Readonly<Record<StepName, State>> = {
  initial: 'PendingInitialReview',
  technical: 'PendingTechnicalReview',
  approval: 'PendingApproval',
};

/** The state of a request whose open step is this one. */
export function stateOfStep(step: StepName): State {
  return STEP_STATES[step];
}

/** A state as people read it, both languages. */
export function stateText(state: State): string {
  return renderBoth(stateMessages[state]);
}

/** Whom or what a state waits for. */
export type WaitsFor = keyof typeof waitMessages;

export function waitsForText(waits: WaitsFor): string {
  return renderBoth(waitMessages[waits]);
}

/**
 * The state of a granted request, from what it granted: as far as the least advanced allocation has come.
 * A release is done when its target is reclaimed, a suspension when its target stands still, a resumption when it no longer
 * does; a release has the last word.
 */
export function stateOfGranted(
  action: ResourceRequest['spec']['action'],
  allocations: readonly Allocation[],
): { readonly state: State; readonly waits: WaitsFor; readonly closed: boolean } {
  const states = new Set(allocations.map(stateOf));
  if (action === 'Release') {
    const gone = states.size === 0 || (states.size === 1 && states.has('Reclaimed'));
    return gone
      ? { state: 'Reclaimed', waits: 'nobody', closed: true }
      : { state: 'Approved', waits: isRetained(allocations) ? 'erasure' : 'operator', closed: false };
  }
  if (action === 'Suspend' || action === 'Resume') return stateOfSwitch(action === 'Suspend', allocations);
  if (action === 'Renew') return { state: 'Approved', waits: 'nobody', closed: true };
  if (states.has('PendingProvisioning')) {
    const manual = allocations.some(
      (it) => it.spec.fulfilment === 'manual' && stateOf(it) === 'PendingProvisioning',
    );
    return { state: 'PendingProvisioning', waits: manual ? 'engineer' : 'provisioning', closed: false };
  }
  if (states.has('PendingAcceptance'))
    return { state: 'PendingAcceptance', waits: 'acceptance', closed: false };
  if (states.has('InUse')) return { state: 'InUse', waits: 'nobody', closed: true };
  const [only] = states;
  return { state: only ?? 'Approved', waits: 'nobody', closed: true };
}

function isRetained(allocations: readonly Allocation[]): boolean {
  return allocations.some(({ status }) => status?.retainedUntil !== undefined);
}

function stateOfSwitch(
  suspends: boolean,
  [target]: readonly Allocation[],
): ReturnType<typeof stateOfGranted> {
  const { spec, status } = target ?? {};
  if (!spec || spec.released) return { state: 'Approved', waits: 'nobody', closed: true };
  const isSeen = (status?.observedRevision ?? 0) >= spec.revision;
  if (isSeen && (status?.state === 'Suspended') === suspends)
    return { state: status?.state ?? 'Approved', waits: 'nobody', closed: true };
  return { state: 'Approved', waits: spec.fulfilment === 'manual' ? 'engineer' : 'operator', closed: false };
}

/** A status of before the last change, or of before it came, says nothing of that. */
function stateOf({ spec, status }: Allocation): State {
  const since = Math.max(spec.contentRevision, arrivalOf(spec) ?? 0);
  if ((status?.observedRevision ?? 0) < since) return 'PendingProvisioning';
  return status?.state ?? 'PendingProvisioning';
}
