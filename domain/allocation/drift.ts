import type { Json } from '../catalogue/expressions.ts';

export interface Difference {
  /** Like `spec.template.spec.containers[0].image`. */
  readonly path: string;
  readonly approved: Json;
  readonly live: Json | undefined;
}

const NANO = 10n ** 9n;
const SCALE: Readonly<Record<string, bigint>> = {
  n: 1n,
  u: 10n ** 3n,
  m: 10n ** 6n,
  '': NANO,
  k: 10n ** 3n * NANO,
  M: 10n ** 6n * NANO,
  G: 10n ** 9n * NANO,
  T: 10n ** 12n * NANO,
  Ki: (1n << 10n) * NANO,
  Mi: (1n << 20n) * NANO,
  Gi: (1n << 30n) * NANO,
  Ti: (1n << 40n) * NANO,
};

/** A Kubernetes quantity in billionths, for comparison alone; API servers rewrite "1024Gi" as "1Ti", "2.3" as "2300m". */
function quantity(value: Json | undefined): bigint | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const match = /^(\d+)(?:\.(\d{1,9}))?(n|u|m|k|M|G|T|Ki|Mi|Gi|Ti)?$/.exec(String(value));
  if (!match) return undefined;
  const [, whole = '', fraction = '', unit = ''] = match;
  return (BigInt(whole + fraction) * (SCALE[unit] ?? NANO)) / 10n ** BigInt(fraction.length);
}

function sameScalar(approved: Json, live: Json | undefined): boolean {
  if (approved === live) return true;
  const a = quantity(approved);
  const b = quantity(live);
  return a !== undefined && b !== undefined && a === b;
}

/**
 * Where a live object is not as it was approved. Only what was approved is compared: fields that others or the
 * API server added stay, and so do entries beside named ones (containers, ports); a list of anything else is
 * approved as a whole. What is approved empty is the same as missing: API servers drop it. `stringData` of a Secret
 * is never compared, it is not kept by the API server.
 */
export function differences(approved: Json, live: Json | undefined, path = ''): readonly Difference[] {
  if (live === undefined && isEmpty(approved)) return [];
  if (Array.isArray(approved)) return listDifferences(approved, live, path);
  if (approved !== null && typeof approved === 'object') {
    if (live === null || typeof live !== 'object' || Array.isArray(live)) return [{ path, approved, live }];
    return Object.entries(approved).flatMap(([key, member]) =>
      path === '' && key === 'stringData'
        ? []
        : differences(member, live[key], path === '' ? key : `${path}.${key}`),
    );
  }
  return sameScalar(approved, live) ? [] : [{ path, approved, live }];
}

function listDifferences(
  approved: readonly Json[],
  live: Json | undefined,
  path: string,
): readonly Difference[] {
  const whole = [{ path, approved: [...approved], live }];
  if (!Array.isArray(live)) return whole;
  if (approved.length > 0 && approved.every((it) => nameOf(it) !== undefined)) {
    const byName = new Map(live.map((it) => [nameOf(it), it]));
    return approved.flatMap((it, index) => differences(it, byName.get(nameOf(it)), `${path}[${index}]`));
  }
  if (live.length !== approved.length) return whole;
  return approved.flatMap((it, index) => differences(it, live[index], `${path}[${index}]`));
}

function nameOf(entry: Json): string | undefined {
  const name =
    entry !== null && typeof entry === 'object' && !Array.isArray(entry) ? entry['name'] : undefined;
  return typeof name === 'string' ? name : undefined;
}

function isEmpty(value: Json): boolean {
  return value === null || (typeof value === 'object' && Object.keys(value).length === 0);
}

/** A difference as one line: `StatefulSet db spec.replicas: 3 (approved 1)`. */
export function differenceText(identity: string, { path, approved, live }: Difference): string {
  return `${identity} ${path}: ${JSON.stringify(live ?? null)} (${JSON.stringify(approved)})`;
}
