import { expect, it } from 'vitest';
import { movesOf, play, shrink } from './history.ts';

/**
 * The operator's controllers and the ledger's rules on a hub, books and members in memory: no server, no clock but one
 * that is set, everything from a seed. What is promised is looked at at every write, see `rules.ts`.
 *
 * One history again, told move by move and shrunk when it breaks:
 * `GOVCLOUD_SIM_SEED=7 npx vitest run --project unit tests/simulation`; from any other seed on: `GOVCLOUD_SIM_FROM=10001`.
 */
const HISTORIES = 10_000;
const BATCH = 500;

const { GOVCLOUD_SIM_SEED: one, GOVCLOUD_SIM_FROM: from = '1' } = process.env;
const [first, count] = one === undefined ? [Number(from), HISTORIES] : [Number(one), 1];

/** A broken history as somebody reads it: what broke, what led there, and how to have it again. */
async function told(seed: number): Promise<string> {
  const { broken, said } = await play(await shrink(movesOf(seed)));
  return [
    `GOVCLOUD_SIM_SEED=${seed} npx vitest run --project unit tests/simulation`,
    `broken: ${broken}`,
    ...said,
  ].join('\n');
}

const ends = new Set<string>();
const batches = Array.from({ length: Math.ceil(count / BATCH) }, (_, index) => first + index * BATCH);

it.each(batches)(
  'histories from seed %i',
  async (start) => {
    for (let seed = start; seed < Math.min(start + BATCH, first + count); seed++) {
      const history = await play(movesOf(seed));
      if (one !== undefined) console.log(history.said.join('\n'));
      expect(history.broken === undefined ? '' : await told(seed)).toBe('');
      for (const end of history.ends) ends.add(end);
    }
  },
  600_000,
);

if (one === undefined) {
  it('histories are worth something: requests end in every way', () => {
    expect([...ends]).toEqual(
      expect.arrayContaining(['Granted', 'Rejected', 'Withdrawn', 'Returned', 'InReview', 'Draft']),
    );
  });
}
