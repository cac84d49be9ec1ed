import { reason } from '../../errors.ts';
import type { Filter } from '../filter.ts';

/** New work goes to a member that answers. A change waits for its member instead: it has nowhere else to go. */
export const memberReady: Filter = (workload, { pool, cluster }) => {
  const ready = cluster?.status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
  return ready || workload.standsIn !== undefined
    ? []
    : [reason('E_POOL_NOT_READY', { cluster: pool.spec.cluster })];
};
