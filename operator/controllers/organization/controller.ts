import { resourceOf } from '../../../api/kind.ts';
import { InformationSystem, namespaceOf, Organization, Project, Quota } from '../../../api/v1alpha1/index.ts';
import { settleConditions, type WantedCondition } from '../../../domain/conditions.ts';
import { inUse, type User } from '../../../domain/in-use.ts';
import { organizationReferences, resolvedRefs } from '../../../domain/references.ts';
import { cityDay } from '../../../domain/calendar.ts';
import { sameJson } from '../../../domain/same.ts';
import { infrastructureConditions } from '../../../messages/infrastructure.ts';
import { isKubeError } from '../../../kube/errors.ts';
import type { KubeObject } from '../../../kube/types.ts';
import { NAMESPACES } from '../../adapters/hub.ts';
import { getIfThere } from '../../adapters/members.ts';
import { writeStatus } from '../../status.ts';
import type { Term } from '../../term.ts';

const UID_ANNOTATION = 'govcloud.dev/organization-uid';

/** Gives an organisation its namespace, which is derived from its code and never adopted from somebody else; says whether those above it are there. */
export async function reconcileOrganization(term: Term, key: string): Promise<void> {
  const { hub, clock } = term;
  const organization = hub.organizations.get(key);
  if (!organization) return;
  const { metadata } = organization;
  const name = namespaceOf(metadata.name);
  let found = await getIfThere(hub.client, NAMESPACES, { name });
  if (!found) {
    const namespace: KubeObject = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name,
        labels: { 'govcloud.dev/organization': metadata.name },
        annotations: { [UID_ANNOTATION]: metadata.uid ?? '' },
      },
    };
    try {
      found = await hub.client.create(NAMESPACES, namespace);
    } catch (error) {
      if (!isKubeError(error, 'E_API_EXISTS')) throw error;
      found = await hub.client.get(NAMESPACES, { name });
    }
  }
  const owned = found.metadata.annotations?.[UID_ANNOTATION] === metadata.uid;
  const generation = metadata.generation ?? 0;
  const namespaceReady: Omit<WantedCondition, 'type'> = owned
    ? { status: 'True', reason: 'Created', message: infrastructureConditions.namespaceReady }
    : { status: 'False', reason: 'NamespaceTaken', message: infrastructureConditions.namespaceTaken };
  const used = inUse(
    usersOf(term, organization),
    { used: 'HasObjects', free: 'Empty' },
    `kubectl get allocations,resourcerequests,informationsystems,projects -n ${name}`,
  );
  // A condition is no decision: what is granted goes by the day of the database.
  const now = new Date(clock.now()).toISOString();
  const unresolved = organizationReferences(organization, hub.organizations, cityDay(now));
  const status = {
    ...(owned ? { namespace: name } : {}),
    conditions: settleConditions(
      organization.status?.conditions,
      [
        { type: 'NamespaceReady', ...namespaceReady, params: { namespace: name } },
        used,
        resolvedRefs(unresolved),
      ],
      now,
      generation,
    ),
    observedGeneration: generation,
  };
  if (!sameJson(organization.status, status)) {
    await writeStatus(term, resourceOf(Organization), organization, status);
  }
}

/** What is in an organisation's namespace and is neither over nor reclaimed, and the quotas that are given to it. */
function* usersOf({ hub }: Term, { metadata }: Organization): Iterable<User> {
  const name = namespaceOf(metadata.name);
  yield* hub.usersOf('namespace', name);
  for (const it of hub.systems.list()) {
    if (it.metadata.namespace === name) yield { kind: InformationSystem.kind, metadata: it.metadata };
  }
  for (const it of hub.projects.list()) {
    if (it.metadata.namespace === name) yield { kind: Project.kind, metadata: it.metadata };
  }
  for (const it of hub.quotas.list()) {
    if (it.spec.child.organization === metadata.name) yield { kind: Quota.kind, metadata: it.metadata };
  }
}
