import { describe, expect, it } from 'vitest';
import { AllocationLife } from '../testing/allocation-life.ts';
import { isUnderWay } from './follow.ts';

const DAY = 24 * 3_600_000;
const RETAINED = { retainDays: 10 };

function inUse(...given: ConstructorParameters<typeof AllocationLife>): AllocationLife {
  const it = new AllocationLife(...given);
  it.run();
  it.makeReady();
  it.handOver('accept');
  it.run();
  return it;
}

/** Released on 24 November with ten days of retention, its machines gone. */
function retained(...given: ConstructorParameters<typeof AllocationLife>): AllocationLife {
  const it = inUse({ ...RETAINED, ...given[0] }, given[1]);
  it.release();
  it.run();
  it.sweep();
  it.run();
  return it;
}

const kinds = (it: AllocationLife) => [...it.live.keys()].map((key) => key.split('/').at(-2)).sort();
const credits = (it: AllocationLife) =>
  [...it.credited].map(([key, amounts]) => [key, amounts.toQuantities()]);

describe('a release with days of retention', () => {
  it('takes the machines and credits them once they are gone; the disks stay, and stay posted', () => {
    const it = inUse(RETAINED);
    it.release();
    expect(it.run()).toEqual(['delete', 'project InUse']);
    expect(it.credited.size).toBe(0);
    it.sweep();
    expect(it.run()).toEqual(['credit']);
    expect(kinds(it)).toEqual(['PersistentVolumeClaim', 'PersistentVolumeClaim']);
    expect(credits(it)).toEqual([['uid-Release-2/1', { vcpu: '8', memory: '16Gi' }]]);
    expect(it.posted.toQuantities()).toEqual({ ssd: '200Gi' });
    expect(it.status).toMatchObject({ state: 'Suspended', retainedUntil: '2026-12-04' });
    expect(it.condition('Ready')).toBe('False Retained');
    expect(it.erased).toEqual([]);
  });

  it('erases nothing by itself, however long it waits', () => {
    const it = retained();
    it.now += 10 * DAY;
    expect(it.run()).toEqual([]);
    it.now += DAY;
    expect(it.run()).toEqual(['project Suspended']);
    expect(it.condition('Ready')).toBe('False ErasureDue');
    it.now += 3650 * DAY;
    expect(it.run()).toEqual([]);
    expect(it.live.size).toBe(2);
  });

  it('erases once that is decided, says on whose word, and only then credits the disks', () => {
    const it = retained();
    it.now += 11 * DAY;
    it.handOver('erase', { by: 'bureau', comment: 'kept long enough' });
    expect(it.run()).toEqual(['recordHandovers', 'delete', 'project Suspended']);
    const word = { serial: 'ZY-2026-000002', by: 'bureau', comment: 'kept long enough' };
    expect(it.erased).toEqual([
      { name: 'req-1-web-0-data', ...word },
      { name: 'req-1-web-1-data', ...word },
    ]);
    it.sweep();
    expect(it.run()).toEqual(['deleteAnchor', 'credit']);
    expect(credits(it)[1]).toEqual(['uid-Release-2/1/2', { ssd: '200Gi' }]);
    expect([it.status.state, it.posted.isZero()]).toEqual(['Reclaimed', true]);
  });

  it('does not count a decision from before its time is up', () => {
    const it = retained();
    it.handOver('erase');
    it.run();
    it.now += 20 * DAY;
    it.run();
    expect([it.live.size, it.condition('Ready')]).toEqual([2, 'False ErasureDue']);
    it.handOver('erase');
    it.run();
    it.sweep();
    it.run();
    expect(it.status.state).toBe('Reclaimed');
  });

  it('credits all of it once where somebody else took the disks', () => {
    const it = retained();
    it.live.clear();
    it.run();
    expect(it.status.state).toBe('Suspended');
    it.now += 11 * DAY;
    it.handOver('erase');
    it.run();
    expect([it.status.state, it.posted.isZero(), it.credited.size]).toEqual(['Reclaimed', true, 2]);
  });

  it('waits for a member that was down all the while', () => {
    const it = inUse(RETAINED);
    it.problem = 'down';
    it.release();
    it.run();
    it.now += 30 * DAY;
    it.handOver('erase');
    it.run();
    it.problem = undefined;
    it.run();
    it.sweep();
    it.run();
    expect([it.status.state, it.posted.isZero()]).toEqual(['Reclaimed', true]);
  });

  it('without days, or without disks, is over when all is gone: its own approval is the decision', () => {
    const it = inUse();
    it.release();
    it.run();
    it.sweep();
    expect(it.run()).toEqual(['deleteAnchor', 'credit']);
    expect(it.erased.map(({ serial, by }) => [serial, by])).toEqual([
      ['ZY-2026-000002', undefined],
      ['ZY-2026-000002', undefined],
    ]);
    expect(it.status.retainedUntil).toBeUndefined();
  });
});

describe('how soon it is looked at again', () => {
  it('is for what the member has to do, and not for what waits for its time or for people', () => {
    const it = inUse(RETAINED);
    expect(isUnderWay(it.object)).toBe(false);
    it.release();
    it.run();
    it.run();
    expect([it.condition('Ready'), isUnderWay(it.object)]).toEqual(['False Releasing', true]);
    it.sweep();
    it.run();
    expect([it.condition('Ready'), isUnderWay(it.object)]).toEqual(['False Retained', false]);
    it.now += 11 * DAY;
    it.run();
    expect([it.condition('Ready'), isUnderWay(it.object)]).toEqual(['False ErasureDue', false]);
    it.handOver('hold');
    it.run();
    expect([it.condition('Ready'), isUnderWay(it.object)]).toEqual(['False HeldBack', false]);
  });

  it('is so for what is being given or suspended, not for a work order', () => {
    const it = new AllocationLife();
    it.run();
    expect(isUnderWay(it.object)).toBe(true);
    const still = inUse();
    still.suspend();
    still.run();
    expect(isUnderWay(still.object)).toBe(true);
    still.makeReady();
    still.run();
    expect(isUnderWay(still.object)).toBe(false);
    const order = new AllocationLife({ fulfilment: 'manual' }, { fulfilment: 'manual', templates: [] });
    order.run();
    expect([order.status.state, isUnderWay(order.object)]).toEqual(['PendingProvisioning', false]);
  });
});

describe('a legal hold', () => {
  it('keeps what is released as it is until it is lifted', () => {
    const it = inUse();
    it.handOver('hold', { by: 'auditor', comment: 'case 3' });
    it.run();
    expect(it.condition('LegalHold')).toBe('True OnHold');
    it.release();
    expect(it.run()).toEqual(['project InUse']);
    expect([it.live.size, it.condition('Ready')]).toEqual([4, 'False HeldBack']);
    it.handOver('unhold', { by: 'auditor', comment: 'closed' });
    it.run();
    it.sweep();
    it.run();
    expect(it.status.state).toBe('Reclaimed');
  });

  it('outweighs the decision to erase', () => {
    const it = retained();
    it.now += 11 * DAY;
    it.handOver('hold');
    it.handOver('erase');
    it.run();
    expect([it.live.size, it.condition('LegalHold')]).toEqual([2, 'True OnHold']);
    it.handOver('unhold');
    it.run();
    expect([...it.live.values()].every(({ metadata }) => metadata.deletionTimestamp)).toBe(true);
  });

  it('keeps what a resize would take', () => {
    const it = inUse();
    it.handOver('hold');
    it.run();
    it.resize(1);
    it.run();
    expect([it.live.size, it.credited.size]).toEqual([4, 0]);
    expect([...it.live.values()].some(({ metadata }) => metadata.deletionTimestamp)).toBe(false);
    it.handOver('unhold');
    it.run();
    it.sweep();
    it.run();
    expect([it.live.size, it.credited.size]).toEqual([2, 1]);
  });

  it('says later what a shrink erased on the word of that shrink, whatever was granted since', () => {
    const it = inUse();
    it.handOver('hold');
    it.run();
    it.resize(1);
    it.run();
    it.renew('2027-12-31');
    it.handOver('unhold');
    it.run();
    expect(it.erased).toEqual([{ name: 'req-1-web-1-data', serial: 'ZY-2026-000002' }]);
  });

  it('stands in a hub that was set back and has lost it, and in one that has lost that it was lifted', () => {
    const it = inUse();
    it.handOver('hold');
    it.run();
    it.setBack(1);
    it.run();
    expect([it.status.handovers?.length, it.condition('LegalHold')]).toEqual([1, 'True OnHold']);
    it.handOver('hold');
    it.handOver('unhold');
    it.run();
    expect(it.condition('LegalHold')).toBeUndefined();
    it.setBack(2);
    it.release();
    it.run();
    expect([it.live.size, it.condition('Ready')]).toEqual([4, 'False HeldBack']);
  });

  it('that takes the place of what a hub that was set back has lost holds, too', () => {
    const it = inUse();
    it.handOver('hold', { comment: 'case 3' });
    it.handOver('unhold', { comment: 'closed' });
    it.run();
    it.setBack(1);
    it.handOver('hold', { comment: 'case 4' });
    expect(it.run()).toEqual(['recordHandovers', 'project InUse']);
    expect(it.condition('LegalHold')).toBe('True OnHold');
    expect(it.handovers.map(({ action, position }) => [position, action])).toEqual([
      [0, 'accept'],
      [1, 'hold'],
      [2, 'unhold'],
      [3, 'hold'],
    ]);
    expect(it.run()).toEqual([]);
  });

  it('takes nothing of an acceptance away', () => {
    const it = inUse();
    it.handOver('hold');
    it.run();
    expect([it.status.state, it.condition('Accepted')]).toEqual(['InUse', 'True Accepted']);
  });
});
