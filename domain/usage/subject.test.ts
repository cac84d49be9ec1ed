import { describe, expect, it } from 'vitest';
import type { Allocation, CatalogItem } from '../../api/v1alpha1/index.ts';
import { ResourceVector } from '../quantity.ts';
import { machineItem } from '../testing/city.ts';
import { lastDayOf, resourcesOf, seriesOf, subjectOf } from './subject.ts';

const item = (namespace: 'system' | 'allocation', fulfilment: 'auto' | 'manual' = 'auto') =>
  ({ namespace, fulfilment }) as CatalogItem['spec'];

function allocation(...objects: [kind: string, name: string][]): Allocation {
  return {
    metadata: { name: 'a', namespace: 'gov-health', uid: 'u' },
    spec: { organization: 'health', system: 'portal', item: 'x', pool: 'p', zone: 'extranet', arch: 'amd64' },
    status: {
      namespace: 'health-portal-1',
      objects: objects.map(([kind, name]) => ({ apiVersion: 'v1', kind, name, template: 't' })),
    },
  } as unknown as Allocation;
}

describe('what is measured of an allocation', () => {
  it('are its machines, which also tell what is on their disks', () => {
    const { measured } = subjectOf(
      allocation(['VirtualMachine', 'a-1'], ['VirtualMachine', 'a-0'], ['PersistentVolumeClaim', 'a-0-data']),
      item('system'),
    );
    expect(measured.cpu).toEqual({ of: 'machine', names: ['a-0', 'a-1'] });
    expect(measured.storage).toEqual(measured.cpu);
  });

  it('are its workloads and claims', () => {
    const subject = subjectOf(
      allocation(['StatefulSet', 'a-0'], ['Service', 'a-0'], ['PersistentVolumeClaim', 'a-0-data']),
      item('system'),
    );
    expect(subject.measured.memory).toEqual({ of: 'workload', names: ['a-0'] });
    expect(subject.measured.storage).toEqual({ of: 'claim', names: ['a-0-data'] });
    expect(seriesOf(subject, 'memory')).toEqual([
      'container_memory_working_set_bytes{container!="",container!="POD",namespace="health-portal-1",pod=~"a-0-[0-9]+"}',
    ]);
    expect(seriesOf(subject, 'storage')).toEqual([
      'kubelet_volume_stats_used_bytes{namespace="health-portal-1",persistentvolumeclaim=~"a-0-data"}',
    ]);
  });

  it('is a namespace of its own, whatever runs in it', () => {
    const subject = subjectOf(allocation(['ResourceQuota', 'a']), item('allocation'));
    expect(subject.measured.cpu).toEqual({ of: 'namespace', names: ['health-portal-1'] });
    expect(seriesOf(subject, 'network')).toEqual([
      'container_network_receive_bytes_total{interface!="lo",namespace="health-portal-1"}',
      'container_network_transmit_bytes_total{interface!="lo",namespace="health-portal-1"}',
    ]);
  });

  it('is nothing of a work order, nor of what is not made yet', () => {
    const none = [subjectOf(allocation(), item('system', 'manual')), subjectOf(allocation(), undefined)];
    for (const subject of [...none, subjectOf(allocation(), item('system'))])
      expect(seriesOf(subject, 'cpu')).toEqual([]);
  });

  it('is what its item calls them, of what was given back, up to the day on which that began', () => {
    const { metadata, spec } = allocation();
    const parameters = { vcpu: 2, memoryGiB: 4, diskGiB: 20 };
    const ready = { type: 'Ready', status: 'False', lastTransitionTime: '2026-06-10T16:30:00.000Z' };
    const status = {
      state: 'Reclaimed',
      namespace: 'health-portal-1',
      observedRevision: 1,
      objects: [],
      conditions: [ready],
    };
    const given = { metadata, spec: { ...spec, quantity: 2, parameters }, status } as unknown as Allocation;
    expect(subjectOf(given, machineItem().spec).measured.cpu).toEqual({
      of: 'machine',
      names: ['a-0', 'a-1'],
    });
    expect(lastDayOf(given)).toBe('2026-06-11');
    expect(lastDayOf(allocation())).toBeUndefined();
  });

  it('is what was granted, and network where something computes', () => {
    expect(resourcesOf(ResourceVector.parse({ vcpu: '2', memory: '4Gi' }))).toEqual([
      'cpu',
      'memory',
      'network',
    ]);
    expect(resourcesOf(ResourceVector.parse({ hdd: '1Ti' }))).toEqual(['storage']);
  });
});
