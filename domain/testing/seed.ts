/** Parameters of every property test: the same cases on each run. */
export const SEEDED = { seed: 20261124 } as const;
