import { defineMessages } from './index.ts';

/** Conditions of allocations, as `kubectl describe` and `allocation show` print them. */
export const allocationConditions = defineMessages({
  memberReachable: { zh: '成员集群 {cluster} 可达', en: 'member {cluster} answers' },
  memberUnreachable: {
    zh: '成员集群 {cluster} 没有可用的应答：{problem}。已批准的资源不变，恢复后继续',
    en: 'member {cluster} gives no answer of use: {problem}. What was granted stays granted and goes on when it is back',
  },
  memberRefused: {
    zh: '成员集群 {cluster} 拒绝了批准的内容，请云工程师处理：{problem}',
    en: 'member {cluster} refuses what was approved; a cloud engineer must look at it: {problem}',
  },
  memberNotKept: {
    zh: '成员集群 {cluster} 应答已执行 {write}，实际并未执行，请云工程师检查该集群。已批准的资源不变',
    en: 'member {cluster} said that it has done {write} and has not; a cloud engineer must look at it. What was granted stays granted',
  },
  memberSenseless: {
    zh: '成员集群 {cluster} 中的对象内容不可信，请云工程师检查该集群：{problem}。已批准的资源不变',
    en: 'what member {cluster} says of its objects cannot be; a cloud engineer must look at it: {problem}. What was granted stays granted',
  },
  ready: { zh: '全部 {count} 个对象已就绪', en: 'all {count} objects are ready' },
  notReady: { zh: '共 {count} 个对象，尚未全部就绪', en: '{count} objects, not all of them ready yet' },
  applying: {
    zh: '正在成员集群中落实第 {revision} 版',
    en: 'revision {revision} is being applied in the member',
  },
  itemMissing: {
    zh: '找不到目录项 {item} 的版本 {version}',
    en: 'version {version} of item {item} is not to be found',
  },
  manualOpen: {
    zh: '人工工单：等待云工程师交付并附凭证',
    en: 'work order: waits for delivery with evidence',
  },
  manualDone: { zh: '已人工交付，凭证：{evidence}', en: 'delivered by hand, evidence: {evidence}' },
  delivered: { zh: '第 {revision} 版已交付', en: 'revision {revision} is delivered' },
  notDelivered: { zh: '第 {revision} 版尚未交付', en: 'revision {revision} is not delivered yet' },
  refused: { zh: '{by} 拒绝验收：{comment}', en: '{by} refused it: {comment}' },
  accepted: { zh: '{by} 已验收', en: 'accepted by {by}' },
  notAccepted: { zh: '等待申请人验收', en: 'waits for acceptance by its requester' },
  adopted: { zh: '存量资源，已纳管', en: 'opening stock, adopted' },
  notFound: {
    zh: '未发现：成员集群中缺 {count} 个对象；已记账，不创建',
    en: 'not found: {count} objects are missing in the member; posted all the same, nothing is created',
  },
  inSync: { zh: '与批准的内容一致', en: 'as approved' },
  drifted: { zh: '被他人改动：{diff}', en: 'changed by somebody else: {diff}' },
  withinTerm: { zh: '使用期限至 {until}', en: 'its term ends on {until}' },
  openTerm: { zh: '没有使用期限', en: 'no end of term' },
  termEnded: {
    zh: '使用期限 {until} 已到；资源保留，请续期或释放',
    en: 'its term ended on {until}; nothing was deleted: renew or release it',
  },
  releasing: { zh: '正在回收：还有 {count} 个对象', en: 'being reclaimed: {count} objects left' },
  reclaimed: { zh: '已回收，额度已记回', en: 'reclaimed, its amounts are credited' },
});
