import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { KINDS } from '../../api/v1alpha1/index.ts';

/** A part of a CRD's OpenAPI schema, as far as specs use it. */
export interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

type Step = string | number;
type Spec = Readonly<Record<string, unknown>>;

/** A field of a kind's spec that has no fields of its own, and where a spec has it. */
export interface Leaf {
  readonly kind: string;
  /** As people write it: `lines[].parameters{}`. */
  readonly path: string;
  readonly schema: Schema;
  readonly isRequired: boolean;
  /** A spec that is right and has the field. */
  readonly spec: Spec;
  readonly at: readonly Step[];
}

const GENERATED = join(import.meta.dirname, '../../api/generated/crds');
const SPECS = load(readFileSync(join(import.meta.dirname, 'specs.yaml'), 'utf8')) as Record<string, Spec[]>;

/** The specs that have every field of a kind between them. */
export function specsOf(kind: string): readonly Spec[] {
  return SPECS[kind] ?? [];
}

/** Every leaf of every spec, found in the generated CRDs. @throws Error for a leaf that no spec of `specs.yaml` has */
export function leaves(): readonly Leaf[] {
  return KINDS.flatMap(({ kind, plural }) => {
    const crd = load(readFileSync(join(GENERATED, `${plural}.yaml`), 'utf8')) as {
      spec: { versions: { schema: { openAPIV3Schema: Schema } }[] };
    };
    const spec = crd.spec.versions[0]?.schema.openAPIV3Schema.properties?.['spec'] ?? {};
    return [...walk(spec, '', true)].map((leaf) => {
      for (const spec of specsOf(kind)) {
        const at = find(spec, leaf.path.match(/[^.[\]{}]+|\[\]|\{\}/g) ?? []);
        if (at) return { kind, ...leaf, spec, at };
      }
      throw new Error(`specs.yaml has no ${kind} with ${leaf.path}`);
    });
  });
}

function* walk(
  schema: Schema,
  path: string,
  isRequired: boolean,
): Generator<Pick<Leaf, 'path' | 'schema' | 'isRequired'>> {
  const { properties, items, additionalProperties, required } = schema;
  if (properties) {
    for (const [name, member] of Object.entries(properties))
      yield* walk(member, path === '' ? name : `${path}.${name}`, required?.includes(name) ?? false);
  } else if (items) yield* walk(items, `${path}[]`, false);
  else if (additionalProperties) yield* walk(additionalProperties, `${path}{}`, false);
  else yield { path, schema, isRequired };
}

function find(value: unknown, [step, ...rest]: readonly string[]): Step[] | undefined {
  if (step === undefined) return value === undefined ? undefined : [];
  if (typeof value !== 'object' || value === null) return undefined;
  const keys: Step[] =
    step === '[]' ? [...(value as []).keys()] : step === '{}' ? Object.keys(value) : [step];
  for (const key of keys) {
    const below = find((value as Record<Step, unknown>)[key], rest);
    if (below) return [key, ...below];
  }
  return undefined;
}

/** The value of a leaf in its spec. */
export function valueOf({ spec, at }: Leaf): unknown {
  return at.reduce<unknown>((value, step) => (value as Record<Step, unknown>)[step], spec);
}

/** Its spec with another value of the leaf, or without it. */
export function withValue({ spec, at }: Leaf, value: unknown): Spec {
  const copy = structuredClone(spec) as Record<Step, unknown>;
  const holder = at.slice(0, -1).reduce((it, step) => it[step] as Record<Step, unknown>, copy);
  const last = at.at(-1) ?? '';
  if (value === undefined) delete holder[last];
  else holder[last] = value;
  return copy;
}

/** The field's name in an API server's sentences: `spec.lines[0].name`. */
export function fieldOf({ at }: Leaf): string {
  return at.reduce<string>(
    (path, step) => (typeof step === 'number' ? `${path}[${step}]` : `${path}.${step}`),
    'spec',
  );
}

/** Another value that the leaf's own schema allows. */
export function otherValue(leaf: Leaf): unknown {
  const { schema } = leaf;
  const value = valueOf(leaf);
  if (schema.enum) return schema.enum[(schema.enum.indexOf(String(value)) + 1) % schema.enum.length];
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'number')
    return value < (schema.maximum ?? Number.MAX_SAFE_INTEGER) ? value + 1 : value - 1;
  const text = String(value);
  // The last character that may be another, is; of a quantity that is a digit before its unit.
  for (let index = text.length - 1; index >= 0; index--) {
    for (const next of ['2', '3', 'x']) {
      const other = text.slice(0, index) + next + text.slice(index + 1);
      if (other !== text && new RegExp(schema.pattern ?? '', 'u').test(other)) return other;
    }
  }
  throw new Error(`no other value of ${leaf.kind} ${leaf.path}`);
}

/** Values that no such leaf may have, each with a word for what is wrong with it. */
export function badValues(leaf: Leaf): readonly (readonly [string, unknown])[] {
  const { schema, isRequired } = leaf;
  const { type, pattern, minLength, maxLength, minimum, maximum } = schema;
  const bad: [string, unknown][] = [];
  if (isRequired) bad.push(['missing', undefined]);
  bad.push(['an object', { of: 'another type' }], ['a list', ['of another type']]);
  if (schema.enum) bad.push(['unknown', 'none-of-them']);
  if (type === 'boolean') bad.push(['a word', 'yes']);
  if (type === 'integer') {
    bad.push(
      ['a word', 'many'],
      ['a fraction', 1.5],
      ['too large', (maximum ?? Number.MAX_SAFE_INTEGER) + 1],
    );
    if (minimum !== undefined) bad.push(['too small', minimum - 1]);
  }
  if (type === 'string' && !schema.enum) {
    bad.push(['a number', 7], ['too long', '2'.repeat((maxLength ?? 0) + 1)]);
    if (minLength) bad.push(['empty', '']);
    const odd = ['\u0000', '\u202e', ' '].find((it) => pattern && !new RegExp(pattern, 'u').test(it));
    if (odd !== undefined) bad.push(['of other characters', odd]);
  }
  return bad;
}
