import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { request } from 'node:https';
import {
  connect,
  createServer as createSocketServer,
  type Server as SocketServer,
  type Socket,
} from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { KubeObject } from '../../kube/types.ts';

/** A write on its way from the operator. */
export interface PassingWrite {
  readonly to: 'hub' | 'member' | 'books';
  /** Of HTTP, or COMMIT. */
  readonly method: string;
  /** Of the object, or the tables that the transaction wrote to. */
  readonly path: string;
  /** The object or the patch, as JSON; empty for the books. */
  readonly body: { readonly [field: string]: unknown };
}

/** Stopped before the server has it, or after the server has it but before the operator knows; else it passes. */
export type Rule = (write: PassingWrite) => 'before' | 'after' | undefined;

/** How long an event is kept for others of the same object to come. */
const MERGE_MS = 300;

/** What is answered instead: nothing for ever, something made up, or the true answer changed. */
export type Lie =
  | 'nothing'
  | { readonly status: number; readonly type?: string; readonly body: string }
  | ((truth: KubeObject) => KubeObject);

/**
 * Decides at one or several gates which write is stopped. From then on nothing passes any of them until they are
 * opened again, so that nothing happens between that moment and whatever a test then does to the operator.
 */
export class Barrier {
  private rule: Rule = () => undefined;
  private stopped: (write: PassingWrite) => void = () => {};
  private closed = false;
  private held: (() => void)[] = [];
  /** How long everything is kept that passes, in ms: servers that are slow. */
  delayMs = 0;

  /** The next write that the rule stops. */
  stopAt(rule: Rule): Promise<PassingWrite> {
    this.rule = rule;
    return new Promise((resolve) => {
      this.stopped = resolve;
    });
  }

  /** Lets everything pass again that comes from now on; what was held stays held, or is forgotten with who sent it. */
  open(held: 'keep' | 'forget' = 'forget'): void {
    this.rule = () => undefined;
    this.closed = false;
    if (held === 'forget') this.held = [];
  }

  /** Lets what was held go on its way, late. */
  release(): void {
    for (const go of this.held.splice(0)) go();
  }

  /**
   * Where a write is stopped, asked by a gate that is not closed. The gates close here and not only when it has stopped:
   * the rule would be asked of other writes while this one is on its way to the server.
   */
  meet(write: PassingWrite): ReturnType<Rule> {
    const place = this.rule(write);
    this.closed ||= place !== undefined;
    return place;
  }

  /** Tells whoever waits that the write is where the rule wanted it. */
  stop(write: PassingWrite): void {
    this.stopped(write);
  }

  /** Goes on now, or when it is let go. */
  pass(go: () => void): void {
    if (this.closed) this.held.push(go);
    else if (this.delayMs > 0) setTimeout(go, this.delayMs);
    else go();
  }

  /** Goes on when it is let go. */
  hold(go: () => void): void {
    this.held.push(go);
  }
}

/** Stands between the operator and an API server, whose credentials pass through. */
export class Gate {
  /** Where the operator finds the API server. */
  readonly url: string;
  /**
   * What watches carry: everything once, everything twice and out of order, every second event alone, or of an object's
   * events that come close together the last.
   */
  watches: 'whole' | 'replayed' | 'lossy' | 'merged' = 'whole';
  /** Whether whole lists are told as they were told first, each once. */
  lists: 'new' | 'old' = 'new';
  private readonly oldTold = new Set<string>();
  /** The first answer to each. */
  private readonly firstLists = new Map<string, Buffer>();
  /** Whether an answer is another than the server's; asked of everything, watches too. */
  lie: (asked: PassingWrite, isWatch: boolean) => Lie | undefined = () => undefined;
  private readonly server: Server;
  private readonly to: PassingWrite['to'];
  private readonly watched = new Set<string>();
  private readonly forgotten = new Set<string>();
  private readonly barrier: Barrier;

  private constructor(
    server: Server,
    to: PassingWrite['to'],
    upstream: { readonly url: string; readonly caPem: string },
    barrier: Barrier,
  ) {
    this.server = server;
    this.to = to;
    this.barrier = barrier;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (from: IncomingMessage, answer: ServerResponse) => {
      this.take(from, answer, upstream).catch(() => answer.destroy());
    });
  }

  static async before(
    upstream: { readonly url: string; readonly caPem: string },
    barrier: Barrier,
    to: 'hub' | 'member' = 'hub',
  ): Promise<Gate> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Gate(server, to, upstream, barrier);
  }

  /** Breaks every connection there is. */
  cut(): void {
    this.server.closeAllConnections();
  }

  /** Breaks every connection, and knows no place any more that a watch could go on from, as after a compaction. */
  forget(): void {
    for (const path of this.watched) this.forgotten.add(path);
    this.cut();
  }

  /** Whether whoever watches was told an old list. */
  get hasToldOld(): boolean {
    return [...this.watched].every((path) => this.oldTold.has(path));
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.cut();
    await closed;
  }

  private async take(
    from: IncomingMessage,
    answer: ServerResponse,
    upstream: { readonly url: string; readonly caPem: string },
  ): Promise<void> {
    const body = await buffer(from);
    this.barrier.pass(() => this.forward(from, body, answer, upstream));
  }

  private forward(
    { method = 'GET', url = '/', headers }: IncomingMessage,
    body: Buffer,
    answer: ServerResponse,
    upstream: { readonly url: string; readonly caPem: string },
  ): void {
    const write = {
      to: this.to,
      method,
      path: url.split('?')[0] ?? '',
      body: body.length > 0 ? JSON.parse(body.toString()) : {},
    };
    const isWatch = method === 'GET' && url.includes('watch=true');
    const isList = method === 'GET' && url.includes('limit=500');
    const lie = this.lie(write, isWatch);
    if (lie === 'nothing') {
      // A watch is accepted first.
      if (isWatch) answer.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
      return;
    }
    if (typeof lie === 'object') {
      answer.writeHead(lie.status, { 'content-type': lie.type ?? 'application/json' }).end(lie.body);
      return;
    }
    if (isWatch) this.watched.add(write.path);
    if (isWatch && this.forgotten.delete(write.path)) {
      const gone = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'Expired', code: 410 };
      answer.writeHead(410, { 'content-type': 'application/json' }).end(JSON.stringify(gone));
      return;
    }
    const place = method === 'GET' ? undefined : this.barrier.meet(write);
    const { host: _, connection: __, ...passed } = headers;
    const send = () => {
      const asked = request(
        new URL(url, upstream.url),
        { method, headers: passed, ca: upstream.caPem, agent: false },
        (answered) => {
          const giveBack = () => {
            const { 'content-length': _length, ...headers } = answered.headers;
            answer.writeHead(answered.statusCode ?? 502, lie || isList ? headers : answered.headers);
            answer.flushHeaders();
            answered.on('error', () => answer.destroy());
            const old = isList ? this.firstLists.get(url) : undefined;
            if (old && this.lists === 'old') {
              this.firstLists.delete(url);
              this.oldTold.add(write.path);
              answered.resume();
              answer.end(old);
            } else if (isList && !old) {
              void buffer(answered).then((it) => {
                this.firstLists.set(url, it);
                answer.end(it);
              });
            } else if (lie)
              void buffer(answered).then((it) => answer.end(JSON.stringify(lie(JSON.parse(it.toString())))));
            else if (isWatch && this.watches !== 'whole') answered.pipe(this.carrying()).pipe(answer);
            else answered.pipe(answer);
          };
          if (place !== 'after') return giveBack();
          this.barrier.hold(giveBack);
          this.barrier.stop(write);
        },
      );
      asked.on('error', () => answer.destroy());
      answer.on('close', () => asked.destroy());
      asked.end(body);
    };
    if (place !== 'before') return send();
    this.barrier.hold(send);
    this.barrier.stop(write);
  }

  /** Events as this gate's watches carry them, a line each. */
  private carrying(): Transform {
    let rest = '';
    let count = 0;
    let before = '';
    const pending = new Map<string, string>();
    let timer: NodeJS.Timeout | undefined;
    const flush = () => {
      timer = undefined;
      for (const line of pending.values()) carrier.push(`${line}\n`);
      pending.clear();
    };
    const carrier = new Transform({
      transform: (chunk: Buffer, _, done) => {
        const lines = (rest + chunk.toString()).split('\n');
        rest = lines.pop() ?? '';
        const out: string[] = [];
        for (const line of lines) {
          count += 1;
          if (this.watches === 'lossy' && count % 2 === 0) continue;
          if (this.watches === 'merged') {
            const { namespace = '', name = '' } = JSON.parse(line).object?.metadata ?? {};
            const key = `${namespace}/${name}`;
            pending.delete(key);
            pending.set(key, line);
            timer ??= setTimeout(flush, MERGE_MS);
            continue;
          }
          out.push(`${line}\n`);
          if (this.watches !== 'replayed') continue;
          // The one before comes once more, and then this one, as the newest state must be the last.
          if (before !== '') out.push(`${before}\n`, `${line}\n`);
          before = line;
        }
        done(null, out.join(''));
      },
      flush: (done) => {
        clearTimeout(timer);
        flush();
        done();
      },
      destroy: (error, done) => {
        clearTimeout(timer);
        done(error);
      },
    });
    return carrier;
  }
}

/** The length of a message of PostgreSQL's protocol without its type byte. */
const LENGTH_BYTES = 4;
const WRITTEN = /\b(?:insert into|update|delete from)\s+"?books"?\."?(\w+)/gi;

/** Stands between the operator and the books. A COMMIT is a write when its transaction has written to a table. */
export class BooksGate {
  /** Where the operator finds the books: the folder of a socket. */
  readonly host: string;
  private readonly server: SocketServer;
  private readonly sockets = new Set<Socket>();

  private constructor(server: SocketServer, host: string) {
    this.server = server;
    this.host = host;
  }

  /** @param dir an empty folder for the socket, which the operator's user may enter */
  static async before(
    books: { readonly host: string; readonly port: number },
    barrier: Barrier,
    dir: string,
  ): Promise<BooksGate> {
    const name = `.s.PGSQL.${books.port}`;
    const server = createSocketServer();
    const gate = new BooksGate(server, dir);
    server.on('connection', (client) => gate.join(client, connect(join(books.host, name)), barrier));
    server.listen(join(dir, name));
    await once(server, 'listening');
    return gate;
  }

  /** Breaks every connection there is. */
  cut(): void {
    for (const it of this.sockets) it.destroy();
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.cut();
    await closed;
  }

  private join(client: Socket, server: Socket, barrier: Barrier): void {
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.sockets.add(one);
      // Whoever is left would wait for ever.
      one.on('error', () => other.destroy());
      one.on('close', () => {
        this.sockets.delete(one);
        other.destroy();
      });
    }
    let write: PassingWrite | undefined;
    /** What the server says is kept from the operator until it is let go. */
    let kept: Buffer[] | undefined;
    server.on('data', (data: Buffer) => {
      if (!kept || !write) return void client.write(data);
      kept.push(data);
      if (kept.length > 1) return;
      barrier.hold(() => {
        for (const it of kept ?? []) client.write(it);
        kept = undefined;
      });
      barrier.stop(write);
    });
    let rest: Buffer = Buffer.alloc(0);
    let isStarted = false;
    const tables = new Set<string>();
    client.on('data', (data: Buffer) => {
      rest = Buffer.concat([rest, data]);
      for (;;) {
        // The first message has no type.
        const typeBytes = isStarted ? 1 : 0;
        if (rest.length < typeBytes + LENGTH_BYTES) return;
        const end = typeBytes + rest.readUInt32BE(typeBytes);
        if (rest.length < end) return;
        const message = rest.subarray(0, end);
        rest = rest.subarray(end);
        const text = isStarted ? message.toString('latin1') : '';
        isStarted = true;
        for (const [, table = ''] of text.matchAll(WRITTEN)) tables.add(table);
        let passing: PassingWrite | undefined;
        if (/^Q.{4}(commit|rollback)\0$/is.test(text)) {
          if (tables.size > 0 && /commit/i.test(text))
            passing = { to: 'books', method: 'COMMIT', path: [...tables].join(' '), body: {} };
          tables.clear();
        }
        barrier.pass(() => {
          const place = passing && barrier.meet(passing);
          write = passing;
          if (passing && place === 'before') {
            barrier.hold(() => server.write(message));
            barrier.stop(passing);
            return;
          }
          if (place === 'after') kept = [];
          server.write(message);
        });
      }
    });
  }
}
