import { describe, expect, it } from 'vitest';
import type { Allocation, ResourceRequest } from '../../api/v1alpha1/index.ts';
import {
  balances,
  byName,
  LARGE_FLOW,
  organizationScope,
  poolScope,
  project,
  SMALL_FLOW,
  system,
} from '../testing/city.ts';
import { RequestLife } from '../testing/request-life.ts';
import { balancesWith, quotePicture, request } from '../testing/requests.ts';

type Step = (typeof SMALL_FLOW)['spec']['steps'][number];

const START = ['addFinalizer', 'assignSerial', 'takeHold', 'project InReview/PendingInitialReview'];

function life(
  spec: Partial<ResourceRequest['spec']> = {},
  city: ConstructorParameters<typeof RequestLife>[1] = {},
) {
  return new RequestLife(request(spec), city);
}

/** A life that was run up to its first wait. */
function started(...given: Parameters<typeof life>) {
  const it = life(...given);
  it.run();
  return it;
}

/** One that every step approved, run until it waits for its objects. */
function granted(...given: Parameters<typeof life>) {
  const it = started(...given);
  for (const reviewer of ['ann', 'bob']) {
    expect(it.decide(reviewer, 'approve')).toBe(true);
    it.run();
  }
  return it;
}

function at(it: RequestLife, state: Allocation['status']) {
  for (const allocation of it.allocations)
    allocation.status = { observedRevision: allocation.spec.revision, ...state };
  return it.run();
}

describe('decideRequest', () => {
  it('leaves a draft alone but for saying so', () => {
    const it = life({ submission: 0 });
    expect(it.run()).toEqual(['project Draft/Draft']);
    expect(it.holds).toEqual([]);
    expect(it.object.metadata.finalizers).toBeUndefined();
  });

  it('lets a draft be withdrawn, which waits for nobody', () => {
    const it = started({ submission: 0 });
    it.edit({ withdrawn: true });
    expect(it.run()).toEqual(['project Withdrawn/Withdrawn']);
    expect(it.status.waitsFor).toContain('nobody');
  });

  it('lets a draft be deleted', () => {
    const it = started({ submission: 0 });
    it.remove();
    expect(it.deleted).toBe(true);
  });

  it('takes a submitted request to its first step, then waits for its reviewers or its hold’s end', () => {
    const it = life();
    expect(it.run()).toEqual(START);
    expect(it.status).toMatchObject({
      serial: 'ZY-2026-000001',
      state: 'PendingInitialReview',
      waitsFor: expect.stringContaining('initial reviewers'),
      due: '2026-11-27',
      review: { generation: 1, round: 1, openStep: 'initial' },
      hold: { attempt: 1 },
      quote: { pool: 'extranet-amd64', flow: 'small' },
    });
    expect(it.next()).toEqual({ do: 'wait', forMs: 72 * 3_600_000 });
  });

  it('says of a due date that it may move while its year’s holidays are not published', () => {
    const it = life({ until: '2027-12-31' });
    it.now = Date.parse('2026-12-30T02:00:00Z');
    it.run();
    expect(it.status).toMatchObject({ due: '2027-01-04', dueProvisional: true });
    expect(started().status.dueProvisional).toBeUndefined();
  });

  it('is late from the day after, goes further up, and is decided by nobody for that', () => {
    const [initial, approval] = SMALL_FLOW.spec.steps as [Step, Step];
    const steps = [{ ...initial, escalateWorkingDays: 2 }, approval];
    const it = life({}, { flows: [{ ...SMALL_FLOW, spec: { ...SMALL_FLOW.spec, steps } }, LARGE_FLOW] });
    it.run();
    expect([it.status.due, it.status.conditions]).toEqual(['2026-11-27', undefined]);
    for (const hold of it.holds as { expiresAt: string }[]) hold.expiresAt = '2027-06-01T00:00:00.000Z';
    const tellingOf = (now: string) => {
      it.now = Date.parse(now);
      const done = it.run();
      const [late] = it.status.conditions ?? [];
      return [...done, late?.type, late?.status, late?.reason, late?.lastTransitionTime];
    };
    tellingOf('2026-11-27T15:00:00.000Z');
    expect(it.next()).toEqual({ do: 'wait', forMs: 3_600_000 });
    const since = '2026-11-27T16:00:00.000Z';
    const told = (reason: string) => ['Overdue', 'True', reason, since];
    expect(tellingOf(since)).toEqual(['project InReview/PendingInitialReview', ...told('PastDue')]);
    expect(tellingOf('2026-12-01T15:00:00.000Z')).toEqual(told('PastDue'));
    expect(it.next()).toEqual({ do: 'wait', forMs: 3_600_000 });
    expect(tellingOf('2026-12-01T16:00:00.000Z')).toEqual([
      'project InReview/PendingInitialReview',
      ...told('Escalated'),
    ]);
    expect(tellingOf('2027-05-01T16:00:00.000Z')).toEqual(told('Escalated'));
    expect(it.status).toMatchObject({ phase: 'InReview', review: { openStep: 'initial' } });
    it.decide('ann', 'approve');
    expect(it.run()).toEqual(['recordDecisions', 'project InReview/PendingApproval']);
    expect(it.status.conditions).toBeUndefined();
  });

  it('goes from step to step to what it grants, and ends when that is accepted', () => {
    const it = started();
    it.decide('ann', 'approve');
    expect(it.run()).toEqual(['recordDecisions', 'project InReview/PendingApproval']);
    it.decide('bob', 'approve');
    expect(it.run()).toEqual([
      'recordDecisions',
      'project Granting/Approved',
      'post',
      'grant',
      'project Granted/PendingProvisioning',
    ]);
    expect(it.allocations).toHaveLength(1);
    expect(it.status.allocations).toEqual(it.allocations.map(({ metadata }) => metadata.name));
    expect(at(it, { state: 'PendingAcceptance' })).toEqual(['project Granted/PendingAcceptance']);
    expect(at(it, { state: 'InUse' })).toEqual(['project Granted/InUse', 'archive']);
    expect(it.archived?.status?.state).toBe('InUse');
  });

  it('is numbered in the year and granted on the day that it is in the city by the clock of the books', () => {
    const it = life();
    it.now = Date.parse('2026-12-31T16:00:00Z');
    it.run();
    for (const reviewer of ['ann', 'bob']) {
      it.decide(reviewer, 'approve');
      it.run();
    }
    expect(it.serial).toBe('ZY-2027-000001');
    expect(it.allocations.map(({ spec }) => spec.from)).toEqual(['2027-01-01']);
  });

  it('looks again when its hold lapses, as far away as the books say', () => {
    const it = started();
    expect(it.next()).toEqual({ do: 'wait', forMs: 72 * 3_600_000 });
    it.pass(71.5);
    expect(it.next()).toEqual({ do: 'wait', forMs: 1_800_000 });
  });

  it('grants from what was held, whatever the object says by then', () => {
    const it = started();
    it.decide('ann', 'approve');
    it.run();
    it.decide('bob', 'approve');
    it.run((action) => {
      it.apply(action);
      if (action.do === 'post')
        it.object.spec.lines[0] = { ...it.object.spec.lines[0], quantity: 99 } as never;
    });
    expect(it.allocations.map(({ spec }) => spec.quantity)).toEqual([2]);
  });

  it.each([
    ['edited', { reason: '另一份申请' }],
    ['withdrawn', { withdrawn: true }],
  ])('finds a hub that was set back and then %s up to a generation that the books hold', (_, spec) => {
    const it = started();
    const before = structuredClone(it.object);
    it.edit({ submission: 2 });
    it.run();
    it.object.spec = { ...before.spec, ...spec };
    it.object.status = before.status;
    expect(() => it.next()).toThrow('E_BOOKS_AHEAD');
  });

  it('is refused with its reasons and no hold, once, and quoted anew when it is edited', () => {
    const full = balancesWith(
      balances(organizationScope('luhe'), {}),
      balances(poolScope(quotePicture().pools[0] as never), {}),
    );
    const it = life({}, { balances: full });
    expect(it.run()).toEqual(['addFinalizer', 'assignSerial', 'project Returned/Returned']);
    expect(it.status.reasons?.map(({ code }) => code)).toContain('E_QUOTA_EXCEEDED');
    expect(it.run()).toEqual([]);
    it.edit({ lines: [], submission: 2 });
    expect(it.run()).toEqual(['takeHold', 'project InReview/PendingInitialReview']);
    expect(it.status.reasons).toBeUndefined();
  });

  it('is decided by who stands in, by the delegation that there was, and whatever becomes of it then', () => {
    const it = started();
    const spec = { madeBy: 'ann', reviewer: 'ann', standin: 'bob', step: 'initial' as const, reason: '出差' };
    const delegation = {
      apiVersion: 'govcloud.dev/v1alpha1',
      kind: 'Delegation',
      metadata: { name: 'initial-1', namespace: 'gov-luhe', uid: 'uid-delegation' },
      spec: { ...spec, from: '2026-11-24', until: '2026-11-24' },
    };
    it.decide('bob', 'approve', undefined, 'ann');
    // None yet: it is copied, counts for nothing, and keeps neither of the two from deciding.
    expect(it.run()).toEqual(['recordDecisions', 'project InReview/PendingInitialReview']);
    expect(it.status.review).toMatchObject({ openStep: 'initial', uncounted: [0] });
    expect(it.decide('ann', 'approve')).toBe(true);
    expect(it.run()).toEqual(['recordDecisions', 'project InReview/PendingApproval']);
    expect(it.status.review).toMatchObject({ openStep: 'approval', uncounted: [0] });

    const other = started();
    other.delegations = [delegation];
    other.decide('bob', 'approve', undefined, 'ann');
    expect(other.run()).toEqual(['recordDecisions', 'project InReview/PendingApproval']);
    expect(other.decisions[0]).toMatchObject({ onBehalfOf: 'ann', mandate: { uid: 'uid-delegation' } });
    other.delegations = [];
    other.pass(24);
    expect(other.decide('ann', 'approve')).toBe(false);
    other.decide('cid', 'approve');
    expect(other.run()).toContain('post');
  });

  it('is not posted beyond the unit’s own budget, however it was quoted', () => {
    const it = life({}, { project: project({ funding: 'department', budgetFen: 288_00 * 8 }) });
    it.run();
    it.decide('ann', 'approve');
    it.run();
    it.city = { project: project({ funding: 'department', budgetFen: 288_00 * 8 - 1 }) };
    it.decide('bob', 'approve');
    expect(it.run()).toEqual([
      'recordDecisions',
      'project Granting/Approved',
      'voidHold',
      'project Submitted/Submitted',
      'project Returned/Returned',
    ]);
    expect(it.status.reasons?.map(({ code }) => code)).toEqual(['E_BUDGET_EXCEEDED']);
    expect(it.allocations).toEqual([]);
  });

  it('waits for the city while the flow that it meets is wrong, and goes on when that is mended', () => {
    const wrong = { ...SMALL_FLOW, spec: { ...SMALL_FLOW.spec, upTo: undefined, when: 'vcpus < 1' } };
    const it = life({}, { flows: [wrong, LARGE_FLOW] });
    expect(it.run()).toEqual(['addFinalizer', 'assignSerial', 'project Submitted/Submitted']);
    expect(it.status.reasons?.map(({ code }) => code)).toEqual(['E_FLOW_INVALID']);
    it.city = {};
    expect(it.run()).toEqual(['takeHold', 'project InReview/PendingInitialReview']);
  });

  it.each(['initial', 'approval'])(
    'returned on %s it waits for its requester, and an edit replaces its hold',
    (step) => {
      const it = started();
      if (step === 'approval') it.decide('ann', 'approve');
      it.run();
      it.decide('bob', 'return');
      expect(it.run()).toEqual(['recordDecisions', 'project Returned/Returned']);
      const ticket = it.status.review?.ticket;
      expect(it.status).toMatchObject({
        review: { openStep: '' },
        waitsFor: expect.stringContaining('requester'),
      });
      it.edit({ lines: it.object.spec.lines.map((line) => ({ ...line, quantity: 3 })), submission: 2 });
      expect(it.run()).toEqual(['takeHold', 'project InReview/PendingInitialReview']);
      expect(it.holds.map(({ state, generation }) => `${generation} ${state}`)).toEqual([
        '1 replaced',
        '2 pending',
      ]);
      expect(it.status.review?.ticket).not.toBe(ticket);
      expect(it.status.review?.generation).toBe(2);
      // What was approved before is void: the request stands at its first step again.
      expect(it.decide('ann', 'approve')).toBe(true);
    },
  );

  it('returned to an earlier step it keeps its hold, opens a new ticket and carries what came before', () => {
    const it = started({ mlps: 3 }, { system: system(3) });
    for (const reviewer of ['ann', 'bob']) {
      it.decide(reviewer, 'approve');
      it.run();
    }
    const ticket = it.status.review?.ticket;
    it.decide('cat', 'return', 'technical');
    expect(it.run()).toEqual([
      'recordDecisions',
      'carryDecisions',
      'project InReview/PendingTechnicalReview',
    ]);
    expect(it.status.review).toMatchObject({ round: 2, openStep: 'technical' });
    expect(it.status.review?.ticket).not.toBe(ticket);
    expect(it.holds).toHaveLength(1);
    for (const reviewer of ['bob', 'cat']) {
      expect(it.decide(reviewer, 'approve')).toBe(true);
      it.run();
    }
    expect(it.status.phase).toBe('Granted');
  });

  it.each(['initial', 'approval'])('rejected on %s it gives its hold back and is closed', (step) => {
    const it = started();
    if (step === 'approval') it.decide('ann', 'approve');
    it.run();
    it.decide('bob', 'reject');
    expect(it.run()).toEqual(['recordDecisions', 'voidHold', 'project Rejected/Rejected', 'archive']);
    expect(it.run()).toEqual([]);
  });

  it.each(['in review', 'returned', 'refused'])(
    'withdrawn when %s it gives its hold back and is closed',
    (when) => {
      const none =
        when === 'refused' ? { balances: balancesWith(balances(organizationScope('luhe'), {})) } : {};
      const it = started({}, none);
      if (when === 'returned') it.decide('ann', 'return');
      it.run();
      it.edit({ withdrawn: true });
      const back = when === 'refused' ? [] : ['voidHold'];
      expect(it.run()).toEqual([...back, 'project Withdrawn/Withdrawn', 'archive']);
      expect([...it.accounts.values()].every(({ pending }) => pending.isZero())).toBe(true);
    },
  );

  it('deleted it gives its hold back, is copied to the books, and only then goes', () => {
    const it = started();
    it.remove();
    expect(it.run()).toEqual(['voidHold', 'project Withdrawn/Withdrawn', 'archive', 'removeFinalizer']);
    expect(it.deleted && it.archived !== undefined).toBe(true);
  });

  it('whose hold lapsed in review is quoted anew, on a new ticket', () => {
    const it = started();
    it.decide('ann', 'approve');
    it.run();
    const ticket = it.status.review?.ticket;
    it.pass(73);
    expect(it.run()).toEqual(['expireHold', 'takeHold', 'project InReview/PendingInitialReview']);
    expect(it.status).toMatchObject({ hold: { attempt: 2 }, review: { round: 2 } });
    expect(it.status.review?.ticket).not.toBe(ticket);
  });

  it('whose hold lapsed in a later round gets a ticket that it never had', () => {
    const it = started({ mlps: 3 }, { system: system(3) });
    it.decide('ann', 'approve');
    it.run();
    it.decide('bob', 'return', 'initial');
    it.run();
    const shown = [...it.ticketsShown.keys()];
    expect(shown).toHaveLength(2);
    it.pass(73);
    it.run();
    expect(it.status.review?.round).toBe(3);
    expect(shown).not.toContain(it.status.review?.ticket);
  });

  it('whose hold lapsed between the last decision and the post goes back to quoting, never granted', () => {
    const it = started();
    it.decide('ann', 'approve');
    it.run();
    it.decide('bob', 'approve');
    expect(
      it.run((action) => {
        if (action.do === 'post') it.pass(73);
        it.apply(action);
      }),
    ).toEqual([
      'recordDecisions',
      'project Granting/Approved',
      'post',
      'project Submitted/Submitted',
      'takeHold',
      'project InReview/PendingInitialReview',
    ]);
    expect(it.allocations).toEqual([]);
  });

  it('is one line an allocation, all or none', () => {
    const [line] = request().spec.lines;
    const lines = ['web', 'app', 'db'].map((name) => ({
      ...(line as NonNullable<typeof line>),
      name,
      quantity: 1,
    }));
    const it = granted({ lines });
    expect(it.allocations.map(({ spec }) => spec.parameters)).toHaveLength(3);
    const posted = it.accounts.get('organisation/luhe/*/*/vcpu')?.posted.value;
    expect(posted).toBe(12_000n);
  });

  it('does not look at the price of today when it was held at the price of then', () => {
    const it = started();
    const dearer = [...quotePicture().items.values()].map((item) => ({
      ...item,
      spec: { ...item.spec, prices: [{ from: '2018-01-01', monthlyFen: '1', armFactorBasisPoints: 1 }] },
    }));
    it.city = { items: byName(dearer) };
    expect(it.run()).toEqual([]);
    expect(it.status.quote?.monthlyFen).toBe(28800);
  });
});
