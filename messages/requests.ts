import { defineMessages } from './index.ts';

/** Why a request cannot go on as it is, or why a catalogue item is not usable. */
export const requestErrors = defineMessages({
  E_SYSTEM_UNKNOWN: {
    zh: '本组织没有登记系统 {system}。用 system list 查看已登记的系统',
    en: 'system {system} is not registered in this organisation. See system list',
  },
  E_PROJECT_UNKNOWN: {
    zh: '本组织没有项目 {project}。每个申请须依据已批复的项目；用 project list 查看',
    en: 'this organisation has no project {project}. Every request hangs on an approved project: see project list',
  },
  E_PROJECT_SYSTEM: {
    zh: '项目 {project} 不含系统 {system}',
    en: 'project {project} does not cover system {system}',
  },
  E_PROJECT_PERIOD: {
    zh: '项目 {project} 的有效期为 {from} 至 {until}，今天不在其中',
    en: 'project {project} runs from {from} to {until}; today is outside',
  },
  E_MLPS_MISMATCH: {
    zh: '申请写的等保级别为 {asked}，系统 {system} 登记为 {registered}',
    en: 'the request says MLPS {asked}, system {system} is registered with {registered}',
  },
  E_MLPS_ITEM: {
    zh: '目录项 {item} 最高承载等保 {highest} 级，系统为 {asked} 级',
    en: 'item {item} carries at most MLPS {highest}, the system has {asked}',
  },
  E_ITEM_UNKNOWN: {
    zh: '目录中没有 {item}。用 catalog list 查看',
    en: 'the catalogue has no {item}. See catalog list',
  },
  E_ITEM_INVALID: {
    zh: '目录项 {item} 未通过检查，暂不能申请。请联系云工程师',
    en: 'item {item} did not pass its checks and cannot be asked for. Ask a cloud engineer',
  },
  E_ITEM_QUANTITY: {
    zh: '目录项 {item} 一次最多申请 {highest}，本次为 {asked}',
    en: 'at most {highest} of {item} in one request, asked {asked}',
  },
  E_PARAMETER_MISSING: {
    zh: '缺少参数 {parameter}（{title}）',
    en: 'parameter {parameter} ({title}) is missing',
  },
  E_PARAMETER_UNKNOWN: {
    zh: '目录项没有参数 {parameter}；可用：{known}',
    en: 'the item has no parameter {parameter}; it has {known}',
  },
  E_PARAMETER_TYPE: { zh: '参数 {parameter} 应为{expected}', en: 'parameter {parameter} must be {expected}' },
  E_PARAMETER_RANGE: {
    zh: '参数 {parameter} 为 {value}，应在 {minimum} 到 {maximum} 之间',
    en: 'parameter {parameter} is {value}, allowed {minimum} to {maximum}',
  },
  E_PARAMETER_STEP: {
    zh: '参数 {parameter} 为 {value}，应为 {step} 的倍数',
    en: 'parameter {parameter} is {value}, must be a multiple of {step}',
  },
  E_PARAMETER_VALUE: {
    zh: '参数 {parameter} 为 {value}，可选：{values}',
    en: 'parameter {parameter} is {value}, allowed: {values}',
  },
  E_ITEM_PRICE: { zh: '目录项 {item} 在 {date} 没有价格', en: 'item {item} has no price on {date}' },
  E_ITEM_EXPRESSION: {
    zh: '目录项 {item} 的表达式 {where} 有误：{problem}',
    en: 'item {item}: expression {where} is wrong: {problem}',
  },
  E_ITEM_TEMPLATE: {
    zh: '目录项 {item} 的模板 {template} 有误：{problem}',
    en: 'item {item}: template {template} is wrong: {problem}',
  },
  E_RAISE_FULL: {
    zh: '{holder} 的额度（{place}）已有 {most} 笔限时追加。请先由下达方删去已失效的',
    en: 'the quota of {holder} for {place} has {most} grants already. Its giver removes those that lapsed first',
  },
  E_RAISE_NOTHING: { zh: '没有写明追加多少', en: 'it does not say by what the quota is to be raised' },
  E_RAISE_UNKNOWN: {
    zh: '{holder} 没有 {place} 的额度可追加。请先由上级下达',
    en: '{holder} has no quota for {place} that could be raised. The organisation above gives one first',
  },
  E_TERM_PAST: {
    zh: '使用期限 {until} 须晚于今天 {today}',
    en: 'the term {until} must end after today, {today}',
  },
  E_TERM_NOT_LONGER: {
    zh: '续期至 {until} 不晚于现有期限 {current}。请写更晚的日期',
    en: 'a renewal to {until} is not longer than the present term, {current}. Name a later day',
  },
  E_ZONE_UNKNOWN: {
    zh: '没有网络区 {zone}；可用：{known}',
    en: 'there is no zone {zone}; there are {known}',
  },
  E_TARGET_UNKNOWN: { zh: '没有资源分配 {allocation}', en: 'there is no allocation {allocation}' },
  E_TARGET_CHANGED: {
    zh: '资源分配 {allocation} 已是第 {current} 版，申请针对第 {asked} 版。请重新查看后再申请',
    en: 'allocation {allocation} is at revision {current}, the request names {asked}. Look again and ask anew',
  },
  E_TARGET_RELEASED: { zh: '资源分配 {allocation} 已释放', en: 'allocation {allocation} is released' },
  E_TARGET_STATE: {
    zh: '资源分配 {allocation} 现为“{state}”：使用中或已到期的才能停用，已停用的才能恢复',
    en: 'allocation {allocation} is "{state}": only what is in use or expired is suspended, only what is suspended is resumed',
  },
  E_TARGET_HELD: {
    zh: '资源分配 {allocation} 已被冻结，解除前不能变更、释放或划转。请联系审计员或安全管理员',
    en: 'allocation {allocation} is on legal hold: it is neither resized nor released nor transferred until that is lifted. Ask the auditor or the security admin',
  },
  E_SHRINK_ERASES: {
    zh: '减少 {count} 个单位：其磁盘在批准后即清除，不作保留',
    en: '{count} fewer: their disks are erased once this is approved, and are not retained',
  },
  E_TARGET_SUSPENDED: {
    zh: '资源分配 {allocation} 已停用。先恢复（request resume），再变更',
    en: 'allocation {allocation} is suspended. Resume it first (request resume), then change it',
  },
  E_TARGET_NOT_SUSPENDABLE: {
    zh: '资源分配 {allocation} 不能停用：开通时的目录项没有停用办法，或为未变更过的存量。先办理变更，或申请释放',
    en: 'allocation {allocation} cannot be suspended: its item did not say how when it was granted, or it is opening stock that was never changed. Resize it first, or ask for its release',
  },
  E_TARGET_EXPIRED: {
    zh: '资源分配 {allocation} 的使用期限 {until} 已过。请续期（request renew），续期后即恢复',
    en: 'the term of allocation {allocation} ended on {until}. Renew it (request renew): it then runs again',
  },
  E_TARGET_UNSEEN: {
    zh: '存量资源 {allocation} 尚未在成员集群中核实，核实后方可变更',
    en: 'opening stock {allocation} was not looked at in its member yet: it can be changed after that',
  },
  E_TARGET_BUSY: {
    zh: '资源分配 {allocation} 已有未办结的申请 {other}',
    en: 'allocation {allocation} has an open request already: {other}',
  },
  E_TARGET_TRANSFERRED: {
    zh: '资源分配 {allocation} 已划转给 {to}，由其办理',
    en: 'allocation {allocation} was transferred to {to}: it is theirs to ask for',
  },
  E_TRANSFER_SELF: {
    zh: '资源分配 {allocation} 本来就在本组织名下，不需要划转',
    en: 'allocation {allocation} is this organisation’s already: there is nothing to transfer',
  },
  E_TRANSFER_STATE: {
    zh: '资源分配 {allocation} 现为“{state}”：验收过的（使用中、已停用、已到期），且没有未办结的工单，才能划转',
    en: 'allocation {allocation} is "{state}": what was accepted (in use, suspended or expired) and has no open work order is transferred',
  },
  E_TRANSFER_NOT_AGREED: {
    zh: '{giver} 尚未同意把资源分配 {allocation} 的现有版本划转给 {receiver}，或同意人就是申请人。请 {giver} 的运维人员办理：allocation transfer {allocation} --to {receiver}，之后再提交',
    en: '{giver} has not agreed that allocation {allocation}, as it stands, is transferred to {receiver}, or whoever agreed is who asks. Its ops do so with: allocation transfer {allocation} --to {receiver}; then submit again',
  },
  E_PARAMETER_SHRINK: {
    zh: '参数 {parameter} 只能增大：现为 {current}，申请为 {asked}。要更小的请另行申请，并释放这一项',
    en: 'parameter {parameter} can only grow: it is {current}, asked {asked}. Ask for a new, smaller one and release this',
  },
  E_PARAMETER_FIXED: {
    zh: '参数 {parameter} 开通后不可改：现为 {current}。请另行申请，并释放这一项',
    en: 'parameter {parameter} never changes: it is {current}. Ask for a new one and release this',
  },
  E_TARGET_ITEM: {
    zh: '变更不能改变目录项：现为 {current}，申请为 {asked}',
    en: 'a resize keeps the item: it is {current}, asked {asked}',
  },
  E_FLOW_MISSING: {
    zh: '没有适用的审批流程。请联系云工程师',
    en: 'no approval flow fits this request. Ask a cloud engineer',
  },
  E_FLOW_INVALID: {
    zh: '审批流程 {flow} 的适用条件有误，无法判断本申请是否适用：{problem}。请安全管理员更正流程，之后会自动继续',
    en: 'the condition of approval flow {flow} is wrong, so that nobody knows whether this request passes it: {problem}. The security administrator must mend the flow, then it goes on by itself',
  },
  E_BUDGET_EXCEEDED: {
    zh: '项目 {project} 的预算不足：本次需 {asked} 元，尚余 {left} 元（预算 {budget} 元，已承诺 {committed} 元，在办 {pending} 元）。请调整申请或项目预算',
    en: 'project {project} lacks budget: this asks for {asked} yuan, {left} are left (budget {budget}, committed {committed}, under way {pending}). Ask for less, or have the budget of the project changed',
  },
  E_REPEATS_GRANT: {
    zh: '该系统已有 {item}：{name}（{serial}）',
    en: 'the system has {item} already: {name} ({serial})',
  },
  E_REPEATS_REQUEST: {
    zh: '该系统另有在办申请要 {item}：{name}（{serial}）',
    en: 'another open request of the system asks for {item}: {name} ({serial})',
  },
  E_REPEATS_PLATFORM: {
    zh: '与全省统建、全市共用的“{platform}”可能重复，请先向牵头单位 {lead} 了解能否直接使用',
    en: 'this may repeat the shared platform "{platform}", which the province builds for all: ask {lead}, who leads it, whether it can be used instead',
  },
  E_POOL_ZONE: { zh: '资源池在 {zone}，申请为 {asked}', en: 'the pool is in {zone}, asked {asked}' },
  E_POOL_ARCH: { zh: '资源池为 {arch} 架构，申请为 {asked}', en: 'the pool is {arch}, asked {asked}' },
  E_POOL_ITEM_ZONE: { zh: '目录项 {item} 不在 {zone} 提供', en: 'item {item} is not offered in {zone}' },
  E_POOL_ITEM_ARCH: { zh: '目录项 {item} 不在 {arch} 架构提供', en: 'item {item} is not offered on {arch}' },
  E_POOL_VALUE_ARCH: {
    zh: '目录项 {item} 的 {parameter}={value} 不在 {arch} 架构提供',
    en: 'item {item} has no {parameter}={value} on {arch}',
  },
  E_POOL_XINCHUANG: {
    zh: '系统须用信创资源，资源池不是信创',
    en: 'the system needs Xinchuang, the pool is none',
  },
  E_POOL_DATA_CLASS: {
    zh: '{zone} 最高可存放{highest}数据，系统数据为{asked}',
    en: '{zone} holds data up to {highest}, the system’s are {asked}',
  },
  E_POOL_RECOVERY: {
    zh: '容灾须与 {allocation} 不同网络区，它也在 {zone}',
    en: 'a recovery stands in another zone than {allocation}, which is in {zone} too',
  },
  E_POOL_APART: {
    zh: '须与 {allocation} 不同资源池，它也在这个池',
    en: 'it is to be apart from {allocation}, which stands in this pool',
  },
  E_POOL_NODE: {
    zh: '目录项 {item} 每个单位须落在一台主机上，需 {asked}，此池最大的主机可给 {largest}。请减小单个规格、增加数量',
    en: 'a unit of {item} stands on one node and needs {asked}; the largest nodes of the pool give {largest}. Ask for smaller units, and more of them',
  },
  E_POOL_FRAGMENTED: {
    zh: '{pools} 个资源池合计可用 {together}，但没有一个能整体容纳 {asked}；最接近的是 {pool}，可用 {largest}。可拆成几个申请',
    en: '{pools} pools have {together} free together, but none alone holds {asked}; {pool} comes nearest, with {largest} free. It can be split into several requests',
  },
  E_NEIGHBOUR_UNKNOWN: {
    zh: '系统 {system} 没有在用的资源分配 {allocation}，不能与它错开',
    en: 'system {system} has no allocation {allocation} that is in use to stand apart from',
  },
  E_POOL_MLPS: {
    zh: '{zone} 最高承载等保 {highest} 级，系统为 {asked} 级',
    en: '{zone} carries at most MLPS {highest}, the system has {asked}',
  },
  E_POOL_TARGET: {
    zh: '原分配在资源池 {pool}，变更须留在原池',
    en: 'the allocation stands in pool {pool}; a change stays there',
  },
  E_POOL_MISSING: {
    zh: '{zone} 没有 {arch} 架构的资源池',
    en: '{zone} has no pool of architecture {arch}',
  },
  E_STOCK_KNOWN: {
    zh: '同样的一行已作为存量入账：{allocation}',
    en: 'the same row is in the books already: {allocation}',
  },
  E_POOL_NOT_READY: { zh: '成员集群 {cluster} 未就绪', en: 'member cluster {cluster} is not ready' },
  E_ORGANIZATION_UNKNOWN: { zh: '没有组织 {organization}', en: 'there is no organisation {organization}' },
  E_ORGANIZATION_TREE: {
    zh: '组织 {organization} 的上级关系在 {date} 不完整',
    en: 'the organisations above {organization} are not complete on {date}',
  },
});

/** What is said of a step that was not decided on in time. */
export const reviewConditions = defineMessages({
  pastDue: { zh: '应于 {due} 前办理，已逾期', en: 'was due by {due}' },
  reminded: {
    zh: '应于 {due} 前办理，已逾期，请尽快办理；{escalates} 后上报',
    en: 'was due by {due}: please decide; after {escalates} it is told further up',
  },
  escalated: {
    zh: '应于 {due} 前办理，逾期至 {escalates} 仍未办理，已上报主管',
    en: 'was due by {due}, was not decided by {escalates} either, and is told to the managers',
  },
});
