import type { ReportItem, ReportName, Reports } from '../../api/reports/index.ts';
import type { Books } from '../../books/database.ts';
import type { Lifetime } from '../../kube/lifetime.ts';
import type { Parameters } from './parameters.ts';
import type { RunQueue } from './queue.ts';
import type { Registry } from './registry.ts';

/** What reports are made from. */
export interface Sources {
  readonly books: Books;
  /** Where verifications wait for each other. */
  readonly verifications: RunQueue;
  /** Told how each check came out. */
  readonly verified: (check: 'books' | 'audit', ok: boolean) => void;
  /** What this process shows, by what it opens. */
  readonly lifetimes: () => Promise<Readonly<Record<string, Lifetime | undefined>>>;
  /** What the hub says of the city. */
  readonly registry: Registry;
}

/** What a request asks a resource for. */
export interface Query {
  /** Left out: all namespaces. */
  readonly namespace?: string;
  /** Only the item of this name. */
  readonly name?: string;
  readonly parameters: Parameters;
}

export interface Report<Item extends ReportItem = ReportItem> {
  readonly items: readonly Item[];
  /** For `continue` of the next page; absent on the last. */
  readonly next?: string;
  /** The moment whose state is told, RFC 3339; for the reports that can be asked for a past one. */
  readonly asOf?: string;
}

/** A column of the table that `kubectl get` prints. */
export interface Column<Item extends ReportItem> {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'boolean' | 'date';
  readonly description: string;
  /** Only with `-o wide`. */
  readonly wide?: boolean;
  readonly cell: (item: Item) => string | number | boolean;
}

/** One resource of the API: get, list, and nothing else. */
export interface ReportResource<Item extends ReportItem = ReportItem> {
  /** Plural, as in the path. */
  readonly name: ReportName;
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly columns: readonly Column<Item>[];
  /** When several items bear the name that is asked for, the last one is meant. */
  readonly read: (sources: Sources, query: Query) => Promise<Report<Item>>;
}

export function defineReport<R extends ReportName>(
  name: R,
  resource: Omit<ReportResource<Reports[R]>, 'name'>,
): ReportResource {
  return Object.freeze({ name, ...resource }) as unknown as ReportResource;
}

export function column<Item extends ReportItem>(
  name: string,
  description: string,
  cell: Column<Item>['cell'],
  more: Partial<Pick<Column<Item>, 'type' | 'wide'>> = {},
): Column<Item> {
  return { name, type: 'string', description, cell, ...more };
}

export const nameColumn: Column<ReportItem> = column('Name', '名称 / name', (item) => item.metadata.name);

/** Of items those of the name that is asked for. */
export function named<Item extends ReportItem>(items: readonly Item[], { name }: Query): readonly Item[] {
  return name === undefined ? items : items.filter((item) => item.metadata.name === name);
}
