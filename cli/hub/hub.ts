import type { Organization } from '../../api/v1alpha1/index.ts';
import { KubeClient } from '../../kube/client.ts';
import { loadAccess } from '../../kube/config.ts';
import { isKubeError, KubeClientError } from '../../kube/errors.ts';
import type { KubeObject, ResourceRef, Stored } from '../../kube/types.ts';
import { CliError } from '../errors.ts';
import { isOrganizationNamespace, type KindRef, organizations } from './kinds.ts';
import { mapLimited } from './limited.ts';

/** Objects in one answer: a person waits for each round trip. */
const PAGE = 2000;

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

/** The objects of a kind in one namespace, or undefined everywhere, as of a version from which a watch goes on. */
export interface PlacedList<T extends KubeObject> {
  readonly namespace: string | undefined;
  readonly items: readonly Stored<T>[];
  readonly resourceVersion: string;
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

  /** The same hub, about another organisation, or about all of them. */
  in(namespace: string | undefined): Hub {
    return new Hub(this.client, namespace, this.selector);
  }

  /**
   * The namespace that the command is about.
   * @throws CliError E_NAMESPACE_NEEDED
   */
  requireNamespace(): string {
    if (this.namespace !== undefined) return this.namespace;
    throw new CliError('E_NAMESPACE_NEEDED', { context: this.client.access.context });
  }

  /** Every object of a kind that the command is about. */
  async list<T extends KubeObject>(kind: KindRef, selector?: string): Promise<Stored<T>[]> {
    return (await this.lists<T>(kind, selector)).flatMap(({ items }) => items);
  }

  /**
   * The same as lists that can each be watched on. Without an organisation named that is one of everywhere, or for
   * whoever may not list everywhere one of each organisation that lets them.
   */
  async lists<T extends KubeObject>(kind: KindRef, selector?: string): Promise<PlacedList<T>[]> {
    return kind.namespaced
      ? this.everywhere((namespace) => this.listIn<T>(kind, namespace, selector))
      : [await this.listIn<T>(kind, undefined, selector)];
  }

  /**
   * Asks of the organisation that is named; without one of everywhere, or for whoever may not ask that of each organisation
   * that lets them.
   */
  async everywhere<T>(ask: (namespace: string | undefined) => Promise<T>): Promise<T[]> {
    try {
      return [await ask(this.namespace)];
    } catch (error) {
      if (!isKubeError(error, 'E_API_FORBIDDEN') || this.namespace !== undefined) throw error;
      const answers = await this.ofEachOrganization(ask);
      // Nobody let them: then the first refusal says best what is missing.
      if (answers.length === 0) throw error;
      return answers;
    }
  }

  private async listIn<T extends KubeObject>(
    kind: KindRef,
    namespace: string | undefined,
    labelSelector: string | undefined,
  ): Promise<PlacedList<T>> {
    try {
      return {
        namespace,
        ...(await this.client.list<T>(kind, { namespace, labelSelector, pageSize: PAGE })),
      };
    } catch (error) {
      // A path that is not served is a 404 that names no object: another cluster, or an older one.
      if (!(isKubeError(error, 'E_API_NOT_FOUND') && !error.details?.name)) throw error;
      const server = this.client.access.server.origin;
      const apiVersion = `${kind.group}/${kind.version}`;
      throw new KubeClientError('E_KIND_UNKNOWN', { server, apiVersion, kind: kind.kind }, error);
    }
  }

  /** The namespaces of all organisations that have one. */
  async organizationNamespaces(): Promise<readonly string[]> {
    const { items } = await this.client.list<Organization>(organizations);
    return items.flatMap(({ status }) => status?.namespace ?? []);
  }

  private async ofEachOrganization<T>(ask: (namespace: string) => Promise<T>): Promise<T[]> {
    const answers = await mapLimited(await this.organizationNamespaces(), async (namespace) => {
      try {
        return [await ask(namespace)];
      } catch (error) {
        if (isKubeError(error, 'E_API_FORBIDDEN')) return [];
        throw error;
      }
    });
    return answers.flat();
  }

  /** The caller's user name as the API server knows it. */
  whoAmI(): Promise<string> {
    this.me ??= this.client
      .raw<{ status: { userInfo: { username: string } } }>(
        '/apis/authentication.k8s.io/v1/selfsubjectreviews',
        {
          method: 'POST',
          body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
        },
      )
      .then(({ status }) => status.userInfo.username);
    return this.me;
  }

  /** Whether the caller may do something; `namespace` undefined asks for everywhere. */
  async may(ask: {
    verb: string;
    resource: Pick<ResourceRef, 'group' | 'plural'>;
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
