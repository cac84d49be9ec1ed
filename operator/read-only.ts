import { GovError } from '../domain/errors.ts';
import type { Reconcile } from './runtime/controller.ts';

/** Codes that say that hub and books tell different stories: one of them was set back. */
const SET_BACK: ReadonlySet<string> = new Set(['E_BOOKS_AHEAD', 'E_BOOKS_BEHIND']);

const LOOK_AGAIN_MS = 60_000;

/**
 * When the hub or the books were restored to an older state, whatever the operator did next would make it worse: it
 * stops writing, says why, and stays so until it is started anew after the difference was mended.
 */
export class ReadOnly {
  private because: string | undefined;

  /** Why nothing is written; undefined in the ordinary case. */
  get why(): string | undefined {
    return this.because;
  }

  /** A reconcile that writes nothing once any of them has found hub and books apart. */
  guard(reconcile: Reconcile): Reconcile {
    return async (key, context) => {
      if (this.because !== undefined) {
        context.log.warn({ because: this.because }, 'read-only: nothing is decided');
        return { requeueAfterMs: LOOK_AGAIN_MS };
      }
      try {
        return await reconcile(key, context);
      } catch (error) {
        if (error instanceof GovError && SET_BACK.has(error.code)) {
          this.because = error.message;
          context.log.fatal({ err: error }, 'hub and books differ: read-only from now on');
          return { requeueAfterMs: LOOK_AGAIN_MS };
        }
        throw error;
      }
    };
  }
}
