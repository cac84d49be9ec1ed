import { type BackoffSettings, backoffMs, type Random } from './backoff.ts';
import type { Clock } from './clock.ts';
import type { Cause } from './informer.ts';

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
  /** Keys that wait for the same thing outside share a lane; one lane for all if left out. */
  readonly laneOf?: ((key: string) => string) | undefined;
  /** How many workers the keys of one lane have at most; any number if left out. */
  readonly perLane?: number | undefined;
}

/** So many keys to which something happened are handed out before one that was only listed, if one waits. */
const EVENTS_IN_A_ROW = 3;

/**
 * The keys of a namespace that are ready. Those that were only listed yield to those to which something happened: after a
 * restart most of them are settled, and who asks for something now does not wait for them all. Each oldest first, with
 * the moment since which it waits.
 */
class ReadyKeys {
  private readonly waiting = { event: new Map<string, number>(), list: new Map<string, number>() };
  private inARow = 0;

  get isEmpty(): boolean {
    return this.waiting.event.size + this.waiting.list.size === 0;
  }

  add(key: string, cause: Cause, since: number): void {
    this.waiting[cause].set(key, since);
  }

  /** Something has happened to a key that waits already. */
  advance(key: string): void {
    const since = this.waiting.list.get(key);
    if (since === undefined) return;
    this.waiting.list.delete(key);
    this.waiting.event.set(key, since);
  }

  take(): readonly [key: string, since: number] {
    const { event, list } = this.waiting;
    const isListed = list.size > 0 && (event.size === 0 || this.inARow === EVENTS_IN_A_ROW);
    this.inARow = isListed || list.size === 0 ? 0 : this.inARow + 1;
    const from = isListed ? list : event;
    const [[key, since] = ['', 0]] = from;
    from.delete(key);
    return [key, since];
  }
}

/** The keys of a lane that are ready, by namespace, the next one first. */
type Lane = Map<string, ReadyKeys>;

/**
 * A work queue of keys, not of events. A key waits at most once however often it is added; it is with one worker at a
 * time, and if added meanwhile it comes again after `done`. Namespaces take turns, each with its keys in order of their
 * first adding, so that one that asks for much makes the others wait for one key of its own a turn and no more. So do
 * lanes, and none of them takes every worker. Within a namespace keys that were only listed yield, see `ReadyKeys`.
 */
export class WorkQueue {
  private readonly options: QueueOptions;
  /** Lanes in which keys are ready, the next one first. */
  private readonly ready = new Map<string, Lane>();
  private readonly waiting = new Map<string, ReadyKeys>();
  /** Keys with a worker, with the moment since when. */
  private readonly active = new Map<string, { readonly since: number; readonly lane: string }>();
  /** How many workers each lane has now. */
  private readonly busy = new Map<string, number>();
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

  add(key: string, cause: Cause = 'event'): void {
    if (cause === 'event') this.waiting.get(key)?.advance(key);
    if (this.closed || this.waiting.has(key) || this.again.has(key)) return;
    this.options.metrics.added();
    if (this.active.has(key)) {
      this.again.add(key);
      return;
    }
    this.wait(key, cause);
    this.serve();
    this.options.metrics.depth(this.waiting.size);
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
      this.options.metrics.depth(this.waiting.size);
    });
  }

  done(key: string): void {
    const held = this.active.get(key);
    if (held === undefined) throw new Error(`no worker has ${key}`);
    this.active.delete(key);
    this.busy.set(held.lane, (this.busy.get(held.lane) ?? 0) - 1);
    this.options.metrics.worked((this.options.clock.monotonic() - held.since) / 1000);
    if (this.again.delete(key) && !this.closed) this.wait(key, 'event');
    this.serve();
    this.options.metrics.depth(this.waiting.size);
    if (this.closed && this.active.size === 0) for (const idle of this.idlers.splice(0)) idle();
  }

  /** Hands out nothing more and resolves when each worker is done. What waited is dropped: a restart sees it anew. */
  drain(): Promise<void> {
    this.closed = true;
    for (const { cancel } of this.timers.values()) cancel();
    this.timers.clear();
    this.ready.clear();
    this.waiting.clear();
    this.again.clear();
    this.options.metrics.depth(0);
    for (const take of this.takers.splice(0)) take(undefined);
    return this.active.size === 0 ? Promise.resolve() : new Promise((resolve) => this.idlers.push(resolve));
  }

  private wait(key: string, cause: Cause): void {
    const lane = this.options.laneOf?.(key) ?? '';
    const namespace = namespaceOf(key);
    const namespaces: Lane = this.ready.get(lane) ?? new Map();
    const keys = namespaces.get(namespace) ?? new ReadyKeys();
    keys.add(key, cause, this.options.clock.monotonic());
    this.ready.set(lane, namespaces.set(namespace, keys));
    this.waiting.set(key, keys);
  }

  private serve(): void {
    const { perLane = Number.POSITIVE_INFINITY } = this.options;
    // Its turn comes again after every other's; a map that is iterated meets what is put back at its end.
    for (const [lane, namespaces] of this.ready) {
      const busy = this.busy.get(lane) ?? 0;
      if (busy >= perLane) continue;
      const take = this.takers.shift();
      if (!take) return;
      const [[namespace, keys] = ['', new ReadyKeys()]] = namespaces;
      const [key, since] = keys.take();
      this.waiting.delete(key);
      namespaces.delete(namespace);
      if (!keys.isEmpty) namespaces.set(namespace, keys);
      this.ready.delete(lane);
      if (namespaces.size > 0) this.ready.set(lane, namespaces);
      const now = this.options.clock.monotonic();
      this.active.set(key, { since: now, lane });
      this.busy.set(lane, busy + 1);
      this.options.metrics.waited((now - since) / 1000);
      take(key);
    }
  }
}

/** Of a key such as `namespace/name`; empty for one without. */
function namespaceOf(key: string): string {
  return key.slice(0, Math.max(0, key.indexOf('/')));
}
