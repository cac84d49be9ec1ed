import { z } from 'zod';
import { defineKind, type ObjectOf, rules } from '../kind.ts';
import { account, comment, conditions, dateText, generation } from './common.ts';

/**
 * Somebody stands in for a reviewer on a step, from one day until another: in the namespace of an organisation for the
 * requests there, in `govcloud-system` for all. A reviewer who holds the step makes it for themselves; where that reviewer
 * is gone the security administrator takes the step over for them, with the reason.
 */
export const Delegation = defineKind({
  kind: 'Delegation',
  plural: 'delegations',
  singular: 'delegation',
  shortNames: [],
  namespaced: true,
  description:
    '委托代办：审批人在一段时间内由他人代办一个环节 / a stand-in for a reviewer on a step, for a time',
  spec: z
    .object({
      madeBy: account.describe('作出委托的账号，即调用者 / the account that makes it: the caller'),
      reviewer: account.describe('被代的审批人 / the reviewer who is stood in for'),
      standin: account.describe('代办人 / who stands in'),
      step: z.enum(['initial', 'technical', 'approval']).describe('环节 / step'),
      from: dateText.describe('自该日起 / from this day'),
      until: dateText.describe('至该日止 / until this day, included'),
      reason: comment.min(1).describe('事由 / why'),
    })
    .meta(
      rules(
        {
          rule: 'self == oldSelf',
          message: '委托不可改，请另作一份 / a delegation is not changed: make another',
        },
        { rule: 'self.from <= self.until', message: '起止日期颠倒 / it ends before it begins' },
        {
          rule: 'self.reviewer != self.standin',
          message: '代办人须为他人 / nobody stands in for themselves',
        },
      ),
    ),
  status: z.object({ conditions: conditions.optional(), observedGeneration: generation.optional() }),
  columns: [
    { name: 'Reviewer', type: 'string', jsonPath: '.spec.reviewer' },
    { name: 'Standin', type: 'string', jsonPath: '.spec.standin' },
    { name: 'Step', type: 'string', jsonPath: '.spec.step' },
    { name: 'From', type: 'string', jsonPath: '.spec.from' },
    { name: 'Until', type: 'string', jsonPath: '.spec.until' },
  ],
});
export type Delegation = ObjectOf<typeof Delegation>;
