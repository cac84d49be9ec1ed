import { describe, expect, test } from 'vitest';
import { GovError, reason } from '../domain/errors.ts';
import { KubeClientError, KubeError } from '../kube/errors.ts';
import { CliError, EXIT, RefusedError, tell } from './errors.ts';

const kube = (status: number, message = 'no', reasonText = '') =>
  new KubeError(status, { message, reason: reasonText });

describe('exit codes', () => {
  test.each([
    ['forbidden', kube(403), EXIT.refused],
    ['unauthenticated', kube(401), EXIT.refused],
    ['invalid', kube(422), EXIT.refused],
    ['conflict', kube(409, 'x', 'Conflict'), EXIT.conflict],
    ['gone', kube(410), EXIT.conflict],
    ['not found', kube(404), EXIT.notFound],
    ['server timeout', kube(504), EXIT.timeout],
    ['server failure', kube(500), EXIT.failure],
    ['no answer in time', new KubeClientError('E_API_TIMEOUT', { server: 's', seconds: '1' }), EXIT.timeout],
    ['no server', new KubeClientError('E_API_UNREACHABLE', { server: 's', detail: 'd' }), EXIT.failure],
    ['no kubeconfig', new KubeClientError('E_KUBECONFIG_MISSING', { files: 'f' }), EXIT.usage],
    ['unknown context', new KubeClientError('E_CONTEXT_UNKNOWN', { context: 'c', known: '-' }), EXIT.usage],
    ['missing flag', new CliError('E_FLAG_REQUIRED', { flag: 'system' }), EXIT.usage],
    [
      'no such object',
      new CliError('E_NOT_FOUND', { kind: { zh: '申请', en: 'request' }, name: 'x' }),
      EXIT.notFound,
    ],
    [
      'quota',
      new RefusedError([
        { code: 'E_POOL_ZONE', message: 'a' },
        { code: 'E_QUOTA_EXCEEDED', message: 'b' },
      ]),
      EXIT.quota,
    ],
    ['another rule', new RefusedError([{ code: 'E_TERM_PAST', message: 'a' }]), EXIT.refused],
    ['unknown item', new RefusedError([{ code: 'E_ITEM_UNKNOWN', message: 'a' }]), EXIT.notFound],
    [
      'domain',
      new GovError(reason('E_TERM_PAST', { until: '2020-01-01', today: '2026-11-24' })),
      EXIT.refused,
    ],
    ['interrupted', new DOMException('x', 'AbortError'), 130],
    ['a bug', new TypeError('x is undefined'), EXIT.failure],
  ])('%s', async (_, error, exit) => {
    expect((await tell(error, 'zh')).exit).toBe(exit);
  });
});

test('a refusal of admission keeps its code and speaks the reader’s language', async () => {
  const message =
    "resourcerequests.govcloud.dev \"req-1\" is forbidden: ValidatingAdmissionPolicy 'govcloud-request-review' with binding 'govcloud-request-review' denied request: E_OWN_REQUEST: 录入人和经办人不得审批自己的申请 / neither the requester nor the applicant may decide";
  expect(await tell(kube(403, message), 'zh')).toMatchObject({
    exit: EXIT.refused,
    reasons: [{ code: 'E_OWN_REQUEST', message: '录入人和经办人不得审批自己的申请' }],
  });
  expect((await tell(kube(403, message), 'en')).reasons[0]?.message).toBe(
    'neither the requester nor the applicant may decide',
  );
});

test('a stale ticket is a conflict although the server calls it invalid', async () => {
  const message = 'denied request: E_TICKET_STALE: 申请或报价已有新版本，请重新查看 / look at it again';
  expect((await tell(kube(422, message), 'en')).exit).toBe(EXIT.conflict);
});

test('all reasons are told, and only a bug shows where it happened', async () => {
  const error = CliError.all([
    { code: 'E_FLAG_REQUIRED', params: { flag: 'system' } },
    { code: 'E_FLAG_REQUIRED', params: { flag: 'zone' } },
  ]);
  const told = await tell(error, 'en');
  expect(told.reasons.map(({ message }) => message)).toEqual(['--system is missing', '--zone is missing']);
  expect(told.stack).toBeUndefined();
  expect((await tell(new TypeError('boom'), 'en')).stack).toContain('errors.test.ts');
});
