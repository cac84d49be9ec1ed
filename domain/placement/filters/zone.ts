import { reason } from '../../errors.ts';
import { type Filter, PASSES } from '../filter.ts';

/** The pool is in the zone asked for, and every item is offered there. */
export const zone: Filter = ({ zone: asked, items }, { pool }) => {
  const isThere = pool.zone === asked;
  if (isThere && items.every(({ zones }) => zones.includes(asked))) return PASSES;
  return [
    ...(isThere ? [] : [reason('E_POOL_ZONE', { zone: pool.zone, asked })]),
    ...items
      .filter(({ zones }) => !zones.includes(pool.zone))
      .map(({ item }) => reason('E_POOL_ITEM_ZONE', { item, zone: pool.zone })),
  ];
};
