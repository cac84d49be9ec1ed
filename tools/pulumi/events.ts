import type { EngineEvent, StepEventMetadata } from '@pulumi/pulumi/automation/events.js';
import { type Change, type ChangeAction, fieldChanges } from '../../domain/capacity/plan.ts';

/** What an engine would do or did, as its events tell it. */
export interface Plan {
  /** What differs from the declaration. */
  readonly changes: readonly Change[];
  /** What somebody else changed on the hub since the state was last written. */
  readonly drift: readonly Change[];
  /** Objects that are as declared. */
  readonly same: number;
  /** What the hub refused already when it was asked to try, so that the plan may end there. */
  readonly refused: readonly Failure[];
}

/** What went wrong with one object, or as a whole. */
export interface Failure {
  /** `Kind/namespace/name`; absent if it is about no object. */
  readonly object?: string;
  readonly message: string;
}

const ACTIONS: Readonly<Record<string, ChangeAction>> = {
  create: 'create',
  update: 'update',
  delete: 'delete',
  replace: 'replace',
};

interface Inputs {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** Gathers the events of one run into its plan. */
export class Gatherer {
  private readonly changes = new Map<string, Change>();
  private readonly drift = new Map<string, Change>();
  private readonly same = new Set<string>();
  /** Objects that are being looked at: how that ends, the engine tells as an update or a deletion. */
  private readonly looked = new Set<string>();
  private readonly failures: Failure[] = [];

  /** @returns the object whose step is over, if the event says so */
  take(event: EngineEvent): Change | undefined {
    const { resourcePreEvent, resOutputsEvent, diagnosticEvent } = event;
    if (diagnosticEvent?.severity === 'error') this.fail(diagnosticEvent.urn, diagnosticEvent.message);
    if (resourcePreEvent && isObject(resourcePreEvent.metadata)) this.plan(resourcePreEvent.metadata);
    if (resOutputsEvent && isObject(resOutputsEvent.metadata)) return this.finish(resOutputsEvent.metadata);
    return undefined;
  }

  private plan(step: StepEventMetadata): void {
    const action = ACTIONS[step.op];
    if (step.op === 'refresh') this.looked.add(step.urn);
    else if (action) this.changes.set(step.urn, changeOf(action, step));
    else if (step.op === 'same') this.same.add(step.urn);
  }

  private finish(step: StepEventMetadata): Change | undefined {
    if (!this.looked.delete(step.urn)) return this.changes.get(step.urn);
    const change = changeOf('drift', step);
    if (!step.new || change.fields.length > 0) this.drift.set(step.urn, change);
    return change;
  }

  private fail(urn: string | undefined, text: string): void {
    const message = text.replace(/<\{%.*?%\}>/g, '').trim();
    const [type = '', name = ''] = (urn ?? '').split('::').slice(2);
    // The stack itself only says that something failed.
    if (type === 'pulumi:pulumi:Stack' && this.failures.length > 0) return;
    const object = type.includes('kubernetes:') ? { object: name } : {};
    if (message !== '') this.failures.push({ ...object, message });
  }

  get result(): Plan {
    return {
      changes: inOrder(this.changes),
      drift: inOrder(this.drift),
      same: this.same.size,
      refused: this.failures,
    };
  }
}

/** By kind and name: the order of the work is another each time. */
function inOrder(changes: ReadonlyMap<string, Change>): readonly Change[] {
  const key = ({ kind, namespace = '', name }: Change) => `${kind}/${namespace}/${name}`;
  return [...changes.values()].toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** Components, providers and the stack itself are none of the hub's objects. */
function isObject({ type }: StepEventMetadata): boolean {
  return type.startsWith('kubernetes:');
}

function changeOf(action: ChangeAction, step: StepEventMetadata): Change {
  const before = step.old?.inputs as Inputs | undefined;
  const after = step.new?.inputs as Inputs | undefined;
  const { kind, metadata } = (after?.kind ? after : before) as Inputs;
  const both = before !== undefined && after?.kind !== undefined;
  return {
    action,
    kind,
    name: metadata.name,
    ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
    fields: both ? fieldChanges(before, after) : [],
  };
}
