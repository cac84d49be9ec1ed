import { spawnSync } from 'node:child_process';
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
import { GovError, reason } from '../../domain/errors.ts';
import { STEP_SECONDS } from '../../domain/usage/day.ts';
import { type Line, linesOf } from './behaviour.ts';
import type { Thing } from './things.ts';

const DAY = 86_400;

/** What gives the samples of a thing at a time; tests plant their own faults. */
export type LinesOf = (thing: Thing, time: number) => readonly Line[];

/**
 * Makes Prometheus' blocks of one day (UTC) of what things would have used, in a folder of their own. What is there
 * already is left as it is.
 * @param day counted from the epoch
 * @throws GovError E_HISTORY_FAILED
 */
export function makeDay(
  promtool: string,
  folder: string,
  day: number,
  things: readonly Thing[],
  lines: LinesOf = linesOf,
): void {
  if (existsSync(folder)) return;
  mkdirSync(join(folder, '..'), { recursive: true });
  const temporary = mkdtempSync(`${folder}-`);
  try {
    const input = join(temporary, 'samples');
    writeSamples(input, day, things, lines);
    const blocks = join(temporary, 'blocks');
    const args = [
      'tsdb',
      'create-blocks-from',
      '--max-block-duration=24h',
      'openmetrics',
      '--quiet',
      input,
      blocks,
    ];
    const { status, stderr, error } = spawnSync(promtool, args, { encoding: 'utf8' });
    if (status !== 0)
      throw new GovError(reason('E_HISTORY_FAILED', { detail: error?.message ?? stderr.trim() }));
    mkdirSync(blocks, { recursive: true });
    renameSync(blocks, folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** By thing rather than by time: Prometheus wants the samples of a series in order, and no more. */
function writeSamples(file: string, day: number, things: readonly Thing[], lines: LinesOf): void {
  const output = openSync(file, 'w');
  try {
    for (const thing of things) {
      let text = '';
      for (let time = day * DAY; time < (day + 1) * DAY; time += STEP_SECONDS) {
        for (const { metric, labels, value } of lines(thing, time))
          text += `${metric}{job="members",${labels}} ${value} ${time}\n`;
      }
      writeSync(output, text);
    }
    writeSync(output, '# EOF\n');
  } finally {
    closeSync(output);
  }
}
