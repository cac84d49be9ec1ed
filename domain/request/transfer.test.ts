import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Handover } from '../../api/v1alpha1/index.ts';
import { Amount, ResourceVector, unitOf } from '../quantity.ts';
import { accountPath, type Demand } from '../quota/fit.ts';
import { chainOf, demandsOf, demandsOn } from '../quota/accounts.ts';
import {
  balances,
  byName,
  frozen,
  machineItem,
  organization,
  ORGANIZATIONS,
  organizationScope,
  pool,
  poolScope,
  system,
} from '../testing/city.ts';
import { allocation, balancesWith, change, quotePicture } from '../testing/requests.ts';
import { SEEDED } from '../testing/seed.ts';
import { type QuotePicture, quoteRequest, reasonTexts } from './quote.ts';
import { legsOf, takeOver } from './transfer.ts';

const TODAY = '2026-11-24';
const CITY = byName([
  ...ORGANIZATIONS.values(),
  organization('haifeng', 'county', [{ code: 'shanwei', from: '2000-01-01' }]),
]);
const POOL = pool('extranet-amd64');
const TARGET = allocation({}, { state: 'InUse', observedRevision: 1 });
const SIZE = ResourceVector.parse(TARGET.spec.consumes);

const agreed = (more: Partial<Handover> = {}): Handover => ({
  action: 'transfer',
  revision: 1,
  by: 'luhe-ops',
  organization: 'haifeng',
  ...more,
});

function postedOf(organizationCode: string): readonly Demand[] {
  const place = { organization: organizationCode, system: 'portal', zone: 'extranet', arch: 'amd64' };
  return [
    ...demandsOf(SIZE, place, chainOf(CITY, organizationCode, TODAY), new Set()),
    ...demandsOn(poolScope(POOL), SIZE),
  ];
}

const asked = () => {
  const it = change('Transfer', {
    requester: 'haifeng-ops',
    target: { allocation: 'req-1-web', uid: 'uid-allocation', revision: 1, organization: 'luhe' },
  });
  return {
    ...it,
    metadata: { ...it.metadata, namespace: 'gov-haifeng', uid: 'uid-transfer', name: 'req-2' },
  };
};

function picture(more: Partial<QuotePicture> = {}): QuotePicture {
  const plenty = { vcpu: '1000', memory: '4000Gi', ssd: '100Ti' };
  return quotePicture({
    request: asked(),
    organizations: CITY,
    target: TARGET,
    giving: { handovers: [agreed()], posted: postedOf('luhe') },
    balances: [...quotePicture().balances, ...balances(organizationScope('haifeng'), plenty)],
    ...more,
  });
}

function quoted(it: QuotePicture) {
  const result = quoteRequest(frozen(it));
  if (!result.ok) throw new Error(JSON.stringify(reasonTexts(result.reasons)));
  return result;
}

function codes(more: Partial<QuotePicture>): readonly string[] {
  const result = quoteRequest(frozen(picture(more)));
  return result.ok ? [] : result.reasons.map(({ code }) => code);
}

const pathsOf = (demands: readonly Demand[]) =>
  [...new Set(demands.map(({ account }) => `${account.holderKind}/${account.holder}`))].sort();

describe('a transfer', () => {
  it('asks of the receiver alone what both do not count on, and gives back all that the giver has posted', () => {
    const { quote, demands, takeover } = quoted(picture());
    expect(pathsOf(demands)).toEqual(['organisation/haifeng']);
    expect(quote).toMatchObject({
      pool: 'extranet-amd64',
      total: TARGET.spec.consumes,
      change: TARGET.spec.consumes,
      monthlyFen: TARGET.spec.monthlyFen,
    });
    expect(takeover?.origin).toEqual({ requestUid: 'uid-request', generation: 1 });
    const { credits, carried } = legsOf(takeover as NonNullable<typeof takeover>);
    expect(pathsOf(credits)).toEqual(['organisation/luhe', 'organisation/shanwei', 'pool/extranet-amd64']);
    expect(pathsOf(carried.filter(({ amount }) => !amount.isZero()))).toEqual([
      'organisation/shanwei',
      'pool/extranet-amd64',
    ]);
  });

  it('is not refused by what both count on, however full, and is by what the receiver alone does', () => {
    const exact = TARGET.spec.consumes;
    const full = [organizationScope('luhe'), organizationScope('shanwei'), poolScope(POOL)].map((scope) =>
      balances(scope, exact, { posted: exact }),
    );
    const enough = balances(organizationScope('haifeng'), exact);
    expect(codes({ balances: [...balancesWith(...full), ...enough] })).toEqual([]);
    const less = balances(organizationScope('haifeng'), { ...exact, vcpu: '7' });
    expect(codes({ balances: [...balancesWith(...full), ...less] })).toEqual(['E_QUOTA_EXCEEDED']);
    expect(codes({ balances: balancesWith(...full) })).toContain('E_QUOTA_MISSING');
  });

  it('takes over of many lines of one request no more than this one’s', () => {
    const twice = postedOf('luhe').map((it) => ({ ...it, amount: it.amount.times(2) }));
    const { takeover } = quoted(picture({ giving: { handovers: [agreed()], posted: twice } }));
    const cpu = takeover?.legs.find(({ account }) => account.resource === 'vcpu');
    expect(cpu).toMatchObject({ credited: '8000' });
  });

  it.each<[string, Partial<QuotePicture>, string]>([
    ['nobody has agreed', { giving: { handovers: [], posted: [] } }, 'E_TRANSFER_NOT_AGREED'],
    [
      'it was agreed to another',
      { giving: { handovers: [agreed({ organization: 'hetian' })], posted: [] } },
      'E_TRANSFER_NOT_AGREED',
    ],
    [
      'it was agreed to another revision',
      { giving: { handovers: [agreed({ revision: 2 })], posted: [] } },
      'E_TRANSFER_NOT_AGREED',
    ],
    [
      'it is no longer agreed to',
      { giving: { handovers: [agreed(), { action: 'keep', revision: 1, by: 'luhe-ops' }], posted: [] } },
      'E_TRANSFER_NOT_AGREED',
    ],
    [
      'who asks has agreed',
      { giving: { handovers: [agreed({ by: 'haifeng-ops' })], posted: [] } },
      'E_TRANSFER_NOT_AGREED',
    ],
    ['it is not accepted', { target: allocation({}, { state: 'PendingAcceptance' }) }, 'E_TRANSFER_STATE'],
    ['it is released', { target: allocation({ released: true }, { state: 'InUse' }) }, 'E_TARGET_RELEASED'],
    [
      'it is on legal hold',
      {
        target: allocation(
          {},
          {
            state: 'InUse',
            conditions: [
              {
                type: 'LegalHold',
                status: 'True',
                reason: 'OnHold',
                message: '',
                lastTransitionTime: '2026-11-24T00:00:00Z',
              },
            ],
          },
        ),
      },
      'E_TARGET_HELD',
    ],
    [
      'it is transferred already',
      {
        target: allocation({ transferred: { organization: 'hetian', on: TODAY } }, { state: 'Transferred' }),
      },
      'E_TARGET_TRANSFERRED',
    ],
    [
      'it shrinks',
      {
        target: allocation(
          { pendingCredit: { request: 'uid-x', generation: 1, amounts: {} } },
          { state: 'InUse' },
        ),
      },
      'E_TARGET_BUSY',
    ],
    ['another asks for it', { rival: 'req-9' }, 'E_TARGET_BUSY'],
    [
      'it stands in another zone',
      { request: { ...asked(), spec: { ...asked().spec, zone: 'internet' } } },
      'E_POOL_TARGET',
    ],
    [
      'the receiver’s system is too sensitive for the item',
      {
        system: system(3),
        request: { ...asked(), spec: { ...asked().spec, mlps: 3 } },
        items: byName([machineItem({ maxMlps: 2 })]),
      },
      'E_MLPS_ITEM',
    ],
    ['the receiver has no such system', { system: undefined }, 'E_SYSTEM_UNKNOWN'],
  ])('is refused where %s', (_, more, code) => {
    expect(codes(more)).toContain(code);
  });

  it('never has more posted on any account than before on those of both, and on the receiver’s what it asks', () => {
    const resources = ['vcpu', 'memory', 'ssd'] as const;
    const holder = fc.constantFrom('giver', 'city', 'receiver', 'pool');
    const demand = fc.tuple(holder, fc.constantFrom(...resources), fc.bigInt(0n, 2n ** 60n)).map(
      ([name, resource, amount]): Demand => ({
        account: {
          holderKind: name === 'pool' ? 'pool' : 'organisation',
          holder: name,
          zone: '*',
          arch: '*',
          resource,
        },
        amount: Amount.of(unitOf(resource), amount),
      }),
    );
    const demands = fc.uniqueArray(demand, {
      selector: ({ account }) => accountPath(account),
      maxLength: 12,
    });
    fc.assert(
      fc.property(demands, demands, (wanted, posted) => {
        const { rest, takeover } = takeOver(wanted, TARGET, posted);
        const { credits, carried } = legsOf(takeover);
        const sum = (list: readonly Demand[], path: string) =>
          list
            .filter(({ account }) => accountPath(account) === path)
            .reduce((all, { amount }) => all + amount.value, 0n);
        for (const { account } of [...wanted, ...posted]) {
          const path = accountPath(account);
          // What is asked is held or carried, once.
          expect(sum(rest, path) + sum(carried, path)).toBe(sum(wanted, path));
          expect(sum(carried, path)).toBeLessThanOrEqual(sum(credits, path));
          expect(sum(credits, path)).toBeLessThanOrEqual(sum(posted, path));
        }
      }),
      { ...SEEDED, numRuns: 300 },
    );
  });
});
