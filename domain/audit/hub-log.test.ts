import { describe, expect, it } from 'vitest';
import { sm3 } from '../canonical.ts';
import { recordOfLine } from './hub-log.ts';

/** An event as an API server writes it. */
function line(more: object = {}): string {
  return JSON.stringify({
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Request',
    auditID: '6ef0a1c8-5e0f-4d5f-9a57-6f4a3b0a7f2c',
    stage: 'ResponseComplete',
    requestURI: '/apis/govcloud.dev/v1alpha1/capacitypools/extranet-amd64?fieldManager=kubectl',
    verb: 'patch',
    user: {
      username: 'system:serviceaccount:govcloud-people:cloud-engineer',
      groups: ['system:authenticated'],
    },
    sourceIPs: ['10.9.9.9', '127.0.0.1'],
    userAgent: 'kubectl',
    objectRef: {
      resource: 'capacitypools',
      name: 'extranet-amd64',
      apiGroup: 'govcloud.dev',
      apiVersion: 'v1alpha1',
    },
    responseStatus: { metadata: {}, code: 200 },
    requestObject: { spec: { total: { vcpu: '200' } } },
    requestReceivedTimestamp: '2026-11-27T04:00:00.000001Z',
    stageTimestamp: '2026-11-27T04:00:00.010002Z',
    ...more,
  });
}

const ref = (apiGroup: string, resource: string, more: object = {}) => ({
  objectRef: { apiGroup, resource, name: 'it', ...more },
});
const OPERATOR = { user: { username: 'system:serviceaccount:govcloud-system:govcloud-operator' } };
const subjectOf = (more: object) => {
  const record = recordOfLine(line(more));
  return typeof record === 'object' ? record.subject : record;
};

describe('a line of the hub’s audit log', () => {
  it('says who changed what, and how', () => {
    expect(recordOfLine(line())).toEqual({
      actor: 'system:serviceaccount:govcloud-people:cloud-engineer',
      action: 'hub.write',
      subject: 'capacitypools/extranet-amd64',
      body: {
        event: sm3(line()),
        auditID: '6ef0a1c8-5e0f-4d5f-9a57-6f4a3b0a7f2c',
        verb: 'patch',
        from: '127.0.0.1',
        receivedAt: '2026-11-27T04:00:00.000001Z',
        request: { spec: { total: { vcpu: '200' } } },
      },
    });
  });

  it.each([
    [ref('govcloud.dev', 'quotas', { namespace: 'gov-441500' }), 'quotas/gov-441500/it'],
    [ref('govcloud.dev', 'approvalflows'), 'approvalflows/it'],
    [ref('govcloud.dev', 'capacitypools', { subresource: 'status' }), 'capacitypools/it/status'],
    [
      ref('admissionregistration.k8s.io', 'validatingadmissionpolicybindings'),
      'validatingadmissionpolicybindings.admissionregistration.k8s.io/it',
    ],
    [
      ref('rbac.authorization.k8s.io', 'rolebindings', { namespace: 'gov-1' }),
      'rolebindings.rbac.authorization.k8s.io/gov-1/it',
    ],
    [
      { ...ref('rbac.authorization.k8s.io', 'clusterroles'), ...OPERATOR },
      'clusterroles.rbac.authorization.k8s.io/it',
    ],
    [
      ref('', 'serviceaccounts', { namespace: 'govcloud-people', subresource: 'token' }),
      'serviceaccounts/govcloud-people/it/token',
    ],
    [ref('', 'secrets', { namespace: 'govcloud-system' }), 'secrets/govcloud-system/it'],
    [
      ref('govcloud.dev', 'resourcerequests', { namespace: 'gov-1', subresource: 'status' }),
      'resourcerequests/gov-1/it/status',
    ],
    [ref('govcloud.dev', 'repairs', { subresource: 'status' }), 'repairs/it/status'],
  ])('is recorded: %j', (more, subject) => {
    expect(subjectOf(more)).toBe(subject);
  });

  it.each([
    ref('govcloud.dev', 'resourcerequests', { namespace: 'gov-1' }),
    ref('govcloud.dev', 'allocations', { namespace: 'gov-1' }),
    { ...ref('govcloud.dev', 'allocations', { namespace: 'gov-1', subresource: 'status' }), ...OPERATOR },
    ref('', 'secrets', { namespace: 'gov-1' }),
    ref('', 'pods', { namespace: 'govcloud-system' }),
    { ...ref('govcloud.dev', 'capacitypools', { subresource: 'status' }), ...OPERATOR },
    { ...ref('', 'namespaces'), ...OPERATOR },
    { verb: 'get' },
    { stage: 'RequestReceived' },
    { responseStatus: { code: 403 } },
    { responseStatus: undefined },
    { requestURI: '/apis/govcloud.dev/v1alpha1/capacitypools/x?dryRun=All' },
    { verb: 'delete', requestObject: { kind: 'DeleteOptions', dryRun: ['All'] } },
  ])('is not recorded: %j', (more) => {
    expect(recordOfLine(line(more))).toBeUndefined();
  });

  it('done under another’s name is recorded whatever it is about', () => {
    const more = {
      ...ref('govcloud.dev', 'resourcerequests', { namespace: 'gov-1', subresource: 'status' }),
      user: { username: 'root' },
      impersonatedUser: { username: 'approver' },
      level: 'Metadata',
      requestObject: undefined,
    };
    expect(recordOfLine(line(more))).toMatchObject({
      actor: 'root',
      subject: 'resourcerequests/gov-1/it/status',
      body: { verb: 'patch', as: 'approver' },
    });
  });

  it('is known by all of it: whoever calls may choose the id of their event', () => {
    const [first, second] = [line(), line({ stageTimestamp: '2026-11-27T04:00:00.010003Z' })].map(
      recordOfLine,
    );
    expect(first).not.toEqual(second);
  });

  it.each([
    ['too long', { a: 'x'.repeat(5_000) }],
    ['with a number that is no integer', { a: 1.5 }],
    ['with what no database holds', { a: 'x\0' }],
    ['with half a character', { a: '\ud800' }],
  ])('leaves out a change that is %s', (_, requestObject) => {
    const record = recordOfLine(line({ requestObject }));
    expect(record).toMatchObject({ subject: 'capacitypools/extranet-amd64' });
    expect(record).not.toHaveProperty('body.request');
  });

  it('that was cut short has the next event behind it', () => {
    const whole = line();
    const torn = `${whole.slice(0, 200)}${whole}`;
    expect(recordOfLine(torn)).toMatchObject({ subject: 'capacitypools/extranet-amd64' });
  });

  it.each(['', 'null', '[]', '{"kind":"Status"}', 'E1127 cannot write', line().slice(0, 300)])(
    'is no event: %s',
    (text) => {
      expect(recordOfLine(text)).toBe('unreadable');
    },
  );

  it('may hold anything anywhere', () => {
    const strange = { user: null, objectRef: [], sourceIPs: 'x', requestURI: 7, impersonatedUser: 'me' };
    expect(recordOfLine(line(strange))).toMatchObject({ actor: '', subject: '', body: { as: '' } });
  });
});
