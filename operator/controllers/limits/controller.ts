import { resourceOf } from '../../../api/kind.ts';
import { CapacityPool, codeOf, Quota, type Resources } from '../../../api/v1alpha1/index.ts';
import { cityDay, startOfDay } from '../../../domain/calendar.ts';
import { settleConditions, type WantedCondition } from '../../../domain/conditions.ts';
import { GovError, type Reason, reason } from '../../../domain/errors.ts';
import { poolAccount } from '../../../domain/placement/place.ts';
import { type Amount, formatQuantity, RESOURCES, ResourceVector } from '../../../domain/quantity.ts';
import { limitSetter, scopeOf, scopePath } from '../../../domain/quota/accounts.ts';
import { type AccountKey, type Balance, freeOf } from '../../../domain/quota/fit.ts';
import { type DatedLimit, limitOn } from '../../../domain/quota/limit.ts';
import { poolReferences, quotaReferences, resolvedRefs } from '../../../domain/references.ts';
import { sameJson } from '../../../domain/same.ts';
import { infrastructureConditions } from '../../../messages/infrastructure.ts';
import type { Hub } from '../../adapters/hub.ts';
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
export function limitOf(object: Limited, day: string): DatedLimit {
  if (!isPool(object)) return limitOn(object.spec, day);
  const { total, reserve } = object.spec;
  const hard = ResourceVector.parse(total).minus(ResourceVector.parse(reserve)).positivePart();
  return { hard, since: undefined, next: undefined };
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
  // Whose grants begin and lapse: the books say which day it is.
  const now = isPool(object) || !object.spec.grants?.length ? undefined : await term.books.time();
  const limit = limitOf(object, now === undefined ? '' : cityDay(now));
  const setter =
    object.kind === 'Quota' ? limitSetter(hub.quotas.byIndex('account', scopePath(scope))) : object;
  const isSetter = setter?.metadata.uid === metadata.uid;
  const nothing = { ...limit, hard: ResourceVector.zero };
  const balances = isSetter ? await post(term, metadata, scope, deleting ? nothing : limit) : [];
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
      ]
    : [taken];
  const shown = isSetter
    ? {
        hard: show(balances, ({ hard }) => hard),
        posted: show(balances, ({ posted }) => posted),
        pending: show(balances, ({ pending }) => pending),
        free: show(balances, freeOf),
        ...(limit.next === undefined ? {} : { changesOn: limit.next }),
      }
    : {};
  await tell(term, object, resource, wanted, shown);
  if (now === undefined || limit.next === undefined) return;
  const wait = startOfDay(limit.next).getTime() - Date.parse(now);
  return { requeueAfterMs: Math.min(wait, MAX_WAIT_MS) };
}

/** Shows what became of a limit, and whether all that it names is there. */
async function tell(
  { hub, clock }: Term,
  object: Limited,
  resource: ReturnType<typeof resourceOf>,
  wanted: readonly WantedCondition[],
  shown: Omit<NonNullable<Quota['status']>, 'conditions' | 'observedGeneration'> = {},
): Promise<void> {
  const generation = object.metadata.generation ?? 0;
  const conditions = settleConditions(
    object.status?.conditions,
    [...wanted, resolvedRefs(referencesOf(hub, object))],
    new Date(clock.now()).toISOString(),
    generation,
  );
  const status = { ...shown, conditions, observedGeneration: generation };
  if (!sameJson(object.status, status)) await hub.client.replaceStatus(resource, { ...object, status });
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
 * Sets an account's limit if the books do not have it so, and gives its balances. A limit that was set before may have
 * been another object's since: then it is set again.
 * @throws GovError E_BOOKS_AHEAD when the books have a later generation of the object
 */
async function post(
  { books }: Term,
  { uid: requestUid = '', generation = 0 }: Limited['metadata'],
  scope: Scope,
  { hard, since }: DatedLimit,
): Promise<readonly Balance[]> {
  const read = async () =>
    (await books.balances([scope.holder])).filter(({ account }) => scopePath(account) === scopePath(scope));
  const [balances, last] = await Promise.all([read(), books.lastLimit(requestUid, generation)]);
  const key = `${requestUid}/${generation}`;
  if (last && last.generation > generation) throw new GovError(reason('E_BOOKS_AHEAD', { key }, key));
  const isSet = RESOURCES.every((it) =>
    balances.some(({ account, hard: set }) => account.resource === it && set.compare(hard.get(it)) === 0),
  );
  if (isSet && last?.generation === generation) return balances;
  // What began or lapsed while the operator was away did so on its day.
  const begun = since === undefined || last?.generation !== generation ? undefined : startOfDay(since);
  await books.ledger.limit({
    requestUid,
    generation,
    attempt: (last?.attempts ?? 0) + 1,
    limits: RESOURCES.map((it) => ({ account: { ...scope, resource: it }, hard: hard.get(it) })),
    ...(begun && last && last.effectiveAt < begun ? { effectiveAt: begun } : {}),
  });
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
