import { resourceOf } from '../../../api/kind.ts';
import { CapacityPool, codeOf, Quota, type Resources } from '../../../api/v1alpha1/index.ts';
import { cityDay, startOfDay } from '../../../domain/calendar.ts';
import { grantableOn, nodeShortfall, policyDays } from '../../../domain/capacity/grantable.ts';
import { settleConditions, type WantedCondition } from '../../../domain/conditions.ts';
import { GovError, type Reason, reason } from '../../../domain/errors.ts';
import { nodesOf } from '../../../domain/placement/filter.ts';
import { poolAccount } from '../../../domain/placement/place.ts';
import { type Amount, formatQuantity, RESOURCES, ResourceVector } from '../../../domain/quantity.ts';
import { limitSetter, scopeOf, scopePath } from '../../../domain/quota/accounts.ts';
import { type AccountKey, type Balance, freeOf, isAboveSoft } from '../../../domain/quota/fit.ts';
import { changeDays, limitOn, loanDays, softOn } from '../../../domain/quota/limit.ts';
import { poolReferences, quotaReferences, resolvedRefs } from '../../../domain/references.ts';
import { sameJson } from '../../../domain/same.ts';
import { infrastructureConditions } from '../../../messages/infrastructure.ts';
import { accountOf, borrowersOf, type Hub } from '../../adapters/hub.ts';
import { writeStatus } from '../../status.ts';
import type { Term } from '../../term.ts';

const LIMIT_FINALIZER = 'govcloud.dev/limit';
/** A timer holds no more than 24 days. */
const MAX_WAIT_MS = 86_400_000;

export type Limited = CapacityPool | Quota;
type Scope = Omit<AccountKey, 'resource'>;

/** The account that a pool or a quota limits; none where nobody gives. */
export function limitedScope(object: Limited): Scope | undefined {
  if (isPool(object)) return poolAccount(object);
  const giving = codeOf(object.metadata.namespace ?? '');
  return giving === undefined ? undefined : scopeOf(object.spec, giving);
}

/** To what a pool or a quota limits its account on a day in the city. @param beside see `quotasBeside` */
export function hardOf(object: Limited, day: string, beside: readonly Quota[]): ResourceVector {
  return isPool(object) ? grantableOn(object.spec, day) : limitOn(object, day, beside);
}

/**
 * A quota, those of its giver that lend to it, and those that either of them lends to: as far as they set their accounts'
 * limits and stay. Its limit depends on no others; that of a pool on none.
 */
export function quotasBeside(hub: Pick<Hub, 'quotas'>, object: Limited): readonly Quota[] {
  if (isPool(object)) return [];
  return keysBeside(hub, object).flatMap((key) => {
    const found = hub.quotas.get(key);
    if (found === undefined || found.metadata.deletionTimestamp !== undefined) return [];
    const sets = accountOf(found).every(
      (path) => limitSetter(hub.quotas.byIndex('account', path))?.metadata.uid === found.metadata.uid,
    );
    return sets ? [found] : [];
  });
}

/** The keys of a quota and of those whose limits may depend on its spec, or its own on theirs. */
export function keysBeside(hub: Pick<Hub, 'quotas'>, quota: Quota): readonly string[] {
  const key = `${quota.metadata.namespace}/${quota.metadata.name}`;
  const lenders = hub.quotas.byIndex('borrower', key);
  const lending = [key, ...lenders.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)];
  return [...new Set([...lending, ...[quota, ...lenders].flatMap(borrowersOf)])];
}

function isPool(object: Limited): object is CapacityPool {
  return object.kind === CapacityPool.kind;
}

/** Enters a pool's capacity or a quota's limits into the books, and shows the account's balances on it. */
export function reconcilePool(term: Term, key: string): Promise<{ readonly requeueAfterMs: number } | void> {
  return reconcileLimit(term, term.hub.pools.get(key), resourceOf(CapacityPool));
}

export function reconcileQuota(term: Term, key: string): Promise<{ readonly requeueAfterMs: number } | void> {
  return reconcileLimit(term, term.hub.quotas.get(key), resourceOf(Quota));
}

async function reconcileLimit(
  term: Term,
  object: Limited | undefined,
  resource: ReturnType<typeof resourceOf>,
): Promise<{ readonly requeueAfterMs: number } | void> {
  if (!object) return;
  const { hub } = term;
  const { metadata } = object;
  const scope = limitedScope(object);
  // Where nobody gives there is no account: the quota is told so, and nothing else becomes of it.
  if (!scope) return tell(term, object, resource, [], {}, { beside: [], today: '' });
  const finalizers = metadata.finalizers ?? [];
  const deleting = metadata.deletionTimestamp !== undefined;
  if (!finalizers.includes(LIMIT_FINALIZER)) {
    if (!deleting) {
      // The books must hear of its end; the change comes back through the watch.
      await hub.client.update(resource, {
        ...object,
        metadata: { ...metadata, finalizers: [...finalizers, LIMIT_FINALIZER] },
      });
    }
    return;
  }
  const beside = quotasBeside(hub, object);
  const changes = changesOf(object, beside);
  const days = [...new Set(changes.flatMap((it) => it.days))].sort();
  // Only of what changes by itself it matters which day it is.
  const now = days.length === 0 ? undefined : await term.books.time();
  const today = now === undefined ? '' : cityDay(now);
  const setter =
    object.kind === 'Quota' ? limitSetter(hub.quotas.byIndex('account', scopePath(scope))) : object;
  const isSetter = setter?.metadata.uid === metadata.uid;
  const balances = isSetter ? await post(term, object, scope, { today, beside, changes }) : [];
  const soft = isPool(object) || !isSetter ? undefined : softOf(object, today, beside);
  if (deleting) {
    const rest = finalizers.filter((it) => it !== LIMIT_FINALIZER);
    await hub.client.update(resource, { ...object, metadata: { ...metadata, finalizers: rest } });
    return;
  }
  const overdrawn = balances.filter((it) => freeOf(it).isNegative()).map(({ account }) => account.resource);
  const taken = {
    type: 'Posted',
    status: 'False',
    reason: 'AccountTaken',
    message: infrastructureConditions.accountTaken,
    params: { quota: `${setter?.metadata.namespace}/${setter?.metadata.name}` },
  } as const;
  const wanted: WantedCondition[] = isSetter
    ? [
        {
          type: 'Posted',
          status: 'True',
          reason: 'Posted',
          message: infrastructureConditions.limitsPosted,
        },
        overdrawn.length > 0
          ? {
              type: 'Overdrawn',
              status: 'True',
              reason: 'AboveLimit',
              message: infrastructureConditions.overdrawn,
              params: { resources: overdrawn.join(', ') },
            }
          : {
              type: 'Overdrawn',
              status: 'False',
              reason: 'Within',
              message: infrastructureConditions.withinLimits,
            },
        ...nodeLossOf(hub, object, today),
      ]
    : [taken];
  if (soft) wanted.push(aboveSoft(balances, soft));
  const next = days.find((day) => day > today);
  const shown = isSetter
    ? {
        hard: show(balances, ({ hard }) => hard),
        posted: show(balances, ({ posted }) => posted),
        pending: show(balances, ({ pending }) => pending),
        free: show(balances, freeOf),
        ...(soft ? { soft } : {}),
        ...(next === undefined ? {} : { changesOn: next }),
      }
    : {};
  await tell(term, object, resource, wanted, shown, { beside, today });
  if (now === undefined || next === undefined) return;
  const wait = startOfDay(next).getTime() - Date.parse(now);
  return { requeueAfterMs: Math.min(wait, MAX_WAIT_MS) };
}

/** Whether a pool keeps enough back for the loss of a node; nothing while no node of it was seen. */
function nodeLossOf(hub: Hub, object: Limited, today: string): readonly WantedCondition[] {
  if (!isPool(object)) return [];
  const cluster = hub.clusters.get(object.spec.cluster);
  const nodes = cluster ? nodesOf(cluster, object.metadata.name, object.spec.arch) : [];
  if (nodes.length === 0) return [];
  const short = nodeShortfall(object.spec, nodes, today).toQuantities();
  const type = 'NodeLossCovered';
  if (Object.keys(short).length === 0)
    return [
      { type, status: 'True', reason: 'ReserveSuffices', message: infrastructureConditions.nodeLossCovered },
    ];
  const words = Object.entries(short).map(([resource, amount]) => `${resource} ${amount}`);
  return [
    {
      type,
      status: 'False',
      reason: 'ReserveTooSmall',
      message: infrastructureConditions.nodeLossUncovered,
      params: { short: words.join(', ') },
    },
  ];
}

/** Shows what became of a limit, and whether all that it names is there. */
async function tell(
  term: Term,
  object: Limited,
  resource: ReturnType<typeof resourceOf>,
  wanted: readonly WantedCondition[],
  shown: Omit<NonNullable<Quota['status']>, 'conditions' | 'observedGeneration'>,
  around: Pick<Parameters<typeof quotaReferences>[1], 'beside' | 'today'>,
): Promise<void> {
  const { hub, clock } = term;
  const generation = object.metadata.generation ?? 0;
  const conditions = settleConditions(
    object.status?.conditions,
    [...wanted, resolvedRefs(referencesOf(hub, object, around))],
    new Date(clock.now()).toISOString(),
    generation,
  );
  const status = { ...shown, conditions, observedGeneration: generation };
  if (!sameJson(object.status, status)) await writeStatus(term, resource, object, status);
}

function referencesOf(
  hub: Hub,
  object: Limited,
  around: Pick<Parameters<typeof quotaReferences>[1], 'beside' | 'today'>,
): readonly Reason[] {
  if (object.kind === 'CapacityPool') return poolReferences(object as CapacityPool, hub.clusters);
  const quota = object as Quota;
  const { namespace } = quota.metadata;
  return quotaReferences(quota, {
    organizations: hub.organizations,
    zones: hub.zones(),
    ...around,
    hasSystem: (system) => hub.systems.get(`${namespace}/${system}`) !== undefined,
  });
}

/** Days on which a limit changes by itself, and whose spec says so. */
interface Changes {
  readonly of: Limited;
  readonly days: readonly string[];
}

/** Of the object itself, and of each that lends to it. */
function changesOf(object: Limited, beside: readonly Quota[]): readonly Changes[] {
  if (isPool(object)) return [{ of: object, days: policyDays(object.spec) }];
  const lent = beside.map((lender) => ({ of: lender, days: loanDays(object, lender, beside) }));
  return [{ of: object, days: changeDays(object.spec) }, ...lent].filter(({ days }) => days.length > 0);
}

/**
 * Sets an account's limit if the books do not have it so, and gives its balances: that of today, after whatever began or
 * lapsed since it was last set, each on its day; none for an object that goes. A limit that was set before may have been
 * another object's since: then it is set again. What an edit brings counts from when it is posted, be it the object's own
 * or that of one that lends to it: the past is not rewritten.
 * @throws GovError E_BOOKS_AHEAD when the books have a later generation of the object
 */
async function post(
  { books }: Term,
  object: Limited,
  scope: Scope,
  at: { readonly today: string; readonly beside: readonly Quota[]; readonly changes: readonly Changes[] },
): Promise<readonly Balance[]> {
  const { uid: requestUid = '', generation = 0, deletionTimestamp } = object.metadata;
  const { today, beside, changes } = at;
  const read = async () =>
    (await books.balances([scope.holder])).filter(({ account }) => scopePath(account) === scopePath(scope));
  const [balances, last] = await Promise.all([read(), books.lastLimit(requestUid, generation)]);
  const key = `${requestUid}/${generation}`;
  if (last && last.generation > generation) throw new GovError(reason('E_BOOKS_AHEAD', { key }, key));
  const isAsBefore = last?.generation === generation;
  const hardOn = (day: string) =>
    deletionTimestamp === undefined ? hardOf(object, day, beside) : ResourceVector.zero;
  const isSet = RESOURCES.every((it) =>
    balances.some(
      ({ account, hard: set }) => account.resource === it && set.compare(hardOn(today).get(it)) === 0,
    ),
  );
  const missed = new Set<string>();
  for (const { of, days } of changes) {
    if (!last || !isAsBefore) break;
    const gone = days.filter((day) => day <= today && startOfDay(day) > last.effectiveAt);
    if (gone.length === 0) continue;
    const since =
      of === object
        ? last.effectiveAt
        : (await books.lastLimit(of.metadata.uid ?? '', of.metadata.generation ?? 0))?.since;
    for (const day of gone) if (since && startOfDay(day) > since) missed.add(day);
  }
  if (isSet && isAsBefore && missed.size === 0) return balances;
  let attempt = last?.attempts ?? 0;
  const set = (limit: ResourceVector, effectiveAt?: Date) =>
    books.ledger.limit({
      requestUid,
      generation,
      attempt: (attempt += 1),
      limits: RESOURCES.map((it) => ({ account: { ...scope, resource: it }, hard: limit.get(it) })),
      ...(effectiveAt ? { effectiveAt } : {}),
    });
  const dated = [...missed].sort();
  for (const day of dated) await set(hardOn(day), startOfDay(day));
  const reached = dated.at(-1);
  if (reached === undefined || !hardOn(reached).equals(hardOn(today))) await set(hardOn(today));
  return read();
}

/** The soft limits of a quota today, as its status shows them; undefined without any. */
function softOf(quota: Quota, today: string, beside: readonly Quota[]): Record<string, string> | undefined {
  if (quota.spec.soft === undefined) return undefined;
  const soft = softOn(quota, today, beside);
  return Object.fromEntries(
    RESOURCES.flatMap((it) => (soft[it] === undefined ? [] : [[it, formatQuantity(it, soft[it])]])),
  );
}

function aboveSoft(balances: readonly Balance[], soft: Readonly<Record<string, string>>): WantedCondition {
  const above = balances.filter((it) => isAboveSoft(it, soft)).map(({ account }) => account.resource);
  return above.length > 0
    ? {
        type: 'AboveSoft',
        status: 'True',
        reason: 'AboveSoftLimit',
        message: infrastructureConditions.aboveSoft,
        params: { resources: above.join(', ') },
      }
    : {
        type: 'AboveSoft',
        status: 'False',
        reason: 'WithinSoft',
        message: infrastructureConditions.withinSoft,
      };
}

function show(
  balances: readonly Balance[],
  amount: (balance: Balance) => Amount<'millicores' | 'bytes'>,
): Record<keyof Resources, string> {
  return Object.fromEntries(
    balances.map((balance) => [
      balance.account.resource,
      formatQuantity(balance.account.resource, amount(balance)),
    ]),
  ) as Record<keyof Resources, string>;
}
