import { dayAfter } from '../../domain/calendar.ts';
import { join } from 'node:path';
import type { Allocation, CatalogItem } from '../../api/v1alpha1/index.ts';
import { digestOf } from '../../domain/canonical.ts';
import { dayOf, DAY_STEPS, STEP_SECONDS } from '../../domain/usage/day.ts';
import { cacheRoot } from '../../tools/localcity/go.ts';
import type { Line } from '../../tools/usage/behaviour.ts';
import { makeHistory } from '../../tools/usage/history.ts';
import type { Thing } from '../../tools/usage/things.ts';

/** Raised when the same pods give other samples than before. */
const VERSION = 1;
/** Long over on every machine, so that what was made once is good for ever. */
const FIRST_DAY = '2026-01-01';
const SECONDS_A_DAY = 86_400;

const PODS_A_NODE = 50;
const PODS_AN_ALLOCATION = 5;
const ALLOCATIONS_A_NAMESPACE = 10;
const MIB = 2 ** 20;

/** Pods of allocations with CPU and memory, on nodes, as a member's cAdvisor and kube-state-metrics tell of them. */
export class ManyPods {
  readonly nodes: number;
  readonly pods: number;
  /** The city's days that are measured whole. */
  readonly first = FIRST_DAY;
  readonly last: string;
  readonly days: number;
  readonly namespaces: readonly string[];
  readonly allocations: readonly Allocation[];

  constructor(pods: number, days: number) {
    this.pods = pods;
    this.days = days;
    this.last = dayAfter(FIRST_DAY, days - 1);
    this.nodes = Math.ceil(pods / PODS_A_NODE);
    const count = Math.ceil(pods / PODS_AN_ALLOCATION);
    this.allocations = Array.from({ length: count }, (_, index) => allocation(index));
    this.namespaces = [...new Set(this.allocations.map(({ status }) => status?.namespace ?? ''))];
  }

  /** Of use: whether a pod is there is told by as many again as CPU has. */
  get samples(): number {
    return this.pods * 2 * (this.days * DAY_STEPS + 1);
  }

  get start(): number {
    return dayOf(this.first).start;
  }

  get end(): number {
    return this.start + this.days * SECONDS_A_DAY;
  }

  /** The version of their item: in a namespace of the system. */
  readonly item = { fulfilment: 'auto', namespace: 'system' } as CatalogItem['spec'];

  /** Prometheus' blocks of all samples, made once and kept in the user's cache. */
  history(promtool: string, made: (days: number) => void): Promise<readonly string[]> {
    const { pods, days, start, end } = this;
    const from = Math.floor(start / SECONDS_A_DAY);
    const until = Math.floor(end / SECONDS_A_DAY);
    const things = Array.from({ length: pods }, (_, index) => thing(index));
    const numbers = new Map(things.map((it, index) => [it, index]));
    const key = digestOf([VERSION, FIRST_DAY, pods, days]).slice(0, 12);
    return makeHistory({
      promtool,
      folder: join(cacheRoot(process.env), `bench-usage-${key}`),
      days: Array.from({ length: until - from + 1 }, (_, index) => from + index),
      things,
      lines: (it, time) =>
        time < start || time > end ? [] : linesOf(it, numbers.get(it) ?? 0, time - start, time),
      made,
    });
  }
}

function placeOf(allocation: number): string {
  return `city-s${Math.floor(allocation / ALLOCATIONS_A_NAMESPACE)}`;
}

function thing(pod: number): Thing {
  const allocation = Math.floor(pod / PODS_AN_ALLOCATION);
  const name = `a${allocation}-${pod % PODS_AN_ALLOCATION}`;
  return { kind: 'pod', namespace: placeOf(allocation), name };
}

/** Every pod has its own level and its own daily wave, as whole numbers: Prometheus stores such in a few bits. */
function linesOf({ namespace, name }: Thing, pod: number, since: number, time: number): Line[] {
  const place = `namespace="${namespace}",pod="${name}"`;
  const container = `${place},container="main",node="node-${Math.floor(pod / PODS_A_NODE)}"`;
  const step = since / STEP_SECONDS;
  const wave = Math.round(40 * Math.sin((2 * Math.PI * time) / SECONDS_A_DAY + pod));
  return [
    { metric: 'kube_pod_status_phase', labels: `${place},phase="Running"`, value: 1 },
    {
      metric: 'container_cpu_usage_seconds_total',
      labels: container,
      value: step * (30 + (pod % 200)) + wave,
    },
    {
      metric: 'container_memory_working_set_bytes',
      labels: container,
      value: (200 + (pod % 300) + wave + (step % 7)) * MIB,
    },
  ];
}

function allocation(index: number): Allocation {
  const system = placeOf(index);
  const name = `a${index}`;
  return {
    apiVersion: 'govcloud.dev/v1alpha1',
    kind: 'Allocation',
    metadata: { name, namespace: 'gov-city', uid: `uid-${String(index).padStart(5, '0')}` },
    spec: {
      organization: 'city',
      system,
      item: 'app',
      itemVersion: 'app',
      pool: 'pool-a',
      zone: 'extranet',
      arch: 'amd64',
      from: FIRST_DAY,
      fulfilment: 'auto',
      consumes: { vcpu: String(PODS_AN_ALLOCATION), memory: `${PODS_AN_ALLOCATION}Gi` },
    } as Allocation['spec'],
    status: {
      observedRevision: 1,
      namespace: system,
      objects: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name, template: 'app' }],
    },
  };
}
