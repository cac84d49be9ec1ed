import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { type Logger, pino } from 'pino';
import { Registry } from 'prom-client';
import { connect } from '../../books/database.ts';
import { GovError } from '../../domain/errors.ts';
import { escapeUnseen } from '../../domain/unseen.ts';
import { readOnlyFault } from '../../books/reports-requests.ts';
import { KubeClient } from '../../kube/client.ts';
import { loadAccess } from '../../kube/config.ts';
import { certificateLifetime, lifetimeOf } from '../../kube/lifetime.ts';
import { booksReady } from '../books-access.ts';
import { Environment } from '../environment.ts';
import { systemClock } from '../runtime/clock.ts';
import { booksLook, credentialsLook, lookAgain } from '../vitals.ts';
import { createPoolMetrics, createReportsMetrics } from './metrics.ts';
import { RunQueue } from './queue.ts';
import { HubRegistry } from './registry.ts';
import { type ReportsServer, type ReportsTls, startReportsServer } from './server.ts';
import { type ReportsSettings, reportsSettingsOf } from './settings.ts';

/** How long answers under way may take once the process is told to stop. */
const STOP_LIMIT_MS = 10_000;
/** How often renewed certificates are looked for. */
const TLS_POLL_MS = 2_000;
/** How long a reader may take for an answer; pages are of some megabytes at most. */
const ANSWER_MS = 60_000;

/** Runs the reports server until SIGTERM or SIGINT. */
async function run(settings: ReportsSettings, log: Logger): Promise<void> {
  const told = new AbortController();
  const signalled = new Promise<NodeJS.Signals>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal));
  });
  void signalled.then(() => told.abort());
  const tls = readTls(settings);
  const { kubeconfig } = settings;
  const client = new KubeClient(await loadAccess(kubeconfig === undefined ? {} : { kubeconfig }), {
    userAgent: 'govcloud-reports',
  });
  const books = connect({
    ...settings.books,
    onIdleError: (error) => log.warn({ err: error }, 'the books dropped an idle connection'),
  });
  const hub = new HubRegistry(client, log);
  const stop = new AbortController();
  const registry = new Registry();
  const { verified } = createReportsMetrics(registry);
  createPoolMetrics(registry, {
    books,
    pools: () => (hub.hasSynced ? hub.pools() : new Map()),
    clock: systemClock,
  });
  const lifetimes = async () => ({
    hub: await lifetimeOf(client.access),
    reports: certificateLifetime(readTls(settings).cert),
  });
  const watching = Promise.all([
    hub.run(stop.signal),
    lookAgain(
      [booksLook(registry, books, systemClock), credentialsLook(registry, lifetimes)],
      { clock: systemClock, log },
      stop.signal,
    ),
  ]);
  try {
    await booksReady(books, settings.books, {
      clock: systemClock,
      signal: told.signal,
      unreachable: ({ message }) => log.warn(message),
    });
    const server = await startReportsServer({
      host: settings.host,
      port: settings.port,
      tls,
      allowedNames: settings.allowedNames,
      answerMs: ANSWER_MS,
      sources: { books, verifications: new RunQueue(), verified, lifetimes, registry: hub },
      ready: {
        books: () => readOnlyFault(books),
        hub: () => (hub.hasSynced ? undefined : 'not synced'),
      },
      registry,
      log,
    });
    const unwatch = watchTls(settings, server, log);
    log.info({ host: settings.host, port: server.port }, 'listening');
    log.info({ signal: await signalled }, 'stopping');
    unwatch();
    await server.close(STOP_LIMIT_MS);
  } finally {
    stop.abort();
    await watching;
    client.close();
    await books.destroy();
  }
  log.info('stopped');
}

function readTls({ certFile, keyFile, clientCaFile }: ReportsSettings): ReportsTls {
  const [cert, key, clientCa] = [certFile, keyFile, clientCaFile].map((file) => readFileSync(file, 'utf8'));
  return { cert: cert ?? '', key: key ?? '', clientCa: clientCa ?? '' };
}

/** Has the server use renewed certificates. Returns what ends the watching. */
function watchTls(settings: ReportsSettings, server: ReportsServer, log: Logger): () => void {
  const files = [settings.certFile, settings.keyFile, settings.clientCaFile];
  const renew = () => {
    try {
      server.renewTls(readTls(settings));
      log.info('certificates renewed');
    } catch (error) {
      // Half of a pair is there: the other half's change calls again.
      log.warn({ err: error }, 'renewed certificates cannot be used yet');
    }
  };
  for (const file of files) watchFile(file, { interval: TLS_POLL_MS, persistent: false }, renew);
  return () => {
    for (const file of files) unwatchFile(file, renew);
  };
}

const log = pino({
  name: 'govcloud-reports',
  level: process.env['GOVCLOUD_LOG_LEVEL'] ?? 'info',
  hooks: { streamWrite: escapeUnseen },
});
try {
  await run(reportsSettingsOf(new Environment(process.env)), log);
} catch (error) {
  if (error instanceof GovError) log.fatal(error.message);
  else log.fatal({ err: error }, 'the reports server ended');
  process.exitCode = 1;
}
