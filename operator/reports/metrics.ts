import { Counter, Gauge, type Registry } from 'prom-client';
import type { Books } from '../../books/database.ts';
import { readBalances } from '../../books/reports.ts';
import { isTooSlow, isUnreachable } from '../../books/reports-requests.ts';
import type { Balance } from '../../domain/quota/fit.ts';

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

/**
 * Registers what pools have, as the books say at each scrape; nothing while they cannot be read. Every account of the
 * city may see these: they are the capacity of pools, and name no organisation.
 */
export function createPoolMetrics(registry: Registry, books: Books): void {
  const labelNames = ['pool', 'zone', 'arch', 'resource', 'state'] as const;
  const amounts = new Gauge({
    name: 'govcloud_pool_amount',
    help: 'What may be granted from a pool (hard), is granted (posted) and is held for open requests (pending): millicores of vcpu, else bytes',
    labelNames,
    registers: [],
    async collect() {
      this.reset();
      for (const { account, ...balance } of await balancesOrNone(books)) {
        const { holder: pool, zone, arch, resource } = account;
        for (const state of ['hard', 'posted', 'pending'] as const) {
          this.set({ pool, zone, arch, resource, state }, Number(balance[state].value));
        }
      }
    },
  });
  registry.registerMetric(amounts);
}

async function balancesOrNone(books: Books): Promise<readonly Balance[]> {
  try {
    return await readBalances(books, { holderKinds: ['pool'] });
  } catch (error) {
    // govcloud_books_reachable says so.
    if (isUnreachable(error) || isTooSlow(error)) return [];
    throw error;
  }
}
