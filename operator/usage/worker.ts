import type { Logger } from 'pino';
import { type Allocation, namespaceOf } from '../../api/v1alpha1/index.ts';
import { cityDay, dayAfter } from '../../domain/calendar.ts';
import { GovError } from '../../domain/errors.ts';
import { ResourceVector } from '../../domain/quantity.ts';
import type { ReportingSystem } from '../../domain/usage/active.ts';
import { dayOf } from '../../domain/usage/day.ts';
import {
  grantedOf,
  isMeasurable,
  lastDayOf,
  resourcesOf,
  seriesOf,
  standsIn,
  type Subject,
  subjectOf,
} from '../../domain/usage/subject.ts';
import type { BooksOfTerm } from '../adapters/books.ts';
import type { Hub } from '../adapters/hub.ts';
import type { Prometheus } from '../adapters/prometheus.ts';
import type { ReadOnly } from '../read-only.ts';
import { backoffMs, type Random } from '../runtime/backoff.ts';
import { type Clock, sleep } from '../runtime/clock.ts';
import { readActiveUsers } from './active.ts';
import { readDay } from './day.ts';

/** How many days back use is made up for: what a Prometheus of ours keeps. */
const HISTORY_DAYS = 90;
/** A day is read when it has been over for so long: its last samples have arrived then. */
const SETTLE_MS = 10 * 60_000;
/** How often is looked whether a day is over or an allocation came. */
const POLL_MS = 30_000;
/** So long after its last one no more allocations of a system are expected from the same grant or batch. */
const PLACES_MS = 60_000;
const RETRY = { baseMs: 5_000, maxMs: 600_000 };

/** Told what becomes of the rollups. */
export interface UsageMetrics {
  /** Days that are over and are not in the books whole. */
  behind(days: number): void;
  rolledUp(seconds: number): void;
  failed(code: string): void;
  asked(samples: number): void;
}

interface WorkerOptions {
  readonly prometheus: Prometheus;
  readonly hub: Pick<Hub, 'allocations' | 'itemAt'>;
  readonly books: Pick<
    BooksOfTerm,
    'time' | 'daysWithUse' | 'recordUse' | 'daysWithActiveUsers' | 'recordActiveUsers'
  >;
  readonly readOnly: Pick<ReadOnly, 'why'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: UsageMetrics;
  /** Told, again and again, for which day all days before it are in the books, and whether that is news of any of them. */
  readonly judge: (day: string, isNews: boolean, signal: AbortSignal) => Promise<void>;
}

/** An allocation, and the first and last day on which it stood; without a last one it still does. */
interface Known {
  readonly allocation: Allocation;
  readonly from: string;
  readonly until: string | undefined;
}

/** What of a day is not in the books. */
interface Missing {
  readonly allocations: readonly Allocation[];
  readonly systems: readonly ReportingSystem[];
}

/**
 * Rolls use, and what systems tell of their users, up into the books, day by day, for one term of leadership. What is
 * missing the books themselves say: a day that is over, on which an allocation or a system stood and has no row. So an
 * outage is made up for, and a day that failed is as if it had not been begun.
 */
export class UsageWorker {
  private readonly options: WorkerOptions;
  /** By uid of an allocation; read once, as nobody else writes while this term lasts. */
  private done: Map<string, Set<string>> | undefined;
  /** By path of a system. */
  private told: Map<string, Set<string>> | undefined;
  /** Whether use went into the books that nobody has judged by. */
  private isNews = false;

  constructor(options: WorkerOptions) {
    this.options = options;
  }

  /** Works until `stop` aborts. */
  async run(stop: AbortSignal): Promise<void> {
    const { clock, log, metrics, readOnly, random } = this.options;
    let failures = 0;
    while (!stop.aborted) {
      try {
        if (readOnly.why === undefined) {
          const last = await this.catchUp(stop);
          if (last !== undefined) {
            await this.options.judge(dayAfter(last, 1), this.isNews, stop);
            this.isNews = false;
          }
        }
        failures = 0;
      } catch (error) {
        if (stop.aborted) break;
        failures += 1;
        metrics.failed(error instanceof GovError ? error.code : 'unexpected');
        if (error instanceof GovError) log.error({ failures }, error.message);
        else log.error({ err: error, failures }, 'use cannot be rolled up');
      }
      await sleep(clock, failures === 0 ? POLL_MS : backoffMs(RETRY, failures, random), stop);
    }
    metrics.behind(0);
  }

  /**
   * Rolls up every day that is missing, the newest first: what people look at is there at once, and the order of days
   * makes no difference to any of them.
   * @returns the last day, when every day is in the books whole
   * @throws GovError E_PROMETHEUS_*, E_FENCED; the days after the one that failed are then in the books
   */
  async catchUp(stop: AbortSignal): Promise<string | undefined> {
    const { books, clock, metrics, readOnly } = this.options;
    const now = Date.parse(await books.time());
    const last = dayAfter(cityDay(new Date(now - SETTLE_MS).toISOString()), -1);
    const first = dayAfter(last, 1 - HISTORY_DAYS);
    this.done ??= new Map(await books.daysWithUse(first));
    this.told ??= new Map(await books.daysWithActiveUsers(first));
    const missing = this.missing(first, last, now);
    metrics.behind(missing.size);
    for (const [day, due] of missing) {
      if (stop.aborted || readOnly.why !== undefined) return undefined;
      const began = clock.monotonic();
      await this.rollUp(day, due.allocations, stop);
      await this.rollUpUsers(day, due.systems, stop);
      metrics.rolledUp((clock.monotonic() - began) / 1000);
      missing.delete(day);
      metrics.behind(missing.size);
    }
    return last;
  }

  private missing(first: string, last: string, now: number): Map<string, Missing> {
    const { hub } = this.options;
    const missing = new Map<string, Missing>();
    const all = (hub.allocations.list() as unknown as Allocation[])
      .map((allocation) => ({ allocation, from: allocation.spec.from, until: lastDayOf(allocation) }))
      .filter(({ until }) => until === undefined || until >= first);
    const known = all.filter(({ allocation }) => isMeasurable(allocation));
    const systems = this.systemsOf(all, now);
    for (let day = last; day >= first; day = dayAfter(day, -1)) {
      const allocations = known
        .filter(
          (it) =>
            stoodOn(it, day) &&
            !this.done?.get(it.allocation.metadata.uid ?? '')?.has(day) &&
            resourcesOf(ResourceVector.parse(it.allocation.spec.consumes)).length > 0,
        )
        .map(({ allocation }) => allocation);
      const due = systems.filter(
        ({ path, stood }) => !this.told?.get(path)?.has(day) && stood.some((it) => stoodOn(it, day)),
      );
      if (allocations.length > 0 || due.length > 0) missing.set(day, { allocations, systems: due });
    }
    return missing;
  }

  /**
   * The systems, when each stood, and where it may tell of its users: in its organisation's namespace too, for those on
   * machines alone. One that still gets allocations waits until all of its places are known.
   */
  private systemsOf(all: readonly Known[], now: number) {
    const { hub } = this.options;
    const isNew = ({ allocation: { metadata } }: Known) =>
      Date.parse(metadata.creationTimestamp ?? '1970-01-01T00:00:00Z') > now - PLACES_MS;
    return [...Map.groupBy(all, ({ allocation }) => pathOf(allocation.spec))]
      .filter(([, stood]) => !stood.some(isNew) && stood.some(({ allocation }) => isMeasurable(allocation)))
      .map(([path, stood]) => {
        const { organization, system } = (stood[0] as Known).allocation.spec;
        const namespaces = stood.flatMap(
          ({ allocation: it }) => standsIn(it, hub.itemAt(it.spec.itemVersion)) ?? [],
        );
        return {
          path,
          organization,
          system,
          namespaces: [...new Set([namespaceOf(organization), ...namespaces])],
          stood,
        };
      });
  }

  private async rollUpUsers(
    day: string,
    systems: readonly ReportingSystem[],
    signal: AbortSignal,
  ): Promise<void> {
    const { prometheus, books, metrics } = this.options;
    const asked = (samples: number) => metrics.asked(samples);
    const told = await readActiveUsers({ prometheus, day: dayOf(day), signal, asked }, systems);
    await books.recordActiveUsers(
      day,
      [...told].map(([{ organization, system }, it]) => ({ organization, system, told: it })),
    );
    for (const system of systems) {
      const days = this.told?.get(pathOf(system)) ?? new Set();
      this.told?.set(pathOf(system), days.add(day));
    }
  }

  private async rollUp(day: string, allocations: readonly Allocation[], signal: AbortSignal): Promise<void> {
    if (allocations.length === 0) return;
    const { prometheus, hub, books, log, metrics } = this.options;
    const granted = new Map<Subject, ResourceVector>(
      allocations.map((it) => [
        subjectOf(it, hub.itemAt(it.spec.itemVersion)),
        ResourceVector.parse(it.spec.consumes),
      ]),
    );
    const resources = (subject: Subject) => resourcesOf(granted.get(subject) ?? ResourceVector.zero);
    const asked = (samples: number) => metrics.asked(samples);
    const used = await readDay(
      { prometheus, day: dayOf(day), signal, asked },
      [...granted.keys()],
      resources,
    );
    await books.recordUse(
      day,
      [...used].map(([subject, use]) => {
        const { measured: _, memberNamespace: __, ...names } = subject;
        const series = Object.fromEntries(use.map(({ resource }) => [resource, seriesOf(subject, resource)]));
        return {
          metered: { ...names, series },
          granted: grantedOf(granted.get(subject) as ResourceVector),
          used: use,
        };
      }),
    );
    for (const { uid } of used.keys()) {
      const days = this.done?.get(uid) ?? new Set();
      this.done?.set(uid, days.add(day));
    }
    this.isNews = true;
    log.info({ day, allocations: used.size }, 'use of a day is in the books');
  }
}

function stoodOn({ from, until }: Known, day: string): boolean {
  return from <= day && (until === undefined || day <= until);
}

function pathOf({ organization, system }: Pick<ReportingSystem, 'organization' | 'system'>): string {
  return `${organization}/${system}`;
}
