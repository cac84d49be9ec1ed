import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { CatalogItem } from '../../../api/v1alpha1/index.ts';
import { loadCity } from '../../../stacks/city.ts';
import { parseLines } from './lines.ts';

const items = loadCity(join(import.meta.dirname, '../../../stacks/shanwei')).manifests.filter(
  ({ kind }) => kind === 'CatalogItem',
) as unknown as CatalogItem[];

test('values are numbers where the item says so and texts elsewhere', () => {
  expect(parseLines(['vm=6:vcpu=8,memoryGiB=32,diskGiB=200,os=kylin-v10'], items)).toEqual([
    {
      name: 'vm',
      item: 'vm',
      quantity: 6,
      parameters: { vcpu: 8, memoryGiB: 32, diskGiB: 200, os: 'kylin-v10' },
    },
  ]);
});

test('lines of one item get names of their own', () => {
  const names = parseLines(['vm=1', 'vm=2', 'container-namespace=1', 'vm=3'], items).map(({ name }) => name);
  expect(names).toEqual(['vm', 'vm-2', 'container-namespace', 'vm-3']);
});

test('what the item does not know stays a text, for the check that tells all faults', () => {
  expect(parseLines(['vm=1:cpus=8'], items)[0]?.parameters).toEqual({ cpus: '8' });
});

test.each([
  ['vm', 'E_ITEM_SYNTAX'],
  ['vm=x', 'E_ITEM_SYNTAX'],
  ['vm=1:vcpu', 'E_PARAMETER_SYNTAX'],
  ['vmm=1', 'E_NOT_FOUND'],
])('%s is refused with %s', (text, code) => {
  expect(() => parseLines([text], items)).toThrow(
    expect.objectContaining({ faults: [expect.objectContaining({ code })] }),
  );
});

test('a name that nearly fits is suggested', () => {
  expect(() => parseLines(['postgres=1'], items)).toThrow(
    expect.objectContaining({ suggestions: ['postgresql'] }),
  );
});
