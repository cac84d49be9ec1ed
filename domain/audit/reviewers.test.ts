import { describe, expect, it } from 'vitest';
import { type Reviewed, sameNames } from './reviewers.ts';

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

  it('is told once for each part, however often they decided', () => {
    expect(told(request({ applicant: { person: '陈卫东' } }, 'chen-2', 'initial', 'chen-2'))).toEqual([
      'step-0 chen-2 requester clerk',
      'step-0 chen-2 applicant 陈卫东',
    ]);
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
