import type { Migration } from 'kysely/migration';
import { books } from './0001-books.ts';
import { readableMigrations } from './0002-readable-migrations.ts';
import { entriesByIndex } from './0003-entries-by-index.ts';
import { hubLog } from './0004-hub-log.ts';
import { dailyUse } from './0005-daily-use.ts';
import { backups } from './0006-backups.ts';
import { activeUsers } from './0007-active-users.ts';
import { notifications } from './0010-notifications.ts';
import { standIns } from './0011-stand-ins.ts';
import { handoversByName } from './0014-handovers-by-name.ts';
import { transfers } from './0015-transfers.ts';

/** All migrations in order. A migration that has been released is never edited: add another. */
export const migrations: Readonly<Record<string, Migration>> = {
  '0001-books': books,
  '0002-readable-migrations': readableMigrations,
  '0003-entries-by-index': entriesByIndex,
  '0004-hub-log': hubLog,
  '0005-daily-use': dailyUse,
  '0006-backups': backups,
  '0007-active-users': activeUsers,
  '0010-notifications': notifications,
  '0011-stand-ins': standIns,
  '0014-handovers-by-name': handoversByName,
  '0015-transfers': transfers,
};
