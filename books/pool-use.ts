import { sql } from 'kysely';
import type { PoolUse } from '../domain/report/pool-use.ts';
import type { Books } from './database.ts';
import type { Period } from './usage.ts';

/**
 * What is used of each pool in a period, of the allocations that stood on the last of its days that is in the books: what
 * was given back before is not in what is granted either.
 */
export async function readPoolUse(books: Books, { from, until }: Period): Promise<readonly PoolUse[]> {
  const within = sql`day BETWEEN ${from}::date AND ${until}::date`;
  const { rows } = await sql<Omit<PoolUse, 'seen'> & { seen: string }>`
    SELECT pool, used.resource, sum(p95)::bigint AS p95, sum(granted::numeric * samples)::text AS seen
    FROM (
      SELECT allocation_uid, resource, max(p95) AS p95, sum(samples) AS samples, max(day) AS last,
        (array_agg(granted ORDER BY day DESC))[1] AS granted
      FROM books.daily_use WHERE ${within} AND resource IN ('cpu', 'memory') GROUP BY allocation_uid, resource
    ) AS used JOIN books.metered USING (allocation_uid)
    WHERE last = (SELECT max(day) FROM books.daily_use WHERE ${within})
    GROUP BY pool, used.resource ORDER BY pool, used.resource`.execute(books);
  return rows.map(({ seen, p95, ...of }) => ({ ...of, p95: p95 ?? 0n, seen: BigInt(seen) }));
}
