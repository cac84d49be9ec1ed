import type { Decision, Handover, StockImport, UsageDecision } from '../../api/v1alpha1/index.ts';
import { readApart } from '../../books/apart.ts';
import type { DecisionCopy as StoredDecision, DecisionInput } from '../../books/copies.ts';
import { carryDecisions, copiesOf, handoversOf, recordDecisions } from '../../books/decisions.ts';
import { type ErasedDisk, recordErasures } from '../../books/erasures.ts';
import {
  type Backlog,
  backlogOf,
  noticeDelivered,
  noticeFailed,
  noticesToDeliver,
  recordNotices,
  type WaitingNotice,
} from '../../books/notifications.ts';
import { lastHubLine, recordHubEvents, recordHubLogState } from '../../books/hub-log.ts';
import { Ledger } from '../../books/ledger.ts';
import { isCredited, lastLimitOf, postedOf, rivalOf, serialOf, stockStateOf } from '../../books/queries.ts';
import { holdsThatMatter, readBalances } from '../../books/reports.ts';
import { readTime } from '../../books/reports-requests.ts';
import { assignSerial, closedRequest, closeRequest, keepSerial } from '../../books/requests.ts';
import { type Session, write } from '../../books/session.ts';
import { type ActiveUsersOfDay, daysWithActiveUsers, recordActiveUsers } from '../../books/active-users.ts';
import { daysWithUse, readUse, recordUse, type UseFilter, type UseOfDay } from '../../books/usage.ts';
import type { ErasureBasis, HandoverCopy } from '../../domain/allocation/picture.ts';
import type { Mandate } from '../../domain/approval/delegation.ts';
import type { DecisionCopy } from '../../domain/approval/fold.ts';
import type { AuditRecord } from '../../domain/audit/chain.ts';
import type { HubLogState } from '../../domain/audit/hub-log.ts';
import type { HeldDocument } from '../../domain/approval/ticket.ts';
import type { Canonical } from '../../domain/canonical.ts';
import type { Notice } from '../../domain/notification/notices.ts';
import type { ResourceVector } from '../../domain/quantity.ts';
import { type Balance, creditableOf, type Demand } from '../../domain/quota/fit.ts';
import type { BooksPicture } from '../../domain/repair/plan.ts';
import type { HoldView, PlacedDecision } from '../../domain/request/decide.ts';
import type { AnswerCopy } from '../../domain/usage/answers.ts';

/** An object whose decisions or handovers the books copy. */
export interface Subject {
  readonly kind: string;
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
}

/** Before the organisation in the ticket of an agreement to a transfer. */
const TO = ' to ';

/** How the ticket of what people say of a finding begins. */
const RAISED = 'raised-';

/** What the books know of a request. */
export interface RequestRecord {
  /** Database time, ISO 8601: what decides about expiry. */
  readonly now: string;
  readonly serial: string | undefined;
  /** Those that matter to what is next, oldest first. */
  readonly holds: readonly HoldView[];
  /** How many there ever were. */
  readonly holdsTaken: number;
  readonly pendingDemands: readonly Demand[];
  readonly decisions: readonly DecisionCopy[];
  readonly closedAt: string | undefined;
}

/** The books as the controllers of one term use them: the ledger's words in, the domain's words out. */
export class BooksOfTerm {
  readonly ledger: Ledger;
  private readonly session: Session;

  constructor(session: Session) {
    this.session = session;
    this.ledger = new Ledger(session);
  }

  /** In whose name is written. */
  get actor(): string {
    return this.session.actor;
  }

  /** Database time, ISO 8601: what says which day it is. */
  async time(): Promise<string> {
    return (await readTime(this.session.books)).toISOString();
  }

  /** @param generation the request's present one */
  async requestRecord(uid: string, generation: number): Promise<RequestRecord> {
    const { books } = this.session;
    const [now, serial, { holds, taken }, decisions, closed] = await Promise.all([
      this.time(),
      serialOf(books, uid),
      holdsThatMatter(books, uid, generation),
      copiesOf(books, uid),
      closedRequest(books, { uid }),
    ]);
    const pending = holds.find(({ state }) => state === 'pending');
    return {
      now,
      serial,
      holds: holds.map((hold) => ({
        id: hold.id,
        generation: hold.generation,
        attempt: hold.attempt,
        state: hold.state,
        document: hold.document as unknown as HeldDocument,
        createdAt: hold.recordedAt.toISOString(),
        expiresAt: hold.expiresAt?.toISOString() ?? '',
      })),
      holdsTaken: taken,
      pendingDemands: pending?.lines.map(({ account, pending: amount }) => ({ account, amount })) ?? [],
      decisions: decisions.map(decisionOf),
      closedAt: closed?.closedAt.toISOString(),
    };
  }

  balances(holders?: readonly string[]): Promise<Balance[]> {
    return readBalances(this.session.books, holders ? { holders } : {});
  }

  rivalOf(requestUid: string, targetUid: string): Promise<string | undefined> {
    return rivalOf(this.session.books, requestUid, targetUid);
  }

  /** What the books say of what the hub must have; see `readApart`. */
  apart(requests: Parameters<typeof readApart>[1]): Promise<BooksPicture> {
    return readApart(this.session.books, requests);
  }

  /** All that a hold was taken for. */
  async documentOf(holdId: string): Promise<Canonical> {
    const { document } = await this.session.books
      .selectFrom('holds')
      .select('document')
      .where('id', '=', BigInt(holdId))
      .executeTakeFirstOrThrow();
    return document;
  }

  /** What an origin has posted on each account. */
  postedOf(origin: { readonly requestUid: string; readonly generation: number }): Promise<readonly Demand[]> {
    return postedOf(this.session.books, origin);
  }

  keepSerial(serial: { readonly requestUid: string; readonly serial: string }): Promise<void> {
    return keepSerial(this.session, serial);
  }

  /** Puts notices into the outbox of every receiver, each once. */
  recordNotices(receivers: readonly string[], notices: readonly Notice[]): Promise<void> {
    return recordNotices(this.session, receivers, notices);
  }

  noticesToDeliver(receiver: string, limit: number): Promise<readonly WaitingNotice[]> {
    return noticesToDeliver(this.session.books, receiver, limit);
  }

  noticeDelivered(id: string): Promise<void> {
    return noticeDelivered(this.session, id);
  }

  noticeFailed(id: string, problem: string, againInMs: number): Promise<void> {
    return noticeFailed(this.session, id, problem, againInMs);
  }

  noticeBacklog(receiver: string): Promise<Backlog> {
    return backlogOf(this.session.books, receiver);
  }

  /** Puts into the audit chain which plan of repair is carried out, on whose approval. */
  recordRepair(uid: string, plan: { readonly [field: string]: Canonical }): Promise<void> {
    return write(this.session, async ({ record }) =>
      record({ actor: this.session.actor, action: 'repair.apply', subject: uid, body: plan }),
    );
  }

  lastLimit(uid: string, generation: number): ReturnType<typeof lastLimitOf> {
    return lastLimitOf(this.session.books, uid, generation);
  }

  async recordDecisions(subject: Subject, decisions: readonly PlacedDecision[]): Promise<void> {
    await recordDecisions(this.session, subject, decisions.map(inputOf));
  }

  /** Carries copies to a new ticket; their steps tell which. */
  async carryDecisions(
    subject: Subject,
    toTicket: string,
    decisions: readonly DecisionCopy[],
  ): Promise<void> {
    for (const fromTicket of new Set(decisions.map(({ ticket }) => ticket))) {
      const steps = [...new Set(decisions.filter((it) => it.ticket === fromTicket).map(({ step }) => step))];
      await carryDecisions(this.session, subject, { fromTicket, toTicket, steps });
    }
  }

  assignSerial(requestUid: string, year: number): Promise<string> {
    return assignSerial(this.session, { requestUid, prefix: 'ZY', year });
  }

  closeRequest(request: Subject & { serial: string; document: Canonical }): Promise<void> {
    const { uid, namespace, name, serial, document } = request;
    return closeRequest(this.session, { uid, namespace, name, serial, document });
  }

  /** The days of each allocation, by its uid, whose use is in the books, since a day. */
  daysWithUse(from: string): Promise<Map<string, Set<string>>> {
    return daysWithUse(this.session.books, from);
  }

  recordUse(day: string, use: readonly UseOfDay[]): Promise<void> {
    return recordUse(this.session, day, use);
  }

  /** The days of each system, by `<organisation>/<system>`, of which is in the books what it told of its users, since a day. */
  daysWithActiveUsers(from: string): Promise<Map<string, Set<string>>> {
    return daysWithActiveUsers(this.session.books, from);
  }

  recordActiveUsers(day: string, all: readonly ActiveUsersOfDay[]): Promise<void> {
    return recordActiveUsers(this.session, day, all);
  }

  /** Use in a period, a page of allocations at a time. */
  use(filter: UseFilter): ReturnType<typeof readUse> {
    return readUse(this.session.books, filter);
  }

  /** The digest of the line of the hub's log up to which the chain has it. */
  lastHubLine(): Promise<string | undefined> {
    return lastHubLine(this.session.books);
  }

  /** @returns how many were not in the chain yet */
  recordHubEvents(records: readonly AuditRecord[]): Promise<number> {
    return recordHubEvents(this.session, records);
  }

  recordHubLogState(it: { file: string; state: HubLogState; from?: string | undefined }): Promise<void> {
    return recordHubLogState(this.session, it);
  }

  async handovers(allocation: Omit<Subject, 'kind'>): Promise<readonly HandoverCopy[]> {
    return (await handoversOf(this.session.books, allocation)).map(handoverOf);
  }

  async recordHandovers(
    subject: Subject,
    handovers: readonly { position: number; handover: Handover }[],
  ): Promise<void> {
    await recordDecisions(this.session, subject, handovers.map(decisionOfHandover));
  }

  /** How a row of opening stock stands, by the file's SM3 and the row's number. */
  stockState(fileSm3: string, row: number): Promise<'absent' | 'posted' | 'credited'> {
    return stockStateOf(this.session.books, { requestUid: fileSm3, generation: row });
  }

  /** Copies the decisions on a batch of opening stock or on a repair, and gives all copies. Their ticket is its digest. */
  recordDigestDecisions(
    subject: Subject,
    decisions: NonNullable<NonNullable<StockImport['status']>['decisions']>,
  ): Promise<readonly { readonly ticket: string; readonly reviewer: string; readonly verdict: string }[]> {
    return recordDecisions(
      this.session,
      subject,
      decisions.map(({ digest, reviewer, verdict, comment }, position) => ({
        position,
        ticket: digest,
        generation: 1,
        step: 'approval',
        reviewer,
        verdict,
        comment: comment ?? '',
      })),
    );
  }

  /** Copies what people said of a finding of use, and gives all copies. Their ticket names the day it was raised on. */
  async recordUsageDecisions(
    subject: Subject,
    decisions: readonly UsageDecision[],
  ): Promise<readonly AnswerCopy[]> {
    const copies = await recordDecisions(
      this.session,
      subject,
      decisions.map(({ raised, generation, step, by, verdict, comment }, position) => ({
        position,
        ticket: `${RAISED}${raised}`,
        generation,
        step,
        reviewer: by,
        verdict,
        comment: comment ?? '',
      })),
    );
    return copies.map(({ ticket, step, reviewer, verdict, decidedAt }) => ({
      raised: ticket.slice(RAISED.length),
      step: step as AnswerCopy['step'],
      by: reviewer,
      verdict: verdict as AnswerCopy['verdict'],
      decidedAt: decidedAt.toISOString(),
    }));
  }

  /** Gives back what an allocation had posted, once under its key. */
  async credit(
    key: { readonly request: string; readonly generation: number; readonly attempt: number },
    origin: { readonly requestUid: string; readonly generation: number },
    amounts: ResourceVector,
  ): Promise<void> {
    const { request: requestUid, generation, attempt } = key;
    const credit = { requestUid, generation, attempt };
    if (await isCredited(this.session.books, credit)) return;
    const legs = creditableOf(await postedOf(this.session.books, origin), amounts);
    await this.ledger.credit({ ...credit, origin, legs });
  }

  /** Says in the audit chain, once of each, which disks are erased, where and on whose decision. */
  recordErasures(
    subject: Omit<Subject, 'kind'>,
    basis: ErasureBasis,
    disks: readonly ErasedDisk[],
  ): Promise<void> {
    return recordErasures(this.session, subject, basis, disks);
  }
}

/** A decision as the books take it. */
export function inputOf({ position, decision, mandate }: PlacedDecision): DecisionInput {
  return { position, ...decision, ...(mandate ? { mandate: { ...mandate } } : {}) };
}

/** A copy in the domain's words. */
export function decisionOf(copy: StoredDecision): DecisionCopy {
  return {
    step: copy.step as Decision['step'],
    ticket: copy.ticket,
    generation: copy.generation,
    reviewer: copy.reviewer,
    verdict: copy.verdict as Decision['verdict'],
    ...(copy.returnTo === undefined ? {} : { returnTo: copy.returnTo as NonNullable<Decision['returnTo']> }),
    ...(copy.comment ? { comment: copy.comment } : {}),
    ...(copy.onBehalfOf === undefined ? {} : { onBehalfOf: copy.onBehalfOf }),
    ...(copy.mandate === undefined ? {} : { mandate: copy.mandate as unknown as Mandate }),
    position: copy.position,
    decidedAt: copy.decidedAt.toISOString(),
    ...(copy.carriedFrom === undefined ? {} : { carriedFrom: copy.carriedFrom }),
  };
}

/**
 * A handover is a decision on a revision: its ticket names that, and whom it would be handed to; its comment carries evidence or
 * comment.
 */
export function decisionOfHandover({
  position,
  handover,
}: {
  position: number;
  handover: Handover;
}): DecisionInput {
  return {
    position,
    ticket: `revision-${handover.revision}${handover.organization === undefined ? '' : `${TO}${handover.organization}`}`,
    generation: handover.revision,
    step: 'handover',
    reviewer: handover.by,
    verdict: handover.action,
    comment: (handover.action === 'deliver' ? handover.evidence : handover.comment) ?? '',
  };
}

export function handoverOf(copy: StoredDecision): HandoverCopy {
  const [, organization] = copy.ticket.split(TO);
  return {
    position: copy.position,
    decidedAt: copy.decidedAt.toISOString(),
    action: copy.verdict as Handover['action'],
    revision: copy.generation,
    by: copy.reviewer,
    ...(organization === undefined ? {} : { organization }),
    ...(copy.verdict === 'deliver' ? { evidence: copy.comment ?? '' } : { comment: copy.comment ?? '' }),
  };
}
