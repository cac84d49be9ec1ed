import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dump, load } from 'js-yaml';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { KubeClient } from '../../kube/client.ts';
import { loadAccess } from '../../kube/config.ts';
import { KubeClientError, KubeError } from '../../kube/errors.ts';
import { applyManifests, parseManifests } from '../../kube/manifests.ts';
import type { KubeObject, ResourceRef } from '../../kube/types.ts';
import { waitFor } from '../../kube/wait.ts';
import { kubeMessages } from '../../messages/kube.ts';
import { EventRecorder, EVENTS } from '../../operator/adapters/events.ts';
import { ManualClock } from '../../operator/runtime/testing.ts';
import type { Cluster } from '../../tools/localcity/cluster.ts';
import { openTestCity, type TestCity } from '../support/clusters.ts';
import { type FaultProxy, startFaultProxy } from './runtime-proxy.ts';

const CONFIG_MAPS: ResourceRef = { group: '', version: 'v1', plural: 'configmaps', namespaced: true };
const NAMESPACES: ResourceRef = { group: '', version: 'v1', plural: 'namespaces', namespaced: false };
const CRDS: ResourceRef = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  namespaced: false,
};
const PLOTS: ResourceRef = { group: 'test.govcloud.dev', version: 'v1', plural: 'plots', namespaced: true };
type ConfigMap = KubeObject & { data?: Record<string, string> };
type Plot = KubeObject<{ size?: number; note?: string }, { seen?: number }>;

const plotCrd = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: plots.test.govcloud.dev}
spec:
  group: test.govcloud.dev
  scope: Namespaced
  names: {plural: plots, singular: plot, kind: Plot}
  versions:
  - name: v1
    served: true
    storage: true
    deprecated: true
    deprecationWarning: 'say "v2", not v1'
    subresources: {status: {}}
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            x-kubernetes-validations: [{rule: 'self.size < 9', message: too big for the street}]
            required: [size]
            properties: {size: {type: integer, maximum: 100}, note: {type: string, default: none}}
          status: {type: object, properties: {seen: {type: integer}}}
`;

vi.setConfig({ testTimeout: 60_000 });
let city: TestCity;
let hub: Cluster;
let client: KubeClient;
let proxy: FaultProxy;
const warnings: string[] = [];

beforeAll(async () => {
  city = openTestCity();
  hub = await city.startCluster({ name: 'hub' });
  const access = await loadAccess({ kubeconfig: hub.kubeconfigPath });
  client = new KubeClient(access, { onWarning: (text) => warnings.push(text) });
  proxy = await startFaultProxy(access);
  await applyManifests(client, parseManifests(plotCrd), { fieldManager: 'test' });
}, 600_000);

afterAll(async () => {
  client?.close();
  await proxy?.close();
  await city?.stop();
});

afterEach(() => {
  proxy.fault = () => undefined;
});

let count = 0;
/** A namespace of its own for a test. */
async function namespace(): Promise<string> {
  count += 1;
  const name = `client-${count}`;
  await client.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  return name;
}

function configMap(namespace: string, name: string, data: Record<string, string> = {}): ConfigMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name }, data };
}

function plot(namespace: string, name: string, spec: object): Plot {
  return { apiVersion: 'test.govcloud.dev/v1', kind: 'Plot', metadata: { namespace, name }, spec };
}

/** The error of something that must fail; its code must have a text. */
async function failure(promise: Promise<unknown>): Promise<KubeError | KubeClientError> {
  const error = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(error instanceof KubeError || error instanceof KubeClientError)) {
    throw new Error('this should have failed as a client error', { cause: error });
  }
  expect(kubeMessages[error.code].zh).not.toBe('');
  return error;
}

describe('objects', () => {
  it('creates, reads, replaces, patches, and deletes', async () => {
    const ns = await namespace();
    const created = await client.create(CONFIG_MAPS, configMap(ns, 'a', { x: '1' }));
    expect(created.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
    const updated = await client.update(CONFIG_MAPS, { ...created, data: { x: '2' } });
    expect(updated.data).toEqual({ x: '2' });
    const merged = await client.mergePatch<ConfigMap>(CONFIG_MAPS, created.metadata, { data: { y: '3' } });
    expect(merged.data).toEqual({ x: '2', y: '3' });
    const operations = [
      { op: 'test', path: '/data/y', value: '3' },
      { op: 'add', path: '/data/z', value: '4' },
    ] as const;
    const patched = await client.jsonPatch<ConfigMap>(CONFIG_MAPS, created.metadata, operations);
    expect(await client.get<ConfigMap>(CONFIG_MAPS, created.metadata)).toEqual(patched);
    expect(patched.data).toEqual({ x: '2', y: '3', z: '4' });
    const stale = await failure(client.update(CONFIG_MAPS, created));
    expect(stale).toMatchObject({ code: 'E_API_CONFLICT', status: 409, reason: 'Conflict' });
    await client.delete(CONFIG_MAPS, created.metadata);
    const gone = await failure(client.get(CONFIG_MAPS, created.metadata));
    expect(gone).toMatchObject({ code: 'E_API_NOT_FOUND', message: 'configmaps "a" not found' });
  });

  it('deletes only the uid and version named', async () => {
    const ns = await namespace();
    const old = await client.create(CONFIG_MAPS, configMap(ns, 'a'));
    await client.delete(CONFIG_MAPS, old.metadata, { uid: old.metadata.uid });
    const fresh = await client.create(CONFIG_MAPS, configMap(ns, 'a'));
    const byUid = await failure(client.delete(CONFIG_MAPS, fresh.metadata, { uid: old.metadata.uid }));
    expect(byUid.code).toBe('E_API_CONFLICT');
    const { resourceVersion } = old.metadata;
    const byVersion = await failure(client.delete(CONFIG_MAPS, fresh.metadata, { resourceVersion }));
    expect(byVersion.code).toBe('E_API_CONFLICT');
    await client.delete(CONFIG_MAPS, fresh.metadata, { dryRun: true });
    expect((await client.get(CONFIG_MAPS, fresh.metadata)).metadata.uid).toBe(fresh.metadata.uid);
    const { uid } = fresh.metadata;
    await client.delete(CONFIG_MAPS, fresh.metadata, {
      ...fresh.metadata,
      uid,
      propagationPolicy: 'Background',
    });
    expect((await failure(client.get(CONFIG_MAPS, fresh.metadata))).code).toBe('E_API_NOT_FOUND');
  });

  it('applies fields under a manager, refuses to take over another unless forced', async () => {
    const ns = await namespace();
    await client.apply(CONFIG_MAPS, configMap(ns, 'a', { x: '1' }), { fieldManager: 'one' });
    const refused = await failure(
      client.apply(CONFIG_MAPS, configMap(ns, 'a', { x: '2' }), { fieldManager: 'two' }),
    );
    expect(refused).toMatchObject({ code: 'E_API_CONFLICT', causes: [{ field: '.data.x' }] });
    const forced = await client.apply(CONFIG_MAPS, configMap(ns, 'a', { x: '2' }), {
      fieldManager: 'two',
      force: true,
    });
    expect(forced.data).toEqual({ x: '2' });
  });

  it('checks by a dry run without writing', async () => {
    const ns = await namespace();
    const checked = await client.create(PLOTS, plot(ns, 'a', { size: 1 }), { dryRun: true });
    expect(checked.spec).toEqual({ size: 1, note: 'none' });
    expect((await failure(client.get(PLOTS, { namespace: ns, name: 'a' }))).code).toBe('E_API_NOT_FOUND');
  });

  it('replaces status apart from spec', async () => {
    const ns = await namespace();
    const created = await client.create(PLOTS, plot(ns, 'a', { size: 1 }));
    const written = await client.replaceStatus(PLOTS, { ...created, spec: { size: 2 }, status: { seen: 7 } });
    expect(written).toMatchObject({ spec: { size: 1 }, status: { seen: 7 } });
  });

  it('gives every fault of a refused object with its field, and the sentence of the server', async () => {
    const ns = await namespace();
    const schema = await failure(client.create(PLOTS, plot(ns, 'a', { size: 101 })));
    expect(schema).toMatchObject({ code: 'E_API_INVALID', status: 422, reason: 'Invalid' });
    expect((schema as KubeError).causes).toContainEqual(
      expect.objectContaining({ field: 'spec.size', reason: 'FieldValueInvalid' }),
    );
    const rule = await failure(client.create(PLOTS, plot(ns, 'a', { size: 50 })));
    expect(rule.message).toContain('too big for the street');
    const unknown = await failure(client.create(PLOTS, plot(ns, 'a', { size: 1, hight: 2 })));
    expect(unknown).toMatchObject({ code: 'E_API_INVALID', status: 400 });
    expect(unknown.message).toContain('unknown field "spec.hight"');
    await client.create(PLOTS, plot(ns, 'a', { size: 1 }));
    expect((await failure(client.create(PLOTS, plot(ns, 'a', { size: 1 })))).code).toBe('E_API_EXISTS');
  });

  it('passes warnings on', async () => {
    const ns = await namespace();
    warnings.length = 0;
    await client.create(PLOTS, plot(ns, 'a', { size: 1 }));
    expect(warnings).toEqual(['say "v2", not v1']);
  });

  it('keeps fields that no type of ours names: rules and defaults of a CRD survive a read and a write', async () => {
    const crd = await client.get<KubeObject<{ versions: { schema: { openAPIV3Schema: unknown } }[] }>>(CRDS, {
      name: 'plots.test.govcloud.dev',
    });
    const written = await client.update(CRDS, {
      ...crd,
      metadata: { ...crd.metadata, labels: { read: 'yes' } },
    });
    expect(written.spec?.versions).toEqual(crd.spec?.versions);
    expect(JSON.stringify(written)).toContain('too big for the street');
    expect(JSON.stringify(written)).toContain('"default":"none"');
  });

  it('refuses to address a namespaced object without its namespace', async () => {
    await expect(client.get(CONFIG_MAPS, { name: 'a' })).rejects.toThrow(
      'configmaps a: namespace is missing',
    );
    const nowhere = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } };
    await expect(client.create(CONFIG_MAPS, nowhere)).rejects.toThrow('namespace is missing');
  });

  it('addresses names that a path must escape', async () => {
    const ROLES = {
      group: 'rbac.authorization.k8s.io',
      version: 'v1',
      plural: 'clusterroles',
      namespaced: false,
    };
    expect((await client.get(ROLES, { name: 'system:node' })).metadata.name).toBe('system:node');
  });

  it('addresses nothing but what was named, whatever the name is', async () => {
    const ns = await namespace();
    await client.create(CONFIG_MAPS, configMap(ns, 'kept', { x: '1' }));
    const names = [
      '.',
      '..',
      '../..',
      '%2e%2e',
      '..%2fkept',
      'kept/../kept',
      'kept?x=',
      'kept#',
      'kept/',
      './kept',
      'kept\r\nX-Remote-User: system:admin',
      "kept'; DROP TABLE books.holds; --",
      '$(touch pwned)',
    ];
    for (const name of names) {
      for (const of of [
        { name, namespace: ns },
        { name: 'kept', namespace: name },
      ]) {
        const refused = [404, 403, 400];
        expect(refused, `get ${JSON.stringify(of)}`).toContain(
          ((await failure(client.get(CONFIG_MAPS, of))) as KubeError).status,
        );
        await failure(client.delete(CONFIG_MAPS, of));
        await failure(client.mergePatch(CONFIG_MAPS, of, { data: { x: '2' } }));
      }
    }
    expect((await client.get<ConfigMap>(CONFIG_MAPS, { name: 'kept', namespace: ns })).data).toEqual({
      x: '1',
    });
    expect((await client.get(NAMESPACES, { name: ns })).metadata.deletionTimestamp).toBeUndefined();
  });

  it('selects by what was asked for, and by nothing that stands in it', async () => {
    const ns = await namespace();
    await client.create(CONFIG_MAPS, configMap(ns, 'kept', {}));
    const select = (fieldSelector: string) => client.list(CONFIG_MAPS, { namespace: ns, fieldSelector });
    expect((await select('metadata.name=x#')).items).toEqual([]);
    const second = await failure(select('metadata.name=x&fieldSelector=metadata.name=kept'));
    expect(second.message).toContain('invalid field selector');
  });
});

describe('lists', () => {
  const through = () => new KubeClient(proxy.access);

  it('reads a long list page by page, as of one version, and names the kind of each item', async () => {
    const ns = await namespace();
    const names = Array.from({ length: 1205 }, (_, i) => `c${String(i).padStart(4, '0')}`);
    const pending = [...names];
    await Promise.all(
      Array.from({ length: 32 }, async () => {
        for (let name = pending.pop(); name; name = pending.pop())
          await client.create(CONFIG_MAPS, configMap(ns, name));
      }),
    );
    const paged = through();
    proxy.requests.length = 0;
    const { items, resourceVersion } = await paged.list<ConfigMap>(CONFIG_MAPS, { namespace: ns });
    expect(items.map(({ metadata }) => metadata.name)).toEqual(names);
    expect(items.every(({ kind, apiVersion }) => kind === 'ConfigMap' && apiVersion === 'v1')).toBe(true);
    expect(resourceVersion).toMatch(/^\d+$/);
    expect(proxy.requests).toHaveLength(3);

    // A page that comes too late: its version is compacted away.
    const status = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' };
    proxy.fault = (_, url) => (url.includes('continue=') ? { status: 410, body: status } : undefined);
    const whole = await paged.list<ConfigMap>(CONFIG_MAPS, { namespace: ns });
    expect(whole.items).toHaveLength(1205);
    paged.close();
  });

  it('selects by label and by field', async () => {
    const ns = await namespace();
    for (const name of ['a', 'b']) {
      const made = configMap(ns, name);
      await client.create(CONFIG_MAPS, { ...made, metadata: { ...made.metadata, labels: { is: name } } });
    }
    const byLabel = await client.list(CONFIG_MAPS, { namespace: ns, labelSelector: 'is=a' });
    expect(byLabel.items.map(({ metadata }) => metadata.name)).toEqual(['a']);
    const byField = await client.list(CONFIG_MAPS, {
      fieldSelector: `metadata.namespace=${ns},metadata.name=b`,
    });
    expect(byField.items.map(({ metadata }) => metadata.name)).toEqual(['b']);
  });
});

describe('a watch', () => {
  it('tells changes in order and goes on from a version', async () => {
    const ns = await namespace();
    const { resourceVersion } = await client.list(CONFIG_MAPS, { namespace: ns });
    const made = await client.create(CONFIG_MAPS, configMap(ns, 'a', { text: '政务云 '.repeat(30_000) }));
    await client.mergePatch(CONFIG_MAPS, made.metadata, { data: { text: null } });
    await client.delete(CONFIG_MAPS, made.metadata);
    const seen: string[] = [];
    for await (const event of await client.watch<ConfigMap>(CONFIG_MAPS, {
      namespace: ns,
      resourceVersion,
    })) {
      if (event.type === 'BOOKMARK') continue;
      seen.push(`${event.type} ${event.object.metadata.name} ${event.object.data?.['text']?.length ?? 0}`);
      if (event.type === 'DELETED') break;
    }
    expect(seen).toEqual(['ADDED a 120000', 'MODIFIED a 0', 'DELETED a 0']);
  });

  it('ends with the signal, and at the time asked for', async () => {
    const ns = await namespace();
    const { resourceVersion } = await client.list(CONFIG_MAPS, { namespace: ns });
    const selection = { namespace: ns, resourceVersion };
    for await (const event of await client.watch(CONFIG_MAPS, { ...selection, timeoutSeconds: 1 })) {
      expect(event.type).toBe('BOOKMARK');
    }
    const stop = new AbortController();
    const events = await client.watch(CONFIG_MAPS, { ...selection, signal: stop.signal });
    const next = events.next();
    stop.abort();
    await expect(next).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('throws what the server says within the stream', async () => {
    const through = new KubeClient(proxy.access);
    const object = {
      kind: 'Status',
      code: 410,
      reason: 'Expired',
      message: 'too old resource version: 1 (2)',
    };
    proxy.fault = () => ({ status: 200, body: { type: 'ERROR', object } });
    const error = await failure((await through.watch(CONFIG_MAPS, { resourceVersion: '1' })).next());
    expect(error).toMatchObject({ code: 'E_API_GONE', status: 410, message: object.message });
    through.close();
  });

  it('waits for an object to be as wanted, or tells what it waited for', async () => {
    const ns = await namespace();
    const target = { namespace: ns, name: 'a' };
    const there = waitFor<ConfigMap>(client, CONFIG_MAPS, target, (seen) => seen?.data?.['x'] === '2', {
      timeoutMs: 20_000,
    });
    const made = await client.create(CONFIG_MAPS, configMap(ns, 'a', { x: '1' }));
    await client.mergePatch(CONFIG_MAPS, target, { data: { x: '2' } });
    expect((await there)?.metadata.uid).toBe(made.metadata.uid);
    const away = waitFor(client, CONFIG_MAPS, target, (seen) => seen === undefined, { timeoutMs: 20_000 });
    await client.delete(CONFIG_MAPS, target);
    expect(await away).toBeUndefined();
    const never = await failure(waitFor(client, CONFIG_MAPS, target, (seen) => !!seen, { timeoutMs: 200 }));
    expect(never).toMatchObject({ code: 'E_WAIT_TIMEOUT', params: { what: `configmaps ${ns}/a` } });
  });
});

describe('a server or network in trouble', () => {
  let through: KubeClient;
  beforeAll(() => {
    through = new KubeClient(proxy.access);
  });
  afterAll(() => through.close());

  /** Answers the first requests that match with a fault, then passes on. */
  function failFirst(
    times: number,
    status: number,
    matches: RegExp,
    headers: Record<string, string> = {},
  ): void {
    let left = times;
    proxy.requests.length = 0;
    proxy.fault = (method, url) =>
      matches.test(`${method} ${url}`) && left-- > 0 ? { status, headers } : undefined;
  }

  it('comes back when told to, if the request can be repeated', async () => {
    const ns = await namespace();
    failFirst(3, 429, /^GET/, { 'Retry-After': '0' });
    await through.list(CONFIG_MAPS, { namespace: ns });
    expect(proxy.requests).toHaveLength(4);
    failFirst(2, 503, /^PATCH/, { 'Retry-After': '0' });
    await through.apply(CONFIG_MAPS, configMap(ns, 'a'), { fieldManager: 'test' });
    expect(proxy.requests).toHaveLength(3);
    failFirst(1, 429, /^DELETE/, { 'Retry-After': '0' });
    await through.delete(CONFIG_MAPS, { namespace: ns, name: 'a' });
    expect(proxy.requests).toHaveLength(2);
  });

  it('does not repeat what might then happen twice, nor for ever, nor unasked', async () => {
    const ns = await namespace();
    failFirst(1, 429, /^POST/, { 'Retry-After': '0' });
    const post = await failure(through.create(CONFIG_MAPS, configMap(ns, 'a')));
    expect(post).toMatchObject({ code: 'E_API_BUSY', status: 429, retryAfterSeconds: 0 });
    expect(proxy.requests).toHaveLength(1);
    failFirst(100, 429, /^GET/, { 'Retry-After': '0' });
    expect((await failure(through.list(CONFIG_MAPS, { namespace: ns }))).code).toBe('E_API_BUSY');
    expect(proxy.requests).toHaveLength(6);
    failFirst(1, 500, /^GET/);
    expect((await failure(through.list(CONFIG_MAPS, { namespace: ns }))).code).toBe('E_API_FAILED');
    expect(proxy.requests).toHaveLength(1);
  });

  it('gives up in time on a server that does not answer, also while told to wait', async () => {
    proxy.fault = () => 'hang';
    const silent = await failure(through.raw('/version', { timeoutMs: 100 }));
    expect(silent).toMatchObject({ code: 'E_API_TIMEOUT', params: { seconds: '0.1' } });
    failFirst(1, 429, /^GET/, { 'Retry-After': '3600' });
    expect((await failure(through.raw('/version', { timeoutMs: 100 }))).code).toBe('E_API_TIMEOUT');
  });

  it('ends at once when its caller gives up', async () => {
    proxy.fault = () => 'hang';
    const stop = new AbortController();
    const asked = through.raw('/version', { signal: stop.signal });
    stop.abort();
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
    await expect(through.raw('/version', { signal: stop.signal })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });

  it('takes nothing for an answer that is not one', async () => {
    const ns = await namespace();
    const object = { namespace: ns, name: 'a' };
    const made = await client.create(CONFIG_MAPS, configMap(ns, 'a'));
    const answer = (body: unknown, headers: Record<string, string> = {}) => {
      proxy.fault = () => ({ status: 200, headers, body });
    };
    const read = async () => (await failure(through.get(CONFIG_MAPS, object))).code;
    const listed = async () => (await failure(through.list(CONFIG_MAPS, { namespace: ns }))).code;
    const { metadata } = made;
    const list = { kind: 'List', apiVersion: 'v1', metadata: { resourceVersion: '1' } };
    const html = { 'Content-Type': 'text/html' };
    for (const [body, headers] of [
      ['<html></html>', html],
      [null, {}],
      [[], {}],
      [{ ...made, metadata: { ...metadata, name: 'b' } }, {}],
      [{ ...made, metadata: { ...metadata, namespace: 'other' } }, {}],
      [{ ...made, metadata: { ...metadata, uid: undefined } }, {}],
      [{ ...list, items: [] }, {}],
    ] as const) {
      answer(body, headers);
      expect({ body, code: await read() }).toEqual({ body, code: 'E_API_ANSWER' });
    }
    for (const [body, headers] of [
      ['<html></html>', html],
      [made, {}],
      [{ ...list, metadata: {} }, {}],
      [{ ...list, items: {} }, {}],
      [{ ...list, items: [null] }, {}],
    ] as const) {
      answer(body, headers);
      expect({ body, code: await listed() }).toEqual({ body, code: 'E_API_ANSWER' });
    }
    answer({ type: 'ADDED', object: {} });
    const events = await through.watch(CONFIG_MAPS, { namespace: ns, resourceVersion: '1' });
    expect((await failure(events.next())).code).toBe('E_API_ANSWER');
  });

  it('reads no more than it may have at a time', async () => {
    const small = new KubeClient(proxy.access, { maxAnswerBytes: 1000 });
    const body = { kind: 'Status', message: 'x'.repeat(1000) };
    proxy.fault = () => ({ status: 200, body });
    expect((await failure(small.raw('/version'))).code).toBe('E_API_ANSWER');
    const events = await small.watch(CONFIG_MAPS, { namespace: 'default', resourceVersion: '1' });
    expect((await failure(events.next())).code).toBe('E_API_UNREACHABLE');
    proxy.fault = () => ({ status: 500, body });
    expect((await failure(small.raw('/version'))).code).toBe('E_API_ANSWER');
  });

  it('waits no longer than five minutes at a server’s word', async () => {
    for (const [header, seconds] of [
      ['1e9', 1],
      ['100000000', 300],
      ['-5', 0],
      ['soon', undefined],
    ] as const) {
      failFirst(1, 503, /^POST/, { 'Retry-After': header });
      const told = await failure(through.create(CONFIG_MAPS, configMap('default', 'a')));
      expect({ header, seconds: (told as KubeError).retryAfterSeconds }).toEqual({ header, seconds });
    }
  });

  it('notices a connection that died', async () => {
    const ns = await namespace();
    const { resourceVersion } = await through.list(CONFIG_MAPS, { namespace: ns });
    const events = await through.watch(CONFIG_MAPS, { namespace: ns, resourceVersion });
    const next = failure(events.next());
    proxy.cut();
    expect((await next).code).toBe('E_API_UNREACHABLE');
    proxy.fault = () => 'silent-watch';
    const idle = await through.watch(CONFIG_MAPS, { namespace: ns, resourceVersion, idleTimeoutMs: 100 });
    const nothing = await failure(idle.next());
    expect(nothing).toMatchObject({
      code: 'E_API_UNREACHABLE',
      params: { detail: 'nothing came for 100 ms' },
    });
  });

  it('goes on after its kept connections were closed', async () => {
    for (let i = 0; i < 20; i++) {
      await through.raw('/version');
      proxy.cut();
    }
  });

  it('tells an unreachable server from an untrusted one', async () => {
    const closed = await startFaultProxy(client.access);
    await closed.close();
    expect((await failure(new KubeClient(closed.access).raw('/version'))).code).toBe('E_API_UNREACHABLE');
    const { headers, tls } = await client.access.credentials();
    const { ca: _, ...rest } = tls;
    const stranger = new KubeClient({ ...client.access, credentials: async () => ({ headers, tls: rest }) });
    expect((await failure(stranger.raw('/version'))).code).toBe('E_API_TLS');
  });
});

describe('credentials', () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'credentials-'));
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  interface Kubeconfig {
    users: { name: string; user: object }[];
    [field: string]: unknown;
  }

  /** A kubeconfig for the hub whose user has these credentials. */
  function kubeconfig(name: string, user: object): string {
    const config = load(readFileSync(hub.kubeconfigPath, 'utf8')) as Kubeconfig;
    const path = join(dir, name);
    const users = config.users.map((entry) => ({ ...entry, user }));
    writeFileSync(path, dump({ ...config, users }));
    return path;
  }

  async function token(namespace: string, name: string): Promise<string> {
    const ACCOUNTS = { group: '', version: 'v1', plural: 'serviceaccounts', namespaced: true };
    await client.create(ACCOUNTS, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { namespace, name },
    });
    const answer = await client.create(
      ACCOUNTS,
      {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        metadata: { namespace, name },
        spec: { expirationSeconds: 600 },
      } as KubeObject<object, { token: string }>,
      { subresource: 'token' },
    );
    return answer.status?.token ?? '';
  }

  /** Whom the server takes the caller for. */
  async function whoami(path: string, as?: { user: string; groups: string[] }): Promise<string> {
    const caller = new KubeClient(await loadAccess({ kubeconfig: path, env: {}, ...(as ? { as } : {}) }));
    return identify(caller).finally(() => caller.close());
  }

  async function identify(caller: KubeClient): Promise<string> {
    const review = await caller.raw<{ status: { userInfo: { username: string; groups: string[] } } }>(
      '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      { method: 'POST', body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' } },
    );
    const { username, groups } = review.status.userInfo;
    return `${username} ${groups.filter((group) => !group.startsWith('system:')).join(',')}`.trim();
  }

  it('come from a client certificate, a token, impersonation', async () => {
    const ns = await namespace();
    expect(await whoami(hub.kubeconfigPath)).toBe('govcloud-bootstrap');
    const path = kubeconfig('token', { token: await token(ns, 'ops') });
    expect(await whoami(path)).toBe(`system:serviceaccount:${ns}:ops`);
    expect(await whoami(hub.kubeconfigPath, { user: 'zhang', groups: ['a', 'b'] })).toBe('zhang a,b');
    expect((await failure(whoami(path, { user: 'zhang', groups: [] }))).code).toBe('E_API_FORBIDDEN');
    // A header that would be two is not sent.
    const forged = 'zhang\r\nImpersonate-Group: system:masters';
    for (const as of [
      { user: forged, groups: [] },
      { user: 'zhang', groups: [forged] },
    ])
      await expect(whoami(hub.kubeconfigPath, as)).rejects.toThrow(/Invalid character in header content/);
    await expect(whoami(kubeconfig('forged', { token: `a\r\nX: b` }))).rejects.toThrow(
      /Invalid character in header content/,
    );
    expect((await failure(whoami(kubeconfig('bad', { token: 'no' })))).code).toBe('E_API_UNAUTHENTICATED');
  });

  it('follow a token file while connections are kept', async () => {
    const ns = await namespace();
    const file = join(dir, 'rotating');
    writeFileSync(file, await token(ns, 'first'));
    const caller = new KubeClient(
      await loadAccess({ kubeconfig: kubeconfig('file', { tokenFile: 'rotating' }), env: {} }),
    );
    expect(await identify(caller)).toBe(`system:serviceaccount:${ns}:first`);
    writeFileSync(file, await token(ns, 'second-one'));
    expect(await identify(caller)).toBe(`system:serviceaccount:${ns}:second-one`);
    caller.close();
  });

  it('come from a program, which is told what the protocol promises', async () => {
    const ns = await namespace();
    const program = join(dir, 'plugin.mjs');
    writeFileSync(
      program,
      `const { apiVersion, kind, spec } = JSON.parse(process.env.KUBERNETES_EXEC_INFO);
       if (kind !== 'ExecCredential' || spec.cluster.server !== process.argv[2]) process.exit(9);
       console.log(JSON.stringify({ apiVersion, kind, status: { token: process.env.TOKEN } }));`,
    );
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: process.execPath,
      args: [program, hub.server],
      env: [{ name: 'TOKEN', value: await token(ns, 'plugin') }],
      provideClusterInfo: true,
    };
    expect(await whoami(kubeconfig('exec', { exec }))).toBe(`system:serviceaccount:${ns}:plugin`);
    const broken = { ...exec, args: [program, 'elsewhere'] };
    expect((await failure(whoami(kubeconfig('broken', { exec: broken })))).code).toBe('E_CREDENTIAL');
  });
});

describe('manifests', () => {
  const text = (group: string) => `
apiVersion: ${group}/v1
kind: Tree
metadata: {name: oak, namespace: ${group.split('.')[0]}}
spec: {height: 12}
---
# nothing here
---
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Namespace
  metadata: {name: ${group.split('.')[0]}}
- apiVersion: apiextensions.k8s.io/v1
  kind: CustomResourceDefinition
  metadata: {name: trees.${group}}
  spec:
    group: ${group}
    scope: Namespaced
    names: {plural: trees, singular: tree, kind: Tree}
    versions:
    - name: v1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {height: {type: integer}}}}}}
`;

  it('apply in the order that the server needs, and again without change', async () => {
    const objects = parseManifests(text('wood.test.dev'));
    const first = await applyManifests(client, objects, { fieldManager: 'test' });
    expect(first.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
      'CustomResourceDefinition trees.wood.test.dev',
      'Namespace wood',
      'Tree oak',
    ]);
    const again = await applyManifests(client, objects, { fieldManager: 'test' });
    expect(again[2]?.metadata.resourceVersion).toBe(first[2]?.metadata.resourceVersion);
  });

  it('name the kind that no server serves, at once, and the object that is refused', async () => {
    const [tree] = parseManifests(text('park.test.dev'));
    const unknown = await failure(applyManifests(client, [tree as KubeObject], { fieldManager: 'test' }));
    expect(unknown).toMatchObject({
      code: 'E_KIND_UNKNOWN',
      params: { apiVersion: 'park.test.dev/v1', kind: 'Tree', server: hub.server },
    });
    const nowhere = configMap('no-such-namespace', 'a');
    const refused = await failure(applyManifests(client, [nowhere], { fieldManager: 'test' }));
    expect(refused.message).toBe('namespaces "no-such-namespace" not found');
  });

  it('say which document is no object', () => {
    const fault = (yaml: string) => {
      try {
        return parseManifests(yaml);
      } catch (error) {
        return (error as KubeClientError).params;
      }
    };
    expect(fault('apiVersion: v1\nkind: A\nmetadata: {name: a}\n---\nkind: B')).toEqual({
      document: '2',
      detail: 'no apiVersion, metadata',
    });
    expect(fault('a: [')).toMatchObject({ document: '-' });
    expect(fault('# only a comment\n')).toEqual([]);
  });
});

describe('Events', () => {
  type Told = KubeObject & { readonly note: string; readonly series?: { readonly count: number } };

  /** A recorder through the proxy, and what became of what it was told. */
  function recorder() {
    const results: string[] = [];
    const clock = new ManualClock();
    clock.advance(Date.parse('2026-11-27T00:00:00Z'));
    const through = new KubeClient(proxy.access);
    const events = new EventRecorder(through, {
      instance: 'test',
      clock,
      log: pino({ level: 'silent' }),
      metrics: { told: (result) => results.push(result) },
    });
    return { events, clock, results, through };
  }
  /** Waits until it is known of so many what became of them. */
  const became = (results: readonly string[], count: number) =>
    vi.waitFor(() => expect(results).toHaveLength(count), { timeout: 30_000 });
  const happened = (note: string) => [{ type: 'Warning', reason: 'Tried', note }] as const;
  const toldIn = async (namespace: string) =>
    (await client.list<Told>(EVENTS, { namespace })).items
      .map(({ note, series }) => `${note} ${series?.count ?? 1}`)
      .sort();

  it('are one for what is said again soon, and a new one later or once the old one is gone', async () => {
    const ns = await namespace();
    const object = await client.create(CONFIG_MAPS, configMap(ns, 'a'));
    const { events, clock, results, through } = recorder();
    const tell = async (note: string, count: number) => {
      events.tell({ ...object, apiVersion: 'v1', kind: 'ConfigMap' }, happened(note));
      await became(results, count);
    };
    await tell('a', 1);
    await tell('a', 2);
    await tell('b', 3);
    expect(await toldIn(ns)).toEqual(['a 2', 'b 1']);
    clock.advance(10 * 60_000);
    await tell('a', 4);
    expect(await toldIn(ns)).toEqual(['a 1', 'a 2', 'b 1']);
    for (const { metadata } of (await client.list(EVENTS, { namespace: ns })).items)
      await client.delete(EVENTS, metadata);
    await tell('a', 5);
    expect(await toldIn(ns)).toEqual(['a 1']);
    expect(new Set(results)).toEqual(new Set(['written']));
    through.close();
  });

  it('of one object are bounded; of one in no namespace they are where an API server wants them', async () => {
    const ns = await namespace();
    const object = await client.get(NAMESPACES, { name: ns });
    const { events, clock, results, through } = recorder();
    const tell = (from: number, count: number) =>
      events.tell(
        { ...object, apiVersion: 'v1', kind: 'Namespace' },
        Array.from({ length: count }, (_, i) => happened(`${ns} ${from + i}`)[0]),
      );
    tell(0, 40);
    await became(results, 40);
    clock.advance(2 * 60_000);
    tell(40, 10);
    await became(results, 50);
    expect(results.filter((it) => it === 'written')).toHaveLength(27);
    expect(results.filter((it) => it === 'dropped')).toHaveLength(23);
    expect((await toldIn('default')).filter((it) => it.startsWith(`${ns} `))).toHaveLength(27);
    through.close();
  });

  it('that cannot be written are no error of whoever tells, nor are those that come too late', async () => {
    const ns = await namespace();
    const object = await client.create(CONFIG_MAPS, configMap(ns, 'a'));
    const { events, results, through } = recorder();
    proxy.fault = (method) => (method === 'POST' ? { status: 500 } : undefined);
    events.tell({ ...object, apiVersion: 'v1', kind: 'ConfigMap' }, happened('a'));
    await became(results, 1);
    expect(results).toEqual(['failed']);
    await events.close();
    events.tell({ ...object, apiVersion: 'v1', kind: 'ConfigMap' }, happened('b'));
    expect(results).toEqual(['failed', 'dropped']);
    expect(await toldIn(ns)).toEqual([]);
    through.close();
  });
});
