import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Amount, type Resource, unitOf } from '../quantity.ts';
import {
  type AccountKey,
  accountPath,
  type Balance,
  balancesByPath,
  beyondSoft,
  type Demand,
  fit,
  freeOf,
  sumByAccount,
} from './fit.ts';

function account(holder: string, resource: Resource = 'vcpu'): AccountKey {
  return { holderKind: 'organisation', holder, zone: '*', arch: '*', resource };
}

function demand(of: AccountKey, value: number): Demand {
  return { account: of, amount: Amount.of(unitOf(of.resource), value) };
}

function balance(of: AccountKey, hard: number, pending: number, posted: number): Balance {
  const amount = (value: number) => Amount.of(unitOf(of.resource), value);
  return { account: of, hard: amount(hard), pending: amount(pending), posted: amount(posted) };
}

const county = account('luhe');
const city = account('shanwei');

describe('fit', () => {
  it.each([
    { name: 'exactly what is free', asked: 3000, of: balance(county, 10_000, 2000, 5000), ok: true },
    { name: 'one more than is free', asked: 3001, of: balance(county, 10_000, 2000, 5000), ok: false },
    { name: 'nothing from an overdrawn account', asked: 0, of: balance(county, 1000, 0, 5000), ok: true },
    { name: 'anything from an overdrawn account', asked: 1, of: balance(county, 1000, 0, 5000), ok: false },
    { name: 'anything from a limit of zero', asked: 1, of: balance(county, 0, 0, 0), ok: false },
  ])('$name: $ok', ({ asked, of, ok }) => {
    expect(fit([demand(county, asked)], balancesByPath([of])).ok).toBe(ok);
  });

  it('gives every reason, in the order of the demands', () => {
    const memory = account('luhe', 'memory');
    const verdict = fit(
      [demand(county, 5_000_000), demand(memory, 1024), demand(city, 5_000_000)],
      balancesByPath([balance(county, 10_000, 1000, 4000), balance(city, 17_400_000, 0, 13_000_000)]),
    );
    expect(verdict).toMatchObject({
      ok: false,
      reasons: [
        {
          code: 'E_QUOTA_EXCEEDED',
          where: 'organisation/luhe/*/*/vcpu',
          params: { holder: 'luhe', asked: '5000', free: '5', hard: '10', posted: '4', pending: '1' },
        },
        { code: 'E_QUOTA_MISSING', where: 'organisation/luhe/*/*/memory', params: { holder: 'luhe' } },
        {
          code: 'E_QUOTA_EXCEEDED',
          where: 'organisation/shanwei/*/*/vcpu',
          params: { asked: '5000', free: '4400', hard: '17400', posted: '13000' },
        },
      ],
    });
  });

  it('adds up several demands on one account', () => {
    const balances = balancesByPath([balance(county, 10, 0, 0)]);
    expect(fit([demand(county, 5), demand(county, 5)], balances).ok).toBe(true);
    expect(fit([demand(county, 5), demand(county, 6)], balances).ok).toBe(false);
  });

  it('lets what replaces something no smaller pass on an overdrawn account, and counts it as free elsewhere', () => {
    const overdrawn = balancesByPath([balance(county, 1, 8, 0)]);
    expect(fit([demand(county, 8)], overdrawn, [demand(county, 8)]).ok).toBe(true);
    expect(fit([demand(county, 9)], overdrawn, [demand(county, 8)]).ok).toBe(false);
    const full = balancesByPath([balance(county, 10, 8, 0)]);
    expect(fit([demand(county, 10)], full, [demand(county, 8)]).ok).toBe(true);
    expect(fit([demand(county, 11)], full, [demand(county, 8)])).toMatchObject({
      reasons: [{ params: { asked: '11m', free: '10m', pending: '0' } }],
    });
  });

  it('refuses negative demands and foreign units as what they are: mistakes of ours', () => {
    expect(() => fit([demand(county, -1)], balancesByPath([balance(county, 10, 0, 0)]))).toThrow(RangeError);
    const bytes = { account: county, amount: Amount.of('bytes', 1) };
    expect(() => fit([bytes], balancesByPath([balance(county, 10, 0, 0)]))).toThrow(TypeError);
  });

  it('never lets use grow beyond a limit, and refuses nothing that stays within', () => {
    const few = fc.integer({ min: 0, max: 40 });
    fc.assert(
      fc.property(few, few, few, few, few, (hard, pending, posted, asked, back) => {
        const released = Math.min(back, pending);
        const before = balance(county, hard, pending, posted);
        const verdict = fit([demand(county, asked)], balancesByPath([before]), [demand(county, released)]);
        const used = pending + posted - released + asked;
        expect(verdict.ok).toBe(used <= hard || used <= pending + posted || asked === 0);
      }),
      { seed: 20261124, numRuns: 2000 },
    );
  });
});

describe('sumByAccount', () => {
  it('adds up by account and drops zeros', () => {
    const sums = sumByAccount([demand(county, 1), demand(city, 0), demand(county, 2)]);
    expect([...sums.values()]).toEqual([demand(county, 3)]);
    expect([...sums.keys()]).toEqual([accountPath(county)]);
  });
});

it('free is what is left, and may be negative', () => {
  expect(freeOf(balance(county, 10, 3, 9)).value).toBe(-2n);
});

describe('beyondSoft', () => {
  const soft = new Map([['organisation/luhe/*/*', { vcpu: '8' }]]);
  const of = balancesByPath([balance(county, 10_000, 2000, 5000), balance(city, 10_000, 9000, 0)]);

  it.each([
    ['up to it', 1000, 0, []],
    ['more than it', 1001, 0, ['organisation/luhe/*/*/vcpu 8001m of 8']],
    ['no more than it gives back', 2000, 2000, []],
    ['more than it gives back', 2500, 1000, ['organisation/luhe/*/*/vcpu 8500m of 8']],
  ])('asking %s', (_, asked, back, told) => {
    const warnings = beyondSoft([demand(county, asked), demand(city, 500)], of, soft, [demand(county, back)]);
    expect(warnings.map(({ code }) => code)).toEqual(told.map(() => 'E_QUOTA_SOFT'));
    expect(
      warnings.map(({ where, params }) => `${where} ${String(params['used'])} of ${String(params['soft'])}`),
    ).toEqual(told);
  });

  it('says nothing of an account that is above it and of which nothing more is asked', () => {
    const above = balancesByPath([balance(county, 10_000, 0, 9000)]);
    expect(beyondSoft([demand(county, 0)], above, soft)).toEqual([]);
    const held = balancesByPath([balance(county, 10_000, 2000, 9000)]);
    expect(beyondSoft([demand(county, 2000)], held, soft, [demand(county, 2000)])).toEqual([]);
    expect(beyondSoft([], above, soft)).toEqual([]);
  });
});
