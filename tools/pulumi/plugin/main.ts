/**
 * A stand-in for Pulumi's plugin for Kubernetes, for the local city and tests alone, where the real one cannot be had: what
 * our stacks need of it, spoken to an API server by server-side apply. Its kubeconfig is that of KUBECONFIG.
 */
import { main, type Provider } from '@pulumi/pulumi/provider/index.js';
import { setTimeout as delay } from 'node:timers/promises';
import { sameJson } from '../../../domain/same.ts';
import { KubeClient } from '../../../kube/client.ts';
import { loadAccess } from '../../../kube/config.ts';
import { isKubeError } from '../../../kube/errors.ts';
import type { KubeObject, Stored } from '../../../kube/types.ts';

/** An object as it was asked for. In the state it stands beside what the server made of it. */
const INPUTS = '__inputs';

type Inputs = KubeObject & { readonly [field: string]: unknown };
type Properties = Inputs & { readonly [INPUTS]?: Inputs };

const FIELD_MANAGER = 'pulumi-kubernetes';
/** An organisation's namespace is made by the operator, some time after the organisation. */
const NAMESPACE_LIMIT_MS = 120_000;
const GONE_LIMIT_MS = 120_000;
const POLL_MS = 250;

const client = new KubeClient(await loadAccess());

async function apply(inputs: Inputs): Promise<Stored<KubeObject>> {
  const resource = await client.discover(inputs.apiVersion, inputs.kind);
  const until = performance.now() + NAMESPACE_LIMIT_MS;
  for (;;) {
    try {
      return await client.apply(resource, inputs, { fieldManager: FIELD_MANAGER, force: true });
    } catch (error) {
      const noNamespace = resource.namespaced && isKubeError(error, 'E_API_NOT_FOUND');
      if (!noNamespace || performance.now() > until) throw error;
    }
    await delay(POLL_MS);
  }
}

async function live({ apiVersion, kind, metadata }: Inputs): Promise<Stored<KubeObject> | undefined> {
  try {
    return await client.get(await client.discover(apiVersion, kind), metadata);
  } catch (error) {
    if (isKubeError(error, 'E_API_NOT_FOUND')) return undefined;
    throw error;
  }
}

/** The state of an object: as the server has it, without what it notes of who wrote which field. */
function stateOf(object: Stored<KubeObject>, inputs: Inputs): Record<string, unknown> {
  const { managedFields: _, ...metadata } = object.metadata as Stored<KubeObject>['metadata'] & {
    managedFields?: unknown;
  };
  return { ...object, metadata, [INPUTS]: inputs };
}

/** What the server has in the fields that were asked for. */
function pruned(asked: unknown, found: unknown): unknown {
  if (Array.isArray(asked) && Array.isArray(found)) {
    return asked.length === found.length ? asked.map((it, index) => pruned(it, found[index])) : found;
  }
  if (!isMap(asked) || !isMap(found)) return found;
  return Object.fromEntries(
    Object.keys(asked).flatMap((key) => (key in found ? [[key, pruned(asked[key], found[key])]] : [])),
  );
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const idOf = ({ namespace, name }: KubeObject['metadata']) =>
  namespace === undefined ? name : `${namespace}/${name}`;

const provider: Provider = {
  version: '4.34.2',

  async check(_urn, _olds, news: Inputs) {
    return { inputs: news };
  },

  async diff(_id, _urn, olds: Properties, news: Inputs) {
    const was = olds[INPUTS] ?? olds;
    const moved = (['apiVersion', 'kind'] as const).filter((field) => was[field] !== news[field]);
    const renamed = idOf(was.metadata) === idOf(news.metadata) ? [] : ['metadata'];
    return { changes: !sameJson(was, news), replaces: [...moved, ...renamed] };
  },

  async create(_urn, inputs: Inputs) {
    const object = await apply(inputs);
    return { id: idOf(object.metadata), outs: stateOf(object, inputs) };
  },

  async read(id, _urn, props?: Properties) {
    const inputs = props?.[INPUTS];
    if (!inputs) throw new Error(`${id} cannot be read: only what was made here can`);
    const object = await live(inputs);
    if (!object) return { id: '', props: {}, inputs: {} };
    const found = pruned(inputs, object) as Inputs;
    return { id, props: stateOf(object, found), inputs: found };
  },

  async update(_id, _urn, _olds, news: Inputs) {
    return { outs: stateOf(await apply(news), news) };
  },

  async delete(_id, urn, props: Properties) {
    const inputs = props[INPUTS] ?? props;
    const object = await live(inputs);
    if (!object) return;
    const resource = await client.discover(inputs.apiVersion, inputs.kind);
    const { uid } = object.metadata;
    await client.delete(resource, inputs.metadata, { uid, propagationPolicy: 'Foreground' });
    const until = performance.now() + GONE_LIMIT_MS;
    while ((await live(inputs))?.metadata.uid === uid) {
      if (performance.now() > until) throw new Error(`${urn} is being deleted and still there`);
      await delay(POLL_MS);
    }
  },
};

await main(provider, process.argv.slice(2));
