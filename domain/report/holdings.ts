import { type Resource } from '../quantity.ts';

/** What one hold has on one pool, of one resource, at two moments; amounts in millicores or bytes. */
export interface Holding {
  readonly hold: string;
  /** Null when the books name none. */
  readonly organization: string | null;
  readonly system: string | null;
  /** Null for opening stock. */
  readonly serial: string | null;
  /** The allocation that a change names. */
  readonly target: string | null;
  /** The organisation that handed over what a transfer names. */
  readonly giver: string | null;
  /** What was quoted, line by line; null for opening stock. */
  readonly lines:
    | readonly { readonly name: string; readonly consumes: Partial<Record<Resource, string>> }[]
    | null;
  /** When it was granted; null for opening stock and while it is not. */
  readonly grantedAt: Date | null;
  readonly pool: string;
  readonly zone: string;
  readonly arch: string;
  readonly resource: Resource;
  readonly posted: bigint;
  readonly pending: bigint;
  /** At the earlier of the two. */
  readonly postedBefore: bigint;
}

/** Amounts of one thing, by resource. */
export type Sums = Record<Resource, bigint>;
export const noSums = (): Sums => ({ vcpu: 0n, memory: 0n, ssd: 0n, hdd: 0n });

export function groupBy<T>(list: readonly T[], keyOf: (it: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const it of list) {
    const group = groups.get(keyOf(it));
    if (group) group.push(it);
    else groups.set(keyOf(it), [it]);
  }
  return groups;
}

export function sumsOf(holdings: readonly Holding[]): { posted: Sums; pending: Sums; before: Sums } {
  const sums = { posted: noSums(), pending: noSums(), before: noSums() };
  for (const { resource, posted, pending, postedBefore } of holdings) {
    sums.posted[resource] += posted;
    sums.pending[resource] += pending;
    sums.before[resource] += postedBefore;
  }
  return sums;
}
