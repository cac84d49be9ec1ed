/**
 * Shapes that every Kubernetes API server speaks. Objects stay the plain JSON that the server sent: a field that
 * no type here names is kept and sent back.
 */

/** Names one resource of an API server, as its path does. The core group is ''. */
export interface ResourceRef {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

/** Names one object of a resource; any object's metadata will do. */
export interface ObjectName {
  readonly name: string;
  readonly namespace?: string;
}

interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

/** Metadata as somebody writes it. */
interface ObjectMeta {
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: OwnerReference[];
}

export interface KubeObject<Spec = unknown, Status = unknown> {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec?: Spec;
  status?: Status;
}

/** What the server adds to an object's metadata when it stores it. */
interface StoredMeta {
  uid: string;
  resourceVersion: string;
  creationTimestamp: string;
}

/** An object as a server answers it. */
export type Stored<T extends KubeObject> = T & { metadata: StoredMeta };

export interface KubeList<T extends KubeObject> {
  readonly items: Stored<T>[];
  /** Where a watch goes on from here. */
  readonly resourceVersion: string;
}

/** A list as the server answers it, whole or a part of it. */
export interface ListPage<T extends KubeObject> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: Stored<T>[] | null;
}

/** A change that a watch reports. A bookmark carries nothing but how far the watch has come. */
export type WatchEvent<T extends KubeObject> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: Stored<T> }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string };

/** One field's fault in a refused object. */
export interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

/** `meta/v1 Status`: how a server words a failure. */
export interface KubeStatus {
  readonly kind: 'Status';
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly details?: {
    readonly name?: string;
    readonly kind?: string;
    readonly group?: string;
    readonly causes?: readonly StatusCause[];
    readonly retryAfterSeconds?: number;
  };
}
