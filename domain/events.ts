import type { Condition, ReasonText } from '../api/v1alpha1/index.ts';
import { importStates } from '../messages/cli-views.ts';
import { eventMessages } from '../messages/events.ts';
import { type Message, renderBoth } from '../messages/index.ts';
import { repairStates } from '../messages/repair.ts';
import { stateMessages, waitMessages } from '../messages/states.ts';
import { findingStates, findingWaits } from '../messages/usage.ts';
import { sameJson } from './same.ts';

/** What a write of a status has brought about, as a Kubernetes Event of that object tells it. */
export interface Happening {
  readonly type: 'Normal' | 'Warning';
  /** A code in CamelCase: the state that was reached, or the reason of a condition. */
  readonly reason: string;
  /** In both languages; at most `MAX_NOTE_BYTES` of UTF-8. */
  readonly note: string;
}

/** What the statuses of our kinds have in common. */
interface Status {
  readonly state?: string | undefined;
  readonly waitsFor?: string | undefined;
  readonly due?: string | undefined;
  readonly hold?: { readonly id: string; readonly expiresAt: string } | undefined;
  readonly quote?: { readonly pool?: string | undefined } | undefined;
  readonly reasons?: readonly ReasonText[] | undefined;
  readonly conditions?: readonly Condition[] | undefined;
  readonly observedGeneration?: number | undefined;
}

/** An API server takes no longer note. */
export const MAX_NOTE_BYTES = 1024;

const STATES: Readonly<Record<string, Message>> = {
  ...stateMessages,
  ...importStates,
  ...repairStates,
  ...findingStates,
};
/** By the text that a status has. */
const WAITS: ReadonlyMap<string, Message> = new Map(
  [...Object.entries(waitMessages), ...Object.entries(findingWaits)]
    .filter(([key]) => key !== 'nobody')
    .map(([, message]) => [renderBoth(message), message]),
);

/** States that somebody has to do something about. */
const UNWELCOME: ReadonlySet<string> = new Set(['Returned', 'Rejected', 'Expired']);

/** The condition that says more of a state than its name. */
const SAID_BY: Readonly<Record<string, string>> = {
  PendingAcceptance: 'Delivered',
  InUse: 'Accepted',
  Expired: 'WithinTerm',
  Suspended: 'Ready',
  Reclaimed: 'Ready',
  Transferred: 'Ready',
};

/** Conditions that a state tells, or that are neither good nor bad. */
const TOLD_OTHERWISE: ReadonlySet<string> = new Set(['Delivered', 'InUse', 'WithinTerm']);

const BAD_IF_TRUE: ReadonlySet<string> = new Set([
  'AboveSoft',
  'Expiring',
  'LegalHold',
  'Overdrawn',
  'Overdue',
]);

/** Reasons of conditions that are not met yet, or no more, with nothing wrong. */
const IN_ORDER: ReadonlySet<string> = new Set([
  'ObjectsNotReady',
  'WorkOrderOpen',
  'Waiting',
  'Trial',
  'Releasing',
  'Suspending',
  'Suspended',
  'Retained',
  'HeldBack',
  'Reclaimed',
  'Transferred',
]);

/**
 * What was brought about between two statuses of an object: a state that was reached, a hold that was taken, reasons why
 * it cannot go on, a condition that is wrong and one that is right again. Of a status that is as it was it is nothing.
 */
export function happenings(before: Status | undefined, after: Status): readonly Happening[] {
  return [...heldAnew(before, after), ...stateReached(before, after), ...turnedConditions(before, after)].map(
    (it) => ({ ...it, note: cut(it.note) }),
  );
}

function heldAnew(before: Status | undefined, { hold, quote }: Status): readonly Happening[] {
  // What holds nothing of a pool is told by its state alone.
  if (!hold || quote?.pool === undefined || hold.id === before?.hold?.id) return [];
  const note = renderBoth(eventMessages.held, { pool: quote.pool, until: hold.expiresAt });
  return [{ type: 'Normal', reason: 'Held', note }];
}

function stateReached(before: Status | undefined, after: Status): readonly Happening[] {
  const { state = '', reasons = [], observedGeneration } = after;
  const isReached = state !== before?.state;
  const isRefusedAnew =
    reasons.length > 0 &&
    !(sameJson(reasons, before?.reasons) && observedGeneration === before?.observedGeneration);
  if (!STATES[state] || state === 'Draft' || !(isReached || isRefusedAnew)) return [];
  return [
    {
      type: UNWELCOME.has(state) || reasons.length > 0 ? 'Warning' : 'Normal',
      // What keeps it where it stands is no state.
      reason: isReached || UNWELCOME.has(state) ? state : 'Blocked',
      note: noteOf(STATES[state], after),
    },
  ];
}

function noteOf(text: Message, { state = '', waitsFor, due, reasons = [], conditions }: Status): string {
  const said = conditions?.find(({ type }) => type === SAID_BY[state])?.message;
  const why = reasons.length > 0 ? reasons.map(({ message }) => message).join('; ') : said;
  // What follows is in both languages already.
  if (why !== undefined) return `${renderBoth(text)}: ${why}`;
  const waits = WAITS.get(waitsFor ?? '');
  if (!waits) return renderBoth(text);
  const params = { state: text, waits };
  return due === undefined
    ? renderBoth(eventMessages.waits, params)
    : renderBoth(eventMessages.due, { ...params, due });
}

function turnedConditions(before: Status | undefined, after: Status): readonly Happening[] {
  return (after.conditions ?? []).flatMap((condition): readonly Happening[] => {
    const { type, reason, message: note } = condition;
    const stood = before?.conditions?.find((it) => it.type === type);
    if (TOLD_OTHERWISE.has(type)) return [];
    if (isWrong(condition))
      return stood?.reason === reason && isWrong(stood) ? [] : [{ type: 'Warning', reason, note }];
    const isEntered = type === 'Posted' && before?.observedGeneration !== after.observedGeneration;
    return isEntered || (stood && isWrong(stood)) ? [{ type: 'Normal', reason, note }] : [];
  });
}

function isWrong({ type, status, reason }: Condition): boolean {
  return status !== (BAD_IF_TRUE.has(type) ? 'False' : 'True') && !IN_ORDER.has(reason);
}

/** Whole characters only. */
function cut(note: string): string {
  const bytes = new TextEncoder().encode(note);
  if (bytes.length <= MAX_NOTE_BYTES) return note;
  const ellipsis = '…';
  const room = MAX_NOTE_BYTES - new TextEncoder().encode(ellipsis).length;
  return new TextDecoder().decode(bytes.subarray(0, room), { stream: true }) + ellipsis;
}
