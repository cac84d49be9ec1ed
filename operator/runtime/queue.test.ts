import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { backoffMs } from './backoff.ts';
import { type QueueMetrics, type QueueOptions, WorkQueue } from './queue.ts';
import { ManualClock, seededRandom } from './testing.ts';

function setUp(more: Partial<QueueOptions> = {}) {
  const clock = new ManualClock();
  const seen = { depth: 0, added: 0, retried: 0, waited: [] as number[], worked: [] as number[] };
  const metrics: QueueMetrics = {
    depth: (keys) => {
      seen.depth = keys;
    },
    added: () => {
      seen.added += 1;
    },
    retried: () => {
      seen.retried += 1;
    },
    waited: (seconds) => seen.waited.push(seconds),
    worked: (seconds) => seen.worked.push(seconds),
  };
  const backoff = { baseMs: 100, maxMs: 1000 };
  const queue = new WorkQueue({ clock, random: seededRandom(7), backoff, metrics, ...more });
  return { clock, queue, seen };
}

describe('WorkQueue', () => {
  it('hands out each waiting key once, of a namespace the oldest first', async () => {
    const { queue, seen } = setUp();
    for (const key of ['a', 'b', 'a', 'c', 'b']) queue.add(key);
    expect(seen).toMatchObject({ depth: 3, added: 3 });
    expect([await queue.next(), await queue.next(), await queue.next()]).toEqual(['a', 'b', 'c']);
    expect(seen.depth).toBe(0);
  });

  it('lets namespaces take turns: ten thousand keys of one make the others wait at most twice as long', async () => {
    const random = seededRandom(11);
    const others = Array.from({ length: 59 }, (_, department) =>
      Array.from({ length: 1 + Math.floor(random() * 5) }, (_, index) => `gov-${department}/zy-${index}`),
    ).flat();
    /** How many keys were handed out until each of the others' was, itself too. */
    const waits = async (flood: readonly string[]) => {
      const { queue, seen } = setUp();
      for (const key of [...flood, ...others]) queue.add(key);
      const waits = new Map<string, number>();
      for (let count = 1; waits.size < others.length; count++) {
        const key = await queue.next();
        if (key?.startsWith('gov-')) waits.set(key, count);
      }
      expect(seen.depth).toBe(flood.length + others.length - seen.waited.length);
      return waits;
    };
    const quiet = await waits([]);
    const flooded = await waits(Array.from({ length: 10_000 }, (_, index) => `flood/zy-${index}`));
    for (const key of others) expect(flooded.get(key)).toBeLessThanOrEqual(2 * (quiet.get(key) ?? 0));
  });

  it('hands out what something happened to before what was only listed, and a listed one in four', async () => {
    const { queue, seen } = setUp();
    const settled = Array.from({ length: 10_000 }, (_, index) => `gov-luhe/settled-${index}`);
    for (const key of settled) queue.add(key, 'list');
    queue.add('gov-hetian/settled', 'list');
    // A new one waits for none of its namespace, and for one key of each other.
    queue.add('gov-luhe/new');
    const first = [await queue.next(), await queue.next()];
    expect(first).toEqual(['gov-luhe/new', 'gov-hetian/settled']);
    // Something happens to the last one that was listed: it waits no longer, and only once.
    queue.add('gov-luhe/settled-9999');
    queue.add('gov-luhe/settled-9999', 'list');
    expect(await queue.next()).toBe('gov-luhe/settled-9999');
    expect(seen).toMatchObject({ depth: 9_999, added: 10_002 });
    // Although something happens all the time, what was listed has every fourth turn, in its order.
    const taken: string[] = [];
    for (let turn = 0; turn < 400; turn++) {
      queue.add(`gov-luhe/event-${turn}`);
      const key = (await queue.next()) ?? '';
      taken.push(key);
      queue.done(key);
    }
    const listed = taken.filter((key) => key.includes('settled'));
    expect(listed).toEqual(settled.slice(0, 100));
    // And what happened in this order is handed out in this order.
    const events = taken.filter((key) => key.includes('event'));
    expect(events).toEqual(Array.from({ length: 300 }, (_, turn) => `gov-luhe/event-${turn}`));
    // At last all of them were handed out once.
    const rest: string[] = [];
    while (seen.depth > 0) rest.push((await queue.next()) ?? '');
    expect(new Set([...listed, ...rest]).size).toBe(listed.length + rest.length);
    expect(rest.filter((key) => key.includes('settled'))).toHaveLength(9_899);
  });

  it('gives a lane no more workers than it may have, whatever waits in it', async () => {
    const cluster = new Map<string, string>();
    const laneOf = (key: string) => cluster.get(key) ?? '';
    const { queue, seen } = setUp({ laneOf, perLane: 2 });
    const keys = (lane: string, count: number) =>
      Array.from({ length: count }, (_, index) => {
        const key = `gov-${index % 3}/${lane}-${index}`;
        cluster.set(key, lane);
        return key;
      });
    const silent = keys('silent', 100);
    const others = keys('other', 10);
    for (const key of [...silent, ...others]) queue.add(key);
    const taken: string[] = [];
    const take = async () => {
      for (let key = await queue.next(); key !== undefined; key = await queue.next()) {
        taken.push(key);
        if (laneOf(key) === 'silent') return;
        queue.done(key);
      }
    };
    const workers = Array.from({ length: 4 }, take);
    await vi.waitFor(() => expect(taken).toHaveLength(12));
    expect(taken.filter((key) => laneOf(key) === 'silent')).toEqual(silent.slice(0, 2));
    expect(taken.filter((key) => laneOf(key) === 'other').sort()).toEqual([...others].sort());
    expect(seen.depth).toBe(98);

    queue.done(silent[0] as string);
    await vi.waitFor(() => expect(taken).toHaveLength(13));
    expect(taken[12]).toBe(silent[2]);
    const drained = queue.drain();
    for (const key of silent.slice(1, 3)) queue.done(key);
    await drained;
    await Promise.all(workers);
  });

  it('has a key wait once though its lane has changed meanwhile', async () => {
    let lane = 'one';
    const { queue, seen } = setUp({ laneOf: () => lane, perLane: 1 });
    queue.add('a');
    lane = 'two';
    queue.add('a');
    expect(await queue.next()).toBe('a');
    expect(seen.depth).toBe(0);
  });

  it('keeps a key that is added while a worker has it until the worker is done', async () => {
    const { queue } = setUp();
    queue.add('a');
    expect(await queue.next()).toBe('a');
    queue.add('a');
    queue.add('a');
    let second: string | undefined;
    const taken = queue.next().then((key) => {
      second = key;
    });
    await Promise.resolve();
    expect(second).toBeUndefined();
    queue.done('a');
    await taken;
    expect(second).toBe('a');
    queue.done('a');
    const third = queue.next();
    queue.add('b');
    expect(await third).toBe('b');
  });

  it('adds a key at the earliest of the moments asked for, once', async () => {
    const { clock, queue, seen } = setUp();
    queue.addAfter('a', 500);
    queue.addAfter('a', 200);
    queue.addAfter('a', 900);
    clock.advance(199);
    expect(seen.added).toBe(0);
    clock.advance(1);
    expect(await queue.next()).toBe('a');
    clock.advance(10_000);
    expect(seen.added).toBe(1);
    expect(clock.pending).toBe(0);
  });

  it('backs off per key, doubling up to the cap, and starts small again after forget', () => {
    const { clock, queue, seen } = setUp();
    const delays: number[] = [];
    for (let i = 0; i < 8; i++) {
      delays.push(queue.retry('a'));
      clock.advance(2000);
    }
    for (const [i, ms] of delays.entries()) {
      const full = Math.min(1000, 100 * 2 ** i);
      expect(ms).toBeGreaterThanOrEqual(full / 2);
      expect(ms).toBeLessThan(full);
    }
    expect(queue.retry('b')).toBeLessThan(100);
    queue.forget('a');
    expect(queue.retry('a')).toBeLessThan(100);
    expect(seen.retried).toBe(10);
  });

  it('measures waiting and working', async () => {
    const { clock, queue, seen } = setUp();
    queue.add('a');
    clock.advance(3000);
    await queue.next();
    clock.advance(500);
    queue.done('a');
    expect(seen).toMatchObject({ waited: [3], worked: [0.5] });
  });

  it('drains: waits for workers, drops the rest, ends takers, takes no more', async () => {
    const { clock, queue, seen } = setUp();
    queue.add('a');
    queue.add('b');
    queue.addAfter('c', 100);
    await queue.next();
    await queue.next();
    const taker = queue.next();
    queue.add('d');
    expect(await taker).toBe('d');
    queue.add('e');
    let drained = false;
    const draining = queue.drain().then(() => {
      drained = true;
    });
    for (const key of ['a', 'b']) queue.done(key);
    queue.add('a');
    await Promise.resolve();
    expect(drained).toBe(false);
    queue.done('d');
    await draining;
    expect(await queue.next()).toBeUndefined();
    expect(clock.pending).toBe(0);
    expect(seen.depth).toBe(0);
  });

  it('refuses done for a key that no worker has', () => {
    const { queue } = setUp();
    expect(() => queue.done('a')).toThrow('no worker has a');
  });

  const keys = fc.constantFrom('a', 'x/b', 'x/c', 'y/c');
  const step = fc.oneof(
    fc.record({ do: fc.constant('add' as const), key: keys }),
    fc.record({ do: fc.constant('after' as const), key: keys, ms: fc.nat(300) }),
    fc.record({ do: fc.constant('retry' as const), key: keys }),
    fc.record({ do: fc.constant('take' as const) }),
    fc.record({ do: fc.constant('done' as const), key: keys }),
    fc.record({ do: fc.constant('advance' as const), ms: fc.nat(400) }),
  );

  it('never gives a key to two workers, and works on each key after its last adding', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { clock, queue } = setUp();
        const active = new Set<string>();
        const owed = new Set<string>();
        let takers = 0;
        const take = () => {
          takers += 1;
          void queue.next().then((key) => {
            takers -= 1;
            if (key === undefined) return;
            expect(active.has(key)).toBe(false);
            active.add(key);
            owed.delete(key);
          });
        };
        const settle = () => new Promise((resolve) => setImmediate(resolve));
        const finish = (key: string) => {
          if (active.delete(key)) queue.done(key);
        };
        for (const it of steps) {
          if (it.do === 'add') queue.add(it.key);
          if (it.do === 'after') queue.addAfter(it.key, it.ms);
          if (it.do === 'retry') queue.retry(it.key);
          if (it.do === 'add' || it.do === 'after' || it.do === 'retry') owed.add(it.key);
          if (it.do === 'take') take();
          if (it.do === 'done') finish(it.key);
          if (it.do === 'advance') clock.advance(it.ms);
          await settle();
        }
        clock.advance(10_000);
        for (let round = 0; round < 8; round++) {
          await settle();
          for (const key of active) finish(key);
          if (takers === 0) take();
        }
        await settle();
        expect([...owed]).toEqual([]);
        const drained = queue.drain();
        for (const key of active) finish(key);
        await drained;
      }),
      { seed: 20261124, numRuns: 300 },
    );
  });
});

describe('backoffMs', () => {
  it('stays between half of the doubled delay and the whole, and never above the cap', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2000 }),
        fc.integer({ min: 1, max: 1000 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (failures, baseMs, random) => {
          const ms = backoffMs({ baseMs, maxMs: 30_000 }, failures, () => random);
          const full = Math.min(30_000, baseMs * 2 ** (failures - 1));
          expect(ms).toBeGreaterThanOrEqual(full / 2);
          expect(ms).toBeLessThanOrEqual(full);
        },
      ),
      { seed: 20261124 },
    );
  });
});
