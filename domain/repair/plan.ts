import {
  type Allocation,
  type Decision,
  namespaceOf,
  type Repair,
  type RequestPhase,
  type ResourceRequest,
  type StockImport,
} from '../../api/v1alpha1/index.ts';
import { isOver } from '../allocation/over.ts';
import { type Canonical, digestOf } from '../canonical.ts';
import { type Reason, reason } from '../errors.ts';
import { grantName } from '../request/raise.ts';
import { sameJson } from '../same.ts';

/** What the hub has, whole and at one moment. */
export interface HubPicture {
  readonly requests: readonly ResourceRequest[];
  readonly allocations: readonly Allocation[];
  /** Pools and quotas, each with the path of the account that it limits. */
  readonly limits: readonly {
    readonly object: string;
    readonly uid: string;
    readonly generation: number;
    readonly scope: string;
    /** Names of what a quota is granted for a time, or for good, beside its limits. */
    readonly grants: readonly string[];
  }[];
  readonly imports: readonly StockImport[];
}

/** A hold, or what became of it, without what it weighs. */
export interface HeldRow {
  readonly id: string;
  readonly requestUid: string;
  readonly generation: number;
  readonly attempt: number;
  readonly state: 'pending' | 'posted' | 'credited';
  readonly origin: { readonly requestUid: string; readonly generation: number };
  /** When it was posted, ISO 8601; undefined while it is pending. */
  readonly postedAt?: string;
  /** Of a raise that is posted: which version of which quota had set the limit by then. */
  readonly raises?: { readonly uid: string; readonly generation: number };
  readonly document: Canonical;
}

/** What the books say of what the hub must have. */
export interface BooksPicture {
  /** Those that are pending, posted or credited, oldest first. */
  readonly holds: readonly HeldRow[];
  /** The newest generation of each request for which any hold was ever taken. */
  readonly generations: ReadonlyMap<string, number>;
  /** Copies of decisions on requests, those that were carried aside. */
  readonly copies: ReadonlyMap<
    string,
    readonly (Pick<Decision, 'ticket' | 'step' | 'reviewer' | 'verdict'> & { readonly position: number })[]
  >;
  /** Who set each account's limit last, those that are nothing aside. */
  readonly setters: readonly { readonly scope: string; readonly uid: string; readonly generation: number }[];
  /** Serial numbers by request. */
  readonly serials: ReadonlyMap<string, string>;
  /** Requests that the books have as closed. */
  readonly closed: ReadonlySet<string>;
}

interface Difference<Action extends NonNullable<NonNullable<Repair['status']>['items']>[number]['action']> {
  readonly action: Action;
  /** The object, as `namespace/name`. */
  readonly object: string;
  readonly difference: Reason;
}

/** One difference, and what carrying its repair out needs to know. */
export type RepairItem =
  /** The request is closed without a grant, its hold voided: its requester asks again. */
  | (Difference<'CloseRequest'> & { readonly uid: string; readonly holds: readonly HeldRow[] })
  /** The allocation, or its change, is made again from what was posted. */
  | (Difference<'RestoreAllocation'> & { readonly hold: HeldRow })
  /** What a request raised its quota by is added to that again. */
  | (Difference<'RestoreRaise'> & { readonly hold: HeldRow })
  /** The older object's limit counts again. */
  | (Difference<'AdoptLimit'> & { readonly uid: string })
  /** The limit of an object that is gone becomes nothing. */
  | (Difference<'ClearLimit'> & { readonly uid: string; readonly scope: string; readonly generation: number })
  /** What stands in the hub is entered into the books, whether or not it is within a limit. */
  | (Difference<'EnterAllocation'> & {
      readonly keys: readonly { readonly requestUid: string; readonly generation: number }[];
    })
  /** The number counts as given. */
  | (Difference<'EnterSerial'> & { readonly uid: string; readonly serial: string });

const OVER: ReadonlySet<RequestPhase> = new Set(['Granted', 'Rejected', 'Withdrawn']);

/**
 * Every difference between hub and books that only comes about when one of them was restored to an older state, with
 * what mends it. What a crash leaves behind is none: the controllers complete that by themselves.
 *
 * Where both know of something the books count, for they cannot be edited; a request that is decided on differently
 * than its reviewers saw is closed and asked again. Limits are wishes of people: there the hub counts. What runs
 * exists, so the books must say so.
 */
export function planRepair(hub: HubPicture, books: BooksPicture): readonly RepairItem[] {
  return [
    ...serialsToEnter(hub, books),
    ...allocationsToEnter(hub, books),
    ...requestsToClose(hub, books),
    ...allocationsToRestore(hub, books),
    ...raisesToRestore(hub, books),
    ...limitsToSet(hub, books),
  ];
}

/** What an approval of the plan names. */
export function planDigest(plan: readonly RepairItem[]): string {
  return digestOf(plan as unknown as Canonical).slice(0, 32);
}

function* serialsToEnter(hub: HubPicture, books: BooksPicture): Generator<RepairItem> {
  const given = new Map(
    [
      ...hub.requests.map(({ metadata, status }) => [metadata.uid ?? '', status?.serial ?? ''] as const),
      ...hub.allocations.flatMap(({ spec }) => spec.changes.map((it) => [it.request, it.serial] as const)),
    ].filter(([, serial]) => serial !== ''),
  );
  for (const [uid, serial] of [...given].sort(([, a], [, b]) => (a < b ? -1 : 1)))
    if (!books.serials.has(uid))
      yield {
        action: 'EnterSerial',
        object: serial,
        uid,
        serial,
        difference: reason('E_APART_SERIAL', { serial }),
      };
}

function* allocationsToEnter({ allocations }: HubPicture, { holds }: BooksPicture): Generator<RepairItem> {
  const entered = new Set(holds.filter(({ state }) => state !== 'pending').map(keyOf));
  for (const allocation of allocations) {
    const { metadata, spec } = allocation;
    if (isOver(allocation)) continue;
    const rests = [
      { requestUid: spec.request.uid, generation: spec.request.generation },
      ...spec.changes.map(({ request: requestUid, generation }) => ({ requestUid, generation })),
    ];
    const keys = [...new Map(rests.map((it) => [keyOf(it), it])).values()].filter(
      (it) => !entered.has(keyOf(it)),
    );
    if (keys.length === 0) continue;
    const object = `${metadata.namespace}/${metadata.name}`;
    yield {
      action: 'EnterAllocation',
      object,
      keys,
      difference: reason('E_APART_UNPOSTED', { allocation: object }),
    };
  }
}

function* requestsToClose({ requests }: HubPicture, books: BooksPicture): Generator<RepairItem> {
  const pending = new Map<string, HeldRow[]>();
  const granted = new Set<string>();
  for (const it of books.holds) {
    if (it.state !== 'pending') granted.add(it.requestUid);
    else pending.set(it.requestUid, [...(pending.get(it.requestUid) ?? []), it]);
  }
  for (const request of requests) {
    const { metadata, spec, status } = request;
    const uid = metadata.uid ?? '';
    const holds = pending.get(uid) ?? [];
    pending.delete(uid);
    if (spec.submission === 0 || granted.has(uid) || (status?.phase && OVER.has(status.phase))) continue;
    const difference = differenceOf(request, holds, books);
    if (difference)
      yield {
        action: 'CloseRequest',
        object: `${metadata.namespace}/${metadata.name}`,
        uid,
        holds,
        difference,
      };
  }
  for (const [uid, holds] of pending) {
    const object = objectOf(holds[0] as HeldRow);
    yield {
      action: 'CloseRequest',
      object,
      uid,
      holds,
      difference: reason('E_APART_HOLD', { request: object }),
    };
  }
}

function differenceOf(
  { metadata, spec, status }: ResourceRequest,
  pending: readonly HeldRow[],
  { copies, generations, closed }: BooksPicture,
): Reason | undefined {
  const { uid = '', generation = 0 } = metadata;
  if (closed.has(uid)) return reason('E_APART_CLOSED');
  const decisions = status?.decisions ?? [];
  const known = copies.get(uid) ?? [];
  const lost = known.find((copy) => {
    const there = decisions[copy.position];
    return (
      there?.ticket !== copy.ticket ||
      there.step !== copy.step ||
      there.reviewer !== copy.reviewer ||
      there.verdict !== copy.verdict
    );
  });
  if (lost) return reason('E_APART_DECISIONS', { books: known.length, hub: decisions.length });
  const newest = generations.get(uid) ?? 0;
  const other = pending.some((it) => it.generation === generation && !sameJson(specOf(it.document), spec));
  return newest > generation || other
    ? reason('E_APART_CONTENT', { books: newest, hub: generation })
    : undefined;
}

function* allocationsToRestore(hub: HubPicture, { holds }: BooksPicture): Generator<RepairItem> {
  const requests = new Map(hub.requests.map((it) => [it.metadata.uid, it]));
  const allocations = new Map(
    hub.allocations.map((it) => [`${it.metadata.namespace}/${it.metadata.name}`, it]),
  );
  const stock = new Set(
    hub.allocations.map(({ spec }) =>
      keyOf({ requestUid: spec.request.uid, generation: spec.request.generation }),
    ),
  );
  const opening = new Set(
    hub.imports.filter(({ status }) => status?.state === 'Approved').map(({ spec }) => spec.file.sm3),
  );
  const credited = new Set(holds.filter(({ state }) => state === 'credited').map(keyOf));
  for (const hold of holds) {
    if (hold.state === 'pending') continue;
    const object = objectOf(hold);
    const difference = reason('E_APART_GRANT', { serial: object });
    const document = hold.document as Partial<GrantedDocument>;
    if (!document.spec || !document.request) {
      const isMissing = hold.state === 'posted' && !stock.has(keyOf(hold)) && !opening.has(hold.requestUid);
      if (isMissing && isRow(hold)) yield { action: 'RestoreAllocation', object, hold, difference };
      continue;
    }
    // One that is on its way is completed by its controller.
    if (requests.get(hold.requestUid)?.status?.phase === 'Granting') continue;
    const { namespace, serial } = document.request;
    const { spec } = document;
    const isMissing = spec.target?.organization
      ? isNotHandedOver(allocations, spec.target, namespace, hold)
      : spec.target
        ? isUnchanged(allocations.get(`${namespace}/${spec.target.allocation}`), hold, credited)
        : hold.state === 'posted' &&
          spec.lines.some(({ name }) => !allocations.has(`${namespace}/${serial.toLowerCase()}-${name}`));
    if (isMissing) yield { action: 'RestoreAllocation', object, hold, difference };
  }
}

/**
 * Raises that a quota was given after the version that the hub has now. What people took away since is not given again, so
 * this holds only as long as the quota is older than its limit in the books. A request that is there completes itself.
 */
function* raisesToRestore({ requests, limits }: HubPicture, books: BooksPicture): Generator<RepairItem> {
  const known = new Set(requests.map(({ metadata }) => metadata.uid));
  const older = new Map(olderLimits(limits, books).map(({ there }) => [there.uid, there]));
  for (const hold of books.holds) {
    const { raises, requestUid } = hold;
    const there = raises && older.get(raises.uid);
    if (!there || there.generation > raises.generation || known.has(requestUid)) continue;
    const object = objectOf(hold);
    if (there.grants.includes(grantName(object))) continue;
    const difference = reason('E_APART_RAISE', { serial: object, object: there.object });
    yield { action: 'RestoreRaise', object, hold, difference };
  }
}

/** Objects that are an older version than the one which set the account's limit. */
function olderLimits(limits: HubPicture['limits'], { setters }: BooksPicture) {
  const byUid = new Map(limits.map((it) => [it.uid, it]));
  return setters.flatMap(({ uid, generation }) => {
    const there = byUid.get(uid);
    return there && there.generation < generation ? [{ there, generation }] : [];
  });
}

/** Whether a posted change has not come to its allocation, which may have to be made again first. */
function isUnchanged(target: Allocation | undefined, hold: HeldRow, credited: ReadonlySet<string>): boolean {
  if (!target) return !credited.has(keyOf(hold.origin)) && hold.state === 'posted';
  return !target.spec.changes.some(({ request }) => request === hold.requestUid);
}

/** Whether a posted transfer has not come to what is left with the giver, or to what the receiver has. */
function isNotHandedOver(
  allocations: ReadonlyMap<string, Allocation>,
  { allocation, organization = '' }: NonNullable<ResourceRequest['spec']['target']>,
  namespace: string,
  { requestUid, state }: HeldRow,
): boolean {
  const knows = (it: Allocation | undefined) =>
    it?.spec.changes.some(({ request }) => request === requestUid);
  const receiver = allocations.get(`${namespace}/${allocation}`);
  return (
    knows(allocations.get(`${namespaceOf(organization)}/${allocation}`)) === false ||
    (state === 'posted' && knows(receiver) !== true)
  );
}

function* limitsToSet({ limits }: HubPicture, books: BooksPicture): Generator<RepairItem> {
  for (const { there, generation } of olderLimits(limits, books)) {
    const { object, uid } = there;
    const difference = reason('E_APART_LIMIT', { object, books: generation, hub: there.generation });
    yield { action: 'AdoptLimit', object, uid, difference };
  }
  const uids = new Set(limits.map(({ uid }) => uid));
  const scopes = new Set(limits.map(({ scope }) => scope));
  for (const { scope, uid, generation } of books.setters) {
    if (!uids.has(uid) && !scopes.has(scope)) {
      const difference = reason('E_APART_LIMIT_GONE', { account: scope });
      yield { action: 'ClearLimit', object: scope, uid, scope, generation, difference };
    }
  }
}

/** What a granted request's hold was taken for, as far as it is read here. */
interface GrantedDocument {
  readonly request: { readonly namespace: string; readonly name: string; readonly serial: string };
  readonly spec: ResourceRequest['spec'];
}

function specOf(document: Canonical): unknown {
  return (document as Partial<GrantedDocument>).spec;
}

/** A row of opening stock is held as what it says. */
function isRow({ document }: HeldRow): boolean {
  return (document as { row?: unknown }).row !== undefined;
}

/** The serial number of what was asked for, or its name as long as it has none; a row of stock by file and number. */
function objectOf({ document, requestUid, generation }: HeldRow): string {
  const { request } = document as Partial<GrantedDocument>;
  if (!request) return `${requestUid.slice(0, 12)}/${generation}`;
  return request.serial === '' ? `${request.namespace}/${request.name}` : request.serial;
}

function keyOf({
  requestUid,
  generation,
}: {
  readonly requestUid: string;
  readonly generation: number;
}): string {
  return `${requestUid}/${generation}`;
}
