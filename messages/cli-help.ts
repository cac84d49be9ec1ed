import { defineMessages } from './index.ts';

/** What the program is, and its topics and commands, by their words. */
export const programHelp = defineMessages({
  summary: {
    zh: '政务云：申请、审批、开通、计量一座城市的云资源',
    en: 'government cloud: ask for, approve, give and count the resources of a city’s cloud',
  },
});

export const topicHelp = defineMessages({
  allocation: { zh: '已批准的资源分配', en: 'what was granted' },
  audit: { zh: '审计', en: 'the audit chain' },
  books: { zh: '账本', en: 'the books' },
  capacity: { zh: '容量', en: 'capacity' },
  catalog: { zh: '服务目录', en: 'the catalogue of services' },
  cluster: { zh: '成员集群', en: 'member clusters' },
  org: { zh: '组织', en: 'organisations' },
  project: { zh: '已批复的项目', en: 'approved projects' },
  quota: { zh: '额度', en: 'quotas' },
  report: { zh: '报表', en: 'reports' },
  request: { zh: '资源申请', en: 'requests for resources' },
  review: { zh: '审批', en: 'reviews' },
  system: { zh: '政务信息系统', en: 'information systems' },
  usage: { zh: '用量', en: 'what is used of what was granted' },
});

export const commandHelp = defineMessages({
  'allocation accept': {
    zh: '验收已交付的资源；验收后开始计价',
    en: 'accept what was delivered; its price starts then',
  },
  'allocation credentials': { zh: '显示交付的凭据', en: 'show the credentials that were delivered' },
  'allocation deliver': {
    zh: '交付人工工单，附凭证文件',
    en: 'deliver a work order, with a file as evidence',
  },
  'allocation import': {
    zh: '由 .csv 或 .xlsx 导入存量（列见说明），等待批复',
    en: 'hand in opening stock from .csv or .xlsx (its columns are below) for approval',
  },
  'allocation list': {
    zh: '有哪些资源、到何时、依据什么批准、什么价格',
    en: 'what there is, until when, by which approval, at what price',
  },
  'allocation erase': {
    zh: '批准清除释放后保留的磁盘，须写明理由；保留期满后才可',
    en: 'decide that the disks retained after a release are erased, with the reason; only once their retention is over',
  },
  'allocation hold': {
    zh: '冻结：解除前不释放、不清除，须写明理由',
    en: 'set a legal hold, with the reason: nothing is released or erased until it is lifted',
  },
  'allocation keep': {
    zh: '撤回划转的同意',
    en: 'agree no longer that an allocation is transferred',
  },
  'allocation transfer': {
    zh: '同意把一项资源分配划转给另一组织；随后由对方申请（request transfer）',
    en: 'agree that an allocation is transferred to another organisation, which then asks for it (request transfer)',
  },
  'allocation unhold': { zh: '解除冻结，须写明理由', en: 'lift a legal hold, with the reason' },
  'allocation print': {
    zh: '打印验收单（A4）：申请与交付、试用期、检查、双方意见',
    en: 'print the acceptance form (A4): what was asked for and given, its trial, checks, the opinions of both sides',
  },
  'allocation refuse': { zh: '拒绝验收，须写明理由', en: 'refuse what was delivered, with the reason' },
  'allocation show': { zh: '查看一项资源分配', en: 'show an allocation' },
  'audit checkpoint': {
    zh: '核对审计链，并把链尾签名后存入账本之外的文件（每日运行）',
    en: 'walk the audit chain and keep its signed end in a file outside the books (run it daily)',
  },
  'audit key': {
    zh: '为核对点的签名生成 SM2 密钥（私钥 FILE，公钥 FILE.pub）',
    en: 'make an SM2 key to sign checkpoints with (private FILE, public FILE.pub)',
  },
  'audit list': { zh: '查看最新的审计记录', en: 'list the newest audit records' },
  'audit reviewers': {
    zh: '找出存疑的意见：审批人与录入人、经办人或另一审批人同名，或审计链中没有本人提交的记录',
    en: 'find decisions in doubt: by somebody of the requester’s, applicant’s or another reviewer’s name, or not written by their reviewer',
  },
  'audit verify': {
    zh: '逐条核对审计链，指出第一处问题',
    en: 'walk the audit chain and name the first fault',
  },
  'books verify': { zh: '由分录重算账本余额', en: 'recompute the balances of the books from their entries' },
  'capacity destroy': {
    zh: '从集群删除由代码声明的整座城市（仍有用量的资源池不会被删）',
    en: 'delete the whole declared city from the hub (a pool in use is not deleted)',
  },
  'capacity history': { zh: '容量变更的历史', en: 'the runs that changed capacity' },
  'capacity preview': {
    zh: '预览：集群会怎样改动，影响到谁',
    en: 'what would change on the hub, and whom it would hit',
  },
  'capacity refresh': {
    zh: '看集群是否被直接改过，并把现状记入状态',
    en: 'see whether somebody edited the hub, and take it into the state as it is',
  },
  'capacity show': { zh: '各资源池的限额、已用、占用、可用', en: 'limit, used, held and free of each pool' },
  'capacity up': {
    zh: '把集群改成所声明的样子：先预览，再确认',
    en: 'make the hub as it is declared: a preview first, then a question',
  },
  'catalog list': { zh: '列出服务', en: 'list the services' },
  'catalog show': {
    zh: '查看一项服务的参数、价格与申请写法',
    en: 'show a service: parameters, prices, how to ask for it',
  },
  'cluster list': { zh: '列出成员集群及其健康', en: 'list the member clusters and their health' },
  dashboard: {
    zh: '在本机打开看板：容量、用量、申请、待办、组织、指标（以当前身份）',
    en: 'open the dashboard on this machine: capacity, use, requests, to do, organisations, indicators, as yourself',
  },
  completion: { zh: '输出补全脚本（bash、zsh、fish）', en: 'print a completion script (bash, zsh, fish)' },
  doctor: {
    zh: '逐项检查时钟、凭据、准入规则、操作器、成员、账本、审计链、主集群审计日志与磁盘，指出问题与处理办法',
    en: 'look at clocks, credentials, admission rules, operator, members, books, audit chain, the hub’s audit log and disk, and say what to do',
  },
  down: { zh: '停止本地城市', en: 'stop the local city' },
  logs: { zh: '查看本地城市的日志', en: 'show logs of the local city' },
  'org import': {
    zh: '把 .csv 或 .xlsx 里的组织写成城市目录的声明（列见说明），不写入集群',
    en: 'turn the organisations of a .csv or .xlsx file (its columns are below) into declarations for the city’s folder',
  },
  'org tree': { zh: '组织树', en: 'the organisations as a tree' },
  'project import': {
    zh: '由 .csv 或 .xlsx 登记已批复的项目（列见说明）',
    en: 'register approved projects from .csv or .xlsx (its columns are below)',
  },
  'project list': { zh: '列出项目', en: 'list projects' },
  'project show': { zh: '查看一个项目', en: 'show a project' },
  'quota lend': {
    zh: '把一个组织或系统的额度借给另一个，到期自行归还；--dry-run=server 只看影响',
    en: 'lend from one organisation or system to another until a day, on which it returns by itself; --dry-run=server shows the effect alone',
  },
  'quota return': {
    zh: '提前归还借出的额度，自今日起；写数量则只归还这一部分',
    en: 'have a loan return before its day, from today on; with amounts, that part of it alone',
  },
  'quota set': {
    zh: '下达或调整限额与软限额；--dry-run=server 只看影响',
    en: 'give or change limits and soft limits; --dry-run=server shows the effect alone',
  },
  'quota show': { zh: '查看一个组织及其系统的额度', en: 'show the quota of an organisation and its systems' },
  'quota tree': { zh: '按组织树查看额度', en: 'show quotas along the tree of organisations' },
  'quota why': {
    zh: '额度被谁占用，何时或由谁可以腾出',
    en: 'who takes a quota, and what or who would free some of it',
  },
  'request attachment': {
    zh: '取回申请的盖章件，先核对其 SM3 摘要',
    en: 'give back the stamped form of a request, checked against its SM3 digest',
  },
  'request create': {
    zh: '新建申请：选项、清单或单位的申请表；--dry-run 显示价格、资源池与对各级额度的影响',
    en: 'make a request, of flags, a manifest or a unit’s form; --dry-run shows price, pool and the effect on each quota level',
  },
  'request print': {
    zh: '打印审批表（A4），含各环节意见',
    en: 'print the approval form (A4), with the opinion of each step',
  },
  'request template': {
    zh: '生成本组织的申请表（xlsx），填好后用 request create -f 录入',
    en: 'make the organisation’s application form (xlsx), to be filled in and read by request create -f',
  },
  'request edit': {
    zh: '修改申请：选项、-f 文件或编辑器',
    en: 'edit a request: by flags, -f FILE, or in an editor',
  },
  'request list': { zh: '列出申请', en: 'list requests' },
  'request placement': {
    zh: '查看资源池是怎样选出的：每个池的过滤、得分与原因；--replay 按账本所存重新计算',
    en: 'show how the pool was chosen: filters, score and reasons of each; --replay decides again on what the books hold',
  },
  'request quota': {
    zh: '申请追加本组织的额度，与其他申请一样审批；批准后自动加到额度上，到期失效',
    en: 'ask for more quota for the organisation, reviewed like any request; once granted it is added to the quota, and lapses with its term',
  },
  'request release': { zh: '申请释放一项资源分配', en: 'ask to release an allocation' },
  'request renew': { zh: '申请延长一项资源分配的期限', en: 'ask for a longer term of an allocation' },
  'request suspend': {
    zh: '申请停用一项资源分配：机器停止，磁盘和额度保留',
    en: 'ask to suspend an allocation: its machines stop, disks and quota are kept',
  },
  'request transfer': {
    zh: '申请接收另一组织同意划转的资源分配；对象、数据和地址不变，额度与费用自批准之日起归本组织',
    en: 'ask for what another organisation has agreed to transfer: objects, data and addresses stay, quota and cost are this organisation’s from the day of the grant on',
  },
  'request resume': { zh: '申请恢复一项已停用的资源分配', en: 'ask to resume a suspended allocation' },
  'request resize': { zh: '申请变更一项资源分配的数量或规格', en: 'ask for another size of an allocation' },
  'report capacity': {
    zh: '容量报表：各网络区、组织、系统的已用、占用、可用，预计用满日期，已批未建',
    en: 'capacity by zone, organisation and system, when pools run full, what is approved and not built',
  },
  'report idle': {
    zh: '建而不用报表：按现行规则判为闲置的资源、证据与可节省的',
    en: 'what was built and is not used, by the policy in force, with the evidence and what it would save',
  },
  'report indicators': {
    zh: '规划指标报表：当前值、目标、计算方法，未填报的另列',
    en: 'indicators of the plan: value, target, formula, and what nobody has reported',
  },
  'report use': {
    zh: '用量报表：各资源分配的批准量、平均、95 分位、最高、覆盖率',
    en: 'use of what was granted, by allocation: mean, 95th percentile, highest, coverage',
  },
  'report requests': {
    zh: '申请办理报表：各环节在办件数、时长与期限，期间办理情况',
    en: 'requests by step and age against their deadline, and what was decided within a period',
  },
  'request show': { zh: '查看一份申请', en: 'show a request' },
  'request submit': {
    zh: '提交草稿，或再次提交被退回的申请',
    en: 'submit a draft, or a returned request once more',
  },
  'request watch': { zh: '跟踪一份申请的状态变化', en: 'follow the states of a request' },
  'request why': {
    zh: '一屏说明：在哪一步、等谁、谁能办、全部原因',
    en: 'in one screen: where it stands, what it waits for, who can move it, all reasons',
  },
  'request withdraw': { zh: '撤回申请，不可恢复', en: 'withdraw a request, for good' },
  'review approve': { zh: '通过当前环节', en: 'approve the open step' },
  'review delegate': {
    zh: '委托他人在一段时间内代办一个环节；--reviewer 由安全管理员为离岗的审批人指定代办人',
    en: 'let somebody stand in on a step for a time; with --reviewer the security administrator does it for one who is gone',
  },
  'review delegations': { zh: '列出委托', en: 'list who stands in for whom' },
  'review undelegate': { zh: '撤销委托', en: 'end a delegation' },
  'review list': {
    zh: '等待我审批的事项，先到期的在前',
    en: 'what waits for my decision, what is due first first',
  },
  'review reject': { zh: '不予通过，须写明理由', en: 'reject, with the reason' },
  'review return': { zh: '退回修改，须写明理由', en: 'send back, with the reason' },
  'review show': { zh: '查看待审批的事项', en: 'show what is to be decided' },
  status: { zh: '查看本地城市的状态', en: 'show the state of the local city' },
  'system import': {
    zh: '由 .csv 或 .xlsx 登记政务信息系统（列见说明）',
    en: 'register information systems from .csv or .xlsx (its columns are below)',
  },
  'system list': { zh: '列出政务信息系统', en: 'list information systems' },
  'system show': { zh: '查看一个政务信息系统', en: 'show an information system' },
  up: { zh: '启动本地城市，或接着上次的继续', en: 'start the local city, or go on with it' },
  'usage answer': {
    zh: '答复一项用量发现：将释放、将变更规格，或申诉并写明理由',
    en: 'answer a finding of use: it will be released, will be resized, or you appeal and say why',
  },
  'usage findings': {
    zh: '用量发现的待办清单：判定了什么、等谁、何时到期；给出名称则查看一项及其证据',
    en: 'findings of use as a work list: what was found, whom it waits for, until when; with a name that one and its evidence',
  },
  'usage idle': {
    zh: '最近用得很少的资源分配（按现行判定标准），收回可省多少',
    en: 'allocations that were hardly used of late, by the policy in force, and what giving them back would save',
  },
  'usage judge': {
    zh: '裁定对用量发现的申诉：维持或撤销该发现，须写明理由',
    en: 'judge an appeal against a finding of use: the finding stands or is dropped, with the reason',
  },
  'usage rightsize': {
    zh: '规格过大或过小的资源分配，建议规格、依据和可省多少',
    en: 'allocations that are too large or too small, with a recommended size, why, and what it saves',
  },
  'usage show': {
    zh: '各资源分配的用量（缺省为最近 30 天），含覆盖率和依据的序列',
    en: 'what allocations used (the last 30 days unless told otherwise), with coverage and the series behind it',
  },
  version: { zh: '客户端与服务器的版本', en: 'versions of client and server' },
});

/** More about a command, below its usage. */
export const commandDetails = defineMessages({
  'request list': {
    zh: '办结的申请在集群中保留一段时间（缺省 90 天），之后只在账本中：用 --closed 列出账本中全部办结的申请。\nrequest show 按受理编号或名称都能查到。',
    en: 'Closed requests stay in the hub for a while (90 days unless the city decides otherwise), then in the books alone: --closed lists\nall that the books have. request show finds them by serial number or name.',
  },
  'allocation import': {
    zh: '列：系统*, 服务*, 规格*（如 8核16G；或 CPU、内存、存储三列）, 数量*, 区域*, 架构*, IP, 开通日期*, 依据文号*, 所属单位, 涉密\n列名可用常见叫法，表格可原样导入，见指南“表格导入”。',
    en: 'Columns: 系统* (system), 服务* (item), 规格* (like 8核16G; or columns CPU, 内存, 存储), 数量* (quantity), 区域* (zone), 架构* (arch), IP,\n开通日期* (opened on), 依据文号* (basis), 所属单位 (organisation), 涉密. Common other names will do, and the table as it is: see the guide, office tables.',
  },
  'org import': {
    zh: '列：代码*, 名称*, 类型*（市|县（市、区）|镇（街道）|部门）, 上级*, 生效日期*, 预算单位*（是|否）, 简称, 英文名称, 涉密\n组织以代码声明：输出 YAML，存入城市目录的 organizations/，再用 capacity preview、capacity up 生效。',
    en: 'Columns: 代码* (code), 名称* (name), 类型* (type), 上级* (above), 生效日期* (from), 预算单位* (budget unit), 简称 (aliases), 英文名称, 涉密\nOrganisations are code: the YAML goes into organizations/ of the city’s folder, then capacity preview and capacity up.',
  },
  'project import': {
    zh: '列：标识*, 名称*, 所属组织*, 批复文号*, 资金来源*（市财政|县财政|专项资金|单位自筹|其他）, 预算*（写明元或万元）, 开始日期*, 结束日期, 系统*, 英文名称, 涉密\n列名可用常见叫法，表格可原样导入，见指南“表格导入”。',
    en: 'Columns: 标识* (id), 名称* (title), 所属组织* (organisation), 批复文号* (approval number), 资金来源* (funding), 预算* (budget, with 元 or 万元),\n开始日期* (from), 结束日期 (until), 系统* (systems), 英文名称, 涉密. Common other names will do, and the table as it is: see the guide, office tables.',
  },
  'system import': {
    zh: '列：标识*, 名称*, 所属组织*, 层级*（省级统建|省市共建|市级统建|县级自建|部门自建）, 等保级别*, 备案号, 数据分级*（公开|内部|敏感）,\n用户数*, 芯片, 操作系统, 数据库, 信创（是|否）, 灾备等级（0-6）, 部署*（市政务云|部门自有|规划中）, 联系人*, 电话*, 英文名称, 规划出处, 期限, 涉密\n列名可用常见叫法，表格可原样导入，见指南“表格导入”。',
    en: 'Columns: 标识* (id), 名称* (name), 所属组织* (organisation), 层级* (level), 等保级别* (MLPS), 备案号 (filing), 数据分级* (data class),\n用户数* (users), 芯片 (chip), 操作系统 (OS), 数据库 (database), 信创 (Xinchuang), 灾备等级 (0-6), 部署* (hosting), 联系人* (contact), 电话* (phone), 英文名称,\n规划出处, 期限, 涉密. Common other names will do, and the table as it is: see the guide, office tables.',
  },
});

/** Arguments, by name. */
export const argumentHelp = defineMessages({
  account: {
    zh: '被拒理由中写的账户，或组织代码、名称；缺省为上下文的组织',
    en: 'account as a refusal names it, or an organisation’s code or name; the context’s if absent',
  },
  borrower: {
    zh: '借入方：组织代码、名称，或 组织/系统',
    en: 'who borrows: an organisation’s code or name, or organisation/system',
  },
  holder: {
    zh: '组织代码、名称，或 组织/系统',
    en: 'an organisation’s code or name, or organisation/system',
  },
  lender: {
    zh: '借出方：组织代码、名称，或 组织/系统',
    en: 'who lends: an organisation’s code or name, or organisation/system',
  },
  loan: { zh: '借出的名称，见 quota why', en: 'name of the loan, as quota why shows it' },
  allocation: {
    zh: '资源分配的名称，或所依据申请的受理编号',
    en: 'name of the allocation, or the serial number of its request',
  },
  file: { zh: '文件；- 为标准输入', en: 'file; - is stdin' },
  finding: { zh: '用量发现的名称', en: 'name of the finding' },
  giver: {
    zh: '移交单位代码/分配名称',
    en: 'code of who hands over, a slash, name of the allocation',
  },
  keyFile: { zh: '私钥文件，不得已存在', en: 'file for the private key, which must not exist' },
  name: { zh: '名称；申请也可用受理编号', en: 'name; of a request also its serial number' },
  organization: {
    zh: '组织代码或名称；缺省为上下文的组织',
    en: 'code or name of the organisation; the context’s if absent',
  },
  process: {
    zh: '进程名，见 status；缺省为 operator',
    en: 'name of the process, see status; operator if absent',
  },
  shell: { zh: 'bash、zsh 或 fish', en: 'bash, zsh or fish' },
});

/** Flags, by name: a name means the same wherever it stands. */
export const flagHelp = defineMessages({
  dir: { zh: '本地城市或容量状态的目录', en: 'folder of the local city, or of the state of capacity' },
  'hub-kubeconfig': {
    zh: '使用已有的主集群（其用户须有安装权限），不另行启动',
    en: 'use an existing hub, whose user may install there, instead of starting one',
  },
  tail: { zh: '末尾行数', en: 'lines from the end' },
  follow: { zh: '持续输出', en: 'go on with what is appended' },
  action: { zh: '只看这种动作', en: 'only this action' },
  actor: { zh: '只看这位操作者', en: 'only this actor' },
  all: {
    zh: '已了结的（已回收、已撤销、已关闭）也列出',
    en: 'those that are over (reclaimed, dismissed, closed) too',
  },
  appeal: { zh: '申诉，须写明理由', en: 'appeal, with the reason' },
  'all-namespaces': { zh: '所有组织', en: 'all organisations' },
  closed: {
    zh: '账本中办结的申请，包括集群中已不保留的',
    en: 'the closed requests of the books, those too that left the hub',
  },
  'applicant-account': { zh: '经办人账号', en: 'account of the person who asks' },
  'applicant-person': {
    zh: '经办人；缺省为系统联系人',
    en: 'person who asks; the system’s contact if absent',
  },
  'applicant-phone': {
    zh: '经办人电话；缺省为系统联系电话',
    en: 'their phone; the system’s contact if absent',
  },
  'applicant-reviewer': { zh: '申请单位审核人', en: 'the unit’s own reviewer' },
  'applicant-unit': {
    zh: '申请单位；缺省为组织名称',
    en: 'unit that asks; the organisation’s name if absent',
  },
  'apart-from': {
    zh: '反亲和：与同系统的这项资源分配不在同一资源池（可多次）',
    en: 'in another pool than this allocation of the system (may be repeated)',
  },
  arch: { zh: '处理器架构；缺省为不限', en: 'CPU architecture; any if absent' },
  attach: {
    zh: '盖章件：申请中记其 SM3 摘要，文件存入 GOVCLOUD_ATTACHMENTS 目录',
    en: 'stamped form: the request keeps its SM3 digest, the folder GOVCLOUD_ATTACHMENTS the file',
  },
  as: { zh: '以此用户的身份操作', en: 'act as this user' },
  'as-of': { zh: '该时刻的数字（日期或 RFC 3339）', en: 'figures of that moment (a day, or RFC 3339)' },
  city: {
    zh: '城市数据的目录；缺省为随附的汕尾市',
    en: 'folder of the city’s data; Shanwei’s, which comes along, if absent',
  },
  basis: { zh: '依据文号', en: 'the document it rests on' },
  vcpu: { zh: 'vCPU 核数', en: 'vCPU, in cores' },
  memory: { zh: '内存，如 200Gi', en: 'memory, like 200Gi' },
  ssd: { zh: 'SSD 块存储，如 2Ti', en: 'SSD block storage, like 2Ti' },
  hdd: { zh: 'HDD 块存储，如 2Ti', en: 'HDD block storage, like 2Ti' },
  soft: {
    zh: '软限额 名称=数量，取消为 名称=none（可多次）',
    en: 'soft limit, NAME=AMOUNT or NAME=none to take it away (may be repeated)',
  },
  loan: { zh: '借出的名称；缺省自动取', en: 'name of the loan; made up if absent' },
  client: { zh: '只看客户端', en: 'the client’s alone' },
  checkpoint: { zh: '库外保存的核对点 序号:链值', en: 'checkpoint kept outside the database, seq:hash' },
  checkpoints: { zh: '签名核对点的文件', en: 'file of signed checkpoints' },
  comment: { zh: '意见', en: 'comment' },
  context: { zh: 'kubeconfig 中的上下文', en: 'context of the kubeconfig' },
  dismiss: { zh: '撤销该发现', en: 'the finding is dropped' },
  'dry-run': {
    zh: 'client：本地按账本数字试算；server：另交 API 服务器校验；都不写入',
    en: 'client: worked out here on the books’ figures; server: also put before the API server; nothing is written',
  },
  export: {
    zh: '不打开，写成一个独立的 HTML 文件',
    en: 'write one HTML file that needs nothing else, instead',
  },
  evidence: { zh: '凭证文件', en: 'file that is the evidence' },
  filename: {
    zh: 'YAML 或 JSON 文件，或单位填的申请表（xlsx、csv）；- 为标准输入',
    en: 'file of YAML or JSON, or a unit’s form (xlsx, csv); - is stdin',
  },
  for: { zh: '等到这个状态（可多次）', en: 'until this state (may be repeated)' },
  from: { zh: '起始日期或时刻', en: 'from this day or moment' },
  uid: {
    zh: '分配的 uid，由移交单位告知；有权查看者可省略',
    en: 'uid of the allocation, as who hands over tells it; may be left out by who can look it up',
  },
  revision: {
    zh: '同意划转的修订号，由移交单位告知；有权查看者可省略',
    en: 'revision that was agreed to, as who hands over tells it; may be left out by who can look it up',
  },
  key: {
    zh: 'SM2 密钥文件（PEM）：签名用私钥，核对用公钥',
    en: 'SM2 key file (PEM): private to sign, public to check',
  },
  item: { zh: '服务=数量:参数=值,…（可多次）', en: 'service=quantity:parameter=value,... (may be repeated)' },
  kubeconfig: { zh: 'kubeconfig 文件', en: 'kubeconfig file' },
  lang: { zh: '语言：zh 或 en', en: 'language: zh or en' },
  late: { zh: '只列已超期的', en: 'only what is overdue' },
  limit: { zh: '最多多少条；0 为全部', en: 'at most so many; 0 is all' },
  mine: { zh: '只看等我办理的', en: 'only what waits for me' },
  namespace: { zh: '组织的命名空间，gov-<代码>', en: 'namespace of the organisation, gov-<code>' },
  out: { zh: '写入此文件；缺省为标准输出', en: 'write to this file; stdout if absent' },
  section: { zh: '只要报表的这一节', en: 'only this section of the report' },
  bom: { zh: 'CSV 以 BOM 开头，供 Excel 识别', en: 'CSV that begins with a BOM, for Excel' },
  org: { zh: '组织代码或名称', en: 'organisation, by code or name' },
  'no-headers': { zh: '不显示表头', en: 'no header' },
  'recovery-of': {
    zh: '容灾：与同系统的这项资源分配不在同一网络区（可多次）',
    en: 'in another zone than this allocation of the system (may be repeated)',
  },
  replay: {
    zh: '按账本所存重新计算；结论不同则退出码为 1',
    en: 'decide again on what the books hold; exit 1 where that comes out otherwise',
  },
  result: {
    zh: '把导入的表另存一份，加“导入结果”列，格式不变',
    en: 'keep a copy of the table with a column 导入结果 (import result), in the same format',
  },
  output: {
    zh: '输出格式：table、wide、json、yaml、name、jsonpath=模板；报表另有 csv、xlsx、html、pdf',
    en: 'format: table, wide, json, yaml, name, jsonpath=TEMPLATE; of reports also csv, xlsx, html, pdf',
  },
  json: { zh: '同 -o json', en: 'the same as -o json' },
  project: { zh: '已批复的项目', en: 'approved project' },
  quantity: { zh: '变更后的数量', en: 'quantity after the change' },
  'quota-arch': {
    zh: '追加该架构的额度；缺省为全部架构的',
    en: 'the quota of this architecture; that of all if absent',
  },
  'quota-zone': {
    zh: '追加该网络区的额度；缺省为全部网络区的',
    en: 'the quota of this zone; that of all if absent',
  },
  reason: { zh: '事由', en: 'reason' },
  release: { zh: '将释放', en: 'it will be released' },
  resize: { zh: '将变更规格', en: 'it will be resized' },
  repair: {
    zh: '账本与集群对不上时生成修复计划，由安全管理员用 review approve 批准',
    en: 'make a plan that brings books and hub together again; a security admin approves it with review approve',
  },
  'request-timeout': {
    zh: '等待答复的最长时间，如 30s；0 为不限',
    en: 'longest wait for an answer, like 30s; 0 is for ever',
  },
  selector: { zh: '标签选择器', en: 'label selector' },
  set: { zh: '变更后的参数 参数=值（可多次）', en: 'parameter=value after the change (may be repeated)' },
  stack: {
    zh: '城市的哪一个 stack，如 2020、2025；缺省为现行的那一个',
    en: 'which of the city’s stacks, such as 2020 or 2025; the one that stands if absent',
  },
  state: { zh: '只看这个状态（可多次）', en: 'only this state (may be repeated)' },
  subject: {
    zh: '只看这个对象：受理编号、申请或资源分配的名称、uid',
    en: 'only this subject: a serial number, name of a request or allocation, or uid',
  },
  submit: { zh: '立即提交', en: 'submit at once' },
  system: { zh: '政务信息系统', en: 'information system' },
  reviewer: { zh: '被代的审批人，默认为本人', en: 'whose step it is; by default one’s own' },
  standin: { zh: '代办人', en: 'who stands in' },
  step: { zh: '审批环节', en: 'step of review' },
  'on-behalf-of': {
    zh: '代哪位审批人办理；默认按委托',
    en: 'the reviewer that one stands in for; by default as delegated',
  },
  ticket: { zh: '只在审批票据仍为此值时提出意见', en: 'decide only while the ticket is this one' },
  timeout: { zh: '最长等待时间，如 5m', en: 'longest wait, like 5m' },
  to: {
    zh: '退回到：initial、technical 或 requester；截止日期或时刻；接收组织的代码',
    en: 'send back to initial, technical or requester; up to this day or moment; code of the organisation that receives it',
  },
  uphold: { zh: '维持该发现', en: 'the finding stands' },
  until: { zh: '截止日期（使用期限），YYYY-MM-DD', en: 'last day (of the term), YYYY-MM-DD' },
  watch: { zh: '列出后继续显示变化', en: 'go on with changes after the list' },
  yes: { zh: '不询问', en: 'do not ask' },
  zone: { zh: '网络区', en: 'zone' },
});

/** Headings of help. */
export const helpTexts = defineMessages({
  usage: { zh: '用法', en: 'USAGE' },
  topics: { zh: '主题', en: 'TOPICS' },
  commands: { zh: '命令', en: 'COMMANDS' },
  arguments: { zh: '参数', en: 'ARGUMENTS' },
  flags: { zh: '选项', en: 'FLAGS' },
  hubFlags: { zh: '连接与输出选项', en: 'FLAGS OF CONNECTION AND OUTPUT' },
  examples: { zh: '示例', en: 'EXAMPLES' },
  exitCodes: { zh: '退出码', en: 'EXIT CODES' },
  exits: {
    zh: '0 成功，1 故障，2 用法有误，3 被拒绝，4 额度或容量不足，5 冲突，6 不存在，7 超时，130 中断',
    en: '0 done, 1 failure, 2 usage, 3 refused, 4 quota or capacity, 5 conflict, 6 not found, 7 timeout, 130 interrupted',
  },
  more: { zh: '某个命令的用法：govcloud <命令> --help', en: 'about one command: govcloud COMMAND --help' },
  required: { zh: '必填', en: 'required' },
  oneOf: { zh: '可选 {values}', en: 'one of {values}' },
  default: { zh: '缺省 {value}', en: 'default {value}' },
});

/** Examples: the lines themselves need no translation. */
export const examples: Readonly<Record<string, readonly string[]>> = {
  'allocation import': ['govcloud allocation import stock.xlsx --result stock-result.xlsx'],
  'org import': ['govcloud org import 机构.xlsx > stacks/shanwei/organizations/new.yaml'],
  'project import': ['govcloud project import 项目.xlsx --dry-run=server --result 项目-结果.xlsx'],
  'system import': ['govcloud system import 系统.xlsx --result 系统-结果.xlsx'],
  'audit checkpoint': [
    'govcloud audit checkpoint --key auditor.pem --checkpoints /mnt/worm/checkpoints.jsonl',
  ],
  'audit verify': [
    'govcloud audit verify --checkpoints /mnt/worm/checkpoints.jsonl --key auditor.pem.pub',
    'govcloud audit verify --checkpoint 132:73e38df8…',
  ],
  'report capacity': [
    'govcloud report capacity',
    'govcloud report capacity --as-of 2026-06-30 --zone extranet -o json',
    'govcloud report capacity -o pdf --out capacity.pdf',
    'govcloud report capacity --section systems -o csv --bom --out systems.csv',
  ],
  'usage answer': [
    'govcloud usage answer req-abcde-vm-idle --release',
    'govcloud usage answer req-abcde-vm-idle --appeal --comment "…"',
  ],
  'usage findings': [
    'govcloud usage findings --mine',
    'govcloud usage findings -A --state Appealed',
    'govcloud usage findings req-abcde-vm-idle',
  ],
  'usage judge': ['govcloud usage judge req-abcde-vm-idle --uphold --comment "…"'],
  'usage show': [
    'govcloud usage show -A --from 2026-10-01 --to 2026-10-31',
    'govcloud usage show req-abcde-vm',
  ],
  'capacity preview': [
    'govcloud capacity preview --stack 2025',
    'govcloud capacity preview --stack 2025 -o json',
  ],
  'report idle': ['govcloud report idle'],
  'report indicators': ['govcloud report indicators'],
  'report use': ['govcloud report use --from 2026-10-01 --to 2026-10-31 -o xlsx --out use.xlsx'],
  'report requests': ['govcloud report requests --from 2026-06-01 --to 2026-06-30'],
  'capacity show': ['govcloud capacity show -o json', 'govcloud capacity show --as-of 2020-12-31'],
  'capacity up': ['govcloud --context cloud-engineer capacity up --stack 2025'],
  dashboard: ['govcloud dashboard', 'govcloud dashboard --export city.html'],
  completion: ['source <(govcloud completion bash)', 'govcloud completion fish | source'],
  'quota lend': [
    'govcloud quota lend 441500-jyj 441500-wjj --vcpu 40 --memory 80Gi --until 2027-03-31 --basis 汕政数〔2026〕21号',
  ],
  'quota return': [
    'govcloud quota return 441500-jyj 441500-wjj-20261201',
    'govcloud quota return 441500-jyj 441500-wjj-20261201 --vcpu 15 --dry-run=server',
  ],
  'quota set': [
    'govcloud quota set 441523 --vcpu 500 --soft vcpu=450 --basis 汕政数〔2026〕17号 --dry-run=server',
    'govcloud quota set 441523 --zone extranet --arch arm64 --vcpu 100 --memory 200Gi --basis 汕政数〔2026〕17号',
  ],
  'request create': [
    'govcloud request create --system quanmin-jiankang --project PROJECT --zone extranet --until 2027-12-31 --reason "…" \\\n      --item vm=6:vcpu=8,memoryGiB=32,diskGiB=200 --applicant-reviewer "…" --dry-run=client',
    'govcloud request create -f request.yaml --submit',
    'govcloud request create -f 申请表.xlsx --attach 盖章件.pdf --dry-run=client',
  ],
  'request template': ['govcloud request template -n gov-wjj -o 申请表.xlsx'],
  'request attachment': ['govcloud request attachment ZY-2026-000123 -o 盖章件.pdf'],
  'allocation print': ['govcloud allocation print zy-2026-000123-vm -o pdf --out 验收单.pdf'],
  'request print': ['govcloud request print ZY-2026-000123 -o pdf --out 审批表.pdf'],
  'request list': [
    'govcloud request list -A --state 待批复',
    'govcloud request list -w',
    'govcloud request list -A --closed',
  ],
  'request placement': ['govcloud request placement ZY-2026-000123 --replay'],
  'request quota': [
    'govcloud request quota --system quanmin-jiankang --project PROJECT --zone extranet --vcpu 100 --memory 200Gi \\\n      --until 2027-03-31 --reason "…" --applicant-reviewer "…" --dry-run=client',
  ],
  'request transfer': [
    'govcloud request transfer 441500-wjj/zy-2026-000001-vm --system jiaoyu-yun --project jyj-jiaoyu \\\n      --applicant-reviewer "…" --dry-run=client',
  ],
  'request resize': ['govcloud request resize req-abcde-vm --quantity 8 --submit'],
  'request watch': ['govcloud request watch ZY-2026-000123 --for PendingAcceptance --timeout 5m'],
  'review delegate': [
    'govcloud review delegate --standin approver-2 --step approval --from 2026-12-01 --until 2026-12-10 --reason "…"',
  ],
  'review return': ['govcloud review return ZY-2026-000123 --comment "…" --to initial'],
};
