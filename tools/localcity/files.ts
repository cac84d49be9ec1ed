import { readFileSync, renameSync, writeFileSync } from 'node:fs';

/** Writes a file so that a reader finds the old text or the new one, never a part of it. */
export function writeWhole(file: string, data: string | Uint8Array, mode = 0o644): void {
  writeFileSync(`${file}.new`, data, { mode });
  renameSync(`${file}.new`, file);
}

/** The file's text, or undefined if there is no such file. */
export function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
