/**
 * `npm run bench`: each figure beside its floor from the same run, as a table on stdout and as JSON in
 * `bench/results/`. Nothing here asserts a duration.
 *
 *     npm run bench -- [--only holds,grant,cli,list] [--runs N]
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { cli } from './cli.ts';
import { type Outcome, tableOf } from './figures.ts';
import { grant } from './grant.ts';
import { holds } from './holds.ts';
import { list } from './list.ts';
import type { Suite } from './suite.ts';

const ROOT = join(import.meta.dirname, '../..');
const SUITES: Readonly<Record<string, Suite>> = { holds, grant, cli, list };
const LEAST_RUNS = 5;

const { values } = parseArgs({ options: { only: { type: 'string' }, runs: { type: 'string' } } });
const chosen = values.only?.split(',') ?? Object.keys(SUITES);
const runs = Number(values.runs ?? LEAST_RUNS);
const unknown = chosen.filter((name) => !Object.hasOwn(SUITES, name));
if (unknown.length > 0 || !Number.isSafeInteger(runs) || runs < 1) {
  console.error(`usage: npm run bench -- [--only ${Object.keys(SUITES).join(',')}] [--runs N]`);
  process.exit(2);
}

const began = performance.now();
const say = (line: string) =>
  console.error(`${((performance.now() - began) / 1000).toFixed(1).padStart(7)}  ${line}`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    say(`ended by ${signal}`);
    // An exit of this process kills the servers that it started.
    process.exit(130);
  });
}

const startedAt = new Date();
const [loadBefore = 0] = loadavg();
const processors = cpus();
if (loadBefore > processors.length / 2) {
  say(`the machine is busy (load ${loadBefore.toFixed(1)}): these figures are not those of an idle one`);
}
if (runs < LEAST_RUNS) say(`${runs} runs: a median wants at least ${LEAST_RUNS}`);

const outcomes: Outcome[] = [];
for (const name of chosen) {
  const suite = SUITES[name] as Suite;
  outcomes.push({ suite: name, ...(await suite({ runs, say })) });
}

const { stdout: commit } = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: ROOT, encoding: 'utf8' });
const report = {
  startedAt: startedAt.toISOString(),
  commit: commit.trim(),
  machine: {
    cpus: processors.length,
    model: processors[0]?.model ?? '',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
  },
  load: { before: loadBefore, after: loadavg()[0] },
  outcomes,
};
const folder = join(ROOT, 'bench/results');
mkdirSync(folder, { recursive: true });
const file = join(folder, `${report.startedAt.replaceAll(/[:.]/g, '-')}.json`);
writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
console.log(tableOf(outcomes));
console.log(relative(process.cwd(), file));
