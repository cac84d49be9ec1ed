import { defineMessages } from './index.ts';

/** What `govcloud up` says while it assembles the local city. */
export const cityProgress = defineMessages({
  hubObjects: { zh: '正在安装资源类型、角色和准入规则', en: 'installing kinds, roles and admission rules' },
  policies: { zh: '等待准入规则生效，已 {seconds} 秒', en: 'waiting for the admission rules to act, {seconds} s so far' },
  nodes: { zh: '{member}：{count} 个节点', en: '{member}: {count} nodes' },
  stock: {
    zh: '{member}：放入存量的 {count} 个对象（开账前已在运行）',
    en: '{member}: {count} objects of the opening stock, as they ran before the books',
  },
  city: { zh: '正在装载城市：{count} 个对象', en: 'loading the city: {count} objects' },
  people: { zh: '为 {count} 人签发凭据（{hours} 小时有效）', en: 'issuing credentials for {count} people (valid {hours} h)' },
  settling: { zh: '等待{what}，已 {seconds} 秒', en: 'waiting for {what}, {seconds} s so far' },
});

export const cityWords = defineMessages({
  namespaces: { zh: '各组织的命名空间', en: 'the organisations’ namespaces' },
  items: { zh: '目录项检查', en: 'the catalogue’s checks' },
  members: { zh: '成员集群就绪', en: 'the members to be ready' },
  limits: { zh: '限额记账', en: 'the limits to be in the books' },
  reports: { zh: '报表接口', en: 'the reports API' },
});
