import type { Logger } from 'pino';
import { isFull } from '../../books/reports-requests.ts';
import { isKubeError } from '../../kube/errors.ts';
import type { KubeObject, Stored } from '../../kube/types.ts';
import type { BackoffSettings, Random } from './backoff.ts';
import type { Clock } from './clock.ts';
import type { Heard, Informer } from './informer.ts';
import { type QueueMetrics, WorkQueue } from './queue.ts';

/**
 * `conflict`: somebody else wrote first, and the newer picture will be decided on; `full`: the books have no room on their
 * disk.
 */
type ReconcileResult = 'ok' | 'requeue' | 'conflict' | 'full' | 'error' | 'aborted';

/** Told what happens in a controller; times are in seconds. */
export interface ControllerMetrics {
  readonly queue: QueueMetrics;
  reconciled(result: ReconcileResult, seconds: number): void;
}

export interface ReconcileContext {
  /** Aborts when nothing may be written any more. */
  readonly signal: AbortSignal;
  /** Names the controller and the key. */
  readonly log: Logger;
}

/** Brings one key's part of the world to where it should be; a throw means: again later. */
export type Reconcile = (
  key: string,
  context: ReconcileContext,
) => Promise<{ readonly requeueAfterMs: number } | void>;

export interface ControllerOptions {
  readonly name: string;
  readonly reconcile: Reconcile;
  /** How many keys at a time. */
  readonly workers?: number;
  /** Of these, how many at a time of keys with the same lane. */
  readonly lanes?: { readonly of: (key: string) => string; readonly workers: number };
  /** Delays of a key that failed. */
  readonly backoff?: BackoffSettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: ControllerMetrics;
}

const DEFAULT_BACKOFF: BackoffSettings = { baseMs: 100, maxMs: 300_000 };

/** Runs one reconcile function over the keys that its informers emit, and only on pictures that are synced. */
export class Controller {
  private readonly options: ControllerOptions;
  private readonly queue: WorkQueue;
  private readonly log: Logger;
  private readonly sources: {
    readonly whenSynced: (signal: AbortSignal) => Promise<void>;
    readonly subscribe: () => () => void;
  }[] = [];

  constructor(options: ControllerOptions) {
    this.options = options;
    this.log = options.log.child({ controller: options.name });
    this.queue = new WorkQueue({
      clock: options.clock,
      random: options.random,
      backoff: options.backoff ?? DEFAULT_BACKOFF,
      metrics: options.metrics.queue,
      laneOf: options.lanes?.of,
      perLane: options.lanes?.workers,
    });
  }

  /**
   * Reconciles the keys that an informer's objects are about (their own keys if `keysOf` is left out), and waits
   * for that informer whenever it is not synced. Before `run` only. Informers are run by who made them.
   */
  watch<T extends KubeObject>(
    informer: Informer<T>,
    keysOf?: (object: Stored<T>) => readonly string[],
    heard?: Heard<T>,
  ): this {
    this.sources.push({
      whenSynced: (signal) => informer.whenSynced(signal),
      subscribe: () => informer.subscribe((key, cause) => this.queue.add(key, cause), keysOf, heard),
    });
    return this;
  }

  /** Has a key reconciled for another reason than its watches, at once or after so many ms. */
  enqueue(key: string, afterMs = 0): void {
    this.queue.addAfter(key, afterMs);
  }

  /**
   * Works until `stop` aborts, then finishes what is in hand and resolves. A controller runs once.
   * @param lost aborts what is in hand too: the leadership is gone
   */
  async run(stop: AbortSignal, lost: AbortSignal = stop): Promise<void> {
    const unsubscribe = this.sources.map((source) => source.subscribe());
    await this.allSynced(stop);
    const workers = Array.from({ length: this.options.workers ?? 1 }, () => this.work(stop, lost));
    if (!stop.aborted) {
      this.log.info('started');
      await new Promise((resolve) => stop.addEventListener('abort', resolve, { once: true }));
    }
    for (const end of unsubscribe) end();
    await this.queue.drain();
    await Promise.all(workers);
    this.log.info('stopped');
  }

  private async work(stop: AbortSignal, lost: AbortSignal): Promise<void> {
    for (let key = await this.queue.next(); key !== undefined; key = await this.queue.next()) {
      await this.allSynced(stop);
      try {
        if (!stop.aborted) await this.reconcile(key, lost);
      } finally {
        this.queue.done(key);
      }
    }
  }

  private async allSynced(signal: AbortSignal): Promise<void> {
    await Promise.all(this.sources.map((source) => source.whenSynced(signal)));
  }

  private async reconcile(key: string, signal: AbortSignal): Promise<void> {
    const { clock, metrics, reconcile } = this.options;
    const log = this.log.child({ key });
    const started = clock.monotonic();
    const count = (result: ReconcileResult) =>
      metrics.reconciled(result, (clock.monotonic() - started) / 1000);
    try {
      const result = await reconcile(key, { signal, log });
      this.queue.forget(key);
      if (result) this.queue.addAfter(key, result.requeueAfterMs);
      count(result ? 'requeue' : 'ok');
    } catch (error) {
      if (signal.aborted) {
        count('aborted');
        log.info({ err: error }, 'aborted');
        return;
      }
      const conflict = isKubeError(error, 'E_API_CONFLICT');
      const ms = Math.round(this.queue.retry(key));
      count(conflict ? 'conflict' : isFull(error) ? 'full' : 'error');
      if (conflict) log.debug({ err: error, ms }, 'somebody else wrote first');
      else log.error({ err: error, ms }, 'reconcile failed');
    }
  }
}
