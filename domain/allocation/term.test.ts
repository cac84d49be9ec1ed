import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dayAfter } from '../calendar.ts';
import { machineItem } from '../testing/city.ts';
import { allocation } from '../testing/requests.ts';
import { SEEDED } from '../testing/seed.ts';
import { noticeDue, parseTermPolicies, stopsOn, type TermPolicy } from './term.ts';

const policy = (more: Partial<TermPolicy> = {}): TermPolicy => ({
  from: '2020-01-01',
  noticeDays: [30, 15, 7],
  graceDays: 30,
  ...more,
});
const UNTIL = '2026-12-31';
const due = (today: string, spec: Parameters<typeof allocation>[0] = {}, policies = [policy()]) =>
  noticeDue(allocation({ until: UNTIL, ...spec }), policies, today)?.days;

describe('noticeDue', () => {
  it.each<[string, string, number | undefined]>([
    ['long before', '2026-11-30', undefined],
    ['thirty days before', '2026-12-01', 30],
    ['sixteen days before', '2026-12-15', 30],
    ['fifteen days before', '2026-12-16', 15],
    ['seven days before', '2026-12-24', 7],
    ['on the last day', UNTIL, 7],
    ['the day after', '2027-01-01', undefined],
  ])('%s', (_, today, expected) => {
    expect(due(today)).toBe(expected);
  });

  it('is nothing for what has no term, is given back, or in a city without a policy', () => {
    expect(due(UNTIL, { until: undefined })).toBeUndefined();
    expect(due(UNTIL, { released: true })).toBeUndefined();
    expect(due(UNTIL, {}, [])).toBeUndefined();
    expect(due(UNTIL, {}, [policy({ from: '2027-01-01' })])).toBeUndefined();
  });

  it('only ever comes nearer', () => {
    const days = fc.integer({ min: 0, max: 400 });
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 365 }), { minLength: 1, maxLength: 8 }),
        days,
        (notices, left) => {
          const policies = [policy({ noticeDays: notices })];
          const [today, tomorrow] = [left, left - 1].map(
            (it) => due(dayAfter(UNTIL, -it), {}, policies) ?? 1000,
          );
          expect(left === 0 || (tomorrow ?? 0) <= (today ?? 0)).toBe(true);
          expect(today === 1000 || (today ?? 0) >= left).toBe(true);
        },
      ),
      SEEDED,
    );
  });
});

describe('stopsOn', () => {
  const { spec: item } = machineItem();
  const of = (spec: Parameters<typeof allocation>[0] = {}, policies = [policy()], of = item) =>
    stopsOn(allocation({ until: UNTIL, ...spec }), of, policies);

  it('is the day after the grace, by the policy in force when the term ended', () => {
    expect(of()).toBe('2027-01-31');
    expect(of({}, [policy({ graceDays: 0 })])).toBe('2027-01-01');
    const later = policy({ from: '2027-01-01', graceDays: 90 });
    expect(of({}, [policy(), later])).toBe('2027-01-31');
    expect(of({ until: '2027-01-01' }, [policy(), later])).toBe('2027-04-02');
  });

  it('is never for what has no term, cannot be stopped, is done by hand or is opening stock as it was found', () => {
    expect(of({ until: undefined })).toBeUndefined();
    expect(of({}, [])).toBeUndefined();
    expect(of({ adopted: true })).toBeUndefined();
    expect(of({}, [policy()], machineItem({ suspendedWhen: undefined }).spec)).toBeUndefined();
    expect(of({}, [policy()], machineItem({ fulfilment: 'manual' }).spec)).toBeUndefined();
  });
});

describe('parseTermPolicies', () => {
  it('names what is wrong', () => {
    expect(parseTermPolicies({ policies: [policy()] })).toEqual([policy()]);
    expect(() => parseTermPolicies({ policies: [{ ...policy(), graceDays: -1 }] })).toThrow(/graceDays/);
    expect(() => parseTermPolicies({ policies: [{ ...policy(), noticeDays: [] }] })).toThrow(/noticeDays/);
    expect(() => parseTermPolicies({})).toThrow(/policies/);
  });
});
