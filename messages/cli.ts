import { defineMessages } from './index.ts';

/** What goes wrong before anything is sent, or with what was asked for. The code is the key. */
export const cliErrors = defineMessages({
  E_COMMAND_UNKNOWN: { zh: '没有命令 {command}', en: 'there is no command {command}' },
  E_VERB_UNKNOWN: {
    zh: '{topic} 没有子命令 {verb}。可用：{known}',
    en: '{topic} has no verb {verb}. There are: {known}',
  },
  E_CHECKOUT_NEEDED: {
    zh: '{command} 要从源码运行：请取得 govcloud 的源码，在其中执行 make install，再执行 bin/govcloud {command}',
    en: '{command} is run from the sources: get a checkout of govcloud, run make install in it, then bin/govcloud {command}',
  },
  E_FLAG_UNKNOWN: { zh: '没有选项 {flags}', en: 'there is no flag {flags}' },
  E_FLAG_REQUIRED: { zh: '缺少 --{flag}', en: '--{flag} is missing' },
  E_FLAG_ONE_OF: {
    zh: '须给出其中一个，且只给一个：{flags}',
    en: 'give one of these, and only one: {flags}',
  },
  E_FLAG_VALUE: { zh: '--{flag} 需要一个值', en: '--{flag} needs a value' },
  E_FLAG_VALUES: { zh: '--{flag} 需要一个值：{values}', en: '--{flag} needs one of {values}' },
  E_FLAG_OPTION: {
    zh: '--{flag} 不能是“{value}”，可用：{values}',
    en: '--{flag} cannot be "{value}", it is one of {values}',
  },
  E_FLAG_ONCE: { zh: '--{flag} 只能出现一次', en: '--{flag} can be given only once' },
  E_FLAG_INTEGER: { zh: '“{value}”不是所要求的整数', en: '"{value}" is not an integer that is allowed here' },
  E_FLAG_DURATION: {
    zh: '--{flag} 的“{value}”不是时长，应如 30s、2m、1h30m',
    en: '--{flag} "{value}" is no duration; write it like 30s, 2m, 1h30m',
  },
  E_FLAG_DATE: {
    zh: '--{flag} 的“{value}”不是日期，应如 2027-12-31',
    en: '--{flag} "{value}" is no date; write it like 2027-12-31',
  },
  E_FLAGS_EXCLUSIVE: {
    zh: '--{flag} 与 --{other} 不能同时使用',
    en: '--{flag} and --{other} exclude each other',
  },
  E_ARG_OPTION: { zh: '不能是“{value}”，可用：{values}', en: 'cannot be "{value}", it is one of {values}' },
  E_ARGS_MISSING: { zh: '缺少参数 {args}', en: 'missing: {args}' },
  E_ARGS_UNEXPECTED: { zh: '多余的参数：{args}', en: 'unexpected: {args}' },
  E_USAGE: { zh: '命令行有误：{detail}', en: 'the command line is wrong: {detail}' },
  E_JSONPATH: {
    zh: 'JSONPath 模板“{template}”在“{where}”处有误',
    en: 'the JSONPath template "{template}" is wrong at "{where}"',
  },
  E_NAMESPACE_NEEDED: {
    zh: '上下文 {context} 没有指明组织。请用 -n gov-<组织代码>（见 org tree），或换一个上下文',
    en: 'context {context} names no organisation. Use -n gov-<code> (see org tree), or another context',
  },
  E_PLACEMENT_NONE: {
    zh: '账本中没有申请 {request} 的选池结论：尚未占用资源，或不需选池（续期、停用、恢复、释放、缩减），或在开始保存结论之前。用 request why 查看它在等什么',
    en: 'the books hold no placement of request {request}: nothing was held for it yet, or it stays in its pool and asks for no more, or it was held before placements were kept. See request why',
  },
  E_NOT_FOUND: { zh: '没有{kind} {name}', en: 'there is no {kind} {name}' },
  E_ACCOUNT_UNKNOWN: {
    zh: '账本中没有账户 {account}，或您看不到它。写法同拒绝理由方括号中所示：持有者/网络区/架构/资源，如 organisation/441523/*/*/vcpu',
    en: 'the books have no account {account}, or you may not see it. It is written as in the brackets of a refusal: holder, zone, arch, resource, such as organisation/441523/*/*/vcpu',
  },
  E_AMBIGUOUS: {
    zh: '{name} 不止一个，请指明其中之一：{candidates}',
    en: 'there is more than one {name}, name one of them: {candidates}',
  },
  E_REPORT_SECTION: {
    zh: '报表没有 {section} 一节；有：{known}',
    en: 'the report has no section {section}; it has {known}',
  },
  E_OUT_NEEDED: {
    zh: '{output} 不能显示在终端上：用 --out 文件，或重定向标准输出',
    en: '{output} is nothing for a terminal: name a file with --out, or redirect stdout',
  },
  E_OUT_FORMAT: {
    zh: '--out 用于 csv、xlsx、html、pdf；{output} 请重定向标准输出',
    en: '--out is for csv, xlsx, html and pdf; redirect stdout for {output}',
  },
  E_CHROMIUM: {
    zh: 'PDF 由 Chromium 打印，但没有找到（{detail}）。请安装 chromium，或用 GOVCLOUD_CHROMIUM 指明；也可用 -o html 自行打印',
    en: 'Chromium prints the PDF, and there is none ({detail}). Install chromium or name it in GOVCLOUD_CHROMIUM; or print what -o html gives',
  },
  E_CHROMIUM_FAILED: {
    zh: 'Chromium（{chromium}）未能打印：{detail}',
    en: 'Chromium ({chromium}) did not print: {detail}',
  },
  E_FLAG_AMOUNT: {
    zh: '--{flag} 的 {value} 不是数量：vCPU 写核数，如 100；其余写 200Gi、2Ti；软限额写 名称=数量，取消写 名称=none',
    en: '--{flag} {value} is no amount: vCPU in cores, like 100; the others like 200Gi or 2Ti; a soft limit as NAME=AMOUNT, or NAME=none to take it away',
  },
  E_QUOTA_NONE: {
    zh: '{holder} 在 {namespace} 中没有 {place} 的额度。先用 govcloud quota set 下达；借用只在同一上级下达的额度之间',
    en: '{holder} has no quota for {place} in {namespace}. Give one with govcloud quota set; loans are between quotas of one giver',
  },
  E_LOAN_PAST: {
    zh: '借用起始日 {from} 早于今天 {today}：过去的限额不改写',
    en: 'the loan begins on {from}, before today, {today}: limits of the past are not rewritten',
  },
  E_LOAN_ENDS: {
    zh: '归还日 {until} 早于起始日 {from}',
    en: 'the loan ends on {until}, before it begins on {from}',
  },
  E_LOAN_NAME: {
    zh: '已有名为 {name} 的借出。请用 --loan 另取名称，或先用 govcloud quota return 归还',
    en: 'there is a loan {name} already. Give another name with --loan, or return that one first with govcloud quota return',
  },
  E_MANIFEST: { zh: '清单无法读取：{detail}', en: 'the manifest cannot be read: {detail}' },
  E_MANIFEST_KIND: {
    zh: '清单应为 govcloud.dev/v1alpha1 ResourceRequest，实为 {kind}',
    en: 'the manifest must be a govcloud.dev/v1alpha1 ResourceRequest, it is {kind}',
  },
  E_CHECKPOINTS_NONE: {
    zh: '文件 {file} 中没有核对点。先用 govcloud audit checkpoint 存一个',
    en: 'file {file} has no checkpoint. Keep one first with govcloud audit checkpoint',
  },
  E_FILE_EXISTS: {
    zh: '文件 {file} 已存在，不会覆盖。请换一个名字',
    en: 'file {file} exists and is not overwritten. Give another name',
  },
  E_MANIFEST_EMPTY: { zh: '清单里没有申请', en: 'the manifest has no request' },
  E_MANIFEST_SIZE: {
    zh: '清单展开别名后超过 {most} 个值。请分成几个文件',
    en: 'the manifest has more than {most} values, aliases written out. Make several files of it',
  },
  E_MANIFEST_ONE: {
    zh: '这里的清单只能有一份申请，实有 {count} 份',
    en: 'the manifest here must have one request, it has {count}',
  },
  E_MANIFEST_NAME: {
    zh: '清单写的是 {given}，要修改的是 {name}',
    en: 'the manifest is of {given}, to be edited is {name}',
  },
  E_MANIFEST_NAMESPACE: {
    zh: '清单写的命名空间是 {given}，-n 写的是 {namespace}',
    en: 'the manifest says namespace {given}, -n says {namespace}',
  },
  E_FIELD: { zh: '字段 {path} {problem}', en: 'field {path} {problem}' },
  E_FIELD_MORE: {
    zh: '另有 {count} 处字段问题未列出：先改正上面的',
    en: '{count} more fields are wrong and not listed: mend those above first',
  },
  E_FILE: { zh: '文件 {file} 无法读取：{detail}', en: 'file {file} cannot be read: {detail}' },
  E_FILE_SIZE: {
    zh: '文件 {file} 超过 {most} MiB。请只留下需要的内容，或分成几个文件',
    en: 'file {file} is larger than {most} MiB. Keep only what is needed, or make several files of it',
  },
  E_EVIDENCE_EMPTY: {
    zh: '凭证文件 {file} 是空的。请给出能证明已交付的文件',
    en: 'the evidence file {file} is empty. Give a file that shows what was delivered',
  },
  E_OUTPUT_NAME: {
    zh: '这里没有可用 -o name 列出的对象；可用：table、wide、json、yaml、jsonpath=',
    en: 'there are no objects here that -o name could name; use table, wide, json, yaml or jsonpath=',
  },
  E_FILE_ACCESS: {
    zh: '{path} 无法读写（{detail}）。请检查路径、权限和剩余空间，或用 --dir 换一个目录',
    en: '{path} cannot be read or written ({detail}). Check the path, its permissions and the space left, or name another folder with --dir',
  },
  E_ITEM_SYNTAX: {
    zh: '“{text}”应写作 目录项=数量:参数=值,参数=值，如 vm=6:vcpu=8,memoryGiB=32,diskGiB=200',
    en: '"{text}" must be item=quantity:parameter=value,..., like vm=6:vcpu=8,memoryGiB=32,diskGiB=200',
  },
  E_PARAMETER_SYNTAX: { zh: '“{text}”应写作 参数=值', en: '"{text}" must be parameter=value' },
  E_NOTHING_TO_CHANGE: { zh: '没有给出要修改的内容', en: 'nothing to change was given' },
  E_CONFIRM: {
    zh: '{action}不可恢复。确认请加 --yes',
    en: '{action} cannot be undone. Add --yes to go on',
  },
  E_CONFIRM_CHANGE: {
    zh: '须先确认，未作任何改动。确认请加 --yes',
    en: 'this waits for a yes, and nothing was changed. Add --yes to go on',
  },
  E_DECLINED: { zh: '已放弃，未作任何改动', en: 'given up, nothing was changed' },
  E_EDITOR: { zh: '编辑器 {editor} 失败（{detail}）', en: 'the editor {editor} failed ({detail})' },
  E_REQUEST_STATE: {
    zh: '申请 {request} 现为“{state}”，不能这样操作',
    en: 'request {request} is "{state}": this cannot be done now',
  },
  E_RETAINED_UNTIL: {
    zh: '资源分配 {allocation} 的磁盘保留至 {until}，其后才可批准清除',
    en: 'the disks of allocation {allocation} are kept to {until}: their erasure can be decided after that day',
  },
  E_ALLOCATION_STATE: {
    zh: '资源分配 {allocation} 现为“{state}”，不在待验收状态',
    en: 'allocation {allocation} is "{state}", it does not wait for acceptance',
  },
  E_NOT_DELIVERED: {
    zh: '资源分配 {allocation} 现为“{state}”，尚未交付，没有可验收的内容；申请的审批表见 govcloud request print',
    en: 'allocation {allocation} is "{state}" and not delivered yet: there is nothing to accept. The approval form is by govcloud request print',
  },
  E_REVIEW_CLOSED: {
    zh: '{request} 现为“{state}”，没有等待审批的步骤',
    en: '{request} is "{state}": no step waits for a decision',
  },
  E_REPAIR_UNPLANNED: {
    zh: '操作器尚未给出修复计划。请查看它是否在工作（govcloud doctor），稍后用 govcloud review show {name} 查看计划',
    en: 'the operator has not made a plan yet. See whether it is at work (govcloud doctor), and look at the plan later with govcloud review show {name}',
  },
  E_DELEGATION_NOWHERE: {
    zh: '您在任何组织都不办理环节 {step}，不能委托',
    en: 'step {step} is yours in no organisation: it cannot be delegated',
  },
  E_DELEGATION_CIRCLE: {
    zh: '{standin} 已直接或间接委托 {reviewer} 代办，不能互为代办',
    en: '{reviewer} already stands in for {standin}, directly or through others: that would be a circle',
  },
  E_NO_RETURN: {
    zh: '{name} 只能通过或不予通过，不能退回',
    en: '{name} can only be approved or rejected, not returned',
  },
  E_CONFLICT: {
    zh: '{name} 刚刚被他人修改，请重新查看后再操作',
    en: '{name} was changed by somebody else just now: look at it again',
  },
  E_CREDENTIALS_ABSENT: {
    zh: '资源分配 {allocation}（{state}）没有交付凭据',
    en: 'allocation {allocation} ({state}) has no credentials delivered',
  },
  E_TRANSFER_FROM: {
    zh: '“{value}”应为 移交单位代码/分配名称，例如 441500-wjj/zy-2026-000001-vm',
    en: '"{value}" should be the giver’s code and the allocation, like 441500-wjj/zy-2026-000001-vm',
  },
  E_TRANSFER_UNSEEN: {
    zh: '无权查看 {giver} 的资源分配，不能在此试算。直接提交即可：不能办理时系统会一次写明全部原因',
    en: 'the allocations of {giver} are not yours to see, so this cannot be tried here. Submit it: should it not do, the operator tells every reason at once',
  },
  E_REPORTS_ABSENT: {
    zh: '账本接口 reports.govcloud.dev 没有答复：{detail}。请云工程师检查 operator 的 reports 进程',
    en: 'the books’ API reports.govcloud.dev does not answer: {detail}. Have a cloud engineer look at the operator’s reports process',
  },
  E_STATE_TIMEOUT: {
    zh: '等待 {what} 已超过 {seconds} 秒，现为“{state}”',
    en: 'waited more than {seconds} s for {what}; it is "{state}"',
  },
  E_WAIT_ENDED: {
    zh: '{request} 已是“{state}”，不会再到“{wanted}”',
    en: '{request} is "{state}" and will not come to "{wanted}"',
  },
  E_STATE_UNKNOWN: {
    zh: '没有状态“{value}”，可用：{values}',
    en: 'there is no state "{value}"; there are {values}',
  },
  E_IMPORT_REFUSED: {
    zh: '{file} 有 {bad} 行不能导入；其余 {good} 行不受影响',
    en: '{file}: {bad} rows are not imported; the other {good} are not affected',
  },
  E_IMPORT_EMPTY: { zh: '{file} 中没有可导入的行', en: '{file} has no rows to import' },
  E_IMPORT_FORM: {
    zh: '{file} 应为 .csv 或 .xlsx 文件；.xls 请另存为 .xlsx',
    en: '{file} must be a .csv or .xlsx file; save an .xls as .xlsx',
  },
  E_IMPORT_SIZE: {
    zh: '{file} 太大：至多 {rows} 行、{columns} 列，工作簿解压后至多 {most} MiB。请分成几个文件',
    en: '{file} is too large: at most {rows} rows and {columns} columns, a workbook at most {most} MiB when unpacked. Make several files of it',
  },
  E_IMPORT_ENCODING: {
    zh: '{file} 既不是 UTF-8 也不是 GB 18030 文本。请另存为 .xlsx 或“CSV UTF-8”',
    en: '{file} is text in neither UTF-8 nor GB 18030. Save it as .xlsx or as CSV in UTF-8',
  },
  E_RESULT_INPUT: {
    zh: '--result 不能是导入的文件本身：{file}',
    en: '--result cannot be the file that is imported: {file}',
  },
  E_ATTACHMENT_EMPTY: { zh: '附件 {file} 是空文件', en: 'the attachment {file} is empty' },
  E_ATTACHMENT_NONE: { zh: '申请 {request} 没有附件', en: 'request {request} has no attachment' },
  E_ATTACHMENT_ABSENT: {
    zh: '附件目录中没有申请 {request} 的附件（{path}）。可能存于别处，请向录入人索取原件',
    en: 'the folder of attachments does not have that of request {request} ({path}). It may be kept elsewhere: ask whoever typed the request in',
  },
  E_ATTACHMENT_CHANGED: {
    zh: '{path} 与申请 {request} 所记的 SM3 摘要不符：文件被改动，不予读出。请向录入人索取原件，并报告审计员',
    en: '{path} does not have the SM3 digest that request {request} names: the file was changed and is not given out. Ask whoever typed the request in for the original, and tell the auditors',
  },
  E_ATTACHMENTS_FOLDER: {
    zh: '附件目录 {folder} 不存在或不是目录。请把 GOVCLOUD_ATTACHMENTS 设为存放附件的目录',
    en: 'the folder of attachments {folder} is not there, or is no folder. Set GOVCLOUD_ATTACHMENTS to the folder that keeps them',
  },
  E_FILE_WRITE: { zh: '文件 {file} 无法写入：{detail}', en: 'file {file} cannot be written: {detail}' },
  E_SHELL: {
    zh: '没有 {shell} 的补全脚本，可用：{shells}',
    en: 'there is no completion for {shell}; there is one for {shells}',
  },
});

/** What is wrong with a field of a file. */
export const fieldProblems = defineMessages({
  meant: { zh: '不存在，是否想要：{names}', en: 'does not exist, did you mean: {names}' },
  unknown: { zh: '不存在，可用：{names}', en: 'does not exist; there are {names}' },
  missing: { zh: '缺失', en: 'is missing' },
  text: {
    zh: '应为字符串；数字和 true、false 请加引号',
    en: 'must be a text: put numbers, true and false in quotes',
  },
  integer: { zh: '应为整数，不加引号', en: 'must be an integer, without quotes' },
  integerOrText: { zh: '应为整数或字符串', en: 'must be an integer or a text' },
  boolean: { zh: '应为 true 或 false', en: 'must be true or false' },
  list: { zh: '应为列表', en: 'must be a list' },
  object: { zh: '应为键值', en: 'must be a mapping' },
  value: { zh: '应为其中之一：{value}', en: 'must be one of {value}' },
  small: { zh: '太小或太短，至少 {value}', en: 'is too small or too short, at least {value}' },
  big: { zh: '太大或太长，至多 {value}', en: 'is too big or too long, at most {value}' },
  format: { zh: '形式不对，应符合 {value}', en: 'has the wrong form, it must match {value}' },
});

/** What the program says beside its results. */
export const cliTexts = defineMessages({
  error: { zh: '错误', en: 'error' },
  meant: { zh: '是否想要：{names}', en: 'did you mean: {names}' },
  seeHelp: { zh: '用法见 --help', en: 'see --help' },
  draftCreated: {
    zh: '已创建草稿 {name}。提交：govcloud request submit {name}',
    en: 'draft {name} created. To submit it: govcloud request submit {name}',
  },
  attachmentKept: {
    zh: '附件 {name} 已存入附件目录，SM3 {digest}',
    en: 'attachment {name} is in the folder of attachments, SM3 {digest}',
  },
  attachmentNotKept: {
    zh: '没有设置 GOVCLOUD_ATTACHMENTS：申请中只记附件 {name} 的 SM3 {digest}，请自行保管原件',
    en: 'GOVCLOUD_ATTACHMENTS is not set: the request keeps the SM3 of attachment {name} alone, {digest}. Keep the original yourself',
  },
  requestSubmitted: { zh: '已提交 {name}', en: '{name} submitted' },
  dryRunDone: {
    zh: 'API 服务器会接受（未写入）',
    en: 'the API server would accept this (nothing was written)',
  },
  edited: { zh: '已修改 {name}', en: '{name} edited' },
  reviewRestarts: {
    zh: '{name} 已在审批中：修改后将重新报价，已有的意见作废',
    en: '{name} is under review: the change is quoted anew and the decisions made so far are void',
  },
  unchanged: { zh: '没有改动', en: 'nothing changed' },
  withdrawn: { zh: '已撤回 {name}', en: '{name} withdrawn' },
  withdrawing: { zh: '撤回', en: 'withdrawing' },
  confirm: {
    zh: '{action} {name}，不可恢复。继续？[y/N]',
    en: '{action} {name} cannot be undone. Go on? [y/N]',
  },
  confirmChange: { zh: '{action}{name}。继续？[y/N]', en: '{action} {name}. Go on? [y/N]' },
  booksSilent: {
    zh: '账本接口暂无答复，或您无权查看报价所需的数据，未显示价格与额度影响；提交后由系统报价',
    en: 'the books do not answer, or you may not see what a quote takes, so price and quota effect are not shown; the operator quotes after submission',
  },
  roomLacks: {
    zh: '按现在的额度与容量，这份申请会被退回：',
    en: 'with quota and capacity as they are now, this request would be returned:',
  },
  toNote: { zh: '请注意（不影响办理）：', en: 'to note (it refuses nothing):' },
  decided: { zh: '已对 {name} 的{step}提出意见：{verdict}', en: '{name}, {step}: {verdict}' },
  batchDecided: { zh: '已对 {name} 提出意见：{verdict}', en: '{name}: {verdict}' },
  accepted: { zh: '已验收 {name}', en: '{name} accepted' },
  refused: { zh: '已拒绝验收 {name}', en: '{name} refused' },
  delivered: { zh: '已交付 {name}', en: '{name} delivered' },
  erased: {
    zh: '已批准清除 {name} 保留的磁盘',
    en: 'the erasure of what was retained of {name} is approved',
  },
  transferAgreed: {
    zh: '已同意把 {name} 的第 {revision} 版划转给 {to}。请对方申请：govcloud -n gov-{to} request transfer {from}/{name} --uid {uid} --revision {revision} --zone {zone} --system … --project … --applicant-reviewer …',
    en: 'it is agreed that revision {revision} of {name} goes to {to}. They ask for it with: govcloud -n gov-{to} request transfer {from}/{name} --uid {uid} --revision {revision} --zone {zone} --system … --project … --applicant-reviewer …',
  },
  kept: { zh: '已撤回划转 {name} 的同意', en: 'it is no longer agreed that {name} is transferred' },
  held: { zh: '已冻结 {name}', en: '{name} is on legal hold' },
  unheld: { zh: '已解除冻结 {name}', en: 'the legal hold on {name} is lifted' },
  importSent: {
    zh: '已导入 {file}：{rows} 行，{batches} 批，等待批复：{names}',
    en: '{file}: {rows} rows in {batches} batches wait for approval: {names}',
  },
  importKnown: {
    zh: '{file} 已导入过，没有改动：{names}',
    en: '{file} was imported before, nothing changed: {names}',
  },
  systemsImported: {
    zh: '已登记 {created} 个系统，更新 {changed} 个，未变 {same} 个',
    en: '{created} systems registered, {changed} updated, {same} unchanged',
  },
  projectsImported: {
    zh: '已登记 {created} 个项目，更新 {changed} 个，未变 {same} 个',
    en: '{created} projects registered, {changed} updated, {same} unchanged',
  },
  importTried: {
    zh: '试运行：{tried} 行可以导入，{same} 行未变；没有写入任何内容',
    en: 'dry run: {tried} rows could be imported, {same} are unchanged; nothing was written',
  },
  organizationsDeclared: {
    zh: '{created} 个组织的声明如上，{same} 个已有。组织以代码声明：请存入城市目录的 organizations/，再用 capacity preview、capacity up 生效',
    en: '{created} organisations declared above, {same} are there already. Organisations are code: keep this in organizations/ of the city’s folder, then capacity preview and capacity up',
  },
  rowsSkipped: { zh: '跳过 {count} 行：{rows}', en: '{count} rows skipped: {rows}' },
  columnsUnread: { zh: '没有读取的列：{cells}', en: 'columns that were not read: {cells}' },
  resultWritten: { zh: '导入结果已写入 {file}', en: 'results written to {file}' },
  rowBad: { zh: '不导入：{message}', en: 'not imported: {message}' },
  keyMade: {
    zh: '私钥 {file}（自己保管，不交给账本的管理员）；公钥 {file}.pub（交给核对的人）',
    en: 'private key {file} (yours alone, never with the keepers of the books); public key {file}.pub (for whoever checks)',
  },
  checkpointKept: {
    zh: '已存核对点 {seq}，共 {count} 个：{file}',
    en: 'checkpoint {seq} kept, {count} in all: {file}',
  },
  checkpointKnown: {
    zh: '自核对点 {seq} 以来没有新的审计记录，未写入：{file}',
    en: 'no audit record since checkpoint {seq}, nothing was written: {file}',
  },
  noRequests: {
    zh: '没有申请；早已办结的见 govcloud request list --closed',
    en: 'no requests; for those closed long ago see govcloud request list --closed',
  },
  noClosedRequests: { zh: '没有办结的申请', en: 'no closed requests' },
  watchBroken: {
    zh: '连接中断，恢复后继续（Ctrl-C 结束）：{problem}',
    en: 'the connection is lost; this goes on when it is back (Ctrl-C ends it): {problem}',
  },
  noDelegations: { zh: '没有委托', en: 'no delegations' },
  delegated: {
    zh: '{name}（{place}）：{from} 至 {until} 由 {standin} 代 {reviewer} 办理{step}',
    en: '{name} ({place}): from {from} until {until} {standin} stands in for {reviewer} on {step}',
  },
  delegationEnded: {
    zh: '已撤销委托 {name}；已办理的仍然有效',
    en: 'delegation {name} is ended; what was decided by it stays',
  },
  noReviews: { zh: '没有等待您审批的事项', en: 'nothing waits for your decision' },
  noAllocations: {
    zh: '没有资源分配（已回收的用 --all 列出）',
    en: 'no allocations (--all lists reclaimed ones too)',
  },
  noItems: { zh: '目录是空的', en: 'the catalogue is empty' },
  noProjects: { zh: '没有项目', en: 'no projects' },
  noSystems: { zh: '没有登记的系统', en: 'no systems are registered' },
  noClusters: { zh: '没有成员集群', en: 'no member clusters' },
  noOrganizations: { zh: '没有组织', en: 'no organisations' },
  noCapacity: { zh: '账本中没有资源池', en: 'the books have no pools' },
  noQuotas: { zh: '没有额度', en: 'no quotas' },
  nothingIdle: {
    zh: '按现行标准没有闲置的资源（看不全的不作判定）',
    en: 'by the policy in force nothing is idle (what was not seen enough is not judged)',
  },
  nothingToResize: {
    zh: '按现行标准没有过大或过小的资源（看不全的不作判定）',
    en: 'by the policy in force nothing is too large or too small (what was not seen enough is not judged)',
  },
  noFindings: {
    zh: '没有待办的用量发现（已撤销、已关闭的用 --all 列出）',
    en: 'no findings of use are open (--all lists dismissed and closed ones too)',
  },
  noFindingsOfCaller: { zh: '没有等待您办理的用量发现', en: 'no finding of use waits for you' },
  noUsage: {
    zh: '这段时间的账本中没有用量（按天汇总，当天的次日才有）',
    en: 'the books have no use in this period (it is rolled up by the day: today’s is there tomorrow)',
  },
  noRecords: { zh: '没有审计记录', en: 'no audit records' },
  noDoubtfulDecisions: {
    zh: '没有存疑的审批：没有与录入人、经办人或另一审批人同名的审批人，也没有不是本人提交的审批',
    en: 'no decision is in doubt: no reviewer has the name of a requester, an applicant or another reviewer, and each wrote their own',
  },
  askField: { zh: '{title}（--{flag}）：', en: '{title} (--{flag}):' },
  skew: {
    zh: '服务器 Kubernetes {server} 与本程序所按的 {client} 相差超过一个次版本，可能有不兼容',
    en: 'the server’s Kubernetes {server} is more than one minor version away from {client}, which this program is made for',
  },
  clientVersion: { zh: '客户端', en: 'client' },
  serverVersion: { zh: '服务器', en: 'server' },
});

/** Kinds as people call them. */
export const kindNames = defineMessages({
  Allocation: { zh: '资源分配', en: 'allocation' },
  ApprovalFlow: { zh: '审批流程', en: 'approval flow' },
  CapacityPool: { zh: '资源池', en: 'pool' },
  CatalogItem: { zh: '目录项', en: 'catalogue item' },
  Delegation: { zh: '委托', en: 'delegation' },
  InformationSystem: { zh: '系统', en: 'system' },
  MemberCluster: { zh: '成员集群', en: 'member cluster' },
  Organization: { zh: '组织', en: 'organisation' },
  Loan: { zh: '借出', en: 'loan' },
  Project: { zh: '项目', en: 'project' },
  Quota: { zh: '额度', en: 'quota' },
  ResourceRequest: { zh: '申请', en: 'request' },
  Secret: { zh: '凭据', en: 'Secret' },
  StockImport: { zh: '存量批次', en: 'opening stock' },
  Repair: { zh: '修复', en: 'repair' },
  UsageFinding: { zh: '用量发现', en: 'finding of use' },
});
