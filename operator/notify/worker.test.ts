import { createHmac } from 'node:crypto';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import type { WaitingNotice } from '../../books/notifications.ts';
import type { Notice } from '../../domain/notification/notices.ts';
import { NoticeFile, NoticeRefused, type Receiver, Webhook } from '../adapters/receivers.ts';
import { ManualClock, seededRandom } from '../runtime/testing.ts';
import { DeliveryWorker } from './worker.ts';

const KEY = Buffer.alloc(32, 7);
const undo: (() => void)[] = [];
afterEach(() => {
  for (const it of undo.splice(0)) it();
});

async function server(answer: (request: IncomingMessage, body: string) => number | undefined) {
  const http = createServer((request, response) => {
    void text(request).then((body) => {
      const status = answer(request, body);
      if (status === undefined) return;
      response.writeHead(status, status === 302 ? { location: 'http://127.0.0.1:1/' } : {}).end('said');
    });
  });
  return listening(http);
}

/** A receiver that answers and never ends. */
async function endless(status: number): Promise<string> {
  const http = createServer((request, response) => {
    request.resume();
    response.writeHead(status);
    const more = setInterval(() => response.write('said'.repeat(1000)), 1);
    response.on('close', () => clearInterval(more));
  });
  return listening(http);
}

async function listening(http: Server): Promise<string> {
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  undo.push(() => {
    http.closeAllConnections();
    http.close();
  });
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}/notices`;
}

const webhook = (url: string, timeoutMs = 5000) =>
  new Webhook({ url, key: KEY, timeoutMs, now: () => 1_700_000_000_500 });
const never = new AbortController().signal;

describe('a webhook', () => {
  it('gets the notice with its key and a signature that its receiver can check', async () => {
    const got: [IncomingMessage, string][] = [];
    const url = await server((request, body) => {
      got.push([request, body]);
      return 204;
    });
    await webhook(url).deliver({ key: 'uid/late/1', body: '{"zh":"逾期"}' }, never);
    const [[request, body] = []] = got;
    expect(body).toBe('{"zh":"逾期"}');
    expect(request?.method).toBe('POST');
    expect(request?.headers['idempotency-key']).toBe('uid/late/1');
    const digest = createHmac('sha256', KEY).update('1700000000.{"zh":"逾期"}').digest('hex');
    expect(request?.headers['govcloud-signature']).toBe(`t=1700000000,v1=${digest}`);
  });

  it.each([302, 400, 503])('that answers %i has not had it', async (status) => {
    const url = await server(() => status);
    await expect(webhook(url).deliver({ key: 'k', body: '{}' }, never)).rejects.toThrow();
  });

  it.each([
    [400, true],
    [422, true],
    [401, false],
    [429, false],
    [500, false],
  ])('that answers %i speaks of the notice alone: %s', async (status, isOfNotice) => {
    const url = await server(() => status);
    const failure = await webhook(url)
      .deliver({ key: 'k', body: '{}' }, never)
      .catch((error: unknown) => error);
    expect(failure instanceof NoticeRefused).toBe(isOfNotice);
  });

  it('that never ends its answer has said enough', async () => {
    await webhook(await endless(200)).deliver({ key: 'k', body: '{}' }, never);
    const refused = webhook(await endless(503)).deliver({ key: 'k', body: '{}' }, never);
    await expect(refused).rejects.toThrow(/^HTTP 503 (said){50}$/);
  });

  it('that says nothing is given up', async () => {
    const url = await server(() => undefined);
    await expect(webhook(url, 50).deliver({ key: 'k', body: '{}' }, never)).rejects.toThrow(/timeout/);
  });
});

describe('a file', () => {
  it('gets a line a notice, and is for its owner alone', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'govcloud-notices-'));
    undo.push(() => rmSync(dir, { recursive: true }));
    const file = join(dir, 'notices.jsonl');
    const receiver = new NoticeFile(file);
    for (const body of ['{"a":1}', '{"b":2}']) await receiver.deliver({ key: 'k', body });
    expect(readFileSync(file, 'utf8')).toBe('{"a":1}\n{"b":2}\n');
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('gets a whole line after one that was cut off', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'govcloud-notices-'));
    undo.push(() => rmSync(dir, { recursive: true }));
    const file = join(dir, 'notices.jsonl');
    appendFileSync(file, '{"a":1}\n{"b":');
    await new NoticeFile(file).deliver({ key: 'k', body: '{"b":2}' });
    expect(readFileSync(file, 'utf8')).toBe('{"a":1}\n{"b":\n{"b":2}\n');
  });
});

/** An outbox in memory, as the worker sees the books. */
class Box {
  readonly rows: { id: string; attempts: number; due: number; had: boolean; problem?: string }[];
  readonly clock: ManualClock;

  constructor(clock: ManualClock, count: number) {
    this.clock = clock;
    this.rows = Array.from({ length: count }, (_, at) => ({ id: `${at}`, attempts: 0, due: 0, had: false }));
  }

  async noticesToDeliver(_: string, limit: number): Promise<readonly WaitingNotice[]> {
    return this.rows
      .filter(({ had, due }) => !had && due <= this.clock.now())
      .slice(0, limit)
      .map(({ id, attempts }) => ({ id, attempts, at: '', notice: { key: id } as Notice }));
  }

  async noticeDelivered(id: string): Promise<void> {
    Object.assign(this.rows[Number(id)] ?? {}, { had: true });
  }

  async noticeFailed(id: string, problem: string, againInMs: number): Promise<void> {
    const row = this.rows[Number(id)];
    if (row) Object.assign(row, { problem, attempts: row.attempts + 1, due: this.clock.now() + againInMs });
  }

  async noticeBacklog() {
    return { waiting: this.rows.filter(({ had }) => !had).length, oldestSeconds: 0 };
  }
}

function worker(count: number, deliver: Receiver['deliver']) {
  const clock = new ManualClock();
  const books = new Box(clock, count);
  const told: string[] = [];
  const it = new DeliveryWorker({
    receiver: { name: 'one', deliver },
    books,
    readOnly: { why: undefined },
    clock,
    random: seededRandom(1),
    log: pino({ level: 'silent' }),
    metrics: {
      backlog: (_, waiting) => told.push(`waiting ${waiting}`),
      delivered: () => told.push('delivered'),
      failed: () => told.push('failed'),
    },
  });
  return { clock, books, told, it };
}

describe('a worker', () => {
  it('delivers what is due in its order, a batch at a time', async () => {
    const had: string[] = [];
    const { it, books } = worker(70, async ({ key }) => void had.push(key));
    expect(await it.deliverSome(never)).toBe(true);
    expect(await it.deliverSome(never)).toBe(false);
    expect(had).toEqual(books.rows.map(({ id }) => id));
  });

  it('leaves one alone that is not taken, longer each time, and goes on with the others', async () => {
    const { it, books, clock } = worker(3, async ({ key }) => {
      if (key === '0') throw new Error('HTTP 400');
    });
    await expect(it.deliverSome(never)).rejects.toThrow('HTTP 400');
    expect(books.rows.map(({ had }) => had)).toEqual([false, false, false]);
    await it.deliverSome(never);
    expect(books.rows.map(({ had }) => had)).toEqual([false, true, true]);
    const waits: number[] = [];
    for (let round = 0; round < 10; round++) {
      const { due = 0 } = books.rows[0] ?? {};
      waits.push(due - clock.now());
      clock.advance(due - clock.now());
      await expect(it.deliverSome(never)).rejects.toThrow('HTTP 400');
    }
    expect(waits[0]).toBeLessThanOrEqual(5_000);
    expect(Math.max(...waits)).toBeGreaterThan(300_000);
    expect(Math.max(...waits)).toBeLessThanOrEqual(600_000);
    expect(books.rows[0]).toMatchObject({ problem: 'HTTP 400', attempts: 11 });
  });

  it('passes over those that the receiver does not take, and asks it no more when it is away', async () => {
    const asked: string[] = [];
    const { it, books, told } = worker(4, async ({ key }) => {
      asked.push(key);
      if (key === '1') throw new NoticeRefused('HTTP 422\0');
      if (key === '2') throw new Error('HTTP 503');
    });
    await expect(it.deliverSome(never)).rejects.toThrow('HTTP 503');
    expect(asked).toEqual(['0', '1', '2']);
    expect(books.rows.map(({ had, problem }) => problem ?? had)).toEqual([
      true,
      'HTTP 422 ',
      'HTTP 503',
      false,
    ]);
    expect(told).toEqual(['delivered', 'failed', 'failed']);
  });

  it('that is stopped in the middle of one leaves it as it was', async () => {
    const stop = new AbortController();
    const { it, books, told } = worker(2, async () => {
      stop.abort();
      throw new Error('aborted');
    });
    expect(await it.deliverSome(stop.signal)).toBe(false);
    expect(books.rows.map(({ attempts }) => attempts)).toEqual([0, 0]);
    expect(told).toEqual([]);
  });
});
