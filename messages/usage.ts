import { defineMessages } from './index.ts';

/** Why use cannot be read from Prometheus; merged into `ErrorCode`. */
export const usageErrors = defineMessages({
  E_PROMETHEUS_UNREACHABLE: {
    zh: '连不上 Prometheus {url}：{detail}。用量暂不汇总，连上后从缺的那天补起',
    en: 'Prometheus at {url} cannot be reached: {detail}. Use is not rolled up; once it answers, the missing days are made up for',
  },
  E_PROMETHEUS_SLOW: {
    zh: 'Prometheus {url} 在 {seconds} 秒内没有答复。请检查其负载；用量稍后再汇总',
    en: 'Prometheus at {url} gave no answer within {seconds} s. Look at its load; use is rolled up later',
  },
  E_PROMETHEUS_LIMIT: {
    zh: 'Prometheus {url} 的样本上限太小，一个命名空间的一个时刻也查不了：{detail}。请调高 --query.max-samples',
    en: 'the sample limit of Prometheus at {url} is too low for one namespace at one moment: {detail}. Raise --query.max-samples',
  },
  E_PROMETHEUS_PARTIAL: {
    zh: 'Prometheus {url} 的答复不完整：{detail}。不完整的数据不入账，稍后再试',
    en: 'the answer of Prometheus at {url} is not whole: {detail}. What is not whole does not go into the books; it is asked again',
  },
  E_HISTORY_FAILED: {
    zh: '本地城市的用量历史制作失败：{detail}',
    en: 'the history of the local city’s use could not be made: {detail}',
  },
  E_USAGE_POLICY: {
    zh: '用量判定规则（ConfigMap govcloud-system/usage-policy）读不出：{detail}。改好之前不提出用量发现，汇总照常',
    en: 'the policy that use is judged by (ConfigMap govcloud-system/usage-policy) cannot be read: {detail}. Until it is mended nothing is found; use is rolled up all the same',
  },
  E_PROMETHEUS_REFUSED: {
    zh: 'Prometheus {url} 拒绝了查询：{detail}',
    en: 'Prometheus at {url} refused a query: {detail}',
  },
});

/** What is measured. */
export const usedResources = defineMessages({
  cpu: { zh: '处理器', en: 'CPU' },
  memory: { zh: '内存', en: 'Memory' },
  storage: { zh: '存储', en: 'Storage' },
  network: { zh: '网络', en: 'Network' },
});

/** What use says of a grant. */
export const usageFindings = defineMessages({
  Idle: { zh: '闲置', en: 'idle' },
  Oversized: { zh: '过大', en: 'too large' },
  Undersized: { zh: '过小', en: 'too small' },
});

/** Where a finding stands. */
export const findingStates = defineMessages({
  Open: { zh: '待答复', en: 'Pending answer' },
  Appealed: { zh: '申诉待裁定', en: 'Appealed' },
  Accepted: { zh: '已答复待处理', en: 'Accepted, to be acted on' },
  Upheld: { zh: '已维持待处理', en: 'Upheld, to be acted on' },
  Dismissed: { zh: '已撤销', en: 'Dismissed' },
  Closed: { zh: '已关闭', en: 'Closed' },
});

/** Whom a finding waits for. */
export const findingWaits = defineMessages({
  owner: { zh: '责任单位', en: 'its owner' },
  judge: { zh: '裁定人', en: 'a judge' },
  nobody: { zh: '无', en: 'nobody' },
});

/** Whether whoever is waited for is late. */
export const findingConditions = defineMessages({
  inTime: { zh: '{due} 前办理', en: 'due by {due}' },
  overdue: { zh: '应于 {due} 前办理，已逾期', en: 'was due by {due}' },
  done: { zh: '无需办理', en: 'nothing is to be done' },
});

/** Why a finding is over. */
export const findingEndings = defineMessages({
  Released: { zh: '资源已释放', en: 'released' },
  Resized: { zh: '规格已变更', en: 'resized' },
  UseChanged: { zh: '用量已变化', en: 'use has changed' },
  Exempt: { zh: '系统已豁免', en: 'the system is exempt' },
  AllocationGone: { zh: '资源分配已不存在', en: 'the allocation is gone' },
  SetBack: {
    zh: '集群恢复后缺少账本已有的答复',
    en: 'the hub was restored without answers that the books have',
  },
});

/** What people say of a finding. */
export const findingVerdicts = defineMessages({
  release: { zh: '将释放', en: 'will release' },
  resize: { zh: '将变更规格', en: 'will resize' },
  appeal: { zh: '申诉', en: 'appeals' },
  uphold: { zh: '维持该发现', en: 'the finding stands' },
  dismiss: { zh: '撤销该发现', en: 'the finding is dropped' },
});

/** The steps of a finding, as an auditor reads them. */
export const findingSteps = defineMessages({
  answer: { zh: '答复', en: 'answer' },
  judge: { zh: '裁定', en: 'judgement' },
});

/** Samples that were dropped. */
export const useFaults = defineMessages({
  invalid: { zh: '值无效（NaN、无穷或负数）', en: 'no valid value (NaN, infinite or negative)' },
  duplicate: { zh: '同一对象有重复的序列', en: 'more than one series for one thing' },
});
