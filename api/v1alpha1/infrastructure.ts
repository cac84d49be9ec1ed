import { z } from 'zod';
import { defineKind, type ObjectOf, rules } from '../kind.ts';
import {
  arch,
  cel,
  conditions,
  dataClass,
  dateText,
  generation,
  line,
  localized,
  mlpsLevel,
  objectName,
  organizationCode,
  phone,
  resources,
  signedResources,
  timeText,
  zoneName,
} from './common.ts';

/** A cluster in which granted resources stand. Its zone is the network that it serves. */
export const MemberCluster = defineKind({
  kind: 'MemberCluster',
  plural: 'memberclusters',
  singular: 'membercluster',
  shortNames: ['member', 'members'],
  namespaced: false,
  description: '成员集群 / a cluster in which granted resources stand',
  spec: z.object({
    title: localized,
    zone: zoneName,
    zoneTitle: localized.describe('网络区名称 / title of the zone'),
    maxMlps: mlpsLevel.describe('该区可承载的最高等保级别 / highest MLPS level in the zone'),
    maxDataClass: dataClass
      .optional()
      .describe('该区可存放的最高数据分级；缺省为不限 / highest data class in the zone; absent means any'),
    credentialsSecret: objectName.describe(
      'govcloud-system 中含 kubeconfig 的 Secret / Secret in govcloud-system that holds the kubeconfig',
    ),
  }),
  status: z.object({
    kubernetesVersion: z.string().max(40).optional(),
    lastSeen: timeText.optional(),
    nodes: z
      .array(
        z.object({
          pool: objectName
            .optional()
            .describe(
              '主机标签 govcloud.dev/pool 所写的资源池；无标签的归同架构的资源池 / the pool that their label govcloud.dev/pool names; without it, every pool of their architecture',
            ),
          arch,
          count: z.int().min(0).max(100_000),
          largest: z
            .array(resources)
            .max(16)
            .describe(
              '单台主机可分配的 vCPU 与内存，只列不被另一台覆盖的 / what one node can give, those alone that no other node exceeds in both vCPU and memory',
            ),
        }),
      )
      .max(64)
      .optional()
      .describe('可调度的主机 / nodes that take new work'),
    conditions: conditions.optional(),
    observedGeneration: generation.optional(),
  }),
  columns: [
    { name: 'Zone', type: 'string', jsonPath: '.spec.zone' },
    { name: 'Title', type: 'string', jsonPath: '.spec.title.zh' },
    { name: 'Ready', type: 'string', jsonPath: ".status.conditions[?(@.type=='Ready')].status" },
    { name: 'Version', type: 'string', jsonPath: '.status.kubernetesVersion' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
});
export type MemberCluster = ObjectOf<typeof MemberCluster>;

/**
 * Capacity of one architecture and CPU series in a zone. What may be granted is the total, overcommitted as the policy of
 * the day says, less the reserve and what that policy keeps for growth.
 */
export const CapacityPool = defineKind({
  kind: 'CapacityPool',
  plural: 'capacitypools',
  singular: 'capacitypool',
  shortNames: ['pool', 'pools'],
  namespaced: false,
  description: '资源池：网络区 × 架构 × CPU 系列 / capacity of one architecture and CPU series in a zone',
  spec: z
    .object({
      title: localized,
      zone: zoneName,
      arch,
      cpuSeries: line.describe('CPU 系列 / CPU series'),
      xinchuang: z.boolean().describe('是否信创 / domestic technology or not'),
      cluster: objectName.describe('成员集群 / member cluster'),
      total: resources,
      reserve: resources.describe(
        '预留，不发放，至少能顶替最大的一台主机（按发放口径） / kept back, never granted: no less than what the largest node gives, as it is granted',
      ),
      policies: z
        .array(
          z.object({
            from: dateText.describe('自该日起，至下一条起始为止 / from this day, until the next one begins'),
            overcommitPercent: z
              .object({
                vcpu: z.int().min(100).max(1000).optional(),
                memory: z.int().min(100).max(400).optional(),
              })
              .optional()
              .describe(
                '超分：总量按此百分比发放；缺省 100 / of the total so much is granted; 100 if absent',
              ),
            growthPercent: z
              .int()
              .min(0)
              .max(90)
              .optional()
              .describe(
                '为增长预留总量的百分之几；缺省 0 / so much of the total is kept for growth; 0 if absent',
              ),
            basis: line.describe('依据文号或假设 / the document it rests on, or that it is assumed'),
          }),
        )
        .max(20)
        .optional()
        .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['from'] })
        .describe(
          '分日期的超分与增长预留，到日自行生效 / overcommit and growth by date, which begin by themselves',
        ),
    })
    // The account of the pool: what is granted stays on it, so another scope is another pool.
    .meta(
      rules({
        rule: 'self.zone == oldSelf.zone && self.arch == oldSelf.arch',
        message:
          '资源池的网络区和架构不可改，请新建资源池 / zone and architecture of a pool never change: make a new pool',
      }),
    ),
  status: z.object({
    hard: signedResources
      .optional()
      .describe(
        '当日可分配总量：总量（计超分）减预留与增长预留 / what can be granted today: total with overcommit, less reserve and growth',
      ),
    changesOn: dateText.optional().describe('可分配总量下次变动的日期 / the day on which that changes next'),
    posted: signedResources.optional().describe('已用 / granted'),
    pending: signedResources.optional().describe('已占 / held'),
    free: signedResources.optional().describe('可用 / free'),
    conditions: conditions.optional(),
    observedGeneration: generation.optional(),
  }),
  columns: [
    { name: 'Zone', type: 'string', jsonPath: '.spec.zone' },
    { name: 'Arch', type: 'string', jsonPath: '.spec.arch' },
    { name: 'Series', type: 'string', jsonPath: '.spec.cpuSeries' },
    { name: 'vCPU', type: 'string', jsonPath: '.spec.total.vcpu' },
    { name: 'Free-vCPU', type: 'string', jsonPath: '.status.free.vcpu' },
    { name: 'Memory', type: 'string', jsonPath: '.spec.total.memory' },
    { name: 'Free-Memory', type: 'string', jsonPath: '.status.free.memory' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
});
export type CapacityPool = ObjectOf<typeof CapacityPool>;

/**
 * What an organisation gives to a child, which is an organisation or an information system. It stands in the
 * namespace of the organisation that gives; the city's own limit stands in the city's namespace.
 */
export const Quota = defineKind({
  kind: 'Quota',
  plural: 'quotas',
  singular: 'quota',
  shortNames: ['gquota'],
  namespaced: true,
  description: '额度：上级组织给下级组织或系统的限额 / what an organisation gives to a child',
  spec: z
    .object({
      child: z.object({ organization: organizationCode.optional(), system: objectName.optional() }).meta({
        'x-kubernetes-validations': [
          {
            rule: 'has(self.organization) != has(self.system)',
            message: '填组织或系统之一 / name an organisation or a system, one of them',
          },
        ],
      }),
      zone: zoneName.optional().describe('仅限该区；缺省为全部 / this zone only; absent means all'),
      arch: arch.optional().describe('仅限该架构；缺省为全部 / this architecture only; absent means all'),
      limits: resources,
      soft: resources
        .optional()
        .describe('软限额：超过即提醒，不拒绝 / soft limits: beyond them is told, and nothing is refused'),
      grants: z
        .array(
          z
            .object({
              name: objectName,
              limits: resources.describe('在此期间另加的限额 / what is added to the limits meanwhile'),
              from: dateText.describe('自该日起 / from this day'),
              until: dateText
                .optional()
                .describe('至该日止（含）；缺省为长期 / until this day, included; absent means no end'),
              basis: line.describe('依据文号 / the document it rests on'),
            })
            .meta(
              rules({
                rule: '!has(self.until) || self.from <= self.until',
                message: '起始日不可晚于终止日 / it begins no later than it ends',
              }),
            ),
        )
        .max(20)
        .optional()
        .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] })
        .describe('限时追加，到期自行失效 / additions that begin and lapse by themselves'),
      loans: z
        .array(
          z
            .object({
              name: objectName,
              borrower: objectName.describe(
                '借入方：同一上级下达的另一个额度的名称，网络区和架构相同 / who borrows: the name of another quota of the same giver, for the same zone and architecture',
              ),
              limits: resources.describe(
                '期间从本额度减去、加到借入方的限额 / what is taken off these limits and added to the borrower’s meanwhile',
              ),
              from: dateText.describe('自该日起 / from this day'),
              until: dateText.describe(
                '至该日止（含），次日归还 / until this day, included; returned on the next',
              ),
              basis: line.describe('依据文号 / the document it rests on'),
            })
            .meta(
              rules({
                rule: 'self.from <= self.until',
                message: '起始日不可晚于归还日 / it begins no later than it ends',
              }),
            ),
        )
        .max(20)
        .optional()
        .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] })
        .describe('借给其他对象的额度，到期自行归还 / loans to others, which return by themselves'),
      basis: line.describe('依据文号 / the document it rests on'),
    })
    // The account that is limited: moved elsewhere, its limit would stay behind in the books.
    .meta(
      rules(
        {
          rule: 'self.child == oldSelf.child && has(self.zone) == has(oldSelf.zone) && (!has(self.zone) || self.zone == oldSelf.zone) && has(self.arch) == has(oldSelf.arch) && (!has(self.arch) || self.arch == oldSelf.arch)',
          message:
            '额度的对象、网络区和架构不可改，请新建额度 / child, zone and architecture of a quota never change: make a new quota',
        },
        {
          rule: `!has(self.soft) || (${['vcpu', 'memory', 'ssd', 'hdd']
            .map(
              (it) =>
                `(!has(self.soft.${it}) || (has(self.limits.${it}) && quantity(self.soft.${it}).compareTo(quantity(self.limits.${it})) <= 0))`,
            )
            .join(' && ')})`,
          message: '软限额不可高于限额 / a soft limit is not above the limit',
        },
      ),
    ),
  status: z.object({
    hard: signedResources
      .optional()
      .describe(
        '当日限额：限额加生效中的限时追加和借入，减借出 / today: the limits with every grant in force and what is borrowed, without what is lent',
      ),
    soft: signedResources
      .optional()
      .describe('当日软限额：与当日限额一同增减 / today: it moves with what is granted, borrowed and lent'),
    changesOn: dateText.optional().describe('限额下次变动的日期 / the day on which that changes next'),
    posted: signedResources.optional(),
    pending: signedResources.optional(),
    free: signedResources.optional(),
    conditions: conditions.optional(),
    observedGeneration: generation.optional(),
  }),
  columns: [
    { name: 'Organisation', type: 'string', jsonPath: '.spec.child.organization' },
    { name: 'System', type: 'string', jsonPath: '.spec.child.system' },
    { name: 'vCPU', type: 'string', jsonPath: '.status.hard.vcpu' },
    { name: 'Free-vCPU', type: 'string', jsonPath: '.status.free.vcpu' },
    { name: 'Memory', type: 'string', jsonPath: '.status.hard.memory' },
    { name: 'Free-Memory', type: 'string', jsonPath: '.status.free.memory' },
    { name: 'Changes', type: 'string', jsonPath: '.status.changesOn' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
});
export type Quota = ObjectOf<typeof Quota>;

/** Which reviews a request passes. The flow of lowest `order` whose condition holds is taken. */
export const ApprovalFlow = defineKind({
  kind: 'ApprovalFlow',
  plural: 'approvalflows',
  singular: 'approvalflow',
  shortNames: ['flow', 'flows'],
  namespaced: false,
  description: '审批流程 / the reviews that a request passes',
  spec: z
    .object({
      title: localized,
      order: z.int().min(0).max(1000).describe('先比较小的 / lower is tried first'),
      when: cel
        .optional()
        .describe('适用条件，CEL；缺省为任何申请 / CEL: which requests pass it; absent means any'),
      upTo: z
        .object({
          vcpu: resources.shape.vcpu,
          memory: resources.shape.memory,
          storage: resources.shape.ssd.describe('SSD 与 HDD 合计 / SSD and HDD together'),
          mlps: mlpsLevel.optional(),
        })
        .optional()
        .describe('适用上限，`when` 的旧写法 / bounds, an older way to say `when`'),
      steps: z
        .array(
          z.object({
            name: z.enum(['initial', 'technical', 'approval']),
            approvals: z.int().min(1).max(5).describe('需要几人通过 / how many must approve'),
            dueWorkingDays: z.int().min(1).max(60).describe('办理时限（工作日） / working days until due'),
            escalateWorkingDays: z
              .int()
              .min(1)
              .max(60)
              .optional()
              .describe(
                '逾期后再过几个工作日上报；缺省为不上报 / working days after that until a late step is told further up; absent: never',
              ),
          }),
        )
        .min(1)
        .max(3)
        .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] }),
    })
    .meta(
      rules({
        rule: '!(has(self.when) && has(self.upTo))',
        message: 'when 与 upTo 只写一个 / only one of when and upTo',
      }),
    ),
  status: z.object({ conditions: conditions.optional(), observedGeneration: generation.optional() }),
  columns: [
    { name: 'Title', type: 'string', jsonPath: '.spec.title.zh' },
    { name: 'Order', type: 'integer', jsonPath: '.spec.order' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
});
export type ApprovalFlow = ObjectOf<typeof ApprovalFlow>;
export type StepName = ApprovalFlow['spec']['steps'][number]['name'];

/** A government information system (政务信息系统) that runs in the city cloud. */
export const InformationSystem = defineKind({
  kind: 'InformationSystem',
  plural: 'informationsystems',
  singular: 'informationsystem',
  shortNames: ['isys'],
  namespaced: true,
  description: '政务信息系统 / a government information system',
  spec: z.object({
    name: localized,
    classified: z.boolean().describe('是否涉密；涉密系统不上云 / classified systems never come here'),
    level: z
      .enum(['provincial', 'provincial-city', 'city', 'county', 'department'])
      .describe('建设层级 / who builds it'),
    mlps: z.object({ level: mlpsLevel, filing: line.optional().describe('备案号 / filing number') }),
    dataClass: dataClass.describe('数据分级 / data class'),
    xinchuang: z
      .boolean()
      .optional()
      .describe('须用信创资源；缺省为不要求 / only Xinchuang pools; absent means any pool'),
    targetUsers: z.int().min(0).max(100_000_000).describe('目标用户数 / target users'),
    platform: z.object({
      chip: line.optional().describe('芯片 / chip'),
      os: line.optional().describe('操作系统 / operating system'),
      database: line.optional().describe('数据库 / database'),
    }),
    disasterRecoveryGrade: z.int().min(0).max(6).describe('灾备等级 / disaster-recovery grade'),
    hosting: z.enum(['city-cloud', 'department', 'planned']).describe('部署位置 / where it runs'),
    contact: z.object({ person: line, phone }),
    planRow: line.optional().describe('规划出处 / its row in the plan'),
    due: line.optional(),
  }),
  status: z.object({ conditions: conditions.optional(), observedGeneration: generation.optional() }),
  columns: [
    { name: 'Title', type: 'string', jsonPath: '.spec.name.zh' },
    { name: 'MLPS', type: 'integer', jsonPath: '.spec.mlps.level' },
    { name: 'Hosting', type: 'string', jsonPath: '.spec.hosting' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
});
export type InformationSystem = ObjectOf<typeof InformationSystem>;

/** An approved project; every request hangs on one. */
export const Project = defineKind({
  kind: 'Project',
  plural: 'projects',
  singular: 'project',
  shortNames: ['proj'],
  namespaced: true,
  description: '已批复的项目 / an approved project',
  spec: z.object({
    title: localized,
    approvalNumber: line.describe('批复文号 / approval number'),
    funding: z
      .enum(['city-finance', 'county-finance', 'special', 'department', 'other'])
      .describe(
        '资金来源；单位自筹（department）时预算是上限，其余统采统付，只作提示 / funding; of the department’s own money the budget is a bound, of any other it is shown',
      ),
    budgetFen: z.int().min(0).max(Number.MAX_SAFE_INTEGER).describe('预算（分） / budget in fen'),
    from: dateText,
    until: dateText.optional(),
    systems: z
      .array(objectName)
      .max(50)
      .meta({ 'x-kubernetes-list-type': 'set' })
      .describe('所含系统 / its systems'),
  }),
  status: z.object({ conditions: conditions.optional(), observedGeneration: generation.optional() }),
  columns: [
    { name: 'Title', type: 'string', jsonPath: '.spec.title.zh' },
    { name: 'Approval', type: 'string', jsonPath: '.spec.approvalNumber' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
});
export type Project = ObjectOf<typeof Project>;
