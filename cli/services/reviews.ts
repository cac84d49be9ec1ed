import type { Decision, ResourceRequest, StepName, StockImport } from '../../api/v1alpha1/index.ts';
import type { Stored } from '../../kube/types.ts';
import { CliError } from '../errors.ts';
import { find, findRequest, isSerial } from '../hub/find.ts';
import type { Hub } from '../hub/hub.ts';
import * as kinds from '../hub/kinds.ts';
import { mapLimited } from '../hub/limited.ts';
import { appendToStatus } from './append.ts';
import { type Change, merged, watchObjects, type WatchOptions } from './objects.ts';
import { labelOf } from './requests.ts';
import { stateWord } from './states.ts';

export type Reviewable = Stored<ResourceRequest> | Stored<StockImport>;

export function isStockImport(object: Reviewable): object is Stored<StockImport> {
  return object.kind === 'StockImport';
}

/** A request by its name or 受理编号, or a batch of opening stock by its name. */
export async function findReviewable(hub: Hub, name: string): Promise<Reviewable> {
  if (!isSerial(name) && /(^|\/)stock-/.test(name)) return find<StockImport>(hub, kinds.stockImports, name);
  return findRequest(hub, name);
}

/** Everything that waits for a decision which the caller may make: not on what is theirs, and not twice. */
export async function openReviews(
  hub: Hub,
): Promise<{ requests: Stored<ResourceRequest>[]; imports: Stored<StockImport>[] }> {
  const [judge, requests, imports] = await Promise.all([
    judgeOf(hub),
    hub.list<ResourceRequest>(kinds.resourceRequests),
    mayDecideImports(hub).then((may) => (may ? hub.list<StockImport>(kinds.stockImports) : [])),
  ]);
  const keep = async <T extends Reviewable>(objects: readonly T[]) => {
    const open = await mapLimited(objects, judge);
    return objects.filter((_, index) => open[index]);
  };
  return { requests: await keep(requests), imports: await keep(imports) };
}

/** The same, and then each that comes to wait for the caller's decision. */
export async function watchReviews(
  hub: Hub,
  options: WatchOptions,
): Promise<{ open: Reviewable[]; changes: AsyncGenerator<Reviewable, void, void> }> {
  const [judge, requests, imports] = await Promise.all([
    judgeOf(hub),
    hub.lists<ResourceRequest>(kinds.resourceRequests),
    mayDecideImports(hub).then((may) => (may ? hub.lists<StockImport>(kinds.stockImports) : [])),
  ]);
  const all: Reviewable[] = [...requests, ...imports].flatMap(({ items }): readonly Reviewable[] => items);
  const judged = await mapLimited(all, judge);
  const open = all.filter((_, index) => judged[index]);
  const shown = new Map(open.map((it) => [it.metadata.uid, waitingOf(it)]));
  async function* changes(): AsyncGenerator<Reviewable, void, void> {
    const events = merged<Change<Reviewable>>(options.signal, (signal) => [
      watchObjects<ResourceRequest>(hub, kinds.resourceRequests, requests, { ...options, signal }),
      watchObjects<StockImport>(hub, kinds.stockImports, imports, { ...options, signal }),
    ]);
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

/** What a decision would be on; another one is another row of work. */
function waitingOf(object: Reviewable): string {
  if (isStockImport(object)) return object.status?.digest ?? '';
  return `${object.status?.review?.ticket} ${object.status?.review?.openStep}`;
}

/** Judges whether something waits for a decision of the caller's. */
async function judgeOf(hub: Hub): Promise<(object: Reviewable) => Promise<boolean>> {
  const me = await hub.whoAmI();
  const mayDecide = grants(hub);
  return async (object) => {
    if (isStockImport(object)) {
      const { spec, status } = object;
      return (
        status?.state === 'PendingApproval' &&
        spec.requester !== me &&
        !status.decisions?.some(({ reviewer, digest }) => reviewer === me && digest === status.digest)
      );
    }
    const { spec, status, metadata } = object;
    const { review, decisions = [] } = status ?? {};
    return (
      status?.phase === 'InReview' &&
      review !== undefined &&
      review.openStep !== '' &&
      spec.requester !== me &&
      spec.applicant.account !== me &&
      !decisions.some(({ reviewer, ticket }) => reviewer === me && ticket === review.ticket) &&
      mayDecide(review.openStep as StepName, metadata.namespace ?? '')
    );
  };
}

/** Whether the caller may decide a step, asked once for everywhere and once for each namespace. */
function grants(hub: Hub): (step: StepName, namespace: string) => Promise<boolean> {
  const asked = new Map<string, Promise<boolean>>();
  const once = (step: StepName, namespace: string | undefined) => {
    const key = `${step} ${namespace ?? ''}`;
    const answer =
      asked.get(key) ??
      hub.may({ verb: 'decide', resource: kinds.resourceRequests, subresource: step, namespace });
    asked.set(key, answer);
    return answer;
  };
  return async (step, namespace) => (await once(step, undefined)) || once(step, namespace);
}

function mayDecideImports(hub: Hub): Promise<boolean> {
  return hub.may({ verb: 'decide', resource: kinds.stockImports, subresource: 'approval' });
}

export interface Verdict {
  readonly verdict: Decision['verdict'];
  readonly comment?: string | undefined;
  /** For a return: the earlier step; absent means the requester. */
  readonly returnTo?: Decision['returnTo'] | undefined;
  /** Decide only on this ticket: what was read is what is decided on. */
  readonly ticket?: string | undefined;
}

/** Adds the caller's decision on the open step of a request, or on a batch of opening stock. */
export async function decide(hub: Hub, name: string, verdict: Verdict, dryRun = false): Promise<Reviewable> {
  const object = await findReviewable(hub, name);
  const reviewer = await hub.whoAmI();
  return isStockImport(object)
    ? decideImport(hub, object, reviewer, verdict, dryRun)
    : decideRequest(hub, object, reviewer, verdict, dryRun);
}

function decideRequest(
  hub: Hub,
  request: Stored<ResourceRequest>,
  reviewer: string,
  { verdict, comment, returnTo, ticket }: Verdict,
  dryRun: boolean,
): Promise<Stored<ResourceRequest>> {
  const review = request.status?.review;
  if (!review?.openStep) {
    throw new CliError('E_REVIEW_CLOSED', { request: labelOf(request), state: stateWord(request.status) });
  }
  if (ticket !== undefined && ticket !== review.ticket)
    throw new CliError('E_CONFLICT', { name: labelOf(request) });
  const decision: Decision = {
    step: review.openStep as StepName,
    ticket: review.ticket,
    generation: review.generation,
    reviewer,
    verdict,
    ...(returnTo === undefined ? {} : { returnTo }),
    ...(comment === undefined ? {} : { comment }),
  };
  const seen = { '/status/review/ticket': review.ticket, '/status/review/openStep': review.openStep };
  return appendToStatus(hub, kinds.resourceRequests, request, 'decisions', decision, seen, dryRun);
}

function decideImport(
  hub: Hub,
  stock: Stored<StockImport>,
  reviewer: string,
  { verdict, comment }: Verdict,
  dryRun: boolean,
): Promise<Stored<StockImport>> {
  if (verdict === 'return') throw new CliError('E_IMPORT_NO_RETURN', { name: stock.metadata.name });
  const digest = stock.status?.digest;
  if (stock.status?.state !== 'PendingApproval' || digest === undefined) {
    throw new CliError('E_REVIEW_CLOSED', {
      request: stock.metadata.name,
      state: stock.status?.state ?? '-',
    });
  }
  const decision = { digest, reviewer, verdict, ...(comment === undefined ? {} : { comment }) };
  return appendToStatus(
    hub,
    kinds.stockImports,
    stock,
    'decisions',
    decision,
    { '/status/digest': digest },
    dryRun,
  );
}
