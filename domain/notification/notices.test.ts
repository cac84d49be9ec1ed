import { describe, expect, it } from 'vitest';
import type { Allocation, ResourceRequest } from '../../api/v1alpha1/index.ts';
import { allocation, request } from '../testing/requests.ts';
import { noticesOfAllocation, noticesOfDay, noticesOfRequest } from './notices.ts';

type Status = NonNullable<ResourceRequest['status']>;
const inReview = (ticket: string, more: Partial<Status> = {}): Status => ({
  serial: 'ZY-2026-000001',
  phase: 'InReview',
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
    const refused: Status = { phase: 'Returned', reasons: [{ code: 'E_QUOTA_EXCEEDED', message: 'secret' }] };
    const [other] = noticesOfRequest(asked({ phase: 'Submitted' }), refused);
    expect(other?.key).toBe('uid-request/returned/1/');
    expect(JSON.stringify([notice, other])).not.toMatch(/secret|a reason that is theirs/);
  });

  it.each(['Draft', 'Submitted', 'Granting', 'Granted', 'Rejected', 'Withdrawn'] as const)(
    'that becomes %s is told to nobody',
    (phase) => {
      expect(noticesOfRequest(asked(inReview('t1')), { phase })).toEqual([]);
    },
  );
});

describe('an allocation', () => {
  it('is told to whoever asked when it is there to be accepted, once a revision', () => {
    const it = allocation({}, { state: 'PendingProvisioning' });
    const [notice, ...more] = noticesOfAllocation(it, { state: 'PendingAcceptance' });
    expect(more).toEqual([]);
    expect(notice).toMatchObject({ key: `uid-allocation/delivered/${it.spec.revision}`, kind: 'Delivered' });
    const waiting = allocation({}, { state: 'PendingAcceptance' });
    expect(noticesOfAllocation(waiting, { state: 'PendingAcceptance' })).toEqual([]);
    expect(noticesOfAllocation(waiting, { state: 'InUse' })).toEqual([]);
  });
});

describe('the day', () => {
  const marks = (today: string, it: Allocation) => noticesOfDay([], [it], today).map(({ key }) => key);

  it.each([
    ['2027-05-30', []],
    ['2027-05-31', ['uid-allocation/expiring/2027-06-30/30']],
    ['2027-06-14', ['uid-allocation/expiring/2027-06-30/30']],
    ['2027-06-15', ['uid-allocation/expiring/2027-06-30/15']],
    ['2027-06-22', ['uid-allocation/expiring/2027-06-30/15']],
    ['2027-06-23', ['uid-allocation/expiring/2027-06-30/7']],
    ['2027-06-30', ['uid-allocation/expiring/2027-06-30/7']],
    ['2027-07-01', []],
  ])('%s tells of a term that ends on 2027-06-30: %j', (today, keys) => {
    expect(marks(today, allocation({ until: '2027-06-30' }, { state: 'InUse' }))).toEqual(keys);
  });

  it('tells of no term of what is given back, has ended, or has none', () => {
    const until = '2027-06-30';
    for (const it of [
      allocation({ until }, { state: 'Reclaimed' }),
      allocation({ until }, { state: 'Expired' }),
      allocation({ until, released: true }, { state: 'InUse' }),
      allocation({ until: undefined }, { state: 'InUse' }),
    ])
      expect(marks('2027-06-29', it)).toEqual([]);
  });

  it('tells the reviewers of a step that is late, from the day after its deadline', () => {
    const late = (today: string, status: Status) => noticesOfDay([asked(status)], [], today);
    expect(late('2026-11-27', inReview('t1'))).toEqual([]);
    expect(late('2026-11-28', inReview('t1'))).toMatchObject([
      { key: 'uid-request/late/t1/initial/2026-11-27', kind: 'Late', to: { step: 'initial' } },
    ]);
    expect(late('2026-11-28', inReview('t1', { phase: 'Returned' }))).toEqual([]);
  });
});
