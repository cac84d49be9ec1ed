import { reason } from '../../errors.ts';
import type { Filter } from '../filter.ts';

/** Every item asked for is offered in the pool's zone and on its architecture. */
export const itemOffered: Filter = (workload, { pool }) =>
  workload.items.flatMap((item) => [
    ...(item.spec.zones.includes(pool.spec.zone)
      ? []
      : [reason('E_POOL_ITEM_ZONE', { item: item.metadata.name, zone: pool.spec.zone })]),
    ...(item.spec.archs.includes(pool.spec.arch)
      ? []
      : [reason('E_POOL_ITEM_ARCH', { item: item.metadata.name, arch: pool.spec.arch })]),
  ]);
