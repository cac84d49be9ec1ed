import { describe, expect, it } from 'vitest';
import type { Allocation, RequestPhase, ResourceRequest, StockImport } from '../../api/v1alpha1/index.ts';
import type { Canonical } from '../canonical.ts';
import { type BooksPicture, type HeldRow, type HubPicture, planDigest, planRepair } from './plan.ts';

const NS = 'gov-441523';
const SM3 = 'a'.repeat(64);

const spec = (more: object = {}) => ({ submission: 1, lines: [{ name: 'vm' }], ...more });

function request(
  uid: string,
  phase: RequestPhase,
  more: { generation?: number; spec?: object; status?: object } = {},
) {
  return {
    metadata: { uid, name: `req-${uid}`, namespace: NS, generation: more.generation ?? 1 },
    spec: more.spec ?? spec(),
    status: { phase, serial: `ZY-2026-00000${uid}`, ...more.status },
  } as unknown as ResourceRequest;
}

function allocation(
  name: string,
  changes: readonly string[],
  more: { state?: string; origin?: [string, number] } = {},
) {
  const [uid = changes[0] ?? '', generation = 1] = more.origin ?? [];
  return {
    metadata: { name, namespace: NS },
    spec: {
      request: { uid, generation },
      changes: changes.map((of) => ({ request: of, generation: 1, serial: `ZY-2026-00000${of}` })),
    },
    status: { state: more.state ?? 'InUse' },
  } as unknown as Allocation;
}

let ids = 0;
function hold(uid: string, state: HeldRow['state'], more: Partial<HeldRow> = {}): HeldRow {
  ids += 1;
  const { generation = 1, origin = { requestUid: uid, generation: 1 } } = more;
  const of = { namespace: NS, name: `req-${uid}`, serial: `ZY-2026-00000${uid}` };
  const document = { request: of, spec: spec() } as unknown as Canonical;
  return { id: String(ids), requestUid: uid, attempt: 1, state, document, ...more, generation, origin };
}

const changing = (uid: string, state: HeldRow['state'], target: string, origin: string) =>
  hold(uid, state, {
    origin: { requestUid: origin, generation: 1 },
    document: {
      request: { namespace: NS, name: `req-${uid}`, serial: `ZY-2026-00000${uid}` },
      spec: { lines: [], target: { allocation: target } },
    },
  });

/** A raise that is posted; the quota was of this generation by then. */
const raising = (uid: string, generation: number) =>
  hold(uid, 'posted', {
    document: {
      request: { namespace: NS, name: `req-${uid}`, serial: `ZY-2026-00000${uid}` },
      spec: { lines: [], target: null },
    },
    raises: { uid: 'q', generation },
  });

const quotaAt = (generation: number, ...grants: readonly string[]) => ({
  limits: [{ object: 'ns/q', uid: 'q', generation, scope: 'organisation/o/*/*', grants }],
});
const limitAt = (generation: number) => [{ scope: 'organisation/o/*/*', uid: 'q', generation }];
/** What county `1` had and bureau `wjj` was handed by request 2. */
const GIVEN = 'zy-2026-000001-vm';
const handed = (state: HeldRow['state']) =>
  hold('2', state, {
    document: {
      request: { namespace: 'gov-wjj', name: 'req-2', serial: 'ZY-2026-000002' },
      spec: { lines: [], target: { allocation: GIVEN, organization: '441523' } },
    },
  });
const left = () => {
  const it = allocation(GIVEN, ['1', '2'], { state: 'Transferred' });
  return { ...it, spec: { ...it.spec, transferred: { organization: 'wjj', on: '2026-11-24' } } };
};
const come = (changes = ['2']) => {
  const it = allocation(GIVEN, changes, { origin: ['2', 1] });
  return { ...it, metadata: { ...it.metadata, namespace: 'gov-wjj' } };
};

const copy = (position: number, reviewer = 'initial-reviewer') => ({
  position,
  ticket: 't',
  step: 'initial' as const,
  reviewer,
  verdict: 'approve' as const,
});
const decided = (reviewer = 'initial-reviewer') => {
  const { position: _, ...decision } = copy(0, reviewer);
  return { decisions: [decision] };
};

function plan(hub: Partial<HubPicture>, books: Partial<BooksPicture>) {
  const whole: HubPicture = { requests: [], allocations: [], limits: [], imports: [], ...hub };
  const numbers = [
    ...whole.requests.map(({ metadata, status }) => [metadata.uid ?? '', status?.serial ?? ''] as const),
    ...whole.allocations.flatMap((it) => it.spec.changes.map((of) => [of.request, of.serial] as const)),
  ];
  return planRepair(whole, {
    holds: [],
    generations: new Map(),
    copies: new Map(),
    setters: [],
    serials: new Map(numbers),
    closed: new Set(),
    ...books,
  }).map(({ action, object, difference }) => `${action} ${object} ${difference.code}`);
}

describe('hub and books that agree', () => {
  const agreeing: readonly { name: string; hub: Partial<HubPicture>; books: Partial<BooksPicture> }[] = [
    { name: 'nothing at all', hub: {}, books: {} },
    {
      name: 'a request in review, held and decided on once',
      hub: { requests: [request('1', 'InReview', { status: decided() })] },
      books: {
        holds: [hold('1', 'pending')],
        copies: new Map([['1', [copy(0)]]]),
        generations: new Map([['1', 1]]),
      },
    },
    {
      name: 'a decision that the books have not copied yet',
      hub: { requests: [request('1', 'InReview', { status: decided() })] },
      books: { holds: [hold('1', 'pending')] },
    },
    {
      name: 'an edit that is not held yet',
      hub: { requests: [request('1', 'InReview', { generation: 2, spec: spec({ reason: 'more' }) })] },
      books: { holds: [hold('1', 'pending')], generations: new Map([['1', 1]]) },
    },
    {
      name: 'a crash between posting and granting',
      hub: { requests: [request('1', 'Granting')] },
      books: { holds: [hold('1', 'posted')] },
    },
    {
      name: 'a crash between posting a change and making it',
      hub: { requests: [request('2', 'Granting')], allocations: [allocation('zy-2026-000001-vm', ['1'])] },
      books: { holds: [hold('1', 'posted'), changing('2', 'posted', 'zy-2026-000001-vm', '1')] },
    },
    {
      name: 'what was granted, changed and whose requests are long gone',
      hub: { allocations: [allocation('zy-2026-000001-vm', ['1', '2'])] },
      books: { holds: [hold('1', 'posted'), changing('2', 'posted', 'zy-2026-000001-vm', '1')] },
    },
    {
      name: 'what was handed over',
      hub: { allocations: [left(), come()] },
      books: { holds: [hold('1', 'credited'), handed('posted')] },
    },
    {
      name: 'a crash in the middle of a transfer',
      hub: { requests: [request('2', 'Granting')], allocations: [left()] },
      books: { holds: [hold('1', 'credited'), handed('posted')] },
    },
    {
      name: 'what was handed over and given back, and is there no more',
      hub: { allocations: [left()] },
      books: { holds: [hold('1', 'credited'), handed('credited')] },
    },
    {
      name: 'what was given back',
      hub: { allocations: [allocation('zy-2026-000001-vm', ['1', '2'], { state: 'Reclaimed' })] },
      books: { holds: [hold('1', 'credited'), changing('2', 'posted', 'zy-2026-000001-vm', '1')] },
    },
    {
      name: 'what was given back and is not in the hub any more',
      hub: {},
      books: { holds: [hold('1', 'credited'), changing('2', 'posted', 'zy-2026-000001-vm', '1')] },
    },
    {
      name: 'opening stock, and a row that is being opened',
      hub: {
        allocations: [allocation('stock-1', [], { origin: [SM3, 2] })],
        imports: [{ spec: { file: { sm3: SM3 } }, status: { state: 'Approved' } } as unknown as StockImport],
      },
      books: { holds: [2, 3].map((row) => hold(SM3, 'posted', { generation: row, document: { row } })) },
    },
    {
      name: 'limits as they are, one raised since, and one that another object sets now',
      hub: {
        limits: [
          { object: 'pool', uid: 'p', generation: 2, scope: 'pool/p/z/a', grants: [] },
          { object: 'ns/q', uid: 'q2', generation: 1, scope: 'organisation/o/*/*', grants: [] },
        ],
      },
      books: {
        setters: [
          { scope: 'pool/p/z/a', uid: 'p', generation: 1 },
          { scope: 'organisation/o/*/*', uid: 'q1', generation: 4 },
        ],
      },
    },
    {
      name: 'a raise that its giver took away again, whose request is long gone',
      hub: quotaAt(7),
      books: { holds: [raising('1', 3)], setters: limitAt(7) },
    },
    {
      name: 'a raise that is posted and not given yet',
      hub: { ...quotaAt(3), requests: [request('1', 'Granting')] },
      books: { holds: [raising('1', 3)], setters: limitAt(3) },
    },
    {
      name: 'a request that was withdrawn',
      hub: { requests: [request('1', 'Withdrawn')] },
      books: { closed: new Set(['1']), copies: new Map([['1', [copy(0)]]]) },
    },
  ];

  it.each(agreeing)('need nothing: $name', ({ hub, books }) => {
    expect(plan(hub, books)).toEqual([]);
  });
});

describe('a hub that was set back', () => {
  it.each([
    {
      name: 'a decision is lost',
      hub: { requests: [request('1', 'InReview')] },
      books: { holds: [hold('1', 'pending')], copies: new Map([['1', [copy(0)]]]) },
      want: [`CloseRequest ${NS}/req-1 E_APART_DECISIONS`],
    },
    {
      name: 'another decided in its place',
      hub: { requests: [request('1', 'InReview', { status: decided('initial-reviewer-2') })] },
      books: { holds: [hold('1', 'pending')], copies: new Map([['1', [copy(0)]]]) },
      want: [`CloseRequest ${NS}/req-1 E_APART_DECISIONS`],
    },
    {
      name: 'an edit is lost',
      hub: { requests: [request('1', 'InReview')] },
      books: { holds: [hold('1', 'pending', { generation: 2 })], generations: new Map([['1', 2]]) },
      want: [`CloseRequest ${NS}/req-1 E_APART_CONTENT`],
    },
    {
      name: 'another edit has its number',
      hub: { requests: [request('1', 'InReview', { spec: spec({ reason: 'other' }) })] },
      books: { holds: [hold('1', 'pending')], generations: new Map([['1', 1]]) },
      want: [`CloseRequest ${NS}/req-1 E_APART_CONTENT`],
    },
    {
      name: 'a withdrawal is lost',
      hub: { requests: [request('1', 'InReview')] },
      books: { closed: new Set(['1']) },
      want: [`CloseRequest ${NS}/req-1 E_APART_CLOSED`],
    },
    {
      name: 'a request is lost',
      hub: {},
      books: { holds: [hold('1', 'pending')] },
      want: ['CloseRequest ZY-2026-000001 E_APART_HOLD'],
    },
    {
      name: 'a grant is lost, its request there or not',
      hub: { requests: [request('1', 'InReview', { status: decided('initial-reviewer-2') })] },
      books: { holds: [hold('1', 'posted'), hold('2', 'posted')], copies: new Map([['1', [copy(0)]]]) },
      want: [
        'RestoreAllocation ZY-2026-000001 E_APART_GRANT',
        'RestoreAllocation ZY-2026-000002 E_APART_GRANT',
      ],
    },
    {
      name: 'a grant and its change are lost, in the order of their posting',
      hub: {},
      books: { holds: [hold('1', 'posted'), changing('2', 'posted', 'zy-2026-000001-vm', '1')] },
      want: [
        'RestoreAllocation ZY-2026-000001 E_APART_GRANT',
        'RestoreAllocation ZY-2026-000002 E_APART_GRANT',
      ],
    },
    {
      name: 'a release is lost: what is credited must not be given again',
      hub: { allocations: [allocation('zy-2026-000001-vm', ['1'])] },
      books: { holds: [hold('1', 'credited'), changing('2', 'posted', 'zy-2026-000001-vm', '1')] },
      want: ['RestoreAllocation ZY-2026-000002 E_APART_GRANT'],
    },
    {
      name: 'a row of stock is lost with its import',
      hub: {},
      books: { holds: [hold(SM3, 'posted', { generation: 2, document: { row: 2 } })] },
      want: ['RestoreAllocation aaaaaaaaaaaa/2 E_APART_GRANT'],
    },
    {
      name: 'a pool was shrunk back, a quota is lost',
      hub: { limits: [{ object: 'pool', uid: 'p', generation: 2, scope: 'pool/p/z/a', grants: [] }] },
      books: {
        setters: [
          { scope: 'pool/p/z/a', uid: 'p', generation: 3 },
          { scope: 'organisation/o/*/*', uid: 'q', generation: 1 },
        ],
      },
      want: ['AdoptLimit pool E_APART_LIMIT', 'ClearLimit organisation/o/*/* E_APART_LIMIT_GONE'],
    },
    {
      name: 'raises of a quota are lost, one is there and one comes back with its request',
      hub: { ...quotaAt(3, 'zy-2026-000001'), requests: [request('4', 'InReview')] },
      books: {
        holds: [raising('1', 2), raising('2', 3), raising('3', 4), raising('4', 5)],
        setters: limitAt(6),
      },
      want: [
        'RestoreRaise ZY-2026-000002 E_APART_RAISE',
        'RestoreRaise ZY-2026-000003 E_APART_RAISE',
        'AdoptLimit ns/q E_APART_LIMIT',
      ],
    },
    {
      name: 'a quota, after its giver took a raise away again',
      hub: quotaAt(6),
      books: { holds: [raising('1', 3)], setters: limitAt(8) },
      want: ['AdoptLimit ns/q E_APART_LIMIT'],
    },
  ] satisfies { name: string; hub: Partial<HubPicture>; books: Partial<BooksPicture>; want: string[] }[])(
    'differs: $name',
    ({ hub, books, want }) => {
      expect(plan(hub, books)).toEqual(want);
    },
  );
});

describe('books that were set back', () => {
  it.each([
    {
      name: 'a grant is lost, held or not',
      hub: { allocations: [allocation('one', ['1']), allocation('two', ['2'])] },
      books: { holds: [hold('1', 'pending')] },
      want: [`EnterAllocation ${NS}/one E_APART_UNPOSTED`, `EnterAllocation ${NS}/two E_APART_UNPOSTED`],
    },
    {
      name: 'a change is lost',
      hub: { allocations: [allocation('zy-2026-000001-vm', ['1', '2'])] },
      books: { holds: [hold('1', 'posted')] },
      want: [`EnterAllocation ${NS}/zy-2026-000001-vm E_APART_UNPOSTED`],
    },
    {
      name: 'a row of stock is lost',
      hub: { allocations: [allocation('stock-1', [], { origin: [SM3, 2] })] },
      books: {},
      want: [`EnterAllocation ${NS}/stock-1 E_APART_UNPOSTED`],
    },
    {
      name: 'what was given back needs no entry, its number does',
      hub: { allocations: [allocation('one', ['1'], { state: 'Reclaimed' })] },
      books: { serials: new Map() },
      want: ['EnterSerial ZY-2026-000001 E_APART_SERIAL'],
    },
    {
      name: 'numbers are entered in their order',
      hub: { requests: [request('2', 'InReview'), request('1', 'InReview')] },
      books: { serials: new Map() },
      want: ['EnterSerial ZY-2026-000001 E_APART_SERIAL', 'EnterSerial ZY-2026-000002 E_APART_SERIAL'],
    },
  ] satisfies { name: string; hub: Partial<HubPicture>; books: Partial<BooksPicture>; want: string[] }[])(
    'differ: $name',
    ({ hub, books, want }) => {
      // A hold of a request that the hub does not have is told of beside it.
      expect(plan(hub, books).filter((it) => !it.startsWith('CloseRequest'))).toEqual(want);
    },
  );
});

it('gives another digest to another plan', () => {
  const hub: HubPicture = { requests: [], allocations: [], limits: [], imports: [] };
  const books: BooksPicture = {
    holds: [],
    generations: new Map(),
    copies: new Map(),
    setters: [{ scope: 'pool/p/z/a', uid: 'p', generation: 3 }],
    serials: new Map(),
    closed: new Set(),
  };
  const one = planRepair(hub, books);
  const other = planRepair(hub, { ...books, setters: [{ scope: 'pool/p/z/a', uid: 'p', generation: 4 }] });
  expect(planDigest(one)).toBe(planDigest(planRepair(hub, books)));
  expect(planDigest(other)).not.toBe(planDigest(one));
});

describe('a transfer that the hub has forgotten', () => {
  const RESTORE = ['RestoreAllocation ZY-2026-000002 E_APART_GRANT'];
  const books = (state: HeldRow['state']) => ({ holds: [hold('1', 'credited'), handed(state)] });

  it('is written again on both sides, or on the one that lacks it', () => {
    expect(plan({ allocations: [allocation(GIVEN, ['1'])] }, books('posted'))).toEqual(RESTORE);
    expect(plan({ allocations: [left()] }, books('posted'))).toEqual(RESTORE);
    expect(plan({ allocations: [allocation(GIVEN, ['1']), come()] }, books('posted'))).toEqual(RESTORE);
  });

  it('leaves with its giver but a record of what the receiver has given back since', () => {
    expect(plan({ allocations: [allocation(GIVEN, ['1'])] }, books('credited'))).toEqual(RESTORE);
  });

  it('is entered when the books have forgotten it', () => {
    expect(plan({ allocations: [left(), come()] }, { holds: [hold('1', 'posted')] })).toEqual([
      'EnterAllocation gov-wjj/zy-2026-000001-vm E_APART_UNPOSTED',
    ]);
  });
});
