/**
 * `node operator/restore.ts FILE`: restores a backup into books that were migrated and hold nothing, as the schema's
 * owner; see `GOVCLOUD_DATABASE_*`.
 */
import { restore } from '../books/restore.ts';
import { GovError, reason } from '../domain/errors.ts';
import { backupWords } from '../messages/backup.ts';
import { renderBoth } from '../messages/index.ts';
import { atBooks, booksAccessOf } from './books-access.ts';
import { Environment } from './environment.ts';

try {
  const [file, ...more] = process.argv.slice(2);
  if (file === undefined || more.length > 0) {
    throw new GovError(reason('E_BACKUP_USAGE', { program: 'operator/restore.ts' }));
  }
  const access = booksAccessOf(new Environment(process.env), 'govcloud_owner');
  const restored = await atBooks(access, (books) => restore(books, file));
  console.log(renderBoth(backupWords.restored, { ...restored }));
} catch (error) {
  console.error(error instanceof GovError ? error.message : error);
  process.exitCode = 1;
}
