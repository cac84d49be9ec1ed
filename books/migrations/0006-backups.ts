import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * Which backups were made, so that the age of the newest can be told. Whoever makes one may only read: this one row it
 * adds through a function, and for a record of the audit chain that it has seen.
 */
export const backups: Migration = {
  async up(db) {
    for (const statement of [
      `CREATE TABLE books.backups (
        taken_at timestamptz PRIMARY KEY,
        seq bigint NOT NULL CHECK (seq >= 0),
        hash text NOT NULL CHECK (hash ~ '^[0-9a-f]{64}$')
      )`,
      `CREATE TRIGGER backups_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON books.backups
        FOR EACH STATEMENT EXECUTE FUNCTION books.refuse_change()`,
      `CREATE FUNCTION books.record_backup(backup_taken_at timestamptz, head_seq bigint, head_hash text) RETURNS boolean
        LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
          WITH recorded AS (
            INSERT INTO books.backups (taken_at, seq, hash)
            SELECT backup_taken_at, head_seq, head_hash
            WHERE backup_taken_at <= clock_timestamp()
              AND (head_seq = 0 OR EXISTS (SELECT FROM books.audit WHERE seq = head_seq AND hash = head_hash))
            ON CONFLICT (taken_at) DO NOTHING
            RETURNING 1
          )
          SELECT EXISTS (SELECT FROM recorded)
        $$`,
      `REVOKE EXECUTE ON FUNCTION books.record_backup FROM PUBLIC`,
      `GRANT EXECUTE ON FUNCTION books.record_backup TO govcloud_reports`,
      `GRANT SELECT ON books.backups TO govcloud_operator, govcloud_reports`,
    ])
      await sql.raw(statement).execute(db);
  },
};
