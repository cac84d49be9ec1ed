import type { State } from '../api/v1alpha1/index.ts';
import { defineMessages } from './index.ts';

/** The city's words for where something stands, the same everywhere. */
export const stateMessages = defineMessages<State>({
  Draft: { zh: '草稿', en: 'Draft' },
  Submitted: { zh: '已提交', en: 'Submitted' },
  PendingInitialReview: { zh: '待初审', en: 'Pending initial review' },
  PendingTechnicalReview: { zh: '待技术评审', en: 'Pending technical review' },
  PendingApproval: { zh: '待批复', en: 'Pending approval' },
  PendingProvisioning: { zh: '待开通', en: 'Pending provisioning' },
  PendingAcceptance: { zh: '待验收', en: 'Pending acceptance' },
  InUse: { zh: '使用中', en: 'In use' },
  Suspended: { zh: '已停用', en: 'Suspended' },
  Expired: { zh: '已到期', en: 'Expired' },
  Reclaimed: { zh: '已回收', en: 'Reclaimed' },
  Transferred: { zh: '已划转', en: 'Transferred' },
  Returned: { zh: '退回修改', en: 'Returned' },
  Rejected: { zh: '不予通过', en: 'Rejected' },
  Withdrawn: { zh: '已撤回', en: 'Withdrawn' },
  Approved: { zh: '通过', en: 'Approved' },
});

/** The review steps, by their name in flows and RBAC. */
export const stepMessages = defineMessages({
  initial: { zh: '初审', en: 'initial review' },
  technical: { zh: '技术评审', en: 'technical review' },
  approval: { zh: '批复', en: 'approval' },
});

/** What a request waits for, in the words of a work list. */
export const waitMessages = defineMessages({
  requester: { zh: '申请人', en: 'the requester' },
  operator: { zh: '系统处理', en: 'the operator' },
  initial: { zh: '初审人', en: 'initial reviewers' },
  technical: { zh: '技术评审人', en: 'technical reviewers' },
  approval: { zh: '批复人', en: 'approvers' },
  engineer: { zh: '云工程师交付', en: 'delivery by a cloud engineer' },
  acceptance: { zh: '申请人验收', en: 'acceptance by the requester' },
  provisioning: { zh: '资源就绪', en: 'the objects to be ready' },
  erasure: { zh: '保留期满后批准清除', en: 'the erasure of its disks to be decided after their retention' },
  giver: { zh: '下达额度的上级组织', en: 'the organisation that gives the quota' },
  nobody: { zh: '无', en: 'nobody' },
});
