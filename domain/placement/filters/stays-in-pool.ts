import { reason } from '../../errors.ts';
import type { Filter } from '../filter.ts';

/** A change of something granted stays where it stands; moving is a migration. */
export const staysInPool: Filter = (workload, { pool }) =>
  workload.standsIn === undefined || workload.standsIn === pool.metadata.name
    ? []
    : [reason('E_POOL_TARGET', { pool: workload.standsIn })];
