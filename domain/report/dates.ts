import { cityDay } from '../calendar.ts';

/** The last moment of a day in the city (UTC+8). @param day YYYY-MM-DD */
export function endOfDay(day: string): Date {
  return new Date(startOfDay(day).getTime() + 86_400_000 - 1);
}

/** The first moment of a day in the city. @param day YYYY-MM-DD */
export function startOfDay(day: string): Date {
  return new Date(`${day}T00:00:00+08:00`);
}

/** The end of the same day of the month before, or of its last day where it is shorter. @param asOf RFC 3339 */
export function monthBefore(asOf: string): Date {
  return endOfDay(Temporal.PlainDate.from(cityDay(asOf)).subtract({ months: 1 }).toString());
}
