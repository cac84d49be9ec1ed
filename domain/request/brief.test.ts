import { describe, expect, it } from 'vitest';
import type { ResourceRequest } from '../../api/v1alpha1/index.ts';
import { project } from '../testing/city.ts';
import { allocation, change, request } from '../testing/requests.ts';
import { likenessesOf, moneyOf, monthsBegun } from './brief.ts';

it.each([
  ['2026-01-01', '2026-01-31', 1],
  ['2026-01-01', '2026-02-01', 2],
  ['2026-01-15', '2026-02-14', 1],
  ['2026-01-15', '2026-02-15', 2],
  ['2026-11-24', '2027-06-30', 8],
  ['2024-02-29', '2025-02-27', 12],
  ['2024-02-29', '2025-02-28', 13],
  ['2026-01-01', '2026-01-01', 1],
  ['2026-01-02', '2026-01-01', 0],
])('from %s until %s %i months are begun', (from, until, months) => {
  expect(monthsBegun(from, until)).toBe(months);
});

describe('the money of a project', () => {
  const quoted = (it: ResourceRequest, monthlyFen: number): ResourceRequest =>
    ({ ...it, status: { quote: { monthlyFen } } }) as unknown as ResourceRequest;
  const money = (it: ResourceRequest, ...allocations: Parameters<typeof moneyOf>[1]) => {
    const { budget, committed, asked, endless } = moneyOf(
      project({ budgetFen: 1_000_000 }),
      allocations,
      it,
      '2026-11-24',
    );
    return [budget, committed, asked].map(({ value }) => Number(value)).concat(endless);
  };

  it('counts every month of what is granted for it, and of what is asked', () => {
    expect(money(quoted(request(), 100), allocation())).toEqual([1_000_000, 28_800 * 8, 800, 0]);
  });

  it('leaves out what is reclaimed, other projects’ and other organisations’', () => {
    const others = [
      allocation({}, { state: 'Reclaimed' }),
      allocation({ project: 'other' }),
      allocation({}, undefined, { namespace: 'gov-haifeng' }),
    ];
    expect(money(quoted(request(), 100), ...others)).toEqual([1_000_000, 0, 800, 0]);
  });

  it('takes the project’s end where a grant has none, and says how many end nowhere', () => {
    const { until: _, ...endless } = allocation().spec;
    const stock = { ...allocation(), spec: endless };
    expect(money(quoted(request(), 100), stock)).toEqual([1_000_000, 28_800 * 14, 800, 0]);
    const { until: __, ...open } = project().spec;
    const result = moneyOf({ ...project(), spec: open }, [stock], request(), '2026-11-24');
    expect([Number(result.committed.value), result.endless]).toEqual([0, 1]);
  });

  it.each([
    ['a resize the difference until the end of the term', quoted(change('Resize'), 30_000), 1_200 * 8],
    ['a renewal the months after it', quoted(change('Renew'), 28_800), 28_800 * 12],
    ['a release gives the rest back', quoted(change('Release'), 0), -28_800 * 8],
  ])('%s', (_, it, asked) => {
    expect(money(it, allocation())[2]).toBe(asked);
  });
});

describe('what a request may repeat', () => {
  const told = (...args: Parameters<typeof likenessesOf>) =>
    likenessesOf(...args).map(({ kind, name, item }) => `${kind} ${name} ${item}`);
  const open = (name: string, phase: NonNullable<ResourceRequest['status']>['phase'], uid = name) =>
    ({ ...request({}, { name, uid }), status: { phase } }) as ResourceRequest;

  it('is what the system has of the same item, or asks for in another request', () => {
    const it = request({}, { name: 'new', uid: 'new' });
    expect(told(it, [allocation()], [open('req-2', 'InReview'), open('req-3', 'Granted')])).toEqual([
      'Allocation req-1-web vm',
      'ResourceRequest req-2 vm',
    ]);
  });

  it('is not itself, what it gave, what is gone, another system’s or another item', () => {
    const it = open('req-1', 'InReview', 'uid-request');
    const allocations = [
      allocation(),
      allocation({ changes: [] }, { state: 'Reclaimed' }),
      allocation({ changes: [], system: 'other' }),
      allocation({ changes: [], item: 'redis' }),
    ];
    expect(told(it, allocations, [it])).toEqual([]);
    expect(told(change('Resize'), [allocation({ changes: [] })], [])).toEqual([]);
  });
});
