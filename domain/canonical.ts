import { hash } from 'node:crypto';

/** What canonical JSON can carry. Integers beyond 2^53-1 travel as decimal strings. */
export type Canonical =
  | null
  | boolean
  | number
  | string
  | readonly Canonical[]
  | { readonly [key: string]: Canonical | undefined };

/**
 * JSON with one spelling per value: keys sorted by code unit, no white space, undefined members left out.
 * Two values are the same for tickets, digests and the audit chain exactly if these strings are equal.
 * @throws RangeError on numbers that are not safe integers: floats have no place in what is approved.
 */
export function canonicalJson(value: Canonical): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new RangeError(`not a safe integer: ${value}`);
    return JSON.stringify(value);
  }
  // Every row of the audit chain passes here: plain loops are twice as fast as lists of members.
  if (Array.isArray(value)) {
    let items = '';
    for (const item of value as readonly Canonical[])
      items += `${items === '' ? '' : ','}${canonicalJson(item)}`;
    return `[${items}]`;
  }
  const object = value as { readonly [key: string]: Canonical | undefined };
  let members = '';
  // Without a comparison `sort` orders by code unit.
  for (const key of Object.keys(object).sort()) {
    const member = object[key];
    if (member === undefined) continue;
    members += `${members === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(member)}`;
  }
  return `{${members}}`;
}

/** SM3 (GB/T 32905) as 64 hexadecimal digits. */
export function sm3(data: string | Uint8Array): string {
  return hash('sm3', data, 'hex');
}

/** Digest of a value's canonical JSON. */
export function digestOf(value: Canonical): string {
  return sm3(canonicalJson(value));
}
