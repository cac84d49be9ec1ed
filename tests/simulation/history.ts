import { setImmediate } from 'node:timers/promises';
import { CapacityPool, Quota } from '../../api/v1alpha1/index.ts';
import { GovError } from '../../domain/errors.ts';
import { system } from '../../domain/testing/city.ts';
import { isKubeError, KubeClientError } from '../../kube/errors.ts';
import type { KubeObject } from '../../kube/types.ts';
import { Random } from '../../domain/testing/random.ts';
import { limits } from './city.ts';
import { MOVES, push, statusOf } from './moves.ts';
import { Crash, HOLD_HOURS, Operator } from './operator.ts';
import { Broken } from './rules.ts';
import { World } from './world.ts';

const FEWEST_MOVES = 4;
const MOST_MOVES = 20;
/** Of so many histories one is pushed to the end of everything, which takes longer than all before it. */
const PUSHED = 4;
/** More reconciles than a city of this size needs to come to rest. */
const MOST_WORK = 600;
const MOST_ROUNDS = 60;
const CLOCKS_OFF = [0, 0, 0, -3_600_000, 86_400_000];
/** Less than a hold lasts, and more. */
const HOURS = [1, HOLD_HOURS + 1];
const FINAL = ['Granted', 'Rejected', 'Withdrawn'];

export interface Told {
  /** What happened, a line each. */
  readonly said: readonly string[];
  /** What did not hold; undefined when everything did. */
  readonly broken: string | undefined;
  /** How requests ended. */
  readonly ends: readonly string[];
}

/** A history as numbers: each is a seed from which all that one move does follows, whatever came before it. */
export function movesOf(seed: number): readonly number[] {
  const random = new Random(seed);
  return Array.from({ length: FEWEST_MOVES + random.below(MOST_MOVES - FEWEST_MOVES) }, () =>
    random.below(2 ** 31),
  );
}

/** Plays a history: moves, with the operator at work and harmed between them, then peace, in which all must end. */
export async function play(moves: readonly number[]): Promise<Told> {
  founded ??= foundWorld();
  const history = new History(await founded);
  let broken: string | undefined;
  try {
    for (const seed of moves) await history.move(new Random(seed));
    await history.end((moves.at(-1) ?? 0) % PUSHED === 0);
  } catch (error) {
    broken = error instanceof Broken ? error.message : `${(error as Error).stack}`;
  }
  const { world, said } = history;
  return {
    said,
    broken: world.rules.broken[0] ?? broken,
    ends: world.requests().map(({ status }) => `${status?.phase}`),
  };
}

/** The fewest moves that still break: one after another is left out as long as it breaks without it. */
export async function shrink(moves: readonly number[]): Promise<readonly number[]> {
  let fewest = moves;
  for (let size = Math.ceil(moves.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < fewest.length; ) {
      const fewer = [...fewest.slice(0, at), ...fewest.slice(at + size)];
      if ((await play(fewer)).broken !== undefined) fewest = fewer;
      else at += size;
    }
  }
  return fewest;
}

let founded: Promise<World> | undefined;

/** The city at its beginning, which all histories share: founded, its limits in the books. */
async function foundWorld(): Promise<World> {
  const world = new World();
  const operator = new Operator(world, async () => undefined, 0);
  for (const task of world.dirty) {
    world.dirty.delete(task);
    operator.sync();
    await operator.reconcile(task);
  }
  return world;
}

class History {
  readonly world: World;
  readonly said: string[] = [];
  private random = new Random(0);
  private leader: Operator;
  /** Those who led before and do not know yet that they do not any more. */
  private former: Operator[] = [];
  private isPeace = false;
  private depth = 0;

  constructor(like: World) {
    this.world = new World(like);
    this.leader = this.successor();
  }

  async move(random: Random): Promise<void> {
    this.random = random;
    this.something();
    if (random.below(4) > 0) await this.work();
    const [former, all] = [this.former[0], this.everything()];
    if (former && all.length > 0 && random.below(4) === 0) {
      this.said.push(`operator ${former.epoch} wakes up`);
      await this.reconcile(former, random.one(all));
    }
    this.world.rules.check();
  }

  /** Faults end: everything comes to rest and stays so. */
  async end(isPushed: boolean): Promise<void> {
    const { world } = this;
    this.said.push('peace');
    this.isPeace = true;
    this.former = [];
    this.leader = this.successor();
    for (const member of world.members.values()) member.isDown = false;
    world.resync();
    for (const name of world.members.keys()) world.memberChanged(name);
    await this.rest();
    await this.stayAtRest();
    if (isPushed) await this.pushToTheEnd();
  }

  /** What waits for people can be brought to its end by those who want it. */
  private async pushToTheEnd(): Promise<void> {
    const { world } = this;
    for (const it of world.hub.list<KubeObject>('informationsystems'))
      world.hub.update('informationsystems', { ...it, spec: system().spec });
    for (const [plural, field] of [
      [CapacityPool.plural, 'total'],
      [Quota.plural, 'limits'],
    ] as const)
      for (const it of world.hub.list<KubeObject<object>>(plural))
        world.hub.update(plural, { ...it, spec: { ...it.spec, [field]: limits(4000) } });
    for (let round = 0; push(world); round++) {
      world.rules.demand(round < MOST_ROUNDS, 'people who want it cannot bring everything to its end');
      await this.rest();
    }
    for (const { metadata, status } of world.requests())
      world.rules.demand(
        FINAL.includes(status?.phase ?? ''),
        `request ${metadata.name} has not ended: ${JSON.stringify(status)}`,
      );
  }

  /** Works until nothing is left to do, and sees that looking again changes nothing. */
  private async rest(): Promise<void> {
    const { world } = this;
    for (let round = 0; ; round++) {
      world.rules.demand(round < 10, 'members do not come to rest');
      this.settleMembers();
      if (world.dirty.size === 0) break;
      await this.work();
      world.rules.check();
    }
    world.rules.checkRest();
    for (const { metadata, spec, status } of world.requests()) {
      const isHuman =
        ['Draft', 'Returned', 'InReview', 'Rejected', 'Withdrawn'].includes(status?.phase ?? '') ||
        (status?.phase === 'Granted' &&
          (status.state !== 'Approved' || (spec.action !== 'Provision' && spec.action !== 'Resize')));
      world.rules.demand(
        isHuman,
        `request ${metadata.name} waits for the operator: ${JSON.stringify(status)}`,
      );
    }
  }

  /** What members' own controllers do when nothing hinders them. */
  private settleMembers(): void {
    for (const [name, { api }] of this.world.members) {
      const before = api.writes;
      api.sweep();
      for (const { plural, object } of api.all())
        if (object.kind === 'VirtualMachine' && object.metadata.deletionTimestamp === undefined)
          api.keep(plural, { ...object, status: statusOf(object, true) }, object);
      if (api.writes > before) this.world.memberChanged(name);
    }
  }

  /** Looking at everything again changes nothing. */
  private async stayAtRest(): Promise<void> {
    const { world } = this;
    world.refreshBalances();
    await this.work();
    const before = this.writes();
    world.resync();
    await this.work();
    world.rules.demand(this.writes() === before, 'what is at rest is written again');
  }

  private writes(): number {
    const { hub, members, books } = this.world;
    return [hub, ...[...members.values()].map(({ api }) => api)].reduce(
      (sum, it) => sum + it.writes,
      books.transactions.length + books.decisions.length,
    );
  }

  private something(): void {
    const told = this.random.weighted(MOVES).act(this.world, this.random);
    if (told !== undefined) this.said.push(told);
  }

  /** Works on what is to be looked at, in any order. */
  private async work(): Promise<void> {
    const { dirty } = this.world;
    if (!this.isPeace && this.random.below(8) === 0) this.world.refreshBalances();
    for (let count = 0; dirty.size > 0; count++) {
      this.world.rules.demand(
        count < MOST_WORK,
        `no rest after ${count} reconciles: ${[...dirty].join(', ')}`,
      );
      const task = this.isPeace ? ([...dirty][0] as string) : this.random.one([...dirty]);
      dirty.delete(task);
      // A picture may lag behind; what it missed comes later and has it looked at again.
      const isLagging = !this.isPeace && this.random.below(6) === 0;
      if (!isLagging) this.leader.sync();
      if (!(await this.reconcile(this.leader, task, isLagging)) || isLagging) dirty.add(task);
      if (!this.isPeace && this.random.below(30) === 0) return;
    }
  }

  /** Gives whether it went through. */
  private async reconcile(operator: Operator, task: string, isLagging = true): Promise<boolean> {
    const isOvertaking = this.depth > 0;
    try {
      await operator.reconcile(task);
      return true;
    } catch (error) {
      if (error instanceof Crash) {
        this.said.push(`operator ${operator.epoch} is gone at ${error.message} of ${task}`);
        if (operator === this.leader) this.replace();
        return false;
      }
      if (error instanceof GovError && error.code === 'E_FENCED') {
        this.world.rules.demand(operator.epoch !== this.world.books.epoch, 'the leader is fenced');
        this.former = this.former.filter((it) => it !== operator);
        return false;
      }
      // Somebody else wrote first, or what was looked at is gone: it is looked at again.
      if (isKubeError(error, 'E_API_CONFLICT') || isKubeError(error, 'E_API_NOT_FOUND')) return false;
      if (error instanceof KubeClientError) return false;
      // Parts of a picture that lag differently may not fit together: whoever fails on them tries again.
      if (isLagging && !(error instanceof Broken)) return false;
      throw error;
    } finally {
      // Of several calls at once one may have failed while a successor acts within another: nobody acts beside it.
      if (!isOvertaking) await setImmediate();
    }
  }

  private replace(): void {
    this.leader = this.successor();
    this.world.resync();
  }

  private successor(): Operator {
    const offset = this.isPeace ? 0 : this.random.one(CLOCKS_OFF);
    return new Operator(this.world, (call) => this.turn(call), offset);
  }

  /** Between an operator's steps: it may be killed, or overtaken by a successor, or others act, or time passes. */
  private async turn(call: string): Promise<void> {
    if (this.isPeace || this.depth > 0) return;
    const fate = this.random.below(200);
    if (fate < 4) throw new Crash(call);
    if (fate < 12) {
      this.something();
    } else if (fate < 14) {
      this.said.push(`overtaken at ${call}`);
      this.former.push(this.leader);
      this.depth += 1;
      this.replace();
      await this.work();
      this.depth -= 1;
    } else if (fate < 16) {
      const hours = this.random.one(HOURS);
      this.said.push(`${hours} hours pass at ${call}`);
      this.world.pass(hours);
    }
  }

  private everything(): readonly string[] {
    return this.world.hub
      .all()
      .filter(({ plural }) => plural === 'resourcerequests' || plural === 'allocations')
      .map(({ plural, object }) => `${plural} ${object.metadata.namespace}/${object.metadata.name}`);
  }
}
