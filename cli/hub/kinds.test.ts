import { expect, test } from 'vitest';
import { resourceOf } from '../../api/kind.ts';
import { KINDS, namespaceOf } from '../../api/v1alpha1/index.ts';
import * as kinds from './kinds.ts';

const ours = Object.values(kinds).filter(
  (it): it is kinds.KindRef => typeof it === 'object' && it.group !== '',
);

test.each(ours)('$kind is served where its declaration says', ({ kind, ...resource }) => {
  const declared = KINDS.find((it) => it.kind === kind);
  expect(declared && resourceOf(declared)).toEqual(resource);
});

test('an organisation’s namespace is known by its form', () => {
  expect(kinds.isOrganizationNamespace(namespaceOf('441500-wjj'))).toBe(true);
  expect(kinds.isOrganizationNamespace('default')).toBe(false);
});
