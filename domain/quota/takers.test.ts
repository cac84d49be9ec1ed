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
    decisions: [],
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

it('a request that gave several things is told by itself', () => {
  expect(told(LUHE, [hold('1', { posted: '4' })], [made('vm', '1'), made('db', '1')])).toEqual([
    'req-1 ZY-2026-1 4 2027-06-30',
  ]);
});

it('rows of opening stock, which share their file, are told each by its allocation', () => {
  const row = (generation: number, posted: string): Hold => {
    const { requestName: _, ...stock } = hold(
      'file',
      { posted },
      { generation, serial: '', expiresAt: null },
    );
    return { ...stock, metadata: { name: String(generation) } };
  };
  const stock = (generation: number): Allocation => {
    const it = made(`stock-${generation}`);
    return { ...it, spec: { ...it.spec, request: { ...it.spec.request, uid: 'file', generation } } };
  };
  const holds = [row(2, '3'), row(3, '5'), row(4, '1')];
  expect(told(LUHE, holds, [stock(2), stock(3)])).toEqual([
    'stock-3 undefined 5 2027-06-30',
    'stock-2 undefined 3 2027-06-30',
    ' undefined 1 undefined',
  ]);
  expect(takersOf(LUHE, holds, [stock(2), stock(3)])[0]?.namespace).toBe('gov-luhe');
});

it('counts what stands on that very account', () => {
  const pool = { holderKind: 'pool', holder: 'extranet-amd64', zone: 'extranet', arch: 'amd64' } as const;
  expect(told({ ...pool, resource: 'vcpu' }, [hold('1', { posted: '4' })], [])).toHaveLength(1);
  expect(told({ ...pool, resource: 'memory' }, [hold('1', { posted: '4' })], [])).toEqual([]);
  expect(told({ ...LUHE, zone: 'extranet' }, [hold('1', { posted: '4' })], [])).toEqual([]);
  expect(told({ ...LUHE, holder: 'haifeng' }, [hold('1', { posted: '4' })], [])).toEqual([]);
});
