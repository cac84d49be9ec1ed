import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Quota } from '../../api/v1alpha1/index.ts';
import { dayAfter } from '../calendar.ts';
import { formatQuantity, type Resource, ResourceVector } from '../quantity.ts';
import { SEEDED } from '../testing/seed.ts';
import { changeDays, limitOn, loanDays, loansOn, softOn, type Terms } from './limit.ts';

const grant = (name: string, vcpu: string, from: string, until?: string) => ({
  name,
  limits: { vcpu },
  from,
  ...(until === undefined ? {} : { until }),
  basis: '文号',
});

const loan = (name: string, borrower: string, vcpu: string, from: string, until: string) => ({
  ...grant(name, vcpu, from),
  until,
  borrower,
});

function quota(name: string, spec: Partial<Quota['spec']> = {}): Terms {
  return {
    metadata: { name, namespace: 'gov-shanwei' },
    spec: {
      child: { organization: name },
      limits: { vcpu: '10', memory: '1Gi' },
      basis: '文号',
      ...spec,
    },
  };
}

const spec = (...grants: NonNullable<Quota['spec']['grants']>) => quota('luhe', { grants });
const vcpu = (it: ResourceVector) => formatQuantity('vcpu', it.get('vcpu'));

it('without grants it is the same for ever', () => {
  const plain = quota('luhe');
  expect(limitOn(plain, '2026-03-01', []).toQuantities()).toEqual({ vcpu: '10', memory: '1Gi' });
  expect(changeDays(plain.spec)).toEqual([]);
});

// The last day counts; the day after, across the end of a month, does not.
it.each([
  ['2026-02-27', '10'],
  ['2026-02-28', '14'],
  ['2026-03-01', '15'],
  ['2026-03-02', '11'],
])('of grants that overlap counts on %s what is in force: %s', (day, cores) => {
  const both = spec(grant('a', '4', '2026-02-28', '2026-03-01'), grant('b', '1', '2026-03-01'));
  expect(limitOn(both, day, []).toQuantities()).toEqual({ vcpu: cores, memory: '1Gi' });
  expect(changeDays(both.spec)).toEqual(['2026-02-28', '2026-03-01', '2026-03-02']);
});

it('a day on which one ends and another begins is one change', () => {
  const both = spec(grant('a', '4', '2026-02-01', '2026-02-28'), grant('b', '4', '2026-03-01'));
  expect(changeDays(both.spec)).toEqual(['2026-02-01', '2026-03-01']);
});

describe('loans', () => {
  const lender = quota('luhe', { loans: [loan('census', 'haifeng', '4', '2026-12-01', '2026-12-31')] });
  const borrower = quota('haifeng', { soft: { vcpu: '8' } });
  const both = [lender, borrower];

  it.each([
    ['2026-11-30', '10', '10', '8'],
    ['2026-12-01', '6', '14', '12'],
    ['2026-12-31', '6', '14', '12'],
    ['2027-01-01', '10', '10', '8'],
  ])('on %s the lender has %s, the borrower %s and its soft limit is %s', (day, lent, borrowed, soft) => {
    expect(vcpu(limitOn(lender, day, both))).toBe(lent);
    expect(vcpu(limitOn(borrower, day, both))).toBe(borrowed);
    const today = softOn(borrower, day, both);
    expect(Object.entries(today).map(([it, amount]) => [it, formatQuantity(it as Resource, amount)])).toEqual(
      [['vcpu', soft]],
    );
  });

  it('change the limit of either side on the same days', () => {
    const days = ['2026-12-01', '2027-01-01'];
    expect(changeDays(lender.spec)).toEqual(days);
    expect(loanDays(borrower, lender, both)).toEqual(days);
    expect(loanDays(lender, borrower, both)).toEqual([]);
  });

  it.each([
    ['a quota that is not there', [lender]],
    ['one for another zone', [lender, quota('haifeng', { zone: 'extranet' })]],
    ['one for another architecture', [lender, quota('haifeng', { arch: 'arm64' })]],
  ])('to %s count on neither side', (_, beside) => {
    expect(vcpu(limitOn(lender, '2026-12-01', beside))).toBe('10');
    expect(beside.map((it) => vcpu(limitOn(it, '2026-12-01', beside)))).toEqual(beside.map(() => '10'));
  });

  it('to oneself count for nothing', () => {
    const itself = quota('luhe', { loans: [loan('own', 'luhe', '4', '2026-12-01', '2026-12-31')] });
    expect(vcpu(limitOn(itself, '2026-12-01', [itself]))).toBe('10');
  });

  it('that are more than what is left do not count, whatever is borrowed; those after them may', () => {
    const from = ['2026-12-01', '2026-12-31'] as const;
    const many = quota('luhe', {
      grants: [grant('more', '2', '2026-12-15')],
      loans: [
        loan('a', 'haifeng', '8', ...from),
        loan('b', 'haifeng', '4', ...from),
        loan('c', 'haifeng', '2', ...from),
      ],
    });
    const rich = quota('chengqu', { loans: [loan('d', 'luhe', '5', ...from)] });
    const all = [many, borrower, rich];
    const counted = (day: string) => loansOn(many, day, all).map(({ name }) => name);
    expect(counted('2026-12-01')).toEqual(['a', 'c']);
    expect(vcpu(limitOn(many, '2026-12-01', all))).toBe('5');
    expect(counted('2026-12-15')).toEqual(['a', 'b']);
    expect(vcpu(limitOn(borrower, '2026-12-15', all))).toBe('22');
  });

  it('of a limit that was lowered under it the soft limit is not below zero', () => {
    const low = quota('luhe', { soft: { vcpu: '3' }, loans: lender.spec.loans ?? [] });
    expect(softOn(low, '2026-12-01', [low, borrower]).vcpu?.value).toBe(0n);
  });

  it('leave the sum of all limits as it is, and none below zero, on every day', () => {
    const names = ['a', 'b', 'c'] as const;
    const day = fc.integer({ min: 0, max: 6 }).map((it) => dayAfter('2026-12-28', it));
    const loans = fc.array(
      fc.record({
        to: fc.constantFrom(...names, 'nobody'),
        amount: fc.integer({ min: 0, max: 8 }),
        days: fc.tuple(day, day),
      }),
      { maxLength: 4 },
    );
    const city = fc
      .tuple(...names.map(() => fc.record({ cores: fc.integer({ min: 0, max: 12 }), loans })))
      .map((all) =>
        all.map((it, index) =>
          quota(names[index] ?? '', {
            limits: { vcpu: String(it.cores) },
            loans: it.loans.map(({ to, amount, days }, at) => {
              const [from = '', until = ''] = days.toSorted();
              return loan(`l${at}`, to, String(amount), from, until);
            }),
          }),
        ),
      );
    fc.assert(
      fc.property(city, day, (quotas, on) => {
        const limits = quotas.map((it) => limitOn(it, on, quotas).get('vcpu').value);
        const given = quotas.map(({ spec: { limits: own } }) => ResourceVector.parse(own).get('vcpu').value);
        const sum = (list: readonly bigint[]) => list.reduce((a, b) => a + b, 0n);
        expect(sum(limits)).toBe(sum(given));
        expect(limits.every((it) => it >= 0n)).toBe(true);
      }),
      SEEDED,
    );
  });
});
