import type { Logger } from 'pino';
import { Gauge, type Registry } from 'prom-client';
import type { MemberCluster, Quota, UsageFinding } from '../api/v1alpha1/index.ts';
import { lastBackup } from '../books/backup.ts';
import { type Books, migrationState } from '../books/database.ts';
import { overdueHolds } from '../books/queries.ts';
import { readTime } from '../books/reports-requests.ts';
import type { ShownCredential } from '../domain/doctor/judge.ts';
import type { Lifetime } from '../kube/lifetime.ts';
import { type Clock, sleep } from './runtime/clock.ts';

/**
 * What the operator and the reports server stand on, looked at again and again, whether or not there is work: each look
 * keeps gauges of its own. One that throws leaves them as they were.
 */
export type Look = () => Promise<void>;

const EVERY_MS = 5_000;
/** The books count as unreachable when they have not answered for so long. */
const BOOKS_LIMIT_MS = 5_000;

/** Takes every look, and then again, until the signal aborts. */
export async function lookAgain(
  looks: readonly Look[],
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(
    looks.map(async (look) => {
      while (!signal.aborted) {
        await look().catch((error: unknown) => log.debug({ err: error }, 'a vital sign could not be read'));
        await sleep(clock, EVERY_MS, signal);
      }
    }),
  );
}

export function booksLook(registry: Registry, books: Books, clock: Clock): Look {
  const registers = [registry];
  const reachable = new Gauge({
    name: 'govcloud_books_reachable',
    help: 'Whether the books answered within 5 s when they were last asked (1) or not (0)',
    registers,
  });
  const skew = new Gauge({
    name: 'govcloud_books_clock_skew_seconds',
    help: 'By how much the clock of the books is ahead of the clock of this process',
    registers,
  });
  const migrations = new Gauge({
    name: 'govcloud_books_migrations',
    help: 'Migrations that this process knows and that were not run (pending), and the reverse (unknown)',
    labelNames: ['state'],
    registers,
  });
  const overdue = new Gauge({
    name: 'govcloud_holds_overdue_seconds',
    help: 'For how long the oldest hold that has expired is still pending; 0 when there is none',
    registers,
  });
  const backup = new Gauge({
    name: 'govcloud_backup_timestamp_seconds',
    help: 'When the newest backup of the books that was recorded was taken; 0 when none was',
    registers,
  });
  return async () => {
    let answered = 0;
    // Whoever waits for a server that is silent is told so before it is given up.
    const cancel = clock.after(BOOKS_LIMIT_MS, () => reachable.set(0));
    try {
      const asked = clock.now();
      const now = await readTime(books);
      skew.set((now.getTime() - (asked + clock.now()) / 2) / 1000);
      if (clock.now() - asked <= BOOKS_LIMIT_MS) answered = 1;
    } finally {
      cancel();
      reachable.set(answered);
    }
    overdue.set(await overdueHolds(books));
    backup.set(((await lastBackup(books))?.getTime() ?? 0) / 1000);
    const { pending, unknown } = await migrationState(books);
    migrations.set({ state: 'pending' }, pending.length);
    migrations.set({ state: 'unknown' }, unknown.length);
  };
}

/** @param lifetimes of the credentials that this process shows, by what they open */
export function credentialsLook(
  registry: Registry,
  lifetimes: () => Promise<Readonly<Record<string, Lifetime | undefined>>>,
): Look {
  const registers = [registry];
  const labelNames = ['credential'];
  const issued = new Gauge({
    name: 'govcloud_credential_issued_timestamp_seconds',
    help: 'Since when a credential that this process shows is good; absent for one that does not say it',
    labelNames,
    registers,
  });
  const expiry = new Gauge({
    name: 'govcloud_credential_expiry_timestamp_seconds',
    help: 'When a credential that this process shows ends; absent for one that does not end',
    labelNames,
    registers,
  });
  return async () => {
    const found = Object.entries(await lifetimes());
    issued.reset();
    expiry.reset();
    for (const [credential, lifetime] of found) {
      if (!lifetime) continue;
      if (lifetime.from !== undefined) issued.set({ credential }, lifetime.from / 1000);
      expiry.set({ credential }, lifetime.until / 1000);
    }
  };
}

/** Lifetimes as they are told to a doctor. */
export function shownCredentials(
  lifetimes: Readonly<Record<string, Lifetime | undefined>>,
): readonly ShownCredential[] {
  const time = (ms: number) => new Date(ms).toISOString();
  return Object.entries(lifetimes).flatMap(([opens, lifetime]) => {
    if (!lifetime) return [];
    const { from, until } = lifetime;
    return [{ opens, ...(from === undefined ? {} : { from: time(from) }), until: time(until) }];
  });
}

export function membersLook(registry: Registry, members: () => readonly MemberCluster[]): Look {
  const ready = new Gauge({
    name: 'govcloud_member_ready',
    help: 'Whether a member cluster answers (1) or not (0)',
    labelNames: ['cluster'],
    registers: [registry],
  });
  return async () => {
    ready.reset();
    for (const { metadata, status } of members()) {
      const isReady = status?.conditions?.some((it) => it.type === 'Ready' && it.status === 'True');
      ready.set({ cluster: metadata.name }, isReady ? 1 : 0);
    }
  };
}

/** Where the limits of a quota stand, the worst that is true of it. */
const STANDINGS = { overdrawn: 'Overdrawn', above_soft: 'AboveSoft' } as const;

export function quotasLook(registry: Registry, quotas: () => readonly Quota[]): Look {
  const count = new Gauge({
    name: 'govcloud_quotas',
    help: 'Quotas by what is granted and held against them: more than a limit (overdrawn), more than a soft limit (above_soft), or neither (within)',
    labelNames: ['standing'],
    registers: [registry],
  });
  return async () => {
    count.reset();
    for (const standing of [...Object.keys(STANDINGS), 'within']) count.set({ standing }, 0);
    for (const { status } of quotas()) {
      const is = (type: string) => status?.conditions?.some((it) => it.type === type && it.status === 'True');
      const worst = Object.entries(STANDINGS).find(([, type]) => is(type))?.[0] ?? 'within';
      count.inc({ standing: worst });
    }
  };
}

export function findingsLook(registry: Registry, findings: () => readonly UsageFinding[]): Look {
  const count = new Gauge({
    name: 'govcloud_usage_findings',
    help: 'Findings of use, by what was found, where they stand, and whether whoever is waited for is late',
    labelNames: ['finding', 'state', 'overdue'],
    registers: [registry],
  });
  return async () => {
    count.reset();
    for (const { spec, status } of findings()) {
      const isLate = status?.conditions?.some((it) => it.type === 'Overdue' && it.status === 'True');
      count.inc({
        finding: spec.finding,
        state: status?.state ?? 'Open',
        overdue: isLate ? 'true' : 'false',
      });
    }
  };
}

/** @param isIntact whether the hub has a review rule as it was released */
export function reviewRulesLook(
  registry: Registry,
  rules: readonly string[],
  isIntact: (rule: string) => Promise<boolean>,
): Look {
  const intact = new Gauge({
    name: 'govcloud_review_rule_intact',
    help: 'Whether the hub has a review rule as it was released (1) or not (0)',
    labelNames: ['rule'],
    registers: [registry],
  });
  return async () => {
    for (const rule of rules) intact.set({ rule }, (await isIntact(rule)) ? 1 : 0);
  };
}
