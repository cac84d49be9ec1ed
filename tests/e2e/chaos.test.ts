import { afterAll, beforeAll, expect, it } from 'vitest';
import { FAULTS } from '../chaos/faults.ts';
import { chaos } from '../chaos/run.ts';
import { SmallCity } from '../support/city.ts';

/** Small: by hand `npm run chaos` runs as long as it is asked to. */
const BUDGET = { seed: 20_261_124, steps: 24 };

let city: SmallCity;

beforeAll(async () => {
  city = await SmallCity.start();
});

afterAll(() => city?.stop());

it('a random life with faults keeps everything that must hold', async () => {
  const faults = FAULTS.map(({ name }) => name);
  const said: string[] = [];
  const { broken } = await chaos(city, { ...BUDGET, faults, say: (line) => said.push(line) });
  expect({ broken, said }).toEqual({ broken: [], said });
  // The life is worth something: it met faults, and something was granted in it.
  expect(said.some((line) => line.includes('[operator-'))).toBe(true);
  expect(said.some((line) => line.includes('accept'))).toBe(true);
});
