import { appendFileSync, chownSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect as connectTcp, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { sql } from 'kysely';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../../books/database.ts';
import { Ledger } from '../../books/ledger.ts';
import { migrations } from '../../books/migrations/index.ts';
import { isUnreachable } from '../../books/reports-requests.ts';
import { takeEpoch } from '../../books/session.ts';
import type { GovError } from '../../domain/errors.ts';
import { Amount } from '../../domain/quantity.ts';
import { booksAccessOf, booksReady } from '../../operator/books-access.ts';
import { Environment } from '../../operator/environment.ts';
import { systemClock } from '../../operator/runtime/clock.ts';
import { ManualClock } from '../../operator/runtime/testing.ts';
import { booksLook } from '../../operator/vitals.ts';
import { ensureBinaries } from '../../tools/localcity/binaries.ts';
import { issueCertificates } from '../../tools/localcity/pki.ts';
import { reservePorts } from '../../tools/localcity/ports.ts';
import type { Postgres } from '../../tools/localcity/postgres.ts';
import { listProcesses, startProcess } from '../../tools/localcity/process.ts';
import { openTestCity, type TestCity } from '../support/clusters.ts';
import { runProgram } from '../support/program.ts';

/** A PostgreSQL that listens on TCP, with TLS, asks for passwords there, and lets nobody in without TLS. */

const START_MS = 180_000;
const PASSWORD = 'correct horse';
const DATABASE = 'govcloud';
const NEWEST = Object.keys(migrations).sort();

let city: TestCity;
let socket: Postgres;
let port: number;
let pki: string;
const file = (name: string) => join(pki, name);

/** As the superuser, over the socket, which trusts whoever may enter its folder. */
async function asOwner(statement: string, database = DATABASE): Promise<void> {
  const books = connect({ ...socket, database, onIdleError: () => {} });
  await sql.raw(statement).execute(books);
  await books.destroy();
}

function variables(more: Record<string, string> = {}): Record<string, string> {
  return {
    GOVCLOUD_DATABASE_HOST: 'localhost',
    GOVCLOUD_DATABASE_PORT: String(port),
    GOVCLOUD_DATABASE_NAME: DATABASE,
    GOVCLOUD_DATABASE_PASSWORD_FILE: file('password'),
    GOVCLOUD_DATABASE_CA_FILE: file('books-ca.crt'),
    ...more,
  };
}

/** What becomes of a process that is to reach the books so. */
async function reach(more: Record<string, string> = {}): Promise<string> {
  const access = booksAccessOf(new Environment(variables(more)), 'govcloud_operator');
  const books = connect({ ...access, onIdleError: () => {} });
  const stop = new AbortController();
  let said = 'ready';
  try {
    await booksReady(books, access, {
      clock: systemClock,
      signal: stop.signal,
      unreachable: ({ message }) => {
        said = message;
        stop.abort();
      },
    });
    if (said !== 'ready') return said;
    const { rows } = await sql<{ ssl: boolean }>`
      SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()`.execute(books);
    return rows[0]?.ssl ? 'ready, with TLS' : 'ready, without TLS';
  } catch (error) {
    return (error as GovError).message;
  } finally {
    await books.destroy();
  }
}

beforeAll(async () => {
  city = openTestCity();
  socket = await city.startPostgres();
  const [{ certs }, ports] = await Promise.all([ensureBinaries(), reservePorts(city.home, ['books'])]);
  port = ports.books;
  const { dir } = city.home;
  pki = join(dir, 'books-pki');
  mkdirSync(pki, { mode: 0o700 });
  await issueCertificates(
    certs,
    pki,
    ['books-ca', 'other-ca'],
    [{ name: 'server', authority: 'books-ca', commonName: 'books', hours: 24, hosts: ['localhost'] }],
  );
  writeFileSync(file('password'), `${PASSWORD}\n`);

  const record = listProcesses(dir).find(({ name }) => name === 'postgres');
  const [command = '', ...args] = record?.command ?? [];
  const data = args[args.indexOf('-D') + 1] ?? '';
  const { uid, gid } = statSync(data);
  for (const name of ['server.crt', 'server.key']) {
    writeFileSync(join(data, name), readFileSync(file(name)), { mode: 0o600 });
    chownSync(join(data, name), uid, gid);
  }
  writeFileSync(join(data, 'pg_hba.conf'), 'local all all trust\nhostssl all all all scram-sha-256\n');
  await socket.stop();
  appendFileSync(join(data, 'postgresql.conf'), '\nssl = on\n');
  await startProcess(city.home, {
    name: 'postgres',
    command,
    args: [
      ...args.map((it) => (it === 'listen_addresses=' ? 'listen_addresses=127.0.0.1' : it)),
      '-c',
      `port=${port}`,
    ],
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    ...(process.getuid?.() === 0 ? { user: { uid, gid } } : {}),
    stopSignal: 'SIGINT',
    ready: async () => {
      const books = connect({ ...socket, port, onIdleError: () => {} });
      try {
        await sql`SELECT 1`.execute(books);
      } finally {
        await books.destroy();
      }
      return true;
    },
  });
  socket = { ...socket, port };
  await asOwner(`CREATE ROLE govcloud_owner LOGIN CREATEROLE PASSWORD '${PASSWORD}'`);
  await asOwner(`ALTER DATABASE ${DATABASE} OWNER TO govcloud_owner`);
}, START_MS);

afterAll(async () => {
  await city?.stop();
});

test('the migrations run as the owner, once, and say what they did', async () => {
  const first = await runProgram('operator/migrate.ts', variables());
  expect(first).toEqual({
    exit: 0,
    output: NEWEST.map((name) => `已执行 ${name} / ran ${name}\n`).join(''),
  });
  const second = await runProgram('operator/migrate.ts', variables());
  expect(second).toEqual({ exit: 0, output: '账本的结构已是最新 / the books’ schema is up to date\n' });
  await asOwner(`ALTER ROLE govcloud_operator PASSWORD '${PASSWORD}'`);
  await asOwner(`ALTER ROLE govcloud_reports PASSWORD '${PASSWORD}'`);
});

describe('the way to the books', () => {
  test('with the right CA and name', async () => {
    expect(await reach()).toBe('ready, with TLS');
    expect(await reach({ GOVCLOUD_DATABASE_USER: 'govcloud_reports' })).toBe('ready, with TLS');
  });

  test('another CA, or the system’s alone, is refused', async () => {
    const other = await reach({ GOVCLOUD_DATABASE_CA_FILE: file('other-ca.crt') });
    expect(other).toMatch(/^E_BOOKS_CERTIFICATE: .*localhost:\d+\/govcloud.*GOVCLOUD_DATABASE_CA_FILE/);
    const system = await reach({ GOVCLOUD_DATABASE_CA_FILE: '', GOVCLOUD_DATABASE_TLS: 'verify-full' });
    expect(system).toMatch(/^E_BOOKS_CERTIFICATE: /);
  });

  test('a certificate that does not name the host is refused', async () => {
    const byAddress = await reach({ GOVCLOUD_DATABASE_HOST: '127.0.0.1' });
    expect(byAddress).toMatch(/^E_BOOKS_CERTIFICATE: .*127\.0\.0\.1/);
  });

  test('without TLS the server refuses; a server without TLS is refused', async () => {
    const plain = { GOVCLOUD_DATABASE_CA_FILE: '', GOVCLOUD_DATABASE_TLS: 'off' };
    expect(await reach(plain)).toMatch(/^E_BOOKS_REFUSED: .*govcloud_operator.*no encryption/);
    await asOwner('ALTER SYSTEM SET ssl = off');
    await asOwner('SELECT pg_reload_conf()');
    await expect.poll(() => reach(), { timeout: 20_000 }).toMatch(/^E_BOOKS_PLAIN: /);
    await asOwner('ALTER SYSTEM SET ssl = on');
    await asOwner('SELECT pg_reload_conf()');
    await expect.poll(() => reach(), { timeout: 20_000 }).toBe('ready, with TLS');
  });

  test('a wrong password, an unknown database and nobody at the port are told apart', async () => {
    writeFileSync(file('wrong'), 'wrong');
    const password = await reach({ GOVCLOUD_DATABASE_PASSWORD_FILE: file('wrong') });
    expect(password).toMatch(/^E_BOOKS_REFUSED: .*password authentication failed/);
    expect(password).not.toContain(PASSWORD);
    expect(await reach({ GOVCLOUD_DATABASE_NAME: 'nowhere' })).toMatch(/^E_BOOKS_REFUSED: .*nowhere/);
    const { closed } = await reservePorts(city.home, ['closed']);
    expect(await reach({ GOVCLOUD_DATABASE_PORT: String(closed) })).toMatch(/^E_BOOKS_UNREACHABLE: /);
  });

  test('a statement that takes too long is ended, a server that falls silent is given up', async () => {
    const access = booksAccessOf(new Environment(variables()), 'govcloud_operator');
    const gate = await startGate();
    const books = connect({
      ...access,
      port: gate.port,
      maxConnections: 1,
      statementTimeoutMs: 500,
      onIdleError: () => {},
    });
    try {
      const slow = sql`SELECT pg_sleep(600)`.execute(books);
      await expect(slow).rejects.toMatchObject({ code: '57014' });
      const registry = new Registry();
      const clock = new ManualClock();
      const look = booksLook(registry, books, clock);
      const gauge = async (name: string) =>
        Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(await registry.metrics())?.[1]);
      await look();
      expect(await gauge('govcloud_books_reachable')).toBe(1);
      expect(await gauge('govcloud_books_migrations{state="pending"}')).toBe(0);
      // This clock stands at 1970.
      expect(await gauge('govcloud_books_clock_skew_seconds')).toBeGreaterThan(1.7e9);
      gate.silence();
      const lost = look().catch((error: unknown) => error);
      clock.advance(5_000);
      // Said long before the server is given up.
      expect(await gauge('govcloud_books_reachable')).toBe(0);
      expect(isUnreachable(await lost)).toBe(true);
      await look();
      expect(await gauge('govcloud_books_reachable')).toBe(1);
    } finally {
      await books.destroy();
      gate.close();
    }
  }, 60_000);
});

test('a step of the ledger over a connection that fell silent fails in time, and is taken once when asked again', async () => {
  const access = booksAccessOf(new Environment(variables()), 'govcloud_operator');
  const gate = await startGate();
  const limits = { port: gate.port, maxConnections: 1, statementTimeoutMs: 500, onIdleError: () => {} };
  const books = connect({ ...access, ...limits });
  try {
    const epoch = await takeEpoch(books, 'operator-1');
    const ledger = new Ledger({ books, epoch, actor: 'operator' });
    const account = { holderKind: 'pool', holder: 'p', zone: 'z', arch: 'amd64', resource: 'vcpu' } as const;
    const step = {
      requestUid: 'silent',
      generation: 1,
      attempt: 1,
      limits: [{ account, hard: Amount.of('millicores', 4000) }],
    };
    gate.silence();
    const lost = await ledger.limit(step).catch((error: unknown) => error);
    expect(isUnreachable(lost)).toBe(true);
    await ledger.limit(step);
    await ledger.limit(step);
    const { rows } = await sql`SELECT FROM books.transactions WHERE request_uid = 'silent'`.execute(books);
    expect(rows).toHaveLength(1);
  } finally {
    await books.destroy();
    gate.close();
  }
}, 60_000);

describe('a schema of another version', () => {
  const operatorEnv = () => {
    writeFileSync(file('credential.key'), 'k'.repeat(32));
    return {
      ...variables(),
      GOVCLOUD_CREDENTIAL_KEY_FILE: file('credential.key'),
      GOVCLOUD_HEALTH_PORT: '0',
    };
  };
  const reportsEnv = () => ({
    ...variables(),
    GOVCLOUD_REPORTS_PORT: '0',
    GOVCLOUD_REPORTS_TLS_CERT: file('server.crt'),
    GOVCLOUD_REPORTS_TLS_KEY: file('server.key'),
    GOVCLOUD_REPORTS_CLIENT_CA: file('books-ca.crt'),
  });
  const kubeconfig = () => {
    const path = file('kubeconfig');
    const cluster = { server: 'https://localhost:1' };
    const context = { cluster: 'hub', user: 'nobody' };
    writeFileSync(
      path,
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [{ name: 'hub', cluster }],
        users: [{ name: 'nobody', user: { token: 'none' } }],
        contexts: [{ name: 'hub', context }],
        'current-context': 'hub',
      }),
    );
    return { GOVCLOUD_KUBECONFIG: path, GOVCLOUD_REPORTS_KUBECONFIG: path };
  };
  const starts = async () => ({
    operator: await runProgram('operator/main.ts', { ...operatorEnv(), ...kubeconfig() }),
    reports: await runProgram('operator/reports/main.ts', { ...reportsEnv(), ...kubeconfig() }),
  });

  test('neither the operator nor the reports server starts on a newer one, and migrating says so too', async () => {
    await asOwner("INSERT INTO books.kysely_migration VALUES ('9999-later', '2026-01-01')");
    try {
      const refused = {
        exit: 1,
        output: expect.stringMatching(/E_MIGRATIONS_UNKNOWN: .*9999-later/) as string,
      };
      expect(await starts()).toEqual({ operator: refused, reports: refused });
      expect(await runProgram('operator/migrate.ts', variables())).toEqual(refused);
    } finally {
      await asOwner("DELETE FROM books.kysely_migration WHERE name = '9999-later'");
    }
  });

  test('nor on an older one, and they say what to do', async () => {
    const last = NEWEST.at(-1) ?? '';
    await asOwner(`DELETE FROM books.kysely_migration WHERE name = '${last}'`);
    // What it made.
    await asOwner('DROP INDEX books.decisions_allocation');
    const pattern = new RegExp(`E_MIGRATIONS_PENDING: .*${last}.*node operator/migrate\\.ts`);
    const refused = { exit: 1, output: expect.stringMatching(pattern) as string };
    expect(await starts()).toEqual({ operator: refused, reports: refused });
    expect((await runProgram('operator/migrate.ts', variables())).output).toContain(last);
    expect(await reach()).toBe('ready, with TLS');
  });

  test('nor on a database that was never migrated', async () => {
    await asOwner('CREATE DATABASE empty');
    const all = new RegExp(`E_MIGRATIONS_PENDING: .*${NEWEST.join(', ')}`);
    expect(await reach({ GOVCLOUD_DATABASE_NAME: 'empty' })).toMatch(all);
  });
});

interface Gate {
  readonly port: number;
  /** Lets nothing more through on the connections that there are, and says nothing of it. */
  silence(): void;
  close(): void;
}

/** A door in front of the server. */
async function startGate(): Promise<Gate> {
  const pairs: [Socket, Socket][] = [];
  const server = createServer((client) => {
    const upstream = connectTcp(port, '127.0.0.1');
    for (const it of [client, upstream]) it.on('error', () => {});
    client.pipe(upstream).pipe(client);
    pairs.push([client, upstream]);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    silence: () => {
      for (const [client, upstream] of pairs) {
        client.unpipe(upstream).pause();
        upstream.unpipe(client).pause();
      }
    },
    close: () => {
      server.close();
      for (const pair of pairs) for (const it of pair) it.destroy();
    },
  };
}
