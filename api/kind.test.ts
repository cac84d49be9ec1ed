import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { API_VERSION, GROUP, resourceOf, VERSION } from './kind.ts';
import { codeOf, KINDS, namespaceOf, organizationCode } from './v1alpha1/index.ts';

interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly [keyword: string]: unknown;
}

const PARTS = KINDS.flatMap((kind) =>
  (['spec', 'status'] as const).map((part) => ({
    kind: kind.kind,
    at: `${kind.kind}.${part}`,
    schema: z.toJSONSchema(kind[part], { target: 'openapi-3.0', io: 'input' }) as Schema,
  })),
);

/** Every schema inside a schema, with its path. */
function* inside(
  schema: Schema,
  path: string,
): Generator<{ readonly path: string; readonly schema: Schema }> {
  yield { path, schema };
  for (const [name, member] of Object.entries(schema.properties ?? {}))
    yield* inside(member, `${path}.${name}`);
  if (schema.items) yield* inside(schema.items, `${path}[]`);
  if (typeof schema.additionalProperties === 'object')
    yield* inside(schema.additionalProperties, `${path}{}`);
}

const ALL = PARTS.flatMap(({ at, schema }) => [...inside(schema, at)]);
const pathsOf = (unwanted: (schema: Schema) => boolean) =>
  ALL.filter((it) => unwanted(it.schema)).map(({ path }) => path);

describe('everything is bounded', () => {
  it('is looked at', () => {
    expect(PARTS.length).toBe(28);
    expect(ALL.length).toBeGreaterThan(400);
  });

  it('in the length of a string', () => {
    expect(
      pathsOf((it) => it.type === 'string' && it['maxLength'] === undefined && it['enum'] === undefined),
    ).toEqual([]);
  });

  it('in the entries of a list', () => {
    expect(pathsOf((it) => it.type === 'array' && it['maxItems'] === undefined)).toEqual([]);
  });

  it('in the entries of a map', () => {
    const open = (it: Schema) =>
      it.type === 'object' && it.properties === undefined && it['maxProperties'] === undefined;
    expect(pathsOf(open)).toEqual([]);
  });

  it('in the size of an integer, which stops at 2^53-1, and there are no other numbers', () => {
    expect(pathsOf((it) => it.type === 'number')).toEqual([]);
    const loose = (it: Schema) =>
      it.type === 'integer' &&
      !(
        Number(it['maximum']) <= Number.MAX_SAFE_INTEGER && Number(it['minimum']) >= -Number.MAX_SAFE_INTEGER
      );
    expect(pathsOf(loose)).toEqual([]);
  });
});

describe('what is approved never changes by itself', () => {
  it.each(['ResourceRequest', 'Allocation'])('%s has no default', (kind) => {
    const own = PARTS.filter((it) => it.kind === kind).flatMap(({ at, schema }) => [...inside(schema, at)]);
    expect(own.length).toBeGreaterThan(40);
    expect(own.filter(({ schema }) => 'default' in schema).map(({ path }) => path)).toEqual([]);
  });
});

describe('kinds', () => {
  it('have names of their own', () => {
    for (const names of [
      KINDS.map(({ kind }) => kind),
      KINDS.flatMap(({ plural, singular, shortNames }) => [plural, singular, ...shortNames]),
    ]) {
      expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    }
  });

  it('are described in Chinese and English', () => {
    for (const { description } of KINDS) expect(description).toMatch(/^\p{Script=Han}.* \/ [a-z]/u);
  });

  it('have columns that show a field there is, of its type', () => {
    const types: Record<string, string[]> = {
      date: ['string'],
      string: ['string'],
      integer: ['integer'],
      boolean: ['boolean'],
    };
    const wrong = KINDS.flatMap((kind) =>
      kind.columns.flatMap(({ name, type, jsonPath }) => {
        if (jsonPath.startsWith('.metadata.')) return [];
        const [part = '', ...fields] = jsonPath
          .slice(1)
          .replace(/\[[^\]]*\]/g, '')
          .split('.');
        const root = PARTS.find(({ at }) => at === `${kind.kind}.${part}`)?.schema;
        const field = fields.reduce<Schema | undefined>((at, key) => {
          const inner = at?.items ?? at;
          const rest = inner?.additionalProperties;
          return inner?.properties?.[key] ?? (typeof rest === 'object' ? rest : undefined);
        }, root);
        return field && (types[type] ?? []).includes(field.type ?? 'string') ? [] : [`${kind.kind} ${name}`];
      }),
    );
    expect(wrong).toEqual([]);
  });

  it('have a work list in the columns of requests', () => {
    const columns = KINDS.find(({ kind }) => kind === 'ResourceRequest')?.columns.map(({ name }) => name);
    expect(columns).toEqual(
      expect.arrayContaining(['Serial', 'Organisation', 'System', 'Step', 'Waits-For', 'Due', 'Age']),
    );
  });

  it('are served where the API says', () => {
    expect(API_VERSION).toBe(`${GROUP}/${VERSION}`);
    for (const kind of KINDS) {
      expect(resourceOf(kind)).toEqual({
        group: GROUP,
        version: VERSION,
        plural: kind.plural,
        namespaced: kind.namespaced,
      });
    }
  });
});

describe('the namespace of an organisation', () => {
  it.each(['441500', '441521-zsj', 'ab', 'a'.repeat(40)])('of %s is derived, and gives it back', (code) => {
    expect(organizationCode.safeParse(code).success).toBe(true);
    expect(namespaceOf(code)).toBe(`gov-${code}`);
    expect(codeOf(namespaceOf(code))).toBe(code);
    expect(namespaceOf(code).length).toBeLessThanOrEqual(63);
  });

  it.each(['default', 'kube-system', 'govcloud-system', 'gov', ''])('is not %s', (namespace) => {
    expect(codeOf(namespace)).toBeUndefined();
  });

  it.each(['', 'a', 'A1', '-a', 'a-', 'a_b', 'a.b', 'a'.repeat(41)])(
    'comes from no code like "%s"',
    (code) => {
      expect(organizationCode.safeParse(code).success).toBe(false);
    },
  );
});
