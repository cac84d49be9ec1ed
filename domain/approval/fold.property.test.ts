import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StepName } from '../../api/v1alpha1/index.ts';
import { copy, NOW, steps } from '../testing/requests.ts';
import { SEEDED } from '../testing/seed.ts';
import { type DecisionCopy, type FlowStep, foldDecisions, partsOf } from './fold.ts';

const NAMES: readonly StepName[] = ['initial', 'technical', 'approval'];
const PEOPLE = ['ann', 'bob', 'cat', 'dan', 'eve', 'fay', 'gil', 'hal'];
const approvals = fc.integer({ min: 1, max: 3 });
const flow = fc
  .tuple(approvals, approvals, approvals, fc.subarray([0, 1, 2], { minLength: 1 }))
  .map(([a, b, c, kept]) => {
    const all = [a, b, c].map((count, index): [StepName, number] => [NAMES[index] as StepName, count]);
    return steps(...all.filter((_, index) => kept.includes(index)));
  });

/** Decisions in the order of their positions, with gaps; mostly approvals, so that histories get somewhere. */
const history = fc
  .array(
    fc.record({
      gap: fc.integer({ min: 1, max: 3 }),
      step: fc.constantFrom(...NAMES),
      reviewer: fc.constantFrom(...PEOPLE),
      onBehalfOf: fc.option(fc.constantFrom(...PEOPLE), { nil: undefined, freq: 3 }),
      verdict: fc.oneof(
        { weight: 8, arbitrary: fc.constant('approve' as const) },
        { weight: 1, arbitrary: fc.constantFrom('reject' as const, 'return' as const) },
      ),
      returnTo: fc.option(fc.constantFrom('initial' as const, 'technical' as const), { nil: undefined }),
    }),
    { maxLength: 14 },
  )
  .map((list) => {
    let position = -1;
    return list.map(({ gap, step, reviewer, onBehalfOf, verdict, returnTo }) => {
      position += gap;
      return copy(position, step, reviewer, verdict, {
        ...(verdict === 'return' && returnTo ? { returnTo } : {}),
        ...(onBehalfOf === undefined || onBehalfOf === reviewer ? {} : { onBehalfOf }),
      });
    });
  });

const fold = (of: readonly FlowStep[], decisions: readonly DecisionCopy[]) =>
  foldDecisions(of, decisions, NOW);

describe('foldDecisions, for every flow and history', () => {
  it('does not depend on the order in which copies were read', () => {
    const shuffled = history.chain((list) =>
      fc.shuffledSubarray(list, { minLength: list.length }).map((other) => [list, other] as const),
    );
    fc.assert(
      fc.property(flow, shuffled, (of, [list, other]) => {
        expect(fold(of, other)).toEqual(fold(of, list));
      }),
      SEEDED,
    );
  });

  it('counts nobody twice, each on a step in turn, never more than a step asks for', () => {
    fc.assert(
      fc.property(flow, history, (of, list) => {
        const { counted, result } = fold(of, list);
        const parts = counted.flatMap(partsOf);
        expect(new Set(parts).size).toBe(parts.length);
        const order = counted.map((it) => of.findIndex(({ name }) => name === it.step));
        expect(order).toEqual([...order].sort());
        for (const { name, approvals: asked } of of) {
          const approved = counted.filter((it) => it.step === name && it.verdict === 'approve');
          expect(approved.length).toBeLessThanOrEqual(asked);
        }
        if (result.outcome === 'approved') {
          expect(counted).toHaveLength(of.reduce((sum, step) => sum + step.approvals, 0));
          expect(counted.every(({ verdict }) => verdict === 'approve')).toBe(true);
        }
      }),
      SEEDED,
    );
  });

  it('gives the same without the decisions that did not count', () => {
    fc.assert(
      fc.property(flow, history, (of, list) => {
        const { result, counted } = fold(of, list);
        expect(fold(of, counted)).toEqual({ result, counted });
      }),
      SEEDED,
    );
  });

  it('gives the same with decisions of those who were counted already, on any step at any later place', () => {
    const more = fc.record({
      step: fc.constantFrom(...NAMES),
      verdict: fc.constantFrom('approve', 'reject', 'return'),
    });
    fc.assert(
      fc.property(flow, history, fc.nat(), more, (of, list, pick, { step, verdict }) => {
        const before = fold(of, list);
        const one = before.counted[pick % Math.max(1, before.counted.length)];
        fc.pre(one !== undefined);
        const again = copy(
          list.length * 3 + 1,
          step,
          one?.reviewer ?? '',
          verdict as DecisionCopy['verdict'],
        );
        expect(fold(of, [...list, again])).toEqual(before);
      }),
      SEEDED,
    );
  });

  it('gives the same with decisions on a step that is not the open one, after something was decided on the open one', () => {
    fc.assert(
      fc.property(
        flow,
        history,
        fc.constantFrom('approve', 'reject', 'return'),
        fc.nat(),
        (of, list, verdict, pick) => {
          const before = fold(of, list);
          const { result, counted } = before;
          fc.pre(result.outcome === 'open' && result.approvals > 0);
          const others = of.filter(({ name }) => result.outcome === 'open' && name !== result.step.name);
          const step = others[pick % Math.max(1, others.length)];
          fc.pre(step !== undefined && counted.length > 0);
          const stray = copy(
            list.length * 3 + 1,
            step?.name ?? 'initial',
            'stranger',
            verdict as DecisionCopy['verdict'],
          );
          expect(fold(of, [...list, stray])).toEqual(before);
        },
      ),
      SEEDED,
    );
  });

  it('stays rejected, returned or approved once it is, when later steps are decided on', () => {
    fc.assert(
      fc.property(flow, history, history, (of, list, later) => {
        const before = fold(of, list);
        fc.pre(before.result.outcome !== 'open' && before.counted.length > 0);
        const closing = before.counted.at(-1);
        const at = of.findIndex(({ name }) => name === closing?.step);
        const offset = list.length * 3 + 1;
        const beyond = later
          .filter(({ step }) => of.findIndex(({ name }) => name === step) > at)
          .map((it) => ({ ...it, position: it.position + offset }));
        expect(fold(of, [...list, ...beyond])).toEqual(before);
      }),
      SEEDED,
    );
  });
});
