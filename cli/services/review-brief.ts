import type { Hold, UsageAdvice } from '../../api/reports/index.ts';
import type { Allocation, Project, ResourceRequest } from '../../api/v1alpha1/index.ts';
import { cityDay } from '../../domain/calendar.ts';
import { type Money, moneyOf } from '../../domain/request/money.ts';
import { changesBetween, type SpecChange } from '../../domain/request/changes.ts';
import { KubeError } from '../../kube/errors.ts';
import type { Stored } from '../../kube/types.ts';
import { CliError } from '../errors.ts';
import type { Hub } from '../hub/hub.ts';
import * as kinds from '../hub/kinds.ts';
import { listReport } from '../hub/reports.ts';
import { type QuoteAnswer, quoteLocally } from './quote.ts';
import { usageAdvice } from './usage.ts';
import { isOver } from '../../domain/allocation/over.ts';

/** What a reviewer looks at before a decision, as far as they may see it: what is undefined they may not, or it is away. */
export interface ReviewBrief {
  readonly request: Stored<ResourceRequest>;
  readonly project: Project | undefined;
  /** Undefined without the project. */
  readonly money: Money | undefined;
  /** What it would do to every account, as of now. */
  readonly quote: QuoteAnswer | undefined;
  /** What the system has. */
  readonly holdings: readonly Stored<Allocation>[];
  readonly advice: readonly UsageAdvice[];
  /** The system's other requests, the newest first. */
  readonly others: readonly Stored<ResourceRequest>[];
  /** The version that was quoted before this one, and what this one says otherwise; undefined of a first version. */
  readonly previous: Previous | undefined;
}

interface Previous {
  readonly generation: number;
  readonly monthlyFen: number;
  readonly changes: readonly SpecChange[];
}

export async function reviewBrief(
  hub: Hub,
  request: Stored<ResourceRequest>,
  now: string,
): Promise<ReviewBrief> {
  const { namespace = '', name } = request.metadata;
  const { system } = request.spec;
  const here = hub.in(namespace);
  const requestUid = request.metadata.uid;
  const [project, quote, allocations, requests, advice, holds] = await Promise.all([
    seen(hub.client.get<Project>(kinds.projects, { name: request.spec.project, namespace })),
    seen(quoteLocally(here, request, now)),
    seen(here.list<Allocation>(kinds.allocations)),
    seen(here.list<ResourceRequest>(kinds.resourceRequests)),
    seen(usageAdvice(here, ['Idle', 'Oversized', 'Undersized'])),
    seen(listReport(hub, 'holds', { namespace, query: { requestUid } })),
  ]);
  const holdings = (allocations ?? []).filter((it) => it.spec.system === system && !isOver(it));
  return {
    request,
    project,
    money: moneySeen({ request, project, allocations, requests }, now),
    quote,
    holdings,
    advice: (advice ?? []).filter((it) => it.system === system),
    others: (requests ?? [])
      .filter(({ metadata, spec }) => spec.system === system && metadata.name !== name)
      .toSorted((a, b) => (a.metadata.creationTimestamp > b.metadata.creationTimestamp ? -1 : 1)),
    previous: previousOf(request, holds ?? []),
  };
}

/** Every version that was quoted took a hold, and the books keep what it asked for. */
function previousOf(
  { metadata, spec, status }: ResourceRequest,
  holds: readonly Hold[],
): Previous | undefined {
  const current = status?.review?.generation ?? metadata.generation ?? 0;
  const [last] = holds
    .filter(({ generation }) => generation < current)
    .toSorted((a, b) => b.generation - a.generation || b.attempt - a.attempt);
  if (!last?.document.spec || !last.document.quote) return undefined;
  return {
    generation: last.generation,
    monthlyFen: last.document.quote.monthlyFen,
    changes: changesBetween(last.document.spec, spec),
  };
}

/** A request against its project's budget, at the price that it was quoted; undefined for whom a part of that is not to see. */
export function moneySeen(
  {
    request,
    project,
    allocations,
    requests,
  }: {
    readonly request: ResourceRequest;
    readonly project: Project | undefined;
    readonly allocations: readonly Allocation[] | undefined;
    readonly requests: readonly ResourceRequest[] | undefined;
  },
  now: string,
) {
  if (!project || !allocations || !requests) return undefined;
  return moneyOf(
    { request, project, grants: allocations, others: requests, today: cityDay(now) },
    request.status?.quote?.monthlyFen ?? 0,
  );
}

/** A part of the picture, unless its reader may not see it, it is not there, or whoever serves it is away. */
export async function seen<T>(part: Promise<T>): Promise<T | undefined> {
  try {
    return await part;
  } catch (error) {
    const isLess =
      (error instanceof KubeError && (error.status === 403 || error.status === 404)) ||
      (error instanceof CliError &&
        ['E_REPORTS_ABSENT', 'E_NOT_FOUND'].includes(error.faults[0]?.code ?? ''));
    if (!isLess) throw error;
    return undefined;
  }
}
