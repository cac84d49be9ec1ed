import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type ApprovalFlow,
  ASSUMPTION_ANNOTATION,
  type CapacityPool,
  codeOf,
  type InformationSystem,
  type MemberCluster,
  namespaceOf,
  type Organization,
  type Project,
  type Quota,
} from '../api/v1alpha1/index.ts';
import { nodeShortfall } from '../domain/capacity/grantable.ts';
import { ResourceVector } from '../domain/quantity.ts';
import { GovError, reasonText } from '../domain/errors.ts';
import { platformsOf } from '../domain/request/repeats.ts';
import { loadCity, nodeObjects } from './city.ts';
import { stackNames } from './stack.ts';

const DIR = join(import.meta.dirname, 'shanwei');
const city = loadCity(DIR);

function objects<T>(kind: string): T[] {
  return city.manifests.filter((it) => it.kind === kind) as unknown as T[];
}
const organizations = objects<Organization>('Organization');
const pools = objects<CapacityPool>('CapacityPool');
const systems = objects<InformationSystem>('InformationSystem');
const codes = new Set(organizations.map(({ metadata }) => metadata.name));

const ofType = (type: string) => organizations.filter(({ spec }) => spec.type === type);

describe('the city of Shanwei', () => {
  it('names each object once and puts namespaced ones with an organisation', () => {
    const ids = city.manifests.map(
      ({ kind, metadata }) => `${kind}/${metadata.namespace ?? ''}/${metadata.name}`,
    );
    expect(new Set(ids).size).toBe(ids.length);
    for (const { metadata } of city.manifests) {
      if (metadata.namespace === 'govcloud-system') continue;
      if (metadata.namespace !== undefined) expect(codes).toContain(codeOf(metadata.namespace));
    }
  });

  it('has one city, its counties and zones with a bureau each, and 51 towns below them', () => {
    expect(ofType('city').map(({ metadata }) => metadata.name)).toEqual(['441500']);
    const counties = ofType('county').map(({ metadata }) => metadata.name);
    expect(counties).toHaveLength(6);
    expect(ofType('town')).toHaveLength(51);
    for (const { spec } of ofType('town')) expect(counties).toContain(spec.parents[0]?.code);
    for (const county of counties) expect(codes).toContain(`${county}-zsj`);
    for (const { spec } of organizations) for (const { code } of spec.parents) expect(codes).toContain(code);
  });

  it('gives a parent before its child, as manifests are applied in order', () => {
    const seen = new Set<string>();
    for (const { metadata, spec } of organizations) {
      for (const { code } of spec.parents) expect(seen).toContain(code);
      seen.add(metadata.name);
    }
  });

  it('adds its pools up to the figures of the plan', () => {
    const total = pools.map(({ spec }) => ResourceVector.parse(spec.total)).reduce((a, b) => a.plus(b));
    expect(
      total.minus(ResourceVector.parse({ ssd: total.toQuantities().ssd ?? '0' })).toQuantities(),
    ).toMatchObject({
      vcpu: '17400',
      memory: '37961Gi',
    });
    expect(total.get('ssd').plus(total.get('hdd')).value).toBe(923n << 40n);
    expect(pools.map(({ spec }) => `${spec.zone}-${spec.arch}`)).toEqual(
      pools.map(({ metadata }) => metadata.name),
    );
  });

  it('has hosts whose allocatable adds up to each pool’s vCPU and memory, a hundred at most', () => {
    for (const { metadata, spec } of pools) {
      const nodes = city.nodeGroups.filter(({ pool }) => pool === metadata.name).flatMap(nodeObjects);
      const allocatable = nodes
        .map(({ status }) => (status as { allocatable: { cpu: string; memory: string } }).allocatable)
        .map(({ cpu, memory }) => ResourceVector.parse({ vcpu: cpu, memory }))
        .reduce((a, b) => a.plus(b));
      const { vcpu, memory } = ResourceVector.parse(spec.total).toQuantities();
      expect(allocatable.toQuantities()).toEqual({ vcpu, memory });
      for (const node of nodes) expect(node.metadata.labels?.['kubernetes.io/arch']).toBe(spec.arch);
    }
    const names = city.nodeGroups.flatMap(nodeObjects).map(({ metadata }) => metadata.name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeLessThanOrEqual(100);
  });

  it('has two stacks, as built and the target of 2025, that differ in the two Xinchuang pools alone', () => {
    expect(stackNames(DIR)).toEqual(['2020', '2025']);
    expect(loadCity(DIR, '2020').manifests).toEqual(city.manifests);
    const target = loadCity(DIR, '2025').manifests;
    const others = (list: typeof target) => list.filter(({ metadata }) => !metadata.name.endsWith('-arm64'));
    expect(others(target)).toEqual(others(city.manifests));
    const total = (list: typeof target) =>
      (list.filter(({ kind }) => kind === 'CapacityPool') as unknown as CapacityPool[])
        .map(({ spec }) => ResourceVector.parse(spec.total))
        .reduce((a, b) => a.plus(b));
    expect(total(target).toQuantities().vcpu).toBe('39000');
    // Hosts as those of 2020: 192 vCPU and 416 GiB each.
    const added = total(target).minus(total(city.manifests));
    expect(added.get('vcpu').value / 192_000n).toBe(112n);
    expect(added.get('memory').value / (1n << 30n)).toBe((21_600n * 416n) / 192n);
  });

  it('puts each pool into a member of its zone', () => {
    const zones = new Map(
      objects<MemberCluster>('MemberCluster').map(({ metadata, spec }) => [metadata.name, spec.zone]),
    );
    for (const { spec } of pools) expect(zones.get(spec.cluster)).toBe(spec.zone);
  });

  it('keeps back in each pool what its largest host gives', () => {
    for (const { metadata, spec } of pools) {
      const hosts = city.nodeGroups
        .filter(({ pool }) => pool === metadata.name)
        .map(({ cpu, memory }) => ({ vcpu: String(cpu), memory }));
      expect(hosts.length, metadata.name).toBeGreaterThan(0);
      expect(nodeShortfall(spec, hosts, '2026-11-24').toQuantities(), metadata.name).toEqual({});
    }
  });

  it('lets no system be where its data may not be, nor on what it may not use', () => {
    const member = new Map(objects<MemberCluster>('MemberCluster').map((it) => [it.spec.zone, it.spec]));
    expect(member.get('internet')?.maxDataClass).toBe('internal');
    expect(member.get('extranet')?.maxDataClass).toBeUndefined();
    const bound = systems.filter(({ spec }) => spec.xinchuang).map(({ metadata }) => metadata.name);
    expect(bound.toSorted()).toEqual(['xietong-bangong', 'yuezhengyi']);
  });

  it('sends small requests past the technical review and all others through it', () => {
    const [first, second] = objects<ApprovalFlow>('ApprovalFlow').toSorted(
      (a, b) => a.spec.order - b.spec.order,
    );
    expect(first?.spec.when).toBe(
      'vcpu <= 32 * core && memory <= 128 * GiB && ssd + hdd <= 2 * TiB && mlps <= 2',
    );
    expect(first?.spec.steps.map(({ name }) => name)).toEqual(['initial', 'approval']);
    expect(second?.spec.when).toBeUndefined();
    expect(second?.spec.steps.map(({ name }) => name)).toEqual(['initial', 'technical', 'approval']);
  });

  it('keeps provincial platforms apart from its own systems', () => {
    const published = objects<{ metadata: { name: string }; data: Record<string, string> }>('ConfigMap');
    const platforms = platformsOf(published.find(({ metadata }) => metadata.name === 'shared-platforms'));
    expect(platforms).toHaveLength(7);
    const ids = systems.map(({ metadata }) => metadata.name);
    expect(ids.filter((id) => id !== 'luhe-menhu')).toHaveLength(56);
    for (const { id, lead } of platforms) {
      expect(ids).not.toContain(id);
      expect(codes).toContain(lead);
    }
  });

  it('has the systems of the story, and an approved project for every system', () => {
    const health = systems.find(({ metadata }) => metadata.name === 'quanmin-jiankang');
    expect(health?.metadata.namespace).toBe('gov-441500-wjj');
    expect(health?.spec).toMatchObject({ name: { zh: '全民健康信息综合管理平台' }, mlps: { level: 3 } });
    expect(systems.find(({ metadata }) => metadata.namespace === 'gov-441523')?.metadata.name).toBe(
      'luhe-menhu',
    );
    const covered = objects<Project>('Project').flatMap(({ metadata, spec }) =>
      spec.systems.map((system) => `${metadata.namespace}/${system}`),
    );
    expect(covered.toSorted()).toEqual(
      systems.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).toSorted(),
    );
  });

  it('gives every department and county a quota, in the namespace of the city', () => {
    const quotas = objects<Quota>('Quota');
    for (const { metadata, spec } of quotas) expect(spec.child.organization).toBe(metadata.name);
    expect(new Set(quotas.map(({ metadata }) => metadata.namespace))).toEqual(
      new Set([namespaceOf('441500')]),
    );
    const direct = organizations
      .filter(({ spec }) => spec.parents[0]?.code === '441500')
      .map((it) => it.metadata.name);
    expect(quotas.map(({ metadata }) => metadata.name).toSorted()).toEqual(['441500', ...direct].toSorted());
  });

  it('says of every object that assumes something what it assumes', () => {
    for (const { kind, metadata } of city.manifests) {
      const assumption = metadata.annotations?.[ASSUMPTION_ANNOTATION];
      // The city, the State Council's calendar and the plan's own indicators are facts.
      const facts = ['Organization/441500', 'ConfigMap/working-days', 'ConfigMap/indicators'];
      if (facts.includes(`${kind}/${metadata.name}`)) expect(assumption).toBeUndefined();
      else expect(assumption, `${kind}/${metadata.name}`).toMatch(/^\P{ASCII}.* \/ [A-Z]/u);
    }
  });

  it('binds each person where their office reaches', () => {
    expect(city.people.map(({ id }) => id)).toEqual([
      'wjj-ops',
      'jyj-ops',
      'gaj-ops',
      'luhe-ops',
      'luhe-bureau',
      'initial-reviewer',
      'technical-reviewer',
      'approver',
      'manager',
      'auditor',
      'security-admin',
      'cloud-engineer',
    ]);
    const at = (id: string) => city.people.find((it) => it.id === id)?.bindings[0]?.at;
    expect(at('wjj-ops')).toEqual(['441500-wjj']);
    expect(at('approver')).toBe('everywhere');
    expect(at('luhe-bureau')).toContain('441523-zsj');
    expect(at('luhe-bureau')).toContain('441523-hetian');
    // No namespace is reviewed by both the city's bureau and the county's.
    const outside = at('initial-reviewer') as string[];
    expect(outside).toHaveLength(27);
    expect(outside.filter((code) => (at('luhe-bureau') as string[]).includes(code))).toEqual([]);
  });

  it('has stages and member manifests of the kinds that they claim to be', () => {
    for (const path of city.stagePaths) {
      for (const document of loadAll(readFileSync(path, 'utf8'))) {
        expect(document).toMatchObject({ apiVersion: 'kwok.x-k8s.io/v1alpha1', kind: 'Stage' });
      }
    }
    expect(city.memberManifests.map(({ kind, metadata }) => `${kind}/${metadata.name}`)).toContain(
      'ClusterRole/govcloud-tenant',
    );
  });
});

describe('loadCity', () => {
  let copy: string | undefined;
  afterEach(() => {
    if (copy) rmSync(copy, { recursive: true });
    copy = undefined;
  });
  /** A copy of the city in which one text of one file is another. */
  function changed(file: string, from: string, to: string): string {
    copy = mkdtempSync(join(tmpdir(), 'city-'));
    cpSync(DIR, copy, { recursive: true });
    const text = readFileSync(join(copy, file), 'utf8');
    if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
    writeFileSync(join(copy, file), text.replace(from, to));
    return copy;
  }

  it.each([
    [
      'a field that the kind does not have',
      'clusters.yaml',
      '  zone: extranet',
      '  zon: x\n  zone: extranet',
      /extranet.*unknown fields/,
    ],
    ['a value that the schema refuses', 'clusters.yaml', 'maxMlps: 3', 'maxMlps: 5', /extranet.*<=4/s],
    ['a kind that there is not', 'clusters.yaml', 'kind: MemberCluster', 'kind: Member', /no kind Member/],
    [
      'days of grace that are none',
      'term-policy.yaml',
      'graceDays: 30',
      'graceDays: -1',
      /term-policy.*policies\.0\.graceDays/s,
    ],
    ['text that is no YAML', 'pools.yaml', 'metadata:', 'metadata: [', /pools\.yaml/],
    [
      'a pool that there is not',
      'nodes.yaml',
      'pool: extranet-amd64',
      'pool: extranet-arm',
      /no pool extranet-arm/,
    ],
    [
      'a pool of another cluster',
      'nodes.yaml',
      'cluster: extranet',
      'cluster: internet',
      /pool extranet-amd64 is in cluster extranet/,
    ],
    ['a person of no organisation', 'people.yaml', '441500-wjj', '441500-wj', /no organisation 441500-wj/],
    [
      'an object without its namespace',
      'quotas.yaml',
      '  namespace: gov-441500\n',
      '',
      /Quota is namespaced/,
    ],
  ])('names the file of %s', (_, file, from, to, message) => {
    const dir = changed(file, from, to);
    expect(() => loadCity(dir)).toThrow(message);
    expect(() => loadCity(dir)).toThrow(
      expect.objectContaining({
        reasons: [expect.objectContaining({ params: expect.objectContaining({ file: join(dir, file) }) })],
      }),
    );
  });

  it.each([
    [
      'negative cores',
      'pools.yaml',
      'vcpu: "7800"',
      'vcpu: "-7800"',
      'E_CITY_CORES',
      'extranet-amd64.total.vcpu',
    ],
    [
      'a part of a core',
      'pools.yaml',
      'vcpu: "7800"',
      'vcpu: 7800500m',
      'E_CITY_CORES',
      'extranet-amd64.total.vcpu',
    ],
    [
      'a number for cores',
      'pools.yaml',
      'vcpu: "192"',
      'vcpu: 192',
      'E_CITY_CORES',
      'extranet-amd64.reserve.vcpu',
    ],
    [
      'negative cores of a stack',
      'stacks/2025.yaml',
      'vcpu: "18000"',
      'vcpu: "-1"',
      'E_CITY_CORES',
      'extranet-arm64.total.vcpu',
    ],
    [
      'an architecture that there is not',
      'pools.yaml',
      'arch: arm64',
      'arch: riscv',
      'E_CITY_DATA',
      'extranet-arm64',
    ],
    [
      'a field of a stack that there is not',
      'stacks/2025.yaml',
      'total:',
      'totals:',
      'E_CITY_DATA',
      'extranet-arm64',
    ],
    [
      'a zone twice, differently',
      'clusters.yaml',
      'zone: internet',
      'zone: extranet',
      'E_CITY_ZONE_TWICE',
      'extranet',
    ],
    [
      'a pool of another zone',
      'pools.yaml',
      'zone: internet',
      'zone: extranet',
      'E_CITY_POOL_PLACE',
      'internet-amd64',
    ],
    [
      'a pool of a stack twice',
      'stacks/2025.yaml',
      'name: internet-arm64',
      'name: extranet-arm64',
      'E_CITY_TWICE',
      'extranet-arm64',
    ],
    [
      'an object twice',
      'catalogue/redis.yaml',
      'name: redis',
      'name: postgresql',
      'E_CITY_TWICE',
      'CatalogItem/postgresql',
    ],
  ])('refuses %s, naming the place in both languages', (_, file, from, to, code, place) => {
    const dir = changed(file, from, to);
    let refused: unknown;
    try {
      loadCity(dir, '2025');
    } catch (error) {
      refused = error;
    }
    if (!(refused instanceof GovError)) throw new Error(`not refused: ${String(refused)}`);
    expect(refused.code).toBe(code);
    const [told] = refused.reasons;
    for (const language of ['zh', 'en'] as const)
      expect(reasonText(told as NonNullable<typeof told>, language)).toContain(place);
    expect(reasonText(told as NonNullable<typeof told>, 'zh')).toMatch(/\p{Script=Han}/u);
  });

  it('knows its stacks', () => {
    expect(() => loadCity(DIR, '2030')).toThrow(/E_STACK_UNKNOWN.*2020, 2025/);
  });

  it('names a folder that is no city', () => {
    expect(() => loadCity('/nowhere')).toThrow(/\/nowhere\/organizations/);
  });
});
