import { defineMessages } from './index.ts';

/** Why what an object names leads nowhere; as its condition `ResolvedRefs` tells it. */
export const infrastructureErrors = defineMessages({
  E_CLUSTER_UNKNOWN: { zh: '没有成员集群 {cluster}', en: 'there is no member cluster {cluster}' },
  E_CLUSTER_ZONE: {
    zh: '成员集群 {cluster} 属于网络区 {serves}，资源池在 {zone}',
    en: 'member cluster {cluster} serves zone {serves}, the pool is in {zone}',
  },
  E_LOAN_BORROWER: {
    zh: '借出 {loan} 不生效：{giver} 没有名为 {borrower}、网络区和架构相同的额度',
    en: 'loan {loan} does not count: {giver} has no quota {borrower} for the same zone and architecture',
  },
  E_LOAN_EXCEEDED: {
    zh: '借出 {loan} 在 {day} 不生效：超过本额度当日可借出的部分',
    en: 'loan {loan} does not count on {day}: it is more than the quota has to lend on that day',
  },
  E_LOAN_PART: {
    zh: '借出 {loan} 只有 {lent}，不能归还更多；要全部归还就不写数量',
    en: 'loan {loan} is of {lent}: no more than that returns. Name no amount to have all of it return',
  },
  E_QUOTA_CHILD: {
    zh: '{organization} 不是 {giver} 的下级组织：额度只能下达给下级',
    en: '{organization} is not below {giver}: a quota is given only to an organisation below',
  },
  E_QUOTA_NAMESPACE: {
    zh: '命名空间 {namespace} 不属于任何组织：额度放在下达它的组织的命名空间',
    en: 'namespace {namespace} is no organisation’s: a quota stands in the namespace of the organisation that gives',
  },
});

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
  nodeLossCovered: {
    zh: '预留足以顶替任何一台主机',
    en: 'the reserve makes up for the loss of any one node',
  },
  nodeLossUncovered: {
    zh: '预留不足以顶替最大的一台主机，还差：{short}',
    en: 'the reserve does not make up for the loss of the largest node: short of {short}',
  },
  aboveSoft: {
    zh: '超过软限额：{resources}。仍可发放，请关注',
    en: 'above the soft limit: {resources}. It still grants: keep an eye on it',
  },
  withinSoft: { zh: '未超软限额', en: 'within its soft limits' },
  withinLimits: { zh: '未超限额', en: 'within its limits' },
  flowValid: { zh: '适用条件检查通过', en: 'its condition passed its checks' },
  itemValid: { zh: '模板与表达式检查通过', en: 'templates and expressions passed their checks' },
  itemInvalid: { zh: '检查未通过：{problems}', en: 'did not pass its checks: {problems}' },
  refsResolved: { zh: '所引用的对象均存在', en: 'all that it names is there' },
  refsUnresolved: { zh: '引用有误：{problems}', en: 'what it names is not there: {problems}' },
  inUse: { zh: '仍在使用，不可删除：{users}', en: 'in use, it cannot be deleted: {users}' },
  inUseByMore: {
    zh: '仍在使用，不可删除：{users} 等（全部：{list}）',
    en: 'in use, it cannot be deleted: {users} and others (all: {list})',
  },
  notInUse: { zh: '未在使用', en: 'not in use' },
  memberAnswers: { zh: 'API 服务应答，版本 {version}', en: 'the API server answers, version {version}' },
  memberUnasked: { zh: '操作器尚未询问到它', en: 'the operator has not asked it yet' },
  memberSilent: {
    zh: 'API 服务没有可用的应答：{problem}',
    en: 'the API server gives no answer of use: {problem}',
  },
});
