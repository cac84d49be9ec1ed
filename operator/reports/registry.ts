import { load } from 'js-yaml';
import type { Logger } from 'pino';
import { z } from 'zod';
import { type Indicator, indicatorsFile } from '../../api/reports/indicators.ts';
import { type Kind, type ObjectOf, resourceOf } from '../../api/kind.ts';
import {
  Allocation,
  CapacityPool,
  CatalogItem,
  InformationSystem,
  MemberCluster,
  Organization,
  Quota,
} from '../../api/v1alpha1/index.ts';
import type { Calendar } from '../../domain/calendar.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject, ResourceRef } from '../../kube/types.ts';
import { SYSTEM_NAMESPACE } from '../adapters/hub.ts';
import { calendarOf, WORKING_DAYS } from '../calendar.ts';
import { systemClock } from '../runtime/clock.ts';
import { Informer } from '../runtime/informer.ts';
import { USAGE_POLICY, usagePolicyText } from '../usage/policy.ts';
import { Refusal } from './refusal.ts';

type Configuration = KubeObject & { readonly data?: Readonly<Record<string, string>> };

const CONFIG_MAPS: ResourceRef = { group: '', version: 'v1', plural: 'configmaps', namespaced: true };
/** Key of the ConfigMap of the plan's indicators. */
const INDICATORS = `${SYSTEM_NAMESPACE}/indicators`;

/** What the hub says of the city. Every method throws Refusal E_REPORT_UNSYNCED while it is not known. */
export interface Registry {
  /** By code. */
  organizations(): ReadonlyMap<string, Organization>;
  /** By name. */
  pools(): ReadonlyMap<string, CapacityPool>;
  clusters(): readonly MemberCluster[];
  quotas(): readonly Quota[];
  systems(): readonly InformationSystem[];
  calendar(): Calendar;
  /** Undefined: the city has published none. */
  indicators(): readonly Indicator[] | undefined;
  /** By uid. */
  allocations(): ReadonlyMap<string, Allocation>;
  /** By name. */
  items(): ReadonlyMap<string, CatalogItem>;
  /** The text of the policy that use is judged by; undefined: the city has published none. */
  usagePolicy(): string | undefined;
}

/** The registry, followed on the hub. */
export class HubRegistry implements Registry {
  private readonly all: Informer<KubeObject>[] = [];
  private readonly organizationInformer: Informer<Organization & KubeObject>;
  private readonly poolInformer: Informer<CapacityPool & KubeObject>;
  private readonly clusterInformer: Informer<MemberCluster & KubeObject>;
  private readonly quotaInformer: Informer<Quota & KubeObject>;
  private readonly systemInformer: Informer<InformationSystem & KubeObject>;
  private readonly allocationInformer: Informer<Allocation & KubeObject>;
  private readonly itemInformer: Informer<CatalogItem & KubeObject>;
  private readonly configuration: Informer<Configuration>;

  constructor(client: KubeClient, log: Logger) {
    const follow = <T extends KubeObject>(resource: ResourceRef, namespace?: string) => {
      const informer = new Informer<T>({
        client,
        resource,
        ...(namespace === undefined ? {} : { namespace }),
        clock: systemClock,
        random: Math.random,
        log,
        metrics: { objects: () => {}, synced: () => {}, listed: () => {}, failed: () => {} },
      });
      this.all.push(informer as unknown as Informer<KubeObject>);
      return informer;
    };
    const kind = <K extends Kind>(it: K) => follow<ObjectOf<K> & KubeObject>(resourceOf(it));
    this.organizationInformer = kind(Organization);
    this.poolInformer = kind(CapacityPool);
    this.clusterInformer = kind(MemberCluster);
    this.quotaInformer = kind(Quota);
    this.systemInformer = kind(InformationSystem);
    this.allocationInformer = kind(Allocation);
    this.itemInformer = kind(CatalogItem);
    this.configuration = follow<Configuration>(CONFIG_MAPS, SYSTEM_NAMESPACE);
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

  quotas(): readonly Quota[] {
    return synced(this.quotaInformer);
  }

  systems(): readonly InformationSystem[] {
    return synced(this.systemInformer);
  }

  calendar(): Calendar {
    synced(this.configuration);
    return calendarOf(this.configuration.get(WORKING_DAYS));
  }

  allocations(): ReadonlyMap<string, Allocation> {
    return new Map(synced(this.allocationInformer).map((it) => [it.metadata.uid ?? '', it]));
  }

  items(): ReadonlyMap<string, CatalogItem> {
    return byName(synced(this.itemInformer));
  }

  usagePolicy(): string | undefined {
    synced(this.configuration);
    return usagePolicyText(this.configuration.get(USAGE_POLICY));
  }

  indicators(): readonly Indicator[] | undefined {
    synced(this.configuration);
    const text = this.configuration.get(INDICATORS)?.data?.['indicators.yaml'];
    if (text === undefined) return undefined;
    const read = indicatorsFile.safeParse(load(text));
    if (!read.success) throw new Refusal('E_REPORT_INDICATORS', { detail: z.prettifyError(read.error) });
    return read.data;
  }
}

function synced<T extends KubeObject>(informer: Informer<T>): readonly T[] {
  if (!informer.hasSynced) throw new Refusal('E_REPORT_UNSYNCED');
  return informer.list();
}

function byName<T extends KubeObject>(objects: readonly T[]): ReadonlyMap<string, T> {
  return new Map(objects.map((it) => [it.metadata.name, it]));
}
