import { resourceOf } from '../../../api/kind.ts';
import { Allocation, namespaceOf, ResourceRequest, type StockImport } from '../../../api/v1alpha1/index.ts';
import { changed } from '../../../domain/allocation/grant.ts';
import { type HeldDocument, ticketOf } from '../../../domain/approval/ticket.ts';
import { cityDay } from '../../../domain/calendar.ts';
import type { Canonical } from '../../../domain/canonical.ts';
import { GovError, reason } from '../../../domain/errors.ts';
import type { Hold } from '../../../books/ledger.ts';
import { poolAccount } from '../../../domain/placement/place.ts';
import { RESOURCES, ResourceVector } from '../../../domain/quantity.ts';
import { chainOf, demandsOf, demandsOn, limitedScopes } from '../../../domain/quota/accounts.ts';
import { accountPath, type Demand } from '../../../domain/quota/fit.ts';
import type { HeldRow, RepairItem } from '../../../domain/repair/plan.ts';
import { reasonTexts } from '../../../domain/request/quote.ts';
import { stateText, waitsForText } from '../../../domain/request/state.ts';
import { judgeStockRow } from '../../../domain/stock-import.ts';
import { getIfThere } from '../../adapters/members.ts';
import { writeStatus } from '../../status.ts';
import type { Term } from '../../term.ts';
import { hardOf, type Limited, limitedScope, quotasBeside } from '../limits/controller.ts';
import { grant, post, raise, transfer } from '../request/apply.ts';
import { pictureOf } from '../stockimport/controller.ts';

const ALLOCATIONS = resourceOf(Allocation);
const REQUESTS = resourceOf(ResourceRequest);

type Item<Action extends RepairItem['action']> = Extract<RepairItem, { action: Action }>;

/**
 * Mends one difference. Doing it again changes nothing.
 * @param digest of the approved plan
 */
export function mend(term: Term, item: RepairItem, digest: string): Promise<void> {
  switch (item.action) {
    case 'CloseRequest':
      return closeRequest(term, item);
    case 'RestoreAllocation':
      return restoreAllocation(term, item.hold);
    case 'RestoreRaise':
      return restoreRaise(term, item.hold);
    case 'AdoptLimit':
      return adoptLimit(term, item);
    case 'ClearLimit':
      return clearLimit(term, item);
    case 'EnterAllocation':
      return enterAllocation(term, item, digest);
    case 'EnterSerial':
      return term.books.keepSerial({ requestUid: item.uid, serial: item.serial });
  }
}

async function closeRequest(term: Term, item: Item<'CloseRequest'>): Promise<void> {
  const { hub, books, booksMoved } = term;
  for (const { requestUid, generation, attempt } of item.holds)
    await books.ledger.void({ requestUid, generation, attempt });
  booksMoved();
  const request = hub.requests.byUid(item.uid) as ResourceRequest | undefined;
  if (!request) return;
  const { metadata, spec } = request;
  const current = (await hub.client.get(REQUESTS, metadata)) as ResourceRequest;
  const { serial = '', closedAt } = await books.requestRecord(item.uid, current.metadata.generation ?? 0);
  const status = {
    ...(serial === '' ? {} : { serial }),
    phase: 'Withdrawn' as const,
    state: 'Withdrawn' as const,
    stateText: stateText('Withdrawn'),
    waitsFor: waitsForText('nobody'),
    reasons: reasonTexts([reason('E_REQUEST_SET_BACK'), item.difference]),
    observedGeneration: current.metadata.generation ?? 0,
    decisions: current.status?.decisions ?? [],
  };
  await writeStatus(term, REQUESTS, current, status);
  if (closedAt !== undefined) return;
  const subject = {
    kind: 'ResourceRequest',
    uid: item.uid,
    namespace: metadata.namespace ?? '',
    name: metadata.name,
  };
  const { creationTimestamp } = metadata;
  const document = { metadata: { ...subject, creationTimestamp }, spec, status } as unknown as Canonical;
  await books.closeRequest({ ...subject, serial, document });
}

async function restoreAllocation(term: Term, hold: HeldRow): Promise<void> {
  const { hub, books } = term;
  const document = await books.documentOf(hold.id);
  const { row } = document as { row?: unknown };
  if (row !== undefined)
    return restoreStock(term, hold, document as unknown as StockImport['spec']['rows'][number]);
  const held = document as unknown as HeldDocument;
  const { target } = held.spec;
  const postedOn = await dayOfPosting(term, hold);
  if (held.transfer) return void (await transfer(term, held, postedOn, hold.state === 'posted'));
  if (!target) return void (await grant(term, held, postedOn));
  const name = { namespace: held.request.namespace, name: target.allocation };
  const current = (await hub.client.get(ALLOCATIONS, name)) as Allocation;
  if (current.spec.changes.some(({ request }) => request === hold.requestUid)) return;
  // Made again it has another uid; what it was changed from is known by its revision.
  if (current.spec.revision !== target.revision) {
    const { revision } = current.spec;
    throw new GovError(
      reason('E_REPAIR_REVISION', {
        allocation: `${name.namespace}/${name.name}`,
        revision,
        wanted: target.revision,
      }),
    );
  }
  await hub.client.update(ALLOCATIONS, { ...current, spec: changed(current.spec, held, postedOn) });
}

async function restoreRaise(term: Term, hold: HeldRow): Promise<void> {
  const document = (await term.books.documentOf(hold.id)) as unknown as HeldDocument;
  await raise(term, document, await dayOfPosting(term, hold));
}

async function dayOfPosting({ books }: Term, { postedAt }: HeldRow): Promise<string> {
  return cityDay(postedAt ?? (await books.time()));
}

async function restoreStock(
  { hub, books }: Term,
  { requestUid }: HeldRow,
  row: StockImport['spec']['rows'][number],
): Promise<void> {
  const file = { name: '-', sm3: requestUid, rows: 1 };
  const verdict = judgeStockRow(row, pictureOf(hub, file, cityDay(await books.time())));
  if (!verdict.ok) throw new GovError(...(verdict.reasons as [(typeof verdict.reasons)[number]]));
  const name = { namespace: namespaceOf(verdict.spec.organization), name: verdict.name };
  if (await getIfThere(hub.client, ALLOCATIONS, name)) return;
  await hub.client.create(ALLOCATIONS, {
    apiVersion: 'govcloud.dev/v1alpha1',
    kind: 'Allocation',
    metadata: name,
    spec: verdict.spec,
  });
}

async function adoptLimit({ hub, books }: Term, { uid }: Item<'AdoptLimit'>): Promise<void> {
  const object = (hub.pools.byUid(uid) ?? hub.quotas.byUid(uid)) as Limited | undefined;
  const scope = object && limitedScope(object);
  if (!object || !scope) return;
  const { generation = 0 } = object.metadata;
  const last = await books.lastLimit(uid, generation);
  if (last?.generation === generation) return;
  const hard = hardOf(object, cityDay(await books.time()), quotasBeside(hub, object));
  await books.ledger.limit({
    requestUid: uid,
    generation,
    attempt: (last?.attempts ?? 0) + 1,
    limits: RESOURCES.map((resource) => ({ account: { ...scope, resource }, hard: hard.get(resource) })),
  });
}

async function clearLimit({ books }: Term, { uid, scope, generation }: Item<'ClearLimit'>): Promise<void> {
  const [, holder = ''] = scope.split('/');
  const accounts = (await books.balances([holder])).filter(({ account }) =>
    accountPath(account).startsWith(`${scope}/`),
  );
  const last = await books.lastLimit(uid, generation);
  await books.ledger.limit({
    requestUid: uid,
    generation,
    attempt: (last?.attempts ?? 0) + 1,
    limits: accounts.map(({ account, hard }) => ({ account, hard: hard.minus(hard) })),
  });
}

/** Posts what the books still hold for the allocation, and enters the rest of what it has. */
async function enterAllocation(term: Term, item: Item<'EnterAllocation'>, digest: string): Promise<void> {
  const { hub, books, booksMoved } = term;
  const allocation = hub.allocations.get(item.object) as Allocation | undefined;
  if (!allocation) return;
  const { spec } = allocation;
  const origin = { requestUid: spec.request.uid, generation: spec.request.generation };
  const missing: { key: { requestUid: string; generation: number; attempt: number } }[] = [];
  for (const key of item.keys) {
    const holds = (await books.ledger.holdsOf(key.requestUid)).filter(
      ({ generation }) => generation === key.generation,
    );
    if (holds.some(({ state }) => state === 'posted' || state === 'credited')) continue;
    const pending = holds.find(({ state }) => state === 'pending');
    if (pending && (await posts(books, pending))) continue;
    await creditGiver(term, allocation, key);
    const attempt = Math.max(0, ...holds.map((it) => it.attempt)) + 1;
    missing.push({ key: { ...key, attempt } });
  }
  const posted = new Map(
    (await books.postedOf(origin)).map(({ account, amount }) => [accountPath(account), amount]),
  );
  let legs: readonly Demand[] = demandsFor(term, allocation, cityDay(await books.time())).flatMap(
    (demand) => {
      const there = posted.get(accountPath(demand.account));
      const amount = there ? demand.amount.minus(there) : demand.amount;
      return amount.isZero() || amount.isNegative() ? [] : [{ ...demand, amount }];
    },
  );
  for (const { key } of missing) {
    await books.ledger.open({
      key,
      origin,
      ticket: ticketFor(term, key.requestUid) ?? digest,
      document: documentFor(term, allocation, key.requestUid, key.generation),
      legs,
      effectiveAt: new Date(`${spec.from}T00:00:00+08:00`),
    });
    // The first has all that is missing; the others stand for changes that the books know nothing else of.
    legs = [];
  }
  booksMoved();
}

async function posts({ ledger }: Term['books'], { document, ...hold }: Hold): Promise<boolean> {
  const held = document as Partial<HeldDocument>;
  try {
    if (held.transfer) await post({ ledger }, { ...hold, document: document as unknown as HeldDocument });
    else await ledger.post(hold, hold.ticket);
    return true;
  } catch (error) {
    if (error instanceof GovError && error.code === 'E_HOLD_EXPIRED') return false;
    throw error;
  }
}

/** What it came with was given back by who had it before: when the books have lost the transfer, they have lost that, too. */
async function creditGiver(
  { hub, books }: Term,
  { metadata, spec }: Allocation,
  key: { readonly requestUid: string; readonly generation: number },
): Promise<void> {
  const { organization } = spec.formerHolders?.at(-1) ?? {};
  if (organization === undefined || spec.request.uid !== key.requestUid) return;
  const left = hub.allocations.get(`${namespaceOf(organization)}/${metadata.name}`) as Allocation | undefined;
  if (!left?.spec.transferred) return;
  const { uid: requestUid, generation } = left.spec.request;
  const { requestUid: request, generation: of } = key;
  await books.credit(
    { request, generation: of, attempt: 1 },
    { requestUid, generation },
    ResourceVector.parse(spec.consumes),
  );
}

/** Everything that an allocation has, on every account that it counts on; what is being given back is still there. */
function demandsFor({ hub }: Term, { spec }: Allocation, today: string): readonly Demand[] {
  const pool = hub.pools.get(spec.pool);
  if (!pool) throw new GovError(reason('E_POOL_MISSING', { zone: spec.zone, arch: spec.arch }));
  const consumes = ResourceVector.parse(spec.consumes).plus(
    ResourceVector.parse(spec.pendingCredit?.amounts ?? {}),
  );
  const { quotas, organizations } = pictureOf(hub, { name: '-', sm3: spec.request.uid, rows: 1 }, today);
  const { organization, system, zone, arch } = spec;
  return [
    ...demandsOf(
      consumes,
      { organization, system, zone, arch },
      chainOf(organizations, organization, today),
      limitedScopes(quotas),
    ),
    ...demandsOn(poolAccount(pool), consumes),
  ];
}

/** What was held for a request, from what its object still tells; of one that is gone what it gave is kept. */
function documentFor({ hub }: Term, allocation: Allocation, uid: string, generation: number): Canonical {
  const request = hub.requests.byUid(uid) as ResourceRequest | undefined;
  const held = request && heldDocument(request);
  if (held && held.generation === generation) return held as unknown as Canonical;
  const batch = hub.imports.list().find(({ spec }) => spec.file.sm3 === uid);
  const row = batch?.spec.rows.find((it) => it.row === generation);
  if (row) return row as unknown as Canonical;
  const { namespace = '', name } = allocation.metadata;
  return { allocation: { namespace, name, spec: allocation.spec } } as unknown as Canonical;
}

function ticketFor({ hub }: Term, uid: string): string | undefined {
  const held = heldDocument(hub.requests.byUid(uid) as ResourceRequest | undefined);
  return held && ticketOf(held, held.round);
}

function heldDocument(request: ResourceRequest | undefined): HeldDocument | undefined {
  const { metadata, spec, status } = request ?? {};
  if (!metadata || !spec || !status?.quote || !status.review) return undefined;
  return {
    request: {
      uid: metadata.uid ?? '',
      namespace: metadata.namespace ?? '',
      name: metadata.name,
      serial: status.serial ?? '',
    },
    generation: status.review.generation,
    spec,
    quote: status.quote,
    round: status.review.round,
  };
}
