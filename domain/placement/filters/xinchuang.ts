import { reason } from '../../errors.ts';
import { type Filter, PASSES } from '../filter.ts';

/** A system that must run on domestic technology stands in a Xinchuang pool. */
export const xinchuang: Filter = (workload, { pool }) =>
  workload.xinchuang && !pool.xinchuang ? [reason('E_POOL_XINCHUANG')] : PASSES;
