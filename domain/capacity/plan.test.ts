import { expect, it } from 'vitest';
import { fieldChanges } from './plan.ts';

it('names the leaves that differ, and those that are on one side alone', () => {
  const before = { kind: 'A', spec: { total: { vcpu: '8', ssd: '1Ti' }, list: [1, 2], kept: { a: 1 } } };
  const after = { kind: 'A', spec: { total: { vcpu: '9', memory: '1Gi' }, list: [1], kept: { a: 1 } } };
  expect(fieldChanges(before, after)).toEqual([
    { path: 'spec.total.vcpu', before: '8', after: '9' },
    { path: 'spec.total.ssd', before: '1Ti' },
    { path: 'spec.total.memory', after: '1Gi' },
    { path: 'spec.list', before: [1, 2], after: [1] },
  ]);
});

it('leaves out what the server writes: status and its part of the metadata', () => {
  const before = { metadata: { name: 'a', uid: '1', labels: { x: '1' } }, status: { free: 1 } };
  const after = { metadata: { name: 'a', generation: 2, labels: { x: '2' } }, status: { free: 2 } };
  expect(fieldChanges(before, after)).toEqual([{ path: 'metadata.labels.x', before: '1', after: '2' }]);
  // Below the top these are names like any other.
  expect(fieldChanges({ spec: { status: 1 } }, { spec: { status: 2 } })).toHaveLength(1);
});
