import { defineMessages } from './index.ts';

/** Conditions of organisations, quotas, pools, members and catalogue items. */
export const infrastructureConditions = defineMessages({
  namespaceReady: { zh: '命名空间 {namespace} 已就绪', en: 'namespace {namespace} is ready' },
  namespaceTaken: {
    zh: '命名空间 {namespace} 已被占用，不接管。请删除或改名后重试',
    en: 'namespace {namespace} belongs to something else and is not adopted: remove it first',
  },
  limitsPosted: { zh: '限额已记账', en: 'the limits are in the books' },
  accountTaken: {
    zh: '未记账：同一对象在此网络区、架构的限额由额度 {quota} 规定。请只保留一个',
    en: 'not in the books: quota {quota} sets the limit of this child for this zone and architecture. Keep one of them',
  },
  overdrawn: {
    zh: '超额：{resources}。不再发放新资源',
    en: 'overdrawn: {resources}. It grants nothing more',
  },
  withinLimits: { zh: '未超限额', en: 'within its limits' },
  itemValid: { zh: '模板与表达式检查通过', en: 'templates and expressions passed their checks' },
  itemInvalid: { zh: '检查未通过：{problems}', en: 'did not pass its checks: {problems}' },
  inUse: { zh: '仍在使用，不可删除', en: 'in use: it cannot be deleted' },
  notInUse: { zh: '未在使用', en: 'not in use' },
  memberAnswers: { zh: 'API 服务应答，版本 {version}', en: 'the API server answers, version {version}' },
  memberSilent: {
    zh: 'API 服务没有可用的应答：{problem}',
    en: 'the API server gives no answer of use: {problem}',
  },
});
