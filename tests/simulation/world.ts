import { Allocation, CapacityPool, MemberCluster, Quota, ResourceRequest } from '../../api/v1alpha1/index.ts';
import { NOW } from '../../domain/testing/requests.ts';
import { Api, type Kept, keyOf } from './api.ts';
import { Books } from './books.ts';
import { CLUSTERS, found } from './city.ts';
import { Rules } from './rules.ts';

export type Stored<T extends ResourceRequest | Allocation> = T & Kept;
export type StoredRequest = Stored<ResourceRequest>;
export type StoredAllocation = Stored<Allocation>;

const HOUR = 3_600_000;
/** What has a controller here. */
const RECONCILED: ReadonlySet<string> = new Set(
  [ResourceRequest, Allocation, CapacityPool, Quota, MemberCluster].map(({ plural }) => plural),
);

/** Everything outside an operator: hub, books and members in memory, their time, and what is to be looked at. */
export class World {
  now = Date.parse(NOW);
  readonly hub = new Api('hub', () => this.now);
  readonly books = new Books(() => this.now);
  readonly members = new Map(
    CLUSTERS.map((name) => [name, { api: new Api(name, () => this.now), isDown: false }]),
  );
  /** What a controller's queue holds: a resource and a key each. */
  readonly dirty = new Set<string>();
  readonly rules: Rules;
  private hasMoved = false;

  /** @param like a world at its beginning, whose founded city this one shares; else the city is founded anew */
  constructor(like?: World) {
    this.rules = new Rules(this);
    if (like) {
      this.hub.copy(like.hub);
      this.books.copy(like.books);
      this.rules.copy(like.rules);
    }
    this.hub.watch((plural, before, after) => {
      this.rules.onHub(plural, before, after);
      const object = after ?? before;
      if (!object || !RECONCILED.has(plural)) return;
      this.dirty.add(`${plural} ${keyOf(object.metadata)}`);
      if (plural === Quota.plural)
        for (const it of [before, after]) if (it) this.dirtyBeside(it as Quota & Kept);
      if (plural !== Allocation.plural) return;
      for (const { request } of (object as StoredAllocation).spec.changes) {
        const made = this.requests().find(({ metadata }) => metadata.uid === request);
        if (made) this.dirty.add(`${ResourceRequest.plural} ${keyOf(made.metadata)}`);
      }
    });
    this.books.watcher = (transaction) => this.rules.onBooks(transaction);
    this.books.onErased = (uid, disk) => this.rules.onErased(uid, disk);
    for (const { api } of this.members.values())
      api.watch((plural, before, after) => this.rules.onMember(plural, before, after));
    this.books.onCarried = (...carried) => this.rules.onCarried(...carried);
    if (!like) found(this.hub);
  }

  requests(): readonly StoredRequest[] {
    return this.hub.list<StoredRequest>(ResourceRequest.plural);
  }

  allocations(): readonly StoredAllocation[] {
    return this.hub.list<StoredAllocation>(Allocation.plural);
  }

  pass(hours: number): void {
    this.now += hours * HOUR;
    this.resync();
  }

  /** What a quota lends counts for those beside it, too. */
  private dirtyBeside({ metadata: { namespace }, spec }: Quota & Kept): void {
    if (spec.loans === undefined) return;
    for (const { metadata } of this.hub.list<Kept>(Quota.plural))
      if (metadata.namespace === namespace) this.dirty.add(`${Quota.plural} ${keyOf(metadata)}`);
  }

  /** What time changes is looked at again, as it is from time to time and by a new leader. */
  resync(): void {
    for (const { plural } of [ResourceRequest, Allocation, Quota])
      for (const key of this.hub.store(plural).keys()) this.dirty.add(`${plural} ${key}`);
  }

  booksMoved(): void {
    this.hasMoved = true;
  }

  /** Has the balances shown on pools and quotas refreshed if the books have moved. */
  refreshBalances(): void {
    if (!this.hasMoved) return;
    this.hasMoved = false;
    for (const { plural } of [CapacityPool, Quota])
      for (const key of this.hub.store(plural).keys()) this.dirty.add(`${plural} ${key}`);
  }

  /** Something stands otherwise in a member. */
  memberChanged(cluster: string): void {
    this.dirty.add(`${MemberCluster.plural} ${cluster}`);
    for (const it of this.allocations())
      if (it.spec.cluster === cluster) this.dirty.add(`${Allocation.plural} ${keyOf(it.metadata)}`);
  }
}
