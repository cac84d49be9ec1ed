import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  Amount,
  formatQuantity,
  GIB,
  parseQuantity,
  RESOURCES,
  type Resource,
  ResourceVector,
  TIB,
  unitOf,
} from './quantity.ts';
import { SEEDED } from './testing/seed.ts';

const resource = fc.constantFrom<Resource>(...RESOURCES);
const safe = fc.bigInt(0n, BigInt(Number.MAX_SAFE_INTEGER));
const signed = fc.bigInt(-(1n << 50n), 1n << 50n);
const vector = fc
  .record({ vcpu: signed, memory: signed, ssd: signed, hdd: signed }, { requiredKeys: [] })
  .map((values) => ResourceVector.of(values));

describe('parseQuantity', () => {
  it.each<[Resource, string, bigint]>([
    ['vcpu', '8', 8000n],
    ['vcpu', '1500m', 1500n],
    ['vcpu', '0', 0n],
    ['memory', '32Gi', 32n * GIB],
    ['ssd', '923Ti', 923n * TIB],
    ['hdd', '512', 512n],
    ['memory', '1Ki', 1024n],
    ['ssd', '8191Ti', 8191n * TIB],
    ['memory', String(Number.MAX_SAFE_INTEGER), BigInt(Number.MAX_SAFE_INTEGER)],
  ])('reads %s "%s"', (of, text, value) => {
    expect(parseQuantity(of, text)).toEqual(Amount.of(unitOf(of), value));
  });

  it.each<[Resource, string]>([
    ['vcpu', ''],
    ['vcpu', '-1'],
    ['vcpu', '1.5'],
    ['vcpu', '8Gi'],
    ['vcpu', ' 8'],
    ['vcpu', '8\n'],
    ['vcpu', '1e3'],
    ['memory', '32G'],
    ['memory', '32GiB'],
    ['memory', '500m'],
    ['memory', '1.5Gi'],
    ['memory', 'Gi'],
    ['memory', '٣'],
    ['memory', '9007199254740992'],
    ['ssd', '8192Ti'],
    ['vcpu', '9007199254741'],
    ['memory', '12345678901234567'],
  ])('refuses %s "%s"', (of, text) => {
    expect(() => parseQuantity(of, text)).toThrowError(RangeError);
  });

  it('gives back what formatQuantity wrote', () => {
    fc.assert(
      fc.property(resource, safe, (of, value) => {
        const amount = Amount.of(unitOf(of), value);
        expect(parseQuantity(of, formatQuantity(of, amount))).toEqual(amount);
      }),
      SEEDED,
    );
  });
});

describe('formatQuantity', () => {
  it.each<[Resource, bigint, string]>([
    ['vcpu', 8000n, '8'],
    ['vcpu', 8001n, '8001m'],
    ['vcpu', -8000n, '-8'],
    ['vcpu', -500n, '-500m'],
    ['memory', 0n, '0'],
    ['memory', 1024n * GIB, '1Ti'],
    ['memory', 1025n * GIB, '1025Gi'],
    ['memory', -32n * GIB, '-32Gi'],
    ['memory', 1023n, '1023'],
  ])('writes %s %s as %s', (of, value, text) => {
    expect(formatQuantity(of, Amount.of(unitOf(of), value))).toBe(text);
  });
});

describe('Amount', () => {
  it('does not mix units, whatever the types say', () => {
    const vcpu = Amount.of('millicores', 1) as Amount;
    const bytes = Amount.of('bytes', 1) as Amount;
    for (const mix of [() => vcpu.plus(bytes), () => vcpu.minus(bytes), () => vcpu.compare(bytes)]) {
      expect(mix).toThrowError(TypeError);
    }
  });

  it.each([1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('takes no %s', (value) => {
    expect(() => Amount.of('fen', value)).toThrowError(RangeError);
    expect(() => Amount.of('fen', 1).times(value)).toThrowError(RangeError);
  });

  it('counts exactly where numbers would not', () => {
    const big = Amount.of('fen', Number.MAX_SAFE_INTEGER);
    expect(big.times(1000).minus(big.times(999)).minus(big).isZero()).toBe(true);
  });

  it('orders as its values do', () => {
    fc.assert(
      fc.property(signed, signed, (a, b) => {
        const compared = Amount.of('bytes', a).compare(Amount.of('bytes', b));
        expect(compared).toBe(a < b ? -1 : a > b ? 1 : 0);
      }),
      SEEDED,
    );
  });
});

describe('ResourceVector', () => {
  it('adds, takes away and multiplies by resource', () => {
    fc.assert(
      fc.property(vector, vector, fc.integer({ min: 0, max: 1000 }), (a, b, count) => {
        expect(a.plus(b).minus(b).equals(a)).toBe(true);
        expect(a.plus(b).equals(b.plus(a))).toBe(true);
        expect(
          a
            .times(count)
            .plus(a)
            .equals(a.times(count + 1)),
        ).toBe(true);
        expect(a.plus(a.times(-1)).isZero()).toBe(true);
      }),
      SEEDED,
    );
  });

  it('splits into what goes up and what comes down', () => {
    fc.assert(
      fc.property(vector, (a) => {
        const up = a.positivePart();
        const down = a.times(-1).positivePart();
        expect(up.minus(down).equals(a)).toBe(true);
        expect(up.nonZero().every(({ amount }) => !amount.isNegative())).toBe(true);
      }),
      SEEDED,
    );
  });

  it('writes only what is not zero and reads it back', () => {
    const values = fc.record({ vcpu: safe, memory: safe, ssd: safe, hdd: safe });
    fc.assert(
      fc.property(values, (given) => {
        const it = ResourceVector.of(given);
        const written = it.toQuantities();
        expect(Object.values(written)).not.toContain('0');
        expect(ResourceVector.parse(written).equals(it)).toBe(true);
      }),
      SEEDED,
    );
  });
});
