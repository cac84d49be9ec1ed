import type { Hold } from '../../api/reports/index.ts';
import type { Allocation } from '../../api/v1alpha1/index.ts';
import { Amount, ResourceVector, unitOf } from '../quantity.ts';
import type { AccountKey } from './fit.ts';

/** Something that takes of an account: what was granted on a request, or is held by one. */
export interface Taker {
  readonly namespace: string;
  /** The allocation where there is one, else the request; empty where the books know neither name. */
  readonly name: string;
  readonly serial: string | undefined;
  readonly system: string | undefined;
  readonly isHeld: boolean;
  /** Of the account's resource. */
  readonly amount: Amount<'millicores' | 'bytes'>;
  /** What frees it without anybody doing anything: of a hold its end (RFC 3339). */
  readonly lapsesAt: string | undefined;
  /** The last day of its term, after which it can be asked back; YYYY-MM-DD. */
  readonly until: string | undefined;
}

/**
 * Who takes of an account, the most first, of the holds that the reader sees. Several of one allocation, such as of a
 * resize, stand together.
 */
export function takersOf(
  account: AccountKey,
  holds: readonly Hold[],
  allocations: readonly Allocation[],
): readonly Taker[] {
  const { holderKind, holder, zone, arch, resource } = account;
  const zero = Amount.of(unitOf(resource), 0n);
  const takers = new Map<string, Taker>();
  for (const hold of holds) {
    const { metadata, requestUid, requestName, generation, serial, expiresAt, accounts } = hold;
    const on = accounts.find(
      (it) => it.holderKind === holderKind && it.holder === holder && it.zone === zone && it.arch === arch,
    );
    if (!on) continue;
    const pending = ResourceVector.parse(on.pending).get(resource);
    const amount = pending.plus(ResourceVector.parse(on.posted).get(resource));
    if (amount.isZero()) continue;
    const isHeld = !pending.isZero();
    const given = allocations.filter((it) => isOf(it, hold));
    const [allocation] = given;
    // A request that gave several things is told by itself.
    const one = given.length === 1 && !isHeld ? allocation : undefined;
    const key = one?.metadata.uid ?? `${requestUid}/${generation}/${isHeld}`;
    const known = takers.get(key);
    takers.set(key, {
      namespace: metadata.namespace ?? allocation?.metadata.namespace ?? '',
      name: one?.metadata.name ?? requestName ?? '',
      // A row of opening stock has none.
      serial: known?.serial ?? (serial || undefined),
      system: allocation?.spec.system,
      isHeld,
      amount: amount.plus(known?.amount ?? zero),
      lapsesAt: isHeld ? (expiresAt ?? undefined) : undefined,
      until: allocation?.spec.until,
    });
  }
  return [...takers.values()].toSorted(
    (a, b) =>
      b.amount.compare(a.amount) || (`${a.namespace}/${a.name}` < `${b.namespace}/${b.name}` ? -1 : 1),
  );
}

/** Whether a hold is of a request that made or changed an allocation, or of its row of opening stock. */
function isOf({ spec }: Allocation, { requestUid, generation }: Hold): boolean {
  const { request, changes } = spec;
  return (
    (request.uid === requestUid && request.generation === generation) ||
    changes.some((change) => change.request === requestUid)
  );
}
