import { codeOf, type Quota } from '../../api/v1alpha1/index.ts';
import { dayAfter } from '../calendar.ts';
import { GovError, reason } from '../errors.ts';
import {
  type Amount,
  formatQuantity,
  parseQuantity,
  type Resource,
  RESOURCES,
  ResourceVector,
} from '../quantity.ts';
import { scopeOf } from './accounts.ts';
import { limitOn, type Loan, softOn } from './limit.ts';
import { settingQuotas } from './parts.ts';

type Spec = Quota['spec'];

/** As many as the schema lets a quota have. */
const MOST_LOANS = 20;

/** A quota with other limits: what is not named stays. @param soft null takes a soft limit away */
export function withLimits(
  spec: Spec,
  given: {
    readonly limits: Spec['limits'];
    readonly soft: Readonly<Partial<Record<Resource, string | null>>>;
    readonly basis: string;
  },
): Spec {
  const soft = Object.fromEntries(
    Object.entries({ ...spec.soft, ...given.soft }).filter(([, amount]) => amount !== null),
  ) as NonNullable<Spec['soft']>;
  const { soft: _, ...rest } = spec;
  return {
    ...rest,
    limits: { ...spec.limits, ...given.limits },
    ...(Object.keys(soft).length > 0 ? { soft } : {}),
    basis: given.basis,
  };
}

/** A quota that lends more. Where there is no room for another loan the one that was returned first goes: the books keep it. */
export function withLoan(spec: Spec, loan: Loan, today: string): Spec {
  return { ...spec, loans: [...roomIn(spec.loans ?? [], today), loan] };
}

function roomIn(loans: readonly Loan[], today: string): readonly Loan[] {
  const [oldest] = loans
    .filter(({ until }) => until < today)
    .toSorted((a, b) => (a.until < b.until ? -1 : 1));
  return loans.length < MOST_LOANS ? loans : loans.filter((it) => it !== oldest);
}

/**
 * A quota to which a loan has returned before its day, or a part of it: what ran until yesterday stays as it was, the rest
 * goes on from today under the loan’s name. Undefined when there is none of that name that still runs.
 * @param part what returns; all of it unless given
 * @throws GovError E_LOAN_PART when the loan is of less
 */
export function withReturned(
  spec: Spec,
  name: string,
  today: string,
  part?: Spec['limits'],
): Spec | undefined {
  const loan = spec.loans?.find((it) => it.name === name);
  if (!loan || loan.until < today) return undefined;
  const until = dayAfter(today, -1);
  const lent = ResourceVector.parse(loan.limits);
  const rest = part === undefined ? ResourceVector.zero : lent.minus(ResourceVector.parse(part));
  if (!rest.equals(rest.positivePart()))
    throw new GovError(reason('E_LOAN_PART', { loan: name, lent: amountsText(loan.limits) }));
  const hasRun = loan.from <= until;
  if (rest.isZero()) return withLoans(spec, loan, hasRun ? [{ ...loan, until }] : []);
  const limits = rest.toQuantities();
  if (!hasRun) return withLoans(spec, loan, [{ ...loan, limits }]);
  const loans = roomIn(spec.loans ?? [], today);
  const ended = { ...loan, name: `${name.slice(0, 54)}-${until.replaceAll('-', '')}`, until };
  return withLoans({ ...spec, loans: [...loans] }, loan, [ended, { ...loan, limits, from: today }]);
}

/** A quota with other loans in the place of one. */
function withLoans(spec: Spec, loan: Loan, others: readonly Loan[]): Spec {
  return { ...spec, loans: (spec.loans ?? []).flatMap((it) => (it === loan ? others : [it])) };
}

function amountsText(limits: Spec['limits']): string {
  return RESOURCES.flatMap((it) => (limits[it] === undefined ? [] : [`${it} ${limits[it]}`])).join(', ');
}

/** What a change of a quota does to one account and resource on a day: quantities. */
export interface LimitEffect {
  /** An organisation's code, or a system as `<organisation>/<system>`. */
  readonly holder: string;
  readonly zone: string;
  readonly arch: string;
  readonly resource: Resource;
  readonly hardBefore: string;
  readonly hardAfter: string;
  readonly softBefore?: string;
  readonly softAfter?: string;
  /** Granted and held, as the quota's status shows them. */
  readonly used: string;
  /** Negative when it is overdrawn then. */
  readonly freeAfter: string;
}

/**
 * Everything that another spec of a quota changes on a day, on its own account and on those that it lends to.
 * @param quotas those of the same giver, with the quota as it was, if it was
 * @param after the quota as it will be
 */
export function limitEffects(quotas: readonly Quota[], after: Quota, day: string): readonly LimitEffect[] {
  const giver = codeOf(after.metadata.namespace ?? '') ?? '';
  const isIt = ({ metadata }: Quota) => metadata.name === after.metadata.name;
  const changed = quotas.some(isIt) ? quotas.map((it) => (isIt(it) ? after : it)) : [...quotas, after];
  const before = figuresOf(quotas, day);
  return [...figuresOf(changed, day)].flatMap(([path, { quota, hard, soft }]) => {
    const was = before.get(path);
    const { holder, zone, arch } = scopeOf(quota.spec, giver);
    return RESOURCES.flatMap((resource): readonly LimitEffect[] => {
      const shown = (amount: Amount<'millicores' | 'bytes'>) => formatQuantity(resource, amount);
      const zero = hard.get(resource).minus(hard.get(resource));
      const [hardBefore, hardAfter] = [was?.hard.get(resource) ?? zero, hard.get(resource)];
      const [softBefore, softAfter] = [was?.soft[resource], soft[resource]];
      if (hardBefore.compare(hardAfter) === 0 && softBefore?.value === softAfter?.value) return [];
      const used = [quota.status?.posted, quota.status?.pending].reduce(
        (sum, amounts) => sum.plus(parseQuantity(resource, amounts?.[resource] ?? '0')),
        zero,
      );
      return [
        {
          holder,
          zone,
          arch,
          resource,
          hardBefore: shown(hardBefore),
          hardAfter: shown(hardAfter),
          ...(softBefore ? { softBefore: shown(softBefore) } : {}),
          ...(softAfter ? { softAfter: shown(softAfter) } : {}),
          used: shown(used),
          freeAfter: shown(hardAfter.minus(used)),
        },
      ];
    });
  });
}

function figuresOf(quotas: readonly Quota[], day: string) {
  return new Map(
    [...settingQuotas(quotas)].map(([path, { quota, beside }]) => [
      path,
      { quota, hard: limitOn(quota, day, beside), soft: softOn(quota, day, beside) },
    ]),
  );
}
