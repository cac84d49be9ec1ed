import { describe, expect, it } from 'vitest';
import type { Handover } from '../../api/v1alpha1/index.ts';
import { digestOf } from '../canonical.ts';
import { AllocationLife } from '../testing/allocation-life.ts';

const MANUAL = { fulfilment: 'manual', templates: [], readyWhen: undefined, outputs: [] } as const;
const manual = () => new AllocationLife({ fulfilment: 'manual' }, { ...MANUAL, templates: [], outputs: [] });

/** Ready and delivered, waiting for acceptance. */
function delivered(): AllocationLife {
  const it = new AllocationLife();
  it.run();
  it.makeReady();
  it.run();
  return it;
}

describe('acceptance', () => {
  it.each<[string, [Handover['action'], Partial<Handover>?][], string]>([
    ['is waited for', [], 'PendingAcceptance'],
    ['puts it to use', [['accept']], 'InUse'],
    ['of another revision says nothing', [['accept', { revision: 2 }]], 'PendingAcceptance'],
    ['refused sends it back to those who give', [['refuse', { comment: '磁盘不对' }]], 'PendingProvisioning'],
    ['refused, then given', [['refuse', { comment: '磁盘不对' }], ['accept']], 'InUse'],
    [
      'refused, then delivered anew, is waited for',
      [['refuse', { comment: 'x' }], ['deliver']],
      'PendingAcceptance',
    ],
    ['stands when an engineer delivers once more', [['accept'], ['deliver']], 'InUse'],
  ])('%s', (_, handovers, state) => {
    const it = delivered();
    for (const [action, more] of handovers) {
      it.handOver(action, more);
      it.run();
    }
    expect(it.status.state).toBe(state);
  });

  it('says nothing while nothing is delivered', () => {
    const it = new AllocationLife();
    it.run();
    it.handOver('accept');
    it.run();
    expect(it.status).toMatchObject({ state: 'PendingProvisioning' });
    expect(it.status.acceptedAt).toBeUndefined();
    expect(it.condition('Accepted')).toBe('False Waiting');
  });

  it('says why it was refused', () => {
    const it = delivered();
    it.handOver('refuse', { comment: '磁盘不对' });
    it.run();
    expect(it.condition('Accepted')).toBe('False Refused');
    expect(it.status.conditions?.find(({ type }) => type === 'Accepted')?.message).toContain('磁盘不对');
  });

  it('stands through a renewal, which changes no content, and is asked again after a resize', () => {
    const it = delivered();
    it.handOver('accept');
    it.run();
    it.change((spec) => ({ ...spec, revision: 2, until: '2028-01-01' }));
    it.run();
    expect(it.status).toMatchObject({ state: 'InUse', observedRevision: 2 });
    it.resize(3);
    it.run();
    expect(it.status).toMatchObject({ state: 'PendingProvisioning', observedRevision: 3 });
    expect(it.condition('Accepted')).toBe('False Waiting');
    it.makeReady();
    it.run();
    expect(it.status).toMatchObject({ state: 'PendingAcceptance', deliveredRevision: 3 });
    it.handOver('accept');
    it.run();
    expect(it.status.state).toBe('InUse');
  });

  it('is judged from copies alone, in the order of the list, whatever the order they were read in', () => {
    const it = delivered();
    for (const action of ['refuse', 'deliver', 'refuse', 'accept'] as const)
      it.handOver(action, { comment: action });
    it.run();
    const before = structuredClone(it.status);
    it.handovers.reverse();
    expect(it.run()).toEqual([]);
    expect(it.status).toEqual(before);
  });
});

describe('a work order', () => {
  it('waits for an engineer with evidence, then for its requester', () => {
    const it = manual();
    expect(it.run()).toEqual(['addFinalizer', 'project PendingProvisioning']);
    expect(it.condition('Ready')).toBe('False WorkOrderOpen');
    it.handOver('deliver');
    it.run();
    expect(it.status.state).toBe('PendingAcceptance');
    expect(it.status.conditions?.find(({ type }) => type === 'Ready')?.message).toContain('a photograph');
    it.handOver('accept');
    it.run();
    expect(it.status.state).toBe('InUse');
    expect(it.live.size).toBe(0);
  });

  it('names the latest evidence, whatever the order in which copies were read', () => {
    const it = manual();
    it.handOver('deliver', { evidence: 'first' });
    it.handOver('deliver', { evidence: 'second' });
    it.run();
    const said = () => it.status.conditions?.find(({ type }) => type === 'Ready')?.message;
    expect(said()).toContain('second');
    it.handovers.reverse();
    it.run();
    expect(said()).toContain('second');
  });

  it('credits what it freed once an engineer says that it is done', () => {
    const it = manual();
    it.handOver('deliver');
    it.handOver('accept');
    it.run();
    it.resize(1);
    it.run();
    expect(it.credited.size).toBe(0);
    expect(it.status.state).toBe('PendingProvisioning');
    it.handOver('deliver');
    it.run();
    expect([...it.credited.values()].map((it) => it.toQuantities())).toEqual([
      { vcpu: '4', memory: '8Gi', ssd: '100Gi' },
    ]);
    expect(it.object.spec.pendingCredit).toBeUndefined();
  });

  it('is released when an engineer says that it is gone, and only then credited', () => {
    const it = manual();
    it.handOver('deliver');
    it.handOver('accept');
    it.run();
    it.release();
    it.run();
    expect([it.status.state, it.credited.size]).toEqual(['InUse', 0]);
    it.handOver('deliver', { evidence: 'taken away' });
    it.run();
    expect([it.status.state, it.credited.size]).toEqual(['Reclaimed', 1]);
  });
});

describe('credentials', () => {
  const withLogin = () => {
    const login = {
      name: 'login',
      each: 'allocation' as const,
      object:
        '{ apiVersion: v1, kind: Secret, metadata: { name: "${allocation.name}-login" }, data: { password: "${secret(\'login\')}" } }',
    };
    const item = { templates: [login], readyWhen: 'true', credentials: { template: 'login' } };
    return new AllocationLife({}, item);
  };

  it('are copied on delivery, and again when they change', () => {
    const it = withLogin();
    expect(it.run()).toContain('copySecret');
    expect(it.hubSecret).toEqual({ password: it.secretOf('login') });
    expect(it.status.credentialsSecret).toBe('req-1-web-credentials');
    const secret = it.live.get('v1/Secret/req-1-web-login') as { data?: object };
    secret.data = { password: 'rotated' };
    expect(it.run()).toContain('copySecret');
    expect(it.hubSecret).toEqual({ password: 'rotated' });
  });

  it('are in no status, whatever somebody makes of them', () => {
    const it = withLogin();
    it.run();
    const password = it.secretOf('login');
    const secret = it.live.get('v1/Secret/req-1-web-login') as { data?: object };
    secret.data = { password: 'hunter2' };
    it.run();
    expect(it.condition('InSync')).toBe('False Drifted');
    expect(JSON.stringify(it.status)).not.toContain(password);
    expect(JSON.stringify(it.status)).not.toContain('hunter2');
    // Nor what would tell when it was guessed.
    const guessed = digestOf({ password: 'hunter2' }).slice(0, 32);
    expect(JSON.stringify(it.status)).not.toContain(guessed);
  });

  it('go with what is released, and are shown no more', () => {
    const it = withLogin();
    it.run();
    expect(it.status.outputs).toHaveLength(1);
    it.release();
    it.run();
    it.sweep();
    it.run();
    expect(it.status.state).toBe('Reclaimed');
    expect([it.hubSecret, it.status.credentialsSecret]).toEqual([undefined, undefined]);
    expect(it.status.outputs ?? []).toEqual([]);
  });
});

describe('a trial', () => {
  const DAY = 24 * 3_600_000;
  const delivered = (item = { trialDays: 10 }) => {
    const it = new AllocationLife({}, item);
    it.run();
    it.makeReady();
    it.run();
    return it;
  };

  it('runs from the delivery for the item’s days, and is told when it is over; nothing is accepted by itself', () => {
    const it = delivered();
    expect([it.status.trialUntil, it.condition('Accepted')]).toEqual(['2026-12-04', 'False Trial']);
    it.now += 10 * DAY;
    expect(it.run()).toEqual([]);
    it.now += DAY;
    expect(it.run()).toEqual(['project PendingAcceptance']);
    expect(it.condition('Accepted')).toBe('False TrialOver');
    it.now += 100 * DAY;
    it.handOver('accept');
    it.run();
    expect([it.status.state, it.condition('Accepted')]).toEqual(['InUse', 'True Accepted']);
    expect(it.status.trialUntil).toBe('2026-12-04');
  });

  it('is not given again with a change, nor by an item without one', () => {
    const it = delivered();
    it.handOver('accept');
    it.run();
    it.resize(3);
    it.run();
    it.makeReady();
    it.run();
    expect(it.condition('Accepted')).toBe('False Waiting');
    expect(delivered({ trialDays: 0 }).status.trialUntil).toBeUndefined();
  });
});
