import { Registry } from 'prom-client';
import type { Books } from '../books/database.ts';
import { createPoolMetrics, createReportsMetrics } from '../operator/reports/metrics.ts';
import { systemClock } from '../operator/runtime/clock.ts';
import { createRuntimeMetrics } from '../operator/runtime/metrics.ts';
import {
  booksLook,
  credentialsLook,
  findingsLook,
  membersLook,
  quotasLook,
  reviewRulesLook,
} from '../operator/vitals.ts';

/** A metric as it is registered. */
export interface RegisteredMetric {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly labelNames: readonly string[];
}

/** What both processes export; nothing is looked at. */
function registerShared(registry: Registry): void {
  booksLook(registry, {} as Books, systemClock);
  credentialsLook(registry, async () => ({}));
}

/** The operator's metrics, in the order of its page. */
export function operatorMetrics(): readonly RegisteredMetric[] {
  const registry = new Registry();
  createRuntimeMetrics(registry);
  registerShared(registry);
  membersLook(registry, () => []);
  quotasLook(registry, () => []);
  findingsLook(registry, () => []);
  reviewRulesLook(registry, [], async () => false);
  return registry.getMetricsAsArray() as unknown as readonly RegisteredMetric[];
}

/** Those of the reports server. */
export function reportsMetrics(): readonly RegisteredMetric[] {
  const registry = new Registry();
  createReportsMetrics(registry);
  createPoolMetrics(registry, { books: {} as Books, pools: () => new Map(), clock: systemClock });
  registerShared(registry);
  return registry.getMetricsAsArray() as unknown as readonly RegisteredMetric[];
}
