import { CORE_SCHEMA, loadAll } from 'js-yaml';
import type { z } from 'zod';
import type { ResourceRequest } from '../../api/v1alpha1/index.ts';
import { fieldProblems } from '../../messages/cli.ts';
import type { Message, MessageParams } from '../../messages/index.ts';
import { CliError } from '../errors.ts';
import { near } from '../../domain/near.ts';

type Spec = ResourceRequest['spec'];

/** What of a file goes into a request: the rest of an object belongs to the server. */
export interface Manifest {
  readonly metadata: Pick<
    ResourceRequest['metadata'],
    'name' | 'namespace' | 'generateName' | 'labels' | 'annotations'
  >;
  /** As it was written, without what the caller and the verb decide: requester, submission, withdrawal. */
  readonly spec: Spec;
}

const API_VERSION = 'govcloud.dev/v1alpha1';
const TOP = ['apiVersion', 'kind', 'metadata', 'spec', 'status'];
const OURS = ['name', 'namespace', 'generateName', 'labels', 'annotations'] as const;
/** Fields of `metadata` that an exported object has and that the server fills. */
const SERVERS = [
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
  'finalizers',
  'ownerReferences',
  'selfLink',
];
/** Fields of the spec that are not the file's to say. */
const DECIDED = { requester: 'requester', submission: 0 };

/** A request has some twenty values, so a file has room for thousands. */
const MOST_VALUES = 100_000;
/** Together they bound how deep aliases nest: no recursion over what was read runs out of stack. */
const BOUNDS = { maxDepth: 20, maxAliases: 100 };

/** A person mends the first faults first. */
const MOST_FAULTS = 50;

interface Fault {
  readonly code: 'E_FIELD' | 'E_FIELD_MORE';
  readonly params: MessageParams;
}

/**
 * The requests of a YAML or JSON text: documents, each an object as kubectl writes and takes it, a `List` of them, or
 * a spec alone. Every field is checked against the kind's own schema.
 * @throws CliError E_MANIFEST, E_MANIFEST_SIZE, E_MANIFEST_KIND, E_FIELD with the first faults of all
 */
export async function parseManifests(text: string): Promise<Manifest[]> {
  let documents: unknown[];
  try {
    // Kubernetes knows no dates in YAML: `until: 2027-12-31` is a text.
    documents = loadAll(text, { ...BOUNDS, schema: CORE_SCHEMA });
  } catch (error) {
    throw new CliError('E_MANIFEST', { detail: (error as Error).message });
  }
  if (valuesOf(documents) > MOST_VALUES) throw new CliError('E_MANIFEST_SIZE', { most: MOST_VALUES });
  const objects = documents.filter((it) => it !== null && it !== undefined).flatMap(itemsOf);
  if (objects.length === 0) throw new CliError('E_MANIFEST_EMPTY');
  const faults: Fault[] = [];
  let more = 0;
  const manifests: Manifest[] = [];
  const check = await specCheck();
  for (const [index, object] of objects.entries()) {
    const place = objects.length === 1 ? '' : `[${index}].`;
    const tell: Tell = (path, problem) => {
      if (faults.length < MOST_FAULTS) faults.push(fault(place + path, problem()));
      else more += 1;
    };
    manifests.push(manifestOf(object, check, tell));
  }
  if (more > 0) faults.push({ code: 'E_FIELD_MORE', params: { count: more } });
  if (faults.length > 0) throw CliError.all(faults);
  return manifests;
}

/** The only request of a text. @throws CliError E_MANIFEST_ONE */
export async function parseManifest(text: string): Promise<Manifest> {
  const [manifest, ...others] = await parseManifests(text);
  if (!manifest || others.length > 0) throw new CliError('E_MANIFEST_ONE', { count: others.length + 1 });
  return manifest;
}

/** How many values there are once every alias is written out; without end if one holds itself. */
function valuesOf(value: unknown, known = new Map<object, number>()): number {
  if (typeof value !== 'object' || value === null) return 1;
  const counted = known.get(value);
  if (counted !== undefined) return counted;
  known.set(value, Number.POSITIVE_INFINITY);
  let values = 1;
  for (const member of Object.values(value)) values += valuesOf(member, known);
  known.set(value, values);
  return values;
}

function itemsOf(document: unknown): unknown[] {
  const { kind, items } = document as { kind?: unknown; items?: unknown };
  return (kind === 'List' || kind === 'ResourceRequestList') && Array.isArray(items) ? items : [document];
}

/** The problem is worded when it is kept: near names take their time. */
type Tell = (path: string, problem: () => Message) => void;

function manifestOf(document: unknown, check: SpecCheck, tell: Tell): Manifest {
  if (typeof document !== 'object' || document === null || Array.isArray(document))
    throw new CliError('E_MANIFEST', { detail: String(document).slice(0, 80) });
  const { apiVersion = API_VERSION, kind, metadata = {}, spec } = document as Record<string, unknown>;
  if ((kind !== undefined && kind !== 'ResourceRequest') || apiVersion !== API_VERSION)
    throw new CliError('E_MANIFEST_KIND', { kind: [apiVersion, kind].join(' ').trim() });
  const alone = spec === undefined && kind === undefined;
  if (!alone) tellUnknown(document, TOP, '', tell);
  if (!isObject(metadata)) tell('metadata', () => fieldProblems.object);
  const meta = isObject(metadata) ? metadata : {};
  tellUnknown(meta, [...OURS, ...SERVERS], 'metadata.', tell);
  for (const name of OURS.slice(0, 3))
    if (meta[name] !== undefined && typeof meta[name] !== 'string')
      tell(`metadata.${name}`, () => fieldProblems.text);
  const body = alone ? document : (spec ?? {});
  check(body, tell);
  const { requester: _requester, submission: _submission, withdrawn: _withdrawn, ...rest } = body as Spec;
  return {
    metadata: Object.fromEntries(
      OURS.filter((name) => meta[name] !== undefined).map((name) => [name, meta[name]]),
    ) as Manifest['metadata'],
    spec: rest as Spec,
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fault(path: string, problem: Message): Fault {
  return { code: 'E_FIELD', params: { path, problem } };
}

function tellUnknown(object: object, known: readonly string[], path: string, tell: Tell): void {
  for (const name of Object.keys(object).filter((it) => !known.includes(it))) {
    tell(path + name, () => {
      const meant = near(name, known);
      const names = (meant.length > 0 ? meant : known).join(', ');
      const { zh, en } = meant.length > 0 ? fieldProblems.meant : fieldProblems.unknown;
      return { zh: zh.replace('{names}', names), en: en.replace('{names}', names) };
    });
  }
}

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

type SpecCheck = (body: unknown, tell: Tell) => void;

/** Checks specs by the schema from which the API server's own is generated. */
async function specCheck(): Promise<SpecCheck> {
  const [{ ResourceRequest }, zod] = await Promise.all([
    import('../../api/v1alpha1/resourcerequest.ts'),
    import('zod'),
  ]);
  const schema = zod.toJSONSchema(ResourceRequest.spec, { io: 'input' }) as Schema;
  return (body, tell) => {
    const whole = isObject(body) ? { ...body, ...DECIDED } : body;
    walkUnknown(whole, schema, 'spec.', tell);
    for (const issue of ResourceRequest.spec.safeParse(whole).error?.issues ?? []) {
      const path = issue.path.reduce<string>(
        (text, part) => (typeof part === 'number' ? `${text}[${part}]` : `${text}.${String(part)}`),
        'spec',
      );
      tell(path, () => problemOf(issue, whole));
    }
  };
}

function walkUnknown(value: unknown, schema: Schema | undefined, path: string, tell: Tell): void {
  if (Array.isArray(value)) {
    const at = path.slice(0, -1);
    for (const [index, item] of value.entries()) walkUnknown(item, schema?.items, `${at}[${index}].`, tell);
  } else if (isObject(value) && schema?.properties) {
    tellUnknown(value, Object.keys(schema.properties), path, tell);
    for (const [name, member] of Object.entries(value))
      walkUnknown(member, schema.properties[name], `${path}${name}.`, tell);
  }
}

function problemOf(issue: z.core.$ZodIssue, root: unknown): Message {
  const given = issue.path.reduce<unknown>(
    (value, part) => (value as Record<PropertyKey, unknown> | undefined)?.[part],
    root,
  );
  const filled = ({ zh, en }: Message, text: string): Message => ({
    zh: zh.replace('{value}', () => text),
    en: en.replace('{value}', () => text),
  });
  if (given === undefined) return fieldProblems.missing;
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected === 'string'
        ? fieldProblems.text
        : issue.expected === 'int' || issue.expected === 'number'
          ? fieldProblems.integer
          : issue.expected === 'array'
            ? fieldProblems.list
            : issue.expected === 'boolean'
              ? fieldProblems.boolean
              : fieldProblems.object;
    case 'invalid_union':
      return fieldProblems.integerOrText;
    case 'invalid_value':
      return filled(fieldProblems.value, issue.values.join(', '));
    case 'too_small':
      return filled(fieldProblems.small, String(issue.minimum));
    case 'too_big':
      return filled(fieldProblems.big, String(issue.maximum));
    case 'invalid_format':
      return filled(fieldProblems.format, issue.pattern ?? issue.format);
    default:
      return filled(fieldProblems.format, issue.message);
  }
}
