import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** What the hub's own audit log said: its newest record is found, and no event is in the chain twice. */
export const hubLog: Migration = {
  async up(db) {
    for (const statement of [
      `CREATE INDEX audit_action ON books.audit (action, seq)`,
      `CREATE UNIQUE INDEX audit_hub_event ON books.audit ((body->>'event'))
        WHERE body->>'event' IS NOT NULL`,
    ])
      await sql.raw(statement).execute(db);
  },
};
