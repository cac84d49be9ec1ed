import type { JsonPatchOperation } from '../../kube/client.ts';
import { KubeError } from '../../kube/errors.ts';
import type { KubeObject, Stored } from '../../kube/types.ts';
import { CliError } from '../errors.ts';
import type { Hub } from '../hub/hub.ts';
import type { KindRef } from '../hub/kinds.ts';

/**
 * Adds one entry to an append-only list in an object's status, if what it is about is still as it was seen. Merge
 * patch and server-side apply on the list fail once somebody else has added to it; `add .../-` does not.
 *
 * @param seen values that must not have changed, by their path
 * @throws CliError E_CONFLICT when one has
 */
export async function appendToStatus<T extends KubeObject>(
  hub: Hub,
  kind: KindRef,
  object: Stored<T>,
  list: string,
  entry: object,
  seen: Readonly<Record<string, unknown>>,
  dryRun = false,
): Promise<Stored<T>> {
  const path = `/status/${list}`;
  const there = (object.status as Record<string, unknown> | undefined)?.[list] !== undefined;
  const operations: JsonPatchOperation[] = [
    ...Object.entries(seen).map(([at, value]) => ({ op: 'test' as const, path: at, value })),
    ...(there
      ? [{ op: 'add' as const, path: `${path}/-`, value: entry }]
      : [
          // The first entry makes the list: nobody else may have made it meanwhile.
          { op: 'test' as const, path: '/metadata/resourceVersion', value: object.metadata.resourceVersion },
          { op: 'add' as const, path, value: [entry] },
        ]),
  ];
  try {
    return await hub.client.jsonPatch<T>(kind, object.metadata, operations, {
      subresource: 'status',
      dryRun,
    });
  } catch (error) {
    if (isFailedTest(error)) throw new CliError('E_CONFLICT', { name: object.metadata.name });
    throw error;
  }
}

/** A patch whose `test` does not hold is answered like content that is not valid. */
function isFailedTest(error: unknown): boolean {
  return (
    error instanceof KubeError && error.status === 422 && /\btest(ing)?\b.*\bfailed\b/i.test(error.message)
  );
}
