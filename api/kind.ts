import { z } from 'zod';

/**
 * How a kind is declared. One declaration gives the TypeScript types, the CustomResourceDefinition with its CEL
 * rules, the JSON schema and the reference page; `npm run generate` writes the last three.
 */
export interface Kind<Spec extends z.ZodType = z.ZodType, Status extends z.ZodType = z.ZodType> {
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly namespaced: boolean;
  /** One sentence in Chinese and English, shown by `kubectl explain` and in the reference. */
  readonly description: string;
  readonly spec: Spec;
  readonly status: Status;
  readonly columns: readonly PrinterColumn[];
  /** CEL rules over the whole object; rules of a field stand at the field. */
  readonly rules?: readonly CelRule[];
}

export interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date' | 'boolean';
  readonly jsonPath: string;
  /** Columns above 0 appear only with `-o wide`. */
  readonly priority?: number;
}

export interface CelRule {
  readonly rule: string;
  readonly message: string;
}

export const GROUP = 'govcloud.dev';
export const VERSION = 'v1alpha1';
export const API_VERSION = `${GROUP}/${VERSION}`;

export interface ObjectMeta {
  name: string;
  namespace?: string;
  generateName?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  finalizers?: string[];
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: { apiVersion: string; kind: string; name: string; uid: string }[];
}

/** An object of a declared kind. */
export interface ObjectOf<K extends Kind> {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec: z.infer<K['spec']>;
  status?: z.infer<K['status']>;
}

export function defineKind<Spec extends z.ZodType, Status extends z.ZodType>(
  kind: Kind<Spec, Status>,
): Kind<Spec, Status> {
  return Object.freeze(kind);
}

/** Adds CEL rules to a schema of a field. */
export function rules(...list: readonly CelRule[]): { 'x-kubernetes-validations': readonly CelRule[] } {
  return { 'x-kubernetes-validations': list };
}

/** Where the API server serves a kind. */
export function resourceOf(kind: Kind): {
  group: string;
  version: string;
  plural: string;
  namespaced: boolean;
} {
  return { group: GROUP, version: VERSION, plural: kind.plural, namespaced: kind.namespaced };
}
