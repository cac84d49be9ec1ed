/**
 * Faults on real processes: `npm run chaos -- --seed N --steps M` lives a random life in a small city, and
 * `npm run chaos -- --every-write` one whole life of a request with the operator harmed at every write of it. What must
 * hold is checked; the first thing that does not hold ends the run with exit code 1.
 */
import { parseArgs } from 'node:util';
import { SmallCity } from '../support/city.ts';
import { everyWrite, HARMS } from './every-write.ts';
import { FAULTS } from './faults.ts';
import { chaos } from './run.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    steps: { type: 'string', default: '100' },
    faults: { type: 'string' },
    'every-write': { type: 'boolean', default: false },
    harm: { type: 'string' },
  },
});

/** Of a list of names, those that were asked for; all when none were. */
function chosen<T extends string>(asked: string | undefined, known: readonly T[]): readonly T[] {
  const names = asked?.split(',').filter((it) => it !== '') ?? known;
  for (const it of names)
    if (!(known as readonly string[]).includes(it)) usage(`there is no ${it}: ${known.join(', ')}`);
  return names as readonly T[];
}

function usage(problem: string): never {
  console.error(problem);
  console.error(
    'usage: npm run chaos -- [--seed N] [--steps M] [--faults NAME,…] | --every-write [--harm NAME,…]',
  );
  process.exit(2);
}

function count(name: string, value: string): number {
  const it = Number(value);
  return Number.isSafeInteger(it) && it >= 0 ? it : usage(`--${name} ${value} is no whole number`);
}

const [seed, steps] = [count('seed', values.seed), count('steps', values.steps)];
const faults = chosen(
  values.faults,
  FAULTS.map(({ name }) => name),
);
const harms = chosen(values.harm, HARMS);

async function randomLife(city: SmallCity): Promise<readonly string[]> {
  const { broken, digest, done, replay } = await chaos(city, { seed, steps, faults, say: console.log });
  console.log(`${done.length} steps, workload ${digest}`);
  if (broken.length > 0) console.error(`to play it again: ${replay}`);
  return broken;
}

async function harmAtEveryWrite(city: SmallCity): Promise<readonly string[]> {
  const found: string[] = [];
  let all = 0;
  for (const harm of harms) {
    const { writes, others, harmed, broken } = await everyWrite(city, {
      plan: (it) => ({ at: new Map(it.map((write) => [write, harm])), others: harm }),
      say: console.log,
    });
    console.log(
      `${harm}: at ${harmed.writes.length} of the unharmed life's ${writes.length} creates, updates, deletes, applies, ` +
        `COMMITs and steps of requests, and at ${harmed.others} writes of status (unharmed ${others}; one may take up another), ` +
        `in ${harmed.lives} lives; ${broken.length} things broken`,
    );
    all += harmed.writes.length + harmed.others;
    found.push(...broken.map((it) => `${harm}: ${it}`));
  }
  const every = found.length === 0 ? ': every write of the life, one point after another' : '';
  console.log(`harmed at ${all} writes in all${every}`);
  return found;
}

// Hundreds of leaders die in a long run, and each successor waits for the end of the lease.
const started = SmallCity.start({ GOVCLOUD_LEASE_SECONDS: '3' });
let isInterrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    isInterrupted = true;
    // Its servers would outlive this process.
    void started.then((it) => it.stop()).finally(() => process.exit(130));
  });
}
const city = await started;
try {
  const broken = await (values['every-write'] ? harmAtEveryWrite(city) : randomLife(city));
  for (const it of broken) console.error(`broken: ${it}`);
  if (broken.length > 0) process.exitCode = 1;
  else console.log('all held');
} catch (error) {
  // A step that lost its servers to whoever stopped the run says nothing of the city.
  if (!isInterrupted) throw error;
} finally {
  await city.stop();
}
