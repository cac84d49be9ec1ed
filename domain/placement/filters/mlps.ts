import { reason } from '../../errors.ts';
import { type Filter, PASSES } from '../filter.ts';

/** The system's MLPS level is within the zone's. A pool without a member has no zone to judge by. */
export const mlps: Filter = ({ mlps: asked }, { pool, member }) =>
  member === undefined || asked <= member.maxMlps
    ? PASSES
    : [reason('E_POOL_MLPS', { zone: pool.zone, highest: member.maxMlps, asked })];
