import type { Logger } from 'pino';
import { UNSEEN } from '../../domain/unseen.ts';
import type { BooksOfTerm } from '../adapters/books.ts';
import { NoticeRefused, type Receiver } from '../adapters/receivers.ts';
import type { ReadOnly } from '../read-only.ts';
import { backoffMs, type Random } from '../runtime/backoff.ts';
import { type Clock, sleep } from '../runtime/clock.ts';

const POLL_MS = 2_000;
/** Notices that are read at a time. */
const BATCH = 50;
/** How long the whole receiver, and one notice, is left alone after failures. */
const RECEIVER_RETRY = { baseMs: 2_000, maxMs: 60_000 };
const NOTICE_RETRY = { baseMs: 5_000, maxMs: 600_000 };

/** Told what becomes of deliveries, by receiver. */
export interface NotificationMetrics {
  backlog(receiver: string, waiting: number, oldestSeconds: number): void;
  delivered(receiver: string): void;
  failed(receiver: string): void;
}

interface WorkerOptions {
  readonly receiver: Receiver;
  readonly books: Pick<
    BooksOfTerm,
    'noticesToDeliver' | 'noticeDelivered' | 'noticeFailed' | 'noticeBacklog'
  >;
  readonly readOnly: Pick<ReadOnly, 'why'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: NotificationMetrics;
}

/**
 * Delivers the outbox of one receiver, at least once each, for one term of leadership. One that fails is left alone for a
 * while, longer each time, and others go before it: nothing but the receiver’s own notices waits for a receiver.
 */
export class DeliveryWorker {
  private readonly options: WorkerOptions;

  constructor(options: WorkerOptions) {
    this.options = options;
  }

  /** Works until `stop` aborts. */
  async run(stop: AbortSignal): Promise<void> {
    const { receiver, books, readOnly, clock, random, log, metrics } = this.options;
    let failures = 0;
    while (!stop.aborted) {
      let again = false;
      try {
        if (readOnly.why === undefined) {
          again = await this.deliverSome(stop);
          failures = 0;
          const { waiting, oldestSeconds } = await books.noticeBacklog(receiver.name);
          metrics.backlog(receiver.name, waiting, oldestSeconds);
        }
      } catch (error) {
        if (stop.aborted) break;
        failures += 1;
        log.warn({ err: error, receiver: receiver.name, failures }, 'notices cannot be delivered');
        await this.tellBacklog();
      }
      if (!again)
        await sleep(clock, failures === 0 ? POLL_MS : backoffMs(RECEIVER_RETRY, failures, random), stop);
    }
  }

  /**
   * Delivers what is due.
   * @returns whether there may be more at once
   * @throws why the receiver could not be asked, or takes none now, once the books have it; one that it takes not is passed over
   */
  async deliverSome(stop: AbortSignal): Promise<boolean> {
    const { receiver, books, random, log, metrics } = this.options;
    const due = await books.noticesToDeliver(receiver.name, BATCH);
    for (const { id, at, attempts, notice } of due) {
      if (stop.aborted) return false;
      try {
        await receiver.deliver({ key: notice.key, body: JSON.stringify({ at, ...notice }) }, stop);
      } catch (error) {
        // It was stopped, not refused: it goes again as it is.
        if (stop.aborted) return false;
        metrics.failed(receiver.name);
        await books.noticeFailed(id, problemOf(error), backoffMs(NOTICE_RETRY, attempts + 1, random));
        if (!(error instanceof NoticeRefused)) throw error;
        log.warn({ err: error, receiver: receiver.name, key: notice.key }, 'a notice is not taken');
        continue;
      }
      await books.noticeDelivered(id);
      metrics.delivered(receiver.name);
    }
    return due.length === BATCH;
  }

  private async tellBacklog(): Promise<void> {
    const { receiver, books, log, metrics } = this.options;
    try {
      const { waiting, oldestSeconds } = await books.noticeBacklog(receiver.name);
      metrics.backlog(receiver.name, waiting, oldestSeconds);
    } catch (error) {
      log.debug({ err: error }, 'the books cannot say what waits');
    }
  }
}

/** What a receiver says may hold anything; the books take no NUL, and logs no control characters. */
function problemOf(error: unknown): string {
  const { message, cause } = error as Error;
  return (cause instanceof Error ? `${message}: ${cause.message}` : message).replaceAll(UNSEEN, ' ');
}
