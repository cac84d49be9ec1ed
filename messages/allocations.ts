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
  manualSuspend: {
    zh: '停用工单：等待云工程师停用并附凭证',
    en: 'work order: waits for an engineer to suspend it and tell so with evidence',
  },
  manualResume: {
    zh: '恢复工单：等待云工程师恢复并附凭证',
    en: 'work order: waits for an engineer to resume it and tell so with evidence',
  },
  suspending: {
    zh: '正在停用：共 {count} 个对象，机器尚未全部停止',
    en: 'being suspended: {count} objects, not all machines have stopped yet',
  },
  suspended: {
    zh: '已按申请 {serial} 停用：机器停止，磁盘和额度保留',
    en: 'suspended by request {serial}: its machines stand still, disks and quota are kept',
  },
  suspendedByTerm: {
    zh: '使用期限 {until} 和宽限期已过，已停用：机器停止，磁盘和额度保留，未经批准不删除',
    en: 'suspended, its term ended on {until} and the grace is over: its machines stand still, disks and quota are kept, nothing is deleted without a decision',
  },
  manualDone: { zh: '已人工交付，凭证：{evidence}', en: 'delivered by hand, evidence: {evidence}' },
  delivered: { zh: '第 {revision} 版已交付', en: 'revision {revision} is delivered' },
  notDelivered: { zh: '第 {revision} 版尚未交付', en: 'revision {revision} is not delivered yet' },
  refused: { zh: '{by} 拒绝验收：{comment}', en: '{by} refused it: {comment}' },
  accepted: { zh: '{by} 已验收', en: 'accepted by {by}' },
  trial: {
    zh: '试用至 {until}，请在此前验收或拒绝',
    en: 'on trial to {until}: accept or refuse it until then',
  },
  trialOver: {
    zh: '试用期 {until} 已满，等待申请人验收或拒绝；不会自动验收',
    en: 'its trial ended on {until}: it waits to be accepted or refused, and is never accepted by itself',
  },
  notAccepted: { zh: '等待申请人验收', en: 'waits for acceptance by its requester' },
  adopted: { zh: '存量资源，已纳管', en: 'opening stock, adopted' },
  acceptedBefore: {
    zh: '由 {organization} 划转而来，此前已验收',
    en: 'handed over by {organization}, where it was accepted',
  },
  transferred: {
    zh: '自 {on} 起已划转给 {organization}；成员集群中的对象和凭据随之移交，此处只留记录',
    en: 'transferred to {organization} from {on} on, with its objects and credentials: this is its record',
  },
  notFound: {
    zh: '未发现：成员集群中缺 {count} 个对象；已记账，不创建',
    en: 'not found: {count} objects are missing in the member; posted all the same, nothing is created',
  },
  inSync: { zh: '与批准的内容一致', en: 'as approved' },
  drifted: { zh: '被他人改动：{diff}', en: 'changed by somebody else: {diff}' },
  withinTerm: { zh: '使用期限至 {until}', en: 'its term ends on {until}' },
  openTerm: { zh: '没有使用期限', en: 'no end of term' },
  endsSoon: {
    zh: '使用期限 {until} 将到，不足 {days} 天：请续期或释放',
    en: 'its term ends on {until}, within {days} days: renew or release it',
  },
  termEndedStops: {
    zh: '使用期限 {until} 已到；宽限期后自 {stops} 起停用，数据保留。请续期或释放',
    en: 'its term ended on {until}; after the grace it stands still from {stops} on, and nothing is deleted: renew or release it',
  },
  graceOver: {
    zh: '使用期限 {until} 已到，宽限期已过，已停用，数据保留。续期即恢复，不再使用请申请释放',
    en: 'its term ended on {until} and the grace is over: it stands still, and nothing was deleted. Renew it to run again, or release it',
  },
  termEnded: {
    zh: '使用期限 {until} 已到；资源保留，请续期或释放',
    en: 'its term ended on {until}; nothing was deleted: renew or release it',
  },
  releasing: { zh: '正在回收：还有 {count} 个对象', en: 'being reclaimed: {count} objects left' },
  retained: {
    zh: '机器已回收，磁盘保留至 {until}，仍占额度',
    en: 'its machines are reclaimed; disks are kept to {until} and stay posted',
  },
  erasureDue: {
    zh: '磁盘保留期 {until} 已满，等待批准清除（allocation erase）；未经批准不清除',
    en: 'its disks were to be kept to {until}: their erasure waits for a decision (allocation erase), and nothing is erased without one',
  },
  legalHold: {
    zh: '{by} 已冻结：{comment}；解除前不释放、不清除',
    en: 'on legal hold by {by}: {comment}. Nothing is released or erased until it is lifted',
  },
  heldBack: {
    zh: '已批准释放，冻结期间不回收、不清除',
    en: 'its release is approved and waits for the legal hold to be lifted',
  },
  reclaimed: { zh: '已回收，额度已记回', en: 'reclaimed, its amounts are credited' },
});
