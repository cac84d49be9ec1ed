import type { HeldDecision, Hold } from '../../../api/reports/index.ts';
import type {
  Allocation,
  CatalogItem,
  InformationSystem,
  Project,
  ResourceRequest,
} from '../../../api/v1alpha1/index.ts';
import type { Money } from '../../../domain/request/money.ts';
import type { Stored } from '../../../kube/types.ts';
import type { Hub } from '../../hub/hub.ts';
import * as kinds from '../../hub/kinds.ts';
import { listReport } from '../../hub/reports.ts';
import { type Effect, quoteLocally } from '../quote.ts';
import { moneySeen, seen } from '../review-brief.ts';

/** What the printed form of a request says, as far as whoever prints it may see: what is undefined they may not. */
export interface Approval {
  readonly request: Stored<ResourceRequest>;
  readonly system: InformationSystem | undefined;
  readonly project: Project | undefined;
  readonly items: readonly CatalogItem[];
  /** Undefined without the project. */
  readonly money: Money | undefined;
  /** What it would do to every account, as of now; of a request that is decided nothing. */
  readonly effects: readonly Effect[];
  /** What it holds, or has taken: its last hold. */
  readonly held: Hold['accounts'];
  /** As the books have them, each once, in their order; undefined where the books cannot be asked. */
  readonly decisions: readonly HeldDecision[] | undefined;
}

const OPEN: ReadonlySet<string> = new Set(['Draft', 'Submitted', 'InReview', 'Returned']);

export async function approvalOf(hub: Hub, request: Stored<ResourceRequest>, now: string): Promise<Approval> {
  const { namespace = '', uid: requestUid } = request.metadata;
  const { spec } = request;
  const here = hub.in(namespace);
  const open = OPEN.has(request.status?.phase ?? 'Draft');
  const [system, project, items, allocations, requests, quote, holds] = await Promise.all([
    seen(hub.client.get<InformationSystem>(kinds.informationSystems, { name: spec.system, namespace })),
    seen(hub.client.get<Project>(kinds.projects, { name: spec.project, namespace })),
    seen(hub.list<CatalogItem>(kinds.catalogItems)),
    seen(here.list<Allocation>(kinds.allocations)),
    seen(here.list<ResourceRequest>(kinds.resourceRequests)),
    open ? seen(quoteLocally(here, request, now)) : undefined,
    seen(listReport(hub, 'holds', { namespace, query: { requestUid } })),
  ]);
  return {
    request,
    system,
    project,
    items: items ?? [],
    money: moneySeen({ request, project, allocations, requests }, now),
    effects: quote?.effects ?? [],
    held: holds?.at(-1)?.accounts ?? [],
    decisions: holds && decisionsOf(holds),
  };
}

/** Several holds of a generation each have its decisions. */
function decisionsOf(holds: readonly Hold[]): readonly HeldDecision[] {
  const byPlace = new Map(
    holds.flatMap((hold) => hold.decisions.map((it) => [`${it.position}/${it.ticket}`, it])),
  );
  return [...byPlace.values()].toSorted((a, b) => a.position - b.position);
}
