import type { kindNames } from '../../messages/cli.ts';
import type { ResourceRef } from '../../kube/types.ts';

/** A resource as the CLI names it: where the API server serves it, and its kind. */
export interface KindRef extends ResourceRef {
  readonly kind: keyof typeof kindNames;
}

/**
 * Where our kinds are served. The declarations in api/ bring their schemas with them, which a list does not need
 * and which take longer to load than the list; a test keeps the two the same.
 */
function ours(kind: KindRef['kind'], plural: string, namespaced: boolean): KindRef {
  return { kind, group: 'govcloud.dev', version: 'v1alpha1', plural, namespaced };
}

export const organizations = ours('Organization', 'organizations', false);
export const memberClusters = ours('MemberCluster', 'memberclusters', false);
export const capacityPools = ours('CapacityPool', 'capacitypools', false);
export const catalogItems = ours('CatalogItem', 'catalogitems', false);
export const approvalFlows = ours('ApprovalFlow', 'approvalflows', false);
export const delegations = ours('Delegation', 'delegations', true);
export const quotas = ours('Quota', 'quotas', true);
export const informationSystems = ours('InformationSystem', 'informationsystems', true);
export const projects = ours('Project', 'projects', true);
export const resourceRequests = ours('ResourceRequest', 'resourcerequests', true);
export const allocations = ours('Allocation', 'allocations', true);
export const stockImports = ours('StockImport', 'stockimports', false);
export const usageFindings = ours('UsageFinding', 'usagefindings', true);
export const repairs = ours('Repair', 'repairs', false);

export const secrets: KindRef = {
  kind: 'Secret',
  group: '',
  version: 'v1',
  plural: 'secrets',
  namespaced: true,
};

const OF_ORGANIZATIONS = 'gov-';

/** Whether a namespace is an organisation's. */
export function isOrganizationNamespace(namespace: string): boolean {
  return namespace.startsWith(OF_ORGANIZATIONS);
}
