import { DAY_STEPS, type Day, STEP_SECONDS } from './day.ts';

/** What one query asks for: some namespaces, from a step of the day to another, both counted. */
export interface Chunk {
  readonly namespaces: readonly string[];
  readonly from: number;
  readonly to: number;
}

/**
 * Cuts a day's series into queries of at most so many samples: by namespace, and one that alone is too much by time.
 * @param series how many series each namespace has
 * @param most samples of one query; at least as many as any namespace has series
 */
export function chunksOf(series: ReadonlyMap<string, number>, most: number): readonly Chunk[] {
  const steps = DAY_STEPS + 1;
  const chunks: Chunk[] = [];
  let namespaces: string[] = [];
  let samples = 0;
  const close = () => {
    if (namespaces.length > 0) chunks.push({ namespaces, from: 0, to: DAY_STEPS });
    [namespaces, samples] = [[], 0];
  };
  for (const [namespace, count] of series) {
    if (count * steps > most) {
      const length = Math.max(1, Math.floor(most / count));
      for (let from = 0; from < steps; from += length)
        chunks.push({ namespaces: [namespace], from, to: Math.min(from + length - 1, DAY_STEPS) });
      continue;
    }
    if (samples + count * steps > most) close();
    namespaces.push(namespace);
    samples += count * steps;
  }
  close();
  return chunks;
}

/** The two halves of a query that was too much after all; undefined when it cannot be cut further. */
export function halvesOf({ namespaces, from, to }: Chunk): readonly [Chunk, Chunk] | undefined {
  if (namespaces.length > 1) {
    const half = namespaces.length >> 1;
    return [
      { namespaces: namespaces.slice(0, half), from, to },
      { namespaces: namespaces.slice(half), from, to },
    ];
  }
  if (from === to) return undefined;
  const middle = (from + to) >> 1;
  return [
    { namespaces, from, to: middle },
    { namespaces, from: middle + 1, to },
  ];
}

/** When a chunk begins and ends, in seconds since the epoch. */
export function timesOf(
  { start }: Day,
  { from, to }: Chunk,
): { readonly start: number; readonly end: number } {
  return { start: start + from * STEP_SECONDS, end: start + to * STEP_SECONDS };
}
