import type { KubeClient } from './client.ts';
import { KubeClientError, KubeError } from './errors.ts';
import type { KubeObject, ObjectName, ResourceRef, Stored } from './types.ts';

export interface WaitOptions {
  /** Longest wait in ms. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Waits until an object is as wanted and returns it; the condition sees undefined while there is no such object.
 * @throws KubeClientError E_WAIT_TIMEOUT
 */
export async function waitFor<T extends KubeObject = KubeObject>(
  client: KubeClient,
  resource: ResourceRef,
  object: ObjectName,
  condition: (object: Stored<T> | undefined) => boolean,
  options: WaitOptions,
): Promise<Stored<T> | undefined> {
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
  const selection = { namespace: object.namespace, fieldSelector: `metadata.name=${object.name}` };
  try {
    for (;;) {
      const { items, resourceVersion } = await client.list<T>(resource, { ...selection, signal });
      if (condition(items[0])) return items[0];
      try {
        for await (const event of await client.watch<T>(resource, {
          ...selection,
          resourceVersion,
          signal,
        })) {
          if (event.type === 'BOOKMARK') continue;
          const seen = event.type === 'DELETED' ? undefined : event.object;
          if (condition(seen)) return seen;
        }
      } catch (error) {
        if (!(error instanceof KubeError && error.status === 410)) throw error;
      }
    }
  } catch (error) {
    if (!timeout.aborted || options.signal?.aborted) throw error;
    const what = `${resource.plural} ${object.namespace ? `${object.namespace}/` : ''}${object.name}`;
    throw new KubeClientError('E_WAIT_TIMEOUT', { what, seconds: String(options.timeoutMs / 1000) }, error);
  }
}
