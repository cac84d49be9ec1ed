import { sql } from 'kysely';
import { type Canonical, digestOf } from '../domain/canonical.ts';
import type { booksFindings } from '../messages/books.ts';

/** Something that does not agree. The text of `code` is in messages/books.ts and takes the other members. */
export interface Finding {
  readonly code: keyof typeof booksFindings;
  readonly where: string;
  readonly params: Readonly<Record<string, string>>;
}

/** A check gives what it finds one by one, so that no more is looked for than is told. */
export type Findings = AsyncGenerator<Finding, void, undefined>;

/** No more findings than these are looked for: the books are beyond counting then. */
export const MAX_FINDINGS = 1_000;

/** Rows that are read at a time. */
export const VERIFY_PAGE = 1_000;

export const accountPathSql = sql<string>`concat_ws('/', holder_kind, holder, zone, arch, resource)`;

/** The body of an audit record, or what is found in its place. */
export interface Body {
  readonly [key: string]: Canonical | undefined;
}

/**
 * Where a row differs from its audit record. Only what the record says is compared: records of an older version
 * say less.
 */
export function differences(
  recorded: Body,
  found: Body,
): { readonly expected: string; readonly found: string } | undefined {
  const keys = Object.keys(found).filter(
    (key) => recorded[key] !== undefined && digestOrNone(recorded[key]) !== digestOrNone(found[key]),
  );
  if (keys.length === 0) return undefined;
  const said = (body: Body) =>
    JSON.stringify(Object.fromEntries(keys.map((key) => [key, body[key] ?? null])));
  return { expected: said(recorded), found: said(found) };
}

/** The digest of a stored value; undefined for one that was never digested, since it holds what we do not write. */
export function digestOrNone(value: Canonical | undefined): string | undefined {
  try {
    return value === undefined ? undefined : digestOf(value);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
