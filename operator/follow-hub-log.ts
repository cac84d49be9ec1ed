import type { Logger } from 'pino';
import type { AuditRecord } from '../domain/audit/chain.ts';
import { digestOfLine, HUB_LOG, type HubLogState, recordOfLine } from '../domain/audit/hub-log.ts';
import type { BooksOfTerm } from './adapters/books.ts';
import { HubLog } from './adapters/hub-log.ts';
import type { ReadOnly } from './read-only.ts';
import { type Clock, sleep } from './runtime/clock.ts';

const POLL_MS = 1_000;
const RETRY_MS = 5_000;

/** Told what becomes of the hub's audit log. */
export interface HubLogMetrics {
  followed(is: boolean): void;
  read(lines: number): void;
  recorded(events: number): void;
  gap(): void;
  unreadable(): void;
}

interface FollowerOptions {
  /** The API server's log; undefined when the operator was told of none. */
  readonly file: string | undefined;
  readonly books: Pick<BooksOfTerm, 'actor' | 'lastHubLine' | 'recordHubEvents' | 'recordHubLogState'>;
  readonly readOnly: Pick<ReadOnly, 'why'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: HubLogMetrics;
}

/**
 * Puts what the hub's own audit log says of changes into the audit chain, for one term of leadership. Where it stopped
 * the chain itself says: the line of its newest event is looked for in the log. What the chain has is not put in again.
 */
export class HubLogFollower {
  private readonly options: FollowerOptions;
  private told: HubLogState | undefined;

  constructor(options: FollowerOptions) {
    this.options = options;
  }

  /** Works until `stop` aborts. */
  async run(stop: AbortSignal): Promise<void> {
    const { file, clock, log, readOnly, metrics } = this.options;
    let wasLost = false;
    while (!stop.aborted) {
      metrics.followed(false);
      try {
        if (readOnly.why === undefined) {
          if (file === undefined) return await this.tell('unset');
          wasLost = await this.follow(file, wasLost, stop);
        }
      } catch (error) {
        if (!stop.aborted) log.error({ err: error, file }, 'the hub’s audit log cannot be followed');
      }
      await sleep(clock, RETRY_MS, stop);
    }
  }

  /** @returns whether the file was lost before it was read to its end */
  private async follow(file: string, wasLost: boolean, stop: AbortSignal): Promise<boolean> {
    const { books, clock, readOnly, metrics } = this.options;
    const last = await books.lastHubLine();
    const opened = await openedOr(file, last, (error) => this.tell('absent', { error }));
    if (!opened) return wasLost;
    const { log, found } = opened;
    try {
      // It begins with the line at which it was opened.
      let known = found ? 1 : 0;
      let isBehindGap = !found && (last !== undefined || wasLost);
      if (!isBehindGap) await this.tell('followed');
      while (!stop.aborted && readOnly.why === undefined) {
        const { lines, lost } = await log.next();
        if (lost) return true;
        const [first] = lines;
        if (isBehindGap && first !== undefined) {
          metrics.gap();
          await this.tell('gap', { from: digestOfLine(first) });
          await this.tell('followed');
          isBehindGap = false;
        }
        metrics.recorded(await books.recordHubEvents(this.recordsOf(lines)));
        if (lines.length > 0) {
          metrics.read(lines.length - known);
          known = 0;
        }
        metrics.followed(true);
        if (lines.length === 0) await sleep(clock, POLL_MS, stop);
      }
      return false;
    } finally {
      await log.close();
    }
  }

  private recordsOf(lines: readonly string[]): readonly AuditRecord[] {
    const { books, log, metrics, file = '-' } = this.options;
    return lines.flatMap((line): AuditRecord[] => {
      const record = recordOfLine(line);
      if (record !== 'unreadable') return record === undefined ? [] : [record];
      const event = digestOfLine(line);
      metrics.unreadable();
      log.error({ file, line: event }, 'a line of the hub’s audit log is no event');
      const body = { state: 'unreadable' satisfies HubLogState, event };
      return [{ actor: books.actor, action: HUB_LOG, subject: file, body }];
    });
  }

  /** Once for as long as it is so. */
  private async tell(
    state: Exclude<HubLogState, 'unreadable'>,
    more: { readonly error?: unknown; readonly from?: string } = {},
  ): Promise<void> {
    if (state === this.told) return;
    const { books, log, file = '-' } = this.options;
    await books.recordHubLogState({ file, state, from: more.from });
    this.told = state;
    const [level, text] = SAYINGS[state];
    log[level]({ file, ...(more.error === undefined ? {} : { err: more.error }) }, text);
  }
}

const SAYINGS = {
  followed: ['info', 'the hub’s audit log is followed'],
  absent: [
    'error',
    'the hub’s audit log is not there or cannot be read: who changes what does not go into the audit chain',
  ],
  unset: [
    'warn',
    'GOVCLOUD_HUB_AUDIT_LOG is not set: who changes what on the hub does not go into the audit chain',
  ],
  gap: ['error', 'what followed the last event in the audit chain is gone from the hub’s audit log'],
} as const;

async function openedOr(
  file: string,
  line: string | undefined,
  absent: (error: unknown) => Promise<void>,
): Promise<{ log: HubLog; found: boolean } | undefined> {
  try {
    return await HubLog.open(file, line);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    await absent(error);
    return undefined;
  }
}
