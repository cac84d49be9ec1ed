import { Registry } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import { type HealthServer, startHealthServer } from './health.ts';
import { createRuntimeMetrics } from './metrics.ts';

let server: HealthServer | undefined;
afterEach(() => server?.close());

async function read(path: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`http://127.0.0.1:${server?.port}${path}`);
  return { status: response.status, text: await response.text() };
}

describe('health server', () => {
  it('tells live from ready, and says what is wrong', async () => {
    let fault: string | undefined = 'requests not synced';
    server = await startHealthServer({
      port: 0,
      live: { loop: () => undefined },
      ready: { books: async () => undefined, informers: () => fault },
      registry: new Registry(),
    });
    expect(await read('/healthz')).toEqual({ status: 200, text: '[+]loop ok\nok\n' });
    expect(await read('/readyz?verbose')).toEqual({
      status: 503,
      text: '[+]books ok\n[-]informers requests not synced\nfailed\n',
    });
    fault = undefined;
    expect((await read('/readyz')).status).toBe(200);
    expect((await read('/other')).status).toBe(404);
  });

  it('answers 500 when a check throws, and goes on', async () => {
    const registry = new Registry();
    const ready = {
      books: () => {
        throw new Error('no connection');
      },
    };
    server = await startHealthServer({ port: 0, live: {}, ready, registry });
    expect(await read('/readyz')).toEqual({ status: 500, text: 'Error: no connection\n' });
    expect((await read('/healthz')).status).toBe(200);
  });

  it('serves what the runtime measures', async () => {
    const registry = new Registry();
    const metrics = createRuntimeMetrics(registry);
    metrics.controller('request').queue.depth(3);
    metrics.controller('request').reconciled('error', 0.2);
    metrics.informer('quotas').objects(12);
    metrics.leader.leading(true);
    server = await startHealthServer({ port: 0, live: {}, ready: {}, registry });
    const { text } = await read('/metrics');
    expect(text).toContain('workqueue_depth{name="request"} 3');
    expect(text).toContain(
      'govcloud_reconcile_duration_seconds_count{controller="request",result="error"} 1',
    );
    expect(text).toContain('govcloud_informer_objects{informer="quotas"} 12');
    expect(text).toContain('govcloud_leader 1');
  });

  it('rejects when the port is taken', async () => {
    server = await startHealthServer({ port: 0, live: {}, ready: {}, registry: new Registry() });
    const again = startHealthServer({ port: server.port, live: {}, ready: {}, registry: new Registry() });
    await expect(again).rejects.toThrow('EADDRINUSE');
  });
});
