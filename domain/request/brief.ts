import type { Allocation, Project, ResourceRequest } from '../../api/v1alpha1/index.ts';
import { dayAfter } from '../calendar.ts';
import { Amount } from '../quantity.ts';

/** What a project's money looks like with a request on top; amounts in fen, over whole terms. */
export interface Money {
  readonly budget: Amount<'fen'>;
  /** What is granted for the project, each month of every term that has begun or will. */
  readonly committed: Amount<'fen'>;
  /** What the request would add; negative for what makes something smaller. */
  readonly asked: Amount<'fen'>;
  /** How many grants have no end, and none in their project either: their months are not counted. */
  readonly endless: number;
}

/** Months that are begun between two days, both counted: a price is for a month. @param from, until YYYY-MM-DD */
export function monthsBegun(from: string, until: string): number {
  if (until < from) return 0;
  const start = Temporal.PlainDate.from(from);
  const { years, months, days } = start.until(Temporal.PlainDate.from(until).add({ days: 1 }), {
    largestUnit: 'years',
  });
  return years * 12 + months + (days > 0 ? 1 : 0);
}

/**
 * The money of a project against its budget.
 * @param allocations any; those of other projects, and what is reclaimed, do not count
 * @param today YYYY-MM-DD; what a request asks for begins then
 */
export function moneyOf(
  project: Project,
  allocations: readonly Allocation[],
  request: ResourceRequest,
  today: string,
): Money {
  const { budgetFen, until: ends } = project.spec;
  const of = allocations.filter(
    ({ metadata, spec, status }) =>
      metadata.namespace === project.metadata.namespace &&
      spec.project === project.metadata.name &&
      status?.state !== 'Reclaimed',
  );
  let committed = Amount.of('fen', 0);
  let endless = 0;
  for (const { spec } of of) {
    const until = spec.until ?? ends;
    if (until === undefined) endless += 1;
    else committed = committed.plus(Amount.of('fen', spec.monthlyFen).times(monthsBegun(spec.from, until)));
  }
  const target = allocations.find(({ metadata }) => metadata.uid === request.spec.target?.uid);
  return {
    budget: Amount.of('fen', budgetFen),
    committed,
    asked: askedOf(request, target, ends, today),
    endless,
  };
}

function askedOf(
  { spec, status }: ResourceRequest,
  target: Allocation | undefined,
  ends: string | undefined,
  today: string,
): Amount<'fen'> {
  const monthly = Amount.of('fen', status?.quote?.monthlyFen ?? 0);
  const present = Amount.of('fen', target?.spec.monthlyFen ?? 0);
  const standsUntil = target?.spec.until ?? ends ?? today;
  switch (spec.action) {
    case 'Provision':
      return monthly.times(monthsBegun(today, spec.until ?? ends ?? today));
    case 'Resize':
      return monthly.minus(present).times(monthsBegun(today, standsUntil));
    case 'Renew':
      return monthly.times(monthsBegun(dayAfter(standsUntil, 1), spec.until ?? standsUntil));
    case 'Suspend':
    case 'Resume':
      return Amount.of('fen', 0);
    default:
      return present.times(-monthsBegun(today, standsUntil));
  }
}

/** Something that the system has, or asks for elsewhere, of an item that a request asks for. */
export interface Likeness {
  readonly item: string;
  readonly kind: 'Allocation' | 'ResourceRequest';
  readonly name: string;
  readonly serial: string | undefined;
}

const OPEN: readonly string[] = ['Submitted', 'InReview', 'Returned', 'Granting'];

/** What a new request may repeat: grants and open requests of the same system for the same items. */
export function likenessesOf(
  request: ResourceRequest,
  allocations: readonly Allocation[],
  requests: readonly ResourceRequest[],
): readonly Likeness[] {
  if (request.spec.action !== 'Provision') return [];
  const { namespace } = request.metadata;
  const items = new Set(request.spec.lines.map(({ item }) => item));
  return [...items].flatMap((item) => [
    ...allocations
      .filter(
        ({ metadata, spec, status }) =>
          metadata.namespace === namespace &&
          spec.system === request.spec.system &&
          spec.item === item &&
          status?.state !== 'Reclaimed' &&
          !spec.changes.some((change) => change.request === request.metadata.uid),
      )
      .map(({ metadata, spec }) => ({
        item,
        kind: 'Allocation' as const,
        name: metadata.name,
        serial: spec.request.serial,
      })),
    ...requests
      .filter(
        ({ metadata, spec, status }) =>
          metadata.namespace === namespace &&
          metadata.uid !== request.metadata.uid &&
          spec.action === 'Provision' &&
          spec.system === request.spec.system &&
          OPEN.includes(status?.phase ?? '') &&
          spec.lines.some((line) => line.item === item),
      )
      .map(({ metadata, status }) => ({
        item,
        kind: 'ResourceRequest' as const,
        name: metadata.name,
        serial: status?.serial,
      })),
  ]);
}
