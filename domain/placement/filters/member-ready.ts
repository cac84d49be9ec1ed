import { reason } from '../../errors.ts';
import type { Filter } from '../filter.ts';

/**
 * New work goes to a member that answers and that is in the pool's zone: whoever asked for one network must not come to
 * stand in another. A change waits for its member instead: it has nowhere else to go.
 */
export const memberReady: Filter = (workload, { pool, cluster }) => {
  if (workload.standsIn !== undefined) return [];
  const { cluster: name, zone } = pool.spec;
  const ready = cluster?.status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
  return [
    ...(ready ? [] : [reason('E_POOL_NOT_READY', { cluster: name })]),
    ...(cluster === undefined || cluster.spec.zone === zone
      ? []
      : [reason('E_CLUSTER_ZONE', { cluster: name, serves: cluster.spec.zone, zone })]),
  ];
};
