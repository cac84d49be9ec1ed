import type { CapacityPool, Resources } from '../../api/v1alpha1/index.ts';
import { type Resource, RESOURCES, ResourceVector } from '../quantity.ts';

type Spec = CapacityPool['spec'];
export type PoolPolicy = NonNullable<Spec['policies']>[number];

/** The policy in force on a day: the last that has begun; none before the first. @param day YYYY-MM-DD, in the city */
export function policyOn({ policies = [] }: Spec, day: string): PoolPolicy | undefined {
  return policies.filter(({ from }) => from <= day).toSorted((a, b) => (a.from < b.from ? 1 : -1))[0];
}

/** The days on which a pool's capacity changes by itself, in order. */
export function policyDays({ policies = [] }: Spec): readonly string[] {
  return policies.map(({ from }) => from).toSorted();
}

/** What a pool has on a day, as it is granted; what may be granted is the one less the other. */
export interface PoolCapacity {
  /** With overcommit. */
  readonly total: ResourceVector;
  /** For the loss of a node, and for growth. */
  readonly reserve: ResourceVector;
}

/**
 * @param day YYYY-MM-DD, in the city
 * @throws RangeError when an amount is no quantity
 */
export function capacityOn(spec: Spec, day: string): PoolCapacity {
  const policy = policyOn(spec, day);
  const total = overcommitted(ResourceVector.parse(spec.total), policy);
  const growth = percentOf(total, () => policy?.growthPercent ?? 0);
  return { total, reserve: ResourceVector.parse(spec.reserve).plus(growth) };
}

/** What may be granted on a day; nothing where more is kept back than there is. */
export function grantableOn(spec: Spec, day: string): ResourceVector {
  const { total, reserve } = capacityOn(spec, day);
  return total.minus(reserve).positivePart();
}

/**
 * By how much the reserve is less than what the loss of any one node takes away, by resource. Nothing where it suffices.
 * @param nodes what single nodes of the pool can give, before overcommit
 */
export function nodeShortfall(spec: Spec, nodes: readonly Resources[], day: string): ResourceVector {
  const reserve = ResourceVector.parse(spec.reserve);
  const policy = policyOn(spec, day);
  return nodes
    .map((it) => overcommitted(ResourceVector.parse(it), policy).minus(reserve).positivePart())
    .reduce(largerOf, ResourceVector.zero);
}

/** Of each resource the larger amount. */
export function largerOf(a: ResourceVector, b: ResourceVector): ResourceVector {
  return ofEach((it) => (a.get(it).compare(b.get(it)) < 0 ? b.get(it).value : a.get(it).value));
}

function overcommitted(amounts: ResourceVector, policy: PoolPolicy | undefined): ResourceVector {
  const { vcpu = 100, memory = 100 } = policy?.overcommitPercent ?? {};
  const percent: Readonly<Record<Resource, number>> = { vcpu, memory, ssd: 100, hdd: 100 };
  return percentOf(amounts, (it) => percent[it]);
}

/** Rounded down. */
function percentOf(amounts: ResourceVector, percent: (resource: Resource) => number): ResourceVector {
  return ofEach((it) => (amounts.get(it).value * BigInt(percent(it))) / 100n);
}

function ofEach(value: (resource: Resource) => bigint): ResourceVector {
  return ResourceVector.of(Object.fromEntries(RESOURCES.map((it) => [it, value(it)])));
}
