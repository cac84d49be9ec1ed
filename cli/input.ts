import { readFile } from 'node:fs/promises';
import { CliError } from './errors.ts';

/** A file's bytes; `-` is stdin. @throws CliError E_FILE */
export async function readInput(file: string): Promise<Buffer> {
  try {
    if (file !== '-') return await readFile(file);
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  } catch (error) {
    throw new CliError('E_FILE', { file, detail: (error as Error).message });
  }
}

/** A file's text. @throws CliError E_FILE, for what is no UTF-8 too */
export async function readText(file: string): Promise<string> {
  const content = await readInput(file);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    throw new CliError('E_FILE', { file, detail: 'UTF-8' });
  }
}
