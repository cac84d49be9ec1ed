import { defineMessages } from './index.ts';

/** Why the reports API answers with a failure; the code starts the message of its `Status`. */
export const reportErrors = defineMessages({
  E_REPORT_UNAUTHENTICATED: {
    zh: '报表接口只接受 API 服务器转发的请求：缺少可信的客户端证书或用户。请通过 API 服务器访问',
    en: 'reports are answered only to requests that the API server passes on: no trusted client certificate, or no user. Ask the API server',
  },
  E_REPORT_PROXY: {
    zh: '客户端证书 {name} 不是 API 服务器的前端代理',
    en: 'client certificate {name} is not that of the API server’s front proxy',
  },
  E_REPORT_PATH: {
    zh: '没有路径 {path}',
    en: 'there is no path {path}',
  },
  E_REPORT_NOT_FOUND: {
    zh: '没有 {resource} "{name}"',
    en: '{resource} "{name}" not found',
  },
  E_REPORT_METHOD: {
    zh: '报表只能读取，不支持 {method}',
    en: 'reports can only be read: {method} is not supported',
  },
  E_REPORT_WATCH: {
    zh: '报表不支持 watch。请定时重新读取',
    en: 'reports cannot be watched. Read them again instead',
  },
  E_REPORT_ACCEPT: {
    zh: '只能以 application/json（对象或 meta.k8s.io/v1 Table）答复，不支持 {accept}',
    en: 'answers are application/json, as objects or as a meta.k8s.io/v1 Table: {accept} is not served',
  },
  E_REPORT_PARAMETER: {
    zh: '{resource} 没有参数 {parameter}；可用：{known}',
    en: '{resource} has no parameter {parameter}; it has {known}',
  },
  E_REPORT_VALUE: {
    zh: '参数 {parameter} 的值 "{value}" 无效，应为{expected}',
    en: 'parameter {parameter}: "{value}" is not {expected}',
  },
  E_REPORT_FUTURE: {
    zh: '时间 {value} 晚于账本当前时间 {now}：账本只记录已发生的事',
    en: '{value} is later than the books’ time {now}: the books hold only what has happened',
  },
  E_REPORT_BEFORE: {
    zh: '{value} 时账本尚无分录，首笔为 {first}。请给 {first} 或以后的日期',
    en: 'the books have no entry by {value}: they begin on {first}. Ask for {first} or later',
  },
  E_REPORT_EMPTY: {
    zh: '账本尚无分录，没有可报的数字。请先导入存量或设定资源池',
    en: 'the books have no entry yet, so there is nothing to report. Set the pools or import the opening stock first',
  },
  E_REPORT_NAMESPACE: {
    zh: '请在一个组织的命名空间中读取 organizationreports；全市的报表是 cityreports',
    en: 'read organizationreports in the namespace of one organisation; reports of the whole city are cityreports',
  },
  E_REPORT_PERIOD: {
    zh: '期间无效：起始日 {from} 须不晚于截止日 {until}，截止日须不晚于 {last}',
    en: 'no such period: it would begin on {from} and end on {until}, and must end by {last}',
  },
  E_REPORT_POLICY: {
    zh: '没有当日有效的用量判定标准，或其内容有误：{detail}。请云工程师核对 govcloud-system 中的 ConfigMap usage-policy',
    en: 'there is no policy in force today to judge use by, or it cannot be read: {detail}. Have a cloud engineer look at ConfigMap usage-policy in govcloud-system',
  },
  E_REPORT_INDICATORS: {
    zh: '指标定义有误：govcloud-system 中 ConfigMap indicators：{detail}',
    en: 'the indicators are not defined as they should be, in ConfigMap indicators of govcloud-system: {detail}',
  },
  E_REPORT_ZONE: {
    zh: '没有网络区 "{zone}"；有：{known}',
    en: 'there is no zone "{zone}"; there are {known}',
  },
  E_REPORT_UNSYNCED: {
    zh: '尚未从 API 服务器读到组织、资源池和系统，请稍后再试',
    en: 'organisations, pools and systems have not been read from the API server yet. Try again soon',
  },
  E_REPORT_TREE: {
    zh: '组织树有误：{detail}',
    en: 'the tree of organisations is broken: {detail}',
  },
  E_REPORT_BOOKS: {
    zh: '账本数据库暂不可用，请稍后再试',
    en: 'the database of the books cannot be reached. Try again soon',
  },
  E_REPORT_BUSY: {
    zh: '已有太多核对在排队，请稍后再试',
    en: 'too many verifications wait already. Try again soon',
  },
  E_REPORT_TIMEOUT: {
    zh: '账本数据库未能在时限内答复。请缩小范围（如 limit、from、until）后再试',
    en: 'the database of the books did not answer in time. Ask for less (limit, from, until)',
  },
  E_REPORT_FAILED: {
    zh: '报表服务内部错误，详见其日志（请求 {request}）',
    en: 'the reports server failed; its log says why (request {request})',
  },
});

/** What a parameter's value must be, as `expected` of E_REPORT_VALUE. */
export const reportValues = defineMessages({
  time: {
    zh: ' RFC 3339 时间（2026-01-31T08:00:00+08:00）或日期（2026-01-31，指该日终了）',
    en: 'a time of RFC 3339 (2026-01-31T08:00:00+08:00) or a date (2026-01-31: the end of that day)',
  },
  order: { zh: ' newest（新的在前），或不给', en: 'newest (the newest first), or left out' },
  limit: { zh: '不小于 0 的整数', en: 'an integer of 0 or more' },
  continue: { zh: '上一页答复中的 metadata.continue', en: 'metadata.continue of the page before' },
  state: { zh: '占用的状态之一：{states}', en: 'a state of a hold: {states}' },
  nameSelector: {
    zh: ' metadata.name=名称（不支持其他字段）',
    en: 'metadata.name=NAME, the only field selected by',
  },
  noSelector: { zh: '空（报表没有标签）', en: 'empty: reports have no labels' },
  includeObject: { zh: ' None、Metadata 或 Object', en: 'None, Metadata or Object' },
  checkpoint: {
    zh: '序号:链值（审计链检查点，如 128:9f…，链值为 64 位十六进制）',
    en: 'SEQ:HASH, a checkpoint of the audit chain with its 64 hexadecimal digits',
  },
});
