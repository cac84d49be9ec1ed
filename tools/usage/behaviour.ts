import { sm3 } from '../../domain/canonical.ts';
import { ACTIVE_METRICS } from '../../domain/usage/active.ts';
import type { Thing } from './things.ts';

/**
 * How the systems of the local city use what they have: invented, but the same for the same name and time, so that what is
 * exported now goes on from the history that was made before.
 */
/** Raised when the same name and time give other figures than before: a history that was kept is then of no use. */
export const BEHAVIOUR_VERSION = 1;

export const BEHAVIOURS = ['busy', 'idle', 'seasonal', 'growing', 'gaps', 'reset', 'renamed'] as const;
export type Behaviour = (typeof BEHAVIOURS)[number];

/** With this seed every behaviour is found among what stands in Shanwei when its books are opened. */
const SEED = 73;

/** How many of a hundred namespaces behave so. */
const WEIGHTS: Readonly<Record<Behaviour, number>> = {
  busy: 40,
  idle: 18,
  seasonal: 10,
  growing: 10,
  gaps: 8,
  reset: 7,
  renamed: 7,
};

const DAY = 86_400;
const YEAR = 365 * DAY;
/** Counters begin here, in seconds since the epoch: 2020-01-01. */
const BEGIN = 1_577_836_800;

/** A number from 0 up to 1 that a text always has. */
function fractionOf(text: string): number {
  return Number.parseInt(sm3(text).slice(0, 12), 16) / 2 ** 48;
}

/** All of a namespace behaves alike: it is one system. */
export function behaviourOf(namespace: string): Behaviour {
  let rest = fractionOf(`behaviour ${SEED} ${namespace}`) * 100;
  for (const behaviour of BEHAVIOURS) {
    rest -= WEIGHTS[behaviour];
    if (rest < 0) return behaviour;
  }
  return 'busy';
}

/** A share of what was granted, as a sum of waves around a mean, and how much it grows over 400 days. */
interface Load {
  readonly mean: number;
  readonly waves: readonly { readonly size: number; readonly period: number; readonly phase: number }[];
  readonly growth: number;
}

const GROWING_FOR = 400 * DAY;

const MEANS: Readonly<Record<Behaviour, { cpu: number; memory: number; growth: number }>> = {
  busy: { cpu: 0.45, memory: 0.55, growth: 0 },
  idle: { cpu: 0.03, memory: 0.15, growth: 0 },
  seasonal: { cpu: 0.25, memory: 0.35, growth: 0 },
  growing: { cpu: 0.2, memory: 0.3, growth: 0.55 },
  // It would be idle, were it seen whole.
  gaps: { cpu: 0.03, memory: 0.15, growth: 0 },
  reset: { cpu: 0.4, memory: 0.5, growth: 0 },
  renamed: { cpu: 0.35, memory: 0.45, growth: 0 },
};

const loads = new Map<string, Load>();

/** Remembered: a history asks for it at every step. */
function loadOf({ namespace, name }: Pick<Thing, 'namespace' | 'name'>, of: 'cpu' | 'memory'): Load {
  const key = `${of} ${namespace}/${name}`;
  const known = loads.get(key);
  if (known) return known;
  const behaviour = behaviourOf(namespace);
  const { growth, [of]: usual } = MEANS[behaviour];
  const mean = usual * (0.8 + 0.4 * fractionOf(`mean ${key}`));
  const wave = (share: number, period: number, seed: string) => ({
    size: mean * share,
    period,
    phase: 2 * Math.PI * fractionOf(`${seed} ${key}`),
  });
  const season = behaviour === 'seasonal' ? [wave(0.5, YEAR, 'year')] : [];
  const daily = of === 'cpu' ? 0.3 : 0.05;
  const load = {
    mean,
    waves: [
      { ...wave(daily, DAY, ''), phase: -Math.PI / 3 },
      wave(0.08, 7 * DAY, 'week'),
      wave(0.06, 1.7 * 3600, 'hours'),
      wave(0.04, 37 * 60, 'minutes'),
      ...season,
    ],
    growth: of === 'cpu' ? growth * 0.6 : growth,
  };
  loads.set(key, load);
  return load;
}

/** The share at a time, at least 0. */
function loadAt({ mean, waves, growth }: Load, time: number): number {
  const t = time - BEGIN;
  const grown = growth * ((t % GROWING_FOR) / GROWING_FOR);
  return waves.reduce(
    (sum, { size, period, phase }) => sum + size * Math.sin((2 * Math.PI * t) / period + phase),
    mean + grown,
  );
}

/** The share summed up from the beginning to a time, in seconds of the whole. */
function loadUpTo({ mean, waves, growth }: Load, time: number): number {
  const t = time - BEGIN;
  const [cycles, rest] = [Math.floor(t / GROWING_FOR), t % GROWING_FOR];
  const grown = growth * ((cycles * GROWING_FOR) / 2 + (rest * rest) / (2 * GROWING_FOR));
  return waves.reduce(
    (sum, { size, period, phase }) => {
      const turn = (2 * Math.PI) / period;
      return sum + (size / turn) * (Math.cos(phase) - Math.cos(turn * t + phase));
    },
    mean * t + grown,
  );
}

/** A sample as an exporter writes it. */
export interface Line {
  readonly metric: string;
  readonly labels: string;
  readonly value: number;
}

/** How often a container or a machine is started anew, and a tenant renames its workload. */
const RESET_EVERY = 20 * DAY;
const RENAME_EVERY = 45 * DAY;
const BYTES_A_SECOND = 40_000;
/** Seconds. */
const CPU_GRAIN = 1 / 8;
const KIB = 2 ** 10;
const MIB = 2 ** 20;

/** Of a hundred systems so many tell nothing of their users. */
const SILENT = 25;
/** The city's clock is so much ahead, in seconds. */
const CITY_OFFSET = 8 * 3600;

/** Who used a system since the first of the month: most come early in it. */
function activeUsersOf(namespace: string, targetUsers: number, time: number): number {
  const at = new Date((time + CITY_OFFSET) * 1000);
  const month = (index: number) => Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + index) / 1000;
  const elapsed = (time + CITY_OFFSET - month(0)) / (month(1) - month(0));
  const share = MEANS[behaviourOf(namespace)].cpu + 0.6 * fractionOf(`users ${namespace}`);
  const came = (1 - Math.exp(-4 * elapsed)) / (1 - Math.exp(-4));
  return Math.floor(Math.min(0.98, share) * came * targetUsers);
}

/** What the system of a namespace tells of its users; some systems tell nothing. */
function userLines({ namespace, system }: Thing, time: number): readonly Line[] {
  if (!system || fractionOf(`silent ${namespace}`) * 100 < SILENT) return [];
  const labels = `namespace="${namespace}",system="${system.name}"`;
  const { targetUsers } = system;
  return [
    { metric: ACTIVE_METRICS.active, labels, value: activeUsersOf(namespace, targetUsers, time) },
    { metric: ACTIVE_METRICS.target, labels, value: targetUsers },
  ];
}

/** All that is to be seen of a thing at a time, in seconds since the epoch. */
export function linesOf(thing: Thing, time: number): readonly Line[] {
  const { kind, namespace, disk = 0 } = thing;
  const behaviour = behaviourOf(namespace);
  const day = Math.floor(time / DAY);
  const hour = (time % DAY) / 3600;
  if (behaviour === 'gaps' && day % 2 === 0 && hour >= 2 && hour < 8) return [];
  const generation = Math.floor(time / RENAME_EVERY);
  const name =
    thing.isTenants && kind === 'pod'
      ? `web-${behaviour === 'renamed' ? sm3(`${namespace} ${generation}`).slice(0, 5) : 'a'}-0`
      : thing.name;
  const since = (at: number) => (behaviour === 'reset' ? at - (at % RESET_EVERY) : BEGIN);
  const counter = (load: Load, scale: number) => scale * (loadUpTo(load, time) - loadUpTo(load, since(time)));
  const stored = disk * Math.min(0.95, 0.3 + 0.4 * loadAt(loadOf(thing, 'memory'), time));
  const place = `namespace="${namespace}"`;
  // Rounded to powers of two, which Prometheus stores in a fraction of the room.
  const line = (metric: string, labels: string, value: number, grain: number): Line => ({
    metric,
    labels: `${place},${labels}`,
    value: Math.round(value / grain) * grain,
  });
  const cpu = loadOf(thing, 'cpu');
  const memory = loadOf(thing, 'memory');
  const cores = (thing.millicores ?? 0) / 1000;
  const bytes = (thing.memory ?? 0) * Math.min(0.97, loadAt(memory, time));
  switch (kind) {
    case 'namespace':
      return [{ metric: 'kube_namespace_created', labels: place, value: BEGIN }, ...userLines(thing, time)];
    case 'pod': {
      const pod = `pod="${name}"`;
      const container = `${pod},container="main",id="/kubepods/${name}"`;
      const network = `${pod},interface="eth0"`;
      return [
        line('kube_pod_status_phase', `${pod},phase="Running"`, 1, 1),
        line('container_cpu_usage_seconds_total', container, counter(cpu, cores), CPU_GRAIN),
        line('container_memory_working_set_bytes', container, bytes, MIB),
        line('container_network_receive_bytes_total', network, counter(cpu, cores * BYTES_A_SECOND), KIB),
        line(
          'container_network_transmit_bytes_total',
          network,
          counter(cpu, cores * BYTES_A_SECOND * 2),
          KIB,
        ),
      ];
    }
    case 'machine': {
      const machine = `name="${name}"`;
      const network = `${machine},interface="default"`;
      return [
        line('kubevirt_vmi_cpu_usage_seconds_total', machine, counter(cpu, cores), CPU_GRAIN),
        line('kubevirt_vmi_memory_available_bytes', machine, thing.memory ?? 0, MIB),
        line('kubevirt_vmi_memory_usable_bytes', machine, (thing.memory ?? 0) - bytes, MIB),
        line(
          'kubevirt_vmi_filesystem_used_bytes',
          `${machine},disk_name="vdb",mount_point="/data"`,
          stored,
          64 * MIB,
        ),
        line('kubevirt_vmi_network_receive_bytes_total', network, counter(cpu, cores * BYTES_A_SECOND), KIB),
        line(
          'kubevirt_vmi_network_transmit_bytes_total',
          network,
          counter(cpu, cores * BYTES_A_SECOND * 2),
          KIB,
        ),
      ];
    }
    case 'claim': {
      const claim = `persistentvolumeclaim="${name}"`;
      return [
        line('kube_persistentvolumeclaim_status_phase', `${claim},phase="Bound"`, 1, 1),
        line('kubelet_volume_stats_used_bytes', claim, stored, 64 * MIB),
      ];
    }
  }
}
