import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { z } from 'zod';

const grants = z.record(z.string(), z.record(z.string(), z.array(z.string()).min(1)));

const role = z.strictObject({
  bound: z.array(z.enum(['namespace', 'cluster'])).min(1),
  account: z.string().optional(),
  grants,
  system: grants.optional(),
  named: z
    .record(z.string(), z.record(z.string(), z.record(z.string(), z.array(z.string()).min(1))))
    .optional(),
  binds: z.array(z.string()).optional(),
});

/** What a role may do: API group -> resource or `resource/subresource` -> verbs. */
export type Grants = z.infer<typeof grants>;
export type RoleEntry = z.infer<typeof role>;

/** The matrix of `roles.yaml`, by ClusterRole; the fields are explained there. */
export function loadRoles(): Readonly<Record<string, RoleEntry>> {
  return z
    .record(z.string(), role)
    .parse(load(readFileSync(join(import.meta.dirname, 'roles.yaml'), 'utf8')));
}
