import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CatalogItem, ParameterValues } from '../api/v1alpha1/index.ts';
import type { AllocationFacts, Json } from '../domain/catalogue/expressions.ts';
import { checkItem, checkParameters, consumptionOf, monthlyPriceOf } from '../domain/catalogue/item.ts';
import { hasStopped, isReady, outputsOf, renderObjects } from '../domain/catalogue/render.ts';
import { ResourceVector } from '../domain/quantity.ts';
import { loadCity } from './city.ts';

const city = loadCity(join(import.meta.dirname, 'shanwei'));
const items = city.manifests.filter(({ kind }) => kind === 'CatalogItem') as unknown as CatalogItem[];
const auto = items.filter(({ spec }) => spec.fulfilment === 'auto');

function item(name: string): CatalogItem {
  const found = items.find(({ metadata }) => metadata.name === name);
  if (!found) throw new Error(`no item ${name}`);
  return found;
}

const VALUES: Readonly<Record<string, ParameterValues>> = {
  vm: { vcpu: 8, memoryGiB: 32, diskGiB: 200 },
  postgresql: { vcpu: 16, memoryGiB: 64, diskGiB: 1024 },
  rabbitmq: { vcpu: 4, memoryGiB: 8, diskGiB: 100 },
  redis: { vcpu: 4, memoryGiB: 16, diskGiB: 100 },
  'block-ssd': { sizeGiB: 500 },
  'block-hdd': { sizeGiB: 10240 },
  'container-namespace': { vcpu: 16, memoryGiB: 64, diskGiB: 0 },
};

function facts(it: CatalogItem, quantity: number): AllocationFacts {
  return {
    name: 'zy-2026-000123-app',
    namespace: 'gov-441500-wjj',
    memberNamespace: 'gov-441500-wjj-quanmin-jiankang',
    organization: '441500-wjj',
    system: 'quanmin-jiankang',
    item: it.metadata.name,
    quantity,
    revision: 1,
    zone: 'extranet',
    arch: 'arm64',
    pool: 'extranet-arm64',
    suspended: false,
  };
}

function render(it: CatalogItem, quantity: number) {
  return renderObjects(
    it.spec,
    facts(it, quantity),
    VALUES[it.metadata.name] ?? {},
    (label) => `secret-of-${label}`,
  );
}

/** The live objects by template, each with a status made by `statusOf`. */
function live(
  it: CatalogItem,
  quantity: number,
  statusOf: (kind: string) => Json | undefined,
): Record<string, Json[]> {
  const byTemplate: Record<string, Json[]> = Object.fromEntries(
    it.spec.templates.map(({ name }) => [name, []]),
  );
  for (const { template, object } of render(it, quantity)) {
    const status = statusOf(object.kind);
    byTemplate[template]?.push({
      ...object,
      metadata: { ...object.metadata, generation: 1 },
      ...(status === undefined ? {} : { status }),
    });
  }
  return byTemplate;
}

const READY: Readonly<Record<string, Json>> = {
  VirtualMachine: { ready: true, printableStatus: 'Running' },
  StatefulSet: { observedGeneration: 1, replicas: 1, readyReplicas: 1 },
  PersistentVolumeClaim: { phase: 'Bound' },
  ResourceQuota: { hard: { pods: '160' } },
};

const STOPPED: Readonly<Record<string, Json>> = {
  VirtualMachine: { ready: false, printableStatus: 'Stopped' },
  StatefulSet: { observedGeneration: 1, replicas: 0 },
  PersistentVolumeClaim: { phase: 'Bound' },
};

const unitOf = (name: string) => consumptionOf(name, item(name).spec, VALUES[name] ?? {});

const machinePrice = (arch: 'amd64' | 'arm64', date: string) =>
  monthlyPriceOf('vm', item('vm').spec, VALUES['vm'] ?? {}, arch, date).value;

describe('the catalogue', () => {
  it('has the services of the plan', () => {
    expect(items.map(({ metadata, spec }) => `${metadata.name} ${spec.fulfilment}`)).toEqual([
      'backup manual',
      'block-hdd auto',
      'block-ssd auto',
      'container-namespace auto',
      'disaster-recovery manual',
      'load-balancer manual',
      'object-storage manual',
      'physical-machine manual',
      'postgresql auto',
      'rabbitmq auto',
      'redis auto',
      'vm auto',
    ]);
  });

  it.each(items.map((it) => [it.metadata.name, it] as const))(
    '%s passes the checks of an item',
    (name, it) => {
      expect(checkItem(name, it.spec)).toEqual([]);
    },
  );

  it('counts what the story asks for: 64 / 256 / 2,224, then 80 / 320 / 2,624', () => {
    const of = (machines: number) => unitOf('vm').times(machines).plus(unitOf('postgresql'));
    expect(of(6).equals(ResourceVector.parse({ vcpu: '64', memory: '256Gi', ssd: '2224Gi' }))).toBe(true);
    expect(of(8).equals(ResourceVector.parse({ vcpu: '80', memory: '320Gi', ssd: '2624Gi' }))).toBe(true);
  });

  it('prices a machine by the day’s list, and less on ARM', () => {
    expect(machinePrice('amd64', '2020-12-31')).toBe(8n * 4000n + 32n * 2000n + 200n * 60n);
    expect(machinePrice('amd64', '2021-01-01')).toBe(8n * 3600n + 32n * 1800n + 200n * 50n);
    expect(machinePrice('arm64', '2021-01-01')).toBe(81940n);
  });
});

describe.each(auto.map((it) => [it.metadata.name, it] as const))('%s', (name, subject) => {
  const quantity = Math.min(2, subject.spec.maxQuantity);

  it('is tried here with good parameters', () => {
    expect(checkParameters(subject.spec, VALUES[name] ?? {}, name)).toEqual([]);
  });

  it('names its objects after the allocation, one a unit where it says so', () => {
    const objects = render(subject, quantity);
    for (const { object } of objects) expect(object.metadata.name).toMatch(/^zy-2026-000123-app/);
    for (const { name: template, each } of subject.spec.templates) {
      expect(objects.filter((made) => made.template === template)).toHaveLength(
        each === 'unit' ? quantity : 1,
      );
    }
  });

  it('is ready when all objects are, and not when one is missing, fresh or not ready', () => {
    const values = VALUES[name] ?? {};
    const ready = (objects: Record<string, Json[]>) =>
      isReady(subject.spec, facts(subject, quantity), values, objects);
    const good = () => live(subject, quantity, (kind) => READY[kind]);
    expect(ready(good())).toBe(true);
    expect(ready(live(subject, quantity, () => undefined))).toBe(false);
    expect(ready(live(subject, quantity, () => ({})))).toBe(false);
    expect(ready({})).toBe(false);
    const watched = subject.spec.templates.filter((template) =>
      subject.spec.readyWhen?.includes(`objects.${template.name}`),
    );
    expect(watched.length).toBeGreaterThan(0);
    for (const template of watched) {
      const missing = good();
      missing[template.name]?.pop();
      expect(ready(missing), `${template.name} missing`).toBe(false);
      const fresh = good();
      const last = fresh[template.name]?.at(-1) as { status?: Json };
      delete last.status;
      expect(ready(fresh), `${template.name} fresh`).toBe(false);
    }
  });

  it('tells what it gives in texts that fit an allocation’s status', () => {
    const outputs = outputsOf(
      subject.spec,
      facts(subject, quantity),
      VALUES[name] ?? {},
      live(subject, quantity, (kind) => READY[kind]),
    );
    expect(outputs.length).toBeGreaterThan(0);
    for (const { value } of outputs) expect(value).toMatch(/^.{1,500}$/);
  });

  it('shows no password but in a Secret', () => {
    for (const { object } of render(subject, quantity)) {
      if (object.kind !== 'Secret') expect(JSON.stringify(object)).not.toContain('secret-of-');
    }
  });

  it('leaves no claim behind: none comes from a volumeClaimTemplate', () => {
    for (const { object } of render(subject, quantity)) {
      expect((object['spec'] as Record<string, Json> | undefined)?.['volumeClaimTemplates']).toBeUndefined();
    }
  });
});

const suspendable = auto.filter(({ spec }) => spec.suspendedWhen !== undefined);

it('can suspend what computes, and not disks or a namespace', () => {
  expect(suspendable.map(({ metadata }) => metadata.name)).toEqual(['postgresql', 'rabbitmq', 'redis', 'vm']);
});

it.each(suspendable.map((it) => [it.metadata.name, it] as const))(
  '%s stands still when all of it has stopped, and not before',
  (name, subject) => {
    const values = VALUES[name] ?? {};
    const still = { ...facts(subject, 2), suspended: true };
    const stopped = (objects: Record<string, Json[]>) => hasStopped(subject.spec, still, values, objects);
    expect(stopped(live(subject, 2, (kind) => STOPPED[kind]))).toBe(true);
    expect(stopped(live(subject, 2, (kind) => READY[kind]))).toBe(false);
    expect(stopped(live(subject, 2, () => undefined))).toBe(false);
    expect(stopped(live(subject, 1, (kind) => STOPPED[kind]))).toBe(false);
    const changed = renderObjects(subject.spec, still, values, (label) => `secret-of-${label}`).filter(
      ({ object }, index) => JSON.stringify(object) !== JSON.stringify(render(subject, 2)[index]?.object),
    );
    expect(new Set(changed.map(({ object }) => object.kind))).toEqual(
      new Set([name === 'vm' ? 'VirtualMachine' : 'StatefulSet']),
    );
  },
);

it('delivers a login Secret of what has credentials', () => {
  const delivering = auto.filter(({ spec }) => spec.credentials);
  expect(delivering.map(({ metadata }) => metadata.name)).toEqual(['postgresql', 'rabbitmq', 'redis', 'vm']);
  for (const subject of delivering) {
    const secret = render(subject, 1).find(
      ({ template }) => template === subject.spec.credentials?.template,
    )?.object;
    const data = secret?.['data'] as Record<string, string>;
    expect(Object.keys(data)).toEqual(['username', 'password']);
    expect(Buffer.from(data['password'] ?? '', 'base64').toString()).toBe('secret-of-login');
  }
});

it.each(['postgresql', 'rabbitmq', 'redis'])(
  '%s runs pods that pod security `restricted` admits, with requests that equal limits',
  (name) => {
    const server = render(item(name), 1).find(({ object }) => object.kind === 'StatefulSet')?.object;
    if (!server) throw new Error('no StatefulSet');
    const { spec } = (server['spec'] as { template: { spec: Record<string, Json> } }).template;
    expect(spec['securityContext']).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    const containers = spec['containers'] as Record<string, Json>[];
    expect(containers).toHaveLength(1);
    for (const { securityContext, resources } of containers) {
      expect(securityContext).toMatchObject({
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
      });
      const { requests, limits } = resources as { requests: Json; limits: Json };
      expect(requests).toMatchObject({ cpu: expect.any(String), memory: expect.any(String) });
      expect(limits).toEqual(requests);
    }
    const kinds = (spec['volumes'] as Record<string, Json>[]).flatMap((volume) => Object.keys(volume));
    expect(kinds).not.toContain('hostPath');
  },
);

it('a machine asks for its size, its disk and its architecture', () => {
  const made = render(item('vm'), 1);
  const machine = made.find(({ template }) => template === 'machine')?.object;
  expect(machine?.['spec']).toMatchObject({
    runStrategy: 'Always',
    template: {
      spec: {
        nodeSelector: { 'kubernetes.io/arch': 'arm64' },
        domain: { cpu: { sockets: 8 }, memory: { guest: '32Gi' } },
        volumes: [
          { name: 'system', containerDisk: { image: 'govcloud/openeuler-22.03' } },
          { name: 'data', persistentVolumeClaim: { claimName: 'zy-2026-000123-app-0-data' } },
          { name: 'cloud-init' },
        ],
      },
    },
  });
  const userdata = made.find(({ template }) => template === 'cloudInit')?.object['data'] as {
    userdata: string;
  };
  expect(Buffer.from(userdata.userdata, 'base64').toString().split('\n').slice(0, 3)).toEqual([
    '#cloud-config',
    'user: ops',
    'password: secret-of-login',
  ]);
});
