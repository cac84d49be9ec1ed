import type { Json } from '../catalogue/expressions.ts';

export interface Difference {
  /** Like `spec.template.spec.containers[0].image`. */
  readonly path: string;
  readonly approved: Json;
  readonly live: Json | undefined;
}

const SCALE: Readonly<Record<string, number>> = {
  '': 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** A Kubernetes quantity as a number, for comparison alone; API servers rewrite "1024Gi" as "1Ti". */
function quantity(value: Json | undefined): number | undefined {
  if (typeof value === 'number') return value;
  const match = typeof value === 'string' ? /^(\d+(?:\.\d+)?)(m|k|M|G|T|Ki|Mi|Gi|Ti)?$/.exec(value) : null;
  return match ? Number(match[1]) * (SCALE[match[2] ?? ''] as number) : undefined;
}

function sameScalar(approved: Json, live: Json | undefined): boolean {
  if (approved === live) return true;
  const a = quantity(approved);
  const b = quantity(live);
  return a !== undefined && b !== undefined && a === b;
}

/**
 * Where a live object is not as it was approved. Only what was approved is compared: fields that others or the
 * API server added stay. `stringData` of a Secret is never compared, it is not kept by the API server.
 */
export function differences(approved: Json, live: Json | undefined, path = ''): readonly Difference[] {
  if (approved !== null && typeof approved === 'object') {
    if (Array.isArray(approved)) {
      if (!Array.isArray(live) || live.length < approved.length) return [{ path, approved, live }];
      return approved.flatMap((member, index) => differences(member, live[index], `${path}[${index}]`));
    }
    if (live === null || typeof live !== 'object' || Array.isArray(live)) {
      return Object.keys(approved).length === 0 && live === undefined ? [] : [{ path, approved, live }];
    }
    return Object.entries(approved).flatMap(([key, member]) =>
      path === '' && key === 'stringData'
        ? []
        : differences(member, live[key], path === '' ? key : `${path}.${key}`),
    );
  }
  return sameScalar(approved, live) ? [] : [{ path, approved, live }];
}

/** A difference as one line: `StatefulSet db spec.replicas: 3 (approved 1)`. */
export function differenceText(identity: string, { path, approved, live }: Difference): string {
  return `${identity} ${path}: ${JSON.stringify(live ?? null)} (${JSON.stringify(approved)})`;
}
