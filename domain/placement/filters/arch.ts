import { reason } from '../../errors.ts';
import { type Filter, PASSES } from '../filter.ts';

/**
 * The pool is of the architecture asked for, if one was, and every item runs on it: the item as such, and what was chosen
 * of it, such as its image or its database.
 */
export const arch: Filter = ({ arch: asked, items }, { pool }) => {
  const has = (archs: readonly string[]) => archs.includes(pool.arch);
  const isAsked = asked === undefined || asked === pool.arch;
  if (isAsked && items.every(({ archs, values = [] }) => has(archs) && values.every((it) => has(it.archs))))
    return PASSES;
  return [
    ...(isAsked ? [] : [reason('E_POOL_ARCH', { arch: pool.arch, asked: asked ?? '' })]),
    ...items.flatMap(({ item, archs, values = [] }) =>
      has(archs)
        ? values
            .filter((it) => !has(it.archs))
            .map(({ parameter, value }) =>
              reason('E_POOL_VALUE_ARCH', { item, parameter, value, arch: pool.arch }),
            )
        : [reason('E_POOL_ITEM_ARCH', { item, arch: pool.arch })],
    ),
  ];
};
