import { defineMessages } from './index.ts';

/** Error codes of the ledger beside those that the whole program knows; messages/errors.ts merges them. */
export const ledgerErrors = defineMessages({
  E_BOOKS_BEHIND: {
    zh: '账本中没有 {key} 的记录：账本可能被恢复到较早状态。请先核对后再继续',
    en: 'the books hold nothing under key {key}: they may have been restored to an older state. Reconcile before going on',
  },
  E_CREDIT_EXCEEDED: {
    zh: '{holder} 的{resource}冲减 {asked} 超过申请 {request} 名下仍在用的 {posted}。请核对该分配的占用',
    en: '{holder}: crediting {asked} of {resource} is more than the {posted} still posted for request {request}. Check what that allocation holds',
  },
  E_EFFECTIVE_LATER: {
    zh: '生效时间 {effective} 晚于数据库当前时间 {now}。请在生效日当天或之后记账',
    en: 'effective time {effective} is later than the database’s time {now}. Record it on that day or later',
  },
});

/** What cannot be done to a hold, as the `action` of E_HOLD_STATE. */
export const holdActions = defineMessages({
  take: { zh: '再次占用', en: 'taken again' },
  replace: { zh: '被替换', en: 'replaced' },
  post: { zh: '入账', en: 'posted' },
  void: { zh: '作废', en: 'voided' },
});

/** States of a hold, as people read them. */
export const holdStates = defineMessages({
  pending: { zh: '占用中', en: 'pending' },
  posted: { zh: '已入账', en: 'posted' },
  void: { zh: '已作废', en: 'void' },
  expired: { zh: '已过期', en: 'expired' },
  replaced: { zh: '已被替换', en: 'replaced' },
  credited: { zh: '已冲减', en: 'credited' },
});

/** Names of what is counted. */
export const resourceNames = defineMessages({
  vcpu: { zh: 'vCPU', en: 'vCPU' },
  memory: { zh: '内存', en: 'memory' },
  ssd: { zh: 'SSD 块存储', en: 'SSD block storage' },
  hdd: { zh: 'HDD 块存储', en: 'HDD block storage' },
});

/** What `books verify` can find. */
export const booksFindings = defineMessages({
  BALANCE: {
    zh: '账户 {where} 的{what}余额为 {found}，按分录应为 {expected}',
    en: 'account {where}: the balance of {what} is {found}, its entries give {expected}',
  },
  LEGS: {
    zh: '交易 {where} 在账户 {account} 上的分录合计为 {found}，应为 0',
    en: 'transaction {where}: its legs on account {account} sum to {found}, not 0',
  },
  HOLD: {
    zh: '占用 {where} 的状态为 {state}，但分录中的{what}为 {found}',
    en: 'hold {where} is {state}, but its entries leave {found} {what}',
  },
  DOCUMENT: {
    zh: '占用 {where} 的内容与审计链记录的摘要不符',
    en: 'hold {where}: its document does not have the digest that the audit chain recorded',
  },
  TRANSACTION: {
    zh: '交易 {where} 与审计链的记录不符：记录为 {expected}，现为 {found}',
    en: 'transaction {where} differs from its audit record: recorded {expected}, found {found}',
  },
  UNAUDITED: {
    zh: '交易 {where} 在审计链中没有记录',
    en: 'transaction {where} has no audit record',
  },
  VANISHED: {
    zh: '审计链记录了交易 {where}，但账本中没有',
    en: 'the audit chain records transaction {where}, which the books do not hold',
  },
  ORPHAN: {
    zh: '有分录属于不存在的交易 {where}',
    en: 'there are entries of transaction {where}, which the books do not hold',
  },
  HOLD_STATE: {
    zh: '占用 {where} 的状态为 {state}，按其交易应为 {expected}',
    en: 'hold {where} is {state}, its transactions make it {expected}',
  },
  UNTAKEN: {
    zh: '占用 {where}（{state}）没有任何交易记录',
    en: 'hold {where} ({state}) was taken by no transaction',
  },
  HOLD_TERMS: {
    zh: '占用 {where} 与审计链的记录不符：记录为 {expected}，现为 {found}',
    en: 'hold {where} differs from its audit record: recorded {expected}, found {found}',
  },
  DECISION: {
    zh: '审批意见 {where} 与审计链的记录不符：记录为 {expected}，现为 {found}',
    en: 'decision {where} differs from its audit record: recorded {expected}, found {found}',
  },
  SERIAL: {
    zh: '申请 {where} 的受理编号与审计链的记录不符：记录为 {expected}，现为 {found}',
    en: 'the serial number of request {where} differs from its audit record: recorded {expected}, found {found}',
  },
  COUNTER: {
    zh: '受理编号 {where} 的计数为 {found}，已发出的编号为 {expected}',
    en: 'the counter of serial numbers {where} stands at {found}, the last that was given is {expected}',
  },
  CLOSED: {
    zh: '已办结的申请 {where} 与审计链的记录不符：记录为 {expected}，现为 {found}',
    en: 'closed request {where} differs from its audit record: recorded {expected}, found {found}',
  },
  FENCE: {
    zh: '隔离代次 {where} 与审计链的记录不符：记录为 {expected}，现为 {found}',
    en: 'fencing epoch {where} differs from its audit record: recorded {expected}, found {found}',
  },
});
