import type {
  Allocation,
  ApprovalFlow,
  CapacityPool,
  CatalogItem,
  InformationSystem,
  MemberCluster,
  Organization,
  Project,
  Quota,
  Quote,
  ReasonText,
  ResourceRequest,
} from '../../api/v1alpha1/index.ts';
import type { Capacity, Hold, QuotaBalance } from '../../api/reports/index.ts';
import { parseQuantity, type Resource, RESOURCES } from '../../domain/quantity.ts';
import type { Balance, Demand, HolderKind } from '../../domain/quota/fit.ts';
import type { QuotePicture } from '../../domain/request/quote.ts';
import type { SharedPlatform } from '../../domain/request/repeats.ts';
import { isKubeError } from '../../kube/errors.ts';
import type { KubeObject, ResourceRef, Stored } from '../../kube/types.ts';
import { CliError } from '../errors.ts';
import type { Hub } from '../hub/hub.ts';
import * as kinds from '../hub/kinds.ts';
import { listReport } from '../hub/reports.ts';

const CONFIG_MAPS: ResourceRef = { group: '', version: 'v1', plural: 'configmaps', namespaced: true };
type ConfigMap = KubeObject & { readonly data?: Readonly<Record<string, string>> };

/** What a request would do to one account: quantities of one resource. */
export interface Effect {
  readonly holderKind: HolderKind;
  readonly holder: string;
  readonly zone: string;
  readonly arch: string;
  readonly resource: Resource;
  readonly hard: string;
  readonly asked: string;
  readonly freeBefore: string;
  readonly freeAfter: string;
}

/** The answer of a dry run: what the operator would quote now, or every reason why it would not. */
export interface QuoteAnswer {
  readonly request: ResourceRequest;
  readonly ok: boolean;
  readonly quote?: Quote;
  readonly reasons: readonly ReasonText[];
  readonly pools: Quote['pools'];
  readonly effects: readonly Effect[];
}

/**
 * Quotes a request with the operator's own code, on the hub's objects and the figures of the books. Nothing is sent.
 * @throws CliError E_REPORTS_ABSENT
 */
export async function quoteLocally(hub: Hub, request: ResourceRequest, now: string): Promise<QuoteAnswer> {
  const [{ quoteRequest, reasonTexts }, { cityDay }] = await Promise.all([
    import('../../domain/request/quote.ts'),
    import('../../domain/calendar.ts'),
  ]);
  const picture = await pictureOf(hub, request, cityDay(now));
  const result = quoteRequest(picture);
  if (!result.ok) {
    return { request, ok: false, reasons: reasonTexts(result.reasons), pools: result.pools, effects: [] };
  }
  const effects = request.spec.quota ? await raiseEffects(picture) : await effectsOf(result.demands, picture);
  return { request, ok: true, quote: result.quote, reasons: [], pools: result.quote.pools, effects };
}

/** All that a quote of a request depends on, as its reader sees the hub and the books. @throws CliError E_REPORTS_ABSENT */
export async function pictureOf(hub: Hub, request: ResourceRequest, today: string): Promise<QuotePicture> {
  const { spec, metadata } = request;
  const namespace = metadata.namespace ?? hub.requireNamespace();
  const get = <T extends KubeObject>(kind: kinds.KindRef, name: string) =>
    getIfThere<T>(hub, kind, name, namespace);
  const list = <T extends KubeObject>(kind: kinds.KindRef) => hub.list<T>(kind);
  const [
    organizations,
    items,
    flows,
    pools,
    clusters,
    system,
    project,
    target,
    neighbours,
    quotas,
    capacity,
    holds,
    grants,
    others,
    platforms,
  ] = await Promise.all([
    list<Organization>(kinds.organizations),
    list<CatalogItem>(kinds.catalogItems),
    list<ApprovalFlow>(kinds.approvalFlows),
    list<CapacityPool>(kinds.capacityPools),
    list<MemberCluster>(kinds.memberClusters),
    get<InformationSystem>(kinds.informationSystems, spec.system),
    get<Project>(kinds.projects, spec.project),
    targetOf(hub, request, namespace),
    Promise.all(
      [...(spec.recoveryOf ?? []), ...(spec.apartFrom ?? [])].map((name) =>
        get<Allocation>(kinds.allocations, name),
      ),
    ),
    listReport(hub, 'quotas', { namespace }),
    listReport(hub, 'capacity'),
    metadata.uid === undefined
      ? []
      : listReport(hub, 'holds', { namespace, query: { requestUid: metadata.uid, state: 'pending' } }),
    listIn<Allocation>(hub, kinds.allocations, namespace),
    listIn<ResourceRequest>(hub, kinds.resourceRequests, namespace),
    publishedPlatforms(hub),
  ]);
  const limits = limitsIn(quotas);
  const tree = byName(organizations);
  const giving =
    spec.action === 'Transfer' && target ? await givingOf(target, tree, limits, today) : undefined;
  return {
    request: { ...request, metadata: { ...metadata, namespace } },
    today,
    organizations: tree,
    quotas: limits,
    items: byName(items),
    flows,
    pools,
    clusters: byName(clusters),
    system,
    project,
    target,
    giving,
    neighbours: neighbours.filter((it) => it !== undefined),
    rival: spec.target && rivalOf(request, others),
    grants,
    others,
    platforms,
    balances: [
      ...quotas.flatMap((it) => balancesOf(it, it.holderKind, it.holder)),
      ...capacity.flatMap((it) => balancesOf(it, 'pool', it.pool)),
    ],
    released: holds.flatMap(demandsOfHold),
  };
}

/** The allocation that a request names. @throws CliError E_TRANSFER_UNSEEN where its reader may not look */
async function targetOf(
  hub: Hub,
  { metadata, spec }: ResourceRequest,
  namespace: string,
): Promise<Stored<Allocation> | undefined> {
  if (!spec.target) return undefined;
  const { targetNamespaceOf } = await import('../../domain/request/transfer.ts');
  const of = targetNamespaceOf({ metadata: { ...metadata, namespace }, spec });
  try {
    return await getIfThere<Allocation>(hub, kinds.allocations, spec.target.allocation, of);
  } catch (error) {
    if (spec.target.organization === undefined || !isKubeError(error, 'E_API_FORBIDDEN')) throw error;
    throw new CliError('E_TRANSFER_UNSEEN', { giver: spec.target.organization });
  }
}

/** The giver's side as far as the hub tells it; what the books have posted follows from its size and the tree above it. */
async function givingOf(
  { spec, status }: Allocation,
  organizations: QuotePicture['organizations'],
  quotas: QuotePicture['quotas'],
  today: string,
): Promise<NonNullable<QuotePicture['giving']>> {
  const [{ chainOf, demandsOf, demandsOn, limitedScopes }, { ResourceVector }, { accountOf }] =
    await Promise.all([
      import('../../domain/quota/accounts.ts'),
      import('../../domain/quantity.ts'),
      import('../../domain/placement/place.ts'),
    ]);
  const { organization, system, zone, arch, pool } = spec;
  const consumes = ResourceVector.parse(spec.consumes);
  const chain = chainOf(organizations, organization, today);
  return {
    handovers: status?.handovers ?? [],
    posted: [
      ...demandsOf(consumes, { organization, system, zone, arch }, chain, limitedScopes(quotas)),
      ...demandsOn(accountOf({ name: pool, zone, arch }), consumes),
    ],
  };
}

async function getIfThere<T extends KubeObject>(
  hub: Hub,
  kind: kinds.KindRef,
  name: string,
  namespace: string,
): Promise<Stored<T> | undefined> {
  try {
    return await hub.client.get<T>(kind, { name, namespace });
  } catch (error) {
    if (isKubeError(error, 'E_API_NOT_FOUND')) return undefined;
    throw error;
  }
}

/** Another open request for the same allocation, as the books would know it: one that was submitted and not closed. */
function rivalOf(request: ResourceRequest, others: readonly ResourceRequest[]): string | undefined {
  const open = new Set(['Submitted', 'InReview', 'Returned', 'Granting']);
  const rival = others.find(
    ({ metadata, spec, status }) =>
      spec.target?.uid === request.spec.target?.uid &&
      metadata.name !== request.metadata.name &&
      status?.hold !== undefined &&
      open.has(status.phase ?? ''),
  );
  return rival?.metadata.name;
}

async function listIn<T extends KubeObject>(
  hub: Hub,
  kind: kinds.KindRef,
  namespace: string,
): Promise<readonly Stored<T>[]> {
  return (await hub.client.list<T>(kind, { namespace })).items;
}

/** What the province builds for all, as far as the hub tells its reader. */
async function publishedPlatforms(hub: Hub): Promise<readonly SharedPlatform[]> {
  const { platformsOf, SHARED_PLATFORMS } = await import('../../domain/request/repeats.ts');
  try {
    return platformsOf(await hub.client.get<ConfigMap>(CONFIG_MAPS, SHARED_PLATFORMS));
  } catch (error) {
    if (isKubeError(error, 'E_API_NOT_FOUND') || isKubeError(error, 'E_API_FORBIDDEN')) return [];
    throw error;
  }
}

function byName<T extends KubeObject>(objects: readonly T[]): ReadonlyMap<string, T> {
  return new Map(objects.map((it) => [it.metadata.name, it]));
}

/**
 * The quotas that limit an account now, as a report tells of them: not everybody may read them. An account stays in the books
 * when its quota is gone; it has no parts then.
 */
export function limitsIn(report: readonly QuotaBalance[]): QuotePicture['quotas'] {
  return report.filter(({ parts }) => parts !== undefined).map(limitOf);
}

function limitOf({ holderKind, holder, zone, arch, soft }: QuotaBalance): QuotePicture['quotas'][number] {
  const [giving = '', system] = holder.split('/');
  const place = {
    ...(zone === '*' ? {} : { zone }),
    ...(arch === '*' ? {} : { arch: arch as Quota['spec']['arch'] }),
    limits: {},
    basis: '-',
  };
  return holderKind === 'organisation'
    ? { givingOrganization: '', spec: { child: { organization: holder }, ...place }, soft }
    : { givingOrganization: giving, spec: { child: { system: system ?? '' }, ...place }, soft };
}

function balancesOf(
  { zone, arch, hard, posted, pending }: Capacity | QuotaBalance,
  holderKind: HolderKind,
  holder: string,
): Balance[] {
  // The report fills up with zeros where the books have no account.
  return RESOURCES.filter((resource) =>
    [hard, posted, pending].some((amounts) => amounts[resource] !== '0'),
  ).map((resource) => ({
    account: { holderKind, holder, zone, arch, resource },
    hard: parseQuantity(resource, hard[resource]),
    posted: parseQuantity(resource, posted[resource]),
    pending: parseQuantity(resource, pending[resource]),
  }));
}

function demandsOfHold(hold: Hold): Demand[] {
  return hold.accounts.flatMap(({ holderKind, holder, zone, arch, pending }) =>
    RESOURCES.filter((resource) => pending[resource] !== '0').map((resource) => ({
      account: { holderKind, holder, zone, arch, resource },
      amount: parseQuantity(resource, pending[resource]),
    })),
  );
}

/** What a raise would leave free on its account. */
async function raiseEffects(picture: QuotePicture): Promise<Effect[]> {
  const [{ raisedScope }, { freeOf }, { scopePath }, { formatQuantity, ResourceVector }] = await Promise.all([
    import('../../domain/request/raise.ts'),
    import('../../domain/quota/fit.ts'),
    import('../../domain/quota/accounts.ts'),
    import('../../domain/quantity.ts'),
  ]);
  const scope = raisedScope(picture.request);
  if (!scope) return [];
  const asked = ResourceVector.parse(picture.request.spec.quota?.limits ?? {});
  return picture.balances
    .filter(({ account }) => scopePath(account) === scopePath(scope) && !asked.get(account.resource).isZero())
    .map((balance) => {
      const { resource } = balance.account;
      const [amount, free] = [asked.get(resource), freeOf(balance)];
      return {
        ...scope,
        resource,
        hard: formatQuantity(resource, balance.hard),
        asked: formatQuantity(resource, amount),
        freeBefore: formatQuantity(resource, free),
        freeAfter: formatQuantity(resource, free.plus(amount)),
      };
    });
}

async function effectsOf(demands: readonly Demand[], picture: QuotePicture): Promise<Effect[]> {
  const [{ accountPath, freeOf, sumByAccount }, { formatQuantity }] = await Promise.all([
    import('../../domain/quota/fit.ts'),
    import('../../domain/quantity.ts'),
  ]);
  const balances = new Map(picture.balances.map((it) => [accountPath(it.account), it]));
  const released = sumByAccount(picture.released);
  return [...sumByAccount(demands)].flatMap(([path, { account, amount }]) => {
    const balance = balances.get(path);
    if (!balance) return [];
    const back = released.get(path)?.amount;
    const before = back === undefined ? freeOf(balance) : freeOf(balance).plus(back);
    const { resource, ...place } = account;
    return [
      {
        ...place,
        resource,
        hard: formatQuantity(resource, balance.hard),
        asked: formatQuantity(resource, amount),
        freeBefore: formatQuantity(resource, before),
        freeAfter: formatQuantity(resource, before.minus(amount)),
      },
    ];
  });
}
