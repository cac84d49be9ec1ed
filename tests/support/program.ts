import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const ROOT = join(import.meta.dirname, '../..');

/** Runs a program of ours to its end, with nothing of this process's environment but the path. */
export async function runProgram(
  program: string,
  env: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<{ exit: number; output: string }> {
  const child = spawn(process.execPath, [join(ROOT, program), ...args], {
    env: { PATH: process.env['PATH'], ...env },
  });
  const ended = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? -1)));
  const [out, err, exit] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { exit, output: out + err };
}
