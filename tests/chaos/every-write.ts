import { listProcesses } from '../../tools/localcity/process.ts';
import { waitUntil } from '../../tools/localcity/wait.ts';
import type { SmallCity } from '../support/city.ts';
import { CityGates } from '../support/city-gates.ts';
import { Barrier, type Rule } from '../support/gate.ts';
import type { ResourceRef } from '../../kube/types.ts';
import { broken } from './invariants.ts';
import { live } from './life.ts';
import { look } from './world.ts';
import { isOfALife, type LifeWrite, LifeWrites } from './writes.ts';

/**
 * What is done to the operator when a write is stopped: it is killed before the server has the write or after, or it is
 * stopped until another leads, and then goes on, its write late.
 */
export const HARMS = ['killed-before', 'killed-after', 'stopped-before', 'stopped-after'] as const;
export type Harm = (typeof HARMS)[number];

/** One step of a life is many writes, and at each a leader ends and another is waited for. */
const HARMED_LIMIT_MS = 1_800_000;

/** The harms of a run. */
export interface Plan {
  /** By what every life has: each of these writes is harmed once. */
  readonly at: ReadonlyMap<string, Harm>;
  /** At whatever else the first harmed life writes: status, of which one write may take another's up. */
  readonly others?: Harm;
}

export interface EveryWriteOptions {
  /** What is harmed, of what the unharmed life wrote and every life has, in its order. */
  readonly plan: (writes: readonly string[]) => Plan;
  readonly say: (line: string) => void;
}

export interface EveryWriteResult {
  /** Of the unharmed life: what every life has, and how many writes of status it had beside. */
  readonly writes: readonly string[];
  readonly others: number;
  /** At what the operator was harmed, in how many lives. */
  readonly harmed: { readonly writes: readonly string[]; readonly others: number; readonly lives: number };
  /** What did not hold, writes that were to be harmed and never came among it. */
  readonly broken: readonly string[];
}

/**
 * Lives one whole life unharmed, and then lives in which the operator is harmed at one write after another, until each
 * that was planned was harmed once: what a stopped one had on its way beside the write that it was stopped at is done
 * late, and harmed in the next life. Each must end as the unharmed one did.
 */
export async function everyWrite(
  city: SmallCity,
  { plan, say }: EveryWriteOptions,
): Promise<EveryWriteResult> {
  const operators = await GatedOperators.start(city);
  const { limitMs } = city;
  city.limitMs = HARMED_LIMIT_MS;
  try {
    const writes: string[] = [];
    let others = 0;
    const unharmed = await operators.live((write) => {
      writes.push(...write.sure);
      if (write.sure.length === 0) others += 1;
      return undefined;
    }, say);
    const { at, others: otherHarm } = plan(writes);
    const left = new Map(at);
    const harmed = { writes: [] as string[], others: 0, lives: 0 };
    const found: string[] = [];
    for (let before = Infinity; left.size > 0 && left.size < before; harmed.lives += 1) {
      before = left.size;
      const ended = await operators.live((write) => {
        const planned = write.sure.filter((it) => left.has(it));
        const [first] = planned;
        const harm = first === undefined ? (harmed.lives === 0 ? otherHarm : undefined) : left.get(first);
        harmed.writes.push(...planned);
        if (harm && planned.length === 0) harmed.others += 1;
        for (const it of planned) left.delete(it);
        return harm;
      }, say);
      for (const [index, line] of unharmed.entries())
        if (ended[index] !== line) found.push(`unharmed “${line}”, harmed “${ended[index]}”`);
    }
    found.push(...[...left.keys()].map((it) => `not harmed: ${it}`));
    return { writes, others, harmed, broken: [...found, ...(await broken(city, await look(city), true))] };
  } finally {
    city.limitMs = limitMs;
    await operators.close();
  }
}

const LEASE: ResourceRef = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  namespaced: true,
};
const FIRST = 'operator';
const SECOND = 'operator-2';

let lives = 0;

/** Two operators that reach hub, member and books through gates of their own, which close together. */
class GatedOperators {
  private readonly city: SmallCity;
  private readonly barrier: Barrier;
  private readonly gates: ReadonlyMap<string, CityGates>;

  private constructor(city: SmallCity, barrier: Barrier, gates: ReadonlyMap<string, CityGates>) {
    this.city = city;
    this.barrier = barrier;
    this.gates = gates;
  }

  static async start(city: SmallCity): Promise<GatedOperators> {
    await city.kill();
    const barrier = new Barrier();
    const gates = new Map<string, CityGates>();
    for (const name of [FIRST, SECOND]) gates.set(name, await CityGates.before(city, name, barrier));
    const it = new GatedOperators(city, barrier, gates);
    await it.startOperator(FIRST);
    return it;
  }

  /**
   * A life, in which the operator is harmed.
   * @param harmAt asked at each write that was not met before
   * @returns what is left of the life
   */
  async live(
    harmAt: (write: LifeWrite) => Harm | undefined,
    say: (line: string) => void,
  ): Promise<readonly string[]> {
    const name = `life-${(lives += 1)}`;
    const writes = new LifeWrites(name);
    let isOver = false;
    let next = undefined as { readonly harm: Harm; readonly write: LifeWrite } | undefined;
    const rule: Rule = (passing) => {
      // What comes from one that leads no more is late, and its successor's to do.
      if (isOver || !isOfALife(passing) || !this.leads(passing.from)) return undefined;
      const write = writes.meet(passing);
      const harm = write && harmAt(write);
      if (!write || !harm) return undefined;
      next = { harm, write };
      return harm.endsWith('before') ? 'before' : 'after';
    };
    let stopped = this.barrier.stopAt(rule);
    const life = live(this.city, name).finally(() => {
      isOver = true;
    });
    // Whoever awaits it below hears of its failure; until then it must not end the process.
    const over = life.then(
      () => undefined,
      () => undefined,
    );
    for (let count = 1; ; count++) {
      const passing = (await Promise.race([stopped, over])) ?? (next && (await stopped));
      if (!passing || !next) break;
      const { harm, write } = next;
      next = undefined;
      // The gates are still closed: nothing passes that the rule is not asked about.
      stopped = this.barrier.stopAt(rule);
      say(`${count}. ${harm} at ${write.told}`);
      if (harm.startsWith('killed')) await this.killAndRestart();
      else await this.succeed(passing.from);
    }
    return life;
  }

  private leads(name: string): boolean {
    const [own, other] = name === FIRST ? [FIRST, SECOND] : [SECOND, FIRST];
    return lastLed(this.city, own) > lastLed(this.city, other);
  }

  private async killAndRestart(): Promise<void> {
    // One that stands by would lead at once.
    await this.killAll();
    // Nobody renews its lease any more: what is waited for below is no part of the harm.
    await this.city.hub.client.delete(LEASE, { namespace: 'govcloud-system', name: 'govcloud-operator' });
    this.barrier.open();
    await this.startOperator(FIRST);
  }

  /** Stops a leader, waits until another leads, and lets the former go on with its late write. */
  private async succeed(leader: string): Promise<void> {
    const { city } = this;
    const other = leader === FIRST ? SECOND : FIRST;
    const processes = listProcesses(city.home.dir).filter(({ alive }) => alive);
    const pid = processes.find(({ name }) => name === leader)?.pid;
    if (pid === undefined) throw new Error(`${leader} does not run`);
    process.kill(pid, 'SIGSTOP');
    this.barrier.open('keep', leader);
    if (!processes.some(({ name }) => name === other)) await this.startOperator(other);
    const isNext = await waitUntil(() => this.leads(other), { limitMs: city.limitMs, pollMs: 100 });
    if (!isNext) throw new Error(`${other} does not lead`);
    process.kill(pid, 'SIGCONT');
    this.barrier.release();
  }

  async close(): Promise<void> {
    await this.killAll();
    for (const it of this.gates.values()) await it.close();
    await this.city.startOperator();
  }

  private async startOperator(name: string): Promise<void> {
    await this.city.startOperator(name, this.gates.get(name)?.env);
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
