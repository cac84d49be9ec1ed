import { sql, type Transaction } from 'kysely';
import { z } from 'zod';
import type { Checkpoint } from '../domain/audit/chain.ts';
import { writeBackupFile } from './backup-file.ts';
import { type Books, type BooksTables, databaseTime, migrationsRun } from './database.ts';

/**
 * A backup of the books is lines of JSON: a header, then every row of every table as `[table, row]`, the row in
 * PostgreSQL's own text form of a composite value, which loses nothing, then how many rows there were. All of one snapshot.
 */
const BACKUP_FORMAT = 'govcloud-books/1';

/** The tables in the order in which their rows refer to each other, and the columns that a table's rows are sorted by. */
const BACKUP_TABLES = {
  accounts: 'id',
  holds: 'id',
  transactions: 'id',
  entries: 'transaction_id, line',
  decisions: 'id',
  serial_counters: 'prefix, year',
  serials: 'request_uid',
  closed_requests: 'uid',
  metered: 'allocation_uid',
  daily_use: 'allocation_uid, day, resource',
  daily_active_users: 'organization, system, day',
  notifications: 'id',
  audit: 'seq',
  audit_head: 'only_row',
  backups: 'taken_at',
  fence: 'only_row',
} as const satisfies Record<keyof BooksTables, string>;

export type BackupTable = keyof typeof BACKUP_TABLES;
export const backupTables = Object.keys(BACKUP_TABLES) as BackupTable[];

export const backupHeader = z.strictObject({
  format: z.literal(BACKUP_FORMAT),
  /** The migrations that made the schema, in order. */
  migrations: z.array(z.string()),
  /** RFC 3339, the database's time. */
  takenAt: z.string(),
  /** The newest link of the audit chain: a checkpoint. */
  audit: z.strictObject({ seq: z.string().regex(/^\d+$/), hash: z.string() }),
});
export type BackupHeader = z.output<typeof backupHeader>;

export const backupRow = z.tuple([z.enum(backupTables), z.string()]);

export const backupEnd = z.strictObject({ rows: z.record(z.enum(backupTables), z.int().min(0)) });
export type RowCounts = z.output<typeof backupEnd>['rows'];

export interface Backup {
  readonly takenAt: string;
  readonly audit: Checkpoint;
  /** Rows of all tables. */
  readonly rows: number;
}

/** Rows that are read at a time: few enough that a thousand large documents are no burden. */
const FETCH = 500;

/** Times in rows are spelt in one way whatever a session's settings are, and read back so. */
export async function fixSpelling(trx: Transaction<BooksTables>): Promise<void> {
  await sql`SELECT set_config('TimeZone', 'UTC', true), set_config('DateStyle', 'ISO, YMD', true)`.execute(
    trx,
  );
}

/**
 * Writes a backup of the books as they are at one moment, while they are written to. Any role that may read them may
 * do it. Neither the books nor the file are ever held in memory.
 * @throws GovError E_BACKUP_FILE, E_BACKUP_DISK_FULL; the database's errors. The file is then as it was.
 */
export async function backUp(books: Books, file: string): Promise<Backup> {
  const trx = await books
    .startTransaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute();
  try {
    const made: { backup?: Backup } = {};
    await writeBackupFile(
      file,
      backupLines(trx, (backup) => void (made.backup = backup)),
    );
    if (!made.backup) throw new Error('a backup ended before its end');
    return made.backup;
  } finally {
    // Nothing was written that could be lost; a connection that is gone has nothing to give back.
    await trx
      .rollback()
      .execute()
      .catch(() => undefined);
  }
}

/**
 * Records that a backup was made, so that its age is known to whoever watches the books. As the schema's owner or as
 * `govcloud_reports`, which may write nothing else.
 * @returns false when the books do not have the record that the backup ends with
 */
export async function recordBackup(books: Books, { takenAt, audit }: Backup): Promise<boolean> {
  const { rows } = await books
    .transaction()
    .setAccessMode('read write')
    .execute((trx) =>
      sql<{ recorded: boolean }>`
        SELECT books.record_backup(${takenAt}, ${audit.seq}, ${audit.hash}) AS recorded`.execute(trx),
    );
  return rows[0]?.recorded ?? false;
}

/** When the newest backup of these books was taken; undefined when none was recorded. */
export async function lastBackup(books: Books): Promise<Date | undefined> {
  const row = await books
    .selectFrom('backups')
    .select('taken_at')
    .orderBy('taken_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.taken_at;
}

async function* backupLines(
  trx: Transaction<BooksTables>,
  finished: (backup: Backup) => void,
): AsyncGenerator<string, void, undefined> {
  await fixSpelling(trx);
  const { now, seq, hash } = await trx
    .selectFrom('audit_head')
    .select(['seq', 'hash', databaseTime.as('now')])
    .executeTakeFirstOrThrow();
  const takenAt = now.toISOString();
  const header: BackupHeader = {
    format: BACKUP_FORMAT,
    migrations: [...(await migrationsRun(trx))],
    takenAt,
    audit: { seq: String(seq), hash },
  };
  yield `${JSON.stringify(header)}\n`;
  const rows = {} as RowCounts;
  for (const table of backupTables) {
    rows[table] = 0;
    for await (const page of pagesOf(trx, table)) {
      rows[table] += page.length;
      yield page.map((row) => `${JSON.stringify([table, row])}\n`).join('');
    }
  }
  yield `${JSON.stringify({ rows })}\n`;
  const all = Object.values(rows).reduce((sum, count) => sum + count, 0);
  finished({ takenAt, audit: { seq, hash }, rows: all });
}

/** A table's rows through a cursor, which the transaction's end closes. */
async function* pagesOf(trx: Transaction<BooksTables>, table: BackupTable): AsyncGenerator<string[]> {
  const name = sql.raw(table);
  await sql`DECLARE ${name} NO SCROLL CURSOR FOR
    SELECT t::text AS row FROM books.${name} AS t ORDER BY ${sql.raw(BACKUP_TABLES[table])}`.execute(trx);
  for (;;) {
    const { rows } = await sql<{ row: string }>`FETCH ${sql.raw(String(FETCH))} FROM ${name}`.execute(trx);
    if (rows.length > 0) yield rows.map(({ row }) => row);
    if (rows.length < FETCH) break;
  }
  await sql`CLOSE ${name}`.execute(trx);
}
