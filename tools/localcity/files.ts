import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

/**
 * Writes a file so that a reader finds the old text or the new one, never a part of it.
 * @throws NodeJS.ErrnoException that names the file, also when it is the disk that is full
 */
export function writeWhole(file: string, data: string | Uint8Array, mode = 0o644): void {
  const fresh = `${file}.new`;
  try {
    writeFileSync(fresh, data, { mode });
    renameSync(fresh, file);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw Object.assign(error as Error, { path: file });
  }
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

/** A JSON text of a known shape, or what is wrong with it: files are cut off, and edited by hand. */
export function readJson<T extends object>(text: string, shape: z.ZodType<T>): T | string {
  try {
    const { data, error } = shape.safeParse(JSON.parse(text));
    return data ?? z.prettifyError(error as z.ZodError).replaceAll('\n', ' ');
  } catch (error) {
    return (error as Error).message;
  }
}
