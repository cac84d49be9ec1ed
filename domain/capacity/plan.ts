import { sameJson } from '../same.ts';

/** What an engine would do, or has done, to one object. `drift` is somebody else's edit, seen by looking. */
export type ChangeAction = 'create' | 'update' | 'replace' | 'delete' | 'drift';

/** A field by its path from the top of the object, such as `spec.total.vcpu`; absent on one side if it is not there. */
export interface FieldChange {
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** One object of the hub that a plan touches. */
export interface Change {
  readonly action: ChangeAction;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  /** What differs; for an object that comes or goes, nothing. */
  readonly fields: readonly FieldChange[];
}

/** What of an object people and the server do not write as its content. */
const FOREIGN = new Set(['status', '__inputs']);
const FOREIGN_META = new Set(['uid', 'resourceVersion', 'generation', 'creationTimestamp', 'managedFields']);

/** The leaves in which two objects differ, by path; lists are compared whole. Server fields and status are left out. */
export function fieldChanges(before: unknown, after: unknown): readonly FieldChange[] {
  return differences(before, after, []);
}

function differences(before: unknown, after: unknown, path: readonly string[]): FieldChange[] {
  if (sameJson(before, after)) return [];
  if (!isMap(before) || !isMap(after)) {
    return [
      {
        path: path.join('.'),
        ...(before === undefined ? {} : { before }),
        ...(after === undefined ? {} : { after }),
      },
    ];
  }
  const left =
    path.length === 0 ? FOREIGN : path.length === 1 && path[0] === 'metadata' ? FOREIGN_META : NONE;
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((key) => !left.has(key))
    .flatMap((key) => differences(before[key], after[key], [...path, key]));
}

const NONE: ReadonlySet<string> = new Set();

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
