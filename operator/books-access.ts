import { isIP } from 'node:net';
import { isUnreachable } from '../books/reports-requests.ts';
import { type Books, connect, type ConnectOptions, migrate, migrationState } from '../books/database.ts';
import { GovError, reason } from '../domain/errors.ts';
import { settingValues } from '../messages/processes.ts';
import { type Environment, filled, invalid, unusable } from './environment.ts';
import { type Clock, sleep } from './runtime/clock.ts';

/**
 * How the operator, the reports server and the migrations reach the books: the one home of `GOVCLOUD_DATABASE_*`, and of
 * what is said when the way is barred.
 */
export type BooksAccess = Pick<ConnectOptions, 'host' | 'port' | 'database' | 'user' | 'password' | 'tls'>;

const TLS = 'GOVCLOUD_DATABASE_TLS';
const CA_FILE = 'GOVCLOUD_DATABASE_CA_FILE';
const RETRY_MS = 2_000;

/**
 * Over TCP to another host there is TLS, the certificate always checked against the CA and the host's name, unless
 * GOVCLOUD_DATABASE_TLS=off says that it shall be without. To a socket there is none; to this machine, only if asked.
 * @param defaultUser the role of the process that asks
 * @throws GovError E_SETTING_MISSING, E_SETTING_INVALID, E_SETTING_FILE
 */
export function booksAccessOf(env: Environment, defaultUser: string): BooksAccess {
  const host = env.text('GOVCLOUD_DATABASE_HOST');
  const password = env.file('GOVCLOUD_DATABASE_PASSWORD_FILE')?.toString('utf8').trim();
  const tls = tlsOf(env, host);
  return {
    host,
    port: env.port('GOVCLOUD_DATABASE_PORT', 5432),
    database: env.text('GOVCLOUD_DATABASE_NAME', 'govcloud'),
    user: env.text('GOVCLOUD_DATABASE_USER', defaultUser),
    ...(password === undefined ? {} : { password }),
    ...(tls === undefined ? {} : { tls }),
  };
}

function tlsOf(env: Environment, host: string): BooksAccess['tls'] {
  const ca = env.file(CA_FILE)?.toString('utf8');
  const overSocket = host.startsWith('/');
  const mode = env.text(TLS, ca !== undefined || !(overSocket || isLoopback(host)) ? 'verify-full' : 'off');
  if (mode !== 'verify-full' && mode !== 'off') throw invalid(TLS, mode, settingValues.tls);
  if (mode === 'verify-full' && overSocket) {
    throw invalid(TLS, mode, filled(settingValues.tlsOverSocket, { host }));
  }
  if (mode === 'off' && ca !== undefined) throw invalid(TLS, mode, settingValues.tlsForCa);
  if (mode === 'off') return undefined;
  // Without this a file that holds something else would be trusted as holding no authority, and say so only later.
  if (ca !== undefined && !ca.includes('-----BEGIN CERTIFICATE-----')) {
    throw unusable(CA_FILE, env.text(CA_FILE), 'no PEM certificate');
  }
  return ca === undefined ? {} : { ca };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/**
 * Waits until the books can be reached, and proves that their schema is the one that this program knows.
 * @param unreachable told of each attempt that found nobody
 * @returns when the books can be worked with, or the signal has aborted
 * @throws GovError E_BOOKS_CERTIFICATE, E_BOOKS_PLAIN, E_BOOKS_REFUSED, E_MIGRATIONS_PENDING, E_MIGRATIONS_UNKNOWN
 */
export async function booksReady(
  books: Books,
  access: BooksAccess,
  { clock, signal, unreachable }: { clock: Clock; signal: AbortSignal; unreachable: (why: GovError) => void },
): Promise<void> {
  while (!signal.aborted) {
    try {
      const { pending, unknown } = await migrationState(books);
      if (unknown.length > 0) throw migrationsError('E_MIGRATIONS_UNKNOWN', unknown);
      if (pending.length > 0) throw migrationsError('E_MIGRATIONS_PENDING', pending);
      return;
    } catch (error) {
      const fault = accessFault(error, access);
      if (!(fault instanceof GovError && fault.code === 'E_BOOKS_UNREACHABLE')) throw fault;
      unreachable(fault);
      await sleep(clock, RETRY_MS, signal);
    }
  }
}

/**
 * Runs the migrations that are pending, as the schema's owner.
 * @returns what was run, in order
 * @throws GovError as `atBooks`, E_MIGRATIONS_UNKNOWN; the error of a migration that failed
 */
export function migrateBooks(access: BooksAccess): Promise<readonly string[]> {
  return atBooks(access, async (books) => {
    const { unknown } = await migrationState(books);
    if (unknown.length > 0) throw migrationsError('E_MIGRATIONS_UNKNOWN', unknown);
    return migrate(books);
  });
}

/**
 * One piece of work at the books, on one connection, however long its statements take.
 * @throws GovError E_BOOKS_CERTIFICATE, E_BOOKS_PLAIN, E_BOOKS_REFUSED, E_BOOKS_FULL, E_BOOKS_UNREACHABLE; what the work
 *   throws
 */
export async function atBooks<T>(access: BooksAccess, work: (books: Books) => Promise<T>): Promise<T> {
  // What was lost is told to whoever asks next.
  const books = connect({ ...access, maxConnections: 1, statementTimeoutMs: 0, onIdleError: () => {} });
  try {
    return await work(books);
  } catch (error) {
    throw accessFault(error, access);
  } finally {
    await books.destroy();
  }
}

function migrationsError(code: 'E_MIGRATIONS_PENDING' | 'E_MIGRATIONS_UNKNOWN', names: readonly string[]) {
  return new GovError(reason(code, { migrations: names.join(', ') }));
}

/** Codes of Node for a certificate that is not accepted, beside OpenSSL's own. */
const CERTIFICATE = /^(ERR_TLS_CERT_.*|CERT_.*|DEPTH_ZERO_.*|SELF_SIGNED_.*|UNABLE_TO_.*|HOSTNAME_MISMATCH)$/;
/** SQLSTATEs: not authorised, no such database, no right to what was asked for. */
const REFUSED = /^(28...|3D000|42501)$/;
/** SQLSTATE of a full disk. */
const FULL = '53100';

/** What an error of the driver means for whoever runs the process; an error that says something else as it is. */
function accessFault(error: unknown, { host, port, database, user }: BooksAccess): unknown {
  if (!(error instanceof Error) || error instanceof GovError) return error;
  const { code = '' } = error as NodeJS.ErrnoException;
  const server = `${host.startsWith('/') ? host : `${host}:${port}`}/${database}`;
  const params = { server, user, detail: error.message || code };
  if (CERTIFICATE.test(code)) return new GovError(reason('E_BOOKS_CERTIFICATE', params));
  if (error.message === 'The server does not support SSL connections') {
    return new GovError(reason('E_BOOKS_PLAIN', params));
  }
  if (REFUSED.test(code)) return new GovError(reason('E_BOOKS_REFUSED', params));
  if (code === FULL) return new GovError(reason('E_BOOKS_FULL', params));
  if (isUnreachable(error)) return new GovError(reason('E_BOOKS_UNREACHABLE', params));
  return error;
}
