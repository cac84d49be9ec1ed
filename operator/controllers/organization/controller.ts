import { resourceOf } from '../../../api/kind.ts';
import { namespaceOf, Organization } from '../../../api/v1alpha1/index.ts';
import { settleConditions } from '../../../domain/conditions.ts';
import { sameJson } from '../../../domain/same.ts';
import { infrastructureConditions } from '../../../messages/infrastructure.ts';
import { isKubeError } from '../../../kube/errors.ts';
import type { KubeObject } from '../../../kube/types.ts';
import { NAMESPACES } from '../../adapters/hub.ts';
import { getIfThere } from '../../adapters/members.ts';
import type { Term } from '../../term.ts';

const UID_ANNOTATION = 'govcloud.dev/organization-uid';

/** Gives an organisation its namespace, which is derived from its code and never adopted from somebody else. */
export async function reconcileOrganization({ hub, clock }: Term, key: string): Promise<void> {
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
  const condition = owned
    ? { status: 'True' as const, reason: 'Created', message: infrastructureConditions.namespaceReady }
    : {
        status: 'False' as const,
        reason: 'NamespaceTaken',
        message: infrastructureConditions.namespaceTaken,
      };
  const now = new Date(clock.now()).toISOString();
  const status = {
    ...(owned ? { namespace: name } : {}),
    conditions: settleConditions(
      organization.status?.conditions,
      [{ type: 'NamespaceReady', ...condition, params: { namespace: name } }],
      now,
      generation,
    ),
    observedGeneration: generation,
  };
  if (!sameJson(organization.status, status)) {
    await hub.client.replaceStatus(resourceOf(Organization), { ...organization, status });
  }
}
