import { describe, expect, it } from 'vitest';
import { copy, NOW, steps } from '../testing/requests.ts';
import { type DecisionCopy, foldDecisions } from './fold.ts';

const FLOW = steps(['initial', 1], ['technical', 2], ['approval', 1]);
const OPENED = NOW;

function fold(...decisions: readonly DecisionCopy[]) {
  const { result, counted } = foldDecisions(FLOW, decisions, OPENED);
  return { result, counted: counted.map(({ position }) => position) };
}

const initial = copy(0, 'initial', 'ann');
const technical = [copy(1, 'technical', 'bob'), copy(2, 'technical', 'cat')];
const approval = copy(3, 'approval', 'dan');

describe('foldDecisions', () => {
  it('opens the first step when nothing is decided', () => {
    expect(fold()).toEqual({
      result: { outcome: 'open', step: FLOW[0], approvals: 0, openedAt: OPENED },
      counted: [],
    });
  });

  it('opens step after step, each since the decision that closed the one before', () => {
    expect(fold(initial).result).toMatchObject({ step: FLOW[1], approvals: 0, openedAt: initial.decidedAt });
    expect(fold(initial, ...technical).result).toMatchObject({
      step: FLOW[2],
      openedAt: technical[1]?.decidedAt,
    });
  });

  it('is approved when every step is', () => {
    expect(fold(initial, ...technical, approval)).toEqual({
      result: { outcome: 'approved' },
      counted: [0, 1, 2, 3],
    });
  });

  it('waits for N of M, one approval a person', () => {
    expect(fold(initial, technical[0] as DecisionCopy).result).toMatchObject({ step: FLOW[1], approvals: 1 });
    const again = copy(2, 'technical', 'bob');
    expect(fold(initial, technical[0] as DecisionCopy, again).result).toMatchObject({
      step: FLOW[1],
      approvals: 1,
    });
    const third = copy(3, 'technical', 'eve');
    expect(fold(initial, ...technical, third).counted).toEqual([0, 1, 2]);
  });

  it('counts a stand-in and whom they stand in for as one, on every step', () => {
    const forEve = copy(0, 'initial', 'ann', 'approve', { onBehalfOf: 'eve' });
    const more = (...on: readonly DecisionCopy[]) => fold(forEve, ...on).counted;
    expect(more()).toEqual([0]);
    expect(more(copy(1, 'technical', 'eve'))).toEqual([0]);
    expect(more(copy(1, 'technical', 'ann'))).toEqual([0]);
    expect(more(copy(1, 'technical', 'bob', 'reject', { onBehalfOf: 'eve' }))).toEqual([0]);
    expect(more(copy(1, 'technical', 'bob', 'approve', { onBehalfOf: 'ann' }))).toEqual([0]);
    // Two stand-ins for one are one of two, and so is who decides twice under two names.
    const forFay = (position: number, standin: string) =>
      copy(position, 'technical', standin, 'approve', { onBehalfOf: 'fay' });
    expect(more(forFay(1, 'bob'), forFay(2, 'cat'))).toEqual([0, 1]);
    expect(more(forFay(1, 'bob'), copy(2, 'technical', 'fay'))).toEqual([0, 1]);
    expect(more(forFay(1, 'bob'), copy(2, 'technical', 'cat'))).toEqual([0, 1, 2]);
  });

  it.each(['initial', 'technical'] as const)(
    'counts nobody who was counted on %s on a later step',
    (step) => {
      const earlier = step === 'initial' ? 'ann' : 'bob';
      const decisions = [
        initial,
        ...technical,
        copy(3, 'approval', earlier),
        copy(4, 'approval', earlier, 'reject'),
      ];
      expect(fold(...decisions).result).toMatchObject({ outcome: 'open', step: FLOW[2], approvals: 0 });
      expect(fold(...decisions, copy(5, 'approval', 'dan')).result).toEqual({ outcome: 'approved' });
    },
  );

  it.each<[string, DecisionCopy[]]>([
    ['before an approval', [copy(1, 'technical', 'bob', 'reject'), copy(2, 'technical', 'cat')]],
    ['after an approval', [copy(1, 'technical', 'bob'), copy(2, 'technical', 'cat', 'reject')]],
    [
      'beside enough approvals, while nothing later is decided',
      [copy(1, 'technical', 'bob'), copy(2, 'technical', 'cat'), copy(3, 'technical', 'eve', 'reject')],
    ],
  ])('is rejected by one rejection %s', (_, decisions) => {
    expect(fold(initial, ...decisions).result).toMatchObject({
      outcome: 'rejected',
      by: { verdict: 'reject' },
    });
  });

  it('is rejected rather than returned', () => {
    const both = [copy(1, 'technical', 'bob', 'return'), copy(2, 'technical', 'cat', 'reject')];
    expect(fold(initial, ...both).result).toMatchObject({ outcome: 'rejected', by: { position: 2 } });
  });

  it.each<[string, DecisionCopy, string]>([
    ['the requester', copy(3, 'approval', 'dan', 'return'), 'requester'],
    ['an earlier step', copy(3, 'approval', 'dan', 'return', { returnTo: 'technical' }), 'technical'],
    ['the first step', copy(3, 'approval', 'dan', 'return', { returnTo: 'initial' }), 'initial'],
  ])('is returned to %s', (_, decision, to) => {
    expect(fold(initial, ...technical, decision).result).toMatchObject({
      outcome: 'returned',
      to,
      by: decision,
    });
  });

  it('is returned to the requester when the step named is not an earlier one of this flow', () => {
    const own = copy(1, 'technical', 'bob', 'return', { returnTo: 'technical' });
    expect(fold(initial, own).result).toMatchObject({ outcome: 'returned', to: 'requester' });
    const two = steps(['initial', 1], ['approval', 1]);
    const lost = copy(1, 'approval', 'dan', 'return', { returnTo: 'technical' });
    expect(foldDecisions(two, [initial, lost], OPENED).result).toMatchObject({
      outcome: 'returned',
      to: 'requester',
    });
  });

  describe('a decision on a step that was not open when it was made decides nothing', () => {
    it.each<[string, DecisionCopy[]]>([
      [
        'an approval of the last step that came first',
        [copy(0, 'approval', 'dan'), copy(1, 'initial', 'ann')],
      ],
      [
        'a rejection of a later step that came first',
        [copy(0, 'technical', 'bob', 'reject'), copy(1, 'initial', 'ann')],
      ],
      [
        'a return from a later step that came first',
        [copy(0, 'approval', 'dan', 'return'), copy(1, 'initial', 'ann')],
      ],
    ])('%s', (_, decisions) => {
      expect(fold(...decisions)).toMatchObject({
        result: { outcome: 'open', step: FLOW[1], approvals: 0 },
        counted: [1],
      });
    });

    it.each(['reject', 'return'] as const)(
      'a %s of a step that later decisions have left behind',
      (verdict) => {
        const late = copy(4, 'initial', 'eve', verdict);
        expect(fold(initial, ...technical, approval, late).result).toEqual({ outcome: 'approved' });
        const later = copy(2, 'initial', 'eve', verdict);
        expect(fold(initial, technical[0] as DecisionCopy, later).result).toMatchObject({
          outcome: 'open',
          approvals: 1,
        });
      },
    );
  });

  it('opens no step before its ticket was: what was carried to it is older', () => {
    const carried = copy(0, 'initial', 'ann', 'approve', {
      carriedFrom: '7',
      decidedAt: '2026-01-01T00:00:00.000Z',
    });
    expect(foldDecisions(FLOW, [carried], OPENED).result).toMatchObject({ step: FLOW[1], openedAt: OPENED });
  });
});
