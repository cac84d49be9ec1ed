import type { Socket } from 'node:net';
import { type Generated, Kysely, PostgresDialect, sql, type Transaction } from 'kysely';
import { Migrator } from 'kysely/migration';
import pg from 'pg';
import type { Canonical } from '../domain/canonical.ts';
import type { HolderKind } from '../domain/quota/fit.ts';
import type { Resource } from '../domain/quantity.ts';
import type { UsedResource } from '../domain/usage/day.ts';
import { migrations } from './migrations/index.ts';

export type Step = 'open' | 'hold' | 'replace' | 'post' | 'void' | 'expire' | 'credit' | 'transfer' | 'limit';
export type HoldStateName = 'pending' | 'posted' | 'void' | 'expired' | 'replaced' | 'credited';
export type Leg = 'limit' | 'free' | 'pending' | 'posted';

/** The tables of schema `books`; see migrations/ for their constraints. Amounts are millicores or bytes. */
export interface BooksTables {
  accounts: {
    id: Generated<bigint>;
    holder_kind: HolderKind;
    holder: string;
    zone: string;
    arch: string;
    resource: Resource;
    hard: bigint;
    pending: bigint;
    posted: bigint;
  };
  holds: {
    id: Generated<bigint>;
    request_uid: string;
    generation: bigint;
    attempt: number;
    state: HoldStateName;
    origin_uid: string;
    origin_generation: bigint;
    ticket: string;
    document: Canonical;
    expires_at: Date | null;
    recorded_at: Date;
  };
  transactions: {
    id: Generated<bigint>;
    step: Step;
    request_uid: string;
    generation: bigint;
    attempt: number;
    digest: string;
    hold_id: bigint | null;
    epoch: bigint;
    effective_at: Date;
    recorded_at: Date;
  };
  entries: {
    transaction_id: bigint;
    line: number;
    account_id: bigint;
    hold_id: bigint | null;
    leg: Leg;
    amount: bigint;
  };
  decisions: {
    id: Generated<bigint>;
    subject_kind: string;
    subject_uid: string;
    subject_namespace: string;
    subject_name: string;
    position: number;
    ticket: string;
    generation: bigint;
    step: string;
    reviewer: string;
    verdict: string;
    return_to: string | null;
    comment: string;
    decided_at: Date;
    recorded_at: Date;
    carried_from: bigint | null;
    on_behalf_of: string | null;
    mandate: Canonical | null;
  };
  serial_counters: { prefix: string; year: number; last: number };
  serials: { request_uid: string; serial: string; recorded_at: Date };
  closed_requests: {
    uid: string;
    serial: string;
    namespace: string;
    name: string;
    document: Canonical;
    closed_at: Date;
  };
  fence: { only_row: Generated<boolean>; epoch: bigint; holder: string; taken_at: Date };
  audit: {
    seq: bigint;
    at: Date;
    actor: string;
    action: string;
    subject: string;
    body: Canonical;
    previous: string;
    hash: string;
  };
  metered: {
    allocation_uid: string;
    namespace: string;
    name: string;
    organization: string;
    system: string;
    item: string;
    pool: string;
    zone: string;
    arch: string;
    series: Canonical;
  };
  daily_use: {
    allocation_uid: string;
    day: string;
    resource: UsedResource;
    granted: bigint;
    expected: number;
    samples: number;
    mean: bigint | null;
    p50: bigint | null;
    p95: bigint | null;
    p99: bigint | null;
    max: bigint | null;
    faults: Canonical;
  };
  daily_active_users: {
    organization: string;
    system: string;
    day: string;
    expected: number;
    samples: number;
    active: bigint | null;
    target: bigint | null;
    faults: Canonical;
  };
  notifications: {
    id: Generated<bigint>;
    receiver: string;
    key: string;
    body: Canonical;
    recorded_at: Date;
    attempts: number;
    next_at: Date;
    delivered_at: Date | null;
    problem: string | null;
  };
  audit_head: { only_row: Generated<boolean>; seq: bigint; hash: string };
  backups: { taken_at: Date; seq: bigint; hash: string };
}

export type Books = Kysely<BooksTables>;

/**
 * How to reach the books. The operator connects as role `govcloud_operator`, the reports process as
 * `govcloud_reports` (read only); only migrations run as the schema's owner.
 */
export interface ConnectOptions {
  /** Host name, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password?: string;
  /** TLS, where it is used: the server's certificate is always checked, its name included. */
  readonly tls?: {
    /** PEM of the authorities to trust; those of the system when absent. */
    readonly ca?: string;
  };
  /** Most connections at once; 10 when absent. */
  readonly maxConnections?: number;
  /** Milliseconds after which the server ends a statement, and a connection that stays silent for longer is given up; 60 s when absent, 0 for never. */
  readonly statementTimeoutMs?: number;
  /**
   * Milliseconds after which the server ends a transaction whose client has gone quiet in the middle of it: so long
   * a frozen leader keeps its successor out. 60 s when absent.
   */
  readonly idleInTransactionMs?: number;
  /** Told when the server drops a connection that nobody was using; the next query opens another. */
  readonly onIdleError: (error: Error) => void;
}

/** int8 as bigint, so that no amount passes through a float; the rest as pg reads it. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === pg.types.builtins.INT8 && format !== 'binary'
      ? (text: string) => BigInt(text)
      : pg.types.getTypeParser(oid, format as 'text')) as typeof pg.types.getTypeParser,
};

const STATEMENT_MS = 60_000;
/** After so long without a word TCP asks whether the other end is still there. */
const KEEP_ALIVE_MS = 10_000;
/** How much longer than a statement may take the server's word that it was ended is waited for. */
const GRACE_MS = 10_000;

/**
 * Opens a pool of connections to the books. `destroy()` on the result closes it. Nothing of the environment that
 * PostgreSQL's own programs read (PGHOST, PGPASSWORD, PGSSLMODE, …) has a say.
 */
export function connect(options: ConnectOptions): Books {
  const statementMs = options.statementTimeoutMs ?? STATEMENT_MS;
  const pool = new pg.Pool({
    host: options.host,
    port: options.port,
    database: options.database,
    user: options.user,
    password: () => options.password ?? '',
    ssl: options.tls === undefined ? false : { ...options.tls, rejectUnauthorized: true },
    max: options.maxConnections ?? 10,
    application_name: 'govcloud',
    // A client that hangs in the middle of a write must not keep the accounts locked for everybody else.
    idle_in_transaction_session_timeout: options.idleInTransactionMs ?? STATEMENT_MS,
    statement_timeout: statementMs,
    // A connection, a free one of the pool included, is waited for as long as a statement may take.
    connectionTimeoutMillis: statementMs || STATEMENT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    types,
  });
  // A connection that is lost between two statements of a transaction has nobody else to tell and would end the
  // process; the transaction's next statement fails and says so to whoever is waiting for it.
  pool.on('connect', (client) => {
    client.on('error', () => undefined);
    if (statementMs > 0) giveUpWhenSilent(client, statementMs + GRACE_MS);
  });
  pool.on('error', (error) => {
    // A pool that has been closed is not told when its last connections are gone; what ends them is no news.
    if (!pool.ending) options.onIdleError(error);
  });
  return new Kysely<BooksTables>({ dialect: new PostgresDialect({ pool }) }).withSchema('books');
}

/**
 * A server that is cut off without a word would be waited for as long as TCP goes on trying. The connection is cut
 * rather than the query alone dropped: its answer might still come, and be taken for the next one's.
 */
function giveUpWhenSilent(client: pg.PoolClient, limitMs: number): void {
  const { stream } = client.connection as unknown as { readonly stream: Socket };
  stream.setTimeout(limitMs, () => stream.destroy());
}

/** How the schema `books` stands against the migrations that this program knows, each list in order. */
export interface MigrationState {
  /** Known here, not run there: the program is newer than the schema. */
  readonly pending: readonly string[];
  /** Run there, not known here: the schema is newer than the program. */
  readonly unknown: readonly string[];
}

/** SQLSTATEs of a schema or a table that is not there. */
const ABSENT = new Set(['3F000', '42P01']);

/** Any role that may read the schema may ask. */
export async function migrationState(books: Books): Promise<MigrationState> {
  const known = Object.keys(migrations).sort();
  const run = await migrationsRun(books);
  return {
    pending: known.filter((name) => !run.includes(name)),
    unknown: run.filter((name) => !known.includes(name)),
  };
}

/** The migrations that were run, in order. */
export async function migrationsRun(books: Books): Promise<readonly string[]> {
  try {
    const { rows } = await sql<{
      name: string;
    }>`SELECT name FROM books.kysely_migration ORDER BY name`.execute(books);
    return rows.map(({ name }) => name);
  } catch (error) {
    if (error instanceof pg.DatabaseError && ABSENT.has((error as { code?: string }).code ?? '')) return [];
    throw error;
  }
}

/**
 * Brings the schema `books` to the newest version; safe when two do it at once. Needs the schema's owner, with
 * CREATEROLE unless the roles `govcloud_operator` and `govcloud_reports` exist.
 * @returns the migrations that were run, in order
 * @throws the first failed migration's error; that migration has then changed nothing
 */
export async function migrate(books: Books): Promise<readonly string[]> {
  const migrator = new Migrator({
    db: books,
    provider: { getMigrations: async () => ({ ...migrations }) },
    migrationTableSchema: 'books',
  });
  const { error, results = [] } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
  return results.map(({ migrationName }) => migrationName);
}

/** Runs queries on one snapshot of the books, in a transaction that cannot write. */
export function onSnapshot<T>(
  books: Books,
  work: (snapshot: Transaction<BooksTables>) => Promise<T>,
): Promise<T> {
  return books.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(work);
}

/** The database's time, in milliseconds, so that a JavaScript Date carries it exactly. */
export const databaseTime = sql<Date>`date_trunc('milliseconds', clock_timestamp())`;

/**
 * A stored time as the audit chain spells it. One that we cannot have written (finer than a millisecond, before
 * our era) is spelt in another way, so that it equals nothing in the chain.
 */
export function exactTime(column: string) {
  return sql<string>`CASE WHEN ${sql.ref(column)} = date_trunc('milliseconds', ${sql.ref(column)})
    AND ${sql.ref(column)} >= '0001-01-01'
    THEN to_char(${sql.ref(column)} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
    ELSE ${sql.ref(column)}::text END`;
}
