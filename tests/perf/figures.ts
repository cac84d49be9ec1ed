/** One run of one measurement: what was measured, and its floor measured in the same run, in the same unit. */
export interface Run {
  readonly value: number;
  readonly floor: number;
}

/** What is measured, and against what. */
export interface Measure {
  readonly name: string;
  readonly floor: string;
  readonly unit: 'ms' | '/s' | 'MiB' | 'KiB' | 'samples' | 'writes';
  /** What is hoped for, if anything. It is told and never enforced: a busy machine is slow, not wrong. */
  readonly aim?: Aim;
}

/** A bound of a figure, in its unit, or of its ratio to its floor. */
export type Aim = { readonly of: 'figure' | 'ratio' } & (
  | { readonly atMost: number }
  | { readonly atLeast: number }
);

/** A measure over all its runs; value, floor and ratio are medians, each of its own. */
export interface Figure extends Measure {
  readonly value: number;
  readonly floorValue: number;
  /** Of each run's value to the floor of that run. */
  readonly ratio: number;
  readonly runs: readonly Run[];
}

/** A suite's figures. */
export interface Outcome {
  readonly suite: string;
  readonly figures: readonly Figure[];
}

/** @throws RangeError without runs */
export function figureOf(measure: Measure, runs: readonly Run[]): Figure {
  return {
    ...measure,
    value: median(runs.map(({ value }) => value)),
    floorValue: median(runs.map(({ floor }) => floor)),
    ratio: median(runs.map(({ value, floor }) => value / floor)),
    runs,
  };
}

/** The middle one; of an even number the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  if (low === undefined || high === undefined) throw new RangeError('there is nothing to take the median of');
  return (low + high) / 2;
}

/** The smallest value that at least so many percent do not exceed (nearest rank). */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const found = sorted[Math.max(1, Math.ceil((percent / 100) * sorted.length)) - 1];
  if (found === undefined) throw new RangeError('there is nothing to take a percentile of');
  return found;
}

const HEADER = ['suite', 'measured', 'figure', 'floor', 'floor is', 'ratio', 'spread', 'aim', 'runs'];
const RIGHT = new Set(['figure', 'floor', 'ratio', 'spread', 'aim', 'runs']);

/** The figures as an aligned table. `spread` is the smallest and the largest ratio of any run. */
export function tableOf(outcomes: readonly Outcome[]): string {
  const rows = outcomes.flatMap(({ suite, figures }) =>
    figures.map((it) => {
      const ratios = it.runs.map(({ value, floor }) => value / floor);
      return [
        suite,
        it.name,
        amountText(it.value, it.unit),
        amountText(it.floorValue, it.unit),
        it.floor,
        ratioText(it.ratio),
        it.runs.length > 1 ? `${ratioText(Math.min(...ratios))}-${ratioText(Math.max(...ratios))}` : '-',
        it.aim === undefined ? '-' : aimText(it, it.aim),
        String(it.runs.length),
      ];
    }),
  );
  const all = [HEADER, ...rows];
  const widths = HEADER.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const lines = all.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return RIGHT.has(HEADER[column] ?? '') ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
  return lines.join('\n');
}

function amountText(value: number, unit: Measure['unit']): string {
  return unit === 'ms' ? `${value.toFixed(1)} ms` : `${Math.round(value)} ${unit}`;
}

/** Of a floor of nothing there is no ratio. */
function ratioText(ratio: number): string {
  return Number.isFinite(ratio) ? ratio.toFixed(2) : '-';
}

function aimText(figure: Figure, aim: Aim): string {
  const value = aim.of === 'figure' ? figure.value : figure.ratio;
  const [bound, isMet] =
    'atMost' in aim ? [`<= ${aim.atMost}`, value <= aim.atMost] : [`>= ${aim.atLeast}`, value >= aim.atLeast];
  return `${aim.of} ${bound} ${isMet ? 'met' : 'missed'}`;
}
