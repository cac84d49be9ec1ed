import { describe, expect, it } from 'vitest';
import type { Delegation } from '../../api/v1alpha1/index.ts';
import { isInForce, mandateOf, type StandingIn } from './delegation.ts';

let made = 0;
function delegation(
  reviewer: string,
  standin: string,
  spec: Partial<Delegation['spec']> = {},
  namespace = 'gov-luhe',
): Delegation {
  made += 1;
  return {
    apiVersion: 'govcloud.dev/v1alpha1',
    kind: 'Delegation',
    metadata: { name: `initial-${made}`, namespace, uid: `uid-${made}` },
    spec: {
      madeBy: reviewer,
      reviewer,
      standin,
      step: 'initial',
      from: '2026-11-24',
      until: '2026-11-30',
      reason: '出差',
      ...spec,
    },
  };
}

const ASKED: StandingIn = { namespace: 'gov-luhe', step: 'initial', reviewer: 'ann', standin: 'bob' };
const until = (of: readonly Delegation[], asked: Partial<StandingIn> = {}, day = '2026-11-25') =>
  mandateOf(of, { ...ASKED, ...asked }, day)?.until;

describe('mandateOf', () => {
  it('is the delegation of that reviewer to that stand-in, for that step', () => {
    const one = delegation('ann', 'bob');
    expect(mandateOf([one], ASKED, '2026-11-25')).toEqual({
      uid: one.metadata.uid,
      namespace: 'gov-luhe',
      name: one.metadata.name,
      from: '2026-11-24',
      until: '2026-11-30',
      madeBy: 'ann',
      reason: '出差',
    });
    expect(until([one], { standin: 'eve' })).toBeUndefined();
    expect(until([one], { reviewer: 'eve' })).toBeUndefined();
    expect(until([one], { step: 'approval' })).toBeUndefined();
    expect(until([])).toBeUndefined();
  });

  it.each([
    ['2026-11-23', undefined],
    ['2026-11-24', '2026-11-30'],
    ['2026-11-30', '2026-11-30'],
    ['2026-12-01', undefined],
  ])('on %s', (day, expected) => {
    expect(until([delegation('ann', 'bob')], {}, day)).toBe(expected);
  });

  it('is for the requests of its organisation, or from the system’s namespace for all', () => {
    expect(until([delegation('ann', 'bob', {}, 'gov-haifeng')])).toBeUndefined();
    expect(until([delegation('ann', 'bob', {}, 'govcloud-system')])).toBe('2026-11-30');
    expect(until([delegation('ann', 'bob', {}, 'default')])).toBeUndefined();
  });

  it('of several is the longest, whatever their order', () => {
    const both = [delegation('ann', 'bob'), delegation('ann', 'bob', { until: '2026-12-31' })];
    expect(until(both)).toBe('2026-12-31');
    expect(until([...both].reverse())).toBe('2026-12-31');
  });

  it('is none in a circle, however wide; another step or day makes no circle', () => {
    const there = delegation('ann', 'bob');
    expect(until([there, delegation('bob', 'ann')])).toBeUndefined();
    expect(until([there, delegation('bob', 'cid'), delegation('cid', 'ann')])).toBeUndefined();
    expect(until([there, delegation('bob', 'cid')])).toBe('2026-11-30');
    expect(until([there, delegation('bob', 'ann', { step: 'approval' })])).toBe('2026-11-30');
    expect(until([there, delegation('bob', 'ann', { from: '2026-11-26' })])).toBe('2026-11-30');
    // Others may go in circles.
    expect(until([there, delegation('cid', 'dan'), delegation('dan', 'cid')])).toBe('2026-11-30');
  });
});

it('a mandate holds by the days of the city', () => {
  const mandate = { from: '2026-11-24', until: '2026-11-30' };
  expect(
    ['2026-11-23T15:59:59Z', '2026-11-23T16:00:00Z', '2026-11-30T15:59:59Z', '2026-11-30T16:00:00Z'].map(
      (at) => isInForce(mandate, at),
    ),
  ).toEqual([false, true, true, false]);
});
