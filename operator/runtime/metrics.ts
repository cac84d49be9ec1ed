import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { ControllerMetrics } from './controller.ts';
import type { EventMetrics } from '../adapters/events.ts';
import type { HubLogMetrics } from '../follow-hub-log.ts';
import type { NotificationMetrics } from '../notify/worker.ts';
import type { UsageMetrics } from '../usage/worker.ts';
import type { InformerMetrics } from './informer.ts';

export interface RuntimeMetrics {
  informer(name: string): InformerMetrics;
  controller(name: string): ControllerMetrics;
  readonly leader: { leading(leading: boolean): void };
  readonly readOnly: { readOnly(is: boolean): void };
  readonly hubLog: HubLogMetrics;
  readonly usage: UsageMetrics;
  readonly events: EventMetrics;
  readonly notifications: NotificationMetrics;
}

const SECONDS = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100];

/** Registers the runtime's metrics. Work queues carry the names that Kubernetes' own controllers use. */
export function createRuntimeMetrics(registry: Registry): RuntimeMetrics {
  const registers = [registry];
  const depth = new Gauge({
    name: 'workqueue_depth',
    help: 'Keys that wait for a worker',
    labelNames: ['name'],
    registers,
  });
  const adds = new Counter({
    name: 'workqueue_adds_total',
    help: 'Keys added',
    labelNames: ['name'],
    registers,
  });
  const retries = new Counter({
    name: 'workqueue_retries_total',
    help: 'Keys added again after a failure',
    labelNames: ['name'],
    registers,
  });
  const waited = new Histogram({
    name: 'workqueue_queue_duration_seconds',
    help: 'How long keys wait for a worker',
    labelNames: ['name'],
    buckets: SECONDS,
    registers,
  });
  const worked = new Histogram({
    name: 'workqueue_work_duration_seconds',
    help: 'How long workers have a key',
    labelNames: ['name'],
    buckets: SECONDS,
    registers,
  });
  const reconciles = new Histogram({
    name: 'govcloud_reconcile_duration_seconds',
    help: 'Reconciles by result; the count of result "error" is the number of failures, of "full" that of writes for which the books had no room on their disk',
    labelNames: ['controller', 'result'],
    buckets: SECONDS,
    registers,
  });
  const objects = new Gauge({
    name: 'govcloud_informer_objects',
    help: 'Objects in the picture',
    labelNames: ['informer'],
    registers,
  });
  const synced = new Gauge({
    name: 'govcloud_informer_synced',
    help: 'Whether the picture is whole (1) or not (0)',
    labelNames: ['informer'],
    registers,
  });
  const lists = new Counter({
    name: 'govcloud_informer_lists_total',
    help: 'Whole lists read',
    labelNames: ['informer'],
    registers,
  });
  const failures = new Counter({
    name: 'govcloud_informer_failures_total',
    help: 'Lists and watches that failed',
    labelNames: ['informer'],
    registers,
  });
  const leader = new Gauge({
    name: 'govcloud_leader',
    help: 'Whether this process leads (1) or not (0)',
    registers,
  });
  const readOnly = new Gauge({
    name: 'govcloud_read_only',
    help: 'Whether hub and books were found apart, so that nothing is written (1), or not (0)',
    registers,
  });
  const logFollowed = new Gauge({
    name: 'govcloud_hub_log_followed',
    help: 'Whether the hub’s audit log is read into the audit chain (1) or not (0); 0 on who does not lead',
    registers,
  });
  const logLines = new Counter({
    name: 'govcloud_hub_log_lines_total',
    help: 'Lines of the hub’s audit log that were read, whether or not they are for the audit chain',
    registers,
  });
  const logEvents = new Counter({
    name: 'govcloud_hub_log_events_total',
    help: 'Events of the hub’s audit log that were put into the audit chain',
    registers,
  });
  const logGaps = new Counter({
    name: 'govcloud_hub_log_gaps_total',
    help: 'Times that what followed the last event in the chain was gone from the hub’s audit log',
    registers,
  });
  const logUnreadable = new Counter({
    name: 'govcloud_hub_log_unreadable_total',
    help: 'Lines of the hub’s audit log that are no event',
    registers,
  });
  const usageBehind = new Gauge({
    name: 'govcloud_usage_days_behind',
    help: 'Days that are over and whose use is not in the books whole; 0 on who does not lead or has no Prometheus',
    registers,
  });
  const usageRollups = new Histogram({
    name: 'govcloud_usage_rollup_duration_seconds',
    help: 'Days whose use was put into the books',
    buckets: SECONDS,
    registers,
  });
  const usageFailures = new Counter({
    name: 'govcloud_usage_failures_total',
    help: 'Rollups of use that failed and are tried again, by the code of the error',
    labelNames: ['code'],
    registers,
  });
  const usageSamples = new Histogram({
    name: 'govcloud_usage_query_samples',
    help: 'Samples that a query of use gave',
    buckets: [1e3, 1e4, 1e5, 5e5, 1e6, 5e6],
    registers,
  });
  const events = new Counter({
    name: 'govcloud_events_total',
    help: 'Kubernetes Events of what the operator did, by what became of them: written, or dropped because there were too many, or failed',
    labelNames: ['result'],
    registers,
  });
  const noticesWaiting = new Gauge({
    name: 'govcloud_notifications_waiting',
    help: 'Notices that a receiver has not had yet',
    labelNames: ['receiver'],
    registers,
  });
  const noticesOldest = new Gauge({
    name: 'govcloud_notification_oldest_seconds',
    help: 'How long the oldest notice that a receiver has not had has waited; 0 without any',
    labelNames: ['receiver'],
    registers,
  });
  const notices = new Counter({
    name: 'govcloud_notifications_total',
    help: 'Attempts to deliver a notice, by what became of them: delivered, failed',
    labelNames: ['receiver', 'result'],
    registers,
  });
  return {
    informer: (informer) => ({
      objects: (count) => objects.set({ informer }, count),
      synced: (is) => synced.set({ informer }, is ? 1 : 0),
      listed: () => lists.inc({ informer }),
      failed: () => failures.inc({ informer }),
    }),
    controller: (name) => ({
      queue: {
        depth: (keys) => depth.set({ name }, keys),
        added: () => adds.inc({ name }),
        retried: () => retries.inc({ name }),
        waited: (seconds) => waited.observe({ name }, seconds),
        worked: (seconds) => worked.observe({ name }, seconds),
      },
      reconciled: (result, seconds) => reconciles.observe({ controller: name, result }, seconds),
    }),
    leader: { leading: (is) => leader.set(is ? 1 : 0) },
    readOnly: { readOnly: (is) => readOnly.set(is ? 1 : 0) },
    usage: {
      behind: (days) => usageBehind.set(days),
      rolledUp: (seconds) => usageRollups.observe(seconds),
      failed: (code) => usageFailures.inc({ code }),
      asked: (samples) => usageSamples.observe(samples),
    },
    events: { told: (result) => events.inc({ result }) },
    notifications: {
      backlog: (receiver, waiting, oldestSeconds) => {
        noticesWaiting.set({ receiver }, waiting);
        noticesOldest.set({ receiver }, oldestSeconds);
      },
      delivered: (receiver) => notices.inc({ receiver, result: 'delivered' }),
      failed: (receiver) => notices.inc({ receiver, result: 'failed' }),
    },
    hubLog: {
      followed: (is) => logFollowed.set(is ? 1 : 0),
      read: (lines) => logLines.inc(lines),
      recorded: (events) => logEvents.inc(events),
      gap: () => logGaps.inc(),
      unreadable: () => logUnreadable.inc(),
    },
  };
}
