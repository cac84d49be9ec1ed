import { describe, expect, it } from 'vitest';
import { quote as quoteSchema, reasonText } from '../../api/v1alpha1/index.ts';
import { Amount } from '../quantity.ts';
import { accountPath, sumByAccount } from '../quota/fit.ts';
import {
  balances,
  byName,
  cluster,
  frozen,
  LARGE_FLOW,
  machineItem,
  organizationScope,
  pool,
  poolScope,
  SMALL_FLOW,
} from '../testing/city.ts';
import { project, quota, system } from '../testing/city.ts';
import { allocation, balancesWith, quotePicture, request } from '../testing/requests.ts';
import { quoteRequest, type QuotePicture, type QuoteResult, reasonTexts } from './quote.ts';

const [WEB] = request().spec.lines as [ReturnType<typeof request>['spec']['lines'][number]];

function granted(picture: QuotePicture) {
  const result = quoteRequest(frozen(picture));
  if (!result.ok) throw new Error(JSON.stringify(reasonTexts(result.reasons)));
  return result;
}

/** Every reason as `CODE where`. */
function refused(picture: QuotePicture) {
  const result: QuoteResult = quoteRequest(frozen(picture));
  if (result.ok) throw new Error('it was not refused');
  return result.reasons.map(({ code, where }) => (where === undefined ? code : `${code} ${where}`));
}

describe('quoteRequest', () => {
  it('prices, places, chooses the flow and asks every account up the tree and the pool', () => {
    const { quote, demands } = granted(quotePicture());
    expect(quote).toMatchObject({
      pool: 'extranet-amd64',
      cluster: 'member-extranet',
      zone: 'extranet',
      arch: 'amd64',
      flow: 'small',
      total: { vcpu: '8', memory: '16Gi', ssd: '200Gi' },
      change: { vcpu: '8', memory: '16Gi', ssd: '200Gi' },
      monthlyFen: 28800,
      lines: [{ name: 'web', item: 'vm', quantity: 2, monthlyFen: 28800, consumes: { vcpu: '8' } }],
    });
    const vcpu = demands.filter(({ account }) => account.resource === 'vcpu');
    expect(vcpu.map(({ account, amount }) => [accountPath(account), amount.value])).toEqual([
      ['organisation/luhe/*/*/vcpu', 8000n],
      ['organisation/shanwei/*/*/vcpu', 8000n],
      ['pool/extranet-amd64/extranet/amd64/vcpu', 8000n],
    ]);
  });

  it('gives the same for the same picture, and changes nothing in it', () => {
    const picture = frozen(quotePicture());
    expect(quoteRequest(picture)).toEqual(quoteRequest(picture));
  });

  it('gives the same whatever the order in which objects were listed', () => {
    const picture = quotePicture();
    const other = { ...picture, pools: [...picture.pools].reverse(), flows: [...picture.flows].reverse() };
    expect(quoteRequest({ ...other, balances: [...picture.balances].reverse() })).toEqual(
      quoteRequest(picture),
    );
  });

  it('adds lines up, each priced and measured by itself, with the ARM factor where it lands on ARM', () => {
    const db = { ...WEB, name: 'db', quantity: 1, parameters: { vcpu: 3, memoryGiB: 32, diskGiB: 500 } };
    const both = request({ lines: [WEB, db], arch: 'arm64' });
    const { quote } = granted(quotePicture({ request: both }));
    expect(quote).toMatchObject({ arch: 'arm64', total: { vcpu: '11', memory: '48Gi', ssd: '700Gi' } });
    // 4 x 3600 x 0.85 = 12,240 a machine; 3 x 3600 x 0.85 = 9,180.
    expect(quote.lines.map(({ monthlyFen }) => monthlyFen)).toEqual([24480, 9180]);
    expect(quote.monthlyFen).toBe(33660);
  });

  it('asks the accounts of the zone, architecture and system that quotas stand for', () => {
    const quotas = [
      quota('shanwei', { child: { organization: 'luhe' }, zone: 'extranet', arch: 'amd64' }),
      quota('luhe', { child: { system: 'portal' } }),
    ];
    const scopes = [
      organizationScope('luhe', 'extranet', 'amd64'),
      { holderKind: 'system', holder: 'luhe/portal', zone: '*', arch: '*' } as const,
    ];
    const room = balancesWith(
      ...scopes.map((scope) => balances(scope, { vcpu: '7', memory: '1Ti', ssd: '1Ti' })),
    );
    expect(refused(quotePicture({ quotas, balances: room, request: request({ arch: 'amd64' }) }))).toEqual([
      'E_QUOTA_EXCEEDED system/luhe/portal/*/*/vcpu',
      'E_QUOTA_EXCEEDED organisation/luhe/extranet/amd64/vcpu',
      'E_QUOTA_EXCEEDED organisation/luhe/extranet/amd64/vcpu',
      'E_POOL_ARCH pool/extranet-arm64',
      'E_POOL_ZONE pool/internet-amd64',
    ]);
  });

  it('points out each soft limit that it goes beyond, and refuses nothing', () => {
    const of = quota('shanwei', { child: { organization: 'luhe' } });
    const quotas = (vcpu: string) => [{ ...of, soft: { vcpu } }];
    expect(granted(quotePicture({ quotas: quotas('8') })).quote.warnings).toBeUndefined();
    const { quote, demands } = granted(quotePicture({ quotas: quotas('7') }));
    expect(quote.warnings).toEqual([
      {
        code: 'E_QUOTA_SOFT',
        where: 'organisation/luhe/*/*/vcpu',
        message: expect.stringContaining('luhe would use 8 of vCPU, above its soft limit 7'),
      },
    ]);
    expect(demands).toEqual(granted(quotePicture()).demands);
    expect(quoteSchema.safeParse(quote).success).toBe(true);
  });

  it('goes where the quota of an architecture has room, when any will do', () => {
    const quotas = [
      quota('shanwei', { child: { organization: 'luhe' }, zone: 'extranet', arch: 'amd64' }),
      quota('shanwei', { child: { organization: 'luhe' }, zone: 'extranet', arch: 'arm64' }),
    ];
    const room = (amd64: string, arm64: string) =>
      balancesWith(
        ...Object.entries({ amd64, arm64 }).map(([arch, vcpu]) =>
          balances(organizationScope('luhe', 'extranet', arch), { vcpu, memory: '1Ti', ssd: '1Ti' }),
        ),
      );
    const { quote, demands } = granted(quotePicture({ quotas, balances: room('7', '8') }));
    expect(quote.pool).toBe('extranet-arm64');
    expect(demands.map(({ account }) => accountPath(account))).toContain(
      'organisation/luhe/extranet/arm64/vcpu',
    );
    expect(quote.pools.find(({ pool: name }) => name === 'extranet-amd64')).toMatchObject({
      chosen: false,
      reasons: [{ code: 'E_QUOTA_EXCEEDED', where: 'organisation/luhe/extranet/amd64/vcpu' }],
    });
    expect(refused(quotePicture({ quotas, balances: room('7', '7') }))).toEqual([
      'E_QUOTA_EXCEEDED organisation/luhe/extranet/amd64/vcpu',
      'E_QUOTA_EXCEEDED organisation/luhe/extranet/arm64/vcpu',
      'E_POOL_ZONE pool/internet-amd64',
    ]);
  });

  describe('refuses with every reason at once', () => {
    const huge = request({ lines: [{ ...WEB, quantity: 100, parameters: { ...WEB.parameters, vcpu: 50 } }] });

    it('of each account up the tree and of each pool', () => {
      const picture = quotePicture({
        request: huge,
        items: byName([machineItem({ archs: ['amd64'] })]),
      });
      expect(refused(picture)).toEqual([
        'E_QUOTA_EXCEEDED organisation/luhe/*/*/vcpu',
        'E_QUOTA_EXCEEDED organisation/shanwei/*/*/vcpu',
        'E_QUOTA_EXCEEDED pool/extranet-amd64/extranet/amd64/vcpu',
        'E_POOL_ITEM_ARCH pool/extranet-arm64',
        'E_QUOTA_EXCEEDED pool/extranet-arm64/extranet/arm64/vcpu',
        'E_POOL_ZONE pool/internet-amd64',
        'E_QUOTA_EXCEEDED pool/internet-amd64/internet/amd64/vcpu',
      ]);
    });

    it('and each with what was really asked, though no pool and so no architecture is known', () => {
      const result = quoteRequest(quotePicture({ request: huge }));
      if (result.ok) throw new Error('it was not refused');
      const asked = result.reasons
        .filter(({ code }) => code === 'E_QUOTA_EXCEEDED')
        .map(({ params }) => params['asked']);
      expect(asked).toEqual(asked.map(() => '5000'));
    });

    it('without blaming an organisation that has room when only the pools have none', () => {
      const full = quotePicture().pools.map((it) => balances(poolScope(it), { vcpu: '1' }));
      const exact = { vcpu: '8', memory: '16Gi', ssd: '200Gi' };
      const organizations = ['luhe', 'shanwei'].map((it) => balances(organizationScope(it), exact));
      const picture = quotePicture({ balances: balancesWith(...full, ...organizations) });
      expect(refused(picture).filter((it) => it.includes('organisation/'))).toEqual([]);
    });

    it('of the request itself', () => {
      const bad = request({
        mlps: 3,
        until: '2026-11-24',
        system: 'other',
        lines: [
          { ...WEB, quantity: 101, parameters: { vcpu: 65, memoryGiB: 8, diskGiB: 101, gpu: 1 } },
          { ...WEB, name: 'lost', item: 'mainframe' },
        ],
      });
      const picture = quotePicture({
        request: bad,
        project: project({ from: '2027-01-01' }),
        items: byName([machineItem({ maxMlps: 2 })]),
      });
      expect(refused(picture)).toEqual([
        'E_MLPS_MISMATCH spec.mlps',
        'E_PROJECT_SYSTEM spec.project',
        'E_PROJECT_PERIOD spec.project',
        'E_TERM_PAST spec.until',
        'E_PARAMETER_UNKNOWN spec.lines[web].parameters',
        'E_PARAMETER_RANGE spec.lines[web].parameters.vcpu',
        'E_PARAMETER_STEP spec.lines[web].parameters.diskGiB',
        'E_ITEM_QUANTITY spec.lines[web].quantity',
        'E_MLPS_ITEM spec.lines[web].item',
        'E_ITEM_UNKNOWN spec.lines[lost].item',
      ]);
    });
  });

  it.each<[string, Partial<QuotePicture>, string]>([
    ['an unknown system', { system: undefined }, 'E_SYSTEM_UNKNOWN spec.system'],
    ['a zone that no pool is in', { request: request({ zone: 'extrnet' }) }, 'E_ZONE_UNKNOWN spec.zone'],
    ['an unknown project', { project: undefined }, 'E_PROJECT_UNKNOWN spec.project'],
    ['an MLPS level that is not the system’s', { system: system(3) }, 'E_MLPS_MISMATCH spec.mlps'],
    [
      'a project that is over',
      { project: project({ until: '2026-11-23' }) },
      'E_PROJECT_PERIOD spec.project',
    ],
    [
      'a day without a price',
      { today: '2017-12-31', project: project({ from: '2017-01-01' }) },
      'E_ITEM_PRICE',
    ],
    ['no flow that fits', { flows: [] }, 'E_FLOW_MISSING'],
    [
      'more than the unit’s own budget',
      { project: project({ funding: 'department' }) },
      'E_BUDGET_EXCEEDED spec.project',
    ],
    ['an organisation that hangs on nothing', { organizations: new Map() }, 'E_ORGANIZATION_UNKNOWN'],
  ])('refuses %s', (_, more, expected) => {
    expect(refused(quotePicture(more))).toContain(expected);
  });

  it.each([
    ['the last day of a project', { project: project({ until: '2026-11-24' }) }],
    ['the first day of a project', { project: project({ from: '2026-11-24' }) }],
    ['a project without end', { project: project({ until: undefined }) }],
  ])('takes %s', (_, more) => {
    expect(quoteRequest(quotePicture(more)).ok).toBe(true);
  });

  it('counts what its present hold gives back as free', () => {
    const exact = { vcpu: '8', memory: '16Gi', ssd: '200Gi' };
    const held = (scope: Parameters<typeof balances>[0]) => balances(scope, exact, { pending: exact });
    const full = balancesWith(...['luhe', 'shanwei'].map((it) => held(organizationScope(it))));
    const { demands } = granted(quotePicture());
    expect(quoteRequest(quotePicture({ balances: full })).ok).toBe(false);
    expect(quoteRequest(quotePicture({ balances: full, released: demands })).ok).toBe(true);
  });

  it('points out what it may repeat, and refuses nothing for it', () => {
    const { quote } = granted(quotePicture({ grants: [allocation({ changes: [] })] }));
    expect(quote.warnings).toMatchObject([
      { code: 'E_REPEATS_GRANT', message: expect.stringMatching(/req-1-web.* \/ .*req-1-web/) },
    ]);
    expect(granted(quotePicture()).quote).not.toHaveProperty('warnings');
  });

  it('tells at once that there is no room, no budget and no flow', () => {
    const full = balancesWith(balances(organizationScope('luhe'), {}));
    const codes = refused(
      quotePicture({ balances: full, flows: [], project: project({ funding: 'department' }) }),
    );
    for (const code of ['E_QUOTA_EXCEEDED', 'E_FLOW_MISSING', 'E_BUDGET_EXCEEDED'])
      expect(codes.some((it) => it.startsWith(code))).toBe(true);
  });

  it('chooses the flow by its price, too', () => {
    const dear = { ...LARGE_FLOW, metadata: { name: 'dear' } };
    const flows = [{ ...dear, spec: { ...dear.spec, order: 1, when: 'monthlyFen >= 28800' } }, SMALL_FLOW];
    expect(granted(quotePicture({ flows })).quote.flow).toBe('dear');
    const one = request({ lines: [{ ...WEB, quantity: 1 }] });
    expect(granted(quotePicture({ flows, request: one })).quote.flow).toBe('small');
  });

  it('refuses an item that did not pass its checks', () => {
    const checked = (status: 'True' | 'False', version?: string) => {
      const item = machineItem();
      const valid = {
        type: 'Valid',
        status,
        reason: 'Checked',
        message: '',
        lastTransitionTime: '2026-01-01T00:00:00Z',
      };
      return byName([
        { ...item, status: { conditions: [valid], ...(version === undefined ? {} : { version }) } },
      ]);
    };
    expect(refused(quotePicture({ items: checked('False') }))).toEqual([
      'E_ITEM_INVALID spec.lines[web].item',
    ]);
    // Checked was another version than the one that would be granted: nobody knows yet whether it renders.
    expect(refused(quotePicture({ items: checked('True', 'of-yesterday') }))).toEqual([
      'E_ITEM_INVALID spec.lines[web].item',
    ]);
  });

  it('says the price exactly or not at all', () => {
    const dear = machineItem({
      prices: [{ from: '2018-01-01', monthlyFen: '9007199254740993', armFactorBasisPoints: 10_000 }],
    });
    const result = quoteRequest(quotePicture({ items: byName([dear]) }));
    if (result.ok) expect(Number.isSafeInteger(result.quote.monthlyFen)).toBe(true);
    else expect(result.reasons.map(({ code }) => code)).toEqual(['E_ITEM_EXPRESSION']);
  });
});

describe('what a quote and its reasons must fit into', () => {
  it('is the schema of a status, with as many lines and pools as a request may meet', () => {
    const lines = Array.from({ length: 20 }, (_, index) => ({ ...WEB, name: `line-${index}` }));
    const picture = quotePicture({
      request: request({ lines }),
      items: byName([machineItem({ zones: ['extranet'], archs: ['amd64'] })]),
      pools: [
        ...quotePicture().pools,
        pool('internet-arm64', { zone: 'internet', arch: 'arm64', cluster: 'down' }),
      ],
      clusters: byName([cluster('member-extranet', 'extranet')]),
    });
    const { quote } = granted(picture);
    expect(quoteSchema.safeParse(quote).error?.issues ?? []).toEqual([]);
  });

  it('says each reason once, though several lines ask for the same item', () => {
    const lines = [WEB, { ...WEB, name: 'app' }];
    const { quote } = granted(
      quotePicture({ request: request({ lines }), items: byName([machineItem({ archs: ['amd64'] })]) }),
    );
    const arm = quote.pools.find((it) => it.pool === 'extranet-arm64');
    expect(arm?.reasons.map(({ code }) => code)).toEqual(['E_POOL_ITEM_ARCH']);
  });

  it('is the schema of a reason, though an item lists many values', () => {
    const values = Array.from(
      { length: 40 },
      (_, index) => `a-rather-long-name-of-an-operating-system-${index}`,
    );
    const item = machineItem();
    const os = { name: 'os', title: { zh: '系统' }, type: 'string', required: true, values } as const;
    const items = byName([
      machineItem({ parameters: [...item.spec.parameters, { ...os, values: [...values] }] }),
    ]);
    const lines = [{ ...WEB, parameters: { ...WEB.parameters, os: 'x' } }];
    const result = quoteRequest(quotePicture({ request: request({ lines }), items }));
    if (result.ok) throw new Error('it was not refused');
    for (const it of reasonTexts(result.reasons))
      expect(reasonText.safeParse(it).error?.issues ?? []).toEqual([]);
  });

  it('names amounts that sum to what is asked', () => {
    const { demands, quote } = granted(quotePicture());
    const pooled = sumByAccount(demands).get('pool/extranet-amd64/extranet/amd64/memory');
    expect(pooled?.amount).toEqual(Amount.of('bytes', 16n << 30n));
    expect(quote.pools.filter(({ chosen }) => chosen)).toEqual([
      { pool: quote.pool, chosen: true, reasons: [], score: { basisPoints: 9920, scarcest: 'vcpu' } },
    ]);
  });
});
