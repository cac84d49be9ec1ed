/** A number at least 0 and below 1; `Math.random`, or a seeded generator in tests. */
export type Random = () => number;

export interface BackoffSettings {
  /** Delay after the first failure, in ms. */
  readonly baseMs: number;
  /** No delay is longer, in ms. */
  readonly maxMs: number;
}

/**
 * Delay in ms after so many failures in a row: doubles up to the cap, then a random part of its upper half, so
 * that many who failed together do not come back together.
 */
export function backoffMs({ baseMs, maxMs }: BackoffSettings, failures: number, random: Random): number {
  const full = Math.min(maxMs, baseMs * 2 ** Math.max(0, failures - 1));
  return full / 2 + (full / 2) * random();
}
