import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dump, loadAll } from 'js-yaml';

/** Our admission policies: one file a rule, a ValidatingAdmissionPolicy and its binding, under `admission/`. */

interface Validation {
  readonly expression: string;
  readonly message: string;
  /** CEL of a text that tells more, of the same code; `message` is told where it does not hold. */
  readonly messageExpression?: string;
  readonly reason?: 'Forbidden';
}

export interface PolicyObject {
  readonly apiVersion: string;
  readonly kind: 'ValidatingAdmissionPolicy';
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly failurePolicy?: string;
    readonly paramKind?: { readonly apiVersion: string; readonly kind: string };
    readonly matchConstraints: object;
    readonly matchConditions?: readonly { readonly name: string; readonly expression: string }[];
    readonly variables?: readonly { readonly name: string; readonly expression: string }[];
    readonly validations: readonly Validation[];
  };
}

export interface BindingObject {
  readonly apiVersion: string;
  readonly kind: 'ValidatingAdmissionPolicyBinding';
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly policyName: string;
    readonly validationActions: readonly string[];
    readonly paramRef?: object;
  };
}

export interface AdmissionPolicy {
  /** The file's name without `.yaml`; the objects are called `govcloud-<name>`. */
  readonly name: string;
  readonly policy: PolicyObject;
  readonly binding: BindingObject;
}

export const ADMISSION_DIR = join(import.meta.dirname, 'admission');

/**
 * The rule that everything else rests on. Where the API server can hold policies itself, it holds this one: it
 * then binds `system:masters` too, and no API call takes it away.
 */
export const REVIEW_POLICY = 'request-review';

/**
 * What an approval rests on, by the kind that is approved: who decided, for themselves or another, and who asked. The operator compares these
 * with what the hub has before it acts on an approval.
 */
export const REVIEW_RULES = {
  ResourceRequest: [REVIEW_POLICY, 'request-author', 'delegation'],
  StockImport: ['stock-decision', 'stock-import'],
  Repair: ['repair-decision', 'repair'],
} as const;

const STATIC_SUFFIX = '.static.k8s.io';
const CASES_SUFFIX = '.cases.yaml';

/** Names of the policies, sorted. */
export function admissionNames(): readonly string[] {
  return readdirSync(ADMISSION_DIR)
    .filter((file) => file.endsWith('.yaml') && !file.endsWith(CASES_SUFFIX))
    .map((file) => file.slice(0, -'.yaml'.length))
    .sort();
}

/** @throws Error when the file does not hold exactly a policy and its binding */
export function loadPolicy(name: string): AdmissionPolicy {
  const file = join(ADMISSION_DIR, `${name}.yaml`);
  const [policy, binding, ...more] = loadAll(readFileSync(file, 'utf8')) as [PolicyObject?, BindingObject?];
  if (
    policy?.kind !== 'ValidatingAdmissionPolicy' ||
    binding?.kind !== 'ValidatingAdmissionPolicyBinding' ||
    more.length > 0
  ) {
    throw new Error(`${file}: expected one ValidatingAdmissionPolicy and its binding`);
  }
  return { name, policy, binding };
}

export function loadPolicies(): readonly AdmissionPolicy[] {
  return admissionNames().map(loadPolicy);
}

/** The stable code that a validation's message starts with, such as `E_STEP_NOT_OPEN`; undefined if there is none. */
export function codeOf(message: string): string | undefined {
  return /^(E_[A-Z_]+): /.exec(message)?.[1];
}

/** What to create on a hub through its API. */
export function policyObjects(
  policies: readonly AdmissionPolicy[],
): readonly (PolicyObject | BindingObject)[] {
  return policies.flatMap(({ policy, binding }) => [policy, binding]);
}

/**
 * A file for the API server's `staticManifestsDir` (Kubernetes 1.37 and later), as its name and YAML.
 * @throws Error for a policy with parameters, which that form does not know
 */
export function staticManifest({ name, policy, binding }: AdmissionPolicy): { file: string; yaml: string } {
  if (policy.spec.paramKind) throw new Error(`${name}: a policy with paramKind has no static form`);
  const staticName = `${policy.metadata.name}${STATIC_SUFFIX}`;
  const documents = [
    { ...policy, metadata: { ...policy.metadata, name: staticName } },
    {
      ...binding,
      metadata: { ...binding.metadata, name: staticName },
      spec: { ...binding.spec, policyName: staticName },
    },
  ];
  return {
    file: `${name}.yaml`,
    yaml: documents.map((document) => dump(document, { lineWidth: -1 })).join('---\n'),
  };
}

/**
 * All policies in the form that a hub takes: as objects, which every API server of a hub sees; the review rule also as
 * a static manifest where the API server can hold it (`staticReview`), which binds `system:masters` too.
 */
export function admissionFor(hub: { readonly staticReview: boolean }): {
  readonly objects: readonly (PolicyObject | BindingObject)[];
  readonly manifests: readonly { readonly file: string; readonly yaml: string }[];
} {
  const policies = loadPolicies();
  return {
    objects: policyObjects(policies),
    manifests: hub.staticReview ? [staticManifest(loadPolicy(REVIEW_POLICY))] : [],
  };
}

type Served = Record<string, unknown>;

/** The spec of a policy or binding as an API server answers it: what it adds is what is meant by leaving it out. */
export function servedSpec({ spec }: PolicyObject | BindingObject): Served {
  if (!('matchConstraints' in spec)) return { ...spec };
  const { resourceRules, excludeResourceRules, ...constraints } = spec.matchConstraints as {
    resourceRules: object[];
    excludeResourceRules?: object[];
  };
  const scoped = (rules: readonly object[]) => rules.map((rule) => ({ scope: '*', ...rule }));
  return {
    ...spec,
    matchConstraints: {
      matchPolicy: 'Equivalent',
      namespaceSelector: {},
      objectSelector: {},
      resourceRules: scoped(resourceRules),
      ...(excludeResourceRules ? { excludeResourceRules: scoped(excludeResourceRules) } : {}),
      ...constraints,
    },
  };
}
