import type { UsedResource } from './day.ts';
import { is, isOneOf } from './promql.ts';

/**
 * The time series that use is read from, by the names that the kubelet with its cAdvisor, kube-state-metrics and KubeVirt
 * give them. They are joined with allocations by namespace and name alone: whatever other labels a city's Prometheus adds
 * (cluster, instance, job) has no say, and two series that differ in those alone are duplicates.
 */

/** What a series tells of, and the label that has its name. */
export const NAME_LABELS = {
  pod: 'pod',
  machine: 'name',
  claim: 'persistentvolumeclaim',
  namespace: 'namespace',
} as const;
export type Named = keyof typeof NAME_LABELS;

export interface Source {
  readonly resource: UsedResource;
  readonly of: Exclude<Named, 'namespace'>;
  readonly metric: string;
  /** Label matchers besides the namespace, each with a comma after it. */
  readonly where: string;
  /** What is taken off, of the same labels. */
  readonly minus?: string;
  /** Labels that tell apart what adds up: containers of a pod, interfaces of a machine. */
  readonly parts: readonly string[];
  /** Sources of one resource that must all be seen. */
  readonly direction: 0 | 1;
}

const container = {
  of: 'pod',
  where: 'container!="",container!="POD",',
  parts: ['container', 'cpu'],
  direction: 0,
} as const;
const podNetwork = {
  resource: 'network',
  of: 'pod',
  where: 'interface!="lo",',
  parts: ['interface'],
} as const;
const machine = { of: 'machine', where: '', parts: [], direction: 0 } as const;
const machineNetwork = { resource: 'network', of: 'machine', where: '', parts: ['interface'] } as const;

export const SOURCES: readonly Source[] = [
  { resource: 'cpu', metric: 'container_cpu_usage_seconds_total', ...container },
  { resource: 'cpu', metric: 'kubevirt_vmi_cpu_usage_seconds_total', ...machine },
  { resource: 'memory', metric: 'container_memory_working_set_bytes', ...container },
  {
    resource: 'memory',
    metric: 'kubevirt_vmi_memory_available_bytes',
    minus: 'kubevirt_vmi_memory_usable_bytes',
    ...machine,
  },
  {
    resource: 'storage',
    metric: 'kubelet_volume_stats_used_bytes',
    of: 'claim',
    where: '',
    parts: [],
    direction: 0,
  },
  // The root of a machine lies on its image, which no disk was granted for.
  {
    resource: 'storage',
    metric: 'kubevirt_vmi_filesystem_used_bytes',
    ...machine,
    where: 'mount_point!="/",',
    parts: ['disk_name', 'mount_point'],
  },
  { metric: 'container_network_receive_bytes_total', ...podNetwork, direction: 0 },
  { metric: 'container_network_transmit_bytes_total', ...podNetwork, direction: 1 },
  { metric: 'kubevirt_vmi_network_receive_bytes_total', ...machineNetwork, direction: 0 },
  { metric: 'kubevirt_vmi_network_transmit_bytes_total', ...machineNetwork, direction: 1 },
];

/** How a resource's values become use: CPU and network are counters, and a core is 1,000 millicores. */
export const MEASURES: Readonly<
  Record<UsedResource, { readonly isCounter: boolean; readonly scale: number }>
> = {
  cpu: { isCounter: true, scale: 1000 },
  memory: { isCounter: false, scale: 1 },
  storage: { isCounter: false, scale: 1 },
  network: { isCounter: true, scale: 1 },
};

/** What says whether something is there, so that its missing samples are a gap and not nothing. */
export const PRESENCE = {
  pod: { metric: 'kube_pod_status_phase', where: 'phase="Running",' },
  claim: { metric: 'kube_persistentvolumeclaim_status_phase', where: 'phase="Bound",' },
  namespace: { metric: 'kube_namespace_created', where: '' },
} as const;

/** A selector of PromQL for these namespaces. */
export function selectorOf(
  { metric, where }: { readonly metric: string; readonly where: string },
  namespaces: readonly string[],
): string {
  const [first = ''] = namespaces;
  const match = namespaces.length === 1 ? is('namespace', first) : isOneOf('namespace', namespaces);
  return `${metric}{${where}${match}}`;
}

/** The expression whose values a source gives for these namespaces. */
export function expressionOf(source: Source, namespaces: readonly string[]): string {
  const { minus, where } = source;
  const selector = selectorOf(source, namespaces);
  return minus === undefined ? selector : `${selector} - ${selectorOf({ metric: minus, where }, namespaces)}`;
}
