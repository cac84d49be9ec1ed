import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Kind, resourceOf } from '../../api/kind.ts';
import { KINDS } from '../../api/v1alpha1/index.ts';
import { KubeClient } from '../../kube/client.ts';
import { loadAccess } from '../../kube/config.ts';
import { KubeError } from '../../kube/errors.ts';
import { applyManifests } from '../../kube/manifests.ts';
import type { KubeObject, Stored } from '../../kube/types.ts';
import { admissionNames, REVIEW_POLICY } from '../../policies/admission.ts';
import { fill, loadCases } from '../../policies/cases.ts';
import { loadRoles, type RoleEntry } from '../../policies/roles.ts';
import type { Cluster } from '../../tools/localcity/cluster.ts';
import { openTestCity } from '../support/clusters.ts';
import { type Cast, OPERATOR, PEOPLE, startRuledHub } from '../support/ruled-hub.ts';

/**
 * Who can change what of our kinds, by really trying: role x kind x way of writing x main resource or status x what
 * is forged. What is expected of a cell follows from `policies/roles.yaml` and, where RBAC lets it through, from the
 * one rule that is named here.
 */

const OWN = 'gov-own';
const OTHER = 'gov-other';
const FORGED = 'system:serviceaccount:govcloud-people:somebody-else';
const PARALLEL = 24;
const SEEN_WITHIN_MS = 30_000;

/** What came of a cell, beside the code of the rule that refused it. */
const DONE = 'done';
const NOTHING = 'nothing changed';
const NOT_GRANTED = 'not granted by RBAC';

const WAYS = ['update', 'merge patch', 'JSON Patch', 'apply with force'] as const;
type Way = (typeof WAYS)[number];
const PATHS = ['', 'status'] as const;
type Part = 'spec' | 'status' | 'finalizers';
type Json = Record<string, unknown>;
type Outcome = string;

const city = openTestCity();
let hub: Cluster;
let people: Cast;

beforeAll(async () => {
  ({ hub, people } = await startRuledHub(city, 'hub', ({ name }) => name === REVIEW_POLICY));
  const namespaces = [OWN, OTHER].map((name) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name },
  }));
  await applyManifests(hub.client, [...namespaces, ...subjects.flatMap(bindingOf)], { fieldManager: 'test' });
  const admin = await people.client('admin');
  // What rules join a request with: they want to see at least one of each.
  for (const place of [OWN, OTHER])
    await admin.create(resourceOf(kindOf('InformationSystem')), sample('system', place));
  await admin.create(resourceOf(kindOf('CatalogItem')), sample('item', OWN));
  await admin.create(resourceOf(kindOf('MemberCluster')), sample('cluster', OWN));
  for (const subject of subjects) await waitUntilBound(subject);
}, 180_000);
afterAll(async () => {
  people?.close();
  await city.stop();
});

interface Subject {
  readonly title: string;
  readonly role: string;
  readonly entry: RoleEntry;
  readonly cluster: boolean;
  readonly user: string;
}

const roles = loadRoles();
/** Every role of the hub, in each way that it is given, and an account without any. */
const subjects: readonly Subject[] = [
  ...Object.entries(roles)
    .filter(([role]) => role !== 'govcloud-member-operator' && role !== 'govcloud-cloud-engineer-system')
    .flatMap(([role, entry]) =>
      entry.bound.map((bound) => ({
        title: `${role}, given ${bound === 'cluster' ? 'everywhere' : 'in a namespace'}`,
        role,
        entry,
        cluster: bound === 'cluster',
        user: entry.account
          ? `system:serviceaccount:govcloud-system:${entry.account}`
          : `system:serviceaccount:${PEOPLE}:${role}-${bound}`,
      })),
    ),
  {
    title: 'an account without a role',
    role: 'none',
    entry: { bound: ['cluster'], grants: {} },
    cluster: true,
    user: 'system:serviceaccount:default:nobody',
  },
];

function bindingOf({ entry, role, cluster, user }: Subject): KubeObject[] {
  if (entry.account || role === 'none' || role === 'govcloud-reader') return [];
  return [
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: cluster ? 'ClusterRoleBinding' : 'RoleBinding',
      metadata: { name: `forger-${role}`, ...(cluster ? {} : { namespace: OWN }) },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
      subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: user }],
    } as KubeObject,
  ];
}

/** A binding is seen a moment after it was made: a right that it gives tells that it was. */
async function waitUntilBound(subject: Subject): Promise<void> {
  const [resource] =
    Object.entries(subject.entry.grants['govcloud.dev'] ?? {}).find(([, verbs]) => verbs.includes('list')) ??
    [];
  const kind = KINDS.find(({ plural }) => plural === resource);
  if (!kind) return;
  const client = await clientOf(subject);
  const until = Date.now() + SEEN_WITHIN_MS;
  for (;;) {
    try {
      await client.list(resourceOf(kind), subject.cluster || !kind.namespaced ? {} : { namespace: OWN });
      return;
    } catch (error) {
      if (!(error instanceof KubeError && error.status === 403) || Date.now() > until) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Whether `roles.yaml` grants it. */
function isGranted(subject: Subject, verb: string, resource: string, place: string | undefined): boolean {
  const inPlace = subject.cluster || place === OWN;
  const base = subject.user.startsWith(`system:serviceaccount:${PEOPLE}:`)
    ? roles['govcloud-reader']
    : undefined;
  return [base, inPlace ? subject.entry : undefined].some((it) =>
    it?.grants['govcloud.dev']?.[resource]?.includes(verb),
  );
}

const clients = new Map<string, Promise<KubeClient>>();
function clientOf({ user }: Subject): Promise<KubeClient> {
  const known = clients.get(user);
  if (known) return known;
  const made = loadAccess({ kubeconfig: hub.kubeconfigPath, as: { user } }).then((it) => new KubeClient(it));
  clients.set(user, made);
  return made;
}
afterAll(async () => {
  for (const made of clients.values()) (await made).close();
});

function kindOf(name: string): Kind {
  const kind = KINDS.find((it) => it.kind === name);
  if (!kind) throw new Error(`no kind ${name}`);
  return kind;
}

const samples = loadCases(admissionNames()[0] as string).objects;
function sample(name: string, place: string): KubeObject {
  return fill(samples[name], { ns: place, id: 'forgery' }) as KubeObject;
}

const OLD_DECISION = { step: 'initial', ticket: 't0', generation: 1, reviewer: FORGED, verdict: 'approve' };
const OLD_HANDOVER = { action: 'deliver', revision: 2, by: FORGED, evidence: '工单 1' };
const OLD_BATCH_DECISION = { digest: 'd0', reviewer: FORGED, verdict: 'approve' };

interface Forgery {
  readonly title: string;
  readonly part: Part;
  /** The part as it would be. */
  readonly forge: (object: Stored<KubeObject>, caller: string, way: Way) => unknown;
  /** What the rules say to somebody whom RBAC lets write it where it has an effect. */
  readonly rule: (subject: Subject, place: string) => Outcome;
}

interface Target {
  /** Its sample's name in the cases. */
  readonly sample: string;
  /** Its status, without what people add to it. */
  readonly status?: Json;
  /** What somebody has added to a list of it, and what the status was then. */
  readonly added?: { readonly list: string; readonly entry: Json; readonly when: Json };
  /** One field of its spec, and what it is changed to. */
  readonly spec: readonly [field: string, value: unknown];
  readonly specRule: (subject: Subject) => Outcome;
  readonly createRule?: (subject: Subject) => Outcome;
  readonly deleteRule?: (subject: Subject) => Outcome;
  readonly forgeries?: readonly Forgery[];
}

const isOperator = ({ user }: Subject) => user === OPERATOR;
const operatorOnly = (subject: Subject) => (isOperator(subject) ? DONE : 'E_STATUS_OPERATOR_ONLY');
/** The operator changes nothing that people wrote. */
const peopleOnly = (subject: Subject) => (isOperator(subject) ? 'E_SPEC_PEOPLE' : DONE);
const anybody = () => DONE;

function forgery(
  title: string,
  change: (status: Json, caller: string) => Json,
  rule: Forgery['rule'],
): Forgery {
  return {
    title,
    part: 'status',
    forge: ({ status }, caller) => {
      const before = (status ?? {}) as Json;
      return { ...before, ...change(before, caller) };
    },
    rule,
  };
}

function appended(status: Json, list: string, entry: Json): Json {
  return { [list]: [...(status[list] as Json[]), entry] };
}

const decision = (reviewer: string) => ({
  step: 'initial',
  ticket: 't1',
  generation: 1,
  reviewer,
  verdict: 'approve',
});
const handover = (action: string, by: string) => ({ action, revision: 2, by, evidence: '工单 2' });
const batchDecision = (reviewer: string) => ({ digest: 'd1', reviewer, verdict: 'approve' });
const OLD_ANSWER = {
  step: 'answer',
  raised: '2026-01-31',
  generation: 1,
  by: FORGED,
  verdict: 'appeal',
  comment: '灾备待命',
};
const judgement = (by: string) => ({ ...OLD_ANSWER, step: 'judge', by, verdict: 'dismiss' });
const mayDecide = (resource: string) => (subject: Subject, place: string) =>
  isGranted(subject, 'decide', resource, place) ? DONE : 'E_STEP_NOT_GRANTED';

/** What is forged on what is decided on as a whole, by its digest. */
const forgedBatches = (approval: string, state: string): readonly Forgery[] => [
  forgery('the state', () => ({ state }), operatorOnly),
  forgery('the digest', () => ({ digest: 'd2' }), operatorOnly),
  forgery(
    'a decision of somebody else',
    (status) => appended(status, 'decisions', batchDecision(FORGED)),
    () => 'E_NOT_REVIEWER',
  ),
  forgery(
    'an own decision',
    (status, caller) => appended(status, 'decisions', batchDecision(caller)),
    mayDecide(approval),
  ),
  forgery(
    'an own decision and the digest',
    (status, caller) => ({
      ...appended(status, 'decisions', { ...batchDecision(caller), digest: 'd2' }),
      digest: 'd2',
    }),
    () => 'E_DECISION_CHANGES_MORE',
  ),
  forgery(
    'no decisions',
    () => ({ decisions: [] }),
    () => 'E_DECISIONS_APPEND_ONLY',
  ),
];

/** One of each kind that people or the operator write, as it stands when somebody tries to forge it. */
const TARGETS: Readonly<Record<string, Target>> = {
  ResourceRequest: {
    sample: 'request',
    status: {
      phase: 'InReview',
      review: { generation: 1, ticket: 't1', round: 1, openStep: 'initial' },
    },
    added: {
      list: 'decisions',
      entry: OLD_DECISION,
      when: { phase: 'InReview', review: { generation: 1, ticket: 't0', round: 1, openStep: 'initial' } },
    },
    spec: ['reason', '伪造'],
    specRule: () => 'E_NOT_REQUESTER',
    createRule: () => 'E_REQUESTER_NOT_CALLER',
    deleteRule: (subject) => (isOperator(subject) ? 'E_REQUEST_OPEN' : 'E_REQUEST_SUBMITTED'),
    forgeries: [
      forgery('the phase', () => ({ phase: 'Granting' }), operatorOnly),
      forgery(
        'the ticket',
        () => ({ review: { generation: 1, ticket: 't2', round: 1, openStep: 'approval' } }),
        operatorOnly,
      ),
      forgery(
        'a decision of somebody else',
        (status) => appended(status, 'decisions', decision(FORGED)),
        () => 'E_NOT_REVIEWER',
      ),
      forgery(
        'an own decision',
        (status, caller) => appended(status, 'decisions', decision(caller)),
        mayDecide('resourcerequests/initial'),
      ),
      forgery(
        'an own decision and the ticket',
        (status, caller) => ({
          ...appended(status, 'decisions', decision(caller)),
          review: { generation: 1, ticket: 't2', round: 1, openStep: 'initial' },
        }),
        () => 'E_DECISION_CHANGES_MORE',
      ),
      forgery(
        'no decisions',
        () => ({ decisions: [] }),
        () => 'E_DECISIONS_APPEND_ONLY',
      ),
      forgery(
        'another verdict of somebody else',
        () => ({ decisions: [{ ...OLD_DECISION, verdict: 'reject' }] }),
        () => 'E_DECISIONS_APPEND_ONLY',
      ),
    ],
  },
  Allocation: {
    sample: 'allocation',
    status: { state: 'PendingAcceptance', deliveredRevision: 2 },
    added: { list: 'handovers', entry: OLD_HANDOVER, when: { state: 'PendingProvisioning' } },
    spec: ['until', '2099-12-31'],
    specRule: anybody,
    forgeries: [
      forgery('the state', () => ({ state: 'InUse' }), operatorOnly),
      forgery('the credentials', () => ({ credentialsSecret: 'other' }), operatorOnly),
      forgery(
        'a handover of somebody else',
        (status) => appended(status, 'handovers', handover('accept', FORGED)),
        () => 'E_HANDOVER_NAME',
      ),
      forgery(
        'an own acceptance',
        (status, caller) => appended(status, 'handovers', handover('accept', caller)),
        () => 'E_NOT_REQUESTER',
      ),
      forgery(
        'an own delivery',
        (status, caller) => appended(status, 'handovers', handover('deliver', caller)),
        (subject, place) =>
          isGranted(subject, 'deliver', 'allocations/status', place) ? DONE : 'E_DELIVER_NOT_GRANTED',
      ),
      forgery(
        'no handovers',
        () => ({ handovers: [] }),
        () => 'E_HANDOVERS_APPEND_ONLY',
      ),
    ],
  },
  StockImport: {
    sample: 'stock',
    status: { state: 'PendingApproval', digest: 'd1' },
    added: {
      list: 'decisions',
      entry: OLD_BATCH_DECISION,
      when: { state: 'PendingApproval', digest: 'd0' },
    },
    spec: ['file', { name: 'other.csv', sm3: '1'.repeat(64), rows: 1 }],
    specRule: () => 'E_NOT_REQUESTER',
    createRule: () => 'E_REQUESTER_NOT_CALLER',
    deleteRule: () => 'E_IMPORT_KEPT',
    forgeries: forgedBatches('stockimports/approval', 'Approved'),
  },
  Repair: {
    sample: 'repair',
    status: { state: 'PendingApproval', digest: 'd1' },
    added: {
      list: 'decisions',
      entry: OLD_BATCH_DECISION,
      when: { state: 'PendingApproval', digest: 'd0' },
    },
    spec: ['reason', '伪造'],
    specRule: () => 'E_REPAIR_FIXED',
    createRule: () => 'E_REQUESTER_NOT_CALLER',
    deleteRule: () => 'E_REPAIR_KEPT',
    forgeries: forgedBatches('repairs/approval', 'Done'),
  },
  UsageFinding: {
    sample: 'finding',
    status: { state: 'Appealed' },
    added: { list: 'decisions', entry: OLD_ANSWER, when: { state: 'Open' } },
    spec: ['deadline', '2099-12-31'],
    specRule: anybody,
    forgeries: [
      forgery('the state', () => ({ state: 'Dismissed' }), operatorOnly),
      forgery('the due day', () => ({ due: '2099-12-31' }), operatorOnly),
      forgery(
        'a judgement of somebody else',
        (status) => appended(status, 'decisions', judgement(FORGED)),
        () => 'E_DECISION_NAME',
      ),
      forgery(
        'an own judgement',
        (status, caller) => appended(status, 'decisions', judgement(caller)),
        (subject, place) =>
          isGranted(subject, 'decide', 'usagefindings/judge', place) ? DONE : 'E_JUDGE_NOT_GRANTED',
      ),
      forgery(
        'an own answer to what was appealed',
        (status, caller) => appended(status, 'decisions', { ...OLD_ANSWER, by: caller, verdict: 'release' }),
        (subject, place) =>
          isGranted(subject, 'decide', 'usagefindings/answer', place)
            ? 'E_STEP_NOT_OPEN'
            : 'E_ANSWER_NOT_GRANTED',
      ),
      forgery(
        'an own judgement and the state',
        (status, caller) => ({ ...appended(status, 'decisions', judgement(caller)), state: 'Dismissed' }),
        () => 'E_DECISION_CHANGES_MORE',
      ),
      forgery(
        'no decisions',
        () => ({ decisions: [] }),
        () => 'E_DECISIONS_APPEND_ONLY',
      ),
    ],
  },
  Quota: { sample: 'quota', spec: ['basis', '伪造'], specRule: peopleOnly },
  CapacityPool: { sample: 'pool', spec: ['cpuSeries', '伪造'], specRule: peopleOnly },
  CatalogItem: { sample: 'item', spec: ['maxMlps', 4], specRule: peopleOnly },
  ApprovalFlow: { sample: 'flow', spec: ['order', 0], specRule: peopleOnly },
  Delegation: {
    sample: 'delegation',
    spec: ['reason', '伪造'],
    // It is never changed, and nobody has the right to.
    specRule: anybody,
    createRule: () => 'E_DELEGATION_AUTHOR',
    deleteRule: (subject) =>
      isGranted(subject, 'takeover', 'resourcerequests/initial', OWN) ? DONE : 'E_DELEGATION_KEPT',
  },
  Organization: { sample: 'organization', spec: ['budgetUnit', true], specRule: peopleOnly },
  Project: { sample: 'project', spec: ['budgetFen', 1], specRule: peopleOnly },
  InformationSystem: { sample: 'system', spec: ['targetUsers', 1], specRule: peopleOnly },
  MemberCluster: { sample: 'cluster', spec: ['maxMlps', 4], specRule: peopleOnly },
};

const CONDITION = {
  type: 'Forged',
  status: 'True',
  reason: 'Forged',
  message: '',
  lastTransitionTime: '2026-01-01T00:00:00Z',
};

/** What is tried on every kind, and what its own status invites to. */
function forgeriesOf(target: Target): readonly Forgery[] {
  const [field, value] = target.spec;
  return [
    forgery('a condition', () => ({ conditions: [CONDITION] }), operatorOnly),
    ...(target.forgeries ?? []),
    {
      title: 'the spec',
      part: 'spec',
      forge: ({ spec }) => ({ ...(spec as Json), [field]: value }),
      rule: target.specRule,
    },
    {
      title: 'the finalizers',
      part: 'finalizers',
      // Who applies can only add to a set.
      forge: ({ metadata }, _, way) => [
        ...(way === 'apply with force' ? (metadata.finalizers ?? []) : []),
        'govcloud.dev/forged',
      ],
      rule: (subject) => (isOperator(subject) ? DONE : 'E_FINALIZER_OPERATOR_ONLY'),
    },
  ];
}

test('no kind is left out', () => {
  expect(Object.keys(TARGETS).sort()).toEqual(KINDS.map(({ kind }) => kind).sort());
});

describe.each(subjects)('$title', (subject) => {
  test('changes what it may, and nothing else', async () => {
    const wrong: string[] = [];
    let cells = 0;
    const check = (cell: string, expected: Outcome, found: Outcome) => {
      cells += 1;
      if (found !== expected) wrong.push(`${cell}: ${expected} expected, but ${found}`);
    };
    const tried = Object.entries(TARGETS).flatMap(([kind, target]) =>
      placesOf(subject, kindOf(kind)).map(
        (place) => () => tryAll(subject, kindOf(kind), target, place, check),
      ),
    );
    await inParallel(tried);
    expect(cells).toBeGreaterThan(400);
    expect(wrong).toEqual([]);
  }, 300_000);

  test('acts as nobody else', async () => {
    const access = await tokenAccess(subject.user);
    const outcomes: string[] = [];
    const own = new KubeClient(access);
    expect(await whoIs(own)).toBe(subject.user);
    own.close();
    for (const [header, value] of [
      ['Impersonate-User', OPERATOR],
      ['Impersonate-User', `system:serviceaccount:${PEOPLE}:approver`],
      ['Impersonate-User', 'system:admin'],
      ['Impersonate-Group', 'system:masters'],
    ] as const) {
      const { headers, tls } = await access.credentials();
      const claimed = { 'Impersonate-User': subject.user, [header]: value };
      const client = new KubeClient({
        ...access,
        credentials: async () => ({ headers: { ...headers, ...claimed }, tls }),
      });
      outcomes.push(await outcomeOf(() => whoIs(client)));
      client.close();
    }
    expect(outcomes).toEqual([NOT_GRANTED, NOT_GRANTED, NOT_GRANTED, NOT_GRANTED]);
  });
});

/** Who is given something in one namespace is nobody in another. */
function placesOf({ cluster }: Subject, { namespaced }: Kind): readonly string[] {
  return namespaced && !cluster ? [OWN, OTHER] : [OWN];
}

let serial = 0;

/** An object with a name of its own, and a quota for a child of its own: two for one account are refused. */
function fresh(target: Target, place: string): KubeObject {
  const { spec, metadata, ...rest } = sample(target.sample, place);
  const name = `forged-${(serial += 1)}`;
  const own = target.sample === 'quota' ? { child: { system: name } } : {};
  return { ...rest, metadata: { ...metadata, name }, spec: { ...(spec as object), ...own } };
}

/** Every cell of a subject and a kind: forgeries in each way on each path, then creation, deletion, and all at once. */
async function tryAll(
  subject: Subject,
  kind: Kind,
  target: Target,
  place: string,
  check: (cell: string, expected: Outcome, found: Outcome) => void,
): Promise<void> {
  const { plural, namespaced } = kind;
  const resource = resourceOf(kind);
  const client = await clientOf(subject);
  const where = namespaced ? place : undefined;
  const granted = (verb: string, path = '') =>
    isGranted(subject, verb, path ? `${plural}/${path}` : plural, where);
  let object = await scene(kind, target, place);
  /** What is seen of it afterwards: a refusal by RBAC cannot have changed anything that the last look does not show. */
  const look = async (changed: unknown, found: Outcome): Promise<Outcome> => {
    if (found === NOT_GRANTED) return found;
    const before = pictureOf(object);
    const after = await stored(kind, object);
    if (pictureOf(after) === before) return found === DONE ? NOTHING : found;
    object = await scene(kind, target, place);
    if (found !== DONE) return `${found}, and yet it changed`;
    return pictureOf(after) === changed ? DONE : `changed to ${pictureOf(after)}`;
  };

  for (const it of forgeriesOf(target)) {
    for (const path of PATHS) {
      for (const way of WAYS) {
        const cell = `${way} of ${it.title} of ${plural}${path && `/${path}`} in ${where ?? 'the cluster'}`;
        const forged = it.forge(object, subject.user, way);
        const found = await outcomeOf(() => write(client, kind, object, it.part, forged, way, path));
        const effective = (it.part === 'status') === (path === 'status');
        const verb = way === 'update' ? 'update' : 'patch';
        const expected = !granted(verb, path)
          ? NOT_GRANTED
          : effective
            ? it.rule(subject, place)
            : withoutEffect(subject, kind, path);
        check(cell, expected, await look(pictureOf(withPart(object, it.part, forged)), found));
      }
    }
  }

  for (const way of ['create', 'apply with force'] as const) {
    const made = { ...fresh(target, place), status: { ...target.status, conditions: [CONDITION] } };
    const found = await outcomeOf(() =>
      way === 'create'
        ? client.create(resource, made)
        : client.apply(resource, made, { fieldManager: 'forger', force: true }),
    );
    const may = granted('create') && (way === 'create' || granted('patch'));
    const expected = may ? (target.createRule ?? target.specRule)(subject) : NOT_GRANTED;
    const there = await storedOrNone(kind, made);
    const seen = there ? (there.status === undefined ? DONE : 'made with a status') : 'not made';
    check(
      `${way} of ${plural} with a status in ${where ?? 'the cluster'}`,
      expected,
      seen === 'not made' ? found : seen,
    );
  }

  const found = await outcomeOf(() => client.delete(resource, object.metadata));
  const gone = (await storedOrNone(kind, object))?.metadata.deletionTimestamp !== undefined;
  check(
    `delete of ${plural} in ${where ?? 'the cluster'}`,
    granted('delete') ? (target.deleteRule ?? anybody)(subject) : NOT_GRANTED,
    gone ? DONE : found,
  );

  object = await scene(kind, target, place);
  const group = `/apis/govcloud.dev/v1alpha1/${namespaced ? `namespaces/${place}/` : ''}${plural}`;
  const all = await outcomeOf(() => client.raw(group, { method: 'DELETE' }));
  check(
    `deletecollection of ${plural} in ${where ?? 'the cluster'}`,
    granted('deletecollection') ? DONE : NOT_GRANTED,
    await look('', all),
  );
  expect(pictureOf(await stored(kind, object))).toBe(pictureOf(object));
}

/** What is written beside the part that a path takes has no effect; a write of the status that adds nothing is refused. */
function withoutEffect(subject: Subject, { kind }: Kind, path: string): Outcome {
  const hasRule = ['ResourceRequest', 'Allocation', 'StockImport', 'UsageFinding', 'Repair'].includes(kind);
  return path === 'status' && !isOperator(subject) && hasRule ? 'E_STATUS_OPERATOR_ONLY' : NOTHING;
}

/** A new object of the kind, as the operator keeps it. */
async function scene(kind: Kind, target: Target, place: string): Promise<Stored<KubeObject>> {
  const object = fresh(target, place);
  const { requester, madeBy = requester } = object.spec as { requester?: string; madeBy?: string };
  const operator = await people.client('operator', true);
  const author = madeBy
    ? await people.client(madeBy.split(':').at(-1) ?? '', true)
    : await people.client('admin');
  const resource = resourceOf(kind);
  const made = await (['Allocation', 'UsageFinding'].includes(kind.kind) ? operator : author).create(
    resource,
    object,
  );
  const bound = await operator.mergePatch(resource, made.metadata, {
    metadata: { finalizers: ['govcloud.dev/books'] },
  });
  const project = (status: Json) =>
    operator.mergePatch(resource, bound.metadata, { status }, { subresource: 'status' });
  if (target.added) {
    const { list, entry, when } = target.added;
    await project({ ...when, [list]: [] });
    const somebody = await people.client(FORGED.split(':').at(-1) ?? '', true);
    const add = [{ op: 'add' as const, path: `/status/${list}/-`, value: entry }];
    await somebody.jsonPatch(resource, bound.metadata, add, { subresource: 'status' });
  }
  return target.status ? project(target.status) : bound;
}

async function stored(kind: Kind, { metadata }: KubeObject): Promise<Stored<KubeObject>> {
  return (await people.client('admin')).get(resourceOf(kind), metadata);
}

async function storedOrNone(kind: Kind, object: KubeObject): Promise<Stored<KubeObject> | undefined> {
  try {
    return await stored(kind, object);
  } catch (error) {
    if (error instanceof KubeError && error.status === 404) return undefined;
    throw error;
  }
}

/** What of an object may matter to anybody, as text. */
function pictureOf({ metadata, spec, status }: KubeObject): string {
  const { finalizers, labels, annotations, ownerReferences, deletionTimestamp } = metadata;
  return sortedJson({ finalizers, labels, annotations, ownerReferences, deletionTimestamp, spec, status });
}

function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_, it: unknown) =>
    typeof it === 'object' && it !== null && !Array.isArray(it)
      ? Object.fromEntries(Object.entries(it).sort(([a], [b]) => (a < b ? -1 : 1)))
      : it,
  );
}

function withPart(object: Stored<KubeObject>, part: Part, value: unknown): KubeObject {
  return part === 'finalizers'
    ? { ...object, metadata: { ...object.metadata, finalizers: value as string[] } }
    : { ...object, [part]: value };
}

async function write(
  client: KubeClient,
  kind: Kind,
  object: Stored<KubeObject>,
  part: Part,
  value: unknown,
  way: Way,
  path: string,
): Promise<unknown> {
  const resource = resourceOf(kind);
  const options = path ? { subresource: path } : {};
  const { apiVersion, metadata } = object;
  const bare = { name: metadata.name, ...(metadata.namespace ? { namespace: metadata.namespace } : {}) };
  switch (way) {
    case 'update': {
      const { resourceVersion } = (await stored(kind, object)).metadata;
      const latest = { ...object, metadata: { ...metadata, resourceVersion } };
      return client.update(resource, withPart(latest, part, value), options);
    }
    case 'merge patch':
      return client.mergePatch(
        resource,
        bare,
        part === 'finalizers' ? { metadata: { finalizers: value } } : { [part]: value },
        options,
      );
    case 'JSON Patch': {
      const at = part === 'finalizers' ? '/metadata/finalizers' : `/${part}`;
      return client.jsonPatch(resource, bare, [{ op: 'add', path: at, value }], options);
    }
    case 'apply with force': {
      const fields =
        part === 'finalizers'
          ? { metadata: { ...bare, finalizers: value } }
          : { metadata: bare, [part]: value };
      return client.apply(resource, { apiVersion, kind: kind.kind, ...fields } as KubeObject, {
        ...options,
        fieldManager: 'forger',
        force: true,
      });
    }
  }
}

async function outcomeOf(act: () => Promise<unknown>): Promise<Outcome> {
  try {
    await act();
    return DONE;
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    const code = /denied request: (E_[A-Z_]+): /.exec(error.message)?.[1];
    if (code) return code;
    return error.status === 403 && / cannot \S+ resource /.test(error.message) ? NOT_GRANTED : error.message;
  }
}

async function whoIs(client: KubeClient): Promise<string> {
  const review = await client.raw<{ status: { userInfo: { username: string } } }>(
    '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    { method: 'POST', body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' } },
  );
  return review.status.userInfo.username;
}

/** Access with a token of the account, as its owner has it. */
async function tokenAccess(user: string) {
  const [, , namespace = '', name = ''] = user.split(':');
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } };
  await applyManifests(hub.client, [account], { fieldManager: 'test' });
  const { token } = (
    await hub.client.raw<{ status: { token: string } }>(
      `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
      { method: 'POST', body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} } },
    )
  ).status;
  const { access } = hub.client;
  const { tls } = await access.credentials();
  const { cert: _cert, key: _key, ...server } = tls;
  return {
    ...access,
    credentials: async () => ({ headers: { Authorization: `Bearer ${token}` }, tls: server }),
  };
}

async function inParallel(tasks: readonly (() => Promise<void>)[]): Promise<void> {
  const queue = [...tasks];
  const work = async () => {
    for (let task = queue.pop(); task; task = queue.pop()) await task();
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
}
