import { resourceOf } from '../../api/kind.ts';
import { type Decision, ResourceRequest } from '../../api/v1alpha1/index.ts';
import { GovError, reason } from '../../domain/errors.ts';
import type { KubeClient } from '../../kube/client.ts';
import { KubeError } from '../../kube/errors.ts';

/**
 * Proves that the hub enforces the review rule, before anything is granted on decisions that it let through: a
 * forged decision, sent as a dry run, must be refused by the rule. Whether the policy object exists proves less (it
 * may lack its binding, or be weakened), and a policy that the API server holds itself cannot be read at all.
 * @throws GovError E_REVIEW_RULE_MISSING
 */
export async function proveReviewRule(client: KubeClient, request: ResourceRequest): Promise<void> {
  const forged: Decision = {
    step: 'approval',
    ticket: 'forged',
    generation: request.metadata.generation ?? 0,
    reviewer: 'forged',
    verdict: 'approve',
  };
  const { name, namespace } = request.metadata;
  const object = { name, ...(namespace === undefined ? {} : { namespace }) };
  const patch = [{ op: 'add' as const, path: '/status/decisions/-', value: forged }];
  try {
    await client.jsonPatch(resourceOf(ResourceRequest), object, patch, {
      subresource: 'status',
      dryRun: true,
    });
  } catch (error) {
    // Only the rule's own refusal proves it; anything else (no connection, a conflict) proves nothing.
    if (error instanceof KubeError && /E_[A-Z_]+: /.test(error.message)) return;
    throw error;
  }
  throw new GovError(reason('E_REVIEW_RULE_MISSING'));
}
