import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../catalogue/expressions.ts';
import { SEEDED } from '../testing/seed.ts';
import { differences, differenceText } from './drift.ts';

const paths = (approved: Json, live: Json | undefined) => differences(approved, live).map(({ path }) => path);

describe('differences', () => {
  it.each<[string, Json, Json | undefined, string[]]>([
    ['nothing', { spec: { replicas: 1 } }, { spec: { replicas: 1 } }, []],
    ['a number', { spec: { replicas: 1 } }, { spec: { replicas: 3 } }, ['spec.replicas']],
    ['a field that is gone', { spec: { replicas: 1 } }, { spec: {} }, ['spec.replicas']],
    ['a part that is gone', { spec: { replicas: 1 } }, {}, ['spec']],
    [
      'fields that others added',
      { spec: { replicas: 1 } },
      { spec: { replicas: 1, paused: true }, status: {} },
      [],
    ],
    [
      'an entry of a list',
      { a: [{ image: 'x' }] },
      { a: [{ image: 'y', pullPolicy: 'Always' }] },
      ['a[0].image'],
    ],
    ['a list that is shorter', { a: [1, 2] }, { a: [1] }, ['a']],
    ['a list that became a map', { a: [1] }, { a: { 0: 1 } }, ['a']],
    ['a truth', { a: true }, { a: false }, ['a']],
    ['a truth written as text', { a: true }, { a: 'true' }, ['a']],
    ['text', { a: 'Always' }, { a: 'Halted' }, ['a']],
    ['several at once', { a: 1, b: { c: 2 } }, { a: 2, b: { c: 3 } }, ['a', 'b.c']],
  ])('finds %s', (_, approved, live, expected) => {
    expect(paths(approved, live)).toEqual(expected);
  });

  it.each<[string, Json, Json | undefined]>([
    ['1024Gi as 1Ti', '1024Gi', '1Ti'],
    ['1000m as 1', '1000m', '1'],
    ['0.5 as 500m', '0.5', '500m'],
    ['2.3 as 2300m', '2.3', '2300m'],
    ['1.1 as 1100m', '1.1', '1100m'],
    ['a number as text', 2, '2'],
    ['1k as 1000', '1k', '1000'],
  ])('knows %s: API servers rewrite quantities', (_, approved, live) => {
    expect(paths({ a: approved }, { a: live ?? null })).toEqual([]);
  });

  it.each<[string, Json, Json]>([
    ['a missing map', { a: {} }, {}],
    ['a missing list', { a: [] }, {}],
    ['nothing at all', { a: null }, {}],
  ])('takes an empty one for %s: API servers drop what is empty', (_, approved, live) => {
    expect(paths(approved, live)).toEqual([]);
  });

  it.each<[string, Json, Json, string[]]>([
    // A default-deny policy into which somebody let everybody.
    ['a list approved empty', { spec: { ingress: [] } }, { spec: { ingress: [{}] } }, ['spec.ingress']],
    ['arguments of a container', { a: ['--safe'] }, { a: ['--safe', '--trust-everybody'] }, ['a']],
  ])('finds an entry that was added to %s', (_, approved, live, expected) => {
    expect(paths(approved, live)).toEqual(expected);
  });

  it('finds a container by its name, wherever others were put before it', () => {
    const approved = { containers: [{ name: 'db', image: 'postgres' }] };
    const sidecar = { name: 'proxy', image: 'envoy' };
    expect(paths(approved, { containers: [sidecar, { name: 'db', image: 'postgres' }] })).toEqual([]);
    expect(paths(approved, { containers: [sidecar, { name: 'db', image: 'other' }] })).toEqual([
      'containers[0].image',
    ]);
  });

  it('does not look at what an API server does not keep of a Secret', () => {
    expect(paths({ stringData: { a: 'b' }, type: 'Opaque' }, { type: 'Opaque' })).toEqual([]);
    expect(paths({ spec: { stringData: { a: 'b' } } }, { spec: {} })).toEqual(['spec.stringData']);
  });

  const json = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>;
  const object = fc.dictionary(fc.string({ minLength: 1, maxLength: 3 }), json, {
    maxKeys: 4,
  }) as fc.Arbitrary<{
    [key: string]: Json;
  }>;

  it('finds none in an object that is as approved, whatever others added to it', () => {
    fc.assert(
      fc.property(object, object, (approved, added) => {
        expect(differences(approved, structuredClone(approved))).toEqual([]);
        expect(differences(approved, { ...added, ...structuredClone(approved) })).toEqual([]);
      }),
      SEEDED,
    );
  });

  it('finds whatever is changed at the end of a path', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]{1,3}$/), { minLength: 1, maxLength: 4 }), (keys) => {
        const at = (leaf: Json) => keys.reduceRight<Json>((inner, key) => ({ [key]: inner }), leaf);
        expect(paths(at('approved'), at('changed'))).toEqual([keys.join('.')]);
      }),
      SEEDED,
    );
  });

  it('reads a quantity as the API server does, in every unit', () => {
    const milli = fc.integer({ min: 0, max: 1_000_000 });
    fc.assert(
      fc.property(milli, (value) => {
        const decimal = `${Math.floor(value / 1000)}.${String(value % 1000).padStart(3, '0')}`;
        expect(paths({ cpu: decimal }, { cpu: `${value}m` })).toEqual([]);
        expect(paths({ cpu: `${value}m` }, { cpu: `${value + 1}m` })).toEqual(['cpu']);
      }),
      SEEDED,
    );
  });
});

describe('differenceText', () => {
  it('says what is and what was approved', () => {
    const [only] = differences({ spec: { replicas: 1 } }, { spec: { replicas: 3 } });
    expect(only && differenceText('StatefulSet/db', only)).toBe('StatefulSet/db spec.replicas: 3 (1)');
    expect(differenceText('Service/a', { path: 'spec', approved: { a: 1 }, live: undefined })).toBe(
      'Service/a spec: null ({"a":1})',
    );
  });
});
