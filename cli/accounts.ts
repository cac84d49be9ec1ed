/** What the accounts of all the city's people have in front of their names. */
const PEOPLE = 'system:serviceaccount:govcloud-people:';

/**
 * An account as the hub calls it, from what people call it: who may decide on what is compared by that alone, so a short name in a
 * request would bar nobody.
 */
export function accountOf(name: string): string {
  return name.includes(':') ? name : `${PEOPLE}${name}`;
}
