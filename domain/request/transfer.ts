import {
  type Allocation,
  codeOf,
  type Handover,
  namespaceOf,
  type ResourceRequest,
} from '../../api/v1alpha1/index.ts';
import { stateMessages } from '../../messages/states.ts';
import { agreementOf } from '../allocation/transfer.ts';
import type { Takeover } from '../approval/ticket.ts';
import { type Reason, reason } from '../errors.ts';
import { Amount, ResourceVector, unitOf } from '../quantity.ts';
import { accountPath, creditableOf, type Demand, sumByAccount } from '../quota/fit.ts';
import type { QuotePicture } from './quote.ts';

/** What is known of the giver's side of a transfer. */
export interface Giving {
  /** What people said of the target, as the books have copied it. */
  readonly handovers: readonly Handover[];
  /** What the target's origin has posted. */
  readonly posted: readonly Demand[];
}

/** The namespace of the allocation that a request names: the giver's for a transfer, else the request's own. */
export function targetNamespaceOf({ metadata, spec }: Pick<ResourceRequest, 'metadata' | 'spec'>): string {
  const giver = spec.target?.organization;
  return giver === undefined ? (metadata.namespace ?? '') : namespaceOf(giver);
}

/**
 * What a transfer still asks of accounts, and what it takes over. On accounts that giver and receiver both count on it is
 * posted already, and only changes hands: nothing is held there twice, and none of them can refuse it.
 * @param demands what the target asks of every account of its receiver and of its pool
 */
export function takeOver(
  demands: readonly Demand[],
  { spec }: Allocation,
  posted: readonly Demand[],
): { readonly rest: readonly Demand[]; readonly takeover: Takeover } {
  const wanted = sumByAccount(demands);
  const legs = creditableOf(posted, ResourceVector.parse(spec.consumes))
    .filter(({ amount }) => !amount.isZero())
    .map(({ account, amount }) => {
      const asked = wanted.get(accountPath(account))?.amount ?? Amount.of(unitOf(account.resource), 0n);
      const carried = asked.compare(amount) < 0 ? asked : amount;
      return { account, credited: String(amount.value), carried: String(carried.value) };
    });
  const carried = new Map(legs.map((leg) => [accountPath(leg.account), BigInt(leg.carried)]));
  const rest = [...wanted].flatMap(([path, { account, amount }]) => {
    const left = amount.minus(Amount.of(unitOf(account.resource), carried.get(path) ?? 0n));
    return left.isZero() ? [] : [{ account, amount: left }];
  });
  const { uid: requestUid, generation } = spec.request;
  // Its history stays with who had it.
  return { rest, takeover: { origin: { requestUid, generation }, legs, given: { ...spec, changes: [] } } };
}

/** What a takeover has the books give back, and what of it stays posted. */
export function legsOf({ legs }: Takeover): {
  readonly credits: readonly Demand[];
  readonly carried: readonly Demand[];
} {
  const amounts = (of: 'credited' | 'carried') =>
    legs.map((leg) => ({
      account: leg.account,
      amount: Amount.of(unitOf(leg.account.resource), BigInt(leg[of])),
    }));
  return { credits: amounts('credited'), carried: amounts('carried') };
}

/** Whether the books still have posted what is to be taken over; what changed it has the request quoted anew. */
export function isStillPosted({ legs }: Takeover, posted: readonly Demand[]): boolean {
  const there = sumByAccount(posted);
  return legs.every(
    ({ account, credited }) => (there.get(accountPath(account))?.amount.value ?? 0n) >= BigInt(credited),
  );
}

/**
 * What of a transfer depends on the giver's side: that somebody there, and nobody who asks for it, has agreed to this revision;
 * and that it was accepted there, with nothing of it still being done.
 */
export function checkTransfer(
  { request, items, giving }: Pick<QuotePicture, 'request' | 'items' | 'giving'>,
  target: Allocation,
): readonly Reason[] {
  const { spec, metadata } = request;
  const { allocation = '', organization: giver = '' } = spec.target ?? {};
  const receiver = codeOf(metadata.namespace ?? '') ?? '';
  const reasons: Reason[] = [];
  if (giver === receiver) reasons.push(reason('E_TRANSFER_SELF', { allocation }, 'spec.target.organization'));
  const { state = 'PendingProvisioning', conditions = [] } = target.status ?? {};
  const isOrdered = conditions.some((it) => it.reason === 'WorkOrderOpen');
  if (!['InUse', 'Suspended', 'Expired'].includes(state) || isOrdered) {
    const words = { allocation, state: stateMessages[isOrdered ? 'PendingProvisioning' : state] };
    reasons.push(reason('E_TRANSFER_STATE', words, 'spec.target'));
  }
  const agreed = agreementOf(giving?.handovers ?? [], target.spec.revision);
  const isOwn = agreed?.by === spec.requester || agreed?.by === spec.applicant.account;
  if (agreed?.organization !== receiver || isOwn)
    reasons.push(reason('E_TRANSFER_NOT_AGREED', { allocation, giver, receiver }, 'spec.target'));
  const item = items.get(target.spec.item);
  if (item && spec.mlps > item.spec.maxMlps) {
    const params = { item: target.spec.item, highest: item.spec.maxMlps, asked: spec.mlps };
    reasons.push(reason('E_MLPS_ITEM', params, 'spec.system'));
  }
  return reasons;
}
