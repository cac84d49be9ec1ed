import { sql } from 'kysely';
import { resourceOf } from '../../api/kind.ts';
import { readTime } from '../../books/reports-requests.ts';
import { cityDay } from '../../domain/calendar.ts';
import { CatalogItem, Quota } from '../../api/v1alpha1/index.ts';
import {
  ALLOCATION_LABEL,
  anchorName,
  desiredObjects,
  memberNamespaceOf,
} from '../../domain/allocation/objects.ts';
import { type HeldDocument, ticketOf } from '../../domain/approval/ticket.ts';
import { ALLOWED_KINDS, DISK_KINDS, OPENSTACK_KINDS } from '../../domain/catalogue/render.ts';
import type { KubeObject, ResourceRef } from '../../kube/types.ts';
import type { SmallCity } from '../support/city.ts';
import type { StoredAllocation } from '../support/people.ts';
import { pathOf, type World } from './world.ts';

/** Most rounds that a hold's tickets are looked for in. */
const MAX_ROUNDS = 50;

/**
 * What must hold of a city at rest, whatever was done to it: a line for everything that does not. None of it asks the
 * operator's own opinion: it is read from the books, the hub and the member.
 */
export async function broken(city: SmallCity, world: World, isMemberUp: boolean): Promise<readonly string[]> {
  const parts = await Promise.all([
    booksAgree(city),
    neverRaisedAbove(city),
    onePostingEach(city, world),
    approvedAsTheFlowAsks(city),
    isMemberUp ? memberAgrees(city, world) : [],
  ]);
  return parts.flat();
}

/** Legs sum to zero, balances are their entries, the audit chain holds, pools are what allocations and holds say. */
async function booksAgree(city: SmallCity): Promise<string[]> {
  try {
    await city.verifyBooks();
    return [];
  } catch (error) {
    return [`the books do not agree: ${(error as Error).message}`];
  }
}

/** No transaction raised what an account uses above the limit that it then had; what runs already may be opened above. */
async function neverRaisedAbove({ books }: SmallCity): Promise<string[]> {
  const { rows } = await sql<{ id: string; step: string; account: string; used: string; hard: string }>`
    SELECT id, step, account, used, hard FROM (
      SELECT id, step, account, raised,
        sum(raised) OVER earlier AS used, sum(limited) OVER earlier AS hard
      FROM (
        SELECT t.id, t.step, e.account_id,
          (SELECT concat_ws('/', holder_kind, holder, zone, arch, resource) FROM books.accounts a
            WHERE a.id = e.account_id) AS account,
          coalesce(sum(amount) FILTER (WHERE leg IN ('pending', 'posted')), 0) AS raised,
          coalesce(-sum(amount) FILTER (WHERE leg = 'limit'), 0) AS limited
        FROM books.transactions t JOIN books.entries e ON e.transaction_id = t.id
        GROUP BY t.id, t.step, e.account_id
      ) AS change
      WINDOW earlier AS (PARTITION BY account_id ORDER BY id)
    ) AS running
    WHERE raised > 0 AND used > hard AND step <> 'open'`.execute(books);
  return rows.map((it) => `${it.step} ${it.id} raised ${it.account} to ${it.used} of ${it.hard}`);
}

interface PostedHold {
  readonly id: string;
  readonly request_uid: string;
  readonly generation: string;
  readonly document: HeldDocument;
  /** On which it was asked for, by database time in the city. */
  readonly day: string;
}

/** What was ever posted for a request, whether given back since or not. */
async function postedHolds({ books }: SmallCity): Promise<readonly PostedHold[]> {
  const { rows } = await sql<PostedHold>`
    SELECT id::text, request_uid, generation::text, document,
      to_char(recorded_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD') AS day FROM books.holds
    WHERE state IN ('posted', 'credited') AND expires_at IS NOT NULL ORDER BY id`.execute(books);
  return rows;
}

/** A request is posted once; what it granted is there once; nothing is there that was not posted. */
async function onePostingEach(city: SmallCity, { allocations }: World): Promise<string[]> {
  const [holds, quotas] = await Promise.all([
    postedHolds(city),
    city.hub.client.list<Quota & KubeObject>(resourceOf(Quota)),
  ]);
  const raises = quotas.items.flatMap(({ spec }) => spec.grants ?? []).map(({ basis }) => basis);
  const today = cityDay((await readTime(city.books)).toISOString());
  const found: string[] = [];
  const byRequest = new Map(holds.map((it) => [it.request_uid, it]));
  if (byRequest.size < holds.length) found.push(`${holds.length} postings for ${byRequest.size} requests`);
  for (const { request_uid, document } of holds) {
    const { request, spec: asked } = document;
    const granted = asked.quota
      ? raises.filter((it) => it === request.serial)
      : allocations.filter(({ spec }) => spec.changes.some((it) => it.request === request_uid));
    // A transfer stands on what is left with the giver, and on what the receiver has.
    const expected = asked.action === 'Provision' ? asked.lines.length : asked.action === 'Transfer' ? 2 : 1;
    if (granted.length !== expected)
      found.push(`request ${request.name} granted ${granted.length} of ${expected}`);
  }
  const posted = new Set(holds.map(({ document }) => document.request.serial));
  for (const serial of raises)
    if (!posted.has(serial)) found.push(`a quota is raised by ${serial}, for which nothing is posted`);
  for (const it of allocations.filter(({ spec }) => !spec.adopted)) {
    const revisions = it.spec.changes.map(({ revision }) => revision);
    const owners = allocations.filter(
      ({ metadata, spec }) => metadata.name === it.metadata.name && !spec.transferred,
    );
    if (owners.length !== 1)
      found.push(`allocation ${it.metadata.name} is had by ${owners.map(pathOf).join(', ') || 'nobody'}`);
    if (new Set(revisions).size < revisions.length || Math.max(...revisions) !== it.spec.revision)
      found.push(`allocation ${pathOf(it)} is at revision ${it.spec.revision} after ${revisions.join(', ')}`);
    const day = byRequest.get(it.spec.changes[0]?.request ?? '')?.day;
    if (day !== undefined && (it.spec.from < day || it.spec.from > today))
      found.push(`allocation ${pathOf(it)} runs from ${it.spec.from}, it was posted on ${day}`);
    for (const { request } of it.spec.changes)
      if (!byRequest.has(request)) found.push(`allocation ${pathOf(it)}: nothing is posted for ${request}`);
  }
  return found;
}

interface CopiedDecision {
  readonly id: string;
  readonly subject_uid: string;
  readonly ticket: string;
  readonly step: string;
  readonly reviewer: string;
  readonly verdict: string;
  readonly carried_from: string | null;
  readonly on_behalf_of: string | null;
  readonly has_mandate: boolean;
}

/**
 * Every posting has, on a ticket of its own hold, as many different people's approvals a step as its flow asks, nobody
 * on two steps, not for another either, nobody who asked, nothing against it, each stand-in by a delegation; and what was carried stood on a ticket of the same hold.
 */
async function approvedAsTheFlowAsks(city: SmallCity): Promise<string[]> {
  const { rows } = await sql<CopiedDecision>`
    SELECT id::text, subject_uid, ticket, step, reviewer, verdict, carried_from::text, on_behalf_of,
      mandate IS NOT NULL AS has_mandate FROM books.decisions
    WHERE subject_kind = 'ResourceRequest'`.execute(city.books);
  const byId = new Map(rows.map((it) => [it.id, it]));
  return (await postedHolds(city)).flatMap(({ document, request_uid }) => {
    const tickets = Array.from({ length: MAX_ROUNDS }, (_, more) =>
      ticketOf(document, document.round + more),
    );
    const own = rows.filter((it) => it.subject_uid === request_uid && tickets.includes(it.ticket));
    const isGranted = tickets.some((ticket) => {
      const said = own.filter((it) => it.ticket === ticket);
      const people = document.quote.steps.map(
        ({ name }) => new Set(said.filter(({ step }) => step === name).map(({ reviewer }) => reviewer)),
      );
      const absent = new Set(said.flatMap(({ on_behalf_of: it }) => it ?? []));
      const all = [...people.flatMap((names) => [...names]), ...absent];
      return (
        said.every((it) => it.on_behalf_of === null || it.has_mandate) &&
        document.quote.steps.every(({ approvals }, index) => (people[index]?.size ?? 0) >= approvals) &&
        new Set(all).size === all.length &&
        !all.includes(document.spec.requester) &&
        said.every(({ verdict }) => verdict === 'approve')
      );
    });
    const strays = own.filter(
      ({ carried_from }) => carried_from !== null && !tickets.includes(byId.get(carried_from)?.ticket ?? ''),
    );
    return [
      ...(isGranted ? [] : [`request ${document.request.name} was granted without its approvals`]),
      ...strays.map(({ id }) => `decision ${id} was carried from another hold’s ticket`),
    ];
  });
}

/** In the member stands what allocations stand for, once, and nothing else of ours. */
async function memberAgrees(city: SmallCity, { allocations }: World): Promise<string[]> {
  const { items } = await city.hub.client.list<CatalogItem & { metadata: { name: string; uid: string } }>(
    resourceOf(CatalogItem) as ResourceRef,
  );
  const catalogue = new Map(items.map((it) => [it.metadata.name, it.spec]));
  const expected = allocations
    .filter(({ spec, status }) => !spec.transferred && (!spec.released || isRetained(status)))
    .flatMap((it) => objectsOf(it, catalogue))
    .sort();
  const seen = (
    await Promise.all(
      [...ALLOWED_KINDS]
        .filter((it) => !OPENSTACK_KINDS.has(it))
        .map(async (kind) => {
          const { items } = await city.member.client.list(refOf(kind), { labelSelector: ALLOCATION_LABEL });
          return items
            .filter(({ metadata }) => metadata.labels?.['app.kubernetes.io/managed-by'] === 'govcloud')
            .map(
              ({ metadata }) =>
                `${metadata.labels?.[ALLOCATION_LABEL]} ${kind} ${metadata.namespace}/${metadata.name}`,
            );
        }),
    )
  )
    .flat()
    .sort();
  const names = new Map(allocations.map((it) => [it.metadata.uid, pathOf(it)]));
  const told = (line: string) => line.replace(/^\S+/, (uid) => names.get(uid) ?? `nobody (${uid})`);
  return [
    ...expected.filter((it) => !seen.includes(it)).map((it) => `missing in the member: ${told(it)}`),
    ...seen.filter((it) => !expected.includes(it)).map((it) => `left in the member: ${told(it)}`),
  ];
}

function isRetained(status: StoredAllocation['status']): boolean {
  return status?.state === 'Suspended' && status.retainedUntil !== undefined;
}

function objectsOf(
  allocation: StoredAllocation,
  catalogue: ReadonlyMap<string, CatalogItem['spec']>,
): string[] {
  const item = catalogue.get(allocation.spec.item);
  if (!item) return [`${allocation.metadata.uid} item ${allocation.spec.item} is gone`];
  const namespace = memberNamespaceOf(allocation, item);
  const objects = desiredObjects(allocation, item, () => 'unread')
    // Of what is released its disks alone are retained.
    .filter(({ object }) => !allocation.spec.released || DISK_KINDS.has(object.kind))
    .map(
      ({ object: { apiVersion, kind, metadata } }) => `${apiVersion}/${kind} ${namespace}/${metadata.name}`,
    );
  if (objects.length > 0) objects.push(`v1/ConfigMap ${namespace}/${anchorName(allocation)}`);
  return objects.map((it) => `${allocation.metadata.uid} ${it}`);
}

function refOf(kind: string): ResourceRef {
  const parts = kind.split('/');
  const [version = '', name = ''] = parts.slice(-2);
  const plural = name.endsWith('y') ? `${name.slice(0, -1)}ies` : `${name}s`;
  return {
    group: parts.length > 2 ? (parts[0] ?? '') : '',
    version,
    plural: plural.toLowerCase(),
    namespaced: true,
  };
}
