import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SEEDED } from '../testing/seed.ts';
import { FORECAST_HORIZON_DAYS, FORECAST_MIN_DAYS, forecastFull, studentQuantile90 } from './forecast.ts';

const days = (count: number, value: (day: number) => number) =>
  Array.from({ length: count }, (_, day) => value(day));

describe('forecastFull', () => {
  test('a straight line is full when it reaches the limit, and its range is one day', () => {
    // 100 today, 10 more each day, 195 is reached on the tenth day.
    const values = days(60, (day) => 100 - (59 - day) * 10);
    expect(forecastFull(values, 195)).toEqual({
      outcome: 'line',
      slope: expect.closeTo(10, 9),
      expected: 10,
      earliest: 10,
      latest: 10,
    });
  });

  test('steps are a line with a range around it', () => {
    const values = days(90, (day) => 1000 + Math.floor(day / 10) * 100);
    const forecast = forecastFull(values, 3000);
    if (forecast.outcome !== 'line') throw new Error(forecast.outcome);
    expect(forecast.expected).toBeGreaterThan(100);
    expect(forecast.earliest).toBeLessThan(forecast.expected ?? 0);
    expect(forecast.latest).toBeGreaterThan(forecast.expected ?? Infinity);
  });

  test('what does not grow is never full', () => {
    const flat = { outcome: 'line', slope: 0, expected: undefined, earliest: undefined, latest: undefined };
    expect(
      forecastFull(
        days(90, () => 5),
        10,
      ),
    ).toEqual(flat);
    const shrinking = forecastFull(
      days(90, (day) => 900 - day),
      1000,
    );
    expect(shrinking).toMatchObject({ expected: undefined, latest: undefined });
  });

  test('under 30 days there is no forecast, and a full pool needs none', () => {
    expect(
      forecastFull(
        days(FORECAST_MIN_DAYS - 1, (day) => day),
        100,
      ),
    ).toEqual({ outcome: 'short', days: 29 });
    expect(
      forecastFull(
        days(FORECAST_MIN_DAYS, (day) => day),
        100,
      ),
    ).toMatchObject({ outcome: 'line' });
    expect(forecastFull([], 100)).toEqual({ outcome: 'short', days: 0 });
    expect(forecastFull([100], 100)).toEqual({ outcome: 'full' });
    expect(forecastFull([101], 100)).toEqual({ outcome: 'full' });
  });

  test('only the last 90 days count', () => {
    const recent = days(90, (day) => day);
    expect(forecastFull([...days(200, () => 50), ...recent], 100)).toEqual(forecastFull(recent, 100));
  });

  test('the expected day lies in the range, and a higher limit is never reached earlier', () => {
    const never = (day: number | undefined) => day ?? FORECAST_HORIZON_DAYS + 1;
    const history = fc.array(fc.integer({ min: 0, max: 10_000 }), { minLength: 30, maxLength: 120 });
    fc.assert(
      fc.property(history, fc.integer({ min: 1, max: 50_000 }), fc.nat(20_000), (values, room, more) => {
        const limit = Math.max(...values) + room;
        const [low, high] = [forecastFull(values, limit), forecastFull(values, limit + more)];
        if (low.outcome !== 'line' || high.outcome !== 'line') throw new Error(low.outcome);
        expect(never(low.earliest)).toBeLessThanOrEqual(never(low.expected));
        expect(never(low.expected)).toBeLessThanOrEqual(never(low.latest));
        expect(never(low.expected)).toBeLessThanOrEqual(never(high.expected));
      }),
      SEEDED,
    );
  });
});

test.each([
  [28, 1.3125],
  [30, 1.3104],
  [60, 1.2958],
  [88, 1.291],
  [120, 1.2886],
])('t(0.9) with %i degrees of freedom is %f, as the tables have it', (freedom, quantile) => {
  expect(studentQuantile90(freedom)).toBeCloseTo(quantile, 3);
});
