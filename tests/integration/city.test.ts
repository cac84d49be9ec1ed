import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CapacityPool, CatalogItem, ParameterValues } from '../../api/v1alpha1/index.ts';
import { namespaceOf } from '../../api/v1alpha1/index.ts';
import type { AllocationFacts, Json } from '../../domain/catalogue/expressions.ts';
import { isReady, outputsOf, type RenderedObject, renderObjects } from '../../domain/catalogue/render.ts';
import { ResourceVector } from '../../domain/quantity.ts';
import type { KubeClient } from '../../kube/client.ts';
import { applyManifests, parseManifests } from '../../kube/manifests.ts';
import type { KubeObject } from '../../kube/types.ts';
import { openTestCity } from '../support/clusters.ts';
import { ensureBinaries } from '../../tools/localcity/binaries.ts';
import type { Cluster } from '../../tools/localcity/cluster.ts';
import { loadCity, nodeObjects } from '../../stacks/city.ts';

const city = loadCity(join(import.meta.dirname, '../../stacks/shanwei'));
const items = city.manifests.filter(({ kind }) => kind === 'CatalogItem') as unknown as CatalogItem[];
const CRDS = join(import.meta.dirname, '../../api/generated/crds');
const test = openTestCity();
let hub: Cluster;
let member: Cluster;

const READ = { fieldManager: 'test' };

/** Repeats a look until it satisfies; the limit is generous since nothing here measures time. */
async function until<T>(look: () => Promise<T>, done: (seen: T) => boolean): Promise<T> {
  const limit = AbortSignal.timeout(120_000);
  for (;;) {
    const seen = await look();
    if (done(seen) || limit.aborted) return seen;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function read(client: KubeClient, { object }: RenderedObject): Promise<Json | undefined> {
  const resource = await client.discover(object.apiVersion, object.kind);
  const found = await client.list(resource, {
    namespace: object.metadata.namespace,
    fieldSelector: `metadata.name=${object.metadata.name}`,
  });
  return found.items[0] as unknown as Json | undefined;
}

type NodeObject = KubeObject<
  unknown,
  {
    readonly allocatable?: { readonly cpu?: string; readonly memory?: string };
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  }
>;

function isReadyNode({ status }: NodeObject): boolean {
  return status?.conditions?.some((it) => it.type === 'Ready' && it.status === 'True') ?? false;
}

/** An object without what its controllers and the server write. */
function content(object: unknown): unknown {
  const copy = structuredClone(object) as { status?: unknown; metadata: Record<string, unknown> };
  delete copy.status;
  delete copy.metadata['managedFields'];
  delete copy.metadata['resourceVersion'];
  return copy;
}

beforeAll(async () => {
  const { virtualMachineCrd } = await ensureBinaries();
  [hub, member] = await Promise.all([
    test.startCluster({
      name: 'hub',
      prepare: async ({ client }) => {
        const crds = readdirSync(CRDS).flatMap((file) =>
          parseManifests(readFileSync(join(CRDS, file), 'utf8')),
        );
        await applyManifests(client, crds, READ);
      },
    }),
    test.startCluster({
      name: 'member',
      controllerManager: true,
      scheduler: true,
      kwok: { stages: city.stagePaths, storageClasses: ['ssd', 'hdd'] },
      prepare: async ({ client }) => {
        await applyManifests(client, parseManifests(readFileSync(virtualMachineCrd, 'utf8')), READ);
        await applyManifests(client, city.memberManifests as readonly KubeObject[], READ);
        // KWOK ends at once when its stage's kind has no schema yet, which the server publishes after the kind itself.
        // The index comes as plain text.
        await until(
          () => client.raw<string>('/openapi/v3'),
          (index) => 'apis/kubevirt.io/v1' in (JSON.parse(index) as { paths: object }).paths,
        );
      },
    }),
  ]);
}, 300_000);

afterAll(() => test.stop(), 60_000);

it('every manifest is accepted by a real API server, unknown fields refused', async () => {
  const names = city.manifests
    .filter(({ kind }) => kind === 'Organization')
    .map(({ metadata }) => namespaceOf(metadata.name));
  const namespaces = ['govcloud-system', ...names].map((name) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name },
  }));
  await applyManifests(hub.client, [...namespaces, ...city.manifests] as readonly KubeObject[], READ);
  const stored = await hub.client.list(await hub.client.discover('govcloud.dev/v1alpha1', 'CatalogItem'));
  expect(stored.items.map(({ metadata }) => metadata.name)).toEqual(
    items.map(({ metadata }) => metadata.name),
  );
}, 120_000);

const VALUES: Readonly<Record<string, ParameterValues>> = {
  vm: { vcpu: 8, memoryGiB: 32, diskGiB: 200 },
  postgresql: { vcpu: 16, memoryGiB: 64, diskGiB: 1024 },
  rabbitmq: { vcpu: 4, memoryGiB: 8, diskGiB: 100 },
  redis: { vcpu: 4, memoryGiB: 16, diskGiB: 100 },
  'block-ssd': { sizeGiB: 500 },
  'block-hdd': { sizeGiB: 10240 },
  'container-namespace': { vcpu: 16, memoryGiB: 64, diskGiB: 0 },
};

describe('in a member', () => {
  beforeAll(async () => {
    const nodes = city.nodeGroups.filter(({ cluster }) => cluster === 'extranet').flatMap(nodeObjects);
    await applyManifests(member.client, nodes as readonly KubeObject[], READ);
  }, 60_000);

  it('its hosts stand ready, giving what their pools have', async () => {
    const nodes = await until(
      async () => (await member.client.list<NodeObject>(await member.client.discover('v1', 'Node'))).items,
      (found) => found.every(isReadyNode),
    );
    expect(nodes.filter(isReadyNode)).toHaveLength(nodes.length);
    const pools = city.manifests.filter(({ kind }) => kind === 'CapacityPool') as unknown as CapacityPool[];
    for (const { metadata, spec } of pools.filter((pool) => pool.spec.cluster === 'extranet')) {
      const given = nodes
        .filter((node) => node.metadata.labels?.['govcloud.dev/pool'] === metadata.name)
        .map(({ status }) => status?.allocatable)
        .map((it) => ResourceVector.parse({ vcpu: it?.cpu ?? '', memory: it?.memory ?? '' }))
        .reduce((a, b) => a.plus(b));
      const { vcpu, memory } = ResourceVector.parse(spec.total).toQuantities();
      expect(given.toQuantities(), metadata.name).toEqual({ vcpu, memory });
    }
  }, 120_000);

  it.each(
    items.filter(({ spec }) => spec.fulfilment === 'auto').map((it) => [it.metadata.name, it] as const),
  )(
    '%s stands, becomes ready, and leaves nothing when its objects are deleted',
    async (name, item) => {
      const quantity = Math.min(2, item.spec.maxQuantity);
      const facts: AllocationFacts = {
        name: 'zy-2026-000123-app',
        namespace: 'gov-441500-wjj',
        memberNamespace: `gov-441500-wjj-${name}`,
        organization: '441500-wjj',
        system: 'quanmin-jiankang',
        item: name,
        quantity,
        revision: 1,
        zone: 'extranet',
        arch: 'arm64',
        pool: 'extranet-arm64',
        suspended: false,
      };
      const values = VALUES[name] ?? {};
      const rendered = renderObjects(item.spec, facts, values, (label) => `secret-of-${label}-000000`);
      const namespace = {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: {
          name: facts.memberNamespace,
          labels: { 'pod-security.kubernetes.io/enforce': 'restricted' },
        },
      };
      await applyManifests(
        member.client,
        [namespace, ...rendered.map(({ object }) => object as unknown as KubeObject)],
        { fieldManager: 'govcloud' },
      );

      const live = async () => {
        const byTemplate: Record<string, Json[]> = Object.fromEntries(
          item.spec.templates.map((template) => [template.name, []]),
        );
        for (const it of rendered) {
          const found = await read(member.client, it);
          if (found !== undefined) byTemplate[it.template]?.push(found);
        }
        return byTemplate;
      };
      const ready = await until(live, (objects) => isReady(item.spec, facts, values, objects));
      expect(isReady(item.spec, facts, values, ready), JSON.stringify(ready)).toBe(true);
      expect(outputsOf(item.spec, facts, values, ready).length).toBeGreaterThan(0);

      // Applying again changes nothing: no field of ours is dropped or rewritten by the server.
      for (const it of rendered) {
        const resource = await member.client.discover(it.object.apiVersion, it.object.kind);
        const again = await member.client.apply(resource, it.object as unknown as KubeObject, {
          fieldManager: 'govcloud',
          dryRun: true,
        });
        expect(content(again)).toEqual(content(await read(member.client, it)));
      }

      for (const { object } of rendered) {
        const resource = await member.client.discover(object.apiVersion, object.kind);
        await member.client.delete(resource, object.metadata, { propagationPolicy: 'Background' });
      }
      const leftovers = async () => {
        const left: string[] = [];
        for (const [apiVersion, kind] of [
          ['v1', 'PersistentVolumeClaim'],
          ['v1', 'Pod'],
          ['v1', 'Secret'],
          ['v1', 'Service'],
          ['apps/v1', 'StatefulSet'],
          ['kubevirt.io/v1', 'VirtualMachine'],
        ] as const) {
          const resource = await member.client.discover(apiVersion, kind);
          const { items: found } = await member.client.list(resource, { namespace: facts.memberNamespace });
          left.push(...found.map(({ metadata }) => `${kind}/${metadata.name}`));
        }
        const volumes = await member.client.list(await member.client.discover('v1', 'PersistentVolume'));
        return [...left, ...volumes.items.map(({ metadata }) => `PersistentVolume/${metadata.name}`)];
      };
      expect(await until(leftovers, (left) => left.length === 0)).toEqual([]);
    },
    300_000,
  );
});
