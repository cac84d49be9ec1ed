import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A write on its way from the operator to the hub. */
export interface PassingWrite {
  readonly method: string;
  readonly path: string;
  /** The object or the patch, as JSON. */
  readonly body: { readonly [field: string]: unknown };
}

/** Stopped before the server has it, or after the server has it but before the operator knows; else it passes. */
type Rule = (write: PassingWrite) => 'before' | 'after' | undefined;

/**
 * Stands between the operator and the hub and stops a write where a test wants the operator to die. From then on
 * nothing passes until the gate is opened again, so that nothing happens between that moment and the death.
 */
export class Gate {
  /** Where the operator finds the hub; its own credentials pass through. */
  readonly url: string;
  private readonly server: Server;
  private rule: Rule = () => undefined;
  private stopped: (write: PassingWrite) => void = () => {};
  private closed = false;

  private constructor(server: Server, hub: { readonly url: string; readonly caPem: string }) {
    this.server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (from: IncomingMessage, to: ServerResponse) => {
      this.pass(from, to, hub).catch(() => to.destroy());
    });
  }

  static async before(hub: { readonly url: string; readonly caPem: string }): Promise<Gate> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Gate(server, hub);
  }

  /** The next write that the rule stops. */
  stopAt(rule: Rule): Promise<PassingWrite> {
    this.rule = rule;
    return new Promise((resolve) => {
      this.stopped = resolve;
    });
  }

  /** Lets everything pass again; what was stopped stays unanswered. */
  open(): void {
    this.rule = () => undefined;
    this.closed = false;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private async pass(
    from: IncomingMessage,
    to: ServerResponse,
    hub: { readonly url: string; readonly caPem: string },
  ): Promise<void> {
    const { method = 'GET', url = '/', headers } = from;
    const body = await buffer(from);
    if (this.closed) return;
    const write = {
      method,
      path: url.split('?')[0] ?? '',
      body: body.length > 0 ? JSON.parse(body.toString()) : {},
    };
    const place = method === 'GET' ? undefined : this.rule(write);
    const stop = () => {
      this.closed = true;
      this.stopped(write);
    };
    if (place === 'before') return stop();
    const { host: _, connection: __, ...passed } = headers;
    const upstream = request(
      new URL(url, hub.url),
      { method, headers: passed, ca: hub.caPem, agent: false },
      (answer) => {
        if (place === 'after') {
          answer.resume().once('end', stop);
          return;
        }
        to.writeHead(answer.statusCode ?? 502, answer.headers);
        to.flushHeaders();
        answer.on('error', () => to.destroy());
        answer.pipe(to);
      },
    );
    upstream.on('error', () => to.destroy());
    to.on('close', () => upstream.destroy());
    upstream.end(body);
  }
}
