import { describe, expect, it } from 'vitest';
import type { ResourceRequest } from '../../api/v1alpha1/index.ts';
import { changesBetween } from './changes.ts';

const spec: ResourceRequest['spec'] = {
  requester: 'ops',
  applicant: { unit: '市卫生健康局', person: '张三', phone: '0660-1', reviewer: '李四' },
  action: 'Provision',
  system: 'portal',
  mlps: 3,
  project: 'p',
  zone: 'extranet',
  lines: [
    { name: 'vm', item: 'vm', quantity: 6, parameters: { vcpu: 8, memoryGiB: 32 } },
    { name: 'db', item: 'postgresql', quantity: 1, parameters: { vcpu: 16 } },
  ],
  until: '2027-12-31',
  reason: '建设',
  submission: 1,
};

describe('changesBetween', () => {
  it('has nothing to tell of a version that asks for the same, submitted again, its lines in another order', () => {
    const again = { ...spec, submission: 2, lines: spec.lines.toReversed() };
    expect(changesBetween(spec, again)).toEqual([]);
  });

  it('tells fields, parameters of lines by the line’s name, and what came and went', () => {
    const [vm] = spec.lines;
    const later: ResourceRequest['spec'] = {
      ...spec,
      arch: 'arm64',
      applicant: { ...spec.applicant, phone: '0660-2' },
      lines: [
        { name: 'cache', item: 'redis', quantity: 2, parameters: {} },
        { ...vm, parameters: { vcpu: 8, memoryGiB: 16 } } as (typeof spec.lines)[number],
      ],
    };
    expect(changesBetween(spec, later)).toEqual([
      { field: 'applicant.phone', before: '0660-1', after: '0660-2' },
      { field: 'lines.vm.memoryGiB', before: 32, after: 16 },
      { field: 'lines.db.item', before: 'postgresql', after: undefined },
      { field: 'lines.db.quantity', before: 1, after: undefined },
      { field: 'lines.db.vcpu', before: 16, after: undefined },
      { field: 'arch', before: undefined, after: 'arm64' },
      { field: 'lines.cache.item', before: undefined, after: 'redis' },
      { field: 'lines.cache.quantity', before: undefined, after: 2 },
    ]);
  });
});
