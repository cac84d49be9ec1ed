import { Environment } from '@marcbachmann/cel-js';
import type { ApprovalFlow, ResourceRequest } from '../../api/v1alpha1/index.ts';
import { refuseBomb } from '../catalogue/expressions.ts';
import { type Reason, reason } from '../errors.ts';
import { GIB, parseQuantity, type ResourceVector, TIB } from '../quantity.ts';

/** What `when` of a flow sees of a request; docs/reference/cel.md lists it. */
export interface FlowFacts {
  readonly action: ResourceRequest['spec']['action'];
  readonly mlps: number;
  /** All that the request asks for, or gives back, and not the difference against what is held. */
  readonly total: ResourceVector;
  /** What that costs a month. */
  readonly monthlyFen: number;
}

const environment = new Environment()
  .registerConstant('core', 'int', 1000n)
  .registerConstant('GiB', 'int', GIB)
  .registerConstant('TiB', 'int', TIB)
  .registerVariable('action', 'string')
  .registerVariable('mlps', 'int')
  .registerVariable('vcpu', 'int')
  .registerVariable('memory', 'int')
  .registerVariable('ssd', 'int')
  .registerVariable('hdd', 'int')
  .registerVariable('monthlyFen', 'int');

/**
 * The flow that a request passes: of those whose condition holds, the one of lowest order, then by name. A flow whose
 * condition is wrong is no reason to take a laxer one behind it: who meets it waits until it is mended.
 */
export function chooseFlow(
  flows: readonly ApprovalFlow[],
  facts: FlowFacts,
): { readonly flow: ApprovalFlow } | { readonly reason: Reason } {
  const { total, action, mlps, monthlyFen } = facts;
  const seen = {
    action,
    mlps: BigInt(mlps),
    vcpu: total.get('vcpu').value,
    memory: total.get('memory').value,
    ssd: total.get('ssd').value,
    hdd: total.get('hdd').value,
    monthlyFen: BigInt(monthlyFen),
  };
  const inOrder = flows.toSorted(
    (a, b) => a.spec.order - b.spec.order || (a.metadata.name < b.metadata.name ? -1 : 1),
  );
  for (const flow of inOrder) {
    const condition = conditionOf(flow);
    if ('problem' in condition) return { reason: invalid(flow, condition.problem) };
    try {
      if (condition.holds(seen) === true) return { flow };
    } catch (error) {
      return { reason: invalid(flow, firstLine(error)) };
    }
  }
  return { reason: reason('E_FLOW_MISSING') };
}

/** What is wrong with a flow's condition, whatever is asked for. */
export function checkFlow(flow: ApprovalFlow): readonly Reason[] {
  const condition = conditionOf(flow);
  return 'problem' in condition ? [invalid(flow, condition.problem)] : [];
}

type Condition =
  | { readonly holds: (facts: Record<string, unknown>) => unknown }
  | { readonly problem: string };

/** A flow does not change, and every quote asks all of them. */
const conditions = new WeakMap<ApprovalFlow['spec'], Condition>();

function conditionOf({ spec }: ApprovalFlow): Condition {
  const known = conditions.get(spec) ?? parse(spec);
  conditions.set(spec, known);
  return known;
}

function parse(spec: ApprovalFlow['spec']): Condition {
  try {
    const parsed = environment.parse(whenOf(spec));
    refuseBomb(parsed.ast);
    const { valid, type, error } = parsed.check();
    if (!valid) return { problem: firstLine(error) };
    return type === 'bool' ? { holds: parsed } : { problem: `gives ${type}, must be bool` };
  } catch (error) {
    return { problem: firstLine(error) };
  }
}

/** `upTo` is the older way to say the same. */
function whenOf({ when, upTo }: ApprovalFlow['spec']): string {
  if (when !== undefined || upTo === undefined) return when ?? 'true';
  const { vcpu, memory, storage, mlps } = upTo;
  const bounds = [
    ...(vcpu === undefined ? [] : [`vcpu <= ${parseQuantity('vcpu', vcpu).value}`]),
    ...(memory === undefined ? [] : [`memory <= ${parseQuantity('memory', memory).value}`]),
    ...(storage === undefined ? [] : [`ssd + hdd <= ${parseQuantity('ssd', storage).value}`]),
    ...(mlps === undefined ? [] : [`mlps <= ${mlps}`]),
  ];
  return bounds.length === 0 ? 'true' : bounds.join(' && ');
}

function invalid({ metadata }: ApprovalFlow, problem: string): Reason {
  return reason('E_FLOW_INVALID', { flow: metadata.name, problem });
}

/** The language's errors draw the place in more lines. */
function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';
}
