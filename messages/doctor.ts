import { defineMessages } from './index.ts';

/** What `govcloud doctor` looks at. */
export const doctorChecks = defineMessages({
  hub: { zh: '集群与凭据', en: 'hub and credentials' },
  clock: { zh: '时钟', en: 'clocks' },
  rules: { zh: '准入规则', en: 'admission rules' },
  operator: { zh: '操作器', en: 'operator' },
  members: { zh: '成员集群', en: 'members' },
  reports: { zh: '账本接口', en: 'books’ API' },
  books: { zh: '账本', en: 'books' },
  chain: { zh: '审计链', en: 'audit chain' },
  log: { zh: '主集群审计日志', en: 'hub’s audit log' },
  grants: { zh: '账本与集群', en: 'books against hub' },
  disk: { zh: '磁盘', en: 'disk' },
});

/** What it finds: what is wrong, where, and what to do. */
export const doctorErrors = defineMessages({
  E_TOKEN_EXPIRING: {
    zh: '您的凭据 {until} 到期。请重新领取（本地城市：再次运行 govcloud up）',
    en: 'your credential ends at {until}. Have a new one issued (local city: run govcloud up again)',
  },
  E_CERTIFICATE_EXPIRING: {
    zh: 'API 服务器 {server} 的证书 {until} 到期，届时所有人都无法连接。请云工程师更换',
    en: 'the certificate of API server {server} ends at {until}; nobody can connect after that. Have a cloud engineer replace it',
  },
  E_CREDENTIAL_EXPIRING: {
    zh: '{whose} 用于 {opens} 的令牌或证书 {until} 到期，没有人更新它。请云工程师更换，见告警 GovcloudCredentialEnding 的处置',
    en: 'the token or certificate of {whose} for {opens} ends at {until}, and nobody has renewed it. Have a cloud engineer replace it, as the guide says of the alert GovcloudCredentialEnding',
  },
  E_CLOCK_SKEW: {
    zh: '{whose}的时钟与{reference}相差 {seconds} 秒。请在该主机上启用时间同步（NTP）',
    en: 'the clock of {whose} is {seconds} s away from that of {reference}. Turn on time synchronisation (NTP) on that host',
  },
  E_RULE_ABSENT: {
    zh: '集群上没有准入规则 {name}。请云工程师用 policies/admission 中的文件恢复',
    en: 'the hub has no admission rule {name}. Have it restored from policies/admission',
  },
  E_RULE_CHANGED: {
    zh: '准入规则 {name} 与本版本不同：{path}。若非升级所致，请查明是谁改动的，并用 policies/admission 中的文件恢复',
    en: 'admission rule {name} differs from this version’s at {path}. Unless an upgrade is under way, find out who changed it and restore it from policies/admission',
  },
  E_OPERATOR_ABSENT: {
    zh: '没有操作器在工作：上一个是 {holder}，{since} 之后没有续租。请云工程师查看它的日志并重新启动',
    en: 'no operator is at work: the last was {holder}, which has not renewed its lease since {since}. Have a cloud engineer read its log and start it again',
  },
  E_OPERATOR_NEVER: {
    zh: '从没有操作器在这个集群上工作过。请云工程师启动它',
    en: 'no operator has ever worked on this hub. Have a cloud engineer start it',
  },
  E_OPERATOR_READ_ONLY: {
    zh: '操作器只读，什么都不会办理：{why}',
    en: 'the operator is read-only and moves nothing: {why}',
  },
  E_MEMBER_AWAY: {
    zh: '成员集群 {name} 不可用（{reason}）：{message}。已批准的资源会等它恢复后再开通',
    en: 'member {name} is not available ({reason}): {message}. What was granted there waits until it is back',
  },
  E_BOOKS_FINDINGS: {
    zh: '账本有 {count} 处不一致。用 govcloud books verify 查看，并停止人工改库',
    en: 'the books do not agree in {count} places. See govcloud books verify, and let nobody change the database by hand',
  },
  E_CHAIN_BROKEN: {
    zh: '审计链从第 {seq} 条起不成立（{fault}）。保全数据库现状，用 govcloud audit verify --checkpoints 查出何时起被改动',
    en: 'the audit chain does not hold from record {seq} on ({fault}). Keep the database as it is, and find out since when with govcloud audit verify --checkpoints',
  },
  E_HUB_LOG_UNSET: {
    zh: '操作器没有设置 GOVCLOUD_HUB_AUDIT_LOG：谁改了资源池、额度、流程或准入规则不会记入审计链。请云工程师按 README“真实城市”一节为 API 服务器打开审计日志并设置',
    en: 'the operator has no GOVCLOUD_HUB_AUDIT_LOG: who changes a pool, a quota, a flow or an admission rule is not in the audit chain. Have the API server’s audit log turned on and set, as “For a real city” in the README says',
  },
  E_HUB_LOG_ABSENT: {
    zh: '操作器自 {since} 起读不到主集群审计日志 {file}：此后的改动没有记入审计链。请云工程师恢复该文件；恢复后会接着读',
    en: 'since {since} the operator cannot read the hub’s audit log {file}: changes since then are not in the audit chain. Have the file restored; reading goes on where it stopped',
  },
  E_HUB_LOG_GAP: {
    zh: '主集群审计日志 {file} 在 {since} 被发现缺了一段：此前未读的内容已被轮转、截断或删除，审计链中没有。请查明原因，并向日志备份要这一段',
    en: 'at {since} a part of the hub’s audit log {file} was found gone, rotated away, cut or deleted before it was read: the audit chain does not have it. Find out why, and look for it in the log’s backups',
  },
  E_GRANT_ABSENT: {
    zh: '账本中 {serial} 已入账，集群中却没有它的资源分配：集群数据可能被恢复到较早状态。操作器会按账本补齐；若一直不补，请查看它的日志',
    en: 'the books have {serial} posted, but the hub has no allocation of it: the hub may have been set back. The operator completes it from the books; if it does not, read its log',
  },
  E_GRANT_UNPOSTED: {
    zh: '资源分配 {allocation} 依据的申请在账本中没有入账：账本可能被恢复到较早状态。不要删除它，先核对数据库备份',
    en: 'allocation {allocation} stands for a request that the books have not posted: the books may have been set back. Do not delete it; compare the database with its backups first',
  },
  E_DISK_LOW: {
    zh: '{path} 所在磁盘只剩 {free}。磁盘写满时一切待办都会停下；请清理或扩容',
    en: 'the disk of {path} has {free} left. When it is full everything stands still: clear it or make it larger',
  },
});
