import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SEEDED } from '../testing/seed.ts';
import { type Chunk, chunksOf, halvesOf } from './chunks.ts';
import { DAY_STEPS } from './day.ts';

/** Every namespace and step that chunks ask for, as often as they do. */
function asked(chunks: readonly Chunk[]): string[] {
  return chunks
    .flatMap(({ namespaces, from, to }) =>
      namespaces.flatMap((name) =>
        Array.from({ length: to - from + 1 }, (_, index) => `${name} ${from + index}`),
      ),
    )
    .toSorted();
}

const counts = fc.dictionary(fc.stringMatching(/^[a-z]{1,3}$/), fc.integer({ min: 1, max: 300 }), {
  maxKeys: 6,
});

describe('chunks', () => {
  it('ask for everything once, and each for no more than allowed', () => {
    fc.assert(
      fc.property(counts, fc.integer({ min: 300, max: 60_000 }), (given, most) => {
        const series = new Map(Object.entries(given));
        const chunks = chunksOf(series, most);
        const whole = [...series.keys()].map((name) => ({ namespaces: [name], from: 0, to: DAY_STEPS }));
        expect(asked(chunks)).toEqual(asked(whole));
        for (const { namespaces, from, to } of chunks) {
          const all = namespaces.reduce((sum, name) => sum + (series.get(name) ?? 0), 0);
          expect(all * (to - from + 1)).toBeLessThanOrEqual(most);
        }
      }),
      SEEDED,
    );
  });

  it('are cut in two halves that ask for the same, down to one namespace at one step', () => {
    const cut = (chunk: Chunk): Chunk[] => halvesOf(chunk)?.flatMap(cut) ?? [chunk];
    const chunk = { namespaces: ['a', 'b', 'c'], from: 0, to: 9 };
    const pieces = cut(chunk);
    expect(pieces).toHaveLength(30);
    expect(asked(pieces)).toEqual(asked([chunk]));
  });
});
