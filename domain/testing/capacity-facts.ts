import type { ReportBody, ReportRow } from '../../api/reports/report.ts';
import type {
  CapacityPool,
  InformationSystem,
  MemberCluster,
  Organization,
} from '../../api/v1alpha1/index.ts';
import { Amount, GIB, type Resource, unitOf } from '../quantity.ts';
import type { AccountKey, Balance } from '../quota/fit.ts';
import type { CapacityFacts } from '../report/capacity-facts.ts';
import { endOfDay } from '../calendar.ts';
import type { Holding } from '../report/holdings.ts';
import { DAY_STEPS } from '../usage/day.ts';

/** A small city's capacity on 30 June 2026, for tests of what reports make of it. */

const API = { apiVersion: 'govcloud.dev/v1alpha1' } as const;

function organization(
  name: string,
  type: 'city' | 'department',
  ...parents: [string, string][]
): Organization {
  return {
    ...API,
    kind: 'Organization',
    metadata: { name },
    spec: {
      name: { zh: `${name}局`, en: name },
      type,
      parents: parents.map(([code, from]) => ({ code, from })),
      budgetUnit: true,
    },
  };
}

function pool(name: string, arch: 'amd64' | 'arm64', vcpu: string, reserve = '0'): CapacityPool {
  return {
    ...API,
    kind: 'CapacityPool',
    metadata: { name },
    spec: {
      title: { zh: name },
      zone: 'extranet',
      arch,
      cpuSeries: 'x',
      xinchuang: arch === 'arm64',
      cluster: 'extranet',
      total: { vcpu, memory: '100Gi' },
      reserve: { vcpu: reserve },
    },
  };
}

const amount = (resource: Resource, value: bigint) => Amount.of(unitOf(resource), value);

export function balance(account: AccountKey, hard: bigint, posted: bigint, pending = 0n): Balance {
  const { resource } = account;
  return {
    account,
    hard: amount(resource, hard),
    posted: amount(resource, posted),
    pending: amount(resource, pending),
  };
}

export const poolAccount = (holder: string, arch: string, resource: Resource): AccountKey => ({
  holderKind: 'pool',
  holder,
  zone: 'extranet',
  arch,
  resource,
});
const cityAccount = (holder: string, resource: Resource): AccountKey => ({
  holderKind: 'organisation',
  holder,
  zone: '*',
  arch: '*',
  resource,
});

export function holding(it: Partial<Holding>): Holding {
  return {
    hold: '1',
    organization: 'health',
    system: 'portal',
    serial: 'ZY-2026-000001',
    target: null,
    giver: null,
    lines: [{ name: 'web', consumes: { vcpu: '10' } }],
    grantedAt: new Date('2026-06-01T00:00:00Z'),
    pool: 'a',
    zone: 'extranet',
    arch: 'amd64',
    resource: 'vcpu',
    posted: 10_000n,
    pending: 0n,
    postedBefore: 0n,
    ...it,
  };
}

export const limits = new Map(
  ['pool/a/extranet/amd64', 'pool/b/extranet/arm64', 'organisation/city/*/*'].map((path) => [
    path,
    { first: new Date('2026-01-01T00:00:00Z'), last: new Date('2026-01-01T00:00:00Z') },
  ]),
);

export const facts: CapacityFacts = {
  asOf: endOfDay('2026-06-30').toISOString(),
  madeAt: '2026-07-01T00:00:00.000Z',
  before: endOfDay('2026-05-30').toISOString(),
  first: '2026-01-01T00:00:00.000Z',
  balances: [
    balance(poolAccount('a', 'amd64', 'vcpu'), 90_000n, 10_000n, 5000n),
    balance(poolAccount('a', 'amd64', 'memory'), 100n * GIB, 0n),
    balance(poolAccount('b', 'arm64', 'vcpu'), 20_000n, 0n),
    balance(cityAccount('city', 'vcpu'), 50_000n, 10_000n, 5000n),
    balance(cityAccount('health', 'vcpu'), 0n, 10_000n, 5000n),
  ],
  balancesBefore: [
    balance(poolAccount('a', 'amd64', 'vcpu'), 90_000n, 4000n),
    balance(cityAccount('city', 'vcpu'), 50_000n, 4000n),
  ],
  limits,
  soft: new Map(),
  use: {
    period: { from: '2026-06-01', to: '2026-06-30' },
    pools: [
      { pool: 'a', resource: 'cpu', p95: 3000n, seen: 10_000n * 30n * BigInt(DAY_STEPS) },
      { pool: 'gone', resource: 'cpu', p95: 1n, seen: 1n },
    ],
  },
  holdings: [
    holding({}),
    holding({
      hold: '2',
      organization: 'tax',
      system: 'filing',
      serial: null,
      lines: null,
      grantedAt: null,
      posted: 30_000n,
      postedBefore: 31_000n,
    }),
    holding({ hold: '3', posted: 0n, pending: 5000n, grantedAt: null, serial: 'ZY-2026-000002' }),
  ],
  accepted: new Map(),
  daily: [{ pool: 'a', resource: 'vcpu', day: '2026-06-01', amount: 10_000n }],
  organizations: new Map(
    [
      organization('city', 'city'),
      organization('health', 'department', ['city', '2020-01-01']),
      organization('tax', 'department', ['county', '2020-01-01'], ['city', '2026-06-10']),
    ].map((it) => [it.metadata.name, it]),
  ),
  pools: new Map(
    [pool('a', 'amd64', '100', '10'), pool('b', 'arm64', '20')].map((it) => [it.metadata.name, it]),
  ),
  clusters: [
    { spec: { zone: 'extranet', zoneTitle: { zh: '政务外网区', en: 'Extranet' } } } as MemberCluster,
  ],
  systems: [
    {
      metadata: { name: 'portal', namespace: 'gov-health' },
      spec: { name: { zh: '门户' } },
    } as InformationSystem,
  ],
};

export const section = (report: ReportBody, key: string) => {
  const found = report.sections.find((it) => it.key === key);
  if (!found) throw new Error(`no section ${key}`);
  return found;
};
export const pick = (row: ReportRow | undefined, ...keys: string[]) => keys.map((key) => row?.[key]);
