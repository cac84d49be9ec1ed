import { basename } from 'node:path';
import type {
  CatalogItem,
  InformationSystem,
  MemberCluster,
  Organization,
  StockImport,
} from '../../api/v1alpha1/index.ts';
import type { Stored } from '../../kube/types.ts';
import { importResults } from '../../messages/office.ts';
import type { Hub } from '../hub/hub.ts';
import * as kinds from '../hub/kinds.ts';
import { type ImportOutcome, problemText, readOffice, type RowResult } from './office.ts';

/** What became of a file of opening stock; its items are those that its rows stand in, old ones and new ones. */
export interface StockOutcome extends ImportOutcome<Stored<StockImport>> {
  /** How many of the items are new, and with how many rows. */
  readonly created: number;
  readonly rows: number;
}

/** An object holds at most so many rows. */
const ROWS = 500;

/**
 * Hands in the good rows of a file as batches that wait for approval. Rows that were handed in before, with this file or
 * another, are left alone, so doing it twice changes nothing; rows that have become good since come as another batch. A row
 * that changes one of a file of the same name is refused: imports add, they never change.
 */
export async function importStock(
  hub: Hub,
  file: string,
  content: Buffer,
  now: string,
  dryRun = false,
): Promise<StockOutcome> {
  const read = await readOffice(file, content, async () => {
    const [{ readStock, stockLookup }, { cityDay }, systems, items, clusters, organizations] =
      await Promise.all([
        import('../../domain/office/stock.ts'),
        import('../../domain/calendar.ts'),
        hub.in(undefined).list<InformationSystem>(kinds.informationSystems),
        hub.list<CatalogItem>(kinds.catalogItems),
        hub.list<MemberCluster>(kinds.memberClusters),
        hub.list<Organization>(kinds.organizations),
      ]);
    const lookup = stockLookup(systems, items, clusters, organizations);
    return (sheet) => readStock(sheet, lookup, cityDay(now));
  });
  const [{ againstEarlier }, { sm3 }, known, requester] = await Promise.all([
    import('../../domain/office/stock-again.ts'),
    import('../../domain/canonical.ts'),
    hub.list<StockImport>(kinds.stockImports),
    hub.whoAmI(),
  ]);
  const name = basename(file).slice(0, 200);
  const again = againstEarlier(read.reading.good, known, name);
  const digest = sm3(content);
  const prefix = `stock-${digest.slice(0, 12)}-`;
  const results = new Map<number, RowResult>();
  for (const { row, where } of again.known)
    results.set(row, { message: importResults.known, params: { import: where } });
  const created: Stored<StockImport>[] = [];
  for (let at = 0; at < again.fresh.length; at += ROWS) {
    const rows = again.fresh.slice(at, at + ROWS);
    const object: StockImport = {
      apiVersion: 'govcloud.dev/v1alpha1',
      kind: 'StockImport',
      metadata: { name: `${prefix}${nextNumber(prefix, known, created)}` },
      spec: {
        requester,
        file: { name, sm3: digest, rows: Math.max(1, read.file.sheet.rows.length - 1) },
        rows: rows.map(({ row, value }) => ({ row, ...value })),
      },
    };
    created.push(await hub.client.create<StockImport>(kinds.stockImports, object, { dryRun }));
    const message = dryRun ? importResults.tried : importResults.sent;
    for (const { row } of rows) results.set(row, { message, params: { import: object.metadata.name } });
  }
  const standing = new Set(again.known.map(({ where }) => where));
  return {
    ...read,
    items: [...known.filter(({ metadata }) => standing.has(metadata.name)), ...created],
    created: created.length,
    rows: again.fresh.length,
    results,
    problems: [...read.reading.problems, ...again.problems].map(problemText),
  };
}

function nextNumber(prefix: string, ...groups: readonly (readonly StockImport[])[]): number {
  const numbers = groups
    .flat()
    .filter(({ metadata }) => metadata.name.startsWith(prefix))
    .map(({ metadata }) => Number(metadata.name.slice(prefix.length)) || 0);
  return Math.max(0, ...numbers) + 1;
}
