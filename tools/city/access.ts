import { chmodSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { dump } from 'js-yaml';
import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject } from '../../kube/types.ts';
import { writeWhole } from '../localcity/files.ts';

const SERVICE_ACCOUNTS = { group: '', version: 'v1', plural: 'serviceaccounts', namespaced: true };

/** A cluster as a kubeconfig names it. */
export interface Server {
  readonly name: string;
  readonly url: string;
  readonly caPem: string;
}

/**
 * A token of a service account. It ends by itself, and at once when the account is deleted.
 * @param seconds how long it is valid
 */
export async function issueToken(
  client: KubeClient,
  account: { readonly namespace: string; readonly name: string },
  seconds: number,
): Promise<string> {
  const request: KubeObject = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    metadata: { ...account },
    spec: { expirationSeconds: seconds },
  };
  const answer = await client.create(SERVICE_ACCOUNTS, request, { subresource: 'token' });
  return (answer.status as { token: string }).token;
}

/** A kubeconfig with a context for each user of one cluster. */
export function kubeconfigText(
  server: Server,
  users: readonly { readonly name: string; readonly token: string; readonly namespace?: string }[],
): string {
  return dump({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: server.name,
        cluster: {
          server: server.url,
          'certificate-authority-data': Buffer.from(server.caPem).toString('base64'),
        },
      },
    ],
    users: users.map(({ name, token }) => ({ name, user: { token } })),
    contexts: users.map(({ name, namespace }) => ({
      name,
      context: { cluster: server.name, user: name, ...(namespace === undefined ? {} : { namespace }) },
    })),
    'current-context': users[0]?.name ?? '',
  });
}

/** Writes a file that only its owner may read. */
export function writeSecret(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeWhole(path, text, 0o600);
  chmodSync(path, 0o600);
}
