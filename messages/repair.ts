import { defineMessages } from './index.ts';

/** What mends a difference between hub and books. */
export const repairActions = defineMessages({
  CloseRequest: { zh: '关闭申请，由申请人重新提出', en: 'close the request; its requester asks again' },
  RestoreAllocation: { zh: '按账本补回资源分配', en: 'make the allocation again from the books' },
  RestoreRaise: { zh: '按账本补回追加的额度', en: 'raise the quota again from the books' },
  AdoptLimit: { zh: '以集群中的限额为准', en: 'let the hub’s limit count' },
  ClearLimit: { zh: '将限额归零', en: 'set the limit to nothing' },
  EnterAllocation: { zh: '将资源分配补记入账', en: 'enter the allocation into the books' },
  EnterSerial: { zh: '将受理编号补记入账', en: 'enter the serial number into the books' },
});

export const repairStates = defineMessages({
  PendingApproval: { zh: '待批复', en: 'Pending approval' },
  Rejected: { zh: '不予通过', en: 'Rejected' },
  Done: { zh: '已修复', en: 'Done' },
});

/** What differs between hub and books, one of which was restored to an older state; merged into `ErrorCode`. */
export const repairErrors = defineMessages({
  E_APART: {
    zh: '账本与集群有 {count} 处对不上，其中之一曾恢复到较早状态：操作器只读，不再写入。请云工程师运行 govcloud doctor --repair 生成修复计划，由安全管理员批准',
    en: 'books and hub differ in {count} places, one of them was restored to an older state: the operator is read-only. Have a cloud engineer make a plan with govcloud doctor --repair, and a security admin approve it',
  },
  E_APART_SERIAL: { zh: '账本没有受理编号 {serial}', en: 'the books do not have serial number {serial}' },
  E_APART_UNPOSTED: {
    zh: '集群中的资源分配 {allocation} 没有入账',
    en: 'the books have not posted allocation {allocation} of the hub',
  },
  E_APART_HOLD: {
    zh: '账本为申请 {request} 占用着额度，集群中却没有这份申请',
    en: 'the books hold quota for request {request}, which the hub does not have',
  },
  E_APART_CLOSED: {
    zh: '账本中该申请已结束，集群中仍在办理',
    en: 'the books have this request as closed, in the hub it is open',
  },
  E_APART_DECISIONS: {
    zh: '账本有 {books} 条审批意见，集群有 {hub} 条，内容不一致',
    en: 'the books have {books} decisions, the hub {hub}, and they are not the same',
  },
  E_APART_CONTENT: {
    zh: '账本按第 {books} 版内容占用额度，集群中是第 {hub} 版或内容不同',
    en: 'the books hold for generation {books}; the hub has generation {hub}, or other content',
  },
  E_APART_GRANT: {
    zh: '{serial} 已入账，集群中却没有相应的资源分配或变更',
    en: '{serial} is posted, but the hub does not have its allocation or its change',
  },
  E_APART_RAISE: {
    zh: '{serial} 已入账，集群中的额度 {object} 却没有它追加的部分',
    en: '{serial} is posted, but quota {object} of the hub does not have what it was raised by',
  },
  E_APART_LIMIT: {
    zh: '账本记的是 {object} 第 {books} 版的限额，集群中是第 {hub} 版',
    en: 'the books have the limits of generation {books} of {object}, the hub has generation {hub}',
  },
  E_APART_LIMIT_GONE: {
    zh: '账户 {account} 的限额所依据的额度或资源池不在集群中',
    en: 'the quota or pool that set the limit of account {account} is not in the hub',
  },
  E_REPAIR_REVISION: {
    zh: '资源分配 {allocation} 在集群中是第 {revision} 版，账本中的变更针对第 {wanted} 版：无法补回。请查明是谁改动了它',
    en: 'allocation {allocation} is at revision {revision} in the hub, the change in the books is for revision {wanted}: it cannot be restored. Find out who changed it',
  },
  E_REQUEST_SET_BACK: {
    zh: '集群或账本曾恢复到较早状态，本申请与账本对不上，已关闭且未批准任何资源。请重新提出申请',
    en: 'hub or books were restored to an older state, and this request did not agree with the books: it was closed and nothing was granted. Ask again',
  },
});
