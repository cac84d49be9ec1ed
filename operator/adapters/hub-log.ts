import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { digestOfLine } from '../../domain/audit/hub-log.ts';

const CHUNK_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;

/** What a file held next. */
interface Read {
  /** Whole lines, without their ends. */
  readonly lines: readonly string[];
  /** The file shrank or went away before it was read to its end: open the log anew. */
  readonly lost: boolean;
}

/**
 * An API server's audit log, read line by line through its rotation: the file and, beside it, what it was before, as
 * the API server names it (`audit.log`, `audit-2026-11-27T12-14-07.123.log`; compressed ones are not read).
 */
export class HubLog {
  private readonly path: string;
  private file: LineFile;

  private constructor(path: string, file: LineFile) {
    this.path = path;
    this.file = file;
  }

  /**
   * Opens the log at a line, or at its oldest one.
   * @param line the digest of the line
   * @returns the log, and whether the line is in it
   * @throws the system's error when there is no log or it cannot be read
   */
  static async open(path: string, line: string | undefined): Promise<{ log: HubLog; found: boolean }> {
    const paths = await segmentsOf(path);
    if (line !== undefined) {
      for (const segment of paths.toReversed()) {
        const file = await LineFile.open(segment);
        let found = false;
        try {
          found = await file.seek(line);
        } finally {
          if (!found) await file.close();
        }
        if (found) return { log: new HubLog(path, file), found };
      }
    }
    return { log: new HubLog(path, await LineFile.open(paths[0] ?? path)), found: false };
  }

  /** What is new since the last time; no lines when there is nothing. */
  async next(): Promise<Read> {
    for (;;) {
      const lines = await this.file.read();
      if (lines.length > 0) return { lines: lines.map(String), lost: false };
      if (await this.file.isCut()) return { lines: [], lost: true };
      const later = await this.laterFile();
      if (typeof later === 'string') return { lines: [], lost: later === 'lost' };
      // Nothing is added to a file once it has another name, so that what it has now is all.
      const last = await this.file.read().catch(async (error: unknown) => {
        await later.close();
        throw error;
      });
      if (last.length > 0) {
        await later.close();
        return { lines: last.map(String), lost: false };
      }
      const torn = this.file.rest();
      await this.file.close();
      this.file = later;
      if (torn.length > 0) return { lines: [String(torn)], lost: false };
    }
  }

  close(): Promise<void> {
    return this.file.close();
  }

  /** The file after this one. While this one is open no other has its inode. */
  private async laterFile(): Promise<LineFile | 'none' | 'lost'> {
    if ((await inodeOf(this.path)) === this.file.inode) return 'none';
    const segments = await segmentsOf(this.path);
    const inodes = await Promise.all(segments.map(inodeOf));
    const at = inodes.indexOf(this.file.inode);
    if (at === -1) return 'lost';
    const later = segments[at + 1];
    if (later === undefined) return 'none';
    const file = await LineFile.open(later);
    if (file.inode === inodes[at + 1]) return file;
    // It was put aside between the two looks: the next one will find it.
    await file.close();
    return 'none';
  }
}

async function inodeOf(path: string): Promise<string | undefined> {
  try {
    return inodeText(await stat(path, { bigint: true }));
  } catch (error) {
    // Between two names.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function inodeText({ dev, ino }: { readonly dev: bigint; readonly ino: bigint }): string {
  return `${dev}/${ino}`;
}

/** The files of a log that are there, oldest first: the names of old ones carry when they were put aside. */
async function segmentsOf(path: string): Promise<string[]> {
  const extension = extname(path);
  const prefix = `${basename(path, extension)}-`;
  const names = await readdir(dirname(path));
  const old = names.filter((name) => name.startsWith(prefix) && name.endsWith(extension)).sort();
  return [...old, ...(names.includes(basename(path)) ? [basename(path)] : [])].map((name) =>
    join(dirname(path), name),
  );
}

/** A file that grows, line by line. */
class LineFile {
  readonly inode: string;
  private readonly handle: FileHandle;
  /** Where reading goes on, in bytes. */
  private at = 0;
  /** What was read of a line whose end is not there yet. */
  private pending: Buffer = Buffer.alloc(0);

  private constructor(handle: FileHandle, inode: string) {
    this.handle = handle;
    this.inode = inode;
  }

  static async open(path: string): Promise<LineFile> {
    const handle = await open(path, 'r');
    try {
      return new LineFile(handle, inodeText(await handle.stat({ bigint: true })));
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Goes to the first line of this digest. @returns whether there is one; else the file is at its end */
  async seek(digest: string): Promise<boolean> {
    for (;;) {
      let start = this.at - this.pending.length;
      const lines = await this.read();
      if (lines.length === 0) return false;
      for (const line of lines) {
        if (digestOfLine(String(line)) === digest) {
          this.at = start;
          this.pending = Buffer.alloc(0);
          return true;
        }
        start += line.length + 1;
      }
    }
  }

  /** The next whole lines, without their ends; none at the end. */
  async read(): Promise<Buffer[]> {
    for (;;) {
      const { bytesRead, buffer } = await this.handle.read(
        Buffer.alloc(CHUNK_BYTES),
        0,
        CHUNK_BYTES,
        this.at,
      );
      if (bytesRead === 0) return [];
      this.at += bytesRead;
      const bytes = Buffer.concat([this.pending, buffer.subarray(0, bytesRead)]);
      const lines: Buffer[] = [];
      let start = 0;
      for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
        lines.push(bytes.subarray(start, end));
        start = end + 1;
      }
      this.pending = bytes.subarray(start);
      if (lines.length > 0) return lines;
    }
  }

  /** The line without an end. */
  rest(): Buffer {
    const line = this.pending;
    this.pending = Buffer.alloc(0);
    return line;
  }

  /** Whether the file is shorter than what was read of it. */
  async isCut(): Promise<boolean> {
    return (await this.handle.stat()).size < this.at;
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}
