/**
 * Static checks of the admission policies, for `npm run verify`: each is bound to deny and fails closed, each of its
 * validations has a code and both languages, stays within what an expression may cost, and has a case that it lets
 * through and one that it refuses. Prints what is wrong, a line each, and then exits with 1.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { API_VERSION } from '../api/kind.ts';
import { KINDS } from '../api/v1alpha1/index.ts';
import { ADMISSION_DIR, type AdmissionPolicy, admissionNames, codeOf, loadPolicy } from './admission.ts';
import { type CaseFile, deedOf, fill, loadCasePeople, loadCases, type Step } from './cases.ts';

/** The API server gives one expression the cost of two authorizer checks and a bit more. */
const MAX_AUTHORIZER_CHECKS = 2;

const MESSAGE = /^E_[A-Z_]+: [^/]*\p{Script=Han}[^/]* \/ [\x20-\x7e’]+$/u;

export function policyProblems({ name, policy, binding }: AdmissionPolicy): string[] {
  const { spec } = policy;
  const expected = `govcloud-${name}`;
  const variables = new Map((spec.variables ?? []).map((it) => [it.name, it.expression]));
  const codes = spec.validations.map((it) => codeOf(it.message));
  return [
    ...(policy.metadata.name === expected ? [] : [`the policy is not called ${expected}`]),
    ...(binding.metadata.name === expected && binding.spec.policyName === expected
      ? []
      : [`the binding is not called ${expected}, or binds another policy`]),
    ...(spec.failurePolicy === 'Fail' ? [] : ['failurePolicy is not Fail']),
    ...(binding.spec.validationActions.join() === 'Deny' ? [] : ['validationActions are not [Deny]']),
    ...(Boolean(spec.paramKind) === Boolean(binding.spec.paramRef)
      ? []
      : ['paramKind without paramRef, or the other way round']),
    ...spec.validations
      .filter((it) => !MESSAGE.test(it.message))
      .map((it) => `message is not "E_CODE: 中文 / English": ${it.message}`),
    ...spec.validations
      .filter((it) => it.messageExpression?.startsWith(`'${codeOf(it.message)}: `) === false)
      .map((it) => `messageExpression does not start with the code of its message: ${it.message}`),
    ...spec.validations
      .filter((it) => authorizerChecks(it.expression, variables) > MAX_AUTHORIZER_CHECKS)
      .map((it) => `more than ${MAX_AUTHORIZER_CHECKS} authorizer checks: ${it.message}`),
    ...codes
      .filter((code, index) => code && codes.indexOf(code) !== index)
      .map((code) => `two validations are ${code}`),
  ];
}

/** Authorizer checks in an expression and in the variables that it reads, directly or not. */
function authorizerChecks(expression: string, variables: ReadonlyMap<string, string>): number {
  const reached = new Set<string>();
  const visit = (text: string): number => {
    let count = text.match(/\bauthorizer\b/g)?.length ?? 0;
    for (const [, variable = ''] of text.matchAll(/\bvariables\.(\w+)/g)) {
      if (reached.has(variable)) continue;
      reached.add(variable);
      count += visit(variables.get(variable) ?? '');
    }
    return count;
  };
  return visit(expression);
}

export function caseProblems(
  { policy }: AdmissionPolicy,
  file: CaseFile,
  people: Readonly<Record<string, readonly string[]>>,
): string[] {
  const codes = new Set(policy.spec.validations.map((it) => codeOf(it.message) ?? it.message));
  const allowed = new Set(file.cases.flatMap((it) => it.allow ?? []));
  const denied = new Set(file.cases.flatMap((it) => it.deny ?? []));
  const names = file.cases.map((it) => it.name);
  const steps = stepsOf(file);
  const expressed = new Set(
    policy.spec.validations.filter((it) => it.messageExpression).map((it) => codeOf(it.message)),
  );
  return [
    ...[...codes]
      .filter((code) => !allowed.has(code))
      .map((code) => `${code} has no case that it lets through`),
    ...[...codes].filter((code) => !denied.has(code)).map((code) => `${code} has no case that it refuses`),
    ...[...allowed, ...denied].filter((code) => !codes.has(code)).map((code) => `no validation is ${code}`),
    ...file.cases
      .filter((it) => expressed.has(it.deny) !== (it.says !== undefined))
      .map((it) => `says is for refusals whose text is an expression, and for each of them: ${it.name}`),
    ...names
      .filter((name, index) => names.indexOf(name) !== index)
      .map((name) => `two cases are called ${name}`),
    ...steps
      .map((step) => deedOf(step).object)
      .filter((name) => !(name in file.objects))
      .map((name) => `no object is called ${name}`),
    ...steps.filter(({ as }) => !isKnown(as, people)).map(({ as }) => `nobody is called ${as}`),
  ];
}

function stepsOf(file: CaseFile): readonly Step[] {
  return [...(file.given ?? []), ...file.cases.flatMap((it) => [...(it.given ?? []), it.when])];
}

/** Objects of our kinds that their kind would not take; without a server, so that a changed kind shows at once. */
export function objectProblems(file: CaseFile): string[] {
  const used = new Set(stepsOf(file).map((step) => deedOf(step).object));
  const objects = fill(file.objects, { ns: 'gov-case', id: 'case' });
  return Object.entries(objects).flatMap(([name, object]) => {
    if (!used.has(name)) return [];
    const kind = KINDS.find((it) => it.kind === object.kind && object.apiVersion === API_VERSION);
    const parsed = kind?.spec.safeParse(object['spec']);
    return parsed?.error ? [`object ${name}: ${z.prettifyError(parsed.error)}`] : [];
  });
}

function isKnown(as: string, people: Readonly<Record<string, readonly string[]>>): boolean {
  return as === 'admin' || as === 'operator' || as in people;
}

function main(): void {
  const people = loadCasePeople();
  const names = admissionNames();
  const problems = names.flatMap((name) => {
    const policy = loadPolicy(name);
    if (!existsSync(join(ADMISSION_DIR, `${name}.cases.yaml`))) return [`${name}: no cases`];
    const cases = loadCases(name);
    return [...policyProblems(policy), ...caseProblems(policy, cases, people), ...objectProblems(cases)].map(
      (it) => `${name}: ${it}`,
    );
  });
  for (const file of readdirSync(ADMISSION_DIR)) {
    const [name = ''] = file.split('.');
    if (!names.includes(name)) problems.push(`${file}: belongs to no policy`);
  }
  for (const problem of problems) process.stderr.write(`policies/admission/${problem}\n`);
  if (problems.length > 0) process.exitCode = 1;
  else
    process.stdout.write(`${names.length} admission policies, each validation with allow and deny cases\n`);
}

if (import.meta.main) main();
