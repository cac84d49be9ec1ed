import { defineMessages } from './index.ts';

/** What stands on the printed form of a request besides what the CLI calls everything else. */
export const approvalForm = defineMessages({
  title: { zh: '政务云资源审批表', en: 'Approval of resources of the city cloud' },
  serial: { zh: '受理编号 {serial}', en: 'Serial number {serial}' },
  submission: { zh: '第 {count} 次提交', en: 'submission {count}' },
  draft: { zh: '草稿，未提交', en: 'draft, not submitted' },
  printed: { zh: '打印时间 {time}', en: 'printed {time}' },
  person: { zh: '经办人', en: 'Person' },
  phone: { zh: '联系电话', en: 'Phone' },
  lines: { zh: '申请明细', en: 'Lines' },
  money: { zh: '费用与资金', en: 'Price and money' },
  quota: { zh: '额度影响（打印时）', en: 'Effect on quotas, as of printing' },
  held: { zh: '额度占用', en: 'Taken of quotas' },
  opinions: { zh: '审批意见', en: 'Opinions' },
  uncounted: {
    zh: '不作数的意见（此前各版的，或没有委托的代办）',
    en: 'Opinions that do not count, of earlier versions or without a delegation',
  },
  unitOpinion: { zh: '申请单位意见', en: 'Opinion of the unit' },
  stampedForm: {
    zh: '见盖章件 {name}，SM3 {digest}',
    en: 'see the stamped form {name}, SM3 {digest}',
  },
  opinion: { zh: '{step}意见', en: 'Opinion: {step}' },
  verdict: { zh: '结论', en: 'Verdict' },
  comment: { zh: '意见', en: 'Comment' },
  reviewer: { zh: '审批人', en: 'Reviewer' },
  unit: { zh: '单位（盖章）', en: 'Unit (stamp)' },
  date: { zh: '日期', en: 'Date' },
  needed: { zh: '须 {count} 人通过', en: '{count} must approve' },
  returnedTo: { zh: '退回至{step}', en: 'sent back to {step}' },
  carried: { zh: '沿用此前意见', en: 'carried over' },
  noFlow: {
    zh: '尚未报价，审批环节待定',
    en: 'not quoted yet: its steps are not known',
  },
  booksSilent: {
    zh: '账本接口暂无答复：没有印出审批意见与额度影响',
    en: 'the books do not answer: opinions and effect on quotas are not printed',
  },
  source: {
    zh: '本表由系统按账本中的记录打印，意见与时间以账本为准',
    en: 'Printed from the records of the books; opinions and times are as the books have them',
  },
});
