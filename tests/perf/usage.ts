import { dayAfter } from '../../domain/calendar.ts';
import { sql } from 'kysely';
import { pino } from 'pino';
import type { ReportBody } from '../../api/reports/report.ts';
import type { Books } from '../../books/database.ts';
import { Amount } from '../../domain/quantity.ts';
import { BooksOfTerm } from '../../operator/adapters/books.ts';
import { Prometheus, type Series } from '../../operator/adapters/prometheus.ts';
import { cityreports } from '../../operator/reports/made.ts';
import { Parameters as ReportParameters } from '../../operator/reports/parameters.ts';
import type { Registry } from '../../operator/reports/registry.ts';
import type { Sources } from '../../operator/reports/resource.ts';
import { systemClock } from '../../operator/runtime/clock.ts';
import { UsageWorker } from '../../operator/usage/worker.ts';
import { openHome } from '../../tools/localcity/home.ts';
import { startPostgres } from '../../tools/localcity/postgres.ts';
import { startPrometheus } from '../../tools/localcity/prometheus.ts';
import { prometheusBinaries } from '../../tools/prometheus.ts';
import { openBooks, type OperatorBooks, prepareBooks } from '../support/books.ts';
import { figureOf, type Measure, type Run } from './figures.ts';
import { ManyPods } from './many-pods.ts';
import { MemoryWatch } from './memory.ts';
import { withScratch } from './scratch.ts';
import type { Suite } from './suite.ts';

const PODS = 10_000;
const DAYS = 30;
/** The pods that one query for raw figures names: with more Prometheus would load more samples than it may. */
const PODS_A_QUERY = 1_000;
const TIMEOUT_MS = 600_000;
const NEVER = new AbortController().signal;

/**
 * Use of 10,000 pods over thirty days in a real Prometheus, rolled up by the operator's own worker; its floor is one bare
 * scan: the same queries in the same pieces, their answers thrown away. Then a month's report of use from the rollups; its
 * floors are the same figures asked of Prometheus, of each pod, and reading the report's rows.
 */
export const usage: Suite = ({ runs, scaled, say }) =>
  withScratch(async ({ dir }) => {
    const pods = new ManyPods(Math.max(PODS_A_QUERY / 10, scaled(PODS)), Math.max(2, scaled(DAYS)));
    const size = `${pods.pods} pods, ${pods.nodes} nodes, ${pods.days} days`;
    say(`usage: ${size}: ${(pods.samples / 1e6).toFixed(0)} million samples of use, once for this machine`);
    const { prometheus: program, promtool } = prometheusBinaries();
    const history = await pods.history(promtool, (days) =>
      say(`usage: day ${days} of ${pods.days + 1} is made`),
    );
    const home = openHome(dir);
    try {
      const postgres = await startPostgres(home);
      await prepareBooks(postgres);
      const url = await startPrometheus(home, { prometheus: program, targets: [], history }, {});
      const prometheus = new ListenedTo({ url, timeoutMs: TIMEOUT_MS });
      const rollups: Run[] = [];
      const peaks: Run[] = [];
      const servers: Run[] = [];
      const own: Run[] = [];
      const reports: Run[] = [];
      const reads: Run[] = [];
      for (let run = 1; run <= runs; run++) {
        const books = await openBooks(postgres);
        try {
          await enterSomething(books);
          prometheus.forget();
          const watch = new MemoryWatch(dir, ['prometheus']);
          const atRest = { server: watch.measure().get('prometheus'), own: residentMiB() };
          watch.start();
          const value = await timeOf(() => rollUp(pods, prometheus, books));
          const peak = { server: watch.stop().get('prometheus'), own: residentMiB() };
          const floor = await timeOf(() => prometheus.scan());
          rollups.push({ value, floor });
          own.push({ value: peak.own, floor: atRest.own });
          if (peak.server !== undefined && atRest.server !== undefined)
            servers.push({ value: peak.server, floor: atRest.server });
          say(
            `usage: run ${run} of ${runs}: rolled up in ${value.toFixed(0)} ms, bare scan ${floor.toFixed(0)} ms`,
          );

          peaks.push(await prometheus.peak());
          const month = await timeOf(() => monthReport(books.books, pods));
          const raw = await timeOf(() => rawFigures(prometheus, pods));
          const read = await timeOf(() => rowsOf(books.books, pods));
          reports.push({ value: month, floor: raw });
          reads.push({ value: month, floor: read });
          say(`usage: run ${run} of ${runs}: month in ${month.toFixed(0)} ms, raw ${raw.toFixed(0)} ms`);
        } finally {
          await books.test.close();
        }
      }
      const report = `a month’s report of use, ${pods.allocations.length} allocations`;
      const measures: readonly (readonly [Measure, readonly Run[]])[] = [
        [
          {
            name: `use rolled up, ${size}`,
            floor: 'a bare scan of the same series',
            unit: 'ms',
            aim: { of: 'ratio', atMost: 1.2 },
          },
          rollups,
        ],
        [
          {
            name: 'most samples at once in Prometheus, of any query',
            floor: 'samples that it gives',
            unit: 'samples',
            aim: { of: 'figure', atMost: 5_000_000 },
          },
          peaks,
        ],
        [{ name: 'peak memory, prometheus', floor: 'at rest before', unit: 'MiB' }, servers],
        [{ name: 'memory after it, who rolls up', floor: 'before', unit: 'MiB' }, own],
        [
          { name: report, floor: 'raw queries, of each pod', unit: 'ms', aim: { of: 'ratio', atMost: 0.01 } },
          reports,
        ],
        [
          {
            name: report,
            floor: 'reading the days it rests on',
            unit: 'ms',
            aim: { of: 'figure', atMost: 1000 },
          },
          reads,
        ],
      ];
      return measures.flatMap(([measure, all]) => (all.length > 0 ? [figureOf(measure, all)] : []));
    } finally {
      home.close();
    }
  });

type Times = Parameters<Prometheus['range']>[1];

/** Remembers what it was asked for, so that the same can be read bare. */
class ListenedTo extends Prometheus {
  private asked: { readonly query: string; readonly times: Times; readonly samples: number }[] = [];

  override async range(query: string, times: Times, signal: AbortSignal): Promise<readonly Series[]> {
    const found = await super.range(query, times, signal);
    const samples = found.reduce((sum, it) => sum + it.samples.length, 0);
    this.asked.push({ query, times, samples });
    return found;
  }

  forget(): void {
    this.asked = [];
  }

  /** Asks for the same again, one after the other, and throws the answers away. */
  async scan(): Promise<void> {
    for (const { query, times } of this.asked) await this.bare('query_range', { query, ...times });
  }

  /** The most samples that Prometheus had in memory for a query, and how many it gave. */
  async peak(): Promise<Run> {
    let most: Run = { value: 0, floor: 0 };
    for (const { query, times, samples } of this.asked.filter((it) => it.samples > 0)) {
      const text = await this.bare('query_range', { query, ...times, stats: 'all' });
      const { data } = JSON.parse(text) as { data: { stats: { samples: { peakSamples: number } } } };
      const { peakSamples } = data.stats.samples;
      if (peakSamples > most.value) most = { value: peakSamples, floor: samples };
    }
    return most;
  }

  /** @returns the answer's text */
  async bare(path: string, form: Readonly<Record<string, string | number>>): Promise<string> {
    const body = new URLSearchParams(Object.entries(form).map(([name, value]) => [name, String(value)]));
    const response = await fetch(`${this.url}/api/v1/${path}`, { method: 'POST', body });
    const text = await response.text();
    if (!response.ok) throw new Error(`${form['query']}: ${text.slice(0, 300)}`);
    return text;
  }
}

/** Books in which a day is just over. */
class BooksAfter extends BooksOfTerm {
  private readonly day: string;

  constructor(day: string, session: OperatorBooks['session']) {
    super(session);
    this.day = day;
  }

  override async time(): Promise<string> {
    return `${dayAfter(this.day, 1)}T08:00:00+08:00`;
  }
}

/** Every day, by the operator's worker into books that have none. */
async function rollUp(pods: ManyPods, prometheus: Prometheus, { session }: OperatorBooks): Promise<void> {
  await new UsageWorker({
    prometheus,
    hub: { allocations: { list: () => pods.allocations } as never, itemAt: () => pods.item },
    books: new BooksAfter(pods.last, session),
    readOnly: { why: undefined },
    clock: systemClock,
    judge: async () => {},
    random: Math.random,
    log: pino({ level: 'silent' }),
    metrics: { behind: () => {}, rolledUp: () => {}, failed: () => {}, asked: () => {} },
  }).catchUp(NEVER);
}

/** A report tells nothing from before the books begin. */
async function enterSomething({ ledger }: OperatorBooks): Promise<void> {
  const account = {
    holderKind: 'pool',
    holder: 'pool-a',
    zone: 'extranet',
    arch: 'amd64',
    resource: 'vcpu',
  } as const;
  await ledger.limit({
    requestUid: 'pool-a',
    generation: 1,
    attempt: 1,
    limits: [{ account, hard: Amount.of('millicores', 1_000) }],
    effectiveAt: new Date('2025-01-01T00:00:00Z'),
  });
}

/** As the reports server makes it. @throws Error when it does not tell all of it */
async function monthReport(books: Books, { first, last, allocations, days }: ManyPods): Promise<void> {
  const registry = { organizations: () => new Map(), pools: () => new Map() } as unknown as Registry;
  const parameters = new ReportParameters('cityreports', new URLSearchParams({ from: first, to: last }));
  const { items } = await cityreports.read({ books, registry } as Sources, { name: 'use', parameters });
  const [report] = items as unknown as readonly ReportBody[];
  const seen = report?.sections.find(({ key }) => key === 'cpu')?.rows;
  if (seen?.length !== allocations.length || report?.missing.length !== 0)
    throw new Error(`the report has ${seen?.length} rows of ${allocations.length}, over ${days} days`);
}

/** Mean, 95th percentile and maximum of CPU and memory of each pod: less than the report, whose allocations have several. */
async function rawFigures(prometheus: ListenedTo, pods: ManyPods): Promise<void> {
  const { namespaces, days, end } = pods;
  const per = Math.max(1, Math.floor((namespaces.length * PODS_A_QUERY) / pods.pods));
  for (let from = 0; from < namespaces.length; from += per) {
    const where = `{namespace=~"${namespaces.slice(from, from + per).join('|')}"}`;
    const memory = `container_memory_working_set_bytes${where}[${days}d]`;
    const cpu = `rate(container_cpu_usage_seconds_total${where}[10m])[${days}d:5m]`;
    for (const range of [memory, cpu])
      for (const query of [
        `avg_over_time(${range})`,
        `quantile_over_time(0.95, ${range})`,
        `max_over_time(${range})`,
      ])
        await prometheus.bare('query', { query, time: end });
  }
}

async function rowsOf(books: Books, { first, last }: ManyPods): Promise<void> {
  await sql`SELECT * FROM books.daily_use WHERE day BETWEEN ${first}::date AND ${last}::date`.execute(books);
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** What this process has now; V8 keeps what it once needed. */
function residentMiB(): number {
  return process.memoryUsage.rss() / 2 ** 20;
}
