import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { KubeClient } from '../../kube/client.ts';
import { loadAccess } from '../../kube/config.ts';
import type { KubeObject, ResourceRef } from '../../kube/types.ts';
import { systemClock } from '../../operator/runtime/clock.ts';
import { LeaderElector, type LeaderOptions, type Term } from '../../operator/runtime/leader.ts';
import type { Cluster } from '../../tools/localcity/cluster.ts';
import { openTestCity, type TestCity } from '../support/clusters.ts';
import { type FaultProxy, startFaultProxy } from './runtime-proxy.ts';

const CONFIG_MAPS: ResourceRef = { group: '', version: 'v1', plural: 'configmaps', namespaced: true };
const NAMESPACES: ResourceRef = { group: '', version: 'v1', plural: 'namespaces', namespaced: false };
const LEASES: ResourceRef = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  namespaced: true,
};
type Lease = KubeObject<Record<string, unknown>>;

vi.setConfig({ testTimeout: 60_000 });
const LIMIT = { timeout: 30_000, interval: 20 };

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
beforeEach(async () => {
  count += 1;
  ns = `leader-${count}`;
  await direct.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: ns } });
});

const lease = () => direct.get<Lease>(LEASES, { namespace: ns, name: 'operator' });

describe('candidates, each a process', () => {
  interface Candidate {
    readonly process: ChildProcess;
    /** What it said. */
    readonly lines: Record<string, unknown>[];
  }
  let candidates: Candidate[];

  beforeEach(async () => {
    candidates = [];
    const metadata = { namespace: ns, name: 'epoch' };
    const counter = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { epoch: '0' } };
    await direct.create(CONFIG_MAPS, counter);
  });

  afterEach(() => {
    for (const { process } of candidates) process.kill('SIGKILL');
  });

  function start(identity: string): Candidate {
    const script = new URL('runtime-candidate.ts', import.meta.url).pathname;
    const child = spawn(process.execPath, [script, hub.kubeconfigPath, ns, identity], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const candidate: Candidate = { process: child, lines: [] };
    createInterface({ input: child.stdout }).on('line', (line) => candidate.lines.push(JSON.parse(line)));
    candidates.push(candidate);
    return candidate;
  }

  const leaderAmong = (all: Candidate[]) =>
    all.filter(({ lines }) => lines.some((line) => 'leading' in line));

  async function firstLeader(): Promise<[Candidate, Candidate]> {
    const both = [start('one'), start('two')];
    await vi.waitFor(() => expect(leaderAmong(both)).toHaveLength(1), LIMIT);
    const [leader] = leaderAmong(both) as [Candidate];
    return [leader, both.find((candidate) => candidate !== leader) as Candidate];
  }

  it('elect one; when it is killed the other takes over with a higher epoch', async () => {
    const [leader, other] = await firstLeader();
    expect(leader.lines).toEqual([{ leading: 1 }]);
    const before = await lease();
    await vi.waitFor(async () => {
      expect((await lease()).spec?.['renewTime']).not.toBe(before.spec?.['renewTime']);
    }, LIMIT);
    expect(other.lines).toEqual([]);
    leader.process.kill('SIGKILL');
    await vi.waitFor(() => expect(other.lines).toEqual([{ leading: 2 }]), LIMIT);
    const after = await lease();
    expect(after.spec).toMatchObject({ leaseDurationSeconds: 3, leaseTransitions: 1 });
    expect(after.spec?.['holderIdentity']).not.toBe(before.spec?.['holderIdentity']);
    expect(after.spec?.['acquireTime']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  });

  it('release the lease when stopped, so that the other need not wait', async () => {
    const [leader, other] = await firstLeader();
    const { metadata, spec } = await lease();
    const { resourceVersion } = metadata;
    const watching = await direct.watch<Lease>(LEASES, { namespace: ns, resourceVersion });
    leader.process.kill('SIGTERM');
    const holders = new Set<unknown>([spec?.['holderIdentity']]);
    for await (const event of watching) {
      if (event.type !== 'BOOKMARK') holders.add(event.object.spec?.['holderIdentity']);
      if (holders.size === 3) break;
    }
    const [first, released, second] = [...holders];
    expect(released).toBe('');
    expect(new Set([first, second])).toEqual(new Set(['one', 'two']));
    await vi.waitFor(() => expect(other.lines).toEqual([{ leading: 2 }]), LIMIT);
    await vi.waitFor(() => expect(leader.lines).toEqual([{ leading: 1 }, { stopped: true }]), LIMIT);
  });

  it('tell a leader that slept too long that it lost, and it becomes a candidate again', async () => {
    const [leader, other] = await firstLeader();
    leader.process.kill('SIGSTOP');
    await vi.waitFor(() => expect(other.lines).toEqual([{ leading: 2 }]), LIMIT);
    leader.process.kill('SIGCONT');
    await vi.waitFor(() => expect(leader.lines).toEqual([{ leading: 1 }, { lost: 1 }]), LIMIT);
    other.process.kill('SIGKILL');
    await vi.waitFor(() => expect(leader.lines.at(-1)).toEqual({ leading: 3 }), LIMIT);
  });
});

describe('a leader', () => {
  let stop: AbortController;
  let through: KubeClient;
  let run: Promise<void> | undefined;
  let terms: Term<number>[];
  let events: string[];

  beforeEach(() => {
    stop = new AbortController();
    through = new KubeClient(proxy.access);
    terms = [];
    events = [];
  });

  afterEach(async () => {
    stop.abort();
    proxy.fault = () => undefined;
    await run?.catch(() => undefined);
    through.close();
  });

  function elector(options: Partial<LeaderOptions<number>> = {}): LeaderElector<number> {
    return new LeaderElector({
      client: through,
      namespace: ns,
      name: 'operator',
      identity: 'me',
      settings: { leaseSeconds: 3, renewDeadlineMs: 2_000, retryMs: 50 },
      takeEpoch: async () => terms.length + 1,
      onStarted: async (term) => {
        terms.push(term);
        events.push('started');
        if (!term.stop.aborted) await new Promise((resolve) => term.stop.addEventListener('abort', resolve));
        events.push('ended');
      },
      onStopped: () => events.push('stopped'),
      clock: systemClock,
      random: Math.random,
      log: pino({ level: 'silent' }),
      metrics: { leading: (leading) => events.push(leading ? 'leads' : 'leads not') },
      ...options,
    });
  }

  it('stops when it cannot renew in time, and leads again under another epoch', async () => {
    const tested = elector();
    run = tested.run(stop.signal);
    await vi.waitFor(() => expect(terms).toHaveLength(1), LIMIT);
    expect(tested.isLeader).toBe(true);
    proxy.fault = () => 'hang';
    await vi.waitFor(() => expect(terms[0]?.lost.aborted).toBe(true), LIMIT);
    await vi.waitFor(
      () => expect(events).toEqual(['leads', 'started', 'ended', 'leads not', 'stopped']),
      LIMIT,
    );
    expect(tested.isLeader).toBe(false);
    proxy.fault = () => undefined;
    proxy.cut();
    await vi.waitFor(() => expect(terms.map(({ epoch }) => epoch)).toEqual([1, 2]), LIMIT);
  });

  it('rides out a short trouble, also an answer that never came to a renewal that was written', async () => {
    run = elector().run(stop.signal);
    await vi.waitFor(() => expect(terms).toHaveLength(1), LIMIT);
    let busy = 5;
    proxy.fault = () => (busy-- > 0 ? { status: 500 } : undefined);
    await vi.waitFor(() => expect(busy).toBeLessThan(0), LIMIT);
    // Somebody else's harmless write moves the version on, as a lost answer does.
    await direct.mergePatch(
      LEASES,
      { namespace: ns, name: 'operator' },
      { metadata: { labels: { seen: 'yes' } } },
    );
    const { spec } = await lease();
    await vi.waitFor(
      async () => expect((await lease()).spec?.['renewTime']).not.toBe(spec?.['renewTime']),
      LIMIT,
    );
    expect((await lease()).metadata.labels).toEqual({ seen: 'yes' });
    expect(terms[0]?.lost.aborted).toBe(false);
    expect(events).toEqual(['leads', 'started']);
  });

  it('is lost when the lease is older than the one that was written: the hub was set back', async () => {
    run = elector().run(stop.signal);
    await vi.waitFor(() => expect(terms).toHaveLength(1), LIMIT);
    const renewTime = '2020-01-01T00:00:00.000000Z';
    await direct.mergePatch(LEASES, { namespace: ns, name: 'operator' }, { spec: { renewTime } });
    await vi.waitFor(() => expect(terms[0]?.lost.aborted).toBe(true), LIMIT);
    await vi.waitFor(() => expect(terms.map(({ epoch }) => epoch)).toEqual([1, 2]), LIMIT);
  });

  it('is lost when the lease is taken or deleted', async () => {
    run = elector().run(stop.signal);
    await vi.waitFor(() => expect(terms).toHaveLength(1), LIMIT);
    await direct.mergePatch(
      LEASES,
      { namespace: ns, name: 'operator' },
      { spec: { holderIdentity: 'thief' } },
    );
    await vi.waitFor(() => expect(terms[0]?.lost.aborted).toBe(true), LIMIT);
    await direct.delete(LEASES, { namespace: ns, name: 'operator' });
    await vi.waitFor(() => expect(terms).toHaveLength(2), LIMIT);
    await direct.delete(LEASES, { namespace: ns, name: 'operator' });
    await vi.waitFor(() => expect(terms).toHaveLength(3), LIMIT);
    expect(terms[1]?.lost.aborted).toBe(true);
  });

  it('keeps the lease until its work is put down, and then releases it', async () => {
    let finish = () => {};
    const work = new Promise<void>((resolve) => {
      finish = resolve;
    });
    run = elector({
      onStarted: async (term) => {
        terms.push(term);
        await work;
      },
    }).run(stop.signal);
    await vi.waitFor(() => expect(terms).toHaveLength(1), LIMIT);
    stop.abort();
    expect(terms[0]?.stop.aborted).toBe(true);
    const { spec } = await lease();
    await vi.waitFor(
      async () => expect((await lease()).spec?.['renewTime']).not.toBe(spec?.['renewTime']),
      LIMIT,
    );
    expect((await lease()).spec?.['holderIdentity']).toBe('me');
    expect(terms[0]?.lost.aborted).toBe(false);
    finish();
    await run;
    expect((await lease()).spec?.['holderIdentity']).toBe('');
  });

  it('does not start without an epoch, and leaves the lease to others', async () => {
    let refused = 0;
    run = elector({
      takeEpoch: async () => {
        refused += 1;
        if (refused < 3) throw new Error('the books are away');
        return 7;
      },
    }).run(stop.signal);
    await vi.waitFor(() => expect(terms.map(({ epoch }) => epoch)).toEqual([7]), LIMIT);
    expect((await lease()).spec?.['leaseTransitions']).toBe(2);
    expect(events.filter((event) => event === 'started')).toHaveLength(1);
  });

  it('passes on what its work throws, after releasing the lease', async () => {
    run = elector({ onStarted: async () => Promise.reject(new Error('no database')) }).run(stop.signal);
    await expect(run).rejects.toThrow('no database');
    expect((await lease()).spec?.['holderIdentity']).toBe('');
    expect(events).toEqual(['leads', 'leads not', 'stopped']);
  });

  it('refuses settings under which two could lead', () => {
    const settings = { leaseSeconds: 2, renewDeadlineMs: 2_000, retryMs: 50 };
    expect(() => elector({ settings })).toThrow(RangeError);
  });
});
