import {
  type DailyUse,
  type Day,
  type MeasuredObject,
  type Part,
  rollUpDay,
  Steps,
  type UsedResource,
} from '../../domain/usage/day.ts';
import {
  expressionOf,
  MEASURES,
  type Named,
  NAME_LABELS,
  PRESENCE,
  selectorOf,
  SOURCES,
  type Source,
} from '../../domain/usage/sources.ts';
import type { Subject } from '../../domain/usage/subject.ts';
import type { Series } from '../adapters/prometheus.ts';
import { askBounded, MOST_NAMESPACES, type Reading } from './query.ts';

/**
 * What each subject used on a day, by the resources asked for.
 * @throws GovError E_PROMETHEUS_*; nothing is then known of the day
 */
export async function readDay(
  reading: Reading,
  subjects: readonly Subject[],
  resources: (subject: Subject) => readonly UsedResource[],
): Promise<Map<Subject, readonly DailyUse[]>> {
  const used = new Map<Subject, readonly DailyUse[]>();
  const namespaces = [...new Set(subjects.flatMap(({ memberNamespace }) => memberNamespace ?? []))];
  for (let from = 0; from === 0 || from < namespaces.length; from += MOST_NAMESPACES) {
    const batch = namespaces.slice(from, from + MOST_NAMESPACES);
    const seen = await readNamespaces(reading, batch, subjects);
    for (const subject of subjects) {
      const isHere =
        subject.memberNamespace === undefined ? from === 0 : batch.includes(subject.memberNamespace);
      if (!isHere) continue;
      const all = resources(subject).map((resource) =>
        rollUpDay(resource, seen.objectsOf(subject, resource), MEASURES[resource]),
      );
      used.set(subject, all);
    }
  }
  return used;
}

async function readNamespaces(
  reading: Reading,
  namespaces: readonly string[],
  subjects: readonly Subject[],
): Promise<Seen> {
  const seen = new Seen(reading.day);
  if (namespaces.length === 0) return seen;
  const kinds = new Set(
    subjects
      .filter(({ memberNamespace = '' }) => namespaces.includes(memberNamespace))
      .flatMap(({ measured }) => [measured.cpu.of, measured.storage.of]),
  );
  const hasNamespaces = kinds.has('namespace');
  const hasPods = kinds.has('workload') || hasNamespaces;
  const reads: ((reading: Reading) => Promise<void>)[] = [];
  for (const named of [hasPods && 'pod', hasNamespaces && 'claim', hasNamespaces && 'namespace'] as const) {
    if (!named) continue;
    const selector = (names: readonly string[]) => selectorOf(PRESENCE[named], names);
    // Of each pod there is a series for every phase, and those of the others are zero.
    const expression = (names: readonly string[]) => `${selector(names)} > 0`;
    reads.push((reading) =>
      readAll(reading, namespaces, selector, expression, (series) => seen.present(named, series)),
    );
  }
  for (const source of SOURCES) {
    const isWanted =
      source.of === 'pod'
        ? hasPods
        : source.of === 'machine'
          ? kinds.has('machine')
          : kinds.has('claim') || hasNamespaces;
    if (!isWanted) continue;
    reads.push((reading) =>
      readAll(
        reading,
        namespaces,
        (names) => selectorOf(source, names),
        (names) => expressionOf(source, names),
        (series) => seen.used(source, series),
      ),
    );
  }
  await sideBySide(reading, reads);
  return seen;
}

/** Three at a time: while an answer is read here, Prometheus works on others. When one fails, the others are broken off. */
async function sideBySide(
  reading: Reading,
  reads: readonly ((reading: Reading) => Promise<void>)[],
): Promise<void> {
  const failed = new AbortController();
  const signal = AbortSignal.any([reading.signal, failed.signal]);
  const waiting = reads.values();
  const lane = async () => {
    for (const read of waiting) await read({ ...reading, signal });
  };
  const lanes = [lane(), lane(), lane()];
  try {
    await Promise.all(lanes);
  } finally {
    failed.abort();
    await Promise.allSettled(lanes);
  }
}

/** Asks in pieces of which each is small enough; how many series there are the index tells before. */
async function readAll(
  reading: Reading,
  namespaces: readonly string[],
  selector: (namespaces: readonly string[]) => string,
  expression: (namespaces: readonly string[]) => string,
  found: (series: Series) => void,
): Promise<void> {
  const { prometheus, day, signal } = reading;
  const { start } = day;
  const counts = new Map<string, number>();
  for (const { namespace = '' } of await prometheus.series(
    selector(namespaces),
    start,
    start + 86_400,
    signal,
  ))
    counts.set(namespace, (counts.get(namespace) ?? 0) + 1);
  await askBounded(reading, counts, expression, found);
}

/** All that was read of some namespaces on a day. */
class Seen {
  private readonly day: Day;
  /** By what it tells of, its namespace and name. */
  private readonly presence = new Map<string, Steps>();
  /** By resource, what it tells of, its namespace and name; then by direction, and by part. */
  private readonly parts = new Map<string, readonly [Map<string, Steps>, Map<string, Steps>]>();
  /** The names that are present, by what they are and their namespace. */
  private readonly names = new Map<string, Set<string>>();

  constructor(day: Day) {
    this.day = day;
  }

  present(of: Named, { labels, text, samples }: Series): void {
    const { namespace = '', [NAME_LABELS[of]]: name = '' } = labels;
    const key = `${of}/${namespace}/${name}`;
    const steps = this.presence.get(key) ?? new Steps(this.day);
    // Two that say that it is there say the same.
    steps.add(
      text,
      [...samples].filter(([at]) => !steps.has(at)),
    );
    this.presence.set(key, steps);
    const names = this.names.get(`${of}/${namespace}`) ?? new Set();
    this.names.set(`${of}/${namespace}`, names.add(name));
  }

  used({ resource, of, parts, direction }: Source, { labels, text, samples }: Series): void {
    const { namespace = '', [NAME_LABELS[of]]: name = '' } = labels;
    const key = `${resource}/${of}/${namespace}/${name}`;
    const directions = this.parts.get(key) ?? ([new Map(), new Map()] as const);
    this.parts.set(key, directions);
    const part = parts.map((label) => labels[label] ?? '').join('/');
    const steps = directions[direction].get(part) ?? new Steps(this.day);
    directions[direction].set(part, steps);
    steps.add(text, samples);
  }

  objectsOf(
    { memberNamespace: namespace = '', measured }: Subject,
    resource: UsedResource,
  ): MeasuredObject[] {
    const { of, names } = measured[resource];
    const part = (kind: 'pod' | 'machine' | 'claim', name: string, running?: Steps): Part => {
      const [first, second] = this.parts.get(`${resource}/${kind}/${namespace}/${name}`) ?? [];
      const directions = [[...(first?.values() ?? [])]];
      if (resource === 'network') directions.push([...(second?.values() ?? [])]);
      return running ? { directions, running } : { directions };
    };
    const running = (kind: 'pod' | 'claim', isOf: (name: string) => boolean) =>
      [...(this.names.get(`${kind}/${namespace}`) ?? [])].filter(isOf).map((name) => {
        const steps = this.presence.get(`${kind}/${namespace}/${name}`);
        return part(kind, name, steps);
      });
    switch (of) {
      case 'machine':
      case 'claim':
        return names.map((name) => ({ parts: [part(of, name)] }));
      case 'workload':
        // The pods of a StatefulSet bear its name and a number.
        return names.map((name) => ({
          parts: running(
            'pod',
            (pod) => pod.startsWith(`${name}-`) && /^\d+$/.test(pod.slice(name.length + 1)),
          ),
        }));
      case 'namespace': {
        const there = this.presence.get(`namespace/${namespace}/${namespace}`);
        const parts = running(resource === 'storage' ? 'claim' : 'pod', () => true);
        return names.map(() => (there ? { parts, there } : { parts }));
      }
    }
  }
}
