import { z } from 'zod';
import { defineKind, type ObjectOf } from '../kind.ts';
import { account, comment, conditions, digestDecisions, generation, reasonText } from './common.ts';

/** What mends one difference between the hub and the books, of which one was restored to an older state. */
const REPAIR_ACTIONS = [
  'CloseRequest',
  'RestoreAllocation',
  'RestoreRaise',
  'AdoptLimit',
  'ClearLimit',
  'EnterAllocation',
  'EnterSerial',
] as const;

/** The most differences that a plan shows; the plan itself, its digest and its carrying out have no bound. */
export const REPAIR_ITEMS_SHOWN = 200;

/**
 * A plan that brings hub and books together again after one of them was restored. The operator makes the plan, a
 * security admin who did not ask for it approves it, and the operator carries out that plan and no other.
 */
export const Repair = defineKind({
  kind: 'Repair',
  plural: 'repairs',
  singular: 'repair',
  shortNames: [],
  namespaced: false,
  description: '账本与集群的修复 / repair of hub and books',
  spec: z.object({
    requester: account,
    reason: comment.describe('缘由 / why hub and books are apart'),
  }),
  status: z.object({
    state: z.enum(['PendingApproval', 'Rejected', 'Done']).optional(),
    digest: z
      .string()
      .max(64)
      .optional()
      .describe('批准所针对的计划摘要 / digest of the plan that a decision must name'),
    total: z.int().optional().describe('差异总数 / how many differences there are'),
    items: z
      .array(
        z.object({
          action: z.enum(REPAIR_ACTIONS),
          object: z.string().max(253).describe('对象 / the object, as namespace/name'),
          difference: reasonText,
        }),
      )
      .max(REPAIR_ITEMS_SHOWN)
      .optional()
      .describe('计划，一行一处差异 / the plan, an item a difference'),
    decisions: digestDecisions.optional(),
    repaired: z.int().optional().describe('已修复 / how many were mended'),
    conditions: conditions.optional(),
    observedGeneration: generation.optional(),
  }),
  columns: [
    { name: 'State', type: 'string', jsonPath: '.status.state' },
    { name: 'Differences', type: 'integer', jsonPath: '.status.total' },
    { name: 'Requester', type: 'string', jsonPath: '.spec.requester' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
});
export type Repair = ObjectOf<typeof Repair>;
