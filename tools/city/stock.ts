import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseCsv } from 'hucre/csv';
import {
  type Allocation,
  type CapacityPool,
  CatalogItem,
  InformationSystem,
  MemberCluster,
  namespaceOf,
  type Organization,
} from '../../api/v1alpha1/index.ts';
import { desiredObjects, memberNamespaceOf } from '../../domain/allocation/objects.ts';
import type { RenderedObject } from '../../domain/catalogue/render.ts';
import { derivedSecret } from '../../domain/catalogue/render.ts';
import { plainSheet } from '../../domain/office/sheet.ts';
import { readStock, stockLookup } from '../../domain/office/stock.ts';
import { judgeStockRow } from '../../domain/stock-import.ts';
import { isKubeError } from '../../kube/errors.ts';
import type { KubeObject, ResourceRef } from '../../kube/types.ts';
import { cityProgress } from '../../messages/city.ts';
import type { City } from '../../stacks/city.ts';
import type { Cluster } from '../localcity/cluster.ts';
import type { Progress } from '../localcity/progress.ts';

const NAMESPACES: ResourceRef = { group: '', version: 'v1', plural: 'namespaces', namespaced: false };
const CONFIG_MAPS: ResourceRef = { group: '', version: 'v1', plural: 'configmaps', namespaced: true };
const FILLED = 'opening-stock';
/** Whoever ran the cloud before it had books: not the operator, and nobody's owner. */
const FIELD_MANAGER = 'running-cloud';
const AT_ONCE = 16;

interface RunningObject {
  readonly cluster: string;
  readonly namespace: string;
  readonly object: KubeObject;
}

/**
 * Puts into the members what a running cloud has when its books are opened: the objects of the opening stock,
 * without owner or label, under another field manager. What is there already is left alone.
 */
export async function putStock(
  members: readonly Cluster[],
  city: City,
  today: string,
  progress: Progress,
): Promise<void> {
  const running = stockObjects(city, today);
  for (const member of members) {
    const own = running.filter(({ cluster }) => cluster === member.name);
    const namespaces = [...new Set(own.map(({ namespace }) => namespace))];
    const there = new Set((await member.client.list(NAMESPACES)).items.map(({ metadata }) => metadata.name));
    const filled = await isFilled(member);
    if (own.length === 0 || filled) continue;
    progress(cityProgress.stock, { member: member.name, count: own.length });
    for (const name of namespaces) {
      const namespace: KubeObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
      if (!there.has(name)) await createIfAbsent(member, NAMESPACES, namespace);
    }
    const queue = [...own];
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (let next = queue.shift(); next; next = queue.shift()) {
          const resource = await member.client.discover(next.object.apiVersion, next.object.kind);
          await createIfAbsent(member, resource, next.object);
        }
      }),
    );
    await createIfAbsent(member, CONFIG_MAPS, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: FILLED, namespace: 'default' },
    });
  }
}

/** Whether the stock was put in as a whole: what was released since must not come back with the next `up`. */
async function isFilled(member: Cluster): Promise<boolean> {
  try {
    await member.client.get(CONFIG_MAPS, { namespace: 'default', name: FILLED });
    return true;
  } catch (error) {
    if (isKubeError(error, 'E_API_NOT_FOUND')) return false;
    throw error;
  }
}

async function createIfAbsent(member: Cluster, resource: ResourceRef, object: KubeObject): Promise<void> {
  try {
    await member.client.create(resource, object, { fieldManager: FIELD_MANAGER });
  } catch (error) {
    if (!isKubeError(error, 'E_API_EXISTS')) throw error;
  }
}

/** The objects that stand for each good row of the stock file, as its allocation will look for them. */
export function stockObjects(city: City, today: string): readonly RunningObject[] {
  const of = <T>(kind: string) => city.manifests.filter((it) => it.kind === kind) as unknown as readonly T[];
  const byName = <T extends { metadata: { name: string } }>(list: readonly T[]) =>
    new Map(list.map((it) => [it.metadata.name, it]));
  const systems = of<InformationSystem>(InformationSystem.kind);
  const items = of<CatalogItem>(CatalogItem.kind);
  const table = parseCsv(readFileSync(city.stockPath, 'utf8')).map((row) =>
    row.map((cell) => String(cell ?? '')),
  );
  const lookup = stockLookup(
    systems,
    items,
    of<MemberCluster>(MemberCluster.kind),
    of<Organization>('Organization'),
  );
  const rows = readStock(plainSheet(table), lookup, today).good.map(({ row, value }) => ({ row, ...value }));
  const known = new Set(systems.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`));
  const key = randomBytes(32);
  return rows.flatMap((row) => {
    const verdict = judgeStockRow(row, {
      file: { name: 'stock', sm3: '', rows: rows.length },
      today,
      organizations: byName(of<Organization>('Organization')),
      quotas: [],
      items: byName(items),
      pools: of<CapacityPool>('CapacityPool'),
      hasSystem: (organization, system) => known.has(`${namespaceOf(organization)}/${system}`),
    });
    const item = items.find(({ metadata }) => metadata.name === row.item);
    if (!verdict.ok || !item) return [];
    const allocation: Allocation = {
      apiVersion: 'govcloud.dev/v1alpha1',
      kind: 'Allocation',
      metadata: { name: verdict.name, namespace: namespaceOf(row.organization) },
      spec: verdict.spec,
    };
    const namespace = memberNamespaceOf(allocation, item.spec);
    const secretOf = (label: string) => derivedSecret(key, verdict.name, label);
    return desiredObjects(allocation, item.spec, secretOf).map(({ object }: RenderedObject) => ({
      cluster: verdict.spec.cluster,
      namespace,
      object: object as unknown as KubeObject,
    }));
  });
}
