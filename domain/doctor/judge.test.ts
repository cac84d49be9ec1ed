import { describe, expect, it } from 'vitest';
import type { Reason } from '../errors.ts';
import {
  judgeBooks,
  judgeCertificate,
  judgeChain,
  judgeClock,
  judgeCredentials,
  judgeDisk,
  judgeGrants,
  judgeHubLog,
  judgeMembers,
  judgeMigrations,
  judgeOperator,
  judgeRules,
  judgeToken,
} from './judge.ts';

const NOW = '2026-11-27T08:00:00.000Z';
const codes = (reasons: readonly Reason[]) =>
  reasons.map(({ code, where }) => [code, where ?? ''].join(' ').trim());

describe('credentials', () => {
  it.each([
    [undefined, []],
    ['2026-11-27T09:00:00.000Z', []],
    ['2026-11-27T08:59:59.000Z', ['E_TOKEN_EXPIRING']],
    ['2026-11-27T07:00:00.000Z', ['E_TOKEN_EXPIRING']],
  ])('a token that ends at %s', (until, expected) => {
    expect(codes(judgeToken(until, NOW))).toEqual(expected);
  });

  it.each([
    ['2026-12-28T08:00:00.000Z', []],
    ['2026-12-27T07:59:59.000Z', ['E_CERTIFICATE_EXPIRING https://hub']],
  ])('a certificate that ends at %s', (until, expected) => {
    expect(codes(judgeCertificate('https://hub', until, NOW))).toEqual(expected);
  });
});

describe('what a process shows', () => {
  it.each([
    ['a tenth of its life left', '2026-11-17T08:00:00.000Z', '2026-11-28T10:40:00.000Z', []],
    ['less than a tenth', '2026-11-17T08:00:00.000Z', '2026-11-28T10:39:00.000Z', ['extranet']],
    ['half of a short life', '2026-11-27T07:30:00.000Z', '2026-11-27T08:30:00.000Z', []],
    ['an hour, born nobody knows when', undefined, '2026-11-27T09:00:00.000Z', []],
    ['less than that', undefined, '2026-11-27T08:59:59.000Z', ['extranet']],
    ['nothing', '2026-11-17T08:00:00.000Z', '2026-11-27T08:00:00.000Z', ['extranet']],
  ])('has %s', (_, from, until, expected) => {
    const shown = { opens: 'extranet', ...(from === undefined ? {} : { from }), until };
    expect(codes(judgeCredentials('govcloud-operator', [shown], NOW))).toEqual(
      expected.map((it) => `E_CREDENTIAL_EXPIRING govcloud-operator ${it}`),
    );
  });
});

it('migrations that were not run, or that a process does not know, are told by name', () => {
  expect(judgeMigrations('govcloud-reports', { pending: [], unknown: [] })).toEqual([]);
  expect(judgeMigrations('govcloud-reports', { pending: ['0009-a', '0010-b'], unknown: ['0099-z'] })).toEqual(
    [
      {
        code: 'E_MIGRATIONS_PENDING',
        params: { migrations: '0009-a, 0010-b' },
        where: 'govcloud-reports',
      },
      { code: 'E_MIGRATIONS_UNKNOWN', params: { migrations: '0099-z' }, where: 'govcloud-reports' },
    ],
  );
});

describe('clocks', () => {
  const skew = (at: string) => judgeClock({ whose: 'localhost', at, reference: 'hub', referenceAt: NOW });

  it('may be a few seconds apart', () => {
    expect(skew('2026-11-27T08:00:05.000Z')).toEqual([]);
    expect(skew('2026-11-27T07:59:55.000Z')).toEqual([]);
  });

  it('say by how much they are off, and in which direction', () => {
    expect(skew('2026-11-27T09:00:00.000Z')[0]?.params).toMatchObject({ seconds: 3600 });
    expect(skew('2026-11-26T08:00:00.000Z')[0]?.params).toMatchObject({ seconds: -86_400 });
  });
});

describe('rules', () => {
  const policy = {
    metadata: { name: 'govcloud-review' },
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: {
        namespaceSelector: {},
        resourceRules: [{ resources: ['resourcerequests/status'], operations: ['UPDATE'], scope: '*' }],
      },
      validations: [{ expression: 'object == oldObject', message: 'E_X: 不 / no' }],
    },
  };
  const { matchConstraints } = policy.spec;
  const changed = (spec: object) => judgeRules([policy], [{ ...policy, spec: { ...policy.spec, ...spec } }]);

  it('are as ours, whatever other rules there are', () => {
    expect(
      judgeRules([policy], [structuredClone(policy), { metadata: { name: 'somebody-else' }, spec: {} }]),
    ).toEqual([]);
  });

  it('are missed', () => {
    expect(codes(judgeRules([policy], []))).toEqual(['E_RULE_ABSENT govcloud-review']);
  });

  it.each([
    ['a policy that fails open', { failurePolicy: 'Ignore' }, 'spec.failurePolicy'],
    ['a condition more', { matchConditions: [{ name: 'x', expression: 'false' }] }, 'spec.matchConditions'],
    [
      'a weaker expression',
      { validations: [{ expression: 'true', message: 'E_X: 不 / no' }] },
      'spec.validations[0].expression',
    ],
    ['no expression', { validations: [] }, 'spec.validations[0]'],
    [
      'a selector that leaves out',
      {
        matchConstraints: { ...matchConstraints, namespaceSelector: { matchLabels: { a: 'b' } } },
      },
      'spec.matchConstraints.namespaceSelector.matchLabels',
    ],
    [
      'an exclusion',
      { matchConstraints: { ...matchConstraints, excludeResourceRules: [{}] } },
      'spec.matchConstraints.excludeResourceRules',
    ],
    [
      'an operation less',
      {
        matchConstraints: {
          ...matchConstraints,
          resourceRules: [{ resources: ['resourcerequests/status'], operations: [], scope: '*' }],
        },
      },
      'spec.matchConstraints.resourceRules[0].operations[0]',
    ],
  ])('that were weakened by %s are told, and where', (_, spec, path) => {
    expect(changed(spec)).toMatchObject([{ code: 'E_RULE_CHANGED', params: { path } }]);
  });
});

describe('an operator', () => {
  const lease = { holderIdentity: 'a', renewTime: '2026-11-27T07:59:50.000000Z', leaseDurationSeconds: 15 };

  it('is at work while its lease lasts', () => {
    expect(judgeOperator(lease, NOW)).toEqual([]);
    expect(codes(judgeOperator(lease, NOW, 'E_APART: …'))).toEqual(['E_OPERATOR_READ_ONLY']);
  });

  it('is away, and said why before it ended', () => {
    expect(
      codes(judgeOperator({ ...lease, leaseDurationSeconds: 1 }, NOW, 'E_MIGRATIONS_PENDING: …')),
    ).toEqual(['E_OPERATOR_ABSENT', 'E_OPERATOR_READ_ONLY']);
  });

  it('is away when it has ended, or was given back', () => {
    expect(codes(judgeOperator({ ...lease, renewTime: '2026-11-27T07:59:39.000000Z' }, NOW))).toEqual([
      'E_OPERATOR_ABSENT',
    ]);
    expect(codes(judgeOperator({ ...lease, leaseDurationSeconds: 1 }, NOW))).toEqual(['E_OPERATOR_ABSENT']);
  });

  it('may never have been there', () => {
    expect(codes(judgeOperator(undefined, NOW))).toEqual(['E_OPERATOR_NEVER']);
  });
});

it('members that are not ready, or not known yet, are told', () => {
  const ready = (status: string) => ({
    conditions: [{ type: 'Ready', status, reason: 'Unreachable', message: 'no answer' }],
  });
  const members = [
    { metadata: { name: 'a' }, status: ready('True') },
    { metadata: { name: 'b' }, status: ready('False') },
    { metadata: { name: 'c' } },
  ];
  expect(codes(judgeMembers(members))).toEqual(['E_MEMBER_AWAY b', 'E_MEMBER_AWAY c']);
});

it('books and chain that do not hold are told', () => {
  expect(judgeBooks({ ok: true, count: 0 })).toEqual([]);
  expect(judgeBooks({ ok: false, count: 3 })[0]?.params).toEqual({ count: 3 });
  expect(judgeChain({ ok: true, count: 9 })).toEqual([]);
  const firstBad = { seq: 5, fault: 'hash' };
  expect(judgeChain({ ok: false, count: 4, firstBad })[0]?.params).toEqual(firstBad);
});

describe('grants', () => {
  const hold = (requestUid: string, state: string, action = 'Provision') => ({
    requestUid,
    state,
    serial: `ZY-${requestUid}`,
    document: { spec: { action } },
  });
  const allocation = (name: string, ...requests: string[]) => ({
    metadata: { name, namespace: 'gov-1' },
    spec: { changes: requests.map((request) => ({ request })) },
  });

  it('agree, those that were changed and given back too', () => {
    const stock = { requestUid: 'row', state: 'posted', document: {} };
    const raise = hold('raise', 'posted', 'RaiseQuota');
    const given = [hold('a', 'posted'), hold('b', 'posted'), hold('c', 'credited'), hold('d', 'void')];
    const holds = [...given, raise, stock];
    expect(judgeGrants(holds, [allocation('one', 'a', 'b'), allocation('two', 'c')])).toEqual([]);
  });

  it('that only one side knows are told', () => {
    const holds = [hold('a', 'posted'), hold('b', 'pending')];
    expect(codes(judgeGrants(holds, [allocation('two', 'b')]))).toEqual([
      'E_GRANT_ABSENT ZY-a',
      'E_GRANT_UNPOSTED gov-1/two',
    ]);
  });
});

it.each([
  [100, 6, []],
  [100, 4, ['E_DISK_LOW /x']],
  [10, 3, []],
  [10, 1, ['E_DISK_LOW /x']],
])('a disk of %s GiB with %s GiB left', (total, left, expected) => {
  const gib = 1024 ** 3;
  const disk = { path: '/x', totalBytes: total * gib, freeBytes: left * gib, free: `${left} GB` };
  expect(codes(judgeDisk(disk))).toEqual(expected);
});

describe('the hub’s audit log', () => {
  const told = (state: string, at = '2026-11-26T08:00:00.000Z') => ({
    at,
    subject: '/var/log/audit.log',
    body: { state },
  });

  it.each([
    ['nothing was ever said of it', [], ['E_HUB_LOG_UNSET']],
    ['it is followed', [told('followed')], []],
    ['a line was no event', [told('unreadable'), told('followed')], []],
    ['the operator knows of none', [told('unset'), told('followed')], ['E_HUB_LOG_UNSET']],
    ['it is away', [told('absent'), told('followed')], ['E_HUB_LOG_ABSENT /var/log/audit.log']],
    ['it had a gap', [told('followed'), told('gap')], ['E_HUB_LOG_GAP /var/log/audit.log']],
    ['a gap is long ago', [told('followed'), told('gap', '2026-11-20T07:00:00.000Z')], []],
  ])('%s', (_, states, expected) => {
    expect(codes(judgeHubLog(states, NOW))).toEqual(expected);
  });
});
