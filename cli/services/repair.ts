import type { Repair } from '../../api/v1alpha1/index.ts';
import type { Stored } from '../../kube/types.ts';
import { CliError } from '../errors.ts';
import type { Hub } from '../hub/hub.ts';
import * as kinds from '../hub/kinds.ts';
import { watchObjects } from './objects.ts';

/** So long the operator may take to compare hub and books. */
const PLAN_MS = 60_000;

/**
 * Asks for hub and books to be brought together again, and waits for the plan.
 * @throws CliError E_REPAIR_UNPLANNED when the operator makes none
 */
export async function askForRepair(hub: Hub, reason: string): Promise<Stored<Repair>> {
  const made = await hub.client.create<Repair>(kinds.repairs, {
    apiVersion: 'govcloud.dev/v1alpha1',
    kind: 'Repair',
    metadata: { generateName: 'repair-' } as unknown as Repair['metadata'],
    spec: { requester: await hub.whoAmI(), reason },
  });
  const { name } = made.metadata;
  const { resourceVersion } = made.metadata;
  const signal = AbortSignal.timeout(PLAN_MS);
  const from = [{ namespace: undefined, items: [made], resourceVersion }];
  try {
    for await (const { object } of watchObjects<Repair>(hub, kinds.repairs, from, { name, signal }))
      if (object.status?.state !== undefined) return object;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  throw new CliError('E_REPAIR_UNPLANNED', { name });
}
