import type { Figure } from './figures.ts';

/** What a suite is run with. */
export interface SuiteOptions {
  /** How often each figure and its floor are measured. */
  readonly runs: number;
  /** How many of `whole` there are of something: fewer when a bench is tried at a smaller scale; at least one. */
  readonly scaled: (whole: number) => number;
  /** Tells what is being done. */
  readonly say: (line: string) => void;
}

export type Suite = (options: SuiteOptions) => Promise<readonly Figure[]>;
