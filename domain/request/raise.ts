import { codeOf, type Quota } from '../../api/v1alpha1/index.ts';
import { chooseFlow } from '../approval/flow.ts';
import type { HeldDocument } from '../approval/ticket.ts';
import { type Reason, reason } from '../errors.ts';
import { ResourceVector } from '../quantity.ts';
import { scopeOf, scopePath } from '../quota/accounts.ts';
import type { AccountKey } from '../quota/fit.ts';
import { zoneUnknown, zonesOf } from '../references.ts';
import type { QuotePicture, QuoteResult } from './quote.ts';

type Grant = NonNullable<Quota['spec']['grants']>[number];
type Request = QuotePicture['request'];

/** As many as the schema lets a quota have. */
const MOST_GRANTS = 20;

/** The account whose limit a request asks to be raised; undefined of any other request. */
export function raisedScope({ metadata, spec }: Pick<Request, 'metadata' | 'spec'>) {
  if (spec.quota === undefined) return undefined;
  const { zone = '*', arch = '*' } = spec.quota;
  const holder = codeOf(metadata.namespace ?? '') ?? '';
  return { holderKind: 'organisation', holder, zone, arch } as const satisfies Omit<AccountKey, 'resource'>;
}

/**
 * Quotes a raise of a quota. It takes of no account and of no pool: what is decided on is the amount, and until when.
 * @param joined what is wrong with what it names
 */
export function quoteRaise(picture: QuotePicture, joined: readonly Reason[]): QuoteResult {
  const { request } = picture;
  const { spec } = request;
  const zones = zonesOf(picture.pools, [...picture.clusters.values()]);
  const reasons = [
    ...joined,
    ...zoneUnknown(spec.zone, zones, 'spec.zone'),
    ...(spec.quota?.zone === undefined ? [] : zoneUnknown(spec.quota.zone, zones, 'spec.quota.zone')),
  ];
  const amounts = ResourceVector.parse(spec.quota?.limits ?? {});
  const choice = chooseFlow(picture.flows, {
    action: spec.action,
    mlps: spec.mlps,
    total: amounts,
    monthlyFen: 0,
  });
  if ('reason' in choice) reasons.push(choice.reason);
  if (reasons.length > 0 || !('flow' in choice)) return { ok: false, reasons, pools: [] };
  const { flow } = choice;
  const change = amounts.toQuantities() as Record<string, string>;
  return {
    ok: true,
    demands: [],
    quote: {
      flow: flow.metadata.name,
      steps: flow.spec.steps,
      lines: [],
      total: change,
      change,
      monthlyFen: 0,
      pools: [],
    },
  };
}

/** Why a raise finds no room for its grant; no longer, once the quota has. */
export const RAISE_FAULTS: ReadonlySet<string> = new Set(['E_RAISE_UNKNOWN', 'E_RAISE_FULL']);

/** What of a raise depends on other objects: that there is a quota to be raised, with room for one more grant. */
export function checkRaise({ request, quotas }: Pick<QuotePicture, 'request' | 'quotas'>): readonly Reason[] {
  const scope = raisedScope(request);
  if (!scope) return [];
  const { holder, zone, arch } = scope;
  const place = `${zone}/${arch}`;
  const of = quotas.filter(
    ({ spec, givingOrganization }) => scopePath(scopeOf(spec, givingOrganization)) === scopePath(scope),
  );
  if (of.length === 0) return [reason('E_RAISE_UNKNOWN', { holder, place }, 'spec.quota')];
  if (ResourceVector.parse(request.spec.quota?.limits ?? {}).isZero())
    return [reason('E_RAISE_NOTHING', {}, 'spec.quota.limits')];
  if (of.some(({ spec }) => (spec.grants?.length ?? 0) >= MOST_GRANTS))
    return [reason('E_RAISE_FULL', { holder, place, most: MOST_GRANTS }, 'spec.quota')];
  return [];
}

/**
 * The grant that a posted raise adds to its quota, from what was held and never from the live object.
 * @param from the day of the grant, YYYY-MM-DD; it begins then, or later if a later day was asked for
 */
export function grantOf({ request, spec }: Pick<HeldDocument, 'request' | 'spec'>, from: string): Grant {
  const { quota, until } = spec;
  if (!quota) throw new Error(`request ${request.name} raises no quota`);
  const begin = quota.from !== undefined && quota.from > from ? quota.from : from;
  return {
    name: grantName(request.serial),
    limits: quota.limits,
    // It was approved on the last of its days, and entered on the next.
    from: until !== undefined && until < begin ? until : begin,
    ...(until === undefined ? {} : { until }),
    basis: request.serial,
  };
}

/** Whether a quota has what a request of this serial number was granted. */
export function isRaised(quota: Pick<Quota, 'spec'>, serial: string): boolean {
  return quota.spec.grants?.some(({ name }) => name === grantName(serial)) ?? false;
}

/** What the grant is called that a request of this serial number was approved for. */
export function grantName(serial: string): string {
  return serial.toLowerCase();
}
