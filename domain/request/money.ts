import type { Allocation, Project, ResourceRequest } from '../../api/v1alpha1/index.ts';
import { isOver } from '../allocation/over.ts';
import { cityDay, dayAfter } from '../calendar.ts';
import { type Reason, reason } from '../errors.ts';
import { Amount } from '../quantity.ts';

/** What a project's money looks like with a request on top; amounts in fen, over whole terms. */
export interface Money {
  readonly budget: Amount<'fen'>;
  /** What is granted for the project, each month of every term that has begun or will. */
  readonly committed: Amount<'fen'>;
  /** What its other open requests would add by the quotes that they hold. */
  readonly pending: Amount<'fen'>;
  /** What the request would add; negative for what makes something smaller. */
  readonly asked: Amount<'fen'>;
  /** How many grants have no end, and none in their project either: their months are not counted. */
  readonly endless: number;
}

/** All that a request is weighed against; of grants and others, any: those of other projects do not count. */
export interface MoneyPicture {
  readonly request: ResourceRequest;
  readonly project: Project | undefined;
  /** What it names; of what others name in other organisations the term is not known here, and the project's counts. */
  readonly target?: Allocation | undefined;
  readonly grants: readonly Allocation[];
  readonly others: readonly ResourceRequest[];
  /** YYYY-MM-DD; what is asked for begins then. */
  readonly today: string;
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
 * @param monthlyFen what the request is quoted at
 */
export function moneyOf(
  { request, project, target: named, grants, others, today }: MoneyPicture & { readonly project: Project },
  monthlyFen: number,
): Money {
  const { budgetFen, until: ends } = project.spec;
  const isOfProject = ({ metadata, spec }: Allocation | ResourceRequest) =>
    metadata.namespace === project.metadata.namespace && spec.project === project.metadata.name;
  const stands = grants.filter((it) => isOfProject(it) && !isOver(it));
  let committed = fen(0);
  let endless = 0;
  for (const { spec } of stands) {
    const until = endOf(spec) ?? ends;
    if (until === undefined) endless += 1;
    else committed = committed.plus(fen(spec.monthlyFen).times(monthsBegun(spec.from, until)));
  }
  const asks = (it: ResourceRequest, monthly: number) => {
    const isNamed = ({ metadata }: Allocation) => metadata.uid === it.spec.target?.uid;
    const target = grants.find(isNamed) ?? (named && isNamed(named) ? named : undefined);
    return askedOf(it.spec, monthly, target, ends, today);
  };
  let pending = fen(0);
  for (const it of others) {
    if (it.metadata.uid === request.metadata.uid || !isOfProject(it) || !isHeld(it, today)) continue;
    // What it gave is counted as granted.
    if (grants.some(({ spec }) => spec.changes.some((change) => change.request === it.metadata.uid)))
      continue;
    const more = asks(it, it.status?.quote?.monthlyFen ?? 0);
    // What would be given back is there when it is back.
    if (!more.isNegative()) pending = pending.plus(more);
  }
  return { budget: fen(budgetFen), committed, pending, asked: asks(request, monthlyFen), endless };
}

const byNumber = new Intl.Collator('en', { numeric: true }).compare;

/**
 * A budget is a bound where the unit pays itself (单位自筹). What is paid centrally (统采统付) the finance office bounds:
 * there it is shown and refuses nothing.
 * @param monthlyFen what the request is quoted at
 * @param heldAs the number of the request's own hold: then those that were taken later do not count, so that of two that
 *   were quoted at one moment the first may be granted
 */
export function checkBudget(
  { project, ...picture }: MoneyPicture,
  monthlyFen: number,
  heldAs?: string,
): readonly Reason[] {
  if (project?.spec.funding !== 'department') return [];
  const others =
    heldAs === undefined
      ? picture.others
      : picture.others.filter(({ status }) => byNumber(status?.hold?.id ?? '', heldAs) < 0);
  const { budget, committed, pending, asked } = moneyOf({ ...picture, others, project }, monthlyFen);
  const left = budget.minus(committed).minus(pending);
  if (asked.compare(fen(0)) <= 0 || asked.compare(left) <= 0) return [];
  const params = {
    project: project.metadata.name,
    asked: yuanText(asked),
    left: yuanText(left),
    budget: yuanText(budget),
    committed: yuanText(committed),
    pending: yuanText(pending),
  };
  return [reason('E_BUDGET_EXCEEDED', params, 'spec.project')];
}

/** Whether a request holds what it was quoted: until its hold has lapsed, also one that was returned. */
function isHeld({ status }: ResourceRequest, today: string): boolean {
  return (
    ['InReview', 'Returned', 'Granting'].includes(status?.phase ?? '') &&
    status?.hold !== undefined &&
    cityDay(status.hold.expiresAt) >= today
  );
}

/** The last day that a grant is paid for; disks that are kept after its release cost nothing. */
function endOf({ until, releasedOn }: Allocation['spec']): string | undefined {
  return releasedOn !== undefined && (until === undefined || releasedOn < until) ? releasedOn : until;
}

function askedOf(
  { action, until }: ResourceRequest['spec'],
  monthlyFen: number,
  target: Allocation | undefined,
  ends: string | undefined,
  today: string,
): Amount<'fen'> {
  const monthly = fen(monthlyFen);
  const present = fen(target?.spec.monthlyFen ?? 0);
  const standsUntil = target?.spec.until ?? ends ?? today;
  switch (action) {
    case 'Provision':
      return monthly.times(monthsBegun(today, until ?? ends ?? today));
    case 'Transfer':
      return monthly.times(monthsBegun(today, standsUntil));
    case 'Resize':
      return monthly.minus(present).times(monthsBegun(today, standsUntil));
    case 'Renew':
      return monthly.times(monthsBegun(dayAfter(standsUntil, 1), until ?? standsUntil));
    case 'Suspend':
    case 'Resume':
    case 'RaiseQuota':
      return fen(0);
    default:
      return present.times(-monthsBegun(today, standsUntil));
  }
}

function fen(value: number): Amount<'fen'> {
  return Amount.of('fen', value);
}

/** `1234.56`: the language around it says that it is yuan. */
function yuanText({ value }: Amount<'fen'>): string {
  const size = value < 0n ? -value : value;
  return `${value < 0n ? '-' : ''}${size / 100n}.${String(size % 100n).padStart(2, '0')}`;
}
