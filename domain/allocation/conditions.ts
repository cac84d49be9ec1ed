import { allocationConditions } from '../../messages/allocations.ts';
import type { WantedCondition } from '../conditions.ts';

export function condition(
  type: string,
  status: WantedCondition['status'],
  reason: string,
  message: keyof typeof allocationConditions,
  params: WantedCondition['params'] = {},
): WantedCondition {
  return { type, status, reason, message: allocationConditions[message], params };
}
