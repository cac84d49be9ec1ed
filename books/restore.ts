import { sql, type Transaction } from 'kysely';
import type { z } from 'zod';
import { GovError, reason } from '../domain/errors.ts';
import { backupWords } from '../messages/backup.ts';
import { booksFindings } from '../messages/books.ts';
import { type Message, type MessageParams, render } from '../messages/index.ts';
import { auditVerdictIn } from './audit.ts';
import {
  backupEnd,
  type BackupHeader,
  backupHeader,
  backupRow,
  type BackupTable,
  backupTables,
  fixSpelling,
  type RowCounts,
} from './backup.ts';
import { checkBackupFile, readBackupFile } from './backup-file.ts';
import { type Books, type BooksTables, migrationsRun } from './database.ts';
import { moveFence } from './session.ts';
import { findingsIn } from './verify.ts';

type Trx = Transaction<BooksTables>;

export interface Restored {
  readonly takenAt: string;
  readonly seq: string;
  readonly rows: number;
  /** The fence's epoch: operators that took one before are shut out. */
  readonly epoch: bigint;
}

/** Who holds the fence of restored books until an operator takes it. */
const HOLDER = 'restore';
/** Rows are written so many, or so many characters of them, at a time. */
const BATCH = { rows: 1_000, characters: 1_000_000 };

/**
 * Restores a backup into books that hold nothing and have its schema, in one transaction, as the schema's owner. Rows are
 * taken as they were; then the books and the audit chain must verify against the backup's own head, else
 * nothing of it stays. The restoring itself is the chain's next record.
 * @throws GovError E_BACKUP_FILE, E_BACKUP_TORN, E_BACKUP_ALTERED before anything is written; E_BACKUP_FORMAT,
 *   E_BACKUP_SCHEMA, E_RESTORE_NOT_EMPTY, E_RESTORE_UNSOUND
 */
export async function restore(books: Books, file: string): Promise<Restored> {
  await checkBackupFile(file);
  return books
    .transaction()
    .setIsolationLevel('read committed')
    .execute(async (trx) => {
      await fixSpelling(trx);
      await demandEmpty(trx);
      const { header, rows } = await load(trx, file);
      await setIdentities(trx);
      await demandSound(trx, header, rows);
      return {
        takenAt: header.takenAt,
        seq: header.audit.seq,
        rows: Object.values(rows).reduce((sum, count) => sum + count, 0),
        epoch: await fenceOff(trx, header),
      };
    });
}

/** Keeps everybody else out of the books until the end. @throws GovError E_RESTORE_NOT_EMPTY */
async function demandEmpty(trx: Trx): Promise<void> {
  const names = sql.raw(backupTables.map((table) => `books.${table}`).join(', '));
  await sql`LOCK TABLE ${names} IN EXCLUSIVE MODE`.execute(trx);
  const held = { audit_head: 'seq > 0', fence: 'epoch > 0' } as Partial<Record<BackupTable, string>>;
  const found = backupTables.map(
    (table) => `SELECT '${table}' AS name FROM books.${table} WHERE ${held[table] ?? 'true'}`,
  );
  const { rows } = await sql<{ name: string }>`
    SELECT DISTINCT name FROM (${sql.raw(found.join(' UNION ALL '))}) AS found ORDER BY name`.execute(trx);
  if (rows.length > 0) {
    throw new GovError(reason('E_RESTORE_NOT_EMPTY', { tables: rows.map(({ name }) => name).join(', ') }));
  }
}

async function load(trx: Trx, file: string): Promise<{ header: BackupHeader; rows: RowCounts }> {
  let line = 0;
  const read = <T>(shape: z.ZodType<T>, text: string): T => {
    const { data } = shape.safeParse(jsonOrNothing(text));
    if (data === undefined) throw new GovError(reason('E_BACKUP_FORMAT', { file, line }));
    return data;
  };
  let header: BackupHeader | undefined;
  let rows: RowCounts | undefined;
  const writer = new RowWriter(trx);
  for await (const text of readBackupFile(file)) {
    line += 1;
    if (!header) {
      header = read(backupHeader, text);
      await demandSchema(trx, header);
    } else if (rows === undefined && text.startsWith('[')) {
      await writer.add(...read(backupRow, text));
    } else {
      if (rows !== undefined) throw new GovError(reason('E_BACKUP_FORMAT', { file, line }));
      rows = read(backupEnd, text).rows;
    }
  }
  await writer.end();
  if (!header || !rows) throw new GovError(reason('E_BACKUP_FORMAT', { file, line: line + 1 }));
  return { header, rows };
}

function jsonOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function demandSchema(trx: Trx, { migrations }: BackupHeader): Promise<void> {
  const run = await migrationsRun(trx);
  if (run.join() === migrations.join()) return;
  throw new GovError(
    reason('E_BACKUP_SCHEMA', { backup: migrations.at(-1) ?? '-', books: run.at(-1) ?? '-' }),
  );
}

/** Writes rows in batches. All entries of a transaction are in one batch: every statement must balance by itself. */
class RowWriter {
  private table: BackupTable | undefined;
  private rows: string[] = [];
  private characters = 0;
  private readonly trx: Trx;

  constructor(trx: Trx) {
    this.trx = trx;
  }

  async add(table: BackupTable, row: string): Promise<void> {
    if (table !== this.table) {
      await this.end();
      this.table = table;
    } else if (this.isFull() && firstColumn(row) !== firstColumn(this.rows.at(-1) ?? '')) {
      await this.flush();
    }
    this.rows.push(row);
    this.characters += row.length;
  }

  /** Ends a table; what is read of it from now on is planned by what it holds. */
  async end(): Promise<void> {
    if (this.table === undefined) return;
    await this.flush();
    await sql`ANALYZE books.${sql.raw(this.table)}`.execute(this.trx);
  }

  private isFull(): boolean {
    return this.rows.length >= BATCH.rows || this.characters >= BATCH.characters;
  }

  private async flush(): Promise<void> {
    const { table, rows } = this;
    if (table === undefined) return;
    const name = sql.raw(`books.${table}`);
    // The migrations made the one row of these.
    const over = {
      audit_head: 'ON CONFLICT (only_row) DO UPDATE SET seq = excluded.seq, hash = excluded.hash',
      fence:
        'ON CONFLICT (only_row) DO UPDATE SET epoch = excluded.epoch, holder = excluded.holder, taken_at = excluded.taken_at',
    } as Partial<Record<BackupTable, string>>;
    await sql`INSERT INTO ${name} OVERRIDING SYSTEM VALUE SELECT * FROM unnest(${rows}::${name}[])
      ${sql.raw(over[table] ?? '')}`.execute(this.trx);
    this.rows = [];
    this.characters = 0;
  }
}

/** A row's first column as it is spelt; numbers in all tables of many rows. */
function firstColumn(row: string): string {
  return row.slice(0, row.indexOf(','));
}

/** Numbers that the database gives go on after the greatest that is there. */
async function setIdentities(trx: Trx): Promise<void> {
  const { rows } = await sql<{ table: BackupTable; column: string }>`
    SELECT table_name AS table, column_name AS column FROM information_schema.columns
    WHERE table_schema = 'books' AND is_identity = 'YES'`.execute(trx);
  for (const { table, column } of rows) {
    const id = sql.raw(column);
    await sql`SELECT setval(pg_get_serial_sequence(${`books.${table}`}, ${column}),
      coalesce(max(${id}), 1), max(${id}) IS NOT NULL) FROM books.${sql.raw(table)}`.execute(trx);
  }
}

/** @throws GovError E_RESTORE_UNSOUND with the first thing that does not agree */
async function demandSound(trx: Trx, header: BackupHeader, expected: RowCounts): Promise<void> {
  const unsound = (message: Message, params: MessageParams) => {
    const first = { zh: render(message, 'zh', params), en: render(message, 'en', params) };
    return new GovError(reason('E_RESTORE_UNSOUND', { first }));
  };
  for (const table of backupTables) {
    const { rows } = await sql<{
      found: bigint;
    }>`SELECT count(*) AS found FROM books.${sql.raw(table)}`.execute(trx);
    const found = Number(rows[0]?.found);
    if (found !== expected[table]) {
      throw unsound(backupWords.rowCount, { table, expected: expected[table], found });
    }
  }
  const { seq, hash } = header.audit;
  const verdict = await auditVerdictIn(trx, [{ seq: BigInt(seq), hash }]);
  if (!verdict.ok) throw unsound(backupWords.chain, { seq: verdict.seq, fault: verdict.fault });
  if (String(verdict.rows) !== seq) throw unsound(backupWords.chain, { seq, fault: 'head' });
  const [finding] = await findingsIn(trx);
  if (finding) throw unsound(booksFindings[finding.code], { where: finding.where, ...finding.params });
}

/**
 * Epochs that were taken after the backup are not known here, and whoever took one must be shut out all the same. So
 * the count goes on from the milliseconds since 1970, of which more have passed than epochs were taken; and a second
 * restoring of one backup gives a greater one.
 */
async function fenceOff(trx: Trx, { takenAt, audit }: BackupHeader): Promise<bigint> {
  const { rows } = await sql<{ who: string }>`SELECT session_user AS who`.execute(trx);
  const actor = rows[0]?.who ?? HOLDER;
  const body = { takenAt, seq: audit.seq, hash: audit.hash };
  const next = sql<bigint>`greatest(epoch + 1, (extract(epoch FROM clock_timestamp()) * 1000)::bigint)`;
  return moveFence(trx, HOLDER, next, [{ actor, action: 'books.restore', subject: HOLDER, body }]);
}
