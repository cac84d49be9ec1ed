import type { CapacityPool } from '../../api/v1alpha1/index.ts';
import type { Reason } from '../errors.ts';
import { Amount, RESOURCES, type ResourceVector, unitOf } from '../quantity.ts';
import { demandsOn } from '../quota/accounts.ts';
import {
  accountPath,
  type AccountKey,
  type Balances,
  type Demand,
  fit,
  freeOf,
  sumByAccount,
} from '../quota/fit.ts';
import { FILTERS } from './filters/index.ts';
import type { Candidate, Workload } from './filter.ts';

/** What was said of one pool: chosen, or fit but not chosen (no reasons), or refused with every reason. */
export interface PoolVerdict {
  readonly pool: string;
  readonly chosen: boolean;
  readonly reasons: readonly Reason[];
}

export interface Placement {
  readonly chosen: Candidate | undefined;
  readonly verdicts: readonly PoolVerdict[];
}

/** A pool's account without its resource. */
export function poolAccount(pool: CapacityPool): Omit<AccountKey, 'resource'> {
  return { holderKind: 'pool', holder: pool.metadata.name, zone: pool.spec.zone, arch: pool.spec.arch };
}

/**
 * Chooses a pool: every filter judges every pool, then its capacity and the quotas that stand for its architecture
 * alone; of those that fit the one that keeps the largest free share of its scarcest resource is taken, by name when
 * equal, so that pools fill evenly.
 *
 * @param amounts what the workload takes from a pool
 * @param quotasAt what it would ask, in a pool, of the accounts that stand for that pool's architecture
 * @param released what is given back with it: the hold that this one replaces
 */
export function placeWorkload(
  workload: Workload,
  candidates: readonly Candidate[],
  amounts: ResourceVector,
  balances: Balances,
  quotasAt: (pool: CapacityPool) => readonly Demand[],
  released: readonly Demand[] = [],
): Placement {
  const byName = (a: Candidate, b: Candidate) => (a.pool.metadata.name < b.pool.metadata.name ? -1 : 1);
  const judged = [...candidates].sort(byName).map((candidate) => {
    const refused = FILTERS.flatMap((filter) => filter(workload, candidate));
    const { pool } = candidate;
    const asked = [...demandsOn(poolAccount(pool), amounts), ...quotasAt(pool)];
    const room = fit(asked, balances, released);
    const reasons = room.ok ? refused : [...refused, ...room.reasons];
    return { candidate, reasons, share: freeShare(candidate, amounts, balances, released) };
  });
  const best = judged
    .filter(({ reasons }) => reasons.length === 0)
    .sort((a, b) => compareShares(b.share, a.share))[0];
  return Object.freeze({
    chosen: best?.candidate,
    verdicts: judged.map(({ candidate, reasons }) => ({
      pool: candidate.pool.metadata.name,
      chosen: candidate === best?.candidate,
      reasons,
    })),
  });
}

/** Free over hard of the scarcest resource after placement, as a fraction of integers. */
interface Share {
  readonly free: bigint;
  readonly hard: bigint;
}

function compareShares(a: Share, b: Share): number {
  const left = a.free * b.hard;
  const right = b.free * a.hard;
  return left < right ? -1 : left > right ? 1 : 0;
}

function freeShare(
  candidate: Candidate,
  amounts: ResourceVector,
  balances: Balances,
  released: readonly Demand[],
): Share {
  const returned = sumByAccount(released);
  const shares = RESOURCES.flatMap((resource) => {
    const path = accountPath({ ...poolAccount(candidate.pool), resource });
    const balance = balances.get(path);
    if (!balance || balance.hard.value <= 0n) return [];
    const back = returned.get(path)?.amount ?? Amount.of(unitOf(resource), 0n);
    return [
      { free: freeOf(balance).plus(back).minus(amounts.get(resource)).value, hard: balance.hard.value },
    ];
  });
  return shares.reduce((least, share) => (compareShares(share, least) < 0 ? share : least), {
    free: 1n,
    hard: 1n,
  });
}
