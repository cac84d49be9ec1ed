/** `node operator/migrate.ts`: brings the books' schema to the newest version, as its owner; see `GOVCLOUD_DATABASE_*`. */
import { GovError } from '../domain/errors.ts';
import { renderBoth } from '../messages/index.ts';
import { migrationWords } from '../messages/processes.ts';
import { booksAccessOf, migrateBooks } from './books-access.ts';
import { Environment } from './environment.ts';

try {
  const run = await migrateBooks(booksAccessOf(new Environment(process.env), 'govcloud_owner'));
  for (const migration of run) console.log(renderBoth(migrationWords.run, { migration }));
  if (run.length === 0) console.log(renderBoth(migrationWords.none));
} catch (error) {
  console.error(error instanceof GovError ? error.message : error);
  process.exitCode = 1;
}
