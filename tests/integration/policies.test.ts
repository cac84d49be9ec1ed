import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AdmissionPolicy, loadPolicies } from '../../policies/admission.ts';
import { fill, loadCases } from '../../policies/cases.ts';
import type { Cluster } from '../../tools/localcity/cluster.ts';
import { openTestCity } from '../support/clusters.ts';
import { ALLOWED, type Cast, reach, setScene, startRuledHub } from '../support/ruled-hub.ts';

const policies = loadPolicies();
const city = openTestCity();
afterAll(() => city.stop());

/**
 * Every policy is run in the form of API objects, and each that can be a static manifest in that form too. A hub may
 * mix the forms as it likes: each policy stands alone.
 */
describe.each([
  { form: 'objects', isStatic: (_: AdmissionPolicy) => false },
  { form: 'static manifests', isStatic: ({ policy }: AdmissionPolicy) => !policy.spec.paramKind },
])('admission policies as $form', ({ form, isStatic }) => {
  let hub: Cluster;
  let people: Cast;

  beforeAll(async () => {
    ({ hub, people } = await startRuledHub(city, `hub-${form.split(' ')[0]}`, isStatic));
  }, 180_000);

  afterAll(async () => {
    people?.close();
    await hub?.stop();
  });

  describe.each(policies)('$name', (policy) => {
    const file = loadCases(policy.name);
    const policyName = `govcloud-${policy.name}${isStatic(policy) ? '.static.k8s.io' : ''}`;
    const messages = policy.policy.spec.validations.map((it) => it.message);

    test.each(file.cases.map((it, index) => ({ ...it, index })))(
      '$name',
      async (it) => {
        const scene = await setScene(people, file, it, `${policy.name}-${it.index}`);
        const message = messages.find((text) => text.startsWith(`${it.deny}: `));
        const matches = (outcome: string) => {
          if (it.allow) return outcome === ALLOWED;
          if (it.refusal) return outcome.includes(it.refusal);
          if (!outcome.includes(`'${policyName}'`)) return false;
          return it.says === undefined
            ? outcome.endsWith(`denied request: ${message}`)
            : outcome.includes(`denied request: ${it.deny}: `) &&
                outcome.includes(fill(it.says, scene.words));
        };
        // A wrong refusal may be one that passes (a role or a parameter not seen yet); letting through what must be
        // refused passes only where a parameter was not seen yet.
        const mayPass = (outcome: string) =>
          outcome !== ALLOWED || policy.policy.spec.paramKind !== undefined;
        await reach(scene.attempt, (outcome) => matches(outcome) || !mayPass(outcome));
        const outcome = await scene.act();
        expect(matches(outcome), `${it.deny ?? it.refusal ?? ALLOWED} expected, got: ${outcome}`).toBe(true);
      },
      60_000,
    );
  });
});
