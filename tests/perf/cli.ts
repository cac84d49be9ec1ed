import { join } from 'node:path';
import { type Command, Govcloud, NODE, outputOf, timesInTurn } from './commands.ts';
import { type Aim, figureOf, median, type Run } from './figures.ts';
import { withScratch } from './scratch.ts';
import type { Suite } from './suite.ts';

/** Starts of each command in one run. */
const ROUNDS = 10;
const AIM: Aim = { of: 'ratio', atMost: 3 };

/**
 * Starts of the CLI that need no network, through `bin/govcloud` on its bundle and on its sources. The floor is the
 * start of Node itself.
 */
export const cli: Suite = ({ runs, say }) =>
  withScratch(async ({ dir }) => {
    const measured: { name: string; command: Command; runs: Run[] }[] = [];
    for (const form of ['bundle', 'sources'] as const) {
      const govcloud = await Govcloud.prepare(form, join(dir, form));
      for (const args of [['--help'], ['completion', 'bash']]) {
        measured.push({
          name: `govcloud ${args.join(' ')}, ${form}`,
          command: govcloud.command(...args),
          runs: [],
        });
      }
    }
    // The first start fills the compile cache, as it does for whoever uses the program a second time.
    for (const { name, command } of measured) {
      if ((await outputOf(command)) === '') throw new Error(`${name} prints nothing`);
    }
    for (let run = 1; run <= runs; run++) {
      const [bare = [], ...times] = await timesInTurn([NODE, ...measured.map((it) => it.command)], ROUNDS);
      const floor = median(bare);
      for (const [index, it] of measured.entries()) {
        const value = median(times[index] ?? []);
        it.runs.push({ value, floor });
        say(`cli: run ${run} of ${runs}: ${it.name} ${value.toFixed(1)} ms, node ${floor.toFixed(1)} ms`);
      }
    }
    return measured.map(({ name, runs }) =>
      figureOf({ name, floor: 'node -e 0', unit: 'ms', aim: AIM }, runs),
    );
  });
