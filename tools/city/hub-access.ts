import { readFileSync } from 'node:fs';
import { KubeClient } from '../../kube/client.ts';
import { loadAccess } from '../../kube/config.ts';
import type { KubeObject } from '../../kube/types.ts';
import type { Cluster } from '../localcity/cluster.ts';

/** A hub as the city's processes and people reach it: one that was started here, or one that exists. */
export interface HubAccess {
  readonly url: string;
  readonly caPem: string;
  /** As an administrator, who installs. */
  readonly client: KubeClient;
  /** Whether the API server holds the review rule itself, as a static policy. */
  readonly staticReview: boolean;
  /** Its audit log, where this machine has it. */
  readonly auditLog?: string;
}

/** What tells the API server's proxy from anybody else, for aggregated APIs. */
export interface FrontProxy {
  readonly caPem: string;
  readonly allowedNames: readonly string[];
}

const CONFIG_MAPS = { group: '', version: 'v1', plural: 'configmaps', namespaced: true };

export function ownHub(cluster: Cluster): HubAccess {
  const { server: url, caPem, client, auditLog } = cluster;
  return { url, caPem, client, staticReview: true, ...(auditLog === undefined ? {} : { auditLog }) };
}

/**
 * An existing hub, by a kubeconfig whose user may install. Its policies stand there as objects.
 * @throws KubeClientError when the file cannot be used
 */
export async function existingHub(kubeconfig: string): Promise<HubAccess> {
  const access = await loadAccess({ kubeconfig });
  const { tls } = await access.credentials();
  const caPem = tls.ca ?? readFileSync('/etc/ssl/certs/ca-certificates.crt', 'utf8');
  return {
    url: access.server.href.replace(/\/$/, ''),
    caPem,
    client: new KubeClient(access),
    staticReview: false,
  };
}

/** As every API server publishes it for aggregated ones. */
export async function frontProxyOf(client: KubeClient): Promise<FrontProxy> {
  const { data } = await client.get<KubeObject & { data?: Record<string, string> }>(CONFIG_MAPS, {
    namespace: 'kube-system',
    name: 'extension-apiserver-authentication',
  });
  return {
    caPem: data?.['requestheader-client-ca-file'] ?? '',
    allowedNames: JSON.parse(data?.['requestheader-allowed-names'] ?? '[]') as string[],
  };
}
