import { describe, expect, it } from 'vitest';
import type { Allocation } from '../../api/v1alpha1/index.ts';
import { system } from '../testing/city.ts';
import { decideRequest } from './decide.ts';
import { RequestLife } from '../testing/request-life.ts';
import { allocation, change, request } from '../testing/requests.ts';

const TARGET = allocation({}, { state: 'InUse', observedRevision: 1 });
const [LINE] = TARGET.spec.changes as [Allocation['spec']['changes'][number]];
const ANOTHER = { uid: 'uid-change', name: 'req-2' };

function approved(it: RequestLife): RequestLife {
  it.run();
  for (const reviewer of ['ann', 'bob']) {
    it.decide(reviewer, 'approve');
    it.run();
  }
  return it;
}

/** A provision that came to its end: accepted, and copied to the books. */
function ended(): RequestLife {
  const it = approved(new RequestLife(request()));
  for (const made of it.allocations) made.status = { state: 'InUse', observedRevision: 1 };
  it.run();
  expect(it.archived).toBeDefined();
  return it;
}

function changing(
  action: Parameters<typeof change>[0],
  spec: Parameters<typeof change>[1] = {},
): RequestLife {
  const it = change(action, spec);
  return new RequestLife({ ...it, metadata: { ...it.metadata, ...ANOTHER } }, { target: TARGET });
}

const resized = (quantity: number) => {
  const [line] = request().spec.lines;
  return changing('Resize', { lines: [{ ...(line as NonNullable<typeof line>), quantity }] });
};

describe('a hold that nobody decides on any more', () => {
  it('of a returned request expires: it must not keep others from what it holds', () => {
    const it = new RequestLife(request());
    it.run();
    it.decide('ann', 'return');
    it.run();
    expect(it.next()).toEqual({ do: 'wait', forMs: 72 * 3_600_000 });
    it.pass(73);
    expect(it.run()).toContain('expireHold');
    expect(it.status.state).toBe('Returned');
    expect([...it.accounts.values()].every(({ pending }) => pending.isZero())).toBe(true);
  });
});

describe('what is over stays over', () => {
  it('when a rejected request is edited', () => {
    const it = new RequestLife(request());
    it.run();
    it.decide('ann', 'reject');
    it.run();
    it.edit({ submission: 2 });
    expect(it.run()).not.toContain('takeHold');
    expect(it.status.state).toBe('Rejected');
  });

  it.each(['deleted', 'withdrawn'])('when a rejected request is %s', (how) => {
    const it = new RequestLife(request());
    it.run();
    it.decide('ann', 'reject');
    it.run();
    if (how === 'deleted') it.remove();
    else it.edit({ withdrawn: true });
    expect(it.run()).toEqual(how === 'deleted' ? ['removeFinalizer'] : []);
    expect(it.status.state).toBe('Rejected');
  });

  it.each<[string, Partial<Allocation['spec']>, Allocation['status']]>([
    [
      'is resized',
      { revision: 2, contentRevision: 2 },
      { state: 'PendingProvisioning', observedRevision: 2 },
    ],
    [
      'waits for acceptance',
      { revision: 2, contentRevision: 2 },
      { state: 'PendingAcceptance', observedRevision: 2 },
    ],
  ])('when what it gave %s by a later request', (_, spec, status) => {
    const it = ended();
    const [made] = it.allocations as [Allocation];
    const later = { ...LINE, revision: 2, action: 'Resize' as const, request: 'later' };
    made.spec = { ...made.spec, ...spec, changes: [...made.spec.changes, later] };
    made.status = status;
    expect(it.run()).toEqual([]);
    expect(it.status.state).toBe('InUse');
  });

  it('but what it gave and has been given back is no longer told to be in use', () => {
    const it = ended();
    for (const made of it.allocations) made.status = { state: 'Reclaimed', observedRevision: 2 };
    const before = structuredClone(it.status);
    expect(it.run()).toEqual(['project Granted/Reclaimed']);
    expect(it.status).toEqual({ ...before, state: 'Reclaimed', stateText: '已回收 / Reclaimed' });
    expect(it.run()).toEqual([]);
  });

  it('when what it gave was released and its object is gone: it is not given again', () => {
    const it = ended();
    for (const hold of it.holds) hold.state = 'credited';
    it.allocations.splice(0);
    expect(it.run()).toEqual([]);
    expect(it.allocations).toEqual([]);
  });

  it('and is removed when it is deleted, whatever its allocation does', () => {
    const it = ended();
    const [made] = it.allocations as [Allocation];
    made.spec = { ...made.spec, revision: 2, contentRevision: 2 };
    made.status = { state: 'PendingAcceptance', observedRevision: 2 };
    it.object.metadata.deletionTimestamp = '2026-11-25T00:00:00Z';
    expect(it.run()).toEqual(['removeFinalizer']);
  });
});

describe('a resize', () => {
  it('is not over before its member has what it changed, though the allocation was in use before', () => {
    const it = approved(resized(3));
    expect(it.target?.spec).toMatchObject({ revision: 2, quantity: 3 });
    expect(it.status).toMatchObject({ phase: 'Granted', state: 'PendingProvisioning' });
    expect(it.archived).toBeUndefined();
  });

  it('is over when it is accepted', () => {
    const it = approved(resized(3));
    (it.target as Allocation).status = { state: 'PendingAcceptance', observedRevision: 2 };
    expect(it.run()).toEqual(['project Granted/PendingAcceptance']);
    (it.target as Allocation).status = { state: 'InUse', observedRevision: 2 };
    expect(it.run()).toEqual(['project Granted/InUse', 'archive']);
  });

  it('posts the difference alone', () => {
    const it = approved(resized(3));
    expect(it.accounts.get('organisation/luhe/*/*/vcpu')?.posted.value).toBe(4000n);
    expect(it.target?.spec.pendingCredit).toBeUndefined();
  });

  it('down posts nothing and leaves to be credited what goes', () => {
    const it = approved(resized(1));
    expect(it.accounts.get('organisation/luhe/*/*/vcpu')?.posted.value).toBe(0n);
    expect(it.target?.spec.pendingCredit).toMatchObject({ request: 'uid-change', amounts: { vcpu: '4' } });
  });
});

describe('a renewal', () => {
  it('is over when its term is written', () => {
    const it = changing('Renew', { until: '2028-01-01' });
    approved(it);
    expect(it.target?.spec).toMatchObject({ until: '2028-01-01', revision: 2, contentRevision: 1 });
    expect(it.status).toMatchObject({ phase: 'Granted', state: 'Approved' });
    expect(it.archived).toBeDefined();
  });
});

describe('a release', () => {
  it('is over when its target is reclaimed', () => {
    const it = approved(changing('Release'));
    expect(it.status).toMatchObject({ phase: 'Granted', state: 'Approved' });
    expect(it.archived).toBeUndefined();
    (it.target as Allocation).status = { state: 'Reclaimed', observedRevision: 2 };
    expect(it.run()).toEqual(['project Granted/Reclaimed', 'archive']);
  });

  it('is over when its target is reclaimed and gone before it looked', () => {
    const it = approved(changing('Release'));
    it.allocations.splice(0);
    expect(it.run()).toEqual(['project Granted/Reclaimed', 'archive']);
  });
});

describe('what was true at the quote is asked again before it is posted', () => {
  /** Approves everything after the world has changed, and gives what the books posted. */
  function postedAfter(it: RequestLife, meanwhile: () => void): number {
    it.run();
    it.decide('ann', 'approve');
    it.run();
    meanwhile();
    it.decide('bob', 'approve');
    it.run();
    return it.holds.filter(({ state }) => state === 'posted').length;
  }

  it('the target’s revision', () => {
    const it = resized(3);
    const meanwhile = () => {
      const target = it.target as Allocation;
      target.spec = {
        ...target.spec,
        revision: 2,
        changes: [...target.spec.changes, { ...LINE, revision: 2, request: 'other' }],
      };
    };
    expect(postedAfter(it, meanwhile)).toBe(0);
    expect(it.status.reasons?.map(({ code }) => code)).toEqual(['E_TARGET_CHANGED']);
  });

  it('the system’s MLPS level', () => {
    const it = new RequestLife(request());
    expect(postedAfter(it, () => (it.city = { system: system(4) }))).toBe(0);
    expect(it.status.reasons?.map(({ code }) => code)).toEqual(['E_MLPS_MISMATCH']);
  });

  it('and it is posted when nothing has changed', () => {
    expect(postedAfter(resized(3), () => undefined)).toBe(1);
  });
});

describe('a closed request leaves the hub', () => {
  const DAYS_90 = 90 * 24;

  it('when its time is up, by database time, not an hour before', () => {
    const it = ended();
    it.pass(DAYS_90 - 1);
    expect(it.next()).toEqual({ do: 'wait' });
    it.pass(1);
    expect(it.run()).toEqual(['delete', 'removeFinalizer']);
    expect(it.deleted).toBe(true);
  });

  it('rejected or withdrawn ones too', () => {
    const rejected = new RequestLife(request());
    rejected.run();
    rejected.decide('ann', 'reject');
    rejected.run();
    const withdrawn = new RequestLife(request());
    withdrawn.run();
    withdrawn.edit({ withdrawn: true });
    withdrawn.run();
    for (const it of [rejected, withdrawn]) {
      expect(it.archived).toBeDefined();
      it.pass(DAYS_90);
      expect(it.run()).toEqual(['delete', 'removeFinalizer']);
    }
  });

  it('never while it is open, returned, or its allocation not accepted', () => {
    const granted = approved(new RequestLife(request()));
    const returned = new RequestLife(request());
    returned.run();
    returned.decide('ann', 'return');
    returned.run();
    for (const it of [granted, returned]) {
      it.pass(DAYS_90 * 10);
      expect(it.run()).not.toContain('delete');
      expect(it.deleted).toBe(false);
    }
  });

  it('never before the books have its copy, nor while they hold something for it', () => {
    const it = ended();
    it.pass(DAYS_90);
    const picture = it.picture();
    expect(decideRequest({ ...picture, closedAt: undefined })).toEqual({ do: 'archive' });
    const [hold] = picture.holds;
    if (!hold) throw new Error('there is no hold');
    const holds = [...picture.holds, { ...hold, state: 'pending' as const }];
    expect(decideRequest({ ...picture, holds })).toEqual({ do: 'wait' });
    expect(decideRequest(picture)).toEqual({ do: 'delete' });
  });
});
