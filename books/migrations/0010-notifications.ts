import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * The outbox: what is to be told to people outside, once for each receiver. Rows stay, so that the same is not told again;
 * what they say never changes, only what became of their delivery does.
 */
export const notifications: Migration = {
  async up(db) {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};

const statements = [
  `CREATE TABLE books.notifications (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    receiver text NOT NULL CHECK (char_length(receiver) <= 20),
    key text NOT NULL CHECK (char_length(key) <= 200),
    body jsonb NOT NULL CHECK (pg_column_size(body) <= 16384),
    recorded_at timestamptz NOT NULL,
    attempts integer NOT NULL CHECK (attempts >= 0),
    next_at timestamptz NOT NULL,
    delivered_at timestamptz,
    problem text CHECK (char_length(problem) <= 500),
    UNIQUE (receiver, key)
  )`,
  `CREATE INDEX notifications_waiting ON books.notifications (receiver, next_at) WHERE delivered_at IS NULL`,
  `CREATE TRIGGER notifications_kept BEFORE DELETE OR TRUNCATE ON books.notifications
    FOR EACH STATEMENT EXECUTE FUNCTION books.refuse_change()`,
  `GRANT SELECT ON books.notifications TO govcloud_operator, govcloud_reports`,
  `GRANT INSERT, UPDATE (attempts, next_at, delivered_at, problem) ON books.notifications TO govcloud_operator`,
];
