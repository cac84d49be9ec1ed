import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { resourceOf } from '../../api/kind.ts';
import { type CatalogItem, type InformationSystem, ResourceRequest } from '../../api/v1alpha1/index.ts';
import { levelsPatch } from '../../domain/catalogue/item.ts';
import { KubeClient } from '../../kube/client.ts';
import { loadAccess } from '../../kube/config.ts';
import { KubeError } from '../../kube/errors.ts';
import { applyManifests } from '../../kube/manifests.ts';
import type { KubeObject } from '../../kube/types.ts';
import { loadPolicies, policyObjects } from '../../policies/admission.ts';
import { loadCity } from '../../stacks/city.ts';
import { installHub, writeStaticPolicies } from '../../tools/city/hub.ts';
import { type Binaries, ensureBinaries } from '../../tools/localcity/binaries.ts';
import { type Cluster, startCluster } from '../../tools/localcity/cluster.ts';
import { type Home, openHome } from '../../tools/localcity/home.ts';
import { silent } from '../../tools/localcity/progress.ts';
import { waitUntil } from '../../tools/localcity/wait.ts';
import { figureOf, type Run } from './figures.ts';
import { withScratch } from './scratch.ts';
import type { Suite } from './suite.ts';

const REQUESTS_A_TURN = 1_000;
const CALLERS = 16;
/** A department of Shanwei with four systems, each of which is a parameter of a rule. */
const NAMESPACE = 'gov-441500-zjj';
const REQUESTER = 'system:serviceaccount:govcloud-people:zjj-ops';
const LIMIT_MS = 60_000;
const REQUESTS = resourceOf(ResourceRequest);

interface Hub {
  readonly cluster: Cluster;
  /** In the requester's name. */
  readonly person: KubeClient;
  readonly request: ResourceRequest & KubeObject;
}

/**
 * Creates of requests a second by a person of a department, on a hub with all our admission rules and on one with
 * none, which is the floor: two API servers, each with an etcd of its own, in turns; Shanwei's catalogue and clusters
 * and that department's systems in both, since rules look at each of them.
 */
export const admission: Suite = ({ runs, scaled, say }) =>
  withScratch(async ({ dir }) => {
    const home = openHome(dir);
    const hubs: Hub[] = [];
    try {
      say('admission: starting two hubs');
      const binaries = await ensureBinaries();
      const unruled = await startHub(home, binaries, 'unruled');
      hubs.push(unruled);
      const ruled = await startHub(home, binaries, 'ruled');
      hubs.push(ruled);

      const count = scaled(REQUESTS_A_TURN);
      const measured: Run[] = [];
      for (const hub of hubs) await createsPerSecond(hub, 'warm', count);
      for (let run = 1; run <= runs; run++) {
        const floor = await createsPerSecond(unruled, `run-${run}`, count);
        const value = await createsPerSecond(ruled, `run-${run}`, count);
        say(
          `admission: run ${run} of ${runs}: ${value.toFixed(0)} creates/s, without rules ${floor.toFixed(0)}`,
        );
        measured.push({ value, floor });
      }
      const aim = { of: 'ratio', atLeast: 0.95 } as const;
      const name = 'creates of requests, all rules';
      return [figureOf({ name, floor: 'no rules', unit: '/s', aim }, measured)];
    } finally {
      for (const { person, cluster } of hubs) {
        person.close();
        cluster.client.close();
      }
      home.close();
    }
  });

async function startHub(home: Home, binaries: Binaries, name: 'ruled' | 'unruled'): Promise<Hub> {
  const staticPolicyDir = join(home.dir, `${name}-policies`);
  mkdirSync(staticPolicyDir);
  if (name === 'ruled') writeStaticPolicies(staticPolicyDir);
  const cluster = await startCluster(home, binaries, { name, staticPolicyDir });
  const { signal } = new AbortController();
  await installHub(cluster.client, { staticReview: name === 'ruled', progress: silent, signal });
  if (name === 'unruled') await removeRules(cluster.client);
  const systems = await furnish(cluster.client);
  const access = await loadAccess({ kubeconfig: cluster.kubeconfigPath, as: { user: REQUESTER } });
  return { cluster, person: new KubeClient(access), request: requestFor(systems[0] as InformationSystem) };
}

/** Takes away every rule, and waits until none acts any more: one that is gone acts for some seconds. */
async function removeRules(client: KubeClient): Promise<void> {
  for (const object of policyObjects(loadPolicies()) as unknown as KubeObject[]) {
    await client.delete(await client.discover(object.apiVersion, object.kind), object.metadata);
  }
  const foreign = requestFor({ metadata: { name: 'none' }, spec: { mlps: { level: 1 } } });
  const metadata = { name: 'probe', namespace: 'default' };
  const gone = await waitUntil(
    async () => {
      try {
        await client.create(REQUESTS, { ...foreign, metadata }, { dryRun: true });
        return true;
      } catch (error) {
        if (error instanceof KubeError) return false;
        throw error;
      }
    },
    { limitMs: LIMIT_MS },
  );
  if (!gone) throw new Error('the rules still act');
}

/** What a request and the rules on it look at, as in Shanwei. @returns the department's systems */
async function furnish(client: KubeClient): Promise<readonly InformationSystem[]> {
  const { manifests } = loadCity(join(import.meta.dirname, '../../stacks/shanwei'));
  const systems = manifests.filter(
    ({ kind, metadata }) => kind === 'InformationSystem' && metadata.namespace === NAMESPACE,
  );
  const items = manifests.filter(({ kind }) => kind === 'CatalogItem') as unknown as readonly CatalogItem[];
  const objects = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
    ...items,
    ...manifests.filter(({ kind }) => kind === 'MemberCluster'),
    // As the operator keeps them.
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'item-levels', namespace: 'govcloud-system' },
      data: levelsPatch({}, items),
    },
    ...systems,
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'requester', namespace: NAMESPACE },
      roleRef: {
        apiGroup: 'rbac.authorization.k8s.io',
        kind: 'ClusterRole',
        name: 'govcloud-department-ops',
      },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: REQUESTER }],
    },
  ];
  await applyManifests(client, objects as unknown as KubeObject[], { fieldManager: 'bench' });
  return systems as unknown as InformationSystem[];
}

function requestFor(system: {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly mlps: { readonly level: number } };
}): ResourceRequest & KubeObject {
  return {
    apiVersion: 'govcloud.dev/v1alpha1',
    kind: 'ResourceRequest',
    metadata: { name: '', namespace: NAMESPACE },
    spec: {
      requester: REQUESTER,
      applicant: { unit: '单位', person: '经办人', phone: '0660-0000000', reviewer: '审核人' },
      action: 'Provision',
      system: system.metadata.name,
      mlps: system.spec.mlps.level,
      project: 'xiangmu',
      zone: 'extranet',
      lines: [{ name: 'vm', item: 'vm', quantity: 1, parameters: { vcpu: 1, memoryGiB: 4, diskGiB: 20 } }],
      until: '2099-12-31',
      reason: '性能测试',
      submission: 1,
    },
  };
}

async function createsPerSecond({ person, request }: Hub, turn: string, count: number): Promise<number> {
  let left = count;
  const started = performance.now();
  await Promise.all(
    Array.from({ length: CALLERS }, async () => {
      while (left > 0) {
        left -= 1;
        const metadata = { ...request.metadata, name: `${turn}-${left}` };
        await person.create(REQUESTS, { ...request, metadata });
      }
    }),
  );
  return (count * 1000) / (performance.now() - started);
}
