import type { CapacityPool, MemberCluster } from '../../api/v1alpha1/index.ts';
import { infrastructureConditions } from '../../messages/infrastructure.ts';
import { renderBoth } from '../../messages/index.ts';

/** A member cluster that gives the operator no answer, and the pools from which nothing is granted until it does. */
export interface UnreachableMember {
  readonly cluster: string;
  readonly pools: readonly string[];
  /** What the operator says of it, in both languages. */
  readonly message: string;
}

/**
 * Of the clusters that a city declares, those that the operator has had no answer from; as for placement, one that it has
 * not asked yet is one of them.
 * @param members as the hub has them: what only comes with the change nobody can have asked
 */
export function unreachableMembers(
  pools: readonly CapacityPool[],
  members: readonly MemberCluster[],
): readonly UnreachableMember[] {
  return members.flatMap(({ metadata: { name, generation }, status }) => {
    const isAsked = status?.observedGeneration === generation;
    const ready = isAsked ? status?.conditions?.find(({ type }) => type === 'Ready') : undefined;
    if (ready?.status === 'True') return [];
    return [
      {
        cluster: name,
        pools: pools.filter(({ spec }) => spec.cluster === name).map(({ metadata }) => metadata.name),
        message: ready?.message ?? renderBoth(infrastructureConditions.memberUnasked),
      },
    ];
  });
}
