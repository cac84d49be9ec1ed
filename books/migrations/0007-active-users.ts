import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * How many people used each system, by day, as the system told: measured as use is, so outside the audit chain, and read
 * again it is replaced. A row without figures says that it told nothing.
 */
export const activeUsers: Migration = {
  async up(db) {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};

const statements = [
  `CREATE TABLE books.daily_active_users (
    organization text NOT NULL CHECK (char_length(organization) <= 63),
    system text NOT NULL CHECK (char_length(system) <= 253),
    day date NOT NULL,
    expected integer NOT NULL CHECK (expected > 0),
    samples integer NOT NULL CHECK (samples BETWEEN 0 AND expected),
    active bigint CHECK (active >= 0),
    target bigint CHECK (target >= 0),
    faults jsonb NOT NULL,
    PRIMARY KEY (organization, system, day),
    CONSTRAINT daily_active_users_told CHECK (num_nonnulls(active, target) = CASE samples WHEN 0 THEN 0 ELSE 2 END)
  )`,
  `CREATE INDEX daily_active_users_day ON books.daily_active_users (day)`,
  `CREATE TRIGGER daily_active_users_kept BEFORE DELETE OR TRUNCATE ON books.daily_active_users
    FOR EACH STATEMENT EXECUTE FUNCTION books.refuse_change()`,
  `GRANT SELECT ON books.daily_active_users TO govcloud_operator, govcloud_reports`,
  `GRANT INSERT, UPDATE (expected, samples, active, target, faults) ON books.daily_active_users TO govcloud_operator`,
];
