import { setTimeout as delay } from 'node:timers/promises';
import { loadAll } from 'js-yaml';
import type { KubeClient } from './client.ts';
import { KubeClientError, KubeError } from './errors.ts';
import type { KubeObject, ResourceRef, Stored } from './types.ts';
import { waitFor } from './wait.ts';

export interface ApplyManifestsOptions {
  readonly fieldManager: string;
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal;
  /** How long a new kind may take until the server serves it, in ms. */
  readonly timeoutMs?: number;
}

const SERVE_TIMEOUT_MS = 30_000;
const SERVE_POLL_MS = 100;

const CRDS: ResourceRef = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  namespaced: false,
};

type CustomResourceDefinition = KubeObject<
  {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly { readonly name: string; readonly served: boolean }[];
  },
  { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
>;

/**
 * The objects of a YAML (or JSON) text: each document one object or a `List` of them; empty documents are left out.
 * @throws KubeClientError E_MANIFEST_INVALID
 */
export function parseManifests(text: string): KubeObject[] {
  let documents: unknown[];
  try {
    documents = loadAll(text);
  } catch (error) {
    throw new KubeClientError(
      'E_MANIFEST_INVALID',
      { document: '-', detail: (error as Error).message },
      error,
    );
  }
  return documents.flatMap((document, index) => {
    if (document === null || document === undefined) return [];
    const { apiVersion, kind, items } = document as { apiVersion?: string; kind?: string; items?: unknown[] };
    const objects = apiVersion === 'v1' && kind === 'List' ? (items ?? []) : [document];
    for (const object of objects as Partial<KubeObject>[]) {
      const missing = (['apiVersion', 'kind', 'metadata'] as const).filter((field) => !object?.[field]);
      if (missing.length > 0) {
        const detail = `no ${missing.join(', ')}`;
        throw new KubeClientError('E_MANIFEST_INVALID', { document: String(index + 1), detail });
      }
    }
    return objects as KubeObject[];
  });
}

/**
 * Applies objects by server-side apply: CRDs first, which it waits for until their kinds are served, then
 * namespaces, then the rest in the order given. Returns what the server stored, in the order of applying.
 * @throws KubeError for the first object refused; KubeClientError E_KIND_UNKNOWN, E_WAIT_TIMEOUT
 */
export async function applyManifests(
  client: KubeClient,
  objects: readonly KubeObject[],
  options: ApplyManifestsOptions,
): Promise<Stored<KubeObject>[]> {
  const timeoutMs = options.timeoutMs ?? SERVE_TIMEOUT_MS;
  const isCrd = ({ apiVersion, kind }: KubeObject) =>
    kind === 'CustomResourceDefinition' && apiVersion.startsWith(`${CRDS.group}/`);
  const isNamespace = ({ apiVersion, kind }: KubeObject) => kind === 'Namespace' && apiVersion === 'v1';
  const crds = objects.filter(isCrd) as CustomResourceDefinition[];
  const applied: Stored<KubeObject>[] = [];

  for (const crd of crds) applied.push(await client.apply(CRDS, crd, options));
  if (!options.dryRun) {
    for (const crd of crds) await established(client, crd, { ...options, timeoutMs });
  }

  const fresh = new Set(crds.map((crd) => crd.spec?.group));
  const rest = [
    ...objects.filter(isNamespace),
    ...objects.filter((object) => !isCrd(object) && !isNamespace(object)),
  ];
  for (const object of rest) {
    const apply = async () =>
      client.apply(await client.discover(object.apiVersion, object.kind, options), object, options);
    const isFresh = !options.dryRun && fresh.has(object.apiVersion.split('/')[0]);
    applied.push(await (isFresh ? whenServed(apply, object.kind, { ...options, timeoutMs }) : apply()));
  }
  return applied;
}

/** Waits for the CRD's own word and for discovery, which follows a little later. */
async function established(
  client: KubeClient,
  crd: CustomResourceDefinition,
  options: { readonly signal?: AbortSignal; readonly timeoutMs: number },
): Promise<void> {
  await waitFor<CustomResourceDefinition>(
    client,
    CRDS,
    crd.metadata,
    (seen) =>
      seen?.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True') ??
      false,
    options,
  );
  for (const { name, served } of crd.spec?.versions ?? []) {
    const discover = () => client.discover(`${crd.spec?.group}/${name}`, crd.spec?.names.kind ?? '', options);
    if (served) await whenServed(discover, crd.metadata.name, options);
  }
}

/** Repeats an action until the server serves the kind that it needs; of several servers one may lag behind. */
async function whenServed<R>(
  action: () => Promise<R>,
  kind: string,
  options: { readonly signal?: AbortSignal; readonly timeoutMs: number },
): Promise<R> {
  const timeout = AbortSignal.timeout(options.timeoutMs);
  for (;;) {
    try {
      return await action();
    } catch (error) {
      if (!isNotServed(error)) throw error;
      if (timeout.aborted) {
        const seconds = String(options.timeoutMs / 1000);
        throw new KubeClientError('E_WAIT_TIMEOUT', { what: kind, seconds }, error);
      }
    }
    await delay(SERVE_POLL_MS, undefined, options.signal ? { signal: options.signal } : {});
  }
}

/** A path that is not served is a 404 that names no object. */
function isNotServed(error: unknown): boolean {
  if (error instanceof KubeClientError) return error.code === 'E_KIND_UNKNOWN';
  return error instanceof KubeError && error.status === 404 && !error.details?.name;
}
