import { mkdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Books, connect } from '../../books/database.ts';
import { Ledger } from '../../books/ledger.ts';
import { closeRequest } from '../../books/requests.ts';
import { type Session, takeEpoch } from '../../books/session.ts';
import { parseQuantity } from '../../domain/quantity.ts';
import type { AccountKey } from '../../domain/quota/fit.ts';
import { RunQueue } from '../../operator/reports/queue.ts';
import { type ReportsServer, startReportsServer } from '../../operator/reports/server.ts';
import { ensureBinaries } from '../../tools/localcity/binaries.ts';
import { issueCertificates } from '../../tools/localcity/pki.ts';
import type { Postgres } from '../../tools/localcity/postgres.ts';
import { createBooks, prepareBooks, type TestBooks } from '../support/books.ts';
import { openTestCity, type TestCity } from '../support/clusters.ts';

vi.setConfig({ testTimeout: 60_000 });

const API = '/apis/reports.govcloud.dev/v1alpha1';
const LARGE = 'gov-large';
const HUGE = 'gov-huge';
const LIMIT = { timeout: 20_000, interval: 20 };

let city: TestCity;
let postgres: Postgres;
let books: TestBooks;
let database: string;
let pki: string;
let server: ReportsServer;
let pool: Books;
/** Locks tables against everybody. */
let locker: Client;

const pem = (file: string) => readFileSync(join(pki, file), 'utf8');

interface Settings {
  readonly maxConnections?: number;
  readonly statementTimeoutMs?: number;
  readonly answerMs?: number;
}

/** The reports server on its own pool, as its process starts it. */
async function serve({ answerMs = 60_000, ...settings }: Settings = {}): Promise<void> {
  await end();
  const { host, port } = postgres;
  pool = connect({ host, port, database, user: 'govcloud_reports', ...settings, onIdleError: () => {} });
  server = await startReportsServer({
    host: '127.0.0.1',
    port: 0,
    tls: { cert: pem('reports.crt'), key: pem('reports.key'), clientCa: pem('front-ca.crt') },
    allowedNames: ['front-proxy-client'],
    sources: {
      books: pool,
      verifications: new RunQueue(),
      verified: () => {},
      lifetimes: async () => ({}),
      registry: {
        organizations: () => new Map(),
        pools: () => new Map(),
        clusters: () => [],
        quotas: () => [],
        systems: () => [],
        calendar: () => ({ years: [], holidays: new Set(), workdays: new Set() }),
        indicators: () => undefined,
        allocations: () => new Map(),
        items: () => new Map(),
        usagePolicy: () => undefined,
      },
    },
    answerMs,
    ready: {},
    registry: new Registry(),
    log: pino({ level: 'silent' }),
  });
}

async function end(): Promise<void> {
  await server?.close(0);
  await pool?.destroy();
}

function answered(path: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request(
      {
        host: '127.0.0.1',
        port: server.port,
        path: `${API}/${path}`,
        headers: { 'X-Remote-User': 'anyone' },
        agent: false,
        ca: pem('ca.crt'),
        servername: 'localhost',
        cert: pem('front-proxy-client.crt'),
        key: pem('front-proxy-client.key'),
      },
      resolve,
    )
      .once('error', reject)
      .end();
  });
}

interface Answer {
  readonly code?: number;
  readonly message?: string;
  readonly details?: { readonly retryAfterSeconds?: number };
  readonly metadata: { readonly continue?: string };
  readonly checkedAt?: string;
  readonly items: readonly { readonly metadata: { readonly name: string } }[];
}

async function read(path: string): Promise<Answer & { status: number | undefined }> {
  const response = await answered(path);
  return { ...(JSON.parse(await text(response)) as Answer), status: response.statusCode };
}

/** Every page of a list, each as its items' names. */
async function pages(path: string): Promise<string[][]> {
  const list: string[][] = [];
  let next: string | undefined = '';
  do {
    const page: Answer = await read(`${path}&continue=${encodeURIComponent(next)}`);
    list.push(page.items.map(({ metadata }) => metadata.name));
    next = page.metadata.continue;
  } while (next !== undefined);
  return list;
}

/** How many connections wait for the table that is locked. */
async function waiting(): Promise<number | null> {
  const { rowCount } = await locker.query('SELECT FROM pg_locks WHERE NOT granted AND relation IS NOT NULL');
  return rowCount;
}

const lock = (table: string) => locker.query(`BEGIN; LOCK TABLE books.${table} IN ACCESS EXCLUSIVE MODE`);

async function fill(session: Session): Promise<void> {
  const ledger = new Ledger(session);
  const scopes: Omit<AccountKey, 'resource'>[] = [
    ...['pool-c', 'pool-a', 'pool-b'].map((holder) => ({
      holderKind: 'pool' as const,
      holder,
      zone: 'z',
      arch: 'amd64' as const,
    })),
    ...['4415', '441523'].map((holder) => ({
      holderKind: 'organisation' as const,
      holder,
      zone: '*',
      arch: '*' as const,
    })),
    { holderKind: 'organisation', holder: '4415', zone: 'z', arch: '*' },
    { holderKind: 'system', holder: '4415/portal', zone: '*', arch: '*' },
  ];
  for (const [index, scope] of scopes.entries()) {
    const limits = [{ account: { ...scope, resource: 'vcpu' as const }, hard: parseQuantity('vcpu', '4') }];
    await ledger.limit({ requestUid: `limit-${index}`, generation: 1, attempt: 1, limits });
  }
  const close = (name: string, namespace: string, bytes: number) => {
    const document = { spec: { reason: 'x'.repeat(bytes) } };
    return closeRequest(session, {
      uid: `uid-${name}`,
      serial: `ZY-2026-${name}`,
      namespace,
      name,
      document,
    });
  };
  for (let count = 0; count < 10; count += 1) await close(`large-${count}`, LARGE, 1024 * 1024);
  await close('huge', HUGE, 48 * 1024 * 1024);
}

beforeAll(async () => {
  city = openTestCity();
  const [{ certs }, started] = await Promise.all([ensureBinaries(), city.startPostgres()]);
  postgres = started;
  pki = join(city.home.dir, 'reports-pki');
  mkdirSync(pki, { mode: 0o700 });
  await issueCertificates(
    certs,
    pki,
    ['ca', 'front-ca'],
    [
      { name: 'reports', authority: 'ca', commonName: 'reports', hosts: ['localhost'], hours: 24 },
      { name: 'front-proxy-client', authority: 'front-ca', commonName: 'front-proxy-client', hours: 24 },
    ],
  );
  await prepareBooks(postgres);
  books = await createBooks(postgres);
  const operator = books.as('govcloud_operator');
  await fill({ books: operator, epoch: await takeEpoch(operator, 'operator-1'), actor: 'operator' });
  const { host, port, user } = postgres;
  ({ database } = books);
  locker = new Client({ host, port, user, database });
  await locker.connect();
}, 180_000);

afterAll(async () => {
  await end();
  await locker?.end();
  await books?.close();
  await city?.stop();
});

beforeEach(() => serve());
afterEach(() => locker.query('ROLLBACK'));

describe('a page', () => {
  test('of capacity and of quotas has as many items as were asked for, and goes on where it ended', async () => {
    expect(await pages('capacity?limit=2')).toEqual([['pool-a', 'pool-b'], ['pool-c']]);
    expect(await pages('quotas?limit=3')).toEqual([
      ['organisation.4415', 'organisation.4415.zone.z', 'organisation.441523'],
      ['system.4415.portal'],
    ]);
    expect((await read('capacity?continue=nowhere')).message).toContain('E_REPORT_VALUE');
    expect((await read('capacity/pool-c?limit=1')).status).toBe(200);
  });

  test('of closed requests ends before it is too large, whatever was asked for', async () => {
    const large = await pages(`namespaces/${LARGE}/closedrequests?limit=5000`);
    expect(large.flat()).toEqual(Array.from({ length: 10 }, (_, index) => `large-${index}`));
    expect(large.map((page) => page.length)).toEqual([4, 4, 2]);
    expect(await pages(`namespaces/${LARGE}/closedrequests?limit=3`)).toHaveLength(4);
    expect(await pages(`namespaces/${HUGE}/closedrequests?limit=3`)).toEqual([['huge']]);
  });
});

describe('verifications', () => {
  test('that many ask for at once leave the lists their connections, and share their runs', async () => {
    await lock('serials');
    const asked = Array.from({ length: 12 }, () => read('verifications/books'));
    await vi.waitFor(async () => expect(await waiting()).toBeGreaterThan(0), LIMIT);
    expect((await read('capacity')).items).toHaveLength(3);
    await locker.query('COMMIT');
    const answers = await Promise.all(asked);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ checkedAt }) => checkedAt)).size).toBeLessThanOrEqual(3);
  });

  test('that would wait behind too many others are asked to come back', async () => {
    await lock('audit');
    const refused: Awaited<ReturnType<typeof read>>[] = [];
    const asked = Array.from({ length: 12 }, async (_, index) => {
      const answer = await read(`verifications/audit?checkpoint=${index}:${'0'.repeat(64)}`);
      if (answer.status === 429) refused.push(answer);
      return answer.status;
    });
    await vi.waitFor(() => expect(refused).toHaveLength(3), LIMIT);
    expect(refused[0]).toMatchObject({
      message: expect.stringContaining('E_REPORT_BUSY'),
      details: { retryAfterSeconds: 5 },
    });
    await locker.query('COMMIT');
    expect((await Promise.all(asked)).filter((status) => status === 200)).toHaveLength(9);
  });
});

describe('who asks is told', () => {
  test('that a report took too long', async () => {
    await serve({ statementTimeoutMs: 300 });
    await lock('accounts');
    const { status, message } = await read('capacity');
    expect([status, message]).toEqual([504, expect.stringContaining('E_REPORT_TIMEOUT')]);
  });

  test('that no connection could be had', async () => {
    await serve({ statementTimeoutMs: 300, maxConnections: 1 });
    const answer = await pool.connection().execute(() => read('capacity'));
    expect([answer.status, answer.message]).toEqual([503, expect.stringContaining('E_REPORT_BOOKS')]);
    expect((await read('capacity')).status).toBe(200);
  });
});

test('a reader that is too slow is cut off', async () => {
  await serve({ answerMs: 500 });
  const response = await answered(`namespaces/${HUGE}/closedrequests/huge`);
  const slowly = async () => {
    for await (const _ of response) await pause(50);
  };
  await expect(slowly()).rejects.toThrow('aborted');
  expect(response.complete).toBe(false);
});
