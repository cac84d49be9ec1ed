import { KubeClient } from '../../kube/client.ts';
import { loadAccess } from '../../kube/config.ts';
import { isKubeError, KubeClientError, KubeError } from '../../kube/errors.ts';
import type { KubeObject, ResourceRef, Stored } from '../../kube/types.ts';
import { SECRETS, SYSTEM_NAMESPACE } from './hub.ts';
import type { Hub } from './hub.ts';

/** One field manager for everything that the operator applies in members. */
export const FIELD_MANAGER = 'govcloud';

/** What is read at a time of a member's answers: an object of etcd has 1.5 MiB at most, a page of a list a few. */
const MAX_ANSWER_BYTES = 8 * 2 ** 20;
const MAX_CONNECTIONS = 64;
/** Of what a member says of itself; a condition has room for twice as much, in either language. */
const MAX_PROBLEM_LENGTH = 1000;

/** Why a member cannot be used now, for a condition's message. */
class MemberUnavailable extends Error {
  override readonly name = 'MemberUnavailable';
}

interface Connection {
  /** Of the Secret that it was made from. */
  readonly version: string;
  readonly client: KubeClient;
  readonly replaced: AbortController;
}

/** Connections to the members, by the kubeconfig that each member's Secret holds. */
export class Members {
  private readonly hub: Hub;
  private readonly timeoutMs: number;
  private readonly connections = new Map<string, Connection>();

  /** @param timeoutMs how long a member may take for an answer */
  constructor(hub: Hub, timeoutMs: number) {
    this.hub = hub;
    this.timeoutMs = timeoutMs;
  }

  /**
   * A client of a member.
   * @throws MemberUnavailable when the member is not declared or its credentials cannot be read
   */
  async client(cluster: string): Promise<KubeClient> {
    return (await this.connection(cluster)).client;
  }

  /**
   * A client of a member, for what lasts: `replaced` aborts when another credential takes its place, or the member is
   * declared no more.
   * @throws MemberUnavailable when the member is not declared or its credentials cannot be read
   */
  async connection(
    cluster: string,
  ): Promise<{ readonly client: KubeClient; readonly replaced: AbortSignal }> {
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
    if (known?.version === version) return { client: known.client, replaced: known.replaced.signal };
    const kubeconfig = Buffer.from(secret.data?.['kubeconfig'] ?? '', 'base64').toString('utf8');
    if (kubeconfig === '') throw new MemberUnavailable(`secret ${name} has no kubeconfig`);
    const client = new KubeClient(await loadAccess({ text: kubeconfig }), {
      timeoutMs: this.timeoutMs,
      maxAnswerBytes: MAX_ANSWER_BYTES,
      maxConnections: MAX_CONNECTIONS,
    });
    this.forget(cluster);
    const replaced = new AbortController();
    this.connections.set(cluster, { version, client, replaced });
    return { client, replaced: replaced.signal };
  }

  /** Ends what there is with a member. */
  forget(cluster: string): void {
    const known = this.connections.get(cluster);
    this.connections.delete(cluster);
    known?.replaced.abort();
    known?.client.close();
  }

  close(): void {
    for (const cluster of this.connections.keys()) this.forget(cluster);
  }
}

/** Whether an error says what a member did with what it was asked, or that it does nothing; else it is a fault of ours. */
export function isOfMember(error: unknown): error is Error {
  return error instanceof MemberUnavailable || error instanceof KubeClientError || error instanceof KubeError;
}

/** What a member said, as a condition has it. */
export function problemOf({ message }: Error): string {
  return message.slice(0, MAX_PROBLEM_LENGTH);
}

/** Whether a write was judged and the answer is no: sending it again would change nothing. */
export function isRefused(error: unknown): error is KubeError {
  return error instanceof KubeError && (error.status === 403 || error.status === 422 || error.status === 400);
}

/**
 * Whether a server says that it does not have the object. A path that nobody serves, on a proxy without its backend for
 * one, is a 404 too, but names no object: nothing is known of it then.
 */
export function isGone(error: unknown, name: string): boolean {
  return isKubeError(error, 'E_API_NOT_FOUND') && error.details?.name === name;
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
    if (isGone(error, object.name)) return undefined;
    throw error;
  }
}
