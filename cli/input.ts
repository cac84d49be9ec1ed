import { createReadStream } from 'node:fs';
import { CliError } from './errors.ts';

const MEBIBYTE = 2 ** 20;
/** How long a file may be, in bytes. What is parsed needs up to a hundred for each of its own. */
const MOST = { kept: 64 * MEBIBYTE, table: 6 * MEBIBYTE };
const MOST_TEXT = MEBIBYTE;

/**
 * A file's bytes; `-` is stdin. What is longer is not read on, be it a device or a pipe without an end.
 * @throws CliError E_FILE, E_FILE_SIZE
 */
export async function readInput(file: string, as: keyof typeof MOST = 'kept'): Promise<Buffer> {
  const most = MOST[as];
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of file === '-' ? process.stdin : createReadStream(file)) {
      chunks.push(chunk as Buffer);
      length += (chunk as Buffer).length;
      if (length > most) break;
    }
  } catch (error) {
    throw new CliError('E_FILE', { file, detail: (error as Error).message });
  }
  if (length > most) throw new CliError('E_FILE_SIZE', { file, most: most / MEBIBYTE });
  return Buffer.concat(chunks);
}

/** What was read of a file, as its text. @throws CliError E_FILE, for what is no UTF-8 too, E_FILE_SIZE */
export function textOf(file: string, content: Buffer): string {
  if (content.length > MOST_TEXT) throw new CliError('E_FILE_SIZE', { file, most: MOST_TEXT / MEBIBYTE });
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    throw new CliError('E_FILE', { file, detail: 'UTF-8' });
  }
}
