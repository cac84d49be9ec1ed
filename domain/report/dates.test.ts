import { expect, test } from 'vitest';
import { endOfDay } from '../calendar.ts';
import { lastDayOver, lastMonthOver } from './dates.ts';

test('a day is over with its last moment', () => {
  expect(lastDayOver(endOfDay('2026-10-31').toISOString())).toBe('2026-10-31');
  expect(lastDayOver('2026-10-31T15:59:59.998Z')).toBe('2026-10-30');
  expect(lastDayOver('2026-10-31T16:00:00.000Z')).toBe('2026-10-31');
});

test('a month is over with its last day', () => {
  const october = { from: '2026-10-01', to: '2026-10-31' };
  expect(lastMonthOver('2026-10-31')).toEqual(october);
  expect(lastMonthOver('2026-11-29')).toEqual(october);
  expect(lastMonthOver('2026-10-30')).toEqual({ from: '2026-09-01', to: '2026-09-30' });
  expect(lastMonthOver('2026-01-15')).toEqual({ from: '2025-12-01', to: '2025-12-31' });
});
