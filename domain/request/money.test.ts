import { describe, expect, it } from 'vitest';
import type { Allocation, Project, ResourceRequest } from '../../api/v1alpha1/index.ts';
import { project } from '../testing/city.ts';
import { allocation, change, request } from '../testing/requests.ts';
import { checkBudget, moneyOf, type MoneyPicture, monthsBegun } from './money.ts';

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
  const quoted = (it: ResourceRequest, monthlyFen: number) => [it, monthlyFen] as const;
  const money = (
    [it, monthlyFen]: readonly [ResourceRequest, number],
    ...grants: readonly Allocation[]
  ): number[] => {
    const { budget, committed, asked, endless } = moneyOf(
      { request: it, project: project({ budgetFen: 1_000_000 }), grants, others: [], today: '2026-11-24' },
      monthlyFen,
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

  it('counts what is released up to its release, though its disks are kept', () => {
    const kept = { released: true, releasedOn: '2026-12-01' };
    const { from, monthlyFen } = allocation().spec;
    const paid = monthlyFen * monthsBegun(from, kept.releasedOn);
    expect(money(quoted(request(), 100), allocation(kept))[1]).toBe(paid);
    expect(money(quoted(request(), 100), allocation({ ...kept, until: undefined }))).toEqual([
      1_000_000,
      paid,
      800,
      0,
    ]);
    expect(money(quoted(request(), 100), allocation({ ...kept, until: from }))[1]).toBe(monthlyFen);
  });

  it('takes the project’s end where a grant has none, and says how many end nowhere', () => {
    const { until: _, ...endless } = allocation().spec;
    const stock = { ...allocation(), spec: endless };
    expect(money(quoted(request(), 100), stock)).toEqual([1_000_000, 28_800 * 14, 800, 0]);
    const { until: __, ...open } = project().spec;
    const endlessProject = { ...project(), spec: open };
    const picture = { request: request(), grants: [stock], others: [], today: '2026-11-24' };
    const result = moneyOf({ ...picture, project: endlessProject }, 0);
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

/** Another request of the project that holds its quote. */
function held(
  name: string,
  monthlyFen: number,
  more: { phase?: NonNullable<ResourceRequest['status']>['phase']; id?: string; expiresAt?: string } = {},
): ResourceRequest {
  const { phase = 'InReview', id = '7', expiresAt = '2026-12-24T00:00:00Z' } = more;
  const status = { phase, quote: { monthlyFen }, hold: { id, attempt: 1, expiresAt } };
  return { ...request({}, { name, uid: name }), status } as unknown as ResourceRequest;
}

describe('a budget', () => {
  /** Eight months until the end of June. */
  const own = (more: Partial<Project['spec']> = {}) =>
    project({ funding: 'department', budgetFen: 800_00, ...more });
  const picture = (more: Partial<MoneyPicture> = {}): MoneyPicture => ({
    request: request(),
    project: own(),
    grants: [],
    others: [],
    today: '2026-11-24',
    ...more,
  });
  const said = (...args: Parameters<typeof checkBudget>) =>
    checkBudget(...args).map(({ code, where, params }) => [code, where, params['asked'], params['left']]);

  it('of a unit’s own money is reached and not passed', () => {
    expect(said(picture(), 100_00)).toEqual([]);
    expect(said(picture(), 100_01)).toEqual([['E_BUDGET_EXCEEDED', 'spec.project', '800.08', '800.00']]);
  });

  it.each(['city-finance', 'county-finance', 'special', 'other'] as const)(
    'of %s is shown alone',
    (funding) => {
      expect(said(picture({ project: own({ funding }) }), 999_999_99)).toEqual([]);
    },
  );

  it('counts what was granted, and what others hold by their quotes', () => {
    const grants = [allocation({ monthlyFen: 20_00 })];
    expect(said(picture({ grants }), 80_00)).toEqual([]);
    expect(said(picture({ grants }), 80_01)).toHaveLength(1);
    const others = [held('a', 30_00), held('b', 10_00, { phase: 'Granting' })];
    expect(said(picture({ grants, others }), 40_00)).toEqual([]);
    expect(said(picture({ grants, others }), 40_01)).toEqual([
      ['E_BUDGET_EXCEEDED', 'spec.project', '320.08', '320.00'],
    ]);
  });

  it('leaves out what holds nothing, is another project’s, gave already what is granted, or is itself', () => {
    const { hold: _hold, ...nothing } = held('nothing', 90_00).status as NonNullable<
      ResourceRequest['status']
    >;
    const others = [
      { ...held('nothing', 90_00), status: nothing },
      held('lapsed', 90_00, { phase: 'Returned', expiresAt: '2026-11-22T00:00:00Z' }),
      held('over', 90_00, { phase: 'Rejected' }),
      { ...held('other', 90_00), spec: { ...request().spec, project: 'other' } },
      { ...held('req-1', 90_00), metadata: request().metadata },
    ];
    expect(said(picture({ others }), 100_00)).toEqual([]);
    const grants = [allocation({ monthlyFen: 50_00 })];
    const gave = { ...held('gave', 50_00, { phase: 'Granting' }), metadata: request().metadata };
    const asking = request({}, { name: 'new', uid: 'new' });
    expect(said(picture({ request: asking, grants, others: [gave] }), 50_00)).toEqual([]);
  });

  it('counts no money that would come back, and never keeps anything from being given back', () => {
    const grants = [allocation({ monthlyFen: 100_00 })];
    const release = { ...held('release', 0), spec: change('Release').spec };
    expect(said(picture({ grants, others: [release] }), 1)).toHaveLength(1);
    expect(
      said(picture({ request: change('Release'), grants: [allocation({ monthlyFen: 900_00 })] }), 0),
    ).toEqual([]);
    expect(said(picture({ request: change('Resize'), grants }), 90_00)).toEqual([]);
    expect(said(picture({ request: change('Resize'), grants }), 100_01)).toHaveLength(1);
  });

  it('of two that were quoted at one moment lets the first be granted, whichever comes first', () => {
    const [first, second] = [held('first', 60_00, { id: '9' }), held('second', 60_00, { id: '10' })];
    const of = (it: ResourceRequest, other: ResourceRequest) =>
      said(picture({ request: it, others: [other] }), 60_00, it.status?.hold?.id);
    expect(of(first, second)).toEqual([]);
    expect(of(second, first)).toHaveLength(1);
  });
});
