import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { recordOfLine } from '../domain/audit/hub-log.ts';

interface Rule {
  readonly level: 'None' | 'Metadata' | 'Request' | 'RequestResponse';
  readonly users?: readonly string[];
  readonly verbs?: readonly string[];
  readonly namespaces?: readonly string[];
  readonly resources?: readonly { readonly group: string; readonly resources?: readonly string[] }[];
}

/** What is written, as an API server is asked for it. */
interface Wish {
  readonly user?: string;
  readonly verb?: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace?: string;
}

const OPERATOR = 'system:serviceaccount:govcloud-system:govcloud-operator';
const { rules } = load(readFileSync(join(import.meta.dirname, 'audit.yaml'), 'utf8')) as {
  readonly rules: readonly Rule[];
};

/** The level at which the policy logs it: its first rule that fits says so. */
function levelOf({ user = 'someone', verb = 'update', group, resource, subresource, namespace }: Wish) {
  const path = subresource === undefined ? resource : `${resource}/${subresource}`;
  const first = rules.find(
    (it) =>
      (it.users?.includes(user) ?? true) &&
      (it.verbs?.includes(verb) ?? true) &&
      (it.namespaces?.includes(namespace ?? '') ?? true) &&
      (it.resources?.some((of) => of.group === group && (of.resources?.includes(path) ?? true)) ?? true),
  );
  return first?.level ?? 'None';
}

/** Whether the chain wants it. */
function isWanted({ user = 'someone', verb = 'update', group: apiGroup, ...ref }: Wish): boolean {
  const event = {
    kind: 'Event',
    stage: 'ResponseComplete',
    verb,
    user: { username: user },
    objectRef: { apiGroup, ...ref },
    responseStatus: { code: 200 },
  };
  return typeof recordOfLine(JSON.stringify(event)) === 'object';
}

const ours = (resource: string, more: Partial<Wish> = {}): Wish => ({
  group: 'govcloud.dev',
  resource,
  ...more,
});
const rule = (resource: string): Wish => ({ group: 'admissionregistration.k8s.io', resource });
const rbac = (resource: string): Wish => ({ group: 'rbac.authorization.k8s.io', resource });
const own = (resource: string, more: Partial<Wish> = {}): Wish => ({
  group: '',
  resource,
  namespace: 'govcloud-system',
  ...more,
});

describe('the hub’s audit policy', () => {
  it.each<Wish>([
    ...[
      'approvalflows',
      'capacitypools',
      'catalogitems',
      'delegations',
      'memberclusters',
      'organizations',
      'quotas',
    ].map((it) => ours(it)),
    ...['validatingadmissionpolicies', 'validatingadmissionpolicybindings'].map(rule),
    rule('mutatingwebhookconfigurations'),
    ...['roles', 'rolebindings', 'clusterroles', 'clusterrolebindings'].map(rbac),
    { group: 'apiextensions.k8s.io', resource: 'customresourcedefinitions' },
    { group: 'apiregistration.k8s.io', resource: 'apiservices' },
    { group: '', resource: 'namespaces' },
  ])('logs the change itself: %j', (wish) => {
    for (const verb of ['create', 'update', 'patch', 'delete', 'deletecollection']) {
      expect(levelOf({ ...wish, verb })).toBe('Request');
      expect(isWanted({ ...wish, verb })).toBe(true);
    }
    expect(levelOf({ ...wish, verb: 'get' })).toBe('None');
  });

  it.each<Wish>([
    ours('informationsystems'),
    ours('projects'),
    ours('capacitypools', { subresource: 'status' }),
    { group: 'certificates.k8s.io', resource: 'certificatesigningrequests', subresource: 'approval' },
    own('secrets'),
    own('configmaps'),
    own('serviceaccounts'),
    own('serviceaccounts', { namespace: 'govcloud-people', subresource: 'token', verb: 'create' }),
    { group: 'apps', resource: 'controllerrevisions', namespace: 'govcloud-system' },
  ])('logs who, what and to which object, and no more: %j', (wish) => {
    expect(levelOf(wish)).toBe('Metadata');
    expect(isWanted(wish)).toBe(true);
  });

  it('logs of what may be done under another’s name that it was done', () => {
    for (const resource of ['resourcerequests', 'allocations', 'stockimports']) {
      expect(levelOf(ours(resource))).toBe('Metadata');
      expect(levelOf(ours(resource, { subresource: 'status' }))).toBe('Metadata');
    }
  });

  it('logs nothing of Secrets elsewhere, and not the operator’s daily work', () => {
    expect(levelOf({ group: '', resource: 'secrets', namespace: 'gov-441500' })).toBe('None');
    expect(levelOf(ours('capacitypools', { subresource: 'status', user: OPERATOR }))).toBe('None');
    expect(levelOf({ ...rbac('rolebindings'), user: OPERATOR })).toBe('Request');
  });
});
