import { join } from 'node:path';
import { namespaceOf } from '../../api/v1alpha1/index.ts';
import { applyManifests } from '../../kube/manifests.ts';
import type { KubeObject } from '../../kube/types.ts';
import { cityProgress } from '../../messages/city.ts';
import type { City, Person } from '../../stacks/city.ts';
import type { Progress } from '../localcity/progress.ts';
import { issueToken, kubeconfigText, writeSecret } from './access.ts';
import { INSTALLER } from './hub.ts';
import type { HubAccess } from './hub-access.ts';

const PEOPLE_NAMESPACE = 'govcloud-people';

const ENGINEER = 'govcloud-cloud-engineer';

/** People's tokens end after a day; `up` issues them anew, and deleting the account revokes them at once. */
const TOKEN_HOURS = 24;

/** A person's account and what it is bound to. */
function objectsOf({ id, name, title, bindings }: Person): KubeObject[] {
  const subjects = [{ kind: 'ServiceAccount', name: id, namespace: PEOPLE_NAMESPACE }];
  const binding = (kind: string, role: string, namespace?: string): KubeObject =>
    ({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind,
      metadata: { name: `${role}-${id}`, ...(namespace === undefined ? {} : { namespace }) },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
      subjects,
    }) as KubeObject;
  return [
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: {
        name: id,
        namespace: PEOPLE_NAMESPACE,
        annotations: { 'govcloud.dev/name': name.zh, 'govcloud.dev/title': title.zh },
      },
    },
    // What an engineer may in the system's own namespace is a role of its own, bound there alone.
    ...(bindings.some(({ role }) => role === ENGINEER)
      ? [binding('RoleBinding', `${ENGINEER}-system`, 'govcloud-system')]
      : []),
    ...bindings.flatMap(({ role, at }) =>
      at === 'everywhere'
        ? [binding('ClusterRoleBinding', role)]
        : at.map((code) => binding('RoleBinding', role, namespaceOf(code))),
    ),
  ];
}

/** The namespace in which a person works, where it is one. */
function homeOf({ bindings }: Person): string | undefined {
  const codes = bindings.flatMap(({ at }) => (at === 'everywhere' ? [] : at));
  const [only] = codes;
  return codes.length === 1 && only !== undefined ? namespaceOf(only) : undefined;
}

/**
 * Accounts and roles of the city's people, and one kubeconfig with a context for each.
 * @returns the kubeconfig's path
 */
export async function admitPeople(
  hub: HubAccess,
  city: City,
  dir: string,
  progress: Progress,
): Promise<string> {
  progress(cityProgress.people, { count: city.people.length, hours: TOKEN_HOURS });
  await applyManifests(hub.client, city.people.flatMap(objectsOf), { fieldManager: INSTALLER, force: true });
  const users = await Promise.all(
    city.people.map(async (person) => {
      const account = { namespace: PEOPLE_NAMESPACE, name: person.id };
      const namespace = homeOf(person);
      return {
        name: person.id,
        token: await issueToken(hub.client, account, TOKEN_HOURS * 3600),
        ...(namespace === undefined ? {} : { namespace }),
      };
    }),
  );
  const path = join(dir, 'kubeconfig');
  writeSecret(path, kubeconfigText({ name: 'govcloud', url: hub.url, caPem: hub.caPem }, users));
  return path;
}
