import { describe, expect, test } from 'vitest';
import { type AdmissionPolicy, loadPolicies, loadPolicy } from './admission.ts';
import type { CaseFile } from './cases.ts';
import { loadCasePeople, loadCases } from './cases.ts';
import { caseProblems, objectProblems, policyProblems } from './check-cases.ts';

const people = loadCasePeople();

test.each(loadPolicies())('$name has nothing to be named', (policy) => {
  const cases = loadCases(policy.name);
  expect([
    ...policyProblems(policy),
    ...caseProblems(policy, cases, people),
    ...objectProblems(cases),
  ]).toEqual([]);
});

describe('a planted fault is named', () => {
  const policy = loadPolicy('pool');
  const [first, second] = policy.policy.spec.validations as [Validation, Validation];
  type Validation = AdmissionPolicy['policy']['spec']['validations'][number];
  const cases = loadCases('pool');

  const withSpec = (spec: Partial<AdmissionPolicy['policy']['spec']>): AdmissionPolicy => ({
    ...policy,
    policy: { ...policy.policy, spec: { ...policy.policy.spec, ...spec } },
  });
  const without = (gone: (it: CaseFile['cases'][number]) => boolean): CaseFile => ({
    ...cases,
    cases: cases.cases.filter((it) => !gone(it)),
  });

  test.each<[string, AdmissionPolicy, string]>([
    ['a policy that fails open', withSpec({ failurePolicy: 'Ignore' }), 'failurePolicy is not Fail'],
    [
      'a binding that only warns',
      {
        ...policy,
        binding: { ...policy.binding, spec: { ...policy.binding.spec, validationActions: ['Warn'] } },
      },
      'validationActions are not [Deny]',
    ],
    [
      'a binding of another policy',
      {
        ...policy,
        binding: { ...policy.binding, spec: { ...policy.binding.spec, policyName: 'govcloud-status' } },
      },
      'the binding is not called govcloud-pool, or binds another policy',
    ],
    ['a policy of another name', { ...policy, name: 'pools' }, 'the policy is not called govcloud-pools'],
    [
      'parameters that the binding does not give',
      withSpec({ paramKind: { apiVersion: 'v1', kind: 'ConfigMap' } }),
      'paramKind without paramRef, or the other way round',
    ],
    [
      'a message without a code',
      withSpec({ validations: [{ ...first, message: '不可 / no' }, second] }),
      'message is not "E_CODE: 中文 / English": 不可 / no',
    ],
    [
      'a message in one language',
      withSpec({ validations: [{ ...first, message: 'E_POOL_SHRUNK: too small' }, second] }),
      'message is not "E_CODE: 中文 / English": E_POOL_SHRUNK: too small',
    ],
    [
      'two validations of one code',
      withSpec({ validations: [first, first] }),
      'two validations are E_POOL_SHRUNK',
    ],
    [
      'a text by an expression under another code',
      withSpec({
        validations: [{ ...first, messageExpression: "'E_IN_USE: ' + object.metadata.name" }, second],
      }),
      `messageExpression does not start with the code of its message: ${first.message}`,
    ],
    [
      'an expression that costs too much, by way of variables',
      withSpec({
        variables: [
          { name: 'one', expression: "authorizer.group('').check('a').allowed()" },
          { name: 'two', expression: "variables.one && authorizer.group('').check('b').allowed()" },
        ],
        validations: [
          { ...first, expression: "variables.two || authorizer.group('').check('c').allowed()" },
          second,
        ],
      }),
      `more than 2 authorizer checks: ${first.message}`,
    ],
  ])('%s', (_, faulty, problem) => {
    expect(policyProblems(faulty)).toContain(problem);
  });

  test.each<[string, CaseFile, string]>([
    [
      'a validation without an allow case',
      without((it) => it.allow?.includes('E_IN_USE') === true),
      'E_IN_USE has no case that it lets through',
    ],
    [
      'a validation without a deny case',
      without((it) => it.deny === 'E_IN_USE'),
      'E_IN_USE has no case that it refuses',
    ],
    [
      'a case of a validation that is not there',
      {
        ...cases,
        cases: [...cases.cases, { name: 'x', when: { as: 'admin', create: 'pool' }, deny: 'E_GONE' }],
      },
      'no validation is E_GONE',
    ],
    [
      'a case that says more than a fixed text',
      { ...cases, cases: cases.cases.map((it) => (it.deny ? { ...it, says: 'more' } : it)) },
      `says is for refusals whose text is an expression, and for each of them: ${cases.cases.find((it) => it.deny)?.name}`,
    ],
    [
      'a case of somebody unknown',
      { ...cases, given: [{ as: 'nobody', create: 'pool' }] },
      'nobody is called nobody',
    ],
    [
      'a case of an unknown object',
      { ...cases, given: [{ as: 'admin', create: 'lake' }] },
      'no object is called lake',
    ],
    [
      'two cases of one name',
      { ...cases, cases: [...cases.cases, ...cases.cases] },
      `two cases are called ${cases.cases[0]?.name}`,
    ],
  ])('%s', (_, faulty, problem) => {
    expect(caseProblems(policy, faulty, people)).toContain(problem);
  });

  test('an object that its kind does not take', () => {
    const pool = { ...cases.objects['pool'], spec: {} } as CaseFile['objects'][string];
    const [problem] = objectProblems({ ...cases, objects: { ...cases.objects, pool } });
    expect(problem).toMatch(/^object pool: /);
  });
});
