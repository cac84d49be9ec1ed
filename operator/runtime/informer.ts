import type { Logger } from 'pino';
import type { KubeClient } from '../../kube/client.ts';
import { sameJson } from '../../domain/same.ts';
import { isKubeError, KubeError } from '../../kube/errors.ts';
import type { KubeObject, ResourceRef, Stored } from '../../kube/types.ts';
import { type BackoffSettings, backoffMs, type Random } from './backoff.ts';
import { type Clock, sleep } from './clock.ts';

/** Told what happens in an informer. */
export interface InformerMetrics {
  objects(count: number): void;
  synced(synced: boolean): void;
  listed(): void;
  /** A list or watch failed. */
  failed(): void;
}

export interface InformerOptions<T extends KubeObject> {
  readonly client: KubeClient;
  readonly resource: ResourceRef;
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Named indexes: the values under which each object is found by `byIndex`. */
  readonly indexes?: Readonly<Record<string, (object: Stored<T>) => readonly string[]>>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: InformerMetrics;
  readonly settings?: Partial<InformerSettings>;
  /** Told when the server no longer knows the place reached, before anything that is listed then is emitted. */
  readonly onLost?: () => void;
}

export interface InformerSettings {
  /** Objects per page of a list. */
  readonly pageSize: number;
  /** Delays after failures in a row. */
  readonly backoff: BackoffSettings;
  /**
   * Shortest time after which the whole is listed anew, in ms; up to twice as long, at random. A change that no watch
   * told, and none says is missing, is found then.
   */
  readonly relistMs: number;
  /** A watch on which nothing came for so long is opened anew, in ms. Servers send a bookmark each minute. */
  readonly idleTimeoutMs: number;
}

const DEFAULTS: InformerSettings = {
  pageSize: 500,
  backoff: { baseMs: 500, maxMs: 5_000 },
  relistMs: 300_000,
  idleTimeoutMs: 150_000,
};

/** `namespace/name`, or the name of an object that has no namespace. */
export function keyOf(object: KubeObject): string {
  const { namespace, name } = object.metadata;
  return namespace ? `${namespace}/${name}` : name;
}

/** The object's name that `keyOf` made a key from. */
export function nameOf(key: string): { readonly name: string; readonly namespace?: string } {
  const slash = key.indexOf('/');
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** How long a server takes at most to say that it does not know the place that it was asked to go on from. */
const SETTLE_MS = 250;

/**
 * Why a key is emitted: something happened to an object that it is about, or that object was there before, and its status
 * is of what its spec says now.
 */
export type Cause = 'event' | 'list';

/**
 * What a subscriber hears of: whatever changes; only what people change, not what became of it; only an object that
 * comes to be about a key, or is so no longer; or, beside that and what people change, what a function gives of it.
 */
export type Heard<T extends KubeObject = KubeObject> =
  | 'all'
  | 'spec'
  | 'keys'
  | ((object: Stored<T>) => unknown);

interface Subscription<T extends KubeObject> {
  readonly keysOf: (object: Stored<T>) => readonly string[];
  readonly heard: Heard<T>;
  readonly emit: (key: string, cause: Cause) => void;
}

/**
 * A picture of one resource, kept by list and watch; who subscribes hears keys only and reads the picture.
 * Objects are frozen: what wants to change one copies it. The picture survives lost connections, since the watch
 * goes on where it stopped. When the server no longer knows that place (410), or its history was set back (etcd
 * restored), the picture counts as not synced until it has been listed anew.
 */
export class Informer<T extends KubeObject = KubeObject> {
  private readonly options: InformerOptions<T>;
  private readonly settings: InformerSettings;
  private readonly log: Logger;
  private readonly byKey = new Map<string, Stored<T>>();
  private readonly uids = new Map<string, Stored<T>>();
  private readonly indexes = new Map<string, Map<string, Map<string, Stored<T>>>>();
  private readonly subscriptions = new Set<Subscription<T>>();
  private readonly syncWaiters = new Set<() => void>();
  private resourceVersion: string | undefined;
  private synced = false;
  /** Ends the watch that is open. */
  private following: AbortController | undefined;
  /** Whether the list that is about to be followed was read just before. */
  private listedNow = false;
  /** When the whole is listed anew, in ms of the clock's monotonic time. */
  private relistAt = 0;

  constructor(options: InformerOptions<T>) {
    this.options = options;
    this.settings = { ...DEFAULTS, ...options.settings };
    this.log = options.log.child({ informer: options.resource.plural });
    for (const name of Object.keys(options.indexes ?? {})) this.indexes.set(name, new Map());
  }

  /** Whether the picture is whole and its changes can be followed. */
  get hasSynced(): boolean {
    return this.synced;
  }

  /** Resolves once synced, or when the signal aborts. */
  whenSynced(signal: AbortSignal): Promise<void> {
    if (this.synced || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const settle = () => {
        this.syncWaiters.delete(settle);
        signal.removeEventListener('abort', settle);
        resolve();
      };
      this.syncWaiters.add(settle);
      signal.addEventListener('abort', settle);
    });
  }

  get(key: string): Stored<T> | undefined {
    return this.byKey.get(key);
  }

  byUid(uid: string): Stored<T> | undefined {
    return this.uids.get(uid);
  }

  list(): Stored<T>[] {
    return [...this.byKey.values()];
  }

  /** Whether the picture of a key is what the server has now, by a read of its own. */
  async isCurrent(key: string): Promise<boolean> {
    const { client, resource } = this.options;
    try {
      const { metadata } = await client.get(resource, nameOf(key));
      const known = this.byKey.get(key)?.metadata;
      return known?.uid === metadata.uid && known?.resourceVersion === metadata.resourceVersion;
    } catch (error) {
      if (!isKubeError(error, 'E_API_NOT_FOUND')) throw error;
      return !this.byKey.has(key);
    }
  }

  /** The objects under a value of a named index. */
  byIndex(index: string, value: string): Stored<T>[] {
    const values = this.indexes.get(index);
    if (!values) throw new Error(`${this.options.resource.plural} have no index ${index}`);
    return [...(values.get(value)?.values() ?? [])];
  }

  /**
   * Emits the keys of what is there, then those of whatever changes or vanishes, old and new. `keysOf` maps an
   * object to the keys that it is about: its own if left out. Returns what ends the subscription.
   */
  subscribe(
    emit: (key: string, cause: Cause) => void,
    keysOf: (object: Stored<T>) => readonly string[] = (object) => [keyOf(object)],
    heard: Heard<T> = 'all',
  ): () => void {
    const subscription: Subscription<T> = { emit, keysOf, heard };
    this.subscriptions.add(subscription);
    for (const object of this.byKey.values()) {
      const cause = isObserved(object) ? 'list' : 'event';
      for (const key of subscription.keysOf(object)) emit(key, cause);
    }
    return () => this.subscriptions.delete(subscription);
  }

  /** Has everything listed anew at once: the place reached may be of another history than the server's. */
  forget(): void {
    this.resourceVersion = undefined;
    this.setSynced(false);
    this.following?.abort();
  }

  /** Follows the server until the signal aborts. A server that cannot be reached is tried again for ever. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, random, metrics } = this.options;
    let failures = 0;
    while (!signal.aborted) {
      const following = new AbortController();
      try {
        if (this.resourceVersion === undefined || clock.monotonic() >= this.relistAt) {
          await this.relist(signal);
        } else if (await this.isSetBack(this.resourceVersion, signal)) {
          this.log.warn({ resourceVersion: this.resourceVersion }, 'the history of the server was set back');
          this.lose();
          continue;
        }
        this.following = following;
        await this.follow(AbortSignal.any([signal, following.signal]), () => {
          failures = 0;
        });
      } catch (error) {
        if (signal.aborted) break;
        // Everything is listed anew because somebody asked for it.
        if (following.signal.aborted) continue;
        failures += 1;
        metrics.failed();
        // Until it is followed again nobody knows how old the picture is, or whether the server was set back meanwhile.
        this.setSynced(false);
        this.listedNow = false;
        const gone = error instanceof KubeError && error.status === 410;
        if (gone) {
          this.lose();
          // It answers: what was waited for is over.
          failures = 1;
        }
        const asked = error instanceof KubeError ? (error.retryAfterSeconds ?? 0) * 1000 : 0;
        const ms = Math.max(asked, backoffMs(this.settings.backoff, failures, random));
        this.log.warn({ err: error, failures, ms, relist: gone }, 'list or watch failed');
        await sleep(clock, ms, signal);
      }
    }
  }

  private async relist(signal: AbortSignal): Promise<void> {
    const { client, resource, clock, random } = this.options;
    const selection = this.selection();
    const list = await client.list<T>(resource, { ...selection, pageSize: this.settings.pageSize, signal });
    const vanished = new Map(this.byKey);
    const changes: Change<T>[] = [];
    for (const object of list.items) {
      const key = keyOf(object);
      vanished.delete(key);
      const before = this.byKey.get(key);
      const { uid, resourceVersion } = object.metadata;
      if (before?.metadata.uid === uid && before.metadata.resourceVersion === resourceVersion) continue;
      changes.push(this.put(object));
    }
    for (const object of vanished.values()) changes.push(this.remove(object));
    if (this.resourceVersion !== undefined && BigInt(list.resourceVersion) < BigInt(this.resourceVersion)) {
      this.log.warn({ resourceVersion: this.resourceVersion }, 'the history of the server was set back');
      this.lose();
    }
    this.resourceVersion = list.resourceVersion;
    this.relistAt = clock.monotonic() + this.settings.relistMs * (1 + random());
    this.listedNow = true;
    this.options.metrics.listed();
    this.options.metrics.objects(this.byKey.size);
    for (const change of changes) this.emit(change);
  }

  /** One watch connection from the place reached so far, until the server ends it, or until it is time to list anew. */
  private async follow(signal: AbortSignal, onProgress: () => void): Promise<void> {
    const { clock } = this.options;
    const ms = Math.max(0, this.relistAt - clock.monotonic());
    const end = new AbortController();
    // The server is to end it itself.
    const cancel = clock.after(ms + this.settings.relistMs / 10, () => end.abort());
    try {
      await this.watch(Math.max(1, Math.ceil(ms / 1000)), AbortSignal.any([signal, end.signal]), onProgress);
    } catch (error) {
      // A server that does not end it is no failure.
      if (!end.signal.aborted || signal.aborted) throw error;
    } finally {
      cancel();
    }
  }

  private async watch(timeoutSeconds: number, signal: AbortSignal, onProgress: () => void): Promise<void> {
    const { client, resource, clock, metrics } = this.options;
    const opened = clock.monotonic();
    let progress = false;
    const events = await client.watch<T>(resource, {
      ...this.selection(),
      resourceVersion: this.resourceVersion ?? '',
      timeoutSeconds,
      idleTimeoutMs: this.settings.idleTimeoutMs,
      signal,
    });
    // What was listed may be old by now: whole is a picture that is also followed. After a lost connection the server
    // may say only behind its acceptance that it no longer knows the place (410): that is waited for a moment.
    const settle = () => {
      if (!this.synced) this.setSynced(true);
    };
    const cancel = this.listedNow ? () => {} : clock.after(SETTLE_MS, settle);
    if (this.listedNow) settle();
    this.listedNow = false;
    try {
      for await (const event of events) {
        progress = true;
        onProgress();
        settle();
        if (event.type === 'BOOKMARK') {
          this.resourceVersion = event.resourceVersion;
          continue;
        }
        const change = event.type === 'DELETED' ? this.remove(event.object) : this.put(event.object);
        this.resourceVersion = event.object.metadata.resourceVersion;
        metrics.objects(this.byKey.size);
        this.emit(change);
      }
    } finally {
      cancel();
    }
    const lasted = clock.monotonic() - opened;
    if (
      !progress &&
      !signal.aborted &&
      lasted < Math.min(this.settings.backoff.maxMs, timeoutSeconds * 500)
    ) {
      throw new Error('the server ended the watch at once');
    }
  }

  /**
   * Whether the server is now at an older version than the one reached here. A watch from a version that is yet
   * to come is accepted and stays silent, so it has to be asked for. Versions of one resource are ordered numbers
   * (KEP-5504).
   */
  private async isSetBack(reached: string, signal: AbortSignal): Promise<boolean> {
    const { client, resource, namespace } = this.options;
    const { metadata } = await client.page(resource, { namespace, pageSize: 1, signal });
    return BigInt(metadata.resourceVersion) < BigInt(reached);
  }

  private lose(): void {
    this.forget();
    this.options.onLost?.();
  }

  private setSynced(synced: boolean): void {
    this.synced = synced;
    this.options.metrics.synced(synced);
    if (synced) for (const settle of this.syncWaiters) settle();
  }

  private selection() {
    const { namespace, labelSelector, fieldSelector } = this.options;
    return { namespace, labelSelector, fieldSelector };
  }

  private put(object: Stored<T>): Change<T> {
    const key = keyOf(object);
    const before = this.byKey.get(key);
    if (before) this.unindex(key, before);
    deepFreeze(object);
    this.byKey.set(key, object);
    this.uids.set(object.metadata.uid, object);
    for (const [values, value] of this.indexValues(object)) {
      const found = values.get(value);
      if (found) found.set(key, object);
      else values.set(value, new Map([[key, object]]));
    }
    return { before, after: object };
  }

  private remove(object: Stored<T>): Change<T> {
    const key = keyOf(object);
    const before = this.byKey.get(key);
    if (before) this.unindex(key, before);
    this.byKey.delete(key);
    return { before: before ?? object, after: undefined };
  }

  private unindex(key: string, object: Stored<T>): void {
    this.uids.delete(object.metadata.uid);
    for (const [values, value] of this.indexValues(object)) {
      const found = values.get(value);
      found?.delete(key);
      if (found?.size === 0) values.delete(value);
    }
  }

  private *indexValues(object: Stored<T>): Generator<[Map<string, Map<string, Stored<T>>>, string]> {
    for (const [name, valuesOf] of Object.entries(this.options.indexes ?? {})) {
      const values = this.indexes.get(name);
      if (values) for (const value of valuesOf(object)) yield [values, value];
    }
  }

  private emit({ before, after }: Change<T>): void {
    const isOfSpec =
      before?.metadata.uid !== after?.metadata.uid ||
      before?.metadata.generation !== after?.metadata.generation;
    for (const { emit, keysOf, heard } of this.subscriptions) {
      if (heard === 'spec' && !isOfSpec) continue;
      const [were, are] = [new Set(before ? keysOf(before) : []), new Set(after ? keysOf(after) : [])];
      const isSame =
        typeof heard === 'function'
          ? !isOfSpec && before && after && sameJson(heard(before), heard(after))
          : heard === 'keys' && before?.metadata.uid === after?.metadata.uid;
      for (const key of isSame ? were.symmetricDifference(are) : were.union(are)) emit(key, 'event');
    }
  }
}

interface Change<T extends KubeObject> {
  readonly before: Stored<T> | undefined;
  readonly after: Stored<T> | undefined;
}

/** Whether its status, if it has any, is of what its spec says now. */
function isObserved({ metadata, status }: KubeObject): boolean {
  const { observedGeneration } = (status ?? {}) as { readonly observedGeneration?: number };
  return observedGeneration === metadata.generation;
}

function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  Object.freeze(value);
  for (const member of Object.values(value)) deepFreeze(member);
}
