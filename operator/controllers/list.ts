import type { Logger } from 'pino';
import type { Random } from '../runtime/backoff.ts';
import { Controller, type ControllerOptions, type Reconcile } from '../runtime/controller.ts';
import type { Informer } from '../runtime/informer.ts';
import { keyOf } from '../runtime/informer.ts';
import type { RuntimeMetrics } from '../runtime/metrics.ts';
import { Turns } from '../runtime/turns.ts';
import type { Kind } from '../../api/kind.ts';
import {
  Allocation,
  CapacityPool,
  codeOf,
  namespaceOf,
  Quota,
  Repair,
  StockImport,
  UsageFinding,
} from '../../api/v1alpha1/index.ts';
import { FLOW_FAULTS } from '../../domain/request/decide.ts';
import { RAISE_FAULTS } from '../../domain/request/raise.ts';
import { findingNames } from '../../domain/usage/findings.ts';
import type { KubeObject } from '../../kube/types.ts';
import { accountOf, usedByAllocation, usedByRequest } from '../adapters/hub.ts';
import { tellingWhenFull } from '../books-full.ts';
import type { ReadOnly } from '../read-only.ts';
import type { Term } from '../term.ts';
import { TERM_POLICY } from '../term-policy.ts';
import { reconcileAllocation } from './allocation/controller.ts';
import { reconcileApprovalFlow } from './approvalflow/controller.ts';
import { ITEM_LEVELS, itemChecks, keepItemLevels, reconcileCatalogItem } from './catalogitem/controller.ts';
import { keysBeside, reconcilePool, reconcileQuota } from './limits/controller.ts';
import { reconcileMemberCluster } from './membercluster/controller.ts';
import { reconcileOrganization } from './organization/controller.ts';
import { reconcileRepair } from './repair/controller.ts';
import { reconcileRequest } from './request/controller.ts';
import { reconcileStockImport } from './stockimport/controller.ts';
import { reconcileUsageFinding } from './usagefinding/controller.ts';

/** Of one member: what one that does not answer keeps waiting is its own. */
const ALLOCATIONS_AT_ONCE = 8;
/** Workers do nothing else than wait for members; as many of these as a city has may be silent at once. */
const MEMBERS_AT_ONCE = 32;

export interface Controllers {
  readonly all: readonly Controller[];
  /** Looks at every pool and quota again: the books have moved. */
  refreshBalances(): void;
  /** Looks at an allocation again, by its uid: something of it changed in a member. */
  memberChanged(allocationUid: string): void;
}

/** Keys of the objects of a picture that are as asked for. */
function keysWhere<T extends KubeObject>(
  of: Informer<T>,
  isWanted: (object: T) => boolean,
): readonly string[] {
  return of.list().filter(isWanted).map(keyOf);
}

/** Every controller, each with what it watches: the whole wiring in one list. */
export function createControllers(
  term: Term,
  around: {
    readonly log: Logger;
    readonly random: Random;
    readonly metrics: RuntimeMetrics;
    readonly readOnly: ReadOnly;
  },
): Controllers {
  const { hub, clock } = term;
  /** Of the keys of one informer. */
  const create = (
    name: string,
    informer: { isCurrent(key: string): Promise<boolean> },
    reconcile: Reconcile,
    workers: number | Required<Pick<ControllerOptions, 'workers' | 'lanes'>> = 1,
  ) =>
    new Controller({
      ...around,
      name,
      reconcile: around.readOnly.guard(reconcile, (key) => informer.isCurrent(key)),
      ...(typeof workers === 'number' ? { workers } : workers),
      clock,
      metrics: around.metrics.controller(name),
    });

  /** Of a kind that has its part in the books. */
  const booked = (kind: Kind, informer: unknown, reconcile: Reconcile) =>
    tellingWhenFull(term, kind, informer as Informer, reconcile);

  /** The organisation whose namespace it is. */
  const codesIn = (namespace = '') => {
    const code = codeOf(namespace);
    return code === undefined ? [] : [code];
  };
  const organization = create('organization', hub.organizations, (key) => reconcileOrganization(term, key))
    .watch(hub.organizations)
    .watch(hub.organizations, ({ metadata }) => hub.organizationsBelow(metadata.name), 'spec')
    .watch(
      hub.allocations,
      (it) => usedByAllocation.namespace(it).flatMap((namespace) => codesIn(namespace)),
      'keys',
    )
    .watch(
      hub.requests,
      (it) => usedByRequest.namespace(it).flatMap((namespace) => codesIn(namespace)),
      'keys',
    )
    .watch(hub.systems, ({ metadata }) => codesIn(metadata.namespace), 'keys')
    .watch(hub.projects, ({ metadata }) => codesIn(metadata.namespace), 'keys')
    .watch(
      hub.quotas,
      ({ spec }) => (spec.child.organization === undefined ? [] : [spec.child.organization]),
      'keys',
    );
  const pool = create(
    'pool',
    hub.pools,
    booked(CapacityPool, hub.pools, (key) => reconcilePool(term, key)),
  )
    .watch(hub.pools)
    // Not at each sign of life.
    .watch(
      hub.clusters,
      ({ metadata }) => keysWhere(hub.pools, ({ spec }) => spec.cluster === metadata.name),
      ({ status }) => status?.nodes,
    );
  // Of several that name one account another sets the limit when one of them goes.
  const quota = create(
    'quota',
    hub.quotas,
    booked(Quota, hub.quotas, (key) => reconcileQuota(term, key)),
  )
    .watch(hub.quotas, (it) => [
      keyOf(it),
      ...accountOf(it).flatMap((account) => hub.quotas.byIndex('account', account).map(keyOf)),
    ])
    .watch(
      hub.quotas,
      (it) =>
        [it, ...accountOf(it).flatMap((account) => hub.quotas.byIndex('account', account))].flatMap((one) =>
          keysBeside(hub, one),
        ),
      'spec',
    )
    .watch(
      hub.organizations,
      ({ metadata: { name } }) =>
        keysWhere(
          hub.quotas,
          ({ metadata, spec }) =>
            spec.child.organization === name || metadata.namespace === namespaceOf(name),
        ),
      'spec',
    )
    .watch(
      hub.systems,
      ({ metadata: { namespace, name } }) =>
        keysWhere(
          hub.quotas,
          ({ metadata, spec }) => metadata.namespace === namespace && spec.child.system === name,
        ),
      'spec',
    );
  const checks = itemChecks();
  const item = create('catalogitem', hub.items, async (key) => {
    await reconcileCatalogItem(term, key, checks);
    await keepItemLevels(term);
  })
    .watch(hub.items)
    .watch(hub.allocations, usedByAllocation.item, 'keys')
    .watch(hub.requests, usedByRequest.item, 'keys')
    .watch(hub.itemRevisions, () => [])
    .watch(hub.configuration, ({ metadata }) =>
      metadata.name === ITEM_LEVELS.name ? hub.items.list().slice(0, 1).map(keyOf) : [],
    );
  // A zone is served from when the first pool or member is in it until the last is gone.
  for (const informer of [hub.pools, hub.clusters] as unknown as Informer[]) {
    quota.watch(informer, () => keysWhere(hub.quotas, ({ spec }) => spec.zone !== undefined), 'spec');
    item.watch(informer, () => hub.items.list().map(keyOf), 'spec');
  }
  const flow = create('approvalflow', hub.flows, (key) => reconcileApprovalFlow(term, key)).watch(hub.flows);
  const member = create(
    'membercluster',
    hub.clusters,
    (key) =>
      reconcileMemberCluster(term, key, () => {
        // A member that is back has work waiting; one that is gone makes it known.
        for (const it of hub.allocations.list()) if (it.spec.cluster === key) allocation.enqueue(keyOf(it));
      }),
    MEMBERS_AT_ONCE,
  ).watch(hub.clusters);

  // A request is decided on with all of these; what waits for them looks again when they change.
  // Whether another request for the same allocation is open is read before a hold is taken: they follow one another.
  const targets = new Turns();
  const request = create(
    'request',
    hub.requests,
    (key, context) => {
      const reconcile = () => reconcileRequest(term, key, context);
      const targetNow = () => hub.requests.get(key)?.spec.target?.uid;
      const target = targetNow();
      if (target === undefined) return reconcile();
      // One that was edited while it waited comes again.
      return targets.take(target, async () => (targetNow() === target ? reconcile() : undefined));
    },
    8,
  )
    .watch(hub.requests)
    .watch(hub.allocations, ({ spec }) =>
      spec.changes.flatMap((change) => {
        const made = hub.requests.byUid(change.request);
        return made ? [keyOf(made)] : [];
      }),
    );
  for (const informer of [
    hub.organizations,
    hub.clusters,
    hub.pools,
    hub.items,
    hub.systems,
    hub.projects,
    hub.itemRevisions,
    hub.configuration,
  ]) {
    request.watch(informer as unknown as Informer, () => []);
  }
  /** Of the requests that wait for what is now changed. */
  const waitingFor = (faults: ReadonlySet<string>) =>
    keysWhere(hub.requests, ({ status }) => (status?.reasons ?? []).some(({ code }) => faults.has(code)));
  request
    .watch(hub.flows, () => waitingFor(FLOW_FAULTS))
    .watch(hub.quotas, () => waitingFor(RAISE_FAULTS), 'spec');
  const allocation = create(
    'allocation',
    hub.allocations,
    booked(Allocation, hub.allocations, (key, context) => reconcileAllocation(term, key, context)),
    {
      workers: MEMBERS_AT_ONCE * ALLOCATIONS_AT_ONCE,
      lanes: { of: (key) => hub.allocations.get(key)?.spec.cluster ?? '', workers: ALLOCATIONS_AT_ONCE },
    },
  )
    .watch(hub.allocations)
    .watch(hub.clusters, () => [])
    .watch(hub.itemRevisions, () => [])
    .watch(hub.configuration, (it) =>
      keyOf(it) === TERM_POLICY ? keysWhere(hub.allocations, ({ spec }) => spec.until !== undefined) : [],
    );
  const stock = create(
    'stockimport',
    hub.imports,
    booked(StockImport, hub.imports, (key) => reconcileStockImport(term, key)),
  ).watch(hub.imports);
  for (const informer of [
    hub.organizations,
    hub.quotas,
    hub.items,
    hub.pools,
    hub.systems,
    hub.itemRevisions,
  ]) {
    stock.watch(informer as unknown as Informer, () => []);
  }

  const finding = create(
    'usagefinding',
    hub.findings,
    booked(UsageFinding, hub.findings, (key) => reconcileUsageFinding(term, key)),
  )
    .watch(hub.findings)
    .watch(
      hub.allocations,
      ({ metadata }) =>
        findingNames(metadata.name)
          .map((name) => `${metadata.namespace}/${name}`)
          .filter((key) => hub.findings.get(key)),
      'spec',
    )
    .watch(hub.configuration, () => []);

  // What hub and books being apart holds up is mended by this one alone.
  const repair = new Controller({
    ...around,
    name: 'repair',
    reconcile: booked(Repair, hub.repairs, (key, context) =>
      reconcileRepair(term, around.readOnly, key, context),
    ),
    clock,
    metrics: around.metrics.controller('repair'),
  }).watch(hub.repairs);
  for (const informer of [
    hub.requests,
    hub.allocations,
    hub.imports,
    hub.pools,
    hub.quotas,
    hub.organizations,
  ])
    repair.watch(informer as unknown as Informer, () => []);

  return {
    all: [organization, pool, quota, item, flow, member, request, allocation, stock, finding, repair],
    refreshBalances: () => {
      for (const it of hub.pools.list()) pool.enqueue(keyOf(it));
      for (const it of hub.quotas.list()) quota.enqueue(keyOf(it));
    },
    memberChanged: (uid) => {
      const found = hub.allocations.byUid(uid);
      if (!found) return;
      allocation.enqueue(keyOf(found));
      // Whoever acted for the giver may have written its label a moment too late: who has it now looks.
      const { transferred } = found.spec;
      if (transferred) allocation.enqueue(`${namespaceOf(transferred.organization)}/${found.metadata.name}`);
    },
  };
}
