import { expect, it } from 'vitest';
import type { Handover } from '../../api/v1alpha1/index.ts';
import { change, request } from '../../domain/testing/requests.ts';
import { isKubeError } from '../../kube/errors.ts';
import type { KubeObject } from '../../kube/types.ts';
import { keyOf } from './api.ts';
import { push, statusOf } from './moves.ts';
import { Operator } from './operator.ts';
import { World } from './world.ts';

/**
 * A legal hold that is set while the operator is about to take away what was released: at each of its calls, until the one
 * that asks the hub for the last time.
 */

type Turn = (call: string) => void;

/** A city in which one thing is in use and its release is granted, but not carried out yet. */
class Releasing {
  readonly world: World;
  private turn: Turn = () => undefined;
  private readonly operator: Operator;

  /** @param like whose founded city it shares */
  constructor(like?: World) {
    this.world = new World(like);
    this.operator = new Operator(this.world, async (call) => this.turn(call), 0);
  }

  async prepare(): Promise<void> {
    const { world } = this;
    const spec = { requester: 'luhe-ops', lines: request().spec.lines.map((it) => ({ ...it, quantity: 1 })) };
    this.submit(request(spec));
    while (world.allocations()[0]?.status?.state !== 'InUse') {
      await this.rest();
      push(world);
    }
    const { metadata } = this.allocation;
    const target = { allocation: metadata.name, uid: metadata.uid, revision: 1 };
    this.submit(change('Release', { requester: 'luhe-ops', target }));
    while (this.allocation.spec.released !== true) {
      await this.work('resourcerequests');
      push(world);
    }
  }

  get allocation() {
    const [only] = this.world.allocations();
    if (!only) throw new Error('nothing is granted');
    return only;
  }

  /** Objects of it that stand and are not going. */
  get standing(): number {
    const objects = this.world.rules.objectsOf(this.allocation.metadata.uid);
    return objects.filter(({ metadata }) => metadata.deletionTimestamp === undefined).length;
  }

  /** Looks at it once, with what comes between the calls. */
  async look(turn: Turn): Promise<void> {
    this.operator.sync();
    this.turn = turn;
    await this.operator.reconcile(`allocations ${keyOf(this.allocation.metadata)}`);
    this.turn = () => undefined;
  }

  hold(): void {
    const { allocation, world } = this;
    const { status, spec } = allocation;
    const hold: Handover = { action: 'hold', revision: spec.revision, by: 'auditor', comment: 'case 3' };
    const handovers = [...(status?.handovers ?? []), hold];
    world.hub.replaceStatus('allocations', { ...allocation, status: { ...status, handovers } });
  }

  private submit({ metadata: _old, ...asked }: ReturnType<typeof request>): void {
    const name = `req-${this.world.requests().length + 1}`;
    this.world.hub.create('resourcerequests', {
      ...(JSON.parse(JSON.stringify(asked)) as KubeObject),
      metadata: { name, namespace: 'gov-luhe' },
    });
  }

  /** Works on what is to be looked at, of one resource or of all. */
  private async work(only = ''): Promise<void> {
    const { dirty } = this.world;
    for (const task of dirty) {
      if (!task.startsWith(only)) continue;
      dirty.delete(task);
      this.operator.sync();
      try {
        await this.operator.reconcile(task);
      } catch (error) {
        if (!isKubeError(error, 'E_API_CONFLICT')) throw error;
        dirty.add(task);
      }
    }
  }

  async rest(): Promise<void> {
    const { world } = this;
    do {
      await this.work();
      for (const [name, { api }] of world.members) {
        const before = api.writes;
        for (const { plural, object } of api.all())
          if (object.kind === 'VirtualMachine')
            api.keep(plural, { ...object, status: statusOf(object, true) }, object);
        if (api.writes > before) world.memberChanged(name);
      }
    } while (world.dirty.size > 0);
  }
}

async function prepared(like: World): Promise<Releasing> {
  const it = new Releasing(like);
  await it.prepare();
  return it;
}

it('keeps what is released, up to the moment in which the hub is asked for the last time', async () => {
  const calls: string[] = [];
  const founded = new Releasing();
  await founded.rest();
  const free = await prepared(founded.world);
  expect(free.standing).toBeGreaterThan(0);
  await free.look((call) => calls.push(call));
  expect(free.standing).toBe(0);
  // The last look at the hub comes right before what is first taken, or is first said to be.
  const taken = calls.findIndex((call) => call === 'before erase' || call === 'before delete');
  const last = calls.lastIndexOf('before get', taken);
  expect(last).toBeGreaterThan(0);
  for (let at = 0; at <= last; at++) {
    const it = await prepared(founded.world);
    let call = 0;
    await it.look(() => {
      if (call++ === at) it.hold();
    });
    expect([at, calls[at], it.standing]).toEqual([at, calls[at], 1]);
  }
});
