import { describe, expect, it } from 'vitest';
import { AllocationLife } from '../testing/allocation-life.ts';

const DISK = 'v1/PersistentVolumeClaim/req-1-web-1-data';

function inUse(...given: ConstructorParameters<typeof AllocationLife>): AllocationLife {
  const it = new AllocationLife(...given);
  it.run();
  it.makeReady();
  it.handOver('accept');
  it.run();
  return it;
}

const credits = (it: AllocationLife) =>
  [...it.credited].map(([key, amounts]) => [key, amounts.toQuantities()]);

describe('a resize', () => {
  it('up makes what is new and keeps what stands', () => {
    const it = inUse();
    const before = it.live.get(DISK)?.metadata.uid;
    it.resize(3);
    expect(it.run()).toEqual(['writeAnchor', 'apply', 'project PendingProvisioning']);
    expect(it.live.size).toBe(6);
    expect(it.live.get(DISK)?.metadata.uid).toBe(before);
    expect(it.credited.size).toBe(0);
  });

  it('down credits only what is seen gone', () => {
    const it = inUse();
    it.resize(1);
    expect(it.run()).toEqual(['writeAnchor', 'delete', 'project PendingAcceptance']);
    // Deleted is not gone: a disk may hang on its finalizer.
    expect(it.live.get(DISK)?.metadata.deletionTimestamp).toBeDefined();
    expect(it.credited.size).toBe(0);
    it.sweep();
    expect(it.run()).toEqual(['writeAnchor', 'credit']);
    expect(credits(it)).toEqual([['uid-Resize-2/1', { vcpu: '4', memory: '8Gi', ssd: '100Gi' }]]);
    expect(it.object.spec.pendingCredit).toBeUndefined();
    expect(it.anchor?.inventory).toHaveLength(2);
  });

  it('down credits nothing while the member does not answer', () => {
    const it = inUse();
    it.resize(1);
    it.problem = 'down';
    it.run();
    it.sweep();
    it.run();
    expect(it.credited.size).toBe(0);
    it.problem = undefined;
    it.run();
    it.sweep();
    it.run();
    expect(it.credited.size).toBe(1);
  });

  it('credits once, though the operator dies before it writes so', () => {
    const it = inUse();
    it.resize(1);
    it.run();
    it.sweep();
    const dies = () =>
      it.run((action) => {
        it.apply(action.do === 'credit' ? { ...action, and: { status: it.status } } : action);
        if (action.do === 'credit') throw new Error('killed');
      });
    expect(dies).toThrowError('killed');
    expect(it.run()).toContain('credit');
    expect(it.credited.size).toBe(1);
  });
});

describe('a release', () => {
  it('takes everything out, sees it gone, and only then credits', () => {
    const it = inUse();
    it.release();
    expect(it.run()).toEqual(['delete', 'project InUse']);
    expect(it.condition('Ready')).toBe('False Releasing');
    expect(it.credited.size).toBe(0);
    it.sweep();
    expect(it.run()).toEqual(['deleteAnchor', 'credit']);
    expect(credits(it)).toEqual([['uid-Release-2/1', { vcpu: '8', memory: '16Gi', ssd: '200Gi' }]]);
    expect(it.status).toMatchObject({ state: 'Reclaimed', observedRevision: 2, objects: [] });
    expect(it.anchor).toBeUndefined();
    expect(it.run()).toEqual([]);
  });

  it('of what was never given credits at once', () => {
    const it = new AllocationLife();
    it.release();
    expect(it.run()).toEqual(['addFinalizer', 'credit']);
  });

  it('keeps its state and credits nothing while the member does not answer', () => {
    const it = inUse();
    it.release();
    it.problem = 'down';
    it.run();
    expect([it.status.state, it.credited.size]).toEqual(['InUse', 0]);
    expect(it.condition('MemberReachable')).toBe('False Unreachable');
  });

  it('makes nothing again that goes', () => {
    const it = inUse();
    it.release();
    it.run();
    it.live.delete(DISK);
    expect(it.run()).not.toContain('apply');
  });

  it('credits nothing while its objects stand, though somebody deleted the anchor that lists them', () => {
    const it = inUse();
    it.release();
    it.anchor = undefined;
    it.run();
    expect(it.credited.size).toBe(0);
    it.sweep();
    it.run();
    expect([it.live.size, it.credited.size]).toEqual([0, 1]);
  });

  it('takes a namespace of its own away before it credits', () => {
    const it = inUse({}, { namespace: 'allocation' });
    it.release();
    it.run();
    it.sweep();
    const [there] = it.namespaces;
    const taken: unknown[] = [];
    const done = it.run((action) => {
      if (action.do === 'deleteNamespace') taken.push(action);
      it.apply(action);
    });
    // By its uid: another one of that name may stand there by then.
    expect(taken).toMatchObject([{ uid: there, basis: { serial: 'ZY-2026-000002' } }]);
    expect(done.indexOf('deleteNamespace')).toBeGreaterThan(done.indexOf('deleteAnchor'));
    expect(done.indexOf('credit')).toBeGreaterThan(done.indexOf('deleteNamespace'));
    expect(it.namespaces.size).toBe(0);
  });

  it('credits what an earlier shrink still owes, too', () => {
    const it = inUse();
    it.resize(1);
    it.release();
    it.run();
    it.sweep();
    it.run();
    expect(credits(it)).toEqual([
      ['uid-Resize-2/1', { vcpu: '4', memory: '8Gi', ssd: '100Gi' }],
      ['uid-Release-3/1', { vcpu: '4', memory: '8Gi', ssd: '100Gi' }],
    ]);
  });

  it('lets its object go only when all is done', () => {
    const it = inUse();
    it.release();
    it.object.metadata.deletionTimestamp = '2026-11-24T00:00:00Z';
    it.run();
    expect(it.removed).toBe(false);
    it.sweep();
    expect(it.run()).toEqual(['deleteAnchor', 'credit', 'removeFinalizer']);
  });
});

describe('what was not released', () => {
  it('does not go when its object is deleted', () => {
    const it = inUse();
    it.object.metadata.deletionTimestamp = '2026-11-24T00:00:00Z';
    it.run();
    expect([it.removed, it.live.size, it.credited.size]).toEqual([false, 4, 0]);
  });
});
