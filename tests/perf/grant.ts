import type { RequestLine } from '../../api/v1alpha1/index.ts';
import { ALLOCATION_LABEL } from '../../domain/allocation/objects.ts';
import { ALLOWED_KINDS, OPENSTACK_KINDS } from '../../domain/catalogue/render.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject, ResourceRef, Stored } from '../../kube/types.ts';
import { PerfCity } from './city.ts';
import { type Aim, figureOf, percentile, type Run } from './figures.ts';
import { withScratch } from './scratch.ts';
import type { Suite, SuiteOptions } from './suite.ts';

const REQUESTS_A_RUN = 30;
const WARM_UP = 5;
const AIM: Aim = { of: 'ratio', atMost: 10 };
const PERCENTILES = [50, 99] as const;
const FLOOR_NAMESPACE = 'bench';
const NAMESPACES: ResourceRef = { group: '', version: 'v1', plural: 'namespaces', namespaced: false };

const size = { vcpu: 1, memoryGiB: 4, diskGiB: 20 };
const LINES: Readonly<Record<string, RequestLine>> = {
  machine: { name: 'vm', item: 'vm', quantity: 1, parameters: size },
  database: { name: 'db', item: 'postgresql', quantity: 1, parameters: size },
};

/**
 * How long it takes from the last decision, taken when it is sent, until the last object of what was granted exists
 * in the member, as a watch there sees it; one request at a time on an idle city. Its floor is a bare create of the
 * same objects, all at once, through one client in the same member.
 */
export const grant: Suite = (options) =>
  withScratch(async ({ dir }) => {
    options.say('grant: starting the city');
    const city = await PerfCity.start(dir);
    const watcher = new MemberWatcher(city.member.client);
    try {
      await watcher.start();
      await city.member.client.create(NAMESPACES, {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: FLOOR_NAMESPACE, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
      } as KubeObject);
      const figures = [];
      for (const name of Object.keys(LINES)) figures.push(...(await measure(city, watcher, name, options)));
      return figures;
    } finally {
      await watcher.stop();
      city.close();
    }
  });

async function measure(city: PerfCity, watcher: MemberWatcher, name: string, { runs, say }: SuiteOptions) {
  const line = LINES[name] as RequestLine;
  for (let warm = 0; warm < WARM_UP; warm++) await grantOne(city, watcher, line);
  const measured: Run[][] = PERCENTILES.map(() => []);
  for (let run = 1; run <= runs; run++) {
    const samples: Run[] = [];
    while (samples.length < REQUESTS_A_RUN) samples.push(await grantOne(city, watcher, line));
    for (const [index, percent] of PERCENTILES.entries()) {
      const value = percentile(
        samples.map((it) => it.value),
        percent,
      );
      const floor = percentile(
        samples.map((it) => it.floor),
        percent,
      );
      measured[index]?.push({ value, floor });
      say(
        `grant: run ${run} of ${runs}, ${name}: p${percent} ${value.toFixed(1)} ms, bare ${floor.toFixed(1)} ms`,
      );
    }
  }
  return PERCENTILES.map((percent, index) =>
    figureOf(
      {
        name: `last decision to last object of a ${name}, p${percent} of ${REQUESTS_A_RUN}`,
        floor: `bare create of the same, p${percent}`,
        unit: 'ms',
        aim: AIM,
      },
      measured[index] ?? [],
    ),
  );
}

/** Grants one request on an otherwise idle city, then creates its objects bare. Both in ms. */
async function grantOne(city: PerfCity, watcher: MemberWatcher, line: RequestLine): Promise<Run> {
  const request = await city.submit('department', [line]);
  const decide = await city.reviewToLastStep('department', request);
  const decided = performance.now();
  await decide();
  const [allocation, ...others] = await city.delivered(request);
  if (!allocation || others.length > 0) throw new Error('a request of one line grants one allocation');
  const seen = watcher.objectsOf(allocation.metadata.uid);
  if (seen.length === 0) throw new Error(`no object of ${allocation.metadata.name} was seen in the member`);
  const value = Math.max(...seen.map(({ at }) => at)) - decided;
  return { value, floor: await createBare(city.member.client, seen) };
}

async function createBare(client: KubeClient, seen: readonly SeenObject[]): Promise<number> {
  const bare = seen.map(({ resource, object }) => ({ resource, object: bareOf(object) }));
  const started = performance.now();
  await Promise.all(bare.map(({ resource, object }) => client.create(resource, object)));
  return performance.now() - started;
}

/** An object as somebody would have written it: without what the server and the operator added. */
function bareOf(object: KubeObject): KubeObject {
  const { status: _status, ...rest } = structuredClone(object) as KubeObject & {
    spec?: Record<string, unknown>;
  };
  const metadata = { name: object.metadata.name, namespace: FLOOR_NAMESPACE };
  const isService = rest.kind === 'Service' && rest.spec !== undefined && rest.spec['clusterIP'] !== 'None';
  if (!isService) return { ...rest, metadata };
  const { clusterIP: _one, clusterIPs: _all, ...spec } = rest.spec ?? {};
  return { ...rest, metadata, spec };
}

interface SeenObject {
  readonly resource: ResourceRef;
  readonly object: Stored<KubeObject>;
  /** When the watch told of it, in ms of this process's clock. */
  readonly at: number;
}

/** Notes when each object of an allocation came into being in the member. */
class MemberWatcher {
  private readonly client: KubeClient;
  private readonly ending = new AbortController();
  private readonly seen = new Map<string, SeenObject[]>();
  private following: Promise<void>[] = [];

  constructor(client: KubeClient) {
    this.client = client;
  }

  async start(): Promise<void> {
    for (const allowed of [...ALLOWED_KINDS].filter((it) => !OPENSTACK_KINDS.has(it))) {
      const [kind = '', version = '', group = ''] = allowed.split('/').reverse();
      // The anchor is the operator's own.
      if (kind === 'ConfigMap') continue;
      const resource = await this.client.discover(group ? `${group}/${version}` : version, kind);
      const { resourceVersion } = await this.client.list(resource, { labelSelector: ALLOCATION_LABEL });
      this.following.push(this.follow(resource, resourceVersion));
    }
  }

  private async follow(resource: ResourceRef, resourceVersion: string): Promise<void> {
    const { signal } = this.ending;
    let version = resourceVersion;
    while (!signal.aborted) {
      try {
        const selection = { labelSelector: ALLOCATION_LABEL, resourceVersion: version, signal };
        for await (const event of await this.client.watch(resource, selection)) {
          const at = performance.now();
          version = event.type === 'BOOKMARK' ? event.resourceVersion : event.object.metadata.resourceVersion;
          if (event.type !== 'ADDED') continue;
          const uid = event.object.metadata.labels?.[ALLOCATION_LABEL] ?? '';
          this.seen.set(uid, [...(this.seen.get(uid) ?? []), { resource, object: event.object, at }]);
        }
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    }
  }

  objectsOf(allocationUid: string): readonly SeenObject[] {
    return this.seen.get(allocationUid) ?? [];
  }

  async stop(): Promise<void> {
    this.ending.abort();
    await Promise.all(this.following);
  }
}
