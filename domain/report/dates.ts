import { cityDay } from '../calendar.ts';

/** The last moment of a day in the city (UTC+8). @param day YYYY-MM-DD */
export function endOfDay(day: string): Date {
  return new Date(Date.parse(`${day}T00:00:00+08:00`) + 86_400_000 - 1);
}

/** The end of the same day of the month before, or of its last day where it is shorter. @param asOf RFC 3339 */
export function monthBefore(asOf: string): Date {
  return endOfDay(Temporal.PlainDate.from(cityDay(asOf)).subtract({ months: 1 }).toString());
}
