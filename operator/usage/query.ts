import { GovError, reason } from '../../domain/errors.ts';
import { type Chunk, chunksOf, halvesOf, timesOf } from '../../domain/usage/chunks.ts';
import { type Day, STEP_SECONDS } from '../../domain/usage/day.ts';
import { type Prometheus, type Series, TooManySamples } from '../adapters/prometheus.ts';

/** Most samples that one query may give. A sample is some 25 bytes of an answer. */
const MOST_SAMPLES = 500_000;
/** Most namespaces that one query names, and that are in memory at a time. */
export const MOST_NAMESPACES = 100;

/** A day that is read from Prometheus. */
export interface Reading {
  readonly prometheus: Prometheus;
  readonly day: Day;
  readonly signal: AbortSignal;
  /** Told how many samples each query gave. */
  readonly asked: (samples: number) => void;
}

/**
 * Asks for a day in pieces of which each is small enough, and in smaller ones where Prometheus says that it was not.
 * @param counts how many series each namespace has
 * @throws GovError E_PROMETHEUS_*
 */
export async function askBounded(
  { prometheus, day, signal, asked }: Reading,
  counts: ReadonlyMap<string, number>,
  expression: (namespaces: readonly string[]) => string,
  found: (series: Series) => void,
): Promise<void> {
  const read = async (chunk: Chunk): Promise<void> => {
    try {
      const times = { ...timesOf(day, chunk), step: STEP_SECONDS };
      const all = await prometheus.range(expression(chunk.namespaces), times, signal);
      let samples = 0;
      for (const series of all) {
        samples += series.samples.length;
        found(series);
      }
      asked(samples);
    } catch (error) {
      if (!(error instanceof TooManySamples)) throw error;
      const halves = halvesOf(chunk);
      if (!halves)
        throw new GovError(reason('E_PROMETHEUS_LIMIT', { url: prometheus.url, detail: error.message }));
      for (const half of halves) await read(half);
    }
  };
  for (const chunk of chunksOf(counts, MOST_SAMPLES)) await read(chunk);
}
