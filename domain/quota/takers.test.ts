import { expect, it } from 'vitest';
import type { Hold } from '../../api/reports/index.ts';
import type { Allocation } from '../../api/v1alpha1/index.ts';
import { formatQuantity } from '../quantity.ts';
import { allocation } from '../testing/requests.ts';
import type { AccountKey } from './fit.ts';
import { takersOf } from './takers.ts';

const LUHE: AccountKey = {
  holderKind: 'organisation',
  holder: 'luhe',
  zone: '*',
  arch: '*',
  resource: 'vcpu',
};
const NOTHING = { vcpu: '0', memory: '0', ssd: '0', hdd: '0' };

function hold(
  requestUid: string,
  cores: { pending?: string; posted?: string },
  more: Partial<Hold> = {},
): Hold {
  const taken = {
    pending: { ...NOTHING, vcpu: cores.pending ?? '0' },
    posted: { ...NOTHING, vcpu: cores.posted ?? '0' },
  };
  return {
    metadata: { name: requestUid, namespace: 'gov-luhe' },
    requestUid,
    requestName: `req-${requestUid}`,
    serial: `ZY-2026-${requestUid}`,
    generation: 1,
    attempt: 1,
    state: 'posted',
    ticket: '',
    expiresAt: '2026-12-24T00:00:00.000Z',
    createdAt: '2026-11-24T00:00:00.000Z',
    accounts: [
      { holderKind: 'organisation', holder: 'luhe', zone: '*', arch: '*', ...taken },
      { holderKind: 'pool', holder: 'extranet-amd64', zone: 'extranet', arch: 'amd64', ...taken },
    ],
    document: {},
    ...more,
  };
}

function made(name: string, ...requests: readonly string[]): Allocation {
  const it = allocation();
  const changes = requests.map((request) => ({
    ...(it.spec.changes[0] as (typeof it.spec.changes)[number]),
    request,
  }));
  return {
    ...it,
    metadata: { ...it.metadata, name, uid: `uid-${name}` },
    spec: { ...it.spec, changes, until: '2027-06-30' },
  };
}

const told = (...takers: Parameters<typeof takersOf>) =>
  takersOf(...takers).map(
    ({ name, serial, amount, lapsesAt, until }) =>
      `${name} ${serial} ${formatQuantity('vcpu', amount)} ${lapsesAt ?? until}`,
  );

it('tells the most first: of what is granted the end of its term, of what is held when it lapses', () => {
  const holds = [hold('1', { posted: '4' }), hold('2', { pending: '16' }), hold('3', {})];
  expect(told(LUHE, holds, [made('vm', '1')])).toEqual([
    'req-2 ZY-2026-2 16 2026-12-24T00:00:00.000Z',
    'vm ZY-2026-1 4 2027-06-30',
  ]);
});

it('an allocation that was resized stands once, and a resize under review beside it', () => {
  const holds = [hold('1', { posted: '4' }), hold('2', { posted: '2' }), hold('3', { pending: '1' })];
  expect(told(LUHE, holds, [made('vm', '1', '2')])).toEqual([
    'vm ZY-2026-1 6 2027-06-30',
    'req-3 ZY-2026-3 1 2026-12-24T00:00:00.000Z',
  ]);
});

it('a request that gave several things is told by itself, and opening stock without a request', () => {
  const { requestName: _, serial: __, ...stock } = hold('2', { posted: '3' }, { expiresAt: null });
  const holds = [hold('1', { posted: '4' }), stock];
  expect(told(LUHE, holds, [made('vm', '1'), made('db', '1')])).toEqual([
    'req-1 ZY-2026-1 4 2027-06-30',
    ' undefined 3 undefined',
  ]);
});

it('counts what stands on that very account', () => {
  const pool = { holderKind: 'pool', holder: 'extranet-amd64', zone: 'extranet', arch: 'amd64' } as const;
  expect(told({ ...pool, resource: 'vcpu' }, [hold('1', { posted: '4' })], [])).toHaveLength(1);
  expect(told({ ...pool, resource: 'memory' }, [hold('1', { posted: '4' })], [])).toEqual([]);
  expect(told({ ...LUHE, zone: 'extranet' }, [hold('1', { posted: '4' })], [])).toEqual([]);
  expect(told({ ...LUHE, holder: 'haifeng' }, [hold('1', { posted: '4' })], [])).toEqual([]);
});
