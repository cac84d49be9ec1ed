import { isIP } from 'node:net';
import {
  type CatalogItem,
  codeOf,
  type InformationSystem,
  type MemberCluster,
  type Organization,
  type StockImport,
} from '../../api/v1alpha1/index.ts';
import { archs } from '../../messages/cli-views.ts';
import { type Canonical, canonicalJson } from '../canonical.ts';
import { namedOf, type OrganizationNames, organizationNames } from './names.ts';
import { normal, type Sheet } from './sheet.ts';
import type { TableRow } from './row.ts';
import { readTable, type TableReading } from './table.ts';
import { parametersOf, readItem, readQuantity } from './specification.ts';
import { choiceOf, type Read, read, readDate, wrong } from './values.ts';
import { ARCH_WORDS, STOCK_COLUMNS } from './vocabulary.ts';

export type StockRow = StockImport['spec']['rows'][number];
/** What a row says, wherever in a file it stands. */
export type Stock = Omit<StockRow, 'row'>;

interface SystemReference {
  readonly organization: string;
  readonly system: string;
}

/** Systems by their id and by their title; of different organisations several may share one. */
export type SystemNames = ReadonlyMap<string, readonly SystemReference[]>;

/** What the cells of a file may name, by every spelling that is understood. */
export interface StockLookup {
  readonly systems: SystemNames;
  readonly organizations: OrganizationNames;
  readonly items: ReadonlyMap<string, CatalogItem>;
  readonly zones: ReadonlyMap<string, string>;
}

export function systemNames(systems: readonly InformationSystem[]): SystemNames {
  const bySpelling = new Map<string, SystemReference[]>();
  for (const { metadata, spec } of systems) {
    const organization = codeOf(metadata.namespace ?? '');
    if (organization === undefined) continue;
    for (const spelling of new Set([metadata.name, normal(spec.name.zh), normal(spec.name.en ?? '')])) {
      if (spelling === '') continue;
      const reference = { organization, system: metadata.name };
      bySpelling.set(spelling, [...(bySpelling.get(spelling) ?? []), reference]);
    }
  }
  return bySpelling;
}

/** Systems, items and zones by id and by title in either language. */
export function stockLookup(
  systems: readonly InformationSystem[],
  items: readonly CatalogItem[],
  clusters: readonly MemberCluster[],
  organizations: readonly Organization[],
): StockLookup {
  const spellings = (id: string, { zh, en }: { readonly zh: string; readonly en?: string | undefined }) =>
    [id, zh, en ?? id].map(normal);
  return {
    systems: systemNames(systems),
    organizations: organizationNames(organizations.map(namedOf)),
    items: new Map(items.flatMap((it) => spellings(it.metadata.name, it.spec.title).map((key) => [key, it]))),
    zones: new Map(
      clusters.flatMap(({ spec }) => spellings(spec.zone, spec.zoneTitle).map((key) => [key, spec.zone])),
    ),
  };
}

/** A system by its id or title; of those that share it, the one of `organization`. Nothing of the text is repeated. */
export function readSystem(
  text: string,
  systems: SystemNames,
  organization: string | undefined,
): Read<SystemReference> {
  const named = systems.get(text) ?? systems.get(normal(text)) ?? [];
  const fitting = organization === undefined ? named : named.filter((it) => it.organization === organization);
  const [only] = fitting;
  if (only === undefined) return wrong('E_CELL_SYSTEM');
  return fitting.length > 1 ? wrong('E_CELL_SYSTEM_AMBIGUOUS') : read(only);
}

const MOST_PART = 60;
const MOST_ADDRESSES = 2000;
const MOST_BASIS = 200;

/**
 * Reads a file of opening stock.
 *
 * - 系统, 服务, 区域: the id or the title; quotes, blanks and full-width forms do not matter. 所属单位, if there is such a
 *   column, says whose system is meant.
 * - 规格: parts as people write them, `8核16G`, `8核/32GB/1TB/16`, `CPU 8核，内存16G`, `10TB/每日`. Cores and sizes are the
 *   item’s integer parameters, in the order of the catalogue or as a part calls itself; any other part is the text parameter
 *   that allows it. Or columns of their own for CPU, 内存, 存储, of which a bare number needs a unit in the column’s name.
 * - IP: addresses, or ranges `first-last`, separated by commas, semicolons or blanks; may be empty.
 *
 * @param today YYYY-MM-DD; no stock was opened after it
 */
export function readStock(sheet: Sheet, lookup: StockLookup, today: string): TableReading<Stock> {
  return readTable(sheet, {
    columns: STOCK_COLUMNS,
    read: (row) => stockOf(row, lookup, today),
    key: (stock) => canonicalJson(stock as unknown as Canonical),
  });
}

type Row = TableRow<keyof typeof STOCK_COLUMNS>;

function stockOf(row: Row, lookup: StockLookup, today: string): Stock | undefined {
  const holder = row.optional('organization', lookup.organizations.find, null);
  const system =
    holder === undefined
      ? undefined
      : row.cell('system', (text) => readSystem(text, lookup.systems, holder ?? undefined));
  const item = readItem(row, lookup.items);
  const parameters = item && parametersOf(row, item);
  const quantity = readQuantity(row, item);
  const zone = row.cell('zone', (text) => readZone(text, lookup.zones));
  const arch = row.cell('arch', readArch);
  const addresses = row.optional('addresses', readAddresses, '');
  const openedOn = row.cell('openedOn', (text) => {
    const date = readDate(text, row.dateSystem, 'day');
    return date.ok && date.value > today ? wrong('E_CELL_DATE_FUTURE') : date;
  });
  const basis = row.cell('basis', (text) =>
    text.length <= MOST_BASIS ? read(text) : wrong('E_CELL_LENGTH', { highest: MOST_BASIS }),
  );
  if (!system || !item || !parameters || !quantity || !zone || !arch || addresses === undefined)
    return undefined;
  if (!openedOn || !basis) return undefined;
  return {
    ...system,
    item: item.metadata.name,
    parameters,
    quantity,
    zone,
    arch,
    ...(addresses === '' ? {} : { addresses }),
    openedOn,
    basis,
  };
}

export const readArch = choiceOf(archs, ARCH_WORDS);

/** A zone by its id or title. */
export function readZone(text: string, zones: StockLookup['zones']): Read<string> {
  const known = [...new Set(zones.keys())].join('、');
  const found = zones.get(normal(text));
  return found === undefined ? wrong('E_CELL_CHOICE', { known }) : read(found);
}

function readAddresses(text: string): Read<string> {
  const parts = text
    .normalize('NFKC')
    .split(/[\s,、;]+/)
    .filter((part) => part !== '');
  const bad = parts.find((part) => !isAddresses(part));
  if (bad !== undefined) return wrong('E_STOCK_ADDRESS', { part: bad.slice(0, MOST_PART) });
  const joined = parts.join(', ');
  return joined.length <= MOST_ADDRESSES ? read(joined) : wrong('E_CELL_LENGTH', { highest: MOST_ADDRESSES });
}

function isAddresses(text: string): boolean {
  if (isIP(text) !== 0) return true;
  const [first, last, ...more] = text.split(/[-~]/);
  return more.length === 0 && isIP(first ?? '') !== 0 && isIP(first ?? '') === isIP(last ?? '');
}
