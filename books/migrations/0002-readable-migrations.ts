import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** The operator and the reports process look which migrations were run before they start. */
export const readableMigrations: Migration = {
  async up(db) {
    await sql
      .raw('GRANT SELECT ON books.kysely_migration TO govcloud_operator, govcloud_reports')
      .execute(db);
  },
};
