import type { Repair, ResourceRequest, StockImport } from '../../api/v1alpha1/index.ts';
import { type SameName, sameNames } from '../../domain/audit/reviewers.ts';
import type { KubeObject, ResourceRef } from '../../kube/types.ts';
import type { Hub } from '../hub/hub.ts';
import * as kinds from '../hub/kinds.ts';
import { closedRequests } from './requests.ts';

const ACCOUNTS: ResourceRef = { group: '', version: 'v1', plural: 'serviceaccounts', namespaced: true };
const PEOPLE = 'govcloud-people';
/** Says of an account whose it is. */
const NAME = 'govcloud.dev/name';

/** Decisions of all that was ever decided on, whose author has the name of somebody else who has a part in it. */
export async function reviewersOfOneName(hub: Hub): Promise<readonly SameName[]> {
  const everywhere = hub.in(undefined);
  const [accounts, requests, closed, stock, repairs] = await Promise.all([
    hub.client.list<KubeObject>(ACCOUNTS, { namespace: PEOPLE }),
    everywhere.list<ResourceRequest>(kinds.resourceRequests),
    closedRequests(everywhere),
    hub.list<StockImport>(kinds.stockImports),
    hub.list<Repair>(kinds.repairs),
  ]);
  const names = new Map(
    accounts.items.flatMap(({ metadata }) => {
      const name = metadata.annotations?.[NAME];
      return name === undefined ? [] : [[`system:serviceaccount:${PEOPLE}:${metadata.name}`, name] as const];
    }),
  );
  // The hub may still have what the books have a copy of.
  const all = new Map([...closed, ...requests].map((it) => [it.metadata.uid, it]));
  return sameNames([...all.values(), ...stock, ...repairs], names);
}
