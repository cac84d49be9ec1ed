import { describe, expect, it } from 'vitest';
import { type ResourceRequest, STATES, type State } from '../../api/v1alpha1/index.ts';
import { allocation } from '../testing/requests.ts';
import { stateOfGranted, stateOfStep, stateText, waitsForText } from './state.ts';

type Action = ResourceRequest['spec']['action'];

const made = (...states: (State | undefined)[]) =>
  states.map((state) => allocation({}, state === undefined ? undefined : { state, observedRevision: 1 }));

describe('stateOfGranted', () => {
  it.each<[string, (State | undefined)[], ReturnType<typeof stateOfGranted>]>([
    ['nothing seen yet', [undefined], { state: 'PendingProvisioning', waits: 'provisioning', closed: false }],
    [
      'the least advanced',
      ['InUse', 'PendingProvisioning'],
      { state: 'PendingProvisioning', waits: 'provisioning', closed: false },
    ],
    [
      'one to be accepted',
      ['InUse', 'PendingAcceptance'],
      { state: 'PendingAcceptance', waits: 'acceptance', closed: false },
    ],
    ['all in use', ['InUse', 'InUse'], { state: 'InUse', waits: 'nobody', closed: true }],
    ['one in use, one gone', ['Reclaimed', 'InUse'], { state: 'InUse', waits: 'nobody', closed: true }],
    ['all expired', ['Expired'], { state: 'Expired', waits: 'nobody', closed: true }],
    ['all gone', ['Reclaimed', 'Reclaimed'], { state: 'Reclaimed', waits: 'nobody', closed: true }],
  ])('of a provision: %s', (_, states, expected) => {
    expect(stateOfGranted('Provision', made(...states))).toEqual(expected);
  });

  it('says that an engineer is waited for where one is', () => {
    const order = allocation({ fulfilment: 'manual' }, { state: 'PendingProvisioning', observedRevision: 1 });
    expect(stateOfGranted('Provision', [order]).waits).toBe('engineer');
    const done = allocation({ fulfilment: 'manual' }, { state: 'InUse', observedRevision: 1 });
    expect(stateOfGranted('Provision', [done, ...made('PendingProvisioning')]).waits).toBe('provisioning');
  });

  it('takes no status of before a change for one of after it', () => {
    const [resized] = [
      allocation({ revision: 2, contentRevision: 2 }, { state: 'InUse', observedRevision: 1 }),
    ];
    expect(stateOfGranted('Resize', [resized])).toMatchObject({
      state: 'PendingProvisioning',
      closed: false,
    });
  });

  it.each<[State | undefined, State, boolean]>([
    ['InUse', 'Approved', false],
    [undefined, 'Approved', false],
    ['Reclaimed', 'Reclaimed', true],
  ])('of a release whose target is %s is %s', (state, expected, closed) => {
    expect(stateOfGranted('Release', made(state))).toMatchObject({ state: expected, closed });
  });

  it('of a release whose disks are retained waits for the decision on their erasure', () => {
    const kept = allocation({}, { state: 'Suspended', observedRevision: 1, retainedUntil: '2026-12-04' });
    expect(stateOfGranted('Release', [kept])).toEqual({ state: 'Approved', waits: 'erasure', closed: false });
  });

  it('of a release whose target is gone is that it is reclaimed', () => {
    expect(stateOfGranted('Release', [])).toEqual({ state: 'Reclaimed', waits: 'nobody', closed: true });
  });

  it.each<[Action, Parameters<typeof allocation>[0], State, number, ReturnType<typeof stateOfGranted>]>([
    ['Suspend', { suspended: true }, 'InUse', 2, { state: 'Approved', waits: 'operator', closed: false }],
    ['Suspend', { suspended: true }, 'Suspended', 1, { state: 'Approved', waits: 'operator', closed: false }],
    ['Suspend', { suspended: true }, 'Suspended', 2, { state: 'Suspended', waits: 'nobody', closed: true }],
    [
      'Suspend',
      { suspended: true, fulfilment: 'manual' },
      'InUse',
      2,
      { state: 'Approved', waits: 'engineer', closed: false },
    ],
    [
      'Suspend',
      { suspended: true, released: true },
      'InUse',
      2,
      { state: 'Approved', waits: 'nobody', closed: true },
    ],
    ['Resume', {}, 'Suspended', 2, { state: 'Approved', waits: 'operator', closed: false }],
    ['Resume', {}, 'InUse', 2, { state: 'InUse', waits: 'nobody', closed: true }],
    ['Resume', {}, 'Expired', 2, { state: 'Expired', waits: 'nobody', closed: true }],
  ])('of %s of %j that is %s at revision %d', (action, spec, state, observedRevision, expected) => {
    const target = allocation({ revision: 2, ...spec }, { state, observedRevision });
    expect(stateOfGranted(action, [target])).toEqual(expected);
  });

  it('of a renewal is that it is approved, whatever its target does', () => {
    expect(stateOfGranted('Renew', made('PendingAcceptance'))).toMatchObject({
      state: 'Approved',
      closed: true,
    });
  });
});

describe('words', () => {
  it('are in both languages for each state, and fit into a status', () => {
    for (const state of STATES) {
      expect(stateText(state)).toContain(' / ');
      expect(stateText(state).length).toBeLessThanOrEqual(80);
    }
    expect(waitsForText('initial')).toBe('初审人 / initial reviewers');
  });

  it('of the steps are the city’s', () => {
    const steps = (['initial', 'technical', 'approval'] as const).map((step) => stateText(stateOfStep(step)));
    expect(steps.map((text) => text.split(' / ')[0])).toEqual(['待初审', '待技术评审', '待批复']);
  });
});
