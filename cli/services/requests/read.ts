import type { ClosedRequest } from '../../../api/reports/index.ts';
import type { ResourceRequest } from '../../../api/v1alpha1/index.ts';
import { KubeError } from '../../../kube/errors.ts';
import type { Stored } from '../../../kube/types.ts';
import { CliError } from '../../errors.ts';
import { findRequest, isSerial } from '../../hub/find.ts';
import type { Hub } from '../../hub/hub.ts';
import * as kinds from '../../hub/kinds.ts';
import { listReport } from '../../hub/reports.ts';

/** How a request is called when people speak of it. */
export function labelOf(request: {
  metadata: { name: string };
  status?: { serial?: string | undefined } | undefined;
}): string {
  return request.status?.serial ?? request.metadata.name;
}

/** A request as it stands, or as the books keep it once it is closed and gone. */
export async function showRequest(hub: Hub, name: string): Promise<Stored<ResourceRequest>> {
  try {
    return await findRequest(hub, name);
  } catch (error) {
    const closed = isNotFound(error) ? await closedRequest(hub, name) : undefined;
    if (closed) return closed;
    throw error;
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof CliError && error.faults[0]?.code === 'E_NOT_FOUND';
}

/** A closed request by its name or 受理编号, its last unless one is named by its uid. */
export async function closedRequest(
  hub: Hub,
  name: string,
  uid?: string,
): Promise<Stored<ResourceRequest> | undefined> {
  const serial = isSerial(name) ? name.toUpperCase() : undefined;
  try {
    const closed = await listReport(hub, 'closedrequests', {
      namespace: hub.namespace,
      query: serial === undefined ? { fieldSelector: `metadata.name=${name}` } : { serial },
    });
    const last = closed.findLast((it) => uid === undefined || it.uid === uid);
    return last && objectOf(last);
  } catch (error) {
    // Whoever may not look into the books, or cannot now, is told that it is not in the hub.
    if (error instanceof KubeError || error instanceof CliError) return undefined;
    throw error;
  }
}

/** Requests that are over, as the books keep them, in the order of their closing; the hub forgets them after a while. */
export async function closedRequests(hub: Hub): Promise<Stored<ResourceRequest>[]> {
  const { namespace } = hub;
  return (await listReport(hub, 'closedrequests', namespace === undefined ? {} : { namespace })).map(
    objectOf,
  );
}

/** The object that the books took a copy of. */
function objectOf({ document }: ClosedRequest): Stored<ResourceRequest> {
  const { group, version, kind } = kinds.resourceRequests;
  return { apiVersion: `${group}/${version}`, kind, ...(document as object) } as Stored<ResourceRequest>;
}
