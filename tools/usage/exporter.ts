/**
 * Speaks for the members of a local city, where nothing really runs: at /metrics it gives what cAdvisor, the kubelet,
 * kube-state-metrics, KubeVirt and the systems themselves would, for all that stands in them now.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { KubeClient } from '../../kube/client.ts';
import { loadAccess } from '../../kube/config.ts';
import { isKubeError } from '../../kube/errors.ts';
import type { ResourceRef } from '../../kube/types.ts';
import { Environment } from '../../operator/environment.ts';
import { linesOf } from './behaviour.ts';
import { type PlacedObject, type TellingSystem, thingsOf } from './things.ts';

const RESOURCES: readonly ResourceRef[] = [
  { group: 'apps', version: 'v1', plural: 'statefulsets', namespaced: true },
  { group: 'kubevirt.io', version: 'v1', plural: 'virtualmachines', namespaced: true },
  { group: '', version: 'v1', plural: 'persistentvolumeclaims', namespaced: true },
  { group: '', version: 'v1', plural: 'resourcequotas', namespaced: true },
];

const env = new Environment(process.env);
const port = env.port('GOVCLOUD_EXPORTER_PORT', 0);
const members = await Promise.all(
  env
    .text('GOVCLOUD_EXPORTER_KUBECONFIGS')
    .split(':')
    .map(async (kubeconfig) => new KubeClient(await loadAccess({ kubeconfig }))),
);

/** By their namespace in members. */
const systems = new Map(
  Object.entries(
    JSON.parse(readFileSync(env.text('GOVCLOUD_EXPORTER_SYSTEMS'), 'utf8')) as Record<string, TellingSystem>,
  ),
);

async function standing(client: KubeClient): Promise<PlacedObject[]> {
  const lists = await Promise.all(
    RESOURCES.map(async (resource) => {
      try {
        const { items } = await client.list(resource);
        return items.map((object) => ({ namespace: object.metadata.namespace ?? '', object }));
      } catch (error) {
        // A member without virtual machines.
        if (isKubeError(error, 'E_API_NOT_FOUND')) return [];
        throw error;
      }
    }),
  );
  return lists.flat();
}

async function page(): Promise<string> {
  const objects = (await Promise.all(members.map(standing))).flat();
  const time = Date.now() / 1000;
  return thingsOf(objects, systems)
    .flatMap((thing) => linesOf(thing, time))
    .map(({ metric, labels, value }) => `${metric}{${labels}} ${value}\n`)
    .join('');
}

const server = createServer((request, response) => {
  if (request.url !== '/metrics') {
    response.writeHead(404).end();
    return;
  }
  page().then(
    (text) => response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(text),
    (error: unknown) => {
      console.error(error);
      response.writeHead(503).end();
    },
  );
});
server.listen(port, '127.0.0.1');
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    server.close();
    server.closeAllConnections();
    for (const member of members) member.close();
  });
}
