import { reason } from '../../errors.ts';
import type { Filter } from '../filter.ts';

/** What recovers others after a disaster stands in another zone than they do. */
export const recovery: Filter = ({ recoveryOf = [] }, { pool }) =>
  recoveryOf
    .filter((it) => it.zone === pool.zone)
    .map(({ allocation, zone }) => reason('E_POOL_RECOVERY', { allocation, zone }));
