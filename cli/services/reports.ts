import type { AuditRecord, Capacity, QuotaBalance, Verification } from '../../api/reports/index.ts';
import type { CapacityPool, Organization } from '../../api/v1alpha1/index.ts';
import { cityDay } from '../../domain/calendar.ts';
import { type PoolPolicy, policyOn } from '../../domain/capacity/grantable.ts';
import { treeOf } from '../../domain/tree.ts';
import { isKubeError } from '../../kube/errors.ts';
import type { CliError } from '../errors.ts';
import { findAllocation, isSerial, notFound } from '../hub/find.ts';
import type { Hub } from '../hub/hub.ts';
import * as kinds from '../hub/kinds.ts';
import { getReport, readReport } from '../hub/reports.ts';
import { showRequest } from './requests/read.ts';

/** What the pools have, at a moment: the form for machines is kept stable. */
export interface CapacityReport {
  readonly apiVersion: 'cli.govcloud.dev/v1';
  readonly kind: 'CapacityReport';
  /** RFC 3339. */
  readonly asOf: string;
  readonly pools: readonly Pick<
    Capacity,
    'pool' | 'zone' | 'arch' | 'hard' | 'posted' | 'pending' | 'free'
  >[];
  /** Of the pools as they are declared now: the policy in force on that day. */
  readonly policies: readonly ({ readonly pool: string } & PoolPolicy)[];
  /** Pools whose reserve does not make up for the loss of a node, with the condition's text. */
  readonly uncovered: readonly { readonly pool: string; readonly message: string }[];
}

/** @param asOf RFC 3339 or a day; undefined is now */
export async function capacityReport(
  hub: Hub,
  asOf: string | undefined,
  now: string,
): Promise<CapacityReport> {
  const [report, declared] = await Promise.all([
    readReport(hub, 'capacity', { query: { asOf } }),
    hub.list<CapacityPool>(kinds.capacityPools),
  ]);
  const pools = report.items
    .map(({ pool, zone, arch, hard, posted, pending, free }) => ({
      pool,
      zone,
      arch,
      hard,
      posted,
      pending,
      free,
    }))
    .sort((a, b) => (a.pool < b.pool ? -1 : 1));
  const moment = report.asOf ?? asOf ?? now;
  return {
    apiVersion: 'cli.govcloud.dev/v1',
    kind: 'CapacityReport',
    asOf: moment,
    pools,
    policies: declared.flatMap(({ metadata, spec }) => {
      const policy = policyOn(spec, cityDay(moment));
      return policy ? [{ pool: metadata.name, ...policy }] : [];
    }),
    uncovered: declared.flatMap(({ metadata, status }) => {
      const condition = status?.conditions?.find(({ type }) => type === 'NodeLossCovered');
      return condition?.status === 'False' ? [{ pool: metadata.name, message: condition.message }] : [];
    }),
  };
}

/** An organisation in the tree, with what it may have and has. */
export interface OrganizationNode {
  readonly organization: Organization;
  readonly depth: number;
  readonly balances: readonly QuotaBalance[];
}

export async function organizationTree(
  hub: Hub,
  now: string,
): Promise<{ organization: Organization; depth: number }[]> {
  return treeOf(await hub.list<Organization>(kinds.organizations), cityDay(now));
}

/** The tree with each one's balances. Who may not see all sees their own way up. */
export async function quotaTree(
  hub: Hub,
  asOf: string | undefined,
  now: string,
): Promise<OrganizationNode[]> {
  const [tree, report] = await Promise.all([
    organizationTree(hub, now),
    readReport(hub, 'quotas', { namespace: hub.namespace, query: { asOf } }),
  ]);
  return tree
    .map((node) => ({
      ...node,
      balances: report.items.filter(({ holder }) => holder.split('/')[0] === node.organization.metadata.name),
    }))
    .filter(({ balances }) => balances.length > 0);
}

/**
 * The balances of one organisation and its systems.
 * @param code its code or its Chinese name; undefined is the one whose namespace the command is about
 * @throws CliError E_NOT_FOUND, E_NAMESPACE_NEEDED
 */
export async function quotaOf(
  hub: Hub,
  code: string | undefined,
  asOf: string | undefined,
): Promise<{ organization: Organization; balances: QuotaBalance[] }> {
  const organizations = await hub.list<Organization>(kinds.organizations);
  const namespaceOf = ({ metadata, status }: Organization) => status?.namespace ?? `gov-${metadata.name}`;
  const organization =
    code === undefined
      ? organizations.find((it) => namespaceOf(it) === hub.requireNamespace())
      : organizations.find(({ metadata, spec }) => metadata.name === code || spec.name.zh === code);
  if (!organization) {
    throw notFound(
      'Organization',
      code ?? hub.requireNamespace(),
      organizations.map(({ metadata }) => metadata.name),
    );
  }
  // Whoever sees an organisation below another one may ask for the upper one's figures there.
  const namespace = hub.namespace ?? namespaceOf(organization);
  const { items } = await readReport(hub, 'quotas', { namespace, query: { asOf } });
  return {
    organization,
    balances: items.filter(({ holder }) => holder.split('/')[0] === organization.metadata.name),
  };
}

export interface AuditQuery {
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly subject?: string | undefined;
  readonly from?: string | undefined;
  readonly until?: string | undefined;
}

const PAGE = 500;

const UID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What audit records call a thing: the uid of the request or allocation of this name or 受理编号, or the text itself. */
async function subjectOf(hub: Hub, text: string): Promise<string> {
  if (UID.test(text)) return text;
  for (const seek of [showRequest, ...(isSerial(text) ? [] : [findAllocation])]) {
    try {
      return (await seek(hub, text)).metadata.uid;
    } catch (error) {
      const { faults } = error as Partial<CliError>;
      if (faults?.[0]?.code !== 'E_NOT_FOUND' && !isKubeError(error, 'E_API_FORBIDDEN')) throw error;
    }
  }
  return text;
}

/**
 * The newest audit records, in the order of the chain.
 * @param query its subject also a name or a 受理编号
 * @param most how many at most; 0 is all
 */
export async function auditRecords(hub: Hub, query: AuditQuery, most: number): Promise<AuditRecord[]> {
  const limit = most > 0 ? Math.min(most, PAGE) : PAGE;
  const subject = query.subject === undefined ? undefined : await subjectOf(hub, query.subject);
  const { items } = await readReport(hub, 'auditrecords', {
    query: { ...query, subject, limit, order: 'newest' },
    ...(most > 0 ? { most } : {}),
  });
  return items.toReversed();
}

/**
 * Runs a check of the books or of the audit chain.
 * @param checkpoints `seq:hash` kept outside the database, which the chain must pass through
 */
export function verification(
  hub: Hub,
  what: 'books' | 'audit',
  checkpoints: readonly string[] = [],
): Promise<Verification> {
  return getReport(hub, 'verifications', what, { query: { checkpoint: checkpoints } });
}
