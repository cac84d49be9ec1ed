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
