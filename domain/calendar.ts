/**
 * Working days. A year's holidays and make-up working days are published by the State Council and dated in a
 * data file; a year that is not published yet counts weekends alone, and what is computed with it is provisional.
 */
export interface Calendar {
  /** Years whose arrangement is published. */
  readonly years: readonly number[];
  /** Days off that are no weekend days, and weekend days that are worked; YYYY-MM-DD. */
  readonly holidays: ReadonlySet<string>;
  readonly workdays: ReadonlySet<string>;
}

export interface DueDate {
  /** YYYY-MM-DD */
  readonly date: string;
  /** True when a year on the way is not published yet. */
  readonly provisional: boolean;
}

const DAY = 86_400_000;

/** The day of an instant in the city (UTC+8, no daylight saving). */
export function cityDay(instant: string): string {
  return new Date(Date.parse(instant) + 8 * 3_600_000).toISOString().slice(0, 10);
}

/** The day that many days later (or, negative, earlier). */
export function dayAfter(name: string, days: number): string {
  return new Date(Date.parse(`${name}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/** Of dated policies the one in force on a day; undefined before the first. */
export function policyOn<P extends { readonly from: string }>(
  policies: readonly P[],
  day: string,
): P | undefined {
  return policies
    .filter(({ from }) => from <= day)
    .reduce<P | undefined>((last, it) => (last && last.from > it.from ? last : it), undefined);
}

/** The last moment of a day in the city (UTC+8). @param day YYYY-MM-DD */
export function endOfDay(day: string): Date {
  return new Date(startOfDay(day).getTime() + 86_400_000 - 1);
}

/** The first moment of a day in the city. @param day YYYY-MM-DD */
export function startOfDay(day: string): Date {
  return new Date(`${day}T00:00:00+08:00`);
}

/**
 * The day on which something is due.
 * @param start ISO 8601 instant; that day itself does not count
 * @param workingDays at least 1
 */
export function dueDate(calendar: Calendar, start: string, workingDays: number): DueDate {
  let time = Date.parse(`${cityDay(start)}T00:00:00Z`);
  let provisional = false;
  for (let left = workingDays; left > 0; ) {
    time += DAY;
    const date = new Date(time).toISOString().slice(0, 10);
    if (!calendar.years.includes(Number(date.slice(0, 4)))) provisional = true;
    const weekday = new Date(time).getUTCDay();
    const weekend = weekday === 0 || weekday === 6;
    if (weekend ? calendar.workdays.has(date) : !calendar.holidays.has(date)) left -= 1;
  }
  return { date: new Date(time).toISOString().slice(0, 10), provisional };
}
