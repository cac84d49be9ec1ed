/**
 * `node operator/backup.ts FILE`: backs up the books while they are in use, as a role that may only read them and record
 * that it did; see
 * `GOVCLOUD_DATABASE_*`.
 */
import { backUp, recordBackup } from '../books/backup.ts';
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
  await atBooks(access, async (books) => {
    const backup = await backUp(books, file);
    const { takenAt, audit, rows } = backup;
    console.log(renderBoth(backupWords.made, { file, takenAt, rows, ...audit }));
    // The backup is there, whether or not the books know of it: what watches its age will say that they do not.
    const detail = await recordBackup(books, backup).then(
      (recorded) => (recorded ? undefined : 'record_backup'),
      (error: Error) => error.message,
    );
    if (detail !== undefined) console.error(renderBoth(backupWords.unrecorded, { detail }));
  });
} catch (error) {
  console.error(error instanceof GovError ? error.message : error);
  process.exitCode = 1;
}
