import { describe, expect, it } from 'vitest';
import { changed, provisioned } from '../allocation/grant.ts';
import { itemVersion } from '../catalogue/item.ts';
import { ResourceVector } from '../quantity.ts';
import { sumByAccount } from '../quota/fit.ts';
import {
  balances,
  byName,
  cluster,
  frozen,
  machineItem,
  organizationScope,
  poolScope,
  project,
  system,
} from '../testing/city.ts';
import { allocation, balancesWith, change, quotePicture, request } from '../testing/requests.ts';
import { quoteRequest, type QuotePicture, reasonTexts } from './quote.ts';

const TARGET = allocation();
const TODAY = '2026-11-24';
const HELD = {
  type: 'LegalHold',
  status: 'True' as const,
  reason: 'OnHold',
  message: '',
  lastTransitionTime: '2026-11-24T00:00:00Z',
};

function granted(picture: QuotePicture) {
  const result = quoteRequest(frozen(picture));
  if (!result.ok) throw new Error(JSON.stringify(reasonTexts(result.reasons)));
  return result;
}

function codes(picture: QuotePicture) {
  const result = quoteRequest(frozen(picture));
  return result.ok ? [] : result.reasons.map(({ code }) => code);
}

const resized = (quantity: number, parameters = TARGET.spec.parameters) =>
  change('Resize', { lines: [{ name: 'web', item: 'vm', quantity, parameters }] });
const picture = (it: QuotePicture['request'], more: Partial<QuotePicture> = {}) =>
  quotePicture({ request: it, target: TARGET, ...more });

/** Every account full: nothing more can be had anywhere. */
const FULL = (() => {
  const exact = { vcpu: '8', memory: '16Gi', ssd: '200Gi' };
  const scopes = [
    ...['luhe', 'shanwei'].map((it) => organizationScope(it)),
    ...quotePicture().pools.map(poolScope),
  ];
  return balancesWith(...scopes.map((scope) => balances(scope, exact, { posted: exact })));
})();

describe('a resize', () => {
  it('holds the difference alone when it grows', () => {
    const { quote, demands } = granted(picture(resized(3)));
    expect(quote).toMatchObject({
      total: { vcpu: '12', memory: '24Gi', ssd: '300Gi' },
      change: { vcpu: '4', memory: '8Gi', ssd: '100Gi' },
      monthlyFen: 43200,
    });
    expect(sumByAccount(demands).get('pool/extranet-amd64/extranet/amd64/vcpu')?.amount.value).toBe(4000n);
  });

  it('holds nothing when it shrinks, and fits where everything is full', () => {
    const { quote, demands } = granted(picture(resized(1), { balances: FULL }));
    expect(demands).toEqual([]);
    expect(quote.change).toEqual({ vcpu: '-4', memory: '-8Gi', ssd: '-100Gi' });
  });

  it('holds what grows while other amounts shrink', () => {
    const { quote, demands } = granted(picture(resized(2, { vcpu: 6, memoryGiB: 4, diskGiB: 100 })));
    expect(quote.change).toEqual({ vcpu: '4', memory: '-8Gi' });
    expect(new Set(demands.map(({ account }) => account.resource))).toEqual(new Set(['vcpu']));
  });

  it('is reviewed by the flow of the whole, not of the difference', () => {
    expect(granted(picture(resized(8))).quote.flow).toBe('small');
    expect(granted(picture(resized(9))).quote.flow).toBe('large');
  });

  it('stays in its pool, and waits for its member rather than moving', () => {
    const full = balancesWith(balances(poolScope(quotePicture().pools[0] as never), { vcpu: '8' }));
    expect(codes(picture(resized(3), { balances: full }))).toContain('E_QUOTA_EXCEEDED');
    const down = byName([cluster('member-extranet', 'extranet', { ready: 'False' })]);
    expect(codes(picture(resized(3), { clusters: down }))).toEqual([]);
  });

  it.each<[string, Partial<QuotePicture>, string]>([
    ['an allocation that is not there', { target: undefined }, 'E_TARGET_UNKNOWN'],
    [
      'another allocation of the same name',
      { target: allocation({}, undefined, { uid: 'new' }) },
      'E_TARGET_UNKNOWN',
    ],
    ['an allocation of another system', { target: allocation({ system: 'other' }) }, 'E_TARGET_UNKNOWN'],
    ['what is released', { target: allocation({ released: true }) }, 'E_TARGET_RELEASED'],
    ['an older revision', { target: allocation({ revision: 2 }) }, 'E_TARGET_CHANGED'],
    ['what another request changes', { rival: 'req-2' }, 'E_TARGET_BUSY'],
    [
      'what is still shrinking',
      { target: allocation({ pendingCredit: { request: 'uid-2', generation: 1, amounts: { vcpu: '1' } } }) },
      'E_TARGET_BUSY',
    ],
    ['opening stock that nobody has looked at', { target: allocation({ adopted: true }) }, 'E_TARGET_UNSEEN'],
    ['what is on legal hold', { target: allocation({}, { conditions: [HELD] }) }, 'E_TARGET_HELD'],
    ['another item', { target: allocation({ item: 'db' }) }, 'E_TARGET_ITEM'],
  ])('refuses %s', (_, more, expected) => {
    expect(codes(picture(resized(3), more))).toContain(expected);
  });
});

describe('fewer units', () => {
  const told = (it: QuotePicture['request'], items = byName([machineItem()])) =>
    granted(picture(it, { items })).quote.warnings?.map(({ code }) => code);

  it('are told to erase the disks of the others, which days of retention do not keep', () => {
    expect(told(resized(1))).toEqual(['E_SHRINK_ERASES']);
    expect(told(resized(3))).toBeUndefined();
    const [, machine] = machineItem().spec.templates;
    const diskless = machineItem({ templates: machine ? [machine] : [], retainDays: 0 });
    expect(told(resized(1), byName([diskless]))).toBeUndefined();
  });
});

it('keeps no placement of what asks for nothing', () => {
  expect(granted(picture(resized(3)))).toHaveProperty('placement');
  for (const it of [resized(1), change('Release'), change('Renew')])
    expect(granted(picture(it, { balances: FULL }))).not.toHaveProperty('placement');
});

describe('a parameter that never changes', () => {
  const parameters = machineItem().spec.parameters.map((it) =>
    it.name === 'vcpu' ? { ...it, changeable: false } : it,
  );
  const items = byName([machineItem({ parameters })]);

  it('refuses a resize that changes it, larger or smaller, and no other', () => {
    for (const vcpu of [2, 8])
      expect(codes(picture(resized(2, { vcpu, memoryGiB: 8, diskGiB: 100 }), { items }))).toEqual([
        'E_PARAMETER_FIXED',
      ]);
    expect(codes(picture(resized(3), { items }))).toEqual([]);
    expect(codes(picture(resized(2, { vcpu: 4, memoryGiB: 16, diskGiB: 100 }), { items }))).toEqual([]);
  });
});

describe('a suspension and its end', () => {
  const runs = allocation({}, { state: 'InUse', suspendable: true });
  const still = allocation({ suspended: true }, { state: 'Suspended', suspendable: true });
  type Case = ['Suspend' | 'Resume' | 'Resize', Partial<QuotePicture>, string[]];

  it.each([
    ['Suspend', runs],
    ['Resume', still],
  ] as const)('%s asks nothing and keeps what is held and its price', (action, target) => {
    const { quote, demands } = granted(picture(change(action), { target, balances: FULL, items: new Map() }));
    expect(demands).toEqual([]);
    expect(quote).toMatchObject({
      change: {},
      total: TARGET.spec.consumes,
      monthlyFen: TARGET.spec.monthlyFen,
    });
  });

  it.each<Case>([
    ['Suspend', { target: allocation({}, { state: 'Expired', suspendable: true }) }, []],
    ['Suspend', { target: TARGET }, ['E_TARGET_STATE']],
    [
      'Suspend',
      { target: allocation({}, { state: 'PendingAcceptance', suspendable: true }) },
      ['E_TARGET_STATE'],
    ],
    ['Suspend', { target: still }, ['E_TARGET_STATE']],
    ['Suspend', { target: allocation({}, { state: 'InUse' }) }, ['E_TARGET_NOT_SUSPENDABLE']],
    // The word of the last change is out before the status has it.
    [
      'Suspend',
      { target: allocation({ suspended: true }, { state: 'InUse', suspendable: true }) },
      ['E_TARGET_NOT_SUSPENDABLE'],
    ],
    ['Resume', { target: runs }, ['E_TARGET_STATE']],
    ['Resume', { target: { ...still, spec: { ...still.spec, until: '2026-11-23' } } }, ['E_TARGET_EXPIRED']],
    ['Resume', { target: { ...still, spec: { ...still.spec, until: '2026-11-24' } } }, []],
    ['Resize', { target: still }, ['E_TARGET_SUSPENDED']],
    ['Resize', { target: allocation({}, { state: 'Suspended' }) }, ['E_TARGET_SUSPENDED']],
  ])('%s of %o: %j', (action, more, expected) => {
    expect(codes(picture(action === 'Resize' ? resized(3) : change(action), more))).toEqual(expected);
  });

  it('a suspension needs no project in force and no zone that carries its level; its end needs both', () => {
    const lapsed = project({ until: '2026-01-31' });
    expect(codes(picture(change('Suspend'), { target: runs, project: lapsed }))).toEqual([]);
    expect(codes(picture(change('Resume'), { target: still, project: lapsed }))).toEqual([
      'E_PROJECT_PERIOD',
    ]);
    const grown = { system: system(4) };
    expect(codes(picture(change('Suspend', { mlps: 4 }), { target: runs, ...grown }))).toEqual([]);
    expect(codes(picture(change('Resume', { mlps: 4 }), { target: still, ...grown }))).toContain(
      'E_POOL_MLPS',
    );
  });

  it('keeps the content, so that acceptance stands', () => {
    const { quote } = granted(picture(change('Suspend'), { target: runs }));
    const suspended = changed(runs.spec, heldFor(change('Suspend'), quote), TODAY);
    expect(suspended).toMatchObject({ revision: 2, contentRevision: 1, suspended: true });
    const resumed = changed(suspended, heldFor(change('Resume'), quote), TODAY);
    expect(resumed).toMatchObject({ revision: 3, contentRevision: 1 });
    expect(resumed).not.toHaveProperty('suspended');
  });
});

describe('a renewal', () => {
  it('asks nothing and changes nothing but the term', () => {
    const { quote, demands } = granted(picture(change('Renew'), { balances: FULL }));
    expect(demands).toEqual([]);
    expect(quote.change).toEqual({});
    expect(quote.monthlyFen).toBe(TARGET.spec.monthlyFen);
  });

  it('asks nothing more though the item of today measures and costs more: what stands keeps its version', () => {
    const heavier = machineItem({ consumes: { ...machineItem().spec.consumes, vcpu: 'params.vcpu * 2000' } });
    const dearer = machineItem({
      prices: [{ from: '2018-01-01', monthlyFen: '1000000', armFactorBasisPoints: 10_000 }],
    });
    expect(granted(picture(change('Renew'), { items: byName([heavier]) })).demands).toEqual([]);
    const { quote } = granted(picture(change('Renew'), { items: byName([dearer]) }));
    // What the quote says is what the grant writes.
    expect(changed(TARGET.spec, heldFor(change('Renew'), quote), TODAY)).toMatchObject({
      monthlyFen: quote.monthlyFen,
    });
  });

  it('does not fail on an item that left the catalogue', () => {
    expect(() => quoteRequest(picture(change('Renew'), { items: new Map() }))).not.toThrow();
  });

  it('refuses a term that is over', () => {
    expect(codes(picture(change('Renew', { until: '2026-11-24' })))).toEqual([
      'E_TERM_PAST',
      'E_TERM_NOT_LONGER',
    ]);
  });

  it('is longer than what stands, where that ends', () => {
    const renewed = (until: string, present?: string) =>
      codes(picture(change('Renew', { until }), { target: allocation({ until: present }) }));
    expect(renewed('2027-06-29', '2027-06-30')).toEqual(['E_TERM_NOT_LONGER']);
    expect(renewed('2027-06-30', '2027-06-30')).toEqual(['E_TERM_NOT_LONGER']);
    expect(renewed('2027-07-01', '2027-06-30')).toEqual([]);
    expect(renewed('2027-07-01')).toEqual([]);
  });
});

describe('a release', () => {
  it('asks nothing, costs nothing and gives everything back', () => {
    const { quote, demands } = granted(picture(change('Release'), { balances: FULL }));
    expect(demands).toEqual([]);
    expect(quote).toMatchObject({ total: {}, lines: [], monthlyFen: 0 });
    expect(quote.change).toEqual({ vcpu: '-8', memory: '-16Gi', ssd: '-200Gi' });
  });

  it('is reviewed by the flow of what stands', () => {
    expect(granted(picture(change('Release'))).quote.flow).toBe('small');
    const large = allocation({ consumes: { vcpu: '33' } });
    expect(granted(picture(change('Release'), { target: large })).quote.flow).toBe('large');
  });

  it('is taken though its project is over, its member is down and its item is gone', () => {
    const over = quotePicture().project as NonNullable<QuotePicture['project']>;
    const it = picture(change('Release'), {
      project: { ...over, spec: { ...over.spec, until: '2026-01-31' } },
      clusters: byName([cluster('member-extranet', 'extranet', { ready: 'False' })]),
      items: new Map(),
    });
    expect(codes(it)).toEqual([]);
  });

  it('is taken though the system’s level has risen above the zone’s', () => {
    expect(codes(picture(change('Release', { mlps: 4 }), { system: system(4) }))).toEqual([]);
  });
});

const heldFor = (
  it: QuotePicture['request'],
  quote: ReturnType<typeof granted>['quote'],
  serial = 'ZY-2026-000002',
) => ({
  request: { uid: it.metadata.uid ?? '', namespace: 'gov-luhe', name: it.metadata.name, serial },
  generation: 1,
  spec: it.spec,
  quote,
  round: 1,
});

describe('what is granted', () => {
  const { spec } = machineItem();
  const items = new Map([[itemVersion(spec), spec]]);

  it('is what was quoted, a line an allocation', () => {
    const { quote } = granted(quotePicture());
    const [made] = provisioned(heldFor(request(), quote), items, '2026-11-24');
    const { name, uid } = request().metadata;
    const by = { name, uid, serial: 'ZY-2026-000002', generation: 1 };
    const expected = allocation({
      itemVersion: itemVersion(spec),
      request: { ...by, uid: uid ?? '' },
      changes: [{ revision: 1, action: 'Provision', request: uid ?? '', generation: 1, serial: by.serial }],
    });
    expect(made?.spec).toEqual(expected.spec);
  });

  const nameOf = (name: string, lineName: string, serial: string) => {
    const line = request().spec.lines[0] as ReturnType<typeof request>['spec']['lines'][number];
    const it = request({ lines: [{ ...line, name: lineName }] }, { name });
    return provisioned(
      heldFor(it, granted(quotePicture({ request: it })).quote, serial),
      items,
      '2026-11-24',
    )[0]?.name;
  };

  it('never has one name for two: a request’s name and a line’s may both hold hyphens', () => {
    expect(nameOf('req-a', 'b-c', 'ZY-2026-000001')).not.toBe(nameOf('req-a-b', 'c', 'ZY-2026-000002'));
  });

  it('has a name that its kind allows, however long the request’s is', () => {
    expect(nameOf('r'.repeat(63), 'l'.repeat(20), 'ZY-2026-000001')).toMatch(
      /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
    );
  });

  it('keeps in the books what it consumes and what is still to be credited, whatever the change', () => {
    const to = { vcpu: 6, memoryGiB: 4, diskGiB: 50 };
    const it = resized(2, to);
    const { quote } = granted(picture(it));
    const next = changed(TARGET.spec, heldFor(it, quote), TODAY);
    expect(next).toMatchObject({
      revision: 2,
      contentRevision: 2,
      quantity: 2,
      parameters: to,
      from: '2026-11-24',
    });
    const posted = ResourceVector.parse(TARGET.spec.consumes).plus(
      ResourceVector.parse({ vcpu: '4' }), // what the resize held and posted
    );
    const freed = ResourceVector.parse(next.pendingCredit?.amounts ?? {});
    expect(posted.minus(freed).equals(ResourceVector.parse(next.consumes))).toBe(true);
  });

  it('of a renewal or release keeps the content, so that acceptance stands', () => {
    const renewed = changed(
      TARGET.spec,
      heldFor(change('Renew', { until: '2028-01-01' }), granted(picture(change('Renew'))).quote),
      TODAY,
    );
    expect(renewed).toMatchObject({ revision: 2, contentRevision: 1, until: '2028-01-01' });
    const released = changed(
      TARGET.spec,
      heldFor(change('Release'), granted(picture(change('Release'))).quote),
      TODAY,
    );
    expect(released).toMatchObject({
      revision: 2,
      contentRevision: 1,
      released: true,
      releasedOn: TODAY,
      consumes: TARGET.spec.consumes,
    });
    expect(released.changes.map(({ action, revision }) => `${revision} ${action}`)).toEqual([
      '1 Provision',
      '2 Release',
    ]);
  });
});
