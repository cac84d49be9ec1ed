import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CatalogItem, ParameterValues } from '../../api/v1alpha1/index.ts';
import { reasonText } from '../errors.ts';
import { ResourceVector } from '../quantity.ts';
import { machineItem } from '../testing/city.ts';
import { SEEDED } from '../testing/seed.ts';
import { checkParameters, consumptionOf, itemVersion, levelsPatch, monthlyPriceOf } from './item.ts';

const { spec: VM } = machineItem();
const GOOD: ParameterValues = { vcpu: 4, memoryGiB: 8, diskGiB: 100 };

type Parameter = CatalogItem['spec']['parameters'][number];
const withParameter = (parameter: Partial<Parameter>) =>
  machineItem({
    parameters: [{ name: 'it', title: { zh: '它' }, type: 'integer', required: true, ...parameter }],
  }).spec;

describe('checkParameters', () => {
  it('finds nothing wrong with good values', () => {
    expect(checkParameters(VM, GOOD, 'at')).toEqual([]);
  });

  it.each<[string, Partial<Parameter>, ParameterValues, string | undefined]>([
    ['a required one that is missing', {}, {}, 'E_PARAMETER_MISSING'],
    ['an optional one that is missing', { required: false }, {}, undefined],
    ['one that the item does not have', { required: false }, { gpu: 1 }, 'E_PARAMETER_UNKNOWN'],
    ['text for an integer', {}, { it: '4' }, 'E_PARAMETER_TYPE'],
    ['an integer for text', { type: 'string' }, { it: 4 }, 'E_PARAMETER_TYPE'],
    ['a fraction', {}, { it: 1.5 }, 'E_PARAMETER_TYPE'],
    ['an integer that is not exact any more', {}, { it: 2 ** 60 }, 'E_PARAMETER_RANGE'],
    ['less than the minimum', { minimum: 2 }, { it: 1 }, 'E_PARAMETER_RANGE'],
    ['the minimum', { minimum: 2 }, { it: 2 }, undefined],
    ['the maximum', { maximum: 9 }, { it: 9 }, undefined],
    ['more than the maximum', { maximum: 9 }, { it: 10 }, 'E_PARAMETER_RANGE'],
    ['less than nothing without a minimum', {}, { it: -1 }, 'E_PARAMETER_RANGE'],
    ['what is no multiple', { multipleOf: 4 }, { it: 6 }, 'E_PARAMETER_STEP'],
    ['a multiple', { multipleOf: 4 }, { it: 8 }, undefined],
    ['a value that is not listed', { type: 'string', values: ['a', 'b'] }, { it: 'c' }, 'E_PARAMETER_VALUE'],
    ['a value that is listed', { type: 'string', values: ['a', 'b'] }, { it: 'b' }, undefined],
    ['free text', { type: 'string' }, { it: '任何' }, undefined],
  ])('%s', (_, parameter, values, expected) => {
    const reasons = checkParameters(withParameter(parameter), values, 'at');
    expect(reasons.map(({ code }) => code)).toEqual(expected === undefined ? [] : [expected]);
    for (const why of reasons) expect(reasonText(why, 'zh')).not.toBe('');
  });

  it('finds everything that is wrong at once, and says where', () => {
    const reasons = checkParameters(VM, { vcpu: 65, diskGiB: 101, gpu: 1 }, 'spec.lines[web].parameters');
    expect(reasons.map(({ code, where }) => `${code} ${where}`)).toEqual([
      'E_PARAMETER_UNKNOWN spec.lines[web].parameters',
      'E_PARAMETER_RANGE spec.lines[web].parameters.vcpu',
      'E_PARAMETER_MISSING spec.lines[web].parameters.memoryGiB',
      'E_PARAMETER_STEP spec.lines[web].parameters.diskGiB',
    ]);
  });

  it('lets through exactly what consumption and price can be computed of', () => {
    const values = fc.record(
      {
        vcpu: fc.integer({ min: -1, max: 70 }),
        memoryGiB: fc.integer({ min: 0, max: 300 }),
        diskGiB: fc.nat(200),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(values, (given) => {
        const value = given as ParameterValues;
        fc.pre(checkParameters(VM, value, 'at').length === 0);
        expect(consumptionOf('vm', VM, value).isZero()).toBe(false);
        expect(monthlyPriceOf('vm', VM, value, 'arm64', '2026-01-01').isNegative()).toBe(false);
      }),
      SEEDED,
    );
  });
});

describe('consumptionOf', () => {
  it('is in millicores and bytes, a resource that is not named is zero', () => {
    const expected = ResourceVector.parse({ vcpu: '4', memory: '8Gi', ssd: '100Gi' });
    expect(consumptionOf('vm', VM, GOOD).equals(expected)).toBe(true);
    expect(consumptionOf('backup', { ...VM, consumes: {} }, {}).isZero()).toBe(true);
  });

  it.each([
    ['an unknown parameter', 'params.gpu * 1000'],
    ['an overflow', 'params.vcpu * 9223372036854775807'],
    ['a negative amount', '0 - params.vcpu'],
    ['a fraction', '1.5'],
    ['text', "'8'"],
    ['a division by zero', 'params.vcpu / 0'],
    ['what does not parse', 'params.vcpu *'],
    ['a variable that is not there', 'allocation.quantity'],
  ])('refuses %s', (_, vcpu) => {
    const broken = () => consumptionOf('vm', { ...VM, consumes: { vcpu } }, GOOD);
    expect(broken).toThrowError(expect.objectContaining({ code: 'E_ITEM_EXPRESSION' }));
  });
});

describe('monthlyPriceOf', () => {
  const price = (monthlyFen: string, armFactorBasisPoints: number, from = '2018-01-01') => ({
    from,
    monthlyFen,
    armFactorBasisPoints,
  });
  const of = (prices: CatalogItem['spec']['prices'], arch: 'amd64' | 'arm64', date = '2026-01-01') =>
    monthlyPriceOf('vm', { ...VM, prices }, GOOD, arch, date).value;

  it.each([
    ['2018-01-01', 4n * 4000n],
    ['2020-12-31', 4n * 4000n],
    ['2021-01-01', 4n * 3600n],
    ['2099-01-01', 4n * 3600n],
  ])('is the one in force on %s, whatever the order they are listed in', (date, fen) => {
    expect(of(VM.prices, 'amd64', date)).toBe(fen);
    expect(of([...VM.prices].reverse(), 'amd64', date)).toBe(fen);
  });

  it('is refused on a day before the first', () => {
    const early = () => of(VM.prices, 'amd64', '2017-12-31');
    expect(early).toThrowError(expect.objectContaining({ code: 'E_ITEM_PRICE' }));
  });

  it.each([
    ['100', 8500, 85n],
    ['1', 4999, 0n],
    ['1', 5000, 1n],
    ['3', 5000, 2n],
    ['101', 9950, 100n],
    ['10', 9949, 10n],
    ['7', 10_000, 7n],
    ['100', 12_500, 125n],
    ['0', 8500, 0n],
  ])('of %s fen at %d basis points is rounded half up on ARM: %d', (monthlyFen, factor, fen) => {
    expect(of([price(monthlyFen, factor)], 'arm64')).toBe(fen);
    expect(of([price(monthlyFen, factor)], 'amd64')).toBe(BigInt(monthlyFen));
  });

  it('is within half a fen of the exact ARM price', () => {
    const fen = fc.bigInt(0n, 10n ** 11n);
    fc.assert(
      fc.property(fen, fc.integer({ min: 1, max: 100_000 }), (plain, factor) => {
        const off = of([price(String(plain), factor)], 'arm64') * 10_000n - plain * BigInt(factor);
        expect(off > -5000n && off <= 5000n).toBe(true);
      }),
      SEEDED,
    );
  });

  it('is refused where the price of a whole request could not be said exactly', () => {
    for (const [fen, factor] of [
      ['9007199254740993', 10_000],
      ['4000000000000', 100_000],
    ] as const) {
      const dear = () => of([price(fen, factor)], 'arm64');
      expect(dear).toThrowError(expect.objectContaining({ code: 'E_ITEM_EXPRESSION' }));
    }
  });

  it('takes the ARM factor of the same day as the price', () => {
    const prices = [price('100', 5000), price('100', 9000, '2021-01-01')];
    expect(of(prices, 'arm64', '2020-12-31')).toBe(50n);
    expect(of(prices, 'arm64', '2021-01-01')).toBe(90n);
  });
});

describe('itemVersion', () => {
  it('is another one whenever anything of the item is', () => {
    const versions = [
      VM,
      { ...VM, maxQuantity: 99 },
      { ...VM, readyWhen: 'true' },
      { ...VM, title: { zh: '别的' } },
    ].map(itemVersion);
    expect(new Set(versions).size).toBe(4);
    expect(itemVersion(JSON.parse(JSON.stringify(VM)) as typeof VM)).toBe(versions[0]);
  });
});

describe('levelsPatch', () => {
  const items = [machineItem({ maxMlps: 2 })];

  it('is nothing when the levels are those of the items', () => {
    expect(levelsPatch({ vm: '2' }, items)).toBeUndefined();
    expect(levelsPatch({}, [])).toBeUndefined();
  });

  it('adds, corrects and takes away', () => {
    expect(levelsPatch({}, items)).toEqual({ vm: '2' });
    expect(levelsPatch({ vm: '3' }, items)).toEqual({ vm: '2' });
    expect(levelsPatch({ vm: '2', gone: '1' }, items)).toEqual({ gone: null });
  });
});
