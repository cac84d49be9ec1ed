import { expect, test } from 'vitest';
import { applicantOf } from './flags.ts';

const CLERK = 'system:serviceaccount:govcloud-people:clerk';

test('the applicant’s account is the one that may not decide, however short it is written', () => {
  expect(applicantOf({ 'applicant-person': '张三', 'applicant-account': 'clerk' })).toEqual({
    person: '张三',
    account: CLERK,
  });
  expect(applicantOf({ 'applicant-account': CLERK })).toEqual({ account: CLERK });
  expect(applicantOf({})).toEqual({});
});
