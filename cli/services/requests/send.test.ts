import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { request } from '../../../domain/testing/requests.ts';
import { KubeClient } from '../../../kube/client.ts';
import { loadAccess } from '../../../kube/config.ts';
import { Hub } from '../../hub/hub.ts';
import { tryQuote } from './send.ts';

const undo: (() => void)[] = [];
afterEach(() => {
  for (const it of undo.splice(0)) it();
});

/** A hub that answers whatever it is asked with one status. */
async function hubThatSays(code: number): Promise<Hub> {
  const server = createServer((_, response) => {
    response.writeHead(code, { 'Content-Type': 'application/json' });
    response.end(
      JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, message: 'no' }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  undo.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const cluster = {
    name: 'hub',
    cluster: { server: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
  };
  const text = JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'hub',
    clusters: [cluster],
    users: [{ name: 'me', user: { token: 'mine' } }],
    contexts: [{ name: 'hub', context: { cluster: 'hub', user: 'me' } }],
  });
  return new Hub(new KubeClient(await loadAccess({ text })), 'gov-luhe');
}

test('who may not see what a quote takes is told no price, and not that the request cannot be handed in', async () => {
  expect(await tryQuote(await hubThatSays(403), request(), '2026-11-25T02:00:00Z')).toBeUndefined();
  await expect(tryQuote(await hubThatSays(500), request(), '2026-11-25T02:00:00Z')).rejects.toThrow('no');
});
