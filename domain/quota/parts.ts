import type { QuotaPart } from '../../api/reports/index.ts';
import { codeOf, type Quota } from '../../api/v1alpha1/index.ts';
import { limitSetter, scopeOf, scopePath } from './accounts.ts';
import { borrowerOf, isInForce, type Loan, loansOn, type Terms } from './limit.ts';

/** A quota that sets an account's limit, with those of its giver that do, it itself among them. */
export interface Setting {
  readonly quota: Quota;
  readonly beside: readonly Quota[];
}

/** Of all quotas those that set limits and stay, by the path of the account scope. */
export function settingQuotas(quotas: readonly Quota[]): ReadonlyMap<string, Setting> {
  const byScope = Map.groupBy(quotas, ({ metadata, spec }) =>
    scopePath(scopeOf(spec, codeOf(metadata.namespace ?? '') ?? '')),
  );
  const setters = [...byScope].flatMap(([path, all]) => {
    const quota = limitSetter(all);
    return quota && quota.metadata.deletionTimestamp === undefined ? [[path, quota] as const] : [];
  });
  const byGiver = Map.groupBy(
    setters.map(([, quota]) => quota),
    ({ metadata }) => metadata.namespace,
  );
  return new Map(
    setters.map(([path, quota]) => [path, { quota, beside: byGiver.get(quota.metadata.namespace) ?? [] }]),
  );
}

/**
 * What a quota's limit is changed by for a time, from a day on, by the day on which it begins.
 * @param day YYYY-MM-DD, in the city
 */
export function partsFrom({ quota, beside }: Setting, day: string): readonly QuotaPart[] {
  const giver = codeOf(quota.metadata.namespace ?? '') ?? '';
  const holderOf = (of: Terms | undefined) =>
    of === undefined ? {} : { other: scopeOf(of.spec, giver).holder };
  const lentOn = (lender: Terms) => new Set(loansOn(lender, day, beside).map(({ name }) => name));
  const { grants = [], loans = [] } = quota.spec;
  const [lent, borrowed] = [
    lentOn(quota),
    beside.flatMap((lender) => {
      const counting = lentOn(lender);
      return (lender.spec.loans ?? [])
        .filter((loan) => borrowerOf(loan, lender, beside)?.metadata.name === quota.metadata.name)
        .map((loan) => ({ lender, loan, counts: counting.has(loan.name) }));
    }),
  ];
  const parts: QuotaPart[] = [
    ...grants.map((it) => ({ ...it, kind: 'grant' as const, counts: isInForce(it, day) })),
    ...loans.map((loan) => ({
      ...termsOf(loan),
      kind: 'lent' as const,
      ...holderOf(borrowerOf(loan, quota, beside)),
      counts: lent.has(loan.name),
    })),
    ...borrowed.map(({ lender, loan, counts }) => ({
      ...termsOf(loan),
      kind: 'borrowed' as const,
      ...holderOf(lender),
      counts,
    })),
  ];
  return parts
    .filter(({ until }) => until === undefined || until >= day)
    .toSorted((a, b) => (`${a.from} ${a.name}` < `${b.from} ${b.name}` ? -1 : 1));
}

function termsOf({ name, limits, from, until, basis }: Loan) {
  return { name, limits, from, until, basis };
}
