import type { Allocation, Handover } from '../../api/v1alpha1/index.ts';
import { codeOf } from '../../api/v1alpha1/index.ts';
import type { HeldDocument } from '../approval/ticket.ts';
import { dayAfter } from '../calendar.ts';

type Spec = Allocation['spec'];

/** The revision with which it came to the organisation that has it now; undefined of what was never another's. */
export function arrivalOf({ formerHolders, changes, request }: Spec): number | undefined {
  if (formerHolders === undefined) return undefined;
  return changes.findLast((it) => it.request === request.uid)?.revision;
}

/** Whether its present content was accepted by who had it before: it is delivered and accepted by having come. */
export function isAcceptedBefore(spec: Spec): boolean {
  return spec.contentRevision < (arrivalOf(spec) ?? 0);
}

/**
 * What the holder last said of handing this revision over: to whom; undefined while they have not agreed, or no longer do.
 * Any change since has them asked again.
 */
export function agreementOf(handovers: readonly Handover[], revision: number): Handover | undefined {
  const last = handovers.findLast(({ action }) => action === 'transfer' || action === 'keep');
  return last?.action === 'transfer' && last.revision === revision ? last : undefined;
}

/**
 * What a posted transfer leaves with who handed over: a record, under which nothing stands any more.
 * @param on the day of the grant, YYYY-MM-DD
 */
export function handedOver(current: Spec, document: HeldDocument, on: string): Spec {
  const { request, generation } = document;
  const revision = current.revision + 1;
  const entry = {
    revision,
    action: 'Transfer' as const,
    request: request.uid,
    generation,
    serial: request.serial,
  };
  return {
    ...current,
    revision,
    changes: [...current.changes, entry],
    transferred: { organization: codeOf(request.namespace) ?? '', on },
  };
}

/**
 * What a posted transfer gives, from what was held and never from the live object. Content, price, term and names in the member
 * stay; from the day on it is the receiver's.
 * @param there what the receiver's namespace has under its name: the record of having had it before, if it comes back
 * @param on the day of the grant, YYYY-MM-DD
 */
export function received(document: HeldDocument, there: Spec | undefined, on: string): Spec {
  const { request, spec, generation, transfer } = document;
  if (!transfer || !spec.target) throw new Error(`request ${request.name} transfers nothing`);
  const { given } = transfer;
  const revision = given.revision + 1;
  const { uid, name, serial } = request;
  return {
    ...given,
    request: { name, uid, serial, generation },
    requester: spec.requester,
    organization: codeOf(request.namespace) ?? '',
    system: spec.system,
    project: spec.project,
    from: on,
    revision,
    changes: [...(there?.changes ?? []), { revision, action: 'Transfer', request: uid, generation, serial }],
    formerHolders: [
      ...(given.formerHolders ?? []),
      {
        organization: given.organization,
        system: given.system,
        uid: spec.target.uid,
        until: dayAfter(on, -1),
      },
    ],
  };
}
