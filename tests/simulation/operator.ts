import {
  Allocation,
  CapacityPool,
  type MemberCluster,
  Quota,
  ResourceRequest,
} from '../../api/v1alpha1/index.ts';
import { zonesOf } from '../../domain/references.ts';
import type { KubeObject } from '../../kube/types.ts';
import {
  accountOf,
  borrowersOf,
  CONTROLLER_REVISIONS,
  itemRevisionName,
  SYSTEM_NAMESPACE,
} from '../../operator/adapters/hub.ts';
import { reconcileAllocation } from '../../operator/controllers/allocation/controller.ts';
import { reconcilePool, reconcileQuota } from '../../operator/controllers/limits/controller.ts';
import { reconcileMemberCluster } from '../../operator/controllers/membercluster/controller.ts';
import { reconcileRequest } from '../../operator/controllers/request/controller.ts';
import type { ReconcileContext } from '../../operator/runtime/controller.ts';
import type { Term } from '../../operator/term.ts';
import { type Api, Client, type Kept } from './api.ts';
import { MemoryBooksOfTerm } from './books.ts';
import type { World } from './world.ts';

/** The process is gone, in the middle of what it did. */
export class Crash extends Error {}

/** Longer than any history: what leaves the hub is another test's. */
const CLOSED_DAYS = 36_500;
export const HOLD_HOURS = 72;

/** What an operator knows of one kind: as the hub was when it last looked. */
class Picture {
  private readonly hub: Api;
  private readonly plural: string;
  private seen: ReadonlyMap<string, Kept> = new Map();

  constructor(hub: Api, plural: string) {
    this.hub = hub;
    this.plural = plural;
  }

  sync(): void {
    this.seen = new Map(this.hub.store(this.plural));
  }

  get(key: string): Kept | undefined {
    return this.seen.get(key);
  }

  list(): readonly Kept[] {
    return [...this.seen.values()];
  }

  /** Of allocations by the requests that made or changed them, of quotas by the account that they limit or whom they lend to. */
  byIndex(index: keyof typeof INDEXES, value: string): readonly Kept[] {
    return this.list().filter((it) => INDEXES[index](it).includes(value));
  }
}

const INDEXES = {
  request: (it: Kept) => (it as unknown as Allocation).spec.changes.map(({ request }) => request),
  account: (it: Kept) => accountOf(it as unknown as Kept & Quota),
  borrower: (it: Kept) => borrowersOf(it as unknown as Kept & Quota),
  namespace: ({ metadata }: Kept) => [metadata.namespace ?? ''],
} as const;

const KINDS = {
  organizations: 'organizations',
  clusters: 'memberclusters',
  pools: 'capacitypools',
  items: 'catalogitems',
  flows: 'approvalflows',
  quotas: 'quotas',
  systems: 'informationsystems',
  projects: 'projects',
  requests: 'resourcerequests',
  allocations: 'allocations',
  itemRevisions: CONTROLLER_REVISIONS.plural,
  configuration: 'configmaps',
} as const;

/** One term of leadership: the operator's own controllers on a hub, books and members in memory. */
export class Operator {
  readonly epoch: bigint;
  private readonly term: Term;
  private readonly pictures: { readonly [kind in keyof typeof KINDS]: Picture };
  private readonly world: World;

  /**
   * @param turn comes before and after whatever it does outside itself; may throw a Crash or let others act
   * @param clockOffset how far its own clock is off, in ms
   */
  constructor(world: World, turn: (call: string) => Promise<void>, clockOffset: number) {
    this.world = world;
    this.epoch = world.books.takeEpoch();
    this.pictures = Object.fromEntries(
      Object.entries(KINDS).map(([kind, plural]) => [kind, new Picture(world.hub, plural)]),
    ) as { [kind in keyof typeof KINDS]: Picture };
    this.sync();
    const members = new Map(
      [...world.members].map(([name, member]) => [
        name,
        new Client(member.api, turn, () => (member.isDown ? `${name} is down` : undefined)),
      ]),
    );
    this.term = {
      hub: {
        ...this.pictures,
        client: new Client(world.hub, turn, () => undefined),
        zones: () =>
          zonesOf(
            this.pictures.pools.list() as unknown as CapacityPool[],
            this.pictures.clusters.list() as unknown as MemberCluster[],
          ),
        itemAt: (version: string) =>
          (
            this.pictures.itemRevisions.get(`${SYSTEM_NAMESPACE}/${itemRevisionName(version)}`) as
              | (KubeObject & { data: unknown })
              | undefined
          )?.data,
      },
      books: new MemoryBooksOfTerm(world.books, this.epoch, turn),
      events: { tell: () => undefined },
      outbox: { tell: () => undefined },
      members: { client: async (name: string) => members.get(name) },
      clock: { now: () => world.now + clockOffset, monotonic: () => world.now, after: () => () => undefined },
      settings: {
        holdSeconds: HOLD_HOURS * 3600,
        closedSeconds: CLOSED_DAYS * 86_400,
        resyncMs: 300_000,
        memberProbeMs: 10_000,
        memberTimeoutMs: 10_000,
      },
      credentialKey: Buffer.from('a key'),
      booksMoved: () => world.booksMoved(),
    } as unknown as Term;
  }

  /** Its pictures are again what the hub has. */
  sync(): void {
    for (const picture of Object.values(this.pictures)) picture.sync();
  }

  /** Reconciles one object, named by its resource and key. @returns after how long it wants to look again, in ms */
  async reconcile(task: string): Promise<number | undefined> {
    const [plural = '', key = ''] = task.split(' ');
    const context: ReconcileContext = {
      signal: new AbortController().signal,
      log: SILENT as unknown as ReconcileContext['log'],
    };
    switch (plural) {
      case ResourceRequest.plural:
        await reconcileRequest(this.term, key, context);
        return undefined;
      case Allocation.plural:
        await reconcileAllocation(this.term, key, context);
        return undefined;
      case CapacityPool.plural:
        return (await reconcilePool(this.term, key))?.requeueAfterMs;
      case Quota.plural:
        return (await reconcileQuota(this.term, key))?.requeueAfterMs;
      case KINDS.clusters:
        await reconcileMemberCluster(this.term, key, () => this.world.memberChanged(key));
        return undefined;
      default:
        return undefined;
    }
  }
}

const nothing = () => undefined;
const SILENT = { info: nothing, warn: nothing, error: nothing, fatal: nothing, debug: nothing };
