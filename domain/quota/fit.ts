import { resourceNames } from '../../messages/books.ts';
import { type Reason, reason } from '../errors.ts';
import {
  Amount,
  formatQuantity,
  parseQuantity,
  type Resource,
  type ResourceVector,
  unitOf,
} from '../quantity.ts';

export type HolderKind = 'organisation' | 'system' | 'pool';

/** Who holds what, where. `*` as zone or arch stands for all of them together. */
export interface AccountKey {
  readonly holderKind: HolderKind;
  /** The organisation's code, the system as `<organisation>/<system>`, or the pool's name. */
  readonly holder: string;
  readonly zone: string;
  readonly arch: string;
  readonly resource: Resource;
}

type Quantity = Amount<'millicores' | 'bytes'>;

export interface Balance {
  readonly account: AccountKey;
  readonly hard: Quantity;
  readonly pending: Quantity;
  readonly posted: Quantity;
}

/** Balances by `accountPath`. */
export type Balances = ReadonlyMap<string, Balance>;

export function balancesByPath(balances: readonly Balance[]): Balances {
  return new Map(balances.map((balance) => [accountPath(balance.account), balance]));
}

/** What is asked of one account. Amounts are zero or more; several demands on one account add up. */
export interface Demand {
  readonly account: AccountKey;
  readonly amount: Quantity;
}

export type Fit = { readonly ok: true } | { readonly ok: false; readonly reasons: readonly Reason[] };

/** An account as one line, the `where` of a reason: `organisation/lufeng/gov-extranet/amd64/vcpu`. */
export function accountPath(account: AccountKey): string {
  return `${account.holderKind}/${account.holder}/${account.zone}/${account.arch}/${account.resource}`;
}

/** What is left of an account: hard - pending - posted, negative when it is overdrawn. */
export function freeOf(balance: Balance): Quantity {
  return balance.hard.minus(balance.pending).minus(balance.posted);
}

/** Whether more is granted and held than a soft limit says. @param soft quantities by resource, of the day */
export function isAboveSoft({ account, pending, posted }: Balance, soft: SoftLimits): boolean {
  const limit = soft[account.resource];
  return limit !== undefined && pending.plus(posted).compare(parseQuantity(account.resource, limit)) > 0;
}

/** Soft limits of one account scope on a day: quantities by resource. */
export type SoftLimits = Readonly<Partial<Record<string, string>>>;

/**
 * Adds demands (or legs) that fall on the same account and drops those of zero, keeping the order in which
 * accounts are first named.
 * @throws RangeError when an amount is negative, TypeError when its unit is not its resource's
 */
export function sumByAccount(demands: readonly Demand[]): ReadonlyMap<string, Demand> {
  const sums = new Map<string, Demand>();
  for (const { account, amount } of demands) {
    const path = accountPath(account);
    if (amount.isNegative()) throw new RangeError(`negative demand on ${path}: ${amount.value}`);
    const sum = (sums.get(path)?.amount ?? Amount.of(unitOf(account.resource), 0n)).plus(amount);
    if (!sum.isZero()) sums.set(path, { account, amount: sum });
  }
  return sums;
}

/**
 * What is credited of amounts that are gone: on each account that their origin has anything posted on, but never
 * more than that (an account that came into being later has less of it).
 */
export function creditableOf(posted: readonly Demand[], amounts: ResourceVector): readonly Demand[] {
  return posted.map(({ account, amount }) => {
    const gone = amounts.get(account.resource);
    return { account, amount: gone.compare(amount) < 0 ? gone : amount };
  });
}

/**
 * Whether demands fit balances, with all reasons when they do not. A limit forbids an increase above it, not
 * the state of being above it: a demand that is no more than what the same asker gives back with it
 * (`released`, the hold that this one replaces) always fits, else its increase must be within what is free.
 * The same rule serves the ledger and the dry run.
 */
export function fit(demands: readonly Demand[], balances: Balances, released: readonly Demand[] = []): Fit {
  const returned = sumByAccount(released);
  const reasons: Reason[] = [];
  for (const [path, { account, amount }] of sumByAccount(demands)) {
    const { holder, resource } = account;
    const balance = balances.get(path);
    if (!balance) {
      reasons.push(reason('E_QUOTA_MISSING', { holder, resource: resourceNames[resource] }, path));
      continue;
    }
    const back = returned.get(path)?.amount ?? Amount.of(amount.unit, 0n);
    const free = freeOf(balance).plus(back);
    if (amount.compare(back) <= 0 || amount.compare(free) <= 0) continue;
    reasons.push(
      reason(
        'E_QUOTA_EXCEEDED',
        {
          holder,
          resource: resourceNames[resource],
          asked: formatQuantity(resource, amount),
          free: formatQuantity(resource, free),
          hard: formatQuantity(resource, balance.hard),
          posted: formatQuantity(resource, balance.posted),
          pending: formatQuantity(resource, balance.pending.minus(back)),
        },
        path,
      ),
    );
  }
  return reasons.length === 0 ? { ok: true } : { ok: false, reasons };
}

/**
 * Every soft limit that demands go beyond: of the accounts on which they take more than the same asker gives back. Nothing is
 * refused by it.
 * @param soft by account scope (see `scopePath`)
 */
export function beyondSoft(
  demands: readonly Demand[],
  balances: Balances,
  soft: ReadonlyMap<string, SoftLimits>,
  released: readonly Demand[] = [],
): readonly Reason[] {
  const returned = sumByAccount(released);
  const warnings: Reason[] = [];
  for (const [path, { account, amount }] of sumByAccount(demands)) {
    const { holder, resource } = account;
    const limits = soft.get(path.slice(0, -resource.length - 1));
    const balance = balances.get(path);
    const back = returned.get(path)?.amount ?? Amount.of(amount.unit, 0n);
    if (!limits || !balance || amount.compare(back) <= 0) continue;
    const after = { ...balance, pending: balance.pending.minus(back).plus(amount) };
    if (!isAboveSoft(after, limits)) continue;
    const params = {
      holder,
      resource: resourceNames[resource],
      used: formatQuantity(resource, after.pending.plus(after.posted)),
      soft: limits[resource] ?? '',
      hard: formatQuantity(resource, balance.hard),
    };
    warnings.push(reason('E_QUOTA_SOFT', params, path));
  }
  return warnings;
}
