import { afterAll, beforeAll, expect, it } from 'vitest';
import { everyWrite, HARMS } from '../chaos/every-write.ts';
import { Random } from '../../domain/testing/random.ts';
import { SmallCity } from '../support/city.ts';

/** A sample: by hand `npm run chaos -- --every-write` harms the operator at all of them. */
const SEED = 20_261_127;
const SAMPLE = 10;
/** A life has some more writes than this, whoever is harmed. */
const WRITES = 30;

let city: SmallCity;

beforeAll(async () => {
  city = await SmallCity.start();
});

afterAll(() => city?.stop());

it('an operator that is harmed at some writes of a life ends it as one that was not', async () => {
  const random = new Random(SEED);
  const chosen = new Map<number, (typeof HARMS)[number]>();
  while (chosen.size < SAMPLE) chosen.set(random.below(WRITES), random.one(HARMS));
  let write = 0;
  const said: string[] = [];
  const { broken, harmed } = await everyWrite(city, {
    harmAt: () => chosen.get(write++),
    say: (line) => said.push(line),
  });
  expect({ broken, said }).toEqual({ broken: [], said });
  expect(harmed).toHaveLength(SAMPLE);
});
