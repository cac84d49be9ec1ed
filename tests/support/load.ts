import { Organization } from '../../api/v1alpha1/index.ts';
import { applyManifests } from '../../kube/manifests.ts';
import type { KubeObject } from '../../kube/types.ts';
import { cityWords } from '../../messages/city.ts';
import { INSTALLER } from '../../tools/city/hub.ts';
import type { Load } from '../../tools/city/load.ts';
import { settleKind } from '../../tools/city/settle.ts';

/**
 * The objects of a city as the engine would make them, without it, for tests that are not about it. Cluster-wide objects
 * first; what lies in organisations' namespaces when the operator has made these.
 */
export const loadDirectly: Load = async (_dir, city) => async (hub, around) => {
  const apply = (manifests: readonly unknown[]) =>
    applyManifests(hub.client, manifests as KubeObject[], {
      fieldManager: INSTALLER,
      force: true,
      signal: around.signal,
    });
  const ofOrganization = ({ metadata }: { metadata: { namespace?: string } }) =>
    metadata.namespace?.startsWith('gov-') ?? false;
  await apply(city.manifests.filter((it) => !ofOrganization(it)));
  const named = ({ status }: Organization) => status?.namespace !== undefined;
  await settleKind(hub.client, Organization, cityWords.namespaces, named, around);
  await apply(city.manifests.filter(ofOrganization));
};
