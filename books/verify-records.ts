import { type Selectable, sql, type Transaction } from 'kysely';
import type { Canonical } from '../domain/canonical.ts';
import { type BooksTables, exactTime } from './database.ts';
import { decisionBody } from './decisions.ts';
import {
  type Body,
  differences,
  digestOrNone,
  type Finding,
  type Findings,
  MAX_FINDINGS,
  VERIFY_PAGE,
} from './finding.ts';

type Trx = Transaction<BooksTables>;

/** A row without its audit record, or unlike it. */
function* checkRow(
  code: Finding['code'],
  where: string,
  recorded: Body | null,
  found: Body,
): Generator<Finding> {
  const differs = recorded ? differences(recorded, found) : { expected: '-', found: JSON.stringify(found) };
  if (differs) yield { code, where, params: differs };
}

/** What the audit chain recorded and the books no longer have. */
async function* checkKept(
  trx: Trx,
  code: Finding['code'],
  missing: ReturnType<typeof sql<{ id: string }>>,
): Findings {
  const { rows } = await sql<{ id: string | null; seq: string }>`
    SELECT missing.id, seq::text FROM (${missing}) AS missing ORDER BY missing.seq LIMIT ${MAX_FINDINGS}`.execute(
    trx,
  );
  for (const { id, seq } of rows) {
    yield { code, where: id ?? seq, params: { expected: `audit ${seq}`, found: '-' } };
  }
}

export async function* checkDecisions(trx: Trx): Findings {
  type Row = Omit<Selectable<BooksTables['decisions']>, 'id' | 'carried_from'> & {
    id: bigint;
    carried_from: bigint | null;
    decidedAt: string;
    recordedAt: string;
    body: Body | null;
  };
  let after = 0n;
  for (;;) {
    const { rows } = await sql<Row>`
      SELECT d.*, ${exactTime('d.decided_at')} AS "decidedAt", ${exactTime('d.recorded_at')} AS "recordedAt",
        (SELECT body FROM books.audit WHERE subject = d.subject_uid AND body->>'decision' = d.id::text
          AND action = CASE WHEN d.carried_from IS NULL THEN 'decision.record' ELSE 'decision.carry' END
          ORDER BY seq LIMIT 1) AS body
      FROM books.decisions d WHERE id > ${after} ORDER BY id LIMIT ${VERIFY_PAGE}`.execute(trx);
    for (const row of rows) yield* checkRow('DECISION', String(row.id), row.body, decisionBody(row, row));
    const last = rows.at(-1);
    if (!last || rows.length < VERIFY_PAGE) break;
    after = last.id;
  }
  yield* checkKept(
    trx,
    'DECISION',
    sql`SELECT body->>'decision' AS id, seq FROM books.audit
      WHERE action IN ('decision.record', 'decision.carry')
        AND NOT EXISTS (SELECT FROM books.decisions WHERE decisions.id::text = body->>'decision')`,
  );
}

/** Serial numbers against the chain, and the counters against the serial numbers. */
export async function* checkSerials(trx: Trx): Findings {
  let after = '';
  for (;;) {
    const { rows } = await sql<{ uid: string; serial: string; recordedAt: string; body: Body | null }>`
      SELECT request_uid AS uid, serial, ${exactTime('serials.recorded_at')} AS "recordedAt",
        (SELECT body FROM books.audit WHERE subject = request_uid AND action = 'serial.assign'
          ORDER BY seq LIMIT 1) AS body
      FROM books.serials WHERE request_uid > ${after} ORDER BY request_uid LIMIT ${VERIFY_PAGE}`.execute(trx);
    for (const { uid, body, ...found } of rows) yield* checkRow('SERIAL', uid, body, found);
    const last = rows.at(-1);
    if (!last || rows.length < VERIFY_PAGE) break;
    after = last.uid;
  }
  yield* checkKept(
    trx,
    'SERIAL',
    sql`SELECT subject AS id, seq FROM books.audit WHERE action = 'serial.assign'
      AND NOT EXISTS (SELECT FROM books.serials WHERE request_uid = subject)`,
  );
  const { rows } = await sql<{ series: string | null; found: string | null; expected: string | null }>`
    SELECT series, counter.last::text AS found, given.last::text AS expected FROM (
      SELECT prefix || '-' || year AS series, last FROM books.serial_counters
    ) AS counter FULL JOIN (
      SELECT substring(serial FROM '^(.*)-\\d+$') AS series, max(substring(serial FROM '\\d+$')::numeric) AS last
      FROM books.serials GROUP BY 1
    ) AS given USING (series)
    WHERE counter.last IS DISTINCT FROM given.last ORDER BY series LIMIT ${MAX_FINDINGS}`.execute(trx);
  for (const { series, found, expected } of rows) {
    yield {
      code: 'COUNTER',
      where: series ?? '-',
      params: { found: found ?? '-', expected: expected ?? '-' },
    };
  }
}

export async function* checkClosedRequests(trx: Trx): Findings {
  type Row = {
    uid: string;
    serial: string;
    namespace: string;
    name: string;
    document: Canonical;
    closedAt: string;
    body: Body | null;
  };
  let after = '';
  for (;;) {
    // Documents are large: fewer at a time.
    const page = VERIFY_PAGE / 10;
    const { rows } = await sql<Row>`
      SELECT uid, serial, namespace, name, document, ${exactTime('closed_requests.closed_at')} AS "closedAt",
        (SELECT body FROM books.audit WHERE subject = uid AND action = 'request.close' ORDER BY seq LIMIT 1) AS body
      FROM books.closed_requests WHERE uid > ${after} ORDER BY uid LIMIT ${page}`.execute(trx);
    for (const { uid, body, ...row } of rows) {
      yield* checkRow('CLOSED', uid, body, { ...row, document: digestOrNone(row.document) ?? '-' });
    }
    const last = rows.at(-1);
    if (!last || rows.length < page) break;
    after = last.uid;
  }
  yield* checkKept(
    trx,
    'CLOSED',
    sql`SELECT subject AS id, seq FROM books.audit WHERE action = 'request.close'
      AND NOT EXISTS (SELECT FROM books.closed_requests WHERE uid = subject)`,
  );
}

/** The fence against the last epoch that was taken: one set back would let an operator write that must not. */
export async function* checkFence(trx: Trx): Findings {
  const { rows } = await sql<{ epoch: string; takenAt: string; holder: string; recorded: Body | null }>`
    SELECT epoch::text, holder, ${exactTime('fence.taken_at')} AS "takenAt",
      (SELECT body || jsonb_build_object('holder', subject) FROM books.audit WHERE action = 'epoch.take'
        ORDER BY seq DESC LIMIT 1) AS recorded
    FROM books.fence`.execute(trx);
  const [fence] = rows;
  // Nobody has taken it yet.
  if (fence?.epoch === '0' && fence.recorded === null) return;
  const { recorded = null, ...found } = fence ?? { epoch: '-', holder: '-', takenAt: '-' };
  yield* checkRow('FENCE', found.epoch, recorded, found);
}
