import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KubeClient } from '../../kube/client.ts';
import { applyManifests, parseManifests } from '../../kube/manifests.ts';
import type { KubeObject, ResourceRef } from '../../kube/types.ts';
import { ensureBinaries } from '../../tools/localcity/binaries.ts';
import { startCluster } from '../../tools/localcity/cluster.ts';
import { openHome } from '../../tools/localcity/home.ts';
import { reservePorts } from '../../tools/localcity/ports.ts';
import { startPostgres } from '../../tools/localcity/postgres.ts';
import { answersOk } from '../../tools/localcity/probe.ts';
import { startProcess, stopAll } from '../../tools/localcity/process.ts';
import { prepareBooks } from '../support/books.ts';
import { figureOf, type Run } from './figures.ts';
import { holdsPerSecond } from './holds.ts';
import { ensureMinimalKueue } from './minimalkueue.ts';
import { withScratch } from './scratch.ts';
import type { Suite } from './suite.ts';

const REQUESTS = 5_000;
const CALLERS = 16;
const AIM = { of: 'ratio', atLeast: 10 } as const;
const NAMESPACE = 'default';
const GROUP = { group: 'kueue.x-k8s.io', version: 'v1beta2' };
const WORKLOADS: ResourceRef = { ...GROUP, plural: 'workloads', namespaced: true };

/**
 * Decisions a second of our ledger and of kueue on as many requests that all fit, each of one vCPU. Kueue runs as its
 * own benchmark runs it, with its client's limit lifted, on workloads that wait already; what counts is the time from
 * its first admission to its last. It keeps its books in the API server: each decision is a status write there.
 */
export const peer: Suite = ({ runs, scaled, say }) =>
  withScratch(async ({ dir }) => {
    const kueue = await ensureMinimalKueue((line) => say(`peer: ${line}`));
    const home = openHome(dir);
    try {
      say('peer: starting an API server and PostgreSQL');
      const binaries = await ensureBinaries();
      const [cluster, postgres] = await Promise.all([
        startCluster(home, binaries, { name: 'peer' }),
        startPostgres(home),
      ]);
      await prepareBooks(postgres);
      const { client } = cluster;
      const crds = readdirSync(kueue.crds).flatMap((file) =>
        parseManifests(readFileSync(join(kueue.crds, file), 'utf8')),
      );
      await applyManifests(client, crds, { fieldManager: 'bench' });
      await applyManifests(client, queues(), { fieldManager: 'bench' });
      const { kueue: port } = await reservePorts(home, ['kueue']);

      const count = scaled(REQUESTS);
      const measured: Run[] = [];
      for (let run = 1; run <= runs; run++) {
        await createWorkloads(client, run, count);
        const admitted = admissions(client, count);
        await startProcess(home, {
          name: 'kueue',
          command: kueue.program,
          args: ['--metricsPort', String(port)],
          env: { KUBECONFIG: cluster.kubeconfigPath },
          ready: (signal) => answersOk(`http://127.0.0.1:${port}/metrics`, signal),
        });
        const floor = await admitted;
        await stopAll(home, { only: (name) => name === 'kueue' });
        await removeWorkloads(client);
        const value = await holdsPerSecond(postgres, 'vCPU alone', count);
        say(
          `peer: run ${run} of ${runs}: kueue ${floor.toFixed(0)} decisions/s, the ledger ${value.toFixed(0)}`,
        );
        measured.push({ value, floor });
      }
      client.close();
      const name = `holds of ${count} that all fit`;
      return [figureOf({ name, floor: `minimalkueue ${kueue.version}`, unit: '/s', aim: AIM }, measured)];
    } finally {
      home.close();
    }
  });

/** One queue with room for all. */
function queues(): KubeObject[] {
  const apiVersion = `${GROUP.group}/${GROUP.version}`;
  const quota = { name: 'cpu', nominalQuota: '1000000' };
  const objects = [
    { apiVersion, kind: 'ResourceFlavor', metadata: { name: 'flavor' }, spec: {} },
    {
      apiVersion,
      kind: 'ClusterQueue',
      metadata: { name: 'city' },
      spec: {
        namespaceSelector: {},
        resourceGroups: [{ coveredResources: ['cpu'], flavors: [{ name: 'flavor', resources: [quota] }] }],
      },
    },
    {
      apiVersion,
      kind: 'LocalQueue',
      metadata: { name: 'department', namespace: NAMESPACE },
      spec: { clusterQueue: 'city' },
    },
  ];
  return objects as KubeObject[];
}

async function createWorkloads(client: KubeClient, run: number, count: number): Promise<void> {
  const container = { name: 'c', image: 'pause', resources: { requests: { cpu: '1' } } };
  const template = { spec: { restartPolicy: 'Never', containers: [container] } };
  await byCallers(count, async (index) => {
    await client.create(WORKLOADS, {
      apiVersion: `${GROUP.group}/${GROUP.version}`,
      kind: 'Workload',
      metadata: { namespace: NAMESPACE, name: `run-${run}-${index}` },
      spec: { queueName: 'department', active: true, podSets: [{ name: 'main', count: 1, template }] },
    } as KubeObject);
  });
}

/** Follows the workloads until all are admitted. @returns how many were a second, from the first to the last */
async function admissions(client: KubeClient, count: number): Promise<number> {
  const { resourceVersion } = await client.list(WORKLOADS);
  const ending = new AbortController();
  const admitted = new Set<string>();
  let first = 0;
  for await (const event of await client.watch(WORKLOADS, { resourceVersion, signal: ending.signal })) {
    if (event.type !== 'MODIFIED') continue;
    const { metadata, status } = event.object as KubeObject & { status?: { admission?: object } };
    if (status?.admission === undefined) continue;
    if (admitted.size === 0) first = performance.now();
    admitted.add(metadata.name);
    if (admitted.size === count) break;
  }
  if (admitted.size < count) throw new Error(`the watch ended after ${admitted.size} of ${count} admissions`);
  return ((count - 1) * 1000) / (performance.now() - first);
}

async function removeWorkloads(client: KubeClient): Promise<void> {
  const { items } = await client.list(WORKLOADS);
  await byCallers(items.length, async (index) => {
    const metadata = items[index]?.metadata as KubeObject['metadata'];
    // Its finalizer is kueue's, which is gone.
    await client.mergePatch(WORKLOADS, metadata, { metadata: { finalizers: null } });
    await client.delete(WORKLOADS, metadata);
  });
}

async function byCallers(count: number, act: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: CALLERS }, async () => {
      while (next < count) await act(next++);
    }),
  );
}
