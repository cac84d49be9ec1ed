import { defineMessages } from './index.ts';

/** Why the operator, the reports server or the migrations do not start; merged into `ErrorCode`. */
export const processErrors = defineMessages({
  E_SETTING_MISSING: {
    zh: '没有设置环境变量 {setting}',
    en: 'environment variable {setting} is not set',
  },
  E_SETTING_INVALID: {
    zh: '环境变量 {setting} 的值 "{value}" 无效，应为{expected}',
    en: 'environment variable {setting}: "{value}" is not {expected}',
  },
  E_SETTING_FILE: {
    zh: '环境变量 {setting} 所指的文件 {file} 不可用：{detail}',
    en: 'environment variable {setting}: the file {file} cannot be used: {detail}',
  },
  E_BOOKS_UNREACHABLE: {
    zh: '连不上账本数据库 {server}：{detail}。请检查地址、网络和数据库；连上之后会继续',
    en: 'the database of the books, {server}, cannot be reached: {detail}. Check address, network and server; work goes on once it answers',
  },
  E_BOOKS_CERTIFICATE: {
    zh: '账本数据库 {server} 的证书不可信：{detail}。请核对 GOVCLOUD_DATABASE_CA_FILE 和 GOVCLOUD_DATABASE_HOST：证书须由该 CA 签发并写明该主机名',
    en: 'the certificate of the books’ database, {server}, is not trusted: {detail}. Check GOVCLOUD_DATABASE_CA_FILE and GOVCLOUD_DATABASE_HOST: that CA must have issued it, and it must name that host',
  },
  E_BOOKS_PLAIN: {
    zh: '账本数据库 {server} 没有启用 TLS。请在服务器上启用（ssl = on）；只有在网络本身可信时才设 GOVCLOUD_DATABASE_TLS=off',
    en: 'the books’ database, {server}, does not offer TLS. Turn it on there (ssl = on); set GOVCLOUD_DATABASE_TLS=off only where the network itself is trusted',
  },
  E_BOOKS_REFUSED: {
    zh: '账本数据库 {server} 不接受用户 {user}：{detail}。请检查用户、口令、数据库名和 pg_hba.conf；读写权限由 node operator/migrate.ts 授予 govcloud_operator 和 govcloud_reports',
    en: 'the books’ database, {server}, does not admit {user}: {detail}. Check user, password, database name and pg_hba.conf; rights are given to govcloud_operator and govcloud_reports by node operator/migrate.ts',
  },
  E_BOOKS_FULL: {
    zh: '账本数据库 {server} 的磁盘已满：{detail}。本次写入已全部撤销。请为数据库腾出空间（不要删除它的文件），再重做',
    en: 'the disk of the books’ database, {server}, is full: {detail}. What was being written was taken back whole. Make room for the database (delete none of its files), then try again',
  },
  E_MIGRATIONS_PENDING: {
    zh: '账本的结构比本程序旧，尚未执行：{migrations}。请以模式所有者的身份执行 node operator/migrate.ts，再重新启动',
    en: 'the books’ schema is older than this program; not run yet: {migrations}. Run node operator/migrate.ts as the schema’s owner, then start again',
  },
  E_MIGRATIONS_UNKNOWN: {
    zh: '账本的结构比本程序新，已执行本程序不认识的：{migrations}。请使用执行这些迁移的版本，或更新的版本',
    en: 'the books’ schema is newer than this program, which does not know: {migrations}. Use the version that ran these, or a newer one',
  },
});

/** What a setting must be, as `expected` of E_SETTING_INVALID. */
export const settingValues = defineMessages({
  integer: { zh: '不小于 {minimum} 的整数', en: 'a whole number of at least {minimum}' },
  port: { zh: ' 0 至 65535 的端口', en: 'a port from 0 to 65535' },
  url: {
    zh: ' http 或 https 地址，其中没有用户名和口令',
    en: 'an address of http or https without a user and a password',
  },
  names: { zh: '以逗号分隔的名称', en: 'names with commas between them' },
  tls: { zh: ' verify-full 或 off', en: 'verify-full or off' },
  tlsOverSocket: {
    zh: ' off：{host} 是本机的 Unix 套接字，没有 TLS',
    en: 'off: {host} is a Unix socket of this machine, which has no TLS',
  },
  tlsForCa: {
    zh: ' verify-full：已设置 GOVCLOUD_DATABASE_CA_FILE',
    en: 'verify-full, since GOVCLOUD_DATABASE_CA_FILE is set',
  },
});

/** What `node operator/migrate.ts` says. */
export const migrationWords = defineMessages({
  run: { zh: '已执行 {migration}', en: 'ran {migration}' },
  none: { zh: '账本的结构已是最新', en: 'the books’ schema is up to date' },
});
