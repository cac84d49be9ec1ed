import { expect, test } from 'vitest';
import type { CliError } from '../errors.ts';
import { parseManifest, parseManifests } from './manifest.ts';

const SPEC = `
applicant: {unit: 局, person: 张三, phone: "0660", reviewer: 科长}
action: Provision
system: portal
mlps: 2
project: p
zone: extranet
lines:
  - {name: vm, item: vm, quantity: 2, parameters: {vcpu: 2}}
until: 2027-12-31
reason: 建设
`;
const indented = SPEC.replaceAll('\n', '\n  ');
const OBJECT = `apiVersion: govcloud.dev/v1alpha1\nkind: ResourceRequest\nmetadata: {name: req-a}\nspec:${indented}\n`;

/** Each fault as `path problem`, in English. */
async function faults(text: string): Promise<string[]> {
  const error = await parseManifests(text).then(
    () => undefined,
    (it: unknown) => it as CliError,
  );
  return (error?.faults ?? []).map(({ code, params }) =>
    code === 'E_FIELD' ? `${String(params['path'])} ${(params['problem'] as { en: string }).en}` : code,
  );
}

test('a spec alone, an object, a List, documents: each is a request', async () => {
  const list = JSON.stringify({
    apiVersion: 'v1',
    kind: 'List',
    items: [await parseJson(), await parseJson()],
  });
  expect(await parseManifests(SPEC)).toHaveLength(1);
  expect(await parseManifests(OBJECT)).toHaveLength(1);
  expect(await parseManifests(list)).toHaveLength(2);
  expect(await parseManifests(`---\n---\n${OBJECT}\n---\n${OBJECT}---\n`)).toHaveLength(2);
});

async function parseJson() {
  const { metadata, spec } = await parseManifest(OBJECT);
  return { apiVersion: 'govcloud.dev/v1alpha1', kind: 'ResourceRequest', metadata, spec };
}

test('of an exported object what the server fills is left out, and a date is the text that it is', async () => {
  const exported = {
    ...(await parseJson()),
    status: { serial: 'ZY-2026-000001', phase: 'Granted' },
  };
  const metadata = {
    name: 'req-a',
    uid: 'u',
    resourceVersion: '1',
    generation: 2,
    finalizers: ['x'],
    managedFields: [],
  };
  const spec = { ...exported.spec, requester: 'somebody', submission: 3, withdrawn: true };
  expect(await parseManifest(JSON.stringify({ ...exported, metadata, spec }))).toEqual({
    metadata: { name: 'req-a' },
    spec: exported.spec,
  });
  expect(exported.spec.until).toBe('2027-12-31');
});

test('every field that nobody knows and every wrong type is named with its path', async () => {
  const wrong = OBJECT.replace('quantity: 2', 'quantty: "2"')
    .replace('phone: "0660"', 'phone: 0660')
    .replace('until: 2027-12-31', 'until: 2027/12/31')
    .replace('metadata: {name: req-a}', 'metadata: {nmae: req-a}')
    .replace('kind: ', 'statsu: {}\nkind: ')
    .replace('mlps: 2', 'mlps: 5\n  arch: x86\n  colour: red');
  expect(await faults(wrong)).toEqual([
    'statsu does not exist, did you mean: status',
    'metadata.nmae does not exist, did you mean: name',
    expect.stringMatching(/^spec\.colour does not exist; there are requester, /),
    'spec.lines[0].quantty does not exist, did you mean: quantity',
    'spec.applicant.phone must be a text: put numbers, true and false in quotes',
    'spec.mlps is too big or too long, at most 4',
    'spec.arch must be one of amd64, arm64',
    'spec.lines[0].quantity is missing',
    expect.stringMatching(/^spec\.until has the wrong form/),
  ]);
  expect(await faults(`${OBJECT}---\n${wrong}`)).toContain('[1].spec.arch must be one of amd64, arm64');
});

test.each([
  ['', 'E_MANIFEST_EMPTY'],
  ['---\n---\n', 'E_MANIFEST_EMPTY'],
  ['{apiVersion: v1, kind: List, items: []}', 'E_MANIFEST_EMPTY'],
  ['just words', 'E_MANIFEST'],
  ['a: [', 'E_MANIFEST'],
  ['[1, 2]', 'E_MANIFEST'],
  [OBJECT.replace('ResourceRequest', 'Quota'), 'E_MANIFEST_KIND'],
  [OBJECT.replace('v1alpha1', 'v9'), 'E_MANIFEST_KIND'],
  ['{kind: ResourceRequest}', 'spec.applicant is missing'],
  ['{spec: 5}', 'spec must be a mapping'],
  ['{kind: ResourceRequest, metadata: 3}', 'metadata must be a mapping'],
])('%j is refused: %s', async (text, told) => {
  expect(await faults(text)).toContain(told);
});

test('where one request is meant there is one', async () => {
  await expect(parseManifest(`${OBJECT}---\n${OBJECT}`)).rejects.toMatchObject({
    faults: [{ code: 'E_MANIFEST_ONE', params: { count: 2 } }],
  });
});
