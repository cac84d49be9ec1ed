import { describe, expect, it } from 'vitest';
import type { Condition } from '../api/v1alpha1/index.ts';
import { happenings, MAX_NOTE_BYTES } from './events.ts';
import { waitsForText } from './request/state.ts';

const condition = (type: string, status: Condition['status'], reason: string): Condition => ({
  type,
  status,
  reason,
  message: `${reason} 中 / en`,
  lastTransitionTime: '2026-11-24T02:00:00Z',
});
const short = (...of: Parameters<typeof happenings>) =>
  happenings(...of).map(({ type, reason }) => `${type} ${reason}`);

describe('what a write of a status has brought about', () => {
  const REFUSAL = { code: 'E_QUOTA', message: '额度不足 / not enough' };
  const hold = { id: 'h1', attempt: 1, expiresAt: '2026-11-27T02:00:00Z' };
  const inReview = {
    state: 'PendingInitialReview',
    waitsFor: waitsForText('initial'),
    due: '2026-11-30',
    hold,
    quote: { pool: 'gov-amd64' },
    observedGeneration: 2,
  };

  it('is a hold with its pool and its end, and a step with whom it waits for and until when', () => {
    expect(happenings({ state: 'Draft' }, inReview)).toEqual([
      {
        type: 'Normal',
        reason: 'Held',
        note:
          '已报价并占用额度：资源池 gov-amd64，有效至 2026-11-27T02:00:00Z / ' +
          'quoted and held: pool gov-amd64, until 2026-11-27T02:00:00Z',
      },
      {
        type: 'Normal',
        reason: 'PendingInitialReview',
        note: '待初审，等待初审人，2026-11-30 前办理 / Pending initial review; waits for initial reviewers, due 2026-11-30',
      },
    ]);
  });

  it.each([
    ['is nothing when nothing changed', inReview, inReview, []],
    ['is nothing while it is a draft', undefined, { state: 'Draft' }, []],
    [
      'is a new hold in the same step',
      inReview,
      { ...inReview, hold: { ...hold, id: 'h2' } },
      ['Normal Held'],
    ],
    ['is a rejection', inReview, { state: 'Rejected' }, ['Warning Rejected']],
    [
      'is a refusal again, after an edit that changed nothing of it',
      { state: 'Returned', reasons: [REFUSAL], observedGeneration: 2 },
      { state: 'Returned', reasons: [REFUSAL], observedGeneration: 3 },
      ['Warning Returned'],
    ],
    [
      'is what keeps it where it stands',
      { state: 'Approved' },
      { state: 'Approved', reasons: [REFUSAL] },
      ['Warning Blocked'],
    ],
    [
      'is not what kept it when it goes on',
      { state: 'Approved', reasons: [REFUSAL] },
      { state: 'PendingProvisioning' },
      ['Normal PendingProvisioning'],
    ],
    [
      'is drift, and its end',
      { conditions: [condition('InSync', 'True', 'AsApproved')] },
      { conditions: [condition('InSync', 'False', 'Drifted')] },
      ['Warning Drifted'],
    ],
    [
      'is the end of drift',
      { conditions: [condition('InSync', 'False', 'Drifted')] },
      { conditions: [condition('InSync', 'True', 'AsApproved')] },
      ['Normal AsApproved'],
    ],
    [
      'is not what is in order from the beginning, or not met yet',
      {},
      {
        conditions: [
          condition('InSync', 'True', 'AsApproved'),
          condition('Ready', 'False', 'ObjectsNotReady'),
          condition('Delivered', 'False', 'NotDelivered'),
          condition('Accepted', 'False', 'Waiting'),
          condition('InUse', 'False', 'Empty'),
          condition('Overdrawn', 'False', 'Within'),
        ],
      },
      [],
    ],
    [
      'is a pool that is above its limit',
      { conditions: [condition('Overdrawn', 'False', 'Within')] },
      { conditions: [condition('Overdrawn', 'True', 'AboveLimit')] },
      ['Warning AboveLimit'],
    ],
    [
      'is a limit that was entered anew',
      { observedGeneration: 1, conditions: [condition('Posted', 'True', 'Posted')] },
      { observedGeneration: 2, conditions: [condition('Posted', 'True', 'Posted')] },
      ['Normal Posted'],
    ],
    [
      'is another fault of the same condition',
      { conditions: [condition('Ready', 'False', 'MemberRefused')] },
      { conditions: [condition('Ready', 'False', 'MemberInconsistent')] },
      ['Warning MemberInconsistent'],
    ],
    ['is a batch that was entered', { state: 'Approved' }, { state: 'Opened' }, ['Normal Opened']],
    [
      'is a finding that nobody answered in time',
      { state: 'Open', conditions: [condition('Overdue', 'False', 'InTime')] },
      { state: 'Open', conditions: [condition('Overdue', 'True', 'PastDue')] },
      ['Warning PastDue'],
    ],
    [
      'is each notice of a term that ends',
      { conditions: [condition('Expiring', 'True', 'EndsWithin30Days')] },
      { conditions: [condition('Expiring', 'True', 'EndsWithin15Days')] },
      ['Warning EndsWithin15Days'],
    ],
    [
      'is that it stands still, once',
      { state: 'InUse', conditions: [condition('Ready', 'False', 'Suspending')] },
      { state: 'Suspended', conditions: [condition('Ready', 'False', 'Suspended')] },
      ['Normal Suspended'],
    ],
    ['is a repair that ended', { state: 'PendingApproval' }, { state: 'Done' }, ['Normal Done']],
  ])('%s', (_, before, after, told) => {
    expect(short(before, after)).toEqual(told);
  });

  it('says what a condition says more of a state, and all reasons', () => {
    const accepted = { state: 'InUse', conditions: [condition('Accepted', 'True', 'Accepted')] };
    expect(happenings({}, accepted)[0]?.note).toBe('使用中 / In use: Accepted 中 / en');
    const refused = { state: 'Returned', reasons: [REFUSAL, { code: 'E_POOL', message: '池 / pool' }] };
    expect(happenings({}, refused)[0]?.note).toBe('退回修改 / Returned: 额度不足 / not enough; 池 / pool');
  });

  it('fits what an API server takes, in whole characters', () => {
    for (const extra of ['', 'a', 'ab']) {
      const message = extra + '超'.repeat(1000);
      const [told] = happenings({}, { state: 'Returned', reasons: [{ code: 'E_QUOTA', message }] });
      const bytes = Buffer.byteLength(told?.note ?? '');
      expect(bytes).toBeLessThanOrEqual(MAX_NOTE_BYTES);
      expect(bytes).toBeGreaterThan(MAX_NOTE_BYTES - 4);
      expect(told?.note).toMatch(/超…$/);
    }
  });
});
