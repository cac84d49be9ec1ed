import { type ObjectOf, resourceOf } from '../../../api/kind.ts';
import {
  type Allocation,
  codeOf,
  Delegation,
  type Quota,
  type ResourceRequest,
} from '../../../api/v1alpha1/index.ts';
import { limitSetter, scopePath } from '../../../domain/quota/accounts.ts';
import type { RequestPicture } from '../../../domain/request/decide.ts';
import { platformsOf, SHARED_PLATFORMS } from '../../../domain/request/repeats.ts';
import { isRaised, raisedScope } from '../../../domain/request/raise.ts';
import { targetNamespaceOf } from '../../../domain/request/transfer.ts';
import { calendarOf, WORKING_DAYS } from '../../calendar.ts';
import type { Term } from '../../term.ts';

type Request = ObjectOf<typeof ResourceRequest>;

/**
 * Everything that is decided on, read from the pictures of the hub and from the books.
 * @param fresh allocations that were written just now, by namespace and name
 * @param wasRaised whether the quota was, which may not have come back through the watch
 */
export async function observeRequest(
  { hub, books, settings }: Term,
  request: Request,
  fresh: ReadonlyMap<string, ObjectOf<typeof Allocation>>,
  wasRaised = false,
): Promise<RequestPicture> {
  const { metadata, spec } = request;
  const uid = metadata.uid ?? '';
  const namespace = metadata.namespace ?? '';
  const [record, balances, rival] = await Promise.all([
    books.requestRecord(uid, metadata.generation ?? 0),
    books.balances(),
    spec.target ? books.rivalOf(uid, spec.target.uid) : undefined,
  ]);
  const target = spec.target
    ? hub.allocations.get(`${targetNamespaceOf(request)}/${spec.target.allocation}`)
    : undefined;
  const giving = spec.action === 'Transfer' && target ? await givingOf(books, target) : undefined;
  const allocations = new Map(
    hub.allocations.byIndex('request', uid).map((it) => [pathOf(it), it as ObjectOf<typeof Allocation>]),
  );
  // What this process wrote a moment ago may not have come back through the watch.
  for (const [path, allocation] of fresh) allocations.set(path, newer(allocations.get(path), allocation));
  return {
    ...record,
    closedSeconds: settings.closedSeconds,
    request,
    calendar: calendarOf(hub.configuration.get(WORKING_DAYS)),
    organizations: new Map(hub.organizations.list().map((it) => [it.metadata.name, it])),
    quotas: hub.quotas.list().flatMap(({ metadata: of, spec: given, status }) => {
      const givingOrganization = codeOf(of.namespace ?? '');
      // One that goes limits nothing more, and is not raised.
      if (givingOrganization === undefined || of.deletionTimestamp !== undefined) return [];
      return [{ spec: given, givingOrganization, soft: status?.soft }];
    }),
    items: new Map(hub.items.list().map((it) => [it.metadata.name, it])),
    flows: hub.flows.list(),
    delegations: await delegationsFor(hub.client, request, record.decisions),
    pools: hub.pools.list(),
    clusters: new Map(hub.clusters.list().map((it) => [it.metadata.name, it])),
    system: hub.systems.get(`${namespace}/${spec.system}`),
    project: hub.projects.get(`${namespace}/${spec.project}`),
    target: target ? newer(target, fresh.get(pathOf(target)) ?? target) : undefined,
    giving,
    neighbours: [...(spec.recoveryOf ?? []), ...(spec.apartFrom ?? [])].flatMap(
      (name) => hub.allocations.get(`${namespace}/${name}`) ?? [],
    ),
    rival,
    grants: hub.allocations.byIndex('namespace', namespace),
    others: hub.requests.byIndex('namespace', namespace),
    platforms: platformsOf(hub.configuration.get(`${SHARED_PLATFORMS.namespace}/${SHARED_PLATFORMS.name}`)),
    isRaised: wasRaised || hasRaise(hub, request, record.serial),
    balances,
    allocations: [...allocations.values()],
  };
}

/**
 * Who stands in for whom, where somebody has decided for another and the books have no copy of that yet. Whether a delegation covers it is
 * settled by the copy, for good: so the hub itself is asked, for a watch may be behind.
 */
export async function delegationsFor(
  client: Pick<Term['hub']['client'], 'list'>,
  { status }: Pick<Request, 'status'>,
  copies: RequestPicture['decisions'],
): Promise<readonly Delegation[]> {
  const isNew = status?.decisions?.some(
    (it, position) =>
      it.onBehalfOf !== undefined &&
      !copies.some((copy) => copy.position === position && copy.ticket === it.ticket),
  );
  if (!isNew) return [];
  return (await client.list<ObjectOf<typeof Delegation>>(resourceOf(Delegation))).items;
}

/** What the books say of what its holder is to hand over. */
async function givingOf(
  books: Term['books'],
  { metadata, spec }: ObjectOf<typeof Allocation>,
): Promise<NonNullable<RequestPicture['giving']>> {
  const { uid: requestUid, generation } = spec.request;
  const [handovers, posted] = await Promise.all([
    books.handovers({ uid: metadata.uid ?? '', namespace: metadata.namespace ?? '', name: metadata.name }),
    books.postedOf({ requestUid, generation }),
  ]);
  return { handovers, posted };
}

/** A key that tells an allocation from one of the same name in another organisation. */
export function pathOf({ metadata }: Pick<ObjectOf<typeof Allocation>, 'metadata'>): string {
  return `${metadata.namespace}/${metadata.name}`;
}

/** Whichever of the account's quotas has it: another one may set the limit by now. */
function hasRaise(hub: Term['hub'], request: Request, serial: string | undefined): boolean {
  return serial !== undefined && quotasToRaise(hub, request).some((it) => isRaised(it, serial));
}

/** The quota that a request asks to be raised: that which sets the limit and stays. */
export function raisedQuota(
  hub: Pick<Term['hub'], 'quotas'>,
  request: Parameters<typeof raisedScope>[0],
): Quota | undefined {
  const staying = quotasToRaise(hub, request).filter((it) => it.metadata.deletionTimestamp === undefined);
  return limitSetter(staying);
}

function quotasToRaise(
  hub: Pick<Term['hub'], 'quotas'>,
  request: Parameters<typeof raisedScope>[0],
): readonly Quota[] {
  const scope = raisedScope(request);
  return scope ? hub.quotas.byIndex('account', scopePath(scope)) : [];
}

function newer(
  a: ObjectOf<typeof Allocation> | undefined,
  b: ObjectOf<typeof Allocation>,
): ObjectOf<typeof Allocation> {
  return a && (a.metadata.generation ?? 0) >= (b.metadata.generation ?? 0) ? a : b;
}
