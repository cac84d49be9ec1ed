import { resourceOf } from '../../api/kind.ts';
import { Allocation, CapacityPool, Quota, ResourceRequest } from '../../api/v1alpha1/index.ts';
import { readAudit } from '../../books/reports.ts';
import { systemNamespaceOf } from '../../domain/allocation/objects.ts';
import { ResourceVector } from '../../domain/quantity.ts';
import { sameJson } from '../../domain/same.ts';
import { isKubeError } from '../../kube/errors.ts';
import type { KubeObject, ResourceRef } from '../../kube/types.ts';
import type { SmallCity } from '../support/city.ts';
import {
  accept,
  approve,
  databases,
  grantedBy,
  machines,
  type StoredAllocation,
  type StoredRequest,
} from '../support/people.ts';

const NAMESPACES: ResourceRef = { group: '', version: 'v1', plural: 'namespaces', namespaced: false };

/**
 * A request's whole life as the county lives it, the first of its system in the member, up to the last write about it.
 * @param name what the names of all its requests begin with, before a hyphen
 * @returns what is left of it, without names that differ between lives
 */
export async function live(city: SmallCity, name: string): Promise<readonly string[]> {
  await forgetInMember(city);
  const ops = await city.person('xian-ops');
  const told: string[] = [];
  const requests: StoredRequest[] = [];
  const small = { vcpu: 1, memoryGiB: 2 };
  const settled = async (request: StoredRequest, state: string) => {
    await city.seen(
      ResourceRequest,
      request.metadata,
      ({ status }) => status?.phase === 'Granted' && status.state === state,
    );
    const steps = await city.ledgerOf(request);
    const holds = (await city.holds(request)).map((it) => `${it.state} ${it.generation}/${it.attempt}`);
    told.push(`${request.spec.action}: ${state}; ${steps.join(' ')}; holds ${holds.join(', ')}`);
    requests.push(request);
  };

  const wanted = [machines(1, small), databases(1)];
  const asked = await ops.submit({ action: 'Provision', arch: 'amd64', lines: wanted }, `${name}-ask`);
  await (await city.person('xian-bureau')).decide(asked, 'initial');
  await (await city.person('approver')).decide(asked, 'approval', 'return', { returnTo: 'initial' });
  await city.seen(
    ResourceRequest,
    asked.metadata,
    ({ status }) => status?.review?.openStep === 'initial' && (status.decisions?.length ?? 0) === 2,
  );
  await approve(city, asked);
  for (const it of await grantedBy(city, asked)) await accept(city, it);
  await settled(asked, 'InUse');
  const ownedBy = async () => {
    const { items } = await city.hub.client.list<StoredAllocation>(resourceOf(Allocation));
    return items.filter(({ spec }) => spec.changes[0]?.request === asked.metadata.uid);
  };
  const [database, machine] = (await ownedBy()).sort((a, b) => (a.spec.item < b.spec.item ? -1 : 1));
  if (!database || !machine) throw new Error('the request granted less than it asked for');

  let vm = machine;
  for (const quantity of [2, 1]) {
    const lines = [machines(quantity, small)];
    const resize = await ops.submitChange(vm, { action: 'Resize', lines }, `${name}-resize-${quantity}`);
    await approve(city, resize);
    vm = await city.seen(
      Allocation,
      vm.metadata,
      ({ spec }) => spec.quantity === quantity && spec.pendingCredit === undefined,
    );
    vm = await accept(city, vm);
    await settled(resize, 'InUse');
  }
  const renewal = await ops.submitChange(vm, { action: 'Renew', until: '2100-12-31' }, `${name}-renew`);
  await approve(city, renewal);
  await settled(renewal, 'Approved');
  for (const it of [vm, database]) {
    const current = await city.get(Allocation, it.metadata);
    const release = await ops.submitChange(current, { action: 'Release' }, `${name}-release-${it.spec.item}`);
    await approve(city, release);
    await city.seen(Allocation, it.metadata, ({ status }) => status?.state === 'Reclaimed');
    await settled(release, 'Reclaimed');
  }
  for (const { spec, status } of await ownedBy())
    told.push(
      `${spec.item}: ${status?.state}, until ${spec.until}, ${spec.changes.map(({ action }) => action).join(' ')}`,
    );
  for (const it of requests) {
    // Of what is over it is still told that all was given back.
    const given = it.spec.action === 'Provision' || it.spec.action === 'Resize';
    await city.seen(ResourceRequest, it.metadata, ({ status }) => !given || status?.state === 'Reclaimed');
    await city.until('the books have closed the request', async () => {
      const { items } = await readAudit(city.books, { subject: it.metadata.uid });
      return items.some(({ action }) => action === 'request.close');
    });
  }
  await city.until('pools and quotas show what the books say', () => isShown(city));
  return told;
}

/** What stands in the member for the system itself, and outlives all that was given to it. */
async function forgetInMember(city: SmallCity): Promise<void> {
  const { client } = city.member;
  const name = systemNamespaceOf('441523', 'menhu');
  try {
    await client.delete(NAMESPACES, { name });
  } catch (error) {
    if (!isKubeError(error, 'E_API_NOT_FOUND')) throw error;
  }
  await city.seenInMember(NAMESPACES, { name }, (it) => it === undefined);
}

async function isShown(city: SmallCity): Promise<boolean> {
  const { client } = city.hub;
  const pools = await client.list<CapacityPool & KubeObject>(resourceOf(CapacityPool));
  const quotas = await client.list<Quota & KubeObject>(resourceOf(Quota));
  const limited = [
    ...pools.items.map((it) => [it.metadata.name, it.status] as const),
    ...quotas.items.map((it) => [it.spec.child.organization ?? '', it.status] as const),
  ];
  for (const [holder, status] of limited)
    for (const leg of ['posted', 'pending'] as const) {
      const shown = ResourceVector.parse(status?.[leg] ?? {}).toQuantities();
      if (!sameJson(shown, await city.balance(holder, leg))) return false;
    }
  return true;
}
