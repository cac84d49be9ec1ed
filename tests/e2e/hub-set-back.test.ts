import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resourceOf } from '../../api/kind.ts';
import { Allocation, ResourceRequest } from '../../api/v1alpha1/index.ts';
import { readAudit } from '../../books/reports.ts';
import { closedRequest } from '../../books/requests.ts';
import type { ResourceRef } from '../../kube/types.ts';
import { SmallCity } from '../support/city.ts';
import {
  accept,
  approve,
  grantedBy,
  inReview,
  machines,
  type StoredAllocation,
  type StoredRequest,
} from '../support/people.ts';

const MACHINES: ResourceRef = {
  group: 'kubevirt.io',
  version: 'v1',
  plural: 'virtualmachines',
  namespaced: true,
};
const SECRETS: ResourceRef = { group: '', version: 'v1', plural: 'secrets', namespaced: true };

let city: SmallCity;

beforeAll(async () => {
  city = await SmallCity.start();
});

afterAll(() => city?.stop());

const request = (of: StoredRequest, wanted: (it: StoredRequest) => boolean) =>
  city.seen(ResourceRequest, of.metadata, wanted);

/** What the ledger did for a request, in order. */
async function ledgerOf(of: StoredRequest): Promise<readonly string[]> {
  const { items } = await readAudit(city.books, { subject: of.metadata.uid });
  return items.map(({ action }) => action).filter((it) => it.startsWith('ledger.'));
}

/** The names of the machines that an allocation has in its member, by its label. */
async function machinesOf(of: StoredAllocation): Promise<readonly string[]> {
  const labelSelector = `govcloud.dev/allocation=${of.metadata.uid}`;
  const { items } = await city.member.client.list(MACHINES, { labelSelector });
  return items.map(({ metadata }) => metadata.name);
}

async function submit(): Promise<StoredRequest> {
  return (await city.person('xian-ops')).submit({
    action: 'Provision',
    arch: 'amd64',
    lines: [machines(1, { vcpu: 1, memoryGiB: 2 })],
  });
}

/** A request of the county on its last step. */
async function onLastStep(asked: StoredRequest): Promise<StoredRequest> {
  await (await city.person('xian-bureau')).decide(asked, 'initial');
  return request(asked, ({ status }) => status?.review?.openStep === 'approval');
}

describe('a hub', () => {
  /** Its etcd while both requests were open. */
  let backup: string;
  let granted: StoredRequest;
  let open: StoredRequest;

  beforeAll(async () => {
    backup = join(city.home.dir, 'etcd-backup');
    open = await submit();
    granted = await onLastStep(await submit());
    await request(open, inReview);
  });

  it('that is away for a while is waited for, and what was decided just before is granted once', async () => {
    const asked = await onLastStep(await submit());
    await (await city.person('approver')).decide(asked, 'approval');
    await city.withHubStopped((etcd) => cpSync(etcd, backup, { recursive: true }));
    expect(await grantedBy(city, asked)).toHaveLength(1);
    expect(await ledgerOf(asked)).toEqual(['ledger.hold', 'ledger.post']);
  });

  it('that is set back to an older state has again what the books have posted, and nothing is posted twice', async () => {
    await onLastStep(open);
    await approve(city, granted);
    const [before] = (await grantedBy(city, granted)) as [StoredAllocation];
    const { status } = await accept(city, before);
    const { uid } = granted.metadata;
    await city.until('it is in the books as closed', async () => {
      return (await closedRequest(city.books, { uid })) !== undefined;
    });
    const login = { namespace: status?.namespace ?? '', name: `${before.metadata.name}-login` };
    const [machine, secret] = [await machinesOf(before), await city.member.client.get(SECRETS, login)];
    await city.withHubStopped((etcd) => {
      rmSync(etcd, { recursive: true });
      cpSync(backup, etcd, { recursive: true });
    });
    const after = await city.seen(
      Allocation,
      before.metadata,
      ({ metadata, status }) => metadata.uid !== before.metadata.uid && status?.state === 'PendingAcceptance',
    );
    expect(await ledgerOf(granted)).toEqual(['ledger.hold', 'ledger.post']);
    // What runs is its own again, by the label by which its changes are heard, and with the password that it has.
    expect(await machinesOf(after)).toEqual(machine);
    const { data } = secret as unknown as { data: object };
    expect(await city.member.client.get(SECRETS, login)).toMatchObject({ data });
  });

  it('of which a decision was lost stops the operator as soon as another one stands in its place', async () => {
    const { items } = await city.hub.client.list<StoredAllocation>(resourceOf(Allocation));
    const given = items.find(({ spec }) =>
      spec.changes.some((it) => it.request === granted.metadata.uid),
    ) as StoredAllocation;
    await (await city.person('approver')).decide(open, 'approval');
    await city.until('the operator says that it writes no more', () =>
      city.log().some(({ msg, level }) => level === 60 && msg.includes('read-only')),
    );
    const { items: recorded } = await readAudit(city.books, {});
    await (await city.person('xian-ops')).handOver(given, 'accept');
    const key = `${given.metadata.namespace}/${given.metadata.name}`;
    await city.until('it was looked at', () =>
      city.log().some((line) => line['key'] === key && line.msg.startsWith('read-only')),
    );
    expect((await readAudit(city.books, {})).items).toHaveLength(recorded.length);
    expect((await city.get(Allocation, given.metadata)).status?.state).toBe('PendingAcceptance');
    await city.verifyBooks();
  });
});
