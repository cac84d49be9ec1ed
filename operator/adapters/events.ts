import type { Logger } from 'pino';
import type { Happening } from '../../domain/events.ts';
import type { KubeClient } from '../../kube/client.ts';
import { isKubeError } from '../../kube/errors.ts';
import type { KubeObject, ResourceRef } from '../../kube/types.ts';
import type { Clock } from '../runtime/clock.ts';

export const EVENTS: ResourceRef = {
  group: 'events.k8s.io',
  version: 'v1',
  plural: 'events',
  namespaced: true,
};
/** Where an API server wants the Events of objects that are in no namespace. */
const CLUSTER_WIDE = 'default';
const REPORTER = 'govcloud.dev/operator';
const MAX_NAME_LENGTH = 200;

/** What waits to be written; what comes on top is dropped. */
const MAX_WAITING = 1000;
const WRITE_TIMEOUT_MS = 5_000;
/** The same said again within this time counts on in its Event, as client-go has it. */
const SERIES_MS = 6 * 60_000;
/** Of one object: so many at once, and then one at a time. */
const BURST = 25;
const REFILL_MS = 60_000;
/** Objects and Events that are remembered. */
const MAX_KNOWN = 4096;

/** Told what became of each. */
export interface EventMetrics {
  told(result: 'written' | 'dropped' | 'failed'): void;
}

/** An Event that may be said again. */
interface Series {
  readonly namespace: string;
  readonly name: string;
  readonly since: number;
  count: number;
}

interface Waiting {
  readonly object: KubeObject;
  readonly happening: Happening;
  /** Of the operator's own clock: when it came about. */
  readonly at: number;
}

/**
 * Tells with Kubernetes Events what became of objects. They are for people who look at an object with kubectl, vanish
 * after an hour, and decide nothing: telling never waits and never fails, too much is dropped, and one that the API server
 * does not take is not tried again.
 */
export class EventRecorder {
  private readonly client: KubeClient;
  private readonly instance: string;
  private readonly clock: Clock;
  private readonly log: Logger;
  private readonly metrics: EventMetrics;
  private readonly waiting: Waiting[] = [];
  private readonly told = new Map<string, Series>();
  private readonly buckets = new Map<string, { tokens: number; at: number }>();
  private writing: Promise<void> | undefined;
  private isClosed = false;
  private count = 0;

  /** @param around.instance which process it is */
  constructor(
    client: KubeClient,
    around: {
      readonly instance: string;
      readonly clock: Clock;
      readonly log: Logger;
      readonly metrics: EventMetrics;
    },
  ) {
    this.client = client;
    this.instance = around.instance;
    this.clock = around.clock;
    this.log = around.log;
    this.metrics = around.metrics;
  }

  tell(object: KubeObject, happenings: readonly Happening[]): void {
    for (const happening of happenings) {
      const isTooMuch = this.isClosed || this.waiting.length >= MAX_WAITING;
      if (isTooMuch || !this.takeToken(object.metadata.uid ?? '')) this.metrics.told('dropped');
      else this.waiting.push({ object, happening, at: this.clock.now() });
    }
    if (this.waiting.length > 0) this.writing ??= this.write();
  }

  /** Finishes the one in hand; the others are dropped. */
  async close(): Promise<void> {
    this.isClosed = true;
    for (const _ of this.waiting.splice(0)) this.metrics.told('dropped');
    await this.writing;
  }

  /** One after another: they take nothing from what is decided. */
  private async write(): Promise<void> {
    for (let next = this.waiting.shift(); next; next = this.waiting.shift()) {
      try {
        await this.writeOne(next);
        this.metrics.told('written');
      } catch (error) {
        this.metrics.told('failed');
        const { kind, metadata } = next.object;
        this.log.warn(
          { err: error, object: `${kind} ${metadata.name}`, reason: next.happening.reason },
          'an Event could not be written',
        );
      }
    }
    this.writing = undefined;
  }

  private async writeOne({ object, happening, at }: Waiting): Promise<void> {
    const { uid = '', namespace = CLUSTER_WIDE, name } = object.metadata;
    const key = `${uid} ${happening.type} ${happening.reason} ${happening.note}`;
    const known = this.told.get(key);
    if (known && at - known.since < SERIES_MS && (await this.sayAgain(known, at))) return;
    this.count += 1;
    const series = {
      namespace,
      name: `${name.slice(0, MAX_NAME_LENGTH)}.${(at * 1000 + (this.count % 1000)).toString(16)}`,
      since: at,
      count: 1,
    };
    await this.client.create(
      EVENTS,
      {
        apiVersion: 'events.k8s.io/v1',
        kind: 'Event',
        metadata: { namespace, name: series.name },
        eventTime: microTime(at),
        type: happening.type,
        reason: happening.reason,
        action: 'Reconcile',
        note: happening.note,
        regarding: {
          apiVersion: object.apiVersion,
          kind: object.kind,
          name,
          uid,
          ...(object.metadata.namespace === undefined ? {} : { namespace }),
        },
        reportingController: REPORTER,
        reportingInstance: this.instance,
      } as KubeObject,
      { timeoutMs: WRITE_TIMEOUT_MS },
    );
    keep(this.told, key, series);
  }

  /** @returns whether it still was there */
  private async sayAgain(series: Series, at: number): Promise<boolean> {
    const told = { count: series.count + 1, lastObservedTime: microTime(at) };
    try {
      await this.client.mergePatch(EVENTS, series, { series: told }, { timeoutMs: WRITE_TIMEOUT_MS });
    } catch (error) {
      if (isKubeError(error, 'E_API_NOT_FOUND')) return false;
      throw error;
    }
    series.count += 1;
    return true;
  }

  private takeToken(uid: string): boolean {
    const now = this.clock.monotonic();
    const bucket = this.buckets.get(uid) ?? { tokens: BURST, at: now };
    const refilled = Math.floor((now - bucket.at) / REFILL_MS);
    const tokens = Math.min(BURST, bucket.tokens + refilled);
    const at = bucket.at + refilled * REFILL_MS;
    keep(this.buckets, uid, { tokens: Math.max(0, tokens - 1), at });
    return tokens > 0;
  }
}

/** The newest last; what was not touched for longest goes when there are too many. */
function keep<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > MAX_KNOWN && oldest !== undefined) map.delete(oldest);
}

/** RFC 3339 with microseconds, as Events demand it. */
function microTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}
