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
import { type AccountKey, type Balance, freeOf } from '../../../domain/quota/fit.ts';
import { changeDays, limitOn } from '../../../domain/quota/limit.ts';
import { poolReferences, quotaReferences, resolvedRefs } from '../../../domain/references.ts';
import { sameJson } from '../../../domain/same.ts';
import { infrastructureConditions } from '../../../messages/infrastructure.ts';
import type { Hub } from '../../adapters/hub.ts';
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

/** To what a pool or a quota limits its account on a day in the city. */
export function hardOf(object: Limited, day: string): ResourceVector {
  return isPool(object) ? grantableOn(object.spec, day).positivePart() : limitOn(object.spec, day);
}

/** The days on which its limit changes by itself, in order. */
function daysOf(object: Limited): readonly string[] {
  return isPool(object) ? policyDays(object.spec) : changeDays(object.spec);
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
  if (!scope) return tell(term, object, resource, []);
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
  // Only of what changes by itself it matters which day it is.
  const now = daysOf(object).length === 0 ? undefined : await term.books.time();
  const today = now === undefined ? '' : cityDay(now);
  const setter =
    object.kind === 'Quota' ? limitSetter(hub.quotas.byIndex('account', scopePath(scope))) : object;
  const isSetter = setter?.metadata.uid === metadata.uid;
  const balances = isSetter ? await post(term, object, scope, today) : [];
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
  const wanted: readonly WantedCondition[] = isSetter
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
  const next = daysOf(object).find((day) => day > today);
  const shown = isSetter
    ? {
        hard: show(balances, ({ hard }) => hard),
        posted: show(balances, ({ posted }) => posted),
        pending: show(balances, ({ pending }) => pending),
        free: show(balances, freeOf),
        ...(next === undefined ? {} : { changesOn: next }),
      }
    : {};
  await tell(term, object, resource, wanted, shown);
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
  shown: Omit<NonNullable<Quota['status']>, 'conditions' | 'observedGeneration'> = {},
): Promise<void> {
  const { hub, clock } = term;
  const generation = object.metadata.generation ?? 0;
  const conditions = settleConditions(
    object.status?.conditions,
    [...wanted, resolvedRefs(referencesOf(hub, object))],
    new Date(clock.now()).toISOString(),
    generation,
  );
  const status = { ...shown, conditions, observedGeneration: generation };
  if (!sameJson(object.status, status)) await writeStatus(term, resource, object, status);
}

function referencesOf(hub: Hub, object: Limited): readonly Reason[] {
  if (object.kind === 'CapacityPool') return poolReferences(object as CapacityPool, hub.clusters);
  const quota = object as Quota;
  const { namespace } = quota.metadata;
  return quotaReferences(quota, {
    organizations: hub.organizations,
    zones: hub.zones(),
    hasSystem: (system) => hub.systems.get(`${namespace}/${system}`) !== undefined,
  });
}

/**
 * Sets an account's limit if the books do not have it so, and gives its balances: that of today, after whatever began or
 * lapsed since it was last set, each on its day; none for an object that goes. A limit that was set before may have been
 * another object's since: then it is set again.
 * @throws GovError E_BOOKS_AHEAD when the books have a later generation of the object
 */
async function post(
  { books }: Term,
  object: Limited,
  scope: Scope,
  today: string,
): Promise<readonly Balance[]> {
  const { uid: requestUid = '', generation = 0, deletionTimestamp } = object.metadata;
  const read = async () =>
    (await books.balances([scope.holder])).filter(({ account }) => scopePath(account) === scopePath(scope));
  const [balances, last] = await Promise.all([read(), books.lastLimit(requestUid, generation)]);
  const key = `${requestUid}/${generation}`;
  if (last && last.generation > generation) throw new GovError(reason('E_BOOKS_AHEAD', { key }, key));
  const isAsBefore = last?.generation === generation;
  const hard = deletionTimestamp === undefined ? hardOf(object, today) : ResourceVector.zero;
  const isSet = RESOURCES.every((it) =>
    balances.some(({ account, hard: set }) => account.resource === it && set.compare(hard.get(it)) === 0),
  );
  const missed = isAsBefore
    ? daysOf(object).filter((day) => day <= today && startOfDay(day) > last.effectiveAt)
    : [];
  if (isSet && isAsBefore && missed.length === 0) return balances;
  let attempt = last?.attempts ?? 0;
  const set = (limit: ResourceVector, effectiveAt?: Date) =>
    books.ledger.limit({
      requestUid,
      generation,
      attempt: (attempt += 1),
      limits: RESOURCES.map((it) => ({ account: { ...scope, resource: it }, hard: limit.get(it) })),
      ...(effectiveAt ? { effectiveAt } : {}),
    });
  for (const day of missed) await set(hardOf(object, day), startOfDay(day));
  if (missed.length === 0 || deletionTimestamp !== undefined) await set(hard);
  return read();
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
