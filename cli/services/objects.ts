import { setTimeout as delay } from 'node:timers/promises';
import { KubeClientError, KubeError } from '../../kube/errors.ts';
import type { KubeObject, Stored, WatchEvent } from '../../kube/types.ts';
import type { Hub, PlacedList } from '../hub/hub.ts';
import type { KindRef } from '../hub/kinds.ts';

export interface Change<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: T;
}

export interface WatchOptions {
  /** This object alone, instead of all that the selector chooses. */
  readonly name?: string;
  readonly signal?: AbortSignal | undefined;
  /** Is told, once for each time, that the connection is lost; the watch goes on when the server is back. */
  readonly onBroken?: ((error: Error) => Promise<void>) | undefined;
}

/** API servers send a bookmark each minute: a connection on which nothing came for so long is dead. */
const IDLE_MS = 180_000;
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 10_000;

/** Follows changes after lists. */
export function watchObjects<T extends KubeObject>(
  hub: Hub,
  kind: KindRef,
  from: readonly PlacedList<T>[],
  options: WatchOptions,
): AsyncGenerator<Change<Stored<T>>, void, void> {
  return merged(options.signal, (signal) =>
    from.map((list) => watchList(hub, kind, list, { ...options, signal })),
  );
}

/**
 * Whatever comes from any of several sources, as it comes. When it ends, by its reader or by a fault of one source,
 * the signal that the sources were given is aborted, so that none keeps the program alive.
 */
export async function* merged<T>(
  outer: AbortSignal | undefined,
  open: (signal: AbortSignal) => readonly AsyncGenerator<T, void, void>[],
): AsyncGenerator<T, void, void> {
  const end = new AbortController();
  const sources = open(outer ? AbortSignal.any([outer, end.signal]) : end.signal);
  const next = async (source: AsyncGenerator<T, void, void>) => ({ source, result: await source.next() });
  const waiting = new Map(sources.map((source) => [source, next(source)]));
  try {
    while (waiting.size > 0) {
      const { source, result } = await Promise.race(waiting.values());
      waiting.delete(source);
      if (result.done) continue;
      yield result.value;
      waiting.set(source, next(source));
    }
  } finally {
    end.abort();
    await Promise.allSettled(waiting.values());
  }
}

/** Follows changes after a list, across servers that end watches, go away and come back. */
async function* watchList<T extends KubeObject>(
  hub: Hub,
  kind: KindRef,
  from: PlacedList<T>,
  { name, signal, onBroken }: WatchOptions,
): AsyncGenerator<Change<Stored<T>>, void, void> {
  const selection = {
    namespace: from.namespace,
    ...(name === undefined ? { labelSelector: hub.selector } : { fieldSelector: `metadata.name=${name}` }),
  };
  const key = ({ metadata }: Stored<T>) => metadata.uid;
  const seen = new Map(from.items.map((it) => [key(it), it]));
  let version: string | undefined = from.resourceVersion;
  let delayMs = FIRST_DELAY_MS;
  for (;;) {
    try {
      if (version === undefined) {
        // The version was compacted away: look at everything again and tell what differs.
        const list = await hub.client.list<T>(kind, selection);
        version = list.resourceVersion;
        const there = new Set(list.items.map(key));
        for (const object of [...seen.values()].filter((it) => !there.has(key(it)))) {
          seen.delete(key(object));
          yield { type: 'DELETED', object };
        }
        for (const object of list.items) {
          const before = seen.get(key(object));
          if (before?.metadata.resourceVersion === object.metadata.resourceVersion) continue;
          seen.set(key(object), object);
          yield { type: before ? 'MODIFIED' : 'ADDED', object };
        }
      }
      const events: AsyncGenerator<WatchEvent<T>, void, void> = await hub.client.watch<T>(kind, {
        ...selection,
        resourceVersion: version,
        idleTimeoutMs: IDLE_MS,
        signal,
      });
      delayMs = FIRST_DELAY_MS;
      for await (const event of events) {
        if (event.type === 'BOOKMARK') {
          version = event.resourceVersion;
          continue;
        }
        version = event.object.metadata.resourceVersion;
        if (event.type === 'DELETED') seen.delete(key(event.object));
        else seen.set(key(event.object), event.object);
        yield event;
      }
    } catch (error) {
      if (error instanceof KubeError && error.status === 410) {
        version = undefined;
        continue;
      }
      if (!isAway(error)) throw error;
      if (delayMs === FIRST_DELAY_MS) await onBroken?.(error as Error);
      await delay(delayMs, undefined, signal ? { signal } : {});
      delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS);
    }
  }
}

/** Whether a server is away or overloaded, and not against what is asked. */
function isAway(error: unknown): boolean {
  if (error instanceof KubeError) return error.status === 429 || error.status >= 500;
  return error instanceof KubeClientError && ['E_API_UNREACHABLE', 'E_API_TIMEOUT'].includes(error.code);
}
