import { resourceOf } from '../../../api/kind.ts';
import { Allocation, namespaceOf, Quota, ResourceRequest } from '../../../api/v1alpha1/index.ts';
import { changed, provisioned } from '../../../domain/allocation/grant.ts';
import { legalHoldOf } from '../../../domain/allocation/term.ts';
import { handedOver, received } from '../../../domain/allocation/transfer.ts';
import { type HeldDocument, ticketOf } from '../../../domain/approval/ticket.ts';
import type { Canonical } from '../../../domain/canonical.ts';
import { GovError, reason } from '../../../domain/errors.ts';
import { REQUEST_FINALIZER, type RequestAction } from '../../../domain/request/decide.ts';
import { grantOf, isRaised } from '../../../domain/request/raise.ts';
import { reasonTexts } from '../../../domain/request/quote.ts';
import { legsOf, targetNamespaceOf } from '../../../domain/request/transfer.ts';
import { sameJson } from '../../../domain/same.ts';
import { isKubeError } from '../../../kube/errors.ts';
import { getIfThere } from '../../adapters/members.ts';
import { proveRequestReview } from '../../adapters/review-rule.ts';
import { writeStatus } from '../../status.ts';
import type { Term } from '../../term.ts';
import { raisedQuota } from './observe.ts';

const REQUESTS = resourceOf(ResourceRequest);
const ALLOCATIONS = resourceOf(Allocation);
const QUOTAS = resourceOf(Quota);

/** What is known after an action: the request as it now is, and allocations that were written. */
export interface Applied {
  readonly request: ResourceRequest;
  readonly allocations?: readonly Allocation[];
  /** The quota has the grant. */
  readonly isRaised?: boolean;
}

/**
 * Carries one action out. Every write is either compared with the version that was decided on, or happens at most
 * once under its key in the books; so an action may be repeated after a crash.
 */
export async function applyRequestAction(
  term: Term,
  request: ResourceRequest,
  action: Exclude<RequestAction, { do: 'wait' }>,
): Promise<Applied> {
  const { hub, books, settings } = term;
  const { metadata } = request;
  const subject = {
    kind: 'ResourceRequest',
    uid: metadata.uid ?? '',
    namespace: metadata.namespace ?? '',
    name: metadata.name,
  };
  const withFinalizers = async (finalizers: string[]) => ({
    request: (await hub.client.update(REQUESTS, {
      ...request,
      metadata: { ...metadata, finalizers },
    })) as ResourceRequest,
  });
  switch (action.do) {
    case 'addFinalizer':
      return withFinalizers([...(metadata.finalizers ?? []), REQUEST_FINALIZER]);
    case 'removeFinalizer':
      return withFinalizers((metadata.finalizers ?? []).filter((it) => it !== REQUEST_FINALIZER));
    case 'assignSerial':
      await books.assignSerial(subject.uid, action.year);
      return { request };
    case 'recordDecisions':
      await books.recordDecisions(subject, action.decisions);
      return { request };
    case 'carryDecisions':
      await books.carryDecisions(subject, action.ticket, action.decisions);
      return { request };
    case 'takeHold': {
      const { document, generation, attempt, demands, replaces } = action;
      const input = {
        requestUid: subject.uid,
        generation,
        attempt,
        ticket: ticketOf(document, document.round),
        document: document as unknown as Canonical,
        legs: demands,
        ttlSeconds: settings.holdSeconds,
        ...originOf(term, document),
      };
      // Refused here only if somebody else was faster: the next look quotes on the new balances.
      await (replaces
        ? books.ledger.replace({ ...replaces, requestUid: subject.uid }, input)
        : books.ledger.hold(input));
      term.booksMoved();
      return { request };
    }
    case 'expireHold':
      await books.ledger.expire();
      term.booksMoved();
      return { request };
    case 'voidHold':
      await books.ledger.void({ requestUid: subject.uid, ...action.hold });
      term.booksMoved();
      return { request };
    case 'post': {
      const { hold } = action;
      try {
        await proveRequestReview(hub.client, request);
      } catch (error) {
        if (error instanceof GovError) await tell(term, request, error);
        throw error;
      }
      try {
        await post(books, { requestUid: subject.uid, ...hold });
      } catch (error) {
        // It lapsed between two looks; the books have marked it, and the next look goes back to quoting.
        if (!(error instanceof GovError && error.code === 'E_HOLD_EXPIRED')) throw error;
      }
      term.booksMoved();
      return { request };
    }
    case 'grant':
      if (action.hold.document.spec.quota) {
        await raise(term, action.hold.document, action.from);
        return { request, isRaised: true };
      }
      return { request, allocations: await toldWhenHeld(term, request, action) };
    case 'project': {
      const decisions = request.status?.decisions ?? [];
      return {
        request: await writeStatus(term, REQUESTS, request, { ...action.status, decisions }),
      };
    }
    case 'archive': {
      const { serial = '' } = request.status ?? {};
      const { spec, status } = request;
      const { creationTimestamp } = metadata;
      const document = {
        metadata: { ...subject, creationTimestamp },
        spec,
        status,
      } as unknown as Canonical;
      await books.closeRequest({ ...subject, serial, document });
      return { request };
    }
    case 'delete': {
      const { uid, resourceVersion } = metadata;
      await hub.client.delete(REQUESTS, subject, { uid, resourceVersion });
      return { request };
    }
  }
}

/** What keeps a request from going on is told on it, too: its requester cannot read the log. */
export async function tell(term: Term, request: ResourceRequest, error: GovError): Promise<void> {
  const reasons = reasonTexts(error.reasons);
  if (sameJson(request.status?.reasons, reasons)) return;
  await writeStatus(term, REQUESTS, request, { ...request.status, reasons });
}

/** Posts a hold; of a transfer with what it takes over. @throws GovError as the ledger does */
export async function post(
  { ledger }: Pick<Term['books'], 'ledger'>,
  hold: { readonly requestUid: string; readonly generation: number; readonly attempt: number } & {
    readonly document: HeldDocument;
  },
): Promise<void> {
  const { document, requestUid, generation, attempt } = hold;
  const ref = { requestUid, generation, attempt };
  const ticket = ticketOf(document, document.round);
  const { transfer: takes } = document;
  if (takes) await ledger.transfer({ ...ref, ticket, origin: takes.origin, ...legsOf(takes) });
  else await ledger.post(ref, ticket);
}

/** A legal hold that came after the posting keeps a transfer from being written; whoever asked must hear. */
async function toldWhenHeld(
  term: Term,
  request: ResourceRequest,
  { hold, from }: Extract<RequestAction, { do: 'grant' }>,
): Promise<Allocation[]> {
  try {
    return await grant(term, hold.document, from);
  } catch (error) {
    if (error instanceof GovError) await tell(term, request, error);
    throw error;
  }
}

/** A change adds to what its allocation's first request posted, so that one origin can be credited as a whole. */
function originOf(term: Term, { request, spec }: HeldDocument) {
  if (!spec.target || spec.action === 'Transfer') return {};
  const target = term.hub.allocations.get(`${request.namespace}/${spec.target.allocation}`);
  if (!target) return {};
  const { uid, generation } = target.spec.request;
  return { origin: { requestUid: uid, generation } };
}

/** Adds what a posted raise was taken for to its quota: once, for its grant bears the serial number. */
export async function raise({ hub }: Term, document: HeldDocument, from: string): Promise<void> {
  const { request, spec } = document;
  const found = raisedQuota(hub, { metadata: request, spec });
  const current = found && ((await hub.client.get(QUOTAS, found.metadata)) as Quota);
  // Between two looks alone: the next one tells what is missing.
  if (!current || current.metadata.deletionTimestamp !== undefined)
    throw new Error(`the quota that request ${request.name} raises is not there any more`);
  if (isRaised(current, request.serial)) return;
  const grants = [...(current.spec.grants ?? []), grantOf(document, from)];
  await hub.client.update(QUOTAS, { ...current, spec: { ...current.spec, grants } });
}

/** Makes what a posted hold was taken for exist: what is there already stays as it is. */
export async function grant(term: Term, document: HeldDocument, from: string): Promise<Allocation[]> {
  const { hub } = term;
  const { request, spec, quote } = document;
  const { namespace } = request;
  if (document.transfer) return transfer(term, document, from);
  if (spec.target) {
    const name = spec.target.allocation;
    const current = (await hub.client.get(ALLOCATIONS, { namespace, name })) as Allocation;
    if (current.spec.changes.some((change) => change.request === request.uid)) return [current];
    if (current.metadata.uid !== spec.target.uid || current.spec.revision !== spec.target.revision) {
      throw new Error(`allocation ${namespace}/${name} is not what request ${request.name} was granted for`);
    }
    const next = { ...current, spec: changed(current.spec, document, from) };
    return [(await hub.client.update(ALLOCATIONS, next)) as Allocation];
  }
  const items = new Map(
    quote.lines.flatMap(({ itemVersion }) => {
      const item = hub.itemAt(itemVersion);
      return item ? [[itemVersion, item] as const] : [];
    }),
  );
  const made: Allocation[] = [];
  for (const { name, spec: wanted } of provisioned(document, items, from)) {
    const allocation: Allocation = {
      apiVersion: 'govcloud.dev/v1alpha1',
      kind: 'Allocation',
      metadata: { name, namespace: namespaceOf(wanted.organization) },
      spec: wanted,
    };
    try {
      made.push((await hub.client.create(ALLOCATIONS, allocation)) as Allocation);
    } catch (error) {
      if (!isKubeError(error, 'E_API_EXISTS')) throw error;
      const there = (await hub.client.get(ALLOCATIONS, { namespace, name })) as Allocation;
      if (there.spec.request.uid !== request.uid) throw error;
      made.push(there);
    }
  }
  return made;
}

/**
 * Has a posted transfer stand on both sides. First the giver's becomes a record, under which nothing is done in the member any
 * more; only then the receiver's takes the objects over. So they never have two who act for them, and nobody between the
 * two deletes them.
 * @param isLive whether the receiver still has it: of what has gone on since only the giver's record is made
 * @throws GovError E_TARGET_HELD while the giver's is on legal hold
 */
export async function transfer(
  { hub, books }: Term,
  document: HeldDocument,
  on: string,
  isLive = true,
): Promise<Allocation[]> {
  const { request, spec, transfer: takes } = document;
  const { allocation: name = '' } = spec.target ?? {};
  const giver = targetNamespaceOf({ metadata: request, spec });
  const isWritten = (it: Allocation) => it.spec.changes.some((change) => change.request === request.uid);
  const written: Allocation[] = [];
  // A hub that was set back may not have it: then there is nothing to be left.
  const left = (await getIfThere(hub.client, ALLOCATIONS, { namespace: giver, name })) as
    | Allocation
    | undefined;
  if (left && isWritten(left)) written.push(left);
  else if (left) {
    const { uid, generation } = left.spec.request;
    const isSame = uid === takes?.origin.requestUid && generation === takes.origin.generation;
    if (!isSame || left.spec.revision !== spec.target?.revision)
      throw new Error(`allocation ${giver}/${name} is not what request ${request.name} was granted for`);
    const { uid: giverUid = '' } = left.metadata;
    const handovers = await books.handovers({ uid: giverUid, namespace: giver, name });
    if (legalHoldOf({ allocation: left, handovers }))
      throw new GovError(reason('E_TARGET_HELD', { allocation: name }, 'spec.target'));
    written.push(
      (await hub.client.update(ALLOCATIONS, {
        ...left,
        spec: handedOver(left.spec, document, on),
      })) as Allocation,
    );
  }
  if (!isLive) return written;
  const { namespace } = request;
  const there = (await getIfThere(hub.client, ALLOCATIONS, { namespace, name })) as Allocation | undefined;
  if (there && isWritten(there)) return [...written, there];
  if (there && !there.spec.transferred)
    throw new Error(`allocation ${namespace}/${name} is in the way of request ${request.name}`);
  const next = received(document, there?.spec, on);
  const made = there
    ? await hub.client.update(ALLOCATIONS, { ...there, spec: next })
    : await hub.client.create(ALLOCATIONS, {
        apiVersion: 'govcloud.dev/v1alpha1',
        kind: 'Allocation',
        metadata: { name, namespace },
        spec: next,
      });
  return [...written, made as Allocation];
}
