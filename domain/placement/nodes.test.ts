import { describe, expect, it } from 'vitest';
import { MemberCluster } from '../../api/v1alpha1/index.ts';
import { type MemberNode, nodeGroups } from './nodes.ts';

function node(
  cpu: unknown,
  memory: unknown,
  more: Partial<MemberNode> & { pool?: unknown; arch?: unknown } = {},
): MemberNode {
  const { pool, arch = 'amd64', ...rest } = more;
  return {
    metadata: { labels: pool === undefined ? {} : { 'govcloud.dev/pool': pool } },
    status: {
      allocatable: { cpu, memory },
      conditions: [{ type: 'Ready', status: 'True' }],
      nodeInfo: { architecture: arch },
    },
    ...rest,
  };
}

describe('nodeGroups', () => {
  it('counts nodes by pool and architecture, with the largest of each', () => {
    const groups = nodeGroups([
      node('192', '416Gi', { pool: 'b' }),
      node('120', '360Gi', { pool: 'b' }),
      node('3920m', '16093944Ki', { arch: 'arm64' }),
      node('64', '128Gi', { pool: 'a' }),
    ]);
    expect(groups).toEqual([
      { arch: 'arm64', count: 1, largest: [{ vcpu: '3920m', memory: '16093944Ki' }] },
      { pool: 'a', arch: 'amd64', count: 1, largest: [{ vcpu: '64', memory: '128Gi' }] },
      { pool: 'b', arch: 'amd64', count: 2, largest: [{ vcpu: '192', memory: '416Gi' }] },
    ]);
  });

  it('keeps each node that no other exceeds in both', () => {
    const [group] = nodeGroups([
      node('64', '256Gi'),
      node('32', '1Ti'),
      node('64', '128Gi'),
      node('16', '1Ti'),
      node('8', '2Ti'),
    ]);
    expect(group?.largest).toEqual([
      { vcpu: '64', memory: '256Gi' },
      { vcpu: '32', memory: '1Ti' },
      { vcpu: '8', memory: '2Ti' },
    ]);
    expect(group?.count).toBe(5);
  });

  it.each<[string, MemberNode]>([
    ['takes no new work', node('8', '8Gi', { spec: { unschedulable: true } })],
    [
      'is not ready',
      {
        ...node('8', '8Gi'),
        status: { ...node('8', '8Gi').status, conditions: [{ type: 'Ready', status: 'Unknown' }] },
      },
    ],
    ['says nothing of itself', { metadata: {} }],
    ['is of another architecture', node('8', '8Gi', { arch: 'riscv64' })],
    ['has amounts that cannot be read', node('8', '8 gigabytes')],
    ['has amounts that are no text', node(8, { of: '8Gi' })],
    ['has more than can be counted', node('8', '99999999Ti')],
    [
      'has conditions that are none',
      { ...node('8', '8Gi'), status: { ...node('8', '8Gi').status, conditions: 'Ready' as never } },
    ],
  ])('does not count one that %s', (_, it) => {
    expect(nodeGroups([it, node('4', '4Gi')])).toEqual([
      { arch: 'amd64', count: 1, largest: [{ vcpu: '4', memory: '4Gi' }] },
    ]);
  });

  it('believes no name of a pool that none can have', () => {
    expect(nodeGroups([node('4', '4Gi', { pool: 'A pool' })])[0]).not.toHaveProperty('pool');
  });

  it('is the schema of a status, however many nodes there are', () => {
    const many = Array.from({ length: 3000 }, (_, index) =>
      node(String(1 + (index % 40)), `${4096 - (index % 40)}Gi`, { pool: `pool-${index % 100}` }),
    );
    const nodes = nodeGroups(many);
    expect(MemberCluster.status.safeParse({ nodes }).error?.issues ?? []).toEqual([]);
    expect(nodes).toHaveLength(64);
  });
});
