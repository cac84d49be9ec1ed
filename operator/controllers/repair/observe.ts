import { resourceOf } from '../../../api/kind.ts';
import {
  Allocation,
  CapacityPool,
  Quota,
  ResourceRequest,
  StockImport,
} from '../../../api/v1alpha1/index.ts';
import { type HubPicture, planRepair, type RepairItem } from '../../../domain/repair/plan.ts';
import { scopePath } from '../../../domain/quota/accounts.ts';
import { type Limited, limitedScope } from '../limits/controller.ts';
import type { Term } from '../../term.ts';

/** How hub and books differ by the operator's own pictures, which may lag behind the books. */
export async function differencesSeen({ hub, books }: Term): Promise<readonly RepairItem[]> {
  return plan(books, {
    requests: hub.requests.list(),
    allocations: hub.allocations.list(),
    limits: limitsOf([...hub.pools.list(), ...hub.quotas.list()]),
    imports: hub.imports.list(),
  });
}

/** How they differ by what the API server has now. Every list is read anew. */
export async function differencesNow({ hub: { client }, books }: Term): Promise<readonly RepairItem[]> {
  const [requests, allocations, pools, quotas, imports] = await Promise.all([
    client.list(resourceOf(ResourceRequest)),
    client.list(resourceOf(Allocation)),
    client.list(resourceOf(CapacityPool)),
    client.list(resourceOf(Quota)),
    client.list(resourceOf(StockImport)),
  ]);
  return plan(books, {
    requests: requests.items as unknown as ResourceRequest[],
    allocations: allocations.items as unknown as Allocation[],
    limits: limitsOf([...pools.items, ...quotas.items] as unknown as Limited[]),
    imports: imports.items as unknown as StockImport[],
  });
}

async function plan(books: Term['books'], hub: HubPicture): Promise<readonly RepairItem[]> {
  const picture = await books.apart({
    open: hub.requests.flatMap(({ metadata, status }) =>
      status?.phase === 'Granted' ? [] : [metadata.uid ?? ''],
    ),
    numbered: [
      ...hub.requests.map(({ metadata }) => metadata.uid ?? ''),
      ...hub.allocations.flatMap(({ spec }) => spec.changes.map(({ request }) => request)),
    ],
  });
  return planRepair(hub, picture);
}

function limitsOf(objects: readonly Limited[]): HubPicture['limits'] {
  return objects.flatMap((it) => {
    const scope = limitedScope(it);
    const { namespace, name, uid = '', generation = 0 } = it.metadata;
    const grants = it.kind === Quota.kind ? ((it as Quota).spec.grants ?? []).map((of) => of.name) : [];
    const object = namespace === undefined ? name : `${namespace}/${name}`;
    return scope ? [{ object, uid, generation, scope: scopePath(scope), grants }] : [];
  });
}
