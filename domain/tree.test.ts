import { expect, test } from 'vitest';
import type { Organization } from '../api/v1alpha1/index.ts';
import { treeOf } from './tree.ts';

function organization(name: string, ...parents: [code: string, from: string][]): Organization {
  return {
    apiVersion: 'govcloud.dev/v1alpha1',
    kind: 'Organization',
    metadata: { name },
    spec: {
      name: { zh: name },
      type: parents.length === 0 ? 'city' : 'department',
      parents: parents.map(([code, from]) => ({ code, from })),
      budgetUnit: true,
    },
  };
}

const all = [
  organization('moved', ['city', '2020-01-01'], ['county', '2026-06-01']),
  organization('health', ['city', '2020-01-01']),
  organization('county', ['city', '2020-01-01']),
  organization('city'),
  organization('orphan', ['gone', '2020-01-01']),
];
const shape = (day: string) =>
  treeOf(all, day).map(({ organization: { metadata }, depth }) => `${'>'.repeat(depth)}${metadata.name}`);

test('the tree of a day, children by code, and nobody left out', () => {
  expect(shape('2026-01-01')).toEqual(['city', '>county', '>health', '>moved', 'orphan']);
  expect(shape('2026-11-24')).toEqual(['city', '>county', '>>moved', '>health', 'orphan']);
});

test('a circle ends', () => {
  const circle = [
    organization('a', ['b', '2020-01-01']),
    organization('b', ['a', '2020-01-01']),
    organization('city'),
  ];
  expect(treeOf(circle, '2026-01-01').map(({ organization: { metadata } }) => metadata.name)).toEqual([
    'city',
  ]);
});
