import type { Allocation, CatalogItem } from '../../api/v1alpha1/index.ts';
import { desiredObjects, memberNamespaceOf } from '../allocation/objects.ts';
import { isOver } from '../allocation/over.ts';
import { cityDay, dayAfter } from '../calendar.ts';
import { ResourceVector } from '../quantity.ts';
import { USED_RESOURCES, type UsedResource } from './day.ts';
import { is, isLike, literally } from './promql.ts';
import { type Named, NAME_LABELS, type Source, SOURCES } from './sources.ts';

/** What of a member is measured for a resource of an allocation, by its names there. */
export interface MeasuredNames {
  readonly of: Extract<Named, 'machine' | 'claim'> | 'workload' | 'namespace';
  readonly names: readonly string[];
}

/** By what an allocation is known wherever its use is told. */
export interface Identity {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly organization: string;
  readonly system: string;
  readonly item: string;
  readonly pool: string;
  readonly zone: string;
  readonly arch: string;
}

/** An allocation as its use is looked for. */
export interface Subject extends Identity {
  /** In the member; undefined when nothing of it is there that could be measured. */
  readonly memberNamespace: string | undefined;
  readonly measured: Readonly<Record<UsedResource, MeasuredNames>>;
}

const NOTHING = { of: 'workload', names: [] } as const;

/** Whether it is known what of it there is to be seen: what is yet to be made is not a gap. */
export function isMeasurable({ spec, status }: Allocation): boolean {
  return spec.fulfilment === 'manual' || status?.observedRevision !== undefined;
}

/**
 * The last day on which it stood: of what was given back the one on which it ceased to be ready, of what was handed over the one
 * before, so that a day is counted once, for whom it belongs to at its end.
 */
export function lastDayOf({ spec, status }: Allocation): string | undefined {
  if (spec.transferred) return dayAfter(spec.transferred.on, -1);
  if (status?.state !== 'Reclaimed') return undefined;
  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  return cityDay(ready?.lastTransitionTime ?? '1970-01-01T00:00:00Z');
}

/** Its namespace in the member, where it has one, whether it is made already or not. */
export function standsIn(allocation: Allocation, item: CatalogItem['spec'] | undefined): string | undefined {
  if (item === undefined || item.fulfilment === 'manual') return undefined;
  return allocation.status?.namespace ?? memberNamespaceOf(allocation, item);
}

/** @param item the version that it was granted by; without one nothing of it is measured */
export function subjectOf(allocation: Allocation, item: CatalogItem['spec'] | undefined): Subject {
  const { metadata, spec, status } = allocation;
  const { organization, system, pool, zone, arch } = spec;
  const objects = objectsOf(allocation, item);
  const named = (kind: string) =>
    objects
      .filter((it) => it.kind === kind)
      .map(({ name }) => name)
      .toSorted();
  const machines = named('VirtualMachine');
  const workloads = named('StatefulSet');
  const memberNamespace = item === undefined || item.fulfilment === 'manual' ? undefined : status?.namespace;
  const own = { of: 'namespace', names: memberNamespace === undefined ? [] : [memberNamespace] } as const;
  const compute: MeasuredNames =
    item?.namespace === 'allocation'
      ? own
      : machines.length > 0
        ? { of: 'machine', names: machines }
        : workloads.length > 0
          ? { of: 'workload', names: workloads }
          : NOTHING;
  // A machine's disk is a block device: what is on it, only the machine can tell.
  const storage: MeasuredNames =
    compute.of === 'workload' ? { of: 'claim', names: named('PersistentVolumeClaim') } : compute;
  return {
    uid: metadata.uid ?? '',
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    organization,
    system,
    item: spec.item,
    pool,
    zone,
    arch,
    memberNamespace,
    measured: { cpu: compute, memory: compute, storage, network: compute },
  };
}

/** Of what was given back or handed over nothing is shown any more, but what it was called its item still says. */
function objectsOf(
  allocation: Allocation,
  item: CatalogItem['spec'] | undefined,
): readonly { readonly kind: string; readonly name: string }[] {
  const { status } = allocation;
  if (!isOver(allocation)) return status?.objects ?? [];
  if (item === undefined) return [];
  return desiredObjects(allocation, item, () => '').map(({ object }) => ({
    kind: object.kind,
    name: object.metadata.name,
  }));
}

/** What was granted of what is measured, in the unit of its use; nobody is granted network. */
export function grantedOf(granted: ResourceVector): Readonly<Record<UsedResource, bigint>> {
  const storage = granted.get('ssd').plus(granted.get('hdd'));
  return {
    cpu: granted.get('vcpu').value,
    memory: granted.get('memory').value,
    storage: storage.value,
    network: 0n,
  };
}

/** The resources that are measured of what was granted: network wherever something computes. */
export function resourcesOf(granted: ResourceVector): readonly UsedResource[] {
  const amounts = grantedOf(granted);
  return USED_RESOURCES.filter((resource) => (resource === 'network' ? amounts.cpu : amounts[resource]) > 0n);
}

/** The series behind a resource's figures, as one can ask Prometheus for them; empty when there are none. */
export function seriesOf({ memberNamespace, measured }: Subject, resource: UsedResource): readonly string[] {
  const { of, names } = measured[resource];
  if (memberNamespace === undefined || names.length === 0) return [];
  const isOf = (source: Source) =>
    source.resource === resource &&
    (of === 'namespace'
      ? source.of !== 'machine'
      : of === 'workload'
        ? source.of === 'pod'
        : source.of === of);
  return SOURCES.filter(isOf).map((source) => {
    const label = NAME_LABELS[source.of];
    const literal = names.map(literally);
    const patterns = of === 'workload' ? literal.map((name) => `${name}-[0-9]+`) : literal;
    const by = of === 'namespace' ? '' : `,${isLike(label, patterns)}`;
    const select = (metric: string) => `${metric}{${source.where}${is('namespace', memberNamespace)}${by}}`;
    return source.minus === undefined
      ? select(source.metric)
      : `${select(source.metric)} - ${select(source.minus)}`;
  });
}
