import { resourceOf } from '../../api/kind.ts';
import { CapacityPool, CatalogItem, MemberCluster, Quota } from '../../api/v1alpha1/index.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject } from '../../kube/types.ts';
import { cityProgress, cityWords } from '../../messages/city.ts';
import type { Message } from '../../messages/index.ts';
import { GovError, reason } from '../../domain/errors.ts';
import type { Progress } from '../localcity/progress.ts';
import { waitUntil } from '../localcity/wait.ts';

const LIMIT_MS = 180_000;
const TELL_EVERY_MS = 3_000;

const API_SERVICES = {
  group: 'apiregistration.k8s.io',
  version: 'v1',
  plural: 'apiservices',
  namespaced: false,
};

export interface Around {
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

type Conditioned = KubeObject<unknown, { conditions?: { type: string; status: string }[] }>;

const has =
  (type: string) =>
  ({ status }: Conditioned): boolean =>
    status?.conditions?.some((it) => it.type === type && it.status === 'True') ?? false;

/**
 * Waits until something holds, telling what it waits for.
 * @throws GovError E_CITY_NOT_SETTLED after the limit
 */
async function settleOn(what: Message, holds: () => Promise<boolean>, around: Around): Promise<void> {
  const started = performance.now();
  let told = started;
  const settled = await waitUntil(
    async () => {
      if (await holds()) return true;
      if (performance.now() - told > TELL_EVERY_MS) {
        told = performance.now();
        around.progress(cityProgress.settling, { what, seconds: Math.round((told - started) / 1000) });
      }
      return false;
    },
    { limitMs: LIMIT_MS, pollMs: 200, signal: around.signal },
  );
  if (!settled) throw new GovError(reason('E_CITY_NOT_SETTLED', { what, seconds: LIMIT_MS / 1000 }));
}

/** Waits until every object of a kind is as it should be. */
export function settleKind<T extends KubeObject>(
  client: KubeClient,
  kind: Parameters<typeof resourceOf>[0],
  what: Message,
  done: (object: T) => boolean,
  around: Around,
): Promise<void> {
  const all = async () =>
    (await client.list<T>(resourceOf(kind), { signal: around.signal })).items.every(done);
  return settleOn(what, all, around);
}

/** Waits until the operator has taken the whole city in. */
export async function settleCity(client: KubeClient, around: Around): Promise<void> {
  await settleKind<Conditioned>(client, CatalogItem, cityWords.items, has('Valid'), around);
  await settleKind<Conditioned>(client, MemberCluster, cityWords.members, has('Ready'), around);
  await settleKind<Conditioned>(client, CapacityPool, cityWords.limits, has('Posted'), around);
  await settleKind<Conditioned>(client, Quota, cityWords.limits, has('Posted'), around);
  const service = { name: 'v1alpha1.reports.govcloud.dev' };
  const available = async () => has('Available')(await client.get<Conditioned>(API_SERVICES, service));
  await settleOn(cityWords.reports, available, around);
}
