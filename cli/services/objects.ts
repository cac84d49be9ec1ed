import type { KubeObject, Stored } from '../../kube/types.ts';
import { KubeError } from '../../kube/errors.ts';
import type { Hub } from '../hub/hub.ts';
import type { KindRef } from '../hub/kinds.ts';

/** The objects of a kind that a command is about. */
export function listObjects<T extends KubeObject>(hub: Hub, kind: KindRef): Promise<Stored<T>[]> {
  return hub.list<T>(kind, hub.selector);
}

/** The same, and the version from which a watch goes on. */
export function listForWatch<T extends KubeObject>(
  hub: Hub,
  kind: KindRef,
): Promise<{ items: Stored<T>[]; resourceVersion: string }> {
  const namespace = kind.namespaced ? hub.namespace : undefined;
  return hub.client.list<T>(kind, { namespace, labelSelector: hub.selector });
}

export interface Change<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: T;
}

/** Follows changes after a version, across servers that end watches. */
export async function* watchObjects<T extends KubeObject>(
  hub: Hub,
  kind: KindRef,
  from: string,
  options: {
    readonly name?: string;
    readonly namespace?: string | undefined;
    readonly signal?: AbortSignal;
  } = {},
): AsyncGenerator<Change<Stored<T>>, void, void> {
  const selection = {
    ...(kind.namespaced ? { namespace: options.namespace ?? hub.namespace } : {}),
    ...(options.name === undefined
      ? { labelSelector: hub.selector }
      : { fieldSelector: `metadata.name=${options.name}` }),
  };
  const seen = new Map<string, string>();
  const key = (object: Stored<T>) => `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
  let version = from;
  for (;;) {
    try {
      const events = await hub.client.watch<T>(kind, {
        ...selection,
        resourceVersion: version,
        ...(options.signal ? { signal: options.signal } : {}),
      });
      for await (const event of events) {
        if (event.type === 'BOOKMARK') {
          version = event.resourceVersion;
          continue;
        }
        version = event.object.metadata.resourceVersion;
        seen.set(key(event.object), version);
        yield event;
      }
    } catch (error) {
      if (!(error instanceof KubeError && error.status === 410)) throw error;
      // The version is compacted away: look at everything again and tell what differs.
      const list = await hub.client.list<T>(kind, selection);
      version = list.resourceVersion;
      for (const object of list.items) {
        if (seen.get(key(object)) === object.metadata.resourceVersion) continue;
        seen.set(key(object), object.metadata.resourceVersion);
        yield { type: 'MODIFIED', object };
      }
    }
  }
}
