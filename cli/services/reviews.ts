import type { Decision, Repair, ResourceRequest, StepName, StockImport } from '../../api/v1alpha1/index.ts';
import { isKubeError } from '../../kube/errors.ts';
import type { Stored } from '../../kube/types.ts';
import { accountOf } from '../accounts.ts';
import { CliError } from '../errors.ts';
import { find, findRequest, isSerial } from '../hub/find.ts';
import type { Hub, PlacedList } from '../hub/hub.ts';
import type { KindRef } from '../hub/kinds.ts';
import * as kinds from '../hub/kinds.ts';
import { mapLimited } from '../hub/limited.ts';
import { rightsOf } from '../hub/rights.ts';
import { appendToStatus } from './append.ts';
import { standsInFor } from './delegations.ts';
import { type Change, merged, watchObjects, type WatchOptions } from './objects.ts';
import { labelOf } from './requests/read.ts';
import { stateWord } from './states.ts';

/** What is decided on as a whole, by the digest of what it says. */
type Batch = Stored<StockImport> | Stored<Repair>;
export type Reviewable = Stored<ResourceRequest> | Batch;

export function isStockImport(object: Reviewable): object is Stored<StockImport> {
  return object.kind === 'StockImport';
}

export function isRepair(object: Reviewable): object is Stored<Repair> {
  return object.kind === 'Repair';
}

const BATCHES: readonly KindRef[] = [kinds.stockImports, kinds.repairs];

/** A request by its name or 受理编号, or a batch of opening stock or a repair by its name. */
export async function findReviewable(hub: Hub, name: string): Promise<Reviewable> {
  const [, batch] = isSerial(name) ? [] : (/(?:^|\/)(stock|repair)-/.exec(name) ?? []);
  if (batch === 'stock') return find<StockImport>(hub, kinds.stockImports, name);
  if (batch === 'repair') return find<Repair>(hub, kinds.repairs, name);
  return findRequest(hub, name);
}

/**
 * Everything that waits for a decision which the caller may make: not on what is theirs, and not twice. What is due first
 * comes first, what has no deadline last.
 */
export async function openReviews(hub: Hub, now: string): Promise<Reviewable[]> {
  const [judge, lists] = await Promise.all([judgeOf(hub, now), reviewLists(hub)]);
  const all = lists.flatMap(({ lists: of }) => of.flatMap(({ items }) => items));
  const open = await mapLimited(all, judge);
  return byDeadline(all.filter((_, index) => open[index]));
}

/** What is due first, then what has waited longest, first. */
export function byDeadline<T extends Reviewable>(work: readonly T[]): T[] {
  const rank = (it: T) => `${dueOf(it) ?? '9999-12-31'} ${it.metadata.creationTimestamp}`;
  return work.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1));
}

/** The day until which a decision is due, YYYY-MM-DD; undefined for what has no deadline. */
export function dueOf(object: Reviewable): string | undefined {
  return isBatch(object) ? undefined : object.status?.due;
}

/** The same, and then each that comes to wait for the caller's decision. */
export async function watchReviews(
  hub: Hub,
  now: string,
  options: WatchOptions,
): Promise<{ open: Reviewable[]; changes: AsyncGenerator<Reviewable, void, void> }> {
  const [judge, lists] = await Promise.all([judgeOf(hub, now), reviewLists(hub)]);
  const all = lists.flatMap(({ lists: of }) => of.flatMap(({ items }) => items));
  const judged = await mapLimited(all, judge);
  const open = all.filter((_, index) => judged[index]);
  const shown = new Map(open.map((it) => [it.metadata.uid, waitingOf(it)]));
  async function* changes(): AsyncGenerator<Reviewable, void, void> {
    const events = merged<Change<Reviewable>>(options.signal, (signal) =>
      lists.map(({ kind, lists: of }) => watchObjects<Reviewable>(hub, kind, of, { ...options, signal })),
    );
    for await (const { object, type } of events) {
      const { uid } = object.metadata;
      if (type === 'DELETED' || !(await judge(object))) shown.delete(uid);
      else if (shown.get(uid) !== waitingOf(object)) {
        shown.set(uid, waitingOf(object));
        yield object;
      }
    }
  }
  return { open, changes: changes() };
}

/** All that the caller may have to decide on. Who decides on batches alone need not be let see requests. */
async function reviewLists(
  hub: Hub,
): Promise<readonly { readonly kind: KindRef; readonly lists: readonly PlacedList<Reviewable>[] }[]> {
  const may = await Promise.all(
    BATCHES.map((resource) => hub.may({ verb: 'decide', resource, subresource: 'approval' })),
  );
  const batches = BATCHES.filter((_, index) => may[index]);
  const requests = hub.lists<Reviewable>(kinds.resourceRequests).catch((error: unknown) => {
    if (batches.length > 0 && isKubeError(error, 'E_API_FORBIDDEN')) return [];
    throw error;
  });
  return Promise.all([
    requests.then((lists) => ({ kind: kinds.resourceRequests, lists })),
    ...batches.map(async (kind) => ({ kind, lists: await hub.lists<Reviewable>(kind) })),
  ]);
}

/** What a decision would be on; another one is another row of work. */
function waitingOf(object: Reviewable): string {
  if (isBatch(object)) return object.status?.digest ?? '';
  return `${object.status?.review?.ticket} ${object.status?.review?.openStep}`;
}

/** Judges whether something waits for a decision of the caller's. */
async function judgeOf(hub: Hub, now: string): Promise<(object: Reviewable) => Promise<boolean>> {
  const me = await hub.whoAmI();
  const mayDecide = grants(hub);
  const standsIn = standsInFor(hub, me, now);
  return async (object) => {
    if (isBatch(object)) {
      const { spec, status } = object;
      return (
        status?.state === 'PendingApproval' &&
        spec.requester !== me &&
        !status.decisions?.some(({ reviewer, digest }) => reviewer === me && digest === status.digest)
      );
    }
    const { status, metadata } = object;
    const { review } = status ?? {};
    if (status?.phase !== 'InReview' || review === undefined || review.openStep === '') return false;
    const [step, namespace] = [review.openStep as StepName, metadata.namespace ?? ''];
    if (!mayStillDecide(object, me)) return false;
    if (await mayDecide(step, namespace)) return true;
    return (await standsIn(step, namespace)).some((it) => mayStillDecide(object, it));
  };
}

/** Whether a request is neither somebody's own nor one on which they have a say already, as it stands now. */
export function mayStillDecide(
  { spec, status }: Pick<ResourceRequest, 'spec' | 'status'>,
  person: string,
): boolean {
  const { review, decisions = [] } = status ?? {};
  return (
    spec.requester !== person &&
    spec.applicant.account !== person &&
    !decisions.some(
      (it, place) =>
        it.ticket === review?.ticket &&
        !review.uncounted?.includes(place) &&
        (it.reviewer === person || it.onBehalfOf === person),
    )
  );
}

/** Whether the caller may decide a step, asked once for everywhere and once for each namespace. */
function grants(hub: Hub): (step: StepName, namespace: string) => Promise<boolean> {
  const may = rightsOf(hub);
  const once = (step: StepName, namespace: string | undefined) =>
    may({ verb: 'decide', resource: kinds.resourceRequests, subresource: step, namespace });
  return async (step, namespace) => (await once(step, undefined)) || once(step, namespace);
}

function isBatch(object: Reviewable): object is Batch {
  return isStockImport(object) || isRepair(object);
}

export interface Verdict {
  readonly verdict: Decision['verdict'];
  readonly comment?: string | undefined;
  /** For a return: the earlier step; absent means the requester. */
  readonly returnTo?: Decision['returnTo'] | undefined;
  /** Whom the caller stands in for; by default nobody if the step is theirs, else whoever let them. */
  readonly onBehalfOf?: string | undefined;
  /** Decide only on this ticket: what was read is what is decided on. */
  readonly ticket?: string | undefined;
}

/** Adds the caller's decision on the open step of a request, or on a batch of opening stock or a repair. */
export async function decide(
  hub: Hub,
  name: string,
  verdict: Verdict,
  now: string,
  dryRun = false,
): Promise<Reviewable> {
  const object = await findReviewable(hub, name);
  const reviewer = await hub.whoAmI();
  return isBatch(object)
    ? decideBatch(hub, object, reviewer, verdict, dryRun)
    : decideRequest(hub, object, reviewer, verdict, now, dryRun);
}

async function decideRequest(
  hub: Hub,
  request: Stored<ResourceRequest>,
  reviewer: string,
  { verdict, comment, returnTo, ticket, onBehalfOf: wanted }: Verdict,
  now: string,
  dryRun: boolean,
): Promise<Stored<ResourceRequest>> {
  const review = request.status?.review;
  if (!review?.openStep) {
    throw new CliError('E_REVIEW_CLOSED', { request: labelOf(request), state: stateWord(request.status) });
  }
  if (ticket !== undefined && ticket !== review.ticket)
    throw new CliError('E_CONFLICT', { name: labelOf(request) });
  const step = review.openStep as StepName;
  const onBehalfOf =
    wanted === undefined ? await principalOf(hub, request, reviewer, step, now) : accountOf(wanted);
  const decision: Decision = {
    step,
    ticket: review.ticket,
    generation: review.generation,
    reviewer,
    ...(onBehalfOf === undefined ? {} : { onBehalfOf }),
    verdict,
    ...(returnTo === undefined ? {} : { returnTo }),
    ...(comment === undefined ? {} : { comment }),
  };
  const seen = { '/status/review/ticket': review.ticket, '/status/review/openStep': review.openStep };
  return appendToStatus(hub, kinds.resourceRequests, request, 'decisions', decision, seen, dryRun);
}

/** For whom somebody decides who names nobody: for themselves if the step is theirs, else for the first by name who may still decide. */
async function principalOf(
  hub: Hub,
  request: Stored<ResourceRequest>,
  me: string,
  step: StepName,
  now: string,
): Promise<string | undefined> {
  const { namespace = '' } = request.metadata;
  if (await grants(hub)(step, namespace)) return undefined;
  const principals = await standsInFor(hub, me, now)(step, namespace);
  return principals.find((it) => mayStillDecide(request, it)) ?? principals[0];
}

async function decideBatch(
  hub: Hub,
  batch: Batch,
  reviewer: string,
  { verdict, comment, ticket }: Verdict,
  dryRun: boolean,
): Promise<Batch> {
  const { name } = batch.metadata;
  if (verdict === 'return') throw new CliError('E_NO_RETURN', { name });
  const digest = batch.status?.digest;
  if (batch.status?.state !== 'PendingApproval' || digest === undefined) {
    throw new CliError('E_REVIEW_CLOSED', { request: name, state: batch.status?.state ?? '-' });
  }
  if (ticket !== undefined && ticket !== digest) throw new CliError('E_CONFLICT', { name });
  const decision = { digest, reviewer, verdict, ...(comment === undefined ? {} : { comment }) };
  const kind = isRepair(batch) ? kinds.repairs : kinds.stockImports;
  return appendToStatus<Batch>(hub, kind, batch, 'decisions', decision, { '/status/digest': digest }, dryRun);
}
