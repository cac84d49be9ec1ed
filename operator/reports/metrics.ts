import { Counter, Gauge, type Registry } from 'prom-client';

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
