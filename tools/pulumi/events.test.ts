import type { EngineEvent, StepEventMetadata } from '@pulumi/pulumi/automation/events.js';
import { expect, it } from 'vitest';
import { Gatherer } from './events.ts';

const TYPE = 'kubernetes:govcloud.dev/v1alpha1:CapacityPool';
const urn = (name: string, type = TYPE) => `urn:pulumi:city::govcloud::${type}::CapacityPool/${name}`;
const inputs = (name: string, vcpu: string) => ({
  kind: 'CapacityPool',
  metadata: { name },
  spec: { total: { vcpu } },
});

function step(op: string, name: string, was?: string, will?: string): StepEventMetadata {
  const state = (vcpu: string | undefined) =>
    vcpu === undefined ? undefined : { inputs: inputs(name, vcpu) };
  return { op, urn: urn(name), type: TYPE, old: state(was), new: state(will) } as StepEventMetadata;
}

function gathered(...events: readonly EngineEvent[]) {
  const gatherer = new Gatherer();
  for (const event of events) gatherer.take(event);
  return gatherer.result;
}

const before = (metadata: StepEventMetadata) => ({ resourcePreEvent: { metadata } }) as EngineEvent;
const after = (metadata: StepEventMetadata) => ({ resOutputsEvent: { metadata } }) as EngineEvent;

it('tells what was found by looking from what is to be done, however the engine names the end of a look', () => {
  const field = (was: string, will: string) => [{ path: 'spec.total.vcpu', before: was, after: will }];
  for (const end of ['refresh', 'update']) {
    const plan = gathered(
      before(step('refresh', 'a', '1', '1')),
      after(step(end, 'a', '1', '2')),
      before(step('update', 'a', '2', '1')),
      after(step('update', 'a', '2', '1')),
      before(step('same', 'b', '1', '1')),
    );
    expect(plan).toMatchObject({
      drift: [{ action: 'drift', name: 'a', fields: field('1', '2') }],
      changes: [{ action: 'update', name: 'a', fields: field('2', '1') }],
      same: 1,
    });
  }
});

it('counts an object that is gone as drift, and puts objects in order', () => {
  const { drift, changes } = gathered(
    before(step('refresh', 'b', '1', '1')),
    after(step('delete', 'b', '1')),
    before(step('create', 'b', undefined, '1')),
    before(step('create', 'a', undefined, '1')),
  );
  expect(drift).toMatchObject([{ name: 'b', fields: [] }]);
  expect(changes.map(({ name }) => name)).toEqual(['a', 'b']);
});

it('keeps what the hub refused, by object, and leaves out that something failed at all', () => {
  const error = (of: string, message: string) =>
    ({ diagnosticEvent: { urn: of, message, severity: 'error' } }) as EngineEvent;
  const { refused } = gathered(
    error(urn('a'), '<{%reset%}>E_POOL_SHRUNK: 不得 / may not<{%reset%}>\n'),
    error('urn:pulumi:city::govcloud::pulumi:pulumi:Stack::govcloud-city', 'update failed'),
  );
  expect(refused).toEqual([{ object: 'CapacityPool/a', message: 'E_POOL_SHRUNK: 不得 / may not' }]);
});
