import {
  type CapacityPool,
  type CatalogItem,
  codeOf,
  type MemberCluster,
  type Organization,
  type Quota,
} from '../api/v1alpha1/index.ts';
import { infrastructureConditions } from '../messages/infrastructure.ts';
import type { WantedCondition } from './conditions.ts';
import { GovError, type Reason, reason, reasonText } from './errors.ts';
import { chainOf, type Organizations } from './quota/accounts.ts';
import { borrowerOf, changeDays, isInForce, loansOn, type Terms } from './quota/limit.ts';

/** Every zone that a pool is in or that a member serves. */
export function zonesOf(
  pools: readonly CapacityPool[],
  clusters: readonly MemberCluster[],
): ReadonlySet<string> {
  return new Set([...pools, ...clusters].map(({ spec }) => spec.zone));
}

/** That a zone is none of them: most likely mistyped. */
export function zoneUnknown(zone: string, zones: ReadonlySet<string>, where: string): readonly Reason[] {
  if (zones.has(zone)) return [];
  return [reason('E_ZONE_UNKNOWN', { zone, known: [...zones].sort().join(', ') || '-' }, where)];
}

/**
 * Organisations above that are not there, on whatever day, and days from today on on which the way up to the city is
 * broken or circular by what this one says.
 * @param today YYYY-MM-DD
 */
export function organizationReferences(
  { metadata, spec }: Organization,
  organizations: Organizations,
  today: string,
): readonly Reason[] {
  const unknown = spec.parents
    .filter(({ code }) => !organizations.get(code))
    .map(({ code, from }) =>
      reason('E_ORGANIZATION_UNKNOWN', { organization: code }, `spec.parents[${from}].code`),
    );
  if (unknown.length > 0) return unknown;
  const days = [today, ...spec.parents.map(({ from }) => from).filter((from) => from > today)];
  return days.flatMap((day) => treeBroken(organizations, metadata.name, day));
}

function treeBroken(organizations: Organizations, code: string, day: string): readonly Reason[] {
  try {
    chainOf(organizations, code, day);
    return [];
  } catch (error) {
    if (!(error instanceof GovError)) throw error;
    // One further up that is not there is told where it is named.
    if (error.code !== 'E_ORGANIZATION_TREE') return [];
    return error.reasons.map(({ code: of, params }) => reason(of, params, 'spec.parents'));
  }
}

/** A member cluster that is not there, or serves another zone than the pool's. */
export function poolReferences(
  { spec }: CapacityPool,
  clusters: Pick<ReadonlyMap<string, MemberCluster>, 'get'>,
): readonly Reason[] {
  const { cluster, zone } = spec;
  const found = clusters.get(cluster);
  if (!found) return [reason('E_CLUSTER_UNKNOWN', { cluster }, 'spec.cluster')];
  if (found.spec.zone === zone) return [];
  return [reason('E_CLUSTER_ZONE', { cluster, serves: found.spec.zone, zone }, 'spec.cluster')];
}

/** Who gives, to whom, and where: each that is not there, or that the giver may not give to. */
export function quotaReferences(
  quota: Quota,
  around: {
    readonly organizations: Organizations;
    readonly zones: ReadonlySet<string>;
    /** The quotas of the same giver that set limits and stay, it itself among them. */
    readonly beside: readonly Terms[];
    /** YYYY-MM-DD; matters to a quota that lends. */
    readonly today: string;
    readonly hasSystem: (system: string) => boolean;
  },
): readonly Reason[] {
  const {
    metadata: { namespace = '' },
    spec: { child, zone },
  } = quota;
  const { organizations, zones, hasSystem } = around;
  const reasons: Reason[] = [];
  const giver = organizations.get(codeOf(namespace) ?? '');
  if (!giver) reasons.push(reason('E_QUOTA_NAMESPACE', { namespace }, 'metadata.namespace'));
  const { organization, system } = child;
  if (organization !== undefined) {
    const where = 'spec.child.organization';
    const found = organizations.get(organization);
    if (!found) reasons.push(reason('E_ORGANIZATION_UNKNOWN', { organization }, where));
    else if (giver && !givesTo(giver, found))
      reasons.push(reason('E_QUOTA_CHILD', { organization, giver: giver.metadata.name }, where));
  }
  if (system !== undefined && !hasSystem(system))
    reasons.push(reason('E_SYSTEM_UNKNOWN', { system }, 'spec.child.system'));
  if (zone !== undefined) reasons.push(...zoneUnknown(zone, zones, 'spec.zone'));
  return [...reasons, ...loanReasons(quota, around.beside, around.today)];
}

/** Loans that do not count on a day from today on: to nobody who could borrow it, or of more than there is to lend then. */
export function loanReasons(quota: Terms, beside: readonly Terms[], today: string): readonly Reason[] {
  const { metadata, spec } = quota;
  const days = [today, ...changeDays(spec).filter((day) => day > today)];
  return (spec.loans ?? []).flatMap((loan): readonly Reason[] => {
    const { name, borrower } = loan;
    const counts = (day: string) => loansOn(quota, day, beside).some((it) => it.name === name);
    const isLent = (day: string) => isInForce(loan, day) && !counts(day);
    const day = days.find(isLent);
    if (day === undefined) return [];
    const where = `spec.loans[${name}]`;
    if (borrowerOf(loan, quota, beside)) return [reason('E_LOAN_EXCEEDED', { loan: name, day }, where)];
    const params = { loan: name, borrower, giver: metadata.namespace ?? '' };
    return [reason('E_LOAN_BORROWER', params, where)];
  });
}

/** To those below it, whenever that is, and the city to itself too; as admission has it. */
function givesTo(giver: Organization, child: Organization): boolean {
  const { name } = giver.metadata;
  if (child.spec.type === 'city' && child.metadata.name === name) return true;
  return child.spec.parents.some(({ code }) => code === name);
}

/** Zones that a catalogue item is offered in and that nobody serves. */
export function itemReferences({ spec }: CatalogItem, zones: ReadonlySet<string>): readonly Reason[] {
  return spec.zones.flatMap((zone) => zoneUnknown(zone, zones, 'spec.zones'));
}

/** Says of an object whether all that it names is there, and of each that is not, which field names it. */
export function resolvedRefs(reasons: readonly Reason[]): WantedCondition {
  const type = 'ResolvedRefs';
  if (reasons.length === 0)
    return { type, status: 'True', reason: 'Resolved', message: infrastructureConditions.refsResolved };
  const problems = (language: 'zh' | 'en') =>
    reasons.map((it) => `${it.code} ${it.where}: ${reasonText(it, language)}`).join('; ');
  return {
    type,
    status: 'False',
    reason: 'NotFound',
    message: infrastructureConditions.refsUnresolved,
    params: { problems: { zh: problems('zh'), en: problems('en') } },
  };
}
