import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { load, loadAll } from 'js-yaml';
import { z } from 'zod';
import { API_VERSION, type ObjectMeta } from '../api/kind.ts';
import {
  CapacityPool,
  KINDS,
  line,
  localized,
  Organization,
  objectName,
  organizationCode,
} from '../api/v1alpha1/index.ts';

/**
 * A city as data: a folder of plain YAML.
 *
 * | Path | Holds |
 * |---|---|
 * | organizations/, clusters.yaml, pools.yaml, catalogue/, quotas.yaml, systems/, projects.yaml | objects of the hub |
 * | working-days.yaml | holidays and make-up working days by year |
 * | nodes.yaml | hosts of each pool, for the local city |
 * | people.yaml | who there is, and their roles |
 * | members/, stages/ | what a local member gets besides, and its KWOK stages |
 * | shared-platforms.yaml | provincial platforms: shared with the city, tenants of nothing here |
 * | stock.csv | what runs already when the books are opened |
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

const sharedPlatform = z.strictObject({
  id: objectName,
  name: z.strictObject({ zh: z.string().min(1).max(120), en: z.string().min(1).max(200) }),
  /** Code of the department that leads it in the city. */
  lead: organizationCode,
  layer: line,
  built: z.boolean(),
  planRow: line,
});

/** A platform that the province builds: used by the city's systems, never built again, no tenant of the cloud. */
export type SharedPlatform = z.infer<typeof sharedPlatform>;

export interface City {
  /** Objects of the hub, in an order in which they can be applied. */
  readonly manifests: readonly Manifest[];
  readonly nodeGroups: readonly NodeGroup[];
  readonly people: readonly Person[];
  readonly sharedPlatforms: readonly SharedPlatform[];
  /** Objects that each member of a local city gets. */
  readonly memberManifests: readonly Manifest[];
  /** Files of KWOK stages for the members of a local city. */
  readonly stagePaths: readonly string[];
  /** The CSV file of the opening stock. */
  readonly stockPath: string;
}

/** Something in a city's folder that cannot be read or does not fit its schema; the message names file and field. */
class CityError extends Error {
  override readonly name = 'CityError';
  readonly file: string;

  constructor(file: string, problem: string) {
    super(`${file}: ${problem}`);
    this.file = file;
  }
}

const FLOWS = join(import.meta.dirname, '../policies/flows');

/**
 * Reads a city's folder, checking every object against its kind.
 * @param flows folder of the approval flows
 * @throws CityError naming the first file and field that is wrong
 */
export function loadCity(dir: string, flows: string = FLOWS): City {
  const at = (...parts: string[]) => join(dir, ...parts);
  const organizations = manifestsOf(at('organizations'));
  const pools = manifestsOf(at('pools.yaml'));
  const manifests = [
    ...organizations,
    ...manifestsOf(at('working-days.yaml')),
    ...manifestsOf(at('clusters.yaml')),
    ...pools,
    ...manifestsOf(flows),
    ...manifestsOf(at('catalogue')),
    ...manifestsOf(at('quotas.yaml')),
    ...manifestsOf(at('systems')),
    ...manifestsOf(at('projects.yaml')),
  ];
  return {
    manifests,
    nodeGroups: readNodeGroups(at('nodes.yaml'), pools as unknown as readonly CapacityPool[]),
    people: readPeople(at('people.yaml'), organizations as unknown as readonly Organization[]),
    sharedPlatforms: parsed(
      at('shared-platforms.yaml'),
      z.strictObject({ platforms: z.array(sharedPlatform) }),
    ).platforms,
    memberManifests: manifestsOf(at('members')),
    stagePaths: yamlFiles(at('stages')),
    stockPath: at('stock.csv'),
  };
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

function readNodeGroups(file: string, pools: readonly CapacityPool[]): NodeGroup[] {
  const { nodeGroups } = parsed(file, z.strictObject({ nodeGroups: z.array(nodeGroup) }));
  return nodeGroups.map((group) => {
    const pool = pools.find(({ metadata }) => metadata.name === group.pool);
    if (!pool) throw new CityError(file, `${group.name}: no pool ${group.pool}`);
    if (pool.spec.cluster !== group.cluster) {
      throw new CityError(file, `${group.name}: pool ${group.pool} is in cluster ${pool.spec.cluster}`);
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
    if (!organization) throw new CityError(file, `no organisation ${code}`);
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
  return yamlFiles(path).flatMap((file) =>
    documents(file).map((document, index) => {
      const manifest = document as Manifest;
      const name = manifest.metadata?.name;
      if (!manifest.apiVersion || !manifest.kind || !name)
        throw new CityError(file, `document ${index + 1} is no object`);
      if (manifest.apiVersion !== API_VERSION) return manifest;
      const kind = KINDS.find((it) => it.kind === manifest.kind);
      if (!kind) throw new CityError(file, `${name}: no kind ${manifest.kind}`);
      if (kind.namespaced !== (manifest.metadata.namespace !== undefined)) {
        throw new CityError(file, `${name}: ${kind.kind} is ${kind.namespaced ? '' : 'not '}namespaced`);
      }
      const spec = kind.spec.safeParse(manifest.spec);
      if (!spec.success) throw new CityError(file, `${name}: ${z.prettifyError(spec.error)}`);
      // zod drops fields that the schema does not know; the API server would refuse them.
      if (!isDeepStrictEqual(spec.data, manifest.spec))
        throw new CityError(file, `${name}: unknown fields in spec`);
      return manifest;
    }),
  );
}

function parsed<T extends z.ZodType>(file: string, schema: T): z.infer<T> {
  let content: unknown;
  try {
    content = load(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new CityError(file, (error as Error).message);
  }
  const result = schema.safeParse(content);
  if (!result.success) throw new CityError(file, z.prettifyError(result.error));
  return result.data;
}

function documents(file: string): unknown[] {
  try {
    return loadAll(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new CityError(file, (error as Error).message);
  }
}

/** A YAML file, or the YAML files of a folder in the order of their names. */
function yamlFiles(path: string): string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
    return readdirSync(path)
      .filter((name) => name.endsWith('.yaml'))
      .toSorted()
      .map((name) => join(path, name));
  } catch (error) {
    throw new CityError(path, (error as Error).message);
  }
}
