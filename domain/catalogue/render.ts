import { createHmac } from 'node:crypto';
import type { Environment } from '@marcbachmann/cel-js';
import { load } from 'js-yaml';
import type { CatalogItem, ParameterValues } from '../../api/v1alpha1/index.ts';
import type { MessageParams } from '../../messages/index.ts';
import { canonicalJson } from '../canonical.ts';
import { GovError, type Reason, reason } from '../errors.ts';
import { sameJson } from '../same.ts';
import {
  type AllocationFacts,
  evaluate,
  fromCel,
  type Json,
  observeEnvironment,
  templateEnvironment,
  toCel,
} from './expressions.ts';

type Template = CatalogItem['spec']['templates'][number];

/** A namespaced object that stands for (a part of) an allocation in a member cluster. */
export interface MemberObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string; readonly [field: string]: Json };
  readonly [field: string]: Json;
}

export interface RenderedObject {
  readonly template: string;
  readonly object: MemberObject;
}

/** What KubeVirt makes machines of. */
export const MACHINE_KIND = 'kubevirt.io/v1/VirtualMachine';

/** What k-orc makes of OpenStack, in members that have it instead of KubeVirt. */
export const OPENSTACK_KINDS: ReadonlySet<string> = new Set(
  ['Flavor', 'Image', 'Network', 'Port', 'Server', 'Volume'].map(
    (kind) => `openstack.k-orc.cloud/v1alpha1/${kind}`,
  ),
);

/** Kinds that a catalogue item may make in a member; the operator's role in members covers these alone. */
export const ALLOWED_KINDS: ReadonlySet<string> = new Set([
  'v1/PersistentVolumeClaim',
  'v1/Secret',
  'v1/Service',
  'v1/ConfigMap',
  'v1/ResourceQuota',
  'v1/LimitRange',
  'apps/v1/StatefulSet',
  MACHINE_KIND,
  ...OPENSTACK_KINDS,
  'networking.k8s.io/v1/NetworkPolicy',
  'rbac.authorization.k8s.io/v1/Role',
  'rbac.authorization.k8s.io/v1/RoleBinding',
]);

/** Those of them that keep data, by their last name: they outlive what runs on them. */
export const DISK_KINDS: ReadonlySet<string> = new Set(['PersistentVolumeClaim', 'Volume']);

/** What of a pod or a machine reaches past it, to its node. Pod security would refuse the pods, but not the object. */
const HOST_FIELDS: ReadonlySet<string> = new Set([
  'hostDevices',
  'hostDisk',
  'hostIPC',
  'hostNetwork',
  'hostPID',
  'hostPath',
  'hostPort',
  'hostUsers',
  'privileged',
]);

/** The first field that reaches to the node, anywhere in an object. */
function hostFieldIn(value: Json): string | undefined {
  if (value === null || typeof value !== 'object') return undefined;
  const members = Array.isArray(value) ? value.map((it) => ['', it] as const) : Object.entries(value);
  for (const [key, member] of members) {
    const found = HOST_FIELDS.has(key) && member !== false ? key : hostFieldIn(member);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * A stable password of 24 letters and digits for an allocation: the same for the same key, allocation and label,
 * so that rendering twice gives the same objects and nothing but the key need be kept.
 */
export function derivedSecret(key: Uint8Array, allocation: string, label: string): string {
  const alphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789';
  let password = '';
  for (let block = 0; password.length < 24; block++) {
    const bytes = createHmac('sm3', key).update(`${allocation}/${label}/${block}`).digest();
    // Bytes past the last whole multiple of the alphabet's size would favour its first letters.
    const limit = 256 - (256 % alphabet.length);
    for (const byte of bytes) if (byte < limit) password += alphabet[byte % alphabet.length];
  }
  return password.slice(0, 24);
}

const EXPRESSION = /\$\{([^{}]*)\}/g;

function fill(leaf: Json, environment: Environment, context: Record<string, unknown>): Json {
  if (typeof leaf === 'string') {
    const whole = /^\$\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}$/.exec(leaf);
    if (whole?.[1] !== undefined && !whole[1].includes('${')) {
      return fromCel(evaluate(environment, whole[1], context));
    }
    // What stays of it would reach the member as it stands.
    if (leaf.replace(EXPRESSION, '').includes('${')) {
      throw new SyntaxError(`an expression in "${leaf}" is not closed, or holds braces beside text`);
    }
    return leaf.replace(EXPRESSION, (_, expression: string) => {
      const value = fromCel(evaluate(environment, expression, context));
      if (value !== null && typeof value === 'object') throw new TypeError(`\${${expression}} is no text`);
      return String(value);
    });
  }
  if (Array.isArray(leaf)) return leaf.map((member) => fill(member, environment, context));
  if (leaf !== null && typeof leaf === 'object') {
    return Object.fromEntries(
      Object.entries(leaf).map(([key, member]) => [key, fill(member, environment, context)]),
    );
  }
  return leaf;
}

/** Templates are parsed once: every look at an allocation renders its objects anew. */
const parsedTemplates = new WeakMap<Template, Record<string, Json>>();

function parse(item: string, template: Template): Record<string, Json> {
  const known = parsedTemplates.get(template);
  if (known) return known;
  let parsed: unknown;
  try {
    parsed = load(template.object);
  } catch (error) {
    throw new GovError(
      reason('E_ITEM_TEMPLATE', { item, template: template.name, problem: (error as Error).message }),
    );
  }
  if (parsed === null || typeof parsed !== 'object' || Array.isArray(parsed)) {
    throw new GovError(
      reason('E_ITEM_TEMPLATE', { item, template: template.name, problem: 'not an object' }),
    );
  }
  parsedTemplates.set(template, parsed as Record<string, Json>);
  return parsed as Record<string, Json>;
}

/** Whether what a template gives keeps data. @throws GovError E_ITEM_TEMPLATE when it is no object */
export function givesDisk(item: string, template: Template): boolean {
  return DISK_KINDS.has(String(parse(item, template)['kind']));
}

/** How templates see passwords: in the parts of an object where they may stand, and elsewhere. */
interface Environments {
  readonly withSecrets: Environment;
  readonly plain: Environment;
  /** Whether the passwords are samples, about which anything may be told. */
  readonly areSamples: boolean;
}

function environmentsFor(secretOf: (label: string) => string, areSamples: boolean): Environments {
  const refuse = (): never => {
    throw new RangeError(
      'secret() is for data and stringData of a Secret alone: anything else is read by many',
    );
  };
  return {
    withSecrets: templateEnvironment(secretOf),
    plain: templateEnvironment(refuse),
    areSamples,
  };
}

function isMapOfStrings(value: Json): boolean {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return false;
  return Object.values(value).every((it) => typeof it === 'string');
}

function renderOne(
  item: string,
  template: Template,
  parsed: Record<string, Json>,
  { withSecrets, plain, areSamples }: Environments,
  context: Record<string, unknown>,
  namespace: string,
): MemberObject {
  const bad = (problem: string) =>
    new GovError(reason('E_ITEM_TEMPLATE', { item, template: template.name, problem }));
  const isSecret = parsed['apiVersion'] === 'v1' && parsed['kind'] === 'Secret';
  const filled: Record<string, Json> = {};
  for (const [key, member] of Object.entries(parsed)) {
    const holdsSecrets = isSecret && (key === 'data' || key === 'stringData');
    try {
      filled[key] = fill(member, holdsSecrets ? withSecrets : plain, context);
      // Objects are told apart by their digests, which know no fractions: write 500m rather than 0.5.
      canonicalJson(filled[key]);
    } catch (error) {
      // What an expression says of its failure may be what it failed on.
      throw bad(holdsSecrets && !areSamples ? `${key} cannot be filled in` : (error as Error).message);
    }
    // An API server repeats in its refusal what has another type.
    if (holdsSecrets && !isMapOfStrings(filled[key])) throw bad(`${key} is no map of strings`);
  }
  const { apiVersion, kind, metadata } = filled;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') throw bad('apiVersion or kind is missing');
  if (!ALLOWED_KINDS.has(`${apiVersion}/${kind}`)) throw bad(`${apiVersion} ${kind} is not an allowed kind`);
  if (metadata === null || typeof metadata !== 'object' || Array.isArray(metadata))
    throw bad('metadata is missing');
  const hostField = hostFieldIn(filled['spec'] ?? null);
  if (hostField !== undefined) throw bad(`${hostField} reaches to the node`);
  const { name, namespace: given, ...rest } = metadata as Record<string, Json>;
  if (typeof name !== 'string' || !/^[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?$/.test(name)) {
    throw bad(`metadata.name "${String(name)}" is no name`);
  }
  if (given !== undefined) throw bad('metadata.namespace is the operator’s to set');
  return { ...filled, apiVersion, kind, metadata: { ...rest, name, namespace } };
}

/**
 * The objects that stand for an allocation, in the order of the templates.
 * @param secretOf passwords by label; see `derivedSecret`
 * @throws GovError E_ITEM_TEMPLATE when a template does not give an allowed object
 */
export function renderObjects(
  spec: CatalogItem['spec'],
  facts: AllocationFacts,
  values: ParameterValues,
  secretOf: (label: string) => string,
): readonly RenderedObject[] {
  return renderAll(spec, facts, values, environmentsFor(secretOf, false));
}

function renderAll(
  spec: CatalogItem['spec'],
  facts: AllocationFacts,
  values: ParameterValues,
  environments: Environments,
): readonly RenderedObject[] {
  const allocation = toCel(facts as unknown as Json);
  const params = toCel(values);
  const rendered = spec.templates.flatMap((template) => {
    const parsed = parse(facts.item, template);
    const count = template.each === 'unit' ? facts.quantity : 1;
    return Array.from({ length: count }, (_, index) => ({
      template: template.name,
      object: renderOne(
        facts.item,
        template,
        parsed,
        environments,
        { params, allocation, index: BigInt(index) },
        facts.memberNamespace,
      ),
    }));
  });
  const seen = new Set<string>();
  for (const { template, object } of rendered) {
    const identity = `${object.apiVersion}/${object.kind}/${object.metadata.name}`;
    if (seen.has(identity)) {
      throw new GovError(
        reason('E_ITEM_TEMPLATE', { item: facts.item, template, problem: `${identity} twice` }),
      );
    }
    seen.add(identity);
  }
  return rendered;
}

const SAMPLE_FACTS = {
  name: 'sample',
  namespace: 'gov-sample',
  memberNamespace: 'gov-sample-system',
  organization: 'sample',
  system: 'system',
  quantity: 2,
  revision: 1,
  zone: 'zone',
  arch: 'amd64',
  pool: 'pool',
  suspended: false,
};

/** Tries an item's templates with sample values, each by itself and then together; gives what is wrong. */
export function checkTemplates(
  item: string,
  spec: CatalogItem['spec'],
  values: ParameterValues,
): readonly Reason[] {
  const environments = environmentsFor(() => 'SampleSecret'.repeat(2), true);
  const attempt = (templates: readonly Template[]): readonly Reason[] => {
    try {
      renderAll({ ...spec, templates: [...templates] }, { ...SAMPLE_FACTS, item }, values, environments);
      return [];
    } catch (error) {
      if (error instanceof GovError) return error.reasons;
      throw error;
    }
  };
  const reasons = spec.templates.flatMap((template) => attempt([template]));
  if (reasons.length > 0) return reasons;
  const together = attempt(spec.templates);
  return together.length > 0 || spec.suspendedWhen === undefined
    ? together
    : checkSuspension(item, spec, values, environments);
}

/** What is suspended keeps every object and its disks as they are, and something of it is set otherwise. */
function checkSuspension(
  item: string,
  spec: CatalogItem['spec'],
  values: ParameterValues,
  environments: Environments,
): readonly Reason[] {
  const rendered = (suspended: boolean) =>
    renderAll(spec, { ...SAMPLE_FACTS, item, suspended }, values, environments).map(({ object }) => object);
  const names = (objects: readonly MemberObject[]) =>
    objects.map(({ apiVersion, kind, metadata }) => `${apiVersion}/${kind}/${metadata.name}`);
  const disks = (objects: readonly MemberObject[]) => objects.filter(({ kind }) => DISK_KINDS.has(kind));
  const wrong = (problem: MessageParams[string]) => [
    reason('E_ITEM_EXPRESSION', { item, where: 'suspendedWhen', problem }),
  ];
  try {
    const [running, still] = [rendered(false), rendered(true)];
    if (!sameJson(names(running), names(still)) || !sameJson(disks(running), disks(still)))
      return wrong({
        zh: '停用时对象须不增不减，磁盘不变',
        en: 'a suspension neither adds nor takes objects, and leaves disks as they are',
      });
    return sameJson(running, still)
      ? wrong({ zh: '停用时没有任何对象改变', en: 'nothing is set otherwise when it is suspended' })
      : [];
  } catch (error) {
    if (error instanceof GovError) return error.reasons;
    throw error;
  }
}

/** Live objects by template, as `readyWhen` and outputs see them. */
export type LiveObjects = Readonly<Record<string, readonly Json[]>>;

/** Whether the item says that these live objects are ready. An expression that fails on them is not ready. */
export function isReady(
  spec: CatalogItem['spec'],
  facts: AllocationFacts,
  values: ParameterValues,
  objects: LiveObjects,
): boolean {
  return holds(spec.readyWhen, observed(facts, values, objects));
}

/** Whether the item says that all that is suspended of these live objects has stopped. */
export function hasStopped(
  spec: CatalogItem['spec'],
  facts: AllocationFacts,
  values: ParameterValues,
  objects: LiveObjects,
): boolean {
  return holds(spec.suspendedWhen, observed(facts, values, objects));
}

function holds(expression: string | undefined, context: Record<string, unknown>): boolean {
  if (expression === undefined) return false;
  try {
    return evaluate(observeEnvironment, expression, context) === true;
  } catch {
    // A field that a fresh object does not have yet: what was asked does not hold.
    return false;
  }
}

/**
 * What the requester is told on delivery.
 * @throws GovError E_ITEM_EXPRESSION when an output fails on ready objects
 */
export function outputsOf(
  spec: CatalogItem['spec'],
  facts: AllocationFacts,
  values: ParameterValues,
  objects: LiveObjects,
): readonly { readonly name: string; readonly title: string; readonly value: string }[] {
  return spec.outputs.map((output) => {
    try {
      const value = fromCel(evaluate(observeEnvironment, output.value, observed(facts, values, objects)));
      return {
        name: output.name,
        title: output.title.en === undefined ? output.title.zh : `${output.title.zh} / ${output.title.en}`,
        value: typeof value === 'string' ? value : JSON.stringify(value),
      };
    } catch (error) {
      throw new GovError(
        reason('E_ITEM_EXPRESSION', {
          item: facts.item,
          where: `outputs.${output.name}`,
          problem: (error as Error).message,
        }),
      );
    }
  });
}

function observed(
  facts: AllocationFacts,
  values: ParameterValues,
  objects: LiveObjects,
): Record<string, unknown> {
  const shown = Object.fromEntries(
    Object.entries(objects).map(([template, live]) => [template, live.map(withoutSecrets)]),
  );
  return {
    params: toCel(values),
    allocation: toCel(facts as unknown as Json),
    objects: toCel(shown),
  };
}

/** What is made of live objects is read by many: of a Secret they have everything but what it keeps. */
function withoutSecrets(object: Json): Json {
  if (object === null || typeof object !== 'object' || Array.isArray(object)) return object;
  if (object['kind'] !== 'Secret') return object;
  const { data: _data, stringData: _text, ...rest } = object;
  return rest;
}
