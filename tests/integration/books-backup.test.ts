import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { sql } from 'kysely';
import { Registry } from 'prom-client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { verifyAudit } from '../../books/audit.ts';
import { backUp, backupTables, lastBackup, recordBackup } from '../../books/backup.ts';
import { readBackupFile, writeBackupFile } from '../../books/backup-file.ts';
import { type Books, connect } from '../../books/database.ts';
import { recordDecisions } from '../../books/decisions.ts';
import { Ledger } from '../../books/ledger.ts';
import { readBalances, readHolds } from '../../books/reports.ts';
import { readClosedRequests } from '../../books/reports-requests.ts';
import { restore } from '../../books/restore.ts';
import { type Session, takeEpoch } from '../../books/session.ts';
import { verifyBooks } from '../../books/verify.ts';
import type { AccountKey } from '../../domain/quota/fit.ts';
import { Amount } from '../../domain/quantity.ts';
import {
  type BooksServer,
  createBooks,
  openBooks,
  startBooksServer,
  type TestBooks,
} from '../support/books.ts';
import { asking, leg, liveALittle, ref, setLimits } from '../support/books-life.ts';
import { systemClock } from '../../operator/runtime/clock.ts';
import { booksLook } from '../../operator/vitals.ts';
import { openTestCity } from '../support/clusters.ts';
import { runProgram } from '../support/program.ts';

const ROOT = join(import.meta.dirname, '../..');

let server: BooksServer;
let dir: string;
let source: TestBooks;
let books: Books;
let session: Session;
let ledger: Ledger;
/** Where a backup is restored: migrated, and seen by nobody. */
let target: TestBooks;
let file: string;

beforeAll(async () => {
  server = await startBooksServer();
});

afterAll(() => server?.stop());

/** Books of an operator, and a target. */
async function openScene(): Promise<void> {
  ({ test: source, books, session, ledger } = await openBooks(server.postgres));
  target = await createBooks(server.postgres);
  dir = join(server.home.dir, source.database);
  await mkdir(dir);
  file = join(dir, 'books.gz');
}

const closeScene = async () => void (await Promise.all([source.close(), target.close()]));

const pool: AccountKey = {
  holderKind: 'pool',
  holder: 'extranet-arm64',
  zone: 'extranet',
  arch: 'arm64',
  resource: 'ssd',
};
const AWKWARD = 'a "quoted" (row),\n\\N {x} \\\\ \u2028 陆河县 🏛 ’';

/** Every kind of row, a pool, and texts that are hard to spell. */
async function liveMore(): Promise<void> {
  await liveALittle(session);
  const bytes = (value: number) => Amount.of('bytes', value);
  await ledger.limit({ ...ref('pool'), limits: [{ account: pool, hard: bytes(2 ** 50) }] });
  const document = { comment: AWKWARD, empty: '', none: null, lines: [] };
  await ledger.hold(
    asking('awkward', 1, { document, legs: [{ account: pool, amount: bytes(2 ** 44 + 1) }] }),
  );
  await ledger.post(ref('awkward'), 'ticket-1');
  const subject = { kind: 'ResourceRequest', uid: 'awkward', namespace: 'gov-luhe', name: 'req-2' };
  const decision = { generation: 1, step: 'initial', verdict: 'return', ticket: 'ticket-1', reviewer: 'p' };
  await recordDecisions(session, subject, [{ ...decision, position: 0, returnTo: 'x', comment: AWKWARD }]);
}

/** All rows as PostgreSQL spells them, by table. */
async function rowsOf(of: Books): Promise<Record<string, string[]>> {
  const all: Record<string, string[]> = {};
  for (const table of backupTables) {
    const { rows } = await sql<{ row: string }>`
      SELECT t::text AS row FROM books.${sql.raw(table)} AS t ORDER BY t`.execute(of);
    all[table] = rows.map(({ row }) => row);
  }
  return all;
}

/** What reports are made of: capacity, quotas, holds and closed requests, now and at past dates. */
async function figuresOf(of: Books, dates: readonly Date[]): Promise<unknown> {
  return {
    capacity: await readBalances(of, { holderKinds: ['pool'] }),
    quotas: await readBalances(of, { holderKinds: ['organisation', 'system'] }),
    holds: await readHolds(of),
    closed: await readClosedRequests(of),
    past: await Promise.all(
      dates.flatMap((asOf) => [readBalances(of, { asOf }), readBalances(of, { knownAt: asOf })]),
    ),
  };
}

const access = (server: BooksServer['postgres'], database: string) => ({
  GOVCLOUD_DATABASE_HOST: server.host,
  GOVCLOUD_DATABASE_PORT: String(server.port),
  GOVCLOUD_DATABASE_NAME: database,
});

describe('a backup', () => {
  beforeEach(openScene);
  afterEach(closeScene);

  it('has every table that there is but the list of migrations, which is compared', async () => {
    const { rows } = await sql<{ name: string }>`
      SELECT relname AS name FROM pg_class WHERE relnamespace = 'books'::regnamespace AND relkind = 'r'
        AND NOT starts_with(relname, 'kysely_')`.execute(books);
    expect(rows.map(({ name }) => name).sort()).toEqual([...backupTables].sort());
  });

  it('the drill: restored into an empty folder and a fresh server, the books are the same', async () => {
    await liveMore();
    const dates = [new Date('2024-06-01T00:00:00Z'), new Date()];
    await ledger.credit({
      ...ref('late'),
      origin: { requestUid: 'posted', generation: 1 },
      legs: [
        leg(
          { ...pool, holderKind: 'organisation', holder: 'luhe', zone: '*', arch: '*', resource: 'vcpu' },
          5,
        ),
      ],
    });
    const reading = source.as('govcloud_reports');
    const earlier = await backUp(reading, file);
    expect(await lastBackup(reading)).toBeUndefined();
    expect(await recordBackup(reading, earlier)).toBe(true);
    const made = await runProgram('operator/backup.ts', access(server.postgres, source.database), file);
    expect(made.output).toMatch(
      /^已备份到 .*books\.gz：\d+ 行，截至 \S+，审计链到第 \d+ 条 [0-9a-f]{64} \/ backed up to .*: \d+ rows/,
    );
    expect(made.exit).toBe(0);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(dir)).toEqual(['books.gz']);

    const elsewhere = openTestCity();
    try {
      const fresh = await elsewhere.startPostgres();
      const superuser = connect({ ...fresh, onIdleError: () => {} });
      await sql`CREATE ROLE govcloud_owner LOGIN CREATEROLE`.execute(superuser);
      await sql`ALTER DATABASE ${sql.id(fresh.database)} OWNER TO govcloud_owner`.execute(superuser);
      const there = access(fresh, fresh.database);
      expect(await runProgram('operator/migrate.ts', there)).toMatchObject({ exit: 0 });
      const restored = await runProgram('operator/restore.ts', there, file);
      expect(restored.output).toMatch(
        /^已恢复 \d+ 行，截至 .* \/ restored \d+ rows as of .*epoch \d{13}\)\n$/,
      );
      expect(restored.exit).toBe(0);

      const before = await rowsOf(books);
      const after = await rowsOf(superuser);
      const [reports, operator] = ['govcloud_reports', 'govcloud_operator'].map((user) =>
        connect({ ...fresh, user, onIdleError: () => {} }),
      ) as [Books, Books];
      // Restoring takes the fence, and says so in the chain; all else is as it was.
      for (const table of ['fence', 'audit_head']) expect(after[table]).not.toEqual(before[table]);
      const added = after['audit']?.slice(before['audit']?.length) ?? [];
      expect(added.map((row) => /,(books\.restore|epoch\.take),restore,/.exec(row)?.[1])).toEqual([
        'books.restore',
        'epoch.take',
      ]);
      // What a backup cannot have is that it was made.
      expect(before['backups']).toHaveLength(2);
      expect({ ...after, fence: before['fence'], audit_head: before['audit_head'] }).toEqual({
        ...before,
        backups: before['backups']?.slice(0, 1),
        audit: [...(before['audit'] ?? []), ...added],
      });
      for (const table of backupTables) expect(before[table], table).not.toEqual([]);
      expect(await figuresOf(reports, dates)).toEqual(await figuresOf(source.as('govcloud_reports'), dates));
      expect(await verifyBooks(reports)).toEqual([]);
      expect(await verifyAudit(reports)).toMatchObject({ ok: true });

      // A fresh operator goes on: numbers that the database gives are not given twice.
      const next = { books: operator, epoch: await takeEpoch(operator, 'operator-b'), actor: 'operator-b' };
      await new Ledger(next).hold(asking('next', 1));
      await recordDecisions(next, { kind: 'ResourceRequest', uid: 'next', namespace: 'n', name: 'r' }, [
        { position: 0, generation: 1, step: 'initial', verdict: 'approve', ticket: 't', reviewer: 'p' },
      ]);
      await new Ledger(next).limit({
        ...ref('new'),
        limits: [{ account: { ...pool, holder: 'new' }, hard: Amount.of('bytes', 1) }],
      });
      expect(await verifyBooks(reports)).toEqual([]);
      await Promise.all([superuser, reports, operator].map((it) => it.destroy()));
    } finally {
      await elsewhere.stop();
    }
  });

  it('is recorded by who may only read, as what it was and no more', async () => {
    await liveALittle(session);
    const env = access(server.postgres, source.database);
    expect((await runProgram('operator/backup.ts', env, file)).exit).toBe(0);
    const reading = source.as('govcloud_reports');
    const newest = await lastBackup(reading);
    expect(readFileSync(file).length).toBeGreaterThan(0);
    const backup = await backUp(reading, file);
    expect((newest?.toISOString() ?? '') < backup.takenAt).toBe(true);
    // Not one that is yet to come, nor of a chain that is not this one's, nor twice.
    const later = new Date(Date.now() + 3_600_000).toISOString();
    expect(await recordBackup(reading, { ...backup, takenAt: later })).toBe(false);
    const { seq } = backup.audit;
    for (const audit of [
      { seq, hash: 'f'.repeat(64) },
      { ...backup.audit, seq: seq - 1n },
    ])
      expect(await recordBackup(reading, { ...backup, audit })).toBe(false);
    expect(await lastBackup(reading)).toEqual(newest);
    expect(await recordBackup(reading, backup)).toBe(true);
    expect(await recordBackup(reading, backup)).toBe(false);
    expect((await lastBackup(reading))?.toISOString()).toBe(backup.takenAt);
    for (const statement of [
      sql`INSERT INTO books.backups VALUES (now(), 0, repeat('0', 64))`,
      sql`DELETE FROM books.backups`,
    ])
      await expect(
        reading
          .transaction()
          .setAccessMode('read write')
          .execute((trx) => statement.execute(trx)),
      ).rejects.toThrow(/permission denied/);
    // Whoever may not record it backs up all the same, and says that nobody will know.
    const other = await runProgram(
      'operator/backup.ts',
      { ...env, GOVCLOUD_DATABASE_USER: 'govcloud_operator' },
      file,
    );
    expect(other.exit).toBe(0);
    expect(other.output).toMatch(/permission denied.*告警.* \/ the backup was made, but the books did not/);
    expect((await lastBackup(reading))?.toISOString()).toBe(backup.takenAt);
    const registry = new Registry();
    await booksLook(registry, reading, systemClock)();
    expect(await registry.metrics()).toContain(
      `govcloud_backup_timestamp_seconds ${Date.parse(backup.takenAt) / 1000}\n`,
    );
  });

  it('operators from before the backup and after it are fenced off, also when it is restored twice', async () => {
    await liveALittle(session);
    await backUp(source.as('govcloud_reports'), file);
    for (let count = 0; count < 3; count += 1) await takeEpoch(books, 'operator-later');
    const again = await createBooks(server.postgres);
    const first = await restore(target.as('owner'), file);
    const second = await restore(again.as('owner'), file);
    expect(second.epoch > first.epoch).toBe(true);
    for (const [place, highest] of [
      [target, 4n],
      [again, first.epoch + 1n],
    ] as const) {
      const there = place.as('govcloud_operator');
      const epoch = await takeEpoch(there, 'operator-new');
      for (const old of [session.epoch, 2n, highest]) {
        const late = new Ledger({ books: there, epoch: old, actor: 'operator-old' });
        await expect(late.hold(asking('late', 1))).rejects.toMatchObject({ code: 'E_FENCED' });
      }
      await new Ledger({ books: there, epoch, actor: 'operator-new' }).hold(asking('new', 1));
      expect(await verifyBooks(there)).toEqual([]);
    }
    await again.close();
  });

  it('a backup is of one moment, whatever is written meanwhile', async () => {
    await liveALittle(session);
    const before = await rowsOf(books);
    const gate = await source.as('owner').startTransaction().execute();
    // The backup has read the ledger when it comes to this table, and the audit chain lies before it.
    await sql`LOCK TABLE books.closed_requests IN ACCESS EXCLUSIVE MODE`.execute(gate);
    const made = backUp(source.as('govcloud_reports'), file);
    const waiting = sql<{ n: number }>`
    SELECT count(*)::int AS n FROM pg_locks JOIN pg_database ON pg_database.oid = database
    WHERE datname = current_database() AND relation = 'books.closed_requests'::regclass AND NOT granted`;
    await expect.poll(async () => (await waiting.execute(gate)).rows[0]?.n, { timeout: 60_000 }).toBe(1);
    await ledger.hold(asking('meanwhile', 100));
    await ledger.post(ref('meanwhile'), 'ticket-1');
    await ledger.void(ref('pending'));
    await setLimits(ledger, 2000, 2);
    await takeEpoch(books, 'operator-b');
    await gate.commit().execute();
    const { rows, audit } = await made;
    expect(rows).toBe(Object.values(before).flat().length);
    expect(String(audit.seq)).toBe(String(before['audit']?.length));
    await restore(target.as('owner'), file);
    const after = await rowsOf(target.as('owner'));
    for (const table of ['accounts', 'holds', 'transactions', 'entries', 'decisions'])
      expect(after[table], table).toEqual(before[table]);
    expect(after['audit']?.slice(0, -2)).toEqual(before['audit']);
  });

  it('on a full disk nothing is left, and the backup of before stays', async () => {
    await liveMore();
    // A file system of one page, which the old backup fills, in a mount namespace of its own.
    const script = `mount -t tmpfs -o size=4k none "$1" && echo old > "$1/books.gz" || exit 99
    "$2" operator/backup.ts "$1/books.gz"; echo "exit $?"; ls -A "$1"; cat "$1/books.gz"`;
    const { stdout, stderr } = spawnSync(
      'unshare',
      [process.getuid?.() === 0 ? '-m' : '-rm', 'sh', '-c', script, 'sh', dir, process.execPath],
      {
        cwd: ROOT,
        encoding: 'utf8',
        env: { PATH: process.env['PATH'], ...access(server.postgres, source.database) },
      },
    );
    expect(stdout).toBe('exit 1\nbooks.gz\nold\n');
    expect(stderr).toMatch(/^E_BACKUP_DISK_FULL: .*books\.gz/);
  });
});

describe('refused, and nothing is written:', () => {
  const untouched = async (fault: () => Promise<unknown>) => {
    const before = await rowsOf(owner);
    const error = (await fault().then(
      () => 'restored',
      (it: unknown) => it,
    )) as Error;
    expect(await rowsOf(owner)).toEqual(before);
    return error;
  };
  /** The good file with its lines changed, sealed again: what only a forger would do. */
  const forged = async (change: (lines: string[]) => string[]): Promise<string> => {
    const lines = await Array.fromAsync(readBackupFile(file));
    const forgery = join(dir, 'forged.gz');
    const changed = change(lines).map((line) => `${line}\n`);
    await writeBackupFile(
      forgery,
      (async function* () {
        yield* changed;
      })(),
    );
    return forgery;
  };

  let owner: Books;

  beforeAll(async () => {
    await openScene();
    owner = target.as('owner');
    await liveMore();
    await backUp(source.as('govcloud_reports'), file);
  });
  afterAll(closeScene);

  it('every file that lacks its end, or has another byte anywhere', async () => {
    const good = readFileSync(file);
    const damaged = join(dir, 'damaged.gz');
    const before = await rowsOf(owner);
    const passed: string[] = [];
    const codes = new Set<string>();
    const attempt = async (name: string, bytes: Buffer) => {
      writeFileSync(damaged, bytes);
      await restore(owner, damaged).then(
        () => passed.push(name),
        ({ code }: { code: string }) => codes.add(code),
      );
    };
    for (let length = 0; length < good.length; length += 7)
      await attempt(`cut at ${length}`, good.subarray(0, length));
    for (let at = 0; at < good.length; at += 1) {
      const bytes = Buffer.from(good);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
      await attempt(`another byte at ${at}`, bytes);
    }
    await attempt('a byte more', Buffer.concat([good, Buffer.of(0)]));
    await attempt('twice', Buffer.concat([good, good]));
    await attempt('no backup', gunzipSync(good));
    expect(passed).toEqual([]);
    expect([...codes].sort()).toEqual(['E_BACKUP_ALTERED', 'E_BACKUP_TORN']);
    expect(await rowsOf(owner)).toEqual(before);
  });

  it('into books that hold something, if only an operator’s epoch', async () => {
    const held = await restore(source.as('owner'), file).catch((error: unknown) => error as Error);
    expect(held).toMatchObject({ code: 'E_RESTORE_NOT_EMPTY' });
    expect((held as Error).message).toContain(
      'accounts, audit, audit_head, closed_requests, daily_active_users, daily_use, decisions, entries, fence, holds, metered',
    );
    const used = await createBooks(server.postgres);
    await takeEpoch(used.as('govcloud_operator'), 'operator-new');
    await expect(restore(used.as('owner'), file)).rejects.toThrow('(audit, audit_head, fence)');
    await used.close();
  });

  it('into books of another schema', async () => {
    await target.tamper(`INSERT INTO books.kysely_migration VALUES ('9999-later', '2026-01-01')`);
    const error = await untouched(() => restore(owner, file));
    expect(error).toMatchObject({ code: 'E_BACKUP_SCHEMA' });
    expect(error.message).toContain('9999-later');
    await target.tamper(`DELETE FROM books.kysely_migration WHERE name = '9999-later'`);
  });

  it('by a role that does not own the books', async () => {
    const env = { ...access(server.postgres, target.database), GOVCLOUD_DATABASE_USER: 'govcloud_operator' };
    const { exit, output } = await runProgram('operator/restore.ts', env, file);
    expect(output).toMatch(/^E_BOOKS_REFUSED: .*govcloud_operator/);
    expect(exit).toBe(1);
  });

  it('when the database’s disk is full in the middle of it', async () => {
    // The server's own words, at the last table but two.
    await target.tamper(
      `CREATE FUNCTION books.no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$;
       CREATE TRIGGER no_room BEFORE INSERT ON books.audit FOR EACH ROW EXECUTE FUNCTION books.no_room()`,
    );
    const env = { ...access(server.postgres, target.database), GOVCLOUD_DATABASE_USER: server.postgres.user };
    const before = await rowsOf(owner);
    const { exit, output } = await runProgram('operator/restore.ts', env, file);
    expect(output).toMatch(/^E_BOOKS_FULL: .*could not extend file/);
    expect(exit).toBe(1);
    expect(await rowsOf(owner)).toEqual(before);
    await target.tamper('DROP FUNCTION books.no_room CASCADE');
  });

  it.each<[string, string, (lines: string[]) => string[]]>([
    ['another format', 'E_BACKUP_FORMAT', ([, ...rest]) => ['{"format":"govcloud-books/2"}', ...rest]],
    ['no end', 'E_BACKUP_FORMAT', (lines) => lines.slice(0, -1)],
    ['more after the end', 'E_BACKUP_FORMAT', (lines) => [...lines, lines.at(-1) ?? '']],
    [
      'an unknown table',
      'E_BACKUP_FORMAT',
      (lines) => lines.map((line) => line.replace('"serials"', '"serial"')),
    ],
    ['a line that is no JSON', 'E_BACKUP_FORMAT', (lines) => lines.with(1, '["accounts",')],
    [
      'a row more than it counts',
      'E_RESTORE_UNSOUND',
      (lines) => lines.toSpliced(1, 0, '["accounts","(999,pool,x,z,a,ssd,0,0,0)"]'),
    ],
    [
      'a changed audit record',
      'E_RESTORE_UNSOUND',
      (lines) => lines.map((line) => line.replace('operator-a,serial.assign', 'operator-b,serial.assign')),
    ],
    [
      'another head',
      'E_RESTORE_UNSOUND',
      ([header = '', ...rest]) => [header.replace(/"hash":"./, '"hash":"g'), ...rest],
    ],
    [
      'a head further back',
      'E_RESTORE_UNSOUND',
      ([header = '', ...rest]) => {
        const first = rest.find((line) => line.startsWith('["audit","(1,')) ?? '';
        const hash = /([0-9a-f]{64})\)"\]$/.exec(first)?.[1];
        return [header.replace(/"audit":\{.*?\}/, `"audit":{"seq":"1","hash":"${hash}"}`), ...rest];
      },
    ],
    [
      'a head further on',
      'E_RESTORE_UNSOUND',
      ([header = '', ...rest]) => [header.replace(/"seq":"/, '"seq":"1'), ...rest],
    ],
    [
      'a changed balance',
      'E_RESTORE_UNSOUND',
      (lines) => lines.map((line) => line.replace(/^(\["accounts",".*,)\d+\)"\]$/, '$17)"]')),
    ],
    [
      'a changed decision',
      'E_RESTORE_UNSOUND',
      (lines) => lines.map((line) => line.replace('person,approve', 'nobody,approve')),
    ],
  ])('a file that was sealed with %s', async (_, code, change) => {
    const forgery = await forged(change);
    const error = await untouched(() => restore(owner, forgery));
    expect(error).toMatchObject({ code });
    expect(error.message).toMatch(/ \/ /);
  });

  it('a file that is not there, and a call without one', async () => {
    const env = access(server.postgres, target.database);
    const absent = await runProgram('operator/restore.ts', env, join(dir, 'absent'));
    expect(absent.output).toMatch(/^E_BACKUP_FILE: .*absent.*ENOENT/);
    for (const program of ['operator/backup.ts', 'operator/restore.ts']) {
      const { exit, output } = await runProgram(program, env);
      expect(output).toBe(`E_BACKUP_USAGE: 用法：node ${program} 文件 / usage: node ${program} FILE\n`);
      expect(exit).toBe(1);
    }
  });
});
