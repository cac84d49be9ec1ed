import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resourceOf } from '../../api/kind.ts';
import { KINDS } from '../../api/v1alpha1/index.ts';
import { KubeError } from '../../kube/errors.ts';
import { applyManifests, parseManifests } from '../../kube/manifests.ts';
import type { KubeObject } from '../../kube/types.ts';
import { admissionNames } from '../../policies/admission.ts';
import { fill, loadCases } from '../../policies/cases.ts';
import type { Cluster } from '../../tools/localcity/cluster.ts';
import { openTestCity } from '../support/clusters.ts';

/** Amounts and names that are not what they seem, at every leaf of every spec: refused, or kept exactly. */

const CRDS = join(import.meta.dirname, '../../api/generated/crds');
const NAMESPACE = 'gov-values';
const PARALLEL = 16;

interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maxLength?: number;
  readonly [keyword: string]: unknown;
}

const city = openTestCity();
let hub: Cluster;

beforeAll(async () => {
  hub = await city.startCluster({ name: 'hub' });
  const crds = readdirSync(CRDS).flatMap((file) => parseManifests(readFileSync(join(CRDS, file), 'utf8')));
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } };
  await applyManifests(hub.client, [...crds, namespace], { fieldManager: 'test' });
}, 120_000);
afterAll(() => city.stop());

/** A number as it stands in JSON, which JavaScript would round. */
const literal = (text: string) => (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(text);

const AMOUNTS: readonly [title: string, value: unknown][] = [
  ...[
    '9223372036854775808',
    '9223372036854775807',
    '-9223372036854775809',
    '9007199254740993',
    '9007199254740992',
    '-1',
    '1e30',
    '1e400',
    '0.30000000000000004',
    '1.5',
  ].map((it): [string, unknown] => [it, literal(it)]),
  ...[
    'NaN',
    'Infinity',
    '8核16G',
    '1.74万',
    '１２',
    '٣',
    '0x10',
    '1e3',
    ' 1',
    '1 ',
    '1_000',
    '1,000',
    '+1',
    '-1',
    '',
    '1m1',
    '1Ei',
    '99999999999999999999',
    '1\n2',
  ].map((it): [string, unknown] => [JSON.stringify(it), it]),
];

/** Not seen, or seen as something else; nothing of this stands in any leaf. */
const HIDDEN: readonly [title: string, value: string][] = [
  ['right-to-left override', 'a\u202eb'],
  ['right-to-left mark', 'a\u200fb'],
  ['isolate', 'a\u2066b'],
  ['zero-width space', 'a\u200bb'],
  ['zero-width joiner', 'a\u200db'],
  ['byte order mark', '\ufeffa'],
  ['soft hyphen', 'a\u00adb'],
  ['tag characters', 'a\u{e0041}b'],
  ['terminal escape', 'a\u001b[31mb'],
  ['C1 control', 'a\u009b31mb'],
  ['null', 'a\u0000b'],
  ['backspace', 'a\bb'],
  ['carriage return', 'a\rb'],
  ['line separator', 'a\u2028b'],
  ['10,000 characters', '长'.repeat(10_000)],
];
/** Seen as they are, so that text may hold them, but no id. */
const FOREIGN: readonly [title: string, value: string][] = [
  ['Cyrillic a', '\u0430dmin'],
  ['fullwidth letters', 'ａｄｍｉｎ'],
  ['Greek omicron', 'g\u03bfv'],
  ['combining mark', 'a\u0301b'],
  ['Kelvin sign', '\u212a8s'],
  ['Chinese', '系统'],
  ['newline', 'a\nb'],
  ['path', '../../etc'],
  ['quote', "a'; DROP TABLE books.holds; --"],
];

/** Programs, which are parsed, checked and tried before anything is shown or run. */
const CODE = /^templates\[\]\.object$/;
const MULTILINE = '[\\n\\t]';
const TEXT = '\\p{Cc}';
/** What the hub calls people: any ASCII that is seen; opening stock has nobody. */
const ACCOUNTS: readonly unknown[] = ['^[\\x21-\\x7e]+$', '^[\\x21-\\x7e]*$'];

interface Leaf {
  readonly path: readonly string[];
  readonly schema: Schema;
}

/** Every leaf of a schema; `[]` is a list's first member, `{}` a map's one. */
function leavesOf(schema: Schema, path: readonly string[] = []): Leaf[] {
  if (schema.properties) {
    return Object.entries(schema.properties).flatMap(([key, it]) => leavesOf(it, [...path, key]));
  }
  if (schema.items) return leavesOf(schema.items, [...path, '[]']);
  if (schema.additionalProperties) return leavesOf(schema.additionalProperties, [...path, '{}']);
  return [{ path, schema }];
}

function titleOf(path: readonly string[]): string {
  return path.join('.').replaceAll('.[]', '[]').replaceAll('.{}', '{}');
}

/** The least that a schema takes, for what the sample does not have. */
function leastOf(schema: Schema): unknown {
  if (schema.properties) {
    return Object.fromEntries(
      (schema.required ?? []).map((key) => [key, leastOf(schema.properties?.[key] ?? {})]),
    );
  }
  if (schema.items) return [];
  if (schema.additionalProperties) return {};
  if (schema.enum) return schema.enum[0];
  if (schema.type === 'integer') return schema.minimum ?? 0;
  if (schema.type === 'boolean') return false;
  return schema.pattern?.includes('\\d{4}')
    ? '2026-01-01'
    : schema.pattern?.startsWith('^[A-Z')
      ? 'A'
      : '1'.padEnd(1);
}

/** The value with one leaf replaced; what is missing on the way is made. */
function withLeaf(value: unknown, schema: Schema, [key, ...rest]: readonly string[], leaf: unknown): unknown {
  if (key === undefined) return leaf;
  if (key === '[]') {
    const [first, ...others] = (value ?? []) as unknown[];
    const items = schema.items as Schema;
    return [withLeaf(first ?? leastOf(items), items, rest, leaf), ...others];
  }
  const inner = (key === '{}' ? schema.additionalProperties : schema.properties?.[key]) as Schema;
  const name = key === '{}' ? 'vcpu' : key;
  const object = (value ?? leastOf(schema)) as Record<string, unknown>;
  return { ...object, [name]: withLeaf(object[name], inner, rest, leaf) };
}

function leafOf(value: unknown, [key, ...rest]: readonly string[]): unknown {
  if (key === undefined) return value;
  if (key === '[]') return leafOf((value as unknown[])[0], rest);
  return leafOf((value as Record<string, unknown>)[key === '{}' ? 'vcpu' : key], rest);
}

const samples = Object.values(loadCases(admissionNames()[0] as string).objects) as unknown as KubeObject[];

describe.each(KINDS.map((kind) => ({ kind, name: kind.kind })))('$name', ({ kind }) => {
  const crd = load(readFileSync(join(CRDS, `${kind.plural}.yaml`), 'utf8')) as {
    spec: { versions: { schema: { openAPIV3Schema: Schema } }[] };
  };
  const schema = crd.spec.versions[0]?.schema.openAPIV3Schema.properties?.['spec'] as Schema;
  const sample = fill(
    samples.find((it) => it.kind === kind.kind),
    { ns: NAMESPACE, id: 'values' },
  ) as KubeObject;
  const leaves = leavesOf(schema);

  /** Tries it without effect; what is kept, or that it is refused. */
  async function attempt(spec: unknown): Promise<{ readonly kept: unknown } | 'refused'> {
    try {
      const made = await hub.client.create(resourceOf(kind), { ...sample, spec }, { dryRun: true });
      return { kept: made.spec };
    } catch (error) {
      if (error instanceof KubeError && (error.status === 400 || error.status === 422)) return 'refused';
      throw error;
    }
  }

  async function tryAll(
    of: readonly Leaf[],
    values: readonly (readonly [string, unknown])[],
    /** What is wrong with what came of it. */
    judge: (leaf: Leaf, value: unknown, outcome: unknown) => string | undefined,
  ): Promise<readonly string[]> {
    const wrong: string[] = [];
    const tasks = of.flatMap((leaf) =>
      values.map(([title, value]) => async () => {
        const outcome = await attempt(withLeaf(sample.spec, schema, leaf.path, value));
        const kept = outcome === 'refused' ? outcome : leafOf(outcome.kept, leaf.path);
        const problem = judge(leaf, value, kept);
        if (problem !== undefined) wrong.push(`${titleOf(leaf.path)}, ${title}: ${problem}`);
      }),
    );
    const work = async () => {
      for (let task = tasks.pop(); task; task = tasks.pop()) await task();
    };
    await Promise.all(Array.from({ length: PARALLEL }, work));
    return wrong.sort();
  }

  const isNumber = ({ schema: it }: Leaf) =>
    it.type === 'integer' || it['x-kubernetes-int-or-string'] === true;
  const isAmount = (leaf: Leaf) => isNumber(leaf) || (leaf.schema.pattern ?? '').startsWith('^\\d{1,16}');
  const isText = ({ schema: it }: Leaf) => (it.pattern ?? '').includes(TEXT);
  const isCode = ({ path }: Leaf) => kind.kind === 'CatalogItem' && CODE.test(titleOf(path));

  test('its sample is taken, and every leaf has a bound', async () => {
    expect(await attempt(sample.spec)).not.toBe('refused');
    const unbound = leaves.filter(
      ({ schema: it }) => it.type === 'string' && !it.enum && it.maxLength === undefined,
    );
    expect(unbound.map(({ path }) => titleOf(path))).toEqual([]);
  });

  test('takes no amount but as it is', async () => {
    const wrong = await tryAll(leaves.filter(isAmount), AMOUNTS, (leaf, value, kept) => {
      if (kept === 'refused') return undefined;
      // Text that is a parameter's value is compared with what the item allows.
      if (typeof value === 'string') {
        return kept === value &&
          (leaf.schema['x-kubernetes-int-or-string'] || /^\d+(m|[KMGT]i)?$/.test(value))
          ? undefined
          : `kept as ${JSON.stringify(kept)}`;
      }
      return Number.isSafeInteger(kept) && JSON.stringify(kept) === JSON.stringify(value)
        ? undefined
        : `kept as ${JSON.stringify(kept)}`;
    });
    expect(wrong).toEqual([]);
  }, 300_000);

  test('takes nothing that is not seen, and no id that is not ASCII', async () => {
    const strings = leaves.filter(
      ({ schema: it }) => it.type === 'string' || it['x-kubernetes-int-or-string'] === true,
    );
    expect(strings.length).toBeGreaterThan(0);
    const hidden = await tryAll(
      strings.filter((it) => !isCode(it)),
      HIDDEN,
      (_, __, kept) => (kept === 'refused' ? undefined : 'kept'),
    );
    const foreign = await tryAll(
      strings.filter((it) => !isCode(it)),
      FOREIGN,
      (leaf, value, kept) => {
        const oneLine = isText(leaf) && !leaf.schema.pattern?.includes(MULTILINE);
        const may = ACCOUNTS.includes(leaf.schema.pattern)
          ? /^[\x21-\x7e]+$/.test(value as string)
          : isText(leaf) && !(oneLine && value === 'a\nb');
        if (!may) return kept === 'refused' ? undefined : 'kept';
        return kept === 'refused' || kept === value ? undefined : `kept as ${JSON.stringify(kept)}`;
      },
    );
    expect([...hidden, ...foreign]).toEqual([]);
  }, 300_000);

  test('is called by ASCII', async () => {
    const wrong: string[] = [];
    for (const [title, value] of [...HIDDEN, ...FOREIGN]) {
      try {
        await hub.client.create(
          resourceOf(kind),
          { ...sample, metadata: { ...sample.metadata, name: value } },
          { dryRun: true },
        );
        wrong.push(title);
      } catch (error) {
        expect(error).toBeInstanceOf(KubeError);
      }
    }
    expect(wrong).toEqual([]);
  });
});
