import type { Allocation, ResourceRequest, StepName } from '../../api/v1alpha1/index.ts';
import { KubeError } from '../../kube/errors.ts';
import type { KubeObject, ResourceRef, Stored } from '../../kube/types.ts';
import type { Hub } from '../hub/hub.ts';
import * as kinds from '../hub/kinds.ts';
import { showRequest } from './requests/read.ts';

/** Where a request stands, what it waits for, and who can move it. */
export interface Why {
  readonly request: Stored<ResourceRequest>;
  /** What it gave or changes; empty before it was granted. */
  readonly allocations: readonly Stored<Allocation>[];
  /** ISO 8601; since when it stands where it stands, if that is known. */
  readonly since: string | undefined;
  readonly movers: Movers;
}

/** Who can take the next step. */
export type Movers =
  | { readonly kind: 'nobody' }
  | { readonly kind: 'operator' }
  | { readonly kind: 'person'; readonly name: string }
  /** Accounts, or where bindings may not be read the roles' names. */
  | {
      readonly kind: 'reviewers';
      readonly step: StepName;
      readonly accounts: readonly string[];
      readonly roles: readonly string[];
    }
  /** Who delivers by hand, or decides on what was retained. */
  | {
      readonly kind: 'deliver' | 'erase';
      readonly accounts: readonly string[];
      readonly roles: readonly string[];
    };

export async function explainRequest(hub: Hub, name: string): Promise<Why> {
  const request = await showRequest(hub, name);
  const namespace = request.metadata.namespace ?? '';
  const names = request.status?.allocations ?? [];
  const allocations =
    names.length === 0
      ? []
      : (await hub.client.list<Allocation>(kinds.allocations, { namespace })).items.filter(({ metadata }) =>
          names.includes(metadata.name),
        );
  return {
    request,
    allocations,
    since: sinceOf(request, allocations),
    movers: await moversOf(hub, request, allocations),
  };
}

/** The newest moment that the objects tell of. */
function sinceOf(
  request: Stored<ResourceRequest>,
  allocations: readonly Stored<Allocation>[],
): string | undefined {
  const times = [
    ...(request.status?.conditions ?? []).map(({ lastTransitionTime }) => lastTransitionTime),
    ...allocations.flatMap(({ status }) =>
      (status?.conditions ?? []).map(({ lastTransitionTime }) => lastTransitionTime),
    ),
    ...writesOf(request),
  ];
  return times.sort().at(-1) ?? request.metadata.creationTimestamp;
}

/** When each of its writers last wrote it. */
function writesOf({ metadata }: { readonly metadata: object }): string[] {
  const { managedFields = [] } = metadata as { managedFields?: readonly { readonly time?: string }[] };
  return managedFields.flatMap(({ time }) => time ?? []);
}

async function moversOf(
  hub: Hub,
  request: Stored<ResourceRequest>,
  allocations: readonly Stored<Allocation>[],
): Promise<Movers> {
  const { spec, status } = request;
  const namespace = request.metadata.namespace ?? '';
  switch (status?.phase ?? 'Draft') {
    case 'Draft':
    case 'Returned':
      return { kind: 'person', name: spec.requester };
    case 'Submitted':
    case 'Granting':
      return { kind: 'operator' };
    case 'InReview': {
      const step = status?.review?.openStep as StepName;
      return {
        kind: 'reviewers',
        step,
        ...(await holdersOf(hub, 'decide', `resourcerequests/${step}`, namespace, spec)),
      };
    }
    case 'Granted': {
      if (status?.state === 'PendingAcceptance') {
        const waiting = allocations.find((it) => it.status?.state === 'PendingAcceptance');
        return { kind: 'person', name: waiting?.spec.requester ?? spec.requester };
      }
      const waits = (why: string) =>
        allocations.some((it) => it.status?.conditions?.some(({ reason }) => reason === why));
      const manual = allocations.some(
        (it) => it.spec.fulfilment === 'manual' && it.status?.state === 'PendingProvisioning',
      );
      const verb = manual || waits('WorkOrderOpen') ? 'deliver' : waits('ErasureDue') ? 'erase' : undefined;
      if (verb) return { kind: verb, ...(await holdersOf(hub, verb, 'allocations/status', namespace)) };
      return status?.state === 'PendingProvisioning' || status?.state === 'Approved'
        ? { kind: 'operator' }
        : { kind: 'nobody' };
    }
    default:
      return { kind: 'nobody' };
  }
}

interface Rule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly verbs?: readonly string[];
}
type Role = KubeObject & { readonly rules?: readonly Rule[] };
interface Subject {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}
type Binding = KubeObject & {
  readonly roleRef: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly Subject[];
};

function rbac(plural: string, namespaced: boolean): ResourceRef {
  return { group: 'rbac.authorization.k8s.io', version: 'v1', plural, namespaced };
}

/** The roles that the city has for each virtual right, with its verb where it is not `decide`, for readers who may not look at bindings. */
const ROLES: Readonly<Record<string, readonly string[]>> = {
  'resourcerequests/initial': ['govcloud-initial-reviewer', 'govcloud-county-bureau'],
  'resourcerequests/technical': ['govcloud-technical-reviewer'],
  'resourcerequests/approval': ['govcloud-approver'],
  'allocations/status deliver': ['govcloud-cloud-engineer'],
  'allocations/status erase': ['govcloud-approver'],
};

/** Who holds a right in a namespace: accounts, or the roles' names where bindings may not be read. */
async function holdersOf(
  hub: Hub,
  verb: string,
  resource: string,
  namespace: string,
  excluding?: ResourceRequest['spec'],
): Promise<{ accounts: string[]; roles: readonly string[] }> {
  const known = ROLES[resource] ?? ROLES[`${resource} ${verb}`] ?? [];
  let lists: [{ items: Role[] }, { items: Binding[] }, { items: Binding[] }];
  try {
    lists = await Promise.all([
      hub.client.list<Role>(rbac('clusterroles', false)),
      hub.client.list<Binding>(rbac('clusterrolebindings', false)),
      hub.client.list<Binding>(rbac('rolebindings', true), { namespace }),
    ]);
  } catch (error) {
    if (error instanceof KubeError && error.status === 403) return { accounts: [], roles: known };
    throw error;
  }
  const [roles, everywhere, here] = lists;
  const granting = new Set(
    roles.items
      .filter(({ rules = [] }) =>
        rules.some(
          (rule) =>
            rule.verbs?.includes(verb) &&
            rule.resources?.includes(resource) &&
            rule.apiGroups?.includes('govcloud.dev'),
        ),
      )
      .map(({ metadata }) => metadata.name),
  );
  const barred = new Set([excluding?.requester, excluding?.applicant.account]);
  const accounts = [...everywhere.items, ...here.items]
    .filter(({ roleRef }) => roleRef.kind === 'ClusterRole' && granting.has(roleRef.name))
    .flatMap(({ subjects = [] }) => subjects.map(userNameOf))
    .filter((account) => !barred.has(account));
  return { accounts: [...new Set(accounts)].sort(), roles: granting.size > 0 ? [...granting].sort() : known };
}

function userNameOf({ kind, name, namespace }: Subject): string {
  return kind === 'ServiceAccount' ? `system:serviceaccount:${namespace ?? ''}:${name}` : name;
}
