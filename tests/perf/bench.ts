/**
 * `npm run bench`: each figure beside its floor from the same run, as a table on stdout and as JSON in
 * `bench/results/`. Nothing here asserts a duration.
 *
 *     npm run bench -- [--only NAME,…] [--runs N] [--scale S]
 *
 * `--scale 0.05` tries the suites at a twentieth of their size. docs/benchmarks.md says what each figure means.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join, relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { admission } from './admission.ts';
import { audit } from './audit.ts';
import { capacity } from './capacity.ts';
import { cli } from './cli.ts';
import { type Outcome, tableOf } from './figures.ts';
import { grant } from './grant.ts';
import { holds } from './holds.ts';
import { importing } from './import.ts';
import { life } from './life.ts';
import { list } from './list.ts';
import { page } from './page.ts';
import { peer } from './peer.ts';
import { placement } from './placement.ts';
import type { Suite } from './suite.ts';
import { usage } from './usage.ts';
import { worklist } from './worklist.ts';

const ROOT = join(import.meta.dirname, '../..');
const SUITES: Readonly<Record<string, Suite>> = {
  placement,
  audit,
  holds,
  peer,
  admission,
  grant,
  life,
  cli,
  list,
  worklist,
  import: importing,
  capacity,
  usage,
  page,
};
const LEAST_RUNS = 5;
/** The share of the processors from which on what else runs is told. */
const BUSY = 0.1;
const BUSY_SAMPLE_MS = 2_000;

const { values } = parseArgs({
  options: { only: { type: 'string' }, runs: { type: 'string' }, scale: { type: 'string' } },
});
const chosen = values.only?.split(',') ?? Object.keys(SUITES);
const runs = Number(values.runs ?? LEAST_RUNS);
const scale = Number(values.scale ?? 1);
const unknown = chosen.filter((name) => !Object.hasOwn(SUITES, name));
if (unknown.length > 0 || !Number.isSafeInteger(runs) || runs < 1 || !(scale > 0 && scale <= 1)) {
  console.error(`usage: npm run bench -- [--only ${Object.keys(SUITES).join(',')}] [--runs N] [--scale S]`);
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
const busyBefore = await busyShare();
if (busyBefore > BUSY) {
  say(
    `others use ${Math.round(busyBefore * 100)} % of the machine: these figures are not those of an idle one`,
  );
}
if (runs < LEAST_RUNS) say(`${runs} runs: a median wants at least ${LEAST_RUNS}`);

if (scale < 1) say(`at ${scale} of the size: these figures are not those of the whole`);

const scaled = (whole: number) => Math.max(1, Math.round(whole * scale));
const outcomes: Outcome[] = [];
for (const name of chosen) {
  const suite = SUITES[name] as Suite;
  outcomes.push({ suite: name, figures: await suite({ runs, scaled, say }) });
}

const { stdout: commit } = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: ROOT, encoding: 'utf8' });
const report = {
  startedAt: startedAt.toISOString(),
  commit: commit.trim(),
  machine: {
    cpus: cpus().length,
    model: cpus()[0]?.model ?? '',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
  },
  busyBefore,
  scale,
  outcomes,
};
const folder = join(ROOT, 'bench/results');
mkdirSync(folder, { recursive: true });
const file = join(folder, `${report.startedAt.replaceAll(/[:.]/g, '-')}.json`);
writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
console.log(tableOf(outcomes));
console.log(relative(process.cwd(), file));

/** The share of the processors' time, from 0 to 1, that all programs together use while this one waits. */
async function busyShare(): Promise<number> {
  const times = () =>
    cpus().map(({ times }) => ({ ...times, all: Object.values(times).reduce((a, b) => a + b) }));
  const total = (of: 'all' | 'idle') => times().reduce((sum, it) => sum + it[of], 0);
  const [all, idle] = [total('all'), total('idle')];
  await delay(BUSY_SAMPLE_MS);
  return 1 - (total('idle') - idle) / (total('all') - all);
}
