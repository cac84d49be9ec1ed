import { describe, expect, it } from 'vitest';
import type { Quota } from '../../api/v1alpha1/index.ts';
import { dayAfter } from '../calendar.ts';
import { formatQuantity } from '../quantity.ts';
import { limitEffects, withLimits, withLoan, withReturned } from './change.ts';
import { limitOn } from './limit.ts';

const TODAY = '2026-11-28';

function quota(name: string, spec: Partial<Quota['spec']> = {}, used: Record<string, string> = {}): Quota {
  return {
    apiVersion: 'govcloud.dev/v1alpha1',
    kind: 'Quota',
    metadata: { name, namespace: 'gov-shanwei', creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { child: { organization: name }, limits: { vcpu: '10', memory: '16Gi' }, basis: '文号', ...spec },
    status: { posted: used, pending: { vcpu: '1' } },
  };
}

const loan = (name: string, from: string, until: string, vcpu = '4') => ({
  name,
  borrower: 'haifeng',
  limits: { vcpu },
  from,
  until,
  basis: '文号',
});

describe('other limits', () => {
  const { spec } = quota('luhe', { soft: { vcpu: '8', memory: '8Gi' }, loans: [loan('l', TODAY, TODAY)] });

  it('change what is named, and nothing else', () => {
    const changed = withLimits(spec, { limits: { vcpu: '20' }, soft: { memory: '12Gi' }, basis: '新文号' });
    expect(changed).toEqual({
      ...spec,
      limits: { vcpu: '20', memory: '16Gi' },
      soft: { vcpu: '8', memory: '12Gi' },
      basis: '新文号',
    });
  });

  it('take a soft limit away, and all of them with the last', () => {
    expect(withLimits(spec, { limits: {}, soft: { vcpu: null }, basis: '1' }).soft).toEqual({
      memory: '8Gi',
    });
    const none = withLimits(spec, { limits: {}, soft: { vcpu: null, memory: null }, basis: '1' });
    expect('soft' in none).toBe(false);
  });
});

describe('a loan', () => {
  it('takes the place of the one that was returned first, where there is no room', () => {
    const over = Array.from({ length: 20 }, (_, index) =>
      loan(`l${index}`, '2026-01-01', index === 7 ? '2026-01-02' : TODAY),
    );
    const { loans } = withLoan(quota('luhe', { loans: over }).spec, loan('new', TODAY, TODAY), TODAY);
    expect(loans).toHaveLength(20);
    expect(loans?.map(({ name }) => name)).not.toContain('l7');
    const [first] = over;
    const running = over.map((it) => ({ ...it, until: TODAY }));
    // More than the API server takes: it says so.
    expect(withLoan(quota('luhe', { loans: running }).spec, first as never, TODAY).loans).toHaveLength(21);
  });

  it.each([
    ['that runs ends the day before', '2026-11-01', '2026-12-31', '2026-11-27'],
    ['that began today leaves nothing', TODAY, '2026-12-31', undefined],
    ['that is to come leaves nothing', '2026-12-01', '2026-12-31', undefined],
  ])('returned before its day, %s', (_, from, until, ends) => {
    const returned = withReturned(quota('luhe', { loans: [loan('l', from, until)] }).spec, 'l', TODAY);
    expect(returned?.loans?.map((it) => it.until)).toEqual(ends === undefined ? [] : [ends]);
  });

  describe('of which a part returns', () => {
    const split = (
      from: string,
      part: Quota['spec']['limits'],
      more: Partial<ReturnType<typeof loan>> = {},
    ) =>
      withReturned(
        quota('luhe', { loans: [{ ...loan('l', from, '2026-12-31'), ...more }] }).spec,
        'l',
        TODAY,
        part,
      )?.loans?.map(({ name, limits, from, until }) => [name, JSON.stringify(limits), from, until].join(' '));

    it('ran whole until yesterday, and goes on as what is left, under its name', () => {
      expect(split('2026-11-01', { vcpu: '1500m' })).toEqual([
        'l-20261127 {"vcpu":"4"} 2026-11-01 2026-11-27',
        'l {"vcpu":"2500m"} 2026-11-28 2026-12-31',
      ]);
    });

    it('is less from its first day on, where that is today or to come', () => {
      expect(split(TODAY, { vcpu: '3' })).toEqual([`l {"vcpu":"1"} ${TODAY} 2026-12-31`]);
      expect(split('2026-12-05', { vcpu: '3' })).toEqual(['l {"vcpu":"1"} 2026-12-05 2026-12-31']);
    });

    it('is over with its last resource, and loses one that returns whole', () => {
      const limits = { vcpu: '4', memory: '8Gi' } as never;
      expect(split(TODAY, { memory: '8Gi' }, { limits })).toEqual([`l {"vcpu":"4"} ${TODAY} 2026-12-31`]);
      expect(split('2026-11-01', { vcpu: '4', memory: '8Gi' }, { limits })).toEqual([
        'l {"vcpu":"4","memory":"8Gi"} 2026-11-01 2026-11-27',
      ]);
    });

    it.each([{ vcpu: '5' }, { memory: '1Gi' }])('never is more than it was: %j', (part) => {
      expect(() => split('2026-11-01', part)).toThrow(/E_LOAN_PART.*vcpu 4/);
    });

    it('finds room among loans that have returned, and has a name that an object may have', () => {
      const name = 'n'.repeat(63);
      const over = Array.from({ length: 19 }, (_, index) => loan(`l${index}`, '2026-01-01', '2026-01-02'));
      const { spec } = quota('luhe', { loans: [...over, loan(name, '2026-11-01', '2026-12-31')] });
      const { loans = [] } = withReturned(spec, name, TODAY, { vcpu: '1' }) ?? {};
      expect([loans.length, loans.at(-1)?.name, loans.at(-2)?.name.length]).toEqual([20, name, 63]);
    });

    it('counts for both sides on every day, before and after', () => {
      const haifeng = quota('haifeng');
      const before = quota('luhe', { loans: [loan('l', '2026-11-01', '2026-12-31')] });
      const spec = withReturned(before.spec, 'l', TODAY, { vcpu: '1' }) ?? before.spec;
      const after = { ...before, spec };
      const on = (day: string, lender: Quota) =>
        [lender, haifeng].map((it) =>
          formatQuantity('vcpu', limitOn(it, day, [lender, haifeng]).get('vcpu')),
        );
      for (const day of ['2026-10-31', '2026-11-01', dayAfter(TODAY, -1)])
        expect(on(day, after)).toEqual(on(day, before));
      expect(on(TODAY, after)).toEqual(['7', '13']);
      expect(on('2026-12-31', after)).toEqual(['7', '13']);
      expect(on('2027-01-01', after)).toEqual(['10', '10']);
    });
  });

  it('that is over, or that is none, is not returned', () => {
    const { spec } = quota('luhe', { loans: [loan('l', '2026-01-01', dayAfter(TODAY, -1))] });
    expect(withReturned(spec, 'l', TODAY)).toBeUndefined();
    expect(withReturned(spec, 'm', TODAY)).toBeUndefined();
  });
});

describe('the effects', () => {
  const told = (...of: Parameters<typeof limitEffects>) =>
    limitEffects(...of).map(({ holder, resource, hardBefore, hardAfter, softBefore, softAfter, freeAfter }) =>
      [holder, resource, hardBefore, hardAfter, softBefore, softAfter, freeAfter].join(' '),
    );
  const luhe = quota('luhe', {}, { vcpu: '7' });
  const haifeng = quota('haifeng', { soft: { vcpu: '8' } });

  it('of a loan are told of both sides, below what is used too', () => {
    const lending = { ...luhe, spec: withLoan(luhe.spec, loan('l', TODAY, '2026-12-31'), TODAY) };
    expect(told([luhe, haifeng], lending, TODAY)).toEqual([
      'luhe vcpu 10 6   -2',
      'haifeng vcpu 10 14 8 12 13',
    ]);
    expect(told([luhe, haifeng], lending, '2027-01-01')).toEqual([]);
  });

  it('of a soft limit alone are told, and those of a quota that is new', () => {
    const spec = withLimits(luhe.spec, { limits: {}, soft: { vcpu: '5' }, basis: '1' });
    expect(told([luhe], { ...luhe, spec }, TODAY)).toEqual(['luhe vcpu 10 10  5 2']);
    expect(told([luhe], quota('new', { limits: { ssd: '1Ti' } }), TODAY)).toEqual(['new ssd 0 1Ti   1Ti']);
  });
});
