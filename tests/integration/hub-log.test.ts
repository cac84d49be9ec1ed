import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { verifyAudit } from '../../books/audit.ts';
import type { Books } from '../../books/database.ts';
import { readAudit } from '../../books/reports.ts';
import { takeEpoch } from '../../books/session.ts';
import { verifyBooks } from '../../books/verify.ts';
import { BooksOfTerm } from '../../operator/adapters/books.ts';
import { HubLogFollower } from '../../operator/follow-hub-log.ts';
import { ManualClock } from '../../operator/runtime/testing.ts';
import { waitUntil } from '../../tools/localcity/wait.ts';
import { type BooksServer, createBooks, startBooksServer, type TestBooks } from '../support/books.ts';

/** From a log file into the audit chain of real books, with whatever happens to files meanwhile. */

let server: BooksServer;
let test: TestBooks;
let books: Books;
let dir: string;
let file: string;
let counts: { followed: boolean; read: number; recorded: number; gaps: number; unreadable: number };
const running: (() => Promise<void>)[] = [];

beforeAll(async () => {
  server = await startBooksServer();
});

afterAll(() => server?.stop());

beforeEach(async () => {
  test = await createBooks(server.postgres);
  books = test.as('govcloud_operator');
  dir = mkdtempSync(join(tmpdir(), 'govcloud-hub-log-'));
  file = join(dir, 'audit.log');
  counts = { followed: false, read: 0, recorded: 0, gaps: 0, unreadable: 0 };
});
afterEach(async () => {
  for (const stop of running.splice(0)) await stop();
  expect(await verifyBooks(books)).toEqual([]);
  expect(await verifyAudit(books)).toMatchObject({ ok: true });
  await test.close();
  rmSync(dir, { recursive: true, force: true });
});

/** A leader's follower, as of now. @returns what ends its term */
async function start(setting: 'file' | 'none' = 'file'): Promise<() => Promise<void>> {
  const term = { books, epoch: await takeEpoch(books, 'operator'), actor: 'operator' };
  const stop = new AbortController();
  const clock = new ManualClock();
  const ticking = setInterval(() => clock.advance(1_000), 5);
  const follower = new HubLogFollower({
    file: setting === 'none' ? undefined : file,
    books: new BooksOfTerm(term),
    readOnly: { why: undefined },
    clock,
    log: pino({ level: 'silent' }),
    metrics: {
      followed: (is) => (counts.followed = is),
      read: (lines) => (counts.read += lines),
      recorded: (events) => (counts.recorded += events),
      gap: () => (counts.gaps += 1),
      unreadable: () => (counts.unreadable += 1),
    },
  });
  const done = follower.run(stop.signal);
  const end = async () => {
    stop.abort();
    await done;
    clearInterval(ticking);
  };
  running.push(end);
  return async () => {
    running.splice(running.indexOf(end), 1);
    await end();
  };
}

/** A change of a pool. */
function event(name: string, more: object = {}): string {
  return `${JSON.stringify({
    kind: 'Event',
    auditID: name,
    stage: 'ResponseComplete',
    verb: 'patch',
    user: { username: 'engineer' },
    objectRef: { apiGroup: 'govcloud.dev', resource: 'capacitypools', name },
    responseStatus: { code: 200 },
    requestReceivedTimestamp: '2026-11-27T04:00:00.000000Z',
    ...more,
  })}\n`;
}

/** What the chain says of the hub, in few words. */
async function told(): Promise<readonly string[]> {
  const { items } = await readAudit(books, { limit: 1_000 });
  return items
    .filter(({ action }) => action.startsWith('hub.'))
    .map(({ action, subject, body }) =>
      action === 'hub.write' ? subject.replace('capacitypools/', '') : (body as { state: string }).state,
    );
}

async function untilTold(...expected: readonly string[]): Promise<void> {
  let last: readonly string[] = [];
  const same = await waitUntil(
    async () => {
      last = await told();
      return JSON.stringify(last) === JSON.stringify(expected);
    },
    { limitMs: 20_000, pollMs: 20 },
  );
  if (!same) expect(last).toEqual(expected);
}

function rotate(at: string): void {
  renameSync(file, join(dir, `audit-2026-11-27T${at}.000.log`));
  writeFileSync(file, '');
}

describe('the hub’s audit log in the chain', () => {
  it('is there once, whoever leads and however often the log was turned over', async () => {
    writeFileSync(file, event('a') + event('b'));
    const first = await start();
    await untilTold('followed', 'a', 'b');
    appendFileSync(file, event('c').slice(0, 20));
    rotate('01-00-00');
    appendFileSync(file, event('d'));
    // The line that was cut short will never have its end.
    await untilTold('followed', 'a', 'b', 'unreadable', 'd');
    await first();
    appendFileSync(file, event('e'));
    rotate('02-00-00');
    appendFileSync(file, event('f'));
    const second = await start();
    await untilTold('followed', 'a', 'b', 'unreadable', 'd', 'e', 'f');
    await second();
    await start();
    // What a collector delivers twice is one event; the same id with other content is another one.
    appendFileSync(file, event('f') + event('g') + event('g', { auditID: 'f' }));
    await untilTold('followed', 'a', 'b', 'unreadable', 'd', 'e', 'f', 'g', 'g');
    expect(counts).toEqual({ followed: true, read: 9, recorded: 8, gaps: 0, unreadable: 1 });
  });

  it('two leaders at a time put an event in once, and one of an older epoch none', async () => {
    writeFileSync(file, event('a'));
    await start();
    await untilTold('followed', 'a');
    await start();
    appendFileSync(file, event('b'));
    await untilTold('followed', 'a', 'b');
    expect(counts.recorded).toBe(2);
  });

  it('says that the log is away, and goes on when it is back', async () => {
    const first = await start();
    await untilTold('absent');
    expect(counts.followed).toBe(false);
    await first();
    const second = await start();
    writeFileSync(file, event('a'));
    await untilTold('absent', 'followed', 'a');
    await second();
    rmSync(file);
    mkdirSync(file);
    const third = await start();
    await untilTold('absent', 'followed', 'a', 'absent');
    await third();
    rmSync(file, { recursive: true });
    writeFileSync(file, event('a') + event('b'));
    await start();
    await untilTold('absent', 'followed', 'a', 'absent', 'followed', 'b');
    expect(counts.gaps).toBe(0);
  });

  it('says that the operator was told of no log', async () => {
    await start('none');
    await untilTold('unset');
    await start('none');
    await start();
    await untilTold('unset', 'absent');
  });

  it('says where a part of the log is gone, once, and goes on behind it', async () => {
    writeFileSync(file, event('a') + event('b'));
    const first = await start();
    await untilTold('followed', 'a', 'b');
    truncateSync(file, 0);
    appendFileSync(file, event('c'));
    await untilTold('followed', 'a', 'b', 'gap', 'followed', 'c');
    await first();
    // Nothing that is recorded follows; the gap is not told again.
    writeFileSync(file, event('x', { verb: 'get' }));
    const second = await start();
    await untilTold('followed', 'a', 'b', 'gap', 'followed', 'c', 'gap', 'followed');
    await second();
    const third = await start();
    appendFileSync(file, event('d'));
    await untilTold('followed', 'a', 'b', 'gap', 'followed', 'c', 'gap', 'followed', 'd');
    await third();
    expect(counts.gaps).toBe(2);
  });

  it('is where it was after the books were set back: what they lost is put in again', async () => {
    writeFileSync(file, event('a') + event('b') + event('c'));
    const first = await start();
    await untilTold('followed', 'a', 'b', 'c');
    await first();
    // As a backup of them would be.
    await test.tamper(
      `DELETE FROM books.audit WHERE seq > 3`,
      `UPDATE books.audit_head SET (seq, hash) =
        (SELECT seq, hash FROM books.audit ORDER BY audit.seq DESC LIMIT 1)`,
    );
    await untilTold('followed', 'a');
    await start();
    await untilTold('followed', 'a', 'b', 'c');
  });
});
