import { resourceOf } from '../../../api/kind.ts';
import { CapacityPool, codeOf, Quota, type Resources } from '../../../api/v1alpha1/index.ts';
import { settleConditions } from '../../../domain/conditions.ts';
import { poolAccount } from '../../../domain/placement/place.ts';
import { type Amount, formatQuantity, RESOURCES, ResourceVector } from '../../../domain/quantity.ts';
import { holderOf, scopePath } from '../../../domain/quota/accounts.ts';
import { type AccountKey, type Balance, freeOf } from '../../../domain/quota/fit.ts';
import { sameJson } from '../../../domain/same.ts';
import { infrastructureConditions } from '../../../messages/infrastructure.ts';
import type { Term } from '../../term.ts';

const LIMIT_FINALIZER = 'govcloud.dev/limit';

type Limited = CapacityPool | Quota;
type Scope = Omit<AccountKey, 'resource'>;

/** The account that a pool or a quota limits, and to what. */
function limitOf(object: Limited): { scope: Scope; hard: ResourceVector } | undefined {
  if (object.kind === 'CapacityPool') {
    const pool = object as CapacityPool;
    const hard = ResourceVector.parse(pool.spec.total)
      .minus(ResourceVector.parse(pool.spec.reserve))
      .positivePart();
    return { scope: poolAccount(pool), hard };
  }
  const { spec, metadata } = object as Quota;
  const giving = codeOf(metadata.namespace ?? '');
  if (giving === undefined) return undefined;
  const { kind, holder } = holderOf(spec, giving);
  return {
    scope: { holderKind: kind, holder, zone: spec.zone ?? '*', arch: spec.arch ?? '*' },
    hard: ResourceVector.parse(spec.limits),
  };
}

/** Enters a pool's capacity or a quota's limits into the books, and shows the account's balances on it. */
export function reconcilePool(term: Term, key: string): Promise<void> {
  return reconcileLimit(term, term.hub.pools.get(key), resourceOf(CapacityPool));
}

export function reconcileQuota(term: Term, key: string): Promise<void> {
  return reconcileLimit(term, term.hub.quotas.get(key), resourceOf(Quota));
}

async function reconcileLimit(
  { hub, books, clock }: Term,
  object: Limited | undefined,
  resource: ReturnType<typeof resourceOf>,
): Promise<void> {
  const limit = object && limitOf(object);
  if (!object || !limit) return;
  const { metadata } = object;
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
  const { scope, hard } = limit;
  await books.ledger.limit({
    requestUid: metadata.uid ?? '',
    generation: metadata.generation ?? 0,
    attempt: 1,
    limits: RESOURCES.map((it) => ({
      account: { ...scope, resource: it },
      hard: deleting ? hard.get(it).minus(hard.get(it)) : hard.get(it),
    })),
  });
  if (deleting) {
    const rest = finalizers.filter((it) => it !== LIMIT_FINALIZER);
    await hub.client.update(resource, { ...object, metadata: { ...metadata, finalizers: rest } });
    return;
  }
  const balances = (await books.balances([scope.holder])).filter(
    ({ account }) => scopePath(account) === scopePath(scope),
  );
  const overdrawn = balances.filter((it) => freeOf(it).isNegative()).map(({ account }) => account.resource);
  const generation = metadata.generation ?? 0;
  const conditions = settleConditions(
    object.status?.conditions,
    [
      { type: 'Posted', status: 'True', reason: 'Posted', message: infrastructureConditions.limitsPosted },
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
    ],
    new Date(clock.now()).toISOString(),
    generation,
  );
  const status = {
    posted: show(balances, ({ posted }) => posted),
    pending: show(balances, ({ pending }) => pending),
    free: show(balances, freeOf),
    conditions,
    observedGeneration: generation,
  };
  if (!sameJson(object.status, status)) await hub.client.replaceStatus(resource, { ...object, status });
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
