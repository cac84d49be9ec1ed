import { DatabaseSync } from 'node:sqlite';
import { GovError, reason } from '../../domain/errors.ts';
import { readIfThere, writeWhole } from './files.ts';

/** An exclusive lock that the operating system gives back when its holder dies, however it dies. */
export interface Lock {
  release(): void;
}

const SQLITE_BUSY = 5;
const SQLITE_NOTADB = 26;

/**
 * Takes the lock on a file, or tells who holds it. SQLite's lock stands for flock, which Node does not offer: a
 * pid in a file alone cannot be taken over safely by two processes that find its writer dead. The pid is kept in
 * `FILE.pid` beside it, for people.
 * @returns the lock, or the holder's pid (0 in the instant before it has written it).
 * @throws GovError E_LOCK_DAMAGED when something else was written into the file
 */
export function tryLock(file: string): Lock | number {
  const database = new DatabaseSync(file);
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    const { errcode, message } = error as Error & { errcode?: number };
    if (errcode === SQLITE_NOTADB) throw new GovError(reason('E_LOCK_DAMAGED', { file, detail: message }));
    if (errcode !== SQLITE_BUSY) throw Object.assign(error as Error, { path: file, syscall: 'lock' });
    return Number.parseInt(readIfThere(`${file}.pid`) ?? '', 10) || 0;
  }
  try {
    writeWhole(`${file}.pid`, `${process.pid}\n`);
  } catch (error) {
    database.close();
    throw error;
  }
  return { release: () => database.close() };
}
