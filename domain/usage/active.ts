import { is, isOneOf } from './promql.ts';
import { DAY_STEPS, MOST_FAULTS, type Steps, type UseFault } from './day.ts';

/**
 * How many people use a system, as it tells itself (the plan's indicator 23: users of a period over target users). What is
 * not told is a gap, and a gap is not nobody.
 */

/**
 * The metrics that a system exports: gauges with the labels `namespace`, where it stands, and `system`, its name.
 * `active` counts who used it since the first of the calendar month (UTC+8), each person once; `target` who is meant to.
 */
export const ACTIVE_METRICS = {
  active: 'govcloud_system_monthly_active_users',
  target: 'govcloud_system_target_users',
} as const;
export type ActiveMetric = keyof typeof ACTIVE_METRICS;

/** A system, and where its figures may come from. */
export interface ReportingSystem {
  readonly organization: string;
  /** Its name in its organisation's namespace. */
  readonly system: string;
  readonly namespaces: readonly string[];
}

/** What a system told on a day. */
export interface DailyActiveUsers {
  /** Steps at which both were told; `DAY_STEPS` is full coverage. */
  readonly samples: number;
  /** At the last of them; absent when nothing was told. */
  readonly users?: { readonly active: number; readonly target: number };
  readonly faults: readonly UseFault[];
}

/**
 * The last moment of a day belongs to the next, on which a new month may begin, and does not count; the first does. What
 * counts is the last that was told: a system whose clock is late has begun the new month by then.
 */
export function rollUpActiveUsers({
  active,
  target,
}: Readonly<Record<ActiveMetric, Steps>>): DailyActiveUsers {
  let samples = 0;
  let users: DailyActiveUsers['users'];
  for (let step = 0; step < DAY_STEPS; step += 1) {
    const told = { active: active.gauge(step), target: target.gauge(step) };
    if (told.active === undefined || told.target === undefined) continue;
    samples += 1;
    users = { active: Math.round(told.active), target: Math.round(told.target) };
  }
  const faults = [...active.faults, ...target.faults].slice(0, MOST_FAULTS);
  return { samples, ...(users ? { users } : {}), faults };
}

/**
 * Two expressions of PromQL: what each system tells, and how many series tell it where there are several, of which none
 * counts. Tenants write these series: however many there are, an answer has one for each system.
 */
export function activeExpressions(
  metric: ActiveMetric,
  namespaces: readonly string[],
  systems: readonly string[],
): { readonly told: string; readonly several: string } {
  const selector = `${ACTIVE_METRICS[metric]}{${isOneOf('namespace', namespaces)},${isOneOf('system', systems)}}`;
  const by = '(namespace, system)';
  return { told: `max by ${by} (${selector})`, several: `count by ${by} (${selector}) > 1` };
}

/** The series that a system's figures are read from, as one can ask Prometheus for them. */
export function activeSeries(metric: ActiveMetric, namespace: string, system: string): string {
  return `${ACTIVE_METRICS[metric]}{${is('namespace', namespace)},${is('system', system)}}`;
}
