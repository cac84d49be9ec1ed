import { listProcesses } from '../../tools/localcity/process.ts';
import { waitUntil } from '../../tools/localcity/wait.ts';
import type { SmallCity } from '../support/city.ts';
import { CityGates } from '../support/city-gates.ts';
import type { Barrier, PassingWrite } from '../support/gate.ts';
import { broken } from './invariants.ts';
import { live } from './life.ts';
import { look } from './world.ts';

/**
 * What is done to the operator when a write is stopped: it is killed before the server has the write or after, or it is
 * stopped until another leads, and then goes on, its write late.
 */
export const HARMS = ['killed-before', 'killed-after', 'stopped-before', 'stopped-after'] as const;
export type Harm = (typeof HARMS)[number];

/** Some lease times. */
const HELD_LIMIT_MS = 15_000;
/** One step of a life is many writes, and at each a leader ends and another is waited for. */
const HARMED_LIMIT_MS = 1_800_000;

export interface EveryWriteOptions {
  /** Asked at each write that was not met before: what is done at it, if anything. */
  readonly harmAt: () => Harm | undefined;
  readonly say: (line: string) => void;
}

export interface EveryWriteResult {
  /** The writes at which the operator was harmed. */
  readonly harmed: readonly string[];
  readonly broken: readonly string[];
}

/** Lives one whole life unharmed and one in which the operator is harmed at one write after another; compares the two. */
export async function everyWrite(city: SmallCity, options: EveryWriteOptions): Promise<EveryWriteResult> {
  const unharmed = await live(city);
  const operators = await GatedOperators.start(city);
  const harmed: string[] = [];
  const { limitMs } = city;
  city.limitMs = HARMED_LIMIT_MS;
  try {
    let isOver = false;
    const life = live(city).finally(() => {
      isOver = true;
    });
    // Whoever awaits it below hears of its failure; until then it must not end the process.
    life.catch(() => undefined);
    const over = life.then(
      () => undefined,
      () => undefined,
    );
    const met = new Map<string, number>();
    let harm = undefined as Harm | undefined;
    while (!isOver) {
      const stopped = operators.barrier.stopAt((write) => {
        if (!isOfALife(write)) return undefined;
        const key = keyOf(write);
        const times = met.get(key) ?? 0;
        met.set(key, times + 1);
        // What was stopped comes again. Of a COMMIT no more is known than its tables, so each second one is new.
        const isNew = write.to === 'books' ? times % 2 === 0 : times === 0;
        harm = isNew ? options.harmAt() : undefined;
        if (harm === undefined) return undefined;
        return harm.endsWith('before') ? 'before' : 'after';
      });
      const write = await Promise.race([stopped, over]);
      if (!write || !harm) break;
      harmed.push(`${harm} at ${write.to} ${write.method} ${write.path}`);
      options.say(`${harmed.length}. ${harmed.at(-1)}`);
      if (harm.startsWith('killed')) await operators.killAndRestart();
      else await operators.succeed();
    }
    operators.barrier.open();
    const found: string[] = [];
    const ended = await life;
    for (const [index, line] of unharmed.entries())
      if (ended[index] !== line) found.push(`unharmed “${line}”, harmed “${ended[index]}”`);
    return { harmed, broken: [...found, ...(await broken(city, await look(city), true))] };
  } finally {
    city.limitMs = limitMs;
    await operators.close();
  }
}

/**
 * Writes that belong to a life: not those by which an operator becomes and stays the leader or tells what happened, nor
 * transactions that find everything as it is, of which the audit chain has nothing to tell.
 */
function isOfALife({ to, path }: PassingWrite): boolean {
  return to === 'books'
    ? path.includes('audit') && !path.includes('fence')
    : path.includes('/namespaces/') && !/\/(leases|events)\b/.test(path);
}

/** Tells writes apart; what changes by itself when one is tried again is left out. */
function keyOf({ to, method, path, body }: PassingWrite): string {
  const text = JSON.stringify(body, (name, value: unknown) =>
    name === 'resourceVersion' || name === 'lastTransitionTime' ? undefined : value,
  );
  return `${to} ${method} ${path} ${text}`;
}

const FIRST = 'operator';
const SECOND = 'operator-2';

/** Operators that reach hub, member and books through gates. */
class GatedOperators {
  private readonly city: SmallCity;
  private readonly gates: CityGates;

  private constructor(city: SmallCity, gates: CityGates) {
    this.city = city;
    this.gates = gates;
  }

  get barrier(): Barrier {
    return this.gates.barrier;
  }

  static async start(city: SmallCity): Promise<GatedOperators> {
    await city.kill();
    const it = new GatedOperators(city, await CityGates.before(city));
    await city.startOperator(FIRST, it.gates.env);
    return it;
  }

  async killAndRestart(): Promise<void> {
    // One that stands by would lead at once.
    await this.killAll();
    this.barrier.open();
    await this.city.startOperator(FIRST, this.gates.env);
  }

  /** Stops the leader, waits until another leads, and lets the former go on with its late write. */
  async succeed(): Promise<void> {
    const { city } = this;
    // On a busy machine a leader may have lost its lease by itself.
    const [leader, other] = lastLed(city, FIRST) > lastLed(city, SECOND) ? [FIRST, SECOND] : [SECOND, FIRST];
    const pid = listProcesses(city.home.dir).find(({ name }) => name === leader)?.pid;
    if (pid === undefined) throw new Error(`${leader} does not run`);
    process.kill(pid, 'SIGSTOP');
    this.barrier.open('keep');
    const before = lastLed(city, other);
    if (!listProcesses(city.home.dir).some(({ name, alive }) => name === other && alive))
      await city.startOperator(other, this.gates.env);
    const leads = () => lastLed(city, other) > before;
    // A write may be of one that has lost its lease: it leads again only when that is through.
    if (!(await waitUntil(leads, { limitMs: HELD_LIMIT_MS, pollMs: 100 }))) this.barrier.release();
    await city.until(`${other} leads`, leads);
    process.kill(pid, 'SIGCONT');
    this.barrier.release();
  }

  async close(): Promise<void> {
    this.barrier.open();
    await this.killAll();
    await this.gates.close();
    await this.city.startOperator();
  }

  private async killAll(): Promise<void> {
    for (const { name, alive } of listProcesses(this.city.home.dir))
      if (alive && name.startsWith('operator')) await this.city.kill(name);
  }
}

/** When an operator last came to lead, in ms since the epoch; 0 if it never did. */
function lastLed(city: SmallCity, name: string): number {
  return city.log(name).findLast(({ msg }) => msg === 'leading')?.time ?? 0;
}
