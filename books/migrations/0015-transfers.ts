import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** The step by which what an organisation has becomes another’s: what one gives back and the other has posted, at once. */
export const transfers: Migration = {
  async up(db) {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};

const statements = [
  `ALTER TABLE books.transactions
    DROP CONSTRAINT transactions_step_check,
    ADD CONSTRAINT transactions_step_check
      CHECK (step IN ('open', 'hold', 'replace', 'post', 'void', 'expire', 'credit', 'transfer', 'limit'))`,
];
