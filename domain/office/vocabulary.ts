/**
 * How offices call things: the one list of column names and of words in cells. What stands first is what we call it;
 * of two columns that mean the same the one whose name stands earlier is read. Names are compared without blanks,
 * full-width forms, case and marks such as `*`, and without a unit in brackets, which is kept for the cells below it.
 */

export interface Column {
  readonly names: readonly [string, ...string[]];
  /** Whether the header must have it; whether a row must fill it is said where rows are read. */
  readonly required?: true;
  /** Columns of which one will do instead. */
  readonly unless?: readonly string[];
  /** An amount: a cell merged over several rows does not say how much each row has. */
  readonly amount?: true;
  /** A title that is not registered may be a classified one: no message repeats it. */
  readonly title?: true;
}

const organization = [
  '所属组织',
  '所属单位',
  '组织代码',
  '单位代码',
  '责任单位',
  '主管单位',
  '建设单位',
  '使用单位',
  '牵头单位',
  '申报单位',
  '单位名称',
  '单位',
  '所属部门',
  '部门',
  'organization',
] as const;
const classified = [
  '涉密',
  '是否涉密',
  '密级',
  '涉密情况',
  '是否涉密系统',
  '是否为涉密系统',
  'classified',
] as const;
const xinchuang = [
  '信创',
  '是否信创',
  '信创要求',
  '是否信创系统',
  '信创系统',
  '信创资源',
  '信创适配',
  '国产化',
  '是否国产化',
  '国产化要求',
  'xinchuang',
] as const;
const systemName = [
  '系统名称',
  '信息系统名称',
  '政务信息系统名称',
  '应用系统名称',
  '业务系统名称',
  '平台名称',
] as const;

export const SYSTEM_COLUMNS = {
  id: { names: ['标识', '系统标识', '系统编码', '系统代码', '编码', 'id'], required: true },
  name: {
    names: ['名称', ...systemName, '业务系统', '应用系统', '系统', 'name'],
    required: true,
    title: true,
  },
  organization: { names: organization, required: true },
  level: { names: ['层级', '建设层级', '系统层级', '建设级别', '建设方式', 'level'], required: true },
  mlps: {
    names: [
      '等保级别',
      '等保等级',
      '等级保护级别',
      '网络安全等级保护级别',
      '安全保护等级',
      '定级情况',
      '定级',
      '等保',
      'mlps',
    ],
    required: true,
  },
  dataClass: { names: ['数据分级', '数据级别', '数据安全级别', '数据分类分级', '数据类别'], required: true },
  users: {
    names: ['用户数', '用户数量', '目标用户数', '用户规模', '使用人数', '注册用户数', 'users'],
    required: true,
    amount: true,
  },
  hosting: { names: ['部署', '部署方式', '部署位置', '部署环境', '部署情况', 'hosting'], required: true },
  person: { names: ['联系人', '联系人姓名', '系统负责人', '负责人', '经办人', 'contact'], required: true },
  phone: {
    names: ['电话', '联系电话', '联系人电话', '手机号码', '手机', '联系方式', 'phone'],
    required: true,
  },
  filing: { names: ['备案号', '备案编号', '等保备案号', '备案证明编号', '备案证号'] },
  chip: { names: ['芯片', '芯片型号', '处理器', 'cpu型号', 'cpu'] },
  os: { names: ['操作系统', 'os'] },
  database: { names: ['数据库', '数据库类型', 'database'] },
  xinchuang: { names: xinchuang },
  grade: { names: ['灾备等级', '灾难恢复等级', '容灾等级', '灾备级别'] },
  english: { names: ['英文名称', '英文名', '系统英文名称'] },
  planRow: { names: ['规划出处', '规划依据'] },
  due: {
    names: ['期限', '完成期限', '完成时限', '完成时间', '计划完成时间', '建设期限', '上线时间', '建成时间'],
  },
  classified: { names: classified },
} as const satisfies Record<string, Column>;

export const PROJECT_COLUMNS = {
  id: { names: ['标识', '项目标识', '项目编码', '项目代码', '编码', 'id'], required: true },
  title: { names: ['名称', '项目名称', '项目', 'name'], required: true, title: true },
  organization: { names: organization, required: true },
  approval: {
    names: ['批复文号', '立项文号', '批复号', '立项批复文号', '批准文号', '文号', 'approval'],
    required: true,
  },
  funding: { names: ['资金来源', '经费来源', '资金渠道', 'funding'], required: true },
  budget: {
    names: ['预算', '预算金额', '项目预算', '批复金额', '概算', '总投资', '投资金额', '金额', 'budget'],
    required: true,
    amount: true,
  },
  from: { names: ['开始日期', '起始日期', '开始时间', '起始时间', '批复日期', '立项日期'], required: true },
  until: { names: ['结束日期', '截止日期', '终止日期', '结束时间', '截止时间', '完成时限', '完成时间'] },
  systems: {
    names: ['系统', '所含系统', '包含系统', '涉及系统', ...systemName, '建设内容'],
    required: true,
    title: true,
  },
  english: { names: ['英文名称', '英文名', '项目英文名称'] },
  classified: { names: [...classified, '是否涉密项目'] },
} as const satisfies Record<string, Column>;

export const STOCK_COLUMNS = {
  system: {
    names: ['系统', ...systemName, '所属系统', '业务系统', '应用系统', '名称', 'system'],
    required: true,
    title: true,
  },
  item: {
    names: ['服务', '服务名称', '云服务', '资源类型', '资源名称', '产品', '产品名称', 'item'],
    required: true,
  },
  specification: {
    names: ['规格', '配置', '规格型号', '资源规格', '主机配置', '规格参数'],
    required: true,
    unless: ['cpu', 'memory', 'disk'],
    amount: true,
  },
  cpu: { names: ['cpu', 'cpu核数', 'vcpu', 'vcpu数', '处理器', '核数', '处理器核数'], amount: true },
  memory: { names: ['内存', '内存大小', '内存容量', 'memory'], amount: true },
  disk: {
    names: ['存储', '存储容量', '硬盘', '硬盘容量', '磁盘', '磁盘容量', '数据盘', '容量', 'disk'],
    amount: true,
  },
  quantity: {
    names: ['数量', '台数', '实例数', '个数', '套数', '数目', 'quantity'],
    required: true,
    amount: true,
  },
  zone: { names: ['区域', '网络区', '网络区域', '所在区域', '部署区域', '资源区', 'zone'], required: true },
  arch: { names: ['架构', 'cpu架构', '处理器架构', '芯片架构', 'arch'], required: true },
  addresses: { names: ['IP', 'IP地址', '地址', 'IP地址段', '内网IP', 'address'] },
  openedOn: {
    names: ['开通日期', '开通时间', '上线日期', '上线时间', '启用日期', '启用时间', '交付日期'],
    required: true,
  },
  basis: { names: ['依据文号', '依据', '批复文号', '文号', '申请单号', '审批单号', 'basis'], required: true },
  organization: { names: organization },
  classified: { names: classified },
} as const satisfies Record<string, Column>;

export const ORGANIZATION_COLUMNS = {
  code: { names: ['代码', '组织代码', '单位代码', '机构代码', '编码', '标识', 'code'], required: true },
  name: {
    names: ['名称', '组织名称', '单位名称', '机构名称', '单位', '单位全称', '全称', 'name'],
    required: true,
  },
  type: { names: ['类型', '组织类型', '单位类型', '机构类型', '单位性质', '性质', 'type'], required: true },
  parent: {
    names: ['上级', '上级组织', '上级单位', '上级机构', '主管单位', '所属地区', '上级代码', 'parent'],
    required: true,
  },
  from: { names: ['生效日期', '成立日期', '生效时间', '成立时间', '设立日期', '起始日期'], required: true },
  budgetUnit: { names: ['预算单位', '是否预算单位', '一级预算单位'], required: true },
  aliases: { names: ['简称', '别名', '单位简称', '机构简称', '曾用名'] },
  english: { names: ['英文名称', '英文名'] },
  classified: { names: classified },
} as const satisfies Record<string, Column>;

/** What is asked for, in the table of a form. */
export const REQUEST_COLUMNS = {
  item: STOCK_COLUMNS.item,
  specification: STOCK_COLUMNS.specification,
  cpu: STOCK_COLUMNS.cpu,
  memory: STOCK_COLUMNS.memory,
  disk: STOCK_COLUMNS.disk,
  quantity: STOCK_COLUMNS.quantity,
} as const satisfies Record<string, Column>;

/** Who asks, and for what, in the cells above the table of a form: each stands behind its name. */
export const REQUEST_FIELDS = {
  unit: {
    names: ['申请单位', '申报单位', '使用单位', '申请部门', '单位名称', '单位', 'unit'],
    required: true,
  },
  system: {
    names: ['信息系统', '政务信息系统', ...systemName, '所属系统', '业务系统', '应用系统', '系统', 'system'],
    required: true,
    title: true,
  },
  project: {
    names: ['项目', '项目名称', '所属项目', '依据项目', '立项项目', '批复文号', '立项批复文号', 'project'],
    required: true,
    title: true,
  },
  zone: {
    names: ['网络区', '网络区域', '区域', '部署区域', '所在区域', '资源区', 'zone'],
    required: true,
  },
  arch: { names: STOCK_COLUMNS.arch.names },
  until: {
    names: ['使用期限', '使用期限至', '使用截止日期', '截止日期', '到期日期', '使用至', '期限', 'until'],
    required: true,
  },
  reason: {
    names: ['事由', '申请事由', '申请理由', '理由', '申请用途', '用途', '申请说明', 'reason'],
    required: true,
  },
  person: { names: ['经办人', '经办人姓名', '联系人', '联系人姓名', '申请人', 'person'], required: true },
  phone: {
    names: ['联系电话', '经办人电话', '联系人电话', '电话', '手机号码', '手机', '联系方式', 'phone'],
    required: true,
  },
  reviewer: {
    names: ['单位审核人', '审核人', '单位负责人', '部门负责人', '分管领导', 'reviewer'],
    required: true,
  },
  account: { names: ['经办人账号', '平台账号', '账号', 'account'] },
  classified: { names: classified },
  xinchuang: { names: xinchuang },
  recoveryOf: {
    names: ['灾备对象', '容灾对象', '灾备主用资源', '容灾主用资源', '主用资源', '灾备', '容灾', 'recoveryof'],
    title: true,
  },
  apartFrom: {
    names: [
      '反亲和对象',
      '反亲和',
      '反亲和要求',
      '互斥资源',
      '分开部署',
      '分散部署',
      '不同资源池',
      'apartfrom',
    ],
    title: true,
  },
} as const satisfies Record<string, Column>;

/** The column that a copy of the file gets, and that is not read. */
export const RESULT_COLUMN: ReadonlySet<string> = new Set(['导入结果', 'importresult']);

/** Columns that say nothing about anything: nobody need be told that they are not read. */
export const PLAIN_COLUMNS: ReadonlySet<string> = new Set(['序号', '编号', 'no', 'no.', '#', '备注', '说明']);

/** Words of cells besides what the CLI itself prints, by what they mean. */
export const LEVEL_WORDS = {
  provincial: ['省级', '省统建', '省建'],
  'provincial-city': ['省市联建'],
  city: ['市级', '市统建', '市本级', '全市统建'],
  county: ['县级', '区县级', '县自建', '县（市、区）自建', '区县自建'],
  department: ['部门', '自建', '部门建设', '单位自建', '市直部门自建'],
} as const;
export const DATA_CLASS_WORDS = {
  public: ['公开数据', '公共'],
  internal: ['内部数据', '一般', '一般数据'],
  sensitive: ['敏感数据', '重要', '重要数据'],
} as const;
export const HOSTING_WORDS = {
  'city-cloud': ['政务云', '市级政务云', '已上云', '云上', '市政务云平台'],
  department: ['本单位机房', '自建机房', '自有机房', '部门机房', '单位机房', '未上云'],
  planned: ['规划', '拟建', '未建', '待建', '新建'],
} as const;
export const FUNDING_WORDS = {
  'city-finance': ['市级财政', '市本级财政', '市财政资金', '财政资金（市级）'],
  'county-finance': ['县级财政', '县（市、区）财政', '区县财政', '县财政资金'],
  special: ['专项', '专项债', '中央专项', '省级专项', '上级专项资金'],
  department: ['自筹', '自筹资金', '单位自筹资金', '部门自筹'],
  other: ['其它'],
} as const;
export const ORGANIZATION_TYPE_WORDS = {
  city: ['地级市', '市级'],
  county: ['县', '区', '县区', '市辖区', '县级市', '功能区', '县级'],
  town: ['镇', '街道', '乡', '镇街', '乡镇', '镇级'],
  department: ['局', '委', '办', '市直部门', '市直单位', '县直部门', '事业单位', '直属单位', '单位'],
} as const;
/** What a form says where it asks for nothing in particular. */
export const ANY_WORDS = ['', '不限', '任意', '均可', '无要求', 'any', '/', '-', '—'] as const;
export const ARCH_WORDS = {
  amd64: ['x86', 'x86_64', 'x86-64', 'x86架构', 'intel', 'amd', '海光', '兆芯'],
  arm64: ['arm', 'aarch64', 'arm架构', '鲲鹏', '飞腾'],
} as const;
/** Whether a system must have Xinchuang, besides yes and no. */
export const XINCHUANG_WORDS = {
  required: ['信创', '国产化', '要求', '需要', '必须', '须信创'],
  notRequired: ['非信创', '非国产化', '不要求', '不需要', '无需'],
} as const;
export const YES_WORDS = ['是', '有', '√', '✓', 'y', 'yes', 'true', '1'] as const;
export const NO_WORDS = ['否', '无', '不是', '×', '✗', 'x', 'n', 'no', 'false', '0'] as const;
/** What a column that asks whether something is classified says when it is not. Everything else means that it is. */
export const UNCLASSIFIED_WORDS = [
  '',
  ...NO_WORDS,
  '非密',
  '非涉密',
  '不涉密',
  '未涉密',
  '公开',
  '内部',
  '/',
  '-',
  '—',
] as const;
/** A deadline that is none. */
export const NO_DEADLINE_WORDS = ['长期', '无', '无期限', '/', '-', '—'] as const;
/** A system that has no MLPS level yet is no answer to which one it has; a grade of recovery may be none. */
export const NO_GRADE_WORDS = ['', '无', '/', '-', '—'] as const;

/** A marking in a row of data: rather refuse a row too many, by its number, than keep a classified title. */
export const ROW_MARKING = /(?<![非不未])涉密|绝密|机密|秘密/;
/** A marking of the paper as a whole, as its head carries it: `机密★10年`. Forms that speak of secrets carry none. */
export const PAPER_MARKING =
  /(?:绝密|机密|秘密)★|^(?:绝密|机密|秘密)(?:级|件|文件)?$|密级[:：]?(?:绝密|机密|秘密)/;

const TOTAL = '合计|总计|小计|共计|累计|本页小计|本页合计|总数|汇总|total|subtotal|sum';
/** Rows that say something about the table and are none of its rows, by their first filled cell without blanks. */
export const TOTAL_ROW = new RegExp(`^(?:${TOTAL})(?:$|[:：(（\\d])`, 'i');
export const NOTE_ROW =
  /^(?:备注|注|注意|说明|填表说明|填报说明|填报要求|填报人|填报单位|填报日期|填报时间|填表人|填表日期|制表|制表人|制表单位|审核|审核人|审批人|单位负责人|分管领导|经办人|联系人|联系电话|单位盖章|单位\(盖章\)|盖章|note|notes|remark|remarks)\d*[:：]|^\d?注[:：]|^(?:以下空白|此行以下空白|\*+以下空白\*+)$/i;
export const EXAMPLE_ROW = /^(?:示例|样例|例|例如|填写示例|示范|example)\d*[:：]?$/i;
export const SECTION_ROW = /^[((]?[一二三四五六七八九十]{1,3}[))]?[、..]/;

/** Units in a column’s brackets, a cell or the line `单位：万元` above the table, as they are compared. */
export const MONEY_UNITS: Readonly<Record<string, bigint>> = {
  元: 100n,
  人民币元: 100n,
  万元: 1_000_000n,
  万: 1_000_000n,
  亿元: 10_000_000_000n,
  亿: 10_000_000_000n,
};
export const CORE_UNITS = ['核', 'c', 'core', 'cores', 'vcpu', 'vcpus', '核心', '个'] as const;
/** In MiB; GB means GiB and T 1,024 GiB, as in domain/quantity. */
export const SIZE_UNITS: Readonly<Record<string, bigint>> = {
  m: 1n,
  mb: 1n,
  mib: 1n,
  g: 1024n,
  gb: 1024n,
  gib: 1024n,
  t: 1_048_576n,
  tb: 1_048_576n,
  tib: 1_048_576n,
  p: 1_073_741_824n,
  pb: 1_073_741_824n,
  pib: 1_073_741_824n,
};
/** What a number of people, machines or things may be followed by. */
export const COUNT_UNITS = ['人', '户', '个', '台', '套', '次', '名', '家', '项', '实例'] as const;
/** What a part of a specification calls itself, by what it is. */
export const PART_WORDS = {
  cpu: ['cpu', 'vcpu', '处理器', '核数'],
  memory: ['内存', 'mem', 'memory', 'ram'],
  disk: ['硬盘', '磁盘', '系统盘', '数据盘', '存储', '云盘', '容量', 'disk', 'ssd', 'hdd'],
} as const;
