import { loadAll } from 'js-yaml';
import { expect, test } from 'vitest';
import {
  admissionFor,
  codeOf,
  loadPolicies,
  loadPolicy,
  REVIEW_POLICY,
  staticManifest,
} from './admission.ts';

test('every hub gets everything as objects, one that can hold the review rule itself that one too', () => {
  const own = admissionFor({ staticReview: true });
  expect(own.manifests.map(({ file }) => file)).toEqual([`${REVIEW_POLICY}.yaml`]);
  expect(own.objects).toHaveLength(2 * loadPolicies().length);
  const other = admissionFor({ staticReview: false });
  expect(other.manifests).toEqual([]);
  expect(other.objects).toEqual(own.objects);
});

test('the static form keeps the rule and renames policy and binding', () => {
  const source = loadPolicy(REVIEW_POLICY);
  const [policy, binding] = loadAll(staticManifest(source).yaml) as [
    typeof source.policy,
    typeof source.binding,
  ];
  const name = `govcloud-${REVIEW_POLICY}.static.k8s.io`;
  expect(policy).toEqual({ ...source.policy, metadata: { name } });
  expect(binding).toEqual({
    ...source.binding,
    metadata: { name },
    spec: { ...source.binding.spec, policyName: name },
  });
});

test('a policy with parameters has no static form', () => {
  expect(() => staticManifest(loadPolicy('mlps-item'))).toThrow('no static form');
});

test('the code is what a message starts with', () => {
  expect(codeOf('E_STEP_NOT_OPEN: 未开放 / not open')).toBe('E_STEP_NOT_OPEN');
  expect(codeOf('未开放 E_STEP_NOT_OPEN: x')).toBeUndefined();
});
