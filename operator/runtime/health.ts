import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';

/** Named checks; each answers undefined if all is well, else what is wrong. */
export type HealthChecks = Readonly<Record<string, () => string | undefined | Promise<string | undefined>>>;

export interface HealthOptions {
  /** Loopback unless told otherwise: nothing here asks who is calling. */
  readonly host?: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** /healthz: whether this process should be left running. */
  readonly live: HealthChecks;
  /** /readyz: whether it does its work. */
  readonly ready: HealthChecks;
  /** /metrics */
  readonly registry: Registry;
}

export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves /healthz, /readyz and /metrics. Rejects if the port cannot be had. */
export async function startHealthServer(options: HealthOptions): Promise<HealthServer> {
  const respond = async (path: string): Promise<{ status: number; type: string; text: string }> => {
    if (path === '/metrics') {
      return { status: 200, type: options.registry.contentType, text: await options.registry.metrics() };
    }
    const checks = path === '/healthz' ? options.live : path === '/readyz' ? options.ready : undefined;
    if (!checks) return { status: 404, type: 'text/plain', text: 'not found\n' };
    const faults = await Promise.all(
      Object.entries(checks).map(async ([name, check]) => ({ name, fault: await check() })),
    );
    const healthy = faults.every(({ fault }) => fault === undefined);
    const lines = faults.map(({ name, fault }) =>
      fault === undefined ? `[+]${name} ok` : `[-]${name} ${fault}`,
    );
    return {
      status: healthy ? 200 : 503,
      type: 'text/plain',
      text: `${[...lines, healthy ? 'ok' : 'failed'].join('\n')}\n`,
    };
  };
  const server = createServer((request, response) => {
    void respond((request.url ?? '').replace(/\?.*/, ''))
      .catch((error: unknown) => ({ status: 500, type: 'text/plain', text: `${String(error)}\n` }))
      .then(({ status, type, text }) => response.writeHead(status, { 'Content-Type': type }).end(text));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host ?? '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}
