import type { Allocation } from '../../api/v1alpha1/index.ts';
import { condition } from './conditions.ts';
import { project } from './follow.ts';
import type { AllocationAction, AllocationPicture } from './picture.ts';
import { holdConditions } from './term.ts';

/** What is another organisation's now: nothing in the member is touched, and its credentials are not shown here any more. */
export function leave(
  picture: AllocationPicture,
  { organization, on }: NonNullable<Allocation['spec']['transferred']>,
): AllocationAction {
  const { metadata, spec, status } = picture.allocation;
  if (status?.credentialsSecret !== undefined) {
    const { credentialsSecret: name, credentialsDigest: _digest, handovers: _people, ...rest } = status;
    return { do: 'withdrawSecret', name, status: rest };
  }
  const told = condition('Ready', 'False', 'Transferred', 'transferred', { organization, on });
  const action = project(picture, 'Transferred', [told, ...holdConditions(picture)], {
    objects: [],
    outputs: [],
    observedRevision: spec.revision,
  });
  return action.do === 'wait' && metadata.deletionTimestamp !== undefined
    ? { do: 'removeFinalizer' }
    : action;
}
