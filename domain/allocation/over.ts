import type { Allocation } from '../../api/v1alpha1/index.ts';

/** Whether its organisation has nothing of it any more: it was given back whole, or handed to another organisation. */
export function isOver({ spec, status }: Pick<Allocation, 'spec' | 'status'>): boolean {
  return spec.transferred !== undefined || status?.state === 'Reclaimed';
}
