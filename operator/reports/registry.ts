import type { Logger } from 'pino';
import { type Kind, type ObjectOf, resourceOf } from '../../api/kind.ts';
import { CapacityPool, InformationSystem, MemberCluster, Organization } from '../../api/v1alpha1/index.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject } from '../../kube/types.ts';
import { systemClock } from '../runtime/clock.ts';
import { Informer } from '../runtime/informer.ts';
import { Refusal } from './refusal.ts';

/** What the hub says of the city. Every method throws Refusal E_REPORT_UNSYNCED while it is not known. */
export interface Registry {
  /** By code. */
  organizations(): ReadonlyMap<string, Organization>;
  /** By name. */
  pools(): ReadonlyMap<string, CapacityPool>;
  clusters(): readonly MemberCluster[];
  systems(): readonly InformationSystem[];
}

/** The registry, followed on the hub. */
export class HubRegistry implements Registry {
  private readonly all: Informer<KubeObject>[] = [];
  private readonly follow: <K extends Kind>(kind: K) => Informer<ObjectOf<K> & KubeObject>;
  private readonly organizationInformer: Informer<Organization & KubeObject>;
  private readonly poolInformer: Informer<CapacityPool & KubeObject>;
  private readonly clusterInformer: Informer<MemberCluster & KubeObject>;
  private readonly systemInformer: Informer<InformationSystem & KubeObject>;

  constructor(client: KubeClient, log: Logger) {
    this.follow = <K extends Kind>(kind: K) => {
      const informer = new Informer<ObjectOf<K> & KubeObject>({
        client,
        resource: resourceOf(kind),
        clock: systemClock,
        random: Math.random,
        log,
        metrics: { objects: () => {}, synced: () => {}, listed: () => {}, failed: () => {} },
      });
      this.all.push(informer as unknown as Informer<KubeObject>);
      return informer;
    };
    this.organizationInformer = this.follow(Organization);
    this.poolInformer = this.follow(CapacityPool);
    this.clusterInformer = this.follow(MemberCluster);
    this.systemInformer = this.follow(InformationSystem);
  }

  /** Follows the hub until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(this.all.map((informer) => informer.run(signal)));
  }

  get hasSynced(): boolean {
    return this.all.every(({ hasSynced }) => hasSynced);
  }

  organizations(): ReadonlyMap<string, Organization> {
    return byName(synced(this.organizationInformer));
  }

  pools(): ReadonlyMap<string, CapacityPool> {
    return byName(synced(this.poolInformer));
  }

  clusters(): readonly MemberCluster[] {
    return synced(this.clusterInformer);
  }

  systems(): readonly InformationSystem[] {
    return synced(this.systemInformer);
  }
}

function synced<T extends KubeObject>(informer: Informer<T>): readonly T[] {
  if (!informer.hasSynced) throw new Refusal('E_REPORT_UNSYNCED');
  return informer.list();
}

function byName<T extends KubeObject>(objects: readonly T[]): ReadonlyMap<string, T> {
  return new Map(objects.map((it) => [it.metadata.name, it]));
}
