import { defineMessages } from './index.ts';

/** What is wrong in a city's data or stacks, and with a change of its capacity. */
export const capacityErrors = defineMessages({
  E_CITY_DATA: {
    zh: '{file}：{place}：{problem}',
    en: '{file}: {place}: {problem}',
  },
  E_CITY_CORES: {
    zh: '{file}：{place} 为 {value}；vCPU 须为不小于 1 的整数（预留可为 0），写成带引号的文字，如 "7800"',
    en: '{file}: {place} is {value}; vCPU are a whole number from 1 (a reserve from 0), written as a text such as "7800"',
  },
  E_CITY_TWICE: {
    zh: '{dir} 中 {object} 出现两次。请只留一处',
    en: '{dir} has {object} twice. Keep one of them',
  },
  E_CITY_ZONE_TWICE: {
    zh: '{file}：网络区 {zone} 由 {one} 和 {other} 两个集群声明，名称、等保或数据分级上限却不同。请写成一致，或改用另一个区',
    en: '{file}: clusters {one} and {other} both declare zone {zone}, with different titles, MLPS levels or data classes. Make them agree, or name another zone',
  },
  E_CITY_POOL_PLACE: {
    zh: '{file}：资源池 {pool} 指向集群 {cluster}，而网络区 {zone} 没有这个集群',
    en: '{file}: pool {pool} names cluster {cluster}, which zone {zone} does not have',
  },
  E_STACK_UNKNOWN: {
    zh: '{dir} 中没有名为 {name} 的 stack。可选：{known}',
    en: 'there is no stack {name} in {dir}. There are: {known}',
  },
  E_CAPACITY_BUSY: {
    zh: '{user}@{host} 自 {since} 起正在改动这套容量（进程 {pid}）。请等其结束后再试',
    en: '{user}@{host} has been changing this capacity since {since} (process {pid}). Try again when that has ended',
  },
  E_CAPACITY_CUT: {
    zh: '资源池 {pool} 的已用与已占比改后能给的多 {short}；API 服务器会拒绝（{code}），未作任何改动。请先释放或等占用到期，或少减一些',
    en: 'pool {pool} has {short} more granted and held than it could then give: the API server would refuse it ({code}), and nothing was changed. Release something or wait for holds to end first, or cut less',
  },
  E_CAPACITY_REFUSED: {
    zh: '{object} 未被接受：{detail}',
    en: '{object} was refused: {detail}',
  },
  E_CAPACITY_ENGINE: {
    zh: 'Pulumi 引擎失败：{detail}',
    en: 'Pulumi’s engine failed: {detail}',
  },
});

/** What `capacity` is doing. */
export const capacityProgress = defineMessages({
  objects: { zh: '已处理 {done} 个对象，最近：{last}', en: '{done} objects so far, last: {last}' },
});

/** What `capacity preview|up|refresh|destroy|history` print. */
export const capacityTexts = defineMessages({
  stack: { zh: 'stack {name}：{title}', en: 'stack {name}: {title}' },
  drift: {
    zh: '集群与上次的状态不符（有人直接改过）：',
    en: 'the hub is not as the state last had it (somebody edited it):',
  },
  driftGone: { zh: '已被删除', en: 'was deleted' },
  changes: { zh: '计划：', en: 'plan:' },
  changed: { zh: '已完成：', en: 'done:' },
  noChanges: {
    zh: '集群与声明一致，无需改动（{same} 个对象）',
    en: 'the hub is as declared, nothing to do ({same} objects)',
  },
  counts: {
    zh: '新建 {create}，修改 {update}，替换 {replace}，删除 {delete}；{same} 个对象不变',
    en: '{create} to create, {update} to update, {replace} to replace, {delete} to delete; {same} objects as they are',
  },
  moreObjects: { zh: '另有 {count} 个{kind}', en: 'and {count} more of {kind}' },
  tried: {
    zh: 'API 服务器试行时已拒绝 {object}：{message}',
    en: 'the API server, asked to try, refused {object}: {message}',
  },
  impact: { zh: '影响：', en: 'impact:' },
  incomplete: { zh: '影响不完整：{message}', en: 'the impact is incomplete: {message}' },
  free: { zh: '改后可用（各区各架构）：', en: 'free afterwards, by zone and architecture:' },
  refused: {
    zh: 'API 服务器会拒绝（{code}）：资源池 {pool} 还差 {short}',
    en: 'the API server would refuse ({code}): pool {pool} lacks {short}',
  },
  unreachable: {
    zh: '成员集群 {cluster} 联系不上：{message}。恢复之前，{pools} 不发放任何资源',
    en: 'member cluster {cluster} cannot be reached: {message}. Until it answers nothing is granted in {pools}',
  },
  noPool: { zh: '该集群', en: 'it' },
  hit: {
    zh: '受影响：{organization}，{allocations} 项资源、{holds} 项占用',
    en: 'hit: {organization}, {allocations} allocations and {holds} holds',
  },
  hitAllocation: {
    zh: '{system} {item}（{name}）在 {pool}：{amounts}',
    en: '{system} {item} ({name}) in {pool}: {amounts}',
  },
  hitHold: {
    zh: '申请 {request} 占用 {pool}：{amounts}',
    en: 'request {request} holds of {pool}: {amounts}',
  },
  unblocked: {
    zh: '将可办理：{namespace} 的申请 {request}，放入 {pool}',
    en: 'could go on: request {request} of {namespace}, in {pool}',
  },
  noImpact: { zh: '资源池不变', en: 'no pool changes' },
  refreshed: { zh: '状态与集群一致，没有人直接改过', en: 'the state is as the hub: nobody edited it' },
  refreshedDrift: {
    zh: '已把集群现状记入状态；govcloud capacity up 会改回声明的样子',
    en: 'the hub as it is now stands in the state; govcloud capacity up brings back what is declared',
  },
  applying: { zh: '按 stack 改动集群：', en: 'the hub is changed to stack' },
  destroying: { zh: '从集群删除整座城市的声明', en: 'deleting the whole declared city from the hub' },
  noHistory: { zh: '还没有运行过', en: 'nothing was run yet' },
});

/** Words and headers of the same. */
export const capacityWords = defineMessages({
  added: { zh: '新增', en: 'added' },
  removed: { zh: '移除', en: 'removed' },
  shrunk: { zh: '缩减', en: 'shrunk' },
  raised: { zh: '扩容', en: 'raised' },
  kept: { zh: '不变', en: 'kept' },
  change: { zh: '变化', en: 'CHANGE' },
  limitBefore: { zh: '原限额', en: 'LIMIT-BEFORE' },
  limitAfter: { zh: '新限额', en: 'LIMIT-AFTER' },
  freeBefore: { zh: '原可用', en: 'FREE-BEFORE' },
  freeAfter: { zh: '新可用', en: 'FREE-AFTER' },
  run: { zh: '操作', en: 'RUN' },
  started: { zh: '开始', en: 'STARTED' },
  seconds: { zh: '秒', en: 'SECONDS' },
  steps: { zh: '步骤', en: 'STEPS' },
  note: { zh: '说明', en: 'NOTE' },
});

/** What the engine calls its runs, how they ended, and what it did with objects. */
export const engineWords = defineMessages({
  update: { zh: '修改', en: 'update' },
  refresh: { zh: '核对', en: 'refresh' },
  destroy: { zh: '全部删除', en: 'destroy' },
  succeeded: { zh: '成功', en: 'succeeded' },
  failed: { zh: '失败', en: 'failed' },
  'in-progress': { zh: '进行中', en: 'in progress' },
  create: { zh: '新建', en: 'create' },
  delete: { zh: '删除', en: 'delete' },
  replace: { zh: '替换', en: 'replace' },
  same: { zh: '不变', en: 'same' },
});
