import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { apiextensions, Provider } from '@pulumi/kubernetes';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { resourceOf } from '../../api/kind.ts';
import {
  CapacityPool,
  CatalogItem,
  KINDS,
  MemberCluster,
  ResourceRequest,
} from '../../api/v1alpha1/index.ts';
import { Hub } from '../../cli/hub/hub.ts';
import { tell } from '../../cli/errors.ts';
import { Reader } from '../../cli/output/reader.ts';
import {
  type CapacityHistory,
  type CapacityPlan,
  type CapacityWork,
  refuseCuts,
  withCapacity,
} from '../../cli/services/capacity.ts';
import { planPage } from '../../cli/views/capacity.ts';
import { KubeClient } from '../../kube/client.ts';
import type { KubeObject, ResourceRef } from '../../kube/types.ts';
import { cityProgress } from '../../messages/city.ts';
import { loadCity } from '../../stacks/city.ts';
import { loadByEngine } from '../../tools/city/load.ts';
import { ensureEngine } from '../../tools/pulumi/engine.ts';
import { installPlugin } from '../../tools/pulumi/plugin/install.ts';
import { CityState } from '../../tools/pulumi/state.ts';
import { govcloud } from '../e2e/cli-run.ts';
import { conditionOf, SMALL_CITY, SmallCity } from '../support/city.ts';
import { Barrier, Gate, type PassingWrite } from '../support/gate.ts';
import { approve, grantedBy, inReview, machines } from '../support/people.ts';

/** The engine runs several times in each test; a busy machine is slow, not wrong. */
vi.setConfig({ testTimeout: 400_000 });

const POOL = 'extranet-amd64';
/** An item that nothing uses. */
const ITEM = 'postgresql';
const POOLS = resourceOf(CapacityPool);
const SECRETS: ResourceRef = { group: '', version: 'v1', plural: 'secrets', namespaced: true };

let city: SmallCity;
/** Where the state lies, and the stand-in for Pulumi's plugin. */
let dir: string;
/** A copy of the city's data. */
let data: string;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'govcloud-capacity-'));
  city = await SmallCity.start();
  data = join(dir, 'city');
  cpSync(SMALL_CITY, data, { recursive: true });
  mkdirSync(join(data, 'stacks'));
  writeFileSync(join(data, 'stacks/now.yaml'), 'title: { zh: 现状, en: As it is }\n');
  installPlugin(join(dir, 'plugins'));
  await ensureEngine();
}, 1_800_000);

afterAll(async () => {
  await city?.stop();
  rmSync(dir, { recursive: true, force: true });
});

/** A stack of the copy, which changes the pool's vCPU. */
function stack(name: string, vcpu: string): string {
  const pool = `  - { name: ${POOL}, total: { vcpu: "${vcpu}", memory: 400Gi, ssd: 10Ti, hdd: 10Ti } }`;
  writeFileSync(join(data, `stacks/${name}.yaml`), `title: { zh: ${name}, en: ${name} }\npools:\n${pool}\n`);
  return name;
}

function capacity<T>(
  work: (capacity: CapacityWork) => Promise<T>,
  options: { client?: KubeClient; stack?: string } = {},
): Promise<T> {
  return withCapacity(
    new Hub(options.client ?? city.hub.client, undefined),
    {
      dir,
      city: data,
      stack: options.stack,
      now: new Date().toISOString(),
      progress: () => {},
      signal: new AbortController().signal,
    },
    work,
  );
}

const preview = (options?: Parameters<typeof capacity>[1]) =>
  capacity(async (it) => it.preview(await it.city()), options);
/** As the command does it: look, refuse or do. */
const up = (options?: Parameters<typeof capacity>[1]) =>
  capacity(async (it) => {
    const declared = await it.city();
    const plan = await it.preview(declared);
    refuseCuts(plan);
    return { plan, done: await it.up(declared, plan) };
  }, options);

const engineer = async () => (await city.person('cloud-engineer')).client;
const told = async (failing: Promise<unknown>) => {
  const error = await failing.then(
    () => new Error('it did not fail'),
    (error: unknown) => error,
  );
  return tell(error, 'en');
};
const codesOf = async (failing: Promise<unknown>) => (await told(failing)).reasons.map(({ code }) => code);
const vcpu = async () => {
  const pool = await city.get(CapacityPool, { name: POOL });
  return pool.spec.total.vcpu;
};
const page = (plan: CapacityPlan, language: 'zh' | 'en' = 'en') =>
  planPage(plan, new Reader(language, new Date().toISOString())).join('\n');

/** `govcloud capacity` as a person's own process. */
const command = (args: string[], { lang = 'en', person }: { lang?: string; person?: string } = {}) =>
  govcloud(['capacity', ...args, '--lang', lang, ...(person === undefined ? [] : ['--context', person])], {
    env: {
      KUBECONFIG: join(city.home.dir, person === undefined ? 'clusters/hub/admin.kubeconfig' : 'kubeconfig'),
    },
  });

/** What people declared of every object of ours, by name. */
async function declaredOnHub(): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const kind of KINDS) {
    for (const { metadata, spec } of (await city.hub.client.list(resourceOf(kind))).items) {
      const { name, namespace = '', labels, annotations } = metadata;
      found[`${kind.kind}/${namespace}/${name}`] = { spec, labels, annotations };
    }
  }
  return found;
}

describe('a city as code', () => {
  it('takes over a city that is loaded, changing none of its objects, and then has nothing to do', async () => {
    const before = await declaredOnHub();
    const { plan, done } = await up();
    expect(plan).toMatchObject({ stack: { name: 'now' }, drift: [], incomplete: [], refused: [] });
    expect(plan.changes).toHaveLength(loadCity(SMALL_CITY).manifests.length);
    expect(new Set(plan.changes.map(({ action }) => action))).toEqual(new Set(['create']));

    expect(done).toMatchObject({ action: 'up', done: true });
    expect(await declaredOnHub()).toEqual(before);
    const again = await preview();
    expect(again).toMatchObject({ changes: [], drift: [], same: plan.changes.length });
    expect(page(again, 'zh')).toContain('无需改动');
  });

  it('keeps no credential in its state, not even one of a command that was killed, and its passphrase for its owner alone', async () => {
    const { pid } = spawnSync('true');
    writeFileSync(join(dir, `capacity/kubeconfig-${pid}-x`), 'client-key-data', { mode: 0o600 });
    await capacity(async () => {});
    const files = readdirSync(join(dir, 'capacity'), { recursive: true, withFileTypes: true }).filter((it) =>
      it.isFile(),
    );
    const texts = files
      .filter(({ name }) => name !== 'passphrase')
      .map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'utf8'));
    expect(texts.length).toBeGreaterThan(1);
    expect(texts.join()).not.toMatch(/PRIVATE KEY|client-key-data|"token"/);
    expect(files.map(({ name }) => name).filter((it) => it.startsWith('kubeconfig'))).toEqual([]);
    expect(statSync(join(dir, 'capacity/passphrase')).mode & 0o777).toBe(0o600);
  });

  it('shows an edit by hand as drift, and takes it back', async () => {
    const patch = { spec: { total: { vcpu: '123' } } };
    await city.hub.client.mergePatch(POOLS, { name: POOL }, patch);
    const looked = await capacity((it) => it.refresh());
    const total = { path: 'spec.total.vcpu' };
    expect(looked.drift).toMatchObject([{ name: POOL, fields: [{ ...total, before: '100', after: '123' }] }]);
    expect(page(looked)).toContain(`! CapacityPool/${POOL}`);
    expect(await vcpu()).toBe('123');
    await city.hub.client.delete(resourceOf(CatalogItem), { name: ITEM });
    const { plan: repaired } = await up({ client: await engineer() });
    expect(repaired.drift).toMatchObject([{ kind: 'CatalogItem', name: ITEM, fields: [] }]);
    expect(repaired.changes).toMatchObject([
      { action: 'update', name: POOL, fields: [{ ...total, before: '123', after: '100' }] },
      { action: 'create', name: ITEM },
    ]);
    expect(await vcpu()).toBe('100');
    expect((await city.get(CatalogItem, { name: ITEM })).spec.title.zh).toBeTruthy();
  });
});

describe('a change of capacity', () => {
  it('says whom a cut would hit and what it would unblock, and refuses what the API server would refuse', async () => {
    const ops = await city.person('wjj-ops');
    const asked = await ops.submit({ action: 'Provision', arch: 'amd64', lines: [machines(4)] });
    await approve(city, asked);
    await grantedBy(city, asked);
    const pool = await city.seen(
      CapacityPool,
      { name: POOL },
      ({ status }) => status?.posted?.['vcpu'] !== undefined && status.posted['vcpu'] !== '0',
    );
    const posted = Number(pool.status?.posted?.['vcpu']);

    const cut = stack('cut', String(posted + 3));
    const plan = await preview({ client: await engineer(), stack: cut });
    expect(plan.impact?.refusals).toEqual([{ pool: POOL, code: 'E_POOL_SHRUNK', short: { vcpu: '1' } }]);
    expect(plan.impact?.organizations).toMatchObject([
      { organization: '441500-wjj', allocations: [{ pool: POOL, consumes: { vcpu: String(posted) } }] },
    ]);
    expect(page(plan, 'zh')).toContain('受影响：441500-wjj，1 项资源、0 项占用');

    expect(() => refuseCuts(plan)).toThrow(/E_CAPACITY_CUT/);
    // Whoever sends it all the same hears the API server's own rule.
    const sent = capacity(async (it) => it.up(await it.city(), plan), { stack: cut });
    await expect(sent).rejects.toThrow(/E_CAPACITY_REFUSED.*E_POOL_SHRUNK/s);
    expect(await vcpu()).toBe('100');
  });

  it('names the request that waits for the room that it brings', async () => {
    const ops = await city.person('wjj-ops');
    const asked = await ops.submit({ action: 'Provision', arch: 'arm64', lines: [machines(5, { vcpu: 4 })] });
    await city.seen(ResourceRequest, asked.metadata, ({ status }) => status?.phase === 'Returned');
    const arm = '  - { name: extranet-arm64, total: { vcpu: "64", memory: 256Gi, ssd: 1Ti, hdd: 1Ti } }';
    writeFileSync(join(data, 'stacks/more.yaml'), `title: { zh: 更多, en: More }\npools:\n${arm}\n`);
    const { plan } = await up({ client: await engineer(), stack: 'more' });
    expect(plan.impact?.unblocked).toMatchObject([{ request: asked.metadata.name, pool: 'extranet-arm64' }]);
    expect(plan.impact?.places).toMatchObject([
      { zone: 'extranet', arch: 'amd64' },
      { zone: 'extranet', arch: 'arm64', before: { vcpu: '16' }, after: { vcpu: '64' } },
    ]);

    // Whoever names no stack goes on with the one that stands.
    expect(await preview()).toMatchObject({ stack: { name: 'more' }, changes: [] });
    const { items } = await capacity((it) => it.history());
    expect(items[0]).toMatchObject({ kind: 'update', result: 'succeeded' });
    expect(items[0]?.message).toContain('cloud-engineer');
  });
});

describe('taking a city away', () => {
  it('says whom it would hit, allocations and holds, and is refused while anything is in use', async () => {
    const asked = await (await city.person('wjj-ops')).submit({
      action: 'Provision',
      arch: 'amd64',
      lines: [machines(1)],
    });
    const { status } = await city.seen(ResourceRequest, asked.metadata, inReview);
    const before = await declaredOnHub();
    const plan = await capacity((it) => it.previewDestroy(), { client: await engineer() });
    const held = { request: asked.metadata.name, serial: status?.serial, pool: POOL };
    expect(plan.impact?.organizations).toMatchObject([
      {
        organization: '441500-wjj',
        allocations: [{ pool: POOL, system: 'jiankang', item: 'vm' }],
        holds: [{ ...held, pending: { vcpu: '2', memory: '4Gi', ssd: '20Gi' } }],
      },
    ]);
    expect(plan.impact?.refusals).toMatchObject([{ pool: POOL, code: 'E_IN_USE' }]);
    expect(page(plan)).toContain(`request ${status?.serial} holds of ${POOL}: VCPU 2`);

    const ran = await command(['destroy', '--yes', '--dir', dir], { lang: 'zh', person: 'cloud-engineer' });
    expect(ran.exit).not.toBe(0);
    expect(ran.stdout).toContain('受影响：441500-wjj，1 项资源、1 项占用');
    expect(ran.stdout).toContain(`申请 ${status?.serial} 占用 ${POOL}`);
    expect(ran.stderr).toMatch(/E_CAPACITY_CUT.*资源池 extranet-amd64/s);
    expect(await declaredOnHub()).toEqual(before);
  });
});

describe('what stands in its way', () => {
  it('refuses the second of two at once and says who is the first, which is not disturbed; looking is free', async () => {
    const barrier = new Barrier();
    const gate = await Gate.before({ url: city.hub.url, caPem: city.hub.caPem }, barrier);
    const person = await engineer();
    const through = new KubeClient({ ...person.access, server: new URL(gate.url) });
    await city.hub.client.mergePatch(POOLS, { name: POOL }, { spec: { total: { vcpu: '123' } } });
    try {
      const held = Promise.withResolvers<PassingWrite>();
      const first = capacity(
        async (it) => {
          const declared = await it.city();
          const plan = await it.preview(declared);
          const isPool = ({ path }: PassingWrite) => path.endsWith(`/capacitypools/${POOL}`);
          void barrier.stopAt((write) => (isPool(write) ? 'before' : undefined)).then(held.resolve);
          return it.up(declared, plan);
        },
        { client: through },
      );
      // One that fails before it gets there would be waited for in vain.
      await Promise.race([held.promise, first]);

      const looked = await preview({ client: person });
      const back = { action: 'update', name: POOL, fields: [{ before: '123', after: '100' }] };
      expect(looked.changes).toMatchObject([back]);
      const [busy, ...more] = (await told(up({ client: person }))).reasons;
      expect(more).toEqual([]);
      expect(busy?.code).toBe('E_CAPACITY_BUSY');
      const [, by, pid] = /^(\S+) has been changing .*\(process (\d+)\)/.exec(busy?.message ?? '') ?? [];
      expect(by).toBe(`${userInfo().username}@${hostname()}`);
      expect(process.kill(Number(pid), 0)).toBe(true);
      expect(await vcpu()).toBe('123');

      barrier.open('keep');
      barrier.release();
      expect(await first).toMatchObject({ done: true, changes: [back] });
      expect(await vcpu()).toBe('100');
    } finally {
      barrier.open('keep');
      barrier.release();
      through.close();
      await gate.close();
    }
  });

  it('takes away the lock of an engine that is dead, but not that of one that works beside it', async () => {
    const lockDir = join(dir, 'capacity/state/.pulumi/locks/organization/govcloud/city');
    mkdirSync(lockDir, { recursive: true });
    const lockOf = (digit: string) => join(lockDir, `${digit.repeat(8)}-0000-4000-8000-000000000000.json`);
    const sleeper = spawn('sleep', ['1000'], { stdio: 'ignore' });
    const { pid: dead } = spawnSync('true');
    const write = (lock: string, pid: number | undefined) =>
      writeFileSync(
        lock,
        JSON.stringify({
          pid,
          username: 'somebody',
          hostname: hostname(),
          timestamp: '2026-11-24T08:00:00Z',
        }),
      );
    try {
      write(lockOf('0'), dead);
      write(lockOf('1'), sleeper.pid);
      expect(await codesOf(capacity((it) => it.refresh()))).toEqual(['E_CAPACITY_BUSY']);
      expect(readdirSync(lockDir)).toHaveLength(2);
    } finally {
      sleeper.kill();
      await once(sleeper, 'exit');
    }
    expect(await capacity((it) => it.refresh())).toMatchObject({ done: true, drift: [] });
    expect(readdirSync(lockDir)).toEqual([]);
  });

  it('says that a hub cannot be reached before it asks the engine', async () => {
    const kubeconfig = join(dir, 'nowhere.yaml');
    const cluster = { server: 'https://127.0.0.1:1' };
    writeFileSync(
      kubeconfig,
      JSON.stringify({
        'current-context': 'a',
        contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
        clusters: [{ name: 'a', cluster }],
        users: [{ name: 'a', user: {} }],
      }),
    );
    const { openHub } = await import('../../cli/hub/hub.ts');
    const { client } = await openHub({ kubeconfig });
    expect(await codesOf(preview({ client }))).toEqual(['E_API_UNREACHABLE']);
  });
});

it('makes, changes and deletes an object by the real engine', async () => {
  const scratch = mkdtempSync(join(tmpdir(), 'govcloud-capacity-'));
  installPlugin(join(scratch, 'plugins'));
  const state = await CityState.open({ dir: scratch });
  const [item] = loadCity(SMALL_CITY).manifests.filter(({ kind }) => kind === 'CatalogItem');
  const program = (title: string) => async () => {
    const { apiVersion, kind, spec } = item as unknown as CatalogItem;
    const args = { apiVersion, kind, metadata: { name: 'trial' }, spec: { ...spec, title: { zh: title } } };
    const { id } = new apiextensions.CustomResource('trial', args, { provider: new Provider('hub', {}) });
    return { id };
  };
  try {
    await state.signIn(city.hub.client.access);
    await state.up(program('一'), 'first');
    expect((await city.get(CatalogItem, { name: 'trial' })).spec.title.zh).toBe('一');
    expect((await state.up(program('二'), 'second')).changes).toMatchObject([
      { action: 'update', fields: [{ path: 'spec.title.zh', before: '一', after: '二' }] },
    ]);
    expect((await state.destroy('away')).changes).toMatchObject([{ action: 'delete', name: 'trial' }]);
    const left = (await city.hub.client.list(resourceOf(CatalogItem))).items;
    expect(left.map(({ metadata }) => metadata.name)).not.toContain('trial');
    expect((await state.history()).map(({ kind }) => kind)).toEqual(['destroy', 'update', 'update']);
  } finally {
    state.close();
    rmSync(scratch, { recursive: true, force: true });
  }
});

describe('an annex, a city of one pool in a member that nobody reaches', () => {
  const ANNEX = 'annex-amd64';
  let annex: string;
  let state: string;

  const pool = (vcpu: string) =>
    writeFileSync(
      join(annex, 'pools.yaml'),
      JSON.stringify({
        apiVersion: 'govcloud.dev/v1alpha1',
        kind: 'CapacityPool',
        metadata: { name: ANNEX },
        spec: {
          title: { zh: '附楼资源池', en: 'Annex pool' },
          zone: 'annex',
          arch: 'amd64',
          cpuSeries: 'Intel Xeon',
          xinchuang: false,
          cluster: 'annex',
          total: { vcpu, memory: '32Gi', ssd: '1Ti', hdd: '1Ti' },
          reserve: {},
        },
      }),
    );

  beforeAll(async () => {
    annex = join(dir, 'annex');
    state = join(dir, 'annex-state');
    for (const folder of ['organizations', 'catalogue', 'systems', 'members', 'stages'])
      mkdirSync(join(annex, folder), { recursive: true });
    for (const file of ['working-days', 'quotas', 'projects']) writeFileSync(join(annex, `${file}.yaml`), '');
    writeFileSync(join(annex, 'people.yaml'), 'people: []');
    writeFileSync(join(annex, 'nodes.yaml'), 'nodeGroups: []');
    writeFileSync(
      join(annex, 'clusters.yaml'),
      JSON.stringify({
        apiVersion: 'govcloud.dev/v1alpha1',
        kind: 'MemberCluster',
        metadata: { name: 'annex' },
        spec: {
          title: { zh: '附楼集群', en: 'Annex' },
          zone: 'annex',
          zoneTitle: { zh: '附楼区', en: 'Annex zone' },
          maxMlps: 3,
          credentialsSecret: 'member-annex',
        },
      }),
    );
    pool('8');
    installPlugin(join(state, 'plugins'));
    // The same cluster under an address at which nothing listens.
    const secret = { name: 'member-annex', namespace: 'govcloud-system' };
    const like = await city.hub.client.get<KubeObject & { data: { kubeconfig: string } }>(SECRETS, {
      ...secret,
      name: 'member-extranet',
    });
    const text = Buffer.from(like.data.kubeconfig, 'base64').toString();
    const kubeconfig = Buffer.from(text.replace(city.member.server, 'https://127.0.0.1:1')).toString(
      'base64',
    );
    await city.hub.client.create(SECRETS, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: secret,
      data: { kubeconfig },
    } as KubeObject);
  });

  const run = async (verb: string, lang: 'zh' | 'en', ...more: string[]) => {
    const ran = await command([verb, '--dir', state, ...more], { lang });
    expect({ exit: ran.exit, stderr: ran.exit === 0 ? '' : ran.stderr }).toEqual({ exit: 0, stderr: '' });
    return ran.stdout;
  };
  const plan = (text: string) => JSON.parse(text) as CapacityPlan;
  const load = async () => {
    const said: unknown[] = [];
    const around = {
      progress: (message: unknown) => said.push(message),
      signal: new AbortController().signal,
    };
    await (await loadByEngine(state, loadCity(annex), around))(city.hub, around);
    return said;
  };

  it('is made by the commands, which say at once that the member does not answer', async () => {
    const before = plan(await run('preview', 'en', '--city', annex, '--json'));
    expect(before).toMatchObject({ action: 'preview', done: false, unreachable: [] });
    expect(before.changes.map(({ kind, name }) => `${kind}/${name}`)).toContain('MemberCluster/annex');
    expect(await run('up', 'zh', '--city', annex, '--yes')).toMatch(
      /已完成：.*集群 annex 联系不上：.*恢复之前，annex-amd64 不发放任何资源/s,
    );
    expect((await city.get(CapacityPool, { name: ANNEX })).spec.total.vcpu).toBe('8');
    const cluster = await city.get(MemberCluster, { name: 'annex' });
    expect(conditionOf(cluster, 'Ready')?.reason).toBe('NoAnswer');
    expect(await run('preview', 'en', '--city', annex)).toMatch(
      /nothing to do.*cluster annex cannot be reached: .*ECONNREFUSED.*nothing is granted in annex-amd64/s,
    );
    expect(await run('refresh', 'zh')).toContain('状态与集群一致');
  });

  it('is not run through the engine again by a load while it is declared as it was', async () => {
    const unchanged = cityProgress.cityUnchanged;
    expect(await load()).not.toContain(unchanged);
    expect(await load()).toEqual([unchanged]);
    pool('16');
    expect(await load()).not.toContain(unchanged);
    expect((await city.get(CapacityPool, { name: ANNEX })).spec.total.vcpu).toBe('16');
  });

  it('is taken away by the command, once that is confirmed', async () => {
    const asked = await command(['destroy', '--dir', state]);
    expect(asked.exit).not.toBe(0);
    expect(asked.stderr).toContain('E_CONFIRM');
    expect(plan(await run('destroy', 'en', '--yes', '--json'))).toMatchObject({
      action: 'destroy',
      done: true,
    });
    for (const kind of [CapacityPool, MemberCluster]) {
      const left = (await city.hub.client.list(resourceOf(kind))).items.map(({ metadata }) => metadata.name);
      expect(left.filter((it) => it.startsWith('annex'))).toEqual([]);
    }
    const { items } = JSON.parse(await run('history', 'en', '--json')) as CapacityHistory;
    // Newest first; of the three loads one has not asked the engine.
    expect(items.map(({ kind }) => kind)).toEqual(['destroy', 'update', 'update', 'refresh', 'update']);
    expect(await run('history', 'zh')).toContain('全部删除');
  });
});
