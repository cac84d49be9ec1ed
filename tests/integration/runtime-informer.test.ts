import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { KubeClient } from '../../kube/client.ts';
import { loadAccess } from '../../kube/config.ts';
import type { KubeObject, ResourceRef, Stored } from '../../kube/types.ts';
import { systemClock } from '../../operator/runtime/clock.ts';
import { Controller, type Reconcile } from '../../operator/runtime/controller.ts';
import { Informer, type InformerSettings, keyOf, nameOf } from '../../operator/runtime/informer.ts';
import { createRuntimeMetrics } from '../../operator/runtime/metrics.ts';
import { seededRandom } from '../../operator/runtime/testing.ts';
import type { Cluster } from '../../tools/localcity/cluster.ts';
import { stopAll } from '../../tools/localcity/process.ts';
import { openTestCity, type TestCity } from '../support/clusters.ts';
import { type FaultProxy, startFaultProxy } from './runtime-proxy.ts';

const CONFIG_MAPS: ResourceRef = { group: '', version: 'v1', plural: 'configmaps', namespaced: true };
const NAMESPACES: ResourceRef = { group: '', version: 'v1', plural: 'namespaces', namespaced: false };
type ConfigMap = KubeObject & { data?: Record<string, string> };

vi.setConfig({ testTimeout: 60_000 });
const LIMIT = { timeout: 30_000, interval: 20 };
const log = pino({ level: 'silent' });
const random = seededRandom(20261124);

let city: TestCity;
let hub: Cluster;
let direct: KubeClient;
let proxy: FaultProxy;

beforeAll(async () => {
  city = openTestCity();
  hub = await city.startCluster({ name: 'hub' });
  const access = await loadAccess({ kubeconfig: hub.kubeconfigPath });
  direct = new KubeClient(access);
  proxy = await startFaultProxy(access);
}, 600_000);

afterAll(async () => {
  direct?.close();
  await proxy?.close();
  await city?.stop();
});

let ns: string;
let count = 0;
let stop: AbortController;
let running: Promise<void>[];
let registry: Registry;

beforeEach(async () => {
  count += 1;
  ns = `informer-${count}`;
  stop = new AbortController();
  running = [];
  registry = new Registry();
  await direct.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: ns } });
});

afterEach(async () => {
  stop.abort();
  proxy.fault = () => undefined;
  await Promise.all(running);
});

function configMap(name: string, data: Record<string, string> = {}): ConfigMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: ns, name }, data };
}

const create = (name: string, data: Record<string, string> = {}) =>
  direct.create(CONFIG_MAPS, configMap(name, data));
const write = (name: string, data: Record<string, string>) =>
  direct.mergePatch(CONFIG_MAPS, { namespace: ns, name }, { data });
const remove = (name: string) => direct.delete(CONFIG_MAPS, { namespace: ns, name });

let metrics: ReturnType<typeof createRuntimeMetrics>;

/** A running informer of the test's namespace, through the proxy, and the keys that it emitted. */
function start(
  settings: Partial<InformerSettings> = {},
  resource = CONFIG_MAPS,
): { informer: Informer<ConfigMap>; keys: string[] } {
  metrics = createRuntimeMetrics(registry);
  const informer = new Informer<ConfigMap>({
    client: new KubeClient(proxy.access, { timeoutMs: 5_000 }),
    resource,
    namespace: ns,
    indexes: { colour: ({ data }) => (data?.['colour'] ? data['colour'].split(',') : []) },
    clock: systemClock,
    random,
    log,
    metrics: metrics.informer(resource.plural),
    settings: { backoff: { baseMs: 20, maxMs: 200 }, ...settings },
  });
  const keys: string[] = [];
  informer.subscribe((key) => keys.push(key));
  running.push(informer.run(stop.signal));
  return { informer, keys };
}

const names = (objects: readonly Stored<ConfigMap>[]) => objects.map(({ metadata }) => metadata.name).sort();
const key = (name: string) => `${ns}/${name}`;

async function measured(name: string): Promise<number> {
  const metric = await registry.getSingleMetric(name)?.get();
  return metric?.values[0]?.value ?? 0;
}

/** Requests for a watch that reached the proxy. */
const watches = () => proxy.requests.filter((request) => request.includes('watch=true'));
const isWatch = (url: string) => url.includes('watch=true');

/** Breaks the informer's connections and lets no new one through. A stopping API server waits for open watches. */
function disconnect(): void {
  proxy.fault = () => ({ status: 502 });
  proxy.cut();
}

function reconnect(): void {
  proxy.fault = () => undefined;
}

const stopApiserver = () => stopAll(city.home, { only: (name) => name === 'hub-apiserver' });

/** Waits for so many failures of the informer from now on. */
async function moreFailures(times: number): Promise<void> {
  const before = await measured('govcloud_informer_failures_total');
  const now = () => measured('govcloud_informer_failures_total');
  await vi.waitFor(async () => expect(await now()).toBeGreaterThanOrEqual(before + times), LIMIT);
}

describe('keys', () => {
  it('name an object and lead back to its name', () => {
    expect(keyOf(configMap('a'))).toBe(`${ns}/a`);
    expect(nameOf('gov-health/a')).toEqual({ namespace: 'gov-health', name: 'a' });
    expect(nameOf('4415')).toEqual({ name: '4415' });
  });
});

describe('an informer', () => {
  it('reads a long list in pages and is not synced before the last', async () => {
    for (let i = 0; i < 12; i++) await create(`c${i}`);
    let pages = 0;
    const syncedAt: boolean[] = [];
    proxy.fault = (_, url) => {
      if (url.includes('/configmaps?') && !isWatch(url)) {
        pages += 1;
        syncedAt.push(informer.hasSynced);
      }
      return undefined;
    };
    const { informer, keys } = start({ pageSize: 5 });
    await informer.whenSynced(stop.signal);
    expect(pages).toBe(3);
    expect(syncedAt).toEqual([false, false, false]);
    expect(names(informer.list())).toHaveLength(12);
    expect(keys.sort()).toEqual(informer.list().map(keyOf).sort());
  });

  it('follows what is added, changed, and deleted, under key, uid, and index', async () => {
    const old = await create('a', { colour: 'red,blue' });
    const { informer, keys } = start();
    await informer.whenSynced(stop.signal);
    expect(names(informer.byIndex('colour', 'blue'))).toEqual(['a']);
    await create('b', { colour: 'red' });
    await vi.waitFor(() => expect(names(informer.byIndex('colour', 'red'))).toEqual(['a', 'b']), LIMIT);
    await write('a', { colour: 'green' });
    await vi.waitFor(() => expect(names(informer.byIndex('colour', 'green'))).toEqual(['a']), LIMIT);
    expect(informer.byIndex('colour', 'blue')).toEqual([]);
    expect(informer.byUid(old.metadata.uid)?.data).toEqual({ colour: 'green' });
    await remove('a');
    const fresh = await create('a');
    await vi.waitFor(() => expect(informer.get(key('a'))?.metadata.uid).toBe(fresh.metadata.uid), LIMIT);
    expect(informer.byUid(old.metadata.uid)).toBeUndefined();
    expect(informer.byIndex('colour', 'green')).toEqual([]);
    expect(keys).toEqual([key('a'), key('b'), key('a'), key('a'), key('a')]);
    expect(() => informer.byIndex('size', '1')).toThrow('no index size');
  });

  it('hands out frozen objects', async () => {
    await create('a', { x: '1' });
    const { informer } = start();
    await informer.whenSynced(stop.signal);
    const seen = informer.get(key('a'));
    expect(() => Object.assign(seen?.data ?? {}, { x: '2' })).toThrow(TypeError);
  });

  it('maps objects to the keys that they are about, those of before as well', async () => {
    const { informer } = start();
    await informer.whenSynced(stop.signal);
    const ownerOf = ({ data }: { data?: Record<string, string> }) => [data?.['owner'] ?? 'none'];
    const owners: string[] = [];
    const newOwners: string[] = [];
    const colours: string[] = [];
    const end = informer.subscribe((owner) => owners.push(owner), ownerOf);
    informer.subscribe((owner) => newOwners.push(owner), ownerOf, 'keys');
    informer.subscribe(
      (owner) => colours.push(owner),
      ownerOf,
      ({ data }) => data?.['colour'],
    );
    await create('a', { owner: 'one' });
    await write('a', { owner: 'one', colour: 'red' });
    await write('a', { owner: 'one', colour: 'red', size: 'large' });
    await write('a', { owner: 'two' });
    await remove('a');
    await vi.waitFor(() => expect(owners).toEqual(['one', 'one', 'one', 'one', 'two', 'two']), LIMIT);
    expect(newOwners).toEqual(['one', 'one', 'two', 'two']);
    expect(colours).toEqual(['one', 'one', 'one', 'two', 'two']);
    end();
    const late: string[] = [];
    await create('b', { owner: 'three' });
    await vi.waitFor(() => expect(informer.list()).toHaveLength(1), LIMIT);
    informer.subscribe(
      (owner) => late.push(owner),
      ({ data }) => [data?.['owner'] ?? 'none'],
    );
    expect(late).toEqual(['three']);
    expect(owners).toHaveLength(6);
  });

  it('tells what people change from what became of it, and what is settled from what is not', async () => {
    const budgets = { group: 'policy', version: 'v1', plural: 'poddisruptionbudgets', namespaced: true };
    const names = (name: string) => ({ namespace: ns, name });
    const make = (name: string) =>
      direct.create<KubeObject>(budgets, {
        apiVersion: 'policy/v1',
        kind: 'PodDisruptionBudget',
        metadata: names(name),
        spec: { maxUnavailable: 1 },
      });
    const observe = async (name: string) => {
      const object = await direct.get(budgets, names(name));
      const counts = { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 };
      const status = { ...counts, observedGeneration: object.metadata.generation };
      await direct.replaceStatus(budgets, { ...object, status });
    };
    const { informer, keys } = start({}, budgets);
    const ofSpec: string[] = [];
    informer.subscribe((of) => ofSpec.push(of), undefined, 'spec');
    await informer.whenSynced(stop.signal);
    await make('a');
    await observe('a');
    await direct.mergePatch(budgets, names('a'), { spec: { maxUnavailable: 2 } });
    await direct.delete(budgets, names('a'));
    await vi.waitFor(() => expect(keys).toHaveLength(4), LIMIT);
    expect(ofSpec).toHaveLength(3);

    await make('settled');
    await observe('settled');
    await make('new');
    await vi.waitFor(() => expect(keys).toHaveLength(7), LIMIT);
    const there: Record<string, string> = {};
    informer.subscribe((of, cause) => (there[of] = cause));
    expect(there).toEqual({ [key('settled')]: 'list', [key('new')]: 'event' });
    await direct.mergePatch(budgets, names('settled'), { metadata: { labels: { a: 'b' } } });
    await vi.waitFor(() => expect(there[key('settled')]).toBe('event'), LIMIT);
  });

  it('goes on where it was when a connection breaks, without listing anew', async () => {
    await create('a');
    const { informer, keys } = start();
    await informer.whenSynced(stop.signal);
    await create('b');
    await vi.waitFor(() => expect(keys).toEqual([key('a'), key('b')]), LIMIT);
    let open = false;
    proxy.fault = (_, url) => (isWatch(url) && !open ? { status: 502 } : undefined);
    proxy.cut();
    await create('c');
    await remove('a');
    await moreFailures(2);
    // A picture that is not followed is not whole: nothing is decided on it.
    expect(informer.hasSynced).toBe(false);
    open = true;
    await vi.waitFor(() => expect(keys).toEqual([key('a'), key('b'), key('c'), key('a')]), LIMIT);
    await informer.whenSynced(stop.signal);
    expect(names(informer.list())).toEqual(['b', 'c']);
    expect(await measured('govcloud_informer_lists_total')).toBe(1);
  });

  it('survives being told to come back later, on list and on watch', async () => {
    await create('a');
    let refusals = 12;
    proxy.fault = () => (refusals-- > 0 ? { status: 429, headers: { 'Retry-After': '0' } } : undefined);
    const { informer } = start();
    await vi.waitFor(() => expect(informer.hasSynced).toBe(true), LIMIT);
    refusals = 12;
    proxy.cut();
    await create('b');
    await vi.waitFor(() => expect(names(informer.list())).toEqual(['a', 'b']), LIMIT);
    expect(refusals).toBeLessThan(0);
  });

  it('opens a silent connection anew', async () => {
    let silent = true;
    proxy.requests.length = 0;
    proxy.fault = (_, url) => (isWatch(url) && silent ? 'silent-watch' : undefined);
    const { informer } = start({ idleTimeoutMs: 100 });
    await vi.waitFor(() => expect(watches().length).toBeGreaterThan(2), LIMIT);
    await create('a');
    silent = false;
    await vi.waitFor(() => expect(names(informer.list())).toEqual(['a']), LIMIT);
  });

  it('finds by itself what a watch that never ends did not tell, and is synced all the time', async () => {
    proxy.fault = (_, url) => (isWatch(url) ? 'silent-watch' : undefined);
    await create('vanishes');
    const { informer, keys } = start({ relistMs: 300 });
    await informer.whenSynced(stop.signal);
    keys.length = 0;
    await create('a');
    await remove('vanishes');
    await vi.waitFor(() => {
      expect(informer.hasSynced).toBe(true);
      expect(names(informer.list())).toEqual(['a']);
    }, LIMIT);
    expect([...new Set(keys)].sort()).toEqual(['a', 'vanishes'].map(key));
    expect(await measured('govcloud_informer_failures_total')).toBe(0);
  });

  it('does not hammer a server that ends every watch at once', async () => {
    proxy.requests.length = 0;
    proxy.fault = (_, url) => (isWatch(url) ? { status: 200, body: '' } : undefined);
    start();
    await moreFailures(4);
    const failures = await measured('govcloud_informer_failures_total');
    expect(Math.abs(watches().length - failures)).toBeLessThanOrEqual(1);
  });

  it('lists anew when its place is gone: not synced meanwhile, then emits only what changed or vanished', async () => {
    for (const name of ['stays', 'changes', 'vanishes', 'returns']) await create(name);
    const { informer, keys } = start();
    await informer.whenSynced(stop.signal);
    keys.length = 0;
    let holdList = true;
    const expired = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' };
    let gone = 1;
    proxy.fault = (_, url) => {
      if (isWatch(url))
        return gone-- > 0 ? { status: 200, body: { type: 'ERROR', object: expired } } : undefined;
      return holdList && url.includes('limit=500') ? { status: 503 } : undefined;
    };
    proxy.cut();
    await write('changes', { x: '1' });
    await remove('vanishes');
    await remove('returns');
    await create('returns');
    await create('new');
    await vi.waitFor(() => expect(informer.hasSynced).toBe(false), LIMIT);
    expect(keys.filter((emitted) => emitted === key('new'))).toEqual([]);
    holdList = false;
    await informer.whenSynced(stop.signal);
    expect(keys.sort()).toEqual(['changes', 'new', 'returns', 'vanishes'].map(key));
    expect(names(informer.list())).toEqual(['changes', 'new', 'returns', 'stays']);
  });

  it('lists anew when it is asked to: not synced meanwhile, then emits only what changed, and hears what comes', async () => {
    await create('one');
    const { informer, keys } = start();
    await informer.whenSynced(stop.signal);
    const before = keys.length;
    const listed = await measured('govcloud_informer_lists_total');
    informer.forget();
    expect(informer.hasSynced).toBe(false);
    await informer.whenSynced(stop.signal);
    expect(await measured('govcloud_informer_lists_total')).toBe(listed + 1);
    expect(await measured('govcloud_informer_failures_total')).toBe(0);
    expect(keys).toHaveLength(before);
    await create('two');
    await vi.waitFor(() => expect(names(informer.list())).toEqual(['one', 'two']), LIMIT);
    expect(keys.slice(before)).toEqual([key('two')]);
  });

  it('goes on from a bookmark', async () => {
    const { informer } = start();
    await informer.whenSynced(stop.signal);
    const metadata = { name: ns, labels: { moved: 'on' } };
    const later = await direct.mergePatch(NAMESPACES, metadata, { metadata });
    const { resourceVersion } = later.metadata;
    let marked = false;
    proxy.requests.length = 0;
    proxy.fault = (_, url) => {
      if (!isWatch(url) || marked) return undefined;
      marked = true;
      return { status: 200, body: { type: 'BOOKMARK', object: { metadata: { resourceVersion } } } };
    };
    proxy.cut();
    await vi.waitFor(() => expect(watches().at(-1)).toContain(`resourceVersion=${resourceVersion}&`), LIMIT);
    expect(await measured('govcloud_informer_lists_total')).toBe(1);
  });

  it('has the right picture after the API server was away, and hears what comes then', async () => {
    await create('a');
    const { informer, keys } = start();
    await informer.whenSynced(stop.signal);
    disconnect();
    await stopApiserver();
    reconnect();
    await moreFailures(2);
    hub = await city.startCluster({ name: 'hub' });
    await create('b');
    await remove('a');
    await vi.waitFor(() => expect(names(informer.list())).toEqual(['b']), LIMIT);
    expect(new Set(keys)).toEqual(new Set([key('a'), key('b')]));
  }, 180_000);

  it('lists anew when the real server no longer has its place', async () => {
    await create('a');
    const { informer, keys } = start();
    await informer.whenSynced(stop.signal);
    disconnect();
    // A restarted server knows no changes from before its start.
    await remove('a');
    await create('b');
    await stopApiserver();
    hub = await city.startCluster({ name: 'hub' });
    keys.length = 0;
    reconnect();
    await vi.waitFor(() => expect(names(informer.list())).toEqual(['b']), LIMIT);
    expect(keys.sort()).toEqual([key('a'), key('b')]);
    expect(await measured('govcloud_informer_lists_total')).toBe(2);
  }, 180_000);

  it('drops what a restored etcd does not know, although the server is silent about it', async () => {
    await create('kept');
    await hub.stop();
    const data = join(city.home.dir, 'clusters', 'hub', 'etcd');
    const copy = join(city.home.dir, 'etcd-copy');
    cpSync(data, copy, { recursive: true });
    hub = await city.startCluster({ name: 'hub' });
    const { informer, keys } = start();
    await informer.whenSynced(stop.signal);
    // Enough that the restarted server's own writes do not make up for them.
    for (let i = 0; i < 300; i++) await create(`lost${i}`);
    await vi.waitFor(() => expect(informer.list()).toHaveLength(301), LIMIT);
    disconnect();
    await hub.stop();
    rmSync(data, { recursive: true });
    cpSync(copy, data, { recursive: true });
    rmSync(copy, { recursive: true });
    keys.length = 0;
    hub = await city.startCluster({ name: 'hub' });
    reconnect();
    await vi.waitFor(() => expect(names(informer.list())).toEqual(['kept']), LIMIT);
    expect(new Set(keys).size).toBe(300);
    await create('after');
    await vi.waitFor(() => expect(names(informer.list())).toEqual(['after', 'kept']), LIMIT);
  }, 180_000);
});

describe('a controller', () => {
  function controller(reconcile: Reconcile, workers = 1): Controller {
    return new Controller({
      name: 'test',
      reconcile,
      workers,
      backoff: { baseMs: 20, maxMs: 100 },
      clock: systemClock,
      random,
      log,
      metrics: metrics.controller('test'),
    });
  }

  it('decides nothing before all its informers have synced, nor while one has lost its place', async () => {
    await create('a');
    let blocked = true;
    proxy.fault = (_, url) => (blocked && url.includes('labelSelector') ? { status: 503 } : undefined);
    const { informer } = start();
    const second = new Informer<ConfigMap>({
      client: new KubeClient(proxy.access),
      resource: CONFIG_MAPS,
      namespace: ns,
      labelSelector: 'second=yes',
      clock: systemClock,
      random,
      log,
      metrics: metrics.informer('second'),
      settings: { backoff: { baseMs: 20, maxMs: 100 } },
    });
    running.push(second.run(stop.signal));
    const seen: { key: string; synced: boolean }[] = [];
    const tested = controller(async (key) => {
      seen.push({ key, synced: informer.hasSynced && second.hasSynced });
    });
    running.push(tested.watch(informer).watch(second).run(stop.signal));
    await informer.whenSynced(stop.signal);
    await create('b');
    await vi.waitFor(() => expect(informer.list()).toHaveLength(2), LIMIT);
    expect(seen).toEqual([]);
    blocked = false;
    await vi.waitFor(() => expect(seen.map(({ key }) => key).sort()).toEqual([key('a'), key('b')]), LIMIT);

    const expired = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' };
    blocked = true;
    proxy.fault = (_, url) => {
      if (!blocked || !url.includes('labelSelector')) return undefined;
      return isWatch(url) ? { status: 410, body: expired } : { status: 503 };
    };
    proxy.cut();
    await vi.waitFor(() => expect(second.hasSynced).toBe(false), LIMIT);
    await create('c');
    await vi.waitFor(() => expect(informer.list()).toHaveLength(3), LIMIT);
    expect(seen).toHaveLength(2);
    blocked = false;
    await vi.waitFor(() => expect(seen).toHaveLength(3), LIMIT);
    expect(seen.every(({ synced }) => synced)).toBe(true);
  });

  it('tries a failed key again, comes back when asked, and counts what happened', async () => {
    await create('a');
    const { informer } = start();
    let runs = 0;
    const tested = controller(async (_, { log, signal }) => {
      runs += 1;
      expect(signal.aborted).toBe(false);
      expect(log.bindings()).toMatchObject({ controller: 'test', key: key('a') });
      if (runs <= 2) throw new Error('not yet');
      if (runs === 3) {
        const stale = { ...configMap('a'), metadata: { namespace: ns, name: 'a', resourceVersion: '1' } };
        await direct.update(CONFIG_MAPS, stale);
      }
      return runs === 4 ? { requeueAfterMs: 30 } : undefined;
    });
    running.push(tested.watch(informer).run(stop.signal));
    await vi.waitFor(() => expect(runs).toBe(5), LIMIT);
    tested.enqueue(key('a'));
    await vi.waitFor(() => expect(runs).toBe(6), LIMIT);
    await vi.waitFor(async () => {
      const text = await registry.metrics();
      for (const [result, times] of Object.entries({ error: 2, conflict: 1, requeue: 1, ok: 2 })) {
        expect(text).toContain(
          `govcloud_reconcile_duration_seconds_count{controller="test",result="${result}"} ${times}`,
        );
      }
      expect(text).toContain('workqueue_retries_total{name="test"} 3');
    }, LIMIT);
  });

  it('works on several keys at once, never on one twice at a time', async () => {
    for (let i = 0; i < 6; i++) await create(`c${i}`);
    const { informer } = start();
    const active = new Set<string>();
    let together = 0;
    let done = 0;
    const tested = controller(async (key) => {
      expect(active.has(key)).toBe(false);
      active.add(key);
      together = Math.max(together, active.size);
      await write(nameOf(key).name, { seen: String(done) });
      active.delete(key);
      done += 1;
      // Its own write brings the key back: it must wait for its turn.
      if (done < 40) tested.enqueue(key);
    }, 3);
    running.push(tested.watch(informer).run(stop.signal));
    await vi.waitFor(() => expect(done).toBeGreaterThan(60), LIMIT);
    expect(together).toBe(3);
    expect(await registry.metrics()).not.toContain('result="error"');
  });

  it('finishes what is in hand when told to stop, and takes no more', async () => {
    await create('a');
    const { informer } = start();
    const begun: string[] = [];
    let finish = () => {};
    const held = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const ended: string[] = [];
    const tested = controller(async (key) => {
      begun.push(key);
      await held;
      ended.push(key);
    });
    const end = new AbortController();
    const lost = new AbortController();
    let stopped = false;
    const run = tested
      .watch(informer)
      .run(end.signal, lost.signal)
      .then(() => {
        stopped = true;
      });
    await vi.waitFor(() => expect(begun).toEqual([key('a')]), LIMIT);
    await create('b');
    await vi.waitFor(() => expect(informer.list()).toHaveLength(2), LIMIT);
    end.abort();
    await new Promise((resolve) => setImmediate(resolve));
    expect(stopped).toBe(false);
    finish();
    await run;
    expect(ended).toEqual([key('a')]);
    expect(begun).toEqual([key('a')]);
  });
});
