import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import type { CatalogItem } from '../../api/v1alpha1/index.ts';
import { reasonText } from '../errors.ts';
import { machineItem } from '../testing/city.ts';
import { checkItem } from './item.ts';

type Spec = CatalogItem['spec'];
const { spec: VM } = machineItem();
const CATALOGUE = join(import.meta.dirname, '../../stacks/shanwei/catalogue');
const EXAMPLES = join(import.meta.dirname, '../../docs/examples');

const template = (object: string, more: Partial<Spec['templates'][number]> = {}): Partial<Spec> => ({
  templates: [{ name: 'one', each: 'allocation', object, ...more }],
  readyWhen: 'true',
});
const configMap = (data: string) =>
  template(
    `{ apiVersion: v1, kind: ConfigMap, metadata: { name: "\${allocation.name}" }, data: { it: ${data} } }`,
  );
const parameter = (more: Partial<Spec['parameters'][number]>): Spec['parameters'] => [
  ...VM.parameters,
  { name: 'extra', title: { zh: '其他' }, type: 'integer', required: true, ...more },
];

const found = (more: Partial<Spec>) => checkItem('vm', machineItem(more).spec);

const TEN = `[${[...Array(10).keys()].join(', ')}]`;
const BOMB = Array.from('abcdefghij').reduceRight((inside, name) => `${TEN}.all(${name}, ${inside})`, 'true');
const DOUBLING = Array.from('abcdefghijklmnopqrst').reduce(
  (inside, name) => `cel.bind(${name}, x + x, cel.bind(x, ${name} + ${name}, ${inside}))`,
  'x',
);
const BACKTRACKING = `'${'a'.repeat(40)}!'.matches('(a+)+$')`;

describe('an expression that would not end', () => {
  it.each([
    ['loops in loops', BOMB],
    ['text that doubles', `cel.bind(x, 'x', ${DOUBLING}) == ''`],
    ['a regular expression that backtracks', BACKTRACKING],
  ])('is refused wherever it stands: %s', (_, expression) => {
    const number = `${expression} ? 1 : 2`;
    expect(found({ consumes: { vcpu: number } }).length).toBeGreaterThan(0);
    expect(found({ readyWhen: expression }).map(({ params }) => params['where'])).toContain('readyWhen');
    expect(found(configMap(`"\${${expression}}"`)).map(({ code }) => code)).toContain('E_ITEM_TEMPLATE');
    const prices = [{ from: '2020-01-01', monthlyFen: number, armFactorBasisPoints: 10_000 }];
    expect(found({ prices }).length).toBeGreaterThan(0);
  });
});

describe('a template that reaches for what is not its own', () => {
  const pods = (
    spec: string,
  ) => `{ apiVersion: apps/v1, kind: StatefulSet, metadata: { name: "\${allocation.name}" },
    spec: { template: { spec: ${spec} } } }`;
  const named = (apiVersion: string, kind: string, more = '') =>
    `{ apiVersion: ${apiVersion}, kind: ${kind}, metadata: { name: a${more} } }`;
  it.each([
    ['a ClusterRoleBinding', named('rbac.authorization.k8s.io/v1', 'ClusterRoleBinding')],
    ['a ClusterRole', named('rbac.authorization.k8s.io/v1', 'ClusterRole')],
    ['a Namespace', named('v1', 'Namespace')],
    ['a service account', named('v1', 'ServiceAccount')],
    ['a kind that an expression makes', "{ apiVersion: v1, kind: \"${'Po' + 'd'}\", metadata: { name: a } }"],
    ['another namespace', named('v1', 'Secret', ', namespace: kube-system')],
    ['another namespace, by an expression', named('v1', 'Secret', ', namespace: "${allocation.namespace}"')],
    ['a host path', pods('{ volumes: [{ name: v, hostPath: { path: / } }] }')],
    ['the node’s network', pods('{ hostNetwork: true }')],
    ['the node’s processes, by an expression', pods('{ hostPID: "${1 == 1}" }')],
    ['a privileged container', pods('{ containers: [{ securityContext: { privileged: true } }] }')],
  ])('is refused: %s', (_, object) => {
    expect(found(template(object)).map(({ code }) => code)).toContain('E_ITEM_TEMPLATE');
  });

  it('may say that it does not', () => {
    expect(found(template(pods('{ hostNetwork: false }')))).toEqual([]);
  });
});

describe('checkItem', () => {
  it('finds nothing wrong with a good item', () => {
    expect(checkItem('vm', VM)).toEqual([]);
  });

  const files = [CATALOGUE, EXAMPLES].flatMap((dir) => readdirSync(dir).map((file) => [file, dir] as const));
  it.each(files)('finds nothing wrong with %s', (file, dir) => {
    const item = load(readFileSync(join(dir, file), 'utf8')) as CatalogItem;
    expect(checkItem(item.metadata.name, item.spec).map((it) => reasonText(it, 'en'))).toEqual([]);
  });

  it.each<[string, Partial<Spec>, string]>([
    ['a measure that does not parse', { consumes: { vcpu: 'params.vcpu *' } }, 'consumes.vcpu'],
    ['a measure of an unknown parameter', { consumes: { ssd: 'params.disk' } }, 'consumes.ssd'],
    ['a measure that is no integer', { consumes: { memory: '0.5' } }, 'consumes.memory'],
    [
      'a measure that is negative at the lower bounds',
      { consumes: { vcpu: 'params.vcpu - 2' } },
      'consumes.vcpu',
    ],
    [
      'a measure that overflows at the upper bounds',
      { consumes: { vcpu: 'params.vcpu * 200000000000000000' } },
      'consumes.vcpu',
    ],
    [
      'a price that is wrong, though it is not today’s',
      { prices: [...VM.prices, { from: '2019-01-01', monthlyFen: 'params.cpu', armFactorBasisPoints: 1 }] },
      'prices[2019-01-01].monthlyFen',
    ],
    ['readiness that is no question', { readyWhen: "'yes'" }, 'readyWhen'],
    ['readiness that does not parse', { readyWhen: 'size(' }, 'readyWhen'],
    ['readiness of what is not there', { readyWhen: 'object.status.ready' }, 'readyWhen'],
    ['readiness of a template that is not there', { readyWhen: 'size(objects.machines) > 0' }, 'readyWhen'],
    [
      'an output that is no text',
      { outputs: [{ name: 'port', title: { zh: '端口' }, value: '5432' }] },
      'outputs.port',
    ],
    [
      'an output that does not parse',
      { outputs: [{ name: 'host', title: { zh: '主机' }, value: "'a" }] },
      'outputs.host',
    ],
  ])('finds %s', (_, more, where) => {
    const reasons = found(more);
    expect(reasons.map(({ code, params }) => `${code} ${String(params['where'])}`)).toContain(
      `E_ITEM_EXPRESSION ${where}`,
    );
    for (const why of reasons) expect(reasonText(why, 'zh')).toContain('vm');
  });

  it.each<[string, Partial<Spec>]>([
    ['YAML that does not parse', template('{ apiVersion: v1')],
    ['two documents', template('{}\n---\n{}')],
    ['a list', template('- apiVersion: v1')],
    ['no kind', template('{ apiVersion: v1, metadata: { name: a } }')],
    ['no metadata', template('{ apiVersion: v1, kind: ConfigMap }')],
    ['no name', template('{ apiVersion: v1, kind: ConfigMap, metadata: {} }')],
    ['a name that is none', template('{ apiVersion: v1, kind: ConfigMap, metadata: { name: "A B" } }')],
    [
      'a namespace of its own',
      template('{ apiVersion: v1, kind: ConfigMap, metadata: { name: a, namespace: b } }'),
    ],
    ['a kind that is not allowed', template('{ apiVersion: v1, kind: Pod, metadata: { name: a } }')],
    ['a kind in disguise', template("{ apiVersion: v1, kind: \"${'Po' + 'd'}\", metadata: { name: a } }")],
    ['a cluster-wide kind', template('{ apiVersion: v1, kind: Namespace, metadata: { name: a } }')],
    [
      'an allowed kind of another group',
      template('{ apiVersion: evil.io/v1, kind: Secret, metadata: { name: a } }'),
    ],
    ['an expression that does not parse', configMap('"${params.vcpu +}"')],
    ['an expression of an unknown parameter', configMap('"${params.cpu}"')],
    ['text added to an integer', configMap('"${params.vcpu + \'x\'}"')],
    ['a list inside text', configMap('"a-${[1, 2]}"')],
    ['a map inside text', configMap('"a-${allocation}"')],
    ['an expression that is never closed', configMap('"${params.vcpu"')],
    ['braces inside an expression inside text', configMap('"a-${ {\'x\': 1}.x }"')],
    ['a fraction, which no digest takes', configMap('0.5')],
    ['a fraction that CEL computes', configMap('"${double(params.vcpu) / 3.0}"')],
    ['what fails at the upper bounds alone', configMap('"${1000 / (64 - params.vcpu)}"')],
    [
      'units that all have one name',
      template('{ apiVersion: v1, kind: ConfigMap, metadata: { name: "${allocation.name}" } }', {
        each: 'unit',
      }),
    ],
  ])('finds a template with %s', (_, more) => {
    expect(found(more).map(({ code, params }) => `${code} ${String(params['template'])}`)).toContain(
      'E_ITEM_TEMPLATE one',
    );
  });

  it('finds that disks are to be kept after a release where there are none', () => {
    expect(found({ retainDays: 30 })).toEqual([]);
    expect(found({ ...configMap('one'), retainDays: 30 })).not.toEqual([]);
  });

  it('finds two templates that make the same object', () => {
    const object = '{ apiVersion: v1, kind: ConfigMap, metadata: { name: "${allocation.name}" } }';
    const templates = ['one', 'two'].map((name) => ({ name, each: 'allocation' as const, object }));
    expect(found({ templates, readyWhen: 'true' }).map(({ code }) => code)).toEqual(['E_ITEM_TEMPLATE']);
  });

  it.each<[string, Partial<Spec>]>([
    ['a measure', { consumes: { vcpu: 'params.extra * 1000' } }],
    ['a price', { prices: [{ from: '2018-01-01', monthlyFen: 'params.extra', armFactorBasisPoints: 1 }] }],
    ['a template', configMap('"${params.extra}"')],
  ])('finds %s that needs an optional parameter', (_, more) => {
    expect(found({ ...more, parameters: parameter({ required: false }) })).not.toEqual([]);
  });

  it('tries every value that a parameter may have, not the first and last alone', () => {
    const parameters = parameter({ type: 'string', values: ['s', 'm', 'l'] });
    expect(found({ parameters, consumes: { vcpu: "{'s': 1000, 'l': 4000}[params.extra]" } })).not.toEqual([]);
    expect(found({ parameters, consumes: { vcpu: "{'s': 1, 'm': 2, 'l': 3}[params.extra]" } })).toEqual([]);
  });

  it('tries no value that the item does not allow', () => {
    const parameters = parameter({ minimum: 1, maximum: 10, multipleOf: 4 });
    // 4 and 8 are allowed; 12 is not.
    expect(found({ parameters, consumes: { vcpu: '1000 / (12 - params.extra)' } })).toEqual([]);
  });

  it('finds a parameter that no value satisfies', () => {
    expect(found({ parameters: parameter({ minimum: 5, maximum: 4 }) })).not.toEqual([]);
    expect(found({ parameters: parameter({ minimum: 5, maximum: 7, multipleOf: 4 }) })).not.toEqual([]);
  });

  it('says each mistake once, and all of them', () => {
    const reasons = found({ consumes: { vcpu: 'params.a', memory: 'params.b' }, readyWhen: '1' });
    expect(reasons.map(({ params }) => params['where'])).toEqual([
      'consumes.vcpu',
      'consumes.memory',
      'readyWhen',
    ]);
  });
});

describe('how an item is suspended', () => {
  const [disk, machine] = VM.templates as [Spec['templates'][number], Spec['templates'][number]];
  const { suspendedWhen } = VM;
  const problems = (more: Partial<Spec>) =>
    found({ suspendedWhen, ...more }).map((it) => reasonText(it, 'en'));

  it('sets something of its objects otherwise, and says when they have stopped', () => {
    expect(problems({})).toEqual([]);
    const object = machine.object.replace(/"\$\{allocation.suspended[^"]*"/, 'Always');
    const templates = [disk, { ...machine, object }];
    expect(problems({ templates })).toEqual([expect.stringContaining('nothing is set otherwise')]);
    expect(problems({ templates, suspendedWhen: undefined })).toEqual([]);
    expect(problems({ suspendedWhen: "'yes'" })).toEqual([expect.stringContaining('must be bool')]);
  });

  it('neither adds nor takes objects, and leaves disks as they are', () => {
    const other = machine.object.replace('${index}', '${allocation.suspended ? index + 5 : index}');
    expect(problems({ templates: [disk, { ...machine, object: other }] })).toEqual([
      expect.stringContaining('neither adds nor takes'),
    ]);
    const size = disk.object.replace('${params.diskGiB}', '${allocation.suspended ? 1 : params.diskGiB}');
    expect(problems({ templates: [{ ...disk, object: size }, machine] })).toEqual([
      expect.stringContaining('leaves disks as they are'),
    ]);
  });
});
