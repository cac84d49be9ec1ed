import { sql } from 'kysely';
import { type Canonical, canonicalJson, digestOf } from '../domain/canonical.ts';
import { GovError, reason } from '../domain/errors.ts';
import { type Books, databaseTime } from './database.ts';
import { lockKeys, type Session, write } from './session.ts';

/**
 * The serial number of a request (受理编号), such as `ZY-2026-000123`: assigned once, counted without gaps for
 * each prefix and year.
 * @param it.prefix one to eight capital letters
 * @param it.year the year in which it is received, by the city's calendar
 * @throws GovError E_FENCED
 */
export async function assignSerial(
  session: Session,
  it: { readonly requestUid: string; readonly prefix: string; readonly year: number },
): Promise<string> {
  return write(session, async ({ trx, record }) => {
    await lockKeys(trx, [it.requestUid]);
    const known = await trx
      .selectFrom('serials')
      .select('serial')
      .where('request_uid', '=', it.requestUid)
      .executeTakeFirst();
    if (known) return known.serial;
    const { last } = await trx
      .insertInto('serial_counters')
      .values({ prefix: it.prefix, year: it.year, last: 1 })
      .onConflict((conflict) =>
        conflict
          .columns(['prefix', 'year'])
          .doUpdateSet((eb) => ({ last: eb('serial_counters.last', '+', 1) })),
      )
      .returning('last')
      .executeTakeFirstOrThrow();
    const serial = `${it.prefix}-${it.year}-${String(last).padStart(6, '0')}`;
    const row = await trx
      .insertInto('serials')
      .values({ request_uid: it.requestUid, serial, recorded_at: databaseTime })
      .returning('recorded_at')
      .executeTakeFirstOrThrow();
    record({
      actor: session.actor,
      action: 'serial.assign',
      subject: it.requestUid,
      body: { serial, recordedAt: row.recorded_at.toISOString() },
    });
    return serial;
  });
}

/**
 * A serial number that was given and that the books have lost, entered again: its series goes on after it.
 * @param it.serial such as `ZY-2026-000123`
 * @throws GovError E_FENCED
 */
export async function keepSerial(
  session: Session,
  { requestUid, serial }: { readonly requestUid: string; readonly serial: string },
): Promise<void> {
  const [, prefix, year, number] = /^([A-Z]{1,8})-(\d{4})-(\d{6,9})$/.exec(serial) ?? [];
  if (prefix === undefined) throw new RangeError(`not a serial number: ${serial}`);
  const last = Number(number);
  await write(session, async ({ trx, record }) => {
    await lockKeys(trx, [requestUid]);
    await trx
      .insertInto('serial_counters')
      .values({ prefix, year: Number(year), last })
      .onConflict((conflict) =>
        conflict
          .columns(['prefix', 'year'])
          .doUpdateSet({ last: sql`greatest(serial_counters.last, excluded.last)` }),
      )
      .execute();
    const row = await trx
      .insertInto('serials')
      .values({ request_uid: requestUid, serial, recorded_at: databaseTime })
      .onConflict((conflict) => conflict.column('request_uid').doNothing())
      .returning('recorded_at')
      .executeTakeFirst();
    if (!row) return;
    record({
      actor: session.actor,
      action: 'serial.assign',
      subject: requestUid,
      body: { serial, recordedAt: row.recorded_at.toISOString() },
    });
  });
}

/** A request that is over, as it was: it stays readable when its object is deleted. */
export interface ClosedRequest {
  readonly uid: string;
  readonly serial: string;
  readonly namespace: string;
  readonly name: string;
  readonly document: Canonical;
}

/**
 * Copies a closed request into the books. Repeating it changes nothing.
 * @throws GovError E_BOOKS_AHEAD when it was closed with other content, E_FENCED
 */
export async function closeRequest(session: Session, request: ClosedRequest): Promise<void> {
  await write(session, async ({ trx, record }) => {
    const { uid, serial, namespace, name, document } = request;
    await lockKeys(trx, [uid]);
    const known = await trx
      .selectFrom('closed_requests')
      .selectAll()
      .where('uid', '=', uid)
      .executeTakeFirst();
    if (known) {
      const { closed_at, ...content } = known;
      if (digestOf(content) === digestOf({ uid, serial, namespace, name, document })) return;
      throw new GovError(reason('E_BOOKS_AHEAD', { key: uid }, uid));
    }
    const row = await trx
      .insertInto('closed_requests')
      .values({
        uid,
        serial,
        namespace,
        name,
        document: sql`${canonicalJson(document)}::jsonb`,
        closed_at: databaseTime,
      })
      .returning('closed_at')
      .executeTakeFirstOrThrow();
    record({
      actor: session.actor,
      action: 'request.close',
      subject: uid,
      body: {
        serial,
        namespace,
        name,
        document: digestOf(document),
        closedAt: row.closed_at.toISOString(),
      },
    });
  });
}

/** A closed request, by uid or by serial number. */
export async function closedRequest(
  books: Books,
  by: { readonly uid: string } | { readonly serial: string },
): Promise<(ClosedRequest & { readonly closedAt: Date }) | undefined> {
  const row = await books
    .selectFrom('closed_requests')
    .selectAll()
    .where('uid' in by ? 'uid' : 'serial', '=', 'uid' in by ? by.uid : by.serial)
    .executeTakeFirst();
  if (!row) return undefined;
  const { closed_at: closedAt, ...request } = row;
  return { ...request, closedAt };
}
