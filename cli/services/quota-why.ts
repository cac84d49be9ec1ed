import type { QuotaBalance, QuotaPart } from '../../api/reports/index.ts';
import type { Allocation, Organization } from '../../api/v1alpha1/index.ts';
import { cityDay } from '../../domain/calendar.ts';
import { chainOf } from '../../domain/quota/accounts.ts';
import { type AccountKey, accountPath } from '../../domain/quota/fit.ts';
import { type Taker, takersOf } from '../../domain/quota/takers.ts';
import { formatQuantity, type Resource, RESOURCES } from '../../domain/quantity.ts';
import { CliError } from '../errors.ts';
import type { Hub } from '../hub/hub.ts';
import * as kinds from '../hub/kinds.ts';
import { listReport, readReport } from '../hub/reports.ts';
import { signedQuantity } from '../output/format.ts';
import { quotaOf } from './reports.ts';

/** Why an account has no more: what is left of it, who takes it, and who could give more. For machines kept stable. */
export interface AccountWhy {
  readonly account: string;
  readonly holder: string;
  readonly zone: string;
  readonly arch: string;
  readonly resource: Resource;
  readonly hard: string;
  readonly posted: string;
  readonly pending: string;
  readonly free: string;
  readonly soft?: string;
  /** What the limit is changed by for a time, and until when; of a loan that is lent what comes back. */
  readonly parts: readonly (Omit<QuotaPart, 'limits'> & { readonly amount: string })[];
  /** The most first; of those that the reader may see. */
  readonly takers: readonly (Omit<Taker, 'amount'> & { readonly amount: string })[];
  /** What others take, whom the reader does not see. */
  readonly unseen: string;
  /** Who gives to the holder: the organisation above, or the system's own. Absent for pools and at the top. */
  readonly giver?: { readonly code: string; readonly name: Organization['spec']['name'] };
}

/**
 * @param target an account as a refusal names it, holder, zone, arch and resource between slashes, or an organisation's
 * code or Chinese name; undefined is the one whose namespace the command is about
 * @throws CliError E_NOT_FOUND, E_NAMESPACE_NEEDED, E_ACCOUNT_UNKNOWN
 */
export async function quotaWhy(hub: Hub, target: string | undefined, now: string): Promise<AccountWhy[]> {
  const accounts = await accountsOf(hub, target);
  const { namespace } = hub;
  const [holds, allocations, organizations] = await Promise.all([
    // Whatever else a request once held takes of nothing now.
    listReport(hub, 'holds', { namespace, query: { state: ['pending', 'posted'] } }),
    hub.list<Allocation>(kinds.allocations),
    hub.list<Organization>(kinds.organizations),
  ]);
  const known = new Map(organizations.map((it) => [it.metadata.name, it]));
  return accounts.map(({ account, hard, posted, pending, free, soft, parts }) => {
    const { holder, zone, arch, resource } = account;
    const takers = takersOf(account, holds, allocations);
    const used = signedQuantity(resource, posted).plus(signedQuantity(resource, pending));
    const unseen = takers.reduce((rest, { amount }) => rest.minus(amount), used);
    const giver = giverOf(account, known, cityDay(now));
    return {
      account: accountPath(account),
      holder,
      zone,
      arch,
      resource,
      hard,
      posted,
      pending,
      free,
      ...(soft === undefined ? {} : { soft }),
      parts: parts.flatMap(({ limits, ...it }) => {
        const amount = limits[resource];
        return amount === undefined ? [] : [{ ...it, amount }];
      }),
      takers: takers.map((it) => ({ ...it, amount: formatQuantity(resource, it.amount) })),
      unseen: formatQuantity(resource, unseen),
      ...(giver ? { giver: { code: giver.metadata.name, name: giver.spec.name } } : {}),
    };
  });
}

interface Account {
  readonly account: AccountKey;
  readonly hard: string;
  readonly posted: string;
  readonly pending: string;
  readonly free: string;
  readonly soft: string | undefined;
  readonly parts: readonly QuotaPart[];
}

/** The accounts that are asked about. */
async function accountsOf(hub: Hub, target: string | undefined): Promise<Account[]> {
  if (!target?.includes('/')) {
    const { balances } = await quotaOf(hub, target, undefined);
    return balances
      .filter(({ holderKind }) => holderKind === 'organisation')
      .flatMap((balance) =>
        RESOURCES.filter((it) => balance.hard[it] !== '0' || balance.free[it] !== '0').map((resource) =>
          accountOf(balance, resource),
        ),
      );
  }
  const parts = target.split('/');
  const [resource = '', arch = '', zone = ''] = parts.toReversed();
  const [holderKind] = parts;
  const holder = parts.slice(1, -3).join('/');
  if (!isResource(resource)) throw new CliError('E_ACCOUNT_UNKNOWN', { account: target });
  if (holderKind === 'pool') {
    const { items } = await readReport(hub, 'capacity');
    const pool = items.find((it) => it.pool === holder);
    if (pool) return [accountOf({ ...pool, holderKind, holder }, resource)];
  } else {
    const { items } = await readReport(hub, 'quotas', { namespace: hub.namespace });
    const balance = items.find(
      (it) => it.holderKind === holderKind && it.holder === holder && it.zone === zone && it.arch === arch,
    );
    if (balance) return [accountOf(balance, resource)];
  }
  throw new CliError('E_ACCOUNT_UNKNOWN', { account: target });
}

function isResource(text: string): text is Resource {
  return (RESOURCES as readonly string[]).includes(text);
}

function accountOf(
  {
    holderKind,
    holder,
    zone,
    arch,
    hard,
    posted,
    pending,
    free,
    soft,
    parts = [],
  }: Omit<QuotaBalance, 'metadata' | 'holderKind'> & Pick<AccountKey, 'holderKind'>,
  resource: Resource,
): Account {
  return {
    account: { holderKind, holder, zone, arch, resource },
    hard: hard[resource],
    posted: posted[resource],
    pending: pending[resource],
    free: free[resource],
    soft: soft?.[resource],
    parts,
  };
}

function giverOf(
  { holderKind, holder }: AccountKey,
  organizations: ReadonlyMap<string, Organization>,
  day: string,
): Organization | undefined {
  if (holderKind === 'pool') return undefined;
  const [code = '', system] = holder.split('/');
  if (system !== undefined) return organizations.get(code);
  return organizations.has(code) ? chainOf(organizations, code, day)[1] : undefined;
}
