import { resourceOf } from '../../api/kind.ts';
import { Allocation, ResourceRequest } from '../../api/v1alpha1/index.ts';
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

/** A request's whole life as the county lives it, and what is left of it, without names that differ between lives. */
export async function live(city: SmallCity): Promise<readonly string[]> {
  const ops = await city.person('xian-ops');
  const told: string[] = [];
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
  };

  const asked = await ops.submit({
    action: 'Provision',
    arch: 'amd64',
    lines: [machines(1, small), databases(1)],
  });
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
    const resize = await ops.submitChange(vm, { action: 'Resize', lines });
    await approve(city, resize);
    vm = await city.seen(
      Allocation,
      vm.metadata,
      ({ spec }) => spec.quantity === quantity && spec.pendingCredit === undefined,
    );
    vm = await accept(city, vm);
    await settled(resize, 'InUse');
  }
  const renewal = await ops.submitChange(vm, { action: 'Renew', until: '2100-12-31' });
  await approve(city, renewal);
  await settled(renewal, 'Approved');
  for (const it of [vm, database]) {
    const current = await city.get(Allocation, it.metadata);
    const release = await ops.submitChange(current, { action: 'Release' });
    await approve(city, release);
    await city.seen(Allocation, it.metadata, ({ status }) => status?.state === 'Reclaimed');
    await settled(release, 'Reclaimed');
  }
  for (const { spec, status } of await ownedBy())
    told.push(
      `${spec.item}: ${status?.state}, until ${spec.until}, ${spec.changes.map(({ action }) => action).join(' ')}`,
    );
  return told;
}
