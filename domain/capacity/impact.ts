import type { Amounts, Balances, Hold } from '../../api/reports/index.ts';
import type { Allocation, CapacityPool } from '../../api/v1alpha1/index.ts';
import { poolAccount } from '../placement/place.ts';
import { Amount, formatQuantity, RESOURCES, ResourceVector, unitOf } from '../quantity.ts';
import { accountPath, type Balance } from '../quota/fit.ts';
import { type QuotePicture, quoteRequest } from '../request/quote.ts';
import { grantableOn, largerOf } from './grantable.ts';
import { isOver } from '../allocation/over.ts';

/** All that the impact of a change of capacity depends on. */
export interface CapacityPicture {
  /** The day in the city, YYYY-MM-DD: what a pool may grant goes by the policy of the day. */
  readonly today: string;
  /** The pools as the hub has them. */
  readonly before: readonly CapacityPool[];
  /** The pools as they would be. One that is not named goes away. */
  readonly after: readonly CapacityPool[];
  /** What the books say of each pool; a pool that they do not know has nothing in use. */
  readonly books: readonly (Pick<Balances, 'posted' | 'pending'> & { readonly pool: string })[];
  readonly allocations: readonly Allocation[];
  /** Holds that are still pending. */
  readonly holds: readonly Hold[];
  /** Requests that cannot go on as things are. */
  readonly waiting: readonly QuotePicture[];
}

export type PoolChange = 'added' | 'removed' | 'shrunk' | 'raised' | 'kept';

/** One pool before and after. What may be granted is that of the day; what is free may be negative. */
export interface PoolImpact {
  readonly pool: string;
  readonly zone: string;
  readonly arch: string;
  readonly change: PoolChange;
  readonly hard: { readonly before: Amounts; readonly after: Amounts };
  readonly posted: Amounts;
  readonly pending: Amounts;
  readonly free: { readonly before: Amounts; readonly after: Amounts };
}

/** What stays free in a zone on an architecture, all its pools together. */
export interface PlaceImpact {
  readonly zone: string;
  readonly arch: string;
  readonly before: Amounts;
  readonly after: Amounts;
}

/** What the API server's policy on pools refuses: its code, and how much more is in use than would be left. */
export interface PoolRefusal {
  readonly pool: string;
  readonly code: 'E_POOL_SHRUNK' | 'E_IN_USE';
  readonly short: Partial<Amounts>;
}

/** What of one organisation stands or is held in pools that a change would cut below what is in use. */
export interface OrganizationImpact {
  readonly organization: string;
  readonly allocations: readonly {
    readonly name: string;
    readonly pool: string;
    readonly system: string;
    readonly item: string;
    readonly consumes: Partial<Amounts>;
  }[];
  readonly holds: readonly {
    readonly request: string;
    readonly serial?: string;
    readonly pool: string;
    readonly pending: Partial<Amounts>;
  }[];
}

/** A request that could go on. */
export interface Unblocked {
  readonly namespace: string;
  readonly request: string;
  readonly serial?: string;
  readonly pool: string;
}

export interface Impact {
  readonly pools: readonly PoolImpact[];
  readonly places: readonly PlaceImpact[];
  readonly refusals: readonly PoolRefusal[];
  readonly organizations: readonly OrganizationImpact[];
  readonly unblocked: readonly Unblocked[];
}

/**
 * What a change of pools does to what is in use. The rule of the refusals is that of the policy
 * `policies/admission/pool.yaml`: total less reserve is not lowered below what is posted and pending, nor by more than
 * overcommit leaves free, though an overdrawn pool may get a part of what it lacks, and a pool in which anything is posted or pending stays.
 */
export function impactOf(picture: CapacityPicture): Impact {
  const pools = judge(picture);
  const refusals = pools.flatMap(({ refusal }) => refusal ?? []);
  const cut = new Set(refusals.map(({ pool }) => pool));
  return Object.freeze({
    pools: pools.map(({ impact }) => impact),
    places: placesOf(pools),
    refusals,
    organizations: organizationsIn(cut, picture),
    unblocked: unblockedBy(picture),
  });
}

interface Judged {
  readonly impact: PoolImpact;
  readonly refusal: PoolRefusal | undefined;
  readonly freeBefore: ResourceVector;
  readonly freeAfter: ResourceVector;
}

function judge({ before, after, books, today }: CapacityPicture): Judged[] {
  const was = new Map(before.map((it) => [it.metadata.name, it]));
  const will = new Map(after.map((it) => [it.metadata.name, it]));
  const counted = new Map(books.map((it) => [it.pool, it]));
  return [...new Set([...was.keys(), ...will.keys()])].toSorted().map((pool) => {
    const [old, fresh] = [was.get(pool), will.get(pool)];
    const { zone, arch } = (fresh ?? (old as CapacityPool)).spec;
    // The API server judges by the object, which may be a moment behind the books; neither may be overdrawn.
    const posted = largerOf(signed(old?.status?.posted), signed(counted.get(pool)?.posted));
    const pending = largerOf(signed(old?.status?.pending), signed(counted.get(pool)?.pending));
    const [hardBefore, hardAfter] = [grantable(old, today), grantable(fresh, today)];
    const [declaredBefore, declaredAfter] = [declared(old), declared(fresh)];
    const used = posted.plus(pending);
    const [freeBefore, freeAfter] = [hardBefore.minus(used), hardAfter.minus(used)];
    const change = changeOf(old, fresh, hardBefore, hardAfter);
    const isCut = (resource: (typeof RESOURCES)[number]) =>
      change === 'removed' || declaredAfter.get(resource).compare(declaredBefore.get(resource)) < 0;
    // Where overcommit grants more than is declared, what is granted today is cut by as much as is declared less.
    const { hard, observedGeneration } = old?.status ?? {};
    const isKnown = hard !== undefined && observedGeneration === old?.metadata.generation;
    const granted = isKnown ? signed(hard) : declaredBefore;
    const left = largerOf(declaredAfter, declaredAfter.minus(declaredBefore).plus(granted)).minus(used);
    const short = ResourceVector.of(
      Object.fromEntries(
        RESOURCES.filter((it) => isCut(it) && left.get(it).isNegative()).map((it) => [
          it,
          -left.get(it).value,
        ]),
      ),
    );
    const code = change === 'removed' ? 'E_IN_USE' : 'E_POOL_SHRUNK';
    return {
      impact: {
        pool,
        zone,
        arch,
        change,
        hard: { before: amounts(hardBefore), after: amounts(hardAfter) },
        posted: amounts(posted),
        pending: amounts(pending),
        free: { before: amounts(freeBefore), after: amounts(freeAfter) },
      },
      refusal: short.isZero() ? undefined : { pool, code, short: short.toQuantities() },
      freeBefore,
      freeAfter,
    };
  });
}

function changeOf(
  old: CapacityPool | undefined,
  fresh: CapacityPool | undefined,
  before: ResourceVector,
  after: ResourceVector,
): PoolChange {
  if (!old) return 'added';
  if (!fresh) return 'removed';
  const compared = RESOURCES.map((it) => after.get(it).compare(before.get(it)));
  return compared.includes(-1) ? 'shrunk' : compared.includes(1) ? 'raised' : 'kept';
}

function grantable(pool: CapacityPool | undefined, day: string): ResourceVector {
  return pool ? grantableOn(pool.spec, day) : ResourceVector.zero;
}

/** Total less reserve, whatever the policy of the day makes of it: what the API server compares, which knows no day. */
function declared(pool: CapacityPool | undefined): ResourceVector {
  if (!pool) return ResourceVector.zero;
  return ResourceVector.parse(pool.spec.total).minus(ResourceVector.parse(pool.spec.reserve));
}

function placesOf(pools: readonly Judged[]): PlaceImpact[] {
  const places = new Map<
    string,
    { zone: string; arch: string; before: ResourceVector; after: ResourceVector }
  >();
  for (const { impact, freeBefore, freeAfter } of pools) {
    const { zone, arch } = impact;
    const key = `${zone}/${arch}`;
    const known = places.get(key) ?? { zone, arch, before: ResourceVector.zero, after: ResourceVector.zero };
    places.set(key, { ...known, before: known.before.plus(freeBefore), after: known.after.plus(freeAfter) });
  }
  return [...places.values()].map((it) => ({ ...it, before: amounts(it.before), after: amounts(it.after) }));
}

function organizationsIn(
  pools: ReadonlySet<string>,
  { allocations, holds }: CapacityPicture,
): OrganizationImpact[] {
  const found = new Map<
    string,
    { allocations: OrganizationImpact['allocations'][number][]; holds: OrganizationImpact['holds'][number][] }
  >();
  const of = (organization: string) => {
    const known = found.get(organization) ?? { allocations: [], holds: [] };
    found.set(organization, known);
    return known;
  };
  for (const allocation of allocations) {
    const { metadata, spec } = allocation;
    if (!pools.has(spec.pool) || isOver(allocation)) continue;
    const { pool, system, item, consumes } = spec;
    of(spec.organization).allocations.push({
      name: metadata.name,
      pool,
      system,
      item,
      consumes: ResourceVector.parse(consumes).toQuantities(),
    });
  }
  for (const { metadata, requestName, serial, requestUid, accounts } of holds) {
    for (const { holderKind, holder, pending } of accounts) {
      if (holderKind !== 'pool' || !pools.has(holder)) continue;
      of(metadata.namespace?.replace(/^gov-/, '') ?? '-').holds.push({
        request: requestName ?? requestUid,
        ...(serial === undefined ? {} : { serial }),
        pool: holder,
        pending: ResourceVector.parse(pending).toQuantities(),
      });
    }
  }
  return [...found]
    .map(([organization, it]) => ({ organization, ...it }))
    .toSorted((a, b) => (a.organization < b.organization ? -1 : 1));
}

/** Requests that the present pools refuse and those to come would take, by the operator's own quote. */
function unblockedBy({ before, after, waiting, today }: CapacityPicture): Unblocked[] {
  return waiting.flatMap((picture) => {
    if (quoteRequest(picture).ok) return [];
    const result = quoteRequest({
      ...picture,
      pools: after,
      balances: withPools(picture.balances, before, after, today),
    });
    if (!result.ok || result.quote.pool === undefined) return [];
    const { name, namespace = '' } = picture.request.metadata;
    const serial = picture.request.status?.serial;
    return [
      { namespace, request: name, ...(serial === undefined ? {} : { serial }), pool: result.quote.pool },
    ];
  });
}

/** Balances with the limits that other pools would bring; what is in use stays. */
function withPools(
  balances: readonly Balance[],
  before: readonly CapacityPool[],
  after: readonly CapacityPool[],
  today: string,
): Balance[] {
  const gone = new Set(before.map(({ metadata }) => metadata.name));
  const known = new Map(balances.map((it) => [accountPath(it.account), it]));
  const fresh = after.flatMap((pool) =>
    RESOURCES.map((resource): Balance => {
      const account = { ...poolAccount(pool), resource };
      const zero = Amount.of(unitOf(resource), 0n);
      const { pending, posted } = known.get(accountPath(account)) ?? { pending: zero, posted: zero };
      return { account, hard: grantable(pool, today).get(resource), pending, posted };
    }),
  );
  return [
    ...balances.filter(({ account }) => account.holderKind !== 'pool' || !gone.has(account.holder)),
    ...fresh,
  ];
}

/** From quantities that may be negative, as a status and a report carry them. */
function signed(quantities: Readonly<Record<string, string>> | undefined): ResourceVector {
  const parts = RESOURCES.flatMap((resource) => {
    const text = quantities?.[resource];
    if (text === undefined) return [];
    const size = ResourceVector.parse({ [resource]: text.replace(/^-/, '') }).get(resource).value;
    return [[resource, text.startsWith('-') ? -size : size] as const];
  });
  return ResourceVector.of(Object.fromEntries(parts));
}

function amounts(vector: ResourceVector): Amounts {
  return Object.fromEntries(
    RESOURCES.map((it) => [it, formatQuantity(it, vector.get(it))]),
  ) as unknown as Amounts;
}
