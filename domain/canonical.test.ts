import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Canonical, canonicalJson, digestOf, sm3 } from './canonical.ts';
import { sameJson } from './same.ts';
import { SEEDED } from './testing/seed.ts';

const json = fc.letrec<{ value: Canonical; object: Canonical }>((tie) => ({
  object: fc.dictionary(fc.string({ unit: 'binary', maxLength: 4 }), tie('value'), { maxKeys: 5 }),
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false),
    fc.maxSafeInteger(),
    fc.string({ unit: 'binary', maxLength: 6 }),
    fc.array(tie('value'), { maxLength: 4 }),
    tie('object'),
  ),
})).value;

/** The same value with the members of its objects in reverse order. */
function reversed(value: Canonical): Canonical {
  if (Array.isArray(value)) return value.map((it: Canonical) => reversed(it));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value as { readonly [key: string]: Canonical })
      .reverse()
      .map(([key, member]) => [key, reversed(member)]),
  );
}

describe('canonicalJson', () => {
  it.each<[string, Canonical, string]>([
    ['sorts members by code unit', { b: 1, a: 2, B: 3, '10': 4, '9': 5 }, '{"10":4,"9":5,"B":3,"a":2,"b":1}'],
    [
      'sorts beyond the first plane by code unit',
      { '\u{1F600}': 1, '\uFF5E': 2 },
      '{"\u{1F600}":1,"\uFF5E":2}',
    ],
    ['keeps the order of lists', [3, 1, 2], '[3,1,2]'],
    ['leaves out what is undefined', { a: undefined, b: null }, '{"b":null}'],
    ['writes no white space, escapes and Chinese as they are', { 名: 'a "b"\n' }, '{"名":"a \\"b\\"\\n"}'],
    ['knows one zero', [-0, 0], '[0,0]'],
    ['writes an empty object and list', [{}, []], '[{},[]]'],
  ])('%s', (_, value, expected) => {
    expect(canonicalJson(value)).toBe(expected);
  });

  it.each([0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('refuses %s', (value) => {
    expect(() => canonicalJson({ deep: [value] })).toThrowError(RangeError);
  });

  it('spells a value one way, whatever the order of its members, and loses nothing', () => {
    fc.assert(
      fc.property(json, (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(reversed(value))).toBe(text);
        expect(canonicalJson(JSON.parse(text) as Canonical)).toBe(text);
        expect(sameJson(JSON.parse(text), value)).toBe(true);
      }),
      SEEDED,
    );
  });

  it('spells two values alike exactly when they are the same', () => {
    fc.assert(
      fc.property(json, json, (a, b) => {
        expect(canonicalJson(a) === canonicalJson(b)).toBe(sameJson(a, b));
      }),
      SEEDED,
    );
  });
});

describe('sm3', () => {
  // GB/T 32905-2016, annex A.
  it.each([
    ['abc', '66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0'],
    ['abcd'.repeat(16), 'debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732'],
  ])('agrees with the standard for %s', (text, digest) => {
    expect(sm3(text)).toBe(digest);
  });

  it('digests canonical JSON in UTF-8', () => {
    expect(digestOf({ b: '汕尾', a: 1 })).toBe(sm3(Buffer.from('{"a":1,"b":"汕尾"}', 'utf8')));
  });
});

describe('sameJson', () => {
  it.each<[unknown, unknown, boolean]>([
    [{ a: undefined }, {}, true],
    [{ a: null }, {}, false],
    [[], {}, false],
    [[1, 2], [2, 1], false],
    [[1], [1, undefined], true],
    [1, '1', false],
    [null, undefined, false],
    [{ a: { b: [1] } }, { a: { b: [1] } }, true],
  ])('%j and %j: %s', (a, b, same) => {
    expect(sameJson(a, b)).toBe(same);
  });
});
