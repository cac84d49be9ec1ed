import { reason } from '../../errors.ts';
import { type Filter, PASSES } from '../filter.ts';

/**
 * New work goes to a member that answers and that is in the pool's zone: whoever asked for one network must not come to
 * stand in another. A change waits for its member instead: it has nowhere else to go.
 */
export const member: Filter = ({ standsIn }, { pool, member: it }) => {
  if (standsIn !== undefined) return PASSES;
  const { cluster, zone } = pool;
  return [
    ...(it?.ready ? [] : [reason('E_POOL_NOT_READY', { cluster })]),
    ...(it === undefined || it.zone === zone
      ? []
      : [reason('E_CLUSTER_ZONE', { cluster, serves: it.zone, zone })]),
  ];
};
