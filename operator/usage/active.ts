import {
  ACTIVE_METRICS,
  type ActiveMetric,
  activeExpressions,
  activeSeries,
  type DailyActiveUsers,
  type ReportingSystem,
  rollUpActiveUsers,
} from '../../domain/usage/active.ts';
import { Steps } from '../../domain/usage/day.ts';
import { askBounded, MOST_NAMESPACES, type Reading } from './query.ts';

const METRICS = Object.keys(ACTIVE_METRICS) as ActiveMetric[];

/**
 * What each system told of its users on a day.
 * @throws GovError E_PROMETHEUS_*; nothing is then known of the day
 */
export async function readActiveUsers(
  reading: Reading,
  systems: readonly ReportingSystem[],
): Promise<Map<ReportingSystem, DailyActiveUsers>> {
  const told = new Map<ReportingSystem, DailyActiveUsers>();
  for (const batch of batchesOf(systems)) {
    const steps = await readBatch(reading, batch);
    for (const [system, both] of steps) told.set(system, rollUpActiveUsers(both));
  }
  return told;
}

/** So few at a time that their namespaces fit into one query; one system's stay together. */
function batchesOf(systems: readonly ReportingSystem[]): ReportingSystem[][] {
  const batches: ReportingSystem[][] = [];
  let namespaces = Number.POSITIVE_INFINITY;
  for (const system of systems) {
    if (namespaces + system.namespaces.length > MOST_NAMESPACES) {
      batches.push([]);
      namespaces = 0;
    }
    batches.at(-1)?.push(system);
    namespaces += system.namespaces.length;
  }
  return batches;
}

async function readBatch(
  reading: Reading,
  batch: readonly ReportingSystem[],
): Promise<Map<ReportingSystem, Record<ActiveMetric, Steps>>> {
  const steps = new Map(
    batch.map((it) => [it, { active: new Steps(reading.day), target: new Steps(reading.day) }]),
  );
  const byNamespace = new Map<string, ReportingSystem[]>();
  for (const system of batch) {
    for (const namespace of system.namespaces)
      byNamespace.set(namespace, [...(byNamespace.get(namespace) ?? []), system]);
  }
  const counts = new Map([...byNamespace].map(([namespace, all]) => [namespace, all.length]));
  const systemsIn = (namespaces: readonly string[]) =>
    [...new Set(namespaces.flatMap((it) => byNamespace.get(it) ?? []))].map(({ system }) => system);
  for (const metric of METRICS) {
    const expressions = (namespaces: readonly string[]) =>
      activeExpressions(metric, namespaces, systemsIn(namespaces));
    const stepsOf = ({ namespace = '', system = '' }: Readonly<Record<string, string>>) => {
      const found = byNamespace.get(namespace)?.find((it) => it.system === system);
      const series = activeSeries(metric, namespace, system);
      return found && { series, steps: (steps.get(found) as Record<ActiveMetric, Steps>)[metric] };
    };
    await askBounded(
      reading,
      counts,
      (namespaces) => expressions(namespaces).told,
      ({ labels, samples }) => {
        const of = stepsOf(labels);
        // No count is that large, and none that is could be kept.
        of?.steps.add(
          of.series,
          samples.map(([at, value]) => [at, value > Number.MAX_SAFE_INTEGER ? Number.NaN : value]),
        );
      },
    );
    await askBounded(
      reading,
      counts,
      (namespaces) => expressions(namespaces).several,
      ({ labels, samples }) => {
        const of = stepsOf(labels);
        of?.steps.duplicate(
          of.series,
          samples.map(([at]) => at),
        );
      },
    );
  }
  return steps;
}
