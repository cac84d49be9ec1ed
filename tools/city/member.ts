import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { applyManifests, parseManifests } from '../../kube/manifests.ts';
import type { KubeObject } from '../../kube/types.ts';
import { cityProgress } from '../../messages/city.ts';
import { type City, nodeObjects } from '../../stacks/city.ts';
import type { Binaries } from '../localcity/binaries.ts';
import type { Cluster } from '../localcity/cluster.ts';
import type { Progress } from '../localcity/progress.ts';
import { waitUntil } from '../localcity/wait.ts';
import { issueToken, kubeconfigText } from './access.ts';
import { INSTALLER } from './hub.ts';

const ROOT = join(import.meta.dirname, '../..');
const NODES = { group: '', version: 'v1', plural: 'nodes', namespaced: false };

/** The classes that the catalogue's disks name. */
export const STORAGE_CLASSES = ['ssd', 'hdd'];

/** How long the operator's credential in a member lasts; each `up` issues it anew. */
const OPERATOR_TOKEN_SECONDS = 30 * 86_400;

/** What a local member has before KWOK starts: KubeVirt's kind and the city's own objects. */
export async function prepareMember(cluster: Cluster, binaries: Binaries, city: City): Promise<void> {
  await applyManifests(
    cluster.client,
    [
      ...parseManifests(readFileSync(binaries.virtualMachineCrd, 'utf8')),
      ...parseManifests(readFileSync(join(ROOT, 'policies/rbac/member/operator.yaml'), 'utf8')),
      ...(city.memberManifests as unknown as KubeObject[]),
    ],
    { fieldManager: INSTALLER, force: true },
  );
  // KWOK reads the schema of what its stages are about when it starts; it is published after the kind is served.
  const published = await waitUntil(
    async () => {
      // The index comes as JSON that is not labelled as such.
      const index = await cluster.client.raw<string>('/openapi/v3');
      return index.includes('"apis/kubevirt.io/v1"');
    },
    { limitMs: 60_000, pollMs: 100 },
  );
  if (!published)
    throw new Error(`${cluster.name}: the schema of VirtualMachine was not published within 60 s`);
}

/** Hosts of the member's pools, which KWOK keeps ready. Those that exist stay as they are. */
export async function createNodes(cluster: Cluster, city: City, progress: Progress): Promise<void> {
  const nodes = city.nodeGroups.filter((group) => group.cluster === cluster.name).flatMap(nodeObjects);
  const there = new Set((await cluster.client.list(NODES)).items.map(({ metadata }) => metadata.name));
  for (const node of nodes) {
    if (!there.has(node.metadata.name)) await cluster.client.create(NODES, node as unknown as KubeObject);
  }
  progress(cityProgress.nodes, { member: cluster.name, count: nodes.length });
}

/** The operator's own credential in a member, as the Secret that `MemberCluster.spec.credentialsSecret` names. */
export async function memberSecret(cluster: Cluster, name: string): Promise<KubeObject> {
  const kubeconfig = await memberKubeconfig(cluster);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: 'govcloud-system' },
    type: 'Opaque',
    data: { kubeconfig: Buffer.from(kubeconfig).toString('base64') },
  } as KubeObject;
}

/** That credential as a kubeconfig's text. */
export async function memberKubeconfig(cluster: Cluster): Promise<string> {
  const account = { namespace: 'govcloud-system', name: 'govcloud-operator' };
  const token = await issueToken(cluster.client, account, OPERATOR_TOKEN_SECONDS);
  const server = { name: cluster.name, url: cluster.server, caPem: cluster.caPem };
  return kubeconfigText(server, [{ name: 'govcloud-operator', token }]);
}
