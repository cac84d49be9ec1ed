import type { ResourceRequest } from '../../api/v1alpha1/index.ts';

type Spec = ResourceRequest['spec'];
type Value = string | number | boolean;

/** A field of which two versions of a request say different things. */
export interface SpecChange {
  /** Like `zone`, `applicant.phone`, or of a line `lines.vm.quantity`, `lines.vm.vcpu`. */
  readonly field: string;
  /** Undefined: the version does not have it. */
  readonly before: Value | undefined;
  readonly after: Value | undefined;
}

/** What is written with every submission and asks for nothing. */
const ASIDE: ReadonlySet<string> = new Set(['submission', 'withdrawn']);

/** What a later version of a request asks for otherwise than an earlier one, in the order of the fields. */
export function changesBetween(before: Spec, after: Spec): readonly SpecChange[] {
  const [was, is] = [valuesOf(before), valuesOf(after)];
  return [...new Set([...was.keys(), ...is.keys()])]
    .filter((field) => was.get(field) !== is.get(field))
    .map((field) => ({ field, before: was.get(field), after: is.get(field) }));
}

/** Lines by their names, which outlive an edit, and not by their places. */
function valuesOf({ lines, ...rest }: Spec): ReadonlyMap<string, Value> {
  const found = new Map<string, Value>();
  const walk = (value: unknown, path: readonly string[]) => {
    if (Array.isArray(value)) found.set(path.join('.'), value.join(', '));
    else if (typeof value === 'object' && value !== null)
      for (const [key, member] of Object.entries(value)) walk(member, [...path, key]);
    else if (value !== undefined && !ASIDE.has(path[0] ?? '')) found.set(path.join('.'), value as Value);
  };
  walk(rest, []);
  for (const { name, item, quantity, parameters } of lines)
    walk({ item, quantity, ...parameters }, ['lines', name]);
  return found;
}
