import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { load } from 'js-yaml';
import { z } from 'zod';
import { API_VERSION, type ObjectMeta } from '../api/kind.ts';
import {
  CapacityPool,
  KINDS,
  localized,
  MemberCluster,
  Organization,
  objectName,
  organizationCode,
} from '../api/v1alpha1/index.ts';
import { cityTermPolicies, TERM_POLICY } from '../domain/allocation/term.ts';
import { GovError, reason } from '../domain/errors.ts';
import { SHARED_PLATFORMS, sharedPlatforms } from '../domain/request/repeats.ts';
import { cityFault, type Document, documentsOf, parsed, problemOf, yamlFiles } from './files.ts';
import { applyStack, type Stack, stackOf } from './stack.ts';

/**
 * A city as data: a folder of plain YAML.
 *
 * | Path | Holds |
 * |---|---|
 * | organizations/, clusters.yaml, pools.yaml, catalogue/, quotas.yaml, systems/, projects.yaml | objects of the hub |
 * | working-days.yaml | holidays and make-up working days by year |
 * | usage-policy.yaml | what counts as idle, too large and too small; a city may have none |
 * | term-policy.yaml | notices before the end of a term, and the grace after it; a city may have none |
 * | indicators.yaml | what the plan promises, measured by reports; may be absent |
 * | nodes.yaml | hosts of each pool, for the local city |
 * | people.yaml | who there is, and their roles |
 * | members/, stages/ | what a local member gets besides, and its KWOK stages |
 * | shared-platforms.yaml | provincial platforms: shared with the city, tenants of nothing here; may be absent |
 * | stock.csv | what runs already when the books are opened |
 * | stacks/ | its stacks: what a named state of its capacity changes in the above |
 *
 * The approval flows stand apart, in policies/flows.
 */

/** An object as a manifest gives it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly spec?: unknown;
}

const nodeGroup = z.strictObject({
  name: objectName,
  pool: objectName,
  cluster: objectName,
  count: z.int().min(1).max(1000),
  /** vCPU that one host gives to workloads. */
  cpu: z.int().min(1).max(1024),
  /** Memory that one host gives to workloads. */
  memory: z.string().regex(/^\d+Gi$/),
});

/** Hosts that are alike; `arch` is their pool's. */
export type NodeGroup = z.infer<typeof nodeGroup> & { readonly arch: 'amd64' | 'arm64' };

const place = z.union([
  z.enum(['everywhere', 'outside-counties']),
  z.strictObject({ organizations: z.array(organizationCode).min(1), below: z.boolean().optional() }),
]);

const person = z.strictObject({
  id: objectName,
  name: localized,
  title: localized,
  bindings: z.array(z.strictObject({ role: z.string().regex(/^govcloud-[a-z-]+$/), at: place })).min(1),
});

/** A role of a person: `everywhere`, or in the namespaces of these organisations (codes, sorted). */
export interface Binding {
  readonly role: string;
  readonly at: 'everywhere' | readonly string[];
}

export interface Person {
  /** Name of the account and of the kubeconfig context. */
  readonly id: string;
  readonly name: z.infer<typeof localized>;
  readonly title: z.infer<typeof localized>;
  readonly bindings: readonly Binding[];
}

export interface City {
  readonly dir: string;
  /** The stack that it was read as. */
  readonly stack: Stack;
  /** Objects of the hub, in an order in which they can be applied. */
  readonly manifests: readonly Manifest[];
  readonly nodeGroups: readonly NodeGroup[];
  readonly people: readonly Person[];
  /** Objects that each member of a local city gets. */
  readonly memberManifests: readonly Manifest[];
  /** Files of KWOK stages for the members of a local city. */
  readonly stagePaths: readonly string[];
  /** The CSV file of the opening stock. */
  readonly stockPath: string;
}

const FLOWS = join(import.meta.dirname, '../policies/flows');

/**
 * Reads a city's folder, checking every object against its kind and pools against their clusters.
 * @param stackName one of the city's stacks, the first unless named
 * @throws GovError E_CITY_DATA, E_CITY_CORES, E_CITY_TWICE, E_CITY_ZONE_TWICE, E_CITY_POOL_PLACE, E_STACK_UNKNOWN;
 *   each names the file and the place in it
 */
export function loadCity(dir: string, stackName?: string): City {
  const at = (...parts: string[]) => join(dir, ...parts);
  const stack = stackOf(at('stacks'), stackName);
  const organizations = manifestsOf(at('organizations'));
  const places = applyStack(
    {
      clusters: documentsOf(at('clusters.yaml')),
      pools: documentsOf(at('pools.yaml')),
    },
    stack,
  );
  const clusters = places.clusters.map(checked);
  const pools = places.pools.map(checked);
  checkPlaces(
    clusters as unknown as readonly MemberCluster[],
    pools as unknown as readonly CapacityPool[],
    at,
  );
  const manifests = [
    ...organizations,
    ...manifestsOf(at('working-days.yaml')),
    ...readConfiguration(at('shared-platforms.yaml'), SHARED_PLATFORMS.key, sharedPlatforms),
    ...(existsSync(at('indicators.yaml')) ? manifestsOf(at('indicators.yaml')) : []),
    ...(existsSync(at('usage-policy.yaml')) ? manifestsOf(at('usage-policy.yaml')) : []),
    ...readConfiguration(at('term-policy.yaml'), TERM_POLICY.key, cityTermPolicies),
    ...clusters,
    ...pools,
    ...manifestsOf(FLOWS),
    ...manifestsOf(at('catalogue')),
    ...manifestsOf(at('quotas.yaml')),
    ...manifestsOf(at('systems')),
    ...manifestsOf(at('projects.yaml')),
  ];
  checkNames(manifests, dir);
  return {
    dir,
    stack,
    manifests,
    nodeGroups: readNodeGroups(at('nodes.yaml'), pools as unknown as readonly CapacityPool[]),
    people: readPeople(at('people.yaml'), organizations as unknown as readonly Organization[]),
    memberManifests: manifestsOf(at('members')),
    stagePaths: yamlFiles(at('stages')),
    stockPath: at('stock.csv'),
  };
}

/** Each object once. */
function checkNames(manifests: readonly Manifest[], dir: string): void {
  const seen = new Set<string>();
  for (const { kind, metadata } of manifests) {
    const object = [kind, metadata.namespace, metadata.name].filter((it) => it !== undefined).join('/');
    if (seen.has(object)) throw new GovError(reason('E_CITY_TWICE', { object, dir }, object));
    seen.add(object);
  }
}

/** What the clusters of a zone say of it. */
function zoneOf({ spec: { zoneTitle, maxMlps, maxDataClass } }: MemberCluster) {
  return { zoneTitle, maxMlps, maxDataClass };
}

/** A zone is one place, whichever clusters serve it; a pool lies in a cluster of its zone. */
function checkPlaces(
  clusters: readonly MemberCluster[],
  pools: readonly CapacityPool[],
  at: (file: string) => string,
): void {
  const zones = new Map<string, MemberCluster>();
  for (const cluster of clusters) {
    const { zone } = cluster.spec;
    const other = zones.get(zone);
    if (other && !isDeepStrictEqual(zoneOf(other), zoneOf(cluster))) {
      const params = {
        file: at('clusters.yaml'),
        zone,
        one: other.metadata.name,
        other: cluster.metadata.name,
      };
      throw new GovError(reason('E_CITY_ZONE_TWICE', params, zone));
    }
    zones.set(zone, cluster);
  }
  for (const { metadata, spec } of pools) {
    if (clusters.some((it) => it.metadata.name === spec.cluster && it.spec.zone === spec.zone)) continue;
    const { cluster, zone } = spec;
    const params = { file: at('pools.yaml'), pool: metadata.name, cluster, zone };
    throw new GovError(reason('E_CITY_POOL_PLACE', params, metadata.name));
  }
}

/** The hosts of a group as Node objects that KWOK keeps ready. */
export function nodeObjects(group: NodeGroup): readonly (Manifest & { readonly status: unknown })[] {
  const amounts = { cpu: String(group.cpu), memory: group.memory, pods: '250' };
  return Array.from({ length: group.count }, (_, index) => {
    const name = `${group.name}-${String(index + 1).padStart(2, '0')}`;
    return {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: {
        name,
        labels: {
          'kubernetes.io/arch': group.arch,
          'kubernetes.io/hostname': name,
          'kubernetes.io/os': 'linux',
          'node-role.kubernetes.io/worker': '',
          'govcloud.dev/pool': group.pool,
        },
        annotations: { 'kwok.x-k8s.io/node': 'fake' },
      },
      status: {
        allocatable: amounts,
        capacity: amounts,
        nodeInfo: { architecture: group.arch, operatingSystem: 'linux' },
      },
    };
  });
}

/** A ConfigMap that a city may have: the operator takes nothing from one that is wrong, so it is told here. */
function readConfiguration(file: string, key: string, content: z.ZodType): Manifest[] {
  if (!existsSync(file)) return [];
  const manifests = manifestsOf(file);
  for (const { metadata, data } of manifests as readonly (Manifest & { data?: Record<string, string> })[]) {
    const text = data?.[key] ?? '';
    const problem = problemOf(content, yamlOf(text, file, metadata.name));
    if (problem) throw cityFault(file, metadata.name, problem);
  }
  return manifests;
}

function yamlOf(text: string, file: string, place: string): unknown {
  try {
    return load(text);
  } catch (error) {
    throw cityFault(file, place, (error as Error).message);
  }
}

function readNodeGroups(file: string, pools: readonly CapacityPool[]): NodeGroup[] {
  const { nodeGroups } = parsed(file, z.strictObject({ nodeGroups: z.array(nodeGroup) }));
  return nodeGroups.map((group) => {
    const pool = pools.find(({ metadata }) => metadata.name === group.pool);
    if (!pool)
      throw cityFault(file, group.name, {
        zh: `没有资源池 ${group.pool}`,
        en: `there is no pool ${group.pool}`,
      });
    if (pool.spec.cluster !== group.cluster) {
      throw cityFault(file, group.name, {
        zh: `资源池 ${group.pool} 在集群 ${pool.spec.cluster}`,
        en: `pool ${group.pool} is in cluster ${pool.spec.cluster}`,
      });
    }
    return { ...group, arch: pool.spec.arch };
  });
}

function readPeople(file: string, organizations: readonly Organization[]): Person[] {
  const { people } = parsed(file, z.strictObject({ people: z.array(person) }));
  const byCode = new Map(organizations.map((it) => [it.metadata.name, it]));
  /** The organisation itself, then those above it. */
  const path = (code: string): Organization[] => {
    const organization = byCode.get(code);
    if (!organization)
      throw cityFault(file, code, { zh: `没有组织 ${code}`, en: `there is no organisation ${code}` });
    const parent = organization.spec.parents.toSorted((a, b) => (a.from < b.from ? -1 : 1)).at(-1);
    return [organization, ...(parent ? path(parent.code) : [])];
  };
  const paths = new Map([...byCode.keys()].map((code) => [code, path(code)]));
  const where = (test: (above: readonly Organization[]) => boolean) =>
    [...paths]
      .filter(([, above]) => test(above))
      .map(([code]) => code)
      .toSorted();
  const expand = (at: z.infer<typeof place>): Binding['at'] => {
    if (at === 'everywhere') return at;
    if (at === 'outside-counties') return where((above) => above.every(({ spec }) => spec.type !== 'county'));
    for (const code of at.organizations) path(code);
    if (!at.below) return at.organizations.toSorted();
    return where((above) => above.some(({ metadata }) => at.organizations.includes(metadata.name)));
  };
  return people.map((it) => ({
    ...it,
    bindings: it.bindings.map(({ role, at }) => ({ role, at: expand(at) })),
  }));
}

function manifestsOf(path: string): Manifest[] {
  return documentsOf(path).map(checked);
}

/** A document as an object whose spec fits its kind. @throws GovError E_CITY_DATA, E_CITY_CORES */
function checked({ file, number, content }: Document): Manifest {
  const manifest = content as Manifest;
  const name = manifest?.metadata?.name;
  if (!manifest?.apiVersion || !manifest.kind || !name)
    throw cityFault(file, `#${number}`, { zh: '不是对象', en: 'is no object' });
  if (manifest.apiVersion !== API_VERSION) return manifest;
  const kind = KINDS.find((it) => it.kind === manifest.kind);
  if (!kind) {
    throw cityFault(file, name, { zh: `没有类型 ${manifest.kind}`, en: `there is no kind ${manifest.kind}` });
  }
  if (kind.namespaced !== (manifest.metadata.namespace !== undefined)) {
    throw cityFault(file, name, {
      zh: `${kind.kind} ${kind.namespaced ? '须有' : '不带'}命名空间`,
      en: `${kind.kind} is ${kind.namespaced ? '' : 'not '}namespaced`,
    });
  }
  if (kind.kind === CapacityPool.kind) checkCores(file, name, manifest.spec);
  const problem = problemOf(kind.spec, manifest.spec);
  if (problem) throw cityFault(file, name, problem);
  // zod drops fields that the schema does not know; the API server would refuse them.
  if (!isDeepStrictEqual(kind.spec.parse(manifest.spec), manifest.spec))
    throw cityFault(file, name, { zh: 'spec 中有不认识的字段', en: 'unknown fields in spec' });
  return manifest;
}

/** Hosts give whole cores. */
function checkCores(file: string, pool: string, spec: unknown): void {
  const { total, reserve } = (spec ?? {}) as Partial<Record<'total' | 'reserve', { vcpu?: unknown }>>;
  for (const [field, value, form] of [
    ['total', total?.vcpu, /^[1-9]\d*$/],
    ['reserve', reserve?.vcpu, /^\d+$/],
  ] as const) {
    if (value === undefined || (typeof value === 'string' && form.test(value))) continue;
    const place = `${pool}.${field}.vcpu`;
    throw new GovError(reason('E_CITY_CORES', { file, place, value: JSON.stringify(value) }, place));
  }
}
