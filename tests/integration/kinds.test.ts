import { join } from 'node:path';
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resourceOf } from '../../api/kind.ts';
import { CapacityPool, CatalogItem, KINDS, Quota, ResourceRequest } from '../../api/v1alpha1/index.ts';
import { KubeError } from '../../kube/errors.ts';
import { applyManifests, parseManifests } from '../../kube/manifests.ts';
import type { KubeObject } from '../../kube/types.ts';
import type { Cluster } from '../../tools/localcity/cluster.ts';
import { openTestCity } from '../support/clusters.ts';
import { badValues, fieldOf, leaves, otherValue, specsOf, withValue } from '../support/leaves.ts';

const CRDS = join(import.meta.dirname, '../../api/generated/crds');
const city = openTestCity();
let hub: Cluster;

beforeAll(async () => {
  hub = await city.startCluster({ name: 'kinds' });
  const crds = readdirSync(CRDS).flatMap((file) => parseManifests(readFileSync(join(CRDS, file), 'utf8')));
  await applyManifests(hub.client, crds, { fieldManager: 'test' });
});

afterAll(() => city.stop());

const apiVersion = 'govcloud.dev/v1alpha1';

async function outcome(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'allowed';
  } catch (error) {
    if (error instanceof KubeError) return error.message;
    throw error;
  }
}

describe('what an account of the books is named by never changes', () => {
  const change = async (kind: typeof Quota | typeof CapacityPool, spec: object, patch: object) => {
    const resource = resourceOf(kind);
    const metadata = {
      name: '',
      generateName: `${kind.singular}-`,
      ...(kind.namespaced ? { namespace: 'default' } : {}),
    };
    const made = await hub.client.create(resource, {
      apiVersion,
      kind: kind.kind,
      metadata,
      spec,
    } as KubeObject);
    const next = { ...made, spec: { ...spec, ...patch } } as typeof made;
    return outcome(hub.client.update(resource, next));
  };

  const quota = {
    child: { organization: 'luhe' },
    zone: 'gov',
    limits: { vcpu: '10' },
    basis: '汕数〔2024〕1号',
  };
  it.each([
    ['its limits', { limits: { vcpu: '20' } }, 'allowed'],
    ['another organisation', { child: { organization: 'lufeng' } }, 'never change'],
    ['a system', { child: { system: 'portal' } }, 'never change'],
    ['another zone', { zone: 'internet' }, 'never change'],
    ['no zone', { zone: undefined }, 'never change'],
    ['an architecture', { arch: 'arm64' }, 'never change'],
  ])('a quota takes %s', async (_, patch, expected) => {
    expect(await change(Quota, quota, patch)).toContain(expected);
  });

  const pool = {
    title: { zh: '资源池' },
    zone: 'gov',
    arch: 'amd64',
    cpuSeries: 'Hygon',
    xinchuang: false,
    cluster: 'member',
    total: { vcpu: '100' },
    reserve: {},
  };
  it.each([
    ['more', { total: { vcpu: '200' } }, 'allowed'],
    ['another zone', { zone: 'internet' }, 'never change'],
    ['another architecture', { arch: 'arm64' }, 'never change'],
  ])('a pool takes %s', async (_, patch, expected) => {
    expect(await change(CapacityPool, pool, patch)).toContain(expected);
  });
});

describe('what the books cannot keep does not come so far', () => {
  const request = (more: object) => ({
    apiVersion,
    kind: 'ResourceRequest',
    metadata: { name: 'req', namespace: 'default' },
    spec: {
      requester: 'ops',
      applicant: { unit: '市卫生健康局', person: '张三', phone: '0660-1', reviewer: '李四' },
      action: 'Provision',
      system: 'portal',
      project: 'project',
      mlps: 2,
      zone: 'gov',
      reason: '扩容',
      until: '2027-01-01',
      submission: 0,
      lines: [],
      ...more,
    },
  });
  const line = (parameters: object) => ({
    lines: [{ name: 'vm', item: 'vm', quantity: 1, parameters }],
  });
  it.each([
    ['an ordinary request', line({ size: 5, image: '麒麟 V10' }), 'allowed'],
    ['a reason with NUL', { ...line({}), reason: 'a\u0000b' }, 'spec.reason'],
    ['a parameter with NUL', line({ image: 'a\u0000b' }), 'parameters.image'],
    ['a parameter of 201 characters', line({ image: 'x'.repeat(201) }), 'parameters.image'],
    ['a parameter beyond 2^53-1', line({ size: 2 ** 53 }), 'parameters.size'],
    ['what is apart from others', { ...line({}), recoveryOf: ['db'], apartFrom: ['db', 'web'] }, 'allowed'],
    ['what is apart from nothing', { ...line({}), apartFrom: [] }, 'spec.apartFrom'],
    ['what is apart from one twice', { ...line({}), recoveryOf: ['db', 'db'] }, 'spec.recoveryOf'],
    [
      'a change that would be apart',
      {
        action: 'Release',
        until: undefined,
        target: { allocation: 'vm', uid: 'uid', revision: 1 },
        apartFrom: ['db'],
      },
      'only Provision is kept apart from others',
    ],
    [
      'a transfer',
      {
        action: 'Transfer',
        lines: [],
        until: undefined,
        target: { allocation: 'vm', uid: 'uid', revision: 1, organization: 'luhe' },
      },
      'allowed',
    ],
    [
      'a transfer from nobody',
      {
        action: 'Transfer',
        lines: [],
        until: undefined,
        target: { allocation: 'vm', uid: 'uid', revision: 1 },
      },
      'a transfer names who hands over',
    ],
    [
      'a release from somebody',
      {
        action: 'Release',
        lines: [],
        until: undefined,
        target: { allocation: 'vm', uid: 'uid', revision: 1, organization: 'luhe' },
      },
      'a transfer names who hands over',
    ],
  ])('%s', async (_, more, expected) => {
    const made = hub.client.create(
      resourceOf(ResourceRequest),
      request(more) as unknown as KubeObject,
      {
        dryRun: true,
      } as never,
    );
    expect(await outcome(made)).toContain(expected);
  });
});

describe('an item’s value that some architectures have', () => {
  const [item] = specsOf('CatalogItem') as unknown as [CatalogItem['spec']];
  const image = {
    name: 'image',
    title: { zh: '系统' },
    type: 'string',
    required: false,
    values: ['kylin'],
  };
  it.each<[string, object, string]>([
    ['is one of its values', { ...image, valueArchs: [{ value: 'kylin', archs: ['arm64'] }] }, 'allowed'],
    ['is no other', { ...image, valueArchs: [{ value: 'uos', archs: ['arm64'] }] }, 'one of the values'],
    [
      'is none of a number',
      {
        name: 'size',
        title: { zh: '大小' },
        type: 'integer',
        required: true,
        valueArchs: [{ value: '1', archs: ['arm64'] }],
      },
      'one of the values',
    ],
    ['has one', { ...image, valueArchs: [{ value: 'kylin', archs: [] }] }, 'valueArchs[0].archs'],
  ])('%s', async (_, parameter, expected) => {
    const parameters = [...item.parameters.slice(0, 1), { ...parameter, name: 'chosen' }];
    const metadata = { name: 'item' };
    const object = { apiVersion, kind: 'CatalogItem', metadata, spec: { ...item, parameters } };
    const made = hub.client.create(resourceOf(CatalogItem), object as KubeObject, { dryRun: true } as never);
    expect(await outcome(made)).toContain(expected);
  });
});

describe('every field of every spec', () => {
  const all = leaves();
  const resourceOfKind = new Map(KINDS.map((it) => [it.kind, resourceOf(it)]));
  /** Objects of `specs.yaml`, by their specs. */
  const made = new Map<object, KubeObject>();

  beforeAll(async () => {
    for (const { kind, namespaced } of KINDS) {
      for (const [index, spec] of specsOf(kind).entries()) {
        const metadata = { name: `every-field-${index}`, ...(namespaced ? { namespace: 'default' } : {}) };
        const object = { apiVersion, kind, metadata, spec };
        made.set(spec, await hub.client.create(resourceOfKind.get(kind) as never, object));
      }
    }
  });

  const withSpec = (leaf: (typeof all)[number], value: unknown) =>
    outcome(
      hub.client.update(
        resourceOfKind.get(leaf.kind) as never,
        { ...(made.get(leaf.spec) as KubeObject), spec: withValue(leaf, value) },
        { dryRun: true },
      ),
    );

  it('is counted: a new one needs a value in specs.yaml, and a line here if it may not change', () => {
    expect(all).toHaveLength(289);
  });

  it('refuses what it cannot be, and names itself', async () => {
    let refused = 0;
    const wrong: string[] = [];
    for (const leaf of all) {
      for (const [what, value] of badValues(leaf)) {
        const said = await withSpec(leaf, value);
        if (said.includes(fieldOf(leaf))) refused += 1;
        else wrong.push(`${leaf.kind} ${leaf.path}, ${what}: ${said}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(refused).toBe(1704);
  });

  it('takes another value that its schema allows, or says why it never changes', async () => {
    const said = await Promise.all(
      all.map(async (leaf) => [`${leaf.kind} ${leaf.path}`, await withSpec(leaf, otherValue(leaf))] as const),
    );
    expect(Object.fromEntries(said.filter(([, outcome]) => outcome !== 'allowed'))).toEqual({
      'CapacityPool arch': expect.stringContaining('never change'),
      'CapacityPool zone': expect.stringContaining('never change'),
      'CatalogItem credentials.template': expect.stringContaining('credentials name no template'),
      'CatalogItem fulfilment': expect.stringContaining('manual ones neither'),
      'CatalogItem parameters[].type': expect.stringContaining('integers have bounds, strings have values'),
      'CatalogItem parameters[].valueArchs[].value': expect.stringContaining('one of the values'),
      ...Object.fromEntries(
        ['from', 'madeBy', 'reason', 'reviewer', 'standin', 'step', 'until'].map((field) => [
          `Delegation ${field}`,
          expect.stringContaining('a delegation is not changed'),
        ]),
      ),
      'Quota arch': expect.stringContaining('never change'),
      'Quota child.organization': expect.stringContaining('never change'),
      'Quota child.system': expect.stringContaining('never change'),
      'Quota zone': expect.stringContaining('never change'),
      'ResourceRequest action': expect.stringContaining('never change'),
      'ResourceRequest requester': expect.stringContaining('never change'),
      'StockImport requester': expect.stringContaining('never change'),
    });
  });
});
