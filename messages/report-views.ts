import type { ReportUnit } from '../api/reports/report.ts';
import { defineMessages } from './index.ts';

/** What the numbers of a column are shown in; plain counts have no unit. */
export const reportUnits = defineMessages<Exclude<ReportUnit, 'count'>>({
  millicores: { zh: '核', en: 'cores' },
  bytes: { zh: 'GB', en: 'GB' },
  fen: { zh: '元', en: 'yuan' },
  days: { zh: '天', en: 'days' },
  basisPoints: { zh: '%', en: '%' },
});

/** Words around reports. */
export const reportValues = defineMessages({
  yes: { zh: '是', en: 'yes' },
  no: { zh: '否', en: 'no' },
  titleWithUnit: { zh: '{title}（{unit}）', en: '{title} ({unit})' },
  asOf: { zh: '截至 {time}', en: 'as of {time}' },
  madeAt: { zh: '制表 {time}', en: 'made {time}' },
  period: { zh: '期间 {from} 至 {to}', en: 'from {from} to {to}' },
  ofZone: { zh: '网络区 {zone}', en: 'zone {zone}' },
  ofCity: { zh: '全市', en: 'the whole city' },
  note: { zh: '注：{note}', en: 'Note: {note}' },
  missing: { zh: '未给出：{what}。原因：{why}', en: 'Not given: {what}, because {why}' },
  about: { zh: '说明', en: 'About' },
  series: { zh: '逐日数据', en: 'Day by day' },
  madeBy: { zh: '制表：', en: 'Made by:' },
  checkedBy: { zh: '审核：', en: 'Checked by:' },
  approvedBy: { zh: '批准：', en: 'Approved by:' },
  signedOn: { zh: '日期：', en: 'Date:' },
  noRows: { zh: '（无）', en: '(none)' },
});

/** What is said about the writing of a report. */
export const reportTexts = defineMessages({
  written: { zh: '已写入 {file}', en: 'written to {file}' },
});
