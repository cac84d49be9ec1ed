import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Allocation } from '../../api/v1alpha1/index.ts';
import { ResourceVector } from '../quantity.ts';
import { cityDay } from '../calendar.ts';
import { AllocationLife } from '../testing/allocation-life.ts';
import { SEEDED } from '../testing/seed.ts';
import { identityKey, identityOf } from './objects.ts';

/**
 * The life of an allocation under whatever grants, people, members and crashes do to it: decided on again and again,
 * with each action done, lost, or done twice, and the world moving in between.
 */

/** What happens, with a name that a failing case is read by. */
type Move = ((life: AllocationLife) => void) & { readonly [fc.toStringMethod]: () => string };

function move(name: string, act: (life: AllocationLife) => void): Move {
  return Object.assign((life: AllocationLife) => act(life), { [fc.toStringMethod]: () => name });
}

/** The quote refuses a change of what is released, still shrinking, or opening stock that was never looked at. */
function resize(life: AllocationLife, quantity: number): void {
  const { adopted, released, pendingCredit, suspended, quantity: now } = life.object.spec;
  const unseen = adopted === true && life.status.observedRevision === undefined;
  const still = suspended || life.status.state === 'Suspended';
  if (!released && !pendingCredit && !unseen && !still && quantity !== now) life.resize(quantity);
}

function suspend(life: AllocationLife): void {
  const { released, pendingCredit, suspended } = life.object.spec;
  const runs = life.status.state === 'InUse' || life.status.state === 'Expired';
  if (!released && !pendingCredit && !suspended && runs && life.status.suspendable) life.suspend();
}

function resume(life: AllocationLife): void {
  const { released, suspended } = life.object.spec;
  if (!released && suspended && life.status.state === 'Suspended') life.resume();
}

function renew(life: AllocationLife): void {
  const { released, pendingCredit } = life.object.spec;
  if (!released && !pendingCredit)
    life.renew(cityDay(new Date(life.now + 200 * 24 * 3_600_000).toISOString()));
}

function release(life: AllocationLife): void {
  const { released, pendingCredit } = life.object.spec;
  if (!released && !pendingCredit) life.release();
}

function nth(life: AllocationLife, index: number): string {
  return [...life.live.keys()].sort()[index % Math.max(1, life.live.size)] ?? '';
}

const anyMove: fc.Arbitrary<Move> = fc.oneof(
  { weight: 6, arbitrary: fc.constant(move('ready', (it) => it.makeReady())) },
  { weight: 6, arbitrary: fc.constant(move('gone', (it) => it.sweep())) },
  {
    weight: 4,
    arbitrary: fc.integer({ min: 1, max: 4 }).map((n) => move(`resize to ${n}`, (it) => resize(it, n))),
  },
  { weight: 2, arbitrary: fc.constant(move('release', release)) },
  { weight: 8, arbitrary: fc.constant(move('suspend', suspend)) },
  { weight: 3, arbitrary: fc.constant(move('resume', resume)) },
  { weight: 1, arbitrary: fc.constant(move('renew', renew)) },
  { weight: 2, arbitrary: fc.constant(move('not ready', (it) => it.makeReady(false))) },
  {
    weight: 2,
    arbitrary: fc.nat(9).map((n) => move(`somebody deletes object ${n}`, (it) => it.live.delete(nth(it, n)))),
  },
  {
    weight: 2,
    arbitrary: fc.nat(9).map((n) =>
      move(`somebody edits object ${n}`, (it) => {
        const object = it.live.get(nth(it, n));
        if (object) object['spec'] = { edited: true };
      }),
    ),
  },
  { weight: 2, arbitrary: fc.constant(move('down', (it) => (it.problem = 'down'))) },
  { weight: 4, arbitrary: fc.constant(move('up', (it) => (it.problem = undefined))) },
  {
    weight: 5,
    arbitrary: fc
      .constantFrom(
        'accept' as const,
        'accept' as const,
        'accept' as const,
        'refuse' as const,
        'deliver' as const,
      )
      .map((action) =>
        move(action, (it) => {
          // Admission lets a requester answer only what waits for the answer.
          if (action === 'deliver' || it.status.state === 'PendingAcceptance') it.handOver(action);
        }),
      ),
  },
  { weight: 1, arbitrary: fc.constant(move('a month', (it) => (it.now += 31 * 24 * 3_600_000))) },
);

const fate = fc.record({
  act: fc.oneof(
    { weight: 6, arbitrary: fc.constant('done' as const) },
    { weight: 1, arbitrary: fc.constantFrom('lost' as const, 'twice' as const) },
  ),
  /** Something happens between the look and the write. */
  between: fc.option(anyMove, { freq: 6, nil: undefined }),
});
type Fate = { act: 'done' | 'lost' | 'twice'; between?: Move | undefined };
const history = fc.array(fc.record({ one: anyMove, fates: fc.array(fate, { maxLength: 8 }) }), {
  maxLength: 20,
});

class Crash extends Error {}

function keysOf(life: AllocationLife): ReadonlySet<string> {
  return new Set(life.desired().map((it) => identityKey(identityOf(it))));
}

/** Looks and acts as fate has it, to a crash or to rest. */
function operate(life: AllocationLife, fates: readonly Fate[]): void {
  const rest = [...fates];
  try {
    life.run((action) => {
      const { act, between } = rest.shift() ?? { act: 'done' };
      const seen = JSON.stringify(life.object);
      const decidedOn = structuredClone(life.object.spec);
      between?.(life);
      // Writes to the object are compared with the version that was decided on; a member that is down takes none.
      const onObject = ['project', 'addFinalizer', 'removeFinalizer', 'credit', 'copySecret'].includes(
        action.do,
      );
      const inMember = [
        'ensureNamespace',
        'writeAnchor',
        'apply',
        'delete',
        'deleteAnchor',
        'deleteNamespace',
      ];
      if (act === 'lost' || (onObject && JSON.stringify(life.object) !== seen)) throw new Crash();
      if (inMember.includes(action.do) && life.problem !== undefined) throw new Crash();
      const before = new Set(life.live.keys());
      const credits = life.credited.size;
      life.apply(action);
      if (act === 'twice' && action.do !== 'credit') life.apply(action);
      assertSafe(life, decidedOn, before, life.credited.size > credits);
    });
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
  }
}

function assertSafe(
  life: AllocationLife,
  decidedOn: Allocation['spec'],
  before: ReadonlySet<string>,
  credited: boolean,
): void {
  const made = [...life.live.keys()].filter((key) => !before.has(key));
  // Nothing is made of opening stock, nor of what is released.
  const { adopted, contentRevision } = decidedOn;
  if ((adopted && contentRevision === 1) || decidedOn.released) expect(made).toEqual([]);
  const standing = keysOf(life);
  // What is made is named in the anchor first, so that nothing is ever made that nobody knows of.
  const named = new Set(life.anchor?.inventory.map(identityKey));
  for (const key of made) expect(named.has(key)).toBe(true);
  if (credited) {
    // Credit follows what is seen gone: everything of a release, what a shrink left over otherwise.
    const left = [...life.live.keys()].filter((key) => life.object.spec.released || !standing.has(key));
    expect(left).toEqual([]);
  }
}

function play(adopted: boolean, moves: readonly { one: Move; fates: readonly Fate[] }[]): AllocationLife {
  const life = new AllocationLife(adopted ? { adopted } : {});
  life.termPolicies = [{ from: '2020-01-01', noticeDays: [30, 15, 7], graceDays: 30 }];
  if (adopted) life.findStock();
  for (const { one, fates } of moves) {
    one(life);
    operate(life, fates);
  }
  return life;
}

describe('decideAllocation, whatever people, members and crashes do', () => {
  it.each([
    ['what is given', false],
    ['opening stock', true],
  ])(
    'of %s comes to rest, makes nothing it may not, and credits only what is gone, once',
    (_, adopted) => {
      const ends = new Set<string>();
      fc.assert(
        fc.property(history, (moves) => {
          const life = play(adopted, moves);
          life.problem = undefined;
          for (let round = 0; round < 4; round++) {
            life.run();
            life.sweep();
            if (life.condition('Ready') === 'False Suspending') life.makeReady();
          }
          expect(life.run()).toEqual([]);
          const { released, consumes, pendingCredit } = life.object.spec;
          ends.add(life.status.state ?? 'none');
          // In the end the books have posted what stands, and nothing of what is released.
          expect(pendingCredit).toBeUndefined();
          const expected = released ? ResourceVector.zero : ResourceVector.parse(consumes);
          expect(life.posted.toQuantities()).toEqual(expected.toQuantities());
          // What is to stand still does, and nothing else.
          const isHalted = [...life.live.values()].some(
            ({ spec }) => (spec as { runStrategy?: string }).runStrategy === 'Halted',
          );
          const isAccepted = life.condition('Accepted')?.startsWith('True');
          // What somebody set otherwise stays so, and is told.
          if (!released && isAccepted && life.condition('InSync') === 'True AsApproved')
            expect(life.status.state === 'Suspended').toBe(isHalted);
          if (released) expect([life.live.size, life.status.state]).toEqual([0, 'Reclaimed']);
          else if (life.condition('Ready') !== 'Unknown NotFound') {
            expect([...life.live.keys()].sort()).toEqual([...keysOf(life)].sort());
          }
        }),
        { ...SEEDED, numRuns: 100 },
      );
      const all = ['Reclaimed', 'InUse', 'PendingAcceptance', 'Suspended', 'PendingProvisioning'];
      expect([...ends]).toEqual(expect.arrayContaining(adopted ? all.slice(0, 3) : all));
    },
    120_000,
  );
});
