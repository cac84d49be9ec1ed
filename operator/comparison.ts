import type { Logger } from 'pino';
import { GovError, reason } from '../domain/errors.ts';
import type { RepairItem } from '../domain/repair/plan.ts';
import { differencesNow, differencesSeen } from './controllers/repair/observe.ts';
import type { ReadOnly } from './read-only.ts';
import { sleep } from './runtime/clock.ts';
import type { Term } from './term.ts';

const COMPARE_AGAIN_MS = 2_000;

interface Around {
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/**
 * Compares hub and books at the beginning of a term and whenever the hub may have been restored; what differs turns the
 * operator read-only.
 */
export class Comparison {
  private readonly readOnly: ReadOnly;
  /** How often the hub may have been restored, and how many of these times it was compared after. */
  private suspicions = 0;
  private settled = 0;
  private wake: (() => void) | undefined;

  constructor(readOnly: ReadOnly) {
    this.readOnly = readOnly;
  }

  /** The hub may have been restored: nothing is decided until it was compared with the books. */
  suspect(): void {
    this.suspicions += 1;
    this.readOnly.doubt(true);
    this.wake?.();
  }

  /**
   * Compares them before anything is decided in a term. A restart finds them agreeing: what a crash left behind is no
   * difference.
   */
  async begin(term: Term, around: Around): Promise<void> {
    await this.agree(around, term, async () => {
      // The own pictures may lag behind what a predecessor wrote a moment ago, and are looked at only to save a list.
      const seen = await differencesSeen(term);
      return seen.length === 0 ? seen : differencesNow(term);
    });
  }

  /** Compares them again after each suspicion, until the signal aborts. */
  async follow(term: Term, around: Around): Promise<void> {
    const { signal } = around;
    while (!signal.aborted) {
      if (this.isSuspected) {
        // A picture that went on in a history that is not the server's would never hear of what was written since.
        term.hub.forget();
        await term.hub.whenSynced(signal);
        await this.agree(around, term, () => differencesNow(term));
      }
      await new Promise<void>((resolve) => {
        this.wake = resolve;
        if (this.isSuspected || signal.aborted) resolve();
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  }

  private get isSuspected(): boolean {
    return this.suspicions > this.settled;
  }

  private async agree(
    { log, signal }: Around,
    { clock }: Term,
    differences: () => Promise<readonly RepairItem[]>,
  ): Promise<void> {
    while (!signal.aborted) {
      const { suspicions } = this;
      try {
        const found = await differences();
        const [first] = found;
        if (first) {
          const error = new GovError(reason('E_APART', { count: found.length }));
          this.readOnly.enter(error.message);
          const example = { object: first.object, code: first.difference.code };
          log.fatal({ err: error, first: example }, 'hub and books differ: read-only from now on');
        }
        this.settled = suspicions;
        this.readOnly.doubt(this.isSuspected);
        return;
      } catch (error) {
        log.warn({ err: error }, 'hub and books cannot be compared yet');
        await sleep(clock, COMPARE_AGAIN_MS, signal);
      }
    }
  }
}
