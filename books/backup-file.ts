import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { GovError, reason } from '../domain/errors.ts';

/**
 * A backup's file: lines of text under gzip, and after them an empty gzip member whose comment is the SM3 of every byte
 * before it. `gunzip` and `zcat` read it as it is; here a file that lacks one byte or has another one is refused.
 */
const SEAL = /^sm3 ([0-9a-f]{64})$/;
const SEAL_HEAD = Buffer.from('1f8b08100000000000ff', 'hex');
/** The comment's end, an empty block, and checksum and length of nothing. */
const SEAL_TAIL = Buffer.from('0003000000000000000000', 'hex');
const SEAL_BYTES = SEAL_HEAD.length + 'sm3 '.length + 64 + SEAL_TAIL.length;

const sealOf = (sm3: string) => Buffer.concat([SEAL_HEAD, Buffer.from(`sm3 ${sm3}`), SEAL_TAIL]);

/**
 * Writes a file whole or not at all: under another name, onto the disk, then renamed. Nobody but its owner may read it.
 * @throws GovError E_BACKUP_FILE, E_BACKUP_DISK_FULL; what the lines throw. No part of a file is left.
 */
export async function writeBackupFile(file: string, lines: AsyncIterable<string>): Promise<void> {
  const part = `${file}.${process.pid}.part`;
  // What the lines throw is not the file's fault, and stays what it is.
  const done = <T>(step: Promise<T>) =>
    step.catch((error: unknown) => {
      throw fileFault(file, error);
    });
  try {
    const handle = await done(open(part, 'wx', 0o600));
    try {
      const sm3 = createHash('sm3');
      await pipeline(lines, createGzip(), async (compressed: AsyncIterable<Buffer>) => {
        for await (const bytes of compressed) {
          sm3.update(bytes);
          await done(handle.writeFile(bytes));
        }
      });
      await done(handle.writeFile(sealOf(sm3.digest('hex'))));
      await done(handle.sync());
    } finally {
      await handle.close();
    }
    await done(rename(part, file));
    await done(syncFolder(dirname(file)));
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

/** A name is on the disk once its folder is. */
async function syncFolder(dir: string): Promise<void> {
  const handle = await open(dir, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Reads every byte of a file and holds it against its seal.
 * @throws GovError E_BACKUP_FILE, E_BACKUP_TORN, E_BACKUP_ALTERED
 */
export async function checkBackupFile(file: string): Promise<void> {
  try {
    const handle = await open(file, 'r');
    try {
      const content = (await handle.stat()).size - SEAL_BYTES;
      const expected = content > 0 ? await readSeal(handle, content) : undefined;
      if (expected === undefined) throw new GovError(reason('E_BACKUP_TORN', { file }));
      const sm3 = createHash('sm3');
      for await (const bytes of handle.createReadStream({ start: 0, end: content - 1, autoClose: false })) {
        sm3.update(bytes as Buffer);
      }
      if (sm3.digest('hex') !== expected) throw new GovError(reason('E_BACKUP_ALTERED', { file }));
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileFault(file, error);
  }
}

/** The digest in the seal that stands at a place; undefined when none does. */
async function readSeal(handle: FileHandle, position: number): Promise<string | undefined> {
  const seal = Buffer.alloc(SEAL_BYTES);
  await handle.read({ buffer: seal, position });
  const comment = seal.subarray(SEAL_HEAD.length, -SEAL_TAIL.length).toString('latin1');
  const sm3 = SEAL.exec(comment)?.[1];
  return sm3 !== undefined && sealOf(sm3).equals(seal) ? sm3 : undefined;
}

/** The lines of a file that was checked, one at a time. @throws GovError E_BACKUP_FILE */
export async function* readBackupFile(file: string): AsyncGenerator<string, void, undefined> {
  const compressed = createReadStream(file);
  const text = createGunzip();
  // Destroys both, whichever fails or is left before its end; the reader below is told through `text`.
  const piped = pipeline(compressed, text).catch(() => undefined);
  try {
    let rest = '';
    for await (const piece of text.setEncoding('utf8')) {
      const lines = (rest + (piece as string)).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
    if (rest !== '') yield rest;
  } catch (error) {
    throw fileFault(file, error);
  } finally {
    compressed.destroy();
    await piped;
  }
}

/** What an error of the file system, or of gzip, means for whoever runs the program; one of ours as it is. */
function fileFault(file: string, error: unknown): unknown {
  if (error instanceof GovError) return error;
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') return new GovError(reason('E_BACKUP_DISK_FULL', { file }));
  if (code.startsWith('Z_')) return new GovError(reason('E_BACKUP_ALTERED', { file }));
  return new GovError(reason('E_BACKUP_FILE', { file, detail: message }));
}
