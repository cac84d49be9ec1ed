import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { ClusterAccess } from '../../kube/config.ts';

/** What the proxy does with a request instead of passing it on: answers it, or leaves it (or its watch) waiting. */
type Fault =
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: unknown }
  | 'hang'
  | 'silent-watch';

export interface FaultProxy {
  /** Through the proxy, with the credentials of the access behind it. */
  readonly access: ClusterAccess;
  /** Every request, as `METHOD URL`, oldest first. */
  readonly requests: string[];
  /** Decides about each request; undefined passes it on. */
  fault: (method: string, url: string) => Fault | undefined;
  /** Breaks every connection there is. */
  cut(): void;
  close(): Promise<void>;
}

/** A plain HTTP proxy in front of an API server that can misbehave as networks and busy servers do. */
export async function startFaultProxy(behind: ClusterAccess): Promise<FaultProxy> {
  const pass = async (from: IncomingMessage, to: ServerResponse): Promise<void> => {
    const { headers, tls } = await behind.credentials();
    const { host: _, ...asked } = from.headers;
    const upstream = request(
      new URL(from.url ?? '/', behind.server),
      { ...tls, agent: false, method: from.method, headers: { ...asked, ...headers } },
      (answer) => {
        to.writeHead(answer.statusCode ?? 502, answer.headers);
        to.flushHeaders();
        answer.on('error', () => to.destroy());
        answer.pipe(to);
      },
    );
    upstream.on('error', () => to.destroy());
    to.on('close', () => upstream.destroy());
    from.pipe(upstream);
  };
  const server = createServer((from, to) => {
    const url = from.url ?? '';
    proxy.requests.push(`${from.method} ${url}`);
    const fault = proxy.fault(from.method ?? '', url);
    if (fault === undefined) {
      pass(from, to).catch(() => to.destroy());
    } else if (fault === 'silent-watch') {
      to.writeHead(200, { 'Content-Type': 'application/json' });
      to.flushHeaders();
    } else if (fault !== 'hang') {
      to.writeHead(fault.status, { 'Content-Type': 'application/json', ...fault.headers });
      const body = fault.body ?? { kind: 'Status', code: fault.status, message: 'injected' };
      to.end(body === '' ? '' : `${JSON.stringify(body)}\n`);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: FaultProxy = {
    access: {
      server: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
      context: 'proxy',
      user: '',
      namespace: 'default',
      credentials: (() => {
        const credentials = { headers: {}, tls: { rejectUnauthorized: true } };
        return async () => credentials;
      })(),
    },
    requests: [],
    fault: () => undefined,
    cut: () => server.closeAllConnections(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return proxy;
}
