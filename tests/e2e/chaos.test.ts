import { afterAll, beforeAll, expect, it } from 'vitest';
import { ALLOCATION_LABEL } from '../../domain/allocation/objects.ts';
import type { ResourceRef } from '../../kube/types.ts';
import { FAULTS } from '../chaos/faults.ts';
import { chaos } from '../chaos/run.ts';
import { SmallCity } from '../support/city.ts';

/** Small: by hand `npm run chaos` runs as long as it is asked to. */
const BUDGET = { seed: 20_261_124, steps: 24 };
/** A seed whose first move needs nothing that was there before. */
const ASKS_FIRST = 4;

const CONFIG_MAPS: ResourceRef = { group: '', version: 'v1', plural: 'configmaps', namespaced: true };
const faults = FAULTS.map(({ name }) => name);
const hasFault = (line: string) => line.includes(' [');

let city: SmallCity;
let lived: readonly string[] = [];

beforeAll(async () => {
  city = await SmallCity.start();
});

afterAll(() => city?.stop());

it('a random life with faults keeps everything that must hold', async () => {
  const said: string[] = [];
  const { broken, done, replay } = await chaos(city, { ...BUDGET, faults, say: (line) => said.push(line) });
  lived = done;
  expect({ broken, replay, said }).toEqual({ broken: [], replay, said });
  // The life is worth something: it met faults, and something was granted in it.
  expect(said.some((line) => line.includes('[operator-'))).toBe(true);
  expect(said.some((line) => line.includes('accept'))).toBe(true);
});

it('a seed lives the same in another city, and one that fails says how to have it again', async () => {
  const other = await SmallCity.start();
  try {
    const say = () => {};
    const steps = lived.findIndex(hasFault) + 1;
    const again = await chaos(other, { ...BUDGET, steps, faults, say });
    expect(again.done).toEqual(lived.slice(0, steps));
    expect(again.done.filter(hasFault)).toHaveLength(1);

    // Its first request stands already: that is refused as nobody planned.
    const thrown = chaos(other, { ...BUDGET, faults: [], say });
    await expect(thrown).rejects.toThrow(
      /"c-(\d+)" already exists\nto play it again: npm run chaos -- --seed 20261124 --steps \1 --faults=$/,
    );

    await other.member.client.create(CONFIG_MAPS, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: 'stray',
        namespace: 'default',
        labels: { 'app.kubernetes.io/managed-by': 'govcloud', [ALLOCATION_LABEL]: 'nobody' },
      },
    });
    const broken = await chaos(other, { ...BUDGET, seed: ASKS_FIRST, faults: [], say });
    expect(broken).toMatchObject({
      done: [expect.stringContaining('1. wjj-ops asks for')],
      broken: ['left in the member: nobody (nobody) v1/ConfigMap default/stray'],
      replay: `npm run chaos -- --seed ${ASKS_FIRST} --steps 1 --faults=`,
    });
  } finally {
    await other.stop();
  }
});
