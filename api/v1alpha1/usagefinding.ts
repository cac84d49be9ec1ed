import { z } from 'zod';
import { defineKind, type ObjectOf, rules } from '../kind.ts';
import {
  account,
  comment,
  conditions,
  dateText,
  fen,
  generation,
  line,
  objectName,
  organizationCode,
  phone,
  token,
} from './common.ts';

/** What use says of a grant. */
export const FINDINGS = ['Idle', 'Oversized', 'Undersized'] as const;

/** Why a finding is over, though nobody dropped it. */
const ENDINGS = ['Released', 'Resized', 'UseChanged', 'Exempt', 'AllocationGone', 'SetBack'] as const;

const amount = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const size = z.object({
  vcpu: z.int().min(1).max(1_000_000),
  memoryGiB: z.int().min(1).max(1_000_000),
});

/**
 * What a person says of a finding: its owner answers it, somebody else judges an appeal. It names the day on which what it is
 * about was raised, and the generation that was read.
 */
const usageDecision = z
  .object({
    step: z
      .enum(['answer', 'judge'])
      .describe('答复、裁定 / the owner’s answer, or a judgement of an appeal'),
    raised: dateText.describe('所针对的提出日期 / raised on, of what it is about'),
    generation: generation.describe('所见的版本 / generation that was read'),
    by: account,
    verdict: z
      .enum(['release', 'resize', 'appeal', 'uphold', 'dismiss'])
      .describe(
        '答复：将释放、将变更规格、申诉；裁定：维持、撤销该发现 / answer: will release, will resize, appeals; judgement: the finding stands, or is dropped',
      ),
    comment: comment.optional(),
  })
  .meta(
    rules({
      rule: "(self.step == 'judge') == (self.verdict in ['uphold', 'dismiss'])",
      message:
        '答复填 release、resize 或 appeal，裁定填 uphold 或 dismiss / an answer is release, resize or appeal, a judgement uphold or dismiss',
    }),
  );
export type UsageDecision = z.infer<typeof usageDecision>;

/**
 * A grant that its use says is idle, too large or too small: who must answer, by when, and on what evidence. Spec is the
 * operator’s alone; people answer and judge in `status.decisions`. Nothing is stopped or deleted by it.
 */
export const UsageFinding = defineKind({
  kind: 'UsageFinding',
  plural: 'usagefindings',
  singular: 'usagefinding',
  shortNames: ['uf'],
  namespaced: true,
  description:
    '用量发现：闲置、过大或过小的资源分配，由责任单位答复 / a grant that its use says is idle, too large or too small',
  spec: z.object({
    allocation: z.object({
      name: objectName,
      uid: token(64),
      revision: z.int().min(1).max(1_000_000).describe('所判定的修订号 / revision that was judged'),
    }),
    owner: z
      .object({
        organization: organizationCode,
        system: objectName,
        person: line.optional(),
        phone: phone.optional(),
      })
      .describe('责任单位及系统联系人 / whose ops must answer, and the contact of the system'),
    item: objectName,
    finding: z.enum(FINDINGS).describe('闲置、过大、过小'),
    policyFrom: dateText.describe('所依据的规则的生效日期 / policy, by the day from which it is in force'),
    from: dateText.describe('证据起 / first day of the evidence'),
    until: dateText.describe('证据止 / last day of the evidence'),
    evidence: z
      .array(
        z.object({
          resource: z.enum(['cpu', 'memory', 'storage']),
          granted: amount.describe('批准量；处理器为毫核，其余为字节 / millicores for CPU, else bytes'),
          p95: amount.describe('各日 95 分位中最高的 / highest of the days’ 95th percentiles'),
          p99: amount,
          max: amount,
          coverageBasisPoints: z.int().min(0).max(10_000).describe('覆盖率，万分比 / coverage in 1/10,000'),
        }),
      )
      .min(1)
      .max(3)
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['resource'] })
      .describe('证据，仅含覆盖率达标的 / evidence: what was seen enough'),
    now: size.optional().describe('现单台规格 / size of one unit'),
    recommended: size.optional().describe('建议单台规格 / size recommended for one unit'),
    saving: z
      .object({ millicores: amount, memoryBytes: amount, monthlyFen: fen })
      .optional()
      .describe('每月可节省 / what that saves, money a month'),
    raised: dateText.describe('提出日期 / raised on'),
    deadline: dateText.describe('答复期限 / to be answered by'),
    workingDays: z
      .int()
      .min(1)
      .max(250)
      .describe('每一步的时限（工作日） / working days that whoever is waited for has'),
    ended: z
      .object({ on: dateText, because: z.enum(ENDINGS) })
      .optional()
      .describe('证据已不成立 / the evidence is gone'),
  }),
  status: z.object({
    state: z.enum(['Open', 'Appealed', 'Accepted', 'Upheld', 'Dismissed', 'Closed']).optional(),
    stateText: z.string().max(80).optional(),
    since: dateText.optional().describe('该状态起 / in this state since'),
    due: dateText.optional().describe('当前一步的期限 / whoever is waited for has until then'),
    waitsFor: z.string().max(80).optional(),
    decisions: z.array(usageDecision).max(100).optional().describe('答复与裁定，只增 / append-only'),
    conditions: conditions.optional(),
    observedGeneration: generation.optional(),
  }),
  columns: [
    { name: 'System', type: 'string', jsonPath: '.spec.owner.system' },
    { name: 'Allocation', type: 'string', jsonPath: '.spec.allocation.name' },
    { name: 'Finding', type: 'string', jsonPath: '.spec.finding' },
    { name: 'State', type: 'string', jsonPath: '.status.stateText' },
    { name: 'Waits-For', type: 'string', jsonPath: '.status.waitsFor' },
    { name: 'Due', type: 'string', jsonPath: '.status.due' },
    { name: 'Overdue', type: 'string', jsonPath: ".status.conditions[?(@.type=='Overdue')].status" },
    { name: 'Saving-Fen', type: 'integer', jsonPath: '.spec.saving.monthlyFen' },
    { name: 'Raised', type: 'string', jsonPath: '.spec.raised', priority: 1 },
    { name: 'Policy', type: 'string', jsonPath: '.spec.policyFrom', priority: 1 },
    { name: 'Contact', type: 'string', jsonPath: '.spec.owner.person', priority: 1 },
  ],
});
export type UsageFinding = ObjectOf<typeof UsageFinding>;
