import { resourceOf } from '../../../api/kind.ts';
import { MemberCluster } from '../../../api/v1alpha1/index.ts';
import { settleConditions, type WantedCondition } from '../../../domain/conditions.ts';
import { sameJson } from '../../../domain/same.ts';
import { ALLOCATION_LABEL } from '../../../domain/allocation/objects.ts';
import { infrastructureConditions } from '../../../messages/infrastructure.ts';
import { type MemberNode, nodeGroups } from '../../../domain/placement/nodes.ts';
import type { KubeClient } from '../../../kube/client.ts';
import type { KubeObject } from '../../../kube/types.ts';
import { CONFIG_MAPS, NODES } from '../../adapters/hub.ts';
import { isOfMember, problemOf } from '../../adapters/members.ts';
import { writeStatus } from '../../status.ts';
import type { Term } from '../../term.ts';

/** A member that has been seen is written down at most this often: a heartbeat is no news. Seen in the future, a clock was wrong. */
export const LAST_SEEN_MS = 60_000;

const MAX_VERSION_LENGTH = 40;

const NODES_A_PAGE = 100;
/** No Kubernetes is larger; a member that goes on for ever is not followed. */
const MAX_PAGES = 100;

/**
 * Asks a member whether it answers and lets the operator read, and says so. Its version alone would say neither that it
 * knows us nor that it has its objects.
 */
export async function reconcileMemberCluster(
  term: Term,
  key: string,
  onReadinessChanged: () => void,
): Promise<{ requeueAfterMs: number } | undefined> {
  const { hub, members, clock, settings } = term;
  const member = hub.clusters.get(key);
  if (!member) return undefined;
  const seen = member.status?.lastSeen;
  const isStale = () => seen === undefined || Math.abs(clock.now() - Date.parse(seen)) >= LAST_SEEN_MS;
  let version: string | undefined;
  let nodes = member.status?.nodes;
  let problem = '';
  try {
    const client = await members.client(key);
    const [said, shown] = await Promise.all([
      client.raw<{ gitVersion?: unknown } | null>('/version'),
      nodes === undefined || isStale() ? nodesOf(client) : undefined,
      client.page(CONFIG_MAPS, { labelSelector: ALLOCATION_LABEL, pageSize: 1 }),
    ]);
    if (shown) nodes = shown;
    if (typeof said?.gitVersion === 'string') version = said.gitVersion.slice(0, MAX_VERSION_LENGTH);
    else problem = '/version: gitVersion';
  } catch (error) {
    if (!isOfMember(error)) throw error;
    problem = problemOf(error);
  }
  const now = clock.now();
  const ready: Omit<WantedCondition, 'type'> =
    version === undefined
      ? {
          status: 'False',
          reason: 'NoAnswer',
          message: infrastructureConditions.memberSilent,
          params: { problem },
        }
      : {
          status: 'True',
          reason: 'Answers',
          message: infrastructureConditions.memberAnswers,
          params: { version },
        };
  const lastSeen = version !== undefined && isStale() ? new Date(now).toISOString() : seen;
  const known = version ?? member.status?.kubernetesVersion;
  const generation = member.metadata.generation ?? 0;
  const status = {
    ...(known === undefined ? {} : { kubernetesVersion: known }),
    ...(lastSeen === undefined ? {} : { lastSeen }),
    ...(nodes === undefined || nodes.length === 0 ? {} : { nodes }),
    conditions: settleConditions(
      member.status?.conditions,
      [{ type: 'Ready', ...ready }],
      new Date(now).toISOString(),
      generation,
    ),
    observedGeneration: generation,
  };
  if (!sameJson(member.status, status)) {
    await writeStatus(term, resourceOf(MemberCluster), member, status);
    const before = member.status?.conditions?.find(({ type }) => type === 'Ready')?.status;
    if (before !== ready.status) onReadinessChanged();
  }
  return { requeueAfterMs: settings.memberProbeMs };
}

/** Its nodes, page by page. Undefined where it shows none: it can be given work all the same, unlike one that is silent. */
async function nodesOf(client: KubeClient): Promise<ReturnType<typeof nodeGroups> | undefined> {
  const found: MemberNode[] = [];
  let next: string | undefined;
  try {
    for (let page = 0; page < MAX_PAGES; page++) {
      const { items, metadata } = await client.page<KubeObject & MemberNode>(NODES, {
        pageSize: NODES_A_PAGE,
        continue: next,
      });
      for (const { metadata: of, spec, status } of items ?? []) {
        // The rest of a node, such as its images, is most of it.
        const { allocatable, conditions, nodeInfo } = status ?? {};
        const { unschedulable } = spec ?? {};
        found.push({
          metadata: { labels: of.labels ?? {} },
          spec: { unschedulable },
          status: { allocatable, conditions, nodeInfo } as MemberNode['status'],
        });
      }
      next = metadata.continue;
      if (!next) break;
    }
  } catch (error) {
    if (!isOfMember(error)) throw error;
    return undefined;
  }
  return nodeGroups(found);
}
