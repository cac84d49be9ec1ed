import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { resourceOf } from '../../api/kind.ts';
import {
  Allocation,
  ApprovalFlow,
  CapacityPool,
  CatalogItem,
  InformationSystem,
  Organization,
  Project,
  Quota,
  Repair,
  ResourceRequest,
  StockImport,
} from '../../api/v1alpha1/index.ts';
import { recordDecisions } from '../../books/decisions.ts';
import { readAudit } from '../../books/reports.ts';
import type { DoubtfulDecision } from '../../cli/services/reviewers.ts';
import { GovError } from '../../domain/errors.ts';
import { KubeClient } from '../../kube/client.ts';
import { loadAccess } from '../../kube/config.ts';
import { KubeError } from '../../kube/errors.ts';
import type { KubeObject, Stored } from '../../kube/types.ts';
import { proveDigestReview, proveRequestReview } from '../../operator/adapters/review-rule.ts';
import { loadPolicy, REVIEW_RULES } from '../../policies/admission.ts';
import { issueToken } from '../../tools/city/access.ts';
import { govcloud } from '../e2e/cli-run.ts';
import { SmallCity } from '../support/city.ts';
import {
  approve,
  grantedBy,
  inReview,
  machines,
  type Person,
  REVIEWERS,
  type StoredRequest,
} from '../support/people.ts';

/** Bad intent towards reviews, on a whole small city: what counts at the end is what was granted. */

const REQUESTS = resourceOf(ResourceRequest);
const POLICIES = admissionResource('validatingadmissionpolicies');
const BINDINGS = admissionResource('validatingadmissionpolicybindings');
const ROLE_BINDINGS = rbacResource('rolebindings', true);
const CLUSTER_ROLE_BINDINGS = rbacResource('clusterrolebindings', false);
const SECRETS = coreResource('secrets');
const DEPARTMENT = 'gov-441500-wjj';

let city: SmallCity;
/** The operator's own account, used by hand. */
let operator: KubeClient;
let inMember: KubeClient;

beforeAll(async () => {
  city = await SmallCity.start();
  operator = new KubeClient(await loadAccess({ kubeconfig: join(city.home.dir, 'operator', 'kubeconfig') }));
  const { data } = await city.hub.client.get<KubeObject & { data: Record<string, string> }>(SECRETS, {
    namespace: 'govcloud-system',
    name: 'member-extranet',
  });
  const text = Buffer.from(data['kubeconfig'] ?? '', 'base64').toString();
  inMember = new KubeClient(await loadAccess({ text }));
});
afterAll(async () => {
  operator?.close();
  inMember?.close();
  await city?.stop();
});
afterEach(() => city.verifyBooks());

function admissionResource(plural: string) {
  return { group: 'admissionregistration.k8s.io', version: 'v1', plural, namespaced: false };
}
function rbacResource(plural: string, namespaced: boolean) {
  return { group: 'rbac.authorization.k8s.io', version: 'v1', plural, namespaced };
}
function coreResource(plural: string, namespaced = true) {
  return { group: '', version: 'v1', plural, namespaced };
}

const request = (of: StoredRequest, wanted: (it: StoredRequest) => boolean) =>
  city.seen(ResourceRequest, of.metadata, wanted);
const opened = (of: StoredRequest, step: string) =>
  request(of, (it) => inReview(it) && it.status?.review?.openStep === step);

/** How often something was granted, all requests together. */
async function grants(): Promise<number> {
  return (await readAudit(city.books, { action: 'ledger.post', limit: 1000 })).items.length;
}

async function submitted(more: Partial<ResourceRequest['spec']> = {}, name?: string): Promise<StoredRequest> {
  const ops = await city.person('wjj-ops');
  return ops.submit({ action: 'Provision', arch: 'amd64', lines: [machines(1)], ...more }, name);
}

/** Appends a decision as it is, whether or not its step is open. */
async function append(who: Person, of: StoredRequest, decision: object): Promise<unknown> {
  const patch = [{ op: 'add' as const, path: '/status/decisions/-', value: decision }];
  return who.client.jsonPatch(REQUESTS, of.metadata, patch, { subresource: 'status' });
}

describe('an approval', () => {
  it('does not outlive an edit, even one that says to be the same submission; said again it is stale', async () => {
    const before = await grants();
    const ops = await city.person('wjj-ops');
    const initial = await city.person('initial-reviewer');
    const asked = await submitted();
    const decided = await initial.decide(asked, 'initial');
    const first = decided.status?.decisions?.[0] ?? {};
    const { status: old } = await opened(asked, 'technical');
    // More than was approved, without a word about a new submission.
    await ops.client.mergePatch(REQUESTS, asked.metadata, { spec: { lines: [machines(4)] } });
    const { status } = await opened(asked, 'initial');
    expect(status?.review?.ticket).not.toBe(old?.review?.ticket);
    await expect(append(initial, asked, first)).rejects.toThrow('E_TICKET_STALE');
    const renewed = { ...first, ticket: status?.review?.ticket, generation: status?.review?.generation };
    await expect(append(await city.person('technical-reviewer'), asked, renewed)).rejects.toThrow(
      'E_NOT_REVIEWER',
    );
    const copied = [{ op: 'copy' as const, from: '/status/decisions/0', path: '/status/decisions/-' }];
    await expect(
      ops.client.jsonPatch(REQUESTS, asked.metadata, copied, { subresource: 'status' }),
    ).rejects.toThrow('cannot patch resource "resourcerequests/status"');
    // Back to what was approved first: its content is the same, and yet it is asked anew.
    await ops.client.mergePatch(REQUESTS, asked.metadata, { spec: { lines: [machines(1)] } });
    const again = await request(asked, (it) => inReview(it) && it.metadata.generation === 3);
    expect(again.status?.review).toMatchObject({ openStep: 'initial' });
    expect(again.status?.review?.ticket).not.toBe(old?.review?.ticket);
    await expect(append(initial, asked, first)).rejects.toThrow('E_TICKET_STALE');
    expect(await grants()).toBe(before);
    await approve(city, asked);
    await grantedBy(city, asked);
    expect(await grants()).toBe(before + 1);
  });

  it('and an edit at the same moment: either the edit is refused, or it is reviewed anew', async () => {
    const ops = await city.person('wjj-ops');
    for (let round = 0; round < 5; round++) {
      const before = await grants();
      const asked = await submitted();
      for (const [step, reviewer] of REVIEWERS[DEPARTMENT].slice(0, -1))
        await (await city.person(reviewer)).decide(asked, step);
      const { status } = await opened(asked, 'approval');
      const approver = await city.person('approver');
      const { ticket, generation } = status?.review ?? {};
      const approval = {
        step: 'approval',
        ticket,
        generation,
        reviewer: approver.account,
        verdict: 'approve',
      };
      const edit = { spec: { lines: [machines(2)] } };
      const [decided, edited] = await Promise.allSettled([
        append(approver, asked, approval),
        ops.client.mergePatch(REQUESTS, asked.metadata, edit),
      ]);
      if (edited.status === 'fulfilled') {
        await opened(asked, 'initial');
        expect(await grants()).toBe(before);
        await ops.withdraw(asked);
        await request(asked, ({ status }) => status?.phase === 'Withdrawn');
      } else {
        expect(String(edited.reason)).toContain('E_REQUEST_FROZEN');
        expect(decided.status).toBe('fulfilled');
        const [granted] = await grantedBy(city, asked);
        expect(granted?.spec.quantity).toBe(1);
      }
    }
  });

  it('does not pass to a request that is made again under the same name', async () => {
    const before = await grants();
    const name = 'made-again';
    const ops = await city.person('wjj-ops');
    const initial = await city.person('initial-reviewer');
    const asked = await submitted({}, name);
    const decided = await initial.decide(asked, 'initial');
    const first = decided.status?.decisions?.[0] ?? {};
    await opened(asked, 'technical');
    await expect(ops.client.delete(REQUESTS, asked.metadata)).rejects.toThrow('E_REQUEST_SUBMITTED');
    await expect(operator.delete(REQUESTS, asked.metadata)).rejects.toThrow('E_REQUEST_OPEN');
    await ops.withdraw(asked);
    await request(asked, ({ status }) => status?.phase === 'Withdrawn');
    // Only the operator's account can do this much, and only with what is closed.
    await operator.delete(REQUESTS, asked.metadata);
    await city.until('the withdrawn request is gone', async () => {
      const { items } = await city.hub.client.list(REQUESTS, { namespace: DEPARTMENT });
      return !items.some(({ metadata }) => metadata.uid === asked.metadata.uid);
    });
    const again = await submitted({}, name);
    const { status } = await opened(again, 'initial');
    expect(status?.decisions ?? []).toEqual([]);
    await expect(append(initial, again, first)).rejects.toThrow('E_TICKET_STALE');
    expect((await request(again, inReview)).status?.review?.openStep).toBe('initial');
    expect(await grants()).toBe(before);
  });
});

describe('the own request', () => {
  it('is not approved by a second role of the same account, nor by the account named as applicant', async () => {
    const ops = await city.person('wjj-ops');
    const binding = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'second-role' },
      roleRef: {
        apiGroup: 'rbac.authorization.k8s.io',
        kind: 'ClusterRole',
        name: 'govcloud-initial-reviewer',
      },
      subjects: [{ kind: 'ServiceAccount', name: 'wjj-ops', namespace: 'govcloud-people' }],
    } as KubeObject;
    const asked = await submitted();
    await opened(asked, 'initial');
    await city.hub.client.create(CLUSTER_ROLE_BINDINGS, binding);
    await city.until('the second role is seen', async () => {
      try {
        await ops.decide(asked, 'initial');
        throw new Error('the own request was approved');
      } catch (error) {
        if (!(error instanceof KubeError)) throw error;
        return !error.message.includes('cannot patch');
      }
    });
    await expect(ops.decide(asked, 'initial')).rejects.toThrow('E_OWN_REQUEST');
    await city.hub.client.delete(CLUSTER_ROLE_BINDINGS, binding.metadata);

    const initial = await city.person('initial-reviewer');
    const applicant = {
      unit: '单位',
      person: '经办人',
      phone: '1',
      reviewer: '审核人',
      account: initial.account,
    };
    const theirs = await submitted({ applicant });
    await opened(theirs, 'initial');
    await expect(initial.decide(theirs, 'initial')).rejects.toThrow('E_OWN_REQUEST');
    await ops.withdraw(theirs);
    await ops.withdraw(asked);
  });

  const rename = (name: string, as: string) =>
    city.hub.client.mergePatch(
      coreResource('serviceaccounts'),
      { namespace: 'govcloud-people', name },
      { metadata: { annotations: { 'govcloud.dev/name': as } } },
    );
  const found = async () => {
    const env = { KUBECONFIG: join(city.home.dir, 'clusters/hub/admin.kubeconfig') };
    const { exit, stdout } = await govcloud(['audit', 'reviewers', '-o', 'json', '--lang', 'en'], { env });
    const { items } = JSON.parse(stdout) as { items: DoubtfulDecision[] };
    return { exit, items: items.map((it) => [it.subject, it.step, it.part, it.other.split(':').at(-1)]) };
  };

  it('approved by another account of the same person’s name is found by an auditor', async () => {
    expect(await found()).toEqual({ exit: 0, items: [] });
    // The person who asks has no account that anybody gave; the one who approves first is called 初审.
    const applicant = { unit: '单位', person: '初　审', phone: '1', reviewer: '审核人' };
    const asked = await submitted({ applicant });
    await rename('technical-reviewer', '局信息科');
    await rename('approver', '初审');
    try {
      await approve(city, asked);
      await grantedBy(city, asked);
      const serial = (await city.get(ResourceRequest, asked.metadata)).status?.serial;
      // So are, under these names, the decisions of before.
      const { exit, items } = await found();
      expect(exit).toBe(3);
      expect(items.filter(([subject]) => subject === serial)).toEqual([
        [serial, 'initial', 'applicant', '初　审'],
        [serial, 'technical', 'requester', 'wjj-ops'],
        [serial, 'approval', 'applicant', '初　审'],
        [serial, 'approval', 'reviewer', 'initial-reviewer'],
      ]);
    } finally {
      await rename('technical-reviewer', '技评');
      await rename('approver', '批复');
    }
  });

  it('approved in the name of somebody who wrote nothing is found by an auditor', async () => {
    const asked = await submitted();
    await approve(city, asked);
    await grantedBy(city, asked);
    const subject = `resourcerequests/${DEPARTMENT}/${asked.metadata.name}/status`;
    const writers = async () =>
      (await readAudit(city.books, { action: 'hub.write', subject })).items.map(({ actor }) => actor);
    await city.until('the log has come to the decisions', async () => (await writers()).length === 3);
    expect((await writers()).map((it) => it.split(':').at(-1))).toEqual([
      'initial-reviewer',
      'technical-reviewer',
      'approver',
    ]);
    // As it might come about while the review rule is away.
    const { epoch } = await city.books.selectFrom('fence').select('epoch').executeTakeFirstOrThrow();
    const forged = { kind: 'ResourceRequest', uid: 'u-forged', namespace: DEPARTMENT, name: 'forged' };
    const { account: reviewer } = await city.person('approver');
    const decision = { position: 0, ticket: 't', generation: 1, step: 'approval', reviewer };
    const books = city.connect('govcloud_operator');
    try {
      const session = { books, epoch, actor: 'govcloud-operator' };
      await recordDecisions(session, forged, [{ ...decision, verdict: 'approve' }]);
    } finally {
      await books.destroy();
    }
    // The log comes past it with the next change.
    await rename('approver', '批复');
    const unwritten = async () => (await found()).items.filter(([, , part]) => part === 'unwritten');
    await city.until('the auditor is told', async () => (await unwritten()).length > 0);
    expect(await unwritten()).toEqual([[`${DEPARTMENT}/forged`, 'approval', 'unwritten', '']]);
  });
});

describe('the operator’s account, used by hand', () => {
  it('decides nothing, in nobody’s name, and what it projects is no decision', async () => {
    const before = await grants();
    const asked = await submitted();
    const { status } = await opened(asked, 'initial');
    const self = 'system:serviceaccount:govcloud-system:govcloud-operator';
    const decision = { step: 'initial', ticket: status?.review?.ticket, generation: 1, verdict: 'approve' };
    const decide = (reviewer: string) =>
      operator.jsonPatch(
        REQUESTS,
        asked.metadata,
        [{ op: 'add', path: '/status/decisions/-', value: { ...decision, reviewer } }],
        { subresource: 'status' },
      );
    await expect(decide(self)).rejects.toThrow('E_STEP_NOT_GRANTED');
    await expect(decide((await city.person('initial-reviewer')).account)).rejects.toThrow('E_NOT_REVIEWER');
    // It may write the rest of the status; the operator believes the books, not the status.
    for (const forged of [
      { phase: 'Granting', review: { ...status?.review, openStep: '' } },
      { phase: 'InReview', review: { ...status?.review, openStep: 'approval' } },
      { phase: 'Granted', allocations: ['forged'] },
      { phase: 'InReview', review: { ...status?.review, ticket: 'forged' } },
    ]) {
      const written = await operator.mergePatch<StoredRequest>(
        REQUESTS,
        asked.metadata,
        { status: forged },
        { subresource: 'status' },
      );
      await request(
        asked,
        (it) =>
          it.metadata.resourceVersion !== written.metadata.resourceVersion &&
          it.status?.phase === 'InReview' &&
          it.status.review?.openStep === 'initial' &&
          it.status.review.ticket === status?.review?.ticket,
      );
    }
    expect(await grants()).toBe(before);
    const { items } = await city.hub.client.list(resourceOf(Allocation), { namespace: DEPARTMENT });
    expect(
      items.filter(({ spec }) => (spec as Allocation['spec']).request.uid === asked.metadata.uid),
    ).toEqual([]);
  });

  const binding = (kind: string, role: string, namespace?: string) =>
    ({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind,
      metadata: { name: 'escalation', ...(namespace ? { namespace } : {}) },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
      subjects: [{ kind: 'ServiceAccount', name: 'govcloud-operator', namespace: 'govcloud-system' }],
    }) as KubeObject;
  const secret = (namespace: string, type: string): KubeObject =>
    ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: 'escalation',
        namespace,
        annotations: { 'kubernetes.io/service-account.name': 'approver' },
      },
      type,
    }) as KubeObject;
  const pod = (namespace: string): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'escalation', namespace },
    spec: { containers: [{ name: 'c', image: 'i' }] },
  });
  const NOT_GRANTED = / cannot \S+ resource /;

  it.each<[string, RegExp | string, () => Promise<unknown>]>([
    [
      'binds itself a reviewer’s role',
      NOT_GRANTED,
      () => operator.create(CLUSTER_ROLE_BINDINGS, binding('ClusterRoleBinding', 'govcloud-approver')),
    ],
    [
      'binds itself a reviewer’s role in a namespace',
      NOT_GRANTED,
      () => operator.create(ROLE_BINDINGS, binding('RoleBinding', 'govcloud-approver', DEPARTMENT)),
    ],
    [
      'takes over a binding by apply',
      NOT_GRANTED,
      () =>
        operator.apply(
          CLUSTER_ROLE_BINDINGS,
          { ...binding('ClusterRoleBinding', 'govcloud-approver'), metadata: { name: 'govcloud-operator' } },
          { fieldManager: 'x', force: true },
        ),
    ],
    [
      'widens its own role',
      NOT_GRANTED,
      () =>
        operator.mergePatch(
          rbacResource('clusterroles', false),
          { name: 'govcloud-operator' },
          { rules: [] },
        ),
    ],
    [
      'makes a role',
      NOT_GRANTED,
      () =>
        operator.create(rbacResource('roles', true), {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'Role',
          metadata: { name: 'x', namespace: DEPARTMENT },
        }),
    ],
    [
      'has a token of a reviewer issued',
      NOT_GRANTED,
      () =>
        operator.create(
          coreResource('serviceaccounts'),
          {
            apiVersion: 'authentication.k8s.io/v1',
            kind: 'TokenRequest',
            metadata: { name: 'approver', namespace: 'govcloud-people' },
          } as KubeObject,
          { subresource: 'token' },
        ),
    ],
    [
      'keeps a token of a reviewer in a Secret',
      'E_',
      () => operator.create(SECRETS, secret('govcloud-people', 'kubernetes.io/service-account-token')),
    ],
    [
      'keeps a token beside itself',
      'E_',
      () => operator.create(SECRETS, secret('govcloud-system', 'kubernetes.io/service-account-token')),
    ],
    [
      'keeps a token among an organisation’s Secrets',
      'E_TOKEN_SECRET',
      () => operator.create(SECRETS, secret(DEPARTMENT, 'kubernetes.io/service-account-token')),
    ],
    [
      'replaces the credential of a member',
      'E_OPERATOR_REACH',
      () =>
        operator.mergePatch(SECRETS, { namespace: 'govcloud-system', name: 'member-extranet' }, { data: {} }),
    ],
    [
      'makes a namespace of its own',
      'E_OPERATOR_REACH',
      () =>
        operator.create(coreResource('namespaces', false), {
          apiVersion: 'v1',
          kind: 'Namespace',
          metadata: { name: 'escalation' },
        }),
    ],
    ['reads an organisation’s Secrets', NOT_GRANTED, () => operator.list(SECRETS, { namespace: DEPARTMENT })],
    ['reads all Secrets', NOT_GRANTED, () => operator.list(SECRETS)],
    [
      'reads the people’s Secrets',
      NOT_GRANTED,
      () => operator.list(SECRETS, { namespace: 'govcloud-people' }),
    ],
    [
      'weakens a policy',
      NOT_GRANTED,
      () =>
        operator.mergePatch(
          POLICIES,
          { name: 'govcloud-request-review' },
          { spec: { failurePolicy: 'Ignore' } },
        ),
    ],
    [
      'takes a policy’s binding away',
      NOT_GRANTED,
      () => operator.delete(BINDINGS, { name: 'govcloud-request-review' }),
    ],
    [
      'runs a pod on the hub',
      NOT_GRANTED,
      () => operator.create(coreResource('pods'), pod('govcloud-system')),
    ],
    [
      'asks in its own name',
      NOT_GRANTED,
      async () =>
        operator.create(REQUESTS, {
          ...(await submitted()),
          metadata: { name: 'own', namespace: DEPARTMENT },
        }),
    ],
    [
      'changes what is asked for',
      'E_NOT_REQUESTER',
      async () =>
        operator.mergePatch(REQUESTS, (await submitted()).metadata, { spec: { lines: [machines(9)] } }),
    ],
    ['gives more quota', 'E_SPEC_PEOPLE', () => operator.update(coreQuota, quotaOf('9999'))],
    ['runs a pod in a member', NOT_GRANTED, () => inMember.create(coreResource('pods'), pod('default'))],
    [
      'runs a Deployment in a member',
      NOT_GRANTED,
      () => inMember.list({ group: 'apps', version: 'v1', plural: 'deployments', namespaced: true }),
    ],
    [
      'binds itself cluster-admin in a member',
      NOT_GRANTED,
      () => inMember.create(CLUSTER_ROLE_BINDINGS, binding('ClusterRoleBinding', 'cluster-admin')),
    ],
    [
      'binds cluster-admin in a namespace of a member',
      'attempting to grant',
      () => inMember.create(ROLE_BINDINGS, binding('RoleBinding', 'cluster-admin', 'default')),
    ],
    [
      'makes a role with more than it has in a member',
      'attempting to grant',
      () =>
        inMember.create(rbacResource('roles', true), {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'Role',
          metadata: { name: 'x', namespace: 'default' },
          rules: [{ apiGroups: [''], resources: ['pods/exec'], verbs: ['create'] }],
        } as KubeObject),
    ],
    [
      'has a token issued in a member',
      NOT_GRANTED,
      () =>
        inMember.create(
          coreResource('serviceaccounts'),
          {
            apiVersion: 'authentication.k8s.io/v1',
            kind: 'TokenRequest',
            metadata: { name: 'default', namespace: 'kube-system' },
          } as KubeObject,
          { subresource: 'token' },
        ),
    ],
    [
      'taints a node of a member',
      NOT_GRANTED,
      () => inMember.mergePatch(coreResource('nodes', false), { name: 'extranet-amd64-0' }, { spec: {} }),
    ],
  ])('%s: refused', async (_, refusal, attempt) => {
    await expect(attempt()).rejects.toThrow(refusal);
  });

  const coreQuota = { group: 'govcloud.dev', version: 'v1alpha1', plural: 'quotas', namespaced: true };
  const quotaOf = (vcpu: string): KubeObject => ({
    apiVersion: 'govcloud.dev/v1alpha1',
    kind: 'Quota',
    metadata: { name: '441523', namespace: 'gov-441500', resourceVersion: quotaVersion },
    spec: { child: { organization: '441523' }, limits: { vcpu }, basis: '1' },
  });
  let quotaVersion = '';
  beforeAll(async () => {
    quotaVersion = (await city.hub.client.get(coreQuota, { name: '441523', namespace: 'gov-441500' }))
      .metadata.resourceVersion;
  });
});

describe('a review rule that was tampered with', () => {
  type Spec = Record<string, unknown>;
  interface Weakening {
    readonly title: string;
    readonly of: 'policy' | 'binding';
    /** The spec as somebody would have it; absent: it is deleted. */
    readonly change?: (spec: Spec) => Spec;
  }
  /** What the rules ask, answered once and for all. */
  const FORGED_VARIABLES: Readonly<Record<string, Spec>> = {
    caller: { expression: "'forged'" },
    changed: { expression: 'false' },
  };
  const somebody = [{ name: 'others', expression: "request.userInfo.username != 'somebody'" }];
  const selector = { matchLabels: { reviewed: 'yes' } };
  const constraints = (more: Spec) => (spec: Spec) => ({
    ...spec,
    matchConstraints: { ...(spec['matchConstraints'] as Spec), ...more },
  });
  const validations = (change: (list: Spec[]) => Spec[]) => (spec: Spec) => ({
    ...spec,
    validations: change(spec['validations'] as Spec[]),
  });
  const WEAKENINGS: readonly Weakening[] = [
    { title: 'the policy is deleted', of: 'policy' },
    { title: 'the binding is deleted', of: 'binding' },
    { title: 'failurePolicy', of: 'policy', change: (spec) => ({ ...spec, failurePolicy: 'Ignore' }) },
    {
      title: 'a matchCondition that leaves somebody out',
      of: 'policy',
      change: (spec) => ({ ...spec, matchConditions: somebody }),
    },
    { title: 'one validation fewer', of: 'policy', change: validations((list) => list.slice(1)) },
    {
      title: 'a validation that always holds',
      of: 'policy',
      change: validations(([first, ...rest]) => [{ ...first, expression: 'true' }, ...rest]),
    },
    { title: 'a namespace selector', of: 'policy', change: constraints({ namespaceSelector: selector }) },
    { title: 'an object selector', of: 'policy', change: constraints({ objectSelector: selector }) },
    {
      title: 'excluded rules',
      of: 'policy',
      change: constraints({
        excludeResourceRules: [
          {
            apiGroups: ['govcloud.dev'],
            apiVersions: ['*'],
            operations: ['UPDATE'],
            resources: ['*/status'],
          },
        ],
      }),
    },
    {
      title: 'another variable',
      of: 'policy',
      change: (spec) => ({
        ...spec,
        variables: (spec['variables'] as Spec[]).map((it) => ({
          ...it,
          ...FORGED_VARIABLES[String(it['name'])],
        })),
      }),
    },
    {
      title: 'the binding’s action',
      of: 'binding',
      change: (spec) => ({ ...spec, validationActions: ['Audit'] }),
    },
    {
      title: 'the binding’s namespace selector',
      of: 'binding',
      change: (spec) => ({ ...spec, matchResources: { namespaceSelector: selector } }),
    },
    {
      title: 'the binding’s policy',
      of: 'binding',
      change: (spec) => ({ ...spec, policyName: 'govcloud-classified' }),
    },
    {
      title: 'the binding’s parameter',
      of: 'binding',
      change: (spec) => ({ ...spec, paramRef: { name: 'x', parameterNotFoundAction: 'Allow' } }),
    },
  ];

  /** Weakens it, and gives back what restores it. */
  async function weaken(rule: string, { of, change }: Weakening): Promise<() => Promise<unknown>> {
    const resource = of === 'policy' ? POLICIES : BINDINGS;
    const object = loadPolicy(rule)[of] as unknown as KubeObject;
    const { client } = city.hub;
    if (change) {
      const live = await client.get<KubeObject<Spec>>(resource, object.metadata);
      // The API server's own word on a policy's types may come in between.
      const value = change(live.spec ?? {});
      await client.jsonPatch(resource, object.metadata, [{ op: 'replace', path: '/spec', value }]);
    } else {
      await client.delete(resource, object.metadata);
    }
    return async () => {
      if (change) await client.delete(resource, object.metadata);
      await client.create(resource, object);
    };
  }

  const cases = Object.entries(REVIEW_RULES).flatMap(([kind, rules]) =>
    rules.flatMap((rule) => WEAKENINGS.map((it) => ({ kind, rule, ...it }))),
  );

  it('is known by every change of it', async () => {
    const asked = await submitted();
    await opened(asked, 'initial');
    await (await city.person('cloud-engineer')).importStock(
      'tampered',
      [
        {
          row: 2,
          organization: '441500-wjj',
          system: 'jiankang',
          item: 'vm',
          parameters: {},
          quantity: 1,
          zone: 'extranet',
          arch: 'amd64',
          openedOn: '2019-05-01',
          basis: '1',
        },
      ],
      { name: 'stock.csv', sm3: 'a'.repeat(64), rows: 1 },
    );
    const stock = await city.seen(
      StockImport,
      { name: 'tampered' },
      ({ status }) => status?.state === 'PendingApproval',
    );
    await (await city.person('cloud-engineer')).askForRepair('tampered');
    const repair = await city.seen(Repair, { name: 'tampered' }, ({ status }) => status?.state === 'Done');
    const prove = (kind: string) => {
      if (kind === 'ResourceRequest') return proveRequestReview(operator, asked);
      return kind === 'Repair'
        ? proveDigestReview(operator, Repair, repair.metadata.name)
        : proveDigestReview(operator, StockImport, stock.metadata.name);
    };
    const holds = async (kind: string): Promise<boolean> => {
      try {
        await prove(kind);
        return true;
      } catch (error) {
        if (error instanceof GovError) return false;
        throw error;
      }
    };
    for (const kind of Object.keys(REVIEW_RULES)) await prove(kind);
    const missed: string[] = [];
    for (const it of cases) {
      const restore = await weaken(it.rule, it);
      try {
        await prove(it.kind);
        missed.push(`${it.rule}: ${it.title}`);
      } catch (error) {
        expect((error as Error).message).toMatch(new RegExp(`E_REVIEW_RULE_MISSING|govcloud-${it.rule}`));
      } finally {
        await restore();
      }
      // A rule that is made anew is enforced a moment later.
      await city.until(`${it.rule} is back`, () => holds(it.kind));
    }
    expect(missed).toEqual([]);
    expect(cases).toHaveLength(Object.values(REVIEW_RULES).flat().length * WEAKENINGS.length);
  });

  it.each(
    WEAKENINGS.filter(({ title }) =>
      ['the policy is deleted', 'one validation fewer', 'the binding’s action'].includes(title),
    ),
  )('$title: nothing is granted, the request says why, and it goes on once the rule is back', async (it) => {
    const before = await grants();
    const asked = await submitted();
    const restore = await weaken('request-author', it);
    await approve(city, asked);
    const stopped = await request(asked, ({ status }) => (status?.reasons?.length ?? 0) > 0);
    expect(stopped.status).toMatchObject({ phase: 'Granting', reasons: [{ code: 'E_REVIEW_RULE_CHANGED' }] });
    expect(stopped.status?.reasons?.[0]?.message).toContain('govcloud-request-author');
    expect(await grants()).toBe(before);
    await restore();
    expect(await grantedBy(city, asked)).toHaveLength(1);
    expect((await city.get(ResourceRequest, asked.metadata)).status?.reasons).toBeUndefined();
    expect(await grants()).toBe(before + 1);
  });

  it('in its static form is out of the API’s reach, and holds when every object of it is gone', async () => {
    const { client } = city.hub;
    const name = 'govcloud-request-review.static.k8s.io';
    const asked = await submitted();
    await opened(asked, 'initial');
    const forged = { step: 'initial', ticket: 'x', generation: 1, reviewer: 'forged', verdict: 'approve' };
    const patch = [{ op: 'add' as const, path: '/status/decisions/-', value: forged }];
    /** What the hub's administrator is told who forges a decision. */
    const refusal = () =>
      client.jsonPatch(resourceOf(ResourceRequest), asked.metadata, patch, { subresource: 'status' }).then(
        () => 'not refused',
        ({ message }: Error) => message,
      );
    const byStaticRule = new RegExp(`'${name}' with binding '${name}' denied request: E_[A-Z_]+: `);
    const restores = [
      await weaken('request-review', { title: 'the binding is deleted', of: 'binding' }),
      await weaken('request-review', { title: 'the policy is deleted', of: 'policy' }),
    ];
    try {
      // What the object said may still be told for a moment; what is not refused is wrong at once.
      await city.until('the static rule alone refuses', async () => {
        const told = await refusal();
        expect(told).toContain('denied request: E_');
        return byStaticRule.test(told);
      });
      for (const [resource, kind] of [
        [POLICIES, 'validatingadmissionpolicies'],
        [BINDINGS, 'validatingadmissionpolicybindings'],
      ] as const) {
        const { items } = await client.list(resource);
        expect(items.filter(({ metadata }) => metadata.name.startsWith('govcloud-request-review'))).toEqual(
          [],
        );
        await expect(client.delete(resource, { name })).rejects.toThrow(
          `${kind}.admissionregistration.k8s.io "${name}" not found`,
        );
      }
      const { policy } = loadPolicy('request-review');
      await expect(
        client.create(POLICIES, { ...policy, metadata: { name } } as unknown as KubeObject),
      ).rejects.toThrow(name);
      expect(await refusal()).toMatch(byStaticRule);
    } finally {
      for (const restore of restores) await restore();
    }
    await city.until('the rule stands as objects again', async () => {
      try {
        await proveRequestReview(operator, asked);
        return true;
      } catch (error) {
        if (error instanceof GovError) return false;
        throw error;
      }
    });
    expect((await city.get(ResourceRequest, asked.metadata)).status?.decisions ?? []).toEqual([]);
  });
});

describe('while a request pends', () => {
  const engineer = () => city.person('cloud-engineer');
  const ITEM = { name: 'vm' };

  it('its item is not deleted; with another price the quote stays what it was', async () => {
    const { client } = await engineer();
    const asked = await submitted();
    const { status } = await opened(asked, 'initial');
    await city.seen(
      CatalogItem,
      ITEM,
      (item) => item.status?.conditions?.some((it) => it.type === 'InUse' && it.status === 'True') ?? false,
    );
    await expect(client.delete(resourceOf(CatalogItem), ITEM)).rejects.toThrow('E_IN_USE');
    const { spec } = await city.get(CatalogItem, ITEM);
    const dearer = { ...spec, prices: spec.prices.map((it) => ({ ...it, monthlyFen: '99999900' })) };
    const changed = await client.mergePatch(resourceOf(CatalogItem), ITEM, { spec: dearer });
    await city.seen(CatalogItem, ITEM, (it) => it.status?.observedGeneration === changed.metadata.generation);
    await approve(city, asked);
    const [granted] = await grantedBy(city, asked);
    expect(granted?.spec.monthlyFen).toBe(status?.quote?.monthlyFen);
    expect(granted?.spec.itemVersion).toBe(status?.quote?.lines[0]?.itemVersion);
    await client.mergePatch(resourceOf(CatalogItem), ITEM, { spec: { prices: spec.prices } });
  });

  it('its project is closed: it is not granted, and says why', async () => {
    const { client } = await city.person('initial-reviewer');
    const project = { namespace: DEPARTMENT, name: 'wjj-2021' };
    const before = await grants();
    const asked = await submitted();
    await opened(asked, 'initial');
    // The request names it, and what was granted before uses it: one of either is told, and how to see them all.
    const [named, uses] = [
      String.raw`a submitted request still names it: gov-441500-wjj/\S+ \(all: kubectl get resourcerequests`,
      String.raw`an allocation still uses it: gov-441500-wjj/\S+ \(all: kubectl get allocations`,
    ];
    await expect(client.delete(resourceOf(Project), project)).rejects.toThrow(
      new RegExp(`E_IN_USE: .+(?:${named}|${uses}) -n gov-441500-wjj\\)`),
    );
    const closed = await client.mergePatch(resourceOf(Project), project, { spec: { until: '2021-12-31' } });
    expect(closed.metadata.generation).toBeGreaterThan(1);
    await approve(city, asked);
    const returned = await request(asked, ({ status }) => status?.phase === 'Returned');
    expect(returned.status?.reasons).toMatchObject([{ code: 'E_PROJECT_PERIOD' }]);
    expect(await grants()).toBe(before);
    expect((await city.holds(asked)).map(({ state }) => state)).toEqual(['void']);
    await client.mergePatch(resourceOf(Project), project, { spec: { until: null } });
  });

  it('its organisation is not deleted; moved, it is granted from what was held', async () => {
    const { client } = await engineer();
    const organization = { name: '441500-wjj' };
    const asked = await submitted();
    const { status } = await opened(asked, 'initial');
    const [hold] = await city.holds(asked);
    await expect(client.delete(resourceOf(Organization), organization)).rejects.toThrow(
      /E_IN_USE: .+in use, it cannot be deleted: Quota gov-441500\/\S+, \w+ gov-441500-wjj\/\S+/,
    );
    const { spec } = await city.get(Organization, organization);
    const parents = [...spec.parents, { code: '441523', from: '2020-01-01' }];
    const moved = (await client.mergePatch(resourceOf(Organization), organization, {
      spec: { parents },
    })) as Stored<KubeObject>;
    await city.seen(
      Organization,
      organization,
      (it) => it.status?.observedGeneration === moved.metadata.generation,
    );
    await approve(city, asked);
    const [granted] = await grantedBy(city, asked);
    expect(granted?.spec.monthlyFen).toBe(status?.quote?.monthlyFen);
    const [posted] = await city.holds(asked);
    const holders = (it: typeof hold) => (it?.lines ?? []).map(({ account }) => account.holder).sort();
    expect(posted?.state).toBe('posted');
    expect(holders(posted)).toEqual(holders(hold));
    await client.mergePatch(resourceOf(Organization), organization, { spec: { parents: spec.parents } });
  });
});

describe('who changes what the rules are made of', () => {
  const note = (value: string) => ({ metadata: { annotations: { note: value } } });
  let marks = 0;
  /** What the chain says happened on the hub, since a record. */
  const recorded = async (after: string) =>
    (await readAudit(city.books, { action: 'hub.write', after, limit: 5_000 })).items;
  /** The newest record, once the chain has all that was done so far: the log is read in its order. */
  const lastRecord = async () => {
    const mark = `mark ${(marks += 1)}`;
    await city.hub.client.mergePatch(resourceOf(ApprovalFlow), { name: 'small' }, note(mark));
    let seq: string | undefined;
    await city.until(`${mark} in the audit chain`, async () => {
      const query = { action: 'hub.write', subject: 'approvalflows/small', newestFirst: true, limit: 1 };
      const [newest] = (await readAudit(city.books, query)).items;
      seq = JSON.stringify(newest?.body).includes(mark) ? newest?.seq : undefined;
      return seq !== undefined;
    });
    return seq ?? '';
  };
  const seenAll = async (after: string, subjects: readonly string[]) => {
    await city.until(`${subjects.join(', ')} in the audit chain`, async () => {
      const found = new Set((await recorded(after)).map(({ subject }) => subject));
      return subjects.every((subject) => found.has(subject));
    });
    return recorded(after);
  };
  interface Noted {
    readonly note?: string;
  }
  const log = () => readFileSync(city.hub.auditLog ?? '', 'utf8');

  it('is in the audit chain, by their own name, each change once', async () => {
    const after = await lastRecord();
    const root = city.hub.client;
    const engineer = await city.person('cloud-engineer');
    const { client: ops } = await city.person('wjj-ops');
    const pool = { name: 'extranet-amd64' };
    await engineer.client.mergePatch(resourceOf(CapacityPool), pool, note('raised'));
    await root.mergePatch(resourceOf(Quota), { namespace: 'gov-441500', name: '441523' }, note('more'));
    await root.mergePatch(resourceOf(ApprovalFlow), { name: 'large' }, note('shorter'));
    await root.mergePatch(POLICIES, { name: 'govcloud-pool' }, note('weaker'));
    const binding = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'crony', namespace: DEPARTMENT },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'govcloud-approver' },
      subjects: [{ kind: 'ServiceAccount', name: 'wjj-ops', namespace: 'govcloud-people' }],
    };
    await root.create(ROLE_BINDINGS, binding);
    await root.delete(ROLE_BINDINGS, binding.metadata);
    // What changes nothing is no change: a refusal, and a try.
    await expect(ops.mergePatch(resourceOf(CapacityPool), pool, note('mine'))).rejects.toThrow(
      'cannot patch',
    );
    await root.mergePatch(resourceOf(CapacityPool), pool, note('tried'), { dryRun: true });
    const bindings = `rolebindings.rbac.authorization.k8s.io/${DEPARTMENT}/crony`;
    const records = await seenAll(after, [bindings]);
    expect(
      records.map(({ actor, subject, body }) => {
        const { verb, request } = body as { verb?: string; request?: { metadata?: { annotations?: Noted } } };
        return [actor.split(':').at(-1), verb, subject, request?.metadata?.annotations?.note ?? '-'];
      }),
    ).toEqual([
      ['cloud-engineer', 'patch', 'capacitypools/extranet-amd64', 'raised'],
      ['govcloud-bootstrap', 'patch', 'quotas/gov-441500/441523', 'more'],
      ['govcloud-bootstrap', 'patch', 'approvalflows/large', 'shorter'],
      [
        'govcloud-bootstrap',
        'patch',
        'validatingadmissionpolicies.admissionregistration.k8s.io/govcloud-pool',
        'weaker',
      ],
      ['govcloud-bootstrap', 'create', bindings, '-'],
      ['govcloud-bootstrap', 'delete', bindings, '-'],
    ]);
    // Who was given what is in it.
    expect(records.at(-2)?.body).toMatchObject({
      request: { roleRef: binding.roleRef, subjects: binding.subjects },
    });
  });

  it('and who acts under another’s name, whatever on', async () => {
    const after = await lastRecord();
    const initial = await city.person('initial-reviewer');
    const asked = await submitted();
    const { status } = await opened(asked, 'initial');
    const access = await loadAccess({
      kubeconfig: join(city.home.dir, 'clusters/hub/admin.kubeconfig'),
      as: { user: initial.account },
    });
    const disguised = new KubeClient(access);
    const decision = {
      step: 'initial',
      ticket: status?.review?.ticket,
      generation: 1,
      verdict: 'approve',
      reviewer: initial.account,
    };
    const patch = [{ op: 'add' as const, path: '/status/decisions/-', value: decision }];
    await disguised.jsonPatch(REQUESTS, asked.metadata, patch, { subresource: 'status' });
    disguised.close();
    const subject = `resourcerequests/${DEPARTMENT}/${asked.metadata.name}/status`;
    expect(await seenAll(after, [subject])).toMatchObject([
      { actor: 'govcloud-bootstrap', subject, body: { verb: 'patch', as: initial.account } },
    ]);
    await (await city.person('wjj-ops')).withdraw(asked);
  });

  it('and no word of what is secret, or of what people ask for, not even in the log', async () => {
    const after = await lastRecord();
    const root = city.hub.client;
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'canary', namespace: 'govcloud-system', annotations: { note: 'canary-of-a-note' } },
      stringData: { password: 'canary-of-a-secret' },
    } as KubeObject;
    await root.create(SECRETS, secret);
    await root.mergePatch(SECRETS, secret.metadata, {
      stringData: { password: 'canary-of-a-second-secret' },
    });
    await root.delete(SECRETS, secret.metadata);
    const asked = await submitted({ reason: 'canary-of-a-reason' });
    const ops = await city.person('wjj-ops');
    await ops.withdraw(asked);
    const system = { namespace: DEPARTMENT, name: 'jiankang' };
    await root.mergePatch(resourceOf(InformationSystem), system, {
      spec: { name: { en: 'canary-of-a-title' } },
    });
    const account = { namespace: 'govcloud-people', name: 'wjj-ops' };
    const token = await issueToken(root, account, 600);
    const records = await seenAll(after, ['serviceaccounts/govcloud-people/wjj-ops/token']);
    expect(records.map(({ subject, body }) => [(body as { verb: string }).verb, subject])).toEqual([
      ['create', 'secrets/govcloud-system/canary'],
      ['patch', 'secrets/govcloud-system/canary'],
      ['delete', 'secrets/govcloud-system/canary'],
      ['patch', `informationsystems/${DEPARTMENT}/jiankang`],
      ['create', 'serviceaccounts/govcloud-people/wjj-ops/token'],
    ]);
    const everything = `${log()}${JSON.stringify(records)}`;
    expect(everything).toContain(asked.metadata.name);
    for (const word of ['canary-of', Buffer.from('canary-of-a-s').toString('base64').slice(0, 16), token])
      expect(everything).not.toContain(word);
  });

  it('goes on where it stopped, when the operator comes back', async () => {
    const after = await lastRecord();
    await city.kill();
    const flow = { name: 'small' };
    await city.hub.client.mergePatch(resourceOf(ApprovalFlow), flow, note('meanwhile'));
    await city.startOperator();
    const records = await seenAll(after, ['approvalflows/small']);
    expect(records).toMatchObject([{ body: { request: note('meanwhile') } }]);
    const states = (await readAudit(city.books, { action: 'hub.log', limit: 100 })).items;
    expect(states.map(({ body }) => (body as { state: string }).state)).toEqual(['followed']);
  });
});
