import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Hold } from '../../api/reports/index.ts';
import type { CapacityPool } from '../../api/v1alpha1/index.ts';
import { ResourceVector } from '../quantity.ts';
import { balances, frozen, pool, poolScope } from '../testing/city.ts';
import { allocation, balancesWith, quotePicture, request } from '../testing/requests.ts';
import { SEEDED } from '../testing/seed.ts';
import { type CapacityPicture, impactOf } from './impact.ts';

const AMD = pool('extranet-amd64', { total: { vcpu: '100', memory: '400Gi' }, reserve: { vcpu: '10' } });
const ARM = pool('extranet-arm64', { arch: 'arm64', total: { vcpu: '50' } });
const used = (it: CapacityPool, posted: object, pending: object = {}): CapacityPool => ({
  ...it,
  status: { posted: { ...posted }, pending: { ...pending } },
});
const sized = (it: CapacityPool, total: CapacityPool['spec']['total']): CapacityPool => ({
  ...it,
  spec: { ...it.spec, total },
});

function impact(more: Partial<CapacityPicture>) {
  const before = [used(AMD, { vcpu: '60' }, { vcpu: '4' }), ARM];
  return impactOf(
    frozen({
      today: '2026-11-24',
      before,
      after: before,
      books: [],
      allocations: [],
      holds: [],
      waiting: [],
      ...more,
    }),
  );
}

const hold = (holder: string, pending: string, namespace = 'gov-luhe'): Hold => ({
  metadata: { name: 'h1', namespace },
  requestUid: 'uid-request',
  requestName: 'req-1',
  serial: 'ZY-2026-000001',
  generation: 1,
  attempt: 1,
  state: 'pending',
  ticket: 't',
  expiresAt: null,
  createdAt: '2026-11-24T00:00:00Z',
  accounts: [
    {
      holderKind: 'organisation',
      holder: 'luhe',
      zone: '*',
      arch: '*',
      pending: amounts(pending),
      posted: amounts('0'),
    },
    {
      holderKind: 'pool',
      holder,
      zone: 'extranet',
      arch: 'amd64',
      pending: amounts(pending),
      posted: amounts('0'),
    },
  ],
  decisions: [],
  document: {},
});
const amounts = (vcpu: string) => ({ vcpu, memory: '0', ssd: '0', hdd: '0' });

describe('impactOf', () => {
  it('finds nothing when nothing changes', () => {
    const { pools, refusals, organizations } = impact({});
    expect(pools.map(({ change }) => change)).toEqual(['kept', 'kept']);
    expect([refusals, organizations]).toEqual([[], []]);
  });

  it('tells of a raised pool what stays free, in the zone and on the architecture', () => {
    const second = pool('extranet-b', { total: { vcpu: '7' } });
    const { pools, places, refusals } = impact({
      after: [sized(AMD, { vcpu: '200', memory: '400Gi' }), ARM, second],
    });
    expect(pools.map(({ pool: name, change }) => [name, change])).toEqual([
      ['extranet-amd64', 'raised'],
      ['extranet-arm64', 'kept'],
      ['extranet-b', 'added'],
    ]);
    expect(pools[0]).toMatchObject({
      hard: { before: { vcpu: '90' }, after: { vcpu: '190' } },
      posted: { vcpu: '60' },
      pending: { vcpu: '4' },
      free: { before: { vcpu: '26' }, after: { vcpu: '126' } },
    });
    expect(places).toMatchObject([
      { zone: 'extranet', arch: 'amd64', before: { vcpu: '26' }, after: { vcpu: '133' } },
      { zone: 'extranet', arch: 'arm64', before: { vcpu: '50' }, after: { vcpu: '50' } },
    ]);
    expect(refusals).toEqual([]);
  });

  it('lets a pool be cut to exactly what is granted and held, and refuses a millicore less', () => {
    const to = (vcpu: string) => impact({ after: [sized(AMD, { vcpu, memory: '400Gi' }), ARM] });
    expect(to('74').refusals).toEqual([]);
    expect(to('74').pools[0]?.change).toBe('shrunk');
    expect(to('73999m').refusals).toEqual([
      { pool: 'extranet-amd64', code: 'E_POOL_SHRUNK', short: { vcpu: '1m' } },
    ]);
  });

  it('lets an overdrawn pool get a part of what it lacks, but not lose more', () => {
    const before = [used(AMD, { vcpu: '120' }), ARM];
    expect(impact({ before, after: [sized(AMD, { vcpu: '110', memory: '400Gi' }), ARM] }).refusals).toEqual(
      [],
    );
    expect(
      impact({ before, after: [sized(AMD, { vcpu: '99', memory: '400Gi' }), ARM] }).refusals,
    ).toHaveLength(1);
  });

  it('takes the books where they are ahead of the object', () => {
    const books = [{ pool: 'extranet-amd64', posted: amounts('80'), pending: amounts('0') }];
    const { pools, refusals } = impact({ books, after: [sized(AMD, { vcpu: '90', memory: '400Gi' }), ARM] });
    expect(pools[0]).toMatchObject({ posted: { vcpu: '80' }, pending: { vcpu: '4' } });
    expect(refusals[0]?.short).toEqual({ vcpu: '4' });
  });

  it('names whom a removed pool would hit: organisations, their allocations and holds', () => {
    const standing = allocation({}, { state: 'InUse' });
    const gone = allocation({}, { state: 'Reclaimed' }, { name: 'gone' });
    const elsewhere = allocation({ pool: 'extranet-arm64' }, { state: 'InUse' }, { name: 'elsewhere' });
    const found = impact({
      after: [ARM],
      allocations: [standing, gone, elsewhere],
      holds: [hold('extranet-amd64', '4', 'gov-shanwei'), hold('extranet-arm64', '1')],
    });
    expect(found.refusals).toEqual([{ pool: 'extranet-amd64', code: 'E_IN_USE', short: { vcpu: '64' } }]);
    expect(found.organizations).toEqual([
      {
        organization: 'luhe',
        allocations: [
          {
            name: 'req-1-web',
            pool: 'extranet-amd64',
            system: 'portal',
            item: 'vm',
            consumes: { vcpu: '8', memory: '16Gi', ssd: '200Gi' },
          },
        ],
        holds: [],
      },
      {
        organization: 'shanwei',
        allocations: [],
        holds: [
          { request: 'req-1', serial: 'ZY-2026-000001', pool: 'extranet-amd64', pending: { vcpu: '4' } },
        ],
      },
    ]);
  });

  it('hits nobody where a cut leaves enough', () => {
    const { organizations } = impact({
      after: [sized(AMD, { vcpu: '80', memory: '400Gi' }), ARM],
      allocations: [allocation({}, { state: 'InUse' })],
    });
    expect(organizations).toEqual([]);
  });

  it('names the requests that could go on, by the operator’s own quote', () => {
    const base = quotePicture();
    const [here] = base.pools.filter(({ metadata }) => metadata.name === 'extranet-amd64') as [CapacityPool];
    const small = { ...here, spec: { ...here.spec, total: { vcpu: '4', memory: '4000Gi', ssd: '100Ti' } } };
    const arm = base.pools.filter((it) => it !== here);
    const waiting = quotePicture({
      request: request({ arch: 'amd64' }, {}),
      pools: [small, ...arm],
      balances: balancesWith(balances(poolScope(here), small.spec.total)),
    });
    const grown = { ...small, spec: { ...small.spec, total: { ...small.spec.total, vcpu: '8' } } };
    const found = (after: CapacityPool) =>
      impact({ before: [small, ...arm], after: [after, ...arm], waiting: [waiting] }).unblocked;
    expect(found(small)).toEqual([]);
    // What fits as things are waits for something else.
    const room = balancesWith(balances(poolScope(here), grown.spec.total));
    const pools = [grown, ...arm];
    const fits = { ...waiting, pools, balances: room };
    expect(impact({ before: pools, after: pools, waiting: [fits] }).unblocked).toEqual([]);
    expect(found(grown)).toEqual([{ namespace: 'gov-luhe', request: 'req-1', pool: 'extranet-amd64' }]);
  });

  it('lets an overcommitted pool shrink by no more than it may grant today', () => {
    const policies = [{ from: '2026-01-01', overcommitPercent: { vcpu: 200 }, basis: '假设' }];
    const overcommitted = { ...AMD, spec: { ...AMD.spec, policies } };
    const before = {
      ...used(overcommitted, { vcpu: '120' }),
      metadata: { ...AMD.metadata, generation: 3 },
    };
    const at = (vcpu: string, hard: string, observedGeneration = 3) =>
      impact({
        before: [{ ...before, status: { ...before.status, hard: { vcpu: hard }, observedGeneration } }],
        after: [sized(overcommitted, { vcpu })],
      });
    // 100 vCPU twice, less the reserve of 10.
    expect(at('30', '190').refusals).toEqual([]);
    expect(at('29', '190').refusals).toMatchObject([{ code: 'E_POOL_SHRUNK', short: { vcpu: '1' } }]);
    expect(at('99', '190', 2).refusals).toMatchObject([{ code: 'E_POOL_SHRUNK', short: { vcpu: '31' } }]);
    expect(at('99', '190').pools).toMatchObject([
      { hard: { before: { vcpu: '190' }, after: { vcpu: '188' } }, free: { after: { vcpu: '68' } } },
    ]);
  });

  it('refuses exactly what the rule of pools refuses', () => {
    const size = fc.integer({ min: 0, max: 200 });
    fc.assert(
      fc.property(size, size, size, size, size, (was, will, reserve, posted, pending) => {
        const before = used(
          { ...AMD, spec: { ...AMD.spec, total: { vcpu: `${was}` }, reserve: {} } },
          { vcpu: `${posted}` },
          { vcpu: `${pending}` },
        );
        const after = {
          ...AMD,
          spec: { ...AMD.spec, total: { vcpu: `${will}` }, reserve: { vcpu: `${reserve}` } },
        };
        const refused = !(will - reserve >= posted + pending || will - reserve >= was);
        const found = impact({ before: [before], after: [after] }).refusals;
        expect(found.length > 0).toBe(refused);
        if (refused) {
          expect(ResourceVector.parse(found[0]?.short ?? {}).get('vcpu').value).toBe(
            BigInt(posted + pending - will + reserve) * 1000n,
          );
        }
      }),
      SEEDED,
    );
  });
});
