/**
 * `node operator/backup.ts FILE`: backs up the books while they are in use, as a role that may only read them; see
 * `GOVCLOUD_DATABASE_*`.
 */
import { backUp } from '../books/backup.ts';
import { GovError, reason } from '../domain/errors.ts';
import { backupWords } from '../messages/backup.ts';
import { renderBoth } from '../messages/index.ts';
import { atBooks, booksAccessOf } from './books-access.ts';
import { Environment } from './environment.ts';

try {
  const [file, ...more] = process.argv.slice(2);
  if (file === undefined || more.length > 0) {
    throw new GovError(reason('E_BACKUP_USAGE', { program: 'operator/backup.ts' }));
  }
  const access = booksAccessOf(new Environment(process.env), 'govcloud_reports');
  const { takenAt, audit, rows } = await atBooks(access, (books) => backUp(books, file));
  console.log(renderBoth(backupWords.made, { file, takenAt, rows, ...audit }));
} catch (error) {
  console.error(error instanceof GovError ? error.message : error);
  process.exitCode = 1;
}
