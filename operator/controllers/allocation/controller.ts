import { resourceOf } from '../../../api/kind.ts';
import { Allocation } from '../../../api/v1alpha1/index.ts';
import { decideAllocation, waitOf } from '../../../domain/allocation/decide.ts';
import { isUnderWay, type MemberFault, toldOfMember } from '../../../domain/allocation/follow.ts';
import type { AllocationAction } from '../../../domain/allocation/picture.ts';
import { GovError } from '../../../domain/errors.ts';
import { sameJson } from '../../../domain/same.ts';
import { isKubeError } from '../../../kube/errors.ts';
import { isOfMember, isRefused, problemOf } from '../../adapters/members.ts';
import type { ReconcileContext } from '../../runtime/controller.ts';
import type { Term } from '../../term.ts';
import { applyAllocationAction } from './apply.ts';
import { observeAllocation } from './observe.ts';

const ALLOCATIONS = resourceOf(Allocation);
const MAX_STEPS = 40;

/** Until what a member refused is tried again: somebody has to change something there first. */
const REFUSED_MS = 300_000;

/** The actions that write in a member; the others write in the hub or the books. */
const MEMBER_ACTIONS: ReadonlySet<string> = new Set([
  'ensureNamespace',
  'writeAnchor',
  'apply',
  'delete',
  'deleteAnchor',
  'deleteNamespace',
]);

/** What takes something away for good: only what the hub still says at that moment has it done. */
const TAKES: ReadonlySet<string> = new Set(['delete', 'deleteAnchor', 'deleteNamespace']);

/** A write in a member, and what went wrong with it; nothing if the member says that it has it. */
interface Tried {
  readonly action: AllocationAction;
  readonly problem?: string;
}

/**
 * Takes an allocation as far as it goes now. A member that stops answering in between is looked at again soon; of one
 * that says what cannot be, or does not do what it says, the allocation tells.
 */
export async function reconcileAllocation(
  term: Term,
  key: string,
  { signal, log }: ReconcileContext,
): Promise<{ requeueAfterMs: number } | undefined> {
  let allocation = term.hub.allocations.get(key) as Allocation | undefined;
  if (!allocation) return undefined;
  const { memberProbeMs, resyncMs } = term.settings;
  const tried: Tried[] = [];
  for (let step = 0; ; step++) {
    signal.throwIfAborted();
    const picture = await observeAllocation(term, allocation, log);
    const tell = async (fault: MemberFault, requeueAfterMs: number) => {
      log.warn(fault, 'the member does not take what was approved');
      const told = toldOfMember(picture, fault);
      if (told.do === 'project') await applyAllocationAction(term, picture.allocation, told);
      return { requeueAfterMs };
    };
    let action: AllocationAction;
    try {
      action = decideAllocation(picture);
    } catch (error) {
      // What it shows of ready objects is less than ready objects have.
      if (!(error instanceof GovError)) throw error;
      return tell({ fault: 'senseless', problem: problemOf(error) }, memberProbeMs);
    }
    if (action.do === 'wait') {
      // Changes in a member are heard at once, and those that were missed when it is listed anew.
      const soon = 'problem' in picture.member || isUnderWay(picture.allocation);
      return { requeueAfterMs: soon ? memberProbeMs : Math.max(1, waitOf(picture, resyncMs)) };
    }
    const before =
      tried.find((it) => sameJson(it.action, action)) ?? (step < MAX_STEPS ? undefined : tried.at(-1));
    if (before) {
      const { problem, action } = before;
      const fault =
        problem === undefined
          ? ({ fault: 'notKept', write: action.do } as const)
          : ({ fault: 'silent', problem } as const);
      return tell(fault, memberProbeMs);
    }
    if (step >= MAX_STEPS) throw new Error(`allocation ${key} did not come to rest in ${MAX_STEPS} steps`);
    log.info(
      { action: action.do, step, state: 'status' in action ? action.status.state : undefined },
      'acting',
    );
    const inMember = MEMBER_ACTIONS.has(action.do);
    if (TAKES.has(action.do)) {
      // A legal hold that was set since it was looked at has not come by the watch yet.
      const present = (await term.hub.client.get(ALLOCATIONS, allocation.metadata)) as Allocation;
      if (present.metadata.resourceVersion !== allocation.metadata.resourceVersion) {
        allocation = present;
        continue;
      }
    }
    try {
      allocation = await applyAllocationAction(term, allocation, action);
      if (inMember) tried.push({ action });
    } catch (error) {
      if (isRefused(error) && action.do === 'apply')
        return tell({ fault: 'refused', problem: problemOf(error) }, REFUSED_MS);
      // What was read in the member is not what the hub can have.
      if (isKubeError(error, 'E_API_INVALID') && (action.do === 'project' || action.do === 'copySecret'))
        return tell({ fault: 'senseless', problem: problemOf(error) }, memberProbeMs);
      if (!inMember || !isOfMember(error)) throw error;
      log.warn({ err: error, action: action.do }, 'the member does not take a write');
      tried.push({ action, problem: problemOf(error) });
      continue;
    }
    if (action.do === 'removeFinalizer') return undefined;
  }
}
