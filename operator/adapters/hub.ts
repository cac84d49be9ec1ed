import { type Kind, type ObjectOf, resourceOf } from '../../api/kind.ts';
import {
  Allocation,
  ApprovalFlow,
  CapacityPool,
  CatalogItem,
  codeOf,
  InformationSystem,
  MemberCluster,
  Organization,
  Project,
  Quota,
  Repair,
  ResourceRequest,
  StockImport,
  UsageFinding,
} from '../../api/v1alpha1/index.ts';
import { zonesOf } from '../../domain/references.ts';
import type { User } from '../../domain/in-use.ts';
import { scopeOf, scopePath } from '../../domain/quota/accounts.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject, ResourceRef } from '../../kube/types.ts';
import type { Random } from '../runtime/backoff.ts';
import type { Clock } from '../runtime/clock.ts';
import { Informer } from '../runtime/informer.ts';
import type { RuntimeMetrics } from '../runtime/metrics.ts';
import type { Logger } from 'pino';
import { isOver } from '../../domain/allocation/over.ts';

/** The operator's own namespace in the hub. */
export const SYSTEM_NAMESPACE = 'govcloud-system';

export const CONTROLLER_REVISIONS: ResourceRef = {
  group: 'apps',
  version: 'v1',
  plural: 'controllerrevisions',
  namespaced: true,
};
export const SECRETS: ResourceRef = { group: '', version: 'v1', plural: 'secrets', namespaced: true };
export const CONFIG_MAPS: ResourceRef = { group: '', version: 'v1', plural: 'configmaps', namespaced: true };
export const NODES: ResourceRef = { group: '', version: 'v1', plural: 'nodes', namespaced: false };
export const NAMESPACES: ResourceRef = { group: '', version: 'v1', plural: 'namespaces', namespaced: false };

/** An immutable snapshot of a catalogue item's spec at one version. */
export interface ItemRevision extends KubeObject {
  data: CatalogItem['spec'];
  revision: number;
}

/** What informers need besides what they follow. */
export interface InformerSurroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: RuntimeMetrics;
  /** How often pictures are compared with the whole list, in ms; see `InformerSettings`. */
  readonly relistMs: number;
}

/** Phases of requests that are over and gave nothing. */
const OVER: ReadonlySet<string> = new Set(['Rejected', 'Withdrawn']);

/** The items and the namespace that something granted keeps in use: until it is given back or handed to another organisation. */
export const usedByAllocation = {
  item: (it: ObjectOf<typeof Allocation>) => (isOver(it) ? [] : [it.spec.item]),
  namespace: (it: ObjectOf<typeof Allocation>) => (isOver(it) ? [] : [it.metadata.namespace ?? '']),
};

/** The items and the namespace that a request keeps in use: from its submission until it is over. */
export const usedByRequest = {
  item: (it: ObjectOf<typeof ResourceRequest>) => (isAsking(it) ? it.spec.lines.map(({ item }) => item) : []),
  namespace: (it: ObjectOf<typeof ResourceRequest>) => (isAsking(it) ? [it.metadata.namespace ?? ''] : []),
};

function isAsking({ spec, status }: ObjectOf<typeof ResourceRequest>): boolean {
  return spec.submission > 0 && !OVER.has(status?.phase ?? 'Submitted');
}

/** Pictures of everything in the hub that the operator looks at. */
export class Hub {
  readonly client: KubeClient;
  readonly organizations: Informer<ObjectOf<typeof Organization>>;
  readonly clusters: Informer<ObjectOf<typeof MemberCluster>>;
  readonly pools: Informer<ObjectOf<typeof CapacityPool>>;
  readonly items: Informer<ObjectOf<typeof CatalogItem>>;
  readonly flows: Informer<ObjectOf<typeof ApprovalFlow>>;
  readonly quotas: Informer<ObjectOf<typeof Quota>>;
  readonly systems: Informer<ObjectOf<typeof InformationSystem>>;
  readonly projects: Informer<ObjectOf<typeof Project>>;
  readonly requests: Informer<ObjectOf<typeof ResourceRequest>>;
  readonly allocations: Informer<ObjectOf<typeof Allocation>>;
  readonly imports: Informer<ObjectOf<typeof StockImport>>;
  readonly findings: Informer<ObjectOf<typeof UsageFinding>>;
  readonly repairs: Informer<ObjectOf<typeof Repair>>;
  readonly itemRevisions: Informer<ItemRevision>;
  readonly configuration: Informer<KubeObject & { data?: Record<string, string> }>;
  private readonly all: Informer[] = [];

  /** @param around.onLost told when the hub may have been restored to another state */
  constructor(client: KubeClient, around: InformerSurroundings & { readonly onLost: () => void }) {
    this.client = client;
    const follow = <T extends KubeObject>(
      resource: ResourceRef,
      more: Pick<
        ConstructorParameters<typeof Informer<T>>[0],
        'namespace' | 'labelSelector' | 'indexes'
      > = {},
    ): Informer<T> => {
      const { clock, random, log, metrics, relistMs, onLost } = around;
      const informer = new Informer<T>({
        client,
        resource,
        clock,
        random,
        log,
        metrics: metrics.informer(resource.plural),
        onLost,
        settings: { relistMs },
        ...more,
      });
      this.all.push(informer as unknown as Informer);
      return informer;
    };
    const kind = <K extends Kind>(of: K) => follow<ObjectOf<K>>(resourceOf(of));
    this.organizations = follow<ObjectOf<typeof Organization>>(resourceOf(Organization), {
      indexes: { parent: ({ spec }) => spec.parents.map(({ code }) => code) },
    });
    this.clusters = kind(MemberCluster);
    this.pools = kind(CapacityPool);
    this.items = kind(CatalogItem);
    this.flows = kind(ApprovalFlow);
    this.quotas = follow<ObjectOf<typeof Quota>>(resourceOf(Quota), {
      indexes: { account: accountOf, borrower: borrowersOf },
    });
    this.systems = kind(InformationSystem);
    this.projects = kind(Project);
    this.imports = kind(StockImport);
    this.findings = kind(UsageFinding);
    this.repairs = kind(Repair);
    this.requests = follow<ObjectOf<typeof ResourceRequest>>(resourceOf(ResourceRequest), {
      indexes: usedByRequest,
    });
    this.allocations = follow<ObjectOf<typeof Allocation>>(resourceOf(Allocation), {
      indexes: {
        request: ({ spec }) => spec.changes.map(({ request }) => request),
        ...usedByAllocation,
      },
    });
    this.itemRevisions = follow<ItemRevision>(CONTROLLER_REVISIONS, { namespace: SYSTEM_NAMESPACE });
    this.configuration = follow(CONFIG_MAPS, { namespace: SYSTEM_NAMESPACE });
  }

  /** Follows the hub until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(this.all.map((informer) => informer.run(signal)));
  }

  /** Has everything listed anew at once; `hasSynced` is false until then. */
  forget(): void {
    for (const informer of this.all) informer.forget();
  }

  get hasSynced(): boolean {
    return this.all.every((informer) => informer.hasSynced);
  }

  async whenSynced(signal: AbortSignal): Promise<void> {
    await Promise.all(this.all.map((informer) => informer.whenSynced(signal)));
  }

  /** Everything granted and every request that keeps an item or a namespace in use. */
  *usersOf(of: 'item' | 'namespace', name: string): Iterable<User> {
    for (const { metadata } of this.allocations.byIndex(of, name)) yield { kind: Allocation.kind, metadata };
    for (const { metadata } of this.requests.byIndex(of, name))
      yield { kind: ResourceRequest.kind, metadata };
  }

  /** Codes of the organisations that have, had or will have this one above them, on whatever way. */
  organizationsBelow(code: string): readonly string[] {
    const found = new Set([code]);
    // A set that is iterated meets what is added meanwhile, and what is circular only once.
    for (const above of found) {
      for (const { metadata } of this.organizations.byIndex('parent', above)) found.add(metadata.name);
    }
    return [...found].slice(1);
  }

  /** Every zone that is served. */
  zones(): ReadonlySet<string> {
    return zonesOf(this.pools.list(), this.clusters.list());
  }

  /** An item's spec at a version that was snapshotted. */
  itemAt(version: string): CatalogItem['spec'] | undefined {
    return this.itemRevisions.get(`${SYSTEM_NAMESPACE}/${itemRevisionName(version)}`)?.data;
  }
}

/** The account that a quota limits, as an index has it; none for one that stands outside an organisation. */
export function accountOf({ metadata, spec }: ObjectOf<typeof Quota>): readonly string[] {
  const giving = codeOf(metadata.namespace ?? '');
  return giving === undefined ? [] : [scopePath(scopeOf(spec, giving))];
}

/** The keys of the quotas that a quota lends to. */
export function borrowersOf({ metadata, spec }: ObjectOf<typeof Quota>): readonly string[] {
  return (spec.loans ?? []).map(({ borrower }) => `${metadata.namespace}/${borrower}`);
}

export function itemRevisionName(version: string): string {
  return `item-${version}`;
}
