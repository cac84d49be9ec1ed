import type { ResourceRequest } from '../../api/v1alpha1/index.ts';
import type { Difference, PlacementRecord } from '../../domain/placement/record.ts';
import type { Stored } from '../../kube/types.ts';
import { CliError } from '../errors.ts';
import type { Hub } from '../hub/hub.ts';
import { getReport, listReport } from '../hub/reports.ts';
import { labelOf, showRequest } from './requests/read.ts';

/** How the pool of a request was chosen: the form for machines is kept stable. */
export interface PlacementAnswer {
  readonly apiVersion: 'cli.govcloud.dev/v1';
  readonly kind: 'RequestPlacement';
  readonly request: string;
  readonly namespace: string;
  readonly serial?: string;
  /** The hold that was taken on it; its time is when it was decided, RFC 3339. */
  readonly hold: {
    readonly id: string;
    readonly generation: number;
    readonly attempt: number;
    readonly state: string;
    readonly createdAt: string;
  };
  readonly placement: PlacementRecord;
  /** Only when it was decided again: what comes out otherwise. */
  readonly differences?: readonly Difference[];
}

/**
 * The placement that a request's newest hold was taken on, as the books keep it.
 * @param replay also decides again on what is kept
 * @throws CliError E_PLACEMENT_NONE, E_REPORTS_ABSENT
 */
export async function placementOf(hub: Hub, name: string, replay: boolean): Promise<PlacementAnswer> {
  const request: Stored<ResourceRequest> = await showRequest(hub, name);
  const { namespace = '', uid } = request.metadata;
  const holds = await listReport(hub, 'holds', { namespace, query: { requestUid: uid } });
  const last = holds.at(-1);
  const hold = last && (await getReport(hub, 'holds', last.metadata.name, { namespace }));
  const placement = hold?.document.placement as PlacementRecord | undefined;
  if (!hold || !placement) throw new CliError('E_PLACEMENT_NONE', { request: labelOf(request) });
  const { serial } = request.status ?? {};
  const { generation, attempt, state, createdAt } = hold;
  const answer = {
    apiVersion: 'cli.govcloud.dev/v1' as const,
    kind: 'RequestPlacement' as const,
    request: request.metadata.name,
    namespace,
    ...(serial === undefined ? {} : { serial }),
    hold: { id: hold.metadata.name, generation, attempt, state, createdAt },
    placement,
  };
  if (!replay) return answer;
  const { replayPlacement } = await import('../../domain/placement/record.ts');
  return { ...answer, differences: replayPlacement(placement) };
}
