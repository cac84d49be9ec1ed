import { auditErrors } from './audit.ts';
import { backupErrors } from './backup.ts';
import { capacityErrors } from './capacity.ts';
import { cityErrors } from './city.ts';
import { ledgerErrors } from './books.ts';
import { doctorErrors } from './doctor.ts';
import { defineMessages } from './index.ts';
import { infrastructureErrors } from './infrastructure.ts';
import { localcityErrors } from './localcity.ts';
import { processErrors } from './processes.ts';
import { repairErrors } from './repair.ts';
import { reportErrors } from './reports.ts';
import { requestErrors } from './requests.ts';
import { officeErrors } from './office.ts';
import { usageErrors } from './usage.ts';

const commonErrors = defineMessages({
  E_QUOTA_EXCEEDED: {
    zh: '{holder} 的{resource}额度不足：申请 {asked}，可用 {free}（限额 {hard}，已用 {posted}，已占 {pending}）。可释放资源或请上级调整额度',
    en: '{holder}: not enough {resource} quota: asked {asked}, free {free} (limit {hard}, used {posted}, held {pending}). Release resources or ask the giving organisation to raise the quota',
  },
  E_QUOTA_SOFT: {
    zh: '提醒：{holder} 的{resource}将用到 {used}，超过软限额 {soft}（限额 {hard}）',
    en: 'note: {holder} would use {used} of {resource}, above its soft limit {soft} (limit {hard})',
  },
  E_QUOTA_MISSING: {
    zh: '{holder} 没有{resource}额度。请上级组织先下达额度',
    en: '{holder} has no {resource} quota. Ask the organisation above it to grant one',
  },
  E_BOOKS_AHEAD: {
    zh: '账本已有键 {key} 的记录，但内容不同：集群数据可能被恢复到较早状态。操作器转为只读，请先核对后再修复',
    en: 'the books hold key {key} with other content: the cluster may have been restored to an older state. The operator is read-only until this is reconciled',
  },
  E_BOOKS_NO_ROOM: {
    zh: '账本所在的磁盘已满，没有写入任何记录。请云工程师腾出空间，之后会自动继续',
    en: 'the disk of the books is full: nothing was written. A cloud engineer must make room, then it goes on by itself',
  },
  E_FENCED: {
    zh: '本操作器的任期 {epoch} 已过期，当前任期为 {current}：不写入任何记录',
    en: 'epoch {epoch} of this operator is over, the current one is {current}: nothing was written',
  },
  E_HOLD_EXPIRED: {
    zh: '申请 {request} 的占用已过期，将重新报价',
    en: 'the hold of request {request} has expired; it will be quoted again',
  },
  E_REVIEW_RULE_MISSING: {
    zh: '集群没有执行审批准入规则：伪造的审批意见未被拒绝。停止发放，请云工程师恢复规则',
    en: 'the hub does not enforce the review rule: a forged decision was not refused. Nothing is granted until a cloud engineer restores the rule',
  },
  E_REVIEW_RULE_CHANGED: {
    zh: '审批准入规则 {rules} 不在集群中，或与发布的不一致。停止发放，请云工程师按 policies/admission 恢复',
    en: 'the admission rules {rules} are not on the hub, or not as they were released. Nothing is granted until a cloud engineer restores them from policies/admission',
  },
  E_HOLD_STATE: {
    zh: '占用 {hold} 的状态为 {state}，不能{action}',
    en: 'hold {hold} is {state} and cannot be {action}',
  },
});
/** Errors with a stable code: what is wrong, where, what to do. The code is the key. */
export const errorMessages = {
  ...commonErrors,
  ...auditErrors,
  ...backupErrors,
  ...capacityErrors,
  ...doctorErrors,
  ...infrastructureErrors,
  ...requestErrors,
  ...ledgerErrors,
  ...localcityErrors,
  ...processErrors,
  ...cityErrors,
  ...repairErrors,
  ...reportErrors,
  ...officeErrors,
  ...usageErrors,
};
export type ErrorCode = keyof typeof errorMessages;
