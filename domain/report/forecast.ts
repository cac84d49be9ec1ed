/**
 * When something that grows reaches its limit: a straight line by least squares through daily values, and the range in
 * which a day's value lies with a probability of 80 % (the prediction interval of ordinary linear regression).
 */

/** Fewer days than this say nothing. */
export const FORECAST_MIN_DAYS = 30;
/** More than this is not looked at. */
export const FORECAST_DAYS = 90;
/** Beyond this no date is told: a line of 90 days does not carry so far. */
export const FORECAST_HORIZON_DAYS = 3650;

export type Forecast =
  /** Nothing is left already. */
  | { readonly outcome: 'full' }
  | { readonly outcome: 'short'; readonly days: number }
  /** Days from the last value on; undefined: not within the horizon. */
  | {
      readonly outcome: 'line';
      /** Growth a day. */
      readonly slope: number;
      readonly expected: number | undefined;
      /** By the upper end of the range. */
      readonly earliest: number | undefined;
      /** By the lower end of the range. */
      readonly latest: number | undefined;
    };

/**
 * @param values one a day, oldest first, the last one that of today; integers
 * @param limit what they may reach
 */
export function forecastFull(values: readonly number[], limit: number): Forecast {
  const last = values.at(-1);
  if (last !== undefined && last >= limit) return { outcome: 'full' };
  if (values.length < FORECAST_MIN_DAYS) return { outcome: 'short', days: values.length };
  const used = values.slice(-FORECAST_DAYS);
  const line = leastSquares(used);
  const today = used.length - 1;
  const reaches = (valueAt: (day: number) => number): number | undefined => {
    for (let ahead = 1; ahead <= FORECAST_HORIZON_DAYS; ahead += 1) {
      if (valueAt(today + ahead) >= limit) return ahead;
    }
    return undefined;
  };
  return {
    outcome: 'line',
    slope: line.slope,
    expected: reaches(line.at),
    earliest: reaches((day) => line.at(day) + line.margin(day)),
    latest: reaches((day) => line.at(day) - line.margin(day)),
  };
}

/** The line through values at 0, 1, 2, …, and half the width of its 80 % prediction interval. */
function leastSquares(values: readonly number[]): {
  readonly slope: number;
  at(day: number): number;
  margin(day: number): number;
} {
  const n = values.length;
  const meanDay = (n - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  let squares = 0;
  let products = 0;
  for (const [day, value] of values.entries()) {
    squares += (day - meanDay) ** 2;
    products += (day - meanDay) * (value - mean);
  }
  const slope = products / squares;
  const at = (day: number) => mean + slope * (day - meanDay);
  const residual = values.reduce((sum, value, day) => sum + (value - at(day)) ** 2, 0);
  const deviation = Math.sqrt(residual / (n - 2));
  const t = studentQuantile90(n - 2);
  return {
    slope,
    at,
    margin: (day) => t * deviation * Math.sqrt(1 + 1 / n + (day - meanDay) ** 2 / squares),
  };
}

/** The 90 % quantile of the normal distribution. */
const Z = 1.281_551_565_544_6;

/**
 * The 90 % quantile of Student's t: by its expansion in 1/freedom (Abramowitz and Stegun 26.7.5), exact to four
 * decimals from 28 degrees of freedom on.
 */
export function studentQuantile90(freedom: number): number {
  const g1 = (Z ** 3 + Z) / 4;
  const g2 = (5 * Z ** 5 + 16 * Z ** 3 + 3 * Z) / 96;
  const g3 = (3 * Z ** 7 + 19 * Z ** 5 + 17 * Z ** 3 - 15 * Z) / 384;
  return Z + g1 / freedom + g2 / freedom ** 2 + g3 / freedom ** 3;
}
