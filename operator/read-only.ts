import type { Logger } from 'pino';
import { GovError, reason } from '../domain/errors.ts';
import type { RepairItem } from '../domain/repair/plan.ts';
import { differencesNow, differencesSeen } from './controllers/repair/observe.ts';
import { sleep } from './runtime/clock.ts';
import type { Reconcile } from './runtime/controller.ts';
import type { Term } from './term.ts';

/** Codes that say that hub and books tell different stories: one of them was set back. */
const SET_BACK: ReadonlySet<string> = new Set(['E_BOOKS_AHEAD', 'E_BOOKS_BEHIND']);

const LOOK_AGAIN_MS = 10_000;
const COMPARE_AGAIN_MS = 2_000;
const SUSPECTED_MS = 500;

interface Around {
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** Told whether nothing is written any more. */
interface ReadOnlyMetrics {
  readOnly(is: boolean): void;
}

/**
 * When the hub or the books were restored to an older state, whatever the operator did next would make it worse: it
 * stops writing, says why, and stays so until a `Repair` has mended the difference. What nobody can bring
 * about with their own object, see docs/adr/0021-read-only.md, speaks of the whole store and stops the whole operator.
 */
export class ReadOnly {
  private because: string | undefined;
  /** How often the hub may have been restored, and how many of these times it was compared after. */
  private suspicions = 0;
  private settled = 0;
  private wake: (() => void) | undefined;
  private readonly metrics: ReadOnlyMetrics;

  constructor(metrics: ReadOnlyMetrics) {
    this.metrics = metrics;
    metrics.readOnly(false);
  }

  /** Why nothing is written; undefined in the ordinary case. */
  get why(): string | undefined {
    return this.because;
  }

  /** The hub may have been restored: nothing is decided until it was compared with the books. */
  suspect(): void {
    this.suspicions += 1;
    this.wake?.();
  }

  /**
   * Compares hub and books before anything is decided in a term. A restart finds them agreeing: what a crash left
   * behind is no difference.
   */
  async compare(term: Term, around: Around): Promise<void> {
    await this.agree(around, term, async () => {
      // The own pictures may lag behind what a predecessor wrote a moment ago, and are looked at only to save a list.
      const seen = await differencesSeen(term);
      return seen.length === 0 ? seen : differencesNow(term);
    });
  }

  /** Compares them again whenever the hub may have been restored, until the signal aborts. */
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
          this.enter(error.message);
          const example = { object: first.object, code: first.difference.code };
          log.fatal({ err: error, first: example }, 'hub and books differ: read-only from now on');
        }
        this.settled = suspicions;
        return;
      } catch (error) {
        log.warn({ err: error }, 'hub and books cannot be compared yet');
        await sleep(clock, COMPARE_AGAIN_MS, signal);
      }
    }
  }

  private get isSuspected(): boolean {
    return this.suspicions > this.settled;
  }

  /** Nothing is written from now on. */
  private enter(because: string): void {
    this.because = because;
    this.metrics.readOnly(true);
  }

  /** Hub and books agree again. */
  leave(): void {
    this.because = undefined;
    this.metrics.readOnly(false);
  }

  /**
   * A reconcile that writes nothing once any of them has found hub and books apart.
   * @param isCurrent whether the picture of a key is what the hub has now: a picture that lags proves nothing, and is
   *   looked at again
   */
  guard(reconcile: Reconcile, isCurrent: (key: string) => Promise<boolean>): Reconcile {
    return async (key, context) => {
      if (this.because !== undefined) {
        context.log.warn({ because: this.because }, 'read-only: nothing is decided');
        return { requeueAfterMs: LOOK_AGAIN_MS };
      }
      if (this.isSuspected) return { requeueAfterMs: SUSPECTED_MS };
      try {
        return await reconcile(key, context);
      } catch (error) {
        if (!(error instanceof GovError && SET_BACK.has(error.code))) throw error;
        if (!(await isCurrent(key))) {
          context.log.warn({ err: error }, 'hub and books differ in a picture that lags');
          throw error;
        }
        this.enter(error.message);
        context.log.fatal({ err: error }, 'hub and books differ: read-only from now on');
        return { requeueAfterMs: LOOK_AGAIN_MS };
      }
    };
  }
}
