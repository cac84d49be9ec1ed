import type {
  Localized,
  ReportCell,
  ReportColumn,
  ReportMissing,
  ReportRow,
  ReportUnit,
} from '../../api/reports/report.ts';
import { codeOf, type InformationSystem, type Organization } from '../../api/v1alpha1/index.ts';
import { type Message, type MessageParams, render } from '../../messages/index.ts';
import { columnTitles } from '../../messages/report-texts.ts';

type ColumnKey = keyof typeof columnTitles;

/** A message in both languages, its parameters filled in. */
export function both(message: Message, params: MessageParams = {}): Localized {
  return { zh: render(message, 'zh', params), en: render(message, 'en', params) };
}

/** A title of an object; its English is optional. */
export function titled(title: { readonly zh: string; readonly en?: string | undefined }): Localized {
  return { zh: title.zh, en: title.en ?? title.zh };
}

/** The name of an organisation; its code where it is not known any more. */
export function nameIn(organizations: ReadonlyMap<string, Organization>, code: string): Localized {
  const found = organizations.get(code);
  return found ? titled(found.spec.name) : { zh: code, en: code };
}

/** A system as `<code of its organisation>/<name>`, as the books know it. */
export function systemPath({ metadata }: InformationSystem): string {
  return `${codeOf(metadata.namespace ?? '') ?? ''}/${metadata.name}`;
}

export function text(key: ColumnKey, type: 'text' | 'date' | 'boolean' = 'text'): ReportColumn {
  return { key, title: columnTitles[key], type };
}

export function integer(key: ColumnKey, unit: ReportUnit): ReportColumn {
  return { key, title: columnTitles[key], type: 'integer', unit };
}

/** @throws RangeError for what no JSON reader keeps exact: it is not shown as something near it */
export function exact(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new RangeError(`more than 2^53-1: ${value}`);
  return number;
}

/** In hundredths of a percent, cut off; null when there is no whole. */
export function shareOf(part: bigint, whole: bigint): number | null {
  return whole <= 0n ? null : exact((part * 10_000n) / whole);
}

/** Units of which a sum says something. */
const SUMMED: ReadonlySet<ReportUnit> = new Set(['millicores', 'bytes', 'count', 'fen']);

/** Sums of the rows; where one of them is not known, neither is the sum. */
export function totalsOf(
  columns: readonly ReportColumn[],
  rows: readonly ReportRow[],
  label: Localized,
): ReportRow {
  return Object.fromEntries(
    columns.map((column, index): [string, ReportCell] => {
      if (index === 0) return [column.key, label];
      if (column.type !== 'integer' || !SUMMED.has(column.unit)) return [column.key, null];
      const cells = rows.map((row) => row[column.key]);
      if (cells.some((cell) => typeof cell !== 'number')) return [column.key, null];
      return [column.key, exact(cells.reduce<bigint>((sum, cell) => sum + BigInt(cell as number), 0n))];
    }),
  );
}

export function missing(what: Message, why: Message, params: MessageParams = {}): ReportMissing {
  return { what: both(what, params), why: both(why, params) };
}
