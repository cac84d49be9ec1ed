import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ResourceRequest } from '../../api/v1alpha1/index.ts';
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

type Move = (life: RequestLife) => void;

const lines = (quantity: number): Partial<ResourceRequest['spec']> => ({
  lines: request().spec.lines.map((line) => ({ ...line, quantity })),
});
const limit = (vcpu: number) => (life: RequestLife) => {
  for (const [path, balance] of life.accounts) {
    const { holder, resource } = balance.account;
    if (holder === 'luhe' && resource === 'vcpu') {
      life.accounts.set(path, { ...balance, hard: Amount.of('millicores', vcpu * 1000) });
    }
  }
};

const decision = fc.record({
  who: fc.constantFrom(...REVIEWERS),
  verdict: fc.constantFrom(
    'approve' as const,
    'approve' as const,
    'approve' as const,
    'return' as const,
    'reject' as const,
  ),
  to: fc.constantFrom('initial' as const, 'technical' as const, undefined),
});
const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 12,
    arbitrary: decision.map(
      ({ who, verdict, to }) =>
        (it: RequestLife) =>
          void it.decide(who, verdict, to),
    ),
  },
  {
    weight: 4,
    arbitrary: fc.integer({ min: 1, max: 3 }).map((quantity) => (it: RequestLife) => {
      it.edit({ ...lines(quantity), submission: it.object.spec.submission + 1 });
    }),
  },
  { weight: 1, arbitrary: fc.constant((it: RequestLife) => void it.edit({ withdrawn: true })) },
  { weight: 1, arbitrary: fc.constant((it: RequestLife) => void it.remove()) },
  {
    weight: 4,
    arbitrary: fc.integer({ min: 1, max: 90 }).map((hours) => (it: RequestLife) => it.pass(hours)),
  },
  { weight: 1, arbitrary: fc.constant((it: RequestLife) => it.expire()) },
  { weight: 2, arbitrary: fc.constantFrom(0, 8, 1000).map(limit) },
  {
    weight: 2,
    arbitrary: fc.integer({ min: 1, max: 9 }).map((fen) => (it: RequestLife) => {
      const prices = [{ from: '2018-01-01', monthlyFen: String(fen), armFactorBasisPoints: 10_000 }];
      it.city = { ...it.city, items: byName([machineItem({ prices })]) };
    }),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('True' as const, 'False' as const).map((ready) => (it: RequestLife) => {
      it.city = { ...it.city, clusters: byName([cluster('member-extranet', 'extranet', { ready })]) };
    }),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(2, 3).map((mlps) => (it: RequestLife) => {
      it.city = { ...it.city, system: system(mlps) };
    }),
  },
);

const fate = fc.record({
  act: fc.oneof(
    { weight: 6, arbitrary: fc.constant('done' as const) },
    { weight: 1, arbitrary: fc.constantFrom('lost' as const, 'twice' as const) },
  ),
  /** Somebody moves between the look and the write. */
  between: fc.option(move, { freq: 6, nil: undefined }),
});
const history = fc.array(fc.record({ move, fates: fc.array(fate, { maxLength: 12 }) }), { maxLength: 25 });
const approvals = fc.integer({ min: 1, max: 2 });
const start = fc
  .tuple(approvals, approvals, approvals, fc.boolean(), fc.constantFrom(0, 1))
  .map(([initial, technical, approval, both, submission]) => {
    const steps: Parameters<typeof flow>[2] = [
      ['initial', initial],
      ...(both ? [['technical', technical] as const] : []),
      ['approval', approval],
    ].map(([name, count]) => [name, count] as (typeof steps)[number]);
    return new RequestLife(request({ submission }), { flows: [flow('only', 1, steps)] });
  });

class Crash extends Error {}

/** Looks and acts as fate has it, to a crash or to rest. */
function operate(
  life: RequestLife,
  fates: readonly { act: 'done' | 'lost' | 'twice'; between?: Move | undefined }[],
): void {
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

describe('decideRequest, whatever people and crashes do', () => {
  it('comes to rest, posts only what was approved, grants once, and keeps the books in order', () => {
    const ends = new Map<string, number>();
    fc.assert(
      fc.property(start, history, (life, moves) => {
        for (const { move: one, fates } of moves) {
          one(life);
          operate(life, fates);
        }
        life.run();
        expect(life.run()).toEqual([]);
        assertBooks(life);
        const { phase = 'none' } = life.status;
        ends.set(phase, (ends.get(phase) ?? 0) + 1);
        if (phase === 'Granted') expect(life.allocations).toHaveLength(1);
        else expect(life.allocations).toEqual([]);
        if (phase === 'Rejected' || phase === 'Withdrawn') {
          expect(life.holds.filter(({ state }) => state === 'pending')).toEqual([]);
          if (life.holds.length > 0) expect(life.archived).toBeDefined();
        }
      }),
      { ...SEEDED, numRuns: 400 },
    );
    // The histories are worth something: they end in every way.
    expect([...ends.keys()]).toEqual(
      expect.arrayContaining(['Granted', 'Rejected', 'Withdrawn', 'Returned', 'InReview']),
    );
  }, 60_000);

  it('can always be brought to its end by people who want it', () => {
    fc.assert(
      fc.property(start, history, (life, moves) => {
        for (const { move: one, fates } of moves) {
          one(life);
          operate(life, fates);
        }
        life.city = {
          ...life.city,
          system: system(2),
          clusters: byName([cluster('member-extranet', 'extranet')]),
        };
        limit(1000)(life);
        for (
          let round = 0;
          round < 12 && !life.deleted && !TERMINAL.includes(life.status.phase ?? '');
          round++
        ) {
          life.run();
          if (['Draft', 'Returned'].includes(life.status.phase ?? '')) {
            life.edit({ submission: life.object.spec.submission + 1 });
          }
          REVIEWERS.some((reviewer) => life.decide(reviewer, 'approve'));
        }
        life.run();
        expect(life.deleted || TERMINAL.includes(life.status.phase ?? '')).toBe(true);
      }),
      { ...SEEDED, numRuns: 200 },
    );
  }, 60_000);
});
