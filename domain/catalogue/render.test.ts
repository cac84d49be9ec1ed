import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CatalogItem } from '../../api/v1alpha1/index.ts';
import { machineItem } from '../testing/city.ts';
import { SEEDED } from '../testing/seed.ts';
import type { AllocationFacts, Json } from './expressions.ts';
import { ALLOWED_KINDS, checkTemplates, derivedSecret, renderObjects } from './render.ts';

const FACTS: AllocationFacts = {
  name: 'web',
  namespace: 'gov-luhe',
  memberNamespace: 'luhe-portal',
  organization: 'luhe',
  system: 'portal',
  item: 'vm',
  quantity: 2,
  revision: 3,
  zone: 'extranet',
  arch: 'amd64',
  pool: 'extranet-amd64',
  suspended: false,
};
const VALUES = { vcpu: 4, memoryGiB: 8, diskGiB: 100 };
const KEY = Buffer.from('a key');

function render(
  templates: CatalogItem['spec']['templates'],
  facts: Partial<AllocationFacts> = {},
  values = VALUES,
) {
  const it = { ...FACTS, ...facts };
  return renderObjects(machineItem({ templates }).spec, it, values, (label) =>
    derivedSecret(KEY, 'uid', label),
  );
}

/** What one leaf becomes, as the value of a ConfigMap's `it`. */
function leaf(yaml: string): Json | undefined {
  const object = `{ apiVersion: v1, kind: ConfigMap, metadata: { name: a }, data: { it: ${yaml} } }`;
  const [only] = render([{ name: 'one', each: 'allocation', object }]);
  return (only?.object['data'] as { it?: Json } | undefined)?.it;
}

describe('a leaf', () => {
  it.each<[string, string, Json]>([
    ['that is one expression keeps its type: integer', '"${params.vcpu}"', 4],
    ['that is one expression keeps its type: text', '"${string(params.vcpu)}"', '4'],
    ['that is one expression keeps its type: truth', '"${params.vcpu > 3}"', true],
    ['that is one expression keeps its type: list', '"${[1, 2]}"', [1, 2]],
    ['that is one expression keeps its type: map', '"${ {\'a\': [1]} }"', { a: [1] }],
    ['with text around an expression is text', '"${params.vcpu}Gi"', '4Gi'],
    ['with several expressions is text', '"${allocation.name}-${index}"', 'web-0'],
    ['with two expressions and nothing between them is text', '"${params.vcpu}${params.memoryGiB}"', '48'],
    ['without an expression stays', '"$5 {not} one"', '$5 {not} one'],
    ['that is no text stays', '[1, true, null]', [1, true, null]],
    ['inside lists and maps is filled', '{ a: [{ b: "${index}" }] }', { a: [{ b: 0 }] }],
    ['counts in binary units', '"${params.memoryGiB * GiB / TiB}"', 0],
    [
      'sees the allocation',
      '"${allocation.organization}/${allocation.system}@${allocation.revision}"',
      'luhe/portal@3',
    ],
  ])('%s', (_, yaml, expected) => {
    expect(leaf(yaml)).toEqual(expected);
  });

  it('is filled after the YAML was parsed: no value can add structure', () => {
    const item = machineItem({
      parameters: [{ name: 'note', title: { zh: '备注' }, type: 'string', required: true }],
      templates: [
        {
          name: 'one',
          each: 'allocation',
          object:
            '{ apiVersion: v1, kind: ConfigMap, metadata: { name: a }, data: { it: "x ${params.note}" } }',
        },
      ],
    });
    const bad = 'a"\nkind: Pod\n${secret("login")}';
    const [only] = renderObjects(item.spec, FACTS, { note: bad }, () => 'hidden');
    expect(only?.object.kind).toBe('ConfigMap');
    expect(only?.object['data']).toEqual({ it: `x ${bad}` });
  });

  /** What somebody would write who hopes that it is read as more than text. */
  const HOSTILE = [
    "'; DROP TABLE books.holds; --",
    'x"} or up{a="',
    '/metadata/~1namespace',
    '$(touch /tmp/x)',
    '`id`; rm -rf /',
    '../../etc/passwd',
    'a\r\nX-Remote-User: root',
    '${secret("login")}',
    '{{ .Values }}',
    '"\nkind: ClusterRole',
    '- hostPath: /',
    '*anchor',
    '!!js/function',
    '__proto__',
    '=1+1',
    '<script>',
    '$&$1',
    'null',
    '1e3',
    '',
  ];

  it.each(HOSTILE)('is given the parameter %j as it is, as text, and nothing else comes of it', (note) => {
    const item = machineItem({
      parameters: [{ name: 'note', title: { zh: '备注' }, type: 'string', required: true }],
      templates: [
        {
          name: 'one',
          each: 'allocation',
          object: `
apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata: { name: "\${allocation.name}", annotations: { note: "\${params.note}" } }
spec: { whole: "\${params.note}", part: "a \${params.note} b", list: ["\${params.note}"], map: "\${ {'it': params.note} }" }`,
        },
      ],
    });
    expect(renderObjects(item.spec, FACTS, { note }, () => 'hidden')).toEqual([
      {
        template: 'one',
        object: {
          apiVersion: 'kubevirt.io/v1',
          kind: 'VirtualMachine',
          metadata: { name: 'web', namespace: 'luhe-portal', annotations: { note } },
          spec: { whole: note, part: `a ${note} b`, list: [note], map: { it: note } },
        },
      },
    ]);
  });

  it.each(HOSTILE.filter((it) => !/^[a-z0-9]+$/.test(it)))('%j names no object', (note) => {
    const item = machineItem({
      parameters: [{ name: 'note', title: { zh: '备注' }, type: 'string', required: true }],
      templates: [
        {
          name: 'one',
          each: 'allocation',
          object: '{ apiVersion: v1, kind: ConfigMap, metadata: { name: "${params.note}" } }',
        },
      ],
    });
    expect(() => renderObjects(item.spec, FACTS, { note }, () => 'hidden')).toThrowError(
      expect.objectContaining({ code: 'E_ITEM_TEMPLATE' }),
    );
  });

  it.each(['kind', 'apiVersion'])('and no parameter makes its %s one that is not allowed', (field) => {
    const object = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'a' },
      [field]: '${params.note}',
    };
    const item = machineItem({
      parameters: [{ name: 'note', title: { zh: '备注' }, type: 'string', required: true }],
      templates: [{ name: 'one', each: 'allocation', object: JSON.stringify(object) }],
    });
    for (const note of [...HOSTILE, 'ClusterRoleBinding', 'Pod', 'rbac.authorization.k8s.io/v1'])
      expect(() => renderObjects(item.spec, FACTS, { note }, () => 'hidden')).toThrow(
        'is not an allowed kind',
      );
  });

  it.each([
    ['an integer that JSON would round', '"${9007199254740993}"'],
    ['bytes', '"${b\'abc\'}"'],
    ['a list inside text', '"a${[1]}"'],
    ['an unknown name', '"${cluster}"'],
    ['a map that has no such member', '"${allocation.owner}"'],
  ])('refuses %s', (_, yaml) => {
    expect(() => leaf(yaml)).toThrowError(expect.objectContaining({ code: 'E_ITEM_TEMPLATE' }));
  });
});

describe('a password', () => {
  const secret = (parts: string) => [
    { name: 'login', each: 'allocation' as const, object: `{ apiVersion: v1, kind: Secret, ${parts} }` },
  ];

  it('stands in the data of a Secret', () => {
    const [only] = render(
      secret(
        'metadata: { name: a }, data: { p: "${bytes(secret(\'x\')).base64()}" }, stringData: { q: "${secret(\'x\')}" }',
      ),
    );
    const password = derivedSecret(KEY, 'uid', 'x');
    expect(only?.object['stringData']).toEqual({ q: password });
    expect(only?.object['data']).toEqual({ p: Buffer.from(password).toString('base64') });
  });

  it.each([
    ['in what names a Secret', secret('metadata: { name: a, labels: { p: "${secret(\'x\')}" } }')],
    ['by a question', secret("metadata: { name: a, labels: { p: \"${string(secret('x') < 'm')}\" } }")],
    [
      'in another object',
      [
        {
          name: 'one',
          each: 'allocation' as const,
          object:
            '{ apiVersion: v1, kind: ConfigMap, metadata: { name: a }, data: { p: "${secret(\'x\')}" } }',
        },
      ],
    ],
    [
      'in an object whose kind is found out',
      [
        {
          name: 'one',
          each: 'allocation' as const,
          object:
            '{ apiVersion: v1, kind: "${\'ConfigMap\'}", metadata: { name: a }, data: { p: "${secret(\'x\')}" } }',
        },
      ],
    ],
  ])('does not stand %s', (_, templates) => {
    expect(() => render(templates)).toThrow('secret() is for data and stringData of a Secret alone');
  });

  it.each(['{ a: { p: "${secret(\'x\')}" } }', '["${secret(\'x\')}"]', '{ a: 1 }'])(
    'stands in a map of strings, not in %s',
    (data) => {
      const templates = secret(`metadata: { name: a }, stringData: ${data}`);
      expect(() => render(templates)).toThrow('stringData is no map of strings');
    },
  );

  it('is not in what an expression says of its failure', () => {
    const templates = secret('metadata: { name: a }, data: { p: "${int(secret(\'x\'))}" }');
    expect(() => render(templates)).toThrow('data cannot be filled in');
    // The author of the item is told, of a sample.
    const [told] = checkTemplates('item', machineItem({ templates }).spec, VALUES);
    expect(told?.params['problem']).not.toContain('cannot be filled in');
  });
});

describe('renderObjects', () => {
  const object = (name: string) => `{ apiVersion: v1, kind: ConfigMap, metadata: { name: "${name}" } }`;

  it('makes one object a unit or one an allocation, in the order of the templates', () => {
    const made = render(
      [
        { name: 'unit', each: 'unit', object: object('u-${index}') },
        { name: 'whole', each: 'allocation', object: object('w-${index}') },
      ],
      { quantity: 3 },
    );
    expect(made.map((it) => `${it.template} ${it.object.metadata.name}`)).toEqual([
      'unit u-0',
      'unit u-1',
      'unit u-2',
      'whole w-0',
    ]);
  });

  it('puts every object into the member’s namespace and keeps its other metadata', () => {
    const labelled =
      '{ apiVersion: v1, kind: ConfigMap, metadata: { name: a, labels: { a: "${params.vcpu}b" } } }';
    const [only] = render([{ name: 'one', each: 'allocation', object: labelled }]);
    expect(only?.object.metadata).toEqual({ name: 'a', namespace: 'luhe-portal', labels: { a: '4b' } });
  });

  it.each([
    [
      'a namespace of its own',
      '{ apiVersion: v1, kind: ConfigMap, metadata: { name: a, namespace: kube-system } }',
    ],
    [
      'an empty namespace of its own',
      '{ apiVersion: v1, kind: ConfigMap, metadata: { name: a, namespace: "" } }',
    ],
    ['a Pod', '{ apiVersion: v1, kind: Pod, metadata: { name: a } }'],
    ['a kind of no version', '{ kind: ConfigMap, metadata: { name: a } }'],
    [
      'a ClusterRoleBinding',
      '{ apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: { name: a } }',
    ],
    ['a name with a slash', object('a/b')],
    ['a name that ends in a hyphen', object('a-')],
    ['no name', '{ apiVersion: v1, kind: ConfigMap, metadata: { labels: {} } }'],
  ])('refuses %s', (_, text) => {
    const refused = () => render([{ name: 'one', each: 'allocation', object: text }]);
    expect(refused).toThrowError(expect.objectContaining({ code: 'E_ITEM_TEMPLATE' }));
  });

  it('refuses two objects of one name', () => {
    const twice = () => render([{ name: 'one', each: 'unit', object: object('same') }]);
    expect(twice).toThrowError(expect.objectContaining({ code: 'E_ITEM_TEMPLATE' }));
    expect(render([{ name: 'one', each: 'unit', object: object('same') }], { quantity: 1 })).toHaveLength(1);
  });

  it('gives the same objects for the same allocation, and units keep theirs when others are added', () => {
    const { templates } = machineItem().spec;
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 8 }), (few, more) => {
        const before = render(templates, { quantity: few });
        expect(render(templates, { quantity: few })).toEqual(before);
        const after = new Set(render(templates, { quantity: few + more }).map((it) => JSON.stringify(it)));
        expect(before.every((it) => after.has(JSON.stringify(it)))).toBe(true);
      }),
      { ...SEEDED, numRuns: 20 },
    );
  });

  it('allows namespaced kinds alone', () => {
    const clusterWide = [
      'Namespace',
      'ClusterRole',
      'ClusterRoleBinding',
      'PersistentVolume',
      'StorageClass',
      'Node',
    ];
    expect([...ALLOWED_KINDS].filter((kind) => clusterWide.includes(kind.split('/').at(-1) ?? ''))).toEqual(
      [],
    );
  });
});

describe('derivedSecret', () => {
  it('is 24 letters and digits that are not taken for each other', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (uid, label) => {
        expect(derivedSecret(KEY, uid, label)).toMatch(/^[A-HJ-NP-Za-km-z2-9]{24}$/);
      }),
      SEEDED,
    );
  });

  it('is stable, and another one for another key, allocation or label', () => {
    const all = [
      derivedSecret(KEY, 'uid', 'login'),
      derivedSecret(Buffer.from('other'), 'uid', 'login'),
      derivedSecret(KEY, 'other', 'login'),
      derivedSecret(KEY, 'uid', 'other'),
    ];
    expect(new Set(all).size).toBe(4);
    expect(derivedSecret(KEY, 'uid', 'login')).toBe(all[0]);
  });

  it('uses its whole alphabet evenly', () => {
    const counts = new Map<string, number>();
    for (let n = 0; n < 500; n++) {
      for (const letter of derivedSecret(KEY, String(n), 'x'))
        counts.set(letter, (counts.get(letter) ?? 0) + 1);
    }
    // 12,000 letters over 57: some 210 each; six standard deviations are 87.
    expect(counts.size).toBe(57);
    for (const count of counts.values()) expect(Math.abs(count - 12_000 / 57)).toBeLessThan(87);
  });
});
