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
import { codeOf } from '../../api/v1alpha1/index.ts';
import { errorMessages } from '../../messages/errors.ts';
import { renderBoth } from '../../messages/index.ts';
import { stateMessages } from '../../messages/states.ts';
import { chooseFlow } from '../approval/flow.ts';
import { canonicalJson } from '../canonical.ts';
import { checkParameters, consumptionOf, itemVersion, monthlyPriceOf } from '../catalogue/item.ts';
import { givesDisk } from '../catalogue/render.ts';
import { GovError, type Reason, reason } from '../errors.ts';
import { candidateOf, type Workload, workloadItem, type WorkloadItem } from '../placement/filter.ts';
import { accountOf, placeWorkload } from '../placement/place.ts';
import { type PlacementRecord, recordOf } from '../placement/record.ts';
import { Amount, ResourceVector } from '../quantity.ts';
import { chainOf, demandsOf, demandsOn, limitedScopes, scopeOf, scopePath } from '../quota/accounts.ts';
import { zoneUnknown, zonesOf } from '../references.ts';
import { sameJson } from '../same.ts';
import { checkRaise, quoteRaise } from './raise.ts';
import { type Balance, balancesByPath, beyondSoft, type Demand, fit, type SoftLimits } from '../quota/fit.ts';
import { checkBudget } from './money.ts';
import { repeatsOf, type SharedPlatform } from './repeats.ts';
import { checkTransfer, type Giving, takeOver } from './transfer.ts';
import type { Takeover } from '../approval/ticket.ts';

type Action = ResourceRequest['spec']['action'];

/** All that a quote depends on. The CLI's dry run and the operator fill it alike. */
export interface QuotePicture {
  readonly request: ResourceRequest;
  /** The day in the city, YYYY-MM-DD. */
  readonly today: string;
  readonly organizations: ReadonlyMap<string, Organization>;
  readonly quotas: readonly {
    readonly spec: Quota['spec'];
    readonly givingOrganization: string;
    /** The soft limits of the day, as its status shows them. */
    readonly soft?: SoftLimits | undefined;
  }[];
  readonly items: ReadonlyMap<string, CatalogItem>;
  readonly flows: readonly ApprovalFlow[];
  readonly pools: readonly CapacityPool[];
  readonly clusters: ReadonlyMap<string, MemberCluster>;
  readonly system: InformationSystem | undefined;
  readonly project: Project | undefined;
  /** The allocation that the request names, for changes. */
  readonly target: Allocation | undefined;
  /** The allocations that the request is to stand apart from, as far as there are. */
  readonly neighbours: readonly Allocation[];
  /** Of a transfer alone: the giver's side. */
  readonly giving?: Giving | undefined;
  /** Another open request for the same allocation, by name. */
  readonly rival: string | undefined;
  /** What its namespace was granted, and its other requests there; any of both may be among them. */
  readonly grants: readonly Allocation[];
  readonly others: readonly ResourceRequest[];
  /** What the province builds for all. */
  readonly platforms: readonly SharedPlatform[];
  readonly balances: readonly Balance[];
  /** What the request's present hold would give back. */
  readonly released: readonly Demand[];
}

export type QuoteResult =
  | {
      readonly ok: true;
      readonly quote: Quote;
      readonly demands: readonly Demand[];
      /** Absent where nothing is placed. */
      readonly placement?: PlacementRecord;
      /** Of a transfer alone. */
      readonly takeover?: Takeover;
    }
  | { readonly ok: false; readonly reasons: readonly Reason[]; readonly pools: Quote['pools'] };

/** What leaves the size of its target as it is. */
const KEEPS: ReadonlySet<Action> = new Set(['Renew', 'Suspend', 'Resume', 'Transfer']);
/** What need not be fit to be given: it is taken out of use. */
const ENDS: ReadonlySet<Action> = new Set(['Release', 'Suspend']);

/** The bound that the schema sets to a reason's text. */
const MAX_REASON_LENGTH = 1000;

/** Reasons as objects carry them: code, both languages, place; each once. */
export function reasonTexts(reasons: readonly Reason[]): ReasonText[] {
  const texts = reasons.map((it) => ({
    code: it.code,
    message: renderBoth(errorMessages[it.code], it.params).slice(0, MAX_REASON_LENGTH),
    ...(it.where === undefined ? {} : { where: it.where.slice(0, 200) }),
  }));
  return [...new Map(texts.map((it) => [canonicalJson(it), it])).values()];
}

/**
 * Prices a request, places it and says what it asks of every account, or tells every reason why it cannot be
 * granted: of each account up the tree and of each pool.
 */
export function quoteRequest(picture: QuotePicture): QuoteResult {
  try {
    return quoteOrThrow(picture);
  } catch (error) {
    if (error instanceof GovError) return { ok: false, reasons: error.reasons, pools: [] };
    throw error;
  }
}

function quoteOrThrow(picture: QuotePicture): QuoteResult {
  const { request, today } = picture;
  const { spec } = request;
  if (spec.quota) return quoteRaise(picture, checkJoined(picture));
  const organization = codeOf(request.metadata.namespace ?? '') ?? '';
  const reasons = [
    ...checkJoined(picture),
    ...zoneUnknown(spec.zone, zonesOf(picture.pools, [...picture.clusters.values()]), 'spec.zone'),
    ...checkLines(picture),
    ...checkShrink(picture),
  ];
  if (reasons.length > 0) return { ok: false, reasons, pools: [] };

  const { lines } = spec;
  const held =
    picture.target === undefined ? ResourceVector.zero : ResourceVector.parse(picture.target.spec.consumes);
  let total = ResourceVector.zero;
  const items: WorkloadItem[] = [];
  const measured: { line: (typeof lines)[number]; consumes: ResourceVector }[] = [];
  for (const line of lines) {
    const item = picture.items.get(line.item) as CatalogItem;
    const unit = consumptionOf(line.item, item.spec, line.parameters);
    const consumes = unit.times(line.quantity);
    const judged = workloadItem(item, line.parameters, standsAlready(picture, line, unit) ? undefined : unit);
    // Lines that are alike to placement are judged once.
    if (!items.some((it) => sameJson(it, judged))) items.push(judged);
    measured.push({ line, consumes });
    total = total.plus(consumes);
  }
  // What stands is kept as it was priced and measured when it was granted.
  if (KEEPS.has(spec.action)) total = held;
  // What is transferred is all new to who receives it, and nothing new to its pool.
  const transfers = spec.action === 'Transfer' && picture.target !== undefined;
  const change = spec.action === 'Release' ? held.times(-1) : transfers ? held : total.minus(held);
  const increase = change.positivePart();

  const chain = chainOf(picture.organizations, organization, today);
  const scopes = limitedScopes(picture.quotas);
  const taken = (demands: readonly Demand[]) =>
    transfers && picture.target ? takeOver(demands, picture.target, picture.giving?.posted ?? []) : undefined;
  const asked = (zone: string, arch: string) =>
    demandsOf(increase, { organization, system: spec.system, zone, arch }, chain, scopes);
  const quotasAt = (zone: string, arch: string) => taken(asked(zone, arch))?.rest ?? asked(zone, arch);

  const balances = balancesByPath(picture.balances);
  const input = {
    workload: workloadOf(picture, items),
    candidates: picture.pools.map((pool) => candidateOf(pool, picture.clusters.get(pool.spec.cluster))),
    amounts: transfers ? ResourceVector.zero : increase,
    balances,
    // A quota that names no architecture is the same in each pool of the zone: it refuses the request, not a pool.
    quotasAt: (pool: { readonly zone: string; readonly arch: string }) =>
      quotasAt(pool.zone, pool.arch).filter(({ account }) => account.arch !== '*'),
    released: picture.released,
  };
  const placement = placeWorkload(input);
  const pools = placement.verdicts
    .map((verdict) => ({ ...verdict, reasons: reasonTexts(verdict.reasons).slice(0, 64) }))
    .slice(0, 32);

  // Without a pool the tree is still judged, so that a refusal names every account and every pool at once.
  const arch = placement.chosen?.pool.arch ?? spec.arch ?? '*';
  const demands = quotasAt(spec.zone, arch);
  const room = fit(demands, balances, picture.released);
  if (!room.ok) reasons.push(...room.reasons);
  if (placement.chosen === undefined) {
    reasons.push(
      ...placement.verdicts.flatMap(({ pool, reasons: why }) =>
        why.map((it) => ({ ...it, where: it.where ?? `pool/${pool}` })),
      ),
      ...(placement.fragmented ? [placement.fragmented] : []),
    );
  }
  if (!placement.chosen) return { ok: false, reasons, pools };

  const { pool } = placement.chosen;
  let monthly = Amount.of('fen', 0);
  const quoted = measured.map(({ line, consumes }) => {
    const item = picture.items.get(line.item) as CatalogItem;
    const price = monthlyPriceOf(line.item, item.spec, line.parameters, pool.arch, today).times(
      line.quantity,
    );
    monthly = monthly.plus(price);
    return {
      name: line.name,
      item: line.item,
      itemVersion: itemVersion(item.spec),
      quantity: line.quantity,
      consumes: consumes.toQuantities() as Record<string, string>,
      monthlyFen: Number(price.value),
    };
  });
  if (KEEPS.has(spec.action) && picture.target) {
    const { item, itemVersion: version, quantity, consumes, monthlyFen } = picture.target.spec;
    quoted.push({
      name: 'target',
      item,
      itemVersion: version,
      quantity,
      consumes: consumes as Record<string, string>,
      monthlyFen,
    });
    monthly = monthly.plus(Amount.of('fen', monthlyFen));
  }
  const monthlyFen = Number(monthly.value);
  const choice = chooseFlow(picture.flows, {
    action: spec.action,
    mlps: spec.mlps,
    // What is given back is looked at as a whole, too.
    ...(spec.action === 'Release'
      ? { total: held, monthlyFen: picture.target?.spec.monthlyFen ?? 0 }
      : { total, monthlyFen }),
  });
  if ('reason' in choice) reasons.push(choice.reason);
  reasons.push(...checkBudget(picture, monthlyFen));
  if (reasons.length > 0 || !('flow' in choice)) return { ok: false, reasons, pools };
  const soft = new Map(
    picture.quotas.flatMap(({ spec: of, givingOrganization, soft: limits }) =>
      limits ? [[scopePath(scopeOf(of, givingOrganization)), limits] as const] : [],
    ),
  );
  const warnings = reasonTexts([
    ...erasedBy(picture),
    ...repeatsOf(picture),
    ...beyondSoft(demands, balances, soft, picture.released),
  ]).slice(0, 64);
  const all = [...asked(spec.zone, arch), ...demandsOn(accountOf(pool), increase)];
  const takes = taken(all);
  return {
    ok: true,
    demands: takes?.rest ?? all,
    ...(takes ? { takeover: takes.takeover } : {}),
    // What asks nothing of a pool stays where it is: there is no choice to keep.
    ...(input.amounts.isZero() ? {} : { placement: recordOf(input, placement.verdicts) }),
    quote: {
      pool: pool.name,
      cluster: pool.cluster,
      zone: pool.zone,
      arch: pool.arch,
      flow: choice.flow.metadata.name,
      steps: choice.flow.spec.steps,
      lines: quoted,
      total: total.toQuantities() as Record<string, string>,
      change: change.toQuantities() as Record<string, string>,
      monthlyFen,
      pools,
      ...(warnings.length === 0 ? {} : { warnings }),
    },
  };
}

/** Whether no unit of a change needs more of a node than one that stands now; then none has to be found. */
function standsAlready(
  { target }: QuotePicture,
  { quantity }: { readonly quantity: number },
  unit: ResourceVector,
): boolean {
  if (!target || quantity > target.spec.quantity) return false;
  const [asked, held] = [unit.times(target.spec.quantity), ResourceVector.parse(target.spec.consumes)];
  return (['vcpu', 'memory'] as const).every((it) => asked.get(it).compare(held.get(it)) <= 0);
}

function workloadOf({ request, system, target, neighbours }: QuotePicture, items: WorkloadItem[]): Workload {
  const { action, zone, arch, mlps, recoveryOf = [], apartFrom = [] } = request.spec;
  const standsIn = target?.spec.pool;
  const named = (names: readonly string[]) =>
    neighbours
      .filter(({ metadata }) => names.includes(metadata.name))
      .map(({ metadata, spec }) => ({ allocation: metadata.name, zone: spec.zone, pool: spec.pool }));
  return {
    zone,
    ...(arch === undefined ? {} : { arch }),
    items,
    ...(standsIn === undefined ? {} : { standsIn }),
    ...(ENDS.has(action)
      ? { mlps: 1 }
      : {
          mlps,
          ...(system ? { dataClass: system.spec.dataClass, xinchuang: system.spec.xinchuang ?? false } : {}),
        }),
    ...(recoveryOf.length === 0 ? {} : { recoveryOf: named(recoveryOf) }),
    ...(apartFrom.length === 0 ? {} : { apartFrom: named(apartFrom) }),
  };
}

/**
 * What of a request depends on other objects: its system, its project, its target. Asked at the quote and again
 * before the books post, since these change by themselves.
 */
export function checkJoined(picture: Omit<QuotePicture, 'released'>): readonly Reason[] {
  return [
    ...checkSubject(picture),
    ...checkTarget(picture),
    ...checkNeighbours(picture),
    ...checkRaise(picture),
  ];
}

function checkSubject({
  request: { spec },
  system,
  project,
  today,
}: Omit<QuotePicture, 'released'>): readonly Reason[] {
  const reasons: Reason[] = [];
  if (!system) reasons.push(reason('E_SYSTEM_UNKNOWN', { system: spec.system }, 'spec.system'));
  else if (system.spec.mlps.level !== spec.mlps) {
    const params = { asked: spec.mlps, registered: system.spec.mlps.level, system: spec.system };
    reasons.push(reason('E_MLPS_MISMATCH', params, 'spec.mlps'));
  }
  if (!project) reasons.push(reason('E_PROJECT_UNKNOWN', { project: spec.project }, 'spec.project'));
  else {
    const { from, until, systems } = project.spec;
    if (!systems.includes(spec.system)) {
      reasons.push(
        reason('E_PROJECT_SYSTEM', { project: spec.project, system: spec.system }, 'spec.project'),
      );
    }
    // What is taken out of use needs no project in force.
    if (!ENDS.has(spec.action) && (today < from || (until !== undefined && today > until))) {
      const params = { project: spec.project, from, until: until ?? { zh: '长期', en: 'no end' } };
      reasons.push(reason('E_PROJECT_PERIOD', params, 'spec.project'));
    }
  }
  if (spec.until !== undefined && spec.until <= today) {
    reasons.push(reason('E_TERM_PAST', { until: spec.until, today }, 'spec.until'));
  }
  return reasons;
}

function checkTarget(picture: Omit<QuotePicture, 'released'>): readonly Reason[] {
  const { target, rival, today } = picture;
  const { spec } = picture.request;
  if (!spec.target) return [];
  const { allocation, uid, revision } = spec.target;
  const isAnothers = spec.action !== 'Transfer' && target?.spec.system !== spec.system;
  if (!target || target.metadata.uid !== uid || isAnothers) {
    return [reason('E_TARGET_UNKNOWN', { allocation }, 'spec.target.allocation')];
  }
  if (target.spec.transferred) {
    const to = target.spec.transferred.organization;
    return [reason('E_TARGET_TRANSFERRED', { allocation, to }, 'spec.target')];
  }
  const reasons: Reason[] = [];
  if (spec.action === 'Transfer') reasons.push(...checkTransfer(picture, target));
  if (target.spec.released) reasons.push(reason('E_TARGET_RELEASED', { allocation }, 'spec.target'));
  const isHeld = target.status?.conditions?.some(
    ({ type, status }) => type === 'LegalHold' && status === 'True',
  );
  if (isHeld && ['Release', 'Resize', 'Transfer'].includes(spec.action))
    reasons.push(reason('E_TARGET_HELD', { allocation }, 'spec.target'));
  // What stands of opening stock is known once its member was looked at: a shrink before that would miss the rest.
  const needsSight = spec.action === 'Resize' || spec.action === 'Transfer';
  if (needsSight && target.spec.adopted && target.status?.observedRevision === undefined) {
    reasons.push(reason('E_TARGET_UNSEEN', { allocation }, 'spec.target'));
  }
  const term = target.spec.until;
  if (spec.action === 'Renew' && spec.until !== undefined && term !== undefined && spec.until <= term)
    reasons.push(reason('E_TERM_NOT_LONGER', { until: spec.until, current: term }, 'spec.until'));
  reasons.push(...checkSwitch(spec, target, today));
  if (target.spec.revision !== revision) {
    reasons.push(
      reason(
        'E_TARGET_CHANGED',
        { allocation, current: target.spec.revision, asked: revision },
        'spec.target.revision',
      ),
    );
  }
  // A change whose shrink is not seen yet is as open as one under review.
  const shrinking = spec.action === 'Release' ? undefined : target.spec.pendingCredit;
  const owing = target.spec.changes.find(({ request }) => request === shrinking?.request);
  const busy = rival ?? owing?.serial ?? shrinking?.request;
  if (busy !== undefined) reasons.push(reason('E_TARGET_BUSY', { allocation, other: busy }, 'spec.target'));
  const [line] = spec.lines;
  if (line && line.item !== target.spec.item) {
    reasons.push(
      reason('E_TARGET_ITEM', { current: target.spec.item, asked: line.item }, 'spec.lines[0].item'),
    );
  }
  return reasons;
}

/** What a request is to stand apart from is granted to the same system, and not given back. */
function checkNeighbours({
  request: { spec },
  neighbours,
}: Omit<QuotePicture, 'released'>): readonly Reason[] {
  return (['recoveryOf', 'apartFrom'] as const).flatMap((field) =>
    (spec[field] ?? [])
      .filter(
        (name) =>
          !neighbours.some(
            (it) => it.metadata.name === name && it.spec.system === spec.system && !it.spec.released,
          ),
      )
      .map((allocation) =>
        reason('E_NEIGHBOUR_UNKNOWN', { allocation, system: spec.system }, `spec.${field}`),
      ),
  );
}

/** What is suspended is resumed before it is resized; only what runs is suspended, and only what stands still is resumed. */
function checkSwitch(
  { action, target: named }: ResourceRequest['spec'],
  { spec, status }: Allocation,
  today: string,
): readonly Reason[] {
  const allocation = named?.allocation ?? '';
  const isStill = status?.state === 'Suspended';
  const wrongState = reason(
    'E_TARGET_STATE',
    { allocation, state: stateMessages[status?.state ?? 'PendingProvisioning'] },
    'spec.target',
  );
  switch (action) {
    case 'Resize':
      return isStill || spec.suspended ? [reason('E_TARGET_SUSPENDED', { allocation }, 'spec.target')] : [];
    case 'Suspend':
      if (status?.state !== 'InUse' && status?.state !== 'Expired') return [wrongState];
      return spec.suspended || !status.suspendable
        ? [reason('E_TARGET_NOT_SUSPENDABLE', { allocation }, 'spec.target')]
        : [];
    case 'Resume':
      if (!isStill) return [wrongState];
      // What its term has stopped runs again when it is renewed.
      return spec.until !== undefined && spec.until < today
        ? [reason('E_TARGET_EXPIRED', { allocation, until: spec.until }, 'spec.target')]
        : [];
    default:
      return [];
  }
}

/** What a resize would change or make smaller and cannot, such as disks: a member refuses it when everything is approved. */
function checkShrink({ request: { spec }, items, target }: QuotePicture): readonly Reason[] {
  const [line] = spec.lines;
  if (spec.action !== 'Resize' || !line || !target) return [];
  return (items.get(line.item)?.spec.parameters ?? []).flatMap(({ name, shrinkable, changeable }) => {
    const current = target.spec.parameters[name];
    const asked = line.parameters[name];
    const where = `spec.lines[${line.name}].parameters.${name}`;
    if (changeable === false && asked !== current)
      return [reason('E_PARAMETER_FIXED', { parameter: name, current: current ?? '-' }, where)];
    if (shrinkable !== false || typeof current !== 'number' || typeof asked !== 'number' || asked >= current)
      return [];
    return [reason('E_PARAMETER_SHRINK', { parameter: name, current, asked }, where)];
  });
}

/** What a smaller number of units erases: days of retention are a release's alone. */
function erasedBy({ request: { spec }, items, target }: QuotePicture): readonly Reason[] {
  const [line] = spec.lines;
  if (spec.action !== 'Resize' || !line || !target) return [];
  const count = target.spec.quantity - line.quantity;
  const templates = items.get(line.item)?.spec.templates ?? [];
  const hasDisks = templates.some((it) => it.each === 'unit' && givesDisk(line.item, it));
  return count > 0 && hasDisks
    ? [reason('E_SHRINK_ERASES', { count }, `spec.lines[${line.name}].quantity`)]
    : [];
}

function checkLines({ request: { spec }, items }: QuotePicture): readonly Reason[] {
  return spec.lines.flatMap((line) => {
    const where = `spec.lines[${line.name}]`;
    const item = items.get(line.item);
    if (!item) return [reason('E_ITEM_UNKNOWN', { item: line.item }, `${where}.item`)];
    const reasons = [...checkParameters(item.spec, line.parameters, `${where}.parameters`)];
    if (line.quantity > item.spec.maxQuantity) {
      const params = { item: line.item, highest: item.spec.maxQuantity, asked: line.quantity };
      reasons.push(reason('E_ITEM_QUANTITY', params, `${where}.quantity`));
    }
    if (spec.mlps > item.spec.maxMlps) {
      const params = { item: line.item, highest: item.spec.maxMlps, asked: spec.mlps };
      reasons.push(reason('E_MLPS_ITEM', params, `${where}.item`));
    }
    // Checked must be the version that would be granted: of such versions alone there is a snapshot.
    const valid = item.status?.conditions?.find(({ type }) => type === 'Valid')?.status === 'True';
    if (!valid || item.status?.version !== itemVersion(item.spec))
      reasons.push(reason('E_ITEM_INVALID', { item: line.item }, `${where}.item`));
    return reasons;
  });
}
