import { defineMessages } from './index.ts';

/** What keeps a backup of the books from being made or restored; messages/errors.ts merges them. */
export const backupErrors = defineMessages({
  E_BACKUP_USAGE: {
    zh: '用法：node {program} 文件',
    en: 'usage: node {program} FILE',
  },
  E_BACKUP_FILE: {
    zh: '备份文件 {file} 无法读写：{detail}',
    en: 'the backup file {file} cannot be read or written: {detail}',
  },
  E_BACKUP_DISK_FULL: {
    zh: '磁盘已满，备份没有写成：{file} 保持原样，未留下半个文件。请腾出空间后重做',
    en: 'the disk is full and no backup was made: {file} is as it was, no half a file is left. Make room, then back up again',
  },
  E_BACKUP_TORN: {
    zh: '{file} 不是一份完整的备份：末尾缺失或被改动，可能是传输中断。没有写入任何内容，请换一份副本',
    en: '{file} is no whole backup: its end is missing or altered, as after a copy that was interrupted. Nothing was written; take another copy',
  },
  E_BACKUP_ALTERED: {
    zh: '{file} 的内容与其 SM3 摘要不符：备份之后被改动或损坏。没有写入任何内容，请换一份副本',
    en: '{file} does not have the SM3 digest that it ends with: it was altered or damaged since it was made. Nothing was written; take another copy',
  },
  E_BACKUP_FORMAT: {
    zh: '{file} 第 {line} 行不是本程序认识的账本备份格式。请使用生成该备份的版本',
    en: '{file}, line {line}: not the form of a backup of the books that this program knows. Use the version that made it',
  },
  E_BACKUP_SCHEMA: {
    zh: '备份的账本结构为 {backup}，此数据库为 {books}。请用生成该备份的版本建立结构并恢复，再升级',
    en: 'the backup was made on schema {backup}, this database has {books}. Migrate and restore with the version that made the backup, then upgrade',
  },
  E_RESTORE_NOT_EMPTY: {
    zh: '账本中已有内容（{tables}），只能恢复到刚建立结构、操作器从未启动过的空账本。没有写入任何内容',
    en: 'these books hold something ({tables}); a backup is restored only into books that were migrated and that no operator has seen yet. Nothing was written',
  },
  E_RESTORE_UNSOUND: {
    zh: '恢复出的账本自身不符，已全部撤销：{first}。备份时的账本就已如此，请换更早的备份，并请审计员查明',
    en: 'what was restored does not agree with itself and was taken back whole: {first}. So were the books when they were backed up: take an earlier backup, and have an auditor find out why',
  },
});

/** What `node operator/backup.ts` and `node operator/restore.ts` say. */
export const backupWords = defineMessages({
  made: {
    zh: '已备份到 {file}：{rows} 行，截至 {takenAt}，审计链到第 {seq} 条 {hash}',
    en: 'backed up to {file}: {rows} rows as of {takenAt}, audit chain up to record {seq} {hash}',
  },
  unrecorded: {
    zh: '备份已写成，但账本没有记下这次备份（{detail}）：告警会以为没有备份。由 govcloud_reports 连接主库再备份一次',
    en: 'the backup was made, but the books did not record it ({detail}): alerts will take it that there is none. Back up again as govcloud_reports from the primary',
  },
  restored: {
    zh: '已恢复 {rows} 行，截至 {takenAt}；账本与审计链到第 {seq} 条均已核对无误。此前的操作器均已隔离（任期 {epoch}）',
    en: 'restored {rows} rows as of {takenAt}; books and audit chain up to record {seq} were verified. Every operator from before is fenced off (epoch {epoch})',
  },
  rowCount: {
    zh: '备份的 {table} 应有 {expected} 行，恢复出 {found} 行',
    en: 'the backup counted {expected} rows of {table}, {found} were restored',
  },
  chain: {
    zh: '审计链第 {seq} 条不成立（{fault}）',
    en: 'the audit chain does not hold at record {seq} ({fault})',
  },
});
