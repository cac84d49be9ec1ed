import { UNSEEN } from '../../domain/unseen.ts';
import { textWidth } from './width.ts';
import type { Message } from '../../messages/index.ts';
import type { Reader } from './reader.ts';

/** A column of a table: what it is called and how a row fills it. */
export interface Column<T> {
  readonly header: Message;
  readonly value: (row: T, reader: Reader) => string;
  /** Shown only with `-o wide`. */
  readonly wide?: boolean;
  readonly align?: 'right';
}

const GAP = '   ';

/** Line ends of any script, and tabs, which no column can measure. */
const BREAKS = /\s*[\t\n\v\f\r\u0085\u2028\u2029]\s*/g;
/** A text as one line that shows all that is in it: anybody may have written it. */
export function oneLine(text: string): string {
  return text.replace(BREAKS, ' ').replace(UNSEEN, '');
}

/** The same, its lines kept. */
export function inertLines(text: string): string[] {
  return text.split(/\r\n?|[\n\v\f\u0085\u2028\u2029]/).map(oneLine);
}

/** Rows as aligned lines, the header first unless `headers` is false. Wide characters count as two columns. */
export function table<T>(
  columns: readonly Column<T>[],
  rows: readonly T[],
  reader: Reader,
  options: { readonly wide?: boolean; readonly headers?: boolean; readonly widths?: readonly number[] } = {},
): { readonly lines: readonly string[]; readonly widths: readonly number[] } {
  const shown = columns.filter((column) => options.wide || !column.wide);
  const cells = rows.map((row) => shown.map(({ value }) => oneLine(value(row, reader)) || '-'));
  if (options.headers !== false) cells.unshift(shown.map(({ header }) => reader.text(header)));
  const widths = shown.map((_, index) =>
    cells.reduce((most, row) => Math.max(most, textWidth(row[index] ?? '')), options.widths?.[index] ?? 0),
  );
  const lines = cells.map((row) =>
    row
      .map((cell, index) => {
        const padding = ' '.repeat(Math.max(0, (widths[index] ?? 0) - textWidth(cell)));
        return shown[index]?.align === 'right' ? padding + cell : cell + padding;
      })
      .join(GAP)
      .trimEnd(),
  );
  return { lines, widths };
}

/** Labels and values, the values below each other; a value of several lines goes on under itself. */
export function fields(pairs: readonly (readonly [string, string | undefined])[], indent = ''): string[] {
  const given = pairs.filter(
    (pair): pair is readonly [string, string] => pair[1] !== undefined && pair[1] !== '',
  );
  const width = given.reduce((most, [label]) => Math.max(most, textWidth(label)), 0);
  return given.flatMap(([label, value]) => {
    const [first = '', ...more] = inertLines(value);
    const padding = ' '.repeat(width - textWidth(label));
    const hanging = ' '.repeat(width + 2);
    return [`${indent}${label}${padding}  ${first}`, ...more.map((line) => `${indent}${hanging}${line}`)];
  });
}
