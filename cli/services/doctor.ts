import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Allocation, MemberCluster } from '../../api/v1alpha1/index.ts';
import { HUB_LOG } from '../../domain/audit/hub-log.ts';
import type { Reason } from '../../domain/errors.ts';
import type { OperatorLease, RuleObject, ShownCredential } from '../../domain/doctor/judge.ts';
import { isKubeError } from '../../kube/errors.ts';
import { lifetimeOf } from '../../kube/lifetime.ts';
import { probe } from '../../kube/probe.ts';
import type { KubeObject, ResourceRef } from '../../kube/types.ts';
import type { doctorChecks } from '../../messages/doctor.ts';
import type { Hub } from '../hub/hub.ts';
import * as kinds from '../hub/kinds.ts';
import { listReport, readReport } from '../hub/reports.ts';
import { verification } from './reports.ts';

/** What one look found: nothing to do, something to do, or that the caller may not look. */
export interface Finding {
  readonly check: keyof typeof doctorChecks;
  readonly state: 'ok' | 'fault' | 'skipped';
  readonly reasons: readonly Reason[];
  /** Why it could not be looked at. */
  readonly error?: Error;
}

const SYSTEM = 'govcloud-system';
const LEASE = 'govcloud-operator';
/** So many of the last things that became of the hub's audit log are looked at. */
const HUB_LOG_STATES = 20;

function resource(group: string, plural: string, namespaced = false): ResourceRef {
  return { group, version: 'v1', plural, namespaced };
}

const RULES = [
  {
    kind: 'ValidatingAdmissionPolicy',
    resource: resource('admissionregistration.k8s.io', 'validatingadmissionpolicies'),
  },
  {
    kind: 'ValidatingAdmissionPolicyBinding',
    resource: resource('admissionregistration.k8s.io', 'validatingadmissionpolicybindings'),
  },
] as const;
const LEASES = resource('coordination.k8s.io', 'leases', true);

/** What is on its way from the books to the hub is not missing: it is looked at again after so long. */
const ON_ITS_WAY_MS = 5_000;

/**
 * Looks at everything that keeps a city running, and goes on where it may not look or nobody answers.
 * @param dir the folder of a local city, if there is one
 */
export async function examine(hub: Hub, dir: string, now: string): Promise<readonly Finding[]> {
  const judge = await import('../../domain/doctor/judge.ts');
  const { access } = hub.client;
  const probed = probe(access).then((it) => ({ ...it, since: performance.now() }));
  // Who asks for it is told why it failed.
  probed.catch(() => {});
  /** The hub's clock, as it went on since it was asked. */
  const hubNow = async () => {
    const { at, since } = await probed;
    return new Date(Date.parse(at) + performance.now() - since).toISOString();
  };
  const looks: Readonly<Record<Finding['check'], () => Promise<readonly Reason[]>>> = {
    hub: async () => {
      const { certificateUntil } = await probed;
      await hub.whoAmI();
      const lifetime = await lifetimeOf(access);
      return [
        ...judge.judgeToken(lifetime && new Date(lifetime.until).toISOString(), now),
        ...judge.judgeCertificate(access.server.origin, certificateUntil, now),
      ];
    },
    clock: async () => {
      const { asOf = now } = await readReport(hub, 'capacity');
      const reference = { reference: access.server.host, referenceAt: await hubNow() };
      return [
        { whose: 'PostgreSQL', at: asOf },
        { whose: 'localhost', at: new Date().toISOString() },
      ].flatMap((clock) => judge.judgeClock({ ...clock, ...reference }));
    },
    rules: async () => {
      const [{ default: wanted }, ...lists] = await Promise.all([
        import('../../api/generated/admission.json', { with: { type: 'json' } }),
        ...RULES.map(({ resource: it }) => hub.client.list<KubeObject & RuleObject>(it)),
      ]);
      // A policy and its binding bear one name.
      return RULES.flatMap(({ kind }, index) =>
        judge.judgeRules(
          wanted.items.filter((it) => it.kind === kind),
          lists[index]?.items ?? [],
        ),
      );
    },
    operator: async () => {
      const lease = await hub.client
        .get<KubeObject<OperatorLease>>(LEASES, { namespace: SYSTEM, name: LEASE })
        .catch((error: unknown) => {
          if (isKubeError(error, 'E_API_NOT_FOUND')) return undefined;
          throw error;
        });
      const told = lease?.metadata.annotations ?? {};
      const shown = JSON.parse(told[judge.CREDENTIALS_ANNOTATION] ?? '[]') as ShownCredential[];
      return [
        ...judge.judgeOperator(lease?.spec, await hubNow(), told[judge.READ_ONLY_ANNOTATION]),
        ...judge.judgeCredentials(LEASE, shown, await hubNow()),
      ];
    },
    members: async () => judge.judgeMembers(await hub.list<MemberCluster>(kinds.memberClusters)),
    reports: async () => {
      const servers = await listReport(hub, 'servers');
      const at = await hubNow();
      return servers.flatMap(({ metadata, credentials, migrations }) => {
        const whose = `govcloud-${metadata.name}`;
        return [
          ...judge.judgeMigrations(whose, migrations),
          ...judge.judgeCredentials(whose, credentials, at),
        ];
      });
    },
    books: async () => judge.judgeBooks(await verification(hub, 'books')),
    chain: async () => judge.judgeChain(await verification(hub, 'audit')),
    log: async () => {
      const query = { action: HUB_LOG, order: 'newest', limit: HUB_LOG_STATES };
      return judge.judgeHubLog(await listReport(hub, 'auditrecords', { query, most: HUB_LOG_STATES }), now);
    },
    grants: async () => {
      const look = async () => {
        const [holds, allocations] = await Promise.all([
          listReport(hub, 'holds'),
          hub.in(undefined).list<Allocation>(kinds.allocations),
        ]);
        return judge.judgeGrants(holds, allocations);
      };
      const first = await look();
      if (first.length === 0) return [];
      await new Promise((ended) => setTimeout(ended, ON_ITS_WAY_MS));
      const still = new Set((await look()).map(({ where }) => where));
      return first.filter(({ where }) => still.has(where));
    },
    disk: async () => {
      const path = resolve(dir);
      if (!existsSync(path)) return [];
      const { bavail, blocks, bsize } = await statfs(path);
      const freeBytes = bavail * bsize;
      const free = `${(freeBytes / 1024 ** 3).toFixed(1)} GB`;
      return judge.judgeDisk({ path, freeBytes, totalBytes: blocks * bsize, free });
    },
  };
  const findings: Finding[] = [];
  for (const [check, look] of Object.entries(looks) as [
    Finding['check'],
    () => Promise<readonly Reason[]>,
  ][]) {
    try {
      const reasons = await look();
      findings.push({ check, state: reasons.length === 0 ? 'ok' : 'fault', reasons });
    } catch (error) {
      const isRefused = isKubeError(error, 'E_API_FORBIDDEN');
      findings.push({ check, state: isRefused ? 'skipped' : 'fault', reasons: [], error: error as Error });
    }
  }
  return findings;
}
