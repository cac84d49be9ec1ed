/** The operator process: wires adapters, pictures, leader election and controllers, and nothing else. */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { type Logger, pino } from 'pino';
import { Registry } from 'prom-client';
import { takeEpoch } from '../books/session.ts';
import { KubeClient } from '../kube/client.ts';
import { loadAccess } from '../kube/config.ts';
import { type Lifetime, lifetimeOf } from '../kube/lifetime.ts';
import { REVIEW_RULES } from '../policies/admission.ts';
import { connect } from '../books/database.ts';
import { CREDENTIALS_ANNOTATION, READ_ONLY_ANNOTATION } from '../domain/doctor/judge.ts';
import { GovError } from '../domain/errors.ts';
import { escapeUnseen } from '../domain/unseen.ts';
import { BooksOfTerm } from './adapters/books.ts';
import { EventRecorder } from './adapters/events.ts';
import { Hub, SYSTEM_NAMESPACE } from './adapters/hub.ts';
import { watchMember } from './adapters/member-watch.ts';
import { Members } from './adapters/members.ts';
import { Prometheus } from './adapters/prometheus.ts';
import { NoticeFile, type Receiver, Webhook } from './adapters/receivers.ts';
import { changedRules } from './adapters/review-rule.ts';
import { booksReady } from './books-access.ts';
import { Comparison } from './comparison.ts';
import { createControllers, type Controllers } from './controllers/list.ts';
import { Environment } from './environment.ts';
import { HubLogFollower } from './follow-hub-log.ts';
import { Outbox } from './notify/outbox.ts';
import { DeliveryWorker } from './notify/worker.ts';
import { systemClock } from './runtime/clock.ts';
import { startHealthServer } from './runtime/health.ts';
import { LEADER_DEFAULTS, LeaderElector, LEASES } from './runtime/leader.ts';
import { ReadOnly } from './read-only.ts';
import { createRuntimeMetrics } from './runtime/metrics.ts';
import { readSettings } from './settings.ts';
import { UsageJudge } from './usage/judge.ts';
import { UsageWorker } from './usage/worker.ts';
import type { Term } from './term.ts';
import {
  booksLook,
  credentialsLook,
  findingsLook,
  lookAgain,
  membersLook,
  quotasLook,
  reviewRulesLook,
  shownCredentials,
} from './vitals.ts';

const base = { app: 'govcloud-operator' };
const settings = readSettingsOrEnd();
const log = pino({ level: settings.logLevel, base, hooks: { streamWrite: escapeUnseen } });
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    log.info({ signal }, 'stopping');
    stopping.abort();
  });
}

const registry = new Registry();
const metrics = createRuntimeMetrics(registry);
const around = { clock: systemClock, random: Math.random, log, metrics };
const client = new KubeClient(
  await loadAccess(settings.kubeconfig === undefined ? {} : { kubeconfig: settings.kubeconfig }),
);
const database = connect({
  ...settings.books,
  // Whoever was silent for as long as a lease lasts leads no more, and must not keep the fence from its successor.
  idleInTransactionMs: (settings.leader ?? LEADER_DEFAULTS).leaseSeconds * 1000,
  onIdleError: (error) => log.warn({ err: error }, 'a connection to the books was lost'),
});
const readOnly = new ReadOnly(metrics.readOnly);
const comparison = new Comparison(readOnly);
const pictures = { ...around, relistMs: settings.relistMs };
const hub = new Hub(client, { ...pictures, onLost: () => comparison.suspect() });
const members = new Members(hub, settings.operator.memberTimeoutMs);
const identity = `${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`;

const events = new EventRecorder(client, { ...around, instance: identity, metrics: metrics.events });

/** What this process showed when it was last looked at. */
let shown: Readonly<Record<string, Lifetime | undefined>> = {};

/** Why the books cannot be worked with yet. */
let booksAway: string | undefined = 'not reached yet';

const receivers: readonly Receiver[] = [
  ...(settings.notify.webhook ? [new Webhook({ ...settings.notify.webhook, now: Date.now })] : []),
  ...(settings.notify.file === undefined ? [] : [new NoticeFile(settings.notify.file)]),
];

const LEASE = { namespace: SYSTEM_NAMESPACE, name: 'govcloud-operator' };

/** How often this process has led. */
let terms = 0;

/** The controllers of the present term; none while another leads. */
let current: Controllers | undefined;

const elector = new LeaderElector<bigint>({
  client,
  ...LEASE,
  identity,
  ...(settings.leader === undefined ? {} : { settings: settings.leader }),
  takeEpoch: (holder) => takeEpoch(database, holder),
  onStarted: async ({ epoch, stop, lost }) => {
    const books = new BooksOfTerm({ books: database, epoch, actor: 'govcloud-operator' });
    const outbox = new Outbox({ receivers: receivers.map(({ name }) => name), books });
    let refreshing = false;
    const term: Term = {
      hub,
      books,
      members,
      events,
      outbox,
      clock: systemClock,
      settings: settings.operator,
      credentialKey: settings.credentialKey,
      booksMoved: () => {
        if (refreshing) return;
        refreshing = true;
        // A burst of postings is one refresh.
        systemClock.after(200, () => {
          refreshing = false;
          if (!stop.aborted) controllers.refreshBalances();
        });
      },
    };
    // Whoever leads again may have lost its lease with the state of the hub.
    if (terms > 0) hub.forget();
    terms += 1;
    await hub.whenSynced(stop);
    await comparison.begin(term, { log, signal: stop });
    const controllers = createControllers(term, { ...around, readOnly });
    const follower = new HubLogFollower({
      ...around,
      file: settings.hubAuditLog,
      books,
      readOnly,
      metrics: metrics.hubLog,
    });
    const { prometheus } = settings;
    const judge = new UsageJudge({ hub, books, log });
    const usage =
      prometheus &&
      new UsageWorker({
        ...around,
        prometheus: new Prometheus(prometheus),
        hub,
        books,
        readOnly,
        metrics: metrics.usage,
        judge: (day, isNews, signal) => judge.judge(day, isNews, signal),
      });
    current = controllers;
    await Promise.all([
      ...controllers.all.map((controller) => controller.run(stop, lost)),
      followMembers(controllers, stop),
      follower.run(stop),
      usage?.run(stop),
      ...deliveries(books, stop),
      comparison.follow(term, { log, signal: stop }),
    ]);
  },
  onStopped: () => {
    current = undefined;
  },
  tells: () => ({
    [READ_ONLY_ANNOTATION]: readOnly.why ?? '',
    [CREDENTIALS_ANNOTATION]: JSON.stringify(shownCredentials(shown)),
  }),
  ...around,
  metrics: metrics.leader,
});

/** A worker a receiver. */
function deliveries(books: BooksOfTerm, stop: AbortSignal): readonly Promise<void>[] {
  const options = { ...around, books, readOnly, metrics: metrics.notifications };
  return receivers.map((receiver) => new DeliveryWorker({ ...options, receiver }).run(stop));
}

/** One watch a declared member, for as long as it is declared. */
async function followMembers(controllers: Controllers, stop: AbortSignal): Promise<void> {
  const followed = new Map<string, AbortController>();
  const watches: Promise<void>[] = [];
  await hub.whenSynced(stop);
  const follow = (cluster: string) => {
    if (!hub.clusters.get(cluster)) {
      followed.get(cluster)?.abort();
      followed.delete(cluster);
      members.forget(cluster);
    } else if (!followed.has(cluster) && !stop.aborted) {
      const declared = new AbortController();
      followed.set(cluster, declared);
      const around = { ...pictures, retryMs: settings.operator.memberProbeMs };
      const until = AbortSignal.any([stop, declared.signal]);
      watches.push(watchMember(members, cluster, controllers.memberChanged, around, until));
    }
  };
  const unsubscribe = hub.clusters.subscribe(follow);
  // It may have aborted while the pictures were waited for; it tells that only once.
  if (!stop.aborted) await new Promise((resolve) => stop.addEventListener('abort', resolve, { once: true }));
  unsubscribe();
  await Promise.all(watches);
}

function readSettingsOrEnd() {
  try {
    return readSettings(new Environment(process.env));
  } catch (error) {
    return end(pino({ base, hooks: { streamWrite: escapeUnseen } }), error);
  }
}

/** Nothing was begun that would have to be stopped. */
function end(to: Logger, error: unknown): never {
  if (error instanceof GovError) to.fatal(error.message);
  else to.fatal({ err: error }, 'the operator does not start');
  process.exit(1);
}

async function waitForBooks(): Promise<void> {
  const unreachable = ({ message }: GovError) => {
    booksAway = message;
    log.warn(message);
  };
  try {
    await booksReady(database, settings.books, { clock: systemClock, signal: stopping.signal, unreachable });
    booksAway = undefined;
  } catch (error) {
    if (error instanceof GovError) await tellOnLease(error.message);
    end(log, error);
  }
}

/** Where nobody leads, the lease says why; whoever leads says there what holds for it. */
async function tellOnLease(why: string): Promise<void> {
  try {
    const lease = await client.get(LEASES, LEASE);
    const annotations = { ...lease.metadata.annotations, [READ_ONLY_ANNOTATION]: why };
    await client.update(LEASES, { ...lease, metadata: { ...lease.metadata, annotations } });
  } catch (error) {
    log.warn({ err: error }, 'the lease could not be told');
  }
}

/** Of what this process shows to the hub and to each member that it can reach. */
async function lifetimes(): Promise<Record<string, Lifetime | undefined>> {
  const found: Record<string, Lifetime | undefined> = { hub: await lifetimeOf(client.access) };
  for (const { metadata } of hub.clusters.list()) {
    try {
      found[metadata.name] = await lifetimeOf((await members.client(metadata.name)).access);
    } catch (error) {
      log.debug({ err: error, member: metadata.name }, 'its credential cannot be read');
    }
  }
  shown = found;
  return found;
}

const vitals = {
  books: booksLook(registry, database, systemClock),
  credentials: credentialsLook(registry, lifetimes),
  members: membersLook(registry, () => hub.clusters.list()),
  quotas: quotasLook(registry, () => hub.quotas.list()),
  findings: findingsLook(registry, () => hub.findings.list()),
  rules: reviewRulesLook(
    registry,
    Object.values(REVIEW_RULES).flat(),
    async (rule) => (await changedRules(client, [rule])).length === 0,
  ),
};
const lookingAtBooks = lookAgain([vitals.books], around, stopping.signal);
const health = await startHealthServer({
  port: settings.healthPort,
  live: {},
  ready: {
    hub: () => (hub.hasSynced ? undefined : 'the picture of the hub is not whole'),
    books: () => booksAway ?? readOnly.why,
    leader: () => (current || !elector.isLeader ? undefined : 'leading, but not at work yet'),
  },
  registry,
});
log.info({ port: health.port, identity }, 'started');

await waitForBooks();
const following = hub.run(stopping.signal);
await hub.whenSynced(stopping.signal);
const lookingAtHub = lookAgain(
  [vitals.credentials, vitals.members, vitals.quotas, vitals.findings, vitals.rules],
  around,
  stopping.signal,
);
await elector.run(stopping.signal);
await Promise.all([following, lookingAtBooks, lookingAtHub]);
await health.close();
await events.close();
members.close();
client.close();
await database.destroy();
log.info('stopped');
