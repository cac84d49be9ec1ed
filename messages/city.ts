import { defineMessages } from './index.ts';

/** What `govcloud up` says while it assembles the local city. */
export const cityProgress = defineMessages({
  hubObjects: { zh: '正在安装资源类型、角色和准入规则', en: 'installing kinds, roles and admission rules' },
  policies: {
    zh: '等待准入规则生效，已 {seconds} 秒',
    en: 'waiting for the admission rules to act, {seconds} s so far',
  },
  nodes: { zh: '{member}：{count} 个节点', en: '{member}: {count} nodes' },
  stock: {
    zh: '{member}：放入存量的 {count} 个对象（开账前已在运行）',
    en: '{member}: {count} objects of the opening stock, as they ran before the books',
  },
  history: {
    zh: '正在制作用量历史：已完成 {days} 天（每台机器只做一次）',
    en: 'making a history of use: {days} days so far (once on a machine)',
  },
  noPrometheus: { zh: '不计量用量：{detail}', en: 'use is not measured: {detail}' },
  city: { zh: '正在装载城市：{count} 个对象', en: 'loading the city: {count} objects' },
  cityUnchanged: {
    zh: '城市的声明未变（{count} 个对象），不再装载',
    en: 'the city is declared as it was ({count} objects): nothing to load',
  },
  people: {
    zh: '为 {count} 人签发凭据（{hours} 小时有效）',
    en: 'issuing credentials for {count} people (valid {hours} h)',
  },
  settling: { zh: '等待{what}，已 {seconds} 秒', en: 'waiting for {what}, {seconds} s so far' },
});

/** What can go wrong while the local city is assembled. */
export const cityErrors = defineMessages({
  E_CITY_NONE: {
    zh: '{dir} 中没有本地城市。用 --dir 指明目录，或先运行 govcloud up',
    en: 'there is no local city in {dir}. Name its folder with --dir, or run govcloud up first',
  },
  E_CITY_LOG: {
    zh: '没有进程 {name} 的日志。可选：{known}',
    en: 'there is no log of {name}. There are: {known}',
  },
  E_CITY_NOT_SETTLED: {
    zh: '{seconds} 秒内没有等到：{what}。用 govcloud logs operator 查看原因',
    en: '{what}: not within {seconds} s. See govcloud logs operator for the reason',
  },
});

export const cityWords = defineMessages({
  namespaces: { zh: '各组织的命名空间', en: 'the organisations’ namespaces' },
  items: { zh: '目录项检查', en: 'the catalogue’s checks' },
  members: { zh: '成员集群就绪', en: 'the members to be ready' },
  limits: { zh: '限额记账', en: 'the limits to be in the books' },
  reports: { zh: '报表接口', en: 'the reports API' },
});

/** What `up`, `down`, `status` and `logs` print. */
export const cityTexts = defineMessages({
  readOnly: {
    zh: '注意：账本与集群对不上，操作器只读，什么都不会办理。见 govcloud logs operator；修复：govcloud --context cloud-engineer doctor --repair --reason …',
    en: 'mind: books and hub differ, the operator is read-only and moves nothing. See govcloud logs operator; to mend it: govcloud --context cloud-engineer doctor --repair --reason …',
  },
  interrupted: { zh: '收到中断，正在停止已启动的进程', en: 'interrupted: stopping what was started' },
  running: {
    zh: '本地城市已就绪。\n  export KUBECONFIG={kubeconfig}\n  每人一个 context：{people}\n  例如：govcloud --context manager capacity show\n停止：govcloud down --dir {dir}（数据保留）',
    en: 'the local city is up.\n  export KUBECONFIG={kubeconfig}\n  a context for each person: {people}\n  for example: govcloud --context manager capacity show\nto stop it: govcloud down --dir {dir} (its data stays)',
  },
  stopped: { zh: '已停止；数据保留在 {dir}', en: 'stopped; its data stays in {dir}' },
  nothingRuns: { zh: '没有进程在运行', en: 'nothing runs' },
  process: { zh: '进程', en: 'PROCESS' },
  state: { zh: '状态', en: 'STATE' },
  log: { zh: '日志', en: 'LOG' },
  alive: { zh: '运行中', en: 'running' },
  dead: { zh: '已退出', en: 'has ended' },
});
