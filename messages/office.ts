import { defineMessages } from './index.ts';

/**
 * What is wrong with a table that an office sent. `cell` names the cell as a spreadsheet does. No text repeats what the
 * cell of a system’s name says: an unregistered title may be a classified one.
 */
export const officeErrors = defineMessages({
  E_TABLE_HEADER: {
    zh: '前 {rows} 行中没有表头。应有的列：{columns}',
    en: 'none of the first {rows} rows is a header. It should have the columns {columns}',
  },
  E_TABLE_COLUMN: {
    zh: '表头（第 {row} 行）缺少“{column}”列。应有的列：{columns}',
    en: 'the header (row {row}) lacks the column {column}. It should have {columns}',
  },
  E_TABLE_COLUMN_TWICE: {
    zh: '表头的单元格 {cells} 都是“{column}”列，请只留一个',
    en: 'the cells {cells} of the header all stand for the column {column}: keep one',
  },
  E_TABLE_CLASSIFIED: {
    zh: '表头以上的第 {row} 行标有密级：整张表视为涉密，没有读取，也没有留下任何内容',
    en: 'row {row} above the header carries a marking: the whole table counts as classified, and nothing of it was read or kept',
  },
  E_ROW_CLASSIFIED: {
    zh: '第 {row} 行标有密级。涉密系统不上政务云，本行不导入，内容不作任何记录',
    en: 'row {row} is marked as classified. Classified systems never come to the city cloud: the row is not imported and nothing of it is kept',
  },
  E_ROW_SAME: {
    zh: '第 {row} 行与第 {other} 行完全相同，只取后者。若确是两项，请写出区别',
    en: 'row {row} says the same as row {other}, which alone is taken. If both are meant, say how they differ',
  },
  E_ROW_CONFLICT: {
    zh: '第 {row} 行与第 {other} 行说的是同一项，内容却不同，两行都不导入。请只留正确的一行',
    en: 'row {row} is about the same as row {other} and says otherwise: neither is taken. Keep the right one',
  },
  E_CELL_EMPTY: { zh: '单元格 {cell}（{column}）为空', en: 'cell {cell} ({column}) is empty' },
  E_CELL_LENGTH: {
    zh: '单元格 {cell}（{column}）超过 {highest} 个字符',
    en: 'cell {cell} ({column}) has more than {highest} characters',
  },
  E_CELL_UNSEEN: {
    zh: '单元格 {cell}（{column}）含有看不见或改变文字方向的字符 {code}，请重新录入',
    en: 'cell {cell} ({column}) holds a character that is not seen or turns the direction of text, {code}: type it anew',
  },
  E_CELL_ERROR: {
    zh: '单元格 {cell}（{column}）的公式出错：{value}',
    en: 'cell {cell} ({column}): its formula failed with {value}',
  },
  E_CELL_MERGED: {
    zh: '单元格 {cell}（{column}）合并了几行，看不出每行各是多少。请拆开分别填写',
    en: 'cell {cell} ({column}) is merged over several rows, which does not say how much each has: split it',
  },
  E_CELL_ID: {
    zh: '单元格 {cell}（{column}）“{value}”应为小写字母、数字和连字符，最长 {highest} 个字符',
    en: 'cell {cell} ({column}) "{value}" must be lower-case letters, digits and hyphens, at most {highest}',
  },
  E_CELL_CHOICE: {
    zh: '单元格 {cell}（{column}）“{value}”应为：{known}',
    en: 'cell {cell} ({column}) "{value}" must be one of {known}',
  },
  E_CELL_COUNT: {
    zh: '单元格 {cell}（{column}）“{value}”应为不超过 {highest} 的准确整数，如 17400 或 1.74万',
    en: 'cell {cell} ({column}) "{value}" must be an exact integer up to {highest}, like 17400 or 1.74万',
  },
  E_CELL_MONEY: {
    zh: '单元格 {cell}（{column}）“{value}”应为准确到分的金额，如 460万元 或 4600000元',
    en: 'cell {cell} ({column}) "{value}" must be an amount of money exact to the fen, like 460万元 or 4600000元',
  },
  E_CELL_MONEY_UNIT: {
    zh: '单元格 {cell}（{column}）“{value}”没有单位：请在单元格、列名或表头上方写明元还是万元',
    en: 'cell {cell} ({column}) "{value}" has no unit: say 元 or 万元 in the cell, in the column’s name, or above the table',
  },
  E_CELL_MLPS: {
    zh: '单元格 {cell}（{column}）“{value}”应为等保 1 到 4 级，如 三级 或 3',
    en: 'cell {cell} ({column}) "{value}" must be an MLPS level from 1 to 4, like 三级 or 3',
  },
  E_CELL_GRADE: {
    zh: '单元格 {cell}（{column}）“{value}”应为 0 到 6 级，没有可留空',
    en: 'cell {cell} ({column}) "{value}" must be a grade from 0 to 6, or empty',
  },
  E_CELL_DATE: {
    zh: '单元格 {cell}（{column}）“{value}”不是日期，应如 2020-06-30',
    en: 'cell {cell} ({column}) "{value}" is no date; write it like 2020-06-30',
  },
  E_CELL_DATE_PERIOD: {
    zh: '单元格 {cell}（{column}）“{value}”没有写到日，应如 2020-06-30',
    en: 'cell {cell} ({column}) "{value}" does not name a day; write it like 2020-06-30',
  },
  E_CELL_DATE_BEFORE: {
    zh: '单元格 {cell}（{column}）“{value}”看不出是否含这一期，请写成“…底前”或具体日期',
    en: 'cell {cell} ({column}) "{value}" leaves open whether that period counts: write …底前 or a day',
  },
  E_CELL_DATE_FUTURE: {
    zh: '单元格 {cell}（{column}）“{value}”晚于今天',
    en: 'cell {cell} ({column}) "{value}" is later than today',
  },
  E_CELL_DATE_ORDER: {
    zh: '单元格 {cell}（{column}）“{value}”早于开始日期',
    en: 'cell {cell} ({column}) "{value}" is before the first day',
  },
  E_CELL_ORGANIZATION: {
    zh: '单元格 {cell}（{column}）“{value}”不是已有组织的代码、名称或简称。相近的：{near}',
    en: 'cell {cell} ({column}) "{value}" is no code, name or short name of an organisation. Similar: {near}',
  },
  E_CELL_ORGANIZATION_AMBIGUOUS: {
    zh: '单元格 {cell}（{column}）“{value}”可能是：{candidates}。请改填代码',
    en: 'cell {cell} ({column}) "{value}" may be any of {candidates}: give the code',
  },
  E_CELL_SYSTEM: {
    zh: '单元格 {cell}（{column}）不是已登记的系统名称或标识。请先登记系统，或用 system list 查看',
    en: 'cell {cell} ({column}) names no registered system, neither by id nor by name. Register it first, or see system list',
  },
  E_CELL_SYSTEM_AMBIGUOUS: {
    zh: '单元格 {cell}（{column}）对应多个系统，请改填系统标识，或加“所属单位”列',
    en: 'cell {cell} ({column}) fits several systems: give the id instead of the name, or a column 所属单位',
  },
  E_CELL_PROJECT: {
    zh: '单元格 {cell}（{column}）不是本单位已登记项目的名称、标识或批复文号。请先登记项目，或用 project list 查看',
    en: 'cell {cell} ({column}) names no registered project of the unit, neither by id, title nor approval number. Register it first, or see project list',
  },
  E_CELL_PROJECT_AMBIGUOUS: {
    zh: '单元格 {cell}（{column}）对应多个项目，请改填项目标识',
    en: 'cell {cell} ({column}) fits several projects: give the id',
  },
  E_CELL_ACCOUNT: {
    zh: '单元格 {cell}（{column}）“{value}”不是平台账号：账号由字母、数字和符号组成，没有空格；没有账号就留空',
    en: 'cell {cell} ({column}) "{value}" is no account, which is letters, digits and signs without blanks; leave it empty if there is none',
  },
  E_CELL_XINCHUANG: {
    zh: '单元格 {cell}（{column}）“{value}”与系统登记的不一致：登记为“{registered}”，选池以登记为准。请改填，或先更正登记（system import）',
    en: 'cell {cell} ({column}) "{value}" is not what the system is registered with, "{registered}", by which pools are chosen: change one of the two (system import)',
  },
  E_CELL_ALLOCATION: {
    zh: '单元格 {cell}（{column}）不是该系统现有资源分配的名称或受理编号，用 allocation list 查看；多个以顿号分隔',
    en: 'cell {cell} ({column}) names no allocation that the system has, neither by name nor by serial number: see allocation list; several are separated by commas',
  },
  E_CELL_MANY: {
    zh: '单元格 {cell}（{column}）至多列 {highest} 个',
    en: 'cell {cell} ({column}) lists more than {highest}',
  },
  E_FORM_FIELD: {
    zh: '明细表以上没有“{column}”一栏。请用 govcloud request template 生成的表',
    en: 'there is no field {column} above the table: use the form that govcloud request template makes',
  },
  E_FORM_FIELD_TWICE: {
    zh: '“{column}”一栏在 {cells} 填了不止一次，请只留一处',
    en: 'the field {column} stands more than once, in {cells}: keep one',
  },
  E_FORM_LINES: {
    zh: '表头（第 {row} 行）以下应有 1 到 {highest} 行申请明细，实有 {count} 行',
    en: 'below the header (row {row}) there must be 1 to {highest} lines of what is asked for, there are {count}',
  },
  E_STOCK_ITEM: {
    zh: '单元格 {cell}（{column}）“{value}”不在服务目录中。可用：{known}',
    en: 'cell {cell} ({column}) "{value}" is not in the catalogue. There are: {known}',
  },
  E_STOCK_SPECIFICATION: {
    zh: '单元格 {cell}（{column}）中的“{part}”不合服务“{item}”的规格格式，应如：{example}',
    en: 'cell {cell} ({column}): "{part}" does not fit the form for {item}, which is like {example}',
  },
  E_STOCK_QUANTITY: {
    zh: '单元格 {cell}（{column}）“{value}”应为 1 到 {highest} 的整数',
    en: 'cell {cell} ({column}) "{value}" must be an integer from 1 to {highest}',
  },
  E_STOCK_ADDRESS: {
    zh: '单元格 {cell}（{column}）“{part}”不是 IP 地址或“起-止”地址段',
    en: 'cell {cell} ({column}) "{part}" is no IP address, nor a range first-last',
  },
  E_STOCK_CHANGED: {
    zh: '第 {row} 行与已提交的 {import} 第 {other} 行是同一项，内容却不同。导入只增不改：该批尚未批准就先请批复人退回，已入账的用变更或退回申请办理',
    en: 'row {row} is about the same as row {other} of {import}, and says otherwise. An import adds and never changes: have that batch rejected if it still waits; what is in the books is changed or released by a request',
  },
  E_ORGANIZATION_KIND: {
    zh: '单元格 {cell}（{column}）：市没有上级，其他组织必须有',
    en: 'cell {cell} ({column}): the city has no organisation above it, every other one has',
  },
  E_ORGANIZATION_DECLARED: {
    zh: '第 {row} 行的组织 {code} 已有，内容不同。请改它在城市目录里的声明',
    en: 'row {row}: organisation {code} is there already and differs. Edit its declaration in the city’s folder',
  },
});
export type OfficeErrorCode = keyof typeof officeErrors;

/** Answers that a cell may have. */
export const answers = defineMessages({
  yes: { zh: '是', en: '是 (yes)' },
  no: { zh: '否', en: '否 (no)' },
  either: { zh: '是、否', en: '是 (yes), 否 (no)' },
});

/** Why a row of the file is none of its table. */
export const skipReasons = defineMessages({
  total: { zh: '合计行', en: 'a total' },
  note: { zh: '说明或落款', en: 'a note' },
  section: { zh: '分节标题', en: 'a heading' },
  numbering: { zh: '栏次行', en: 'column numbers' },
  header: { zh: '重复的表头', en: 'the header again' },
  example: { zh: '示例行', en: 'an example' },
  blank: { zh: '空行', en: 'blank' },
});

/** What the column 导入结果 says of a row. */
export const importResults = defineMessages({
  column: { zh: '导入结果', en: 'Import result' },
  created: { zh: '已登记', en: 'registered' },
  changed: { zh: '已更新', en: 'updated' },
  same: { zh: '未变', en: 'unchanged' },
  sent: { zh: '已提交 {import}，等待批复', en: 'handed in with {import}, waits for approval' },
  known: { zh: '此前已提交（{import}）', en: 'handed in before ({import})' },
  declared: { zh: '已写成声明', en: 'declared' },
  tried: { zh: '可以导入（试运行，未写入）', en: 'could be imported (dry run, nothing was written)' },
  skipped: { zh: '跳过：{why}', en: 'skipped: {why}' },
  refused: { zh: '未导入：{reasons}', en: 'not imported: {reasons}' },
});

/** What the application form calls its cells; the Chinese is a name that its reader knows. */
export const formFields = defineMessages({
  unit: { zh: '申请单位', en: 'Unit' },
  system: { zh: '信息系统', en: 'System' },
  project: { zh: '项目', en: 'Project' },
  zone: { zh: '网络区', en: 'Zone' },
  arch: { zh: '架构', en: 'Architecture' },
  until: { zh: '使用期限', en: 'Until' },
  reason: { zh: '事由', en: 'Reason' },
  person: { zh: '经办人', en: 'Person' },
  phone: { zh: '联系电话', en: 'Phone' },
  reviewer: { zh: '单位审核人', en: 'Reviewer of the unit' },
  account: { zh: '经办人账号', en: 'Account of the person' },
  classified: { zh: '是否涉密', en: 'Classified' },
  xinchuang: { zh: '是否信创', en: 'Xinchuang' },
  recoveryOf: { zh: '灾备对象', en: 'Recovery of' },
  apartFrom: { zh: '反亲和对象', en: 'Apart from' },
  item: { zh: '服务', en: 'Service' },
  specification: { zh: '规格', en: 'Specification' },
  quantity: { zh: '数量', en: 'Quantity' },
});

/** What a cell of the form says when it is chosen. */
export const formHints = defineMessages({
  unit: { zh: '全称、简称或组织代码', en: 'name, short name or code of the organisation' },
  system: { zh: '已登记系统的名称或标识', en: 'name or id of a registered system' },
  project: {
    zh: '已批复项目的名称、标识或批复文号',
    en: 'title, id or approval number of an approved project',
  },
  until: { zh: '到期日，如 2027-12-31', en: 'last day, like 2027-12-31' },
  account: { zh: '政务云平台账号，没有就留空', en: 'account on the platform, empty if there is none' },
  xinchuang: { zh: '须与系统登记一致，可留空', en: 'as the system is registered; may be empty' },
  recoveryOf: {
    zh: '为本系统的哪些资源作灾备：分配名称或受理编号，多个以顿号分隔。将放在另一网络区',
    en: 'allocations of the system, or serial numbers, that this is the recovery of: it goes to another zone',
  },
  apartFrom: {
    zh: '须与本系统的哪些资源分开：分配名称或受理编号，多个以顿号分隔。将放在另一资源池',
    en: 'allocations of the system, or serial numbers, that this is kept apart from: it goes to another pool',
  },
  specification: {
    zh: '按“选项”表中该服务的样例填写，如 8核/16GB/200GB',
    en: 'as the example of the service on the second sheet, like 8核/16GB/200GB',
  },
  quantity: { zh: '整数，按该服务的计量单位', en: 'whole number of the units of the service' },
});

/** What else stands on the application form. */
export const formTexts = defineMessages({
  sheet: { zh: '申请表', en: 'Form' },
  lists: { zh: '选项', en: 'Choices' },
  title: { zh: '政务云资源申请表', en: 'Application for resources of the city cloud' },
  howTo: {
    zh: '填表说明：带 * 的必填。可以下拉选择，也可以按平时的叫法填写。一份表只申请一个系统的资源',
    en: 'What has * must be filled in. Choose from the lists, or write names as you know them. A form is for one system',
  },
  anyArch: { zh: '不限', en: 'any' },
  notClassified: { zh: '否', en: 'no' },
  number: { zh: '序号', en: 'No.' },
  exampleRow: { zh: '示例', en: 'example' },
  example: { zh: '规格样例', en: 'Example of a specification' },
  unitOfItem: { zh: '计量单位', en: 'Unit' },
  parts: { zh: '规格各部分', en: 'Parts of the specification' },
  allocation: { zh: '现有资源', en: 'What there is' },
  allocationOf: { zh: '现有资源说明', en: 'What that is' },
  notes: {
    zh: '注：vCPU 按核，内存和存储按 GB（1 GB = 1,024 MB，1 T = 1,024 GB）。数量是台、实例等的个数，规格是每个的大小。价格按提交时的目录价计算',
    en: 'vCPU in cores, memory and disks in GB of 1,024 MB, 1 T is 1,024 GB. The quantity counts machines or instances, the specification is the size of each. Prices are those of the day it is submitted',
  },
  stamp: {
    zh: '单位盖章：　　　　　　　　　　单位负责人签字：　　　　　　　　　　日期：',
    en: 'stamp of the unit, signature of its head, date',
  },
});
