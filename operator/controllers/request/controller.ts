import type { Allocation, ResourceRequest } from '../../../api/v1alpha1/index.ts';
import { isFull } from '../../../books/reports-requests.ts';
import { GovError, reason } from '../../../domain/errors.ts';
import { decideRequest } from '../../../domain/request/decide.ts';
import type { ReconcileContext } from '../../runtime/controller.ts';
import type { Term } from '../../term.ts';
import { type Applied, applyRequestAction, tell } from './apply.ts';
import { observeRequest, pathOf } from './observe.ts';

/** More steps than the longest way from one wait to the next: more means that two of them undo each other. */
const MAX_STEPS = 40;

/**
 * Takes a request as far as it goes now: look, decide, do one thing, look again.
 * @throws Error when it does not come to rest, or whatever an action throws
 */
export async function reconcileRequest(
  term: Term,
  key: string,
  { signal, log }: ReconcileContext,
): Promise<{ requeueAfterMs: number } | undefined> {
  let request = term.hub.requests.get(key) as ResourceRequest | undefined;
  if (!request) return undefined;
  const written = new Map<string, Allocation>();
  let isRaised = false;
  for (let step = 0; step < MAX_STEPS; step++) {
    signal.throwIfAborted();
    const action = decideRequest(await observeRequest(term, request, written, isRaised));
    if (action.do === 'wait') {
      const { forMs = Number.POSITIVE_INFINITY } = action;
      return { requeueAfterMs: Math.max(1000, Math.min(forMs, term.settings.resyncMs)) };
    }
    log.info(
      { action: action.do, step, state: 'status' in action ? action.status.state : undefined },
      'acting',
    );
    const applied: Applied = await toldWhenFull(term, request, applyRequestAction(term, request, action));
    request = applied.request;
    isRaised ||= applied.isRaised ?? false;
    // What is left of a deleted one comes back through the watch.
    if (action.do === 'removeFinalizer' || action.do === 'delete') return undefined;
    for (const allocation of applied.allocations ?? []) written.set(pathOf(allocation), allocation);
  }
  throw new Error(`request ${key} did not come to rest in ${MAX_STEPS} steps`);
}

/** Of books that cannot be written, whoever asked must hear: the log is not theirs to read. */
async function toldWhenFull<T>(term: Term, request: ResourceRequest, acting: Promise<T>): Promise<T> {
  try {
    return await acting;
  } catch (error) {
    if (isFull(error)) await tell(term, request, new GovError(reason('E_BOOKS_NO_ROOM')));
    throw error;
  }
}
