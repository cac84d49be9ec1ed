import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * What an entry refers to is looked up by key. As it was written before, the trigger read the whole tables of
 * transactions and holds at each batch, so that a hold cost more with every one that was taken before it.
 */
export const entriesByIndex: Migration = {
  async up(db) {
    await sql.raw(checkEntries).execute(db);
  },
};

// A scalar subquery is never turned into a join with the whole table, and a plan that is kept from when the tables were
// small must not read them from end to end when they have grown.
const checkEntries = `
  CREATE OR REPLACE FUNCTION books.check_entries() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
  DECLARE bad record;
  BEGIN
    SELECT transaction_id, account_id, sum(amount) AS sum INTO bad FROM added
      GROUP BY transaction_id, account_id HAVING sum(amount) <> 0 LIMIT 1;
    IF FOUND THEN
      RAISE EXCEPTION 'legs of transaction % on account % sum to %', bad.transaction_id, bad.account_id, bad.sum
        USING ERRCODE = 'check_violation', CONSTRAINT = 'entries_balance';
    END IF;
    SELECT what, id INTO bad FROM (
      SELECT 'transaction' AS what, id FROM (SELECT DISTINCT transaction_id AS id FROM added) AS named
        WHERE (SELECT true FROM books.transactions AS known WHERE known.id = named.id) IS NULL
      UNION ALL
      SELECT 'account', id FROM (SELECT DISTINCT account_id AS id FROM added) AS named
        WHERE (SELECT true FROM books.accounts AS known WHERE known.id = named.id) IS NULL
      UNION ALL
      SELECT 'hold', id FROM (SELECT DISTINCT hold_id AS id FROM added WHERE hold_id IS NOT NULL) AS named
        WHERE (SELECT true FROM books.holds AS known WHERE known.id = named.id) IS NULL
    ) AS missing LIMIT 1;
    IF FOUND THEN
      RAISE EXCEPTION 'no % %', bad.what, bad.id
        USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'entries_refer';
    END IF;
    RETURN NULL;
  END $$`;
