import type { Quota } from '../../api/v1alpha1/index.ts';
import { ResourceVector } from '../quantity.ts';

/** What a quota gives on a day, and how long it has and will. */
export interface DatedLimit {
  /** The standing limits with every grant in force. */
  readonly hard: ResourceVector;
  /** The first day of this, YYYY-MM-DD; undefined if it was never otherwise. */
  readonly since: string | undefined;
  /** The first day on which another grant begins or one has lapsed; undefined if that never comes. */
  readonly next: string | undefined;
}

const DAY = 86_400_000;

/** @param day YYYY-MM-DD, the day in the city */
export function limitOn({ limits, grants = [] }: Quota['spec'], day: string): DatedLimit {
  const inForce = grants.filter(({ from, until }) => from <= day && (until === undefined || day <= until));
  const hard = inForce.reduce(
    (sum, grant) => sum.plus(ResourceVector.parse(grant.limits)),
    ResourceVector.parse(limits),
  );
  const changes = grants
    .flatMap(({ from, until }) => (until === undefined ? [from] : [from, dayAfter(until)]))
    .sort();
  return { hard, since: changes.findLast((it) => it <= day), next: changes.find((it) => it > day) };
}

function dayAfter(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + DAY).toISOString().slice(0, 10);
}
