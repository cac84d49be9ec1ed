import { expect, it } from 'vitest';
import type { CapacityPool, MemberCluster } from '../../api/v1alpha1/index.ts';
import { unreachableMembers } from './unreachable.ts';

const member = (name: string, status?: 'True' | 'False', observedGeneration = 2): MemberCluster => ({
  apiVersion: 'govcloud.dev/v1alpha1',
  kind: 'MemberCluster',
  metadata: { name, generation: 2 },
  spec: {
    title: { zh: name },
    zone: 'extranet',
    zoneTitle: { zh: '外网' },
    maxMlps: 3,
    credentialsSecret: `member-${name}`,
  },
  ...(status && {
    status: {
      observedGeneration,
      conditions: [
        {
          type: 'Ready',
          status,
          reason: 'Said',
          message: `${name} / said`,
          lastTransitionTime: '2026-11-27T00:00:00Z',
        },
      ],
    },
  }),
});

const pool = (name: string, cluster: string): CapacityPool => ({
  apiVersion: 'govcloud.dev/v1alpha1',
  kind: 'CapacityPool',
  metadata: { name },
  spec: {
    title: { zh: name },
    zone: 'extranet',
    arch: 'amd64',
    cpuSeries: 'x',
    xinchuang: false,
    cluster,
    total: { vcpu: '1', memory: '1Gi', ssd: '1Gi', hdd: '1Gi' },
    reserve: {},
  },
});

it('names members without an answer and their pools, and none that answers', () => {
  const pools = [pool('a-1', 'a'), pool('a-2', 'a'), pool('b-1', 'b'), pool('c-1', 'c')];
  expect(unreachableMembers(pools, [member('a', 'False'), member('b', 'True')])).toEqual([
    { cluster: 'a', pools: ['a-1', 'a-2'], message: 'a / said' },
  ]);
  // What is known of another address says nothing of this one.
  const unasked = { cluster: 'c', pools: ['c-1'], message: expect.stringMatching(/尚未.*not asked/) };
  expect(unreachableMembers(pools, [member('c')])).toEqual([unasked]);
  expect(unreachableMembers(pools, [member('c', 'True', 1)])).toEqual([unasked]);
});
