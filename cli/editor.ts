import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CliError } from './errors.ts';

/**
 * Lets the person edit a text in the editor of their environment.
 * @returns the text as they left it, or undefined when nobody sits at the terminal
 * @throws CliError E_EDITOR
 */
export async function editText(text: string): Promise<string | undefined> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return undefined;
  const editor = process.env['GOVCLOUD_EDITOR'] || process.env['VISUAL'] || process.env['EDITOR'] || 'vi';
  const dir = await mkdtemp(join(tmpdir(), 'govcloud-edit-'));
  try {
    const file = join(dir, 'request.yaml');
    await writeFile(file, text, { mode: 0o600 });
    // The editor may be a command line of its own, such as `code --wait`.
    const child = spawn('sh', ['-c', `${editor} "$1"`, 'sh', file], { stdio: 'inherit' });
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
    if (code !== 0) throw new CliError('E_EDITOR', { editor, detail: String(code ?? signal) });
    return await readFile(file, 'utf8');
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
