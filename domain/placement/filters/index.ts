import { itemOffered } from './item-offered.ts';
import { memberReady } from './member-ready.ts';
import { mlpsWithinZone } from './mlps-within-zone.ts';
import { matchesRequest } from './matches-request.ts';
import { staysInPool } from './stays-in-pool.ts';
import type { Filter } from '../filter.ts';

/** The filters of placement, in the order in which their reasons are told. Capacity comes after them all. */
export const FILTERS: readonly Filter[] = [
  matchesRequest,
  itemOffered,
  mlpsWithinZone,
  staysInPool,
  memberReady,
];
