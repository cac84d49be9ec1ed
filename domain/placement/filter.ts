import type { CapacityPool, CatalogItem, MemberCluster } from '../../api/v1alpha1/index.ts';
import type { Reason } from '../errors.ts';

/** What is to be placed. */
export interface Workload {
  readonly zone: string;
  /** Absent: any. */
  readonly arch?: 'amd64' | 'arm64';
  readonly mlps: number;
  readonly items: readonly CatalogItem[];
  /** For a change: the pool in which it stands. */
  readonly standsIn?: string;
}

export interface Candidate {
  readonly pool: CapacityPool;
  readonly cluster: MemberCluster | undefined;
}

/** Every reason why a candidate cannot take the workload; an empty list when it can. */
export type Filter = (workload: Workload, candidate: Candidate) => readonly Reason[];
