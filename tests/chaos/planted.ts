/**
 * Plants one bug after another in a copy of the tree and runs the check that each names: `npm run chaos:planted`, of some
 * alone with `-- NAME…`. Exit code 1 unless all are caught. `--check` says only whether each patch still applies.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const PATCHES = join(import.meta.dirname, 'planted');
/** What a copy does not need, or has by a link. */
const LEFT_OUT = new Set(['node_modules', '.git', '.govcloud', 'dist', 'coverage']);
const LONGEST_MS = 15 * 60_000;

function run(command: string, cwd: string): { readonly isGood: boolean; readonly output: string } {
  const { status, stdout, stderr } = spawnSync(command, {
    cwd,
    shell: true,
    encoding: 'utf8',
    timeout: LONGEST_MS,
    env: { ...process.env, PATH: `${join(ROOT, 'node_modules/.bin')}${delimiter}${process.env['PATH']}` },
  });
  return { isGood: status === 0, output: `${stdout}${stderr}` };
}

/** The line that says what a check found: a failing test's name, or what the simulation says. */
function found(output: string): string {
  // oxlint-disable-next-line no-control-regex
  const lines = output.replace(/\u001b\[[\d;]*m/g, '').split('\n');
  const line =
    lines.find((it) => /^FAIL |^seed |Error: /.test(it.trim())) ?? lines.findLast((it) => it.trim() !== '');
  return (line ?? '').trim().slice(0, 150);
}

const asked = process.argv.slice(2).filter((it) => !it.startsWith('--'));
const names = readdirSync(PATCHES)
  .sort()
  .filter((it) => asked.length === 0 || asked.some((name) => it.startsWith(name)));
let missed = 0;
for (const name of names) {
  const patch = join(PATCHES, name);
  if (process.argv.includes('--check')) {
    const { isGood, output } = run(`git apply --check ${patch}`, ROOT);
    if (!isGood) console.error(`${name} does not apply: ${output}`);
    missed += isGood ? 0 : 1;
    continue;
  }
  const check = /^# caught by: (.*)$/m.exec(readFileSync(patch, 'utf8'))?.[1] ?? '';
  const copy = mkdtempSync(join(tmpdir(), 'govcloud-planted-'));
  try {
    cpSync(ROOT, copy, { recursive: true, filter: (it) => !LEFT_OUT.has(it.slice(ROOT.length + 1)) });
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
    const planted = run(`git apply ${patch}`, copy);
    if (!planted.isGood) throw new Error(`${name} does not apply: ${planted.output}`);
    const { isGood, output } = run(check, copy);
    missed += isGood ? 1 : 0;
    console.log(`${isGood ? 'NOT CAUGHT' : 'caught    '}  ${name}  ${found(output)}`);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
console.log(`${names.length - missed} of ${names.length}`);
process.exitCode = missed === 0 ? 0 : 1;
