import { resourceOf } from '../../../api/kind.ts';
import { MemberCluster } from '../../../api/v1alpha1/index.ts';
import { settleConditions, type WantedCondition } from '../../../domain/conditions.ts';
import { sameJson } from '../../../domain/same.ts';
import { ALLOCATION_LABEL } from '../../../domain/allocation/objects.ts';
import { infrastructureConditions } from '../../../messages/infrastructure.ts';
import { CONFIG_MAPS } from '../../adapters/hub.ts';
import { isOfMember, problemOf } from '../../adapters/members.ts';
import { writeStatus } from '../../status.ts';
import type { Term } from '../../term.ts';

/** A member that has been seen is written down at most this often: a heartbeat is no news. Seen in the future, a clock was wrong. */
export const LAST_SEEN_MS = 60_000;

const MAX_VERSION_LENGTH = 40;

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
  let version: string | undefined;
  let problem = '';
  try {
    const client = await members.client(key);
    const [said] = await Promise.all([
      client.raw<{ gitVersion?: unknown } | null>('/version'),
      client.page(CONFIG_MAPS, { labelSelector: ALLOCATION_LABEL, pageSize: 1 }),
    ]);
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
  const seen = member.status?.lastSeen;
  const stale = seen === undefined || Math.abs(now - Date.parse(seen)) >= LAST_SEEN_MS;
  const lastSeen = version !== undefined && stale ? new Date(now).toISOString() : seen;
  const known = version ?? member.status?.kubernetesVersion;
  const generation = member.metadata.generation ?? 0;
  const status = {
    ...(known === undefined ? {} : { kubernetesVersion: known }),
    ...(lastSeen === undefined ? {} : { lastSeen }),
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
