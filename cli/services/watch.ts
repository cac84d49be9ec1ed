import type { ResourceRequest } from '../../api/v1alpha1/index.ts';
import type { stateMessages } from '../../messages/states.ts';
import type { Stored } from '../../kube/types.ts';
import { CliError } from '../errors.ts';
import { findRequest } from '../hub/find.ts';
import type { Hub } from '../hub/hub.ts';
import { resourceRequests } from '../hub/kinds.ts';
import { watchObjects, type WatchOptions } from './objects.ts';
import { labelOf } from './requests/read.ts';
import { stateWord, stateWords } from './states.ts';

type State = keyof typeof stateMessages;

/** States that a request does not leave by itself: somebody has to ask anew, or nothing more comes. */
const LAST: ReadonlySet<State> = new Set([
  'InUse',
  'Suspended',
  'Reclaimed',
  'Transferred',
  'Rejected',
  'Withdrawn',
  'Expired',
]);

/**
 * A request as it stands, and again at each new state. Ends when a state wanted is reached, or without any wanted
 * when no more comes by itself.
 * @throws CliError E_STATE_TIMEOUT; E_WAIT_ENDED when it can no longer reach what is wanted
 */
export async function* watchRequest(
  hub: Hub,
  name: string,
  options: {
    readonly wanted: readonly State[];
    readonly timeoutMs?: number | undefined;
    readonly onBroken?: WatchOptions['onBroken'];
  },
): AsyncGenerator<Stored<ResourceRequest>, void, void> {
  const { wanted, timeoutMs, onBroken } = options;
  let request = await findRequest(hub, name);
  yield request;
  const timeout = timeoutMs ? AbortSignal.timeout(timeoutMs) : undefined;
  const { metadata } = request;
  try {
    if (isOver(request, wanted)) return;
    const { name, namespace, resourceVersion } = metadata;
    const from = [{ namespace, items: [request], resourceVersion }];
    const changes = watchObjects<ResourceRequest>(hub, resourceRequests, from, {
      name,
      signal: timeout,
      onBroken,
    });
    for await (const { object, type } of changes) {
      const before = request;
      request = object;
      if (isSame(before, request) && type !== 'DELETED') continue;
      yield request;
      if (type === 'DELETED' || isOver(request, wanted)) return;
    }
  } catch (error) {
    if (!timeout?.aborted) throw error;
    const what = wanted.length > 0 ? stateWords(wanted) : labelOf(request);
    const seconds = (timeoutMs ?? 0) / 1000;
    throw new CliError('E_STATE_TIMEOUT', { what, seconds, state: stateWord(request.status) });
  }
}

function isSame(a: ResourceRequest, b: ResourceRequest): boolean {
  return a.status?.state === b.status?.state && a.status?.review?.ticket === b.status?.review?.ticket;
}

/** Whether there is nothing more to wait for; throws when what is wanted cannot come any more. */
function isOver(request: Stored<ResourceRequest>, wanted: readonly State[]): boolean {
  const { status, metadata, spec } = request;
  // A status that is about an older generation says nothing of this one.
  const current = status?.observedGeneration === metadata.generation ? status?.state : undefined;
  if (wanted.length === 0)
    return current !== undefined && (LAST.has(current) || (current === 'Returned' && spec.submission > 0));
  if (current !== undefined && wanted.includes(current)) return true;
  // What is in use or past its term is given back some day, by another request.
  const mayEnd =
    wanted.includes('Reclaimed') && ['InUse', 'Expired', 'Suspended'].some((it) => it === current);
  if (current !== undefined && LAST.has(current) && !mayEnd) {
    throw new CliError('E_WAIT_ENDED', {
      request: labelOf(request),
      state: stateWord(status),
      wanted: stateWords(wanted),
    });
  }
  return false;
}
