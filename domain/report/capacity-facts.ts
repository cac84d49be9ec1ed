import type {
  CapacityPool,
  InformationSystem,
  MemberCluster,
  Organization,
} from '../../api/v1alpha1/index.ts';
import type { Localized } from '../../api/reports/report.ts';
import { reportNotes } from '../../messages/report-texts.ts';
import { cityDay } from '../calendar.ts';
import type { Resource } from '../quantity.ts';
import type { Balance, SoftLimits } from '../quota/fit.ts';
import type { Holding } from './holdings.ts';
import type { UseOfPools } from './pool-use.ts';
import { both, exact } from './table.ts';

/** Everything that a report of capacity is made from. */
export interface CapacityFacts {
  /** RFC 3339 */
  readonly asOf: string;
  readonly madeAt: string;
  /** The end of the same day of the month before, RFC 3339. */
  readonly before: string;
  /** When the books begin, RFC 3339. */
  readonly first: string;
  readonly zone?: string | undefined;
  /** The code of the organisation that it is about; undefined: the city. */
  readonly organization?: string | undefined;
  /** Of pools and organisations, at `asOf` and at `before`. */
  readonly balances: readonly Balance[];
  readonly balancesBefore: readonly Balance[];
  /** When limits were first and last set, by `scopePath`. */
  readonly limits: ReadonlyMap<string, { readonly first: Date; readonly last: Date }>;
  /** Soft limits by account scope path, as they are now; empty when a past moment is told. */
  readonly soft: ReadonlyMap<string, SoftLimits>;
  readonly use: UseOfPools;
  readonly holdings: readonly Holding[];
  /** When allocations were last accepted, by `namespace/name`. */
  readonly accepted: ReadonlyMap<string, Date>;
  /** By how much what is granted changed, by pool and day, in order. */
  readonly daily: readonly {
    readonly pool: string;
    readonly resource: Resource;
    readonly day: string;
    readonly amount: bigint;
  }[];
  readonly organizations: ReadonlyMap<string, Organization>;
  readonly pools: ReadonlyMap<string, CapacityPool>;
  readonly clusters: readonly MemberCluster[];
  readonly systems: readonly InformationSystem[];
}

/** The books and the register alone, without what is used. */
export type PoolFacts = Omit<CapacityFacts, 'use'>;

/** Whether the books know the month before. */
export function isComparable({ before, first }: CapacityFacts): boolean {
  return before >= first;
}

/** By how much an amount changed in the month; null when the books do not know the month before. */
export function changeOf(facts: CapacityFacts, now: bigint, before: bigint): number | null {
  return isComparable(facts) ? exact(now - before) : null;
}

export function changeNote(facts: CapacityFacts): Localized {
  return both(reportNotes.change, { day: cityDay(facts.before) });
}
