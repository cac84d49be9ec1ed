import { infrastructureConditions } from '../messages/infrastructure.ts';
import type { WantedCondition } from './conditions.ts';

/** How many of those that use an object are named; a condition's text is bounded. */
export const NAMED = 10;

/** What uses an object, so that it cannot be deleted. */
export interface User {
  readonly kind: string;
  readonly metadata: { readonly namespace?: string; readonly name: string };
}

/**
 * Whether an object is in use, as its condition tells it; admission shows that text to whoever would delete the object.
 * Names the first of its users, in the order of their names, so that the text moves only when one of these comes or
 * goes. One pass that builds nothing: an item may have thousands of users and is looked at whenever one of them moves.
 * @param reasons of the condition, where it is used and where it is not
 * @param list a command that lists all that may use it
 */
export function inUse(
  users: Iterable<User>,
  reasons: { readonly used: string; readonly free: string },
  list: string,
): WantedCondition {
  const first: User[] = [];
  for (const user of users) {
    const last = first[NAMED];
    if (last && !isBefore(user, last)) continue;
    const at = first.findIndex((it) => isBefore(user, it));
    first.splice(at === -1 ? first.length : at, 0, user);
    if (first.length > NAMED + 1) first.pop();
  }
  if (first.length === 0) {
    return {
      type: 'InUse',
      status: 'False',
      reason: reasons.free,
      message: infrastructureConditions.notInUse,
    };
  }
  const named = first
    .slice(0, NAMED)
    .map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`)
    .join(', ');
  return {
    type: 'InUse',
    status: 'True',
    reason: reasons.used,
    message: first.length > NAMED ? infrastructureConditions.inUseByMore : infrastructureConditions.inUse,
    params: { users: named, list },
  };
}

function isBefore(a: User, b: User): boolean {
  const [here, there] = [a.metadata, b.metadata];
  if (here.namespace !== there.namespace) return (here.namespace ?? '') < (there.namespace ?? '');
  return here.name !== there.name ? here.name < there.name : a.kind < b.kind;
}
