import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KubeClient } from '../../kube/client.ts';
import { loadAccess } from '../../kube/config.ts';
import { applyManifests, parseManifests } from '../../kube/manifests.ts';
import type { KubeObject } from '../../kube/types.ts';
import { rbacObjects } from '../../policies/rbac.ts';
import { type Grants, loadRoles, type RoleEntry } from '../../policies/roles.ts';
import type { Cluster } from '../../tools/localcity/cluster.ts';
import { openTestCity } from '../support/clusters.ts';

const CRDS = join(import.meta.dirname, '../../api/generated/crds');
const RBAC = 'rbac.authorization.k8s.io';
const PEOPLE = 'govcloud-people';
const SYSTEM = 'govcloud-system';
/** Where a role that is given in a namespace is given, and where it is not. */
const OWN = 'gov-own';
const OTHER = 'gov-other';
const READER = 'govcloud-reader';
const SEEN_WITHIN_MS = 30_000;
const PARALLEL = 64;

const VERBS = (
  'get list watch create update patch delete deletecollection ' +
  'decide standin takeover project deliver erase hold transfer bind escalate impersonate approve sign *'
).split(' ');

/** Resources that no server lists: steps and rights without an object, and what only impersonation and signers know. */
const VIRTUAL = [
  ...['initial', 'technical', 'approval'].map((step) =>
    virtual('govcloud.dev', `resourcerequests/${step}`, true),
  ),
  virtual('govcloud.dev', 'repairs/approval', false),
  virtual('govcloud.dev', 'stockimports/approval', false),
  ...['answer', 'judge'].map((step) => virtual('govcloud.dev', `usagefindings/${step}`, true)),
  ...['closedrequests', 'holds', 'organizationreports', 'quotas', 'usage', 'usageadvice'].map((name) =>
    virtual('reports.govcloud.dev', name, true),
  ),
  ...['auditrecords', 'capacity', 'cityreports', 'servers', 'verifications'].map((name) =>
    virtual('reports.govcloud.dev', name, false),
  ),
  ...['users', 'groups'].map((name) => virtual('', name, false)),
  virtual('authentication.k8s.io', 'userextras', false),
  virtual('certificates.k8s.io', 'signers', false),
  virtual('kubevirt.io', 'virtualmachines', true),
  ...['flavors', 'images', 'networks', 'ports', 'servers', 'volumes'].map((name) =>
    virtual('openstack.k-orc.cloud', name, true),
  ),
];

interface Resource {
  readonly group: string;
  readonly name: string;
  readonly namespaced: boolean;
}

function virtual(group: string, name: string, namespaced: boolean): Resource {
  return { group, name, namespaced };
}

const roles = loadRoles();
const city = openTestCity();
let hub: Cluster;
let resources: readonly Resource[];
let clusterRoles: readonly string[];
let bindable: readonly string[];
let everybody: ReadonlySet<string>;

beforeAll(async () => {
  hub = await city.startCluster({ name: 'hub' });
  // In a member the operator's account has this role alone; here it has its role in the hub.
  const memberRoles = rbacObjects('member').filter(({ kind }) => kind === 'ClusterRole');
  const crds = readdirSync(CRDS).flatMap((file) => parseManifests(readFileSync(join(CRDS, file), 'utf8')));
  await applyManifests(
    hub.client,
    [...crds, ...rbacObjects('hub'), ...memberRoles, ...organizations(), ...subjects.flatMap(bindingOf)],
    { fieldManager: 'test' },
  );
  const served = await discovered(hub.client);
  resources = [...served, ...VIRTUAL];
  const list = await hub.client.list({
    group: RBAC,
    version: 'v1',
    plural: 'clusterroles',
    namespaced: false,
  });
  clusterRoles = list.items.map(({ metadata }) => metadata.name);
  bindable = [...new Set([...clusterRoles, ...Object.values(roles).flatMap(({ binds }) => binds ?? [])])];
  // What a server gives to whoever it knows (discovery, reviews of oneself) is not ours to list.
  everybody = await rulesOf('system:serviceaccount:kube-system:nobody', 'default');
}, 180_000);
afterAll(() => city.stop());

/** An account with one role, given one way. */
interface Subject {
  readonly title: string;
  readonly role: string;
  readonly entry: RoleEntry;
  readonly bound: 'namespace' | 'cluster';
  /** Where it is given, if in a namespace. */
  readonly namespace: string;
  readonly user: string;
  /** What comes on top for whoever has an account of its kind. */
  readonly base: Grants;
  /** What it has in the system's namespace on objects of these names. */
  readonly named: NonNullable<RoleEntry['named']>[];
}

const subjects: readonly Subject[] = Object.entries(roles).flatMap(([role, entry]) =>
  entry.bound.map((bound) => {
    const ours = entry.account !== undefined || role === 'govcloud-member-operator';
    const account = entry.account ?? `${role}-${bound}`;
    return {
      title: `${role}, given ${bound === 'cluster' ? 'everywhere' : 'in a namespace'}`,
      role,
      entry,
      bound,
      namespace: role === 'govcloud-cloud-engineer-system' ? SYSTEM : OWN,
      user: `system:serviceaccount:${entry.account ? SYSTEM : ours ? 'other' : PEOPLE}:${account}`,
      base: ours ? {} : (roles[READER] as RoleEntry).grants,
      named: [entry.named ?? {}, ours || role === READER ? {} : ((roles[READER] as RoleEntry).named ?? {})],
    };
  }),
);

function organizations(): KubeObject[] {
  return [OWN, OTHER].map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }));
}

/** Accounts of the system and the reader's group are bound by what `policies/rbac` holds. */
function bindingOf({ entry, role, bound, namespace, user }: Subject): KubeObject[] {
  if (entry.account || role === READER) return [];
  return [
    {
      apiVersion: `${RBAC}/v1`,
      kind: bound === 'cluster' ? 'ClusterRoleBinding' : 'RoleBinding',
      metadata: { name: `test-${role}`, ...(bound === 'cluster' ? {} : { namespace }) },
      roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: role },
      subjects: [{ kind: 'User', apiGroup: RBAC, name: user }],
    } as KubeObject,
  ];
}

test('the matrix has every role, and no other', () => {
  const ours = clusterRoles.filter((name) => name.startsWith('govcloud-'));
  expect(Object.keys(roles).sort()).toEqual(ours.sort());
});

test('no role of ours names a wildcard', () => {
  const objects = [...rbacObjects('hub'), ...rbacObjects('member')] as {
    rules?: Record<string, string[]>[];
  }[];
  const rules = objects.flatMap((object) => object.rules ?? []);
  expect(rules.length).toBeGreaterThan(0);
  expect(rules.flatMap((rule) => Object.values(rule).flat()).filter((it) => it.includes('*'))).toEqual([]);
});

describe.each(subjects)('$title', (subject) => {
  const cluster = subject.bound === 'cluster';
  /** Where it is given, where it is not, and the system's own namespace. */
  const namespaces = [...new Set([subject.namespace, OTHER, SYSTEM])];
  /** Where each verb is asked about: '' is all namespaces at once. */
  const places = cluster ? ['', ...(subject.entry.system ? [SYSTEM] : [])] : ['', subject.namespace];

  test.each(namespaces)(
    'has exactly its rules in %s',
    async (place) => {
      const expected = new Set(everybody);
      for (const [group, resource, verb] of cellsOf(grantsIn(subject, place)))
        expected.add(ruleKey(group, resource, verb));
      if (isGivenIn(subject, place)) {
        for (const name of subject.entry.binds ?? [])
          expected.add(ruleKey(RBAC, 'clusterroles', 'bind', name));
      }
      if (place === SYSTEM) {
        for (const [group, byResource] of subject.named.flatMap((it) => Object.entries(it)))
          for (const [resource, byName] of Object.entries(byResource))
            for (const [name, verbs] of Object.entries(byName))
              for (const verb of verbs) expected.add(ruleKey(group, resource, verb, name));
      }
      // A binding is seen a moment after it was made.
      const found = await eventually(
        () => rulesOf(subject.user, place),
        (rules) => sorted(rules).join('\n') === sorted(expected).join('\n'),
      );
      expect(sorted(found)).toEqual(sorted(expected));
    },
    60_000,
  );

  test('is answered so for each verb and resource', async () => {
    const wrong: string[] = [];
    const asked: (() => Promise<void>)[] = [];
    for (const resource of resources) {
      for (const place of resource.namespaced ? places : ['']) {
        const granted = resource.namespaced
          ? grantsIn(subject, place)
          : merge(subject.base, cluster ? subject.entry.grants : {});
        for (const verb of VERBS) {
          const expected =
            granted[resource.group]?.[resource.name]?.includes(verb) === true ||
            everybody.has(ruleKey(resource.group, resource.name, verb));
          asked.push(async () => {
            const allowed = await isAllowed(subject.user, { ...resource, verb, place });
            if (allowed !== expected)
              wrong.push(`${verb} ${resource.name}.${resource.group} in '${place}': ${allowed}`);
          });
        }
      }
    }
    await inParallel(asked);
    expect(asked.length).toBeGreaterThan(1_000);
    expect(wrong).toEqual([]);
  }, 300_000);

  test('gives exactly the roles that it may', async () => {
    const given: string[] = [];
    await inParallel(
      bindable.map((name) => async () => {
        const question = { group: RBAC, name: 'clusterroles', verb: 'bind', place: '' };
        if (await isAllowed(subject.user, question, name)) given.push(name);
      }),
    );
    expect(given.sort()).toEqual([...(cluster ? (subject.entry.binds ?? []) : [])].sort());
  }, 60_000);
});

function isGivenIn(subject: Subject, place: string): boolean {
  return subject.bound === 'cluster' || place === subject.namespace;
}

/** What a subject may do in a namespace, or in all of them (''). */
function grantsIn(subject: Subject, place: string): Grants {
  const own = isGivenIn(subject, place) ? subject.entry.grants : {};
  return merge(subject.base, own, place === SYSTEM ? (subject.entry.system ?? {}) : {});
}

function merge(...all: readonly Grants[]): Grants {
  const merged: Grants = {};
  for (const [group, resource, verb] of all.flatMap(cellsOf)) {
    const verbs = ((merged[group] ??= {})[resource] ??= []);
    if (!verbs.includes(verb)) verbs.push(verb);
  }
  return merged;
}

function cellsOf(grants: Grants): [group: string, resource: string, verb: string][] {
  return Object.entries(grants).flatMap(([group, byResource]) =>
    Object.entries(byResource).flatMap(([resource, verbs]) =>
      verbs.map((verb): [string, string, string] => [group, resource, verb]),
    ),
  );
}

/** Every rule that a server has for a user in a namespace, one line a cell. */
async function rulesOf(user: string, namespace: string): Promise<ReadonlySet<string>> {
  const client = new KubeClient(await loadAccess({ kubeconfig: hub.kubeconfigPath, as: { user } }));
  try {
    const review = await client.raw<RulesReview>('/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', {
      method: 'POST',
      body: { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', spec: { namespace } },
    });
    expect(review.status.incomplete).toBe(false);
    return new Set(
      review.status.resourceRules.flatMap(
        ({ apiGroups = [], resources: names = [], verbs, resourceNames = [''] }) =>
          apiGroups.flatMap((group) =>
            names.flatMap((name) =>
              verbs.flatMap((verb) => resourceNames.map((object) => ruleKey(group, name, verb, object))),
            ),
          ),
      ),
    );
  } finally {
    client.close();
  }
}

interface RulesReview {
  readonly status: {
    readonly incomplete: boolean;
    readonly resourceRules: readonly {
      readonly verbs: readonly string[];
      readonly apiGroups?: readonly string[];
      readonly resources?: readonly string[];
      readonly resourceNames?: readonly string[];
    }[];
  };
}

function ruleKey(group: string, resource: string, verb: string, name = ''): string {
  return `${group}/${resource} ${verb} ${name}`;
}

async function isAllowed(
  user: string,
  question: { group: string; name: string; verb: string; place: string },
  object?: string,
): Promise<boolean> {
  const [resource, subresource] = question.name.split('/');
  const [, , namespace] = user.split(':') as [string, string, string];
  const review = await hub.client.raw<{ status: { allowed: boolean } }>(
    '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    {
      method: 'POST',
      body: {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SubjectAccessReview',
        spec: {
          user,
          groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
          resourceAttributes: {
            group: question.group,
            resource,
            subresource,
            verb: question.verb,
            namespace: question.place,
            name: object,
          },
        },
      },
    },
  );
  return review.status.allowed;
}

/** What a server serves, subresources included. */
async function discovered(client: KubeClient): Promise<Resource[]> {
  const { groups } = await client.raw<{
    groups: { name: string; preferredVersion: { groupVersion: string } }[];
  }>('/apis');
  const lists = [
    { group: '', path: '/api/v1' },
    ...groups.map(({ name, preferredVersion }) => ({
      group: name,
      path: `/apis/${preferredVersion.groupVersion}`,
    })),
  ];
  const found = await Promise.all(
    lists.map(async ({ group, path }) => {
      const list = await client.raw<{ resources: { name: string; namespaced: boolean }[] }>(path);
      return list.resources.map(({ name, namespaced }) => ({ group, name, namespaced }));
    }),
  );
  return found.flat();
}

async function inParallel(tasks: readonly (() => Promise<void>)[]): Promise<void> {
  const queue = [...tasks];
  const work = async () => {
    for (let task = queue.pop(); task; task = queue.pop()) await task();
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
}

async function eventually<T>(read: () => Promise<T>, wished: (value: T) => boolean): Promise<T> {
  const until = Date.now() + SEEN_WITHIN_MS;
  for (;;) {
    const value = await read();
    if (wished(value) || Date.now() > until) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function sorted(values: ReadonlySet<string>): string[] {
  return [...values].sort();
}
