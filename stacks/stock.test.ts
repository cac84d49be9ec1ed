import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type {
  CapacityPool,
  CatalogItem,
  InformationSystem,
  MemberCluster,
  Organization,
  Quota,
} from '../api/v1alpha1/index.ts';
import { StockImport } from '../api/v1alpha1/index.ts';
import { consumptionOf, monthlyPriceOf } from '../domain/catalogue/item.ts';
import { RESOURCES, ResourceVector } from '../domain/quantity.ts';
import { plainSheet } from '../domain/office/sheet.ts';
import { readStock, type StockRow, stockLookup } from '../domain/office/stock.ts';
import { loadCity } from './city.ts';

const city = loadCity(join(import.meta.dirname, 'shanwei'));
function objects<T>(kind: string): T[] {
  return city.manifests.filter((it) => it.kind === kind) as unknown as T[];
}
const items = objects<CatalogItem>('CatalogItem');
const systems = objects<InformationSystem>('InformationSystem');
const clusters = objects<MemberCluster>('MemberCluster');

const text = readFileSync(city.stockPath, 'utf8');
const table = text
  .trimEnd()
  .split('\n')
  .map((line) => line.split(','));
const lookup = stockLookup(systems, items, clusters, objects<Organization>('Organization'));
const { good, problems } = readStock(plainSheet(table), lookup, '2020-12-31');
const rows = good.map(({ row, value }): StockRow => ({ row, ...value }));

function itemOf({ item }: StockRow): CatalogItem['spec'] {
  const found = items.find(({ metadata }) => metadata.name === item);
  if (!found) throw new Error(item);
  return found.spec;
}
function consumed(some: readonly StockRow[]): ResourceVector {
  return some
    .map((row) => consumptionOf(row.item, itemOf(row), row.parameters).times(row.quantity))
    .reduce((a, b) => a.plus(b), ResourceVector.zero);
}

const limitOf = (code: string) => {
  const quota = objects<Quota>('Quota').find(({ spec }) => spec.child.organization === code);
  return ResourceVector.parse(quota?.spec.limits ?? {});
};

it('is a table without quoted cells, all of whose rows are good', () => {
  expect(text).not.toContain('"');
  expect(problems).toEqual([]);
  expect(rows).toHaveLength(table.length - 1);
  expect(StockImport.spec.shape.rows.parse(rows)).toEqual(rows);
});

it('holds 58 to 62 % of every pool, of vCPU, of memory and of storage', () => {
  for (const { metadata, spec } of objects<CapacityPool>('CapacityPool')) {
    const total = ResourceVector.parse(spec.total);
    const used = consumed(rows.filter(({ zone, arch }) => zone === spec.zone && arch === spec.arch));
    for (const resource of RESOURCES) {
      const share = Number((used.get(resource).value * 10000n) / total.get(resource).value) / 100;
      expect(share, `${metadata.name} ${resource}`).toBeGreaterThanOrEqual(58);
      expect(share, `${metadata.name} ${resource}`).toBeLessThanOrEqual(62);
    }
    expect(used.plus(ResourceVector.parse(spec.reserve)).minus(total).positivePart().isZero()).toBe(true);
    // What the county of the story asks for fits no pool.
    expect(total.minus(used).get('vcpu').value).toBeLessThan(5_000_000n);
  }
});

it('belongs to systems that the plan calls built, at an MLPS level that their zone and service carry', () => {
  for (const row of rows) {
    const system = systems.find(({ metadata }) => metadata.name === row.system);
    expect(system?.spec.hosting).toBe('city-cloud');
    const zone = clusters.find(({ spec }) => spec.zone === row.zone);
    expect(system?.spec.mlps.level, `${row.system} in ${row.zone}`).toBeLessThanOrEqual(
      zone?.spec.maxMlps ?? 0,
    );
    expect(system?.spec.mlps.level).toBeLessThanOrEqual(itemOf(row).maxMlps);
    expect(itemOf(row).zones).toContain(row.zone);
    expect(itemOf(row).archs).toContain(row.arch);
    expect(
      monthlyPriceOf(row.item, itemOf(row), row.parameters, row.arch, row.openedOn).value,
    ).toBeGreaterThan(0n);
  }
  const built = systems
    .filter(({ spec }) => spec.hosting === 'city-cloud')
    .map(({ metadata }) => metadata.name);
  expect([...new Set(rows.map(({ system }) => system))].toSorted()).toEqual(built.toSorted());
});

it('stays within the quota of each organisation that holds some, and of the city', () => {
  for (const code of new Set(rows.map(({ organization }) => organization))) {
    const used = consumed(rows.filter(({ organization }) => organization === code));
    expect(used.minus(limitOf(code)).positivePart().toQuantities(), code).toEqual({});
  }
  const free = limitOf('441500').minus(consumed(rows));
  // The story's request fits, and what the county asks for does not.
  const story = ResourceVector.parse({ vcpu: '80', memory: '320Gi', ssd: '2624Gi' });
  for (const limit of [free, limitOf('441500-wjj')]) {
    expect(story.minus(limit).positivePart().isZero()).toBe(true);
  }
  expect(free.get('vcpu').value).toBeLessThan(5_000_000n);
  expect(limitOf('441523').get('vcpu').value).toBeLessThan(5_000_000n);
});

it('uses each address once', () => {
  const addresses = rows.flatMap((row) => {
    const [first, last] = (row.addresses ?? '').split('-');
    if (!first) return [];
    const prefix = first.slice(0, first.lastIndexOf('.') + 1);
    const from = Number(first.slice(prefix.length));
    const to = last ? Number(last.slice(prefix.length)) : from;
    expect(to - from + 1).toBe(row.quantity);
    return Array.from({ length: to - from + 1 }, (_, index) => `${prefix}${from + index}`);
  });
  expect(new Set(addresses).size).toBe(addresses.length);
});
