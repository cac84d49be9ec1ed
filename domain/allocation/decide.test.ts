import { describe, expect, it } from 'vitest';
import type { Allocation } from '../../api/v1alpha1/index.ts';
import { AllocationLife } from '../testing/allocation-life.ts';
import { byName, machineItem, organization } from '../testing/city.ts';
import { allocation } from '../testing/requests.ts';
import { anchorName, memberNamespaceOf } from './objects.ts';

const GIVE = ['addFinalizer', 'ensureNamespace', 'writeAnchor', 'apply', 'project PendingProvisioning'];

/** A life whose objects stand and are ready, accepted unless told otherwise. */
function inUse(...given: ConstructorParameters<typeof AllocationLife>): AllocationLife {
  const it = new AllocationLife(...given);
  it.run();
  it.makeReady();
  it.handOver('accept');
  it.run();
  expect(it.status.state).toBe('InUse');
  return it;
}

describe('giving', () => {
  it('names its objects in the anchor before it makes them, and owns each of them', () => {
    const it = new AllocationLife();
    const inventories: number[] = [];
    const done = it.run((action) => {
      if (action.do === 'apply') inventories.push(it.anchor?.inventory.length ?? 0);
      it.apply(action);
    });
    expect(done).toEqual(GIVE);
    expect(inventories).toEqual([4]);
    expect([...it.live.keys()].sort()).toEqual([
      'kubevirt.io/v1/VirtualMachine/req-1-web-0',
      'kubevirt.io/v1/VirtualMachine/req-1-web-1',
      'v1/PersistentVolumeClaim/req-1-web-0-data',
      'v1/PersistentVolumeClaim/req-1-web-1-data',
    ]);
    for (const { metadata } of it.live.values()) {
      expect(metadata).toMatchObject({
        namespace: memberNamespaceOf(it.object, machineItem().spec),
        labels: { 'govcloud.dev/allocation': 'uid-allocation' },
        ownerReferences: [{ kind: 'ConfigMap', uid: it.anchor?.uid }],
      });
    }
    expect(it.run()).toEqual([]);
  });

  it('waits for readiness, delivers, waits for its requester, is in use', () => {
    const it = new AllocationLife();
    it.run();
    expect([it.condition('Ready'), it.condition('Delivered')]).toEqual([
      'False ObjectsNotReady',
      'False NotDelivered',
    ]);
    it.makeReady();
    expect(it.run()).toEqual(['project PendingAcceptance']);
    expect(it.status).toMatchObject({
      deliveredRevision: 1,
      outputs: [{ name: 'host', value: 'req-1-web.svc' }],
    });
    it.handOver('accept');
    expect(it.run()).toEqual(['recordHandovers', 'project InUse']);
    expect(it.status.acceptedAt).toBe('2026-11-24T02:00:00.000Z');
    expect(it.condition('Accepted')).toBe('True Accepted');
  });

  it('stays delivered when it is not ready for a while', () => {
    const it = inUse();
    it.makeReady(false);
    it.run();
    expect(it.status.state).toBe('InUse');
    expect([it.condition('Ready'), it.condition('Delivered')]).toEqual([
      'False ObjectsNotReady',
      'True Delivered',
    ]);
  });

  it('makes again what somebody deleted', () => {
    const it = inUse();
    it.live.delete('kubevirt.io/v1/VirtualMachine/req-1-web-0');
    expect(it.run()).toContain('apply');
    expect(it.live.size).toBe(4);
  });

  it('tells what somebody changed, leaves it, and applies nothing', () => {
    const it = inUse();
    const machine = it.live.get('kubevirt.io/v1/VirtualMachine/req-1-web-0') as { spec?: object };
    machine.spec = { ...machine.spec, runStrategy: 'Halted', added: true };
    expect(it.run()).toEqual(['project InUse']);
    expect(it.condition('InSync')).toBe('False Drifted');
    const said = it.status.conditions?.find(({ type }) => type === 'InSync')?.message;
    expect(said).toContain('VirtualMachine/req-1-web-0 spec.runStrategy: "Halted" ("Always")');
    expect(said).not.toContain('added');
  });

  it('shows the end of its term and deletes nothing', () => {
    const it = inUse({ until: '2026-11-25' });
    it.now += 24 * 3_600_000;
    expect(it.run()).toEqual([]);
    it.now += 24 * 3_600_000;
    expect(it.run()).toEqual(['project Expired']);
    expect(it.condition('WithinTerm')).toBe('False TermEnded');
    expect(it.live.size).toBe(4);
  });

  it('says so when the version of its item is lost, and does nothing else', () => {
    const it = inUse();
    it.item = undefined;
    it.run();
    expect(it.status.state).toBe('InUse');
    expect(it.condition('Ready')).toBe('False ItemVersionMissing');
  });

  it('still shows then that it was accepted, and what holds it', () => {
    const it = inUse();
    it.handOver('hold');
    it.item = undefined;
    it.run();
    expect([it.condition('LegalHold'), it.condition('Accepted')]).toEqual(['True OnHold', 'True Accepted']);
  });

  it('leaves what is deleted before it was bound', () => {
    const it = new AllocationLife();
    it.object.metadata.deletionTimestamp = '2026-11-24T00:00:00Z';
    expect(it.run()).toEqual([]);
  });

  it('does not fail on an output that its objects cannot give any more', () => {
    const value = 'objects.machine[0].status.address';
    const it = new AllocationLife({}, { outputs: [{ name: 'host', title: { zh: '主机' }, value }] });
    it.run();
    for (const object of it.live.values()) object['status'] = { ready: true, address: '10.0.0.1' };
    it.run();
    expect(it.status.outputs?.[0]?.value).toBe('10.0.0.1');
    it.makeReady(false);
    expect(() => it.run()).not.toThrow();
    expect(it.condition('Ready')).toBe('False ObjectsNotReady');
  });
});

describe('a member that does not answer', () => {
  it('changes nothing but what is said of it', () => {
    const it = inUse();
    it.problem = 'connect ECONNREFUSED';
    expect(it.run()).toEqual(['project InUse']);
    expect(it.condition('MemberReachable')).toBe('False Unreachable');
    expect(it.status).toMatchObject({ deliveredRevision: 1, observedRevision: 1, anchor: it.anchor?.uid });
    expect(it.status.objects).toHaveLength(4);
  });

  it('leaves acceptance and delivery as they were, and their times', () => {
    const it = inUse();
    const kept = () =>
      it.status.conditions?.filter(({ type }) => type === 'Accepted' || type === 'Delivered');
    const before = kept();
    expect(before).toHaveLength(2);
    it.problem = 'connect ECONNREFUSED';
    it.now += 3_600_000;
    it.run();
    expect(kept()).toEqual(before);
    it.problem = undefined;
    it.now += 3_600_000;
    it.run();
    expect(kept()).toEqual(before);
  });

  it('is given to when it is back, once', () => {
    const it = new AllocationLife();
    it.problem = 'connect ECONNREFUSED';
    expect(it.run()).toEqual(['addFinalizer', 'project PendingProvisioning']);
    it.problem = undefined;
    expect(it.run()).toEqual(GIVE.slice(1));
  });
});

describe('an inventory that was tampered with', () => {
  const key = 'v1/PersistentVolumeClaim/other-0-data';
  const listed = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', name: 'other-0-data', template: 'disk' };
  const put = (it: AllocationLife, label: string, owner: string) => {
    it.live.set(key, {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: {
        name: 'other-0-data',
        uid: 'uid-other',
        labels: { 'govcloud.dev/allocation': label },
        ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'anchor', uid: owner }],
      },
    } as never);
    it.anchor = {
      uid: it.anchor?.uid ?? '',
      allocation: it.object.metadata.uid,
      inventory: [...(it.anchor?.inventory ?? []), listed],
    };
  };

  it('has nothing of another allocation deleted, while it stands and when it is released', () => {
    const it = inUse();
    put(it, 'uid-of-another', 'uid-of-its-anchor');
    expect(it.run()).toEqual(['writeAnchor']);
    expect(it.anchor?.inventory).not.toContainEqual(listed);
    put(it, 'uid-of-another', 'uid-of-its-anchor');
    const deleted: string[] = [];
    it.release();
    it.run((action) => {
      if (action.do === 'delete') deleted.push(...action.objects.map(({ identity }) => identity.name));
      it.apply(action);
    });
    expect(deleted).toHaveLength(4);
    expect(deleted).not.toContain('other-0-data');
  });

  it('still has deleted what it made before the hub was set back, under another uid', () => {
    const it = inUse();
    put(it, 'uid-before', it.anchor?.uid ?? '');
    expect(it.run()).toContain('delete');
  });
});

describe('names in a member', () => {
  const { spec: item } = machineItem();
  const of = (organizationCode: string, systemName: string, name = 'a') =>
    memberNamespaceOf(
      allocation({ organization: organizationCode, system: systemName }, undefined, { name }),
      item,
    );

  it('give each system a namespace of its own: 441521-zsj is a code, and so is 441521', () => {
    const codes = byName([organization('441521', 'county'), organization('441521-zsj', 'department')]);
    expect(codes.size).toBe(2);
    expect(of('441521', 'zsj-portal')).not.toBe(of('441521-zsj', 'portal'));
  });

  it('give what has a namespace of its own another one than any system', () => {
    const own = memberNamespaceOf(allocation({ system: 'portal' }, undefined, { name: 'web' }), {
      ...item,
      namespace: 'allocation',
    });
    expect(own).not.toBe(of('luhe', 'web'));
  });

  it('are names, however long what they are made of', () => {
    const names = ['x', 'y'].map((last) => of('o'.repeat(40), `${'s'.repeat(62)}${last}`));
    expect(new Set(names).size).toBe(2);
    for (const name of names) expect(name).toMatch(/^[a-z0-9][-a-z0-9]{0,61}[a-z0-9]$/);
    const anchor = anchorName({ metadata: { name: 'n'.repeat(63) } } as Allocation);
    expect(anchor).toMatch(/^[a-z0-9][-a-z0-9]{0,61}[a-z0-9]$/);
  });
});
