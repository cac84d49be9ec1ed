import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { settleConditions, type WantedCondition } from './conditions.ts';
import { SEEDED } from './testing/seed.ts';

const MESSAGE = { zh: '等待 {count} 个', en: 'waiting for {count}' };
const NOW = '2026-11-24T02:00:00.000Z';
const LATER = '2026-11-24T03:00:00.000Z';

const wanted = (type: string, status: WantedCondition['status'], reason = 'Reason'): WantedCondition => ({
  type,
  status,
  reason,
  message: MESSAGE,
  params: { count: 2 },
});

describe('settleConditions', () => {
  it('times a new condition from now, in both languages', () => {
    expect(settleConditions(undefined, [wanted('Ready', 'False')], NOW, 3)).toEqual([
      {
        type: 'Ready',
        status: 'False',
        reason: 'Reason',
        message: '等待 2 个 / waiting for 2',
        lastTransitionTime: NOW,
        observedGeneration: 3,
      },
    ]);
  });

  it('says no half of a character, which would be read back as another', () => {
    const long = {
      ...wanted('Ready', 'False'),
      message: { zh: '{said}', en: '{said}' },
      params: { said: `${'a'.repeat(3999)}😀` },
    };
    const [condition] = settleConditions([], [long], NOW, 1);
    expect(condition?.message).toHaveLength(4000);
    expect(condition?.message.isWellFormed()).toBe(true);
  });

  it('keeps the time while the status stays, whatever else changes', () => {
    const before = settleConditions([], [wanted('Ready', 'False')], NOW, 1);
    const [after] = settleConditions(before, [wanted('Ready', 'False', 'Other')], LATER, 2);
    expect(after).toMatchObject({ reason: 'Other', lastTransitionTime: NOW, observedGeneration: 2 });
  });

  it.each(['True', 'Unknown'] as const)('times it anew when the status becomes %s', (status) => {
    const before = settleConditions([], [wanted('Ready', 'False')], NOW, 1);
    expect(settleConditions(before, [wanted('Ready', status)], LATER, 1)[0]?.lastTransitionTime).toBe(LATER);
  });

  it('drops what is not wanted any more and does not take one type for another', () => {
    const before = settleConditions([], [wanted('Ready', 'False'), wanted('InSync', 'True')], NOW, 1);
    const after = settleConditions(
      before,
      [wanted('InSync', 'False'), wanted('Delivered', 'False')],
      LATER,
      1,
    );
    expect(after.map(({ type, lastTransitionTime }) => [type, lastTransitionTime])).toEqual([
      ['InSync', LATER],
      ['Delivered', LATER],
    ]);
  });

  it('cuts a message to what a condition holds', () => {
    const long = { ...wanted('Ready', 'False'), message: { zh: '长'.repeat(3000), en: 'l'.repeat(3000) } };
    const [only] = settleConditions([], [long], NOW, 1);
    expect(only?.message).toHaveLength(4000);
  });

  it('does not flap: settled again it is the same', () => {
    const list = fc.uniqueArray(
      fc.record({
        type: fc.constantFrom('Ready', 'InSync', 'Delivered', 'Accepted'),
        status: fc.constantFrom('True' as const, 'False' as const, 'Unknown' as const),
      }),
      { selector: ({ type }) => type },
    );
    fc.assert(
      fc.property(list, list, (first, second) => {
        const want = (all: typeof first) => all.map(({ type, status }) => wanted(type, status));
        const settled = settleConditions(settleConditions([], want(first), NOW, 1), want(second), LATER, 1);
        expect(settleConditions(settled, want(second), '2027-01-01T00:00:00.000Z', 1)).toEqual(settled);
      }),
      SEEDED,
    );
  });
});
