import { reason } from '../../errors.ts';
import type { Filter } from '../filter.ts';

/** What is to be apart from others of its system stands in another pool than they do. */
export const antiAffinity: Filter = ({ apartFrom = [] }, { pool }) =>
  apartFrom
    .filter((it) => it.pool === pool.name)
    .map(({ allocation }) => reason('E_POOL_APART', { allocation }));
