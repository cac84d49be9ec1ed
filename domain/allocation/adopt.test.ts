import { describe, expect, it } from 'vitest';
import { AllocationLife } from '../testing/allocation-life.ts';

const MACHINE = 'kubevirt.io/v1/VirtualMachine/req-1-web-1';

function stock(keep?: (key: string) => boolean): AllocationLife {
  const it = new AllocationLife({ adopted: true, until: undefined });
  it.findStock(keep);
  return it;
}

const uids = (it: AllocationLife) => [...it.live].map(([key, { metadata }]) => `${key} ${metadata.uid}`);

describe('opening stock', () => {
  it('that is there is adopted as it runs: its owner is written on it, and nothing else', () => {
    const it = stock();
    const machine = it.live.get(MACHINE) as { spec?: object };
    machine.spec = { runStrategy: 'Manual', cores: 2 };
    const before = uids(it);
    expect(it.run()).toEqual(['addFinalizer', 'writeAnchor', 'apply', 'project InUse']);
    expect(uids(it)).toEqual(before);
    expect(machine.spec).toEqual({ runStrategy: 'Manual', cores: 2 });
    for (const { metadata } of it.live.values())
      expect(metadata['ownerReferences']).toMatchObject([{ uid: it.anchor?.uid }]);
    expect(it.condition('Accepted')).toBe('True OpeningStock');
    expect(it.run()).toEqual([]);
  });

  it('that differs from what the catalogue would make is shown as drifted', () => {
    const it = stock();
    (it.live.get(MACHINE) as { spec?: object }).spec = { runStrategy: 'Manual', cores: 2 };
    it.run();
    expect(it.condition('InSync')).toBe('False Drifted');
  });

  it.each([
    ['nothing', () => false],
    ['a part', (key: string) => key !== MACHINE],
  ])('of which %s is found is posted and shown, and nothing is made', (_, keep) => {
    const it = stock(keep);
    const before = uids(it);
    it.run();
    expect(uids(it)).toEqual(before);
    expect(it.status.state).toBe('InUse');
    expect(it.condition('Ready')).toBe('Unknown NotFound');
    expect(it.run()).toEqual([]);
  });

  it('of which a part vanishes while it is adopted is not made again', () => {
    const it = stock();
    it.run((action) => {
      it.apply(action);
      if (action.do === 'writeAnchor') it.live.delete(MACHINE);
    });
    expect(it.live.has(MACHINE)).toBe(false);
    expect(it.condition('Ready')).toBe('Unknown NotFound');
    it.run();
    expect(it.live.has(MACHINE)).toBe(false);
  });

  it('of which a part vanishes between the look and the write is not made by the write', () => {
    const it = stock();
    it.run((action) => {
      if (action.do === 'apply') it.live.delete(MACHINE);
      it.apply(action);
    });
    expect(it.live.has(MACHINE)).toBe(false);
  });

  it('that vanished after it was adopted is not made again', () => {
    const it = stock();
    it.run();
    it.live.delete(MACHINE);
    expect(it.run()).not.toContain('apply');
    expect(it.condition('Ready')).toBe('Unknown NotFound');
  });

  it('that turns up later is adopted then', () => {
    const it = stock((key) => key !== MACHINE);
    it.run();
    it.findStock((key) => key === MACHINE);
    expect(it.run()).toContain('apply');
    expect(it.condition('Ready')).not.toBe('Unknown NotFound');
  });

  it('of which a part is found is taken out of the member by a shrink, too, and only then credited', () => {
    const it = stock((key) => key !== 'kubevirt.io/v1/VirtualMachine/req-1-web-0');
    it.run();
    it.resize(1);
    it.run();
    expect(it.live.get(MACHINE)?.metadata.deletionTimestamp).toBeDefined();
    expect(it.credited.size).toBe(0);
    it.sweep();
    it.run();
    expect([it.live.has(MACHINE), it.credited.size]).toEqual([false, 1]);
  });

  it('resized is delivered when it is ready, not because it ran before', () => {
    const it = stock();
    it.makeReady();
    it.run();
    it.resize(3);
    it.run();
    expect(it.live.size).toBe(6);
    expect(it.status.state).toBe('PendingProvisioning');
    expect(it.condition('Delivered')).toBe('False NotDelivered');
    it.makeReady();
    it.run();
    expect(it.status.state).toBe('PendingAcceptance');
  });

  it.each([
    ['all', () => true],
    ['a part', (key: string) => key !== MACHINE],
  ])('of which %s is found is taken out of the member before a release is credited', (_, keep) => {
    const it = stock(keep);
    it.run();
    it.release();
    it.run();
    expect(it.credited.size).toBe(0);
    it.sweep();
    it.run();
    expect([it.live.size, it.credited.size]).toEqual([0, 1]);
  });
});
