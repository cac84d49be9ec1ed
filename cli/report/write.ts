import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { reportTexts } from '../../messages/report-views.ts';
import { CliError } from '../errors.ts';
import type { Reader } from '../output/reader.ts';

/** Where what a command makes goes: a file, or stdout. */
interface Out {
  /** What it is, as a message names it. */
  readonly output: string;
  readonly out?: string | undefined;
}

/** No terminal shows what is no text. @throws CliError E_OUT_NEEDED */
export function requireOut({ output, out }: Out): void {
  if (out === undefined && process.stdout.isTTY) throw new CliError('E_OUT_NEEDED', { output });
}

/** Writes what a command has made into its file, or to stdout. */
export async function putOut(content: string | Uint8Array, { out }: Out, reader: Reader): Promise<void> {
  if (out === undefined) {
    await new Promise((resolve) => process.stdout.write(content, resolve));
    return;
  }
  writeWhole(out, content);
  process.stderr.write(`${reader.text(reportTexts.written, { file: out })}\n`);
}

/**
 * Writes a page that was made, as it is or printed.
 * @throws CliError E_CHROMIUM, E_CHROMIUM_FAILED
 */
export async function putPage(page: string, { output, out }: Out, reader: Reader): Promise<void> {
  if (output !== 'pdf') return putOut(page, { output, out }, reader);
  const { pdfOf } = await import('./pdf.ts');
  await putOut(await pdfOf(page, process.env), { output, out }, reader);
}

/**
 * A file that is there is whole: an interrupted report leaves the one before.
 * @param mode who may read it; what the process would have it be unless given
 */
export function writeWhole(file: string, content: string | Uint8Array, mode = 0o666): void {
  const partial = `${file}.${process.pid}.part`;
  try {
    // On the disk before it has its name: a machine that goes down leaves none that is empty.
    writeFileSync(partial, content, { mode, flush: true });
    renameSync(partial, file);
  } finally {
    rmSync(partial, { force: true });
  }
}
