import type { Quota } from '../../api/v1alpha1/index.ts';
import { dayAfter } from '../calendar.ts';
import { type Amount, type Resource, RESOURCES, ResourceVector } from '../quantity.ts';

type Spec = Quota['spec'];
export type Loan = NonNullable<Spec['loans']>[number];

/** A quota as those beside it see it. */
export type Terms = Pick<Quota, 'metadata' | 'spec'>;

/**
 * What a quota gives on a day: its standing limits with every grant in force and what it borrows, without what it lends.
 * @param day YYYY-MM-DD, in the city
 * @param beside the quotas of the same giver that set their accounts' limits and stay, it itself among them or not
 */
export function limitOn(quota: Terms, day: string, beside: readonly Terms[]): ResourceVector {
  const kept = givenOn(quota.spec, day).minus(sumOf(loansOn(quota, day, beside)));
  return beside.reduce((sum, lender) => sum.plus(borrowedOn(quota, lender, day, beside)), kept);
}

/**
 * Beyond what is told of the resources that have a soft limit: as far below the limit of the day as the standing one is
 * below the standing limit, but not below zero.
 */
export function softOn(
  quota: Terms,
  day: string,
  beside: readonly Terms[],
): Partial<Record<Resource, Amount<'millicores' | 'bytes'>>> {
  const { soft = {}, limits } = quota.spec;
  const moved = limitOn(quota, day, beside).minus(ResourceVector.parse(limits));
  const today = ResourceVector.parse(soft).plus(moved).positivePart();
  return Object.fromEntries(
    RESOURCES.filter((it) => soft[it] !== undefined).map((it) => [it, today.get(it)]),
  );
}

/**
 * The loans of a quota that count on a day, for both sides alike, in the order in which they stand. One that is more than
 * what is left of its own does not, nor one to a quota that is not there or is for another zone or architecture.
 */
export function loansOn(quota: Terms, day: string, beside: readonly Terms[]): readonly Loan[] {
  const { loans = [] } = quota.spec;
  if (loans.length === 0) return [];
  let left = givenOn(quota.spec, day);
  return loans.filter((loan) => {
    const rest = left.minus(ResourceVector.parse(loan.limits));
    if (!borrowerOf(loan, quota, beside) || !isInForce(loan, day) || !rest.equals(rest.positivePart()))
      return false;
    left = rest;
    return true;
  });
}

/** The quota that a loan goes to; undefined where none of that name could borrow it. */
export function borrowerOf(
  { borrower }: Loan,
  { metadata, spec }: Terms,
  beside: readonly Terms[],
): Terms | undefined {
  return beside.find(
    (it) =>
      it.metadata.name === borrower &&
      borrower !== metadata.name &&
      it.spec.zone === spec.zone &&
      it.spec.arch === spec.arch,
  );
}

/** The days on which a grant or a loan of its own begins or has just lapsed, in order, each once. */
export function changeDays({ grants = [], loans = [] }: Spec): readonly string[] {
  const days = [...grants, ...loans].flatMap(({ from, until }) =>
    until === undefined ? [from] : [from, dayAfter(until, 1)],
  );
  return [...new Set(days)].sort();
}

/** The days on which what a quota has borrowed of another one changes, in order, each once. */
export function loanDays(quota: Terms, lender: Terms, beside: readonly Terms[]): readonly string[] {
  const borrowed = (day: string) => borrowedOn(quota, lender, day, beside);
  return changeDays(lender.spec).filter((day) => !borrowed(day).equals(borrowed(dayAfter(day, -1))));
}

function borrowedOn(quota: Terms, lender: Terms, day: string, beside: readonly Terms[]): ResourceVector {
  return sumOf(loansOn(lender, day, beside).filter(({ borrower }) => borrower === quota.metadata.name));
}

function givenOn({ limits, grants = [] }: Spec, day: string): ResourceVector {
  return ResourceVector.parse(limits).plus(sumOf(grants.filter((it) => isInForce(it, day))));
}

export function isInForce(
  { from, until }: { readonly from: string; readonly until?: string | undefined },
  day: string,
): boolean {
  return from <= day && (until === undefined || day <= until);
}

function sumOf(parts: readonly { readonly limits: Spec['limits'] }[]): ResourceVector {
  return parts.reduce((sum, { limits }) => sum.plus(ResourceVector.parse(limits)), ResourceVector.zero);
}
