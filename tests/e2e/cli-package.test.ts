import { execFile } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import pkg from '../../package.json' with { type: 'json' };

/** The CLI as a package, built, packed, and installed into an empty folder, without a network. */

const ROOT = join(import.meta.dirname, '../..');
const START_MS = 180_000;
const run = promisify(execFile);
let dir: string;
let installed: string;

async function npm(cwd: string, ...args: string[]): Promise<string> {
  const { stdout } = await run('npm', [...args, '--offline', '--no-audit', '--no-fund'], { cwd });
  return stdout.trim();
}

/** Runs a program of the package as its user does: by its name, on PATH. */
async function installedRun(
  program: string,
  ...args: string[]
): Promise<{ exit: number; stdout: string; stderr: string }> {
  const bin = join(installed, 'node_modules/.bin');
  const env = { PATH: `${bin}:${process.env['PATH']}`, HOME: dir, LANG: 'en_US.UTF-8' };
  try {
    return { exit: 0, ...(await run(program, args, { cwd: installed, env })) };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { exit: code, stdout, stderr };
  }
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'govcloud-test-'));
  const dist = join(dir, 'dist');
  await run(process.execPath, [join(ROOT, 'cli/build.ts'), dist]);
  const tarball = await npm(dir, 'pack', './dist');
  installed = join(dir, 'elsewhere');
  mkdirSync(installed);
  await npm(installed, 'install', join(dir, tarball));
}, START_MS);

afterAll(() => rmSync(dir, { recursive: true }));

test('help, version and completion', async () => {
  const help = await installedRun('govcloud', '--help');
  expect(help).toMatchObject({ exit: 0, stdout: expect.stringContaining('govcloud') as string, stderr: '' });
  expect((await installedRun('govcloud', 'request', 'create', '--help')).stdout).toContain('--dry-run');
  const version = await installedRun('govcloud', '--version');
  expect(version.stdout).toBe(`govcloud ${pkg.version}\n`);
  expect((await installedRun('govcloud', 'completion', 'bash')).stdout).toContain('__complete');
});

test('as kubectl runs and completes it', async () => {
  const help = await installedRun('kubectl-govcloud', '--help');
  expect(help).toEqual(await installedRun('govcloud', '--help'));
  const completion = await installedRun('kubectl_complete-govcloud', 'quota', '');
  expect(completion).toEqual({ exit: 0, stdout: expect.stringMatching(/^show\b/m) as string, stderr: '' });
  expect(completion.stdout).toMatch(/\n:4\n$/);
});

test('credentials that a program hands out are read, and a hub that is not there is said to be so', async () => {
  const credential = {
    apiVersion: 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    status: { token: 't' },
  };
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: 'echo',
    args: [JSON.stringify(credential)],
    interactiveMode: 'Never',
  };
  writeFileSync(
    join(installed, 'kubeconfig'),
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'hub', cluster: { server: 'http://127.0.0.1:1' } }],
      users: [{ name: 'me', user: { exec } }],
      contexts: [{ name: 'hub', context: { cluster: 'hub', user: 'me' } }],
      'current-context': 'hub',
    }),
  );
  const { stderr } = await installedRun('govcloud', '--kubeconfig', 'kubeconfig', 'catalog', 'list');
  expect(stderr).toMatch(/^error E_\w+: .*127\.0\.0\.1:1/);
});

test('the local city and capacity as code are said to need a checkout', async () => {
  const preview = ['capacity', 'preview', '--kubeconfig', 'kubeconfig'];
  for (const command of [['up'], ['down'], ['status'], preview]) {
    const { exit, stderr } = await installedRun('govcloud', ...command);
    expect([exit, stderr]).toEqual([expect.any(Number), expect.stringMatching(/^error E_CHECKOUT_NEEDED: /)]);
    expect(exit).not.toBe(0);
  }
});

test('a checkout runs its sources, whatever was built there', async () => {
  const checkout = join(dir, 'checkout');
  mkdirSync(join(checkout, 'bin'), { recursive: true });
  mkdirSync(join(checkout, 'dist'));
  for (const file of ['govcloud', 'package.json']) {
    copyFileSync(join(ROOT, 'bin', file), join(checkout, 'bin', file));
  }
  symlinkSync(join(ROOT, 'cli'), join(checkout, 'cli'));
  writeFileSync(join(checkout, 'dist/main.js'), 'throw new Error("a stale bundle")');
  const { stdout } = await run(process.execPath, [join(checkout, 'bin/govcloud'), '--version']);
  expect(stdout).toBe(`govcloud ${pkg.version}\n`);
  expect(existsSync(join(ROOT, 'main.js'))).toBe(false);
});
