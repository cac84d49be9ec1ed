import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dayAfter } from '../calendar.ts';
import { SEEDED } from '../testing/seed.ts';
import {
  dayOf,
  daysIn,
  DAY_STEPS,
  type MeasuredObject,
  rollUpDay,
  type Sample,
  STEP_SECONDS,
  Steps,
} from './day.ts';

const DAY = dayOf('2026-03-01');
const GAUGE = { isCounter: false, scale: 1 };
const COUNTER = { isCounter: true, scale: 1000 };

/** Samples at steps, from a function that may say that there is none. */
function samplesOf(value: (step: number) => number | undefined): Sample[] {
  return Array.from({ length: DAY_STEPS + 1 }, (_, step) => step).flatMap((step): Sample[] => {
    const it = value(step);
    return it === undefined ? [] : [[DAY.start + step * STEP_SECONDS, it]];
  });
}

function stepsOf(value: (step: number) => number | undefined, series = 's{}'): Steps {
  const steps = new Steps(DAY);
  steps.add(series, samplesOf(value));
  return steps;
}

const object = (...all: Steps[]): MeasuredObject => ({ parts: [{ directions: [all] }] });
const numbers = (figures: object | undefined) =>
  Object.fromEntries(Object.entries(figures ?? {}).map(([name, { value }]) => [name, Number(value)]));

describe('a day', () => {
  it('is one of the city', () => {
    expect(new Date(DAY.start * 1000).toISOString()).toBe('2026-02-28T16:00:00.000Z');
    expect(dayAfter('2024-02-28', 2)).toBe('2024-03-01');
    expect(daysIn({ from: '2026-02-01', until: '2026-02-28' })).toBe(28);
  });

  it('has mean and nearest ranks as whole numbers', () => {
    const use = rollUpDay('memory', [object(stepsOf((step) => step))], GAUGE);
    expect(use.samples).toBe(DAY_STEPS);
    expect(numbers(use.figures)).toEqual({ mean: 145, p50: 144, p95: 274, p99: 286, max: 288 });
    expect(use.figures?.mean.unit).toBe('bytes');
  });

  it('counts what a counter grew by, and one that fell from zero', () => {
    const half = STEP_SECONDS / 2;
    const grown = (step: number) => (step < 100 ? step * half : (step - 100) * half + half);
    const use = rollUpDay('cpu', [object(stepsOf(grown))], COUNTER);
    expect(use.samples).toBe(DAY_STEPS);
    expect(numbers(use.figures)).toEqual({ mean: 500, p50: 500, p95: 500, p99: 500, max: 500 });
  });

  it('needs both ends of what a counter grew by', () => {
    const use = rollUpDay('cpu', [object(stepsOf((step) => (step === 10 ? undefined : step)))], COUNTER);
    expect(use.samples).toBe(DAY_STEPS - 2);
  });

  it('adds up what parts of one thing use, and asks for every thing', () => {
    const [two, three] = [stepsOf(() => 2), stepsOf(() => 3)];
    const partly = stepsOf((step) => (step <= 100 ? 5 : undefined));
    expect(numbers(rollUpDay('memory', [object(two, three)], GAUGE).figures)).toMatchObject({ max: 5 });
    const use = rollUpDay('memory', [object(two), object(partly)], GAUGE);
    expect([use.samples, numbers(use.figures)['mean']]).toEqual([100, 7]);
  });

  it('does not take a pod that runs unseen for one that is idle, nor a workload without pods', () => {
    const running = stepsOf((step) => (step <= 200 ? 1 : undefined));
    const seen = stepsOf((step) => (step <= 150 ? 4 : undefined));
    const pod = { running, directions: [[seen]] };
    expect(rollUpDay('memory', [{ parts: [pod] }], GAUGE).samples).toBe(150);
    expect(rollUpDay('memory', [{ parts: [] }], GAUGE)).toEqual({
      resource: 'memory',
      samples: 0,
      faults: [],
    });
  });

  it('takes a namespace that is there and runs nothing for one that uses nothing', () => {
    const there = stepsOf(() => 1);
    const use = rollUpDay('memory', [{ parts: [], there }], GAUGE);
    expect([use.samples, numbers(use.figures)['max']]).toEqual([DAY_STEPS, 0]);
  });

  it('needs what goes out as well as what comes in', () => {
    const both = { directions: [[stepsOf((step) => step * 300)], [stepsOf((step) => step * 600)]] };
    const one = { directions: [[stepsOf((step) => step * 300)], []] };
    expect(
      numbers(rollUpDay('network', [{ parts: [both] }], { isCounter: true, scale: 1 }).figures),
    ).toMatchObject({
      max: 3,
    });
    expect(rollUpDay('network', [{ parts: [one] }], { isCounter: true, scale: 1 }).samples).toBe(0);
  });

  it.each([
    ['no number', Number.NaN],
    ['without end', Number.POSITIVE_INFINITY],
    ['below zero', -1],
  ])('drops a value that is %s, and names its series', (_, value) => {
    const use = rollUpDay(
      'memory',
      [object(stepsOf((step) => (step > 280 ? value : 1), 'm{pod="a"}'))],
      GAUGE,
    );
    expect(use.samples).toBe(280);
    expect(use.faults).toEqual([{ code: 'invalid', series: 'm{pod="a"}', steps: 8 }]);
  });

  it('drops both of two series that say they are one thing', () => {
    const steps = stepsOf(() => 1, 'm{replica="a"}');
    steps.add(
      'm{replica="b"}',
      samplesOf((step) => (step <= 10 ? 1 : undefined)),
    );
    const use = rollUpDay('memory', [object(steps)], GAUGE);
    expect(use.samples).toBe(DAY_STEPS - 10);
    expect(use.faults).toEqual([{ code: 'duplicate', series: 'm{replica="b"}', steps: 11 }]);
  });

  const values = fc.array(fc.option(fc.integer({ min: 0, max: 10 ** 12 }), { nil: undefined }), {
    minLength: DAY_STEPS + 1,
    maxLength: DAY_STEPS + 1,
  });

  it('has figures in order, within what was seen, whatever comes', () => {
    fc.assert(
      fc.property(values, (given) => {
        const seen = given.slice(1).filter((it) => it !== undefined);
        const { samples, figures } = rollUpDay('memory', [object(stepsOf((step) => given[step]))], GAUGE);
        expect(samples).toBe(seen.length);
        if (!figures) return expect(seen).toEqual([]);
        const { mean, p50, p95, p99, max } = figures;
        for (const [low, high] of [
          [p50, p95],
          [p95, p99],
          [p99, max],
          [mean, max],
        ] as const)
          expect(low.compare(high)).toBeLessThanOrEqual(0);
        for (const it of [p50, p95, p99, max]) expect(seen).toContain(Number(it.value));
      }),
      SEEDED,
    );
  });

  it('never says more of fewer samples: a gap takes away, and changes no sample that is left', () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: DAY_STEPS }), (given, gap) => {
        const whole = rollUpDay('memory', [object(stepsOf((step) => given[step]))], GAUGE);
        const less = rollUpDay(
          'memory',
          [object(stepsOf((step) => (step === gap ? undefined : given[step])))],
          GAUGE,
        );
        expect(whole.samples - less.samples).toBe(given[gap] === undefined ? 0 : 1);
        if (less.figures && whole.figures)
          expect(less.figures.max.compare(whole.figures.max)).toBeLessThanOrEqual(0);
      }),
      SEEDED,
    );
  });

  it('of several days has its 95th percentile never above the highest of the days', () => {
    const day = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 40 });
    const rank = (all: readonly number[]) =>
      all.toSorted((a, b) => a - b)[Math.ceil((95 * all.length) / 100) - 1] as number;
    fc.assert(
      fc.property(fc.array(day, { minLength: 1, maxLength: 10 }), (days) => {
        expect(rank(days.flat())).toBeLessThanOrEqual(Math.max(...days.map(rank)));
      }),
      SEEDED,
    );
  });
});
