import type { Allocation, UsageDecision, UsageFinding } from '../../api/v1alpha1/index.ts';
import { renderBoth } from '../../messages/index.ts';
import { findingConditions, findingStates, findingWaits } from '../../messages/usage.ts';
import { type Calendar, cityDay, dueDate } from '../calendar.ts';
import { settleConditions } from '../conditions.ts';
import { sameJson } from '../same.ts';
import { isOver as isGone } from '../allocation/over.ts';

/** What became of a finding: what people said of it, whom it waits for and until when, and whether it is over. */

type Spec = UsageFinding['spec'];
type Status = NonNullable<UsageFinding['status']>;
export type FindingState = NonNullable<Status['state']>;

/** What somebody said of a finding, as the books copied it. */
export interface AnswerCopy extends Pick<UsageDecision, 'step' | 'raised' | 'by' | 'verdict'> {
  /** Database time, ISO 8601. */
  readonly decidedAt: string;
}

const WAITS: Readonly<Record<FindingState, keyof typeof findingWaits>> = {
  Open: 'owner',
  Accepted: 'owner',
  Upheld: 'owner',
  Appealed: 'judge',
  Dismissed: 'nobody',
  Closed: 'nobody',
};

/** Where a finding stands, and since which moment of the city. */
interface Stand {
  readonly state: FindingState;
  readonly since: string;
}

/**
 * What the copies make of it: its owner says what they will do, or appeals, once; somebody who did not answer judges that
 * appeal. What is said out of turn counts for nothing. Evidence that is gone ends it, unless it was dropped before.
 */
export function standOf({ raised, ended }: Spec, copies: readonly AnswerCopy[]): Stand {
  let stand: Stand = { state: 'Open', since: `${raised}T00:00:00+08:00` };
  const answered = new Set<string>();
  for (const copy of copies.filter((it) => it.raised === raised)) {
    const state = after(stand.state, copy, answered);
    if (state === undefined) continue;
    stand = { state, since: copy.decidedAt };
    if (copy.step === 'answer') answered.add(copy.by);
  }
  if (!ended || stand.state === 'Dismissed') return stand;
  return { state: 'Closed', since: `${ended.on}T00:00:00+08:00` };
}

function after(
  state: FindingState,
  { step, verdict, by }: AnswerCopy,
  answered: ReadonlySet<string>,
): FindingState | undefined {
  if (step === 'judge') {
    if (state !== 'Appealed' || answered.has(by)) return undefined;
    return verdict === 'uphold' ? 'Upheld' : 'Dismissed';
  }
  if (state !== 'Open' && state !== 'Upheld') return undefined;
  if (verdict === 'appeal') return state === 'Open' ? 'Appealed' : undefined;
  return 'Accepted';
}

/** All that is decided on when something of a finding, or of its allocation, changed. */
export interface FindingPicture {
  readonly finding: UsageFinding;
  /** The allocation of that name, if there is one. */
  readonly allocation: Allocation | undefined;
  readonly copies: readonly AnswerCopy[];
  readonly calendar: Calendar;
  /** Database time, ISO 8601. */
  readonly now: string;
}

export type FindingAction =
  | { readonly do: 'wait' }
  | { readonly do: 'end'; readonly ended: NonNullable<Spec['ended']> }
  | { readonly do: 'project'; readonly status: Status };

/** The next thing to do about a finding. */
export function decideFinding(picture: FindingPicture): FindingAction {
  const { finding, copies, calendar, now } = picture;
  const { spec, status, metadata } = finding;
  const stand = standOf(spec, copies);
  const { state, since } = stand;
  const because = endingOf(picture, state);
  if (because) return { do: 'end', ended: { on: cityDay(now), because } };
  const due = dueOf(spec, stand, calendar);
  const generation = metadata.generation ?? 0;
  const isLate = due !== undefined && due < cityDay(now);
  const next: Status = {
    state,
    stateText: renderBoth(findingStates[state]),
    since: cityDay(since),
    ...(due === undefined ? {} : { due }),
    waitsFor: renderBoth(findingWaits[WAITS[state]]),
    decisions: status?.decisions ?? [],
    conditions: settleConditions(
      status?.conditions,
      [
        {
          type: 'Overdue',
          status: isLate ? 'True' : 'False',
          reason: isLate ? 'PastDue' : due === undefined ? 'NobodyIsWaitedFor' : 'InTime',
          message: findingConditions[isLate ? 'overdue' : due === undefined ? 'done' : 'inTime'],
          params: { due: due ?? '' },
        },
      ],
      now,
      generation,
    ),
    observedGeneration: generation,
  };
  return sameJson(next, status) ? { do: 'wait' } : { do: 'project', status: next };
}

/** Whether nobody can say anything more of it. */
export function isOver(state: FindingState): boolean {
  return WAITS[state] === 'nobody';
}

/** Until when whoever is waited for has time; the owner, for the first answer, until the deadline. */
function dueOf({ deadline, workingDays }: Spec, { state, since }: Stand, calendar: Calendar) {
  if (isOver(state)) return undefined;
  return state === 'Open' ? deadline : dueDate(calendar, since, workingDays).date;
}

function endingOf(
  { finding: { spec, status }, allocation, copies }: FindingPicture,
  state: FindingState,
): NonNullable<Spec['ended']>['because'] | undefined {
  if (spec.ended) return undefined;
  const said = (all: readonly { readonly raised: string }[] = []) =>
    all.filter(({ raised }) => raised === spec.raised).length;
  // Nobody could go on from what the list does not have: it is raised anew.
  if (said(copies) > said(status?.decisions)) return 'SetBack';
  if (isOver(state)) return undefined;
  if (allocation?.metadata.uid !== spec.allocation.uid) return 'AllocationGone';
  if (allocation.spec.released || isGone(allocation)) return 'Released';
  return allocation.spec.contentRevision > spec.allocation.revision ? 'Resized' : undefined;
}
