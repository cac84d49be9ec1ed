import { KubeClientError, KubeError } from '../../kube/errors.ts';
import type { DeleteOptions } from '../../kube/client.ts';
import type { KubeObject, ListPage, ObjectName, ResourceRef, Stored } from '../../kube/types.ts';
import { frozen } from '../../domain/testing/city.ts';
import { sameJson } from '../../domain/same.ts';

export type Kept = Stored<KubeObject>;

/** Told of each write before it counts; what it throws is a rule that does not hold. */
export type Watcher = (resource: string, before: Kept | undefined, after: Kept | undefined) => void;

/**
 * An API server in memory, with what the operator leans on: versions that a write is compared with, a status apart
 * from its spec, generations, finalizers, uids, preconditions of deletes. Objects are never changed, only replaced.
 */
export class Api {
  readonly name: string;
  /** Objects of each resource, by namespace and name. */
  private readonly stores = new Map<string, Map<string, Kept>>();
  private readonly watchers: Watcher[] = [];
  private readonly now: () => number;
  private count = 0;
  /** How many writes changed something. */
  writes = 0;

  constructor(name: string, now: () => number) {
    this.name = name;
    this.now = now;
  }

  /** Has what another has: objects are never changed, so they are shared. */
  copy(other: Api): void {
    for (const [plural, store] of other.stores) this.stores.set(plural, new Map(store));
    this.count = other.count;
  }

  watch(watcher: Watcher): void {
    this.watchers.push(watcher);
  }

  store(plural: string): Map<string, Kept> {
    const known = this.stores.get(plural);
    if (known) return known;
    const store = new Map<string, Kept>();
    this.stores.set(plural, store);
    return store;
  }

  get<T>(plural: string, key: string): T | undefined {
    return this.store(plural).get(key) as T | undefined;
  }

  list<T>(plural: string): readonly T[] {
    return [...this.store(plural).values()] as T[];
  }

  /** Every object, with its resource. */
  all(): readonly { readonly plural: string; readonly object: Kept }[] {
    return [...this.stores].flatMap(([plural, store]) =>
      [...store.values()].map((object) => ({ plural, object })),
    );
  }

  create(plural: string, object: KubeObject): Kept {
    const key = keyOf(object.metadata);
    if (this.store(plural).has(key)) throw refusal(409, 'AlreadyExists', `${plural} ${key} exists`);
    const { status: _status, ...rest } = object;
    const metadata = { ...object.metadata, uid: this.uid(), generation: 1, creationTimestamp: this.time() };
    return this.keep(plural, { ...rest, metadata }, undefined);
  }

  update(plural: string, object: KubeObject): Kept {
    const old = this.demand(plural, object.metadata);
    this.compare(old, object);
    const { metadata, status: _status, ...rest } = object;
    const { status } = old;
    const generation = (old.metadata.generation ?? 0) + (sameJson(old.spec, object.spec) ? 0 : 1);
    const { uid, creationTimestamp, deletionTimestamp } = old.metadata;
    const kept = {
      ...rest,
      ...(status === undefined ? {} : { status }),
      metadata: {
        ...metadata,
        uid,
        creationTimestamp,
        generation,
        ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
      },
    };
    if (deletionTimestamp !== undefined && !metadata.finalizers?.length) {
      this.drop(plural, old);
      return old;
    }
    return this.keep(plural, kept, old);
  }

  replaceStatus(plural: string, object: KubeObject): Kept {
    const old = this.demand(plural, object.metadata);
    this.compare(old, object);
    return this.keep(plural, { ...old, status: object.status }, old);
  }

  /** Server-side apply by one manager: what is given is written, the rest stays; what is not there is made. */
  apply(plural: string, object: KubeObject): Kept {
    const old = this.store(plural).get(keyOf(object.metadata));
    const { uid } = object.metadata;
    if (uid !== undefined && uid !== old?.metadata.uid)
      throw refusal(409, 'Conflict', `${plural} ${object.metadata.name} has another uid`);
    if (!old) return this.create(plural, object);
    return this.keep(plural, { ...old, ...object, metadata: { ...old.metadata, ...object.metadata } }, old);
  }

  /** Gone at once, or marked as going until `sweep` finds it without what keeps it. */
  delete(plural: string, name: ObjectName, only: DeleteOptions = {}): void {
    const old = this.demand(plural, name);
    const { metadata } = old;
    if (
      (only.uid ?? metadata.uid) !== metadata.uid ||
      (only.resourceVersion ?? metadata.resourceVersion) !== metadata.resourceVersion
    )
      throw refusal(409, 'Conflict', `${plural} ${name.name} is not what was to be deleted`);
    if (metadata.deletionTimestamp !== undefined) return;
    const isKept =
      plural === 'namespaces' || only.propagationPolicy === 'Foreground' || metadata.finalizers?.length;
    if (!isKept) this.drop(plural, old);
    else this.keep(plural, { ...old, metadata: { ...metadata, deletionTimestamp: this.time() } }, old);
  }

  /** What is being deleted is gone, as is what stood in a namespace that went or was owned by what is gone. */
  sweep(): void {
    for (let isSettled = false; !isSettled; ) {
      const all = this.all();
      const uids = new Set(all.map(({ object }) => object.metadata.uid));
      const leaving = all.filter(({ object: { metadata } }) => {
        const { deletionTimestamp, finalizers, ownerReferences = [], namespace } = metadata;
        const isOrphan = ownerReferences.length > 0 && !ownerReferences.some(({ uid }) => uids.has(uid));
        const space = namespace === undefined ? undefined : this.get<Kept>('namespaces', namespace);
        const isGoing = deletionTimestamp !== undefined || isOrphan || space?.metadata.deletionTimestamp;
        return isGoing && !finalizers?.length;
      });
      for (const { plural, object } of leaving) this.drop(plural, object);
      isSettled = leaving.length === 0;
    }
  }

  drop(plural: string, object: Kept): void {
    for (const watcher of this.watchers) watcher(plural, object, undefined);
    this.store(plural).delete(keyOf(object.metadata));
    this.writes += 1;
  }

  /** A write that nobody compares: what people do by hand, and what controllers in a member do. */
  keep(plural: string, object: KubeObject, old: Kept | undefined): Kept {
    const { resourceVersion: _stored, ...metadata } = object.metadata;
    if (old) {
      const { resourceVersion, ...before } = old.metadata;
      if (sameJson({ ...object, metadata }, { ...old, metadata: before })) return old;
    }
    this.count += 1;
    const after = frozen({
      ...object,
      metadata: { ...metadata, resourceVersion: String(this.count) },
    }) as Kept;
    for (const watcher of this.watchers) watcher(plural, old, after);
    this.store(plural).set(keyOf(after.metadata), after);
    this.writes += 1;
    return after;
  }

  private demand(plural: string, name: ObjectName): Kept {
    const object = this.store(plural).get(keyOf(name));
    if (!object) throw absence(plural, name);
    return object;
  }

  private compare(old: Kept, { metadata }: KubeObject): void {
    const { uid, resourceVersion } = old.metadata;
    if ((metadata.uid ?? uid) !== uid || (metadata.resourceVersion ?? resourceVersion) !== resourceVersion)
      throw refusal(409, 'Conflict', `${metadata.name} has changed`);
  }

  private uid(): string {
    this.count += 1;
    return `${this.name}-${this.count}`;
  }

  private time(): string {
    return new Date(this.now()).toISOString();
  }
}

export function keyOf({ namespace, name }: ObjectName): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

function refusal(status: number, reason: string, message: string): KubeError {
  return new KubeError(status, { reason, message });
}

function absence(plural: string, { name, namespace }: ObjectName): KubeError {
  const message = `no ${plural} ${name} in ${namespace ?? 'the cluster'}`;
  return new KubeError(404, { reason: 'NotFound', message, details: { name } });
}

/** The operator's client of an API server: `turn` comes before and after each call, and may throw or let time pass. */
export class Client {
  private readonly api: Api;
  private readonly turn: (call: string) => Promise<void>;
  /** What is wrong with the server, if it does not answer. */
  private readonly problem: () => string | undefined;

  constructor(api: Api, turn: (call: string) => Promise<void>, problem: () => string | undefined) {
    this.api = api;
    this.turn = turn;
    this.problem = problem;
  }

  get(resource: ResourceRef, name: ObjectName): Promise<Kept> {
    return this.call('get', () => {
      const found = this.api.get<Kept>(resource.plural, keyOf(name));
      if (!found) throw absence(resource.plural, name);
      return found;
    });
  }

  list(resource: ResourceRef): Promise<{ items: readonly Kept[]; resourceVersion: string }> {
    return this.call('list', () => ({ items: this.api.list<Kept>(resource.plural), resourceVersion: '1' }));
  }

  create(resource: ResourceRef, object: KubeObject): Promise<Kept> {
    return this.call('create', () => this.api.create(resource.plural, object));
  }

  update(resource: ResourceRef, object: KubeObject): Promise<Kept> {
    return this.call('update', () => this.api.update(resource.plural, object));
  }

  replaceStatus(resource: ResourceRef, object: KubeObject): Promise<Kept> {
    return this.call('status', () => this.api.replaceStatus(resource.plural, object));
  }

  apply(resource: ResourceRef, object: KubeObject): Promise<Kept> {
    return this.call('apply', () => this.api.apply(resource.plural, object));
  }

  delete(resource: ResourceRef, name: ObjectName, options: DeleteOptions = {}): Promise<void> {
    // What is deleted by its name alone may be somebody else's by then.
    if (options.uid === undefined)
      throw new Error(`${resource.plural} ${keyOf(name)} is deleted without its uid`);
    return this.call('delete', () => this.api.delete(resource.plural, name, options));
  }

  /** Sent for one purpose alone: to see that a forged decision is refused. */
  jsonPatch(): Promise<never> {
    return this.call('prove', () => {
      throw refusal(403, 'Forbidden', 'E_NOT_REVIEWER: a decision carries its author’s own name');
    });
  }

  page(): Promise<ListPage<KubeObject>> {
    const metadata = { resourceVersion: '1' };
    return this.call('page', () => ({ apiVersion: 'v1', kind: 'List', metadata, items: [] }));
  }

  raw(): Promise<{ gitVersion: string }> {
    return this.call('version', () => ({ gitVersion: 'v1.37.2' }));
  }

  async discover(apiVersion: string, kind: string): Promise<ResourceRef> {
    const [group = '', version = ''] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
    return { group, version, plural: `${kind.toLowerCase()}s`, namespaced: true };
  }

  private async call<T>(name: string, act: () => T): Promise<T> {
    await this.turn(`before ${name}`);
    const problem = this.problem();
    if (problem !== undefined) throw new KubeClientError('E_API_UNREACHABLE', { problem });
    const result = act();
    await this.turn(`after ${name}`);
    return result;
  }
}
