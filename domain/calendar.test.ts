import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Calendar, cityDay, dueDate } from './calendar.ts';
import { SEEDED } from './testing/seed.ts';

/** National Day 2026 as an example: off from Thursday 1 to Wednesday 7 October, worked on two weekend days. */
const CALENDAR: Calendar = {
  years: [2026],
  holidays: new Set(['2026-10-01', '2026-10-02', '2026-10-05', '2026-10-06', '2026-10-07']),
  workdays: new Set(['2026-09-20', '2026-10-10']),
};
const morning = (day: string) => `${day}T02:00:00Z`;

describe('cityDay', () => {
  it.each([
    ['2026-12-31T15:59:59.999Z', '2026-12-31'],
    ['2026-12-31T16:00:00Z', '2027-01-01'],
    ['2026-03-01T07:30:00+08:00', '2026-03-01'],
    ['2024-02-28T16:00:00Z', '2024-02-29'],
  ])('of %s is %s', (instant, day) => {
    expect(cityDay(instant)).toBe(day);
  });
});

describe('dueDate', () => {
  it.each([
    ['the next day', '2026-11-24', 1, '2026-11-25'],
    ['over a weekend', '2026-11-27', 1, '2026-11-30'],
    ['from a Saturday', '2026-11-28', 1, '2026-11-30'],
    ['over the holiday', '2026-09-30', 1, '2026-10-08'],
    ['on a make-up Saturday', '2026-09-30', 3, '2026-10-10'],
    ['past a make-up Saturday', '2026-09-30', 4, '2026-10-12'],
    ['on a make-up Sunday', '2026-09-18', 1, '2026-09-20'],
    ['from inside the holiday', '2026-10-03', 1, '2026-10-08'],
  ])('counts %s: %s and %d working days give %s', (_, start, days, date) => {
    expect(dueDate(CALENDAR, morning(start), days)).toEqual({ date, provisional: false });
  });

  it('starts from the day in the city', () => {
    // Friday evening in UTC is Saturday in the city.
    expect(dueDate(CALENDAR, '2026-11-27T17:00:00Z', 1).date).toBe('2026-11-30');
    expect(dueDate(CALENDAR, '2026-11-26T17:00:00Z', 1).date).toBe('2026-11-30');
  });

  it.each([
    ['2026-12-30', 1, '2026-12-31', false],
    ['2026-12-31', 1, '2027-01-01', true],
    ['2026-12-24', 10, '2027-01-07', true],
    ['2025-12-31', 1, '2026-01-01', false],
  ])(
    'from %s, %d days: provisional when a year on the way is not published',
    (start, days, date, provisional) => {
      expect(dueDate(CALENDAR, morning(start), days)).toEqual({ date, provisional });
    },
  );

  it('never is a day off, counts each working day once, and more days are due later', () => {
    const start = fc
      .integer({ min: 0, max: 700 })
      .map((days) => Date.parse('2026-01-01T03:00:00Z') + days * 86_400_000);
    fc.assert(
      fc.property(start, fc.integer({ min: 1, max: 60 }), (from, days) => {
        const instant = new Date(from).toISOString();
        const { date } = dueDate(CALENDAR, instant, days);
        const weekday = new Date(`${date}T00:00:00Z`).getUTCDay();
        const weekend = weekday === 0 || weekday === 6;
        expect(weekend ? CALENDAR.workdays.has(date) : !CALENDAR.holidays.has(date)).toBe(true);
        expect(date > cityDay(instant)).toBe(true);
        expect(dueDate(CALENDAR, `${date}T00:00:00Z`, 1).date).toBe(
          dueDate(CALENDAR, instant, days + 1).date,
        );
      }),
      SEEDED,
    );
  });
});
