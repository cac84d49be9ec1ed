import { Provider } from '@pulumi/kubernetes';
import type { PulumiFn } from '@pulumi/pulumi/automation/index.js';
import {
  type ApprovalFlow,
  type CapacityPool,
  type CatalogItem,
  codeOf,
  type InformationSystem,
  type MemberCluster,
  type Organization,
  type Project,
  type Quota,
} from '../api/v1alpha1/index.ts';
import type { City, Manifest } from './city.ts';
import { Catalogue, Flows, OrganizationUnit, Settings, Zone } from './components.ts';

/** What a program leaves in the state, for whoever looks: the stack that it made. */
export interface Outputs {
  readonly stack: string;
}

/**
 * A city as a Pulumi program: every object of its manifests once, and nothing else. Whom it talks to is the plugin's
 * affair (KUBECONFIG), so that the state holds no credential.
 */
export function cityProgram(city: City): PulumiFn {
  return async (): Promise<Outputs & Record<string, string>> => {
    const provider = new Provider('hub', {
      enableServerSideApply: true,
      // An edit by hand is somebody else's field; repairing it takes it back.
      enablePatchForce: true,
      // A city that was loaded before it had a state is taken over.
      upsertExistingObjects: true,
    });
    const options = { providers: { kubernetes: provider } };
    const of = <T>(kind: string) => city.manifests.filter((it) => it.kind === kind) as unknown as T[];

    new Settings(of<Manifest>('ConfigMap'), options);
    new Flows(of<ApprovalFlow>('ApprovalFlow'), options);
    new Catalogue(of<CatalogItem>('CatalogItem'), options);

    const clusters = of<MemberCluster>('MemberCluster');
    const pools = of<CapacityPool>('CapacityPool');
    for (const zone of new Set(clusters.map(({ spec }) => spec.zone))) {
      const here = (it: { spec: { zone: string } }) => it.spec.zone === zone;
      new Zone(zone, { clusters: clusters.filter(here), pools: pools.filter(here) }, options);
    }

    const quotas = of<Quota>('Quota');
    const systems = of<InformationSystem>('InformationSystem');
    const projects = of<Project>('Project');
    const units = new Map<string, OrganizationUnit>();
    for (const organization of of<Organization>('Organization')) {
      const { name } = organization.metadata;
      const inside = ({ metadata }: { metadata: { namespace?: string } }) =>
        codeOf(metadata.namespace ?? '') === name;
      const above = organization.spec.parents.flatMap(({ code }) => units.get(code)?.organization ?? []);
      const has = {
        quotas: quotas.filter(inside),
        systems: systems.filter(inside),
        projects: projects.filter(inside),
      };
      units.set(name, new OrganizationUnit(organization, has, { ...options, above }));
    }
    return { stack: city.stack.name };
  };
}
