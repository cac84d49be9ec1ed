import { describe, expect, it } from 'vitest';
import type { ResourceRequest } from '../../api/v1alpha1/index.ts';
import { AllocationLife } from '../testing/allocation-life.ts';
import { LARGE_FLOW, SMALL_FLOW } from '../testing/city.ts';
import { request } from '../testing/requests.ts';
import { RequestLife } from '../testing/request-life.ts';
import { noticesOfAllocation, noticesOfRequest } from './notices.ts';

type Status = NonNullable<ResourceRequest['status']>;
const inReview = (ticket: string, more: Partial<Status> = {}): Status => ({
  serial: 'ZY-2026-000001',
  phase: 'InReview',
  observedGeneration: 1,
  due: '2026-11-27',
  review: { generation: 1, ticket, round: 1, openStep: 'initial' },
  ...more,
});
const asked = (status?: Status): ResourceRequest => ({
  ...request({ reason: 'a reason that is theirs' }),
  ...(status ? { status } : {}),
});

describe('a request', () => {
  it('is told to its reviewers when it waits for the first decision on a ticket, once', () => {
    const [notice, ...more] = noticesOfRequest(asked({ phase: 'Submitted' }), inReview('t1'));
    expect(more).toEqual([]);
    expect(notice).toEqual({
      key: 'uid-request/submitted/t1',
      kind: 'Submitted',
      to: { role: 'reviewers', step: 'initial' },
      subject: {
        kind: 'ResourceRequest',
        namespace: 'gov-luhe',
        name: 'req-1',
        uid: 'uid-request',
        serial: 'ZY-2026-000001',
        system: 'portal',
      },
      date: '2026-11-27',
      text: {
        zh: '陆河县 的资源申请 ZY-2026-000001（系统 portal）已提交，请在 2026-11-27 前初审',
        en: 'request ZY-2026-000001 of 陆河县 (system portal) was submitted: initial review is due by 2026-11-27',
      },
    });
    expect(noticesOfRequest(asked(inReview('t1')), inReview('t1', { due: '2026-11-28' }))).toEqual([]);
    const next = { generation: 1, ticket: 't1', round: 1, openStep: 'technical' };
    expect(noticesOfRequest(asked(inReview('t1')), inReview('t1', { review: next }))).toEqual([]);
    expect(noticesOfRequest(asked(inReview('t1')), inReview('t2'))).toHaveLength(1);
  });

  it('is told to whoever asked when it was sent back, by a reviewer or because nothing fits', () => {
    const after = inReview('t1', { phase: 'Returned' });
    const [notice] = noticesOfRequest(asked(inReview('t1')), after);
    expect(notice).toMatchObject({
      key: 'uid-request/returned/1/t1',
      to: { role: 'requester', account: 'luhe-ops', unit: '陆河县', person: '张三' },
    });
    expect(noticesOfRequest(asked(after), after)).toEqual([]);
    const refused = (observedGeneration: number): Status => ({
      phase: 'Returned',
      observedGeneration,
      reasons: [{ code: 'E_QUOTA_EXCEEDED', message: 'secret' }],
    });
    const [other] = noticesOfRequest(asked({ phase: 'Submitted' }), refused(1));
    expect(other?.key).toBe('uid-request/returned/1/');
    // Submitted again it is refused again, with nothing in between.
    const [again] = noticesOfRequest(asked(refused(1)), refused(2));
    expect(again?.key).toBe('uid-request/returned/2/');
    expect(JSON.stringify([notice, other])).not.toMatch(/secret|a reason that is theirs/);
  });

  it.each(['Draft', 'Submitted', 'Granting', 'Granted', 'Rejected', 'Withdrawn'] as const)(
    'that becomes %s is told to nobody',
    (phase) => {
      expect(noticesOfRequest(asked(inReview('t1')), { phase })).toEqual([]);
    },
  );
});

const DAY = 86_400_000;

describe('a step that is late', () => {
  /** What is told in the operator’s order, as the books would keep it, when the step is left alone until each of these days. */
  const toldOn = (...days: readonly string[]) => {
    const [initial, ...rest] = SMALL_FLOW.spec.steps as [(typeof SMALL_FLOW.spec.steps)[number]];
    const steps = [{ ...initial, escalateWorkingDays: 2 }, ...rest];
    const it = new RequestLife(request(), {
      flows: [{ ...SMALL_FLOW, spec: { ...SMALL_FLOW.spec, steps } }, LARGE_FLOW],
    });
    const tell = () => {
      const told: string[] = [];
      it.run((action) => {
        if (action.do === 'project')
          told.push(
            ...noticesOfRequest(it.object, action.status).map(({ kind, to, date }) =>
              [kind, to.role, date].join(' '),
            ),
          );
        it.apply(action);
      });
      return told;
    };
    const first = tell();
    for (const hold of it.holds as { expiresAt: string }[]) hold.expiresAt = '2027-12-31T00:00:00.000Z';
    return [
      first,
      ...days.map((day) => {
        it.now = Date.parse(`${day}T00:00:00+08:00`);
        return tell();
      }),
    ];
  };
  const submitted = ['Submitted reviewers 2026-11-27'];

  it('is told to its reviewers from the day after its deadline, and later to their managers, once each', () => {
    expect(
      toldOn('2026-11-27', '2026-11-28', '2026-11-30', '2026-12-01', '2026-12-02', '2027-05-01'),
    ).toEqual([submitted, [], ['Late reviewers 2026-11-27'], [], [], ['Escalated managers 2026-11-27'], []]);
  });

  it('is told to both at once where nobody looked before', () => {
    expect(toldOn('2027-05-01')).toEqual([
      submitted,
      ['Late reviewers 2026-11-27', 'Escalated managers 2026-11-27'],
    ]);
  });
});

describe('an allocation', () => {
  /** Keys that are told while it is run, with the uid left out. */
  const tell = (it: AllocationLife) => {
    const told: string[] = [];
    it.run((action) => {
      if (action.do === 'project')
        told.push(
          ...noticesOfAllocation(it.object, { ...action.status, handovers: it.status.handovers }).map(
            ({ key }) => key.replace('uid-allocation/', ''),
          ),
        );
      it.apply(action);
    });
    return told;
  };
  const delivered = (spec: ConstructorParameters<typeof AllocationLife>[0] = {}) => {
    const it = new AllocationLife(spec);
    it.termPolicies = [{ from: '2020-01-01', noticeDays: [30, 15, 7], graceDays: 10 }];
    tell(it);
    it.makeReady();
    return it;
  };

  it('is told to whoever asked when it is there to be accepted, once each time', () => {
    const it = delivered();
    expect(tell(it)).toEqual(['delivered/1/0']);
    expect(tell(it)).toEqual([]);
    it.handOver('refuse', { comment: 'too slow' });
    expect(tell(it)).toEqual([]);
    it.handOver('deliver');
    expect(tell(it)).toEqual(['delivered/1/1']);
    it.handOver('accept');
    expect(tell(it)).toEqual([]);
    it.resize(3);
    tell(it);
    it.makeReady();
    expect(tell(it)).toEqual(['delivered/2/1']);
  });

  it('is told to whoever asked when its term ends soon, by the city’s policy, once a notice', () => {
    const it = delivered({ until: '2026-12-14' });
    tell(it);
    it.handOver('accept');
    const told = Array.from({ length: 40 }, (_, day) => {
      const keys = tell(it);
      it.now += DAY;
      return keys.map((key) => `${day} ${key}`);
    });
    // The first was told with the first status.
    expect(told.flat()).toEqual([
      '5 expiring/2026-12-14/EndsWithin15Days',
      '13 expiring/2026-12-14/EndsWithin7Days',
    ]);
  });

  it('is told of again when its term is another one, also one as near', () => {
    const it = delivered({ until: '2026-12-14' });
    tell(it);
    it.renew('2026-12-20');
    expect(tell(it)).toContain('expiring/2026-12-20/EndsWithin30Days');
    it.renew('2028-12-20');
    expect(tell(it).filter((key) => key.startsWith('expiring'))).toEqual([]);
  });

  it('has no term told of while there is no policy, when it is given back, or when it has none', () => {
    const without = delivered({ until: '2026-12-14' });
    without.termPolicies = [];
    const released = delivered({ until: '2026-12-14' });
    released.release();
    for (const it of [without, released, delivered({ until: undefined })])
      expect(tell(it).filter((key) => key.startsWith('expiring'))).toEqual([]);
  });
});
