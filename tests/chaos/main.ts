/**
 * A random life of a small city on real processes, with faults: `npm run chaos -- --seed N --steps M`. After each step
 * everything that must hold is checked; the first thing that does not ends the run with exit code 1.
 */
import { parseArgs } from 'node:util';
import { SmallCity } from '../support/city.ts';
import { FAULTS } from './faults.ts';
import { chaos } from './run.ts';

const NAMES = FAULTS.map(({ name }) => name);

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    steps: { type: 'string', default: '100' },
    faults: { type: 'string' },
  },
});
const [seed, steps] = [values.seed, values.steps].map(Number) as [number, number];
const faults = values.faults === undefined ? NAMES : values.faults.split(',').filter((it) => it !== '');
if (
  !Number.isSafeInteger(seed) ||
  !Number.isSafeInteger(steps) ||
  !faults.every((it) => NAMES.includes(it))
) {
  console.error(`usage: npm run chaos -- [--seed N] [--steps M] [--faults ${NAMES.join(',')}]`);
  process.exit(2);
}

const city = await SmallCity.start();
try {
  const { broken, digest, done } = await chaos(city, { seed, steps, faults, say: console.log });
  if (broken.length > 0) {
    for (const it of broken) console.error(`broken: ${it}`);
    console.error(
      `to play it again: npm run chaos -- --seed ${seed} --steps ${done.length} --faults ${faults.join(',')}`,
    );
    process.exitCode = 1;
  } else console.log(`${done.length} steps, all held; workload ${digest}`);
} finally {
  await city.stop();
}
