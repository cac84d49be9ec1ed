import { describe, expect, it } from 'vitest';
import type { AuditRecord } from './chain.ts';
import { appealsOf, type Reviewed, sameNames, unwritten } from './reviewers.ts';

const NAMES = new Map([
  ['clerk', '陈卫东'],
  ['chen-2', '陈 卫东'],
  ['initial', '黄初芳'],
  ['technical', '吴技评'],
  ['wu-2', '吴技评'],
  ['nameless', ''],
]);

function request(more: Partial<Reviewed['spec']>, ...reviewers: readonly string[]): Reviewed {
  return {
    metadata: { name: 'req-1' },
    spec: { requester: 'clerk', applicant: { person: '林育才' }, ...more },
    status: { decisions: reviewers.map((reviewer, index) => ({ reviewer, step: `step-${index}` })) },
  };
}

const told = (...subjects: readonly Reviewed[]) =>
  sameNames(subjects, NAMES).map(({ step, reviewer, part, other }) =>
    [step, reviewer, part, other].join(' '),
  );

describe('a reviewer', () => {
  it('of another name, or of none that is known, is nobody else', () => {
    expect(told(request({}, 'initial', 'technical', 'stranger'))).toEqual([]);
    expect(told(request({ applicant: { person: '' } }, 'nameless'))).toEqual([]);
  });

  it('may be who typed it in, with a second account', () => {
    expect(told(request({}, 'initial', 'chen-2'))).toEqual(['step-1 chen-2 requester clerk']);
  });

  it('may be who asks, whose account nobody gave', () => {
    expect(told(request({ applicant: { person: '黄　初芳' } }, 'initial'))).toEqual([
      'step-0 initial applicant 黄　初芳',
    ]);
  });

  it('may be who asks, with a second account', () => {
    const applicant = { person: '经办', account: 'technical' };
    expect(told(request({ applicant }, 'wu-2'))).toEqual(['step-0 wu-2 applicant technical']);
  });

  it('may be one who decided on another step', () => {
    expect(told(request({}, 'technical', 'wu-2'))).toEqual(['step-1 wu-2 reviewer technical']);
  });

  it('may be whom they stand in for, and who is stood in for may be who asks', () => {
    const standsIn = {
      ...request({}),
      status: { decisions: [{ reviewer: 'wu-2', onBehalfOf: 'technical', step: 'a' }] },
    };
    expect(told(standsIn)).toEqual(['a technical reviewer wu-2']);
    const forClerk = {
      ...request({}),
      status: { decisions: [{ reviewer: 'wu-2', onBehalfOf: 'chen-2', step: 'a' }] },
    };
    expect(told(forClerk)).toEqual(['a chen-2 requester clerk']);
  });

  it('is told once for each part, however often they decided', () => {
    expect(told(request({ applicant: { person: '陈卫东' } }, 'chen-2', 'initial', 'chen-2'))).toEqual([
      'step-0 chen-2 requester clerk',
      'step-0 chen-2 applicant 陈卫东',
    ]);
  });

  it('of an appeal against a finding of use may be who appealed, and of no other appeal', () => {
    const said = (by: string, verdict: string, raised: string) => ({
      step: verdict === 'appeal' ? 'answer' : 'judge',
      raised,
      by,
      verdict,
    });
    const decisions = [
      said('clerk', 'appeal', '2026-01-02'),
      said('initial', 'uphold', '2026-01-02'),
      said('technical', 'appeal', '2026-07-02'),
      said('chen-2', 'uphold', '2026-07-02'),
    ];
    const finding = (all: typeof decisions) =>
      ({ metadata: { name: 'vm-1-idle', namespace: 'gov-health' }, status: { decisions: all } }) as never;
    expect(told(...appealsOf(finding(decisions)))).toEqual([]);
    const own = [
      ...decisions,
      said('clerk', 'appeal', '2027-01-02'),
      said('chen-2', 'dismiss', '2027-01-02'),
    ];
    expect(told(...appealsOf(finding(own)))).toEqual(['judge chen-2 requester clerk']);
  });

  it('of opening stock may be who imported it', () => {
    const stock = {
      metadata: { name: 's' },
      spec: { requester: 'clerk' },
      status: { decisions: [{ reviewer: 'chen-2' }] },
    };
    expect(told(stock)).toEqual([' chen-2 requester clerk']);
  });
});

describe('a decision', () => {
  const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
  const LATER = at(3_600);
  const state = (of: string): AuditRecord => ({
    actor: 'operator',
    action: 'hub.log',
    subject: 'audit.log',
    body: { state: of },
  });
  const write = (actor: string, second: number, more: object = {}): AuditRecord => ({
    actor,
    action: 'hub.write',
    subject: 'resourcerequests/gov-a/req-1/status',
    body: { receivedAt: at(second), ...more },
  });
  const copy = (reviewer: string, second: number, more: object = {}): AuditRecord => ({
    actor: reviewer,
    action: 'decision.record',
    subject: 'u-1',
    body: {
      kind: 'ResourceRequest',
      uid: 'u-1',
      namespace: 'gov-a',
      name: 'req-1',
      step: 'initial',
      reviewer,
      recordedAt: at(second),
      ...more,
    },
  });
  const stray = (second: number) => ({ ...write('admin', second), subject: 'capacitypools/x' });
  const reviewers = (records: readonly AuditRecord[], now = LATER) =>
    unwritten(records, now).map(({ reviewer }) => reviewer);

  it('that its reviewer wrote is theirs, whichever of the two comes into the chain first', () => {
    expect(reviewers([state('followed'), write('huang', 1), copy('huang', 2)])).toEqual([]);
    expect(reviewers([state('followed'), copy('huang', 2), write('huang', 1)])).toEqual([]);
  });

  it('under the name of somebody who wrote none is not', () => {
    expect(reviewers([state('followed'), write('wu', 1), copy('huang', 2)])).toEqual(['huang']);
    const [found] = unwritten([state('followed'), copy('huang', 2)], LATER);
    expect(found).toEqual({
      uid: 'u-1',
      name: 'req-1',
      namespace: 'gov-a',
      step: 'initial',
      reviewer: 'huang',
    });
  });

  it('is one for each write: a second one is not theirs, nor one on something else', () => {
    expect(reviewers([state('followed'), write('huang', 1), copy('huang', 2), copy('huang', 3)])).toEqual([
      'huang',
    ]);
    const other = { ...write('huang', 1), subject: 'resourcerequests/gov-a/req-2/status' };
    expect(reviewers([state('followed'), other, copy('huang', 2)])).toEqual(['huang']);
    const repair = copy('an', 2, { kind: 'Repair', namespace: '', name: 'r-1' });
    const its = { ...write('an', 1), subject: 'repairs/r-1/status' };
    expect(reviewers([state('followed'), its, repair])).toEqual([]);
  });

  it('is theirs in whose name another wrote: that such a write was, the chain says', () => {
    expect(reviewers([state('followed'), write('admin', 1, { as: 'huang' }), copy('huang', 2)])).toEqual([]);
  });

  it('of a time without the log, or from before the log was lost, cannot be judged', () => {
    expect(reviewers([copy('huang', 2), state('followed'), stray(9)])).toEqual([]);
    expect(reviewers([state('unset'), copy('huang', 2)])).toEqual([]);
    for (const lost of ['gap', 'absent', 'unreadable'])
      expect(reviewers([state('followed'), copy('huang', 2), state(lost), state('followed')])).toEqual([]);
    // The log had come past it.
    expect(reviewers([state('followed'), copy('huang', 2), stray(3), state('gap')])).toEqual(['huang']);
    expect(reviewers([state('followed'), state('unreadable'), copy('huang', 2)])).toEqual(['huang']);
  });

  it('of just now is not judged yet, unless the log has come past it', () => {
    expect(reviewers([state('followed'), copy('huang', 2)], at(100))).toEqual([]);
    expect(reviewers([state('followed'), copy('huang', 2), stray(3)], at(100))).toEqual(['huang']);
  });
});
