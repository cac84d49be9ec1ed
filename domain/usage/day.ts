import { Amount } from '../quantity.ts';

/**
 * What an allocation used on a day: the samples of its parts, as Prometheus has them, rolled up into a few integers.
 * A day is a day of the city (UTC+8) in steps of five minutes; what is not seen is a gap, and a gap is never idle.
 */

/** What is measured of an allocation. */
export const USED_RESOURCES = ['cpu', 'memory', 'storage', 'network'] as const;
export type UsedResource = (typeof USED_RESOURCES)[number];

export type UseUnit = 'millicores' | 'bytes' | 'bytesPerSecond';

/** The unit in which use of a resource is counted. */
export function useUnitOf(resource: UsedResource): UseUnit {
  return resource === 'cpu' ? 'millicores' : resource === 'network' ? 'bytesPerSecond' : 'bytes';
}

/** Seconds from one sample to the next. */
export const STEP_SECONDS = 300;
/** The samples that a whole day has. */
export const DAY_STEPS = 86_400 / STEP_SECONDS;

/** A day of the city: its name (YYYY-MM-DD) and when it begins, in seconds since the epoch. */
export interface Day {
  readonly name: string;
  readonly start: number;
}

export function dayOf(name: string): Day {
  return { name, start: Date.parse(`${name}T00:00:00+08:00`) / 1000 };
}

/** How many days a period has, both ends counted. */
export function daysIn({ from, until }: { readonly from: string; readonly until: string }): number {
  return (Date.parse(until) - Date.parse(from)) / 86_400_000 + 1;
}

/** A value at a moment, in seconds since the epoch. */
export type Sample = readonly [at: number, value: number];

/** Samples that cannot be used: they are dropped, so that they lower the coverage, and are named. */
export type UseFaultCode = 'invalid' | 'duplicate';
export interface UseFault {
  readonly code: UseFaultCode;
  /** The series, as Prometheus writes it. */
  readonly series: string;
  /** How many steps were lost to it. */
  readonly steps: number;
}

/** Faults that are kept of one thing that is measured and day. */
export const MOST_FAULTS = 5;

/**
 * The values of one thing at the steps of a day; step 0 is the day's first moment, which a counter starts from. Several
 * series may give one thing one after the other: a container that was started anew is another series.
 */
export class Steps {
  private readonly start: number;
  private readonly values = new Float64Array(DAY_STEPS + 1).fill(Number.NaN);
  private readonly spoilt = new Set<number>();
  private readonly found = new Map<string, UseFault>();

  constructor(day: Day) {
    this.start = day.start;
  }

  /** @param series as Prometheus writes it, for faults */
  add(series: string, samples: Iterable<Sample>): void {
    for (const [at, value] of samples) {
      const step = this.stepOf(at);
      if (step < 0 || step > DAY_STEPS) continue;
      if (!Number.isFinite(value) || value < 0) this.spoil(step, 'invalid', series);
      else if (!Number.isNaN(this.values[step])) this.spoil(step, 'duplicate', series);
      else if (!this.spoilt.has(step)) this.values[step] = value;
    }
  }

  /** Steps that several series told of: no value of theirs counts. */
  duplicate(series: string, at: Iterable<number>): void {
    for (const moment of at) {
      const step = this.stepOf(moment);
      if (step >= 0 && step <= DAY_STEPS) this.spoil(step, 'duplicate', series);
    }
  }

  /** Whether the step of a moment has a value. */
  has(at: number): boolean {
    return !Number.isNaN(this.values[this.stepOf(at)]);
  }

  get faults(): readonly UseFault[] {
    return [...this.found.values()];
  }

  /** The value at a step; undefined for a gap. */
  gauge(step: number): number | undefined {
    const value = this.values[step] as number;
    return Number.isNaN(value) ? undefined : value;
  }

  /**
   * What a counter grew by each second up to a step; undefined where either end is missing. One that fell began anew
   * from zero, as Prometheus' own `rate` has it.
   */
  rate(step: number): number | undefined {
    const [before, now] = [this.gauge(step - 1), this.gauge(step)];
    if (before === undefined || now === undefined) return undefined;
    return (now < before ? now : now - before) / STEP_SECONDS;
  }

  private stepOf(at: number): number {
    return Math.round((at - this.start) / STEP_SECONDS);
  }

  private spoil(step: number, code: UseFaultCode, series: string): void {
    this.values[step] = Number.NaN;
    this.spoilt.add(step);
    const fault = this.found.get(`${code} ${series}`);
    this.found.set(`${code} ${series}`, { code, series, steps: (fault?.steps ?? 0) + 1 });
  }
}

/** What a part of an object uses: a pod's, a machine's, a claim's. */
export interface Part {
  /** Where it runs, by step; undefined when it always should. */
  readonly running?: Steps;
  /** All of these must be seen: what comes in and what goes out of a network. Of each, what there is adds up. */
  readonly directions: readonly (readonly Steps[])[];
}

/** An object that stands for an allocation. */
export interface MeasuredObject {
  readonly parts: readonly Part[];
  /** When it is known to be there, by step: without a running part it then uses nothing. Undefined: it then is a gap. */
  readonly there?: Steps;
}

export interface UseFigures {
  readonly mean: Amount<UseUnit>;
  readonly p50: Amount<UseUnit>;
  readonly p95: Amount<UseUnit>;
  readonly p99: Amount<UseUnit>;
  readonly max: Amount<UseUnit>;
}

/** One resource of an allocation on a day. */
export interface DailyUse {
  readonly resource: UsedResource;
  /** Steps that were seen whole; `DAY_STEPS` is full coverage. */
  readonly samples: number;
  /** Absent when nothing was seen. */
  readonly figures?: UseFigures;
  readonly faults: readonly UseFault[];
}

/**
 * @param isCounter whether values grow, and their rate is what is used
 * @param scale what one of the source's units is in ours: 1000 for cores
 */
export function rollUpDay(
  resource: UsedResource,
  objects: readonly MeasuredObject[],
  { isCounter, scale }: { readonly isCounter: boolean; readonly scale: number },
): DailyUse {
  const used: number[] = [];
  for (let step = 1; step <= DAY_STEPS; step += 1) {
    const value = sumOf(objects, (object) => useOf(object, step, isCounter));
    if (value !== undefined) used.push(Math.round(value * scale));
  }
  const faults = objects.flatMap(({ parts }) =>
    parts.flatMap(({ directions }) => directions.flatMap((all) => all.flatMap((it) => it.faults))),
  );
  return {
    resource,
    samples: used.length,
    ...(used.length === 0 ? {} : { figures: figuresOf(useUnitOf(resource), used) }),
    faults: faults.slice(0, MOST_FAULTS),
  };
}

/** Undefined when there is none, or when one of them is not known. */
function sumOf<T>(all: readonly T[], use: (one: T) => number | undefined): number | undefined {
  let sum: number | undefined;
  for (const one of all) {
    const value = use(one);
    if (value === undefined) return undefined;
    sum = (sum ?? 0) + value;
  }
  return sum;
}

function useOf({ parts, there }: MeasuredObject, step: number, isCounter: boolean): number | undefined {
  const running = parts.filter(
    (part) => part.running === undefined || part.running.gauge(step) !== undefined,
  );
  if (running.length === 0) return there?.gauge(step) === undefined ? undefined : 0;
  return sumOf(running, ({ directions }) =>
    sumOf(directions, (all) => {
      const seen = all.flatMap((it) => (isCounter ? it.rate(step) : it.gauge(step)) ?? []);
      return seen.length === 0 ? undefined : seen.reduce((sum, it) => sum + it, 0);
    }),
  );
}

function figuresOf(unit: UseUnit, values: number[]): UseFigures {
  const sorted = values.toSorted((a, b) => a - b);
  const rank = (percent: number) =>
    Amount.of(unit, sorted[Math.ceil((percent * sorted.length) / 100) - 1] as number);
  const sum = sorted.reduce((all, it) => all + BigInt(it), 0n);
  const count = BigInt(sorted.length);
  return {
    mean: Amount.of(unit, (2n * sum + count) / (2n * count)),
    p50: rank(50),
    p95: rank(95),
    p99: rank(99),
    max: rank(100),
  };
}
