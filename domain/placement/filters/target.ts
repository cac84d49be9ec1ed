import { reason } from '../../errors.ts';
import { type Filter, PASSES } from '../filter.ts';

/** A change of something granted stays where it stands; moving is a migration. */
export const target: Filter = ({ standsIn }, { pool }) =>
  standsIn === undefined || standsIn === pool.name ? PASSES : [reason('E_POOL_TARGET', { pool: standsIn })];
