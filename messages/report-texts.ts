import { defineMessages } from './index.ts';

/** Titles of the reports. */
export const reportTitles = defineMessages({
  capacity: { zh: '政务云资源容量报表', en: 'Capacity of the government cloud' },
  requests: { zh: '资源申请办理报表', en: 'Requests for resources' },
  idle: { zh: '建而不用报表', en: 'Built, and not used' },
  use: { zh: '资源用量报表', en: 'Use of what was granted' },
  indicators: { zh: '规划指标报表', en: 'Indicators of the plan' },
});

/** Titles of the sections of reports. */
export const sectionTitles = defineMessages({
  vcpu: { zh: 'vCPU 容量', en: 'vCPU' },
  memory: { zh: '内存容量', en: 'Memory' },
  ssd: { zh: 'SSD 存储容量', en: 'SSD storage' },
  hdd: { zh: 'HDD 存储容量', en: 'HDD storage' },
  forecast: { zh: '预计用满日期', en: 'When each pool runs full' },
  ranking: { zh: '各单位用量排名', en: 'Departments ranked by what they have' },
  organizations: { zh: '各组织额度与用量', en: 'Quotas and use of organisations' },
  systems: { zh: '各系统用量', en: 'What each system has' },
  unbuilt: { zh: '已批未建', en: 'Approved but not built' },
  idle: { zh: '建而不用的资源', en: 'What was built and is not used' },
  cpu: { zh: 'CPU 用量', en: 'CPU' },
  memoryUse: { zh: '内存用量', en: 'Memory' },
  storage: { zh: '存储用量', en: 'Storage' },
  steps: { zh: '各环节在办', en: 'Open requests by step' },
  open: { zh: '在办申请', en: 'Open requests' },
  decided: { zh: '期间办理', en: 'Decided within the period' },
  amounts: { zh: '总量指标', en: 'Amounts' },
  rates: { zh: '比率指标', en: 'Rates' },
  reporting: { zh: '月活跃用户填报情况', en: 'Active users: who reported' },
  activeUsers: { zh: '各系统月活跃率', en: 'Monthly active rate of each system' },
  history: { zh: '各资源池每日已用 vCPU', en: 'vCPU granted from each pool, day by day' },
});

/** Heads of the columns of reports. */
export const columnTitles = defineMessages({
  zone: { zh: '网络区', en: 'Zone' },
  zoneTitle: { zh: '网络区名称', en: 'Zone title' },
  arch: { zh: '架构', en: 'Architecture' },
  xinchuang: { zh: '信创', en: 'Xinchuang' },
  pools: { zh: '资源池', en: 'Pools' },
  pool: { zh: '资源池', en: 'Pool' },
  total: { zh: '总量', en: 'Total' },
  reserve: { zh: '预留', en: 'Reserve' },
  hard: { zh: '可分配', en: 'Grantable' },
  posted: { zh: '已用', en: 'Granted' },
  pending: { zh: '占用', en: 'Held' },
  free: { zh: '可用', en: 'Free' },
  usedP95: { zh: '实际用量（95 分位）', en: 'In use, 95th percentile' },
  usedShare: { zh: '使用率', en: 'Granted or held' },
  change: { zh: '较上月', en: 'Month’s change' },
  resource: { zh: '资源', en: 'Resource' },
  days: { zh: '数据天数', en: 'Days of data' },
  growth: { zh: '每 30 天增长', en: 'Growth in 30 days' },
  expected: { zh: '预计用满', en: 'Expected full' },
  earliest: { zh: '最早（80% 区间）', en: 'Earliest (80 % range)' },
  latest: { zh: '最晚（80% 区间）', en: 'Latest (80 % range)' },
  withPending: { zh: '占用全部获批时', en: 'If all that is held is granted' },
  remark: { zh: '说明', en: 'Remark' },
  rank: { zh: '名次', en: 'Rank' },
  organization: { zh: '单位', en: 'Organisation' },
  code: { zh: '代码', en: 'Code' },
  level: { zh: '类型', en: 'Type' },
  system: { zh: '系统', en: 'System' },
  systemTitle: { zh: '系统名称', en: 'System title' },
  systemCount: { zh: '系统数', en: 'Systems' },
  systemShare: { zh: '占系统数', en: 'Share of systems' },
  reporting: { zh: '填报', en: 'Reported' },
  activeUsers: { zh: '月活跃用户', en: 'Active users' },
  targetUsers: { zh: '目标用户', en: 'Target users' },
  activeRate: { zh: '月活跃率', en: 'Active rate' },
  registeredUsers: { zh: '登记的目标用户', en: 'Target users as registered' },
  share: { zh: '占全部已用 vCPU', en: 'Share of all vCPU granted' },
  vcpuHard: { zh: 'vCPU 额度', en: 'vCPU quota' },
  vcpuPosted: { zh: 'vCPU 已用', en: 'vCPU granted' },
  vcpuPending: { zh: 'vCPU 占用', en: 'vCPU held' },
  vcpuFree: { zh: 'vCPU 可用', en: 'vCPU free' },
  vcpuChange: { zh: 'vCPU 较上月', en: 'vCPU against the month before' },
  memoryHard: { zh: '内存额度', en: 'Memory quota' },
  memoryPosted: { zh: '内存已用', en: 'Memory granted' },
  memoryPending: { zh: '内存占用', en: 'Memory held' },
  memoryFree: { zh: '内存可用', en: 'Memory free' },
  standing: { zh: '额度状况', en: 'Against quota' },
  ssdPosted: { zh: 'SSD 已用', en: 'SSD granted' },
  hddPosted: { zh: 'HDD 已用', en: 'HDD granted' },
  vcpu: { zh: 'vCPU', en: 'vCPU' },
  memory: { zh: '内存', en: 'Memory' },
  ssd: { zh: 'SSD', en: 'SSD' },
  hdd: { zh: 'HDD', en: 'HDD' },
  serial: { zh: '受理编号', en: 'Serial number' },
  grantedOn: { zh: '批准日期', en: 'Granted on' },
  age: { zh: '已过', en: 'Age' },
  day: { zh: '日期', en: 'Day' },
  allocation: { zh: '资源分配', en: 'Allocation' },
  grantedAmount: { zh: '批准量', en: 'Granted' },
  mean: { zh: '平均', en: 'Mean' },
  p50: { zh: '中位数', en: 'Median' },
  p95: { zh: '95 分位', en: '95th percentile' },
  max: { zh: '最高', en: 'Highest' },
  item: { zh: '服务', en: 'Item' },
  cpuP95Share: { zh: 'CPU 95 分位占批准量', en: 'CPU, 95th percentile of granted' },
  memoryMaxShare: { zh: '内存最高占批准量', en: 'Memory, highest of granted' },
  p95Share: { zh: '95 分位占批准量', en: '95th percentile of granted' },
  coverage: { zh: '覆盖率', en: 'Coverage' },
  missingDays: { zh: '缺的天数', en: 'Missing' },
  step: { zh: '环节', en: 'Step' },
  count: { zh: '件数', en: 'Requests' },
  overdue: { zh: '其中超期', en: 'Of them overdue' },
  oldest: { zh: '最长已过', en: 'Longest open' },
  action: { zh: '类型', en: 'Action' },
  since: { zh: '进入环节', en: 'In the step since' },
  due: { zh: '期限', en: 'Due' },
  lateDays: { zh: '超期', en: 'Overdue by' },
  provisional: { zh: '期限暂定', en: 'Due is provisional' },
  monthly: { zh: '每月费用', en: 'A month costs' },
  granted: { zh: '批准', en: 'Granted' },
  returned: { zh: '退回', en: 'Returned' },
  rejected: { zh: '不予通过', en: 'Rejected' },
  medianDays: { zh: '受理至批准（中位）', en: 'Receipt to grant (median)' },
  mostDays: { zh: '受理至批准（最长）', en: 'Receipt to grant (longest)' },
  number: { zh: '指标', en: 'Indicator' },
  indicator: { zh: '名称', en: 'Title' },
  baseline: { zh: '基数', en: 'Baseline' },
  value: { zh: '当前值', en: 'Now' },
  target: { zh: '目标', en: 'Target' },
  by: { zh: '目标日期', en: 'To be met by' },
  gap: { zh: '差距', en: 'Gap' },
  progress: { zh: '完成进度', en: 'Progress' },
  numerator: { zh: '分子', en: 'Numerator' },
  denominator: { zh: '分母', en: 'Denominator' },
  formula: { zh: '计算方法', en: 'Formula' },
  source: { zh: '依据', en: 'Source' },
});

/** Words in cells. */
export const reportWords = defineMessages({
  total: { zh: '合计', en: 'Total' },
  unattributed: { zh: '（账本未记系统）', en: '(the books name no system)' },
  full: { zh: '已无可用', en: 'nothing is left' },
  overdrawn: { zh: '超额：{resources}', en: 'overdrawn: {resources}' },
  aboveSoft: { zh: '超软限额：{resources}', en: 'above soft limit: {resources}' },
  withinLimits: { zh: '限额内', en: 'within limits' },
  short: {
    zh: '只有 {days} 天数据，不足 {needed} 天，不作预测',
    en: 'only {days} days of data, {needed} are needed: no forecast',
  },
  beyond: { zh: '按现有趋势十年内不会用满', en: 'not within ten years, as it goes now' },
  pools: { zh: '各资源池总量之和', en: 'sum of the totals of all pools' },
  extranetAccess: {
    zh: '已接入外网的预算单位 ÷ 全部预算单位',
    en: 'budget units that have joined the extranet ÷ all budget units',
  },
  monthlyActive: {
    zh: '当月使用过的用户数 ÷ 目标用户数（云上已填报的非涉密系统合计）；覆盖率为已填报的系统数 ÷ 云上系统数',
    en: 'users of the month ÷ target users, of the non-classified systems on the cloud that reported both; coverage is their number ÷ that of all',
  },
  systemsOnCloud: {
    zh: '账本中有已用资源的非涉密系统 ÷ 已登记的非涉密系统（不含规划中）',
    en: 'non-classified systems that the books have something granted to ÷ those registered, without planned ones',
  },
  reported: { zh: '已填报', en: 'reported' },
  incomplete: { zh: '不完整', en: 'incomplete' },
  unreported: { zh: '未填报', en: 'not reported' },
  fromTo: { zh: '{from} 至 {to}', en: '{from} to {to}' },
  andNext: { zh: '{all}、{next}', en: '{all}, {next}' },
  andMore: { zh: '……', en: '…' },
  unlimited: { zh: '没有可分配的容量', en: 'nothing can be granted from it' },
});

/** Notes under sections. */
export const reportNotes = defineMessages({
  amounts: {
    zh: '数字取自账本，截至所示时间生效的分录。GB、TB 按 1,024 进位',
    en: 'Figures are of the books: entries effective by the time shown. GB and TB count in 1,024',
  },
  grantable: {
    zh: '总量计入当日的超分，预留含为增长预留的部分；可分配 = 总量 − 预留；可用 = 可分配 − 已用 − 占用；使用率 = （已用 + 占用）÷ 可分配',
    en: 'Totals count the day’s overcommit, the reserve what is kept for growth; grantable = total − reserve; free = grantable − granted − held; granted or held is shown as a share of grantable',
  },
  change: {
    zh: '“较上月”与 {day} 终了时的已用相比',
    en: '“Against the month before” compares what is granted with the end of {day}',
  },
  usedP95: {
    zh: '实际用量取自 {from} 至 {to} 的每日汇总：各资源分配的 95 分位取各日最高，再相加，不是总和的 95 分位；覆盖率为已用中看见的部分，按批准量和时间加权，不足 90% 不给出实际用量',
    en: 'What is in use is of the daily rollups of {from} to {to}: the 95th percentiles of the allocations, each the highest of its days’, added up, which is not that of their sum; coverage is how much of what is granted was seen, by amount and time, and under 90 % there is no figure',
  },
  disksTogether: {
    zh: '实际用量计量时不分 SSD 与 HDD，这里不列，见用量报表',
    en: 'Use of disks is measured without their kind, so it is not told here but in the report of use',
  },
  forecast: {
    zh: '对最近至多 90 天每日已用作直线最小二乘；区间为 80% 预测区间。已用在批准时即记账，因此已批未建已包含在内，不再另加；“占用全部获批时”另加审批中的占用',
    en: 'A straight line by least squares through what was granted on each of at most 90 days; the range is the 80 % prediction interval. What is approved is booked at once, so what is approved and not built is in it already and is not added again; the last date adds what is held for open requests',
  },
  organizations: {
    zh: '含下级组织：批准时记入各级上级的账户。额度为全部网络区的',
    en: 'With the organisations below: what is granted is booked on every account up the tree. Quotas are those for all zones',
  },
  ranking: {
    zh: '按本单位自有系统的已用 vCPU 排名，不含下级组织；存储为 SSD 与 HDD',
    en: 'Ranked by the vCPU of an organisation’s own systems, without the organisations below it',
  },
  names: {
    zh: '名称为现在的名称，组织更名不改变历史数字',
    en: 'Names are those of today: a renamed organisation keeps its figures',
  },
  moved: {
    zh: '{organization} 在 {from} 起由 {above} 管理：此前批准的仍记在原上级账户',
    en: '{organization} is below {above} since {from}: what was granted before stays on the accounts of those that were above it',
  },
  movedOwn: {
    zh: '{organization} 在 {from} 起由 {above} 管理：本表是单位自己的数字，不受影响',
    en: '{organization} is below {above} since {from}: figures here are an organisation’s own, and do not change by it',
  },
  idle: {
    zh: '按截至日施行的规则和此前的用量判定，可申诉；vCPU、内存、费用为收回后可节省的',
    en: 'Judged by the policy in force on the day and the use of the days before it, and open to appeal; vCPU, memory and cost are what giving it back would save',
  },
  policy: { zh: '所用规则自 {from} 起施行', en: 'The policy is in force since {from}' },
  usePast: {
    zh: '只算截至所示时间已结束的日子；此后补上或重新汇总的，用现在账本中的数字',
    en: 'Of the days that were over at the time shown, with the figures that the books have of them now: what was made up for since is in them',
  },
  use: {
    zh: '每日汇总自 Prometheus；中位数与 95 分位取各日的最高值，期间自身的不高于它。没看见的时段不算闲置，只降低覆盖率',
    en: 'Rolled up from Prometheus day by day; the median and the percentile are each the highest of the days’, and the period’s own is never above that. A gap is not idle: it lowers the coverage',
  },
  reporting: {
    zh: '{from} 至 {to}。月内每五分钟一个采样，看见不足 90% 为不完整；不完整和未填报的都不计入月活跃率',
    en: '{from} to {to}, in steps of five minutes; under 90 % of them seen is incomplete. What is incomplete or not reported is not in the rate',
  },
  activeUsers: {
    zh: '月活跃用户为系统自己导出的当月（{from} 至 {to}）去重人数，取各日最后一次报数中最高的；目标用户为最后一次报的。登记的为今天登记资料中的，供核对',
    en: 'Active users are those of the month ({from} to {to}), each once, as the system itself exports: the highest of what it told last on each day; target users are what it told last. Those registered are of today’s register, to compare with',
  },
  steps: {
    zh: '按账本推算所示时间的在办环节；期限按工作日历，办理时限见审批流程；当日到期不算超期',
    en: 'Steps as the books have them at the time shown; due by the calendar of working days. What is due that day is not overdue',
  },
  requester: {
    zh: '退回申请人修改的和草稿不在其中：它们不占额度，等申请人',
    en: 'Without drafts and what was returned to its requester: these hold nothing and wait for them',
  },
  decided: {
    zh: '按账本时间；同一申请多次退回计一件',
    en: 'By the books’ time; a request that was returned several times counts once',
  },
  provisional: {
    zh: '期限涉及放假安排未公布的年份，按周末推算，可能变动',
    en: 'Some dates fall in a year whose holidays are not published: counted by weekends alone, they may move',
  },
  unbuilt: {
    zh: '已批准记账而申请单位尚未验收。存量视为已建',
    en: 'Granted and booked, but not yet accepted by whoever asked. Opening stock counts as built',
  },
});

/** What is not given. */
export const missingFigures = defineMessages({
  totalReserve: { zh: '资源池 {pool} 的总量与预留', en: 'total and reserve of pool {pool}' },
  xinchuang: { zh: '资源池 {pool} 是否信创', en: 'whether pool {pool} is Xinchuang' },
  change: { zh: '较上月', en: 'change against the month before' },
  use: { zh: '用量', en: 'use' },
  usedP95: { zh: '实际用量', en: 'what is in use' },
  usedP95Of: { zh: '{zone} {arch} 的 {resource} 实际用量', en: '{resource} in use in {zone}, {arch}' },
  idle: { zh: '建而不用的判定', en: 'what is not used' },
  idleOf: { zh: '{count} 项资源的判定', en: 'a judgement of {count} of the allocations' },
  saving: { zh: '部分资源可节省的 vCPU、内存、费用', en: 'what some of them would save' },
  useOf: { zh: '{days} 的用量', en: 'use of {days}' },
  wholeUse: { zh: '{of} 项中 {count} 项的完整数字', en: 'whole figures of {count} of {of}' },
  quotaByZone: { zh: '各组织额度', en: 'quotas of organisations' },
});

/** Indicators and periods that are not given. */
export const missingIndicators = defineMessages({
  indicator: { zh: '指标 {number} {title}', en: 'indicator {number}, {title}' },
  all: { zh: '全部指标', en: 'all indicators' },
  unreported: {
    zh: '指标 {number} {title}：{of} 个系统中 {count} 个未填报',
    en: 'indicator {number}, {title}: {count} of {of} systems have not reported',
  },
  incomplete: {
    zh: '指标 {number} {title}：{of} 个系统中 {count} 个不完整',
    en: 'indicator {number}, {title}: {count} of {of} systems are incomplete',
  },
  period: { zh: '{from} 之前的办理', en: 'what was decided before {from}' },
});

/** Why it is not given. */
export const missingWhy = defineMessages({
  poolGone: {
    zh: '资源池已不在集群中，账本只记可分配量',
    en: 'the pool is no longer there, and the books hold only what can be granted',
  },
  poolChanged: {
    zh: '其容量此后改过，账本只记可分配量',
    en: 'its capacity was changed since, and the books hold only what can be granted',
  },
  beforeBooks: { zh: '{day} 时账本尚无分录，首笔为 {first}', en: 'the books begin on {first}, after {day}' },
  noPolicy: {
    zh: '没有可用的用量规则（govcloud-system 中的 ConfigMap usage-policy）',
    en: 'there is no policy of use that can be gone by (ConfigMap usage-policy in govcloud-system)',
  },
  unseen: {
    zh: '期间看见的采样不足规则所要求的：没看见不等于闲置',
    en: 'less of the period was seen than the policy asks for: a gap is not idle',
  },
  goneSince: {
    zh: '当时在用，此后已收回，其规格已无从查起',
    en: 'they stood then and were given back since, so that their size is not known any more',
  },
  resizedSince: {
    zh: '服务没有按规格的价格，或其规格与当时不同',
    en: 'the item has no price by size, or its size is not what it was then',
  },
  daysUnread: {
    zh: '账本中没有这些天的汇总（Prometheus 未接入、中断或当时没有在用的资源）：算作没看见，降低覆盖率',
    en: 'the books have no rollup of these days (no Prometheus, an outage of it, or nothing stood): they count as not seen, and lower the coverage',
  },
  noUse: { zh: '账本中没有期间内的用量', en: 'the books have none within the period' },
  usePartly: {
    zh: '{from} 至 {to} 已用中看见的只有 {percent}%，不足 90%，不完整',
    en: 'it is incomplete: of {from} to {to} only {percent} % of what is granted was seen, less than 90 %',
  },
  gaps: {
    zh: '看见的采样不足 90%：没看见不等于闲置',
    en: 'less than 90 % of their samples were seen: a gap is not idle',
  },
  unpublished: {
    zh: '本市尚未发布指标（govcloud-system 中的 ConfigMap indicators）',
    en: 'the city has published none (ConfigMap indicators in govcloud-system)',
  },
  noExtranetRegister: {
    zh: '尚无各单位接入外网的登记，只有单位总数',
    en: 'no register says yet which units have joined: only how many there are is known',
  },
  noActiveUsers: {
    zh: '没有一个系统完整填报当月的活跃用户',
    en: 'no system reported its active users of the month whole',
  },
  noActivity: {
    zh: '账本中没有当月的活跃用户汇总：Prometheus 未接入，或当月尚无系统在云上',
    en: 'the books have no active users of the month: there was no Prometheus, or no system on the cloud',
  },
  noTargetUsers: { zh: '已填报的系统没有目标用户', en: 'the systems that reported have no target users' },
  unreported: {
    zh: '系统没有导出月活跃用户与目标用户，另行计数，不当作零',
    en: 'they do not export their active and target users: counted apart, and not as nobody',
  },
  reportedInPart: {
    zh: '当月看见的采样不足 90%，不计入月活跃率',
    en: 'less than 90 % of the month was seen: they are not in the rate',
  },
  registryIsToday: {
    zh: '登记资料只有今天的，不能代表 {day}',
    en: 'the register says how things are today, not how they were on {day}',
  },
  noUnits: { zh: '没有登记', en: 'nothing is registered' },
  poolsUnknown: {
    zh: '有资源池的总量未知',
    en: 'the total of a pool is not known',
  },
  quotaAllZones: {
    zh: '额度不分网络区。不给 zone 再看',
    en: 'they hold for all zones together. Ask without a zone',
  },
});
