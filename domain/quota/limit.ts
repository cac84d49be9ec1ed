import type { Quota } from '../../api/v1alpha1/index.ts';
import { dayAfter } from '../calendar.ts';
import { ResourceVector } from '../quantity.ts';

/** What a quota gives on a day: its standing limits with every grant in force. @param day YYYY-MM-DD, in the city */
export function limitOn({ limits, grants = [] }: Quota['spec'], day: string): ResourceVector {
  return grants
    .filter(({ from, until }) => from <= day && (until === undefined || day <= until))
    .reduce((sum, grant) => sum.plus(ResourceVector.parse(grant.limits)), ResourceVector.parse(limits));
}

/** The days on which a grant begins or has just lapsed, in order, each once. */
export function changeDays({ grants = [] }: Quota['spec']): readonly string[] {
  const days = grants.flatMap(({ from, until }) =>
    until === undefined ? [from] : [from, dayAfter(until, 1)],
  );
  return [...new Set(days)].sort();
}
