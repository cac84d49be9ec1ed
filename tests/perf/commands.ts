import { spawn } from 'node:child_process';
import { cpSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

/** A program with its arguments, and what is added to the environment. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** The way `node` starts; everything else that runs on it cannot be faster. */
export const NODE: Command = { file: process.execPath, args: ['-e', '0'] };

/** `bin/govcloud` on this Node, from a fresh bundle or from the sources. */
export class Govcloud {
  private readonly bin: string;
  private readonly env: Readonly<Record<string, string>>;

  private constructor(dir: string) {
    this.bin = join(dir, 'bin/govcloud');
    this.env = { XDG_CACHE_HOME: join(dir, 'cache'), GOVCLOUD_CACHE: join(dir, 'cache'), NO_COLOR: '1' };
  }

  /** @param dir a folder of its own to be made: what lies beside bin/govcloud decides what it runs */
  static async prepare(form: 'bundle' | 'sources', dir: string): Promise<Govcloud> {
    if (form === 'sources') {
      cpSync(join(ROOT, 'bin'), join(dir, 'bin'), { recursive: true });
      symlinkSync(join(ROOT, 'cli'), join(dir, 'cli'));
    } else await outputOf({ file: process.execPath, args: [join(ROOT, 'cli/build.ts'), dir] });
    return new Govcloud(dir);
  }

  command(...args: string[]): Command {
    return { file: process.execPath, args: [this.bin, ...args], env: this.env };
  }
}

/** Runs a command to its end. @returns how long that took in ms @throws Error when it fails */
async function timeOf(command: Command): Promise<number> {
  const started = performance.now();
  const { exit, stderr } = await run(command, 'ignore');
  const took = performance.now() - started;
  if (exit !== 0) throw new Error(`${textOf(command)}: exit ${exit}: ${stderr}`);
  return took;
}

/** What a command prints. @throws Error when it fails */
export async function outputOf(command: Command): Promise<string> {
  const { exit, stdout, stderr } = await run(command, 'pipe');
  if (exit !== 0) throw new Error(`${textOf(command)}: exit ${exit}: ${stderr}`);
  return stdout;
}

function run(
  { file, args, env }: Command,
  output: 'ignore' | 'pipe',
): Promise<{ exit: number | NodeJS.Signals; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { env: { ...process.env, ...env }, stdio: ['ignore', output, 'pipe'] });
    let [stdout, stderr] = ['', ''];
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ exit: signal ?? code ?? -1, stdout, stderr }));
  });
}

function textOf({ file, args }: Command): string {
  return [file, ...args].join(' ');
}

/** Times commands in turns, so that what disturbs the machine disturbs them alike. @returns each one's times in ms */
export async function timesInTurn(commands: readonly Command[], rounds: number): Promise<number[][]> {
  const times: number[][] = commands.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, command] of commands.entries()) times[index]?.push(await timeOf(command));
  }
  return times;
}
