import { defineMessages } from './index.ts';

/** The dashboard's pages, by their place in its address. */
export const dashboardPages = defineMessages({
  capacity: { zh: '容量', en: 'Capacity' },
  use: { zh: '用量', en: 'Use' },
  requests: { zh: '申请', en: 'Requests' },
  todo: { zh: '待办', en: 'To do' },
  organizations: { zh: '组织', en: 'Organisations' },
  indicators: { zh: '指标', en: 'Indicators' },
});

export const dashboardTexts = defineMessages({
  title: { zh: '政务云', en: 'Government cloud' },
  skip: { zh: '跳到正文', en: 'skip to the content' },
  other: { zh: 'English', en: '中文' },
  asOf: { zh: '截至', en: 'As of' },
  from: { zh: '起', en: 'From' },
  to: { zh: '止', en: 'To' },
  zone: { zh: '网络区', en: 'Zone' },
  allZones: { zh: '全部', en: 'all' },
  show: { zh: '查看', en: 'Show' },
  asUser: { zh: '身份：{user}', en: 'as {user}' },
  todo: { zh: '等待您办理', en: 'Waiting for you' },
  toDecide: { zh: '待审批', en: 'To decide on' },
  toSubmit: { zh: '待修改、提交的申请', en: 'Requests to edit and submit' },
  toHandOver: {
    zh: '待开通、验收、续期、清除的资源',
    en: 'To deliver, accept, renew or release, or erase',
  },
  toAnswer: { zh: '待答复、裁定的用量问题', en: 'Findings of use to answer or judge' },
  nothingToDo: { zh: '没有等待您办理的事项', en: 'nothing waits for you' },
  nothing: { zh: '（无）', en: '(none)' },
  organizations: { zh: '组织', en: 'Organisations' },
  systems: { zh: '系统', en: 'Systems' },
  system: { zh: '系统 {name}', en: 'System {name}' },
  about: { zh: '登记资料', en: 'As registered' },
  allocations: { zh: '资源分配', en: 'What was granted' },
  evidence: { zh: '用量证据', en: 'Evidence of use' },
  systemRequests: { zh: '申请', en: 'Requests' },
  refused: { zh: '未能取得', en: 'This could not be had' },
  notFound: { zh: '没有这个页面', en: 'There is no such page' },
  running: { zh: '看板在 {url} ，按 Ctrl-C 结束', en: 'the dashboard is at {url} until you press Ctrl-C' },
  written: { zh: '已写入 {file}', en: 'written to {file}' },
});
