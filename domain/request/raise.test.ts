import { describe, expect, it } from 'vitest';
import { quote as quoteSchema, ResourceRequest } from '../../api/v1alpha1/index.ts';
import { frozen, project, quota } from '../testing/city.ts';
import { RequestLife } from '../testing/request-life.ts';
import { quotePicture, request } from '../testing/requests.ts';
import { quoteRequest, type QuotePicture } from './quote.ts';
import { grantOf } from './raise.ts';

const QUOTAS = [
  quota('shanwei', { child: { organization: 'luhe' } }),
  quota('shanwei', { child: { organization: 'luhe' }, zone: 'extranet', arch: 'arm64' }),
];

const FULL = quota('shanwei', {
  child: { organization: 'luhe' },
  grants: Array.from({ length: 20 }, (_, index) => ({
    name: `g${index}`,
    limits: {},
    from: '2026-01-01',
    basis: '文号',
  })),
});

function raise(
  more: Partial<NonNullable<ResourceRequest['spec']['quota']>> = {},
  spec: Partial<ResourceRequest['spec']> = {},
): ResourceRequest {
  return request({
    action: 'RaiseQuota',
    lines: [],
    quota: { limits: { vcpu: '16', memory: '64Gi' }, ...more },
    ...spec,
  });
}

const picture = (asked: ResourceRequest, more: Partial<QuotePicture> = {}) =>
  frozen(quotePicture({ request: asked, quotas: QUOTAS, ...more }));

function refused(...of: Parameters<typeof picture>): readonly string[] {
  const result = quoteRequest(picture(...of));
  if (result.ok) throw new Error('it was not refused');
  return result.reasons.map(({ code, where }) => `${code} ${where}`);
}

describe('a raise of a quota', () => {
  it('is quoted as an amount alone, through the flow of that size, and takes of nothing', () => {
    const result = quoteRequest(picture(raise()));
    if (!result.ok) throw new Error('it was refused');
    expect(result.demands).toEqual([]);
    expect(result.quote).toEqual({
      flow: 'small',
      steps: expect.any(Array),
      lines: [],
      total: { vcpu: '16', memory: '64Gi' },
      change: { vcpu: '16', memory: '64Gi' },
      monthlyFen: 0,
      pools: [],
    });
    expect(quoteSchema.safeParse(result.quote).success).toBe(true);
    const large = quoteRequest(picture(raise({ limits: { vcpu: '500' } })));
    expect(large.ok && large.quote.flow).toBe('large');
  });

  it.each<[string, Parameters<typeof picture>, readonly string[]]>([
    ['of nothing', [raise({ limits: { vcpu: '0' } })], ['E_RAISE_NOTHING spec.quota.limits']],
    ['where no quota was given', [raise({ zone: 'internet' })], ['E_RAISE_UNKNOWN spec.quota']],
    [
      'in a zone that is none',
      [raise({ zone: 'extrnet', arch: 'arm64' })],
      ['E_RAISE_UNKNOWN spec.quota', 'E_ZONE_UNKNOWN spec.quota.zone'],
    ],
    ['until a day that is over', [raise({}, { until: '2026-11-24' })], ['E_TERM_PAST spec.until']],
    [
      'for a project that is over, with all else that is wrong',
      [raise({ zone: 'internet' }), { project: project({ until: '2026-01-31' }) }],
      ['E_PROJECT_PERIOD spec.project', 'E_RAISE_UNKNOWN spec.quota'],
    ],
    ['that no flow takes', [raise(), { flows: [] }], ['E_FLOW_MISSING undefined']],
    [
      'of a quota that is full of grants',
      [
        raise(),
        {
          quotas: [FULL],
        },
      ],
      ['E_RAISE_FULL spec.quota'],
    ],
  ])('%s is refused', (_, of, wanted) => {
    expect(refused(...of)).toEqual(wanted);
  });

  it('may be of the quota of one zone and architecture', () => {
    expect(quoteRequest(picture(raise({ zone: 'extranet', arch: 'arm64' }))).ok).toBe(true);
  });
});

describe('what it grants', () => {
  const document = (asked: ResourceRequest) => ({
    request: { uid: 'u', namespace: 'gov-luhe', name: 'req-1', serial: 'ZY-2026-000007' },
    spec: asked.spec,
  });

  it.each([
    [undefined, undefined, '2026-11-25', undefined],
    ['2026-12-01', '2027-01-31', '2026-12-01', '2027-01-31'],
    ['2026-01-01', undefined, '2026-11-25', undefined],
    // Approved late on its last day, entered on the next.
    [undefined, '2026-11-24', '2026-11-24', '2026-11-24'],
  ])('from %s until %s: from %s until %s', (from, until, begins, ends) => {
    const asked = raise(from === undefined ? {} : { from }, { until });
    expect(grantOf(document(asked), '2026-11-25')).toEqual({
      name: 'zy-2026-000007',
      limits: { vcpu: '16', memory: '64Gi' },
      from: begins,
      ...(ends === undefined ? {} : { until: ends }),
      basis: 'ZY-2026-000007',
    });
  });

  it('is nothing of a request that raises no quota', () => {
    expect(() => grantOf(document(request()), '2026-11-25')).toThrow('raises no quota');
  });
});

describe('its life', () => {
  const approve = (it: RequestLife, ...reviewers: readonly string[]) => {
    for (const reviewer of reviewers) {
      expect(it.decide(reviewer, 'approve')).toBe(true);
      it.run();
    }
  };

  it('goes through review like any other, adds its grant once, and is over', () => {
    const it = new RequestLife(raise({}, { until: '2027-06-30' }), { quotas: QUOTAS });
    it.run();
    expect(it.status).toMatchObject({ state: 'PendingInitialReview', quote: { flow: 'small' } });
    approve(it, 'ann', 'bob');
    expect(it.grants).toEqual([
      {
        name: 'zy-2026-000001',
        limits: { vcpu: '16', memory: '64Gi' },
        from: '2026-11-24',
        until: '2027-06-30',
        basis: 'ZY-2026-000001',
      },
    ]);
    expect(it.status).toMatchObject({ phase: 'Granted', state: 'Approved', allocations: [] });
    expect(it.archived).toBeDefined();
    // What its giver takes away later is not given again.
    it.grants.length = 0;
    expect(it.run()).toEqual([]);
    expect(it.grants).toEqual([]);
  });

  it.each([
    ['is gone', [], 'E_RAISE_UNKNOWN'],
    ['is full', [FULL], 'E_RAISE_FULL'],
  ])('waits for its giver, and says so, when the quota %s once it is posted', (_, quotas, code) => {
    const it = new RequestLife(raise(), { quotas: QUOTAS });
    it.run();
    approve(it, 'ann');
    expect(it.decide('bob', 'approve')).toBe(true);
    it.run((action) => {
      it.apply(action);
      if (action.do === 'post') it.city = { ...it.city, quotas };
    });
    const told = { phase: 'Granting', reasons: [{ code }], waitsFor: expect.stringContaining('上级组织') };
    expect(it.status).toMatchObject(told);
    expect(it.grants).toEqual([]);
    // It does not write the same at every look.
    expect(it.run()).toEqual([]);
    it.city = { ...it.city, quotas: QUOTAS };
    expect(it.run()).toEqual(['grant', 'project Granted/Approved', 'archive']);
    expect(it.grants).toHaveLength(1);
    expect(it.status.reasons).toBeUndefined();
  });

  it('goes back to its requester when the quota is gone before it is granted', () => {
    const it = new RequestLife(raise(), { quotas: QUOTAS });
    it.run();
    approve(it, 'ann');
    it.city = { ...it.city, quotas: [] };
    approve(it, 'bob');
    expect(it.status).toMatchObject({ phase: 'Returned', reasons: [{ code: 'E_RAISE_UNKNOWN' }] });
    expect(it.grants).toEqual([]);
  });
});
