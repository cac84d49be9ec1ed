import type { Organization, Quota } from '../../api/v1alpha1/index.ts';
import { GovError, reason } from '../errors.ts';
import { RESOURCES, ResourceVector } from '../quantity.ts';
import type { AccountKey, Demand, HolderKind } from './fit.ts';

/** Organisations by code. */
export type Organizations = Pick<ReadonlyMap<string, Organization>, 'get'>;

/** Where a request stands in the quota tree. */
export interface Place {
  readonly organization: string;
  readonly system: string;
  readonly zone: string;
  readonly arch: string;
}

/** The account that a quota limits, without its resource. A system is held as `<organisation>/<system>`. */
export function scopeOf(spec: Quota['spec'], givingOrganization: string): Omit<AccountKey, 'resource'> {
  const { organization, system } = spec.child;
  const place = { zone: spec.zone ?? '*', arch: spec.arch ?? '*' };
  return organization !== undefined
    ? { holderKind: 'organisation', holder: organization, ...place }
    : { holderKind: 'system', holder: `${givingOrganization}/${system}`, ...place };
}

/**
 * Which of the objects that name one account sets its limit: the first that was made among those that stay; when all
 * of them go, the first. An account has one limit, and the others do not count.
 */
export function limitSetter<T extends Pick<Quota, 'metadata'>>(objects: readonly T[]): T | undefined {
  const staying = objects.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const rank = ({ metadata: { creationTimestamp = '', namespace, name } }: T) =>
    `${creationTimestamp} ${namespace}/${name}`;
  return (staying.length > 0 ? staying : objects).toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1))[0];
}

/**
 * The organisation and all above it on a day, itself first and the city last.
 * @param date YYYY-MM-DD
 * @throws GovError E_ORGANIZATION_UNKNOWN or E_ORGANIZATION_TREE when the way up is broken or circular
 */
export function chainOf(organizations: Organizations, code: string, date: string): readonly Organization[] {
  const chain: Organization[] = [];
  for (let next: string | undefined = code; next !== undefined; ) {
    const organization = organizations.get(next);
    if (!organization) throw new GovError(reason('E_ORGANIZATION_UNKNOWN', { organization: next }));
    if (chain.includes(organization))
      throw new GovError(reason('E_ORGANIZATION_TREE', { organization: code, date }));
    chain.push(organization);
    if (organization.spec.type === 'city') return chain;
    const parent: { code: string; from: string } | undefined = organization.spec.parents
      .filter(({ from }) => from <= date)
      .sort((a, b) => (a.from < b.from ? 1 : -1))[0];
    next = parent?.code;
  }
  throw new GovError(reason('E_ORGANIZATION_TREE', { organization: code, date }));
}

/**
 * What a request asks of every account above its pool: each organisation up the tree on its account for all
 * zones, and wherever a quota was given for this zone, architecture or system alone, on that account too.
 *
 * @param chain the organisation and all above it
 * @param limited the accounts that quotas exist for, by path (see `accountPath`) without the resource
 */
export function demandsOf(
  amounts: ResourceVector,
  place: Place,
  chain: readonly Organization[],
  limited: ReadonlySet<string>,
): readonly Demand[] {
  const accounts: Omit<AccountKey, 'resource'>[] = [];
  const holders: { holderKind: HolderKind; holder: string }[] = [
    { holderKind: 'system', holder: `${place.organization}/${place.system}` },
    ...chain.map((organization) => ({
      holderKind: 'organisation' as const,
      holder: organization.metadata.name,
    })),
  ];
  for (const holder of holders) {
    for (const zone of new Set([place.zone, '*'])) {
      for (const arch of new Set([place.arch, '*'])) {
        const account = { ...holder, zone, arch };
        const always = holder.holderKind === 'organisation' && zone === '*' && arch === '*';
        if (always || limited.has(scopePath(account))) accounts.push(account);
      }
    }
  }
  return accounts.flatMap((account) => demandsOn(account, amounts));
}

/** The demand of amounts on one account per resource. */
export function demandsOn(account: Omit<AccountKey, 'resource'>, amounts: ResourceVector): readonly Demand[] {
  return RESOURCES.filter((resource) => !amounts.get(resource).isZero()).map((resource) => ({
    account: { ...account, resource },
    amount: amounts.get(resource),
  }));
}

/** An account without its resource, as one line. */
export function scopePath(account: Omit<AccountKey, 'resource'>): string {
  return `${account.holderKind}/${account.holder}/${account.zone}/${account.arch}`;
}

/** The accounts' scopes that quotas stand for. */
export function limitedScopes(
  quotas: readonly { spec: Quota['spec']; givingOrganization: string }[],
): ReadonlySet<string> {
  return new Set(quotas.map(({ spec, givingOrganization }) => scopePath(scopeOf(spec, givingOrganization))));
}
