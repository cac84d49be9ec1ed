import { writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { readIfThere } from './files.ts';

/** An exclusive lock that the operating system gives back when its holder dies, however it dies. */
export interface Lock {
  release(): void;
}

const SQLITE_BUSY = 5;

/**
 * Takes the lock on a file, or tells who holds it. SQLite's lock stands for flock, which Node does not offer: a
 * pid in a file alone cannot be taken over safely by two processes that find its writer dead. The pid is kept in
 * `FILE.pid` beside it, for people.
 * @returns the lock, or the holder's pid (0 in the instant before it has written it).
 */
export function tryLock(file: string): Lock | number {
  const database = new DatabaseSync(file);
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error;
    return Number.parseInt(readIfThere(`${file}.pid`) ?? '', 10) || 0;
  }
  writeFileSync(`${file}.pid`, `${process.pid}\n`);
  return { release: () => database.close() };
}
