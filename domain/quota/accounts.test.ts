import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Quota } from '../../api/v1alpha1/index.ts';
import { Amount, ResourceVector } from '../quantity.ts';
import { byName, ORGANIZATIONS, organization, quota } from '../testing/city.ts';
import { SEEDED } from '../testing/seed.ts';
import { chainOf, demandsOf, demandsOn, limitedScopes, limitSetter, scopeOf, scopePath } from './accounts.ts';
import { accountPath, sumByAccount } from './fit.ts';

const codes = (chain: readonly { metadata: { name: string } }[]) =>
  chain.map(({ metadata }) => metadata.name);

describe('chainOf', () => {
  const moved = byName([
    organization('city', 'city'),
    organization('east', 'county', [{ code: 'city', from: '2000-01-01' }]),
    organization('west', 'county', [{ code: 'city', from: '2000-01-01' }]),
    // Written newest first: the order in the object must not matter.
    organization('town', 'town', [
      { code: 'west', from: '2026-07-01' },
      { code: 'east', from: '2020-01-01' },
    ]),
  ]);

  it.each([
    ['2020-01-01', ['town', 'east', 'city']],
    ['2026-06-30', ['town', 'east', 'city']],
    ['2026-07-01', ['town', 'west', 'city']],
    ['2030-01-01', ['town', 'west', 'city']],
  ])('goes up by the parent in force on %s', (date, expected) => {
    expect(codes(chainOf(moved, 'town', date))).toEqual(expected);
  });

  it('is the city alone for the city', () => {
    expect(codes(chainOf(ORGANIZATIONS, 'shanwei', '2026-01-01'))).toEqual(['shanwei']);
  });

  it.each([
    ['before the first parent', moved, 'town', '2019-12-31', 'E_ORGANIZATION_TREE'],
    ['for an unknown organisation', moved, 'nobody', '2026-01-01', 'E_ORGANIZATION_UNKNOWN'],
    [
      'for a parent that is not there',
      byName([organization('town', 'town', [{ code: 'lost', from: '2000-01-01' }])]),
      'town',
      '2026-01-01',
      'E_ORGANIZATION_UNKNOWN',
    ],
    [
      'for a circle',
      byName([
        organization('a', 'county', [{ code: 'b', from: '2000-01-01' }]),
        organization('b', 'county', [{ code: 'a', from: '2000-01-01' }]),
      ]),
      'a',
      '2026-01-01',
      'E_ORGANIZATION_TREE',
    ],
    [
      'for a way up that ends below the city',
      byName([organization('a', 'county')]),
      'a',
      '2026-01-01',
      'E_ORGANIZATION_TREE',
    ],
  ])('refuses %s', (_, organizations, code, date, expected) => {
    expect(() => chainOf(organizations, code, date)).toThrowError(
      expect.objectContaining({ code: expected }),
    );
  });

  it('reaches the city from any organisation of any tree, naming each one once', () => {
    const tree = fc.array(fc.nat(), { minLength: 1, maxLength: 20 }).map((parents) =>
      byName([
        organization('o0', 'city'),
        // Each one hangs on one made before it, so that the way up always ends.
        ...parents.map((seed, index) =>
          organization(`o${index + 1}`, 'town', [{ code: `o${seed % (index + 1)}`, from: '2020-01-01' }]),
        ),
      ]),
    );
    fc.assert(
      fc.property(tree, fc.nat(), (organizations, pick) => {
        const code = `o${pick % organizations.size}`;
        const chain = codes(chainOf(organizations, code, '2026-01-01'));
        expect(chain[0]).toBe(code);
        expect(chain.at(-1)).toBe('o0');
        expect(new Set(chain).size).toBe(chain.length);
      }),
      SEEDED,
    );
  });
});

describe('demandsOf', () => {
  const amounts = ResourceVector.parse({ vcpu: '8', memory: '16Gi' });
  const place = { organization: 'hetian', system: 'portal', zone: 'extranet', arch: 'amd64' };
  const chain = chainOf(ORGANIZATIONS, 'hetian', '2026-01-01');
  const scopes = (limited: ReadonlySet<string>, at = place) => [
    ...new Set(demandsOf(amounts, at, chain, limited).map(({ account }) => scopePath(account))),
  ];

  it('asks the whole of every organisation up the tree, on its account for everything', () => {
    expect(scopes(new Set())).toEqual([
      'organisation/hetian/*/*',
      'organisation/luhe/*/*',
      'organisation/shanwei/*/*',
    ]);
    expect(demandsOf(amounts, place, chain, new Set())).toHaveLength(6);
  });

  it('asks the accounts of this zone, architecture and system that quotas stand for, and no others', () => {
    const limited = limitedScopes([
      quota('shanwei', { child: { organization: 'luhe' }, zone: 'extranet' }),
      quota('shanwei', { child: { organization: 'luhe' }, zone: 'internet' }),
      quota('luhe', { child: { organization: 'hetian' }, zone: 'extranet', arch: 'amd64' }),
      quota('luhe', { child: { organization: 'hetian' }, arch: 'arm64' }),
      quota('hetian', { child: { system: 'portal' } }),
      quota('hetian', { child: { system: 'other' } }),
    ]);
    expect(scopes(limited)).toEqual([
      'system/hetian/portal/*/*',
      'organisation/hetian/extranet/amd64',
      'organisation/hetian/*/*',
      'organisation/luhe/extranet/*',
      'organisation/luhe/*/*',
      'organisation/shanwei/*/*',
    ]);
  });

  it('asks nothing for a resource of zero', () => {
    const asked = demandsOf(amounts, place, chain, new Set()).map(({ account }) => account.resource);
    expect(new Set(asked)).toEqual(new Set(['vcpu', 'memory']));
    expect(demandsOf(ResourceVector.zero, place, chain, new Set())).toEqual([]);
  });

  it('asks each account once when the architecture is not known yet', () => {
    const demands = demandsOf(amounts, { ...place, arch: '*' }, chain, new Set());
    const paths = demands.map(({ account }) => accountPath(account));
    expect(paths).toEqual([...new Set(paths)]);
    const city = sumByAccount(demands).get('organisation/shanwei/*/*/vcpu')?.amount;
    expect(city).toEqual(Amount.of('millicores', 8000));
  });
});

describe('accounts', () => {
  it('hold a system under the organisation that gives to it', () => {
    expect(scopeOf(quota('luhe', { child: { system: 'portal' } }).spec, 'luhe')).toEqual({
      holderKind: 'system',
      holder: 'luhe/portal',
      zone: '*',
      arch: '*',
    });
    const spec = { child: { organization: 'luhe' }, zone: 'extranet', arch: 'arm64' } as const;
    expect(scopeOf(quota('shanwei', spec).spec, 'shanwei')).toEqual({
      holderKind: 'organisation',
      holder: 'luhe',
      zone: 'extranet',
      arch: 'arm64',
    });
  });

  const made = (name: string, creationTimestamp: string, deletionTimestamp?: string) => ({
    metadata: { name, namespace: 'gov-luhe', creationTimestamp, deletionTimestamp } as Quota['metadata'],
  });

  it.each([
    ['the first that was made', [made('a', '2026-01-02'), made('b', '2026-01-01')], 'b'],
    ['the first by name of one moment', [made('b', '2026-01-01'), made('a', '2026-01-01')], 'a'],
    [
      'one that stays, once the first goes',
      [made('a', '2026-01-01', '2026-02-01'), made('b', '2026-01-02')],
      'b',
    ],
    [
      'the first while all of them go',
      [made('b', '2026-01-02', '2026-02-01'), made('a', '2026-01-01', '2026-02-01')],
      'a',
    ],
  ])('have their limit from %s', (_, objects, name) => {
    expect(limitSetter(objects)?.metadata.name).toBe(name);
  });

  it('get negative amounts too: what is given back', () => {
    const account = { holderKind: 'pool', holder: 'p', zone: 'z', arch: 'amd64' } as const;
    const demands = demandsOn(account, ResourceVector.of({ vcpu: -5n }));
    expect(demands.map(({ amount }) => amount.value)).toEqual([-5n]);
  });
});
