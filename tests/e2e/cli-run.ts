import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { join } from 'node:path';

const BIN = join(import.meta.dirname, '../../bin/govcloud');
const LIMIT_MS = 120_000;

export interface Ran {
  readonly exit: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly stdin?: string;
  /** The program and what comes before its arguments, instead of bin/govcloud. */
  readonly program?: readonly string[];
  readonly cwd?: string;
}

/** The environment of a person without settings of their own. */
export const PLAIN: NodeJS.ProcessEnv = {
  PATH: process.env['PATH'],
  HOME: process.env['HOME'],
  GOVCLOUD_CACHE: process.env['GOVCLOUD_CACHE'],
  LANG: 'C.UTF-8',
};

/** Runs govcloud as a person would: as a process of its own. */
export async function govcloud(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const [command = BIN, ...before] = options.program ?? [BIN];
  const child = spawn(command, [...before, ...args], {
    cwd: options.cwd,
    env: { ...PLAIN, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: LIMIT_MS,
  });
  // A program that does not read its input may end before all of it is written.
  child.stdin.on('error', () => {});
  child.stdin.end(options.stdin ?? '');
  const ended = new Promise<Pick<Ran, 'exit' | 'signal'>>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exit, signal) => resolve({ exit, signal }));
  });
  const [stdout, stderr, end] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { ...end, stdout, stderr };
}
