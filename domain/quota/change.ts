import { codeOf, type Quota } from '../../api/v1alpha1/index.ts';
import { dayAfter } from '../calendar.ts';
import { type Amount, formatQuantity, parseQuantity, type Resource, RESOURCES } from '../quantity.ts';
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
  const loans = spec.loans ?? [];
  const [oldest] = loans
    .filter(({ until }) => until < today)
    .toSorted((a, b) => (a.until < b.until ? -1 : 1));
  const kept = loans.length < MOST_LOANS ? loans : loans.filter((it) => it !== oldest);
  return { ...spec, loans: [...kept, loan] };
}

/** A quota to which a loan has returned before its day; undefined when there is none of that name that still runs. */
export function withReturned(spec: Spec, name: string, today: string): Spec | undefined {
  const loan = spec.loans?.find((it) => it.name === name);
  if (!loan || loan.until < today) return undefined;
  const until = dayAfter(today, -1);
  const loans = (spec.loans ?? []).flatMap((it) =>
    it !== loan ? [it] : loan.from > until ? [] : [{ ...loan, until }],
  );
  return { ...spec, loans };
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
