import type { CapacityPool } from '../../api/v1alpha1/index.ts';
import type { Reason } from '../errors.ts';
import { Amount, type Resource, RESOURCES, type ResourceVector, unitOf } from '../quantity.ts';
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
import { type FilterName, FILTERS } from './filters/index.ts';
import type { Candidate, Workload } from './filter.ts';
import { fragmentationOf } from './fragmentation.ts';

/** All that a placement depends on. */
export interface PlacementInput {
  readonly workload: Workload;
  readonly candidates: readonly Candidate[];
  /** What the workload takes from a pool. */
  readonly amounts: ResourceVector;
  readonly balances: Balances;
  /** What it would ask, in a pool, of the accounts that stand for that pool's architecture. */
  readonly quotasAt: (pool: Candidate['pool']) => readonly Demand[];
  /** What is given back with it: the hold that this one replaces. */
  readonly released: readonly Demand[];
}

/** Why a pool is refused, and by which filter. */
export interface Refusal extends Reason {
  readonly filter: FilterName;
}

/** What would be left of the pool's scarcest resource, in basis points of its limit, rounded down. */
export interface Score {
  readonly basisPoints: number;
  /** Absent where the pool has no limit of anything that could become scarce. */
  readonly scarcest?: Resource;
}

/** What was said of one pool: chosen, or fit but not chosen (no reasons), or refused with every reason. */
export interface PoolVerdict {
  readonly pool: string;
  readonly chosen: boolean;
  readonly reasons: readonly Refusal[];
  /** Of a pool that is not refused; the highest is chosen, by the exact share, then by name. */
  readonly score?: Score;
}

export interface Placement {
  readonly chosen: Candidate | undefined;
  readonly verdicts: readonly PoolVerdict[];
  /** That pools have room enough together, but none of them alone, and the largest that one has. */
  readonly fragmented?: Reason;
}

/** A pool's account without its resource. */
export function poolAccount(pool: CapacityPool): Omit<AccountKey, 'resource'> {
  return accountOf({ name: pool.metadata.name, ...pool.spec });
}

/** The same of a candidate's pool. */
export function accountOf({
  name,
  zone,
  arch,
}: Pick<Candidate['pool'], 'name' | 'zone' | 'arch'>): Omit<AccountKey, 'resource'> {
  return { holderKind: 'pool', holder: name, zone, arch };
}

const FILTER_LIST = Object.entries(FILTERS) as readonly (readonly [
  keyof typeof FILTERS,
  (typeof FILTERS)[keyof typeof FILTERS],
])[];

/**
 * Chooses a pool: every filter judges every pool, then its capacity and the quotas that stand for its architecture
 * alone; of those that fit the one that keeps the largest free share of its scarcest resource is taken, by name when
 * equal, so that pools fill evenly.
 */
export function placeWorkload(input: PlacementInput): Placement {
  const { workload, candidates, amounts, balances, quotasAt, released } = input;
  const returned = sumByAccount(released);
  const byName = (a: Candidate, b: Candidate) => (a.pool.name < b.pool.name ? -1 : 1);
  const judged = [...candidates].sort(byName).map((candidate) => {
    const { pool } = candidate;
    const refusals: Refusal[] = [];
    for (const [filter, judge] of FILTER_LIST)
      for (const why of judge(workload, candidate)) refusals.push({ ...why, filter });
    const room = fit([...demandsOn(accountOf(pool), amounts), ...quotasAt(pool)], balances, released);
    if (!room.ok) for (const why of room.reasons) refusals.push({ ...why, filter: 'capacity' });
    const share = refusals.length === 0 ? freeShare(pool, amounts, balances, returned) : undefined;
    return { candidate, refusals, share };
  });
  let best: { readonly candidate: Candidate; readonly share: Share } | undefined;
  for (const { candidate, share } of judged)
    if (share && (!best || compareShares(share, best.share) > 0)) best = { candidate, share };
  const chosen = best?.candidate;
  const fragmented = chosen
    ? undefined
    : fragmentationOf(
        judged.filter(({ refusals }) => refusals.every(isOfPool)).map((it) => it.candidate.pool),
        amounts,
        balances,
        returned,
      );
  return Object.freeze({
    chosen,
    verdicts: judged.map(({ candidate, refusals, share }) => ({
      pool: candidate.pool.name,
      chosen: candidate === chosen,
      reasons: refusals,
      ...(share ? { score: scoreOf(share) } : {}),
    })),
    ...(fragmented ? { fragmented } : {}),
  });
}

/** Whether all that keeps a workload out is the room in the pool itself. */
function isOfPool({ filter, where }: Refusal): boolean {
  return filter === 'capacity' && (where?.startsWith('pool/') ?? false);
}

/** Free over hard of the scarcest resource after placement, as a fraction of integers. */
interface Share {
  readonly free: bigint;
  readonly hard: bigint;
  readonly resource?: Resource;
}

const WHOLE: Share = { free: 1n, hard: 1n };

function compareShares(a: Share, b: Share): number {
  const left = a.free * b.hard;
  const right = b.free * a.hard;
  return left < right ? -1 : left > right ? 1 : 0;
}

function freeShare(
  pool: Candidate['pool'],
  amounts: ResourceVector,
  balances: Balances,
  returned: ReadonlyMap<string, Demand>,
): Share {
  const account = accountOf(pool);
  let least = WHOLE;
  for (const resource of RESOURCES) {
    const path = accountPath({ ...account, resource });
    const balance = balances.get(path);
    if (!balance || balance.hard.value <= 0n) continue;
    const back = returned.get(path)?.amount ?? Amount.of(unitOf(resource), 0n);
    const free = freeOf(balance).plus(back).minus(amounts.get(resource)).value;
    const share = { free, hard: balance.hard.value, resource };
    if (compareShares(share, least) < 0) least = share;
  }
  return least;
}

const BASIS_POINTS = 10_000n;

function scoreOf({ free, hard, resource }: Share): Score {
  const [scaled, rest] = [(free * BASIS_POINTS) / hard, (free * BASIS_POINTS) % hard];
  const down = rest < 0n ? scaled - 1n : scaled;
  return {
    // An overdrawn pool may have less than nothing to any extent: as a score all of it is as bad.
    basisPoints: Number(down < -BASIS_POINTS ? -BASIS_POINTS : down),
    ...(resource === undefined ? {} : { scarcest: resource }),
  };
}
