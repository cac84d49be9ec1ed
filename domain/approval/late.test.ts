import { describe, expect, it } from 'vitest';
import { CALENDAR } from '../testing/requests.ts';
import { deadlineOf } from './late.ts';

/** A Tuesday; two working days are until Thursday the 26th, three more until Tuesday the 1st. */
const OPENED = '2026-11-24T02:00:00.000Z';
const STEP = { name: 'initial' as const, approvals: 1, dueWorkingDays: 2 };
const ESCALATING = { ...STEP, escalateWorkingDays: 3 };
const at = (now: string, step: Parameters<typeof deadlineOf>[1] = ESCALATING) => {
  const { due, late, changesAt } = deadlineOf(CALENDAR, step, OPENED, now);
  return [due.date, late?.reason ?? '-', changesAt ?? '-'];
};

describe('a deadline', () => {
  it.each([
    ['the day itself', '2026-11-26T15:59:59.999Z', '-', '2026-11-26T16:00:00.000Z'],
    ['midnight in the city after it', '2026-11-26T16:00:00.000Z', 'PastDue', '2026-12-01T16:00:00.000Z'],
    [
      'the last day before it goes further up',
      '2026-12-01T15:59:59.999Z',
      'PastDue',
      '2026-12-01T16:00:00.000Z',
    ],
    ['the day after that', '2026-12-01T16:00:00.000Z', 'Escalated', '-'],
    ['long after', '2027-06-01T00:00:00.000Z', 'Escalated', '-'],
  ])('on %s', (_, now, late, changesAt) => {
    expect(at(now)).toEqual(['2026-11-26', late, changesAt]);
  });

  it('of a flow that names no days for it goes no further up', () => {
    expect(at('2026-11-26T16:00:00.000Z', STEP)).toEqual(['2026-11-26', 'PastDue', '-']);
    expect(at('2027-06-01T00:00:00.000Z', STEP)).toEqual(['2026-11-26', 'PastDue', '-']);
  });

  it('is the same day whatever the time zone writes', () => {
    expect(at('2026-11-27T00:00:00+08:00')).toEqual(at('2026-11-26T16:00:00Z'));
  });
});
