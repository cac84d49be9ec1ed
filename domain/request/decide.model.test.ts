import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Amount } from '../quantity.ts';
import { accountPath } from '../quota/fit.ts';
import { byName, cluster, flow, machineItem, system } from '../testing/city.ts';
import { RequestLife } from '../testing/request-life.ts';
import { request } from '../testing/requests.ts';
import { SEEDED } from '../testing/seed.ts';

/**
 * The life of a request under whatever people and crashes do to it: decided on again and again, with each action
 * done, lost, or done twice, and people moving in between.
 */

const REVIEWERS = ['ann', 'bob', 'cat', 'dan', 'eve', 'fay', 'gus', 'hal'];
const TERMINAL = ['Rejected', 'Withdrawn', 'Granted'];

/** What somebody does, with a name that a failing case is read by. */
type Move = ((life: RequestLife) => void) & { readonly [fc.toStringMethod]: () => string };

function move(name: string, act: (life: RequestLife) => void): Move {
  return Object.assign((life: RequestLife) => act(life), { [fc.toStringMethod]: () => name });
}

function approve(life: RequestLife, by: readonly string[] = REVIEWERS): void {
  by.some((reviewer) => life.decide(reviewer, 'approve'));
}

function limit(life: RequestLife, vcpu: number): void {
  for (const [path, balance] of life.accounts) {
    if (balance.account.holder === 'luhe' && balance.account.resource === 'vcpu') {
      life.accounts.set(path, { ...balance, hard: Amount.of('millicores', vcpu * 1000) });
    }
  }
}

function edit(life: RequestLife, quantity: number): void {
  const lines = request().spec.lines.map((line) => ({ ...line, quantity }));
  life.edit({ lines, submission: life.object.spec.submission + 1 });
}

function price(life: RequestLife, fen: number): void {
  const prices = [{ from: '2018-01-01', monthlyFen: String(fen), armFactorBasisPoints: 10_000 }];
  life.city = { ...life.city, items: byName([machineItem({ prices })]) };
}

const objection = fc.record({
  who: fc.constantFrom(...REVIEWERS),
  verdict: fc.constantFrom('approve' as const, 'return' as const, 'return' as const, 'reject' as const),
  to: fc.constantFrom('initial' as const, 'technical' as const, undefined),
});
const ready = (it: 'True' | 'False') => byName([cluster('member-extranet', 'extranet', { ready: it })]);
const anyMove: fc.Arbitrary<Move> = fc.oneof(
  { weight: 30, arbitrary: fc.constant(move('approve', (it) => approve(it))) },
  {
    weight: 8,
    arbitrary: objection.map(({ who, verdict, to }) =>
      move(`${who} ${verdict} ${to}`, (it) => it.decide(who, verdict, to)),
    ),
  },
  {
    weight: 5,
    arbitrary: fc.integer({ min: 1, max: 3 }).map((n) => move(`edit to ${n}`, (it) => edit(it, n))),
  },
  {
    weight: 5,
    arbitrary: fc.integer({ min: 1, max: 60 }).map((n) => move(`${n} hours`, (it) => it.pass(n))),
  },
  { weight: 4, arbitrary: fc.constant(move('a week', (it) => it.pass(168))) },
  { weight: 1, arbitrary: fc.constant(move('withdraw', (it) => it.edit({ withdrawn: true }))) },
  { weight: 1, arbitrary: fc.constant(move('delete', (it) => it.remove())) },
  { weight: 1, arbitrary: fc.constant(move('expire', (it) => it.expire())) },
  { weight: 2, arbitrary: fc.constantFrom(0, 8, 1000).map((n) => move(`limit ${n}`, (it) => limit(it, n))) },
  {
    weight: 2,
    arbitrary: fc.integer({ min: 1, max: 9 }).map((n) => move(`price ${n}`, (it) => price(it, n))),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('True' as const, 'False' as const)
      .map((n) => move(`member ${n}`, (it) => (it.city = { ...it.city, clusters: ready(n) }))),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(2, 3)
      .map((n) => move(`system MLPS ${n}`, (it) => (it.city = { ...it.city, system: system(n) }))),
  },
);

const fate = fc.record({
  act: fc.oneof(
    { weight: 6, arbitrary: fc.constant('done' as const) },
    { weight: 1, arbitrary: fc.constantFrom('lost' as const, 'twice' as const) },
  ),
  /** Somebody moves between the look and the write. */
  between: fc.option(anyMove, { freq: 6, nil: undefined }),
});
type Fate = { act: 'done' | 'lost' | 'twice'; between?: Move | undefined };
const history = fc.array(fc.record({ one: anyMove, fates: fc.array(fate, { maxLength: 10 }) }), {
  maxLength: 20,
});

const approvals = fc.integer({ min: 1, max: 2 });
const start = fc.record({
  counts: fc.tuple(approvals, fc.integer({ min: 0, max: 2 }), approvals),
  submission: fc.nat(1),
});

function begin({
  counts,
  submission,
}: {
  counts: readonly [number, number, number];
  submission: number;
}): RequestLife {
  const steps = (['initial', 'technical', 'approval'] as const).map((name, index): [typeof name, number] => [
    name,
    counts[index] ?? 0,
  ]);
  const flows = [
    flow(
      'only',
      1,
      steps.filter(([, count]) => count > 0),
    ),
  ];
  return new RequestLife(request({ submission }), { flows });
}

class Crash extends Error {}

/** Looks and acts as fate has it, to a crash or to rest. */
function operate(life: RequestLife, fates: readonly Fate[]): void {
  const rest = [...fates];
  try {
    life.run((action) => {
      const { act, between } = rest.shift() ?? { act: 'done' };
      const seen = JSON.stringify(life.object);
      between?.(life);
      // Writes to the object are compared with the version that was decided on; the books are not.
      const onObject = ['project', 'addFinalizer', 'removeFinalizer'].includes(action.do);
      const conflict = onObject && JSON.stringify(life.object) !== seen;
      if (act === 'lost' || conflict || life.deleted) throw new Crash();
      life.apply(action);
      if (action.do === 'post') assertApproved(life);
      if (act === 'twice') life.apply(action);
      assertBooks(life);
    });
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
  }
}

/** What the books hold is what its holds say, and never more than one is pending, one posted. */
function assertBooks(life: RequestLife): void {
  for (const state of ['pending', 'posted'] as const) {
    const holds = life.holds.filter((hold) => hold.state === state);
    expect(holds.length).toBeLessThanOrEqual(1);
    for (const [path, balance] of life.accounts) {
      const legs = holds
        .flatMap(({ demands }) => demands)
        .filter(({ account }) => accountPath(account) === path);
      expect(balance[state].value).toBe(legs.reduce((sum, { amount }) => sum + amount.value, 0n));
    }
  }
  // Each hold is a quote of its own, so none inherits what was decided on another.
  for (const holds of life.ticketsShown.values()) expect(holds.size).toBe(1);
  const posted = life.holds.find(({ state }) => state === 'posted');
  const { spec, quote } = posted?.document ?? { spec: { lines: [] }, quote: { pool: '' } };
  expect(life.allocations.length).toBeLessThanOrEqual(spec.lines.length);
  for (const made of life.allocations) {
    expect(made.spec).toMatchObject({ quantity: spec.lines[0]?.quantity, pool: quote.pool });
  }
}

/** Posted is only what enough different people approved, each on one step, on the ticket that the object shows. */
function assertApproved(life: RequestLife): void {
  const posted = life.holds.find(({ state }) => state === 'posted');
  if (!posted) return;
  const { review, phase } = life.status;
  expect(phase).toBe('Granting');
  expect(posted.generation).toBe(life.object.metadata.generation);
  expect(posted.document.spec).toEqual(JSON.parse(JSON.stringify(life.object.spec)));
  const copies = life.decisions.filter(({ ticket }) => ticket === review?.ticket);
  expect(copies.filter(({ verdict }) => verdict !== 'approve')).toEqual([]);
  const people = posted.document.quote.steps.map(({ name, approvals: asked }) => {
    const names = new Set(copies.filter(({ step }) => step === name).map(({ reviewer }) => reviewer));
    expect(names.size).toBeGreaterThanOrEqual(asked);
    return names;
  });
  expect(new Set(people.flatMap((names) => [...names])).size).toBe(
    people.reduce((sum, names) => sum + names.size, 0),
  );
  expect([...people].every((names) => !names.has(life.object.spec.requester))).toBe(true);
}

function play(
  at: Parameters<typeof begin>[0],
  moves: readonly { one: Move; fates: readonly Fate[] }[],
): RequestLife {
  const life = begin(at);
  for (const { one, fates } of moves) {
    one(life);
    operate(life, fates);
  }
  return life;
}

describe('decideRequest, whatever people and crashes do', () => {
  it('comes to rest, posts only what was approved, grants once, and keeps the books in order', () => {
    const ends = new Set<string>();
    fc.assert(
      fc.property(start, history, (at, moves) => {
        const life = play(at, moves);
        life.run();
        expect(life.run()).toEqual([]);
        assertBooks(life);
        const { phase = 'none' } = life.status;
        ends.add(phase);
        expect(life.allocations).toHaveLength(phase === 'Granted' ? 1 : 0);
        if (phase === 'Rejected' || phase === 'Withdrawn') {
          expect(life.holds.filter(({ state }) => state === 'pending')).toEqual([]);
          if (life.holds.length > 0) expect(life.archived).toBeDefined();
        }
      }),
      { ...SEEDED, numRuns: 250 },
    );
    // The histories are worth something: they end in every way.
    expect([...ends]).toEqual(
      expect.arrayContaining(['Granted', 'Rejected', 'Withdrawn', 'Returned', 'InReview']),
    );
  }, 120_000);

  it('can always be brought to its end by people who want it', () => {
    const others = Array.from({ length: 40 }, (_, index) => `other-${index}`);
    const ended = (life: RequestLife) => life.deleted || TERMINAL.includes(life.status.phase ?? '');
    fc.assert(
      fc.property(start, history, (at, moves) => {
        const life = play(at, moves);
        life.city = { ...life.city, system: system(2), clusters: ready('True') };
        limit(life, 1000);
        for (let round = 0; round < 12 && !ended(life); round++) {
          life.run();
          if (['Draft', 'Returned'].includes(life.status.phase ?? '')) edit(life, 2);
          approve(life, others);
        }
        life.run();
        expect(ended(life)).toBe(true);
      }),
      { ...SEEDED, numRuns: 150 },
    );
  }, 120_000);
});
