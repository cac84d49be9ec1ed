import type { Hub } from './hub.ts';

/** What the caller may do, each right asked of the hub once. For one look: rights change. */
export function rightsOf(hub: Hub): Hub['may'] {
  const asked = new Map<string, Promise<boolean>>();
  return (ask) => {
    const { verb, resource, subresource = '', namespace = '' } = ask;
    const key = `${verb} ${resource.plural}/${subresource} ${namespace}`;
    const answer = asked.get(key) ?? hub.may(ask);
    asked.set(key, answer);
    return answer;
  };
}
