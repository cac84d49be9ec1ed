import { dataClass as classes } from '../../../api/v1alpha1/index.ts';
import { dataClasses } from '../../../messages/cli-views.ts';
import { reason } from '../../errors.ts';
import { type Filter, PASSES } from '../filter.ts';

/** The system's data are of a class that the zone may hold. A pool without a member has no zone to judge by. */
export const dataClass: Filter = ({ dataClass: asked }, { pool, member }) => {
  const highest = member?.maxDataClass;
  if (asked === undefined || highest === undefined) return PASSES;
  const rank = (of: typeof asked) => classes.options.indexOf(of);
  if (rank(asked) <= rank(highest)) return PASSES;
  const params = { zone: pool.zone, highest: dataClasses[highest], asked: dataClasses[asked] };
  return [reason('E_POOL_DATA_CLASS', params)];
};
