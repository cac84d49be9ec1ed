import { z } from 'zod';
import { defineKind, type ObjectOf, rules } from '../kind.ts';
import {
  account,
  arch,
  comment,
  conditions,
  dateText,
  digestDecisions,
  fen,
  generation,
  line,
  objectName,
  organizationCode,
  parameterValues,
  reasonText,
  resources,
  timeText,
  token,
  zoneName,
} from './common.ts';
import { ACTIONS, STATES } from './resourcerequest.ts';

const handover = z.object({
  action: z
    .enum(['deliver', 'accept', 'refuse', 'erase', 'hold', 'unhold', 'transfer', 'keep'])
    .describe(
      '交付、验收、拒绝验收；清除保留的磁盘；冻结、解除冻结；同意划转、撤回同意 / the latter erase what was retained, set and lift a legal hold, and agree that it is transferred, or no longer do',
    ),
  revision: z.int().min(1),
  by: account,
  evidence: comment.optional().describe('交付凭证 / evidence of delivery'),
  organization: organizationCode
    .optional()
    .describe('同意划转给该组织 / to which it is agreed to be transferred'),
  comment: comment.optional(),
});
export type Handover = z.infer<typeof handover>;

/**
 * One granted item: written only by the operator, and only from a posted row of the books. Its requester
 * accepts or refuses it; manual items are delivered by an engineer with evidence.
 */
export const Allocation = defineKind({
  kind: 'Allocation',
  plural: 'allocations',
  singular: 'allocation',
  shortNames: ['alloc', 'allocs'],
  namespaced: true,
  description: '已批准的资源分配 / one granted item',
  spec: z.object({
    request: z
      .object({ name: objectName, uid: token(64), serial: token(20), generation })
      .describe('所依据的申请 / the request it rests on'),
    basis: line.optional().describe('依据文号（存量） / the document it rests on, for opening stock'),
    requester: z
      .string()
      .max(253)
      .regex(/^[\x21-\x7e]*$/)
      .describe('验收人账号；存量为空 / the account that accepts; empty for opening stock'),
    organization: organizationCode,
    system: objectName,
    project: objectName.optional().describe('项目；存量没有 / absent for opening stock'),
    item: objectName,
    itemVersion: token(64),
    fulfilment: z.enum(['auto', 'manual']),
    quantity: z.int().min(1).max(1000),
    parameters: parameterValues,
    zone: zoneName,
    arch,
    pool: objectName,
    cluster: objectName,
    consumes: resources,
    monthlyFen: fen,
    from: dateText,
    until: dateText.optional().describe('到期日；存量可缺 / end of the term'),
    retainDays: z.int().min(0).max(365),
    revision: z.int().min(1).max(1_000_000).describe('修订号，每次变更加一 / raised by each change'),
    changes: z
      .array(
        z.object({
          revision: z.int().min(1).max(1_000_000),
          action: z.enum(ACTIONS),
          request: token(64).describe('申请 uid / uid of the request'),
          generation,
          serial: token(20).describe('受理编号 / serial number'),
        }),
      )
      .max(1000)
      .describe('历次批准的申请 / every granted request that shaped it'),
    contentRevision: z
      .int()
      .min(1)
      .max(1_000_000)
      .describe(
        '内容最近变更的修订号，验收针对它 / revision that last changed the content; acceptance names it',
      ),
    pendingCredit: z
      .object({ request: token(64), generation, amounts: resources })
      .optional()
      .describe(
        '缩减在成员集群中完成后再记回账的数额 / credited to the books once the shrink is seen in the member',
      ),
    suspended: z
      .boolean()
      .optional()
      .describe(
        '已批准停用：磁盘保留、仍占额度，机器停止 / suspension was approved: its machines stop, its disks and what is posted stay',
      ),
    released: z.boolean().optional().describe('已批准释放 / release was approved'),
    releasedOn: dateText
      .optional()
      .describe('批准释放之日，保留天数由此起算 / day of the release, from which retainDays count'),
    adopted: z.boolean().optional().describe('存量，对象已存在 / opening stock: its objects exist already'),
    formerHolders: z
      .array(
        z.object({
          organization: organizationCode,
          system: objectName,
          uid: token(64).describe('其名下分配的 uid / uid of the allocation there'),
          until: dateText.describe('持有至此日 / the last day on which it had it'),
        }),
      )
      .max(100)
      .optional()
      .describe(
        '此前持有它的组织，由先到后；成员集群中的名称和密码沿用最初的 / who had it before, in order; its names and passwords in the member are those of the first',
      ),
    transferred: z
      .object({
        organization: organizationCode,
        on: dateText.describe('自该日起属于对方 / from this day it is the other’s'),
      })
      .optional()
      .describe(
        '已划转给该组织，成员集群中的对象随之而去 / handed to this organisation, with its objects in the member',
      ),
  }),
  status: z.object({
    state: z.enum(STATES).optional(),
    stateText: z.string().max(80).optional(),
    namespace: objectName.optional().describe('成员集群中的命名空间 / namespace in the member'),
    observedRevision: z
      .int()
      .optional()
      .describe('已在成员集群中落实的修订号 / revision that the member has'),
    deliveredRevision: z.int().optional().describe('已交付的修订号 / revision that was delivered'),
    anchor: z
      .string()
      .max(64)
      .optional()
      .describe('锚点 ConfigMap 的 uid / uid of the anchor that owns its objects'),
    suspendable: z
      .boolean()
      .optional()
      .describe(
        '可否停用；自动项须有停用办法，存量须先变更 / whether it can be suspended: an auto item says how, opening stock is changed first',
      ),
    trialUntil: dateText
      .optional()
      .describe(
        '试用至此日，其间可验收或拒绝 / last day of the trial, within which it is to be accepted or refused',
      ),
    retainedUntil: dateText
      .optional()
      .describe(
        '磁盘保留至此日，其后须批准才清除 / disks are kept to this day; after it they are erased once that is decided',
      ),
    objects: z
      .array(
        z.object({
          apiVersion: z.string().max(100),
          kind: z.string().max(63),
          name: z.string().max(253),
          template: z.string().max(40),
        }),
      )
      .max(4000)
      .optional(),
    outputs: z
      .array(z.object({ name: z.string().max(40), title: z.string().max(200), value: z.string().max(500) }))
      .max(12)
      .optional(),
    credentialsSecret: objectName.optional().describe('凭据 Secret / the Secret with the credentials'),
    credentialsDigest: z.string().max(64).optional().describe('已复制凭据的摘要 / digest of what was copied'),
    handovers: z.array(handover).max(100).optional().describe('交付与验收，只增 / append-only'),
    acceptedAt: timeText.optional(),
    conditions: conditions.optional(),
    observedGeneration: generation.optional(),
  }),
  columns: [
    { name: 'Serial', type: 'string', jsonPath: '.spec.request.serial' },
    { name: 'Organisation', type: 'string', jsonPath: '.spec.organization' },
    { name: 'System', type: 'string', jsonPath: '.spec.system' },
    { name: 'Item', type: 'string', jsonPath: '.spec.item' },
    { name: 'Quantity', type: 'integer', jsonPath: '.spec.quantity' },
    { name: 'Step', type: 'string', jsonPath: '.status.stateText' },
    { name: 'Until', type: 'string', jsonPath: '.spec.until' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
    { name: 'Cluster', type: 'string', jsonPath: '.spec.cluster', priority: 1 },
  ],
});
export type Allocation = ObjectOf<typeof Allocation>;

/**
 * Opening stock: what ran before the books were opened, at most 500 rows an object. The bureau approves the
 * batch; each good row becomes a dated entry and an allocation.
 */
export const StockImport = defineKind({
  kind: 'StockImport',
  plural: 'stockimports',
  singular: 'stockimport',
  shortNames: ['stock'],
  namespaced: false,
  description: '存量导入 / opening stock',
  spec: z
    .object({
      requester: account,
      file: z.object({
        name: line,
        sm3: z
          .string()
          .regex(/^[0-9a-f]{64}$/)
          .max(64),
        rows: z.int().min(1).max(1_000_000),
      }),
      rows: z
        .array(
          z.object({
            row: z.int().min(1).max(1_000_000).describe('文件中的行号 / row in the file'),
            organization: organizationCode,
            system: objectName,
            item: objectName,
            parameters: parameterValues,
            quantity: z.int().min(1).max(1000),
            zone: zoneName,
            arch,
            addresses: comment.optional().describe('IP 地址 / addresses'),
            openedOn: dateText.describe('开通日期 / opened on'),
            basis: line.describe('依据文号 / the document it rests on'),
          }),
        )
        .min(1)
        .max(500)
        .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['row'] }),
    })
    // Who handed it in does not approve it, whatever name they would put there since.
    .meta(
      rules({
        rule: 'self.requester == oldSelf.requester',
        message: '录入人不可改 / the requester never changes',
      }),
    ),
  status: z.object({
    state: z.enum(['PendingApproval', 'Approved', 'Rejected', 'Opened']).optional(),
    digest: z.string().max(64).optional().describe('批准所针对的内容摘要 / digest that a decision must name'),
    decisions: digestDecisions.optional(),
    rows: z
      .array(
        z.object({
          row: z.int(),
          result: z.enum(['Opened', 'Refused']),
          allocation: z.string().max(120).optional(),
          reasons: z.array(reasonText).max(16).optional(),
        }),
      )
      .max(500)
      .optional(),
    opened: z.int().optional(),
    refused: z.int().optional(),
    conditions: conditions.optional(),
    observedGeneration: generation.optional(),
  }),
  columns: [
    { name: 'File', type: 'string', jsonPath: '.spec.file.name' },
    { name: 'Rows', type: 'integer', jsonPath: '.spec.file.rows' },
    { name: 'State', type: 'string', jsonPath: '.status.state' },
    { name: 'Opened', type: 'integer', jsonPath: '.status.opened' },
    { name: 'Refused', type: 'integer', jsonPath: '.status.refused' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
});
export type StockImport = ObjectOf<typeof StockImport>;
