import { KubeClient } from '../../kube/client.ts';
import { loadAccess } from '../../kube/config.ts';
import { isKubeError, KubeClientError, KubeError } from '../../kube/errors.ts';
import type { KubeObject, ResourceRef, Stored } from '../../kube/types.ts';
import { SECRETS, SYSTEM_NAMESPACE } from './hub.ts';
import type { Hub } from './hub.ts';

/** One field manager for everything that the operator applies in members. */
export const FIELD_MANAGER = 'govcloud';

/** Why a member cannot be used now, for a condition's message. */
class MemberUnavailable extends Error {
  override readonly name = 'MemberUnavailable';
}

interface Connection {
  readonly version: string;
  readonly client: KubeClient;
}

/** Connections to the members, by the kubeconfig that each member's Secret holds. */
export class Members {
  private readonly hub: Hub;
  private readonly connections = new Map<string, Connection>();

  constructor(hub: Hub) {
    this.hub = hub;
  }

  /**
   * A client of a member.
   * @throws MemberUnavailable when the member is not declared or its credentials cannot be read
   */
  async client(cluster: string): Promise<KubeClient> {
    const member = this.hub.clusters.get(cluster);
    if (!member) throw new MemberUnavailable(`member ${cluster} is not declared`);
    const name = member.spec.credentialsSecret;
    let secret: Stored<KubeObject & { data?: Record<string, string> }>;
    try {
      secret = await this.hub.client.get(SECRETS, { namespace: SYSTEM_NAMESPACE, name });
    } catch (error) {
      if (isKubeError(error, 'E_API_NOT_FOUND')) throw new MemberUnavailable(`secret ${name} is missing`);
      throw error;
    }
    const known = this.connections.get(cluster);
    const version = secret.metadata.resourceVersion;
    if (known?.version === version) return known.client;
    const kubeconfig = Buffer.from(secret.data?.['kubeconfig'] ?? '', 'base64').toString('utf8');
    if (kubeconfig === '') throw new MemberUnavailable(`secret ${name} has no kubeconfig`);
    const client = new KubeClient(await loadAccess({ text: kubeconfig }), { timeoutMs: 10_000 });
    known?.client.close();
    this.connections.set(cluster, { version, client });
    return client;
  }

  close(): void {
    for (const { client } of this.connections.values()) client.close();
  }
}

/** Whether an error says that a member does not answer, rather than that it refuses. */
export function isUnreachable(error: unknown): error is Error {
  return (
    error instanceof MemberUnavailable ||
    error instanceof KubeClientError ||
    (error instanceof KubeError && (error.status >= 500 || error.status === 429 || error.status === 401))
  );
}

/** Whether a member has judged a write and says no: sending it again would change nothing. */
export function isRefused(error: unknown): error is KubeError {
  return error instanceof KubeError && (error.status === 403 || error.status === 422 || error.status === 400);
}

/** Reads an object, or undefined when there is none. */
export async function getIfThere<T extends KubeObject>(
  client: KubeClient,
  resource: ResourceRef,
  object: { name: string; namespace?: string },
): Promise<Stored<T> | undefined> {
  try {
    return await client.get<T>(resource, object);
  } catch (error) {
    if (isKubeError(error, 'E_API_NOT_FOUND')) return undefined;
    throw error;
  }
}
