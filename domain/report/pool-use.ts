import type { ReportRow } from '../../api/reports/report.ts';
import type { Resource } from '../quantity.ts';
import { DAY_STEPS, daysIn } from '../usage/day.ts';
import { exact } from './table.ts';
import { WHOLE_COVERAGE } from './use.ts';

/** What is used of a pool's resource, by the daily rollups of a period. */
export interface PoolUse {
  readonly pool: string;
  readonly resource: 'cpu' | 'memory';
  /** The sum of the allocations' 95th percentiles, each the highest of its days', in millicores or bytes. */
  readonly p95: bigint;
  /** What was granted to each, times the samples that were seen of it. */
  readonly seen: bigint;
}

export interface UseOfPools {
  /** First and last day, YYYY-MM-DD. */
  readonly period: { readonly from: string; readonly to: string };
  readonly pools: readonly PoolUse[];
}

/** How a resource's use is named. Disks are not told apart by their kind where their use is measured. */
export function measuredAs(resource: Resource): PoolUse['resource'] | undefined {
  return resource === 'vcpu' ? 'cpu' : resource === 'memory' ? 'memory' : undefined;
}

/**
 * What is used of some pools, and how much of what was granted that stands for: what was granted and not seen, for
 * whatever reason, lowers it. Under 90 % there is no figure.
 * @param posted what is granted from them
 */
export function usedCells(
  { period, pools }: UseOfPools,
  resource: Resource,
  names: ReadonlySet<string>,
  posted: bigint,
): Pick<ReportRow, 'usedP95' | 'coverage'> {
  if (posted <= 0n) return { usedP95: null, coverage: null };
  const of = pools.filter((it) => it.resource === measuredAs(resource) && names.has(it.pool));
  const sum = (key: 'p95' | 'seen') => of.reduce((total, it) => total + it[key], 0n);
  const whole = posted * BigInt(daysIn({ from: period.from, until: period.to }) * DAY_STEPS);
  const share = Number((sum('seen') * 10_000n) / whole);
  // Of an allocation that was made smaller, more may have been seen than is granted now.
  const coverage = Math.min(share, 10_000);
  return { usedP95: coverage < WHOLE_COVERAGE ? null : exact(sum('p95')), coverage };
}
