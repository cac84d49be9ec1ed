import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type JsonPatchOperation, KubeClient } from '../../kube/client.ts';
import { loadAccess } from '../../kube/config.ts';
import { KubeError } from '../../kube/errors.ts';
import { applyManifests, parseManifests } from '../../kube/manifests.ts';
import type { KubeObject } from '../../kube/types.ts';
import {
  type AdmissionPolicy,
  loadPolicies,
  policyObjects,
  staticManifest,
} from '../../policies/admission.ts';
import {
  type CaseFile,
  deedOf,
  fill,
  loadCasePeople,
  loadCases,
  mergePatch,
  type PolicyCase,
  type Step,
} from '../../policies/cases.ts';
import { rbacObjects } from '../../policies/rbac.ts';
import type { Cluster } from '../../tools/localcity/cluster.ts';
import type { TestCity } from './clusters.ts';

const CRDS = join(import.meta.dirname, '../../api/generated/crds');
export const OPERATOR = 'system:serviceaccount:govcloud-system:govcloud-operator';
export const PEOPLE = 'govcloud-people';
/** How long a server may take to see a policy, a parameter or a role. */
const SEEN_WITHIN_MS = 30_000;
const RETRY_MS = 50;

/** How a step that is let through tells it. */
export const ALLOWED = 'allowed';

/** A hub with our kinds, roles and admission rules, all of which it enforces; and those who appear in cases. */
export async function startRuledHub(
  city: TestCity,
  name: string,
  isStatic: (policy: AdmissionPolicy) => boolean,
): Promise<{ readonly hub: Cluster; readonly people: Cast }> {
  const staticPolicyDir = join(city.home.dir, `${name}-policies`);
  mkdirSync(staticPolicyDir);
  const policies = loadPolicies();
  for (const policy of policies.filter(isStatic)) {
    const { file, yaml } = staticManifest(policy);
    writeFileSync(join(staticPolicyDir, file), yaml);
  }
  const hub = await city.startCluster({ name, staticPolicyDir });
  await applyManifests(hub.client, [...crds(), ...rbacObjects('hub'), ...caseBindings()], {
    fieldManager: 'test',
  });
  const objects = policyObjects(policies.filter((policy) => !isStatic(policy)));
  await applyManifests(hub.client, objects, { fieldManager: 'test' });
  const people = new Cast(hub);
  for (const policy of policies) await waitUntilEnforced(people, policy.name);
  return { hub, people };
}

/** A new policy takes some seconds to act; its first refusal proves that it does. */
async function waitUntilEnforced(people: Cast, policy: string): Promise<void> {
  const file = loadCases(policy);
  const probe = file.cases.find((it) => it.deny) as PolicyCase;
  const scene = await setScene(people, file, probe, `probe-${policy}`);
  await reach(scene.attempt, (outcome) => outcome.includes(`${probe.deny}: `));
}

function crds(): KubeObject[] {
  return readdirSync(CRDS).flatMap((file) => parseManifests(readFileSync(join(CRDS, file), 'utf8')));
}

function caseBindings(): KubeObject[] {
  return Object.entries(loadCasePeople()).flatMap(([person, roles]) =>
    roles.map((role) => ({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: `case-${person}-${role}` },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
      subjects: [{ kind: 'ServiceAccount', name: person, namespace: PEOPLE }],
    })),
  );
}

/** Clients in the names of those who appear in cases. */
export class Cast {
  private readonly hub: Cluster;
  private readonly clients = new Map<string, Promise<KubeClient>>();

  constructor(hub: Cluster) {
    this.hub = hub;
  }

  /** `elevated` adds the rights of system:masters to the name, to set a scene. */
  client(who: string, elevated = false): Promise<KubeClient> {
    const key = `${who} ${elevated}`;
    const known = this.clients.get(key);
    if (known) return known;
    const user =
      who === 'admin'
        ? 'case-admin'
        : who === 'operator'
          ? OPERATOR
          : `system:serviceaccount:${PEOPLE}:${who}`;
    const groups = elevated || who === 'admin' ? ['system:masters', 'system:authenticated'] : undefined;
    const as = groups ? { user, groups } : { user };
    const made = loadAccess({ kubeconfig: this.hub.kubeconfigPath, as }).then(
      (access) => new KubeClient(access),
    );
    this.clients.set(key, made);
    return made;
  }

  close(): void {
    for (const made of this.clients.values()) void made.then((client) => client.close());
  }
}

/** Sets a case's scene; then its step can be tried without effect, and taken. Both tell how it went. */
export async function setScene(cast: Cast, file: CaseFile, it: PolicyCase, id: string) {
  const words = { ns: `gov-${id}`, id };
  const admin = await cast.client('admin');
  await admin.create(
    { group: '', version: 'v1', plural: 'namespaces', namespaced: false },
    namespace(words.ns),
  );
  const take = (step: Step, options: { elevated?: boolean; dryRun?: boolean }) =>
    outcomeOf(() => perform(cast, file, fill(step, words), words, options));
  for (const step of [...(file.given ?? []), ...(it.given ?? [])]) {
    const outcome = await reach(
      () => take(step, { elevated: true }),
      (text) => text === ALLOWED,
    );
    if (outcome !== ALLOWED) throw new Error(`the scene cannot be set: ${JSON.stringify(step)}: ${outcome}`);
  }
  return {
    words,
    attempt: () => take(it.when, { dryRun: true }),
    act: () => take(it.when, {}),
  };
}

function namespace(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

async function perform(
  cast: Cast,
  file: CaseFile,
  step: Step,
  words: { ns: string; id: string },
  { elevated = false, dryRun = false }: { elevated?: boolean; dryRun?: boolean },
): Promise<void> {
  const client = await cast.client(step.as, elevated);
  const { verb, object: name } = deedOf(step);
  const object = fill(file.objects[name], words) as KubeObject;
  const resource = await (await cast.client('admin')).discover(object.apiVersion, object.kind);
  const change = step.with ?? {};
  const options = { dryRun, ...(verb === 'status' ? { subresource: 'status' } : {}) };
  if (verb === 'create') {
    await client.create(resource, mergePatch(object, change) as KubeObject, options);
  } else if (verb === 'update') {
    const current = await client.get(resource, object.metadata);
    await client.update(resource, mergePatch(current, change) as KubeObject, options);
  } else if (verb === 'delete') {
    await client.delete(resource, object.metadata, options);
  } else if (Array.isArray(change)) {
    await client.jsonPatch(resource, object.metadata, change as unknown as JsonPatchOperation[], options);
  } else {
    await client.mergePatch(resource, object.metadata, change, options);
  }
}

export async function outcomeOf(act: () => Promise<void>): Promise<string> {
  try {
    await act();
    return ALLOWED;
  } catch (error) {
    if (error instanceof KubeError) return error.message;
    throw error;
  }
}

/** Repeats until the outcome is as wished or the time is over; the last outcome. */
export async function reach(
  attempt: () => Promise<string>,
  wished: (outcome: string) => boolean,
): Promise<string> {
  const until = Date.now() + SEEN_WITHIN_MS;
  for (;;) {
    const outcome = await attempt();
    if (wished(outcome) || Date.now() > until) return outcome;
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}
