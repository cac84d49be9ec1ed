import type { Allocation } from '../../../api/v1alpha1/index.ts';
import { decideAllocation } from '../../../domain/allocation/decide.ts';
import { refusedByMember } from '../../../domain/allocation/follow.ts';
import { isRefused, isUnreachable } from '../../adapters/members.ts';
import type { ReconcileContext } from '../../runtime/controller.ts';
import type { Term } from '../../term.ts';
import { applyAllocationAction } from './apply.ts';
import { observeAllocation } from './observe.ts';

const MAX_STEPS = 40;

/** The actions that write in a member; the others write in the hub or the books. */
const MEMBER_ACTIONS: ReadonlySet<string> = new Set([
  'ensureNamespace',
  'writeAnchor',
  'apply',
  'delete',
  'deleteAnchor',
  'deleteNamespace',
]);

/** Takes an allocation as far as it goes now. A member that stops answering in between is looked at again soon. */
export async function reconcileAllocation(
  term: Term,
  key: string,
  { signal, log }: ReconcileContext,
): Promise<{ requeueAfterMs: number } | undefined> {
  let allocation = term.hub.allocations.get(key) as Allocation | undefined;
  if (!allocation) return undefined;
  for (let step = 0; step < MAX_STEPS; step++) {
    signal.throwIfAborted();
    const picture = await observeAllocation(term, allocation);
    const action = decideAllocation(picture);
    if (action.do === 'wait') {
      // Changes in a member are heard at once; asking again covers those that were missed.
      const { state } = picture.allocation.status ?? {};
      const settled =
        state !== 'PendingProvisioning' && !(picture.allocation.spec.released && state !== 'Reclaimed');
      const soon = !settled || 'problem' in picture.member;
      return { requeueAfterMs: soon ? term.settings.memberProbeMs : term.settings.resyncMs };
    }
    log.info(
      { action: action.do, step, state: 'status' in action ? action.status.state : undefined },
      'acting',
    );
    try {
      allocation = await applyAllocationAction(term, allocation, action);
    } catch (error) {
      if (isUnreachable(error) && MEMBER_ACTIONS.has(action.do)) {
        log.warn({ err: error, action: action.do }, 'the member does not answer');
        continue;
      }
      if (!isRefused(error) || action.do !== 'apply') throw error;
      log.warn({ err: error }, 'the member refuses what was approved');
      const told = refusedByMember(picture, error.message);
      if (told.do === 'project') await applyAllocationAction(term, allocation, told);
      return { requeueAfterMs: term.settings.resyncMs };
    }
    if (action.do === 'removeFinalizer') return undefined;
  }
  throw new Error(`allocation ${key} did not come to rest in ${MAX_STEPS} steps`);
}
