import { sql } from 'kysely';
import { namespaceOf } from '../api/v1alpha1/index.ts';
import type { Canonical } from '../domain/canonical.ts';
import type { BooksPicture, HeldRow } from '../domain/repair/plan.ts';
import type { Books } from './database.ts';

/**
 * What the books say of what the hub must have, on one snapshot. Of what is granted it reads which lines of which
 * request, not the whole that was held for it.
 * @param open requests that are not over
 * @param numbered requests, open or not, that have a serial number
 */
export async function readApart(
  books: Books,
  { open, numbered }: { readonly open: readonly string[]; readonly numbered: readonly string[] },
): Promise<BooksPicture> {
  return books
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (trx) => {
      const holds = await sql<{
        id: string;
        uid: string;
        generation: string;
        attempt: number;
        state: HeldRow['state'];
        origin_uid: string;
        origin_generation: string;
        posted_at: Date | null;
        raised_uid: string | null;
        raised_generation: string | null;
        document: Canonical;
      }>`
        SELECT holds.id::text, holds.request_uid AS uid, holds.generation::text, holds.attempt, state,
          origin_uid, origin_generation::text, posted.recorded_at AS posted_at,
          setter.uid AS raised_uid, (
            SELECT generation::text FROM books.transactions AS t
            WHERE t.request_uid = setter.uid AND t.step = 'limit' AND t.id < posted.id ORDER BY t.id DESC LIMIT 1
          ) AS raised_generation,
          CASE WHEN state = 'pending' OR document->'spec' IS NULL THEN document
            ELSE jsonb_build_object('request', document->'request', 'spec', jsonb_build_object(
              'target', document #> '{spec,target}',
              'lines', jsonb_path_query_array(document, '$.spec.lines[*] ? (exists (@.name))'))) END AS document
        FROM books.holds LEFT JOIN books.transactions AS posted
          ON posted.hold_id = holds.id AND posted.step IN ('post', 'transfer', 'open')
        LEFT JOIN LATERAL (
          SELECT t.request_uid AS uid FROM books.accounts
          JOIN books.entries ON account_id = accounts.id AND leg = 'limit'
          JOIN books.transactions AS t ON t.id = transaction_id
          WHERE state = 'posted' AND document #> '{spec,quota}' IS NOT NULL AND t.id < posted.id
            AND holder_kind = 'organisation' AND ${namespaceOf('')} || holder = document #>> '{request,namespace}'
            AND accounts.zone = coalesce(document #>> '{spec,quota,zone}', '*')
            AND accounts.arch = coalesce(document #>> '{spec,quota,arch}', '*')
          ORDER BY t.id DESC LIMIT 1
        ) AS setter ON true
        WHERE state IN ('pending', 'posted', 'credited') ORDER BY holds.id`.execute(trx);
      const generations = await sql<{ uid: string; generation: string }>`
        SELECT request_uid AS uid, max(generation)::text AS generation FROM books.holds
        WHERE request_uid = ANY(${[...open]}::text[]) GROUP BY 1`.execute(trx);
      const copies = await trx
        .selectFrom('decisions')
        .select(['subject_uid', 'position', 'ticket', 'step', 'reviewer', 'verdict'])
        .where('subject_uid', 'in', open.length > 0 ? open : [''])
        .where('carried_from', 'is', null)
        .orderBy('position')
        .execute();
      const setters = await sql<{ scope: string; uid: string; generation: string }>`
        SELECT DISTINCT ON (scope) scope, request_uid AS uid, generation::text FROM (
          SELECT concat_ws('/', holder_kind, holder, zone, arch) AS scope, t.id, t.request_uid, t.generation
          FROM books.accounts
          CROSS JOIN LATERAL (
            SELECT transaction_id AS id FROM books.entries
            WHERE account_id = accounts.id AND leg = 'limit' ORDER BY transaction_id DESC LIMIT 1
          ) AS last
          JOIN books.transactions AS t ON t.id = last.id WHERE hard > 0
        ) AS limited ORDER BY scope, id DESC`.execute(trx);
      const serials = await sql<{ uid: string; serial: string }>`
        SELECT request_uid AS uid, serial FROM books.serials
        WHERE request_uid = ANY(${[...numbered]}::text[])`.execute(trx);
      const closed = await sql<{ uid: string }>`
        SELECT uid FROM books.closed_requests WHERE uid = ANY(${[...open]}::text[])`.execute(trx);
      const bySubject = Map.groupBy(copies, ({ subject_uid }) => subject_uid);
      return {
        holds: holds.rows.map((row) => ({
          id: row.id,
          requestUid: row.uid,
          generation: Number(row.generation),
          attempt: row.attempt,
          state: row.state,
          origin: { requestUid: row.origin_uid, generation: Number(row.origin_generation) },
          ...(row.posted_at === null ? {} : { postedAt: row.posted_at.toISOString() }),
          ...(row.raised_uid === null
            ? {}
            : { raises: { uid: row.raised_uid, generation: Number(row.raised_generation) } }),
          document: row.document,
        })),
        generations: new Map(generations.rows.map((it) => [it.uid, Number(it.generation)])),
        copies: new Map(
          [...bySubject].map(([uid, rows]) => [
            uid,
            rows.map(({ position, ticket, step, reviewer, verdict }) => ({
              position,
              ticket,
              step: step as 'initial',
              reviewer,
              verdict: verdict as 'approve',
            })),
          ]),
        ),
        setters: setters.rows.map((it) => ({ ...it, generation: Number(it.generation) })),
        serials: new Map(serials.rows.map(({ uid, serial }) => [uid, serial])),
        closed: new Set(closed.rows.map(({ uid }) => uid)),
      };
    });
}
