import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * Whom the author of a decision stood in for, and the delegation by which, as it was when the decision was copied: it may be
 * gone tomorrow, and what it allowed stays allowed. Without one the decision counts for nothing.
 */
export const standIns: Migration = {
  async up(db) {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};

const statements = [
  `ALTER TABLE books.decisions
    ADD COLUMN on_behalf_of text,
    ADD COLUMN mandate jsonb,
    ADD CONSTRAINT decisions_mandate CHECK (mandate IS NULL OR on_behalf_of IS NOT NULL)`,
];
