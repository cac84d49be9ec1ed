import { resourceOf } from '../../../api/kind.ts';
import { namespaceOf, Organization } from '../../../api/v1alpha1/index.ts';
import { settleConditions, type WantedCondition } from '../../../domain/conditions.ts';
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
  const registered = [...hub.systems.list(), ...hub.projects.list()].some(
    (it) => it.metadata.namespace === name,
  );
  const limited = hub.quotas.list().some(({ spec }) => spec.child.organization === metadata.name);
  const inUse: Omit<WantedCondition, 'type'> =
    registered || limited || hub.isUsed('namespace', name)
      ? { status: 'True', reason: 'HasObjects', message: infrastructureConditions.inUse }
      : { status: 'False', reason: 'Empty', message: infrastructureConditions.notInUse };
  // A condition is no decision: what is granted goes by the day of the database.
  const now = new Date(clock.now()).toISOString();
  const unresolved = organizationReferences(organization, hub.organizations, cityDay(now));
  const status = {
    ...(owned ? { namespace: name } : {}),
    conditions: settleConditions(
      organization.status?.conditions,
      [
        { type: 'NamespaceReady', ...namespaceReady, params: { namespace: name } },
        { type: 'InUse', ...inUse },
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
