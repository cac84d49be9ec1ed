import { sql } from 'kysely';
import type { DailyActiveUsers } from '../domain/usage/active.ts';
import { DAY_STEPS } from '../domain/usage/day.ts';
import type { Books } from './database.ts';
import { type Session, write } from './session.ts';
import type { Period } from './usage.ts';

/** What a system told of its users on a day. */
export interface ActiveUsersOfDay {
  readonly organization: string;
  readonly system: string;
  readonly told: DailyActiveUsers;
}

/** The days of each system, by `<organisation>/<system>`, that have a row since a day. */
export async function daysWithActiveUsers(books: Books, from: string): Promise<Map<string, Set<string>>> {
  const { rows } = await sql<{ path: string; days: string[] }>`
    SELECT organization || '/' || system AS path, array_agg(day::text) AS days FROM books.daily_active_users
    WHERE day >= ${from}::date GROUP BY organization, system`.execute(books);
  return new Map(rows.map(({ path, days }) => [path, new Set(days)]));
}

/**
 * Writes what systems told on a day, all of it or nothing. Written again, it replaces what was there.
 * @throws GovError E_FENCED
 */
export async function recordActiveUsers(
  session: Session,
  day: string,
  all: readonly ActiveUsersOfDay[],
): Promise<void> {
  if (all.length === 0) return;
  const users = (name: 'active' | 'target') =>
    sql`${all.map(({ told }) => told.users?.[name] ?? null)}::bigint[]`;
  await write(session, async ({ trx }) => {
    // Sorted, so that two who write the same do not wait for each other in a circle.
    await sql`
      INSERT INTO books.daily_active_users AS known (organization, system, day, expected, samples, active, target, faults)
      SELECT organization, system, ${day}::date, ${DAY_STEPS}::integer, samples, active, target, faults
      FROM unnest(${all.map(({ organization }) => organization)}::text[], ${all.map(({ system }) => system)}::text[],
        ${all.map(({ told }) => told.samples)}::integer[], ${users('active')}, ${users('target')},
        ${all.map(({ told }) => JSON.stringify(told.faults))}::jsonb[])
        AS given (organization, system, samples, active, target, faults)
      ORDER BY organization, system
      ON CONFLICT (organization, system, day) DO UPDATE SET expected = excluded.expected, samples = excluded.samples,
        active = excluded.active, target = excluded.target, faults = excluded.faults
      WHERE known IS DISTINCT FROM excluded`.execute(trx);
  });
}

/** What a system told in a period. */
export interface PeriodActiveUsers {
  readonly organization: string;
  readonly system: string;
  /** The days of the period that have rows. */
  readonly days: number;
  readonly samples: number;
  /** The most that were active by any day, and who was meant to be on the last; null when nothing was told. */
  readonly active: bigint | null;
  readonly target: bigint | null;
}

/** By organisation and system: each that has rows in the period. */
export async function readActiveUsers(
  books: Books,
  { from, until }: Period,
): Promise<readonly PeriodActiveUsers[]> {
  const { rows } = await sql<PeriodActiveUsers>`
    SELECT organization, system, count(*)::integer AS days, sum(samples)::integer AS samples, max(active) AS active,
      (array_agg(target ORDER BY day DESC) FILTER (WHERE target IS NOT NULL))[1] AS target
    FROM books.daily_active_users WHERE day BETWEEN ${from}::date AND ${until}::date
    GROUP BY organization, system ORDER BY organization, system`.execute(books);
  return rows;
}
