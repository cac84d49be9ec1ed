import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';

/** Roles, the system's own accounts and their bindings: what no person is named in. */

export interface RbacObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** What a hub gets, and what a member cluster gets; namespaces and accounts come first. */
export function rbacObjects(cluster: 'hub' | 'member'): readonly RbacObject[] {
  const dir = join(import.meta.dirname, 'rbac', cluster);
  return readdirSync(dir)
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .flatMap((file) => loadAll(readFileSync(join(dir, file), 'utf8')) as RbacObject[]);
}
