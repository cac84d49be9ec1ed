import { apiextensions, core } from '@pulumi/kubernetes';
import { ComponentResource, type ComponentResourceOptions, type Resource } from '@pulumi/pulumi';
import { API_VERSION } from '../api/kind.ts';
import {
  ApprovalFlow,
  CapacityPool,
  CatalogItem,
  InformationSystem,
  MemberCluster,
  Organization,
  Project,
  Quota,
} from '../api/v1alpha1/index.ts';
import type { Manifest } from './city.ts';

/**
 * What a city is made of, as Pulumi components. A component's children are the objects of the hub; names in the state are
 * kind and name, so that no two of them are the same.
 */

/** An object of one of our kinds, as a manifest or a program of one's own gives it. */
export type Declared<T extends { metadata: unknown; spec: unknown }> = Pick<T, 'metadata' | 'spec'>;

/** A network zone: the member clusters that serve it and the pools in them. */
export class Zone extends ComponentResource {
  constructor(
    zone: string,
    args: {
      readonly clusters: readonly Declared<MemberCluster>[];
      readonly pools: readonly Declared<CapacityPool>[];
    },
    options: ComponentResourceOptions,
  ) {
    super('govcloud:city:Zone', zone, {}, options);
    const clusters = args.clusters.map((it) => objectOf(MemberCluster.kind, it, { parent: this }));
    // A pool counts on its cluster: it comes after it and goes before it.
    for (const pool of args.pools) {
      objectOf(CapacityPool.kind, pool, { parent: this, dependsOn: clusters });
    }
    this.registerOutputs({});
  }
}

/** The services that can be asked for. */
export class Catalogue extends ComponentResource {
  constructor(items: readonly Declared<CatalogItem>[], options: ComponentResourceOptions) {
    super('govcloud:city:Catalogue', 'catalogue', {}, options);
    for (const item of items) objectOf(CatalogItem.kind, item, { parent: this });
    this.registerOutputs({});
  }
}

/** The reviews that requests pass. */
export class Flows extends ComponentResource {
  constructor(flows: readonly Declared<ApprovalFlow>[], options: ComponentResourceOptions) {
    super('govcloud:city:Flows', 'flows', {}, options);
    for (const flow of flows) objectOf(ApprovalFlow.kind, flow, { parent: this });
    this.registerOutputs({});
  }
}

/**
 * An organisation with what it gives to others and what it has: quotas, systems, projects. These stand in its namespace,
 * which the operator makes when it has seen the organisation.
 */
export class OrganizationUnit extends ComponentResource {
  readonly organization: Resource;

  constructor(
    organization: Declared<Organization>,
    args: {
      readonly quotas: readonly Declared<Quota>[];
      readonly systems: readonly Declared<InformationSystem>[];
      readonly projects: readonly Declared<Project>[];
    },
    options: ComponentResourceOptions & { readonly above: readonly Resource[] },
  ) {
    const { above, ...rest } = options;
    super('govcloud:city:Organization', organization.metadata.name, {}, rest);
    this.organization = objectOf(Organization.kind, organization, { parent: this, dependsOn: [...above] });
    const inside = { parent: this, dependsOn: [this.organization] };
    for (const quota of args.quotas) objectOf(Quota.kind, quota, inside);
    for (const system of args.systems) objectOf(InformationSystem.kind, system, inside);
    for (const project of args.projects) objectOf(Project.kind, project, inside);
    this.registerOutputs({});
  }
}

/** Data that the operator reads, such as the city's working days. */
export class Settings extends ComponentResource {
  constructor(maps: readonly Manifest[], options: ComponentResourceOptions) {
    super('govcloud:city:Settings', 'settings', {}, options);
    for (const { metadata, ...rest } of maps) {
      const { data = {} } = rest as { data?: Record<string, string> };
      new core.v1.ConfigMap(`ConfigMap/${metadata.name}`, { metadata, data }, { parent: this });
    }
    this.registerOutputs({});
  }
}

function objectOf(
  kind: string,
  { metadata, spec }: Declared<{ metadata: Manifest['metadata']; spec: unknown }>,
  options: { readonly parent: Resource; readonly dependsOn?: Resource[] },
): Resource {
  const { name, namespace } = metadata;
  const id = [kind, namespace, name].filter((it) => it !== undefined).join('/');
  return new apiextensions.CustomResource(id, { apiVersion: API_VERSION, kind, metadata, spec }, options);
}
