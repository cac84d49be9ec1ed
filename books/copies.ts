import { type Canonical, digestOf } from '../domain/canonical.ts';
import { GovError, reason } from '../domain/errors.ts';

/** An entry of an object's append-only list of decisions, at its place in that list. */
export interface DecisionInput {
  readonly position: number;
  readonly ticket: string;
  readonly generation: number;
  readonly step: string;
  readonly reviewer: string;
  readonly verdict: string;
  readonly returnTo?: string;
  readonly comment?: string;
  readonly onBehalfOf?: string;
  /** The delegation by which it stands in for somebody, as it was when it was copied. */
  readonly mandate?: Canonical;
}

/** The copy, which alone counts. */
export interface DecisionCopy extends DecisionInput {
  readonly id: string;
  /** Database time at which the operator first saw it. */
  readonly decidedAt: Date;
  /** The copy that it was carried from when the ticket changed. */
  readonly carriedFrom?: string;
}

/**
 * The decisions of an object's list that have no copy yet.
 * @param copies every copy of that object's decisions
 * @throws GovError E_BOOKS_AHEAD when a copy at the same position and ticket says something else
 */
export function uncopied(
  subjectUid: string,
  copies: readonly DecisionInput[],
  decisions: readonly DecisionInput[],
): readonly DecisionInput[] {
  const byPlace = new Map(copies.map((copy) => [placeOf(copy), copy]));
  return decisions.filter((decision) => {
    const copy = byPlace.get(placeOf(decision));
    if (copy && contentOf(copy) !== contentOf(decision))
      throw new GovError(reason('E_BOOKS_AHEAD', { key: `${subjectUid}/${placeOf(decision)}` }));
    return !copy;
  });
}

/** Which copies are carried from one ticket to another and do not stand there yet: those of some steps alone. */
export interface Carrying {
  readonly fromTicket: string;
  readonly toTicket: string;
  readonly steps: readonly string[];
}

/** @param copies every copy of one object's decisions */
export function uncarried<T extends Pick<DecisionInput, 'position' | 'ticket' | 'step'>>(
  copies: readonly T[],
  { fromTicket, toTicket, steps }: Carrying,
): readonly T[] {
  const there = new Set(copies.filter((it) => it.ticket === toTicket).map(({ position }) => position));
  return copies.filter(
    (it) => it.ticket === fromTicket && steps.includes(it.step) && !there.has(it.position),
  );
}

function placeOf({ position, ticket }: { position: number; ticket: string }): string {
  return `${position}/${ticket}`;
}

function contentOf(it: DecisionInput): string {
  const { generation, step, reviewer, verdict, returnTo, comment = '', onBehalfOf } = it;
  return digestOf({ generation, step, reviewer, verdict, returnTo, comment, onBehalfOf });
}
