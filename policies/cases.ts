import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { z } from 'zod';
import { ADMISSION_DIR } from './admission.ts';

/**
 * Cases of an admission policy, `admission/<name>.cases.yaml`: what it lets through and what it refuses.
 *
 * A case takes some steps to set its scene, all of which must succeed, and then one step that is let through or
 * refused. In all strings `${ns}` stands for the case's own namespace and `${id}` for a word of its own, for names
 * of cluster-wide objects.
 */

/** A JSON merge patch, or the operations of a JSON Patch. */
const change = z.union([z.record(z.string(), z.unknown()), z.array(z.record(z.string(), z.unknown()))]);

const VERBS = ['create', 'update', 'patch', 'status', 'delete'] as const;
export type Verb = (typeof VERBS)[number];

const step = z
  .strictObject({
    /** A name of `case-people.yaml`, `operator`, or `admin`, a member of system:masters. */
    as: z.string(),
    /** One of these names an object of the file. `update` reads it, merges `with` into it and writes it whole. */
    create: z.string().optional(),
    update: z.string().optional(),
    patch: z.string().optional(),
    status: z.string().optional(),
    delete: z.string().optional(),
    /** For `create` and `update` a merge patch over the object; else what is sent. */
    with: change.optional(),
  })
  .refine((it) => VERBS.filter((verb) => it[verb] !== undefined).length === 1, {
    message: `a step does one of ${VERBS.join(', ')}`,
  });
export type Step = z.infer<typeof step>;

const object = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
});

const objects = z.record(z.string(), object);

const policyCase = z
  .strictObject({
    name: z.string().min(1),
    given: z.array(step).optional(),
    when: step,
    /** Codes of the validations that it passes. */
    allow: z.array(z.string()).min(1).optional(),
    /** Code of the validation that refuses it. */
    deny: z.string().optional(),
    /** A part of that refusal, where its text is an expression. */
    says: z.string().optional(),
    /** A part of the refusal, where it is the API server's own and has no code of ours. */
    refusal: z.string().optional(),
  })
  .refine((it) => [it.allow, it.deny, it.refusal].filter((outcome) => outcome !== undefined).length === 1, {
    message: 'a case has one of allow, deny, refusal',
  });
export type PolicyCase = z.infer<typeof policyCase>;

const caseFile = z.strictObject({
  objects,
  /** Steps that come before those of each case. */
  given: z.array(step).optional(),
  cases: z.array(policyCase).min(1),
});
export type CaseFile = z.infer<typeof caseFile>;

/**
 * The cases of a policy; their objects include those of `case-objects.yaml`, which several policies share.
 * @throws Error naming the file and what is wrong in it
 */
export function loadCases(policy: string): CaseFile {
  const cases = read(join(ADMISSION_DIR, `${policy}.cases.yaml`), caseFile);
  const shared = read(join(import.meta.dirname, 'case-objects.yaml'), objects);
  return { ...cases, objects: { ...shared, ...cases.objects } };
}

function read<T extends z.ZodType>(file: string, schema: T): z.infer<T> {
  const parsed = schema.safeParse(load(readFileSync(file, 'utf8')));
  if (!parsed.success) throw new Error(`${file}: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** What a step does, and the short name of the object that it does it to. */
export function deedOf(step: Step): { readonly verb: Verb; readonly object: string } {
  const verb = VERBS.find((it) => step[it] !== undefined) as Verb;
  return { verb, object: step[verb] as string };
}

/** Roles, by person, of the people who appear in cases. */
export function loadCasePeople(): Readonly<Record<string, readonly string[]>> {
  return read(join(import.meta.dirname, 'case-people.yaml'), z.record(z.string(), z.array(z.string())));
}

/** The value with `${ns}` and `${id}` filled in, in all its strings and keys. */
export function fill<T>(value: T, words: { readonly ns: string; readonly id: string }): T {
  if (typeof value === 'string') {
    return value.replace(/\$\{(ns|id)\}/g, (_, word: 'ns' | 'id') => words[word]) as T;
  }
  if (Array.isArray(value)) return value.map((item) => fill(item, words)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const filled = Object.entries(value).map(([key, item]) => [fill(key, words), fill(item, words)]);
  return Object.fromEntries(filled) as T;
}

/** RFC 7396: members of `patch` replace those of `target`, null removes, objects merge. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged: Record<string, unknown> = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
