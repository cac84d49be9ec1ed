import pg from 'pg';
import { type Books, type ConnectOptions, connect, migrate } from '../../books/database.ts';
import { Ledger } from '../../books/ledger.ts';
import { type Session, takeEpoch } from '../../books/session.ts';
import type { Postgres } from '../../tools/localcity/postgres.ts';
import { openTestCity, type TestCity } from './clusters.ts';

/** A database of books on a test server. */
export interface TestBooks {
  readonly database: string;
  /** A new pool of connections as the operator, the reports process or the schema's owner. */
  as(role: 'govcloud_operator' | 'govcloud_reports' | 'owner', maxConnections?: number): Books;
  /** Runs statements as the superuser, with triggers off: what only a forger would do. */
  tamper(...statements: string[]): Promise<void>;
  /** Closes every pool that `as` gave. */
  close(): Promise<void>;
}

const TEMPLATE = 'books_template';
let serial = 0;

/** Migrates a database that `createBooks` then copies. Once for each server. */
export async function prepareBooks(postgres: Postgres): Promise<void> {
  await statement(postgres, `CREATE DATABASE ${TEMPLATE}`);
  const books = open(postgres, TEMPLATE, postgres.user);
  await migrate(books);
  await books.destroy();
}

/** A PostgreSQL of books alone, for a test file. */
export interface BooksServer extends Pick<TestCity, 'home' | 'stop'> {
  readonly postgres: Postgres;
}

export async function startBooksServer(): Promise<BooksServer> {
  const { home, stop, ...city } = openTestCity();
  const postgres = await city.startPostgres();
  await prepareBooks(postgres);
  return { home, stop, postgres };
}

/** Fresh books, and an operator that leads there. */
export interface OperatorBooks {
  readonly test: TestBooks;
  readonly books: Books;
  readonly session: Session;
  readonly ledger: Ledger;
}

export async function openBooks(postgres: Postgres): Promise<OperatorBooks> {
  const test = await createBooks(postgres);
  const books = test.as('govcloud_operator');
  const session = { books, epoch: await takeEpoch(books, 'operator-a'), actor: 'operator-a' };
  return { test, books, session, ledger: new Ledger(session) };
}

/** A fresh, empty database of books. */
export async function createBooks(postgres: Postgres): Promise<TestBooks> {
  serial += 1;
  const database = `books_${process.pid}_${serial}`;
  await statement(postgres, `CREATE DATABASE ${database} TEMPLATE ${TEMPLATE}`);
  const pools: Books[] = [];
  return {
    database,
    as(role, maxConnections) {
      const books = open(postgres, database, role === 'owner' ? postgres.user : role, maxConnections);
      pools.push(books);
      return books;
    },
    async tamper(...statements) {
      for (const it of statements)
        await statement({ ...postgres, database }, `SET session_replication_role = replica; ${it}`);
    },
    close: async () => void (await Promise.all(pools.splice(0).map((books) => books.destroy()))),
  };
}

function open(postgres: Postgres, database: string, user: string, maxConnections?: number): Books {
  const options: ConnectOptions = {
    host: postgres.host,
    port: postgres.port,
    database,
    user,
    ...(maxConnections === undefined ? {} : { maxConnections }),
    onIdleError: (error) => {
      throw error;
    },
  };
  return connect(options);
}

async function statement(
  server: Pick<Postgres, 'host' | 'port' | 'user' | 'database'>,
  text: string,
): Promise<void> {
  const client = new pg.Client({
    host: server.host,
    port: server.port,
    user: server.user,
    database: server.database,
  });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}
