import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { resourceOf } from '../../api/kind.ts';
import { CatalogItem, Delegation } from '../../api/v1alpha1/index.ts';
import { isKubeError } from '../../kube/errors.ts';
import type { KubeObject, ResourceRef } from '../../kube/types.ts';
import type { SmallCity } from '../support/city.ts';
import { PEOPLE_PREFIX, REVIEWERS } from '../support/people.ts';

const CATALOGUE = join(import.meta.dirname, '../../stacks/shanwei/catalogue');
/** The city's item whose disks are retained after a release. */
const RETAINED = 'redis.yaml';
const BINDINGS: ResourceRef = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  plural: 'clusterrolebindings',
  namespaced: false,
};
/** Stands in for reviewers of whom a delegation says so. */
export const STANDIN = 'cloud-engineer';

/**
 * What a life of faults needs beside the small city: something that is retained, and somebody who stands in. Doing it again
 * changes nothing.
 */
export async function furnish(city: SmallCity): Promise<void> {
  const item = load(readFileSync(join(CATALOGUE, RETAINED), 'utf8')) as KubeObject;
  await made(city, resourceOf(CatalogItem), item);
  await made(city, BINDINGS, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'chaos-standin' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'govcloud-standin' },
    subjects: [{ kind: 'ServiceAccount', name: STANDIN, namespace: 'govcloud-people' }],
  } as KubeObject);
  let count = 0;
  for (const [namespace, steps] of Object.entries(REVIEWERS)) {
    for (const [step, reviewer] of steps) {
      // Every other one is a takeover: the reviewer is gone, and the security administrator says who stands in.
      const author = await city.person(count % 2 === 0 ? reviewer : 'security-admin');
      await made(
        city,
        resourceOf(Delegation),
        {
          apiVersion: 'govcloud.dev/v1alpha1',
          kind: 'Delegation',
          metadata: { name: `chaos-${step}`, namespace },
          spec: {
            madeBy: author.account,
            reviewer: `${PEOPLE_PREFIX}${reviewer}`,
            standin: `${PEOPLE_PREFIX}${STANDIN}`,
            step,
            from: '2020-01-01',
            until: '2999-12-31',
            reason: '测试',
          },
        },
        author.client,
      );
      count += 1;
    }
  }
  await city.seen(
    CatalogItem,
    { name: item.metadata.name },
    ({ status }) =>
      status?.conditions?.some(({ type, status: is }) => type === 'Valid' && is === 'True') === true,
  );
}

async function made(
  { hub }: SmallCity,
  resource: ResourceRef,
  object: KubeObject,
  client = hub.client,
): Promise<void> {
  try {
    await client.create(resource, object);
  } catch (error) {
    if (!isKubeError(error, 'E_API_EXISTS')) throw error;
  }
}
