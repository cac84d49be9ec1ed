import { spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { GovError } from '../../domain/errors.ts';
import { KubeClient } from '../../kube/client.ts';
import { loadAccess } from '../../kube/config.ts';
import type { KubeClientError, KubeError } from '../../kube/errors.ts';
import { applyManifests, parseManifests } from '../../kube/manifests.ts';
import { waitFor } from '../../kube/wait.ts';
import { type Binaries, ensureBinaries } from '../../tools/localcity/binaries.ts';
import { type Cluster, startCluster } from '../../tools/localcity/cluster.ts';
import { type Home, openHome, type PostgresPlace } from '../../tools/localcity/home.ts';
import { issueCertificates } from '../../tools/localcity/pki.ts';
import { reservePorts } from '../../tools/localcity/ports.ts';
import { type Postgres, postgresFoldersOutside, startPostgres } from '../../tools/localcity/postgres.ts';
import {
  isRunning,
  isZombie,
  listProcesses,
  type ProcessSpec,
  startProcess,
  stopAll,
} from '../../tools/localcity/process.ts';
import { govcloud } from '../e2e/cli-run.ts';
import { openTestCity, type TestCity } from '../support/clusters.ts';

const START_MS = 180_000;

async function codeOf(failing: Promise<unknown> | (() => unknown)): Promise<string> {
  try {
    await (typeof failing === 'function' ? failing() : failing);
  } catch (error) {
    if (error instanceof GovError) return error.code;
    throw error;
  }
  return 'no error';
}

const reasonsOf = (error: unknown) => (error instanceof GovError ? error.reasons : []);

describe('a city of one member and a database', () => {
  const workload = `
apiVersion: v1
kind: Node
metadata: { name: node-1 }
status: { allocatable: { cpu: "8", memory: 32Gi, pods: "110" }, capacity: { cpu: "8", memory: 32Gi, pods: "110" } }
---
apiVersion: v1
kind: Namespace
metadata: { name: demo }
---
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: db, namespace: demo }
spec:
  replicas: 2
  serviceName: db
  selector: { matchLabels: { app: db } }
  template:
    metadata: { labels: { app: db } }
    spec: { containers: [{ name: db, image: db, resources: { requests: { cpu: "3" } } }] }
  volumeClaimTemplates:
    - metadata: { name: data }
      spec: { accessModes: [ReadWriteOnce], storageClassName: hdd, resources: { requests: { storage: 1Gi } } }
`;
  const refuseForbidden = `
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: { name: no-forbidden.static.k8s.io }
spec:
  failurePolicy: Fail
  matchConstraints:
    resourceRules: [{ apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps] }]
  validations: [{ expression: "object.metadata.name != 'forbidden'", message: refused by the static policy }]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: { name: no-forbidden.static.k8s.io }
spec: { policyName: no-forbidden.static.k8s.io, validationActions: [Deny] }
`;
  const statefulSets = { group: 'apps', version: 'v1', plural: 'statefulsets', namespaced: true };
  const configMaps = { group: '', version: 'v1', plural: 'configmaps', namespaced: true };
  const configMap = (name: string) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'default' },
  });

  let city: TestCity;
  let member: Cluster;
  let postgres: Postgres;
  let policies: string;

  const startAll = async () => {
    const spec = {
      name: 'member',
      controllerManager: true,
      scheduler: true,
      kwok: { storageClasses: ['ssd', 'hdd'] },
      staticPolicyDir: policies,
      prepare: async ({ client }: Cluster) => {
        const crd = parseManifests(readFileSync((await ensureBinaries()).virtualMachineCrd, 'utf8'));
        await applyManifests(client, crd, { fieldManager: 'test' });
      },
    };
    [member, postgres] = await Promise.all([city.startCluster(spec), city.startPostgres()]);
  };
  const pids = () => listProcesses(city.home.dir).map(({ name, pid, alive }) => ({ name, pid, alive }));
  const query = async (sql: string) => {
    const { host, port, user, database } = postgres;
    const client = new Client({ host, port, user, database });
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  };

  beforeAll(async () => {
    city = openTestCity();
    policies = join(city.home.dir, 'policies');
    mkdirSync(policies);
    writeFileSync(join(policies, 'no-forbidden.yaml'), refuseForbidden);
    await startAll();
  }, START_MS);
  afterAll(() => city.stop(), START_MS);

  test(
    'runs a StatefulSet with volumes on a node without a kubelet',
    async () => {
      await applyManifests(member.client, parseManifests(workload), { fieldManager: 'test' });
      const name = { name: 'db', namespace: 'demo' };
      const seen = await waitFor(
        member.client,
        statefulSets,
        name,
        (it) => (it?.status as { readyReplicas?: number } | undefined)?.readyReplicas === 2,
        { timeoutMs: 60_000 },
      );
      expect(seen?.metadata.name).toBe('db');
    },
    START_MS,
  );

  test("serves KubeVirt's VirtualMachine with its real schema", async () => {
    const machine = (devices: unknown) => ({
      apiVersion: 'kubevirt.io/v1',
      kind: 'VirtualMachine',
      metadata: { name: 'vm', namespace: 'default' },
      spec: { runStrategy: 'Always', template: { spec: { domain: { devices } } } },
    });
    const kind = await member.client.discover('kubevirt.io/v1', 'VirtualMachine');
    await expect(member.client.create(kind, machine({ disks: 'none' }))).rejects.toThrow(/devices\.disks/);
    await member.client.create(kind, machine({ disks: [{ name: 'root', disk: { bus: 'virtio' } }] }));
  });

  test('static policies bind even the bootstrap admin', async () => {
    await expect(member.client.create(configMaps, configMap('forbidden'))).rejects.toThrow(
      /refused by the static policy/,
    );
    await member.client.create(configMaps, configMap('allowed'));
  });

  test('keeps secrets to their owner, and the admin for a day', () => {
    const dir = join(city.home.dir, 'clusters/member');
    const secrets = [
      ...readdirSync(join(dir, 'pki')).map((file) => join(dir, 'pki', file)),
      ...readdirSync(dir)
        .filter((file) => file.endsWith('.kubeconfig'))
        .map((file) => join(dir, file)),
    ];
    expect(secrets.length).toBeGreaterThan(20);
    for (const file of secrets) expect([file, statSync(file).mode & 0o777]).toEqual([file, 0o600]);

    const { users } = load(readFileSync(member.kubeconfigPath, 'utf8')) as {
      users: { user: { 'client-certificate-data': string } }[];
    };
    const certificate = new X509Certificate(
      Buffer.from(users[0]?.user['client-certificate-data'] ?? '', 'base64'),
    );
    const hours = (certificate.validToDate.getTime() - certificate.validFromDate.getTime()) / 3_600_000;
    expect(hours).toBeGreaterThanOrEqual(24);
    expect(hours).toBeLessThan(25);
  });

  test(
    'a second start leaves running processes alone',
    async () => {
      const before = pids();
      expect(before.map(({ name }) => name).sort()).toEqual([
        'member-apiserver',
        'member-controller-manager',
        'member-etcd',
        'member-kwok',
        'member-scheduler',
        'postgres',
      ]);
      await startAll();
      expect(pids()).toEqual(before);
    },
    START_MS,
  );

  test(
    'another one in another folder opens no door here, and its status and its end are its own',
    async () => {
      const beside = openHome(mkdtempSync(join(tmpdir(), 'govcloud-beside-')));
      try {
        // Of the same name: they differ by their folders alone.
        const spec = { name: 'member', unsafeNoFsync: true };
        const other = await startCluster(beside, await ensureBinaries(), spec).finally(() => beside.close());
        const own = pids();
        const kubeconfig = readFileSync(member.kubeconfigPath, 'utf8');
        const address = /^\s+server: .*$/m;
        const elsewhere = join(beside.dir, 'elsewhere.kubeconfig');
        const refusal = async (text: string) => {
          writeFileSync(elsewhere, text);
          const client = new KubeClient(await loadAccess({ kubeconfig: elsewhere }));
          try {
            await client.list(configMaps, { namespace: 'default' });
            return 'no refusal';
          } catch (error) {
            return (error as KubeError | KubeClientError).code;
          } finally {
            client.close();
          }
        };
        const theirs = readFileSync(other.kubeconfigPath, 'utf8');
        const [server = ''] = address.exec(theirs) ?? [];
        // Its server is not whom this city's file knows; nor does that server know whom this city's file names.
        expect(await refusal(kubeconfig.replace(address, server))).toBe('E_API_TLS');
        const authority = /certificate-authority-data: .*/;
        const [ca = ''] = authority.exec(theirs) ?? [];
        expect(await refusal(kubeconfig.replace(address, server).replace(authority, ca))).toBe(
          'E_API_UNAUTHENTICATED',
        );
        expect(await refusal(theirs)).toBe('no refusal');

        const run = async (...args: string[]) => {
          const { exit, stdout, stderr } = await govcloud([...args, '--lang', 'en']);
          expect({ args, exit, stderr: exit === 0 ? '' : stderr }).toEqual({ args, exit: 0, stderr: '' });
          return stdout;
        };
        const status = async (dir: string) =>
          (
            JSON.parse(await run('status', '--dir', dir, '-o', 'json')) as { items: { pid: number }[] }
          ).items.map(({ pid }) => pid);
        const [here, there] = [await status(city.home.dir), await status(beside.dir)];
        expect(here).toEqual(own.map(({ pid }) => pid));
        expect(there).toHaveLength(2);
        expect(there.filter((pid) => here.includes(pid))).toEqual([]);
        await run('down', '--dir', beside.dir);
        expect(await status(beside.dir)).toEqual([]);
        expect(pids()).toEqual(own);
        expect(readFileSync(member.kubeconfigPath, 'utf8')).toBe(kubeconfig);
        await member.client.list(configMaps, { namespace: 'default' });
      } finally {
        const home = openHome(beside.dir);
        await stopAll(home);
        home.close();
        rmSync(beside.dir, { recursive: true });
      }
    },
    START_MS,
  );

  test(
    'stopping leaves no process and no port; the next start has all data',
    async () => {
      await query('CREATE TABLE kept AS SELECT 42 AS answer');
      const ports = Object.values(city.home.state.ports);
      const records = listProcesses(city.home.dir);
      await stopAll(city.home);
      expect(listProcesses(city.home.dir)).toEqual([]);
      for (const { pid } of records) expect(isZombie(pid) || isGone(pid)).toBe(true);
      for (const port of ports) await closeServer(await listen(port));

      await startAll();
      expect(Object.values(city.home.state.ports)).toEqual(ports);
      expect(await query('SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
      const kept = await member.client.get(statefulSets, { name: 'db', namespace: 'demo' });
      expect(kept.metadata.name).toBe('db');
    },
    START_MS,
  );

  test(
    'what was killed is started again with all data',
    async () => {
      await query('INSERT INTO kept VALUES (43)');
      for (const { pid } of listProcesses(city.home.dir)) process.kill(pid, 'SIGKILL');
      await expect.poll(() => listProcesses(city.home.dir).some(({ alive }) => alive)).toBe(false);
      await startAll();
      expect(await query('SELECT answer FROM kept ORDER BY 1')).toEqual([{ answer: 42 }, { answer: 43 }]);
      const kept = await member.client.get(statefulSets, { name: 'db', namespace: 'demo' });
      expect(kept.metadata.name).toBe('db');
    },
    START_MS,
  );

  test(
    'a taken port is named; without its entry another is chosen',
    async () => {
      await member.stop();
      expect(isRunning(city.home.dir, 'postgres')).toBe(true);
      const names = ['member-apiserver', 'member-etcd.peer'] as const;
      const ports = names.map((name) => city.home.state.ports[name] as number);
      const strangers = await Promise.all(ports.map(listen));
      try {
        const failure = await startAll().catch((error: unknown) => error);
        expect(reasonsOf(failure)).toMatchObject(
          ['member-etcd.peer', 'member-apiserver'].map((name) => ({
            code: 'E_PORT_TAKEN',
            params: { name, port: city.home.state.ports[name], file: city.home.stateFile },
          })),
        );
        const others = Object.entries(city.home.state.ports).filter(
          ([name]) => !names.some((it) => it === name),
        );
        city.home.update({ ports: Object.fromEntries(others) });
        await startAll();
        expect(ports).not.toContain(city.home.state.ports['member-apiserver']);
        expect(ports).not.toContain(city.home.state.ports['member-etcd.peer']);
        const kept = await member.client.get(statefulSets, { name: 'db', namespace: 'demo' });
        expect(kept.metadata.name).toBe('db');
      } finally {
        await Promise.all(strangers.map(closeServer));
      }
    },
    START_MS,
  );

  test('another version is refused before anything starts', async () => {
    const binaries: Binaries = { ...(await ensureBinaries()), kubernetesVersion: 'v1.0.0' };
    const failure = await startCluster(city.home, binaries, { name: 'other' }).catch(
      (error: unknown) => error,
    );
    expect(reasonsOf(failure)).toMatchObject([
      { code: 'E_CITY_VERSION', params: { found: city.home.state.kubernetes, expected: 'v1.0.0' } },
    ]);
    expect(isRunning(city.home.dir, 'other-etcd')).toBe(false);
  });
});

describe("a city's folder", () => {
  let dir: string;
  let home: Home;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'govcloud-home-'));
    home = openHome(dir);
  });
  afterEach(async () => {
    await stopAll(home);
    home.close();
    rmSync(dir, { recursive: true });
  });

  const shell = (script: string, more: Partial<ProcessSpec> = {}): ProcessSpec => ({
    name: 'shell',
    command: '/bin/sh',
    args: ['-c', script],
    ready: async () => true,
    ...more,
  });

  test('is held by one process', async () => {
    expect(await codeOf(() => openHome(dir))).toBe('E_CITY_LOCKED');
    home.close();
    home = openHome(dir);
  });

  test('of another layout, or without its state, is refused', async () => {
    home.update({ kubernetes: 'v1.2.3' });
    home.close();
    const state = readFileSync(home.stateFile, 'utf8');
    writeFileSync(home.stateFile, state.replace('"layout": 1', '"layout": 999'));
    expect(await codeOf(() => openHome(dir))).toBe('E_CITY_VERSION');
    writeFileSync(home.stateFile, '{');
    expect(await codeOf(() => openHome(dir))).toBe('E_CITY_STATE');
    rmSync(home.stateFile);
    mkdirSync(join(dir, 'clusters/hub'));
    expect(await codeOf(() => openHome(dir))).toBe('E_CITY_STATE');
    writeFileSync(home.stateFile, state);
    home = openHome(dir);
    expect(home.state.kubernetes).toBe('v1.2.3');
  });

  test.each([
    'null',
    '[]',
    '{}',
    '{"layout":"1","ports":{}}',
    '{"layout":1}',
    '{"layout":1,"ports":{"operator":"x"}}',
    '{"layout":1,"ports":{"operator":0}}',
    '{"layout":1,"ports":{},"kubernetes":7}',
    '{"layout":1,"ports":{},"postgres":{}}',
  ])('whose state says %s is refused, and stays as it is', async (text) => {
    home.close();
    writeFileSync(home.stateFile, text);
    expect(await codeOf(() => openHome(dir))).toBe('E_CITY_STATE');
    expect(readFileSync(home.stateFile, 'utf8')).toBe(text);
    writeFileSync(home.stateFile, '{"layout":1,"ports":{}}');
    home = openHome(dir);
  });

  test('of a newer layout is refused as that, whatever else it says', async () => {
    home.close();
    writeFileSync(home.stateFile, '{"layout":2,"clusters":["hub"]}');
    const failure = await Promise.resolve()
      .then(() => openHome(dir))
      .catch((error: unknown) => error);
    expect(reasonsOf(failure)).toMatchObject([{ code: 'E_CITY_VERSION', params: { found: 2, expected: 1 } }]);
    writeFileSync(home.stateFile, '{"layout":1,"ports":{}}');
    home = openHome(dir);
  });

  test('whose lock file is damaged is refused', async () => {
    home.close();
    const lock = join(dir, 'lock');
    writeFileSync(lock, 'x'.repeat(200));
    expect(await codeOf(() => openHome(dir))).toBe('E_LOCK_DAMAGED');
    rmSync(lock);
    home = openHome(dir);
  });

  test.each([
    ['cut off', () => '{"name":"she'],
    ['without its pid', (text: string) => text.replace(/ *"pid": \d+,\n/, '')],
    ['of every process there is', (text: string) => text.replace(/"pid": \d+/, '"pid": -1')],
    ['with a signal that is none', (text: string) => text.replace('SIGTERM', 'SIGNONE')],
  ])('a record %s is named, and nobody is stopped on a guess', async (_, damage) => {
    await startProcess(home, shell('exec tail -f /dev/null', { name: 'bystander' }));
    const { pid } = await startProcess(home, shell('exec tail -f /dev/null'));
    const file = join(dir, 'run/shell.json');
    const text = readFileSync(file, 'utf8');
    const damaged = damage(text);
    writeFileSync(file, damaged);
    const asks: (() => unknown)[] = [
      () => listProcesses(dir),
      () => isRunning(dir, 'shell'),
      () => stopAll(home),
    ];
    for (const ask of asks) {
      const failure = await Promise.resolve()
        .then(ask)
        .catch((error: unknown) => error);
      expect(reasonsOf(failure)).toMatchObject([
        { code: 'E_PROCESS_RECORD', params: { file, name: 'shell' } },
      ]);
    }
    expect(await codeOf(startProcess(home, shell('exec tail -f /dev/null')))).toBe('E_PROCESS_RECORD');
    expect(readFileSync(file, 'utf8')).toBe(damaged);
    expect([isRunning(dir, 'bystander'), isGone(pid)]).toEqual([true, false]);
    writeFileSync(file, text);
  });

  test('half of an authority is not made anew: nobody who runs would trust it', async () => {
    const { certs } = await ensureBinaries();
    const admin = { name: 'admin', authority: 'ca', commonName: 'admin', hours: 1 };
    await issueCertificates(certs, dir, ['ca'], [admin]);
    const kept = readFileSync(join(dir, 'ca.crt'), 'utf8');
    rmSync(join(dir, 'ca.key'));
    const failure = await issueCertificates(certs, dir, ['ca'], [admin]).catch((error: unknown) => error);
    expect(reasonsOf(failure)).toMatchObject([
      { code: 'E_CITY_KEY', params: { file: join(dir, 'ca.key'), dir } },
    ]);
    expect(readFileSync(join(dir, 'ca.crt'), 'utf8')).toBe(kept);
    writeFileSync(join(dir, 'ca.key'), 'cut o');
    expect(await codeOf(issueCertificates(certs, dir, ['ca'], [admin]))).toBe('E_CERTIFICATES');
  });

  test('a process that exits while starting shows the end of its log', async () => {
    const failure = await startProcess(home, shell('echo boom; exit 3', { ready: async () => false })).catch(
      (error: unknown) => error,
    );
    expect(reasonsOf(failure)).toMatchObject([
      { code: 'E_PROCESS_EXITED', params: { name: 'shell', exit: 'exit 3', tail: 'boom' } },
    ]);
    expect(listProcesses(dir)).toEqual([]);
  });

  test('a program that is not there cannot be started', async () => {
    expect(await codeOf(startProcess(home, shell('', { command: join(dir, 'missing') })))).toBe(
      'E_PROCESS_START',
    );
    expect(listProcesses(dir)).toEqual([]);
  });

  test('a process that is not ready in time is ended, with what the probe said', async () => {
    const ready = () => Promise.reject(new Error('still loading'));
    const failure = await startProcess(home, shell('exec tail -f /dev/null', { ready }), {
      readyLimitMs: 300,
    }).catch((error: unknown) => error);
    expect(reasonsOf(failure)).toMatchObject([
      { code: 'E_PROCESS_NOT_READY', params: { name: 'shell', detail: 'still loading' } },
    ]);
    expect(listProcesses(dir)).toEqual([]);
  });

  test('a process that ignores the signal is killed, its children too', async () => {
    const children = join(dir, 'children');
    const script = `trap '' TERM; tail -f /dev/null & echo $! > ${children}; while true; do wait; done`;
    const ready = async () => /^\d+\n$/.test(readFileSync(children, 'utf8'));
    const { pid } = await startProcess(home, shell(script, { ready, stopLimitMs: 200 }));
    await stopAll(home);
    expect(isZombie(pid) || isGone(pid)).toBe(true);
    const child = Number(readFileSync(children, 'utf8'));
    await expect.poll(() => isZombie(child) || isGone(child)).toBe(true);
  });

  test('beside another’s shares no port and no process with it, and its end leaves the other running', async () => {
    const beside = openHome(mkdtempSync(join(tmpdir(), 'govcloud-home-')));
    try {
      const names = ['shell', 'shell.metrics'] as const;
      const [own, others] = await Promise.all([home, beside].map((it) => reservePorts(it, names)));
      expect(new Set([own, others].flatMap((it) => Object.values(it ?? {}))).size).toBe(4);
      for (const it of [home, beside]) await startProcess(it, shell('exec tail -f /dev/null'));
      await stopAll(home);
      expect([dir, beside.dir].map((it) => isRunning(it, 'shell'))).toEqual([false, true]);
      expect(await reservePorts(beside, names)).toEqual(others);
    } finally {
      await stopAll(beside);
      beside.close();
      rmSync(beside.dir, { recursive: true });
    }
  });

  test('processes are stopped in reverse order of their start', async () => {
    for (const name of ['first', 'second', 'third'])
      await startProcess(home, shell('exec tail -f /dev/null', { name }));
    const stopped: unknown[] = [];
    await stopAll(home, { progress: (_, { name }) => stopped.push(name) });
    expect(stopped).toEqual(['third', 'second', 'first']);
  });

  test('a pid that another process has by now is left alone', async () => {
    // Asked twice, this takes longer than the grain of the system's clock: no two processes start at one time.
    let asked = 0;
    const ready = async () => ++asked > 1;
    const bystander = spawn('tail', ['-f', '/dev/null']);
    try {
      await startProcess(home, shell('exec tail -f /dev/null', { name: 'earlier', ready }));
      const record = await startProcess(home, shell('exec tail -f /dev/null'));
      process.kill(record.pid, 'SIGKILL');
      await expect.poll(() => isRunning(dir, 'shell')).toBe(false);
      writeFileSync(join(dir, 'run/shell.json'), JSON.stringify({ ...record, pid: bystander.pid }));
      expect(isRunning(dir, 'shell')).toBe(false);
      await stopAll(home);
      expect(bystander.exitCode ?? bystander.signalCode).toBe(null);
    } finally {
      bystander.kill('SIGKILL');
      await once(bystander, 'exit');
    }
  });

  test('an aborted start ends at once and stays stoppable', async () => {
    const abort = new AbortController();
    const ready = async () => {
      abort.abort(new Error('Ctrl-C'));
      return false;
    };
    await expect(
      startProcess(home, shell('exec tail -f /dev/null', { ready }), { signal: abort.signal }),
    ).rejects.toThrow('Ctrl-C');
    expect(isRunning(dir, 'shell')).toBe(true);
    await stopAll(home);
    expect(listProcesses(dir)).toEqual([]);
  });

  const askTwice = async (city: Home) => {
    const answers = async () => {
      const { host, port, user, database } = await startPostgres(city, { unsafeNoFsync: true });
      const client = new Client({ host, port, user, database });
      await client.connect();
      const { rows } = await client.query('SELECT to_regclass($1) AS kept', ['kept']);
      await client.query('CREATE TABLE IF NOT EXISTS kept ()');
      await client.end();
      await stopAll(city);
      return rows;
    };
    expect(await answers()).toEqual([{ kept: null }]);
    expect(await answers()).toEqual([{ kept: 'kept' }]);
  };
  const removeOutside = async (city: Home) => {
    await stopAll(city);
    for (const folder of postgresFoldersOutside(city)) rmSync(folder, { recursive: true });
    city.close();
  };

  test(
    'too deep for a socket: it lies elsewhere, and is made again when it was swept away',
    async () => {
      chmodSync(dir, 0o711);
      const deep = openHome(join(dir, 'x'.repeat(100)));
      try {
        await askTwice(deep);
        const { base, socketDir } = deep.state.postgres as PostgresPlace;
        expect(base).toBe(join(deep.dir, 'postgres'));
        expect(postgresFoldersOutside(deep)).toEqual([socketDir]);
        rmSync(socketDir, { recursive: true });
        await startPostgres(deep, { unsafeNoFsync: true });
        expect(deep.state.postgres?.socketDir).not.toBe(socketDir);
      } finally {
        await removeOutside(deep);
      }
    },
    START_MS,
  );

  // Only root has another user to run the database as, and a folder that this user cannot enter.
  test.runIf(process.getuid?.() === 0)(
    "too private for the database's user: its data lies elsewhere, and is missed when it is gone",
    async () => {
      chmodSync(dir, 0o700);
      const closed = openHome(join(dir, 'city'));
      try {
        await askTwice(closed);
        const { base } = closed.state.postgres as PostgresPlace;
        expect(postgresFoldersOutside(closed)).toEqual([base]);
        rmSync(join(base, 'data'), { recursive: true });
        expect(await codeOf(startPostgres(closed))).toBe('E_POSTGRES_LOST');
      } finally {
        await removeOutside(closed);
      }
    },
    START_MS,
  );
});

describe('KUBEBUILDER_ASSETS', () => {
  test(
    'comes first, and must be complete',
    async () => {
      const built = await ensureBinaries();
      const assets = join(built.etcd, '..');
      const used = await ensureBinaries({ env: { ...process.env, KUBEBUILDER_ASSETS: assets } });
      expect(used).toEqual(built);
      const env = { ...process.env, KUBEBUILDER_ASSETS: tmpdir() };
      expect(await codeOf(ensureBinaries({ env }))).toBe('E_ASSETS_INCOMPLETE');
    },
    START_MS,
  );
});

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return true;
    throw error;
  }
}

async function listen(port: number) {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function closeServer(server: ReturnType<typeof createServer>): Promise<void> {
  server.close();
  await once(server, 'close');
}
