import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Canonical } from '../canonical.ts';
import { canonicalJson } from '../canonical.ts';
import { type QuotePicture, quoteRequest } from '../request/quote.ts';
import { balances, organizationScope, pool, poolScope, quota } from '../testing/city.ts';
import { balancesWith, quotePicture, request } from '../testing/requests.ts';
import { SEEDED } from '../testing/seed.ts';
import { type PlacementRecord, replayPlacement } from './record.ts';

/** As the books give it back: through JSON, its members in another order. */
function stored(picture: QuotePicture): PlacementRecord {
  const result = quoteRequest(picture);
  if (!result.ok) throw new Error(result.reasons.map(({ code }) => code).join());
  return JSON.parse(canonicalJson(result.placement as unknown as Canonical));
}

const AMD = pool('extranet-amd64');

describe('the record of a placement', () => {
  it('says the same of every pool as the quote', () => {
    const result = quoteRequest(quotePicture());
    if (!result.ok) throw new Error('refused');
    expect(
      result.placement?.verdicts.map(({ pool: name, chosen, reasons }) => [
        name,
        chosen,
        reasons.map(({ code }) => code),
      ]),
    ).toEqual(
      result.quote.pools.map(({ pool: name, chosen, reasons }) => [
        name,
        chosen,
        reasons.map(({ code }) => code),
      ]),
    );
    expect(result.placement?.verdicts.map(({ score }) => score)).toEqual(
      result.quote.pools.map(({ score }) => score),
    );
  });

  it('is decided again as it was, whatever the pools have left', () => {
    const used = fc.integer({ min: 0, max: 1200 }).map((it) => ({ posted: { vcpu: String(it) } }));
    fc.assert(
      fc.property(used, used, fc.option(fc.constantFrom('amd64', 'arm64')), (amd, arm, arch) => {
        const limit = { vcpu: '1000', memory: '4Ti', ssd: '100Ti', hdd: '100Ti' };
        const picture = quotePicture({
          request: request(arch === null ? {} : { arch }),
          balances: balancesWith(
            balances(poolScope(AMD), limit, amd),
            balances(poolScope(pool('extranet-arm64', { arch: 'arm64' })), limit, arm),
          ),
        });
        const result = quoteRequest(picture);
        if (result.ok) expect(replayPlacement(stored(picture))).toEqual([]);
      }),
      SEEDED,
    );
  });

  it('has quotas of an architecture and what a replaced hold gives back', () => {
    const demands = quoteRequest(quotePicture());
    if (!demands.ok) throw new Error('refused');
    const full = { vcpu: '8', memory: '16Gi', ssd: '200Gi' };
    const record = stored(
      quotePicture({
        quotas: [quota('shanwei', { child: { organization: 'luhe' }, zone: 'extranet', arch: 'arm64' })],
        balances: [
          ...balancesWith(balances(poolScope(AMD), full, { pending: full })),
          ...balances(organizationScope('luhe', 'extranet', 'arm64'), { vcpu: '1' }),
        ],
        released: demands.demands,
      }),
    );
    expect(record.verdicts.find(({ chosen }) => chosen)?.pool).toBe('extranet-amd64');
    expect(record.verdicts.find(({ pool: name }) => name === 'extranet-arm64')?.reasons).toMatchObject([
      { filter: 'capacity', where: 'organisation/luhe/extranet/arm64/vcpu' },
      { filter: 'capacity', where: 'organisation/luhe/extranet/arm64/memory' },
      { filter: 'capacity', where: 'organisation/luhe/extranet/arm64/ssd' },
    ]);
    expect(replayPlacement(record)).toEqual([]);
  });

  it.each<[string, (record: PlacementRecord) => PlacementRecord, string[]]>([
    [
      'a pool was called chosen that was not',
      (it) => ({
        ...it,
        verdicts: it.verdicts.map((verdict) => ({
          ...verdict,
          chosen: verdict.pool === 'extranet-arm64',
        })),
      }),
      ['extranet-amd64', 'extranet-arm64'],
    ],
    [
      'a balance is another',
      (it) => ({
        ...it,
        balances: it.balances.map((balance) =>
          balance.account.holder === 'extranet-amd64' ? { ...balance, posted: balance.hard } : balance,
        ),
      }),
      ['extranet-amd64', 'extranet-arm64'],
    ],
    [
      'a pool was left out of what was said',
      (it) => ({ ...it, verdicts: it.verdicts.slice(0, 1) }),
      ['extranet-arm64', 'internet-amd64'],
    ],
    [
      'a pool was left out of what was decided on',
      (it) => ({ ...it, candidates: it.candidates.slice(0, 2) }),
      ['internet-amd64'],
    ],
    [
      'the workload is another',
      (it) => ({ ...it, workload: { ...it.workload, zone: 'internet' } }),
      ['extranet-amd64', 'extranet-arm64', 'internet-amd64'],
    ],
  ])('tells where %s', (_, change, pools) => {
    const record = stored(quotePicture());
    expect(replayPlacement(record)).toEqual([]);
    expect(replayPlacement(change(record)).map(({ pool: name }) => name)).toEqual(pools);
  });
});
