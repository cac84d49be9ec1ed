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
  /** Whose it is: the name of the gate that it came to. */
  readonly from: string;
  readonly to: 'hub' | 'member' | 'books';
  /** Of HTTP, or COMMIT. */
  readonly method: string;
  /** Of the object, or the tables that the transaction wrote to. */
  readonly path: string;
  /** The object or the patch, as JSON; of the books `records`, which the transaction adds to the audit chain. */
  readonly body: { readonly [field: string]: unknown };
}

/** What a COMMIT of the books adds to the audit chain. */
export interface PassingRecord {
  readonly action: string;
  readonly subject: string;
  readonly body: { readonly [field: string]: unknown };
}

/** Stopped before the server has it, or after the server has it but before the operator knows; else it passes. */
export type Rule = (write: PassingWrite) => Place | undefined;
type Place = 'before' | 'after';

/** Something on its way, and what brings it on. */
interface Passing {
  readonly from: string;
  readonly go: (place?: Place) => void;
  /** What a rule is asked about. */
  readonly write?: PassingWrite | undefined;
}

const PASS: Rule = () => undefined;

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
  private rule: Rule = PASS;
  private stopped: (write: PassingWrite) => void = () => {};
  private closed = false;
  private held: Passing[] = [];
  /** What waits for its release and not only until the gates are open. */
  private late: Passing[] = [];
  /** Whose everything waits so. */
  private kept: string | undefined;
  /** How long everything is kept that passes, in ms: servers that are slow. */
  delayMs = 0;

  /** The next write that the rule stops; it is the last that the rule is asked about. */
  stopAt(rule: Rule): Promise<PassingWrite> {
    this.rule = rule;
    return new Promise((resolve) => {
      this.stopped = resolve;
    });
  }

  /**
   * Lets everything pass again that comes from now on. What was held is forgotten with who sent it, or is kept until it
   * is released: all of it, or, if one is named, what that one sent and still sends, while the rest goes on.
   */
  open(held: 'keep' | 'forget' = 'forget', of?: string): void {
    this.closed = false;
    this.kept = of;
    const before = this.held.splice(0);
    if (held === 'forget') this.late = [];
    else if (of === undefined) this.late.push(...before);
    else for (const it of before) this.pass(it);
  }

  /** Lets what was kept go on its way, late: no rule is asked about it, and no gate is closed to it. */
  release(): void {
    this.kept = undefined;
    for (const { go } of this.late.splice(0)) go();
  }

  /** Tells whoever waits that the write is where the rule wanted it. */
  stop(write: PassingWrite): void {
    this.stopped(write);
  }

  /**
   * Goes on now, or when the gates are open. They close here, when a write is chosen, and not only when it has stopped:
   * others would pass while it is on its way to the server.
   */
  pass(it: Passing): void {
    const isKept = this.kept !== undefined && it.from === this.kept;
    if (isKept || this.closed) {
      (isKept ? this.late : this.held).push(it);
      return;
    }
    const place = it.write && this.rule(it.write);
    if (place !== undefined) {
      this.closed = true;
      this.rule = PASS;
    }
    if (this.delayMs > 0) setTimeout(it.go, this.delayMs, place);
    else it.go(place);
  }

  /** Goes on when it is let go. */
  hold(from: string, go: () => void): void {
    this.held.push({ from, go });
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
  private readonly from: string;
  private readonly watched = new Set<string>();
  private readonly forgotten = new Set<string>();
  private readonly barrier: Barrier;

  private constructor(
    server: Server,
    { from, to }: Pick<PassingWrite, 'from' | 'to'>,
    upstream: { readonly url: string; readonly caPem: string },
    barrier: Barrier,
  ) {
    this.server = server;
    this.from = from;
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
    from = '',
  ): Promise<Gate> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Gate(server, { from, to }, upstream, barrier);
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
    const { method = 'GET', url = '/' } = from;
    const asked: PassingWrite = {
      from: this.from,
      to: this.to,
      method,
      path: url.split('?')[0] ?? '',
      body: body.length > 0 ? JSON.parse(body.toString()) : {},
    };
    this.barrier.pass({
      from: this.from,
      go: (place) => this.forward(from, asked, body, answer, upstream, place),
      // What only asks what would become of a write writes nothing.
      write: method === 'GET' || url.includes('dryRun=') ? undefined : asked,
    });
  }

  private forward(
    { method = 'GET', url = '/', headers }: IncomingMessage,
    write: PassingWrite,
    body: Buffer,
    answer: ServerResponse,
    upstream: { readonly url: string; readonly caPem: string },
    place: Place | undefined,
  ): void {
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
          this.barrier.hold(this.from, giveBack);
          this.barrier.stop(write);
        },
      );
      asked.on('error', () => answer.destroy());
      answer.on('close', () => asked.destroy());
      asked.end(body);
    };
    if (place !== 'before') return send();
    this.barrier.hold(this.from, send);
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
const COUNT_BYTES = 2;
const WRITTEN = /\b(?:insert into|update|delete from)\s+"?books"?\."?(\w+)/gi;

const AUDIT_INSERT = /INSERT INTO books\.audit \(/;

/** The values of a Bind message, as text. */
function valuesOf(bind: Buffer): string[] {
  const statement = bind.indexOf(0, 1 + LENGTH_BYTES) + 1;
  const formats = bind.indexOf(0, statement) + 1;
  let at = formats + COUNT_BYTES + COUNT_BYTES * bind.readUInt16BE(formats);
  const count = bind.readUInt16BE(at);
  at += COUNT_BYTES;
  const values: string[] = [];
  while (values.length < count) {
    const end = at + LENGTH_BYTES + Math.max(0, bind.readInt32BE(at));
    values.push(bind.toString('utf8', at + LENGTH_BYTES, end));
    at = end;
  }
  return values;
}

/** The records that `appendAudit` binds: arrays of text, of which the fourth has actions, the fifth subjects, the sixth bodies. */
function recordsOf(bind: Buffer): PassingRecord[] {
  const [, , , actions, subjects, bodies] = valuesOf(bind).map((it) =>
    // All elements are quoted, as JSON quotes them.
    it.startsWith('{') ? (JSON.parse(`[${it.slice(1, -1)}]`) as string[]) : [],
  );
  return (actions ?? []).map((action, index) => ({
    action,
    subject: subjects?.[index] ?? '',
    body: JSON.parse(bodies?.[index] ?? '{}'),
  }));
}

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
    from = '',
  ): Promise<BooksGate> {
    const name = `.s.PGSQL.${books.port}`;
    const server = createSocketServer();
    const gate = new BooksGate(server, dir);
    server.on('connection', (client) => gate.join(client, connect(join(books.host, name)), barrier, from));
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

  private join(client: Socket, server: Socket, barrier: Barrier, from: string): void {
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
      barrier.hold(from, () => {
        for (const it of kept ?? []) client.write(it);
        kept = undefined;
      });
      barrier.stop(write);
    });
    let rest: Buffer = Buffer.alloc(0);
    let isStarted = false;
    const tables = new Set<string>();
    let isAudit = false;
    let records: PassingRecord[] = [];
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
        if (text.startsWith('P')) isAudit = AUDIT_INSERT.test(text);
        if (isAudit && text.startsWith('B')) records.push(...recordsOf(message));
        let passing: PassingWrite | undefined;
        if (/^Q.{4}(commit|rollback)\0$/is.test(text)) {
          if (tables.size > 0 && /commit/i.test(text))
            passing = { from, to: 'books', method: 'COMMIT', path: [...tables].join(' '), body: { records } };
          tables.clear();
          records = [];
        }
        const go = (place?: Place) => {
          write = passing;
          if (passing && place === 'before') {
            barrier.hold(from, () => server.write(message));
            barrier.stop(passing);
            return;
          }
          if (place === 'after') kept = [];
          server.write(message);
        };
        barrier.pass({ from, go, write: passing });
      }
    });
  }
}
