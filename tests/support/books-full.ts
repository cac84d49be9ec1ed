import { sql } from 'kysely';
import type { SmallCity } from './city.ts';

/**
 * Has PostgreSQL refuse every row of a table of the books as it does on a full disk, in the middle of a transaction: with
 * that of a disk for real it would refuse the same, but nobody could say at which row.
 * @returns what makes room again
 */
export async function fillBooks(
  city: SmallCity,
  table: 'entries' | 'decisions' | 'audit',
): Promise<() => Promise<void>> {
  const name = `no_room_for_${table}`;
  const asOwner = async (...statements: string[]) => {
    const owner = city.connect(city.postgres.user);
    try {
      for (const it of statements) await sql.raw(it).execute(owner);
    } finally {
      await owner.destroy();
    }
  };
  await asOwner(
    `CREATE FUNCTION books.${name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
       RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$`,
    `CREATE TRIGGER ${name} BEFORE INSERT ON books.${table} EXECUTE FUNCTION books.${name}()`,
  );
  return () => asOwner(`DROP FUNCTION books.${name} CASCADE`);
}
