import { renameSync, rmSync, writeFileSync } from 'node:fs';

/** A file that is there is whole: an interrupted report leaves the one before. */
export function writeWhole(file: string, content: string | Uint8Array): void {
  const partial = `${file}.${process.pid}.part`;
  try {
    writeFileSync(partial, content);
    renameSync(partial, file);
  } finally {
    rmSync(partial, { force: true });
  }
}
