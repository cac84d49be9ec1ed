import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** What was handed over of an allocation is found by its name: made again in a hub that was set back it has another uid. */
export const handoversByName: Migration = {
  async up(db) {
    await sql
      .raw(
        `CREATE INDEX decisions_allocation ON books.decisions (subject_namespace, subject_name)
          WHERE subject_kind = 'Allocation'`,
      )
      .execute(db);
  },
};
