import type { Resources } from '../../../api/v1alpha1/index.ts';
import { reason } from '../../errors.ts';
import { ResourceVector } from '../../quantity.ts';
import { type Filter, PASSES } from '../filter.ts';

/**
 * A unit that stands on one node is no larger than the largest node of the pool: what all nodes give together does not
 * help it. A pool whose nodes were not seen yet refuses nothing.
 */
export const oneNode: Filter = ({ items }, { member }) => {
  const nodes = member?.nodes;
  if (nodes === undefined || items.every(({ unit }) => unit === undefined)) return PASSES;
  const shapes = nodes.map((it) => ResourceVector.parse(it));
  return items.flatMap(({ item, unit }) => {
    if (unit === undefined) return [];
    const asked = ResourceVector.parse(unit);
    if (shapes.some((node) => isWithin(asked, node))) return [];
    return [reason('E_POOL_NODE', { item, asked: sizeText(unit), largest: nodes.map(sizeText).join(', ') })];
  });
};

function isWithin(unit: ResourceVector, node: ResourceVector): boolean {
  return (['vcpu', 'memory'] as const).every((it) => unit.get(it).compare(node.get(it)) <= 0);
}

function sizeText({ vcpu = '0', memory = '0' }: Resources): string {
  return `${vcpu} vCPU/${memory}`;
}
