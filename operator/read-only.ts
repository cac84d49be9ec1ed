import { GovError } from '../domain/errors.ts';
import type { Reconcile } from './runtime/controller.ts';

/** Codes that say that hub and books tell different stories: one of them was set back. */
const SET_BACK: ReadonlySet<string> = new Set(['E_BOOKS_AHEAD', 'E_BOOKS_BEHIND']);

const LOOK_AGAIN_MS = 10_000;
const DOUBTED_MS = 500;

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
  /** Whether a reconcile has run into it, and not the comparison of hub and books alone. */
  private isRunInto = false;
  private isDoubted = false;
  private readonly metrics: ReadOnlyMetrics;

  constructor(metrics: ReadOnlyMetrics) {
    this.metrics = metrics;
    metrics.readOnly(false);
  }

  /** Why nothing is written; undefined in the ordinary case. */
  get why(): string | undefined {
    return this.because;
  }

  /** Whether it is not known now that hub and books agree: until it is, nothing is decided. */
  doubt(is: boolean): void {
    this.isDoubted = is;
  }

  /** Nothing is written from now on. */
  enter(because: string): void {
    this.because ??= because;
    this.metrics.readOnly(true);
  }

  /**
   * Hub and books agree by their comparison.
   * @param approved whether a security admin has approved that the operator goes on
   * @returns whether it writes again. What a reconcile has run into and no comparison shows is not known to be mended:
   *   that somebody has to answer for
   */
  leave(approved: boolean): boolean {
    if (this.isRunInto && !approved) return false;
    this.because = undefined;
    this.isRunInto = false;
    this.metrics.readOnly(false);
    return true;
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
      if (this.isDoubted) return { requeueAfterMs: DOUBTED_MS };
      try {
        return await reconcile(key, context);
      } catch (error) {
        if (!(error instanceof GovError && SET_BACK.has(error.code))) throw error;
        if (!(await isCurrent(key))) {
          context.log.warn({ err: error }, 'hub and books differ in a picture that lags');
          throw error;
        }
        this.isRunInto = true;
        this.enter(error.message);
        context.log.fatal({ err: error }, 'hub and books differ: read-only from now on');
        return { requeueAfterMs: LOOK_AGAIN_MS };
      }
    };
  }
}
