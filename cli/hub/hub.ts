import { KubeClient } from '../../kube/client.ts';
import { loadAccess } from '../../kube/config.ts';
import type { KubeObject, Stored } from '../../kube/types.ts';
import { CliError } from '../errors.ts';
import { isOrganizationNamespace, type KindRef } from './kinds.ts';

/** How a command reaches the hub, from its flags. */
export interface HubOptions {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly namespace?: string | undefined;
  readonly allNamespaces?: boolean | undefined;
  readonly as?: string | undefined;
  readonly selector?: string | undefined;
  /** Longest wait for an answer, in ms; 0 for ever. */
  readonly timeoutMs?: number | undefined;
}

/** The hub as one command sees it: a client, and the organisation's namespace that the command is about. */
export class Hub {
  readonly client: KubeClient;
  /** Undefined: no organisation was named, neither by a flag nor by the context, or all were asked for. */
  readonly namespace: string | undefined;
  readonly selector: string | undefined;
  private me: Promise<string> | undefined;

  constructor(client: KubeClient, namespace: string | undefined, selector?: string) {
    this.client = client;
    this.namespace = namespace;
    this.selector = selector;
  }

  /**
   * The namespace that the command is about.
   * @throws CliError E_NAMESPACE_NEEDED
   */
  requireNamespace(): string {
    if (this.namespace !== undefined) return this.namespace;
    throw new CliError('E_NAMESPACE_NEEDED', { context: this.client.access.context });
  }

  /** Every object of a kind that the command is about, in the order of the server. */
  async list<T extends KubeObject>(kind: KindRef, more: { selector?: string | undefined } = {}): Promise<Stored<T>[]> {
    return (await this.listWithVersion<T>(kind, more)).items;
  }

  async listWithVersion<T extends KubeObject>(
    kind: KindRef,
    more: { selector?: string | undefined } = {},
  ): Promise<{ items: Stored<T>[]; resourceVersion: string }> {
    return this.client.list<T>(kind, {
      ...(kind.namespaced ? { namespace: this.namespace } : {}),
      labelSelector: more.selector,
    });
  }

  /** The caller's user name as the API server knows it. */
  whoAmI(): Promise<string> {
    this.me ??= this.client
      .raw<{ status: { userInfo: { username: string } } }>('/apis/authentication.k8s.io/v1/selfsubjectreviews', {
        method: 'POST',
        body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
      })
      .then(({ status }) => status.userInfo.username);
    return this.me;
  }

  /** Whether the caller may do something; `namespace` undefined asks for everywhere. */
  async may(ask: {
    verb: string;
    resource: KindRef;
    subresource?: string;
    namespace?: string | undefined;
  }): Promise<boolean> {
    const { status } = await this.client.raw<{ status: { allowed: boolean } }>(
      '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      {
        method: 'POST',
        body: {
          apiVersion: 'authorization.k8s.io/v1',
          kind: 'SelfSubjectAccessReview',
          spec: {
            resourceAttributes: {
              verb: ask.verb,
              group: ask.resource.group,
              resource: ask.resource.plural,
              subresource: ask.subresource,
              namespace: ask.namespace,
            },
          },
        },
      },
    );
    return status.allowed;
  }
}

/** Opens the hub by the rules of kubectl. Nothing is sent yet. */
export async function openHub(options: HubOptions, onWarning?: (text: string) => void): Promise<Hub> {
  const { kubeconfig, context, as, timeoutMs, selector } = options;
  const access = await loadAccess({
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(context === undefined ? {} : { context }),
    ...(as === undefined ? {} : { as: { user: as } }),
  });
  const client = new KubeClient(access, {
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(onWarning ? { onWarning } : {}),
  });
  const fromContext = isOrganizationNamespace(access.namespace) ? access.namespace : undefined;
  return new Hub(client, options.allNamespaces ? undefined : (options.namespace ?? fromContext), selector);
}
