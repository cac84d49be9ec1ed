import { cityDay, dayAfter, endOfDay } from '../calendar.ts';

/** The last day that is over at a moment: of a day's last moment, that day. @param asOf RFC 3339 */
export function lastDayOver(asOf: string): string {
  return Temporal.PlainDate.from(cityDay(new Date(Date.parse(asOf) + 1).toISOString()))
    .subtract({ days: 1 })
    .toString();
}

/** Days of use that are told unless a period is asked for. */
const USE_DAYS = 30;

/** The first of the days of use of which a day is the last. */
export function useBegin(until: string): string {
  return dayAfter(until, 1 - USE_DAYS);
}

/** The days of use that are told as of a moment, both counted. @param asOf RFC 3339 */
export function useDays(asOf: string): { readonly from: string; readonly until: string } {
  const until = lastDayOver(asOf);
  return { from: useBegin(until), until };
}

/** First and last day of the last month that is over on a day. @param day YYYY-MM-DD */
export function lastMonthOver(day: string): { readonly from: string; readonly to: string } {
  const next = Temporal.PlainDate.from(day).add({ days: 1 }).with({ day: 1 });
  return { from: next.subtract({ months: 1 }).toString(), to: next.subtract({ days: 1 }).toString() };
}

/** The end of the same day of the month before, or of its last day where it is shorter. @param asOf RFC 3339 */
export function monthBefore(asOf: string): Date {
  return endOfDay(Temporal.PlainDate.from(cityDay(asOf)).subtract({ months: 1 }).toString());
}
