import { createHash } from 'node:crypto';
import { KubeError } from '../../kube/errors.ts';
import { waitUntil } from '../../tools/localcity/wait.ts';
import type { SmallCity } from '../support/city.ts';
import { type Fault, FAULTS } from './faults.ts';
import { furnish } from './furnish.ts';
import { broken } from './invariants.ts';
import { drawMove } from './moves.ts';
import { Random } from '../../domain/testing/random.ts';
import { look, unrest, type World } from './world.ts';

/** How long the operator may take to come to rest; a busy machine is slow, not wrong. */
const REST_LIMIT_MS = 120_000;
const POLL_MS = 50;
/** One step in so many meets a fault. */
const FAULT_EVERY = 3;

/** An API server that has just started refuses, up to half a minute, whatever a policy of ours has a say in. */
const NOT_KNOWN_YET = /failed to configure policy/;

export interface ChaosOptions {
  readonly seed: number;
  readonly steps: number;
  /** By name; none for a run without faults. */
  readonly faults: readonly string[];
  readonly say: (line: string) => void;
}

export interface ChaosResult {
  /** What was done, a line a step: the same for the same seed. */
  readonly done: readonly string[];
  /** What did not hold after the last step; empty when all held. */
  readonly broken: readonly string[];
  /** Of `done`, to compare runs by. */
  readonly digest: string;
  /** The command that does it again, up to the last step that was begun. */
  readonly replay: string;
}

/**
 * Lives in a city for some steps, with faults, and looks after each whether all holds. Ends at the first that does not.
 * @throws Error of what was not to happen at all, with the command that does it again
 */
export async function chaos(city: SmallCity, options: ChaosOptions): Promise<ChaosResult> {
  const done: string[] = [];
  const replay = (steps: number) =>
    `npm run chaos -- --seed ${options.seed} --steps ${steps} --faults=${options.faults.join(',')}`;
  try {
    const found = await run(city, options, done);
    const digest = createHash('sha256').update(done.join('\n')).digest('hex').slice(0, 16);
    return { done, broken: found, digest, replay: replay(done.length) };
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`${message}\nto play it again: ${replay(done.length + 1)}`, { cause: error });
  }
}

/** @returns what does not hold after the last step */
async function run(city: SmallCity, options: ChaosOptions, done: string[]): Promise<readonly string[]> {
  const random = new Random(options.seed);
  const faults = FAULTS.filter(({ name }) => options.faults.includes(name));
  await furnish(city);
  let world = await look(city);
  for (let step = 1; step <= options.steps; step++) {
    const move = drawMove(random, world, step);
    const fault = faults.length > 0 && random.below(FAULT_EVERY) === 0 ? random.one(faults) : undefined;
    const line = `${step}. ${move.what}${fault ? ` [${fault.name}]` : ''}`;
    options.say(line);
    const outcome = await act(city, move.act, fault);
    done.push(`${line}${outcome}`);
    if (outcome !== '') options.say(`   ${outcome}`);
    const rest = await toRest(city);
    if (rest.unrest.length > 0) return rest.unrest.map((it) => `does not come to rest: ${it}`);
    world = rest.world;
    const found = await broken(city, world, true);
    if (found.length > 0) return found;
  }
  return [];
}

/** Does it, with the fault at its heels. @returns how it was refused, if it was */
async function act(
  city: SmallCity,
  move: (city: SmallCity) => Promise<unknown>,
  fault: Fault | undefined,
): Promise<string> {
  const recover = await fault?.before?.(city);
  let outcome = '';
  try {
    await city.until('admission knows our kinds', async () => {
      try {
        await move(city);
        return true;
      } catch (error) {
        if (error instanceof KubeError && NOT_KNOWN_YET.test(error.message)) return false;
        throw error;
      }
    });
  } catch (error) {
    // What admission refuses is refused for good; anything else is nobody's plan.
    if (!(error instanceof KubeError) || (error.status !== 403 && error.status !== 422)) throw error;
    outcome = ` → ${error.status} ${error.message}`;
  }
  await fault?.after?.(city);
  await recover?.();
  return outcome;
}

async function toRest(city: SmallCity): Promise<{ world: World; unrest: readonly string[] }> {
  let world = await look(city);
  let left = unrest(world, true);
  await waitUntil(
    async () => {
      world = await look(city);
      left = unrest(world, true);
      return left.length === 0;
    },
    { limitMs: REST_LIMIT_MS, pollMs: POLL_MS },
  );
  return { world, unrest: left };
}
