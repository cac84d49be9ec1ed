import { resourceOf } from '../../../api/kind.ts';
import { MemberCluster } from '../../../api/v1alpha1/index.ts';
import { settleConditions, type WantedCondition } from '../../../domain/conditions.ts';
import { sameJson } from '../../../domain/same.ts';
import { infrastructureConditions } from '../../../messages/infrastructure.ts';
import { isUnreachable } from '../../adapters/members.ts';
import type { Term } from '../../term.ts';

/** A member that has been seen is written down at most this often: a heartbeat is no news. Seen in the future, a clock was wrong. */
const LAST_SEEN_MS = 60_000;

/** Asks a member whether it answers, and says so. */
export async function reconcileMemberCluster(
  { hub, members, clock, settings }: Term,
  key: string,
  onReadinessChanged: () => void,
): Promise<{ requeueAfterMs: number } | undefined> {
  const member = hub.clusters.get(key);
  if (!member) return undefined;
  let version: string | undefined;
  let problem = '';
  try {
    const client = await members.client(key);
    version = (await client.raw<{ gitVersion: string }>('/version', { timeoutMs: 5_000 })).gitVersion;
  } catch (error) {
    if (!isUnreachable(error)) throw error;
    problem = error.message;
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
    await hub.client.replaceStatus(resourceOf(MemberCluster), { ...member, status });
    const before = member.status?.conditions?.find(({ type }) => type === 'Ready')?.status;
    if (before !== ready.status) onReadinessChanged();
  }
  return { requeueAfterMs: settings.memberProbeMs };
}
