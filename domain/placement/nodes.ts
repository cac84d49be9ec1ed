import { arch as archs, type Arch, type MemberCluster, objectName } from '../../api/v1alpha1/index.ts';
import { formatQuantity, parseQuantity, type Resource, ResourceVector } from '../quantity.ts';

/** On a node: the pool that it belongs to. Without it a node serves every pool of its architecture in its cluster. */
const POOL_LABEL = 'govcloud.dev/pool';

type NodeGroups = NonNullable<NonNullable<MemberCluster['status']>['nodes']>;

/** A node as its member shows it. Nothing of it is trusted. */
export interface MemberNode {
  readonly metadata: { readonly labels?: Readonly<Record<string, unknown>> };
  readonly spec?: { readonly unschedulable?: unknown };
  readonly status?: {
    readonly allocatable?: Readonly<Record<string, unknown>>;
    readonly conditions?: readonly { readonly type?: unknown; readonly status?: unknown }[];
    readonly nodeInfo?: { readonly architecture?: unknown };
  };
}

/** What one node can give to workloads. */
interface NodeSize {
  readonly pool: string | undefined;
  readonly arch: Arch;
  readonly size: ResourceVector;
}

const MAX_GROUPS = 64;
const MAX_SHAPES = 16;

/**
 * The nodes that take new work by pool and architecture, each group with its largest nodes. A node of another
 * architecture, or whose amounts cannot be read, is not counted.
 */
export function nodeGroups(nodes: readonly MemberNode[]): NodeGroups {
  const groups = new Map<string, NodeSize[]>();
  for (const node of nodes) {
    const it = sizeOf(node);
    if (!it) continue;
    const key = `${it.pool ?? ''}/${it.arch}`;
    groups.set(key, [...(groups.get(key) ?? []), it]);
  }
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, MAX_GROUPS)
    .flatMap(([, [first, ...more]]) =>
      first
        ? [
            {
              ...(first.pool === undefined ? {} : { pool: first.pool }),
              arch: first.arch,
              count: 1 + more.length,
              largest: largestOf([first, ...more].map(({ size }) => size)),
            },
          ]
        : [],
    );
}

/** Sizes that no other exceeds in both vCPU and memory, the most vCPU first. */
function largestOf(sizes: readonly ResourceVector[]): NodeGroups[number]['largest'] {
  const value = (of: ResourceVector, resource: Resource) => of.get(resource).value;
  const sorted = sizes.toSorted(
    (a, b) => Number(value(b, 'vcpu') - value(a, 'vcpu')) || Number(value(b, 'memory') - value(a, 'memory')),
  );
  let memory = -1n;
  return sorted
    .filter((it) => {
      if (value(it, 'memory') <= memory) return false;
      memory = value(it, 'memory');
      return true;
    })
    .slice(0, MAX_SHAPES)
    .map((it) => ({
      vcpu: formatQuantity('vcpu', it.get('vcpu')),
      memory: formatQuantity('memory', it.get('memory')),
    }));
}

function sizeOf({ metadata, spec, status }: MemberNode): NodeSize | undefined {
  const conditions = Array.isArray(status?.conditions) ? status.conditions : [];
  const ready = conditions.find((it) => it?.type === 'Ready');
  if (ready?.status !== 'True' || spec?.unschedulable === true) return undefined;
  const arch = archs.safeParse(status?.nodeInfo?.architecture ?? metadata.labels?.['kubernetes.io/arch']);
  const vcpu = amountOf('vcpu', status?.allocatable?.['cpu']);
  const memory = amountOf('memory', status?.allocatable?.['memory']);
  if (!arch.success || vcpu === undefined || memory === undefined) return undefined;
  const pool = objectName.safeParse(metadata.labels?.[POOL_LABEL]);
  return {
    pool: pool.success ? pool.data : undefined,
    arch: arch.data,
    size: ResourceVector.of({ vcpu, memory }),
  };
}

/** Undefined for what is no quantity that we write ourselves. */
function amountOf(resource: Resource, text: unknown): bigint | undefined {
  if (typeof text !== 'string') return undefined;
  try {
    return parseQuantity(resource, text).value;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
