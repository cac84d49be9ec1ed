import { type Calendar, cityDay, dayAfter, dueDate, type DueDate, startOfDay } from '../calendar.ts';
import type { WantedCondition } from '../conditions.ts';
import { reviewConditions } from '../../messages/requests.ts';
import type { FlowStep } from './fold.ts';

/** Until when a step is to be decided on, and what comes of it when it is not. Nothing is ever approved by being late. */
export interface Deadline {
  readonly due: DueDate;
  /** Set from the day after: its reviewers are reminded, and later it is told further up. */
  readonly late?: WantedCondition;
  /** When that changes next, ISO 8601; undefined when it does no more. */
  readonly changesAt?: string;
}

/**
 * @param openedAt when the step was opened, ISO 8601
 * @param now ISO 8601; days are the city's
 */
export function deadlineOf(calendar: Calendar, step: FlowStep, openedAt: string, now: string): Deadline {
  const due = dueDate(calendar, openedAt, step.dueWorkingDays);
  const today = cityDay(now);
  if (today <= due.date) return { due, changesAt: dawnAfter(due.date) };
  const { escalateWorkingDays } = step;
  const escalates =
    escalateWorkingDays === undefined
      ? undefined
      : dueDate(calendar, openedAt, step.dueWorkingDays + escalateWorkingDays).date;
  const isEscalated = escalates !== undefined && today > escalates;
  return {
    due,
    late: {
      type: 'Overdue',
      status: 'True',
      reason: isEscalated ? 'Escalated' : 'PastDue',
      message: isEscalated
        ? reviewConditions.escalated
        : escalates === undefined
          ? reviewConditions.pastDue
          : reviewConditions.reminded,
      params: { due: due.date, escalates: escalates ?? '' },
    },
    ...(escalates === undefined || isEscalated ? {} : { changesAt: dawnAfter(escalates) }),
  };
}

function dawnAfter(day: string): string {
  return startOfDay(dayAfter(day, 1)).toISOString();
}
