/**
 * Runs the static checks and every test, and ends with one line, `N passed, N failed`. Exit code 0 exactly if
 * nothing failed. `--static` runs the checks alone. Files or patterns after `--` go to vitest.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { renderBoth } from '../messages/index.ts';
import { ensureBinaries } from './localcity/binaries.ts';
import type { Progress } from './localcity/progress.ts';
import { ensureEngine } from './pulumi/engine.ts';

const ROOT = join(import.meta.dirname, '..');
const FAILURE_LINES = 30;

/** Each a check of its own, with the command that repeats it. */
const CHECKS: readonly { readonly name: string; readonly command: readonly string[] }[] = [
  { name: 'types', command: ['tsc', '--noEmit', '-p', '.'] },
  { name: 'lint', command: ['oxlint', '--type-aware', '--quiet'] },
  { name: 'format', command: ['biome', 'format', '.'] },
  { name: 'import directions', command: ['node', 'tools/directions.ts'] },
  { name: 'generated files', command: ['node', 'tools/generate.ts', '--check'] },
  { name: 'reference pages', command: ['node', 'tools/generate-reference.ts', '--check'] },
  { name: 'policy cases', command: ['node', 'policies/check-cases.ts'] },
  { name: 'alert rules', command: ['node', 'tools/alerts.ts'] },
  { name: 'planted bugs', command: ['node', 'tests/chaos/planted.ts', '--check'] },
  { name: 'unused code', command: ['knip'] },
];

interface Count {
  passed: number;
  failed: number;
}

function runChecks(count: Count): void {
  for (const { name, command } of CHECKS) {
    const [program = '', ...args] = command;
    const { status, stdout, stderr } = spawnSync(program, args, { cwd: ROOT, encoding: 'utf8' });
    if (status === 0) {
      count.passed += 1;
      console.log(`ok      ${name}`);
    } else {
      count.failed += 1;
      console.log(`FAILED  ${name}: ${command.join(' ')}\n${stdout}${stderr}`);
    }
  }
}

/** What vitest's report in JSON says. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    /** Why a file failed outside its tests. */
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/** Each failure's first lines once more, last: a log is often kept by its end alone. */
function tellFailures({ testResults }: Report): void {
  for (const { name, status, message, assertionResults } of testResults) {
    if (status !== 'failed') continue;
    const failures = assertionResults
      .filter((it) => it.status === 'failed')
      .map(({ fullName, failureMessages }) => `${fullName}: ${failureMessages.join('\n')}`);
    for (const text of [message, ...failures].filter((it) => it !== '')) {
      console.log(`FAILED  ${relative(ROOT, name)}: ${text.split('\n').slice(0, FAILURE_LINES).join('\n')}`);
    }
  }
}

async function runTests(count: Count, patterns: readonly string[]): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'govcloud-vitest-'));
  const report = join(dir, 'report.json');
  try {
    const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...patterns];
    const status = await new Promise<number | null>((resolve, reject) => {
      const child = spawn('vitest', args, { cwd: ROOT, stdio: 'inherit' });
      child.once('error', reject);
      child.once('close', resolve);
    });
    const results = JSON.parse(readFileSync(report, 'utf8')) as Report;
    const { numPassedTests, numFailedTests } = results;
    tellFailures(results);
    count.passed += numPassedTests;
    count.failed += numFailedTests;
    // A file that cannot be loaded, or an error outside any test, has no test to be counted by.
    if (status !== 0 && numFailedTests === 0) count.failed += 1;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const args = process.argv.slice(2);
const count: Count = { passed: 0, failed: 0 };
const patterns = args.includes('--') ? args.slice(args.indexOf('--') + 1) : [];
if (patterns.length === 0) runChecks(count);
if (args[0] !== '--static') {
  try {
    // What takes minutes to build is there before a test waits for it.
    const progress: Progress = (message, params) => console.log(renderBoth(message, params));
    if (patterns.length === 0) {
      await ensureBinaries({ progress });
      await ensureEngine({ progress });
    }
    await runTests(count, patterns);
  } catch (error) {
    count.failed += 1;
    console.error(error);
  }
}
console.log(`${count.passed} passed, ${count.failed} failed`);
process.exitCode = count.failed === 0 ? 0 : 1;
