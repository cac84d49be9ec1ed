import { sql } from 'kysely';
import type { AuditRecord } from '../domain/audit/chain.ts';
import { HUB_LOG, HUB_WRITE, type HubLogState } from '../domain/audit/hub-log.ts';
import type { Books } from './database.ts';
import { lockKeys, type Session, write } from './session.ts';

/** One at a time looks what is there and appends. */
const LOCK = 'hub.log';

/**
 * Appends records of the hub's log to the audit chain, those that stand in it left out.
 * @param records each with the digest of its line as `event` in its body
 * @returns how many were new
 * @throws GovError E_FENCED
 */
export async function recordHubEvents(session: Session, records: readonly AuditRecord[]): Promise<number> {
  if (records.length === 0) return 0;
  return write(session, async ({ trx, record }) => {
    await lockKeys(trx, [LOCK]);
    const { rows } = await sql<{ event: string }>`
      SELECT body->>'event' AS event FROM books.audit
      WHERE body->>'event' = ANY (${records.map(eventOf)}::text[])`.execute(trx);
    const known = new Set(rows.map(({ event }) => event));
    let count = 0;
    for (const it of records) {
      if (known.has(eventOf(it))) continue;
      known.add(eventOf(it));
      record(it);
      count++;
    }
    return count;
  });
}

function eventOf({ body }: AuditRecord): string {
  return String((body as { readonly event?: unknown }).event);
}

/** The digest of the line up to which the chain has the hub's log; undefined when it has nothing of it. */
export async function lastHubLine(books: Books): Promise<string | undefined> {
  // The newest of each action, each by the index.
  const newest = (action: string) => sql`(
    SELECT seq, coalesce(body->>'event', body->>'from') AS line FROM books.audit
    WHERE action = ${action} AND coalesce(body->>'event', body->>'from') IS NOT NULL
    ORDER BY seq DESC LIMIT 1)`;
  const { rows } = await sql<{ line: string }>`
    SELECT line FROM (${newest(HUB_WRITE)} UNION ALL ${newest(HUB_LOG)}) AS last
    ORDER BY seq DESC LIMIT 1`.execute(books);
  return rows[0]?.line;
}

/**
 * Puts into the chain what became of the log, unless that is what the chain says last.
 * @param from the digest of the line at which reading goes on, where it does not at the last one
 * @throws GovError E_FENCED
 */
export async function recordHubLogState(
  session: Session,
  it: { readonly file: string; readonly state: HubLogState; readonly from?: string | undefined },
): Promise<void> {
  await write(session, async ({ trx, record }) => {
    await lockKeys(trx, [LOCK]);
    const { rows } = await sql<{ state: string }>`
      SELECT body->>'state' AS state FROM books.audit WHERE action = ${HUB_LOG} AND body->>'state' <> 'unreadable'
      ORDER BY seq DESC LIMIT 1`.execute(trx);
    if (rows[0]?.state === it.state) return;
    const { file, state, from } = it;
    record({
      actor: session.actor,
      action: HUB_LOG,
      subject: file,
      body: { state, ...(from === undefined ? {} : { from }) },
    });
  });
}
