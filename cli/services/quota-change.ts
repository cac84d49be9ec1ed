import type { Organization, Quota } from '../../api/v1alpha1/index.ts';
import { cityDay } from '../../domain/calendar.ts';
import { chainOf } from '../../domain/quota/accounts.ts';
import {
  type LimitEffect,
  limitEffects,
  withLimits,
  withLoan,
  withReturned,
} from '../../domain/quota/change.ts';
import { GovError } from '../../domain/errors.ts';
import { settingQuotas } from '../../domain/quota/parts.ts';
import { loanReasons } from '../../domain/references.ts';
import { reasonTexts } from '../../domain/request/quote.ts';
import { CliError, RefusedError } from '../errors.ts';
import { notFound } from '../hub/find.ts';
import type { Hub } from '../hub/hub.ts';
import * as kinds from '../hub/kinds.ts';

type Spec = Quota['spec'];

/** A change of a quota with all that it does. */
export interface QuotaChange {
  readonly quota: Quota;
  /** The day on which it first counts. */
  readonly day: string;
  readonly effects: readonly LimitEffect[];
}

/** Which account of an organisation or, as `<organisation>/<system>`, of a system. */
export interface QuotaTarget {
  /** Code or Chinese name. */
  readonly holder: string;
  readonly zone?: string | undefined;
  readonly arch?: Spec['arch'] | undefined;
}

/** The quotas of who gives to a target, and the target as they name it. */
interface Giving {
  readonly namespace: string;
  readonly child: Spec['child'];
  readonly quotas: readonly Quota[];
  readonly today: string;
}

/** Sets limits of an account; its first quota is made. @param dryRun the API server judges it, and nothing is written */
export async function setQuota(
  hub: Hub,
  target: QuotaTarget,
  given: Parameters<typeof withLimits>[1],
  now: string,
  dryRun: boolean,
): Promise<QuotaChange> {
  const giving = await givingTo(hub, target.holder, now);
  const found = quotaAt(giving, giving.child, target);
  const place = {
    ...(target.zone === undefined ? {} : { zone: target.zone }),
    ...(target.arch === undefined ? {} : { arch: target.arch }),
  };
  const spec = withLimits(found?.spec ?? { child: giving.child, ...place, limits: {}, basis: '' }, given);
  if (found) return write(hub, giving, found, spec, giving.today, dryRun);
  const { organization, system } = giving.child;
  const name = [organization ?? system, target.zone, target.arch].filter((it) => it !== undefined).join('-');
  const quota = {
    apiVersion: 'govcloud.dev/v1alpha1',
    kind: 'Quota',
    metadata: { name, namespace: giving.namespace },
    spec,
  };
  const made = await hub.client.create<Quota>(kinds.quotas, quota, { dryRun });
  return { quota: made, day: giving.today, effects: limitEffects(giving.quotas, quota, giving.today) };
}

/** What is lent, to whom and when. */
export interface LoanInput {
  /** As `QuotaTarget.holder`. */
  readonly borrower: string;
  readonly limits: Spec['limits'];
  readonly from: string | undefined;
  readonly until: string;
  readonly basis: string;
  readonly name: string | undefined;
}

/**
 * Has one account lend to another of the same giver.
 * @throws CliError E_QUOTA_NONE, E_LOAN_PAST, E_LOAN_NAME; RefusedError E_LOAN_BORROWER, E_LOAN_EXCEEDED
 */
export async function lendQuota(
  hub: Hub,
  target: QuotaTarget,
  { borrower, ...input }: LoanInput,
  now: string,
  dryRun: boolean,
): Promise<QuotaChange> {
  const giving = await givingTo(hub, target.holder, now);
  const { today } = giving;
  const lender = demandQuota(giving, giving.child, target, target.holder);
  const other = await givingTo(hub, borrower, now, giving);
  const to = demandQuota(giving, other.child, target, borrower);
  const from = input.from ?? today;
  // What was before today is in the books as it was.
  if (from < today) throw new CliError('E_LOAN_PAST', { from, today });
  if (input.until < from) throw new CliError('E_LOAN_ENDS', { from, until: input.until });
  const { until, basis, limits } = input;
  const name = input.name ?? `${to.metadata.name.slice(0, 50)}-${from.replaceAll('-', '')}`;
  if (lender.spec.loans?.some((it) => it.name === name)) throw new CliError('E_LOAN_NAME', { name });
  const loan = { name, borrower: to.metadata.name, limits, from, until, basis };
  const after = { ...lender, spec: withLoan(lender.spec, loan, today) };
  const beside = giving.quotas.map((it) => (it === lender ? after : it));
  const wrong = loanReasons(after, beside, today).filter(({ where }) => where === `spec.loans[${name}]`);
  if (wrong.length > 0) throw new RefusedError(reasonTexts(wrong));
  return write(hub, giving, lender, after.spec, from, dryRun);
}

/**
 * Has a loan return before its day, or a part of it.
 * @throws CliError E_QUOTA_NONE; E_NOT_FOUND of a loan that does not run any more; RefusedError E_LOAN_PART
 */
export async function returnQuota(
  hub: Hub,
  target: QuotaTarget,
  name: string,
  part: Spec['limits'],
  now: string,
  dryRun: boolean,
): Promise<QuotaChange> {
  const giving = await givingTo(hub, target.holder, now);
  const { today } = giving;
  const lender = demandQuota(giving, giving.child, target, target.holder);
  const spec = returned(lender.spec, name, today, part);
  const running = (lender.spec.loans ?? []).filter(({ until }) => until >= today);
  if (!spec)
    throw notFound(
      'Loan',
      name,
      running.map((it) => it.name),
    );
  const from = running.find((it) => it.name === name)?.from ?? today;
  return write(hub, giving, lender, spec, from > today ? from : today, dryRun);
}

function returned(spec: Spec, name: string, today: string, part: Spec['limits']): Spec | undefined {
  try {
    return withReturned(spec, name, today, Object.keys(part).length === 0 ? undefined : part);
  } catch (error) {
    if (error instanceof GovError) throw new RefusedError(reasonTexts(error.reasons));
    throw error;
  }
}

/** Writes it as it was read: whoever changed it meanwhile is not overruled. */
async function write(
  hub: Hub,
  { quotas }: Giving,
  before: Quota,
  spec: Spec,
  day: string,
  dryRun: boolean,
): Promise<QuotaChange> {
  const { metadata } = before;
  const removed = Object.keys(before.spec).filter((field) => !(field in spec));
  const soft = Object.keys(before.spec.soft ?? {}).filter((it) => !(it in (spec.soft ?? {})));
  const patch = {
    metadata: { resourceVersion: metadata.resourceVersion },
    spec: {
      ...spec,
      ...(spec.soft ? { soft: { ...Object.fromEntries(soft.map((it) => [it, null])), ...spec.soft } } : {}),
      ...Object.fromEntries(removed.map((field) => [field, null])),
    },
  };
  const quota = await hub.client.mergePatch<Quota>(kinds.quotas, metadata, patch, { dryRun });
  return { quota, day, effects: limitEffects(quotas, { ...before, spec }, day) };
}

async function givingTo(hub: Hub, holder: string, now: string, known?: Giving): Promise<Giving> {
  const organizations = await hub.list<Organization>(kinds.organizations);
  const today = cityDay(now);
  const [text = '', system] = holder.split('/');
  const found = organizations.find(({ metadata, spec }) => metadata.name === text || spec.name.zh === text);
  if (!found)
    throw notFound(
      'Organization',
      text,
      organizations.map(({ metadata }) => metadata.name),
    );
  const code = found.metadata.name;
  const above = chainOf(new Map(organizations.map((it) => [it.metadata.name, it])), code, today)[1] ?? found;
  const giver = system === undefined ? above : found;
  const namespace = giver.status?.namespace ?? `gov-${giver.metadata.name}`;
  const child = system === undefined ? { organization: code } : { system };
  if (known) return { ...known, child };
  const { items } = await hub.client.list<Quota>(kinds.quotas, { namespace });
  // Of several that name one account the others do not count.
  return { namespace, child, quotas: [...settingQuotas(items).values()].map(({ quota }) => quota), today };
}

function quotaAt(
  { quotas }: Giving,
  child: Spec['child'],
  { zone, arch }: Pick<QuotaTarget, 'zone' | 'arch'>,
): Quota | undefined {
  return quotas.find(
    ({ spec }) =>
      spec.child.organization === child.organization &&
      spec.child.system === child.system &&
      spec.zone === zone &&
      spec.arch === arch,
  );
}

function demandQuota(
  giving: Giving,
  child: Spec['child'],
  place: Pick<QuotaTarget, 'zone' | 'arch'>,
  holder: string,
): Quota {
  const found = quotaAt(giving, child, place);
  if (found) return found;
  const scope = [place.zone ?? '*', place.arch ?? '*'].join('/');
  throw new CliError('E_QUOTA_NONE', { holder, place: scope, namespace: giving.namespace });
}
