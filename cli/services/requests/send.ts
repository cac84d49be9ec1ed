import type { MemberCluster, ResourceRequest } from '../../../api/v1alpha1/index.ts';
import { near } from '../../../domain/near.ts';
import { isKubeError } from '../../../kube/errors.ts';
import type { Stored } from '../../../kube/types.ts';
import { CliError, RefusedError } from '../../errors.ts';
import type { Hub } from '../../hub/hub.ts';
import * as kinds from '../../hub/kinds.ts';
import { type QuoteAnswer, quoteLocally } from '../quote.ts';

/** Reasons that say that the request itself is wrong, not that there is no room for it now. */
function isFault(code: string): boolean {
  return !/^E_(QUOTA|POOL|BUDGET)_/.test(code);
}

/** What cannot be worked out here, and is no fault of the request. */
const UNKNOWN: ReadonlySet<string> = new Set(['E_REPORTS_ABSENT', 'E_TRANSFER_UNSEEN']);

export interface Sent {
  readonly request: Stored<ResourceRequest>;
  /** What the operator will most likely say; undefined as of `tryQuote`. */
  readonly answer: QuoteAnswer | undefined;
}

/**
 * Checks requests with the operator's code and sends them. Of several each is checked, by the API server too, before
 * the first is sent. A faulty request is not sent; one for which there is no room is, since room may come until it
 * is submitted.
 * @throws RefusedError with every reason
 */
export async function* sendRequests(
  hub: Hub,
  requests: readonly ResourceRequest[],
  now: string,
): AsyncGenerator<Sent, void, void> {
  const answers: (QuoteAnswer | undefined)[] = [];
  for (const request of requests) {
    const answer = await tryQuote(hub, request, now);
    if (answer && !answer.ok && answer.reasons.some(({ code }) => isFault(code)))
      throw await refused(hub, request, answer.reasons);
    if (requests.length > 1) await createRequest(hub, request, true);
    answers.push(answer);
  }
  for (const [index, request] of requests.entries())
    yield { request: await createRequest(hub, request), answer: answers[index] };
}

/** The refusal, with names that are near to those which nobody knows. */
async function refused(
  hub: Hub,
  { spec }: ResourceRequest,
  reasons: QuoteAnswer['reasons'],
): Promise<RefusedError> {
  const namesOf = async (kind: kinds.KindRef) => (await hub.list(kind)).map(({ metadata }) => metadata.name);
  const meant = await Promise.all(
    reasons.map(async ({ code }) => {
      switch (code) {
        case 'E_ZONE_UNKNOWN': {
          const clusters = await hub.list<MemberCluster>(kinds.memberClusters);
          return near(
            spec.zone,
            clusters.map((it) => it.spec.zone),
          );
        }
        case 'E_PROJECT_UNKNOWN':
          return near(spec.project, await namesOf(kinds.projects));
        case 'E_SYSTEM_UNKNOWN':
          return near(spec.system, await namesOf(kinds.informationSystems));
        default:
          return [];
      }
    }),
  );
  return new RefusedError(reasons, meant.flat());
}

/** Creates a request, or lets the API server say, admission included, whether it would. */
function createRequest(hub: Hub, request: ResourceRequest, dryRun = false): Promise<Stored<ResourceRequest>> {
  return hub.client.create<ResourceRequest>(kinds.resourceRequests, request, { dryRun });
}

/** The quote that it will most likely get; undefined when the books could not be asked, or who asks may not see all that it takes. */
export async function tryQuote(
  hub: Hub,
  request: ResourceRequest,
  now: string,
): Promise<QuoteAnswer | undefined> {
  try {
    return await quoteLocally(hub, request, now);
  } catch (error) {
    // The operator will quote it all the same.
    const isUnknown = error instanceof CliError && error.faults.some(({ code }) => UNKNOWN.has(code));
    if (isUnknown || isKubeError(error, 'E_API_FORBIDDEN')) return undefined;
    throw error;
  }
}

/** The dry run: quoted here, and with `server` also put before the API server's admission. Nothing is written. */
export async function tryRequest(
  hub: Hub,
  request: ResourceRequest,
  how: 'client' | 'server',
  now: string,
): Promise<QuoteAnswer> {
  const answer = await quoteLocally(hub, request, now);
  return how === 'server' ? { ...answer, request: await createRequest(hub, request, true) } : answer;
}
