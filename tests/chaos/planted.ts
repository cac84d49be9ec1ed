/**
 * Plants one bug after another in a copy of the tree and runs the check that each names: `npm run chaos:planted`, of some
 * alone with `-- NAME…`. A bug is caught when its check says what its patch says that it finds; a check that fails for
 * another reason, or does not end, has caught nothing. Before that each check must pass without a bug. Exit code 1 unless
 * all are caught. `--check` says only whether each patch still applies.
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

/** @returns `status` undefined when it did not end in time, or never began */
function run(command: string, cwd: string): { readonly status: number | undefined; readonly output: string } {
  const { status, error, stdout, stderr } = spawnSync(command, {
    cwd,
    shell: true,
    encoding: 'utf8',
    timeout: LONGEST_MS,
    env: { ...process.env, PATH: `${join(ROOT, 'node_modules/.bin')}${delimiter}${process.env['PATH']}` },
  });
  // oxlint-disable-next-line no-control-regex
  const output = `${stdout}${stderr}`.replace(/\u001b\[[\d;]*m/g, '');
  return { status: error ? undefined : (status ?? undefined), output };
}

interface Patch {
  readonly name: string;
  readonly file: string;
  /** The command that catches it. */
  readonly check: string;
  /** What the check says of it. */
  readonly finding: RegExp;
}

/** @throws Error when its head does not say what catches it */
function readPatch(name: string): Patch {
  const file = join(PATCHES, name);
  const text = readFileSync(file, 'utf8');
  const [check, finding] = ['caught by', 'finding'].map(
    (it) => new RegExp(`^# ${it}: (.+)$`, 'm').exec(text)?.[1],
  );
  if (!check || !finding) throw new Error(`${name} does not say what catches it, and by what finding`);
  return { name, file, check, finding: new RegExp(finding, 'm') };
}

const asked = process.argv.slice(2).filter((it) => !it.startsWith('--'));
const patches = readdirSync(PATCHES)
  .sort()
  .filter((it) => asked.length === 0 || asked.some((name) => it.startsWith(name)))
  .map(readPatch);

function checkPatches(): number {
  const stale = patches.map(({ name, file }) => ({ name, ...run(`git apply --check ${file}`, ROOT) }));
  for (const { name, status, output } of stale)
    if (status !== 0) console.error(`${name} does not apply: ${output}`);
  return stale.filter(({ status }) => status === 0).length;
}

function demand(command: string, copy: string, what: string): void {
  const { status, output } = run(command, copy);
  if (status !== 0) throw new Error(`${what}: ${output.slice(-2000)}`);
}

function plantPatches(copy: string): number {
  cpSync(ROOT, copy, { recursive: true, filter: (it) => !LEFT_OUT.has(it.slice(ROOT.length + 1)) });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  for (const check of new Set(patches.map(({ check }) => check))) {
    demand(check, copy, `without a bug this does not pass: ${check}`);
    console.log(`no bug      ${check}`);
  }
  let caught = 0;
  for (const { name, file, check, finding } of patches) {
    demand(`git apply ${file}`, copy, `${name} does not apply`);
    const { status, output } = run(check, copy);
    const found = status === undefined || status === 0 ? null : finding.exec(output);
    caught += found ? 1 : 0;
    const last = output.trim().split('\n').at(-1)?.slice(0, 150);
    console.log(
      `${found ? 'caught    ' : 'NOT CAUGHT'}  ${name}  ${found?.[0].trim() ?? `${status ?? 'no end'}: ${last}`}`,
    );
    demand(`git apply -R ${file}`, copy, `${name} cannot be taken out`);
  }
  return caught;
}

let good = 0;
if (process.argv.includes('--check')) good = checkPatches();
else {
  const copy = mkdtempSync(join(tmpdir(), 'govcloud-planted-'));
  try {
    good = plantPatches(copy);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
console.log(`${good} of ${patches.length}`);
process.exitCode = good === patches.length ? 0 : 1;
