import type { Condition } from '../api/v1alpha1/index.ts';
import type { Message, MessageParams } from '../messages/index.ts';
import { renderBoth } from '../messages/index.ts';

/** A condition to be set; its time is settled against the one that stands. */
export interface WantedCondition {
  readonly type: string;
  readonly status: Condition['status'];
  readonly reason: string;
  readonly message: Message;
  readonly params?: MessageParams;
}

/**
 * Conditions as they shall stand: the time of a condition changes only when its status does, so that nothing
 * flaps. Conditions that are not wanted any more are dropped.
 * @param now ISO 8601
 */
export function settleConditions(
  current: readonly Condition[] | undefined,
  wanted: readonly WantedCondition[],
  now: string,
  generation: number,
): Condition[] {
  return wanted.map(({ type, status, reason, message, params }) => {
    const standing = current?.find((it) => it.type === type);
    return {
      type,
      status,
      reason,
      // Half a character, cut here or said by a member, would be another one when it is read back.
      message: renderBoth(message, params ?? {})
        .slice(0, 4000)
        .toWellFormed(),
      lastTransitionTime: standing?.status === status ? standing.lastTransitionTime : now,
      observedGeneration: generation,
    };
  });
}
