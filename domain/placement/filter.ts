import type {
  Arch,
  CapacityPool,
  CatalogItem,
  DataClass,
  MemberCluster,
  ParameterValues,
  Resources,
} from '../../api/v1alpha1/index.ts';
import type { Reason } from '../errors.ts';
import type { ResourceVector } from '../quantity.ts';

/**
 * What is to be placed and where it might be, as plain data: nothing else is decided on, so what the books keep of it is
 * enough to decide again. Fields that came later are optional: an older record does not have them.
 */
export interface Workload {
  readonly zone: string;
  /** Absent: any. */
  readonly arch?: Arch;
  readonly mlps: number;
  /** Absent: of no concern, as for what is given back. */
  readonly dataClass?: DataClass;
  /** Only a Xinchuang pool will do. */
  readonly xinchuang?: boolean;
  readonly items: readonly WorkloadItem[];
  /** For a change: the pool in which it stands. */
  readonly standsIn?: string;
  /** What it recovers after a disaster: that stands in another zone. */
  readonly recoveryOf?: readonly Neighbour[];
  /** What it must not stand beside: that stands in another pool. */
  readonly apartFrom?: readonly Neighbour[];
}

/** One line: an item with the parameters that bind it to a place. */
export interface WorkloadItem {
  readonly item: string;
  readonly zones: readonly string[];
  readonly archs: readonly Arch[];
  /** Values, such as an image or a database, that the item has on these architectures alone. */
  readonly values?: readonly {
    readonly parameter: string;
    readonly value: string;
    readonly archs: readonly Arch[];
  }[];
  /** vCPU and memory of one unit, where a unit stands on one node as a whole. */
  readonly unit?: Resources;
}

/** An allocation of the same system. */
export interface Neighbour {
  readonly allocation: string;
  readonly zone: string;
  readonly pool: string;
}

export interface Candidate {
  readonly pool: {
    readonly name: string;
    readonly zone: string;
    readonly arch: Arch;
    readonly xinchuang: boolean;
    readonly cluster: string;
  };
  /** The pool's cluster; absent where there is none. */
  readonly member?: {
    readonly zone: string;
    readonly maxMlps: number;
    readonly maxDataClass?: DataClass;
    readonly ready: boolean;
    /** What one node of the pool can give; absent while no node was seen. */
    readonly nodes?: readonly Resources[];
  };
}

/** Every reason why a candidate cannot take the workload; an empty list when it can. */
export type Filter = (workload: Workload, candidate: Candidate) => readonly Reason[];

/** What a filter says of a candidate that it has nothing against. */
export const PASSES: readonly Reason[] = Object.freeze([]);

/** A pool and its cluster, as far as placement looks at them. */
export function candidateOf(
  { metadata: { name }, spec }: CapacityPool,
  cluster: MemberCluster | undefined,
): Candidate {
  const { zone, arch, xinchuang, cluster: clusterName } = spec;
  const pool = { name, zone, arch, xinchuang, cluster: clusterName };
  if (cluster === undefined) return { pool };
  const { maxMlps, maxDataClass } = cluster.spec;
  const nodes = nodesOf(cluster, name, arch);
  return {
    pool,
    member: {
      zone: cluster.spec.zone,
      maxMlps,
      ...(maxDataClass === undefined ? {} : { maxDataClass }),
      ready: cluster.status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True',
      ...(nodes.length === 0 ? {} : { nodes }),
    },
  };
}

/** What single nodes of a pool can give: of those that bear its name, else of those of its architecture that bear none. */
export function nodesOf({ status }: MemberCluster, pool: string, arch: Arch): readonly Resources[] {
  const groups = (status?.nodes ?? []).filter((it) => it.arch === arch);
  const named = groups.filter((it) => it.pool === pool);
  return (named.length > 0 ? named : groups.filter((it) => it.pool === undefined)).flatMap(
    ({ largest }) => largest,
  );
}

/**
 * A line of a request, as far as placement looks at it.
 * @param unit what one unit consumes; undefined where no node has to be found for it
 */
export function workloadItem(
  { metadata, spec }: CatalogItem,
  parameters: ParameterValues,
  unit: ResourceVector | undefined,
): WorkloadItem {
  const values = spec.parameters.flatMap(({ name, valueArchs = [] }) =>
    valueArchs
      .filter(({ value }) => value === parameters[name])
      .map(({ value, archs }) => ({ parameter: name, value, archs })),
  );
  const { vcpu = '0', memory = '0' } = unit?.toQuantities() ?? {};
  return {
    item: metadata.name,
    zones: spec.zones,
    archs: spec.archs,
    ...(values.length === 0 ? {} : { values }),
    ...(spec.onOneNode && unit ? { unit: { vcpu, memory } } : {}),
  };
}
