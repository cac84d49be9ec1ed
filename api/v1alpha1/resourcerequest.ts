import { z } from 'zod';
import { defineKind, type ObjectOf } from '../kind.ts';
import {
  account,
  arch,
  comment,
  conditions,
  dateText,
  fen,
  generation,
  line,
  mlpsLevel,
  objectName,
  organizationCode,
  parameterValues,
  phone,
  reasonText,
  resources,
  signedResources,
  text,
  timeText,
  token,
  zoneName,
} from './common.ts';

export const ACTIONS = [
  'Provision',
  'Resize',
  'Renew',
  'Release',
  'Suspend',
  'Resume',
  'Transfer',
  'RaiseQuota',
] as const;

/**
 * Where a request stands, for machines. People read `state`.
 * Draft: not submitted. Submitted: to be quoted. InReview: hold taken, a step is open. Returned, Rejected,
 * Withdrawn: see the city's words. Granting: decided, the books are being posted; spec is frozen. Granted: posted.
 */
export const REQUEST_PHASES = [
  'Draft',
  'Submitted',
  'InReview',
  'Returned',
  'Rejected',
  'Withdrawn',
  'Granting',
  'Granted',
] as const;
export type RequestPhase = (typeof REQUEST_PHASES)[number];

/** The city's words for where something stands, by code; the texts are in messages/states.ts. */
export const STATES = [
  'Draft',
  'Submitted',
  'PendingInitialReview',
  'PendingTechnicalReview',
  'PendingApproval',
  'PendingProvisioning',
  'PendingAcceptance',
  'InUse',
  'Suspended',
  'Expired',
  'Reclaimed',
  'Transferred',
  'Returned',
  'Rejected',
  'Withdrawn',
  'Approved',
] as const;
export type State = (typeof STATES)[number];

const requestLine = z.object({
  name: z
    .string()
    .min(1)
    .max(20)
    .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)
    .describe('行名 / name of the line'),
  item: objectName.describe('目录项 / catalogue item'),
  quantity: z.int().min(1).max(1000).describe('数量 / units'),
  parameters: parameterValues.describe('规格参数 / parameters'),
});
export type RequestLine = z.infer<typeof requestLine>;

const neighbours = z.array(objectName).min(1).max(20).meta({ 'x-kubernetes-list-type': 'set' });

const decision = z.object({
  step: z.enum(['initial', 'technical', 'approval']),
  ticket: z.string().min(1).max(64),
  generation,
  reviewer: account,
  onBehalfOf: account
    .optional()
    .describe('代哪位审批人办理，须有委托 / the reviewer that it stands in for, by a delegation'),
  verdict: z.enum(['approve', 'return', 'reject']).describe('通过、退回修改、不予通过'),
  returnTo: z
    .enum(['initial', 'technical'])
    .optional()
    .describe('退回到的步骤；缺省为申请人 / the step returned to; absent means the requester'),
  comment: comment.optional(),
});
export type Decision = z.infer<typeof decision>;

const poolVerdict = z.object({
  pool: objectName,
  chosen: z.boolean(),
  reasons: z.array(reasonText).max(64),
  score: z
    .object({
      basisPoints: z
        .int()
        .min(-10_000)
        .max(10_000)
        .describe(
          '之后最紧张的资源还剩限额的万分之几 / what would be left of the scarcest resource, in basis points of its limit',
        ),
      scarcest: z.string().max(20).optional().describe('最紧张的资源 / that resource'),
    })
    .optional()
    .describe('得分，高者选中；不可用的没有 / score, the highest is chosen; none where it was refused'),
});

export const quote = z.object({
  pool: objectName
    .optional()
    .describe('资源池；追加额度没有 / absent where nothing is placed, as of a raise of a quota'),
  cluster: objectName.optional(),
  zone: zoneName.optional(),
  arch: arch.optional(),
  flow: objectName,
  steps: z
    .array(
      z.object({
        name: z.enum(['initial', 'technical', 'approval']),
        approvals: z.int(),
        dueWorkingDays: z.int(),
        escalateWorkingDays: z.int().optional(),
      }),
    )
    .max(3),
  lines: z
    .array(
      z.object({
        name: z.string().max(20),
        item: objectName,
        itemVersion: z.string().max(64),
        quantity: z.int(),
        consumes: signedResources.describe('整行占用 / consumed by the whole line'),
        monthlyFen: fen,
      }),
    )
    .max(20),
  total: signedResources.describe('合计占用 / consumed in all'),
  change: signedResources.describe('与现有相比的变化 / the change against what is held now'),
  monthlyFen: fen,
  pools: z.array(poolVerdict).max(32).describe('每个资源池的结论 / what was said of each pool'),
  warnings: z
    .array(reasonText)
    .max(64)
    .optional()
    .describe('提示，不影响办理 / what is pointed out and refuses nothing'),
});
export type Quote = z.infer<typeof quote>;

/**
 * What an organisation asks for. `metadata.name` is an id, never derived from a title. A change, renewal or
 * release of something granted is a new request that names its target's uid and revision.
 */
export const ResourceRequest = defineKind({
  kind: 'ResourceRequest',
  plural: 'resourcerequests',
  singular: 'resourcerequest',
  shortNames: ['req', 'reqs'],
  namespaced: true,
  description: '资源申请 / a request for resources',
  spec: z
    .object({
      requester: account.describe('录入人账号，即调用者 / the account that typed it in: the caller'),
      applicant: z
        .object({
          unit: line.describe('申请单位 / unit'),
          person: line.describe('经办人 / person'),
          phone,
          reviewer: line.describe('单位审核人 / the unit’s own reviewer'),
          account: account.optional().describe('经办人账号（如有） / the person’s account, if they have one'),
        })
        .describe('申请单位与经办人 / who asks'),
      action: z.enum(ACTIONS),
      system: objectName.describe('政务信息系统 / information system'),
      mlps: mlpsLevel.describe('系统的等保级别 / the system’s MLPS level'),
      project: objectName.describe('项目 / project'),
      zone: zoneName,
      arch: arch.optional().describe('架构；缺省为不限 / absent means any'),
      lines: z
        .array(requestLine)
        .max(20)
        .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] })
        .describe('申请明细 / what is asked for'),
      target: z
        .object({
          allocation: objectName,
          uid: token(64).min(1),
          revision: z.int().min(1).max(1_000_000),
          organization: organizationCode
            .optional()
            .describe(
              '移交单位，即现持有它的组织；只有划转须写明 / the organisation that has it and hands it over; of a transfer alone',
            ),
        })
        .optional()
        .describe('变更对象 / the allocation to change'),
      recoveryOf: neighbours
        .optional()
        .describe(
          '容灾：与这些分配不在同一网络区 / disaster recovery: in another zone than these allocations of the system',
        ),
      apartFrom: neighbours
        .optional()
        .describe(
          '反亲和：与这些分配不在同一资源池 / anti-affinity: in another pool than these allocations of the system',
        ),
      quota: z
        .object({
          limits: resources.describe('另加的限额 / what is to be added to the limits'),
          zone: zoneName
            .optional()
            .describe('仅限该区的额度；缺省为全部 / the quota of this zone; absent means that of all'),
          arch: arch
            .optional()
            .describe(
              '仅限该架构的额度；缺省为全部 / the quota of this architecture; absent means that of all',
            ),
          from: dateText
            .optional()
            .describe('自该日起；缺省为批准之日 / from this day; absent means the day of the grant'),
        })
        .optional()
        .describe(
          '追加额度：给本组织的额度另加的限额 / a raise: what is to be added to the organisation’s quota',
        ),
      until: dateText.optional().describe('使用期限 / end of the term'),
      reason: text.describe('事由 / why'),
      attachment: z
        .object({
          name: line.describe('文件名 / name of the file'),
          sm3: z
            .string()
            .max(64)
            .regex(/^[0-9a-f]{64}$/)
            .describe('SM3 摘要 / SM3 digest'),
          bytes: z
            .int()
            .min(1)
            .max(64 * 2 ** 20)
            .describe('字节数 / size in bytes'),
        })
        .optional()
        .describe('盖章件；文件在附件目录 / stamped form; the file is in the folder of attachments'),
      submission: z
        .int()
        .min(0)
        .max(1000)
        .describe('第几次提交，0 为草稿 / number of the submission, 0 is a draft'),
      withdrawn: z.boolean().optional().describe('已撤回 / withdrawn by its requester'),
    })
    .meta({
      'x-kubernetes-validations': [
        {
          rule: "(self.action in ['Provision', 'RaiseQuota']) != has(self.target)",
          message: '变更类申请须指明对象，新申请和追加额度不可 / only changes name a target',
        },
        {
          rule: "(self.action == 'Transfer') == (has(self.target) && has(self.target.organization))",
          message:
            '划转须写明移交单位，其他申请不可 / a transfer names who hands over, and no other request does',
        },
        {
          rule: "(self.action == 'RaiseQuota') == has(self.quota)",
          message:
            '追加额度须写明限额，其他申请不可 / a raise of a quota says by what, and no other request does',
        },
        {
          rule: '!has(self.quota) || !has(self.quota.from) || !has(self.until) || self.quota.from <= self.until',
          message: '起始日不可晚于终止日 / it begins no later than it ends',
        },
        {
          rule: "self.action in ['Provision', 'Resize'] ? size(self.lines) > 0 : size(self.lines) == 0",
          message: '新申请和变更须有明细，其他没有 / only Provision and Resize have lines',
        },
        {
          rule: "self.action != 'Resize' || size(self.lines) == 1",
          message: '一次变更一个分配 / a resize has one line',
        },
        {
          rule: "self.action == 'RaiseQuota' || (self.action in ['Provision', 'Renew'] ? has(self.until) : !has(self.until))",
          message:
            '新申请和续期须有期限，追加额度可有 / Provision and Renew have a term, a raise of a quota may',
        },
        {
          rule: "self.action == 'Provision' || (!has(self.recoveryOf) && !has(self.apartFrom))",
          message: '只有新申请可要求错开 / only Provision is kept apart from others',
        },
        {
          rule: 'self.action == oldSelf.action && self.requester == oldSelf.requester',
          message: '申请类型和录入人不可改 / action and requester never change',
        },
        {
          rule: 'self.submission >= oldSelf.submission',
          message: '提交次数不可减 / the submission never goes back',
        },
        {
          rule: '!(has(oldSelf.withdrawn) && oldSelf.withdrawn) || (has(self.withdrawn) && self.withdrawn)',
          message: '撤回后不可恢复，请新建申请 / a withdrawn request stays withdrawn: make a new one',
        },
      ],
    }),
  status: z.object({
    serial: z.string().max(20).optional().describe('受理编号 / serial number'),
    phase: z.enum(REQUEST_PHASES).optional(),
    state: z.enum(STATES).optional().describe('状态代码 / state, as a code'),
    stateText: z.string().max(80).optional().describe('状态，中英文 / state in both languages'),
    waitsFor: z.string().max(200).optional().describe('在等谁 / what it waits for'),
    due: dateText.optional().describe('办理期限 / due'),
    dueProvisional: z
      .boolean()
      .optional()
      .describe(
        '期限暂定：当年放假安排尚未公布 / due by weekends alone: the year’s holidays are not published yet',
      ),
    review: z
      .object({
        generation,
        ticket: z.string().max(64),
        round: z.int().min(1).max(1000),
        openStep: z.string().max(20).describe('当前步骤，空为无 / the open step, empty for none'),
        uncounted: z
          .array(z.int().min(0).max(199))
          .max(200)
          .optional()
          .describe(
            '本版申请的意见中不作数者，按其在 decisions 中的序号（自 0 起），如没有委托的代办 / places in decisions, from 0, of those on this ticket that are void, such as of a stand-in without a delegation',
          ),
      })
      .optional(),
    hold: z
      .object({ id: z.string().max(40), attempt: z.int().min(1), expiresAt: timeText })
      .optional()
      .describe('额度占用 / the hold in the books'),
    quote: quote.optional(),
    decisions: z.array(decision).max(200).optional().describe('审批意见，只增 / decisions, append-only'),
    reasons: z
      .array(reasonText)
      .max(64)
      .optional()
      .describe('不能继续的全部原因 / all reasons why it cannot go on'),
    allocations: z.array(objectName).max(20).optional(),
    conditions: conditions.optional(),
    observedGeneration: generation.optional(),
  }),
  columns: [
    { name: 'Serial', type: 'string', jsonPath: '.status.serial' },
    { name: 'Organisation', type: 'string', jsonPath: '.spec.applicant.unit' },
    { name: 'System', type: 'string', jsonPath: '.spec.system' },
    { name: 'Action', type: 'string', jsonPath: '.spec.action' },
    { name: 'Step', type: 'string', jsonPath: '.status.stateText' },
    { name: 'Waits-For', type: 'string', jsonPath: '.status.waitsFor' },
    { name: 'Due', type: 'string', jsonPath: '.status.due' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
    { name: 'vCPU', type: 'string', jsonPath: '.status.quote.total.vcpu', priority: 1 },
    { name: 'Memory', type: 'string', jsonPath: '.status.quote.total.memory', priority: 1 },
  ],
});
export type ResourceRequest = ObjectOf<typeof ResourceRequest>;
