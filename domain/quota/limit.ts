import type { Quota } from '../../api/v1alpha1/index.ts';
import { ResourceVector } from '../quantity.ts';

const DAY = 86_400_000;

/** What a quota gives on a day: its standing limits with every grant in force. @param day YYYY-MM-DD, in the city */
export function limitOn({ limits, grants = [] }: Quota['spec'], day: string): ResourceVector {
  return grants
    .filter(({ from, until }) => from <= day && (until === undefined || day <= until))
    .reduce((sum, grant) => sum.plus(ResourceVector.parse(grant.limits)), ResourceVector.parse(limits));
}

/** The days on which a grant begins or has just lapsed, in order, each once. */
export function changeDays({ grants = [] }: Quota['spec']): readonly string[] {
  const days = grants.flatMap(({ from, until }) => (until === undefined ? [from] : [from, dayAfter(until)]));
  return [...new Set(days)].sort();
}

function dayAfter(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + DAY).toISOString().slice(0, 10);
}
