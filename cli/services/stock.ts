import { basename } from 'node:path';
import type { CatalogItem, InformationSystem, MemberCluster, StockImport } from '../../api/v1alpha1/index.ts';
import type { StockProblem, StockRow } from '../../domain/stock.ts';
import { stockErrors } from '../../messages/stock.ts';
import { errorMessages } from '../../messages/errors.ts';
import { renderBoth } from '../../messages/index.ts';
import type { Stored } from '../../kube/types.ts';
import { CliError } from '../errors.ts';
import type { Hub } from '../hub/hub.ts';
import * as kinds from '../hub/kinds.ts';
import { readSheet } from './sheet.ts';

/** What became of a file of opening stock. */
export interface ImportOutcome {
  /** Objects that this file's rows stand in, old ones and new ones. */
  readonly imports: readonly Stored<StockImport>[];
  /** How many of them are new, and with how many rows. */
  readonly created: number;
  readonly rows: number;
  /** Rows that were not handed in, each with its cell and reason, in both languages. */
  readonly problems: readonly {
    readonly code: string;
    readonly message: string;
    readonly where: string;
    readonly row: number;
  }[];
}

/** An object holds at most so many rows. */
const ROWS = 500;

/**
 * Hands in the good rows of a file as batches that wait for approval. Rows of this file that were handed in before
 * are left alone, so doing it twice changes nothing; rows that have become good since come as another batch.
 */
export async function importStock(
  hub: Hub,
  file: string,
  content: Buffer,
  now: string,
  dryRun = false,
): Promise<ImportOutcome> {
  const [{ parseStockTable, stockLookup }, { sm3 }, { cityDay }, sheet] = await Promise.all([
    import('../../domain/stock.ts'),
    import('../../domain/canonical.ts'),
    import('../../domain/calendar.ts'),
    readSheet(file, content),
  ]);
  const [systems, items, clusters, known, requester] = await Promise.all([
    hub.in(undefined).list<InformationSystem>(kinds.informationSystems),
    hub.list<CatalogItem>(kinds.catalogItems),
    hub.list<MemberCluster>(kinds.memberClusters),
    hub.list<StockImport>(kinds.stockImports),
    hub.whoAmI(),
  ]);
  const { rows, problems } = parseStockTable(sheet, stockLookup(systems, items, clusters), cityDay(now));
  const digest = sm3(content);
  const earlier = known.filter(({ spec }) => spec.file.sm3 === digest);
  const standing = earlier.filter(({ status }) => status?.state !== 'Rejected');
  const handedIn = new Set(standing.flatMap(({ spec }) => spec.rows.map(({ row }) => row)));
  const fresh = rows.filter(({ row }) => !handedIn.has(row));
  if (rows.length === 0 && problems.length === 0) throw new CliError('E_IMPORT_EMPTY', { file });
  const prefix = `stock-${digest.slice(0, 12)}-`;
  const created: Stored<StockImport>[] = [];
  for (let at = 0; at < fresh.length; at += ROWS) {
    const object: StockImport = {
      apiVersion: 'govcloud.dev/v1alpha1',
      kind: 'StockImport',
      metadata: { name: `${prefix}${nextNumber(prefix, earlier, created)}` },
      spec: {
        requester,
        file: { name: basename(file).slice(0, 200), sm3: digest, rows: Math.max(1, sheet.length - 1) },
        rows: fresh.slice(at, at + ROWS) as StockRow[],
      },
    };
    created.push(await hub.client.create<StockImport>(kinds.stockImports, object, { dryRun }));
  }
  return {
    imports: [...standing, ...created],
    created: created.length,
    rows: fresh.length,
    problems: problems.map(problemText),
  };
}

function nextNumber(prefix: string, ...groups: readonly (readonly StockImport[])[]): number {
  const numbers = groups.flat().map(({ metadata }) => Number(metadata.name.slice(prefix.length)) || 0);
  return Math.max(0, ...numbers) + 1;
}

function problemText({ code, params, where, row }: StockProblem): ImportOutcome['problems'][number] {
  const message =
    code in stockErrors
      ? stockErrors[code as keyof typeof stockErrors]
      : errorMessages[code as keyof typeof errorMessages];
  return { code, message: renderBoth(message, params), where, row };
}
