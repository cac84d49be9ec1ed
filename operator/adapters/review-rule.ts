import { resourceOf } from '../../api/kind.ts';
import { type Decision, Repair, ResourceRequest, StockImport } from '../../api/v1alpha1/index.ts';
import { GovError, reason } from '../../domain/errors.ts';
import { sameJson } from '../../domain/same.ts';
import type { KubeClient } from '../../kube/client.ts';
import { KubeError } from '../../kube/errors.ts';
import type { ObjectName, ResourceRef } from '../../kube/types.ts';
import {
  type BindingObject,
  loadPolicy,
  type PolicyObject,
  REVIEW_RULES,
  servedSpec,
} from '../../policies/admission.ts';
import { getIfThere } from './members.ts';

const POLICIES = admissionResource('validatingadmissionpolicies');
const BINDINGS = admissionResource('validatingadmissionpolicybindings');

function admissionResource(plural: string): ResourceRef {
  return { group: 'admissionregistration.k8s.io', version: 'v1', plural, namespaced: false };
}

/**
 * Proves that the hub enforces the review rule on requests, whole and as we know it, before anything is granted on
 * decisions that it let through.
 * @throws GovError E_REVIEW_RULE_MISSING, E_REVIEW_RULE_CHANGED
 */
export async function proveRequestReview(client: KubeClient, { metadata }: ResourceRequest): Promise<void> {
  const { name, namespace = '', generation = 0 } = metadata;
  const forged: Decision = {
    step: 'approval',
    ticket: 'forged',
    generation,
    reviewer: 'forged',
    verdict: 'approve',
  };
  await proveEnforced(client, resourceOf(ResourceRequest), { name, namespace }, forged);
  await proveUnchanged(client, REVIEW_RULES.ResourceRequest);
}

/**
 * The same for what is approved by its digest: a batch of opening stock, a plan of repair.
 * @throws GovError E_REVIEW_RULE_MISSING, E_REVIEW_RULE_CHANGED
 */
export async function proveDigestReview(
  client: KubeClient,
  kind: typeof StockImport | typeof Repair,
  name: string,
): Promise<void> {
  const forged = { digest: 'forged', reviewer: 'forged', verdict: 'approve' };
  await proveEnforced(client, resourceOf(kind), { name }, forged);
  await proveUnchanged(client, REVIEW_RULES[kind.kind as 'StockImport' | 'Repair']);
}

/** A forged decision, sent as a dry run, is refused by a rule: what stands in the API may not be enforced (yet). */
async function proveEnforced(
  client: KubeClient,
  resource: ResourceRef,
  object: ObjectName,
  forged: object,
): Promise<void> {
  const patch = [{ op: 'add' as const, path: '/status/decisions/-', value: forged }];
  try {
    await client.jsonPatch(resource, object, patch, { subresource: 'status', dryRun: true });
  } catch (error) {
    // Only the rule's own refusal proves it; anything else (no connection, a conflict) proves nothing.
    if (error instanceof KubeError && /E_[A-Z_]+: /.test(error.message)) return;
    throw error;
  }
  throw new GovError(reason('E_REVIEW_RULE_MISSING'));
}

/**
 * The rules stand as objects, as we know them: one forgery is refused by many parts of a rule, so that its refusal does
 * not show that one of them is gone, or that a condition leaves somebody out.
 */
async function proveUnchanged(client: KubeClient, rules: readonly string[]): Promise<void> {
  const names = await changedRules(client, rules);
  if (names.length > 0) throw new GovError(reason('E_REVIEW_RULE_CHANGED', { rules: names.join(', ') }));
}

/** Names of rules that the hub does not have as they were released: the policy, or its binding. */
export async function changedRules(client: KubeClient, rules: readonly string[]): Promise<readonly string[]> {
  const wanted = rules.map(loadPolicy).flatMap(({ policy, binding }) => [
    { resource: POLICIES, object: policy },
    { resource: BINDINGS, object: binding },
  ]);
  const changed = await Promise.all(
    wanted.map(async ({ resource, object }) => {
      const found = await getIfThere<PolicyObject | BindingObject>(client, resource, object.metadata);
      return found && sameJson(found.spec, servedSpec(object)) ? [] : [object.metadata.name];
    }),
  );
  return [...new Set(changed.flat())];
}
