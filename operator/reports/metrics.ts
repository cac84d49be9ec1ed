import { Counter, Gauge, type Registry } from 'prom-client';
import type { CapacityPool } from '../../api/v1alpha1/index.ts';
import { type Books, onSnapshot } from '../../books/database.ts';
import { readPoolUse } from '../../books/pool-use.ts';
import { readLimitDates } from '../../books/reports-dated.ts';
import { readBalances } from '../../books/reports.ts';
import { isTooSlow, isUnreachable, readTime } from '../../books/reports-requests.ts';
import { type Resource, RESOURCES } from '../../domain/quantity.ts';
import { useDays } from '../../domain/report/dates.ts';
import { type UseOfPools, usedCells } from '../../domain/report/pool-use.ts';
import { poolFigures } from '../../domain/report/pools.ts';
import type { Clock } from '../runtime/clock.ts';

/** Registers what the reports server counts: how verifications come out, which are asked of it and of nobody else. */
export function createReportsMetrics(registry: Registry): {
  verified(check: 'books' | 'audit', ok: boolean): void;
} {
  const registers = [registry];
  const verifications = new Counter({
    name: 'govcloud_verifications_total',
    help: 'Verifications of the books against themselves (books) and of the audit chain (audit)',
    labelNames: ['check'],
    registers,
  });
  const ok = new Gauge({
    name: 'govcloud_verification_ok',
    help: 'Whether the last verification found nothing (1) or something (0); absent before the first',
    labelNames: ['check'],
    registers,
  });
  const at = new Gauge({
    name: 'govcloud_verification_timestamp_seconds',
    help: 'When the last verification ended; absent before the first',
    labelNames: ['check'],
    registers,
  });
  for (const check of ['books', 'audit']) verifications.inc({ check }, 0);
  return {
    verified: (check, is) => {
      verifications.inc({ check });
      ok.set({ check }, is ? 1 : 0);
      at.setToCurrentTime({ check });
    },
  };
}

/** As the report of capacity names them. */
const STATES = ['total', 'reserve', 'hard', 'posted', 'pending', 'free', 'usedP95'] as const;
/** What is used changes once a day, and anybody may ask: it is read no more often than this, in ms. */
const USE_MS = 60_000;

interface PoolSources {
  readonly books: Books;
  /** By name; empty while the hub's are not known. */
  readonly pools: () => ReadonlyMap<string, CapacityPool>;
  readonly clock: Clock;
}

interface PoolAmount {
  readonly pool: string;
  readonly zone: string;
  readonly arch: string;
  readonly resource: Resource;
  readonly state: (typeof STATES)[number];
  readonly value: number;
}

/**
 * Registers what pools have, as the books say at each scrape and as the report of capacity does; nothing while they
 * cannot be read, and no figure that the report does not give. Every account of the city may see these: they are the
 * capacity of pools, and name no organisation.
 */
export function createPoolMetrics(registry: Registry, sources: PoolSources): void {
  const labelNames = ['pool', 'zone', 'arch', 'resource', 'state'] as const;
  const use = readSeldom(sources);
  const amounts = new Gauge({
    name: 'govcloud_pool_amount',
    help: 'What a pool has (total), keeps back (reserve), may grant (hard), has granted (posted), holds for open requests (pending) and may still grant (free), and what is used of it (usedP95: as in the report of capacity): millicores of vcpu, else bytes; absent where the report has no figure',
    labelNames,
    registers: [],
    async collect() {
      this.reset();
      for (const { value, ...labels } of await amountsOrNone(sources, use)) this.set(labels, value);
    },
  });
  registry.registerMetric(amounts);
}

async function amountsOrNone(sources: PoolSources, use: UseReader): Promise<readonly PoolAmount[]> {
  try {
    return await poolAmounts(sources, use);
  } catch (error) {
    // govcloud_books_reachable says so.
    if (isUnreachable(error) || isTooSlow(error)) return [];
    throw error;
  }
}

async function poolAmounts({ books, pools }: PoolSources, use: UseReader): Promise<readonly PoolAmount[]> {
  const facts = await onSnapshot(books, async (snapshot) => ({
    asOf: (await readTime(snapshot)).toISOString(),
    balances: await readBalances(snapshot, { holderKinds: ['pool'] }),
    balancesBefore: [],
    limits: await readLimitDates(snapshot),
    pools: pools(),
  }));
  const used = await use(facts.asOf);
  return RESOURCES.flatMap((resource) =>
    poolFigures(facts, resource).flatMap((figures) => {
      const { pool, zone, arch, posted } = figures;
      const { usedP95 } = usedCells(used, resource, new Set([pool]), posted);
      const amounts = { ...figures, usedP95 };
      return STATES.flatMap((state) => {
        const amount = amounts[state] ?? null;
        return amount === null ? [] : [{ pool, zone, arch, resource, state, value: Number(amount) }];
      });
    }),
  );
}

type UseReader = (asOf: string) => Promise<UseOfPools>;

/** Reads what is used of pools as of a moment, or gives what was read a little before. */
function readSeldom({ books, clock }: PoolSources): UseReader {
  let last: { readonly at: number; readonly use: Promise<UseOfPools> } | undefined;
  const read = async (asOf: string): Promise<UseOfPools> => {
    const { from, until } = useDays(asOf);
    return { period: { from, to: until }, pools: await readPoolUse(books, { from, until }) };
  };
  return async (asOf) => {
    if (!last || clock.monotonic() - last.at > USE_MS) last = { at: clock.monotonic(), use: read(asOf) };
    try {
      return await last.use;
    } catch (error) {
      last = undefined;
      throw error;
    }
  };
}
