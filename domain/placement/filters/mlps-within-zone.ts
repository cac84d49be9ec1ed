import { reason } from '../../errors.ts';
import type { Filter } from '../filter.ts';

/** The system's MLPS level is within the zone's. A pool without a member has no zone to judge by. */
export const mlpsWithinZone: Filter = (workload, { pool, cluster }) =>
  cluster === undefined || workload.mlps <= cluster.spec.maxMlps
    ? []
    : [reason('E_POOL_MLPS', { zone: pool.spec.zone, highest: cluster.spec.maxMlps, asked: workload.mlps })];
