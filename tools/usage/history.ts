import { execFile } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { GovError, reason } from '../../domain/errors.ts';
import { STEP_SECONDS } from '../../domain/usage/day.ts';
import { type Line, linesOf } from './behaviour.ts';
import type { Thing } from './things.ts';

const DAY = 86_400;
/** While Prometheus' own tool reads one day, the next is written. */
const AT_ONCE = 2;

/** What gives the samples of a thing at a time; tests plant their own faults. */
export type LinesOf = (thing: Thing, time: number) => readonly Line[];

interface HistorySpec {
  readonly promtool: string;
  /** Where each day has a folder, named by its number from the epoch; one that is there is left as it is. */
  readonly folder: string;
  /** The days (UTC). */
  readonly days: readonly number[];
  readonly things: readonly Thing[];
  readonly lines?: LinesOf;
  /** Told how many days are made. */
  readonly made?: (days: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes Prometheus' blocks of what things would have used.
 * @returns the folders of the days
 * @throws GovError E_HISTORY_FAILED; the signal's reason
 */
export async function makeHistory(spec: HistorySpec): Promise<readonly string[]> {
  const { folder, days, made, signal } = spec;
  mkdirSync(folder, { recursive: true });
  const folders = days.map((day) => join(folder, String(day)));
  const missing = days.filter((day) => !existsSync(join(folder, String(day))));
  let done = 0;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let day = missing.shift(); day !== undefined; day = missing.shift()) {
        signal?.throwIfAborted();
        await makeDay(spec, day);
        done += 1;
        made?.(done);
      }
    }),
  );
  return folders;
}

async function makeDay(
  { promtool, folder, things, lines = linesOf }: HistorySpec,
  day: number,
): Promise<void> {
  const temporary = mkdtempSync(join(folder, `${day}-`));
  try {
    const input = join(temporary, 'samples');
    await writeSamples(input, day, things, lines);
    const blocks = join(temporary, 'blocks');
    // One block a day: with shorter ones promtool would read the whole file again for each.
    const args = [
      'tsdb',
      'create-blocks-from',
      '--max-block-duration=24h',
      'openmetrics',
      '--quiet',
      input,
      blocks,
    ];
    try {
      await promisify(execFile)(promtool, args);
    } catch (error) {
      const { stderr, message } = error as Error & { stderr?: string };
      throw new GovError(reason('E_HISTORY_FAILED', { detail: stderr?.trim() || message }));
    }
    mkdirSync(blocks, { recursive: true });
    renameSync(blocks, join(folder, String(day)));
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** By thing rather than by time: Prometheus wants the samples of a series in order, and no more. */
async function writeSamples(
  file: string,
  day: number,
  things: readonly Thing[],
  lines: LinesOf,
): Promise<void> {
  const output = openSync(file, 'w');
  try {
    for (const thing of things) {
      let text = '';
      for (let time = day * DAY; time < (day + 1) * DAY; time += STEP_SECONDS) {
        for (const { metric, labels, value } of lines(thing, time))
          text += `${metric}{job="members",${labels}} ${value} ${time}\n`;
      }
      writeSync(output, text);
      // Whoever else works in this process goes on.
      await setImmediate();
    }
    writeSync(output, '# EOF\n');
  } finally {
    closeSync(output);
  }
}
