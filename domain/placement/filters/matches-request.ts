import { reason } from '../../errors.ts';
import type { Filter } from '../filter.ts';

/** The pool is in the zone asked for and of the architecture asked for, if one was. */
export const matchesRequest: Filter = (workload, { pool }) => [
  ...(pool.spec.zone === workload.zone
    ? []
    : [reason('E_POOL_ZONE', { zone: pool.spec.zone, asked: workload.zone })]),
  ...(workload.arch === undefined || pool.spec.arch === workload.arch
    ? []
    : [reason('E_POOL_ARCH', { arch: pool.spec.arch, asked: workload.arch })]),
];
