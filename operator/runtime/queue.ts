import { type BackoffSettings, backoffMs, type Random } from './backoff.ts';
import type { Clock } from './clock.ts';

/** Told what happens in a queue; times are in seconds. */
export interface QueueMetrics {
  depth(keys: number): void;
  added(): void;
  retried(): void;
  /** How long a key waited for a worker. */
  waited(seconds: number): void;
  /** How long a worker had a key. */
  worked(seconds: number): void;
}

export interface QueueOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly backoff: BackoffSettings;
  readonly metrics: QueueMetrics;
}

/**
 * A work queue of keys, not of events. A key waits at most once however often it is added; it is with one worker at a
 * time, and if added meanwhile it comes again after `done`. Namespaces take turns, each with its keys in order of their
 * first adding, so that one that asks for much makes the others wait for one key of its own a turn and no more.
 */
export class WorkQueue {
  private readonly options: QueueOptions;
  /** Keys that are ready by namespace, the next one first; each oldest first, with the moment since which it waits. */
  private readonly ready = new Map<string, Map<string, number>>();
  private depth = 0;
  /** Keys with a worker, with the moment since when. */
  private readonly active = new Map<string, number>();
  /** Keys added while with a worker. */
  private readonly again = new Set<string>();
  private readonly timers = new Map<string, { readonly due: number; readonly cancel: () => void }>();
  private readonly failures = new Map<string, number>();
  private readonly takers: ((key: string | undefined) => void)[] = [];
  private readonly idlers: (() => void)[] = [];
  private closed = false;

  constructor(options: QueueOptions) {
    this.options = options;
  }

  add(key: string): void {
    if (this.closed || this.ready.get(namespaceOf(key))?.has(key) || this.again.has(key)) return;
    this.options.metrics.added();
    if (this.active.has(key)) {
      this.again.add(key);
      return;
    }
    this.wait(key);
    this.serve();
    this.options.metrics.depth(this.depth);
  }

  /** Adds the key after so many ms; of several such moments the earliest counts. */
  addAfter(key: string, ms: number): void {
    if (this.closed) return;
    if (ms <= 0) {
      this.add(key);
      return;
    }
    const due = this.options.clock.monotonic() + ms;
    const waiting = this.timers.get(key);
    if (waiting && waiting.due <= due) return;
    waiting?.cancel();
    const cancel = this.options.clock.after(ms, () => {
      this.timers.delete(key);
      this.add(key);
    });
    this.timers.set(key, { due, cancel });
  }

  /** Adds the key after its own back-off, which grows with each failure until `forget`. Returns that delay in ms. */
  retry(key: string): number {
    const failures = (this.failures.get(key) ?? 0) + 1;
    this.failures.set(key, failures);
    const ms = backoffMs(this.options.backoff, failures, this.options.random);
    this.options.metrics.retried();
    this.addAfter(key, ms);
    return ms;
  }

  /** The key went well: its next back-off starts small. */
  forget(key: string): void {
    this.failures.delete(key);
  }

  /** The next key, which is the caller's until `done`; undefined once the queue is closed. */
  next(): Promise<string | undefined> {
    if (this.closed) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.takers.push(resolve);
      this.serve();
      this.options.metrics.depth(this.depth);
    });
  }

  done(key: string): void {
    const since = this.active.get(key);
    if (since === undefined) throw new Error(`no worker has ${key}`);
    this.active.delete(key);
    this.options.metrics.worked((this.options.clock.monotonic() - since) / 1000);
    if (this.again.delete(key) && !this.closed) {
      this.wait(key);
      this.serve();
    }
    this.options.metrics.depth(this.depth);
    if (this.closed && this.active.size === 0) for (const idle of this.idlers.splice(0)) idle();
  }

  /** Hands out nothing more and resolves when each worker is done. What waited is dropped: a restart sees it anew. */
  drain(): Promise<void> {
    this.closed = true;
    for (const { cancel } of this.timers.values()) cancel();
    this.timers.clear();
    this.ready.clear();
    this.depth = 0;
    this.again.clear();
    this.options.metrics.depth(0);
    for (const take of this.takers.splice(0)) take(undefined);
    return this.active.size === 0 ? Promise.resolve() : new Promise((resolve) => this.idlers.push(resolve));
  }

  private wait(key: string): void {
    const namespace = namespaceOf(key);
    const keys = this.ready.get(namespace) ?? new Map<string, number>();
    this.ready.set(namespace, keys.set(key, this.options.clock.monotonic()));
    this.depth += 1;
  }

  private serve(): void {
    for (const [namespace, keys] of this.ready) {
      const take = this.takers.shift();
      if (!take) return;
      const [[key, since] = ['', 0]] = keys;
      keys.delete(key);
      this.depth -= 1;
      // Its turn comes again after every other's; a map that is iterated meets what is put back at its end.
      this.ready.delete(namespace);
      if (keys.size > 0) this.ready.set(namespace, keys);
      const now = this.options.clock.monotonic();
      this.active.set(key, now);
      this.options.metrics.waited((now - since) / 1000);
      take(key);
    }
  }
}

/** Of a key such as `namespace/name`; empty for one without. */
function namespaceOf(key: string): string {
  return key.slice(0, Math.max(0, key.indexOf('/')));
}
