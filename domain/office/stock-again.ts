import type { StockImport } from '../../api/v1alpha1/index.ts';
import { type Canonical, canonicalJson } from '../canonical.ts';
import type { Stock, StockRow } from './stock.ts';
import type { Problem } from './row.ts';

interface ReadRow {
  readonly row: number;
  readonly value: Stock;
}

/** A file’s good rows beside what was handed in before. */
export interface Again {
  readonly fresh: readonly ReadRow[];
  /** Rows that say what one of an import says; `where` is its name. */
  readonly known: readonly { readonly row: number; readonly where: string }[];
  readonly problems: readonly Problem[];
}

/**
 * Compares a file’s good rows with what was handed in before and was neither rejected nor refused. The same row in whatever
 * file is the same stock. An earlier row that is not in the file any more was changed, and not added to, by one that stands in
 * its place in a file of the same name, or that differs from it in its quantity alone: taken as new, both would be counted.
 */
export function againstEarlier(
  rows: readonly ReadRow[],
  imports: readonly StockImport[],
  file: string,
): Again {
  const earlier = imports.filter(({ status }) => status?.state !== 'Rejected').flatMap(standingRows);
  const byText = new Map(earlier.map((it) => [textOf(it.row), it]));
  const present = new Set(rows.map(({ value }) => textOf(value)));
  const gone = earlier.filter((it) => !present.has(textOf(it.row)));
  const byRest = new Map(gone.map((it) => [textOf(it.row, 'quantity'), it]));
  const byPlace = new Map(
    gone.filter((it) => it.import.spec.file.name === file).map((it) => [it.row.row, it]),
  );
  const fresh: ReadRow[] = [];
  const known: { row: number; where: string }[] = [];
  const problems: Problem[] = [];
  for (const it of rows) {
    const same = byText.get(textOf(it.value));
    const changed = byPlace.get(it.row) ?? byRest.get(textOf(it.value, 'quantity'));
    if (same) {
      known.push({ row: it.row, where: same.import.metadata.name });
    } else if (changed) {
      const params = { row: it.row, other: changed.row.row, import: changed.import.metadata.name };
      problems.push({ code: 'E_STOCK_CHANGED', params, where: String(it.row), row: it.row });
    } else {
      fresh.push(it);
    }
  }
  return { fresh, known, problems };
}

function standingRows(it: StockImport): { readonly import: StockImport; readonly row: StockRow }[] {
  const refused = new Set(
    it.status?.rows?.filter(({ result }) => result === 'Refused').map(({ row }) => row) ?? [],
  );
  return it.spec.rows.filter(({ row }) => !refused.has(row)).map((row) => ({ import: it, row }));
}

/** What a row says, wherever it stands. */
function textOf(stock: Stock | StockRow, without?: 'quantity'): string {
  const { row: _row, ...content } = stock as StockRow;
  return canonicalJson({ ...content, ...(without ? { [without]: 0 } : {}) } as unknown as Canonical);
}
