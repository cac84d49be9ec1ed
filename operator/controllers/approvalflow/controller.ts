import { resourceOf } from '../../../api/kind.ts';
import { ApprovalFlow } from '../../../api/v1alpha1/index.ts';
import { checkFlow } from '../../../domain/approval/flow.ts';
import { settleConditions } from '../../../domain/conditions.ts';
import { reasonText } from '../../../domain/errors.ts';
import { sameJson } from '../../../domain/same.ts';
import { infrastructureConditions } from '../../../messages/infrastructure.ts';
import { writeStatus } from '../../status.ts';
import type { Term } from '../../term.ts';

/** Tells of a flow, when it is applied, whether its condition can be asked at all. */
export async function reconcileApprovalFlow(term: Term, key: string): Promise<void> {
  const { hub, clock } = term;
  const flow = hub.flows.get(key);
  if (!flow) return;
  const reasons = checkFlow(flow);
  const problems = {
    zh: reasons.map((it) => reasonText(it, 'zh')).join('; '),
    en: reasons.map((it) => reasonText(it, 'en')).join('; '),
  };
  const valid =
    reasons.length === 0
      ? { status: 'True' as const, reason: 'Checked', message: infrastructureConditions.flowValid }
      : {
          status: 'False' as const,
          reason: 'CheckFailed',
          message: infrastructureConditions.itemInvalid,
          params: { problems },
        };
  const generation = flow.metadata.generation ?? 0;
  const now = new Date(clock.now()).toISOString();
  const status = {
    conditions: settleConditions(flow.status?.conditions, [{ type: 'Valid', ...valid }], now, generation),
    observedGeneration: generation,
  };
  if (!sameJson(flow.status, status)) await writeStatus(term, resourceOf(ApprovalFlow), flow, status);
}
