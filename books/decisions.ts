import { type Selectable, sql } from 'kysely';
import { type Canonical, canonicalJson } from '../domain/canonical.ts';
import { type Carrying, type DecisionCopy, type DecisionInput, uncarried, uncopied } from './copies.ts';
import { type Books, type BooksTables, databaseTime } from './database.ts';
import { lockKeys, type Session, write } from './session.ts';

/** The object that is decided on. */
export interface DecisionSubject {
  readonly kind: string;
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
}

/**
 * Copies decisions into the books and the audit chain, with database time. Repeating it changes nothing.
 * @returns all copies for the subject's tickets, carried ones included, in the order of the list
 * @throws GovError E_BOOKS_AHEAD when a copy at the same position and ticket says something else, E_FENCED
 */
export async function recordDecisions(
  session: Session,
  subject: DecisionSubject,
  decisions: readonly DecisionInput[],
): Promise<readonly DecisionCopy[]> {
  return write(session, async ({ trx, record }) => {
    await lockKeys(trx, [subject.uid]);
    const known = await copiesOf(trx, subject.uid);
    for (const decision of uncopied(subject.uid, known, decisions)) {
      const row = await trx
        .insertInto('decisions')
        .values({
          subject_kind: subject.kind,
          subject_uid: subject.uid,
          subject_namespace: subject.namespace,
          subject_name: subject.name,
          position: decision.position,
          ticket: decision.ticket,
          generation: BigInt(decision.generation),
          step: decision.step,
          reviewer: decision.reviewer,
          verdict: decision.verdict,
          return_to: decision.returnTo ?? null,
          comment: decision.comment ?? '',
          decided_at: databaseTime,
          recorded_at: databaseTime,
          carried_from: null,
          on_behalf_of: decision.onBehalfOf ?? null,
          mandate: decision.mandate === undefined ? null : sql`${canonicalJson(decision.mandate)}::jsonb`,
        })
        .returningAll()
        .executeTakeFirstOrThrow();
      record({
        actor: decision.reviewer,
        action: 'decision.record',
        subject: subject.uid,
        body: { ...decisionBody(row), recordedBy: session.actor },
      });
    }
    return copiesOf(trx, subject.uid);
  });
}

/**
 * Carries the copies of some steps from one ticket to another: after a return to an earlier step with request
 * and quote unchanged, what was decided before that step still counts. They keep their time and say from which
 * copy they come. Repeating it changes nothing.
 * @returns all copies on the new ticket
 * @throws GovError E_FENCED
 */
export async function carryDecisions(
  session: Session,
  subject: Pick<DecisionSubject, 'uid'>,
  it: Carrying,
): Promise<readonly DecisionCopy[]> {
  return write(session, async ({ trx, record }) => {
    await lockKeys(trx, [subject.uid]);
    const rows = await trx
      .selectFrom('decisions')
      .selectAll()
      .where('subject_uid', '=', subject.uid)
      .where('ticket', 'in', [it.fromTicket, it.toTicket])
      .orderBy('position')
      .execute();
    for (const { id, ...old } of uncarried(rows, it)) {
      const row = await trx
        .insertInto('decisions')
        .values({ ...old, ticket: it.toTicket, recorded_at: databaseTime, carried_from: id })
        .returningAll()
        .executeTakeFirstOrThrow();
      record({
        actor: session.actor,
        action: 'decision.carry',
        subject: subject.uid,
        body: decisionBody(row),
      });
    }
    return (await copiesOf(trx, subject.uid)).filter((copy) => copy.ticket === it.toTicket);
  });
}

/** All copies of a subject's decisions, in the order of its list. */
export async function copiesOf(books: Books, subjectUid: string): Promise<DecisionCopy[]> {
  const rows = await books
    .selectFrom('decisions')
    .selectAll()
    .where('subject_uid', '=', subjectUid)
    .orderBy('position')
    .orderBy('id')
    .execute();
  return rows.map(copyOf);
}

/**
 * All copies of what was handed over of an allocation, in order. By its name, too, which carries a serial number that the books
 * give once: a hub that was set back makes it again under another uid, and a legal hold or an acceptance is as valid then.
 */
export async function handoversOf(
  books: Books,
  { uid, namespace, name }: Omit<DecisionSubject, 'kind'>,
): Promise<DecisionCopy[]> {
  const rows = await books
    .selectFrom('decisions')
    .selectAll()
    .where(({ eb, and, or }) =>
      or([
        eb('subject_uid', '=', uid),
        and([
          eb('subject_kind', '=', 'Allocation'),
          eb('subject_namespace', '=', namespace),
          eb('subject_name', '=', name),
        ]),
      ]),
    )
    .orderBy('position')
    .orderBy('id')
    .execute();
  return rows.map(copyOf);
}

/** The copies of several subjects' decisions that were there by a moment, by subject, in the order of their lists. */
export async function copiesBy(
  books: Books,
  subjectUids: readonly string[],
  until: Date,
): Promise<ReadonlyMap<string, readonly DecisionCopy[]>> {
  const rows = await books
    .selectFrom('decisions')
    .selectAll()
    .where('subject_uid', '=', sql<string>`ANY (${[...subjectUids]}::text[])`)
    .where('recorded_at', '<=', until)
    .orderBy('position')
    .orderBy('id')
    .execute();
  const copies = new Map<string, DecisionCopy[]>();
  for (const row of rows) copies.set(row.subject_uid, [...(copies.get(row.subject_uid) ?? []), copyOf(row)]);
  return copies;
}

function copyOf(row: Selectable<BooksTables['decisions']>): DecisionCopy {
  return {
    id: String(row.id),
    position: row.position,
    ticket: row.ticket,
    generation: Number(row.generation),
    step: row.step,
    reviewer: row.reviewer,
    verdict: row.verdict,
    ...(row.return_to === null ? {} : { returnTo: row.return_to }),
    comment: row.comment,
    decidedAt: row.decided_at,
    ...(row.carried_from === null ? {} : { carriedFrom: String(row.carried_from) }),
    ...(row.on_behalf_of === null ? {} : { onBehalfOf: row.on_behalf_of }),
    ...(row.mandate === null ? {} : { mandate: row.mandate }),
  };
}

/**
 * What the audit chain says of a copy; `books verify` compares it with the row.
 * @param times as they are stored, where a Date would cut something off
 */
export function decisionBody(
  row: Selectable<BooksTables['decisions']>,
  times?: { readonly decidedAt: string; readonly recordedAt: string },
): { readonly [key: string]: Canonical } {
  return {
    decision: String(row.id),
    kind: row.subject_kind,
    uid: row.subject_uid,
    namespace: row.subject_namespace,
    name: row.subject_name,
    position: row.position,
    ticket: row.ticket,
    generation: Number(row.generation),
    step: row.step,
    reviewer: row.reviewer,
    verdict: row.verdict,
    returnTo: row.return_to,
    comment: row.comment,
    carriedFrom: row.carried_from === null ? null : String(row.carried_from),
    ...(row.on_behalf_of === null ? {} : { onBehalfOf: row.on_behalf_of, mandate: row.mandate }),
    decidedAt: times?.decidedAt ?? row.decided_at.toISOString(),
    recordedAt: times?.recordedAt ?? row.recorded_at.toISOString(),
  };
}
